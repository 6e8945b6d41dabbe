package tree

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/matrix"
	"github.com/tidewheel/tidewheel/internal/num"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
)

// IsolationForest finds rows that are unlike the others: trees of random splits, each of a few rows, in which such rows are soon alone (Liu, Ting, Zhou 2008). Its problem
// has the task model.Anomaly and no target. It is immutable and safe for concurrent use.
//
// It reads the columns that Boosting reads. A split is at a number drawn between the least and the largest of the node, or sends a drawn half of the node's categories
// left; missing values go to a side that is drawn. What training did not see at a split goes to the side with more rows, an unseen category to the right.
//
// The raw score is 2^(-h/c), where h is the mean over the trees of the splits above the row's leaf, plus c(n) for the n rows that are left in it, and c(n) is the mean
// depth of n rows in a search tree: about 0.5 for a row like most, and the closer to 1 the sooner it is alone. The prediction is 1 where it is above the threshold, else 0.
// For a fixed forest it is minus the score_samples of scikit-learn 1.9's IsolationForest, which predicts -1 where we predict 1.
type IsolationForest struct{ options IsolationOptions }

// NewIsolationForest returns the estimator. It errors with the joined *model.OptionError of every bad field.
func NewIsolationForest(o IsolationOptions) (*IsolationForest, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("tree: new isolation forest: %w", err)
	}
	return &IsolationForest{options: o}, nil
}

// Isolation is a fitted isolation forest: a Predictor and its threshold. It is immutable and safe for concurrent use; its slices are copies.
type Isolation struct {
	*model.Planned
	Features  []string
	Threshold float64 // raw scores above it are anomalies
}

// Fit implements model.Estimator. It is FitModel without the threshold.
func (e *IsolationForest) Fit(ctx context.Context, t model.Training) (model.Predictor, error) {
	m, err := e.FitModel(ctx, t)
	if err != nil {
		return nil, err
	}
	return m.Planned, nil
}

// FitModel learns from t.Rows, which it ranges once and holds in memory: 8 bytes a number, 4 a category. A row of weight w is drawn as if it came w times, but once at
// most in a tree. t.Validation is left alone.
//
// Cost: the trees are few and small, and reading takes most of the time; with a Contamination, all rows are scored, too. Errors: model.ErrTarget for another task, or a
// problem with a target or classes; model.ErrNoRows without rows of positive weight; model.ErrNonFinite for an infinite feature; dataset.ErrSchema for columns that are
// absent or neither numbers nor text; model.ErrUnsupported for an initial score; ctx's error.
func (e *IsolationForest) FitModel(ctx context.Context, t model.Training) (*Isolation, error) {
	m, err := e.fit(ctx, t)
	if err != nil {
		return nil, fmt.Errorf("tree: fit isolation forest: %w", err)
	}
	return m, nil
}

func (e *IsolationForest) fit(ctx context.Context, t model.Training) (*Isolation, error) {
	p, o := t.Problem, e.options
	if p.Task != model.Anomaly || p.Target != "" || len(p.Classes) > 0 {
		return nil, fmt.Errorf("%w: want task anomaly without a target or classes, got task %s", model.ErrTarget, p.Task)
	}
	if err := p.RefuseInitScore("isolation forest"); err != nil {
		return nil, err
	}
	names, err := featuresOf(t)
	if err != nil {
		return nil, err
	}
	source, err := matrix.Read(ctx, t.Rows, matrix.Request{Columns: names, Weight: p.Weight, Missing: true, Text: true})
	if err != nil {
		return nil, err
	}
	train, err := newTable(source, 0).weighted(ctx)
	if err != nil {
		return nil, err
	}
	if err := train.checkRows(); err != nil {
		return nil, err
	}
	trees, err := isolate(ctx, train, o)
	if err != nil {
		return nil, err
	}
	m := &Isolation{Features: names, Threshold: 0.5}
	average := averagePath(min(o.SampleRows, train.rows))
	if average == 0 { // one row a tree: no path is longer than another
		average = 1
		for i := range trees.Leaf {
			trees.Leaf[i] = 1
		}
	}
	if o.Contamination > 0 {
		if m.Threshold, err = trees.threshold(ctx, train, o, average); err != nil {
			return nil, err
		}
	}
	m.Planned, err = trees.emit(t, source, average, m.Threshold)
	return m, err
}

// averagePath returns the mean depth of a leaf of a search tree of n values, as scikit-learn's _average_path_length does.
func averagePath(n int) float64 {
	switch {
	case n <= 1:
		return 0
	case n == 2:
		return 1
	default:
		const euler = 0.577215664901532860606512090082402431
		return 2*(num.Log(float64(n-1))+euler) - 2*float64(n-1)/float64(n)
	}
}

// isolation is trees as they are emitted, over the training columns: numbers, and codes of the training's vocabulary, of which an operation is to make the same.
type isolation struct{ plan.Trees }

// score returns the raw score of a sum of the trees. It is what the operations of emit compute.
func (f *isolation) score(sum, scale float64) float64 {
	return num.Exp(float64(math.Ln2 * (sum / scale)))
}

// scale returns what sums of the trees are divided by for the logarithm of a score to base 2.
func (f *isolation) scale(average float64) float64 { return -average * float64(len(f.Roots)) }

// threshold returns the score above which the share of contaminated rows lies: a quantile, between neighbours in proportion.
func (f *isolation) threshold(ctx context.Context, t *table, o IsolationOptions, average float64) (float64, error) {
	scores := make([]float64, t.rows)
	const rows = 1024
	err := matrix.Parallel(ctx, o.Workers, (t.rows+rows-1)/rows, func(k, _ int) {
		for i := k * rows; i < min((k+1)*rows, t.rows); i++ {
			var sum float64
			for _, root := range f.Roots {
				at := root
				for at >= 0 {
					c := &t.columns[f.Feature[at]]
					var x float64
					if c.numeric != nil {
						x = c.numeric[i]
					} else if x = float64(c.codes[i]); x < 0 {
						x = math.NaN()
					}
					if f.GoesLeft(at, x) {
						at = f.Left[at]
					} else {
						at = f.Right[at]
					}
				}
				sum += f.Leaf[^at]
			}
			scores[i] = f.score(sum, f.scale(average))
		}
	})
	if err != nil {
		return 0, err
	}
	slices.Sort(scores)
	place := (1 - o.Contamination) * float64(len(scores)-1)
	i := min(int(place), len(scores)-1)
	next := scores[min(i+1, len(scores)-1)]
	return scores[i] + float64((place-float64(i))*(next-scores[i])), nil
}

// emit returns the predictor.
func (f *isolation) emit(t model.Training, source *matrix.Table, average, threshold float64) (*model.Planned, error) {
	b, in := isolationInputs(source)
	f.Outputs, f.Base = 1, plan.Floats{0}
	path := b.Add(plan.Op{Kind: plan.OpTrees, In: in, Trees: &f.Trees})
	power := b.Add(plan.Op{Kind: plan.OpAffine, In: path, Shift: plan.Floats{0}, Scale: plan.Floats{f.scale(average)}})
	natural := b.Add(plan.Op{Kind: plan.OpLinear, In: power, Shift: plan.Floats{0}, Coef: plan.Floats{math.Ln2}})
	score := b.Add(plan.Op{Kind: plan.OpExp, In: natural})
	limit := b.Add(plan.Op{Kind: plan.OpConstant, Fill: plan.Floats{threshold}})
	is := b.Add(plan.Op{Kind: plan.OpZip, In: plan.Ints{score[0], limit[0]}, Math: &plan.Math{Func: plan.FuncGreater}})
	b.Output(model.PredictionColumn, is[0])
	b.Output(model.RawColumn, score[0])
	p, err := b.Build()
	if err != nil {
		return nil, err
	}
	target, err := t.Problem.TargetField(t.Rows.Schema())
	if err != nil {
		return nil, err
	}
	return model.NewPredictor(t.Problem, t.Rows.Schema(), target, p)
}

// isolationInputs starts a plan whose text columns are looked up in the whole vocabulary of training.
func isolationInputs(source *matrix.Table) (*plan.Builder, plan.Ints) {
	inputs, in := make([]plan.Input, len(source.Columns)), make(plan.Ints, len(source.Columns))
	for j := range source.Columns {
		c := &source.Columns[j]
		in[j], inputs[j] = int32(j), plan.Input{Name: c.Field.Name, Kind: plan.Number}
		if c.IsText() {
			inputs[j].Kind = plan.Text
		}
	}
	b := plan.NewBuilder(inputs...)
	for j := range source.Columns {
		if c := &source.Columns[j]; c.IsText() {
			op := plan.Op{Kind: plan.OpLookup, In: plan.Ints{int32(j)}, Values: c.Vocabulary, Unseen: -1}
			if c.Field.OneOf != nil && c.Field.Unseen == dataset.UnseenOther {
				op.Unseen = int32(len(c.Vocabulary))
			}
			in[j] = b.Add(op)[0]
		}
	}
	return b, in
}
