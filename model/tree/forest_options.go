package tree

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/tidewheel/tidewheel/model"
)

// Criterion is what the splits of a forest take off the impurity of.
type Criterion uint8

// The criteria.
const (
	DefaultCriterion Criterion = iota // Gini for classes, the squared error for numbers
	Gini                              // 1 - the sum of the squared shares of the classes
	Entropy                           // the entropy of the shares of the classes, in bits
)

// String returns the criterion's name in lower case.
func (c Criterion) String() string {
	switch c {
	case DefaultCriterion:
		return "default"
	case Gini:
		return "gini"
	case Entropy:
		return "entropy"
	default:
		return "criterion " + strconv.Itoa(int(c))
	}
}

// MarshalText returns String, so that options in JSON hold the name.
func (c Criterion) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads a name of String. It errors with a *model.OptionError for any other text.
func (c *Criterion) UnmarshalText(text []byte) error {
	return readName("tree.Criterion", string(text), c, DefaultCriterion, Gini, Entropy)
}

// readName sets to to the one of some values that has a name.
func readName[T fmt.Stringer](field, name string, to *T, values ...T) error {
	var names []string
	for _, v := range values {
		if v.String() == name {
			*to = v
			return nil
		}
		names = append(names, v.String())
	}
	return fmt.Errorf("tree: options: %w", &model.OptionError{Field: field, Value: strconv.Quote(name), Want: "one of " + strings.Join(names, ", ")})
}

// Sampling is how each tree of a forest draws its rows.
type Sampling uint8

// The ways.
const (
	DefaultSampling Sampling = iota // Bootstrap for a RandomForest, Subsample for ExtraTrees
	Bootstrap                       // with replacement: a row may come several times, or not at all
	Subsample                       // without replacement; all rows with a RowFraction of 1
)

// String returns the sampling's name in lower case.
func (s Sampling) String() string {
	switch s {
	case DefaultSampling:
		return "default"
	case Bootstrap:
		return "bootstrap"
	case Subsample:
		return "subsample"
	default:
		return "sampling " + strconv.Itoa(int(s))
	}
}

// MarshalText returns String, so that options in JSON hold the name.
func (s Sampling) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a name of String. It errors with a *model.OptionError for any other text.
func (s *Sampling) UnmarshalText(text []byte) error {
	return readName("tree.Sampling", string(text), s, DefaultSampling, Bootstrap, Subsample)
}

// ForestOptions are the hyperparameters of RandomForest and ExtraTrees. The zero value has scikit-learn's defaults and is a good start.
type ForestOptions struct {
	Trees               int                // 1 to 100,000, default 100
	Criterion           Criterion          // default: Gini for classes, the squared error for numbers
	MaxDepth            int                // splits from the root to a leaf, at most; 0 is no limit
	Leaves              int                // of a tree, at most, grown where the impurity falls most; 2 to 131,072; 0 is no limit
	MinLeafRows         int                // rows in a leaf, at least, a row that was drawn several times counting once; default 1, and 5 with Quantiles
	MinSplitRows        int                // rows of a node that is split, at least; default 2
	MinImpurityDecrease float64            // what a split must take off the impurity, times the node's share of the weight; at least 0, default 0
	MaxBins             int                // bins of a column, at most; 2 to 255, default 255
	FeatureFraction     float64            // share of the columns that each split looks at; above 0 to 1, default 1 for a regression and 1/sqrt(columns) for classes
	Sampling            Sampling           // default: Bootstrap for RandomForest, Subsample for ExtraTrees
	RowFraction         float64            // rows that each tree draws, as a share of all; above 0 to 1, default 1
	ClassWeights        map[string]float64 // what the weights of a class's rows are multiplied by, above 0; default 1 each
	BalancedClasses     bool               // weights that give every class the same sum of weights
	OutOfBag            bool               // score each row by the trees that did not draw it, in Report.OutOfBag
	Quantiles           []float64          // of a regression: raw scores are these quantiles of the target given the features; ascending, above 0 and below 1; nil for none
	Seed                uint64             // of sampling
	Workers             int                // goroutines; 0 is GOMAXPROCS, 1 starts none
}

// DecisionTreeOptions are the hyperparameters of DecisionTree. The zero value has scikit-learn's defaults: a tree that grows until its leaves are pure.
type DecisionTreeOptions struct {
	Criterion           Criterion          // default: Gini for classes, the squared error for numbers
	MaxDepth            int                // splits from the root to a leaf, at most; 0 is no limit
	Leaves              int                // at most, grown where the impurity falls most; 2 to 131,072; 0 is no limit
	MinLeafRows         int                // rows in a leaf, at least; default 1
	MinSplitRows        int                // rows of a node that is split, at least; default 2
	MinImpurityDecrease float64            // what a split must take off the impurity, times the node's share of the weight; at least 0, default 0
	MaxBins             int                // bins of a column, at most; 2 to 255, default 255
	FeatureFraction     float64            // share of the columns that each split looks at; above 0 to 1, default 1
	ClassWeights        map[string]float64 // what the weights of a class's rows are multiplied by, above 0; default 1 each
	BalancedClasses     bool               // weights that give every class the same sum of weights
	Seed                uint64             // of the order in which columns are looked at, which decides between splits that are equally good
	Workers             int                // goroutines that put the columns into bins; 0 is GOMAXPROCS, 1 starts none
}

func (o DecisionTreeOptions) forest() ForestOptions {
	return ForestOptions{
		Trees: 1, Criterion: o.Criterion, MaxDepth: o.MaxDepth, Leaves: o.Leaves, MinLeafRows: o.MinLeafRows, MinSplitRows: o.MinSplitRows,
		MinImpurityDecrease: o.MinImpurityDecrease, MaxBins: o.MaxBins, FeatureFraction: o.FeatureFraction, Sampling: Subsample, ClassWeights: o.ClassWeights, BalancedClasses: o.BalancedClasses,
		Seed: o.Seed, Workers: o.Workers,
	}
}

// withDefaults puts the defaults where fields are zero, but for those that depend on the task.
func (o ForestOptions) withDefaults(sampling Sampling) ForestOptions {
	whole := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	whole(&o.Trees, 100)
	if o.Quantiles != nil {
		whole(&o.MinLeafRows, 5)
	}
	whole(&o.MinLeafRows, 1)
	whole(&o.MinSplitRows, 2)
	whole(&o.MaxBins, maxBinLimit)
	if o.RowFraction == 0 {
		o.RowFraction = 1
	}
	if o.Sampling == DefaultSampling {
		o.Sampling = sampling
	}
	whole(&o.Workers, runtime.GOMAXPROCS(0))
	o.Quantiles, o.ClassWeights = slices.Clone(o.Quantiles), maps.Clone(o.ClassWeights)
	return o
}

func (o *ForestOptions) classWeights(name string) classWeights {
	return classWeights{"tree." + name, o.ClassWeights, o.BalancedClasses}
}

// optionChecks gathers the *model.OptionError of an options struct.
type optionChecks struct {
	prefix string
	errs   []error
}

func (c *optionChecks) refuse(field, value, want string) {
	c.errs = append(c.errs, &model.OptionError{Field: c.prefix + field, Value: value, Want: want})
}

func (c *optionChecks) whole(field string, v, low, high int) {
	switch {
	case v >= low && v <= high:
	case high == math.MaxInt:
		c.refuse(field, strconv.Itoa(v), strconv.Itoa(low)+" or more")
	default:
		c.refuse(field, strconv.Itoa(v), strconv.Itoa(low)+" to "+strconv.Itoa(high))
	}
}

func (c *optionChecks) share(field string, v float64) {
	if !(v > 0 && v <= 1) {
		c.refuse(field, formatFloat(v), "above 0 and at most 1")
	}
}

// check returns the joined *model.OptionError of the bad fields of a struct of that name; defaults are set.
func (o ForestOptions) check(name string) error {
	c := &optionChecks{prefix: "tree." + name + "."}
	c.whole("Trees", o.Trees, 1, maxTrees)
	if o.Criterion > Entropy {
		c.refuse("Criterion", o.Criterion.String(), "DefaultCriterion, Gini or Entropy")
	}
	c.whole("MaxDepth", o.MaxDepth, 0, math.MaxInt)
	if o.Leaves != 0 {
		c.whole("Leaves", o.Leaves, 2, maxLeaves)
	}
	c.whole("MinLeafRows", o.MinLeafRows, 1, math.MaxInt)
	c.whole("MinSplitRows", o.MinSplitRows, 2, math.MaxInt)
	if !(o.MinImpurityDecrease >= 0) || math.IsInf(o.MinImpurityDecrease, 1) {
		c.refuse("MinImpurityDecrease", formatFloat(o.MinImpurityDecrease), "a finite number of at least 0")
	}
	c.whole("MaxBins", o.MaxBins, 2, maxBinLimit)
	if o.FeatureFraction != 0 {
		c.share("FeatureFraction", o.FeatureFraction)
	}
	if o.Sampling > Subsample {
		c.refuse("Sampling", o.Sampling.String(), "DefaultSampling, Bootstrap or Subsample")
	}
	c.share("RowFraction", o.RowFraction)
	if o.OutOfBag && o.Sampling == Subsample && o.RowFraction == 1 {
		c.refuse("OutOfBag", "true", "it only where trees draw some of the rows: Sampling Bootstrap, or a RowFraction below 1")
	}
	ascending := len(o.Quantiles) <= maxQuantiles
	for i, q := range o.Quantiles {
		ascending = ascending && q > 0 && q < 1 && (i == 0 || q > o.Quantiles[i-1])
	}
	if !ascending {
		c.refuse("Quantiles", strconv.Itoa(len(o.Quantiles))+" numbers", "at most "+strconv.Itoa(maxQuantiles)+", ascending, above 0 and below 1")
	}
	if o.Quantiles != nil && o.Trees > maxQuantileTrees {
		c.refuse("Trees", strconv.Itoa(o.Trees), "at most "+strconv.Itoa(maxQuantileTrees)+" with Quantiles")
	}
	weights := o.classWeights(name)
	weights.check(c.refuse)
	c.whole("Workers", o.Workers, 1, math.MaxInt)
	return errors.Join(c.errs...)
}

// Bounds of a quantile forest: scoring holds a number for each tree and row of a block.
const (
	maxQuantiles     = 1000
	maxQuantileTrees = 10_000
)
