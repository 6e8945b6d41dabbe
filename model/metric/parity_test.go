package metric_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/model/metric"
)

// fairness is what fairlearn says; a nil number is NaN.
type fairness struct {
	Selection, TPR, FPR         []float64
	DemographicParityDifference *float64 `json:"demographic_parity_difference"`
	DemographicParityRatio      *float64 `json:"demographic_parity_ratio"`
	EqualizedOddsDifference     *float64 `json:"equalized_odds_difference"`
	EqualizedOddsRatio          *float64 `json:"equalized_odds_ratio"`
	EqualOpportunityDifference  *float64 `json:"equal_opportunity_difference"`
}

// TestParityIsThatOfFairlearn compares with testdata/fairness.json: fairlearn 0.15.0 through testdata/gen/fairness.py.
func TestParityIsThatOfFairlearn(t *testing.T) {
	var golden struct {
		Weight []float64
		Cases  []struct {
			Name                     string
			Actual, Predicted, Group []int32
			Plain, Weighted          fairness
		}
	}
	text, err := os.ReadFile("testdata/fairness.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	for _, c := range golden.Cases {
		for _, side := range []struct {
			name   string
			weight []float64
			want   fairness
		}{{"plain", nil, c.Plain}, {"weighted", golden.Weight, c.Weighted}} {
			p, err := metric.NewParity(c.Actual, c.Predicted, c.Group, int(slices.Max(c.Group))+1, side.weight)
			if err != nil {
				t.Fatal(err)
			}
			near := func(what string, got float64, want *float64) {
				t.Helper()
				if want == nil {
					want = new(float64)
					*want = math.NaN()
				}
				if !(math.Abs(got-*want) <= tolerance) && (got == got || *want == *want) {
					t.Errorf("%s, %s: %s is %v, want %v of fairlearn", c.Name, side.name, what, got, *want)
				}
			}
			for g := range p.Groups() {
				near("selection rate", p.SelectionRate(g), &side.want.Selection[g])
				near("true positive rate", p.TruePositiveRate(g), &side.want.TPR[g])
				near("false positive rate", p.FalsePositiveRate(g), &side.want.FPR[g])
			}
			near("demographic parity difference", p.DemographicParityDifference(), side.want.DemographicParityDifference)
			near("demographic parity ratio", p.DemographicParityRatio(), side.want.DemographicParityRatio)
			near("equalized odds difference", p.EqualizedOddsDifference(), side.want.EqualizedOddsDifference)
			near("equalized odds ratio", p.EqualizedOddsRatio(), side.want.EqualizedOddsRatio)
			near("equal opportunity difference", p.EqualOpportunityDifference(), side.want.EqualOpportunityDifference)
		}
	}
}

// The project's own golden values are of fairlearn too, over other rows.
func TestParityOfTheReferenceRows(t *testing.T) {
	dir := os.Getenv("TIDEWHEEL_GOLDEN")
	if dir == "" {
		t.Skip("TIDEWHEEL_GOLDEN is not set")
	}
	var golden struct {
		Inputs struct {
			Y, Pred []int32
			Group   []string
			Weight  []float64
		}
		Expected map[string]json.RawMessage
	}
	text, err := os.ReadFile(filepath.Join(dir, "model", "fairness.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	group := make([]int32, len(golden.Inputs.Group))
	for i, g := range golden.Inputs.Group {
		group[i] = int32(g[0] - 'a')
	}
	for suffix, weight := range map[string][]float64{"": nil, "_weighted": golden.Inputs.Weight} {
		p, err := metric.NewParity(golden.Inputs.Y, golden.Inputs.Pred, group, 3, weight)
		if err != nil {
			t.Fatal(err)
		}
		for name, got := range map[string]float64{
			"demographic_parity_difference": p.DemographicParityDifference(), "demographic_parity_ratio": p.DemographicParityRatio(),
			"equalized_odds_difference": p.EqualizedOddsDifference(), "equalized_odds_ratio": p.EqualizedOddsRatio(), "equal_opportunity_difference": p.EqualOpportunityDifference(),
		} {
			var want float64
			if err := json.Unmarshal(golden.Expected[name+"__between_groups"+suffix], &want); err != nil {
				t.Fatal(name, err)
			}
			if !(math.Abs(got-want) <= tolerance) {
				t.Errorf("%s%s is %v, want %v", name, suffix, got, want)
			}
		}
	}
}

func TestParityRefusesBadRows(t *testing.T) {
	for name, c := range map[string]struct {
		class, predicted, group []int
		groups                  int
		weight                  []float64
		want                    error
	}{
		"no rows":        {nil, nil, nil, 1, nil, metric.ErrEmpty},
		"no groups":      {[]int{1}, []int{1}, []int{0}, 0, nil, metric.ErrRange},
		"few predicted":  {[]int{1, 0}, []int{1}, []int{0, 0}, 1, nil, metric.ErrLength},
		"few groups":     {[]int{1, 0}, []int{1, 1}, []int{0}, 1, nil, metric.ErrLength},
		"a third class":  {[]int{2}, []int{1}, []int{0}, 1, nil, metric.ErrRange},
		"a third answer": {[]int{1}, []int{2}, []int{0}, 1, nil, metric.ErrRange},
		"another group":  {[]int{1}, []int{1}, []int{1}, 1, nil, metric.ErrRange},
		"no weight":      {[]int{1}, []int{1}, []int{0}, 1, []float64{0}, metric.ErrEmpty},
		"a NaN":          {[]int{1}, []int{1}, []int{0}, 1, []float64{math.NaN()}, metric.ErrNonFinite},
	} {
		if _, err := metric.NewParity(c.class, c.predicted, c.group, c.groups, c.weight); !errors.Is(err, c.want) {
			t.Errorf("%s: want %v, got %v", name, c.want, err)
		}
	}
}

// Groups without weight say nothing, and a row of weight two is two rows.
func TestParityOfWeights(t *testing.T) {
	class, predicted, group := []int{1, 0, 1, 0, 1, 1}, []int{1, 1, 0, 0, 1, 0}, []int{0, 0, 2, 2, 2, 1}
	p, err := metric.NewParity(class, predicted, group, 4, []float64{1, 1, 2, 1, 1, 0})
	if err != nil {
		t.Fatal(err)
	}
	twice, err := metric.NewParity([]int{1, 0, 1, 1, 0, 1}, []int{1, 1, 0, 0, 0, 1}, []int{0, 0, 1, 1, 1, 1}, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := p.DemographicParityDifference(), twice.DemographicParityDifference(); a != b || a != 0.75 {
		t.Errorf("demographic parity difference %v and %v, want 0.75", a, b)
	}
	if a, b := p.EqualizedOddsDifference(), twice.EqualizedOddsDifference(); a != b || p.Group(3).Total() != 0 || p.Groups() != 4 {
		t.Errorf("equalized odds difference %v and %v, want the same", a, b)
	}
}

func ExampleNewParity() {
	hired, predicted := []int32{1, 0, 1, 0, 1, 0}, []int32{1, 0, 1, 1, 0, 0}
	group := []int32{0, 0, 0, 1, 1, 1}
	p, err := metric.NewParity(hired, predicted, group, 2, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for g := range p.Groups() {
		fmt.Printf("group %d: %.2f selected, %.2f of those to be\n", g, p.SelectionRate(g), p.TruePositiveRate(g))
	}
	fmt.Printf("demographic parity difference %.2f, equalized odds difference %.2f\n", p.DemographicParityDifference(), p.EqualizedOddsDifference())
	// Output:
	// group 0: 0.67 selected, 1.00 of those to be
	// group 1: 0.33 selected, 0.00 of those to be
	// demographic parity difference 0.33, equalized odds difference 1.00
}
