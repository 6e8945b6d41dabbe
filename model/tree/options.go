package tree

import (
	"context"
	"errors"
	"math"
	"runtime"
	"strconv"

	"github.com/tidewheel/tidewheel/model"
)

// BoostingOptions are the hyperparameters of Boosting. The zero value has LightGBM's defaults and is a good start.
type BoostingOptions struct {
	Objective          Objective // what is minimised; default by the task
	Trees              int       // rounds; each grows one tree, or one for each of three or more classes; 1 to 100,000, default 100
	LearningRate       float64   // share of a tree's values that is added; above 0 to 1, default 0.1
	Leaves             int       // of a tree, at most; 2 to 131,072, default 31, and for DepthWise as many as MaxDepth has room for
	MaxDepth           int       // splits from the root to a leaf, at most; 0 is no limit, and 6 for DepthWise
	MinLeafRows        int       // rows in a leaf, at least, estimated from the leaf's share of the hessian; default 20
	MinLeafHessian     float64   // sum of the second derivative of the loss in a leaf, at least; default 1e-3
	MaxBins            int       // bins of a column, at most; 2 to 255, default 255
	L1                 float64   // penalty on the absolute value of leaves; at least 0, default 0
	L2                 float64   // penalty on the square of leaves; at least 0, default 0
	MinGain            float64   // what a split must take off the loss; at least 0, default 0
	FeatureFraction    float64   // share of the columns that each tree sees; above 0 to 1, default 1
	RowFraction        float64   // share of the rows that each round sees; above 0 to 1, default 1
	EarlyStopping      int       // rounds without a better validation loss after which training ends and keeps the best round; 0 trains all rounds
	ValidationFraction float64   // share of the rows held out for EarlyStopping when the Training has no Validation; between 0 and 1, default 0.1
	Seed               uint64    // of sampling
	Workers            int       // goroutines; 0 is GOMAXPROCS, 1 starts none

	// The loss.

	Alpha        float64 // Huber: the distance where it turns, above 0; Quantile: which one, between 0 and 1; default 0.9, as LightGBM's
	TweediePower float64 // Tweedie: the power of the mean that the variance is in proportion to; above 1 and below 2, default 1.5

	RankTruncation int // LambdaRank: only pairs of which one row is among so many first ones count, and the NDCG of so many; at least 1, default 30

	Custom          ObjectiveFunction  // a loss of the host's own in place of Objective; default none
	Metric          Metric             // what is measured on the validation rows; default the objective's mean loss
	ClassWeights    map[string]float64 // what the weights of a class's rows are multiplied by in training, above 0; default 1 each
	BalancedClasses bool               // weights that give every class the same sum of weights

	// The course of training.

	GOSS     *GOSSOptions                             // rows sampled by their derivatives; default none
	Dart     *DartOptions                             // trees dropped in some rounds; default none
	Continue *Model                                   // a model, &Model{Planned: …} of an imported one, whose trees stay in front of the new ones; default none
	OnRound  func(ctx context.Context, r Round) error // called after each round; an error ends the training with it, ErrStop keeps what was grown; default none

	Checkpoint CheckpointOptions // where a training that was killed is taken up again; default nowhere

	// The shape of trees.

	Growth              Growth         // the order in which leaves are split; default LeafWise
	NodeFeatureFraction float64        // share of a tree's columns that each split sees; above 0 to 1, default 1
	Monotone            map[string]int // by numeric column: 1 for sums of trees that never fall where it rises, -1 for ones that never rise, 0 for neither
	Interactions        [][]string     // groups of columns: only columns of one group stand together on a path from root to leaf, and those of no group on none; default: any columns
	CategorySmooth      float64        // added to a category's hessian when categories are ordered, and the rows it needs for it; at least 0, default 10
	CategoryL2          float64        // added to L2 in splits between sets of categories; at least 0, default 10
	MaxCategories       int            // categories on the smaller side of a split between sets, at most; default 32
	MaxOneHot           int            // bins of a text column, the one of rare and missing values among them, up to which splits take one category off; default 4
	MinGroupRows        int            // rows by which sets of categories that are tried differ, at least; default 100
}

const (
	maxTrees  = 100_000
	maxLeaves = 131_072
)

// withDefaults puts the defaults where fields are zero.
func (o BoostingOptions) withDefaults() BoostingOptions {
	whole := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	number := func(v *float64, d float64) {
		if *v == 0 {
			*v = d
		}
	}
	whole(&o.Trees, 100)
	number(&o.LearningRate, 0.1)
	if o.Growth == DepthWise {
		whole(&o.MaxDepth, 6)
		if o.MaxDepth > 0 { // else it is refused
			whole(&o.Leaves, 1<<min(o.MaxDepth, 17)) // 1<<17 is maxLeaves
		}
	}
	whole(&o.Leaves, 31)
	whole(&o.MinLeafRows, 20)
	number(&o.MinLeafHessian, 1e-3)
	whole(&o.MaxBins, maxBinLimit)
	number(&o.FeatureFraction, 1)
	number(&o.NodeFeatureFraction, 1)
	number(&o.RowFraction, 1)
	number(&o.CategorySmooth, 10)
	number(&o.CategoryL2, 10)
	whole(&o.MaxCategories, 32)
	whole(&o.MaxOneHot, 4)
	whole(&o.MinGroupRows, 100)
	number(&o.ValidationFraction, 0.1)
	whole(&o.Checkpoint.Every, 10)
	if o.GOSS != nil {
		g := *o.GOSS
		number(&g.TopRate, 0.2)
		number(&g.OtherRate, 0.1)
		o.GOSS = &g
	}
	if o.Dart != nil {
		d := *o.Dart
		number(&d.DropRate, 0.1)
		number(&d.Rounds, 0.5)
		whole(&d.MaxDrop, 50)
		o.Dart = &d
	}
	number(&o.Alpha, 0.9)
	number(&o.TweediePower, 1.5)
	whole(&o.RankTruncation, 30)
	whole(&o.Workers, runtime.GOMAXPROCS(0))
	return o
}

// check returns the joined *model.OptionError of the bad fields; defaults are set.
func (o BoostingOptions) check() error {
	var errs []error
	refuse := func(field, value, want string) {
		errs = append(errs, &model.OptionError{Field: "tree.BoostingOptions." + field, Value: value, Want: want})
	}
	whole := func(field string, v, low, high int) {
		switch {
		case v >= low && v <= high:
		case high == math.MaxInt:
			refuse(field, strconv.Itoa(v), strconv.Itoa(low)+" or more")
		default:
			refuse(field, strconv.Itoa(v), strconv.Itoa(low)+" to "+strconv.Itoa(high))
		}
	}
	share := func(field string, v float64, top bool) {
		if !(v > 0 && (v < 1 || (top && v == 1))) {
			refuse(field, formatFloat(v), map[bool]string{true: "above 0 and at most 1", false: "above 0 and below 1"}[top])
		}
	}
	penalty := func(field string, v float64) {
		if !(v >= 0) || math.IsInf(v, 1) {
			refuse(field, formatFloat(v), "a finite number of at least 0")
		}
	}
	o.checkLoss(refuse)
	o.checkSampling(refuse)
	whole("RankTruncation", o.RankTruncation, 1, math.MaxInt)
	whole("Checkpoint.Every", o.Checkpoint.Every, 1, math.MaxInt)
	if o.Checkpoint.Path != "" && o.Checkpoint.Store != nil {
		refuse("Checkpoint.Store", "a store", "none beside Path")
	}
	if o.Continue != nil && o.Continue.Planned == nil {
		refuse("Continue", "a model without a predictor", "a fitted or imported one")
	}
	whole("Trees", o.Trees, 1, maxTrees)
	share("LearningRate", o.LearningRate, true)
	whole("Leaves", o.Leaves, 2, maxLeaves)
	if o.Growth > DepthWise {
		refuse("Growth", strconv.Itoa(int(o.Growth)), "LeafWise or DepthWise")
	}
	whole("MaxDepth", o.MaxDepth, 0, math.MaxInt)
	whole("MinLeafRows", o.MinLeafRows, 1, math.MaxInt)
	penalty("MinLeafHessian", o.MinLeafHessian)
	whole("MaxBins", o.MaxBins, 2, maxBinLimit)
	penalty("L1", o.L1)
	penalty("L2", o.L2)
	penalty("MinGain", o.MinGain)
	share("FeatureFraction", o.FeatureFraction, true)
	share("NodeFeatureFraction", o.NodeFeatureFraction, true)
	share("RowFraction", o.RowFraction, true)
	o.checkConstraints(refuse)
	penalty("CategorySmooth", o.CategorySmooth)
	penalty("CategoryL2", o.CategoryL2)
	whole("MaxCategories", o.MaxCategories, 1, math.MaxInt)
	whole("MaxOneHot", o.MaxOneHot, 1, math.MaxInt)
	whole("MinGroupRows", o.MinGroupRows, 1, math.MaxInt)
	whole("EarlyStopping", o.EarlyStopping, 0, math.MaxInt)
	share("ValidationFraction", o.ValidationFraction, false)
	whole("Workers", o.Workers, 1, math.MaxInt)
	return errors.Join(errs...)
}

// checkSampling refuses bad options of GOSS and dart.
func (o BoostingOptions) checkSampling(refuse func(field, value, want string)) {
	share := func(field string, v float64) {
		if !(v > 0 && v <= 1) {
			refuse(field, formatFloat(v), "above 0 and at most 1")
		}
	}
	if g := o.GOSS; g != nil {
		if !(g.TopRate > 0 && g.TopRate < 1) {
			refuse("GOSS.TopRate", formatFloat(g.TopRate), "above 0 and below 1")
		}
		if !(g.OtherRate > 0 && g.TopRate+g.OtherRate <= 1) {
			refuse("GOSS.OtherRate", formatFloat(g.OtherRate), "above 0 and at most 1 - TopRate")
		}
		if o.RowFraction != 1 {
			refuse("GOSS", "a sampling of rows", "none beside RowFraction")
		}
	}
	if d := o.Dart; d != nil {
		share("Dart.DropRate", d.DropRate)
		share("Dart.Rounds", d.Rounds)
		if d.MaxDrop < 1 {
			refuse("Dart.MaxDrop", strconv.Itoa(d.MaxDrop), "1 or more")
		}
		if o.EarlyStopping > 0 {
			refuse("Dart", "dropped trees", "none beside EarlyStopping")
		}
	}
}

func formatFloat(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func (o BoostingOptions) parameters(objective objective) parameters {
	return parameters{
		objective: objective, trees: o.Trees, rate: o.LearningRate, leaves: o.Leaves, maxDepth: o.MaxDepth, minRows: o.MinLeafRows,
		minHessian: o.MinLeafHessian, maxBins: o.MaxBins, l1: o.L1, l2: o.L2, minGain: o.MinGain, featureFraction: o.FeatureFraction,
		growth: o.Growth, nodeFraction: o.NodeFeatureFraction, categorySmooth: o.CategorySmooth, categoryL2: o.CategoryL2,
		maxCategories: o.MaxCategories, maxOneHot: o.MaxOneHot, minGroupRows: o.MinGroupRows,
		rowFraction: o.RowFraction, patience: o.EarlyStopping, gossOptions: o.GOSS, dartOptions: o.Dart, metric: o.Metric, onRound: o.OnRound, seed: o.Seed, workers: o.Workers,
	}
}
