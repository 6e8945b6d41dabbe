package validate

import (
	"cmp"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/tidewheel/tidewheel/dataset"
)

// Sizes of the sealed form.
const (
	gridPoints  = 101 // quantiles 0, 0.01 … 1
	histBins    = 20
	fewValues   = 20   // numbers with at most so many distinct values are listed and binned one by one
	maxTop      = 64   // texts listed
	topBytes    = 2500 // bytes of JSON that the listed texts may take
	guardBudget = 200  // of rows: each guarded column may call one of so many rows unusual, shared among the columns
)

// Profile is what is known of the columns of a source: the reference for Infer, for a Validator's guard and for drift. It holds no value of a personal
// column. It is immutable and safe for concurrent use. MarshalJSON gives its sealed form, at most 75 KB for 20 columns.
type Profile struct {
	schema  *dataset.Schema
	rows    int64
	columns []ColumnProfile
}

// ColumnProfile is what is known of one column. Of a personal column it has counts only; of a binary, list or JSON column Rows, Nulls and
// Length; of a struct only Rows and Nulls.
type ColumnProfile struct {
	Name          string
	Type          dataset.Type
	Personal      bool
	Rows          int64 // nulls included
	Nulls         int64
	NaN           int64 // of a float column; they are not nulls
	Infinite      int64
	Distinct      int64 // of the values that are neither null, NaN nor infinite, in number form for a numeric column
	DistinctExact bool  // false: an estimate with standard error 0.8 %
	Number        *NumberProfile
	Text          *TextProfile
	Length        *LengthProfile // of a binary, list or JSON column; nil without values
	Top           []ValueCount   // all values of a numeric column with at most 20 distinct ones, else its 20 most frequent; the most frequent texts; where not all are listed, those seen twice; most frequent first, ties in order of value
	Other         int64          // values that are not in Top; NaN and infinities are not counted
	TopError      int64          // by how much a count of Top may be too small, 0 for up to 1,024 distinct values
	Bins          *Bins          // for the population stability index and distances; nil without values
}

// ValueCount is a value with the number of its rows.
type ValueCount struct {
	Value dataset.Value
	Count int64
}

// NumberProfile describes the finite values of a numeric column, in number form (dates in days, timestamps in µs). It exists only when there is one.
type NumberProfile struct {
	Count              int64
	Min, Max, Mean     float64 // Mean is 0 if it overflows
	Std                float64 // of the sample, 0 below two values
	Skewness, Kurtosis float64 // biased; excess kurtosis; 0 for a constant column
	Integral           bool    // no value has a fraction
	// Quantiles are the quantiles 0, 0.01 … 1 by the inverse of the empirical distribution: exact for up to 1,024 values, else within 1 % in rank; the
	// first and the last are exact.
	Quantiles []float64
	Histogram []int64 // counts in equally wide bins from Min to Max, one for a constant column, else 20; of the exactness of Quantiles
	// TailLow is exactly the TailRows-th smallest value and TailHigh the TailRows-th largest: a further row lies below or above them with probability
	// TailRows/(Count+1) each, whatever the distribution.
	TailLow, TailHigh float64
	TailRows          int64
}

// TextProfile describes the lengths of the texts of a column, in characters.
type TextProfile struct {
	MinLength, MaxLength int64
	MeanLength           float64
}

// Convention says how the bins of a column are made; drift figures compare only under the same one.
type Convention string

// The conventions.
const (
	RefQuantile10 Convention = "ref_quantile(10)" // cut at the reference's deciles, and just above a value that is at several
	RefValues     Convention = "ref_values"       // cut at each value of the reference; for at most 20 distinct numbers
	RefCategories Convention = "ref_categories"   // one bin for each listed category, and one for all others
)

// Bins are the sealed bins of a column with the reference's counts. Bin b of a numeric column holds Cuts[b-1] ≤ x < Cuts[b]; the first and the last are open.
// A text column has a bin for each of Categories and a last one for all others. Nulls are in none.
type Bins struct {
	Convention Convention
	Smoothing  float64 // the share that stands for an empty bin in a logarithm
	Cuts       []float64
	Categories []string
	Counts     []int64 // one more than Cuts or Categories
	index      map[string]int
}

// smoothing is the share for an empty bin, as most tools have it.
const smoothing = 1e-4

// Bin returns the bin of a value of a numeric or text column, -1 for a missing one (null or NaN). It allocates nothing.
func (b *Bins) Bin(v dataset.Value) int {
	switch {
	case v.IsMissing():
		return -1
	case b.Convention == RefCategories:
		if i, ok := b.index[v.Text]; ok {
			return i
		}
		return len(b.Counts) - 1
	}
	lo, hi := 0, len(b.Cuts)
	for lo < hi {
		if mid := (lo + hi) / 2; b.Cuts[mid] <= v.Number {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// Running reports whether the numbers are those of rows that are counted: whole, all different, close together and evenly spread. New rows go beyond all that
// was seen, so they have no limits. Amounts and prices may be all different too, but lie far apart or unevenly.
func (c *ColumnProfile) Running() bool {
	const (
		gap      = 32   // mean distance of neighbours, as of a sample of one row in 32
		estimate = 0.97 // share of distinct values, at three standard errors of the estimate
		skewness = 0.5  // of an even spread 0
		kurtosis = -0.8 // of an even spread -1.2
	)
	n := c.Number
	if n == nil || !n.Integral || n.Max-n.Min > gap*float64(n.Count) || math.Abs(n.Skewness) > skewness || n.Kurtosis > kurtosis {
		return false
	}
	return c.Distinct == n.Count || !c.DistinctExact && float64(c.Distinct) > estimate*float64(n.Count)
}

// Schema returns the schema of the profiled source.
func (p *Profile) Schema() *dataset.Schema { return p.schema }

// Rows returns the number of profiled rows.
func (p *Profile) Rows() int64 { return p.rows }

// Columns returns the columns in schema order. What they point to is the caller's.
func (p *Profile) Columns() []ColumnProfile {
	out := make([]ColumnProfile, len(p.columns))
	for i := range out {
		out[i] = p.columns[i].clone()
	}
	return out
}

// Column returns the column of a name. What it points to is the caller's.
func (p *Profile) Column(name string) (ColumnProfile, bool) {
	i := p.schema.Index(name)
	if i < 0 {
		return ColumnProfile{}, false
	}
	return p.columns[i].clone(), true
}

func (c ColumnProfile) clone() ColumnProfile {
	if c.Number != nil {
		n := *c.Number
		n.Quantiles, n.Histogram = slices.Clone(n.Quantiles), slices.Clone(n.Histogram)
		c.Number = &n
	}
	if c.Text != nil {
		t := *c.Text
		c.Text = &t
	}
	if c.Length != nil {
		l := *c.Length
		c.Length = &l
	}
	c.Top = slices.Clone(c.Top)
	if c.Bins != nil {
		b := *c.Bins
		b.Cuts, b.Categories, b.Counts = slices.Clone(b.Cuts), slices.Clone(b.Categories), slices.Clone(b.Counts)
		c.Bins = &b
	}
	return c
}

// Edges returns the edges of Histogram, one more than its bins.
func (n *NumberProfile) Edges() []float64 {
	edges := make([]float64, len(n.Histogram)+1)
	for i := range edges {
		t := float64(i) / float64(len(n.Histogram))
		edges[i] = float64(n.Min*(1-t)) + float64(n.Max*t)
	}
	edges[0], edges[len(edges)-1] = n.Min, n.Max
	return edges
}

// Profile returns the profile of what was observed until now. The fold can be used further.
func (p *Profiler) Profile() *Profile {
	out := &Profile{schema: p.schema, rows: p.rows, columns: make([]ColumnProfile, len(p.columns))}
	guarded := int64(0)
	for _, f := range p.schema.Fields() {
		if isGuarded(f) {
			guarded++
		}
	}
	for i := range p.columns {
		f, fold := p.schema.Field(i), &p.columns[i]
		c := &out.columns[i]
		*c = ColumnProfile{
			Name: f.Name, Type: f.Type, Personal: f.Personal, Rows: p.rows,
			Nulls: fold.nulls, NaN: fold.nan, Infinite: fold.infinite,
			Distinct: int64(fold.distinct.Estimate()), DistinctExact: fold.distinct.Exact(),
		}
		switch {
		case f.Personal:
		case fold.kind == kindNumber && fold.moments.Count() > 0:
			fold.sealNumbers(c, guarded)
		case fold.kind == kindText && fold.top.Total()+fold.top.TooLong() > 0:
			fold.sealTexts(c)
		case fold.kind == kindLength:
			c.Length = fold.lengths.profile()
		}
	}
	return out
}

func (c *columnFold) sealNumbers(out *ColumnProfile, guarded int64) {
	m := &c.moments
	n := &NumberProfile{Count: int64(m.Count()), Integral: c.integral, Quantiles: make([]float64, gridPoints)}
	out.Number = n
	n.Min, _ = m.Min()
	n.Max, _ = m.Max()
	n.Mean = orZero(m.Mean())
	n.Std = orZero(m.StdDev())
	n.Skewness = orZero(m.Skewness())
	n.Kurtosis = orZero(m.Kurtosis())
	view := c.quantiles.View()
	for i := range n.Quantiles {
		n.Quantiles[i], _ = view.Quantile(float64(i) / (gridPoints - 1))
	}
	n.TailRows = min(max((n.Count+1)/(2*guardBudget*max(guarded, 1)), 1), tailSlots, n.Count)
	n.TailLow, n.TailHigh = c.tails.low[n.TailRows-1], c.tails.high[n.TailRows-1]
	n.Histogram = make([]int64, histBins)
	if n.Min == n.Max {
		n.Histogram = n.Histogram[:1]
	}
	edges := n.Edges()
	n.Histogram = c.between(n.Histogram, edges[1:len(edges)-1])

	few := c.values.ErrorBound() == 0 && c.values.Len() <= fewValues
	out.TopError, out.Other = int64(c.values.ErrorBound()), n.Count
	for _, v := range c.values.Top(fewValues) {
		// Of many numbers those of several rows that are surely more frequent than any that is not listed.
		if few || int64(v.Count) > max(1, out.TopError) {
			out.Top = append(out.Top, ValueCount{dataset.NumberValue(v.Value), int64(v.Count)})
			out.Other -= int64(v.Count)
		}
	}
	if few {
		out.Bins = valueBins(out.Top)
		return
	}
	var cuts []float64
	for i := 10; i < gridPoints-1; i += 10 {
		cuts = append(cuts, n.Quantiles[i])
	}
	cuts = aroundTies(cuts)
	out.Bins = &Bins{Convention: RefQuantile10, Smoothing: smoothing, Cuts: cuts, Counts: c.between(make([]int64, len(cuts)+1), cuts)}
}

// aroundTies returns the cuts without repetition. A value at several deciles gets a bin of its own: a cut just above it too, so that a change of its share shows.
func aroundTies(deciles []float64) []float64 {
	var cuts []float64
	for i, v := range deciles {
		switch {
		case i == 0 || v > cuts[len(cuts)-1]:
			cuts = append(cuts, v)
		case v == cuts[len(cuts)-1]:
			cuts = append(cuts, math.Nextafter(v, math.Inf(1)))
		}
	}
	return cuts
}

// between fills counts, one more than cuts, with the number of values below the first cut, between each two, and from the last on.
func (c *columnFold) between(counts []int64, cuts []float64) []int64 {
	last := int64(0)
	for i, cut := range cuts {
		below := int64(c.quantiles.Rank(math.Nextafter(cut, math.Inf(-1))))
		counts[i] = max(below-last, 0)
		last = max(below, last)
	}
	counts[len(cuts)] = int64(c.quantiles.Count()) - last
	return counts
}

func (c *columnFold) sealTexts(out *ColumnProfile) {
	l := c.lengths
	out.Text = &TextProfile{MinLength: l.shortest, MaxLength: l.longest, MeanLength: float64(l.sum) / float64(l.n)}
	out.TopError = int64(c.top.ErrorBound())
	left, room := l.n, topBytes
	complete := c.top.Len() <= maxTop && c.top.TooLong() == 0 && c.top.ErrorBound() == 0
	for _, item := range c.top.Top(maxTop) {
		// JSON has no form for bytes that are not UTF-8, and where not all are listed a text of one row alone says more of the row than of the column.
		if !utf8.ValidString(item.Value) || !complete && item.Count < 2 {
			continue
		}
		if room -= jsonLength(item.Value) + 12; room < 0 {
			break
		}
		out.Top = append(out.Top, ValueCount{dataset.TextValue(item.Value), int64(item.Count)})
		left -= int64(item.Count)
	}
	out.Other = left
	out.Bins = categoryBins(out.Top, left)
}

// valueBins cuts at each of the values.
func valueBins(top []ValueCount) *Bins {
	sorted := slices.Clone(top)
	slices.SortFunc(sorted, func(a, b ValueCount) int { return cmp.Compare(a.Value.Number, b.Value.Number) })
	b := &Bins{Convention: RefValues, Smoothing: smoothing, Counts: []int64{0}}
	for _, v := range sorted {
		b.Cuts, b.Counts = append(b.Cuts, v.Value.Number), append(b.Counts, v.Count)
	}
	return b
}

func categoryBins(top []ValueCount, other int64) *Bins {
	b := &Bins{Convention: RefCategories, Smoothing: smoothing, index: make(map[string]int, len(top))}
	for i, v := range top {
		b.Categories, b.Counts = append(b.Categories, v.Value.Text), append(b.Counts, v.Count)
		b.index[v.Value.Text] = i
	}
	b.Counts = append(b.Counts, other)
	return b
}

func compareTop(a, b ValueCount) int {
	return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value.Number, b.Value.Number), cmp.Compare(a.Value.Text, b.Value.Text))
}

func sortTop(top []ValueCount) { slices.SortFunc(top, compareTop) }

func orZero(v float64, ok bool) float64 {
	if !ok {
		return 0
	}
	return v
}
