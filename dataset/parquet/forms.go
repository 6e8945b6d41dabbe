package parquet

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/big"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// formed returns the values of a leaf that are neither what their physical type says nor what the column's type is.
func (l leaf) formed(dt arrow.DataType, p physical) (values, error) {
	switch l.form {
	case halfForm:
		return converted(dt, p, spreadBits, halves), nil
	case timeForm:
		refusal := l.tooFine()
		of := func(v int64) (uint64, bool) {
			t, ok := l.micros.of(v)
			return uint64(t), ok
		}
		if l.kind == parquet.Int32 {
			return converted(dt, p, spreadBits, each32(refusal, func(v int32) (uint64, bool) { return of(int64(v)) })), nil
		}
		return converted(dt, p, spreadBits, each64(refusal, of)), nil
	default:
		own := l
		own.form = ownForm
		v, err := own.values(dt, physical{kind: parquet.ByteArray, limit: p.limit})
		return &uuids{values: v, from: p}, err
	}
}

// halves reads FLOAT16.
func halves(dst []uint32, plain []byte) ([]uint32, error) {
	for ; len(plain) >= 2; plain = plain[2:] {
		dst = append(dst, half(binary.LittleEndian.Uint16(plain)))
	}
	return dst, nil
}

// half returns the bits of the float32 that is equal to a half. Arrow's own conversion is wrong below the normal numbers.
func half(h uint16) uint32 {
	sign, exponent, fraction := uint32(h)>>15<<31, uint32(h)>>10&0x1f, uint32(h)&0x3ff
	switch exponent {
	case 0: // a multiple of 2 to the -24
		return sign | math.Float32bits(float32(fraction)*0x1p-24)
	case 0x1f: // an infinity, or NaN with its bits
		return sign | 0xff<<23 | fraction<<13
	default:
		return sign | (exponent+127-15)<<23 | fraction<<13
	}
}

// uuids are values of text that a file has in 16 bytes each.
type uuids struct {
	values
	from physical
}

func (u *uuids) dictionary(w *worker, data []byte, n int) error {
	return u.values.dictionary(w, textsOfUUIDs(data), n)
}

func (u *uuids) load(w *worker, e format.Encoding, data []byte, n int, coded bool) error {
	if coded {
		return u.values.load(w, e, data, n, true)
	}
	plain, err := u.from.plain(w, e, data, n)
	if err != nil {
		return err
	}
	return u.values.load(w, format.Plain, textsOfUUIDs(plain), n, false)
}

// textsOfUUIDs returns UUIDs as texts in the encoding PLAIN: 8, 4, 4, 4 and 12 hexadecimal digits with hyphens between.
func textsOfUUIDs(data []byte) []byte {
	const bytes, digits = 16, 36
	out := make([]byte, 0, len(data)/bytes*(digits+4))
	for ; len(data) >= bytes; data = data[bytes:] {
		out = binary.LittleEndian.AppendUint32(out, digits)
		for i, part := range [][]byte{data[:4], data[4:6], data[6:8], data[8:10], data[10:bytes]} {
			if i > 0 {
				out = append(out, '-')
			}
			out = hex.AppendEncode(out, part)
		}
	}
	return out
}

// tooFine is the error of a time that is no number of microseconds in 64 bits.
func (l leaf) tooFine() error {
	return unsupported(l.name, "times finer than a microsecond or beyond its range")
}

// julian reads a Julian day and the nanoseconds since its midnight, and returns microseconds since 1970.
//
// Spark adds the Julian day of 1970 in microseconds of 64 bits before it divides, so that for a time in the last of their range the sum starts over below zero. The
// same sum, the other way round, gives the time back; one that starts over in any other way is refused.
func julian(b []byte) (int64, bool) {
	const epoch, day = 2440588, 86_400_000_000 // the Julian day of 1970-01-01; microseconds
	nanos, days := int64(binary.LittleEndian.Uint64(b)), int64(int32(binary.LittleEndian.Uint32(b[8:])))-epoch
	switch {
	case nanos%1000 != 0 || nanos >= day*1000 || nanos <= -day*1000:
		return 0, false
	case nanos >= 0 && days > -math.MaxInt64/day && days < math.MaxInt64/day:
		return days*day + nanos/1000, true
	}
	sum := new(big.Int).Mul(big.NewInt(days), big.NewInt(day))
	sum.Add(sum, big.NewInt(nanos/1000))
	if sum.IsInt64() {
		return sum.Int64(), nanos >= 0
	}
	sum.Add(sum, new(big.Int).Lsh(big.NewInt(1), 64))
	return sum.Int64(), sum.IsInt64() && sum.Int64() >= math.MaxInt64-epoch*day
}
