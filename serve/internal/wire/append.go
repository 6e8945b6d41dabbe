package wire

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// AppendNumber appends v as the shortest decimal that reads back as v, and null when v is not finite.
func AppendNumber(b []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(b, "null"...)
	}
	if a := math.Abs(v); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.AppendFloat(b, v, 'e', -1, 64)
	}
	return strconv.AppendFloat(b, v, 'f', -1, 64)
}

// AppendNumbers appends an array of numbers.
func AppendNumbers(b []byte, v []float64) []byte {
	b = append(b, '[')
	for i, x := range v {
		if i > 0 {
			b = append(b, ',')
		}
		b = AppendNumber(b, x)
	}
	return append(b, ']')
}

// AppendText appends s as a JSON text. Bytes that are no UTF-8 become U+FFFD.
func AppendText(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for _, v := range s {
		switch {
		case v == '"' || v == '\\':
			b = append(b, '\\', byte(v))
		case v < ' ' || v == 0x7f || v == '<' || v == '>' || v == '&':
			b = append(b, '\\', 'u', '0', '0', hex[v>>4], hex[v&15])
		default:
			b = utf8.AppendRune(b, v)
		}
	}
	return append(b, '"')
}
