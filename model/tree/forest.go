package tree

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/internal/matrix"
	"github.com/tidewheel/tidewheel/model"
)

// RandomForest is the mean of decision trees that are grown on different draws of the rows, each split on the best of some columns drawn at random (Breiman 2001).
// It is immutable and safe for concurrent use.
//
// It reads the columns that Boosting reads. Numbers are split at thresholds between bins, and categories by their order: that of the schema's OneOf, else by bytes. For
// columns of very many categories encode them by the target first (features/encode). A missing number goes to the side of each split that training found better; where
// training saw none, to the side with more rows. Missing and unseen categories, and those beyond the most frequent 254, count as one behind all others.
//
// Predictions of classes are probabilities, the mean of the shares of the classes in the leaves; there are no raw scores. Those of a regression are the mean of the
// leaves' means. With Quantiles, each tree also gives the target of one row, drawn from the leaf by weight, as in the quantile regression forests of Meinshausen (2006) and
// his package quantregForest, and the raw scores are the quantiles of the trees' values, between neighbours in proportion.
type RandomForest struct{ forestEstimator }

// ExtraTrees is a RandomForest whose splits are the best of places drawn at random, one for each of some columns, and whose trees see all rows (Geurts, Ernst, Wehenkel
// 2006). A place is drawn between the least and the largest number of the node, and missing numbers go to a side that is drawn, too. It is immutable and safe for
// concurrent use.
type ExtraTrees struct{ forestEstimator }

// DecisionTree is one tree, grown until its leaves are pure unless its options say otherwise. It reads and predicts what RandomForest does. It is immutable and safe for
// concurrent use.
type DecisionTree struct{ forestEstimator }

// NewRandomForest returns the estimator. It errors with the joined *model.OptionError of every bad field.
func NewRandomForest(o ForestOptions) (*RandomForest, error) {
	o = o.withDefaults(Bootstrap)
	if err := o.check("ForestOptions"); err != nil {
		return nil, fmt.Errorf("tree: new random forest: %w", err)
	}
	return &RandomForest{forestEstimator{options: o, name: "random forest"}}, nil
}

// NewExtraTrees returns the estimator. It errors with the joined *model.OptionError of every bad field.
func NewExtraTrees(o ForestOptions) (*ExtraTrees, error) {
	o = o.withDefaults(Subsample)
	if err := o.check("ForestOptions"); err != nil {
		return nil, fmt.Errorf("tree: new extra trees: %w", err)
	}
	return &ExtraTrees{forestEstimator{options: o, name: "extra trees", extra: true}}, nil
}

// NewDecisionTree returns the estimator. It errors with the joined *model.OptionError of every bad field.
func NewDecisionTree(o DecisionTreeOptions) (*DecisionTree, error) {
	f := o.forest().withDefaults(Subsample)
	if err := f.check("DecisionTreeOptions"); err != nil {
		return nil, fmt.Errorf("tree: new decision tree: %w", err)
	}
	return &DecisionTree{forestEstimator{options: f, name: "decision tree", single: true}}, nil
}

// forestEstimator is what the estimators here have in common.
type forestEstimator struct {
	options       ForestOptions
	name          string
	extra, single bool
}

// Forest is a fitted forest: a Predictor with what is known about its columns. It is immutable and safe for concurrent use; its slices are copies, of which the
// predictions know nothing.
type Forest struct {
	*model.Planned
	Features []string  // the columns, in the order of Impurity and Splits
	Impurity []float64 // what the splits of a column took off the impurity, as a share of what all did, averaged over the trees; zeros when no tree has a split
	Splits   []int     // the number of splits of a column
	Report   ForestReport
}

// ForestReport says how a fit went.
type ForestReport struct {
	Trees    int
	Leaves   int     // of all trees
	Depth    int     // splits from a root to a leaf, at most
	OutOfBag float64 // of the rows that some tree did not draw, each scored by those trees: accuracy, or R² of a regression; NaN unless asked for
}

// Fit implements model.Estimator. It is FitModel without the importances.
func (e *forestEstimator) Fit(ctx context.Context, t model.Training) (model.Predictor, error) {
	m, err := e.FitModel(ctx, t)
	if err != nil {
		return nil, err
	}
	return m.Planned, nil
}

// FitModel learns from t.Rows, which it ranges once and holds in memory: 8 bytes a number and 4 a category while columns are put into bins, then a byte for each. Rows
// of weight 0 are as if they were not there. t.Validation is left alone.
//
// Cost: time in proportion to trees × rows × log(rows) × the columns of a split. Trees that grow to pure leaves are large: about 33 bytes for each split and 16 for each
// leaf while fitting, 16 for each of both in the predictor on top, and 65 for each split in a bundle; MinLeafRows, Leaves or MaxDepth bound them. A worker needs 24 bytes
// a row. Errors: model.ErrTarget for a problem without a task, a class that the problem does not know, rows of one class only, and Quantiles of classes or a Criterion of
// numbers; a *model.OptionError for ClassWeights of a regression and of a class that the problem does not know; model.ErrNoRows without rows of positive weight; model.ErrNonFinite for an infinite feature, and for targets and weights so large that squares overflow;
// dataset.ErrSchema for columns that are absent or neither numbers nor text; dataset.ErrLimit for more than 2,147,483,647 splits or leaves; ctx's error.
func (e *forestEstimator) FitModel(ctx context.Context, t model.Training) (*Forest, error) {
	m, err := e.fit(ctx, t)
	if err != nil {
		return nil, fmt.Errorf("tree: fit %s: %w", e.name, err)
	}
	return m, nil
}

func (e *forestEstimator) fit(ctx context.Context, t model.Training) (*Forest, error) {
	if err := e.checkTask(t.Problem); err != nil {
		return nil, err
	}
	if err := t.Problem.RefuseInitScore(e.name); err != nil {
		return nil, err
	}
	names, err := featuresOf(t)
	if err != nil {
		return nil, err
	}
	source, err := read(ctx, t.Problem, names, t.Rows)
	if err != nil {
		return nil, err
	}
	train, err := newTable(source, len(t.Problem.Classes)).weighted(ctx)
	if err != nil {
		return nil, err
	}
	if err := train.checkForest(); err != nil {
		return nil, err
	}
	if err := weighClasses(e.classWeights(), t.Problem, &train.labels, train.rows); err != nil {
		return nil, err
	}
	p := e.parameters(train)
	data, err := newForestData(ctx, train, p)
	if err != nil {
		return nil, err
	}
	forget(source) // the bins are enough from here on
	trees, err := growForest(ctx, data, p)
	if err != nil {
		return nil, err
	}
	outOfBag, err := data.scoreOutOfBag(ctx, trees, p)
	if err != nil {
		return nil, err
	}
	f, err := newForest(t, source, data, trees, e.options.Quantiles)
	if err != nil {
		return nil, err
	}
	f.Report.OutOfBag = outOfBag
	return f, nil
}

// checkTask refuses problems that are neither a regression nor a classification, and options that are for the other one.
func (e *forestEstimator) checkTask(p model.Problem) error {
	switch {
	case !isRegression(p) && !isClassification(p):
		return fmt.Errorf("%w: want a regression or a classification of at least 2 classes, got task %s of %d", model.ErrTarget, p.Task, len(p.Classes))
	case isRegression(p) && e.options.Criterion != DefaultCriterion:
		return fmt.Errorf("%w: criterion %s is for classes, got a regression", model.ErrTarget, e.options.Criterion)
	case isClassification(p) && e.options.Quantiles != nil:
		return fmt.Errorf("%w: quantiles are of a regression, got classes", model.ErrTarget)
	}
	return nil
}

func (e *forestEstimator) classWeights() classWeights {
	return e.options.classWeights(e.structName())
}

// structName is that of the options of the estimator.
func (e *forestEstimator) structName() string {
	if e.single {
		return "DecisionTreeOptions"
	}
	return "ForestOptions"
}

// checkForest refuses labels that cannot be learnt from.
func (t *table) checkForest() error {
	if err := t.checkRows(); err != nil {
		return err
	}
	if err := checkSums(&t.labels, t.rows, t.value != nil); err != nil {
		return err
	}
	if t.value != nil {
		return nil
	}
	return checkClasses(&t.labels, t.rows)
}

func (e *forestEstimator) parameters(t *table) *forestParameters {
	o := &e.options
	p := &forestParameters{
		extra: e.extra, entropy: o.Criterion == Entropy, trees: o.Trees, maxDepth: o.MaxDepth, leaves: o.Leaves, minLeaf: o.MinLeafRows, minSplit: o.MinSplitRows,
		minDecrease: o.MinImpurityDecrease, maxBins: o.MaxBins, sampling: o.Sampling, outOfBag: o.OutOfBag, quantiles: o.Quantiles != nil, seed: o.Seed, workers: o.Workers,
	}
	p.draws = max(1, int(o.RowFraction*float64(t.rows)+0.5))
	columns := float64(len(t.columns))
	switch {
	case o.FeatureFraction > 0:
		p.perSplit = max(1, int(o.FeatureFraction*columns))
	case t.value != nil || e.single:
		p.perSplit = len(t.columns)
	default:
		p.perSplit = max(1, int(math.Sqrt(columns)))
	}
	return p
}

// growForest grows the trees, each by one worker.
func growForest(ctx context.Context, d *forestData, p *forestParameters) ([]*forestTree, error) {
	trees := make([]*forestTree, p.trees)
	growers := make([]*forestGrower, min(p.workers, p.trees))
	err := matrix.Parallel(ctx, len(growers), p.trees, func(i, worker int) {
		if growers[worker] == nil {
			growers[worker] = newForestGrower(d, p)
		}
		if t, err := growers[worker].grow(ctx, i); err == nil { // else ctx is done
			trees[i] = t
		}
	})
	return trees, err
}

// scoreOutOfBag returns the score of the rows that some tree did not draw.
func (d *forestData) scoreOutOfBag(ctx context.Context, trees []*forestTree, p *forestParameters) (float64, error) {
	if !p.outOfBag {
		return math.NaN(), nil
	}
	type sums struct{ rows, right, off, y, yy float64 }
	parts := make([]sums, chunks(d.rows))
	center := 0.0
	if d.classes == 0 {
		center = squared{}.base(&labels{value: d.value}, d.rows)[0]
	}
	err := matrix.Parallel(ctx, p.workers, len(parts), func(c, _ int) {
		lo, hi := chunk(c, d.rows)
		s, width := &parts[c], d.width()
		mean := make([]float64, width)
		for i := lo; i < hi && ctx.Err() == nil; i++ {
			clear(mean)
			n := 0
			for _, t := range trees {
				if t.drawn[i>>6]>>(i&63)&1 != 0 {
					continue
				}
				leaf := t.eval(d.values, i)
				for k, v := range t.values[leaf*width : (leaf+1)*width] {
					mean[k] += v
				}
				n++
			}
			if n == 0 {
				continue
			}
			s.rows++
			if d.classes > 0 {
				if d.likeliest(mean, n) == d.class[i] {
					s.right++
				}
				continue
			}
			y, off := d.value[i]-center, mean[0]/float64(n)-d.value[i]
			s.y += y
			s.yy += y * y
			s.off += off * off
		}
	})
	if err != nil {
		return 0, err
	}
	var all sums
	for _, s := range parts {
		all.rows += s.rows
		all.right += s.right
		all.off += s.off
		all.y += s.y
		all.yy += s.yy
	}
	if d.classes > 0 {
		return all.right / all.rows, nil
	}
	return 1 - all.off/(all.yy-all.y*all.y/all.rows), nil
}

// likeliest returns the class of the largest share, the first of equals, from the sums of n shares.
func (d *forestData) likeliest(sums []float64, n int) int32 {
	if d.classes == 2 {
		if sums[0] > float64(n)/2 {
			return 1
		}
		return 0
	}
	return int32(slices.Index(sums, slices.Max(sums)))
}
