package dfa_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/internal/dfa"
)

// patterns are expressions with all that an automaton must know about: anchors, lines, words, classes, case, repetition.
var patterns = []string{
	``, `a`, `abc`, `^`, `$`, `^$`, `\A\z`, `(?m)^$`, `(?m)^a$`, `(?m)$^`, `a|b|`, `(?:)`, `[^a]`, `.`, `(?s).`, `^.$`, `(?s)^.$`, `(?i)straße`, `(?i)k`, `(?i)ſs`, `\bab\b`, `\B`, `\b`, `^\B`, `a\Bb`,
	`\A(?:[A-Z]{2}-[0-9]{4})\z`, `[5-7]{2}`, `(a|ab)(c|bcd)*`, `(a*)*b`, `(?U)a+b`, `\pL+\d`, `\p{Greek}`, `[^\x00-\x7f]`, `\x{FFFD}`, `[^\x{FFFD}]`, `[é-ü]`, `(?i)[a-f]+z`, `.{0,9}foo`, `(?:a?){20}a{20}`, `$a`,
	`(?:^|x)a`, `(?:$|x)b`, `(?m:^)b(?m:$)`, `\z|a`, `[[:word:]]{3,}`, `(?:\ba|\Bb)c`, `(?:$\b)`, `(?m:$)\n(?m:^)b`, `\x{10FFFF}`, `[\x{10FFFE}-\x{10FFFF}]`, `(?:[a-z]+\.)+com$`,
	`[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}`, `\x{D800}`, `\A(?:\x{D800})\z`, `a?\x{D800}`, `[\x{D000}-\x{E000}]`, `\x{FFFD}a*`, `\A(?:\x{FFFD}a*)\z`, `(?i)\x{FFFD}`, `[\x{FFFC}-\x{FFFD}]a*`, `[^\x{D800}]\z`, `\x{FFFD}\x{FFFD}|b`,
}

var texts = []string{
	"", "a", "b", "c", "ab", "ac", "bc", "abc", "aab", "a\nb", "\na\n", "\n", "\n\n", "x\na", "STRASSE", "straße", "STRAẞE", "K", "\u212a", "ſS", "ab ", " ab", "ab-ab", "_ab", "AB-0042", "AB-0042\n", "xAB-0042",
	"ab-0042", "é", "\xff", "\xffa", "a\xc3", "\xed\xa0\x80", "\uFFFD", "α1", "日本語", "\U0010FFFF", "fooo", "123456789foo", "1234567890foo", strings.Repeat("a", 40), "aaz", "me@example.com", "me@example", "a.b.com", "a.b.com ",
}

func TestTheAnswerIsThatOfRegexp(t *testing.T) {
	for _, expr := range patterns {
		m, err := dfa.Compile(expr)
		if err != nil {
			t.Fatalf("%q: %v", expr, err)
		}
		re := regexp.MustCompile(expr)
		for _, s := range texts {
			if got, want := m.Match(s), re.MatchString(s); got != want {
				t.Errorf("%q in %q: %v, want %v", expr, s, got, want)
			}
		}
	}
}

func TestBadExpressionsAreErrors(t *testing.T) {
	for _, expr := range []string{"[", "a)(b", "+", "a{1001}", `\8`, "(?<n", "\xff"} {
		_, want := regexp.Compile(expr)
		m, err := dfa.Compile(expr)
		if err == nil || want == nil || m != nil {
			t.Errorf("%q: %v, package regexp %v", expr, err, want)
		}
	}
}

// An automaton is built where it has few states, and package regexp does the rest.
func TestBounds(t *testing.T) {
	for expr, want := range map[string]int{
		`\A(?:[A-Z]{2}-[0-9]{4})\z`: 10,
		`^\pL+$`:                    4,
		`(?m)^\bab\b$`:              7,
		`abc`:                       0, // a text
		`[ab].{30}[ab]`:             -1,
		`[ab]{500}c`:                -1,
		`(?:\pL{30}){30}`:           -1,
	} {
		m, err := dfa.Compile(expr)
		if err != nil {
			t.Fatal(err)
		}
		if got := dfa.States(m); got != want {
			t.Errorf("%q: %d states, want %d", expr, got, want)
		}
	}
}

func TestMatchAllocatesNothing(t *testing.T) {
	m, err := dfa.Compile(`^(?:[a-zé]+-)+[0-9]{4}$`)
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() {
		if !m.Match("café-ab-0042") {
			t.Error("not found")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzPattern(f *testing.F) {
	for i, expr := range patterns {
		f.Add(expr, texts[i%len(texts)])
		f.Add(expr, texts[(7*i+3)%len(texts)])
	}
	f.Fuzz(func(t *testing.T, expr, s string) {
		if len(expr) > 100 || len(s) > 1000 {
			return
		}
		re, want := regexp.Compile(expr)
		m, err := dfa.Compile(expr)
		if (err == nil) != (want == nil) {
			t.Fatalf("%q: %v, package regexp %v", expr, err, want)
		}
		if err == nil && m.Match(s) != re.MatchString(s) {
			t.Fatalf("%q in %q: %v, want %v", expr, s, m.Match(s), re.MatchString(s))
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	expr, s := `\A(?:[A-Z]{2}-[0-9]{4})\z`, "AB-0042"
	m, err := dfa.Compile(expr)
	if err != nil {
		b.Fatal(err)
	}
	re := regexp.MustCompile(expr)
	for name, match := range map[string]func(string) bool{"dfa": m.Match, "regexp": re.MatchString} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !match(s) {
					b.Fatal("not found")
				}
			}
		})
	}
}
