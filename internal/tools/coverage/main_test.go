package main

import (
	"slices"
	"strings"
	"testing"
)

const own = `mode: set
m/a/a.go:1.1,2.2 7 1
m/a/b.go:1.1,2.2 3 0
m/b/b.go:1.1,2.2 10 0
m/c/c.go:1.1,2.2 80 1
m/none/n.go:1.1,1.2 0 0
`

func judged(t *testing.T, total, each float64, profiles ...string) (table, low []string) {
	t.Helper()
	sum := make(profile)
	for _, text := range profiles {
		if err := sum.add(text); err != nil {
			t.Fatal(err)
		}
	}
	return sum.judge(total, each)
}

// Counted by hand: 7 of 10, 0 of 10, 80 of 80, 87 of 100.
func TestTable(t *testing.T) {
	table, low := judged(t, 87, 70, own)
	want := []string{
		"  70.0 % of    10  m/a",
		"   0.0 % of    10  m/b",
		" 100.0 % of    80  m/c",
		"  87.0 % of   100  total",
	}
	if !slices.Equal(table, want) {
		t.Errorf("got\n%s", strings.Join(table, "\n"))
	}
	if want := []string{"TOO LOW: m/b: 0.0 %, want at least 70 %"}; !slices.Equal(low, want) {
		t.Errorf("got %q, want %q", low, want)
	}
}

func TestLimits(t *testing.T) {
	for _, c := range []struct {
		total, each float64
		profiles    []string
		low         int
	}{
		{87, 0, []string{own}, 0},
		{87.1, 0, []string{own}, 1},
		{0, 70.1, []string{own}, 2},
		{0, 70, []string{own, "mode: atomic\nm/b/b.go:1.1,2.2 10 5\n"}, 0},                       // by the tests of another
		{0, 70, []string{own, own}, 1},                                                           // no block counts twice
		{0, 70, []string{"mode: atomic\nm/d/main.go:1.1,2.2 1 0\nm/d/main.go:3.1,4.2 1 1\n"}, 0}, // main alone
		{0, 70, []string{"mode: atomic\nm/d/main.go:1.1,2.2 2 0\nm/d/main.go:3.1,4.2 1 1\n"}, 1},
		{0, 0, nil, 1},
	} {
		if _, low := judged(t, c.total, c.each, c.profiles...); len(low) != c.low {
			t.Errorf("%v: got %q", c, low)
		}
	}
}

func TestAddRefuses(t *testing.T) {
	for _, text := range []string{"a.go:1.1,2.2 1\n", "a.go:1.1,2.2 x 1\n", "a.go:1.1,2.2 1 -1\n"} {
		if err := make(profile).add(text); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}
