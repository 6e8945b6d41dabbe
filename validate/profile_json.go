package validate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
)

const (
	profileVersion  = 1
	maxProfileBytes = 64 << 20
)

type profileJSON struct {
	Version int             `json:"tidewheel.profile"`
	Schema  *dataset.Schema `json:"schema"`
	Rows    int64           `json:"rows"`
	Columns []columnJSON    `json:"columns"`
}

type columnJSON struct {
	Name          string      `json:"name"`
	Nulls         int64       `json:"nulls"`
	NaN           int64       `json:"nan,omitempty"`
	Infinite      int64       `json:"infinite,omitempty"`
	Distinct      int64       `json:"distinct"`
	DistinctExact bool        `json:"distinct_exact"`
	Number        *numberJSON `json:"number,omitempty"`
	Text          *textJSON   `json:"text,omitempty"`
	Length        *lengthJSON `json:"length,omitempty"`
}

type numberJSON struct {
	Count     int64     `json:"count"`
	Min       float64   `json:"min"`
	Max       float64   `json:"max"`
	Mean      float64   `json:"mean"`
	Std       float64   `json:"std"`
	Skewness  float64   `json:"skewness"`
	Kurtosis  float64   `json:"kurtosis"`
	Integral  bool      `json:"integral"`
	Quantiles []float64 `json:"quantiles"`
	Histogram []int64   `json:"histogram"`
	TailLow   float64   `json:"tail_low"`
	TailHigh  float64   `json:"tail_high"`
	TailRows  int64     `json:"tail_rows"`
	Values    []float64 `json:"values,omitempty"` // with Counts, in place of Bins
	Counts    []int64   `json:"counts,omitempty"`
	Bins      *binsJSON `json:"bins,omitempty"`
	Top       *topJSON  `json:"top,omitempty"` // beside Bins, the most frequent values first
}

type topJSON struct {
	Values     []float64 `json:"values"`
	Counts     []int64   `json:"counts"`
	CountError int64     `json:"count_error,omitempty"`
}

type textJSON struct {
	MinLength  int64    `json:"min_length"`
	MaxLength  int64    `json:"max_length"`
	MeanLength float64  `json:"mean_length"`
	Categories []string `json:"categories"`
	Counts     []int64  `json:"counts"`
	Other      int64    `json:"other"`
	CountError int64    `json:"count_error,omitempty"`
	Smoothing  float64  `json:"smoothing"`
}

type binsJSON struct {
	Convention Convention `json:"convention"`
	Smoothing  float64    `json:"smoothing"`
	Cuts       []float64  `json:"cuts"`
	Counts     []int64    `json:"counts"`
}

// MarshalJSON returns the sealed form, {"tidewheel.profile":1,…}: canonical, so that equal profiles have equal bytes. It never fails.
func (p *Profile) MarshalJSON() ([]byte, error) {
	doc := profileJSON{Version: profileVersion, Schema: p.schema, Rows: p.rows, Columns: make([]columnJSON, len(p.columns))}
	for i := range p.columns {
		doc.Columns[i] = p.columns[i].toJSON()
	}
	return encodeJSON(doc)
}

func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("validate: profile: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// jsonLength returns the length of a text in the sealed form.
func jsonLength(text string) int {
	b, err := encodeJSON(text)
	if err != nil {
		return topBytes
	}
	return len(b)
}

func (c *ColumnProfile) toJSON() columnJSON {
	out := columnJSON{Name: c.Name, Nulls: c.Nulls, NaN: c.NaN, Infinite: c.Infinite, Distinct: c.Distinct, DistinctExact: c.DistinctExact}
	switch {
	case c.Number != nil:
		n := c.Number
		j := &numberJSON{
			Count: n.Count, Min: n.Min, Max: n.Max, Mean: n.Mean, Std: n.Std, Skewness: n.Skewness, Kurtosis: n.Kurtosis, Integral: n.Integral,
			Quantiles: n.Quantiles, Histogram: n.Histogram, TailLow: n.TailLow, TailHigh: n.TailHigh, TailRows: n.TailRows,
		}
		out.Number = j
		if b := c.Bins; b.Convention == RefValues {
			j.Values, j.Counts = b.Cuts, b.Counts[1:]
		} else {
			j.Bins = &binsJSON{Convention: b.Convention, Smoothing: b.Smoothing, Cuts: b.Cuts, Counts: b.Counts}
			j.Top = &topJSON{Values: []float64{}, Counts: []int64{}, CountError: c.TopError}
			for _, v := range c.Top {
				j.Top.Values, j.Top.Counts = append(j.Top.Values, v.Value.Number), append(j.Top.Counts, v.Count)
			}
		}
	case c.Length != nil:
		out.Length = &lengthJSON{Min: c.Length.Min, Max: c.Length.Max, Mean: c.Length.Mean}
	case c.Text != nil:
		out.Text = &textJSON{
			MinLength: c.Text.MinLength, MaxLength: c.Text.MaxLength, MeanLength: c.Text.MeanLength,
			Categories: append([]string{}, c.Bins.Categories...), Counts: c.Bins.Counts[:len(c.Bins.Categories)],
			Other: c.Other, CountError: c.TopError, Smoothing: c.Bins.Smoothing,
		}
	}
	return out
}

// UnmarshalJSON reads what ParseProfile reads.
func (p *Profile) UnmarshalJSON(text []byte) error {
	q, err := ParseProfile(text)
	if err != nil {
		return err
	}
	*p = *q
	return nil
}

// ParseProfile reads the sealed form. It is strict: an unknown version or key, a value of a personal column, figures that contradict each other, a trailing
// value or more than 64 MiB is an error, a *dataset.FormatError or one that is dataset.ErrLimit.
func ParseProfile(text []byte) (*Profile, error) {
	if len(text) > maxProfileBytes {
		return nil, fmt.Errorf("validate: parse profile: %d bytes: %w", len(text), dataset.ErrLimit)
	}
	var head struct {
		Version *int `json:"tidewheel.profile"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, badProfile("", "a JSON object", err.Error())
	}
	if head.Version == nil || *head.Version != profileVersion {
		return nil, badProfile("", fmt.Sprintf(`"tidewheel.profile": %d`, profileVersion), "another version or none")
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	var doc profileJSON
	if err := dec.Decode(&doc); err != nil {
		return nil, badProfile("", "known keys of the right type", err.Error())
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, badProfile("", "one JSON object", "more behind it")
	}
	if doc.Schema == nil || len(doc.Columns) != doc.Schema.Len() || doc.Rows < 0 {
		return nil, badProfile("", "a schema, a count of rows and a column for each field", "otherwise")
	}
	p := &Profile{schema: doc.Schema, rows: doc.Rows, columns: make([]ColumnProfile, len(doc.Columns))}
	for i := range doc.Columns {
		f := doc.Schema.Field(i)
		c, fault := doc.Columns[i].column(f, doc.Rows)
		if fault != "" {
			return nil, badProfile(f.Name, fault, "otherwise")
		}
		p.columns[i] = c
	}
	return p, nil
}

func badProfile(column, want, got string) error {
	return fmt.Errorf("validate: parse profile: %w", &dataset.FormatError{Format: "profile", Column: column, Want: want, Got: got})
}

// column returns the profile of a field, or what it should have been.
func (j *columnJSON) column(f dataset.Field, rows int64) (ColumnProfile, string) {
	c := ColumnProfile{
		Name: f.Name, Type: f.Type, Personal: f.Personal, Rows: rows,
		Nulls: j.Nulls, NaN: j.NaN, Infinite: j.Infinite, Distinct: j.Distinct, DistinctExact: j.DistinctExact,
	}
	switch {
	case j.Name != f.Name:
		return c, "the schema's columns in their order"
	case !counts(rows, j.Nulls, j.NaN, j.Infinite) || j.Distinct < 0:
		return c, "counts within the number of rows"
	case f.Personal && (j.Number != nil || j.Text != nil || j.Length != nil):
		return c, "no figures of a personal column"
	case j.Number != nil && !f.Type.IsNumeric(), j.Text != nil && !f.Type.IsText(), j.Length != nil && !hasLength(f.Type.Class()):
		return c, "figures that fit the column's type"
	case j.Number != nil:
		return c, j.Number.fill(&c)
	case j.Text != nil:
		return c, j.Text.fill(&c)
	case j.Length != nil:
		return c, j.Length.fill(&c)
	}
	return c, ""
}

func (n *numberJSON) fill(c *ColumnProfile) string {
	switch {
	case !counts(c.Rows-c.Nulls-c.NaN-c.Infinite, n.Count) || n.Count == 0:
		return "a count of values within the rows"
	case len(n.Quantiles) != gridPoints || !slices.IsSorted(n.Quantiles) || n.Quantiles[0] != n.Min || n.Quantiles[gridPoints-1] != n.Max:
		return "101 quantiles in order from min to max"
	case n.Min == n.Max && len(n.Histogram) != 1, n.Min < n.Max && len(n.Histogram) != histBins, !counts(n.Count, n.Histogram...):
		return "a histogram of the values"
	case n.TailRows < 1 || n.TailRows > tailSlots || !within(n.TailLow, n.Min, n.Max) || !within(n.TailHigh, n.Min, n.Max):
		return "tails within min and max"
	case n.Std < 0:
		return "a standard deviation of at least 0"
	}
	c.Number = &NumberProfile{
		Count: n.Count, Min: n.Min, Max: n.Max, Mean: n.Mean, Std: n.Std, Skewness: n.Skewness, Kurtosis: n.Kurtosis, Integral: n.Integral,
		Quantiles: n.Quantiles, Histogram: n.Histogram, TailLow: n.TailLow, TailHigh: n.TailHigh, TailRows: n.TailRows,
	}
	if n.Bins != nil {
		return n.fillBins(c)
	}
	if len(n.Values) == 0 || len(n.Values) > fewValues || n.Top != nil || len(n.Counts) != len(n.Values) || !ascending(n.Values) || !counts(n.Count, n.Counts...) {
		return "bins, or values with their counts"
	}
	for i, v := range n.Values {
		c.Top = append(c.Top, ValueCount{dataset.NumberValue(v), n.Counts[i]})
	}
	sortTop(c.Top)
	c.Bins = valueBins(c.Top)
	return ""
}

// fillBins sets the bins at the deciles, and the most frequent numbers beside them.
func (n *numberJSON) fillBins(c *ColumnProfile) string {
	b := n.Bins
	if len(n.Values)+len(n.Counts) > 0 || b.Convention != RefQuantile10 || len(b.Cuts) > 9 || len(b.Counts) != len(b.Cuts)+1 ||
		!ascending(b.Cuts) || !counts(n.Count, b.Counts...) || b.Smoothing != smoothing {
		return "bins at the deciles, with the smoothing of this version"
	}
	c.Bins = &Bins{Convention: b.Convention, Smoothing: b.Smoothing, Cuts: b.Cuts, Counts: b.Counts}
	return n.Top.fill(c)
}

// fill sets the most frequent numbers.
func (t *topJSON) fill(c *ColumnProfile) string {
	n := c.Number.Count
	if t == nil || len(t.Values) > fewValues || len(t.Counts) != len(t.Values) || !counts(n, t.Counts...) || t.CountError < 0 {
		return "at most 20 frequent values with their counts"
	}
	c.Other, c.TopError = n, t.CountError
	for i, v := range t.Values {
		if !within(v, c.Number.Min, c.Number.Max) {
			return "frequent values within min and max"
		}
		c.Top = append(c.Top, ValueCount{dataset.NumberValue(v), t.Counts[i]})
		if i > 0 && compareTop(c.Top[i-1], c.Top[i]) >= 0 {
			return "frequent values once each, the most frequent first"
		}
		c.Other -= t.Counts[i]
	}
	return ""
}

func (t *textJSON) fill(c *ColumnProfile) string {
	n := c.Rows - c.Nulls
	switch {
	case len(t.Categories) > maxTop || len(t.Counts) != len(t.Categories) || t.Other < 0 || !counts(n-t.Other, t.Counts...):
		return "categories with their counts"
	case t.MinLength < 0 || t.MaxLength < t.MinLength || !within(t.MeanLength, float64(t.MinLength), float64(t.MaxLength)):
		return "lengths in order"
	case t.CountError < 0 || t.Smoothing != smoothing:
		return "an error of counts of at least 0 and the smoothing of this version"
	}
	for i, v := range t.Categories {
		c.Top = append(c.Top, ValueCount{dataset.TextValue(v), t.Counts[i]})
	}
	c.Text = &TextProfile{MinLength: t.MinLength, MaxLength: t.MaxLength, MeanLength: t.MeanLength}
	c.Other, c.TopError = t.Other, t.CountError
	c.Bins = categoryBins(c.Top, t.Other)
	if len(c.Bins.index) != len(t.Categories) || !slices.IsSortedFunc(c.Top, compareTop) {
		return "categories once each, the most frequent first"
	}
	return ""
}

// counts reports whether parts are counts that sum to at most whole.
func counts(whole int64, parts ...int64) bool {
	for _, n := range parts {
		if n < 0 || n > whole {
			return false
		}
		whole -= n
	}
	return true
}

func within(x, low, high float64) bool { return x >= low && x <= high }

func ascending(list []float64) bool {
	for i, x := range list {
		if math.IsNaN(x) || i > 0 && !(x > list[i-1]) {
			return false
		}
	}
	return true
}
