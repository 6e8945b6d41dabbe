package page

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tidewheel/tidewheel/dataset"
)

// None stands for a figure that does not exist.
const None = "–"

// Count writes a number of things with commas between thousands.
func Count(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	return sign + group(s)
}

// group puts commas between the thousands of a text of digits.
func group(digits string) string {
	var b strings.Builder
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(digits[i])
	}
	return b.String()
}

// Number writes a figure with five digits that count, or all digits of a whole number below 10^15; NaN is None.
func Number(x float64) string {
	size := math.Abs(x)
	switch {
	case math.IsNaN(x):
		return None
	case math.IsInf(x, 0):
		return strings.TrimPrefix(strconv.FormatFloat(x, 'g', -1, 64)[:1]+"∞", "+")
	case x == 0:
		return "0"
	case size < 1e15 && x == math.Trunc(x):
		return Count(int64(x))
	case size >= 1e15 || size < 1e-4:
		return strconv.FormatFloat(x, 'g', 5, 64)
	}
	whole, fraction, _ := strings.Cut(strconv.FormatFloat(size, 'f', max(0, 4-int(math.Floor(math.Log10(size)))), 64), ".")
	out := group(whole)
	if fraction = strings.TrimRight(fraction, "0"); fraction != "" {
		out += "." + fraction
	}
	if x < 0 {
		out = "-" + out
	}
	return out
}

// Metric writes a figure of which four digits after the point are enough, as metrics, distances and test statistics.
func Metric(x float64) string {
	switch size := math.Abs(x); {
	case x == 0 || size >= 10 || math.IsNaN(x):
		return Number(x)
	case size < 0.00005:
		if x < 0 {
			return "> -0.0001"
		}
		return "< 0.0001"
	default:
		return Fixed(x, 4)
	}
}

// Maybe is Metric of a figure that may be absent.
func Maybe(x *float64) string {
	if x == nil {
		return None
	}
	return Metric(*x)
}

// Fixed writes a number with the given digits after the point; NaN is None.
func Fixed(x float64, digits int) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return Number(x)
	}
	out := strconv.FormatFloat(x, 'f', digits, 64)
	if strings.Trim(out, "-0.") == "" {
		out = strings.TrimPrefix(out, "-")
	}
	return out
}

// Percent writes a share. What is neither nothing nor all is never rounded to it.
func Percent(share float64) string {
	p := 100 * share
	switch {
	case math.IsNaN(p) || math.IsInf(p, 0):
		return None
	case p > 0 && p < 0.01:
		return "< 0.01 %"
	case p > 99.99 && p < 100:
		return "> 99.99 %"
	case p == math.Trunc(p):
		return strconv.FormatFloat(p, 'f', 0, 64) + " %"
	case p < 1:
		return strconv.FormatFloat(p, 'f', 2, 64) + " %"
	case p > 99.9:
		return strconv.FormatFloat(math.Min(p, 99.99), 'f', 2, 64) + " %"
	default:
		return strconv.FormatFloat(p, 'f', 1, 64) + " %"
	}
}

// Share returns n over all, 0 of nothing.
func Share(n, all int64) float64 {
	if all == 0 {
		return 0
	}
	return float64(n) / float64(all)
}

// Plural writes a count with its noun: "1 row", "2 rows".
func Plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Count(n) + " " + noun + "s"
}

// Value writes a number of a column: dates and times as such, anything else as Number does.
func Value(t dataset.Type, x float64) string {
	const days, micros = 3_000_000, 2e17 // about 8,000 years, beyond which a date is not worth its letters
	switch class := t.Class(); {
	case class == dataset.ClassDate && math.Abs(x) < days:
		return time.Unix(0, 0).UTC().AddDate(0, 0, int(math.Round(x))).Format(time.DateOnly)
	case class == dataset.ClassTime && math.Abs(x) < micros:
		at := time.UnixMicro(int64(x)).UTC()
		if at.Truncate(24 * time.Hour).Equal(at) {
			return at.Format(time.DateOnly)
		}
		return at.Format("2006-01-02 15:04:05")
	case t == dataset.Bool && x == 0:
		return "false"
	case t == dataset.Bool && x == 1:
		return "true"
	default:
		return Number(x)
	}
}

// Visible returns s with a sign in the place of what would not be seen or would move other text: control characters, marks of direction, broken UTF-8.
func Visible(s string) string {
	plain := func(r rune) bool { return r != utf8.RuneError && !unicode.IsControl(r) && !directs(r) }
	if strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case plain(r):
			b.WriteRune(r)
		case r == '\n':
			b.WriteString("↵")
		case r == '\t':
			b.WriteString("⇥")
		case r < 0x20:
			b.WriteRune('␀' + r)
		case r == utf8.RuneError:
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "⟨U+%04X⟩", r)
		}
	}
	return b.String()
}

// directs reports whether r changes the direction of the text around it, or is one of the line breaks that HTML does not show.
func directs(r rune) bool {
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x200E || r == 0x200F || r == 0x061C || r == 0x2028 || r == 0x2029 || r == 0xFEFF
}

// Short returns at most n characters of s, made visible, the last a sign that there are more.
func Short(s string, n int) string {
	s = Visible(s)
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	runes := []rune(s)[:n-1]
	return strings.TrimRight(string(runes), " ") + "…"
}

// fullText is the number of characters of a long text that can be unfolded.
const fullText = 2000

// text is a text from the data as the page shows it: whole, or short with the rest behind it.
type text struct {
	Short, Full string // Full is empty where Short is all
	More        string // says how much is missing of Full
}

// clip prepares a text from the data of which n characters are seen at once.
func clip(s string, n int) text {
	t := text{Short: Short(s, n)}
	seen := Visible(s)
	if t.Short == seen {
		return t
	}
	t.Full = seen
	if all := utf8.RuneCountInString(seen); all > fullText {
		t.Full = string([]rune(seen)[:fullText])
		t.More = "… and " + Plural(int64(all-fullText), "more character")
	}
	return t
}

// textWidth estimates the width of a text of 12 units' height, on the safe side.
func textWidth(s string) float64 {
	w := 0.0
	for _, r := range s {
		switch {
		case r == '.' || r == ',' || r == ' ' || r == '-' || r == ':':
			w += 4.5
		case r == 'W' || r == 'M' || r == 'm' || r == 'w' || r == '@' || r == '%':
			w += 12
		case r >= 'A' && r <= 'Z':
			w += 9.2
		case r < 0x250:
			w += 7.7
		case r >= 0x300 && r < 0x370: // marks that combine
		case r < 0x1100:
			w += 8
		default:
			w += 14
		}
	}
	return w
}

// shortTo returns s made visible and cut so that it is at most width wide.
func shortTo(s string, width float64) string {
	s = Visible(s)
	if textWidth(s) <= width {
		return s
	}
	w := 12.0 // the sign that there is more
	for i, r := range s {
		if w += textWidth(string(r)); w > width {
			return strings.TrimRight(s[:i], " ") + "…"
		}
	}
	return s
}
