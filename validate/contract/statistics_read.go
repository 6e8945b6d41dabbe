package contract

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"sort"
	"unicode/utf8"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// Shape of a profile's sealed form.
const (
	gridPoints = 101
	histBins   = 20
	fewValues  = 20
	maxTop     = 64
	emptyShare = 1e-4
	perBucket  = 32      // values that stand for a bucket without a sketch
	maxCount   = 1 << 53 // what a JSON number counts exactly
)

// ParseStatistics reads a statistics.json of SageMaker Model Monitor and returns the profile of its features, and what it has no place for or had to estimate. Columns
// are int64, float64 or utf8 as the type was inferred, nullable, without any rule; an unknown type becomes a JSON column. Quantiles, bins and the moments that the format
// lacks come from the sketch, else from the buckets, and where all values of a level 0 are at most 20 different ones they are listed; a column without either has counts
// only. The profile is a reference for Infer, for a guard, and for skew.Compare.
//
// Errors: a *dataset.FormatError for what is no JSON object, has a key twice, has no features with names, or has figures that contradict each other; dataset.ErrLimit
// above 16 MiB, 64 levels or what a dataset.Schema holds; *dataset.SchemaError for names that a dataset.Schema refuses.
func ParseStatistics(data []byte) (*validate.Profile, []Loss, error) {
	p, l, err := readStatistics(data)
	if err != nil {
		return nil, nil, fmt.Errorf("contract: parse statistics: %w", err)
	}
	return p, l, nil
}

// profileDoc is the sealed form of a profile.
type profileDoc struct {
	Version int             `json:"tidewheel.profile"`
	Schema  *dataset.Schema `json:"schema"`
	Rows    int64           `json:"rows"`
	Columns []columnDoc     `json:"columns"`
}

type columnDoc struct {
	Name          string     `json:"name"`
	Nulls         int64      `json:"nulls"`
	Distinct      int64      `json:"distinct"`
	DistinctExact bool       `json:"distinct_exact"`
	Number        *numberDoc `json:"number,omitempty"`
	Text          *textDoc   `json:"text,omitempty"`
	present       int64
}

type numberDoc struct {
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
	Values    []float64 `json:"values,omitempty"`
	Counts    []int64   `json:"counts,omitempty"`
	Bins      *binsDoc  `json:"bins,omitempty"`
	Top       *topDoc   `json:"top,omitempty"`
}

type binsDoc struct {
	Convention validate.Convention `json:"convention"`
	Smoothing  float64             `json:"smoothing"`
	Cuts       []float64           `json:"cuts"`
	Counts     []int64             `json:"counts"`
}

type topDoc struct {
	Values []float64 `json:"values"`
	Counts []int64   `json:"counts"`
}

type textDoc struct {
	MinLength  int64    `json:"min_length"`
	MaxLength  int64    `json:"max_length"`
	MeanLength float64  `json:"mean_length"`
	Categories []string `json:"categories"`
	Counts     []int64  `json:"counts"`
	Other      int64    `json:"other"`
	Smoothing  float64  `json:"smoothing"`
}

func badStatistics(column, want string) error {
	return &dataset.FormatError{Format: "statistics", Column: column, Want: want, Got: "otherwise"}
}

func readStatistics(data []byte) (*validate.Profile, []Loss, error) {
	doc, err := parse("statistics", data)
	if err != nil {
		return nil, nil, err
	}
	features, ok := doc.get("features")
	if !ok || features.kind != kindArray {
		return nil, nil, badStatistics("", "an array of features")
	}
	var l losses
	l.others(doc, "version", "dataset", "features")
	out := profileDoc{Version: 1, Columns: make([]columnDoc, 0, len(features.items))}
	fields := make([]dataset.Field, 0, len(features.items))
	for _, item := range features.items {
		name, ok := item.get("name")
		if !ok || name.kind != kindString {
			return nil, nil, badStatistics("", "a name of each feature")
		}
		l.column = name.text
		c, t, err := readColumn(name.text, item, &l)
		if err != nil {
			return nil, nil, err
		}
		fields = append(fields, dataset.Field{Name: name.text, Type: t, Nullable: true})
		out.Columns = append(out.Columns, c)
		out.Rows = max(out.Rows, c.present+c.Nulls)
	}
	if set, ok := doc.get("dataset"); ok {
		if n, ok := set.get("item_count"); ok {
			rows, fine := n.count()
			if !fine || rows < out.Rows {
				return nil, nil, badStatistics("", "an item_count of at least the present and missing items of a feature")
			}
			out.Rows = rows
		}
	}
	for i := range out.Columns {
		c := &out.Columns[i]
		c.Nulls = out.Rows - c.present
		if fields[i].Type == dataset.JSON {
			c.Nulls = 0
		}
	}
	if out.Schema, err = dataset.NewSchema(fields...); err != nil {
		return nil, nil, err
	}
	sealed, err := json.Marshal(out)
	if err != nil {
		return nil, nil, badStatistics("", "finite figures")
	}
	p, err := validate.ParseProfile(sealed)
	return p, l.list, err
}

// others notes the members of an object that are not known.
func (l *losses) others(n node, known ...string) {
	for _, key := range n.keys {
		if !slices.Contains(known, key) {
			l.add(key, "left out")
		}
	}
}

// count returns the number of things that a node is.
func (n node) count() (int64, bool) {
	x, ok := n.float()
	if !ok || x < 0 || x > maxCount || x != math.Trunc(x) {
		return 0, false
	}
	return int64(x), true
}

func readColumn(name string, n node, l *losses) (columnDoc, dataset.Type, error) {
	c := columnDoc{Name: name}
	kind, _ := n.get("inferred_type")
	t, key := dataset.JSON, ""
	switch kind.text {
	case "Integral":
		t, key = dataset.Int64, "numerical_statistics"
	case "Fractional":
		t, key = dataset.Float64, "numerical_statistics"
	case "String":
		t, key = dataset.Utf8, "string_statistics"
	default:
		l.add("inferred_type", "a JSON column: the type is not known")
	}
	l.others(n, "name", "inferred_type", key)
	body, ok := n.get(key)
	if !ok {
		return c, t, nil
	}
	if common, ok := body.get("common"); ok {
		present, a := common.get("num_present")
		missing, b := common.get("num_missing")
		var fine, also bool
		c.present, fine = present.count()
		c.Nulls, also = missing.count()
		if a && !fine || b && !also {
			return c, t, badStatistics(name, "counts of what is present and missing")
		}
	} else {
		l.add("common", "there is none: nothing is present")
	}
	if c.present == 0 {
		return c, t, nil
	}
	if t == dataset.Utf8 {
		return c, t, c.readTexts(body, l)
	}
	return c, t, c.readNumbers(body, t == dataset.Int64, l)
}

func (c *columnDoc) readTexts(body node, l *losses) error {
	l.others(body, "common", "distinct_count", "distribution")
	if n, ok := body.get("distinct_count"); ok {
		if c.Distinct, ok = n.count(); !ok {
			return badStatistics(c.Name, "a number of distinct values")
		}
	}
	spread, ok := body.get("distribution")
	if !ok {
		l.add("distribution", "no text is known")
		return nil
	}
	categorical, _ := spread.get("categorical")
	items, _ := categorical.get("buckets")
	type category struct {
		text  string
		count int64
	}
	list := make([]category, 0, len(items.items))
	left := c.present
	for _, item := range items.items {
		value, _ := item.get("value")
		n, _ := item.get("count")
		count, ok := n.count()
		if value.kind != kindString || !ok || count > left {
			return badStatistics(c.Name, "values with their counts, no more than are present")
		}
		left -= count
		if count > 0 {
			list = append(list, category{value.text, count})
		}
	}
	slices.SortFunc(list, func(a, b category) int { return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.text, b.text)) })
	c.DistinctExact = left == 0 && c.Distinct == int64(len(list))
	if left > 0 || len(list) > maxTop {
		l.add("distribution.categorical", "the lengths are those of the texts that are listed")
	}
	t := &textDoc{Categories: []string{}, Counts: []int64{}, Other: c.present, Smoothing: emptyShare}
	total, of := 0.0, 0.0
	for i, v := range list[:min(len(list), maxTop)] {
		length := int64(utf8.RuneCountInString(v.text))
		if i == 0 {
			t.MinLength = length
		}
		t.MinLength, t.MaxLength = min(t.MinLength, length), max(t.MaxLength, length)
		total, of = total+float64(length)*float64(v.count), of+float64(v.count)
		t.Categories, t.Counts, t.Other = append(t.Categories, v.text), append(t.Counts, v.count), t.Other-v.count
	}
	if of > 0 {
		t.MeanLength = min(max(total/of, float64(t.MinLength)), float64(t.MaxLength))
	}
	c.Text = t
	return nil
}

func (c *columnDoc) readNumbers(body node, integral bool, l *losses) error {
	l.others(body, "common", "mean", "sum", "std_dev", "min", "max", "distribution")
	d := &numberDoc{Count: c.present, TailRows: 1}
	var deviation float64
	for _, f := range []struct {
		key string
		to  *float64
	}{{"mean", &d.Mean}, {"std_dev", &deviation}, {"min", &d.Min}, {"max", &d.Max}} {
		n, ok := body.get(f.key)
		if !ok {
			l.add(f.key, "there is none: the column has counts only")
			return nil
		}
		if *f.to, ok = n.float(); !ok {
			return badStatistics(c.Name, "numbers for mean, std_dev, min and max")
		}
	}
	if d.Min > d.Max || deviation < 0 || d.Mean < d.Min || d.Mean > d.Max {
		if slack := 1e-9 * max(math.Abs(d.Min), math.Abs(d.Max)); d.Min > d.Max || deviation < 0 || d.Mean < d.Min-slack || d.Mean > d.Max+slack {
			return badStatistics(c.Name, "min, mean and max in order and a deviation of at least 0")
		}
	}
	if n := float64(d.Count); n > 1 {
		d.Std = deviation * math.Sqrt(n/(n-1))
	}
	s, err := c.readSample(body, d, l)
	if err != nil || s == nil {
		return err
	}
	d.fill(s)
	d.Integral = d.Integral || integral
	c.Distinct, c.DistinctExact = min(int64(len(s.values)), d.Count), s.whole
	if !s.whole {
		l.add("distinct", "as many as the sketch holds, at least")
	}
	l.add("skewness", "of the sketch")
	c.Number = d
	return nil
}

// sample stands for the values of a column: each of values, ascending and different, for as many rows as its weight.
type sample struct {
	values  []float64
	weights []float64
	below   []float64 // the sum of the weights before each, and of all at the end
	whole   bool      // all rows are there one by one
}

// readSample reads the sketch of a column, else its buckets; nil when there is neither.
func (c *columnDoc) readSample(body node, d *numberDoc, l *losses) (*sample, error) {
	spread, _ := body.get("distribution")
	kll, _ := spread.get("kll")
	sketch, _ := kll.get("sketch")
	data, _ := sketch.get("data")
	points := map[float64]float64{}
	total, lowest := 0.0, true
	for level, items := range data.items {
		if level > 52 {
			return nil, badStatistics(c.Name, "a sketch of at most 53 levels")
		}
		for _, item := range items.items {
			x, ok := item.float()
			if !ok {
				return nil, badStatistics(c.Name, "a sketch of numbers")
			}
			points[min(max(x, d.Min), d.Max)] += math.Ldexp(1, level)
			total += math.Ldexp(1, level)
			lowest = lowest && level == 0
		}
	}
	if total == 0 {
		lowest = false
		items, _ := kll.get("buckets")
		for _, item := range items.items {
			low, _ := item.get("lower_bound")
			high, _ := item.get("upper_bound")
			n, _ := item.get("count")
			a, fine := low.float()
			b, also := high.float()
			count, whole := n.count()
			if !fine || !also || !whole || a > b {
				return nil, badStatistics(c.Name, "buckets with bounds and a count")
			}
			for i := range perBucket {
				t := (float64(i) + 0.5) / perBucket
				points[min(max(float64(a*(1-t))+float64(b*t), d.Min), d.Max)] += float64(count) / perBucket
				total += float64(count) / perBucket
			}
		}
		if total == 0 {
			l.add("distribution", "there is none: the column has counts only")
			return nil, nil //nolint:nilnil // no sample is no fault
		}
		l.add("distribution", "quantiles are read off the buckets")
	}
	s := &sample{values: make([]float64, 0, len(points)), whole: lowest && total == float64(d.Count)}
	for x := range points {
		s.values = append(s.values, x+0)
	}
	slices.Sort(s.values)
	sum := 0.0
	for _, x := range s.values {
		s.weights, s.below = append(s.weights, points[x]), append(s.below, sum)
		sum += points[x]
	}
	s.below = append(s.below, sum)
	return s, nil
}

// rank returns how many of n rows are below x.
func (s *sample) rank(x float64, n int64) int64 {
	return min(int64(math.Round(s.below[sort.SearchFloat64s(s.values, x)]/s.below[len(s.values)]*float64(n))), n)
}

// fill sets what a sample says of a column.
func (d *numberDoc) fill(s *sample) {
	d.TailLow, d.TailHigh = d.Min, d.Max
	d.Quantiles = make([]float64, gridPoints)
	all, at := s.below[len(s.values)], 0
	for i := range d.Quantiles {
		for at < len(s.values)-1 && s.below[at+1] < float64(i)/(gridPoints-1)*all {
			at++
		}
		d.Quantiles[i] = s.values[at]
	}
	d.Quantiles[0], d.Quantiles[gridPoints-1] = d.Min, d.Max
	d.Integral = !slices.ContainsFunc(s.values, func(x float64) bool { return x != math.Trunc(x) })
	d.Skewness, d.Kurtosis = s.shape()
	histogram := validate.NumberProfile{Min: d.Min, Max: d.Max, Histogram: make([]int64, histBins)}
	if d.Min == d.Max {
		histogram.Histogram = histogram.Histogram[:1]
	}
	edges := histogram.Edges()
	d.Histogram = d.between(s, edges[1:len(edges)-1])
	if len(s.values) <= fewValues && all == float64(d.Count) && s.exact() {
		d.Values = s.values
		for _, w := range s.weights {
			d.Counts = append(d.Counts, int64(w))
		}
		return
	}
	var cuts []float64
	for i := 10; i < gridPoints-1; i += 10 {
		switch v := d.Quantiles[i]; {
		case len(cuts) == 0 || v > cuts[len(cuts)-1]:
			cuts = append(cuts, v)
		case v == cuts[len(cuts)-1]: // a value at several deciles has a bin of its own
			cuts = append(cuts, math.Nextafter(v, math.Inf(1)))
		}
	}
	d.Bins = &binsDoc{Convention: validate.RefQuantile10, Smoothing: emptyShare, Cuts: cuts, Counts: d.between(s, cuts)}
	d.Top = &topDoc{Values: []float64{}, Counts: []int64{}}
}

// exact reports whether all weights are whole.
func (s *sample) exact() bool {
	return !slices.ContainsFunc(s.weights, func(w float64) bool { return w != math.Trunc(w) })
}

// between returns the number of rows below the first cut, between each two, and from the last on.
func (d *numberDoc) between(s *sample, cuts []float64) []int64 {
	counts := make([]int64, len(cuts)+1)
	last := int64(0)
	for i, cut := range cuts {
		below := s.rank(cut, d.Count)
		counts[i], last = below-last, below
	}
	counts[len(cuts)] = d.Count - last
	return counts
}

// shape returns the skewness and the excess kurtosis, 0 for a constant.
func (s *sample) shape() (skewness, kurtosis float64) {
	all := s.below[len(s.values)]
	mean := 0.0
	for i, x := range s.values {
		mean += float64(x * (s.weights[i] / all))
	}
	var m2, m3, m4 float64
	for i, x := range s.values {
		w, e := s.weights[i]/all, x-mean
		m2 += float64(w * e * e)
		m3 += float64(w * e * e * e)
		m4 += float64(w * e * e * e * e)
	}
	skewness, kurtosis = m3/math.Pow(m2, 1.5), m4/(m2*m2)-3
	if math.IsNaN(skewness+kurtosis) || math.IsInf(skewness+kurtosis, 0) {
		return 0, 0
	}
	return skewness, kurtosis
}
