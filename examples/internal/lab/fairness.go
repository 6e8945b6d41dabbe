package lab

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/model/metric"
)

// maxGroups is how many groups are compared: with more, some have few rows, and one of them is always far from the others.
const maxGroups = 100

// Groupings are the groups of rows.
type Groupings struct {
	Names []string // of each group; that of rows without a value is (null)
	Of    []int32  // the group of each row
}

// ReadGroups reads the column of a flag as groups, of which a missing value is one.
func ReadGroups(ctx context.Context, src dataset.Source, flag, column string) (Groupings, error) {
	var g Groupings
	one, err := dataset.Select(ctx, src, column)
	if err != nil {
		return g, fmt.Errorf("flag -%s: %w", flag, err)
	}
	values := dataset.NewNumbering()
	for b, err := range one.Batches(ctx) {
		if err != nil {
			return g, err
		}
		n := len(g.Of)
		g.Of = append(g.Of, make([]int32, b.NumRows())...)
		if err := values.Codes(b.Column(0), g.Of[n:]); err != nil {
			return g, fmt.Errorf("flag -%s: column %q: %w", flag, column, err)
		}
		if values.Len() > maxGroups {
			return g, fmt.Errorf("flag -%s: want a column of at most %d values, got more in %q", flag, maxGroups, column)
		}
		for i, code := range g.Of[n:] {
			if int(code) == len(g.Names) {
				g.Names = append(g.Names, b.Column(0).ValueStr(i))
			}
		}
	}
	if null := values.Null(); null >= 0 {
		g.Names[null] = "(null)"
		for slices.Contains(slices.Delete(slices.Clone(g.Names), int(null), int(null)+1), g.Names[null]) {
			g.Names[null] = "(" + g.Names[null] + ")"
		}
	}
	return g, nil
}

// Rows returns the rows of each group.
func (g Groupings) Rows() [][]int32 {
	out := make([][]int32, len(g.Names))
	for i, code := range g.Of {
		out[code] = append(out[code], int32(i))
	}
	return out
}

// Fairness says how far groups are apart in what is predicted of them, by fairlearn's names.
type Fairness struct {
	DemographicParityDifference cli.Number           `json:"demographic_parity_difference"`
	DemographicParityRatio      cli.Number           `json:"demographic_parity_ratio"`
	EqualizedOddsDifference     cli.Number           `json:"equalized_odds_difference"`
	EqualizedOddsRatio          cli.Number           `json:"equalized_odds_ratio"`
	EqualOpportunityDifference  cli.Number           `json:"equal_opportunity_difference"`
	Groups                      map[string]GroupRate `json:"groups"`
}

// GroupRate is what is predicted of a group.
type GroupRate struct {
	Rows              int        `json:"rows"`
	SelectionRate     cli.Number `json:"selection_rate"`
	TruePositiveRate  cli.Number `json:"true_positive_rate"`
	FalsePositiveRate cli.Number `json:"false_positive_rate"`
}

// NewFairness compares predicted classes of two between groups.
func NewFairness(class, predicted []int32, weight []float64, g Groupings) (*Fairness, error) {
	p, err := metric.NewParity(class, predicted, g.Of, len(g.Names), weight)
	if err != nil {
		return nil, err
	}
	f := &Fairness{
		cli.Number(p.DemographicParityDifference()), cli.Number(p.DemographicParityRatio()), cli.Number(p.EqualizedOddsDifference()), cli.Number(p.EqualizedOddsRatio()),
		cli.Number(p.EqualOpportunityDifference()), make(map[string]GroupRate, len(g.Names)),
	}
	for i, rows := range g.Rows() {
		f.Groups[g.Names[i]] = GroupRate{len(rows), cli.Number(p.SelectionRate(i)), cli.Number(p.TruePositiveRate(i)), cli.Number(p.FalsePositiveRate(i))}
	}
	return f, nil
}

// Show prints the rates of the groups of a column, and how far they are apart. A nil one is not printed.
func (f *Fairness) Show(w io.Writer, column string) {
	if f == nil {
		return
	}
	cli.Printf(w, "\n%-32s %10s %10s %10s %10s\n", "by "+column, "rows", "selected", "true pos.", "false pos.")
	for _, name := range cli.SortedKeys(f.Groups) {
		g := f.Groups[name]
		cli.Printf(w, "%-32s %10d %10s %10s %10s\n", name, g.Rows, cli.Text(float64(g.SelectionRate)), cli.Text(float64(g.TruePositiveRate)), cli.Text(float64(g.FalsePositiveRate)))
	}
	for _, v := range []struct {
		name  string
		value cli.Number
	}{
		{"demographic_parity_difference", f.DemographicParityDifference},
		{"demographic_parity_ratio", f.DemographicParityRatio},
		{"equalized_odds_difference", f.EqualizedOddsDifference},
		{"equalized_odds_ratio", f.EqualizedOddsRatio},
		{"equal_opportunity_difference", f.EqualOpportunityDifference},
	} {
		cli.Printf(w, "  %-32s %10s\n", v.name, cli.Text(float64(v.value)))
	}
}
