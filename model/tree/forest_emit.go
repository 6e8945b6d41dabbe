package tree

import (
	"fmt"
	"math"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/matrix"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
)

// newForest emits trees, which it uses up, as scoring operations: a lookup for each text column, the trees, and what the task makes of them.
func newForest(t model.Training, source *matrix.Table, d *forestData, trees []*forestTree, quantiles []float64) (*Forest, error) {
	f := &Forest{Impurity: make([]float64, len(d.axes)), Splits: make([]int, len(d.axes))}
	f.Report = ForestReport{Trees: len(trees)}
	b, in, codes := forestInputs(source, d.axes)
	for i := range source.Columns {
		f.Features = append(f.Features, source.Columns[i].Field.Name)
	}
	f.count(trees)
	out, err := d.emit(trees, codes)
	if err != nil {
		return nil, err
	}
	switch {
	case quantiles != nil:
		emitQuantiles(b, in, out, quantiles)
	case d.classes == 0:
		b.Output(model.PredictionColumn, b.Add(plan.Op{Kind: plan.OpTrees, In: in, Trees: out})[0])
	default:
		shares := b.Add(plan.Op{Kind: plan.OpTrees, In: in, Trees: out})
		if d.classes == 2 {
			shares = b.Add(plan.Op{Kind: plan.OpComplement, In: shares})
		}
		b.Output(model.PredictionColumn, b.Add(plan.Op{Kind: plan.OpArgmax, In: shares})[0])
		for _, r := range shares {
			b.Output(model.ProbabilityColumn, r)
		}
	}
	p, err := b.Build()
	if err != nil {
		return nil, err
	}
	target, err := t.Problem.TargetField(t.Rows.Schema())
	if err != nil {
		return nil, err
	}
	f.Planned, err = model.NewPredictor(t.Problem, t.Rows.Schema(), target, p)
	return f, err
}

// forestInputs starts a plan with the inputs of the columns and a lookup for each text column.
func forestInputs(source *matrix.Table, axes []axis) (b *plan.Builder, in plan.Ints, codes [][]int32) {
	inputs := make([]plan.Input, len(source.Columns))
	for j := range source.Columns {
		c := &source.Columns[j]
		inputs[j] = plan.Input{Name: c.Field.Name, Kind: plan.Number}
		if c.IsText() {
			inputs[j].Kind = plan.Text
		}
	}
	b = plan.NewBuilder(inputs...)
	in, codes = make(plan.Ints, len(inputs)), make([][]int32, len(inputs))
	for j := range inputs {
		in[j] = int32(j)
		if inputs[j].Kind == plan.Text {
			var lookup plan.Op
			lookup, codes[j] = newLookup(&source.Columns[j], axes[j].binner)
			lookup.In = plan.Ints{int32(j)}
			in[j] = b.Add(lookup)[0]
		}
	}
	return b, in, codes
}

// count sums the importances and the sizes of the trees.
func (f *Forest) count(trees []*forestTree) {
	var all float64
	for _, t := range trees {
		var sum float64
		for _, v := range t.decrease {
			sum += v
		}
		for c, v := range t.decrease {
			if sum > 0 {
				f.Impurity[c] += v / sum
			}
			f.Splits[c] += int(t.splits[c])
		}
		if sum > 0 {
			all++
		}
		f.Report.Leaves += len(t.covers)
		f.Report.Depth = max(f.Report.Depth, t.deepest())
	}
	for c := range f.Impurity {
		f.Impurity[c] /= max(all, 1)
	}
}

// deepest returns the splits from the root to the deepest leaf.
func (t *forestTree) deepest() int {
	depth, most := make([]int, len(t.column)), 0
	for i := range t.column {
		most = max(most, depth[i]+1)
		for _, c := range [2]int32{t.left[i], t.right[i]} {
			if c >= 0 {
				depth[c] = depth[i] + 1
			}
		}
	}
	return most
}

// emit writes the trees in the form of a plan whose outputs are means of the leaves' values, over inputs that are the training columns in order. codes gives the code in
// the plan for each category of each column. Trees are let go of as they are written.
func (d *forestData) emit(trees []*forestTree, codes [][]int32) (*plan.Trees, error) {
	nodes, leaves := 0, 0
	for _, t := range trees {
		nodes, leaves = nodes+len(t.column), leaves+len(t.covers)
	}
	width := d.width()
	if max(nodes, leaves) > math.MaxInt32 || leaves*width > math.MaxInt32 {
		return nil, fmt.Errorf("%w: %d leaves of %d values, want at most %d values", dataset.ErrLimit, leaves, width, math.MaxInt32)
	}
	out := &plan.Trees{
		Outputs: width, Base: make(plan.Floats, width), Aggregate: plan.Mean, Vector: width > 1, Roots: make(plan.Ints, 0, len(trees)), Feature: make(plan.Ints, 0, nodes),
		Threshold: make(plan.Floats, 0, nodes), Left: make(plan.Ints, 0, nodes), Right: make(plan.Ints, 0, nodes), Flags: make(plan.Bytes, 0, nodes),
		Cat: make(plan.Ints, 0, nodes), Leaf: make(plan.Floats, 0, leaves*width), Cover: make(plan.Floats, 0, nodes+leaves),
	}
	covers := make(plan.Floats, 0, leaves)
	sets := make(map[forestSet]int32)
	for i, t := range trees {
		node, leaf := int32(len(out.Feature)), int32(len(covers))
		child := func(c int32) int32 {
			if c < 0 {
				return ^(^c + leaf)
			}
			return c + node
		}
		if len(t.column) == 0 {
			out.Roots = append(out.Roots, ^leaf)
		} else {
			out.Roots = append(out.Roots, node)
		}
		for n, f := range t.column {
			left, right := child(t.left[n]), child(t.right[n])
			if a := &d.axes[f]; a.binner.categorical() {
				out.Threshold, out.Cat = append(out.Threshold, 0), append(out.Cat, a.emitSet(out, sets, forestSet{f, t.cut[n]}, codes[f]))
				out.Flags = append(out.Flags, plan.NodeFlags(true, false, plan.MissingNaN))
			} else {
				missingLeft := t.rotation[n] != 0
				if a.missing < 0 { // training saw none
					missingLeft = t.coverOf(t.left[n]) >= t.coverOf(t.right[n])
				}
				out.Threshold, out.Cat = append(out.Threshold, a.binner.bounds[t.cut[n]]), append(out.Cat, 0)
				out.Flags = append(out.Flags, plan.NodeFlags(false, missingLeft, plan.MissingNaN))
			}
			out.Feature, out.Left, out.Right = append(out.Feature, f), append(out.Left, left), append(out.Right, right)
		}
		out.Leaf, out.Cover, covers = append(out.Leaf, t.values...), append(out.Cover, t.cover...), append(covers, t.covers...)
		trees[i] = nil
	}
	out.Cover = append(out.Cover, covers...)
	return out, nil
}

func (t *forestTree) coverOf(child int32) float64 {
	if child < 0 {
		return t.covers[^child]
	}
	return t.cover[child]
}

// forestSet is a cut of a column of categories. Nodes with the same cut share a set.
type forestSet struct {
	column int32
	cut    uint8
}

// emitSet writes the categories on the left side of a cut and returns where they are.
func (a *axis) emitSet(out *plan.Trees, sets map[forestSet]int32, key forestSet, codes []int32) int32 {
	if at, ok := sets[key]; ok {
		return at
	}
	var set []uint32
	for _, category := range a.binner.category[1 : int(key.cut)+2] {
		code := codes[category]
		for int(code>>5) >= len(set) {
			set = append(set, 0)
		}
		set[code>>5] |= 1 << (code & 31)
	}
	at := int32(len(out.Words))
	out.Words = append(append(out.Words, uint32(len(set))), set...)
	sets[key] = at
	return at
}

// emitQuantiles makes each tree an output of its own that gives the number of a leaf, and looks up the leaf's mean and the target of one of its rows: the mean of the
// means is the prediction, and the quantiles of the targets are the raw scores.
func emitQuantiles(b *plan.Builder, in plan.Ints, t *plan.Trees, quantiles []float64) {
	n := len(t.Roots)
	values := t.Leaf
	t.Outputs, t.Base, t.Aggregate, t.Vector = n, make(plan.Floats, n), plan.Sum, false
	t.Leaf = make(plan.Floats, len(values)/2)
	for i := range t.Leaf {
		t.Leaf[i] = float64(i)
	}
	leaves := b.Add(plan.Op{Kind: plan.OpTrees, In: in, Trees: t})
	both := b.Add(plan.Op{Kind: plan.OpTable, In: leaves, Math: &plan.Math{Width: 2, Values: values, Default: plan.Floats{math.NaN(), math.NaN()}}})
	means, targets := make(plan.Ints, n), make(plan.Ints, n)
	for i := range n {
		means[i], targets[i] = both[2*i], both[2*i+1]
	}
	b.Output(model.PredictionColumn, b.Add(plan.Op{Kind: plan.OpReduce, In: means, Math: &plan.Math{Func: plan.FuncMean, Group: int32(n)}})[0])
	sorted := b.Add(plan.Op{Kind: plan.OpTopK, In: targets, Math: &plan.Math{Func: plan.FuncSmallest, Group: int32(n), Count: int32(n)}})[:n]
	for _, q := range quantiles {
		place := q * float64(n-1)
		i := int(place)
		share := place - float64(i)
		r := sorted[i]
		if share > 0 {
			r = b.Add(plan.Op{Kind: plan.OpLinear, In: plan.Ints{sorted[i], sorted[i+1]}, Shift: plan.Floats{0}, Coef: plan.Floats{1 - share, share}})[0]
		}
		b.Output(model.RawColumn, r)
	}
}
