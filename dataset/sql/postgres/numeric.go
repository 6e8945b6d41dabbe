package postgres

import (
	"encoding/binary"
	"math"
	"math/big"
	"math/bits"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/decimal128"

	"github.com/tidewheel/tidewheel/internal/cell"
)

const (
	notANumber   = "NaN"
	tooManyDigit = "a number of more digits"

	signNegative = 0x4000
	signNaN      = 0xc000
	signInfinite = 0xd000 // and 0xf000

	groupDigits = 4 // decimal digits of a digit of numeric
	fastGroups  = 4 // 16 decimal digits, which 64 bits hold
)

// numeric is a value of the server's numeric: groups of four decimal digits, the first of which counts 10,000 to the power of weight.
type numeric struct {
	groups   []byte // two bytes each
	weight   int
	negative bool
}

// read reads the binary form, which it keeps. It returns what the value is when it is no finite number.
func (n *numeric) read(v []byte) string {
	if len(v) < 8 {
		return malformed
	}
	count := int(binary.BigEndian.Uint16(v))
	n.weight = int(int16(binary.BigEndian.Uint16(v[2:])))
	sign := binary.BigEndian.Uint16(v[4:])
	n.groups = v[8:]
	if len(n.groups) != 2*count {
		return malformed
	}
	switch {
	case sign == signNaN:
		return notANumber
	case sign >= signInfinite:
		return "an infinity"
	}
	n.negative = sign == signNegative
	return ""
}

// exponent is the power of ten of the last digit of the last group.
func (n *numeric) exponent() int { return groupDigits * (n.weight - (len(n.groups)/2 - 1)) }

// small returns the digits as a number, false when there are more than 64 bits hold.
func (n *numeric) small() (uint64, bool) {
	if len(n.groups) > 2*fastGroups {
		return 0, false
	}
	var m uint64
	for i := 0; i+1 < len(n.groups); i += 2 {
		m = m*10_000 + uint64(n.groups[i])<<8 + uint64(n.groups[i+1])
	}
	return m, true
}

// big returns the digits as a number.
func (n *numeric) big() *big.Int {
	m, group := new(big.Int), new(big.Int)
	for i := 0; i+1 < len(n.groups); i += 2 {
		m.Mul(m, group.SetInt64(10_000))
		m.Add(m, group.SetInt64(int64(n.groups[i])<<8+int64(n.groups[i+1])))
	}
	return m
}

// int64 returns a whole number.
func (n *numeric) int64() (int64, bool) {
	d, ok := n.decimal(0, 38)
	v := int64(d.LowBits())
	return v, ok && d.HighBits() == v>>63
}

// append appends the number as digits and an exponent.
func (n *numeric) append(dst []byte) []byte {
	if n.negative {
		dst = append(dst, '-')
	}
	dst = n.big().Append(dst, 10)
	dst = append(dst, 'e')
	return big.NewInt(int64(n.exponent())).Append(dst, 10)
}

// powers returns 10^i for i up to 18.
func powers() [19]uint64 {
	var p [19]uint64
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}

// decimal returns the number times 10^scale, exactly. It reports false when that is not whole or has more digits than precision.
func (n *numeric) decimal(scale, precision int32) (decimal128.Num, bool) {
	e := n.exponent() + int(scale)
	if len(n.groups) == 0 {
		return decimal128.Num{}, true
	}
	if e > 38+groupDigits || e < -1<<17 {
		return decimal128.Num{}, false
	}
	m := n.big()
	ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(e, -e))), nil)
	if e >= 0 {
		m.Mul(m, ten)
	} else {
		var rest big.Int
		if m.QuoRem(m, ten, &rest); rest.Sign() != 0 {
			return decimal128.Num{}, false
		}
	}
	if m.Cmp(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(precision)), nil)) >= 0 {
		return decimal128.Num{}, false
	}
	if n.negative {
		m.Neg(m)
	}
	return cell.DecimalOf(m), true
}

// putDecimal reads numerics and integers.
func putDecimal(f form, b *array.Decimal128Builder) put {
	dt := b.Type().(*arrow.Decimal128Type)
	if read := integer(f); read != nil {
		return func(v []byte) string {
			x, ok := read(v)
			m := big.NewInt(x)
			m.Mul(m, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(dt.Scale)), nil))
			if !ok || m.CmpAbs(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(dt.Precision)), nil)) >= 0 {
				return tooManyDigit
			}
			b.Append(cell.DecimalOf(m))
			return ""
		}
	}
	if f != formNumeric {
		return nil
	}
	tens := powers()
	limit := uint64(math.MaxUint64) // a number below it has no more digits than the precision
	if int(dt.Precision) < len(tens) {
		limit = tens[dt.Precision] - 1
	}
	var n numeric
	return func(v []byte) string {
		if bad := n.read(v); bad != "" {
			return bad
		}
		if m, ok := n.small(); ok {
			e := n.exponent() + int(dt.Scale)
			hi := uint64(0)
			switch {
			case e >= 0 && e < len(tens):
				hi, m = bits.Mul64(m, tens[e])
			case e < 0 && -e < len(tens) && m%tens[-e] == 0:
				m /= tens[-e]
			default:
				hi = 1
			}
			if hi == 0 && m <= limit {
				d := decimal128.New(0, m)
				if n.negative {
					d = d.Negate()
				}
				b.Append(d)
				return ""
			}
		}
		d, ok := n.decimal(dt.Scale, dt.Precision)
		if !ok {
			return tooManyDigit
		}
		b.Append(d)
		return ""
	}
}
