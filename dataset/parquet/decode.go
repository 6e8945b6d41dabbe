package parquet

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/decimal128"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// raw returns the present values of a page in their physical form, looked up when the page has a dictionary.
func raw[S any](name string, p parquet.Page, of func(encoding.Values) []S) ([]S, error) {
	data := p.Data()
	dict := p.Dictionary()
	if dict == nil {
		return of(data), nil
	}
	values, codes := of(dict.Page().Data()), data.Int32()
	out := make([]S, len(codes))
	for i, c := range codes {
		if c < 0 || int(c) >= len(values) {
			return nil, formatError(name, fmt.Sprintf("dictionary codes below %d", len(values)), "a larger one")
		}
		out[i] = values[c]
	}
	return out, nil
}

// mapped reads physical values and converts each; false refuses the page.
func mapped[S, D any](name, want string, of func(encoding.Values) []S, f func(S) (D, bool)) func(parquet.Page, int) ([]D, error) {
	return func(p parquet.Page, _ int) ([]D, error) {
		src, err := raw(name, p, of)
		if err != nil {
			return nil, err
		}
		out := make([]D, len(src))
		for i, v := range src {
			d, ok := f(v)
			if !ok {
				return nil, formatError(name, want, "another value")
			}
			out[i] = d
		}
		return out, nil
	}
}

// plain reads physical values that are Arrow's already.
func plain[S any](name string, of func(encoding.Values) []S) func(parquet.Page, int) ([]S, error) {
	return func(p parquet.Page, _ int) ([]S, error) { return raw(name, p, of) }
}

func int32s(v encoding.Values) []int32            { return v.Int32() }
func int64s(v encoding.Values) []int64            { return v.Int64() }
func int96s(v encoding.Values) []deprecated.Int96 { return v.Int96() }

// byteArrays cuts a page into its values.
func byteArrays(v encoding.Values) [][]byte {
	data, offsets := v.ByteArray()
	if len(offsets) == 0 {
		return nil
	}
	out := make([][]byte, len(offsets)-1)
	for i := range out {
		out[i] = data[offsets[i]:offsets[i+1]:offsets[i+1]]
	}
	return out
}

func fixedArrays(v encoding.Values) [][]byte {
	data, size := v.FixedLenByteArray()
	if size <= 0 {
		return nil
	}
	out := make([][]byte, len(data)/size)
	for i := range out {
		out[i] = data[i*size : (i+1)*size : (i+1)*size]
	}
	return out
}

func (l leaf) bytes() func(encoding.Values) [][]byte {
	if l.kind == parquet.FixedLenByteArray {
		return fixedArrays
	}
	return byteArrays
}

// values returns the column that appends to b, a builder of the leaf's type or of another encoding of it.
func (l leaf) values(b array.Builder) (valueColumn, error) {
	switch b := b.(type) {
	case *array.BooleanBuilder:
		return &typed[bool]{decode: bits, put: func(v []bool, valid []bool) error { b.AppendValues(v, valid); return nil }}, nil
	case *array.Float32Builder:
		of := func(v encoding.Values) []float32 { return v.Float() }
		return &typed[float32]{decode: plain(l.name, of), put: func(v []float32, valid []bool) error { b.AppendValues(v, valid); return nil }}, nil
	case *array.Float64Builder:
		of := func(v encoding.Values) []float64 { return v.Double() }
		return &typed[float64]{decode: plain(l.name, of), put: func(v []float64, valid []bool) error { b.AppendValues(v, valid); return nil }}, nil
	case *array.TimestampBuilder:
		return &typed[arrow.Timestamp]{
			decode: l.timestamps(),
			put:    func(v []arrow.Timestamp, valid []bool) error { b.AppendValues(v, valid); return nil },
		}, nil
	case *array.Date32Builder:
		return &typed[arrow.Date32]{
			decode: mapped(l.name, "a date", int32s, func(v int32) (arrow.Date32, bool) { return arrow.Date32(v), true }),
			put:    func(v []arrow.Date32, valid []bool) error { b.AppendValues(v, valid); return nil },
		}, nil
	case *array.Decimal128Builder:
		return &typed[decimal128.Num]{
			decode: l.decimals(b.Type().(*arrow.Decimal128Type)),
			put:    func(v []decimal128.Num, valid []bool) error { b.AppendValues(v, valid); return nil },
		}, nil
	default:
		if c := l.integers(b); c != nil {
			return c, nil
		}
		return l.texts(b)
	}
}

// bits unpacks booleans.
func bits(p parquet.Page, present int) ([]bool, error) {
	packed := func(v encoding.Values, n int) []bool {
		data := v.Boolean()
		out := make([]bool, min(n, len(data)*8))
		for i := range out {
			out[i] = data[i/8]>>(i%8)&1 == 1
		}
		return out
	}
	if dict := p.Dictionary(); dict != nil {
		return raw("", p, func(v encoding.Values) []bool { return packed(v, dict.Len()) })
	}
	return packed(p.Data(), present), nil
}

func (l leaf) integers(b array.Builder) valueColumn {
	switch b := b.(type) {
	case *array.Int64Builder:
		return &typed[int64]{decode: plain(l.name, int64s), put: func(v []int64, valid []bool) error { b.AppendValues(v, valid); return nil }}
	case *array.Int32Builder:
		return &typed[int32]{decode: plain(l.name, int32s), put: func(v []int32, valid []bool) error { b.AppendValues(v, valid); return nil }}
	case *array.Uint64Builder:
		of := func(v encoding.Values) []uint64 { return v.Uint64() }
		return &typed[uint64]{decode: plain(l.name, of), put: func(v []uint64, valid []bool) error { b.AppendValues(v, valid); return nil }}
	case *array.Uint32Builder:
		of := func(v encoding.Values) []uint32 { return v.Uint32() }
		return &typed[uint32]{decode: plain(l.name, of), put: func(v []uint32, valid []bool) error { b.AppendValues(v, valid); return nil }}
	case *array.Int16Builder:
		return narrow(l.name, func(v []int16, valid []bool) error { b.AppendValues(v, valid); return nil })
	case *array.Int8Builder:
		return narrow(l.name, func(v []int8, valid []bool) error { b.AppendValues(v, valid); return nil })
	case *array.Uint16Builder:
		return narrow(l.name, func(v []uint16, valid []bool) error { b.AppendValues(v, valid); return nil })
	case *array.Uint8Builder:
		return narrow(l.name, func(v []uint8, valid []bool) error { b.AppendValues(v, valid); return nil })
	default:
		return nil
	}
}

// narrow reads small integers, which Parquet keeps in INT32.
func narrow[D int8 | int16 | uint8 | uint16](name string, put func([]D, []bool) error) valueColumn {
	return &typed[D]{
		decode: mapped(name, "integers within their width", int32s, func(v int32) (D, bool) { return D(v), int32(D(v)) == v }),
		put:    put,
	}
}

func (l leaf) texts(b array.Builder) (valueColumn, error) {
	decode := plain(l.name, l.bytes())
	if l.typ != dataset.Binary {
		decode = mapped(l.name, "UTF-8 text", l.bytes(), func(v []byte) ([]byte, bool) { return v, utf8.Valid(v) })
	}
	t := &typed[[]byte]{decode: decode}
	switch b := b.(type) {
	case *array.BinaryBuilder:
		t.put = func(v [][]byte, valid []bool) error { b.AppendValues(v, valid); return nil }
	case *array.StringBuilder:
		t.put = func(v [][]byte, valid []bool) error { b.BinaryBuilder.AppendValues(v, valid); return nil }
	case *array.LargeStringBuilder:
		t.put = func(v [][]byte, valid []bool) error { b.BinaryBuilder.AppendValues(v, valid); return nil }
	case *array.BinaryDictionaryBuilder:
		t.put = func(v [][]byte, valid []bool) error {
			for i, text := range v {
				if valid != nil && !valid[i] {
					b.AppendNull()
				} else if err := b.AppendString(string(text)); err != nil {
					return err
				}
			}
			return nil
		}
	default:
		return nil, fmt.Errorf("column %q: type %s: %w", l.name, b.Type(), dataset.ErrUnsupported)
	}
	return t, nil
}

func (l leaf) timestamps() func(parquet.Page, int) ([]arrow.Timestamp, error) {
	const want = "timestamps of whole microseconds within range"
	if l.kind == parquet.Int96 {
		return mapped(l.name, want, int96s, func(v deprecated.Int96) (arrow.Timestamp, bool) {
			nanos := int64(uint64(v[1])<<32 | uint64(v[0]))
			days := int64(int32(v[2])) - 2440588 // the Julian day of 1970-01-01
			const limit = math.MaxInt64 / 86_400_000_000
			return arrow.Timestamp(days*86_400_000_000 + nanos/1000), nanos%1000 == 0 && nanos >= 0 && nanos < 86_400_000_000_000 && days > -limit && days < limit
		})
	}
	m := l.micros
	return mapped(l.name, want, int64s, func(v int64) (arrow.Timestamp, bool) {
		if m.over > 1 {
			return arrow.Timestamp(v / m.over), v%m.over == 0
		}
		return arrow.Timestamp(v * m.times), v <= math.MaxInt64/m.times && v >= math.MinInt64/m.times
	})
}

func (l leaf) decimals(t *arrow.Decimal128Type) func(parquet.Page, int) ([]decimal128.Num, error) {
	const want = "decimals within their precision"
	switch l.kind {
	case parquet.Int32:
		return mapped(l.name, want, int32s, func(v int32) (decimal128.Num, bool) {
			n := decimal128.FromI64(int64(v))
			return n, n.FitsInPrecision(t.Precision)
		})
	case parquet.Int64:
		return mapped(l.name, want, int64s, func(v int64) (decimal128.Num, bool) {
			n := decimal128.FromI64(v)
			return n, n.FitsInPrecision(t.Precision)
		})
	default:
		return mapped(l.name, want, l.bytes(), func(v []byte) (decimal128.Num, bool) { return bigEndian(v, t.Precision) })
	}
}

// bigEndian reads a two's complement number.
func bigEndian(v []byte, precision int32) (decimal128.Num, bool) {
	if len(v) > 16 {
		n := new(big.Int).SetBytes(v)
		if v[0]&0x80 != 0 {
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(len(v))*8))
		}
		if n.BitLen() > 127 {
			return decimal128.Num{}, false
		}
		d := cell.DecimalOf(n)
		return d, d.FitsInPrecision(precision)
	}
	var wide [16]byte
	if len(v) > 0 && v[0]&0x80 != 0 {
		for i := range wide {
			wide[i] = 0xff
		}
	}
	copy(wide[16-len(v):], v)
	d := decimal128.New(int64(binary.BigEndian.Uint64(wide[:8])), binary.BigEndian.Uint64(wide[8:]))
	return d, d.FitsInPrecision(precision)
}
