package arff

import (
	"strings"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// isoDate is the format of dates without one.
const isoDate = "yyyy-MM-dd'T'HH:mm:ss"

// dateFormat is a format of Java's SimpleDateFormat.
type dateFormat []datePart

// datePart is a run of one letter, or a text that stands for itself when letter is 0.
type datePart struct {
	letter byte
	count  int
	text   string
}

// parseDateFormat reads a format. It returns the letter that is none when it errs, ' for an open quote.
func parseDateFormat(text string) (f dateFormat, unknown byte) {
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '\'':
			end := strings.IndexByte(text[i+1:], '\'')
			if end < 0 {
				return nil, c
			}
			part := text[i+1 : i+1+end]
			if part == "" {
				part = "'"
			}
			f = append(f, datePart{text: part})
			i += end + 2
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			n := i
			for n < len(text) && text[n] == c {
				n++
			}
			if strings.IndexByte("yMdHhamsSZXz", c) < 0 || c == 'M' && n-i > 3 {
				return nil, c
			}
			f = append(f, datePart{letter: c, count: n - i})
			i = n
		default:
			f = append(f, datePart{text: text[i : i+1]})
			i++
		}
	}
	return f, 0
}

// typ returns the type of a column of such dates.
func (f dateFormat) typ() dataset.Type {
	out := dataset.Date32
	for _, p := range f {
		switch p.letter {
		case 'Z', 'X', 'z':
			return dataset.TimeUTC
		case 'H', 'h', 'm', 's', 'S':
			out = dataset.Timestamp
		}
	}
	return out
}

// clock is what a text says so far.
type clock struct {
	year, month, day, hour, minute, second, milli int
	offset                                        int // minutes east of UTC
	half                                          int // 0 none, 1 AM, 2 PM
}

// parse reads a text as microseconds since the epoch, of its own clock when the format has no zone.
func (f dateFormat) parse(text string) (int64, bool) {
	c := clock{year: 1970, month: 1, day: 1}
	for i, p := range f {
		var ok bool
		if p.letter == 0 {
			text, ok = strings.CutPrefix(text, p.text)
		} else {
			tight := i+1 < len(f) && f[i+1].letter != 0 && f[i+1].letter != 'a'
			text, ok = c.part(p, text, tight)
		}
		if !ok {
			return 0, false
		}
	}
	if text != "" || c.hour > 23 || c.minute > 59 || c.second > 59 || c.month < 1 || c.month > 12 {
		return 0, false
	}
	if c.half > 0 {
		if c.hour < 1 || c.hour > 12 {
			return 0, false
		}
		c.hour = c.hour%12 + 12*(c.half-1)
	}
	t := time.Date(c.year, time.Month(c.month), c.day, c.hour, c.minute, c.second, c.milli*1_000_000, time.UTC)
	return t.Add(-time.Duration(c.offset) * time.Minute).UnixMicro(), t.Day() == c.day
}

// part reads what one run of letters stands for and returns the rest. tight says that digits follow at once.
func (c *clock) part(p datePart, text string, tight bool) (rest string, ok bool) {
	switch {
	case p.letter == 'M' && p.count == 3:
		for m := time.January; m <= time.December; m++ {
			if rest, ok := cutFold(text, m.String()[:3]); ok {
				c.month = int(m)
				return rest, true
			}
		}
		return "", false
	case p.letter == 'a':
		for i, name := range []string{"AM", "PM"} {
			if rest, ok := cutFold(text, name); ok {
				c.half = i + 1
				return rest, true
			}
		}
		return "", false
	case p.letter == 'Z' || p.letter == 'X' || p.letter == 'z':
		return c.zone(text)
	}
	most := 9
	if tight {
		most = p.count
	}
	n, v := 0, 0
	for n < len(text) && n < most && text[n]-'0' <= 9 {
		v = v*10 + int(text[n]-'0')
		n++
	}
	if n == 0 {
		return "", false
	}
	*c.field(p.letter) = v
	if p.letter == 'y' && p.count <= 2 && n == 2 {
		c.year += 1900
		if v < 69 {
			c.year += 100
		}
	}
	return text[n:], p.letter != 'S' || v <= 999
}

func (c *clock) field(letter byte) *int {
	switch letter {
	case 'y':
		return &c.year
	case 'M':
		return &c.month
	case 'd':
		return &c.day
	case 'm':
		return &c.minute
	case 's':
		return &c.second
	case 'S':
		return &c.milli
	default:
		return &c.hour
	}
}

// zone reads Z, UTC, GMT or an offset.
func (c *clock) zone(text string) (rest string, ok bool) {
	for _, name := range []string{"UTC", "GMT", "Z"} {
		if rest, ok := strings.CutPrefix(text, name); ok {
			return rest, true
		}
	}
	if text == "" || text[0] != '+' && text[0] != '-' {
		return "", false
	}
	n := 1
	for n < len(text) && (text[n]-'0' <= 9 || text[n] == ':') && n < 6 {
		n++
	}
	_, zoned, ok := cell.Time([]byte("1970-01-01T00:00" + text[:n]))
	if !ok || !zoned {
		return "", false
	}
	micros, _, _ := cell.Time([]byte("1970-01-02T00:00" + text[:n]))
	c.offset = int((86_400_000_000 - micros) / 60_000_000)
	return text[n:], true
}

func cutFold(text, prefix string) (rest string, ok bool) {
	if len(text) < len(prefix) || !strings.EqualFold(text[:len(prefix)], prefix) {
		return "", false
	}
	return text[len(prefix):], true
}
