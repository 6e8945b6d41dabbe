package skew

import (
	"strconv"

	"github.com/tidewheel/tidewheel/validate"
)

// Test names how the p-value of a distribution was found.
type Test string

// The tests.
const (
	NoTest            Test = ""
	ChiSquare         Test = "chi_square" // Pearson's, of homogeneity, over the bins; those that expect fewer than 5 values are pooled; statistic X²
	KolmogorovSmirnov Test = "ks"         // two-sample, asymptotic p; statistic D
)

// Report is the outcome of a comparison.
type Report struct {
	OK            bool               `json:"ok"` // no finding is worse than counted
	Kind          Kind               `json:"kind"`
	RowsReference int64              `json:"rows_reference"`
	RowsCurrent   int64              `json:"rows_current"`
	RowRatio      *float64           `json:"row_ratio"` // current's over the reference's; nil when that has none
	Columns       []Column           `json:"columns"`   // never nil: those that both have, in the reference's order
	Findings      []validate.Finding `json:"findings"`  // never nil: the gravest first, then in order of the columns, then of the rule's name. Count is the rows of current, since each is about all of them
}

// Has reports whether the report holds a finding of a rule about a column.
func (r *Report) Has(rule validate.Rule, column string) bool {
	for i := range r.Findings {
		if r.Findings[i].Rule == rule && r.Findings[i].Column == column {
			return true
		}
	}
	return false
}

// Column is the comparison of one column. Figures that do not exist are nil: those of another kind of column, of a column without values on a side, and infinite ones.
type Column struct {
	Name                 string          `json:"name"`
	Type                 string          `json:"type"`         // of the reference
	CurrentType          string          `json:"current_type"` // of current
	NReference           int64           `json:"n_reference"`  // values that are not missing
	NCurrent             int64           `json:"n_current"`
	MissingReference     float64         `json:"missing_share_reference"` // nulls, NaN and infinities
	MissingCurrent       float64         `json:"missing_share_current"`
	Bins                 int             `json:"bins"` // of the counts: the reference's bins of a numeric column; the texts that either side lists, and all others
	LInfinity            *float64        `json:"linfty"`
	LInfinityValue       *string         `json:"linfty_value"` // the text whose share changed most, the first of several; nil for all others together
	NormalizedDifference *float64        `json:"normalized_abs_difference"`
	JensenShannon        *float64        `json:"jensen_shannon"` // divergence to base 2
	TotalVariation       *float64        `json:"total_variation"`
	PSI                  *float64        `json:"psi"`
	PSIExcess            *float64        `json:"psi_excess"`         // PSI less what equal distributions have on average
	KS                   *float64        `json:"ks"`                 // of a numeric column
	Wasserstein          *float64        `json:"wasserstein"`        // in the column's unit
	WassersteinNormed    *float64        `json:"wasserstein_normed"` // over the reference's standard deviation; over current's when that is 0; 1 for two different constants
	NewShare             *float64        `json:"new_share"`          // of current's texts, those that the reference lacks; nil unless its profile lists all of its own
	Test                 Test            `json:"test"`
	Statistic            *float64        `json:"statistic"`
	P                    *float64        `json:"p_value"`
	AdjustedP            *float64        `json:"adjusted_p"`
	CramersV             *float64        `json:"cramers_v"` // of ChiSquare
	NewAdjustedP         *float64        `json:"new_adjusted_p"`
	MissingAdjustedP     *float64        `json:"missing_adjusted_p"` // nil when neither side misses any
	Exact                bool            `json:"exact"`              // every figure is that of all values, none read off a sketch or a list that was cut
	Judged               bool            `json:"judged"`             // the distribution was compared with the thresholds
	Anomalies            []validate.Rule `json:"anomalies"`          // never nil: the rules of the column's findings
}

// measure is one distance with its threshold and words.
type measure struct {
	name       Measure
	words      string
	threshold  func(Thresholds) float64
	figure     func(*Column) *float64
	adjusted   func(*Column) *float64
	categories bool // only of columns of categories
}

func (c *Column) missingChange() *float64 {
	if c.NReference == 0 && c.MissingReference == 0 || c.NCurrent == 0 && c.MissingCurrent == 0 {
		return nil // a side has no rows
	}
	d := c.MissingCurrent - c.MissingReference
	return some(max(d, -d))
}

// measures lists what is compared with a threshold in each column, in order of the rules' names.
func measures() []measure {
	distribution := func(c *Column) *float64 { return c.AdjustedP }
	return []measure{
		{JensenShannon, "a Jensen–Shannon divergence", func(t Thresholds) float64 { return t.JensenShannon }, func(c *Column) *float64 { return c.JensenShannon }, distribution, false},
		{KS, "a distance of the distribution functions", func(t Thresholds) float64 { return t.KS }, func(c *Column) *float64 { return c.KS }, distribution, false},
		{LInfinity, "a change of the share of each category", func(t Thresholds) float64 { return t.LInfinity }, func(c *Column) *float64 { return c.LInfinity }, distribution, true},
		{MissingShare, "a change of the share of missing values", func(t Thresholds) float64 { return t.MissingShare }, (*Column).missingChange, func(c *Column) *float64 { return c.MissingAdjustedP }, false},
		{NewCategories, "a share of new categories", func(t Thresholds) float64 { return t.NewCategories }, func(c *Column) *float64 { return c.NewShare }, func(c *Column) *float64 { return c.NewAdjustedP }, false},
		{NormalizedDifference, "a normalized difference of counts", func(t Thresholds) float64 { return t.NormalizedDifference }, func(c *Column) *float64 { return c.NormalizedDifference }, distribution, true},
		{PSI, "a population stability index", func(t Thresholds) float64 { return t.PSI }, func(c *Column) *float64 { return c.PSI }, distribution, false},
		{Wasserstein, "a Wasserstein distance in standard deviations", func(t Thresholds) float64 { return t.Wasserstein }, func(c *Column) *float64 { return c.WassersteinNormed }, distribution, false},
	}
}

// short is a distance in a finding.
func short(x float64) string { return strconv.FormatFloat(x, 'g', 4, 64) }

func some(x float64) *float64 { return &x }
