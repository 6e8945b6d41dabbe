package survey

import (
	"fmt"
	"regexp"
	"strings"
)

// run is characters of one class, one behind the other; least is most for a length that never varied.
type run struct {
	class       byte
	least, most int
}

func runsOf(shape string) []run {
	var out []run
	for i := range len(shape) {
		if k := len(out); k > 0 && out[k-1].class == shape[i] {
			out[k-1].least++
			out[k-1].most++
			continue
		}
		out = append(out, run{shape[i], 1, 1})
	}
	return out
}

// pattern returns an expression that matches every value that was seen, "" where there is no short one.
func (c *Column) pattern() string {
	if len(c.Shapes) == 0 || c.ShapesOther != 0 || c.ShapesError != 0 {
		return ""
	}
	type form struct {
		runs  []run
		count int64
	}
	var forms []form
	at := map[string]int{}
	for _, s := range c.Shapes {
		if s.Form == "" || strings.IndexByte(s.Form, 'Z') >= 0 {
			return "" // an empty text, or bytes that are none
		}
		runs := runsOf(s.Form)
		key := make([]byte, len(runs))
		for i, r := range runs {
			key[i] = r.class
		}
		k, ok := at[string(key)]
		if !ok {
			at[string(key)] = len(forms)
			forms = append(forms, form{runs, s.Count})
			continue
		}
		forms[k].count += s.Count
		for i, r := range runs {
			forms[k].runs[i].least = min(forms[k].runs[i].least, r.least)
			forms[k].runs[i].most = max(forms[k].runs[i].most, r.most)
		}
	}
	once := int64(0)
	var parts []string
	for _, f := range forms {
		if f.count == 1 {
			once++
		}
		if !tells(f.runs) {
			return ""
		}
		parts = append(parts, expression(f.runs))
	}
	if len(forms) > alternatives || float64(once) > unseenShare*float64(c.Values) {
		return ""
	}
	out := strings.Join(parts, "|")
	if _, err := regexp.Compile(out); err != nil {
		return ""
	}
	return out
}

// tells reports whether a form says more than that there are words: it has one length, or a digit or a sign.
func tells(runs []run) bool {
	fixed := true
	for _, r := range runs {
		fixed = fixed && r.least == r.most
		if strings.IndexByte("AaLNX ", r.class) < 0 {
			return true
		}
	}
	return fixed
}

func expression(runs []run) string {
	var b strings.Builder
	for _, r := range runs {
		switch r.class {
		case 'A':
			b.WriteString("[A-Z]")
		case 'a':
			b.WriteString("[a-z]")
		case '9':
			b.WriteString("[0-9]")
		case 'h':
			b.WriteString("[0-9a-f]")
		case 'H':
			b.WriteString("[0-9A-F]")
		case 'L':
			b.WriteString(`\p{L}`)
		case 'N':
			b.WriteString(`\p{N}`)
		case 'X':
			b.WriteString(`[^\x00-\x7F]`)
		default:
			b.WriteString(regexp.QuoteMeta(string(rune(r.class))))
		}
		switch {
		case r.least != r.most:
			b.WriteByte('+')
		case r.most > 1:
			fmt.Fprintf(&b, "{%d}", r.most)
		}
	}
	return b.String()
}
