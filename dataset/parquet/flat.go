package parquet

import (
	"errors"
	"io"
	"math/bits"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/tidewheel/tidewheel/dataset/internal/arrays"
)

// column gives the rows of one wanted column. It is used by one goroutine at a time, not always the same.
type column interface {
	// begin goes to the first row of a row group.
	begin(f *parquet.File, group int) error
	// read returns the next n rows, all of them in the row group, or those of them at the positions of keep, where it is not nil. The caller owns the array.
	read(w *worker, n int, keep []int32) (arrow.Array, error)
	// skip passes over the next n rows, all of them in the row group.
	skip(n int)
	// close lets go of what the column holds.
	close()
}

// flat is a column of one value a row.
type flat struct {
	leaf   leaf
	r      io.ReaderAt
	limit  int64
	mem    memory.Allocator
	counts *Counters
	values values

	chunk   chunk
	buf     []byte // of the page
	valid   []byte // of rows that are not kept as they are
	pending int    // rows to pass over before the next one is read
	left    int    // rows of the page still to come
	leveled bool   // the page says which rows have a value
	levels  runs
}

// values makes arrays of the values of pages.
type values interface {
	// dictionary takes the dictionary of the pages that follow: n values in the encoding PLAIN. It must not keep data.
	dictionary(w *worker, data []byte, n int) error
	// load takes the values of a page, in data, which stays as it is until the next call. coded is whether they are codes of the dictionary.
	load(w *worker, e format.Encoding, data []byte, n int, coded bool) error
	// start begins an array of n rows, of which some may be left out in the end. The memory of one that has all of them is s's.
	start(s *arrays.Slab, n int, some bool)
	// take sets rows off to off+n of the array: the next present values, to the rows that valid has bits for where present is less than n.
	take(w *worker, present int, valid []byte, off, n int) error
	// skip passes over values.
	skip(w *worker, present int) error
	// finish returns the array, or its rows at the positions of keep, where it is not nil; v says which of the rows that are returned have a value.
	finish(mem memory.Allocator, v validity, keep []int32) (arrow.Array, error)
	// release lets go of what is held.
	release()
}

func (c *flat) begin(f *parquet.File, group int) error {
	chunks := f.Metadata().RowGroups[group].Columns
	if c.leaf.index >= len(chunks) {
		return formatError(c.leaf.name, "a column chunk in every row group", "none")
	}
	var err error
	c.left, c.pending = 0, 0
	c.chunk, err = newChunk(c.r, &chunks[c.leaf.index].MetaData, c.leaf.name, c.limit)
	return err
}

func (c *flat) read(w *worker, n int, keep []int32) (arrow.Array, error) {
	if err := c.pass(w); err != nil {
		return nil, err
	}
	var valid []byte
	if c.leaf.nullable {
		valid = c.bitmap(n, keep != nil)
	}
	c.values.start(w.slab, n, keep != nil)
	values := 0
	for off := 0; off < n; {
		if c.left == 0 {
			if _, err := c.next(w, 0); err != nil {
				return nil, err
			}
			continue
		}
		k := min(n-off, c.left)
		present := k
		switch {
		case c.leveled:
			var err error
			if present, err = c.levels.bits(valid, off, k); err != nil {
				return nil, formatError(c.leaf.name, "a definition level for each row", err.Error())
			}
		case valid != nil:
			setBits(valid, off, k)
		}
		if err := c.values.take(w, present, valid, off, k); err != nil {
			return nil, c.chunk.malformed(err)
		}
		values += present
		off += k
		c.left -= k
	}
	v := validity{rows: n, nulls: n - values, bits: valid}
	if keep != nil {
		v = v.at(keep)
	}
	a, err := c.values.finish(c.mem, v, keep)
	if err != nil {
		return nil, c.chunk.malformed(err)
	}
	if c.left == 0 {
		c.buf = w.giveBack(c.buf)
	}
	return a, nil
}

// bitmap returns n bits, which are used again when some is set.
func (c *flat) bitmap(n int, some bool) []byte {
	size := (n + 7) / 8
	if !some {
		return make([]byte, size)
	}
	if cap(c.valid) < size {
		c.valid = make([]byte, size)
	}
	return c.valid[:size]
}

// at returns the validity of the rows at positions.
func (v validity) at(keep []int32) validity {
	out := validity{rows: len(keep)}
	if v.nulls == 0 {
		return out
	}
	out.bits = make([]byte, (len(keep)+7)/8)
	for i, r := range keep {
		bit := v.bits[r>>3] >> (r & 7) & 1
		out.bits[i>>3] |= bit << (i & 7)
		out.nulls += 1 - int(bit)
	}
	return out
}

func (c *flat) skip(n int) { c.pending += n }

func (c *flat) close() { c.values.release() }

// pass passes over the rows that are pending.
func (c *flat) pass(w *worker) error {
	n := c.pending
	c.pending = 0
	for n > 0 {
		if c.left == 0 {
			skipped, err := c.next(w, n)
			if err != nil {
				return err
			}
			n -= skipped
			continue
		}
		k := min(n, c.left)
		present := k
		if c.leveled {
			var err error
			scratch := make([]byte, (k+7)/8)
			if present, err = c.levels.bits(scratch, 0, k); err != nil {
				return formatError(c.leaf.name, "a definition level for each row", err.Error())
			}
		}
		if err := c.values.skip(w, present); err != nil {
			return c.chunk.malformed(err)
		}
		n -= k
		c.left -= k
	}
	return nil
}

// next goes to the next data page, or passes over it when it has at most n rows, and returns how many rows it passed over.
func (c *flat) next(w *worker, n int) (int, error) {
	rows := func(h *format.PageHeader) int {
		if h.Type == format.DataPageV2 {
			return int(h.DataPageHeaderV2.V.NumValues)
		}
		return int(h.DataPageHeader.V.NumValues)
	}
	p, err := c.chunk.next(w, func(h *format.PageHeader) bool {
		switch h.Type {
		case format.DataPage, format.DataPageV2:
			return rows(h) > n
		case format.DictionaryPage:
			return true
		default:
			return false
		}
	})
	if errors.Is(err, io.EOF) {
		return 0, formatError(c.leaf.name, "as many rows as the row group", "fewer")
	}
	if err != nil {
		return 0, err
	}
	if p.body == nil {
		if p.Type == format.DataPage || p.Type == format.DataPageV2 {
			c.counts.pages(0, 1)
			return rows(&p.PageHeader), nil
		}
		return 0, nil
	}
	var data []byte
	if data, c.buf, err = c.chunk.open(w, &p, w.take(c.buf)); err != nil {
		return 0, err
	}
	if p.Type == format.DictionaryPage {
		h := &p.DictionaryPageHeader.V
		if h.Encoding != format.Plain && h.Encoding != plainDictionary {
			return 0, formatError(c.leaf.name, "a dictionary in the encoding PLAIN", h.Encoding.String())
		}
		if err := c.values.dictionary(w, data, int(h.NumValues)); err != nil {
			return 0, c.chunk.malformed(err)
		}
		return 0, nil
	}
	c.counts.pages(1, 0)
	return 0, c.load(w, &p, data)
}

// plainDictionary is PLAIN_DICTIONARY, which older writers say for PLAIN in a dictionary and for RLE_DICTIONARY in a data page.
const plainDictionary format.Encoding = 2

// load starts reading a data page.
func (c *flat) load(w *worker, p *page, data []byte) error {
	nesting := 0
	if c.leaf.nullable {
		nesting = 1
	}
	b, err := c.chunk.cut(p, data, 0, nesting)
	if err != nil {
		return err
	}
	c.left = b.values
	c.leveled = nesting > 0 && (p.Type == format.DataPage || len(b.definition) > 0 || p.DataPageHeaderV2.V.NumNulls > 0)
	if c.leveled {
		c.levels.reset(b.definition, 1)
		if b.packed { // from the high bit down
			turned := make([]byte, len(b.definition))
			for i, x := range b.definition {
				turned[i] = bits.Reverse8(x)
			}
			c.levels = runs{width: 1, packed: turned, left: b.values}
		}
	}
	coded := b.encoding == plainDictionary || b.encoding == format.RLEDictionary
	if err := c.values.load(w, b.encoding, b.data, b.values, coded); err != nil {
		return c.chunk.malformed(err)
	}
	return nil
}

// validity says which rows of an array have a value.
type validity struct {
	rows, nulls int
	bits        []byte // may be nil where there are no nulls
}

// arrayOf returns the array of buffers behind the validity.
func arrayOf(dt arrow.DataType, mem memory.Allocator, v validity, buffers ...[]byte) arrow.Array {
	return arrays.New(dt, mem, arrays.Validity{Rows: v.rows, Nulls: v.nulls, Bits: v.bits}, buffers...)
}
