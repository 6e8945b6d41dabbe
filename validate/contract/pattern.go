package contract

import (
	"fmt"
	"regexp/syntax"
	"strings"
)

// maxPattern is how long a pattern of a dataset.Field may be.
const maxPattern = 4096

// commonPattern returns an RE2 expression in the syntax that RE2 and ECMA-262 share, with the same meaning in both: the point, which leaves out other line ends in each, is
// written as a class. Anything else than plain characters, classes, repeats, alternatives and groups without a name is none.
func commonPattern(p string) (string, bool) {
	var b strings.Builder
	class := false
	for i := 0; i < len(p); i++ {
		switch c := p[i]; {
		case c == '\\':
			i++
			if i == len(p) || !strings.ContainsRune(`dDwWnrt^$\.*+?()[]{}|/-`, rune(p[i])) || p[i] == '-' && !class {
				return "", false
			}
			b.WriteByte('\\')
			b.WriteByte(p[i])
		case class && c == '[': // a named class, or what ECMA-262 may read as a nested one
			return "", false
		case class:
			class = c != ']'
			b.WriteByte(c)
		case c == '[':
			class = true
			b.WriteByte(c)
			if strings.HasPrefix(p[i+1:], "]") || strings.HasPrefix(p[i+1:], "^]") {
				return "", false
			}
		case c == '(' && strings.HasPrefix(p[i+1:], "?") && !strings.HasPrefix(p[i+1:], "?:"):
			return "", false
		case c == '.':
			b.WriteString(`[^\n]`)
		case (c == '{' || c == '}') && !counted(p, i):
			return "", false
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), true
}

// counted reports whether the brace at i is one of a repeat.
func counted(p string, i int) bool {
	open := strings.LastIndexByte(p[:i+1], '{')
	if open < 0 {
		return false
	}
	body, _, ok := strings.Cut(p[open+1:], "}")
	low, high, _ := strings.Cut(body, ",")
	return ok && low != "" && strings.Trim(low+high, "0123456789") == ""
}

// readPattern returns an expression of another tool as RE2 reads it, and what may differ. whole says that it must match all of a text rather than some part of it.
func readPattern(p string, whole bool) (re2, note string, ok bool) {
	if len(p) > maxPattern { // before it is compiled
		return "", "", false
	}
	re2 = p
	if !whole {
		if body, cut := strings.CutPrefix(p, "^(?:"); cut && strings.HasSuffix(body, ")$") {
			re2 = strings.TrimSuffix(body, ")$")
		}
		if re2 == p || !compiles(re2) {
			re2 = "(?s:.*)(?:" + p + ")(?s:.*)"
		}
	}
	if len(re2) > maxPattern || !compiles(re2) || !compiles(p) {
		return "", "", false
	}
	if common, shared := commonPattern(p); !shared || common != p {
		note = "taken as RE2 reads it, which may differ in what is a line end, a space or a letter"
	}
	return re2, note, true
}

// compiles reports whether regexp.Compile takes p, without the memory that it takes for repeats.
func compiles(p string) bool {
	_, alone := syntax.Parse(p, syntax.Perl)
	_, whole := syntax.Parse(`\A(?:`+p+`)\z`, syntax.Perl)
	return p != "" && alone == nil && whole == nil
}

// lengthPattern returns the expression of a text of low to high characters; high below 0 is any number. RE2 counts up to 1,000.
func lengthPattern(low, high int) (string, bool) {
	switch {
	case low < 0 || low > 1000 || high > 1000 || high >= 0 && high < low:
		return "", false
	case high < 0:
		return fmt.Sprintf("(?s:.{%d,})", low), true
	default:
		return fmt.Sprintf("(?s:.{%d,%d})", low, high), true
	}
}
