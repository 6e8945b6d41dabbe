package explain

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/matrix"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
)

// Method says what a tree is told of the columns that are not known.
type Method uint8

// The methods.
const (
	// PathDependent follows both sides of a split on an unknown column, weighted by the training rows that went there. It needs no data, and is what LightGBM's
	// pred_contrib, XGBoost's pred_contribs and shap's feature_perturbation="tree_path_dependent" give.
	PathDependent Method = iota
	// Interventional takes unknown columns from each row of a background in turn and averages: shap's feature_perturbation="interventional". It credits no column
	// that the model does not use, and costs a walk per background row.
	Interventional
)

const (
	maxBackground = 100_000
	maxWays       = 1<<31 - 1 // rows of a background × nodes
	rowBlock      = 64
)

// Options are those of New. The zero value is ready to use for models of trees alone.
type Options struct {
	Method Method
	// Background is the rows to compare with: needed by Interventional, and by the linear terms of a model, which are compared with their mean over it. It is
	// borrowed during New. At most 100,000 rows; 100 to 1,000 are usual.
	Background dataset.Batch
	Workers    int // goroutines of Contributions and Interactions: 0 is GOMAXPROCS, 1 none
}

// Explainer attributes the raw scores of a model to its columns. It is immutable and safe for concurrent use.
//
// It explains the raw scores, which the contributions and the base sum to: the log odds of a binary model, one margin for each of more classes, a regression's
// linear predictor. Of a model without raw scores it explains the probabilities, and without these the prediction.
type Explainer struct {
	model   *model.Planned
	sum     *additive
	method  Method
	workers int
	program *plan.Program // slots, then the explained outputs
	forests []*forest     // as sum.forests
	slots   [][]int32     // per forest and feature: its slot
	groups  [][]int32     // per forest and feature: its group
	mean    []float64     // per slot: its mean over the background
	back    []*background // as forests, of Interventional
	base    []float64     // per output
}

// New returns an Explainer of p. It errors with a *model.UnsupportedError for a Predictor that is not a *model.Planned, for trees with linear leaves, for trees
// without covers or with very many features on a path under PathDependent, and for scores that are not sums of what columns give (of products and other functions of
// several columns, the part is attributed to them together; neural networks, neighbours and kernels are refused); with an *model.OptionError for a missing or too
// large Background; with dataset.ErrSchema for a Background that lacks a column.
//
// Under PathDependent a missing Background is accepted where the model has no linear terms. Cost: one pass over the trees; Interventional also scores Background.
func New(p model.Predictor, o Options) (*Explainer, error) {
	m, ok := p.(*model.Planned)
	if !ok {
		return nil, fmt.Errorf("explain: new: %w", &model.UnsupportedError{Format: "explain", Feature: "a predictor without a plan"})
	}
	if o.Method > Interventional {
		return nil, fmt.Errorf("explain: new: %w", &model.OptionError{Field: "explain.Options.Method", Value: strconv.Itoa(int(o.Method)), Want: "PathDependent or Interventional"})
	}
	if o.Workers < 0 {
		return nil, fmt.Errorf("explain: new: %w", &model.OptionError{Field: "explain.Options.Workers", Value: strconv.Itoa(o.Workers), Want: "0 or more"})
	}
	sum, err := newAdditive(m.Plan(), m.Signature().Input)
	if err != nil {
		return nil, fmt.Errorf("explain: new: %w", err)
	}
	e := &Explainer{model: m, sum: sum, method: o.Method, workers: o.Workers}
	if e.program, err = sum.reader(true); err != nil {
		return nil, fmt.Errorf("explain: new: %w", err)
	}
	for _, f := range sum.forests {
		if o.Method == PathDependent && len(f.trees.Cover) == 0 && len(f.trees.Feature) > 0 {
			return nil, fmt.Errorf("explain: new: %w",
				&model.UnsupportedError{Format: "explain", Feature: "path-dependent contributions of trees that do not tell how many rows reached their nodes"})
		}
		made, err := newForest(f.trees, o.Method == PathDependent)
		if err != nil {
			return nil, fmt.Errorf("explain: new: %w", err)
		}
		e.forests = append(e.forests, made)
		slots, groups := make([]int32, len(made.features)), make([]int32, len(made.features))
		for i, j := range made.features {
			slots[i], groups[i] = f.slots[j], f.groups[j]
		}
		e.slots, e.groups = append(e.slots, slots), append(e.groups, groups)
	}
	if err := e.compare(o.Background); err != nil {
		return nil, fmt.Errorf("explain: new: %w", err)
	}
	e.setBase()
	return e, nil
}

// compare takes from the background what the method and the linear terms need.
func (e *Explainer) compare(b dataset.Batch) error {
	linear := false
	for _, o := range e.sum.outputs {
		linear = linear || len(o.values) > 0
	}
	if e.method == PathDependent && !linear {
		return nil
	}
	if b.IsZero() || b.NumRows() == 0 || b.NumRows() > maxBackground {
		rows := 0
		if !b.IsZero() {
			rows = b.NumRows()
		}
		return &model.OptionError{Field: "explain.Options.Background", Value: fmt.Sprintf("%d rows", rows), Want: fmt.Sprintf("1 to %d rows to compare with", maxBackground)}
	}
	n := b.NumRows()
	columns, err := e.read(b)
	if err != nil {
		return err
	}
	e.mean = make([]float64, len(e.sum.slots))
	for s := range e.mean {
		for i, v := range columns[s] {
			e.mean[s] += (v - e.mean[s]) / float64(i+1)
		}
	}
	if e.method == Interventional {
		for f, forest := range e.forests {
			if nodes := len(forest.t.Feature); nodes > maxWays/n {
				return &model.OptionError{Field: "explain.Options.Background", Value: fmt.Sprintf("%d rows", n), Want: fmt.Sprintf("at most %d for %d nodes", maxWays/nodes, nodes)}
			}
			e.back = append(e.back, newBackground(forest, e.slots[f], columns, n))
		}
	}
	return nil
}

// read returns the slots and the scores of every row of b.
func (e *Explainer) read(b dataset.Batch) ([][]float64, error) {
	columns := make([][]float64, len(e.program.Plan().Outputs))
	for i := range columns {
		columns[i] = make([]float64, b.NumRows())
	}
	return columns, e.program.Batch(b, columns)
}

func (e *Explainer) setBase() {
	for _, o := range e.sum.outputs {
		base := o.bias
		for _, v := range o.values {
			base += float64(v.coef * e.mean[v.slot])
		}
		for _, t := range o.trees {
			mean := e.forests[t.forest].mean
			if e.method == Interventional {
				mean = e.back[t.forest].mean
			}
			base += float64(t.factor * mean[t.output])
		}
		e.base = append(e.base, base)
	}
}

// Groups returns what contributions are attributed to: the columns of the model's input in schema order, each alone, and behind them any set of several columns
// that one feature was made of. They must not be changed.
func (e *Explainer) Groups() []Group { return e.sum.groups }

// Outputs returns the number of explained numbers: 1 for a regression and usually for two classes, else one for each class.
func (e *Explainer) Outputs() int { return len(e.base) }

// Base returns per output what the score is with no column known: the mean prediction. It must not be changed.
func (e *Explainer) Base() []float64 { return e.base }

// Contributions are the contributions of groups to the outputs of rows. It owns its memory and is safe for concurrent reading.
type Contributions struct {
	Groups []Group
	Base   []float64 // per output
	n      int
	values []float64 // rows × outputs × groups
	scores []float64 // rows × outputs
}

// NumRows returns the number of rows.
func (c *Contributions) NumRows() int { return c.n }

// Row returns the contributions of the groups to an output of row i, in the unit of the raw score; with Base[output] they sum to Score(i, output) but for rounding.
// It is a view that must not be changed. It panics when i or output is out of range.
func (c *Contributions) Row(i, output int) []float64 {
	g := len(c.Groups)
	size := g * len(c.Base)
	row := c.values[i*size : (i+1)*size : (i+1)*size]
	return row[output*g : (output+1)*g : (output+1)*g]
}

// Score returns the raw score of row i for an output, to the bit what Predict gives.
func (c *Contributions) Score(i, output int) float64 { return c.scores[i*len(c.Base)+output] }

// Contributions returns the contributions of each row of in, whose columns are found by name. The features that a raw column was turned into are added up.
//
// A missing value is routed as in scoring; a row for which the model gives no number has contributions that are NaN. The result holds rows × outputs ×
// groups numbers and the same bits for any number of workers. They sum to the score within 1e-9 of the magnitudes that are summed, and for models that score in
// float32 (XGBoost, ONNX) within float32 rounding of the score. Time is rows × edges of all trees × half the largest depth; Interventional: rows × background ×
// nodes that are met. Errors: dataset.ErrSchema, and ctx.Err() wrapped.
//
// Equals LightGBM 4.7.0 pred_contrib to 1e-9, and within float32 rounding XGBoost 3.2.0 pred_contribs. Interventional values equal shap 0.51.0 to 1e-6 only because shap's C code
// sums in float32 there; they equal the definition, the scores of every coalition of columns beside every background row, to 1e-12.
func (e *Explainer) Contributions(ctx context.Context, in dataset.Batch) (*Contributions, error) {
	n := in.NumRows()
	columns, err := e.read(in)
	if err != nil {
		return nil, fmt.Errorf("explain: contributions: %w", err)
	}
	c := &Contributions{Groups: e.sum.groups, Base: e.base, n: n}
	outputs, groups := len(e.base), len(c.Groups)
	c.values, c.scores = make([]float64, n*outputs*groups), make([]float64, n*outputs)
	for o := range outputs {
		for i, v := range columns[len(e.sum.slots)+o] {
			c.scores[i*outputs+o] = v
		}
	}
	blocks := (n + rowBlock - 1) / rowBlock
	scratch := make([]*rowScratch, blocks) // at most one for each worker is used
	err = matrix.Parallel(ctx, e.workers, blocks, func(block, worker int) {
		if scratch[worker] == nil {
			scratch[worker] = e.newRowScratch(rowBlock)
		}
		w := scratch[worker]
		from, to := block*rowBlock, min(n, (block+1)*rowBlock)
		for s := range w.slots {
			copy(w.slots[s], columns[s][from:to])
		}
		e.rows(w, to-from, c.values[from*outputs*groups:to*outputs*groups])
	})
	if err != nil {
		return nil, fmt.Errorf("explain: contributions: %w", err)
	}
	return c, nil
}

// rowScratch is the memory of some rows at a time.
type rowScratch struct {
	slots   [][]float64 // per slot and row
	forests []forestScratch
}

// forestScratch is the part of one tree operation.
type forestScratch struct {
	x    []float64 // rows × features
	phi  []float64 // rows × outputs × features
	shap *shapScratch
	mix  *mixScratch // of Interventional
}

func (e *Explainer) newRowScratch(rows int) *rowScratch {
	w := &rowScratch{slots: make([][]float64, len(e.sum.slots))}
	for s := range w.slots {
		w.slots[s] = make([]float64, rows)
	}
	for _, f := range e.forests {
		p := len(f.features)
		made := forestScratch{x: make([]float64, rows*p), phi: make([]float64, rows*p*f.t.Outputs), shap: newShapScratch(f)}
		if e.method == Interventional {
			made.mix = newMixScratch(f)
		}
		w.forests = append(w.forests, made)
	}
	return w
}

// load sets the features of a forest to those of n rows.
func (e *Explainer) load(w *rowScratch, forest, n int) {
	p := len(e.forests[forest].features)
	for j, slot := range e.slots[forest] {
		for r, v := range w.slots[slot][:n] {
			w.forests[forest].x[r*p+j] = v
		}
	}
}

// rows sets out, rows × outputs × groups, to the contributions of the n rows whose slots are in w. A tree goes through all rows while it is in the cache.
func (e *Explainer) rows(w *rowScratch, n int, out []float64) {
	for i, f := range e.forests {
		e.load(w, i, n)
		s := &w.forests[i]
		p := len(f.features)
		size := p * f.t.Outputs
		clear(s.phi[:n*size])
		if e.method == Interventional {
			for r := range n {
				e.back[i].row(s.x[r*p:(r+1)*p], s.phi[r*size:(r+1)*size], s.shap, s.mix)
			}
			continue
		}
		for t := range f.trees {
			for r := range n {
				f.shap(&f.trees[t], s.x[r*p:(r+1)*p], s.phi[r*size:(r+1)*size], s.shap)
			}
		}
	}
	clear(out)
	size := len(e.sum.outputs) * len(e.sum.groups)
	for r := range n {
		e.gather(w, r, out[r*size:(r+1)*size])
	}
}

// gather adds up what the parts of the sums give to row r, outputs × groups.
func (e *Explainer) gather(w *rowScratch, r int, out []float64) {
	groups := len(e.sum.groups)
	for o := range e.sum.outputs {
		to := out[o*groups : (o+1)*groups]
		for _, v := range e.sum.outputs[o].values {
			to[v.group] += float64(v.coef * (w.slots[v.slot][r] - e.mean[v.slot]))
		}
		for _, t := range e.sum.outputs[o].trees {
			p := len(e.slots[t.forest])
			at := (r*e.forests[t.forest].t.Outputs + t.output) * p
			phi := w.forests[t.forest].phi[at : at+p]
			for j, g := range e.groups[t.forest] {
				to[g] += float64(t.factor * phi[j])
			}
		}
		e.guard(w, r, o, to)
	}
}

// guard makes the values of a row without a score NaN.
func (e *Explainer) guard(w *rowScratch, r, o int, values []float64) {
	for _, slot := range e.sum.outputs[o].guards {
		if w.slots[slot][r] != 0 {
			for g := range values {
				values[g] = math.NaN()
			}
		}
	}
}
