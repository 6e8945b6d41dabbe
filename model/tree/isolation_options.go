package tree

import (
	"errors"
	"math"
	"runtime"
)

// IsolationOptions are the hyperparameters of IsolationForest. The zero value has scikit-learn's defaults and is a good start.
type IsolationOptions struct {
	Trees           int     // 1 to 100,000, default 100
	SampleRows      int     // rows that each tree draws, without replacement, at most all; 1 to 1,000,000, default 256
	Contamination   float64 // share of the training rows that count as anomalies; above 0 to 0.5; 0 counts rows of a score above 0.5, as the paper does
	FeatureFraction float64 // share of the columns that each tree sees; above 0 to 1, default 1
	Seed            uint64  // of sampling and of the splits
	Workers         int     // goroutines; 0 is GOMAXPROCS, 1 starts none
}

const maxSampleRows = 1_000_000

func (o IsolationOptions) withDefaults() IsolationOptions {
	if o.Trees == 0 {
		o.Trees = 100
	}
	if o.SampleRows == 0 {
		o.SampleRows = 256
	}
	if o.FeatureFraction == 0 {
		o.FeatureFraction = 1
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	return o
}

// check returns the joined *model.OptionError of the bad fields; defaults are set.
func (o IsolationOptions) check() error {
	c := &optionChecks{prefix: "tree.IsolationOptions."}
	c.whole("Trees", o.Trees, 1, maxTrees)
	c.whole("SampleRows", o.SampleRows, 1, maxSampleRows)
	if !(o.Contamination >= 0 && o.Contamination <= 0.5) {
		c.refuse("Contamination", formatFloat(o.Contamination), "0, or above 0 and at most 0.5")
	}
	c.share("FeatureFraction", o.FeatureFraction)
	c.whole("Workers", o.Workers, 1, math.MaxInt)
	return errors.Join(c.errs...)
}
