package survey

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/sketch"
)

// formHead begins the mergeable form; its last byte is the version.
const formHead = "tidewheel.surveyor\x01"

const maxFormRows = 1 << 48 // more rows than there are

// MarshalBinary returns the mergeable form: what another process reads with UnmarshalBinary to merge or to observe further. It is canonical and starts with the schema. A column takes
// at most 20 KB, most of it for shapes, as a rule some 4 KB; the drawn rows, which are what they are in the data but for texts, of which they have hashes, take at most 8 bytes a cell beside that. It
// holds hashes of whole rows and of values of personal columns: keep it like the data. It never fails.
func (f *Surveyor) MarshalBinary() ([]byte, error) {
	schema, err := f.schema.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("survey: write: %w", err)
	}
	out := sketch.AppendBlock([]byte(formHead), schema)
	out = sketch.AppendUint64(out, f.options.Seed)
	out = sketch.AppendCount(out, int64(f.options.SampleRows))
	out = sketch.AppendBlock(out, []byte(f.options.Target))
	out = sketch.AppendCount(out, f.rows)
	for i := range f.columns {
		out = f.columns[i].appendForm(out)
	}
	out = f.repeats.appendForm(out)
	out = sketch.AppendBlock(out, f.often.counts.AppendTrimmed(nil))
	out = sketch.AppendBlock(out, f.gaps.counts.AppendTrimmed(nil))
	return f.sample.appendForm(out), nil
}

func (c *columnFold) appendForm(dst []byte) []byte {
	dst = c.unique.appendForm(sketch.AppendCount(dst, c.values))
	if o := c.order; o != nil && c.values > 0 {
		for _, n := range []int64{o.Rises, o.Ties, o.Falls} {
			dst = sketch.AppendCount(dst, n)
		}
		dst = sketch.AppendUint64(dst, math.Float64bits(o.first))
		dst = sketch.AppendUint64(dst, math.Float64bits(o.last))
	}
	if c.looks != nil {
		dst = appendCounts(dst, c.looks.each())
	}
	if c.texts != nil {
		dst = appendCounts(dst, c.texts.votes.each())
		dst = appendCounts(dst, c.texts.looks.each())
		dst = sketch.AppendBlock(dst, c.texts.shapes.AppendTrimmed(nil))
	}
	return dst
}

func appendCounts(dst []byte, counts []*int64) []byte {
	for _, n := range counts {
		dst = sketch.AppendCount(dst, *n)
	}
	return dst
}

// appendForm appends the limit, and the k smallest hashes with their counts.
func (s *smallest) appendForm(dst []byte) []byte {
	s.cut()
	hashes, last := s.hashes(), uint64(0)
	dst = sketch.AppendCount(sketch.AppendUint64(dst, s.limit), int64(len(hashes)))
	for _, h := range hashes {
		dst = binary.AppendUvarint(dst, h-last)
		dst = sketch.AppendCount(dst, s.table[h])
		last = h
	}
	return dst
}

const fewCells = 256 // distinct cells of a column that are written once

// appendForm appends the limit, the keys, and column by column the cells: where a column has at most 256 different ones, those, and a byte for each row.
func (s *sample) appendForm(dst []byte) []byte {
	s.cut()
	dst = sketch.AppendCount(sketch.AppendUint64(dst, s.limit), int64(len(s.rows)))
	for _, r := range s.rows {
		dst = sketch.AppendUint64(dst, r.key)
	}
	for j := range s.width {
		cells := s.column(j)
		different := slices.Compact(slices.Sorted(slices.Values(cells)))
		if len(different) > fewCells {
			dst = append(dst, 0)
			for _, c := range cells {
				dst = sketch.AppendUint64(dst, c)
			}
			continue
		}
		dst = sketch.AppendCount(append(dst, 1), int64(len(different)))
		for _, c := range different {
			dst = sketch.AppendUint64(dst, c)
		}
		for _, c := range cells {
			at, _ := slices.BinarySearch(different, c)
			dst = append(dst, byte(at))
		}
	}
	return dst
}

// UnmarshalBinary replaces f, which may be a zero Surveyor, with what was written, which it continues. It is strict: bytes that MarshalBinary does not write are a
// *dataset.FormatError, and f stays as it was. It takes memory in proportion to the bytes.
func (f *Surveyor) UnmarshalBinary(form []byte) error {
	r := sketch.NewFormReader(formHead, form)
	text := r.Block()
	o := Options{Seed: r.Uint64(), SampleRows: int(r.Count(mostSample)), Target: string(r.Block())}
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
	if full, err := o.check(s); err != nil || full != o {
		return badForm("", "options as they were checked")
	}
	g := start(s, o)
	g.rows = r.Count(maxFormRows)
	for i := range g.columns {
		if g.columns[i].readForm(r, g.rows); r.Fault() != "" {
			return badForm(s.Field(i).Name, r.Fault())
		}
	}
	r.Want(g.repeats.readForm(r) <= g.rows && (g.repeats.limit != 0 || g.repeats.sum() == g.rows), "all rows")
	r.Read(&g.often.counts)
	r.Want(g.often.counts.Total() == uint64(g.rows), "all rows")
	limits := g.gaps.counts.Capacity()
	r.Read(g.gaps.counts)
	r.Want(g.gaps.counts.Capacity() == limits && g.gaps.counts.Merge(newGaps().counts) == nil && g.gaps.counts.Total() == uint64(g.rows), "patterns of all rows")
	g.sample.readForm(r)
	r.Want(int64(len(g.sample.rows)) == min(g.rows, int64(o.SampleRows)), "as many drawn rows as there should be")
	if fault := r.End(); fault != "" {
		return badForm("", fault)
	}
	*f = *g
	return nil
}

func badForm(column, want string) error {
	return fmt.Errorf("survey: read: %w", &dataset.FormatError{Format: "surveyor", Column: column, Want: want, Got: "otherwise"})
}

func (c *columnFold) readForm(r *sketch.FormReader, rows int64) {
	c.values = r.Count(rows)
	sum := c.unique.readForm(r)
	r.Want(sum <= c.values && (c.unique.limit != 0 || sum == c.values), "the hashes of all values")
	if o := c.order; o != nil && c.values > 0 {
		o.n = c.values
		o.Rises = r.Count(o.n - 1)
		o.Ties = r.Count(o.n - 1 - o.Rises)
		o.Falls = r.Count(o.n - 1 - o.Rises - o.Ties)
		r.Want(o.Rises+o.Ties+o.Falls == o.n-1, "an order of all values")
		o.first, o.last = math.Float64frombits(r.Uint64()), math.Float64frombits(r.Uint64())
		r.Want(o.first == o.first && o.last == o.last, "a first and a last value")
	}
	if c.looks != nil {
		readCounts(r, c.looks.each(), c.values)
	}
	if t := c.texts; t != nil {
		readCounts(r, t.votes.each(), c.values)
		readCounts(r, t.looks.each(), c.values)
		limits := t.shapes.Capacity()
		r.Read(t.shapes)
		r.Want(t.shapes.Capacity() == limits && t.shapes.Merge(newTexts().shapes) == nil, "the limits of this version")
		r.Want(t.shapes.Total() <= uint64(c.values) && t.shapes.TooLong() == uint64(c.values)-t.shapes.Total(), "a shape for each value")
		check := Column{Values: c.values, Votes: &t.votes, Looks: &t.looks}
		r.Want(check.holds(c.values), "counts that can be")
	}
}

func readCounts(r *sketch.FormReader, counts []*int64, limit int64) {
	for _, n := range counts {
		*n = r.Count(limit)
	}
}

// readForm returns the sum of the counts.
func (s *smallest) readForm(r *sketch.FormReader) int64 {
	s.limit = r.Uint64()
	n := r.Count(int64(s.k))
	r.Want(s.limit == 0 || n == int64(s.k), "as many hashes as there should be")
	last, sum := uint64(0), int64(0)
	for i := int64(0); i < n && r.Fault() == ""; i++ {
		d := r.Uvarint()
		count := r.Count(maxFormRows)
		r.Want(count > 0 && last+d >= last && (i == 0 || d > 0), "hashes in order, each with its count")
		if last += d; r.Fault() == "" {
			s.table[last] = count
			sum += count
		}
	}
	r.Want(n == 0 || s.limit == 0 || last < s.limit, "hashes below their limit")
	return sum
}

func (s *smallest) sum() int64 {
	sum := int64(0)
	for _, n := range s.table {
		sum += n
	}
	return sum
}

func (s *sample) readForm(r *sketch.FormReader) {
	s.limit = r.Uint64()
	n := int(r.Count(int64(s.k)))
	r.Want(n <= r.Left()/8, "all of the bytes")
	if r.Fault() != "" {
		return
	}
	r.Want(n == s.k || s.limit == math.MaxUint64, "no limit where every row is drawn")
	s.rows = make([]drawn, n)
	for i := range s.rows {
		s.rows[i] = drawn{r.Uint64(), i * s.width}
		r.Want(i == 0 || s.rows[i-1].key <= s.rows[i].key, "keys in order")
	}
	r.Want(n == 0 || s.rows[n-1].key <= s.limit, "keys up to their limit")
	// A column has at least a byte for each row.
	r.Want(n == 0 || s.width <= r.Left()/n, "all of the bytes")
	if r.Fault() != "" {
		return
	}
	s.cells = make([]uint64, n*s.width)
	for j := range s.width {
		s.readColumn(r, j)
	}
}

func (s *sample) readColumn(r *sketch.FormReader, j int) {
	form := r.Bytes(1)
	if form == nil {
		return
	}
	r.Want(form[0] <= 1, "a known form of cells")
	var different []uint64
	if form[0] == 1 {
		k := int(r.Count(int64(min(fewCells, len(s.rows)))))
		for range k {
			different = append(different, r.Uint64())
		}
	}
	used := map[uint64]bool{}
	for i := range s.rows {
		c := uint64(0)
		if form[0] == 0 {
			c = r.Uint64()
		} else if b := r.Bytes(1); b != nil {
			r.Want(int(b[0]) < len(different), "a cell that is listed")
			if r.Fault() == "" {
				c = different[b[0]]
			}
		}
		if r.Fault() != "" {
			return
		}
		s.cells[i*s.width+j] = c
		if len(used) <= fewCells {
			used[c] = true
		}
	}
	if form[0] == 0 {
		r.Want(len(used) > fewCells, "the shortest form of cells")
		return
	}
	for i, c := range different {
		r.Want(used[c] && (i == 0 || different[i-1] < c), "the cells in order, each in a row")
	}
}
