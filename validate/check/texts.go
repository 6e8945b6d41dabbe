package check

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"github.com/tidewheel/tidewheel/internal/dfa"
)

// Matches wants texts that a pattern matches as a whole.
type Matches struct {
	Column  string // a text column
	Pattern string // RE2, as of package regexp
}

func (c Matches) plan() (plan, error) {
	p, err := pattern("Matches", c.Column, c.Pattern, `\A(?:`+c.Pattern+`)\z`, true)
	p.rule, p.want, p.got = "matches", "a text that the pattern matches as a whole", "another text"
	return p, err
}

// Contains wants texts in which a pattern is found.
type Contains struct {
	Column  string // a text column
	Pattern string // RE2, as of package regexp
}

func (c Contains) plan() (plan, error) {
	p, err := pattern("Contains", c.Column, c.Pattern, c.Pattern, true)
	p.rule, p.want, p.got = "contains", "a text with the pattern in it", "another text"
	return p, err
}

// Lacks wants texts in which a pattern is not found.
type Lacks struct {
	Column  string // a text column
	Pattern string // RE2, as of package regexp
}

func (c Lacks) plan() (plan, error) {
	p, err := pattern("Lacks", c.Column, c.Pattern, c.Pattern, false)
	p.rule, p.want, p.got = "lacks", "a text without the pattern", "a text with it"
	return p, err
}

func pattern(field, column, given, whole string, want bool) (plan, error) {
	err := named(field+".Column", column)
	_, bad := syntax.Parse(given, syntax.Perl) // by itself, so that a parenthesis cannot close the group around it
	m, worse := dfa.Compile(whole)
	if bad != nil || worse != nil {
		return plan{}, errors.Join(err, option(field+".Pattern", fmt.Sprintf("a text of %d bytes", len(given)), "an RE2 expression"))
	}
	return plan{needs: needs(text, column), start: eachText(func(s string) bool { return m.Match(s) == want })}, err
}

// Prefix wants texts that begin with Text.
type Prefix struct {
	Column string // a text column
	Text   string
}

func (c Prefix) plan() (plan, error) {
	return plan{
		rule: "prefix", needs: needs(text, c.Column), want: "a text with the prefix", got: "another text",
		start: eachText(func(s string) bool { return strings.HasPrefix(s, c.Text) }),
	}, named("Prefix.Column", c.Column)
}

// Suffix wants texts that end with Text.
type Suffix struct {
	Column string // a text column
	Text   string
}

func (c Suffix) plan() (plan, error) {
	return plan{
		rule: "suffix", needs: needs(text, c.Column), want: "a text with the suffix", got: "another text",
		start: eachText(func(s string) bool { return strings.HasSuffix(s, c.Text) }),
	}, named("Suffix.Column", c.Column)
}

// Length wants texts of Min to Max characters, both included.
type Length struct {
	Column string // a text column
	Min    int    // 0 or more
	Max    int    // at least Min; 0 is no limit
}

func (c Length) plan() (plan, error) {
	err := named("Length.Column", c.Column)
	if c.Min < 0 || c.Max != 0 && c.Max < c.Min {
		err = errors.Join(err, option("Length", fmt.Sprintf("Min %d, Max %d", c.Min, c.Max), "0 ≤ Min ≤ Max, or no Max"))
	}
	want := fmt.Sprintf("%d to %d characters", c.Min, c.Max)
	if c.Max == 0 {
		want = fmt.Sprintf("at least %d characters", c.Min)
	}
	return plan{rule: "length", needs: needs(text, c.Column), want: want, got: "a text of another length", start: eachText(func(s string) bool {
		n := utf8.RuneCountInString(s)
		return n >= c.Min && (c.Max == 0 || n <= c.Max)
	})}, err
}
