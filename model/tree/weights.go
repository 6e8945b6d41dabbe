package tree

import (
	"math"
	"strconv"

	"github.com/tidewheel/tidewheel/model"
)

// weighClasses multiplies the weights of the rows of l, n of them, by those of their classes.
func (o *BoostingOptions) weighClasses(p model.Problem, l *labels, n int) error {
	return weighClasses(classWeights{"tree.BoostingOptions", o.ClassWeights, o.BalancedClasses}, p, l, n)
}

// classWeights are the options of an options struct of that name.
type classWeights struct {
	of       string
	weights  map[string]float64
	balanced bool
}

// check refuses weights that are not above zero, and weights beside balanced ones.
func (o *classWeights) check(refuse func(field, value, want string)) {
	if o.balanced && len(o.weights) > 0 {
		refuse("ClassWeights", strconv.Itoa(len(o.weights))+" classes", "none beside BalancedClasses")
	}
	for _, w := range o.weights {
		if !(w > 0) || math.IsInf(w, 1) {
			refuse("ClassWeights", formatFloat(w), "finite weights above 0")
			break
		}
	}
}

func weighClasses(o classWeights, p model.Problem, l *labels, n int) error {
	if len(o.weights) == 0 && !o.balanced {
		return nil
	}
	if len(p.Classes) == 0 {
		return &model.OptionError{Field: o.of + ".ClassWeights", Value: strconv.Itoa(len(o.weights)), Want: "none for a regression"}
	}
	factors := make([]float64, len(p.Classes))
	known := 0
	for c, name := range p.Classes {
		factors[c] = 1
		if w, ok := o.weights[name]; ok {
			factors[c] = w
			known++
		}
	}
	if known < len(o.weights) {
		return &model.OptionError{Field: o.of + ".ClassWeights", Value: strconv.Itoa(len(o.weights)-known) + " unknown", Want: "classes of the problem"}
	}
	if o.balanced {
		balanceFactors(factors, l, n)
	}
	l.multiply(factors, n)
	return nil
}

// multiply gives every row the weight that it has, times the factor of its class.
func (l *labels) multiply(factors []float64, n int) {
	weight := make([]float64, n)
	for i := range weight {
		weight[i] = l.weightOf(i) * factors[l.class[i]]
	}
	l.weight = weight
}

// balanceFactors gives every class that has rows the same sum of weights, and all of them the sum that they had: scikit-learn's "balanced".
func balanceFactors(factors []float64, l *labels, n int) {
	present := 0
	shares := classShares(l, n)
	for _, s := range shares {
		if s > 0 {
			present++
		}
	}
	for c, s := range shares[:len(factors)] {
		if s > 0 {
			factors[c] = 1 / (float64(present) * s)
		}
	}
}
