package cell

import (
	"encoding/binary"
	"math/big"
	"slices"

	"github.com/apache/arrow/go/v17/arrow/decimal128"
)

// DecimalOf returns a whole number below 2^127 in size. Arrow's own conversions between decimals and big integers take words for 64 bits wide, and lose the rest of
// the number where they are 32; so do its texts of decimals.
func DecimalOf(v *big.Int) decimal128.Num {
	var b [16]byte
	new(big.Int).Abs(v).FillBytes(b[:])
	n := decimal128.New(int64(binary.BigEndian.Uint64(b[:8])), binary.BigEndian.Uint64(b[8:]))
	if v.Sign() < 0 {
		return n.Negate()
	}
	return n
}

// AppendDecimal appends a decimal with scale digits behind the point.
func AppendDecimal(dst []byte, n decimal128.Num, scale int32) []byte {
	if n.Sign() < 0 {
		dst, n = append(dst, '-'), n.Negate()
	}
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(n.HighBits()))
	binary.BigEndian.PutUint64(b[8:], n.LowBits())
	start := len(dst)
	dst = new(big.Int).SetBytes(b[:]).Append(dst, 10)
	for ; scale < 0 && n.Sign() != 0; scale++ {
		dst = append(dst, '0')
	}
	if scale <= 0 {
		return dst
	}
	for len(dst)-start <= int(scale) {
		dst = slices.Insert(dst, start, '0')
	}
	return slices.Insert(dst, len(dst)-int(scale), '.')
}
