// Package cell reads and prints single values as text: for the formats that are text, and for package validate, so that a text means the same in a file and in a
// request.
package cell

import (
	"bytes"
	"math"
	"math/big"
	"strconv"
	"time"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow/decimal128"
)

// Text lends b as a string for the length of a call.
func Text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// Trim removes spaces and tabs at both ends.
func Trim(b []byte) []byte { return bytes.Trim(b, " \t") }

// Bool reads true and false as pyarrow writes them and as Python prints them.
func Bool(b []byte) (value, ok bool) {
	switch string(b) {
	case "true", "True", "TRUE":
		return true, true
	case "false", "False", "FALSE":
		return false, true
	default:
		return false, false
	}
}

// IsInteger reports whether b is an optional sign and digits.
func IsInteger(b []byte) bool {
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		b = b[1:]
	}
	return len(b) > 0 && digits(b) == len(b)
}

// digits returns how many digits b starts with.
func digits(b []byte) int {
	n := 0
	for n < len(b) && b[n]-'0' <= 9 {
		n++
	}
	return n
}

// Int reads an integer, also with zeros behind a point, or another number without a fraction that is below 2^53, such as 1e3.
func Int(b []byte) (int64, bool) {
	if n := len(b); n > 0 && n < 19 && digits(b) == n {
		var v int64
		for _, c := range b {
			v = v*10 + int64(c-'0')
		}
		return v, true
	}
	if b = wholePart(b); IsInteger(b) {
		v, err := strconv.ParseInt(Text(b), 10, 64)
		return v, err == nil
	}
	v, ok := Float(b)
	return int64(v), ok && math.Trunc(v) == v && math.Abs(v) < 1<<53 // 2^53 may be 2^53+1, rounded
}

// wholePart returns what stands before a point that only zeros follow, and b where there is none.
func wholePart(b []byte) []byte {
	if at := bytes.IndexByte(b, '.'); at > 0 && len(bytes.Trim(b[at+1:], "0")) == 0 {
		return b[:at]
	}
	return b
}

// Uint reads an integer of 0 or more, as Int does and up to the largest uint64.
func Uint(b []byte) (uint64, bool) {
	if len(b) > 0 && b[0] == '+' {
		b = b[1:]
	}
	if b = wholePart(b); IsInteger(b) && b[0] != '-' {
		v, err := strconv.ParseUint(Text(b), 10, 64)
		return v, err == nil
	}
	v, ok := Int(b)
	return uint64(v), ok && v >= 0
}

// Float reads decimal notation and infinities. Hexadecimal, underscores and numbers out of range are refused.
func Float(b []byte) (float64, bool) {
	for _, c := range b {
		if c == '_' || c == 'x' || c == 'X' || c == 'p' || c == 'P' {
			return 0, false
		}
	}
	v, err := strconv.ParseFloat(Text(b), 64)
	return v, err == nil && !math.IsNaN(v)
}

// fixedDigits reads exactly n digits.
func fixedDigits(b []byte, n int) (int, bool) {
	if len(b) < n || digits(b[:n]) != n {
		return 0, false
	}
	v := 0
	for _, c := range b[:n] {
		v = v*10 + int(c-'0')
	}
	return v, true
}

// Date reads 2006-01-02 as days since the epoch.
func Date(b []byte) (int32, bool) {
	if len(b) != 10 || b[4] != '-' || b[7] != '-' {
		return 0, false
	}
	y, ok1 := fixedDigits(b, 4)
	m, ok2 := fixedDigits(b[5:], 2)
	d, ok3 := fixedDigits(b[8:], 2)
	if !ok1 || !ok2 || !ok3 || m < 1 || m > 12 || d < 1 {
		return 0, false
	}
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	return int32(t.Unix() / 86400), t.Day() == d
}

const (
	dayMicros    = 86400 * 1_000_000
	minuteMicros = 60 * 1_000_000

	// The instants that four digits of a year can write.
	firstMicros = -719528 * dayMicros   // 0000-01-01
	lastMicros  = 2932897*dayMicros - 1 // 9999-12-31
)

// Time reads a date, or a date and a time of day with an optional offset, as microseconds of that clock, or since the epoch when zoned. An offset that leads
// out of the years 0 to 9999 is refused, because the instant could not be written again.
func Time(b []byte) (micros int64, zoned, ok bool) {
	if len(b) < 10 {
		return 0, false, false
	}
	days, ok := Date(b[:10])
	if !ok {
		return 0, false, false
	}
	micros = int64(days) * dayMicros
	if b = b[10:]; len(b) == 0 {
		return micros, false, true
	}
	if b[0] != ' ' && b[0] != 'T' {
		return 0, false, false
	}
	clock, rest, ok := parseClock(b[1:])
	if !ok {
		return 0, false, false
	}
	micros += clock
	if len(rest) == 0 {
		return micros, false, true
	}
	minutes, ok := parseOffset(rest)
	micros -= int64(minutes) * minuteMicros
	return micros, true, ok && micros >= firstMicros && micros <= lastMicros
}

// parseClock reads 15:04, 15:04:05 or 15:04:05.999999 and returns what follows. Digits finer than microseconds must be zero.
func parseClock(b []byte) (micros int64, rest []byte, ok bool) {
	h, ok1 := fixedDigits(b, 2)
	if !ok1 || h > 23 || len(b) < 5 || b[2] != ':' {
		return 0, nil, false
	}
	m, ok2 := fixedDigits(b[3:], 2)
	if !ok2 || m > 59 {
		return 0, nil, false
	}
	micros, b = int64(h*60+m)*minuteMicros, b[5:]
	if len(b) == 0 || b[0] != ':' {
		return micros, b, true
	}
	s, ok3 := fixedDigits(b[1:], 2)
	if !ok3 || s > 59 {
		return 0, nil, false
	}
	micros, b = micros+int64(s)*1_000_000, b[3:]
	if len(b) == 0 || b[0] != '.' {
		return micros, b, true
	}
	n := digits(b[1:])
	unit := int64(100_000)
	for _, c := range b[1 : 1+n] {
		if unit == 0 && c != '0' {
			return 0, nil, false
		}
		micros += int64(c-'0') * unit
		unit /= 10
	}
	return micros, b[1+n:], n > 0
}

// parseOffset reads Z, +01, +0100 or +01:00 in minutes.
func parseOffset(b []byte) (minutes int, ok bool) {
	b = bytes.TrimPrefix(b, []byte(" "))
	if len(b) == 1 && b[0] == 'Z' {
		return 0, true
	}
	if len(b) < 3 || (b[0] != '+' && b[0] != '-') {
		return 0, false
	}
	h, ok1 := fixedDigits(b[1:], 2)
	m, ok2 := 0, true
	if rest := bytes.TrimPrefix(b[3:], []byte(":")); len(rest) > 0 || len(b) > 3 {
		m, ok2 = fixedDigits(rest, 2)
		ok2 = ok2 && len(rest) == 2
	}
	minutes = h*60 + m
	if b[0] == '-' {
		minutes = -minutes
	}
	return minutes, ok1 && ok2 && h < 24 && m < 60
}

// Decimal reads digits with an optional point. Digits behind the scale must be zero.
func Decimal(b []byte, precision, scale int32) (decimal128.Num, bool) {
	var zero decimal128.Num
	sign, body := []byte(nil), b
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		sign, body = b[:1], b[1:]
	}
	whole, fraction, _ := bytes.Cut(body, []byte("."))
	if len(whole)+len(fraction) == 0 || digits(whole) != len(whole) || digits(fraction) != len(fraction) {
		return zero, false
	}
	fraction = bytes.TrimRight(fraction, "0")
	whole = bytes.TrimLeft(whole, "0")
	if len(fraction) > int(scale) || len(whole) > int(precision-scale) {
		return zero, false
	}
	if len(whole)+int(scale) <= 18 { // digits that an int64 has
		v := int64(0)
		for _, c := range whole {
			v = v*10 + int64(c-'0')
		}
		for i := range int(scale) {
			if v *= 10; i < len(fraction) {
				v += int64(fraction[i] - '0')
			}
		}
		if len(sign) > 0 && sign[0] == '-' {
			v = -v
		}
		return decimal128.FromI64(v), true
	}
	text := make([]byte, 0, 48)
	text = append(append(append(append(text, sign...), '0'), whole...), fraction...)
	text = append(text, bytes.Repeat([]byte("0"), int(scale)-len(fraction))...)
	v, ok := new(big.Int).SetString(string(text), 10)
	if !ok {
		return zero, false
	}
	return DecimalOf(v), true
}
