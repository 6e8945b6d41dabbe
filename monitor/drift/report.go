package drift

// Report is the outcome of Compare.
type Report struct {
	RowsReference  int64    `json:"rows_reference"`
	RowsCurrent    int64    `json:"rows_current"`
	Columns        []Column `json:"columns"`
	Judged         int      `json:"judged"`          // columns with a verdict on their distribution, or that drifted
	Drifted        int      `json:"drifted"`         // of them, those that drifted
	ShareDrifted   float64  `json:"share_drifted"`   // Drifted over Judged, 0 without any
	DriftedColumns []string `json:"drifted_columns"` // in the order of Columns
	MissingColumns []string `json:"missing_columns"` // that only the reference has
	ExtraColumns   []string `json:"extra_columns"`   // that only current has
	ChangedColumns []string `json:"changed_columns"` // numeric on one side and text (or else) on the other, with values on both; not compared
	Alpha          float64  `json:"alpha"`
}

// Verdict says why a column drifted or did not.
type Verdict string

// The verdicts.
const (
	Unchanged    Verdict = "unchanged"
	Distribution Verdict = "distribution" // drifted: the values are distributed differently
	Missing      Verdict = "missing"      // drifted: the share of missing values changed
	TooFewRows   Verdict = "too_few_rows" // no verdict: fewer than 30 values on a side
	Identifier   Verdict = "identifier"   // no verdict: most texts are rare
	Excluded     Verdict = "excluded"     // no verdict: a key, a time, a date, or a type without distribution
)

// Test names how a p-value was found.
type Test string

// The tests.
const (
	NoTest     Test = ""
	KS         Test = "ks"         // two-sample Kolmogorov–Smirnov, asymptotic p; statistic D
	ZerosKS    Test = "zeros_ks"   // the smaller p of chi-square on zero or not and KS of the rest, doubled; statistic D of all
	ChiSquared Test = "chi_square" // Pearson's, homogeneity, categories that expect fewer than 5 values pooled; statistic X²
)

// Measure names the effect that is compared with a threshold.
type Measure string

// The measures.
const (
	MeasureKS            Measure = "ks"
	MeasureWasserstein   Measure = "wasserstein_normed"
	MeasureJensenShannon Measure = "jensen_shannon"
	MeasureNone          Measure = ""
)

// Column is the comparison of one column. Missing values are nulls, NaN and infinities; figures that do not exist are nil.
type Column struct {
	Name              string   `json:"name"`
	Type              string   `json:"type"`        // of the reference
	NReference        int64    `json:"n_reference"` // values that are not missing
	NCurrent          int64    `json:"n_current"`
	MissingReference  float64  `json:"missing_share_reference"`
	MissingCurrent    float64  `json:"missing_share_current"`
	Test              Test     `json:"test"`
	Statistic         *float64 `json:"statistic"`
	P                 *float64 `json:"p_value"`
	AdjustedP         *float64 `json:"adjusted_p"`
	Effect            *float64 `json:"effect"`
	EffectMeasure     Measure  `json:"effect_measure"`
	EffectThreshold   float64  `json:"effect_threshold"`
	Drifted           bool     `json:"drifted"`
	Verdict           Verdict  `json:"verdict"`
	PSI               *float64 `json:"psi"`
	PSIExcess         *float64 `json:"psi_excess"`         // PSI less its null level
	JensenShannon     *float64 `json:"jensen_shannon"`     // distance, base 2
	KS                *float64 `json:"ks"`                 // the statistic D of a numeric column
	Wasserstein       *float64 `json:"wasserstein"`        // in the column's unit
	WassersteinNormed *float64 `json:"wasserstein_normed"` // over the reference's standard deviation; over current's when that is 0; 1 for two different constants
	CramersV          *float64 `json:"cramers_v"`          // of ChiSquared
	UnseenShare       *float64 `json:"unseen_share"`       // of current's texts, those that the reference lacks; absent when it has more than 4,096
	MissingAdjustedP  *float64 `json:"missing_adjusted_p"` // of the share of missing values; absent when neither side misses any
	Exact             bool     `json:"exact"`              // false: a sketch stood for a side
}

// some returns a pointer to a figure that exists.
func some(v float64) *float64 { return &v }
