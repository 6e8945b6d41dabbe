package contract

import (
	"math"
	"math/bits"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// Of the sketches that SageMaker Model Monitor writes.
const (
	kllShrink  = "0.64" // parameters.c
	kllSize    = "2048" // parameters.k
	kllBuckets = 10
	kllLeast   = 128 // values that stand for all, where they are not listed
)

// Statistics returns the statistics.json of SageMaker Model Monitor for p, beside the constraints.json that Constraints writes for its schema, and what it cannot say.
//
// Numbers have their count, mean, sum, standard deviation (of the population, as Deequ computes it), bounds, 10 equally wide buckets and a sketch: a list of levels, whose
// values stand for 1, 2, 4 … rows. It holds each value with its count where the profile lists all of them, else quantiles. Texts have those that the profile lists. NaN
// and infinities count as missing. Of personal columns, and of types that the format calls Unknown, there are counts only.
//
// ParseStatistics of the result has the same counts, bounds, means and texts, and quantiles within 1 % in rank.
func Statistics(p *validate.Profile) ([]byte, []Loss) {
	var l losses
	features := node{kind: kindArray}
	columns := p.Columns()
	for i := range columns {
		l.column = columns[i].Name
		features.items = append(features.items, statisticsOf(&columns[i], &l))
	}
	var set, doc node
	set.set("item_count", integer(p.Rows()))
	doc.set("version", digitsOf("0"))
	doc.set("dataset", set)
	doc.set("features", features)
	return doc.encode(), l.list
}

func integer(n int64) node { return digitsOf(strconv.FormatInt(n, 10)) }

func statisticsOf(c *validate.ColumnProfile, l *losses) node {
	var n, body, common node
	name, exact := inferredType(c.Type)
	n.set("name", text(c.Name))
	n.set("inferred_type", text(name))
	if c.Type != exact {
		l.add("type", string(c.Type)+" is "+name)
	}
	missing := c.Nulls + c.NaN + c.Infinite
	if c.NaN+c.Infinite > 0 {
		l.add("nan", "NaN and infinities are missing values")
	}
	common.set("num_present", integer(c.Rows-missing))
	common.set("num_missing", integer(missing))
	body.set("common", common)
	switch name {
	case "Unknown":
		l.dropped(c.Number != nil || c.Length != nil, "number")
		return n
	case "String":
		textStatistics(&body, c, l)
		n.set("string_statistics", body)
	default:
		numberStatistics(&body, c, l)
		n.set("numerical_statistics", body)
	}
	l.dropped(c.Personal, "personal")
	return n
}

// inferredType returns the format's name of a type, and the type that it stands for.
func inferredType(t dataset.Type) (name string, exact dataset.Type) {
	switch t.Class() {
	case dataset.ClassInteger:
		return "Integral", dataset.Int64
	case dataset.ClassFloat, dataset.ClassDecimal:
		return "Fractional", dataset.Float64
	case dataset.ClassText:
		return "String", dataset.Utf8
	default: // what is not told apart
		return "Unknown", ""
	}
}

func textStatistics(body *node, c *validate.ColumnProfile, l *losses) {
	body.set("distinct_count", integer(c.Distinct))
	if c.Text == nil {
		return
	}
	buckets := node{kind: kindArray}
	for _, v := range c.Top {
		var b node
		b.set("value", text(v.Value.Text))
		b.set("count", integer(v.Count))
		buckets.items = append(buckets.items, b)
	}
	body.set("distribution", under("categorical", under("buckets", buckets)))
	l.dropped(true, "min_length")
	if c.Other > 0 {
		l.add("other", "left out: texts that are not listed")
	}
}

// under returns an object of one member.
func under(key string, value node) node {
	var n node
	n.set(key, value)
	return n
}

func numberStatistics(body *node, c *validate.ColumnProfile, l *losses) {
	n := c.Number
	if n == nil {
		return
	}
	size := float64(n.Count)
	body.set("mean", number(n.Mean))
	if sum := n.Mean * size; !math.IsInf(sum, 0) {
		body.set("sum", number(sum))
	}
	body.set("std_dev", number(n.Std*math.Sqrt((size-1)/size)))
	body.set("min", number(n.Min))
	body.set("max", number(n.Max))
	var sketch, kll, parameters node
	parameters.set("c", digitsOf(kllShrink))
	parameters.set("k", digitsOf(kllSize))
	sketch.set("parameters", parameters)
	sketch.set("data", levels(c))
	kll.set("buckets", buckets(n))
	kll.set("sketch", sketch)
	body.set("distribution", under("kll", kll))
	l.dropped(true, "distinct")
	l.dropped(true, "skewness")
	l.dropped(c.Other > 0 && len(c.Top) > 0, "top")
}

// buckets returns pairs of the profile's bins, which are as many of equal width; one for a constant column.
func buckets(n *validate.NumberProfile) node {
	out := node{kind: kindArray}
	edges := n.Edges()
	step := max(len(n.Histogram)/kllBuckets, 1)
	for i := 0; i < len(n.Histogram); i += step {
		count := int64(0)
		for _, k := range n.Histogram[i : i+step] {
			count += k
		}
		var b node
		b.set("lower_bound", number(edges[i]))
		b.set("upper_bound", number(edges[i+step]))
		b.set("count", integer(count))
		out.items = append(out.items, b)
	}
	return out
}

// levels returns the sketch's data: an array for each level, of values that stand for 2^level rows.
func levels(c *validate.ColumnProfile) node {
	var data []node
	add := func(level int, x float64) {
		for len(data) <= level {
			data = append(data, node{kind: kindArray})
		}
		data[level].items = append(data[level].items, number(x))
	}
	split := func(n uint64, x float64) { // a value of n rows
		for ; n > 0; n &= n - 1 {
			add(bits.TrailingZeros64(n), x)
		}
	}
	n := c.Number
	if c.Other == 0 && len(c.Top) > 0 {
		for _, v := range c.Top {
			split(uint64(v.Count), v.Value.Number)
		}
		return array(data...)
	}
	level := max(bits.Len64(uint64(n.Count)/kllLeast)-1, 0)
	stand := n.Count >> level
	grid := float64(len(n.Quantiles) - 1)
	for i := range stand {
		add(level, n.Quantiles[int(math.Round((float64(i)+0.5)/float64(stand)*grid))])
	}
	split(uint64(n.Count-stand<<level), n.Quantiles[len(n.Quantiles)/2]) // what is left over, in the middle
	return array(data...)
}
