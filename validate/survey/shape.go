package survey

import (
	"unicode"
	"unicode/utf8"
)

const (
	shapeSlots = 256
	shapeBytes = 64
)

// appendShape appends the shape of a text, of which no more than a byte too many is made.
func appendShape(dst []byte, text string) []byte {
	lower, upper := hexadecimal(text)
	for i := 0; i < len(text) && len(dst) <= shapeBytes; {
		c := text[i]
		if c < utf8.RuneSelf {
			dst = append(dst, asciiClass(c, lower, upper))
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		i += size
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(dst, 'Z')
		case unicode.IsLetter(r):
			dst = append(dst, 'L')
		case unicode.IsNumber(r):
			dst = append(dst, 'N')
		default:
			dst = append(dst, 'X')
		}
	}
	return dst
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isLower(c byte) bool { return c >= 'a' && c <= 'z' }
func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

func asciiClass(c byte, lower, upper bool) byte {
	switch {
	case lower && (isLower(c) || isDigit(c)):
		return 'h'
	case upper && (isUpper(c) || isDigit(c)):
		return 'H'
	case isDigit(c):
		return '9'
	case isLower(c):
		return 'a'
	case isUpper(c):
		return 'A'
	default:
		return c
	}
}

// hexadecimal reports whether a text has at least eight digits and letters, some of both, and all letters are a to f, or all A to F.
func hexadecimal(text string) (lower, upper bool) {
	digits, small, large := 0, 0, 0
	for i := range len(text) {
		switch c := text[i]; {
		case isDigit(c):
			digits++
		case c >= 'a' && c <= 'f':
			small++
		case c >= 'A' && c <= 'F':
			large++
		case isLower(c) || isUpper(c) || c >= utf8.RuneSelf:
			return false, false
		}
	}
	if digits == 0 || digits+small+large < 8 {
		return false, false
	}
	return small > 0 && large == 0, large > 0 && small == 0
}
