package skew

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/stat"
	"github.com/tidewheel/tidewheel/validate"
)

const (
	minValues   = 30 // on each side for a verdict, unless no test is asked
	minExpected = 5  // values of a category in the test; rarer ones are pooled
	minBin      = 15 // values of a bin of numbers in the test
)

// Compare returns how current differs from reference, from their profiles alone: in bounded memory and in time linear in the columns. Columns are found by name; numbers
// of different types compare. The same profile twice has no finding. Errors are *dataset.OptionError, and dataset.ErrSchema for a column of Options.Columns that the
// reference lacks; there is no report then.
func Compare(reference, current *validate.Profile, o Options) (*Report, error) {
	o, err := o.resolve()
	if err != nil {
		return nil, fmt.Errorf("skew: compare: %w", err)
	}
	if reference == nil || current == nil {
		return nil, errors.New("skew: compare: want two profiles, got nil")
	}
	r, err := compare(&side{profile: reference}, &side{profile: current}, o)
	if err != nil {
		return nil, fmt.Errorf("skew: compare: %w", err)
	}
	return r, nil
}

// CompareRows is Compare of the profiles of two sources, with what their values say more exactly: numbers are counted in the bins one by one, ks and wasserstein are of
// the values and no longer of quantiles, and the test of a numeric column is Kolmogorov and Smirnov's. It reads both sources once and holds 8 bytes for each value of a
// numeric column (see Options.ExactRows); a personal column is not held. Time is linear in the rows. The result depends on the rows alone, not on workers or batches.
// Errors are those of Compare and of the sources.
func CompareRows(ctx context.Context, reference, current dataset.Source, o Options) (*Report, error) {
	o, err := o.resolve()
	if err != nil {
		return nil, fmt.Errorf("skew: compare rows: %w", err)
	}
	if reference == nil || current == nil {
		return nil, errors.New("skew: compare rows: want two sources, got nil")
	}
	a, err := read(ctx, reference, o)
	if err != nil {
		return nil, fmt.Errorf("skew: compare rows: reference: %w", err)
	}
	b, err := read(ctx, current, o)
	if err != nil {
		return nil, fmt.Errorf("skew: compare rows: current: %w", err)
	}
	r, err := compare(a, b, o)
	if err != nil {
		return nil, fmt.Errorf("skew: compare rows: %w", err)
	}
	return r, nil
}

// compare fills in a report.
func compare(a, b *side, o Options) (*Report, error) {
	old, next := a.profile.Schema(), b.profile.Schema()
	for _, name := range o.named() {
		if old.Index(name) < 0 {
			return nil, &dataset.SchemaError{Column: name, Want: "a column of the reference", Got: "no such column"}
		}
	}
	r := &Report{Kind: o.Kind, RowsReference: a.profile.Rows(), RowsCurrent: b.profile.Rows(), Columns: []Column{}, Findings: []validate.Finding{}}
	r.countRows(o)
	var family []*family
	for _, f := range old.Fields() {
		x, _ := a.profile.Column(f.Name)
		y, ok := b.profile.Column(f.Name)
		switch {
		case !ok:
			r.find(validate.RuleMissingColumn, f.Name, validate.Refused, string(f.Type), "no such column")
			continue
		case values(&x) > 0 && values(&y) > 0 && kindOf(x.Type) != kindOf(y.Type):
			r.find(validate.RuleColumnType, f.Name, validate.Refused, string(x.Type), string(y.Type))
		case x.Type != y.Type:
			r.find(validate.RuleColumnType, f.Name, validate.Counted, string(x.Type), string(y.Type))
		}
		_, named := o.Columns[f.Name]
		c, tests := column(&x, &y, a.sorted(f.Name), b.sorted(f.Name), o)
		c.Judged = tests.distribution != nil && (named || judged(f))
		r.Columns = append(r.Columns, c)
		family = append(family, tests)
	}
	for _, f := range next.Fields() {
		if old.Index(f.Name) < 0 {
			r.find(validate.RuleExtraColumn, f.Name, validate.Counted, "the reference's columns", string(f.Type))
		}
	}
	if err := r.adjust(family); err != nil {
		return nil, err
	}
	r.decide(o)
	r.sort(old, next)
	return r, nil
}

// judged reports whether a column is expected to keep its distribution.
func judged(f dataset.Field) bool {
	class := f.Type.Class()
	return f.Role != dataset.Key && f.Role != dataset.Time && class != dataset.ClassDate && class != dataset.ClassTime
}

// kind is what values can be compared with.
type kind uint8

const (
	kindOther kind = iota
	kindNumber
	kindText
	kindDate
	kindTime
)

func kindOf(t dataset.Type) kind {
	switch {
	case t.Class() == dataset.ClassDate:
		return kindDate
	case t.Class() == dataset.ClassTime:
		return kindTime
	case t.IsNumeric():
		return kindNumber
	case t.IsText():
		return kindText
	default:
		return kindOther
	}
}

// values returns the number of values that are not missing.
func values(c *validate.ColumnProfile) int64 { return c.Rows - c.Nulls - c.NaN - c.Infinite }

// family are the p-values of one column's tests; nil is no test.
type family struct {
	distribution, fresh, missing *float64
}

// column compares one column. x and y are its values in order, nil without them.
func column(a, b *validate.ColumnProfile, x, y []float64, o Options) (Column, *family) {
	c := Column{
		Name: a.Name, Type: string(a.Type), CurrentType: string(b.Type), NReference: values(a), NCurrent: values(b), Anomalies: []validate.Rule{}, Exact: true,
		MissingReference: share(a.Rows-values(a), a.Rows), MissingCurrent: share(b.Rows-values(b), b.Rows),
	}
	var t family
	enough := o.Alpha == 1 || min(c.NReference, c.NCurrent) >= minValues
	var r, s []uint64
	switch {
	case a.Number != nil && b.Number != nil && kindOf(a.Type) == kindOf(b.Type):
		r, s, c.Exact = numberCounts(a, b, x, y)
		c.numbers(a, b, x, y, o.Histogram)
		c.counts(r, s)
		if categorical(a) {
			c.categories(nil, r, s)
		}
		if o.Histogram == RefBins {
			c.divergence(stat.JensenShannonDivergence(r, s))
		}
	case a.Text != nil && b.Text != nil:
		var texts []string
		texts, r, s, c.Exact = textCounts(a, b)
		c.counts(r, s)
		c.categories(texts, r, s)
		c.divergence(stat.JensenShannonDivergence(r, s))
		if fresh, once, ok := newTexts(a, b); ok {
			c.NewShare = some(share(fresh, c.NCurrent))
			if enough {
				t.fresh = surprise(once, c.NReference, fresh, c.NCurrent)
			}
		}
	}
	if r != nil && enough {
		c.test(r, s, x, y, categorical(a))
		t.distribution = c.P
	}
	if n, m := a.Rows-c.NReference, b.Rows-c.NCurrent; n+m > 0 && (o.Alpha == 1 || min(a.Rows, b.Rows) >= minValues) {
		t.missing = homogeneity(c.NReference, n, c.NCurrent, m)
	}
	return c, &t
}

// categorical reports whether the values of a column are categories.
func categorical(c *validate.ColumnProfile) bool {
	return c.Text != nil || c.Type == dataset.Bool || c.Bins != nil && c.Bins.Convention == validate.RefValues
}

func share(n, of int64) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

// surprise returns the p-value of so many new texts. Their share is on average that of the texts that the reference has once (Good 1953), which is itself uncertain: up to
// twice as many are no surprise.
func surprise(once, n, fresh, m int64) *float64 {
	once = min(2*once, n)
	if share(fresh, m) <= share(once, n) {
		return some(1)
	}
	return homogeneity(n-once, once, m-fresh, fresh)
}

// homogeneity returns the p-value of two counts, first of the reference and then of current, nil without any on a side.
func homogeneity(n1, n2, m1, m2 int64) *float64 {
	chi, err := stat.ChiSquare([]uint64{uint64(n1), uint64(n2)}, []uint64{uint64(m1), uint64(m2)}, stat.ChiSquareOptions{Yates: true})
	if err != nil {
		return nil
	}
	return &chi.P
}

// counts fills in what two count vectors say, whatever is in the bins.
func (c *Column) counts(r, s []uint64) {
	c.Bins = len(r)
	psi, err := stat.PSI(r, s, stat.EmptyShare)
	if err != nil {
		return // a side has no values
	}
	tv, _ := stat.TotalVariation(r, s)
	filled, n, m := 0, uint64(0), uint64(0)
	for i := range r {
		n, m = n+r[i], m+s[i]
		if r[i]+s[i] > 0 {
			filled++
		}
	}
	level, _ := stat.PSINullLevel(filled, n, m)
	c.PSI, c.PSIExcess, c.TotalVariation = some(psi), some(psi-level), some(tv)
}

// categories fills in what is measured of single values.
func (c *Column) categories(texts []string, r, s []uint64) {
	most, bin, err := stat.LInfinityBin(r, s)
	if err != nil {
		return
	}
	difference, _ := stat.NormalizedDifference(r, s)
	c.LInfinity, c.NormalizedDifference = some(most), some(difference)
	if bin < len(texts) && most > 0 {
		c.LInfinityValue = &texts[bin]
	}
}

func (c *Column) divergence(d float64, err error) {
	if err == nil {
		c.JensenShannon = some(d)
	}
}

// numbers fills in what is measured along the line.
func (c *Column) numbers(a, b *validate.ColumnProfile, x, y []float64, h Histogram) {
	if x == nil || y == nil {
		x, y, c.Exact = inner(a), inner(b), false
	}
	if ks, err := stat.KolmogorovSmirnovSorted(x, y); err == nil {
		c.KS = some(ks.Statistic)
	}
	if w, err := stat.WassersteinSorted(x, y); err == nil {
		c.Wasserstein, c.WassersteinNormed = some(w), normed(w, a.Number.Std, b.Number.Std)
	}
	if h != RefBins {
		c.divergence(stat.JensenShannonDivergence(align(histogramOf(a, h), histogramOf(b, h))))
	}
}

// normed returns a distance over the reference's deviation, over current's when that is 0, 1 when both are; nil when it overflows.
func normed(w, a, b float64) *float64 {
	scale := cmp.Or(a, b)
	switch {
	case w == 0:
		return some(0)
	case scale == 0:
		return some(1)
	case math.IsInf(w/scale, 0):
		return nil
	}
	return some(w / scale)
}

// test fills in the test of the distribution.
func (c *Column) test(r, s []uint64, x, y []float64, categories bool) {
	if x != nil && y != nil && !categories {
		if ks, err := stat.KolmogorovSmirnovSorted(x, y); err == nil {
			c.Test, c.Statistic, c.P = KolmogorovSmirnov, some(ks.Statistic), some(ks.P)
		}
		return
	}
	if c.KS != nil {
		r, s = widen(r, s, minBin)
	} else {
		r, s, _ = stat.PoolRare(r, s, minExpected)
	}
	if chi, err := stat.ChiSquare(r, s, stat.ChiSquareOptions{}); err == nil {
		c.Test, c.Statistic, c.P, c.CramersV = ChiSquare, some(chi.Statistic), some(chi.P), some(chi.CramersV)
	}
}

// adjust sets the p-values that hold for the report as a whole.
func (r *Report) adjust(tests []*family) error {
	var p []float64
	var to []**float64
	for i, t := range tests {
		c := &r.Columns[i]
		if !c.Judged {
			t.distribution, t.fresh = nil, nil
		}
		for _, one := range []struct {
			p  *float64
			to **float64
		}{{t.distribution, &c.AdjustedP}, {t.fresh, &c.NewAdjustedP}, {t.missing, &c.MissingAdjustedP}} {
			if one.p != nil {
				p, to = append(p, *one.p), append(to, one.to)
			}
		}
	}
	adjusted, err := stat.BenjaminiHochberg(p)
	for i := range adjusted {
		*to[i] = some(adjusted[i])
	}
	return err
}

// decide adds the findings of all columns.
func (r *Report) decide(o Options) {
	for i := range r.Columns {
		c := &r.Columns[i]
		thresholds := o.thresholds(c.Name)
		for _, m := range measures() {
			figure, p, most := m.figure(c), m.adjusted(c), m.threshold(thresholds)
			if figure == nil || p == nil || *figure <= most || o.Alpha < 1 && *p > o.Alpha {
				continue
			}
			rule := o.Kind.Rule(m.name)
			c.Anomalies = append(c.Anomalies, rule)
			r.find(rule, c.Name, validate.Flagged, m.words+" of at most "+short(most), short(*figure))
		}
	}
}

// countRows compares the numbers of rows.
func (r *Report) countRows(o Options) {
	if r.RowsReference == 0 {
		return
	}
	ratio := float64(r.RowsCurrent) / float64(r.RowsReference)
	r.RowRatio = &ratio
	got := short(ratio) + " of them"
	switch {
	case r.RowsCurrent == 0:
		r.find(o.Kind.Rule(DataMissing), "", validate.Flagged, "rows", "none")
	case ratio < o.MinRowRatio:
		r.find(o.Kind.Rule(LowNumExamples), "", validate.Flagged, "at least "+short(o.MinRowRatio)+" of the reference's rows", got)
	case o.MaxRowRatio > 0 && ratio > o.MaxRowRatio:
		r.find(o.Kind.Rule(HighNumExamples), "", validate.Flagged, "at most "+short(o.MaxRowRatio)+" of the reference's rows", got)
	}
}

// find adds a finding about all rows of current.
func (r *Report) find(rule validate.Rule, column string, severity validate.Severity, want, got string) {
	r.Findings = append(r.Findings, validate.Finding{
		Rule: rule, Column: column, Severity: severity, Count: r.RowsCurrent, Share: share(r.RowsCurrent, r.RowsCurrent), FirstRows: []int64{}, Want: want, Got: got,
	})
}

// sort orders the findings and says whether all is well.
func (r *Report) sort(old, next *dataset.Schema) {
	place := func(name string) int {
		if i := old.Index(name); i >= 0 {
			return i
		}
		if name == "" {
			return -1 // about no column
		}
		return old.Len() + next.Index(name)
	}
	slices.SortStableFunc(r.Findings, func(a, b validate.Finding) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(place(a.Column), place(b.Column)), cmp.Compare(a.Rule, b.Rule))
	})
	r.OK = true
	for i := range r.Findings {
		r.OK = r.OK && r.Findings[i].Severity < validate.Flagged
	}
}
