package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/arrays"
)

// overrun is how many bytes are copied at once, of which the next copy overwrites those that are too many.
const overrun = 16

// byteArrays makes arrays of texts or binary values.
type byteArrays[O int32 | int64] struct {
	dt       arrow.DataType
	physical physical
	utf8     bool

	dict  wordList
	codes runs
	coded bool
	rest  []byte // values still to come, in the encoding PLAIN, where there are no codes

	data    []byte // of the current array
	offsets []O
	want    int // bytes that the last array had

	roomData []byte // for data, where only some rows of it are wanted
	room     []O
}

// wordList is a dictionary of byte strings.
type wordList struct {
	data    []byte // with overrun bytes behind the last
	places  []place
	longest int
}

type place struct{ at, n uint32 }

// read takes the values of a dictionary page.
func (d *wordList) read(p physical, data []byte, n int, text bool) error {
	*d = wordList{data: d.data[:0], places: d.places[:0]}
	err := p.cutPlain(data, func(b []byte) error {
		if len(d.places) == n {
			return nil
		}
		d.places = append(d.places, place{uint32(len(d.data)), uint32(len(b))})
		d.data = append(d.data, b...)
		d.longest = max(d.longest, len(b))
		return nil
	})
	if err != nil {
		return err
	}
	if text && !isASCII(d.data) {
		for _, p := range d.places {
			if !utf8.Valid(d.data[p.at : p.at+p.n]) {
				return errUTF8
			}
		}
	}
	if len(d.places) < n {
		return errors.New("a dictionary of fewer values than it states")
	}
	d.data = append(d.data, make([]byte, overrun)...)
	return nil
}

const errUTF8 outside = "UTF-8 text"

func (b *byteArrays[O]) dictionary(_ *worker, data []byte, n int) error {
	return b.dict.read(b.physical, data, n, b.utf8)
}

func (b *byteArrays[O]) load(w *worker, e format.Encoding, data []byte, n int, coded bool) error {
	if b.coded = coded; coded {
		return dictionaryRuns(&b.codes, data)
	}
	var err error
	b.rest, err = b.physical.plain(w, e, data, n)
	return err
}

func (b *byteArrays[O]) start(s *arrays.Slab, n int, some bool) {
	b.offsets, b.room = begin(s, b.room, n+1, some)
	b.offsets[0] = 0
	if some {
		b.data = b.roomData[:0]
	} else {
		b.data = s.Bytes(b.want)[:0]
	}
}

// grow makes room for n more bytes and returns the data up to its capacity.
func (b *byteArrays[O]) grow(n int) []byte {
	if need := len(b.data) + n; need > cap(b.data) {
		grown := arrays.Raw(max(need, cap(b.data)*3/2))[:len(b.data)]
		copy(grown, b.data)
		b.data = grown
	}
	return b.data[:cap(b.data)]
}

func (b *byteArrays[O]) take(w *worker, present int, valid []byte, off, n int) error {
	ends := b.offsets[off+1 : off+1+n]
	start := len(b.data)
	var err error
	if b.coded {
		err = b.takeCoded(w, ends[:present])
	} else if err = b.takePlain(ends[:present]); err == nil && b.utf8 && !validTexts(b.data[start:], ends[:present], O(start)) {
		err = errUTF8
	}
	if err != nil {
		return err
	}
	var o O
	if uint64(len(b.data)) > math.MaxInt32 && any(o) == any(int32(0)) {
		return fmt.Errorf("text of a batch: %w", dataset.ErrLimit)
	}
	if present < n {
		spreadEnds(ends, present, O(start), valid, off)
	}
	return nil
}

// takePlain appends values in the encoding PLAIN and sets where they end.
func (b *byteArrays[O]) takePlain(ends []O) error {
	rest, at, to, len0 := b.rest, 0, len(b.data), len(b.data)
	fixed := -1
	if b.physical.kind != parquet.ByteArray {
		fixed = b.physical.size
	}
	data := b.data[:cap(b.data)]
	for i := range ends {
		n := fixed
		if fixed < 0 {
			if at+4 > len(rest) {
				return io.ErrUnexpectedEOF
			}
			n = int(binary.LittleEndian.Uint32(rest[at:]))
			at += 4
		}
		if n < 0 || n > len(rest)-at {
			return io.ErrUnexpectedEOF
		}
		if to+n+overrun > len(data) {
			b.data = b.data[:to]
			mean := (to-len0+n)/(i+1) + 1
			data = b.grow(n + overrun + min(mean*(len(ends)-i), len(rest)-at))
		}
		if n <= overrun && at+overrun <= len(rest) {
			*(*[overrun]byte)(data[to:]) = *(*[overrun]byte)(rest[at:])
		} else {
			copy(data[to:to+n], rest[at:])
		}
		at += n
		to += n
		ends[i] = O(to)
	}
	b.data, b.rest = data[:to], rest[at:]
	return nil
}

// takeCoded appends values of the dictionary and sets where they end.
func (b *byteArrays[O]) takeCoded(w *worker, ends []O) error {
	for len(ends) > 0 {
		codes := w.codes[:min(len(ends), len(w.codes))]
		if err := b.codes.take(codes); err != nil {
			return err
		}
		ok := false
		if b.dict.longest <= overrun {
			ok = b.takeShort(codes, ends)
		} else {
			ok = b.takeLong(codes, ends)
		}
		if !ok {
			return errCode
		}
		ends = ends[len(codes):]
	}
	return nil
}

// takeShort appends values of at most overrun bytes.
func (b *byteArrays[O]) takeShort(codes []uint32, ends []O) bool {
	data, to := b.grow((len(codes)+1)*overrun), len(b.data)
	ends = ends[:len(codes)]
	words, places := b.dict.data, b.dict.places
	for i, c := range codes {
		if int(c) >= len(places) {
			return false
		}
		p := places[c]
		*(*[overrun]byte)(data[to:]) = *(*[overrun]byte)(words[p.at:])
		to += int(p.n)
		ends[i] = O(to)
	}
	b.data = data[:to]
	return true
}

func (b *byteArrays[O]) takeLong(codes []uint32, ends []O) bool {
	total := 0
	for _, c := range codes {
		if int(c) >= len(b.dict.places) {
			return false
		}
		total += int(b.dict.places[c].n)
	}
	data, to := b.grow(total+overrun), len(b.data)
	words := b.dict.data
	for i, c := range codes {
		p := b.dict.places[c]
		if p.n <= overrun {
			*(*[overrun]byte)(data[to:]) = *(*[overrun]byte)(words[p.at:])
		} else {
			copy(data[to:], words[p.at:p.at+p.n])
		}
		to += int(p.n)
		ends[i] = O(to)
	}
	b.data = data[:to]
	return true
}

func (b *byteArrays[O]) skip(_ *worker, present int) error {
	if b.coded {
		return b.codes.skip(present)
	}
	rest := b.rest
	for range present {
		n := b.physical.size
		if b.physical.kind == parquet.ByteArray {
			if len(rest) < 4 {
				return io.ErrUnexpectedEOF
			}
			n, rest = int(binary.LittleEndian.Uint32(rest)), rest[4:]
		}
		if n < 0 || n > len(rest) {
			return io.ErrUnexpectedEOF
		}
		rest = rest[n:]
	}
	b.rest = rest
	return nil
}

func (b *byteArrays[O]) finish(mem memory.Allocator, v validity, keep []int32) (arrow.Array, error) {
	offsets, data := b.offsets, b.data
	b.offsets, b.data = nil, nil
	if keep != nil {
		b.roomData = data
		offsets, data = keptTexts(offsets, data, keep)
		return arrayOf(b.dt, mem, v, arrow.GetBytes(offsets), data), nil
	}
	b.want = len(data) + len(data)/32 + overrun
	if cap(data)-len(data) > len(data)/4+1024 {
		data = append(make([]byte, 0, len(data)), data...)
	}
	return arrayOf(b.dt, mem, v, arrow.GetBytes(offsets), data), nil
}

// keptTexts returns the texts at the positions of keep.
func keptTexts[O int32 | int64](offsets []O, data []byte, keep []int32) ([]O, []byte) {
	ends, total := make([]O, len(keep)+1), O(0)
	for i, r := range keep {
		total += offsets[r+1] - offsets[r]
		ends[i+1] = total
	}
	out := make([]byte, 0, total)
	for _, r := range keep {
		out = append(out, data[offsets[r]:offsets[r+1]]...)
	}
	return ends, out
}

func (b *byteArrays[O]) release() {}

// spreadEnds moves the ends of present values to the rows that have one; the others end where the row before them does.
func spreadEnds[O int32 | int64](ends []O, present int, start O, valid []byte, off int) {
	for end := len(ends); end > 0 && present < end; {
		n := end % 64
		if n == 0 {
			n = 64
		}
		first := end - n
		bits := word(valid, off+first, n)
		for i := n - 1; i >= 0; i-- {
			if present > 0 {
				ends[first+i] = ends[present-1]
			} else {
				ends[first+i] = start
			}
			present -= int(bits >> i & 1)
		}
		end = first
	}
}

// validTexts reports whether the texts in data, which end at ends less start, are UTF-8.
func validTexts[O int32 | int64](data []byte, ends []O, start O) bool {
	if isASCII(data) {
		return true
	}
	if !utf8.Valid(data) {
		return false
	}
	for _, end := range ends {
		if at := int(end - start); at < len(data) && !utf8.RuneStart(data[at]) {
			return false
		}
	}
	return true
}

func isASCII(b []byte) bool {
	const high = 0x8080808080808080
	for len(b) >= 32 {
		x := binary.LittleEndian.Uint64(b) | binary.LittleEndian.Uint64(b[8:]) | binary.LittleEndian.Uint64(b[16:]) | binary.LittleEndian.Uint64(b[24:])
		if x&high != 0 {
			return false
		}
		b = b[32:]
	}
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
