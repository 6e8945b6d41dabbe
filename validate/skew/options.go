package skew

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/sketch"
	"github.com/tidewheel/tidewheel/validate"
)

// Kind says what is compared, and so the names of the rules.
type Kind uint8

// The kinds.
const (
	Drift Kind = iota // an earlier span of a feed with a later one
	Skew              // what a model was trained on with what it is served
)

// String returns "drift" or "skew".
func (k Kind) String() string {
	if k == Skew {
		return "skew"
	}
	return "drift"
}

// MarshalText implements encoding.TextMarshaler with String.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Rule returns the name of the rule that a measure has in this kind of comparison, as drift_linfty.
func (k Kind) Rule(m Measure) validate.Rule { return validate.Rule(k.String() + "_" + string(m)) }

// Measure names what is compared with a threshold.
type Measure string

// The measures. The comment of the package says what each is.
const (
	LInfinity            Measure = "linfty"
	NormalizedDifference Measure = "normalized_abs_difference"
	JensenShannon        Measure = "jensen_shannon"
	PSI                  Measure = "psi"
	KS                   Measure = "ks"
	Wasserstein          Measure = "wasserstein"
	NewCategories        Measure = "new_categories"
	MissingShare         Measure = "missing_share"
	LowNumExamples       Measure = "low_num_examples"
	HighNumExamples      Measure = "high_num_examples"
	DataMissing          Measure = "data_missing"
)

// Histogram says which bins of numbers the Jensen–Shannon divergence is taken over. PSI and the test are always over RefBins.
type Histogram uint8

// The histograms.
const (
	RefBins   Histogram = iota // the reference's bins, at its deciles or its values
	Standard                   // 20 equally wide bins of each side, cut at the edges of both as TFDV does for its STANDARD histograms, which have 10
	Quantiles                  // 10 bins at the deciles of each side, cut at the edges of both as TFDV does for its QUANTILES histograms
)

// Thresholds are the largest distances that are no finding. 0 is what Options.Thresholds has for all columns and, there, the default that the comment of the package
// states; math.Inf(1) judges nothing. A figure equal to its threshold is no finding.
type Thresholds struct {
	LInfinity            float64 // in [0, 1]
	NormalizedDifference float64 // in [0, 1]
	JensenShannon        float64 // of the divergence to base 2, in [0, 1]; 0.02 is a shift of a third of a standard deviation
	PSI                  float64 // 0.1 is a small change by custom, 0.25 a large one
	KS                   float64 // in [0, 1]
	Wasserstein          float64 // in standard deviations of the reference
	NewCategories        float64 // a share
	MissingShare         float64 // of the change of a share
}

// defaults are those of a column; off says nothing is judged.
func defaults() Thresholds {
	off := math.Inf(1)
	return Thresholds{
		LInfinity: 0.05, NormalizedDifference: off, JensenShannon: 0.02, PSI: off, KS: off, Wasserstein: off, NewCategories: 0.01, MissingShare: 0.01,
	}
}

// or returns t with the thresholds of u where it has none.
func (t Thresholds) or(u Thresholds) Thresholds {
	return Thresholds{
		LInfinity: cmp.Or(t.LInfinity, u.LInfinity), NormalizedDifference: cmp.Or(t.NormalizedDifference, u.NormalizedDifference),
		JensenShannon: cmp.Or(t.JensenShannon, u.JensenShannon), PSI: cmp.Or(t.PSI, u.PSI), KS: cmp.Or(t.KS, u.KS), Wasserstein: cmp.Or(t.Wasserstein, u.Wasserstein),
		NewCategories: cmp.Or(t.NewCategories, u.NewCategories), MissingShare: cmp.Or(t.MissingShare, u.MissingShare),
	}
}

// check returns an error for each threshold below 0 or NaN.
func (t Thresholds) check(field string) (errs []error) {
	for _, m := range measures() {
		if x := m.threshold(t); !(x >= 0) {
			errs = append(errs, &dataset.OptionError{Field: field + " of " + string(m.name), Value: strconv.FormatFloat(x, 'g', -1, 64), Want: "0 or more"})
		}
	}
	return errs
}

// Options says what is a finding. The zero value is ready to use.
type Options struct {
	Kind       Kind                  // the names of the rules
	Alpha      float64               // level of the adjusted p-values, in (0, 1]; 1 asks no test, as TFDV; 0 is 0.03
	Histogram  Histogram             // bins of numbers for the Jensen–Shannon divergence
	Thresholds Thresholds            // of all columns
	Columns    map[string]Thresholds // of single columns of the reference, which are judged whatever their role
	// MinRowRatio and MaxRowRatio bound the rows of current over those of the reference, as TFDV's min_fraction_threshold and max_fraction_threshold do; 0 is no bound.
	MinRowRatio, MaxRowRatio float64
	// ExactRows is for CompareRows: the number of values of a numeric column up to which they are kept, 8 bytes each; beyond it their profile stands for them. 0 is
	// 2,097,152, or as many as make 8,388,608 values on a side (64 MiB) where more than four columns are numeric; else 1,024 to 2^28.
	ExactRows int
	Workers   int              // goroutines of CompareRows; 0 is GOMAXPROCS, 1 starts none
	Allocator memory.Allocator // of CompareRows, for re-cut batches; nil is Go's
}

const defaultAlpha = 0.03 // with it at most one report in 20 on equal distributions has a finding, since p-values are approximate for small samples

func (o Options) resolve() (Options, error) {
	var errs []error
	bad := func(field, value, want string) {
		errs = append(errs, &dataset.OptionError{Field: "skew.Options." + field, Value: value, Want: want})
	}
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	o.Alpha = cmp.Or(o.Alpha, defaultAlpha)
	if !(o.Alpha > 0 && o.Alpha <= 1) {
		bad("Alpha", number(o.Alpha), "a number above 0, at most 1")
	}
	if o.Kind > Skew {
		bad("Kind", strconv.Itoa(int(o.Kind)), "Drift or Skew")
	}
	if o.Histogram > Quantiles {
		bad("Histogram", strconv.Itoa(int(o.Histogram)), "RefBins, Standard or Quantiles")
	}
	if !(o.MinRowRatio >= 0) {
		bad("MinRowRatio", number(o.MinRowRatio), "0 or more")
	}
	if !(o.MaxRowRatio >= 0) {
		bad("MaxRowRatio", number(o.MaxRowRatio), "0 or more")
	}
	if o.ExactRows != 0 && (o.ExactRows < sketch.MinValues || o.ExactRows > sketch.MaxValues) {
		bad("ExactRows", strconv.Itoa(o.ExactRows), "1024 to 268435456")
	}
	if o.Workers < 0 {
		bad("Workers", strconv.Itoa(o.Workers), "0 or more")
	}
	errs = append(errs, o.Thresholds.check("skew.Options.Thresholds")...)
	for _, name := range o.named() {
		errs = append(errs, o.Columns[name].check(fmt.Sprintf("skew.Options.Columns[%q]", name))...)
	}
	return o, errors.Join(errs...)
}

// named returns the columns that have thresholds of their own, in order.
func (o Options) named() []string {
	names := make([]string, 0, len(o.Columns))
	for name := range o.Columns {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// thresholds returns those of a column.
func (o Options) thresholds(column string) Thresholds {
	return o.Columns[column].or(o.Thresholds).or(defaults())
}
