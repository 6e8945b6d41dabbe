package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/decimal128"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/tidewheel/tidewheel/dataset/internal/arrays"
)

// slot is the bits of a value of fixed width, whatever they mean.
type slot interface {
	uint8 | uint16 | uint32 | uint64 | decimal128.Num
}

// fixed makes arrays of values of fixed width.
type fixed[D slot] struct {
	dt       arrow.DataType
	physical physical
	convert  func(dst []D, plain []byte) ([]D, error) // appends the values of the encoding PLAIN; nil where they are D's bytes
	spread   func(dst []D, present int, valid []byte, off int)

	dict  []D
	codes runs
	coded bool
	rest  []byte // values still to come, as D's bytes, where there are no codes
	dense []D
	out   []D
	room  []D // for out, where only some rows of it are wanted
}

func (f *fixed[D]) dictionary(_ *worker, data []byte, n int) error {
	f.dict = f.dict[:0]
	var err error
	if f.convert != nil {
		f.dict, err = f.convert(f.dict, data)
	} else {
		var one D
		k := min(n, len(data)/int(unsafe.Sizeof(one)))
		if cap(f.dict) < k {
			f.dict = arrays.Values[D](nil, k)
		}
		f.dict = f.dict[:k]
		copy(arrow.GetBytes(f.dict), data)
	}
	if err == nil && len(f.dict) < n {
		err = errors.New("a dictionary of fewer values than it states")
	}
	return err
}

func (f *fixed[D]) load(w *worker, e format.Encoding, data []byte, n int, coded bool) error {
	if f.coded = coded; coded {
		f.rest = nil
		return dictionaryRuns(&f.codes, data)
	}
	plain, err := f.physical.plain(w, e, data, n)
	if err != nil || f.convert == nil {
		f.rest = plain
		return err
	}
	if f.dense, err = f.convert(f.dense[:0], plain); err != nil {
		return err
	}
	f.rest = arrow.GetBytes(f.dense)
	return nil
}

func (f *fixed[D]) start(s *arrays.Slab, n int, some bool) {
	f.out, f.room = begin(s, f.room, n, some)
}

// begin returns n values of any bits, of the slab, or which are room when only some of them are wanted, and room for the next time.
func begin[D arrow.FixedWidthType](s *arrays.Slab, room []D, n int, some bool) (out, newRoom []D) {
	if !some {
		return arrays.Values[D](s, n), room
	}
	if cap(room) < n {
		room = arrays.Values[D](nil, n)
	}
	return room[:n], room
}

// kept returns the values at the positions of keep, all of them for nil.
func kept[D any](values []D, keep []int32) []D {
	if keep == nil {
		return values
	}
	out := make([]D, len(keep))
	for i, r := range keep {
		out[i] = values[r]
	}
	return out
}

func (f *fixed[D]) take(w *worker, present int, valid []byte, off, n int) error {
	dst := f.out[off : off+n]
	if err := f.fill(w, dst[:present]); err != nil {
		return err
	}
	if present < n {
		f.spread(dst, present, valid, off)
	}
	return nil
}

func (f *fixed[D]) fill(w *worker, dst []D) error {
	if !f.coded {
		if len(dst) == 0 {
			return nil
		}
		b := arrow.GetBytes(dst)
		if len(b) > len(f.rest) {
			return errors.New("fewer values than rows that have one")
		}
		copy(b, f.rest)
		f.rest = f.rest[len(b):]
		return nil
	}
	for len(dst) > 0 {
		codes := w.codes[:min(len(dst), len(w.codes))]
		if err := f.codes.take(codes); err != nil {
			return err
		}
		if !gather(dst[:len(codes)], f.dict, codes) {
			return errCode
		}
		dst = dst[len(codes):]
	}
	return nil
}

var errCode = errors.New("a code outside the dictionary")

// gather looks codes up and reports whether all of them are in the dictionary.
func gather[D slot](dst, dict []D, codes []uint32) bool {
	dst = dst[:len(codes)]
	for i, c := range codes {
		if int(c) >= len(dict) {
			return false
		}
		dst[i] = dict[c]
	}
	return true
}

func (f *fixed[D]) skip(_ *worker, present int) error {
	if f.coded {
		return f.codes.skip(present)
	}
	var one D
	size := present * int(unsafe.Sizeof(one))
	if size > len(f.rest) {
		return errors.New("fewer values than rows that have one")
	}
	f.rest = f.rest[size:]
	return nil
}

func (f *fixed[D]) finish(mem memory.Allocator, v validity, keep []int32) (arrow.Array, error) {
	out := kept(f.out, keep)
	f.out = nil
	return arrayOf(f.dt, mem, v, arrow.GetBytes(out)), nil
}

func (f *fixed[D]) release() {}

// spreadBits moves the values at the start of dst to the rows that have one, the bits of valid from off on, and sets the others to 0.
func spreadBits[D uint8 | uint16 | uint32 | uint64](dst []D, present int, valid []byte, off int) {
	for end := len(dst); end > 0 && present < end; {
		n := end % 64
		if n == 0 {
			n = 64
		}
		start := end - n
		bits := word(valid, off+start, n)
		switch bits {
		case 0:
			clear(dst[start:end])
		case 1<<n - 1:
			copy(dst[start:end], dst[present-n:present])
			present -= n
		default:
			for i := n - 1; i >= 0; i-- {
				bit := bits >> i & 1
				present -= int(bit)
				dst[start+i] = dst[present] & -D(bit)
			}
		}
		end = start
	}
}

// spreadNums is spreadBits for decimals.
func spreadNums(dst []decimal128.Num, present int, valid []byte, off int) {
	for i := len(dst) - 1; i >= 0 && present <= i; i-- {
		if at := off + i; valid[at>>3]>>(at&7)&1 == 1 {
			present--
			dst[i] = dst[present]
		} else {
			dst[i] = decimal128.Num{}
		}
	}
}

// physical is how values are in pages.
type physical struct {
	kind  parquet.Kind
	size  int // of a value of fixed width
	limit int64
}

func (l leaf) layout(limit int64) physical {
	p := physical{kind: l.kind, limit: limit}
	switch l.kind {
	case parquet.Int32, parquet.Float:
		p.size = 4
	case parquet.Int64, parquet.Double:
		p.size = 8
	case parquet.Int96:
		p.size = 12
	case parquet.FixedLenByteArray:
		p.size = l.size
	case parquet.Boolean, parquet.ByteArray:
	}
	return p
}

// plain returns the values of a page in the encoding PLAIN, whatever theirs is. There are at most n.
func (p physical) plain(w *worker, e format.Encoding, data []byte, n int) ([]byte, error) {
	if p.size > 0 {
		n = min(n, int(p.limit)/p.size)
	}
	switch {
	case e == format.Plain:
		return data, nil
	case e == format.ByteStreamSplit && p.size > 0:
		var err error
		w.dense, err = joined(w.dense, data, p.size)
		return append([]byte(nil), w.dense...), err
	case e == format.DeltaBinaryPacked && p.kind == parquet.Int32:
		out, _, err := deltas[int32](nil, data, n)
		return arrow.GetBytes(out), err
	case e == format.DeltaBinaryPacked && p.kind == parquet.Int64:
		out, _, err := deltas[int64](nil, data, n)
		return arrow.GetBytes(out), err
	case p.kind == parquet.ByteArray || p.kind == parquet.FixedLenByteArray:
		if len(data) == 0 {
			return nil, nil
		}
		var t texts
		var err error
		switch e {
		case format.DeltaLengthByteArray:
			t, err = deltaTexts(data, n)
		case format.DeltaByteArray:
			t, err = prefixTexts(data, n, p.limit)
		default:
			return nil, fmt.Errorf("encoding %s", e)
		}
		if err != nil {
			return nil, err
		}
		return p.join(t)
	default:
		return nil, fmt.Errorf("encoding %s", e)
	}
}

// join returns texts in the encoding PLAIN.
func (p physical) join(t texts) ([]byte, error) {
	start := uint32(0)
	if p.kind == parquet.FixedLenByteArray {
		for _, end := range t.ends {
			if int(end-start) != p.size {
				return nil, fmt.Errorf("values of %d bytes where the column has %d", end-start, p.size)
			}
			start = end
		}
		return t.data[:start], nil
	}
	out := make([]byte, 0, len(t.data)+4*len(t.ends))
	for _, end := range t.ends {
		out = binary.LittleEndian.AppendUint32(out, end-start)
		out = append(out, t.data[start:end]...)
		start = end
	}
	return out, nil
}

// cutPlain calls f with each of the byte arrays of the encoding PLAIN.
func (p physical) cutPlain(plain []byte, f func([]byte) error) error {
	for len(plain) > 0 {
		n := p.size
		if p.kind == parquet.ByteArray {
			if len(plain) < 4 {
				return io.ErrUnexpectedEOF
			}
			n, plain = int(binary.LittleEndian.Uint32(plain)), plain[4:]
		}
		if n > len(plain) || (p.kind != parquet.ByteArray && n == 0) {
			return io.ErrUnexpectedEOF
		}
		if err := f(plain[:n:n]); err != nil {
			return err
		}
		plain = plain[n:]
	}
	return nil
}
