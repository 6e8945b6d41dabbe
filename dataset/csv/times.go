package csv

const (
	dayMicros = 86400 * 1_000_000
	dashes    = 0x2d30302d30303030 // 0000-00-
	colons    = 0x30303a30303a3030 // 00:00:00
)

// times reads dates and times.
func (c *column) times(b *block, v *vector) int {
	text, spans, out := b.buf, b.spans, v.integers[:b.rows]
	i, width := c.from, b.width
	var last uint64 // the first 8 bytes of the day that was read last, of which first is the last day of the month before
	var first, length int64
	for r := range out {
		s := spans[i]
		i += width
		if n := s.to - s.from; n == 10 && c.kind != kindZoned || n == 19 && c.kind == kindNaive || n == 20 && c.kind == kindZoned {
			w := word(text[s.from:])
			if w != last {
				first, length = month(w)
				last = w
			}
			t := text[s.from+8 : s.from+28]
			day := int64(t[0]-'0')*10 + int64(t[1]-'0')
			ok := length > 0 && t[0]-'0' <= 9 && t[1]-'0' <= 9 && day >= 1 && day <= length
			days := first + day
			if n == 10 {
				if c.kind == kindNaive {
					days *= dayMicros
				}
				if out[r] = days; ok {
					continue
				}
			} else if clock, valid := timeOfDay(word(t[3:])); ok && valid && (t[2] == 'T' || t[2] == ' ') && (n == 19 || t[11] == 'Z') {
				out[r] = days*dayMicros + clock
				continue
			}
		}
		if !c.other(b, v, r) {
			return r
		}
	}
	return b.rows
}

// month returns the day before the first of a month that stands as 2006-01- in a word, in days since the epoch, and the days of the month, which are 0 for
// anything else.
func month(w uint64) (first, length int64) {
	w ^= dashes
	if notDigits(w) != 0 || w&0xff0000ff00000000 != 0 {
		return 0, 0
	}
	y := int64(w&0xff)*1000 + int64(w>>8&0xff)*100 + int64(w>>16&0xff)*10 + int64(w>>24&0xff)
	m := int64(w>>40&0xff)*10 + int64(w>>48&0xff)
	switch {
	case m < 1 || m > 12:
		return 0, 0
	case m != 2:
		length = 30 + (m+m>>3)&1
	case y%4 == 0 && (y%100 != 0 || y%400 == 0):
		length = 29
	default:
		length = 28
	}
	// Years that start in March end with the day that leap years add.
	if m < 3 {
		y, m = y-1, m+12
	}
	y += 400 // so that no quotient is negative
	return 365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 - 719469 - 146097, length
}

// timeOfDay reads 15:04:05 in a word.
func timeOfDay(w uint64) (micros int64, ok bool) {
	w ^= colons
	if notDigits(w) != 0 || w&0x0000ff0000ff0000 != 0 {
		return 0, false
	}
	h := int64(w&0xff)*10 + int64(w>>8&0xff)
	m := int64(w>>24&0xff)*10 + int64(w>>32&0xff)
	s := int64(w>>48&0xff)*10 + int64(w>>56&0xff)
	return (h*3600 + m*60 + s) * 1_000_000, h < 24 && m < 60 && s < 60
}
