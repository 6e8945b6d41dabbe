package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
)

// mended returns a file whose footer has a value for each of its keys, and its size; false when nothing is to be mended. The format lets a key stand alone, the
// library does not.
func mended(r io.ReaderAt, size int64) (io.ReaderAt, int64, bool) {
	var tail [8]byte
	if _, err := r.ReadAt(tail[:], size-8); err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, false
	}
	length := int64(binary.LittleEndian.Uint32(tail[:]))
	footer := make([]byte, length)
	start := size - 8 - length
	if start < 0 {
		return nil, 0, false
	}
	if _, err := r.ReadAt(footer, start); err != nil {
		return nil, 0, false
	}
	m := mender{src: footer}
	if m.record(fileRecord, 0) != nil || len(m.keys) == 0 {
		return nil, 0, false
	}
	var out []byte
	from := 0
	for _, at := range m.keys {
		out = append(append(out, footer[from:at]...), 0x18, 0) // field 2, of no bytes
		from = at
	}
	out = append(out, footer[from:]...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(out)))
	out = append(out, "PAR1"...)
	return patched{r, start, bytes.NewReader(out)}, start + int64(len(out)), true
}

// patched is a file with other bytes from an offset on.
type patched struct {
	io.ReaderAt
	at   int64
	rest *bytes.Reader
}

// ReadAt implements io.ReaderAt.
func (p patched) ReadAt(b []byte, off int64) (int, error) {
	if off >= p.at {
		return p.rest.ReadAt(b, off-p.at)
	}
	head := b[:min(int64(len(b)), p.at-off)]
	n, err := p.ReaderAt.ReadAt(head, off)
	if err != nil && n < len(head) || len(head) == len(b) {
		return n, err
	}
	k, err := p.rest.ReadAt(b[n:], 0)
	return n + k, err
}

// record is a kind of struct in a footer that has keys or is on the way to them.
type record uint8

const (
	otherRecord record = iota
	fileRecord
	groupRecord
	chunkRecord
	columnRecord
	keyRecord
)

// below returns what the field of a record holds.
func (r record) below(field int64) record {
	switch {
	case r == fileRecord && field == 4:
		return groupRecord
	case r == fileRecord && field == 5, r == columnRecord && field == 8:
		return keyRecord
	case r == groupRecord && field == 1:
		return chunkRecord
	case r == chunkRecord && field == 3:
		return columnRecord
	default:
		return otherRecord
	}
}

// mender walks over a footer in Thrift's compact protocol.
// Source: Apache Thrift, thrift-compact-protocol.md; Apache Parquet, parquet.thrift.
type mender struct {
	src  []byte
	at   int
	keys []int // where the structs end that have a key and no value
}

// Types of the compact protocol.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI16    = 4
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12
)

func (m *mender) byte() (byte, error) {
	if m.at >= len(m.src) {
		return 0, io.ErrUnexpectedEOF
	}
	m.at++
	return m.src[m.at-1], nil
}

func (m *mender) uvarint() (uint64, error) {
	v, k := binary.Uvarint(m.src[m.at:])
	if k <= 0 {
		return 0, io.ErrUnexpectedEOF
	}
	m.at += k
	return v, nil
}

func (m *mender) skip(n uint64) error {
	if n > uint64(len(m.src)-m.at) {
		return io.ErrUnexpectedEOF
	}
	m.at += int(n)
	return nil
}

func (m *mender) record(r record, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("footer nested deeper than %d: %w", maxDepth, dataset.ErrLimit)
	}
	id, seen := int64(0), []int64{}
	for {
		b, err := m.byte()
		if err != nil {
			return err
		}
		if b == 0 {
			if r == keyRecord && slices.Equal(seen, []int64{1}) {
				m.keys = append(m.keys, m.at-1)
			}
			return nil
		}
		if delta := int64(b >> 4); delta > 0 {
			id += delta
		} else {
			v, k := binary.Varint(m.src[m.at:])
			if k <= 0 {
				return io.ErrUnexpectedEOF
			}
			m.at += k
			id = v
		}
		if r == keyRecord && len(seen) < 3 {
			seen = append(seen, id)
		}
		if kind := b & 15; kind != thriftTrue && kind != thriftFalse {
			if err := m.value(kind, r.below(id), depth); err != nil {
				return err
			}
		}
	}
}

// value passes over a value that is not a boolean field.
func (m *mender) value(kind byte, r record, depth int) error {
	switch kind {
	case thriftTrue, thriftFalse, thriftByte:
		return m.skip(1)
	case thriftDouble:
		return m.skip(8)
	case thriftBinary:
		n, err := m.uvarint()
		if err != nil {
			return err
		}
		return m.skip(n)
	case thriftList, thriftSet:
		b, err := m.byte()
		if err != nil {
			return err
		}
		n := uint64(b >> 4)
		if n == 15 {
			if n, err = m.uvarint(); err != nil {
				return err
			}
		}
		for range n {
			if err := m.value(b&15, r, depth+1); err != nil {
				return err
			}
		}
		return nil
	case thriftStruct:
		return m.record(r, depth+1)
	case thriftMap: // which a footer has none of
		return errors.New("a map")
	default:
		if kind < thriftI16 || kind > thriftI64 {
			return errors.New("an unknown type")
		}
		_, err := m.uvarint()
		return err
	}
}
