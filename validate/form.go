package validate

import (
	"bytes"
	"fmt"
	"math"
	"math/bits"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/sketch"
)

// formHead begins the mergeable form; its last byte is the version.
const formHead = "tidewheel.profiler\x01"

const (
	maxFormRows   = 1 << 48 // more rows than there are
	maxFormLength = 1 << 40 // of one value
)

// MarshalBinary returns the mergeable form: what another process reads with UnmarshalBinary to merge or to observe further. It is canonical, starts with the schema and takes at most
// some 20 KB for a column of numbers and 9 KB for one of texts, to which come as many of the 1,024 most frequent texts as are more frequent than one in 16,384 rows: less than 400 KB for 20 columns
// whose texts are not long. Of a column with more than 1,024 distinct values, those as rare as that are left out, and TopError grows by at most as much; all else is exact. Unlike a
// Profile it holds 64-bit hashes of values, those of personal columns included: keep it like the data. It never fails.
func (p *Profiler) MarshalBinary() ([]byte, error) {
	schema, err := p.schema.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("validate: write a profiler: %w", err)
	}
	out := sketch.AppendBlock([]byte(formHead), schema)
	out = sketch.AppendCount(out, p.rows)
	for i := range p.columns {
		if out, err = p.columns[i].appendForm(out); err != nil {
			return nil, fmt.Errorf("validate: write a profiler: %w", err)
		}
	}
	return out, nil
}

func (c *columnFold) appendForm(dst []byte) ([]byte, error) {
	for _, n := range []int64{c.nulls, c.nan, c.infinite} {
		dst = sketch.AppendCount(dst, n)
	}
	if c.kind == kindNumber || c.kind == kindText {
		block, err := c.distinct.MarshalBinary()
		if err != nil {
			return nil, err
		}
		dst = sketch.AppendBlock(dst, block)
	}
	if c.personal {
		return dst, nil
	}
	switch c.kind {
	case kindNumber:
		block, err := c.moments.MarshalBinary()
		if err != nil {
			return nil, err
		}
		dst = sketch.AppendBlock(dst, block)
		if block, err = c.quantiles.MarshalBinary(); err != nil {
			return nil, err
		}
		dst = sketch.AppendBlock(dst, block)
		dst = sketch.AppendBlock(dst, c.values.AppendTrimmed(nil))
		whole := byte(0)
		if c.integral {
			whole = 1
		}
		dst = append(dst, whole)
		for _, list := range [][]float64{c.tails.low[:c.tails.nLow], c.tails.high[:c.tails.nHigh]} {
			for _, x := range list {
				dst = sketch.AppendUint64(dst, math.Float64bits(x))
			}
		}
	case kindText:
		return c.lengths.appendForm(sketch.AppendBlock(dst, c.top.AppendTrimmed(nil))), nil
	case kindLength:
		return c.lengths.appendForm(dst), nil
	case kindOther:
	}
	return dst, nil
}

func (l lengths) appendForm(dst []byte) []byte {
	for _, n := range []int64{l.n, l.sum, l.shortest, l.longest} {
		dst = sketch.AppendCount(dst, n)
	}
	return dst
}

// UnmarshalBinary replaces p, which may be a zero Profiler, with what was written: it continues as what was written would, but for counts that were left out. It is strict: bytes that
// MarshalBinary does not write are a *dataset.FormatError, and p stays as it was. It takes memory in proportion to the bytes.
func (p *Profiler) UnmarshalBinary(form []byte) error {
	r := sketch.NewFormReader(formHead, form)
	text := r.Block()
	if r.Fault() != "" {
		return badForm("", r.Fault())
	}
	s, err := dataset.ParseSchema(text)
	if err != nil {
		return badForm("", "a schema")
	}
	if again, err := s.MarshalJSON(); err != nil || !bytes.Equal(again, text) {
		return badForm("", "the canonical form of the schema")
	}
	q := NewProfiler(s)
	q.rows = r.Count(maxFormRows)
	for i := range q.columns {
		if q.columns[i].readForm(r, q.rows); r.Fault() != "" {
			return badForm(s.Field(i).Name, r.Fault())
		}
	}
	if fault := r.End(); fault != "" {
		return badForm("", fault)
	}
	*p = *q
	return nil
}

func badForm(column, want string) error {
	return fmt.Errorf("validate: read a profiler: %w", &dataset.FormatError{Format: "profiler", Column: column, Want: want, Got: "otherwise"})
}

func (c *columnFold) readForm(r *sketch.FormReader, rows int64) {
	c.nulls = r.Count(rows)
	c.nan = r.Count(rows - c.nulls)
	c.infinite = r.Count(rows - c.nulls - c.nan)
	n := rows - c.nulls - c.nan - c.infinite // values
	if c.kind != kindNumber {
		r.Want(c.nan == 0 && c.infinite == 0, "NaN and infinities in columns of numbers only")
	}
	if c.kind == kindNumber || c.kind == kindText {
		r.Read(&c.distinct)
		if d := int64(c.distinct.Estimate()); c.distinct.Exact() {
			r.Want(d <= n && (d > 0) == (n > 0), "at most as many distinct values as values")
		} else {
			r.Want(n > sketch.DistinctExact, "at most as many distinct values as values")
		}
	}
	if c.personal || r.Fault() != "" {
		return
	}
	switch c.kind {
	case kindNumber:
		c.readNumbers(r, n)
	case kindText:
		limits := c.top.Capacity()
		r.Read(c.top)
		empty, _ := sketch.NewTopK(sketch.TopKOptions{Capacity: textSlots, MaxValueBytes: maxText})
		r.Want(c.top.Capacity() == limits && c.top.Merge(empty) == nil, "the limits of this version")
		r.Want(c.top.Total() <= uint64(n) && c.top.TooLong() == uint64(n)-c.top.Total(), "as many texts as values")
		c.lengths.readForm(r, n)
	case kindLength:
		c.lengths.readForm(r, n)
	case kindOther:
	}
}

func (c *columnFold) readNumbers(r *sketch.FormReader, n int64) {
	r.Read(&c.moments)
	r.Read(&c.quantiles)
	r.Read(&c.values)
	r.Want(c.moments.Count() == uint64(n) && c.moments.NonFinite() == 0, "the moments of all values")
	r.Want(c.quantiles.Count() == uint64(n) && c.quantiles.NaN() == 0, "the quantiles of all values")
	r.Want(c.values.Total() == uint64(n), "the frequencies of all values")
	if whole := r.Bytes(1); r.Fault() == "" {
		r.Want(whole[0] <= 1, "whether values are whole")
		c.integral = whole[0] == 1
	}
	c.tails.nLow, c.tails.nHigh = int(min(n, tailSlots)), int(min(n, tailSlots))
	for _, list := range [][]float64{c.tails.low[:c.tails.nLow], c.tails.high[:c.tails.nHigh]} {
		for i := range list {
			list[i] = math.Float64frombits(r.Uint64())
		}
	}
	if n == 0 || r.Fault() != "" {
		r.Want(n > 0 || c.integral, "whole values where there are none")
		return
	}
	low, _ := c.moments.Min()
	high, _ := c.moments.Max()
	bottom, _ := c.quantiles.Quantile(0)
	top, _ := c.quantiles.Quantile(1)
	r.Want(c.tails.low[0] == low && c.tails.high[0] == high && bottom == low && top == high, "one minimum and one maximum")
	for i := 1; i < c.tails.nLow; i++ {
		r.Want(c.tails.low[i-1] <= c.tails.low[i] && c.tails.high[i-1] >= c.tails.high[i], "tails in order")
	}
	for _, x := range append(c.tails.low[:c.tails.nLow:c.tails.nLow], c.tails.high[:c.tails.nHigh]...) {
		r.Want(within(x, low, high) && (x != 0 || !math.Signbit(x)), "tails within the minimum and the maximum")
	}
	for _, v := range c.values.Top(-1) {
		r.Want(within(v.Value, low, high), "frequent values within the minimum and the maximum")
	}
}

func (l *lengths) readForm(r *sketch.FormReader, n int64) {
	l.n = r.Count(n)
	l.sum = r.Count(math.MaxInt64)
	l.shortest, l.longest = r.Count(maxFormLength), r.Count(maxFormLength)
	r.Want(l.n == n && l.shortest <= l.longest, "the lengths of all values")
	lowHigh, low := bits.Mul64(uint64(l.shortest), uint64(n))
	highHigh, high := bits.Mul64(uint64(l.longest), uint64(n))
	r.Want(lowHigh == 0 && low <= uint64(l.sum) && (highHigh > 0 || uint64(l.sum) <= high), "lengths that add up")
	r.Want(n > 0 || *l == lengths{}, "no lengths without values")
}
