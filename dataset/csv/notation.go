package csv

import "bytes"

// notation is how numbers are written where that is not as in Go; nil is as in Go.
type notation struct {
	comma     bool // the decimal point is a comma
	thousands byte // between groups of three digits of the whole part; 0 is nothing
}

func newNotation(comma bool, thousands byte) *notation {
	if !comma && thousands == 0 {
		return nil
	}
	return &notation{comma: comma, thousands: thousands}
}

// plain appends the number b as Go writes it to dst. It reports false where a separator stands in another place than between groups of three, and for a decimal point
// of the other kind; what is no number at all stays none.
func (n *notation) plain(dst, b []byte) ([]byte, bool) {
	point := byte('.')
	if n.comma {
		point = ','
	}
	whole, rest := b, []byte(nil)
	if i := bytes.IndexByte(b, point); i >= 0 {
		whole, rest = b[:i], b[i+1:]
	}
	from := len(dst)
	group, groups := 0, 0 // digits since the last separator, separators
	for i, c := range whole {
		switch {
		case c == n.thousands && c != 0:
			if groups > 0 && group != 3 || groups == 0 && (group < 1 || group > 3) {
				return dst, false
			}
			group, groups = 0, groups+1
			continue
		case c == ',' || c == '.':
			return dst, false
		case c >= '0' && c <= '9':
			group++
		case groups > 0 || i > 0 && n.thousands != 0 && c != 'e' && c != 'E' && c != '-' && c != '+' && group > 3:
			return dst, false
		}
		dst = append(dst, c)
	}
	if groups > 0 && group != 3 {
		return dst, false
	}
	if len(whole) < len(b) {
		if len(dst) == from && len(rest) == 0 || bytes.IndexByte(rest, ',') >= 0 {
			return dst, false
		}
		dst = append(append(dst, '.'), rest...)
	}
	return dst, true
}
