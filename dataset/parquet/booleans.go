package parquet

import (
	"errors"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/parquet-go/parquet-go/format"

	"github.com/tidewheel/tidewheel/dataset/internal/arrays"
)

// booleans makes arrays of bits.
type booleans struct {
	codes runs // of values or of a dictionary
	coded bool
	dict  []uint32
	out   []byte
	room  []byte
	dense []byte
}

func (b *booleans) dictionary(_ *worker, data []byte, n int) error {
	if n > len(data)*8 {
		return errors.New("a dictionary of fewer values than it states")
	}
	b.dict = make([]uint32, n)
	unpack(b.dict, data, 0, 1)
	return nil
}

func (b *booleans) load(_ *worker, e format.Encoding, data []byte, n int, coded bool) error {
	b.coded = coded
	switch {
	case coded:
		return dictionaryRuns(&b.codes, data)
	case len(data) == 0: // nothing but nulls
		b.codes.reset(nil, 1)
	case e == format.Plain:
		b.codes = runs{width: 1, packed: data, left: min(n, len(data)*8)}
	case e == format.RLE:
		values, _, err := prefixed(data)
		if err != nil {
			return err
		}
		b.codes.reset(values, 1)
	default:
		return errors.New("encoding " + e.String())
	}
	return nil
}

func (b *booleans) start(s *arrays.Slab, n int, some bool) {
	b.out, b.room = begin(s, b.room, (n+7)/8, some)
	if n > 0 {
		b.out[len(b.out)-1] = 0
	}
}

func (b *booleans) take(w *worker, present int, valid []byte, off, n int) error {
	if present == n {
		return b.fill(w, b.out, off, n)
	}
	b.dense = slices.Grow(b.dense[:0], present/8+1)[:present/8+1]
	if err := b.fill(w, b.dense, 0, present); err != nil {
		return err
	}
	clearBits(b.out, off, n)
	at := 0
	for i := off; i < off+n; i++ {
		if valid[i>>3]>>(i&7)&1 == 1 {
			b.out[i>>3] |= b.dense[at>>3] >> (at & 7) & 1 << (i & 7)
			at++
		}
	}
	return nil
}

// fill decodes the next n values to bits off and on of dst.
func (b *booleans) fill(w *worker, dst []byte, off, n int) error {
	if !b.coded {
		_, err := b.codes.bits(dst, off, n)
		return err
	}
	for n > 0 {
		codes := w.codes[:min(n, len(w.codes))]
		if err := b.codes.take(codes); err != nil {
			return err
		}
		for _, c := range codes {
			if int(c) >= len(b.dict) {
				return errCode
			}
			clearBits(dst, off, 1)
			dst[off>>3] |= byte(b.dict[c]) << (off & 7)
			off++
		}
		n -= len(codes)
	}
	return nil
}

func (b *booleans) skip(_ *worker, present int) error { return b.codes.skip(present) }

func (b *booleans) finish(mem memory.Allocator, v validity, keep []int32) (arrow.Array, error) {
	if keep != nil {
		all := b.out
		b.out = make([]byte, (len(keep)+7)/8)
		for i, r := range keep {
			b.out[i>>3] |= all[r>>3] >> (r & 7) & 1 << (i & 7)
		}
	}
	return arrayOf(arrow.FixedWidthTypes.Boolean, mem, v, b.out), nil
}

func (b *booleans) release() {}
