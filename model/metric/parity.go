package metric

import (
	"fmt"
	"math"

	"github.com/tidewheel/tidewheel/internal/num"
)

// Parity holds, for each group of rows, the confusion matrix of predictions in two classes, and says how far the groups are apart. Code 1 is the positive class. It is
// immutable and safe for concurrent use. The zero value has no groups.
//
// A rate that a group has no rows for, such as the true positive rate without a row of the positive class, is 0 and counts as such, as in fairlearn. Groups
// without rows of a weight above 0 are left out.
type Parity struct{ groups []*Confusion }

// NewParity counts predicted classes against actual ones, group by group.
//
// Shapes: class, predicted and group have length n, weight has n values or is nil (all ones). class and predicted hold the codes 0 and 1, group codes in [0, groups).
// O(n + groups) time, no memory for rows.
// Errors: ErrEmpty, ErrLength, ErrNonFinite or ErrRange.
// Source: Hardt, Price, Srebro (2016), "Equality of opportunity in supervised learning"; equals the MetricFrame of fairlearn 0.15.0 to 1e-12.
func NewParity[C, G Code](class, predicted []C, group []G, groups int, weight []float64) (*Parity, error) {
	const operation = "parity"
	if groups < 1 {
		return nil, fmt.Errorf("metric: %s: %w: want at least 1 group, got %d", operation, ErrRange, groups)
	}
	if err := check(operation, len(class), weight); err != nil {
		return nil, err
	}
	for _, c := range []struct {
		name string
		n    int
	}{{"predicted", len(predicted)}, {"group", len(group)}} {
		if err := sameLength(operation, c.name, c.n, len(class)); err != nil {
			return nil, err
		}
	}
	if err := checkCodes(operation, "class", class, 2); err != nil {
		return nil, err
	}
	if err := checkCodes(operation, "predicted", predicted, 2); err != nil {
		return nil, err
	}
	if err := checkCodes(operation, "group", group, groups); err != nil {
		return nil, err
	}
	cells := make([][4]num.Accumulator, groups)
	for i, c := range class {
		cells[group[i]][2*int(c)+int(predicted[i])].Add(weightOf(weight, i))
	}
	p := &Parity{groups: make([]*Confusion, groups)}
	for g := range cells {
		c := &Confusion{k: 2, cells: make([]float64, 4), actual: make([]float64, 2), predicted: make([]float64, 2)}
		for i := range c.cells {
			v := cells[g][i].Value()
			c.cells[i] = v
			c.actual[i/2] += v
			c.predicted[i%2] += v
			c.total += v
		}
		p.groups[g] = c
	}
	return p, nil
}

// Groups returns the number of groups.
func (p *Parity) Groups() int { return len(p.groups) }

// Group returns the confusion matrix of a group. It panics, as a slice does, on a code that is not in [0, Groups()).
func (p *Parity) Group(group int) *Confusion { return p.groups[group] }

// SelectionRate returns the share of the rows of a group that are predicted as the positive class, in [0, 1].
func (p *Parity) SelectionRate(group int) float64 {
	return ratio(p.groups[group].Predicted(1), p.groups[group].Total())
}

// TruePositiveRate returns the share of the rows of the positive class in a group that are predicted as it, in [0, 1].
func (p *Parity) TruePositiveRate(group int) float64 { return p.groups[group].Recall(1) }

// FalsePositiveRate returns the share of the rows of the other class in a group that are predicted as the positive one, in [0, 1].
func (p *Parity) FalsePositiveRate(group int) float64 {
	return ratio(p.groups[group].At(0, 1), p.groups[group].Actual(0))
}

// DemographicParityDifference returns the largest selection rate less the smallest, in [0, 1]: 0 where all groups are selected equally often. It equals
// fairlearn.metrics.demographic_parity_difference.
func (p *Parity) DemographicParityDifference() float64 { return p.difference(p.SelectionRate) }

// DemographicParityRatio returns the smallest selection rate over the largest, in [0, 1]: 1 where all groups are selected equally often, at least 0.8 by the
// four-fifths rule; NaN where nothing is selected. It equals fairlearn.metrics.demographic_parity_ratio.
func (p *Parity) DemographicParityRatio() float64 { return p.ratio(p.SelectionRate) }

// EqualizedOddsDifference returns the larger of the differences between the largest and the smallest true positive rate and false positive rate, in [0, 1]. It equals
// fairlearn.metrics.equalized_odds_difference.
func (p *Parity) EqualizedOddsDifference() float64 {
	return max(p.difference(p.TruePositiveRate), p.difference(p.FalsePositiveRate))
}

// EqualizedOddsRatio returns the smaller of the ratios of the smallest to the largest true positive rate and false positive rate, in [0, 1]; a ratio of zeros does not
// count, and NaN is where both are. It equals fairlearn.metrics.equalized_odds_ratio.
func (p *Parity) EqualizedOddsRatio() float64 {
	positive, negative := p.ratio(p.TruePositiveRate), p.ratio(p.FalsePositiveRate)
	if positive != positive || negative < positive {
		return negative
	}
	return positive
}

// EqualOpportunityDifference returns the largest true positive rate less the smallest, in [0, 1]. It equals
// fairlearn.metrics.equal_opportunity_difference.
func (p *Parity) EqualOpportunityDifference() float64 { return p.difference(p.TruePositiveRate) }

// span returns the smallest and the largest rate of the groups with rows.
func (p *Parity) span(rate func(int) float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for g, c := range p.groups {
		if c.total > 0 {
			v := rate(g)
			low, high = min(low, v), max(high, v)
		}
	}
	return low, high
}

func (p *Parity) difference(rate func(int) float64) float64 {
	low, high := p.span(rate)
	return high - low
}

func (p *Parity) ratio(rate func(int) float64) float64 {
	low, high := p.span(rate)
	return low / high // NaN for zeros
}
