package parquet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/tidewheel/tidewheel/dataset"
)

// leafReader reads the entries of a leaf of a nested column: its levels, and an array of the values and nulls that stand in structs and lists.
type leafReader struct {
	node   *node
	r      io.ReaderAt
	limit  int64
	mem    memory.Allocator
	counts *Counters
	values values

	chunk chunk
	left  int64  // entries of the chunk behind the page
	buf   []byte // of the page

	pageRep, pageDef []uint8 // levels of the page
	at               int     // the next entry of the page

	rep, def []uint8 // levels of the batch
	valid    []byte
	array    arrow.Array // of the batch
}

func (r *leafReader) begin(f *parquet.File, group int) (err error) {
	chunks := f.Metadata().RowGroups[group].Columns
	if r.node.leaf.index >= len(chunks) {
		return formatError(r.node.path(), "a column chunk in every row group", "none")
	}
	md := &chunks[r.node.leaf.index].MetaData
	r.pageRep, r.pageDef, r.at, r.left = nil, nil, 0, md.NumValues
	r.chunk, err = newChunk(r.r, md, r.node.path(), r.limit)
	return err
}

// read reads the entries of n rows and returns the array of their values.
func (r *leafReader) read(w *worker, n int) (arrow.Array, error) {
	r.rep, r.def = r.rep[:0], r.def[:0]
	var parts []arrow.Array
	defer func() { release(parts) }()
	for rows := 0; ; {
		if r.at == len(r.pageDef) {
			err := r.next(w)
			if errors.Is(err, io.EOF) && rows == n {
				break
			}
			if errors.Is(err, io.EOF) {
				return nil, formatError(r.node.path(), "as many rows as the row group", "fewer")
			}
			if err != nil {
				return nil, err
			}
			continue
		}
		if rows == 0 && r.pageRep[r.at] != 0 {
			return nil, formatError(r.node.path(), "a row that starts with repetition level 0", "another level")
		}
		k, started := wholeRows(r.pageRep[r.at:], n-rows)
		if k == 0 {
			break
		}
		rows += started
		if most := min(r.limit, math.MaxInt32); int64(len(r.def)+k) > most {
			return nil, fmt.Errorf("column %q: a batch of more than %d values, want fewer rows: %w", r.node.path(), most, dataset.ErrLimit)
		}
		a, err := r.take(w, k)
		if err != nil {
			return nil, err
		}
		parts = append(parts, a)
	}
	if r.at == len(r.pageDef) {
		r.buf = w.giveBack(r.buf)
	}
	if len(parts) == 0 {
		return r.take(w, 0)
	}
	if len(parts) == 1 {
		a := parts[0]
		parts = nil
		return a, nil
	}
	a, err := array.Concatenate(parts, r.mem)
	if err != nil { // offsets of more than 32 bits
		return nil, fmt.Errorf("column %q: a batch of more than 2 GiB of text, want fewer rows: %w", r.node.path(), dataset.ErrLimit)
	}
	return a, nil
}

// pass passes over n rows.
func (r *leafReader) pass(w *worker, n int) error {
	for rows := 0; ; {
		if r.at == len(r.pageDef) {
			err := r.next(w)
			if errors.Is(err, io.EOF) && rows == n {
				return nil
			}
			if errors.Is(err, io.EOF) {
				return formatError(r.node.path(), "as many rows as the row group", "fewer")
			}
			if err != nil {
				return err
			}
			continue
		}
		k, started := wholeRows(r.pageRep[r.at:], n-rows)
		if k == 0 {
			return nil
		}
		rows += started
		present := bytes.Count(r.pageDef[r.at:r.at+k], []byte{uint8(r.node.def)})
		if err := r.values.skip(w, present); err != nil {
			return r.chunk.malformed(err)
		}
		r.at += k
	}
}

// wholeRows returns how many entries there are before the start of row n+1, and how many rows start among them.
func wholeRows(rep []uint8, n int) (entries, rows int) {
	if all := bytes.Count(rep, []byte{0}); all <= n {
		return len(rep), all
	}
	for i, level := range rep {
		if level == 0 {
			if rows == n {
				return i, rows
			}
			rows++
		}
	}
	return len(rep), rows
}

// take reads the next k entries of the page.
func (r *leafReader) take(w *worker, k int) (arrow.Array, error) {
	rep, def := r.pageRep[r.at:r.at+k], r.pageDef[r.at:r.at+k]
	r.at += k
	r.rep, r.def = append(r.rep, rep...), append(r.def, def...)
	r.valid = append(r.valid[:0], make([]byte, (k+7)/8)...)
	slots, present := 0, 0
	for _, level := range def {
		slot, value := one(int(level) >= r.node.exists), one(int(level) >= r.node.def)
		r.valid[slots>>3] |= byte(value << (slots & 7))
		slots += slot
		present += value
	}
	r.values.start(nil, slots, false)
	if err := r.values.take(w, present, r.valid, 0, slots); err != nil {
		return nil, r.chunk.malformed(err)
	}
	a, err := r.values.finish(r.mem, validity{rows: slots, nulls: slots - present, bits: bytes.Clone(r.valid[:(slots+7)/8])}, nil)
	if err != nil {
		return nil, r.chunk.malformed(err)
	}
	return a, nil
}

// one is 1 for true, without a jump where the levels decide.
func one(b bool) int {
	n := 0
	if b {
		n = 1
	}
	return n
}

// next goes to the next data page that has entries, io.EOF behind the last.
func (r *leafReader) next(w *worker) error {
	r.at, r.pageRep, r.pageDef = 0, r.pageRep[:0], r.pageDef[:0]
	for len(r.pageDef) == 0 {
		if r.left <= 0 {
			return io.EOF
		}
		p, err := r.chunk.next(w, func(h *format.PageHeader) bool { return h.Type != format.IndexPage })
		if err != nil {
			return err
		}
		if p.body == nil {
			continue
		}
		var data []byte
		if data, r.buf, err = r.chunk.open(w, &p, w.take(r.buf)); err != nil {
			return err
		}
		switch p.Type {
		case format.DictionaryPage:
			err = r.values.dictionary(w, data, int(p.DictionaryPageHeader.V.NumValues))
		case format.DataPage, format.DataPageV2:
			r.counts.pages(1, 0)
			err = r.load(w, &p, data)
		default:
			err = errors.New("a page of an unknown type")
		}
		if err != nil {
			return r.chunk.malformed(err)
		}
	}
	return nil
}

// load starts reading a data page.
func (r *leafReader) load(w *worker, p *page, data []byte) (err error) {
	b, err := r.chunk.cut(p, data, r.node.rep, r.node.def)
	if err != nil {
		return err
	}
	r.left -= int64(b.values)
	r.pageRep = append(r.pageRep, make([]uint8, b.values)...)
	r.pageDef = append(r.pageDef, make([]uint8, b.values)...)
	packed := p.Type == format.DataPage && p.DataPageHeader.V.RepetitionLevelEncoding == format.BitPacked
	if err := readLevels(w, r.pageRep, b.repetition, packed, r.node.rep); err != nil {
		return err
	}
	if p.Type == format.DataPageV2 && len(b.definition) == 0 && p.DataPageHeaderV2.V.NumNulls == 0 && r.node.rep == 0 { // every row has a value
		copy(r.pageDef, bytes.Repeat([]byte{uint8(r.node.def)}, b.values))
	} else if err := readLevels(w, r.pageDef, b.definition, b.packed, r.node.def); err != nil {
		return err
	}
	coded := b.encoding == plainDictionary || b.encoding == format.RLEDictionary
	return r.values.load(w, b.encoding, b.data, b.values, coded)
}

// readLevels sets levels to those in data, of which the largest may be most. Packed ones are in the encoding BIT_PACKED.
func readLevels(w *worker, levels []uint8, data []byte, packed bool, most int) error {
	if most == 0 {
		return nil
	}
	width := bitLen(most)
	if packed {
		for i := range levels { // there are as many bits as levels
			for b := i * width; b < (i+1)*width; b++ {
				levels[i] = levels[i]<<1 | data[b/8]>>(7-b%8)&1
			}
		}
	} else {
		var r runs
		r.reset(data, uint(width))
		for out := levels; len(out) > 0; {
			codes := w.codes[:min(len(out), len(w.codes))]
			if err := r.take(codes); err != nil {
				return err
			}
			for i, c := range codes {
				out[i] = uint8(min(c, math.MaxUint8))
			}
			out = out[len(codes):]
		}
	}
	for _, level := range levels {
		if int(level) > most {
			return errors.New("levels beyond those of the column")
		}
	}
	return nil
}
