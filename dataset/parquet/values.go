package parquet

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/big"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/decimal128"
	"github.com/parquet-go/parquet-go"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// column returns the reader of the leaf as arrays of type dt, the leaf's or another encoding of it.
func (l leaf) column(r io.ReaderAt, dt arrow.DataType, o Options) (column, error) {
	v, err := l.values(dt, l.layout(o.MaxPageBytes))
	if err != nil {
		return nil, err
	}
	return &flat{leaf: l, r: r, limit: o.MaxPageBytes, mem: o.Allocator, counts: o.Counters, values: v}, nil
}

func (l leaf) values(dt arrow.DataType, p physical) (values, error) {
	if l.form != ownForm {
		return l.formed(dt, p)
	}
	switch dt := dt.(type) {
	case *arrow.BooleanType:
		return &booleans{}, nil
	case *arrow.Float32Type, *arrow.Int32Type, *arrow.Uint32Type, *arrow.Date32Type:
		return direct[uint32](dt, p), nil
	case *arrow.Float64Type, *arrow.Int64Type, *arrow.Uint64Type:
		return direct[uint64](dt, p), nil
	case *arrow.Int8Type:
		return converted(dt, p, spreadBits, each32(errInteger, func(v int32) (uint8, bool) { return uint8(v), int32(int8(v)) == v })), nil
	case *arrow.Uint8Type:
		return converted(dt, p, spreadBits, each32(errInteger, func(v int32) (uint8, bool) { return uint8(v), int32(uint8(v)) == v })), nil
	case *arrow.Int16Type:
		return converted(dt, p, spreadBits, each32(errInteger, func(v int32) (uint16, bool) { return uint16(v), int32(int16(v)) == v })), nil
	case *arrow.Uint16Type:
		return converted(dt, p, spreadBits, each32(errInteger, func(v int32) (uint16, bool) { return uint16(v), int32(uint16(v)) == v })), nil
	case *arrow.TimestampType:
		return l.timestamps(dt, p), nil
	case *arrow.Decimal128Type:
		return l.decimals(dt, p), nil
	case *arrow.StringType:
		return &byteArrays[int32]{dt: dt, physical: p, utf8: true}, nil
	case *arrow.BinaryType:
		return &byteArrays[int32]{dt: dt, physical: p}, nil
	case *arrow.LargeStringType:
		return &byteArrays[int64]{dt: dt, physical: p, utf8: true}, nil
	case *arrow.DictionaryType:
		return &dictionaries{dt: dt, words: byteArrays[int32]{dt: arrow.BinaryTypes.String, physical: p, utf8: true}}, nil
	default:
		return nil, fmt.Errorf("column %q: type %s: %w", l.name, dt, dataset.ErrUnsupported)
	}
}

// direct is the column of physical values that are Arrow's already.
func direct[D uint32 | uint64](dt arrow.DataType, p physical) values {
	return &fixed[D]{dt: dt, physical: p, spread: spreadBits[D]}
}

func converted[D slot](dt arrow.DataType, p physical, spread func([]D, int, []byte, int), convert func([]D, []byte) ([]D, error)) values {
	return &fixed[D]{dt: dt, physical: p, spread: spread, convert: convert}
}

const (
	errInteger outside = "integers within their width"
	errDecimal outside = "decimals within their precision"
)

// each32 converts the values of INT32; false refuses one.
func each32[D slot](want error, f func(int32) (D, bool)) func([]D, []byte) ([]D, error) {
	return func(dst []D, plain []byte) ([]D, error) {
		for ; len(plain) >= 4; plain = plain[4:] {
			d, ok := f(int32(binary.LittleEndian.Uint32(plain)))
			if !ok {
				return nil, want
			}
			dst = append(dst, d)
		}
		return dst, nil
	}
}

// each64 converts the values of INT64; false refuses one.
func each64[D slot](want error, f func(int64) (D, bool)) func([]D, []byte) ([]D, error) {
	return func(dst []D, plain []byte) ([]D, error) {
		for ; len(plain) >= 8; plain = plain[8:] {
			d, ok := f(int64(binary.LittleEndian.Uint64(plain)))
			if !ok {
				return nil, want
			}
			dst = append(dst, d)
		}
		return dst, nil
	}
}

func (l leaf) timestamps(dt arrow.DataType, p physical) values {
	if l.kind == parquet.Int96 {
		return converted(dt, p, spreadBits, func(dst []uint64, plain []byte) ([]uint64, error) {
			for ; len(plain) >= 12; plain = plain[12:] {
				t, ok := julian(plain)
				if !ok {
					return nil, l.tooFine()
				}
				dst = append(dst, uint64(t))
			}
			return dst, nil
		})
	}
	m := l.micros
	if m == (micros{times: 1, over: 1}) {
		return direct[uint64](dt, p)
	}
	return converted(dt, p, spreadBits, each64(l.tooFine(), func(v int64) (uint64, bool) {
		t, ok := m.of(v)
		return uint64(t), ok
	}))
}

// of returns a timestamp in microseconds, false for one that is finer or beyond their range.
func (m micros) of(v int64) (int64, bool) {
	if m.over > 1 {
		return v / m.over, v%m.over == 0
	}
	return v * m.times, v <= math.MaxInt64/m.times && v >= math.MinInt64/m.times
}

func (l leaf) decimals(dt *arrow.Decimal128Type, p physical) values {
	spread := spreadNums
	of := func(n decimal128.Num) (decimal128.Num, bool) { return n, n.FitsInPrecision(dt.Precision) }
	switch l.kind {
	case parquet.Int32:
		return converted(dt, p, spread, each32(errDecimal, func(v int32) (decimal128.Num, bool) { return of(decimal128.FromI64(int64(v))) }))
	case parquet.Int64:
		return converted(dt, p, spread, each64(errDecimal, func(v int64) (decimal128.Num, bool) { return of(decimal128.FromI64(v)) }))
	default:
		return converted(dt, p, spread, func(dst []decimal128.Num, plain []byte) ([]decimal128.Num, error) {
			err := p.cutPlain(plain, func(b []byte) error {
				n, ok := bigEndian(b, dt.Precision)
				if !ok {
					return errDecimal
				}
				dst = append(dst, n)
				return nil
			})
			return dst, err
		})
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
