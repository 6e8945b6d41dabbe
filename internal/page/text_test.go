package page_test

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/page"
)

func TestNumbersAsPeopleReadThem(t *testing.T) {
	for _, c := range []struct {
		x    float64
		want string
	}{
		{0, "0"},
		{math.Copysign(0, -1), "0"},
		{1, "1"},
		{-1, "-1"},
		{1234567, "1,234,567"},
		{0.1 + 0.2, "0.3"},
		{1.0 / 3, "0.33333"},
		{-2.0 / 3, "-0.66667"},
		{12345.678, "12,346"},
		{1234.5678, "1,234.6"},
		{99999.99, "100,000"},
		{0.00012345678, "0.00012346"},
		{0.000012345678, "1.2346e-05"},
		{1e14, "100,000,000,000,000"},
		{1.5e15, "1.5e+15"},
		{1e300, "1e+300"},
		{math.SmallestNonzeroFloat64, "4.9407e-324"},
		{math.NaN(), "–"},
		{math.Inf(1), "∞"},
		{math.Inf(-1), "-∞"},
	} {
		if got := page.Number(c.x); got != c.want {
			t.Errorf("%v: want %q, got %q", c.x, c.want, got)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567", math.MinInt64: "-9,223,372,036,854,775,808"} {
		if got := page.Count(n); got != want {
			t.Errorf("%d: want %q, got %q", n, want, got)
		}
	}
	for x, want := range map[float64]string{
		0: "0 %", 1: "100 %", 0.5: "50 %", 0.123456: "12.3 %", 0.00001: "< 0.01 %", 0.99999: "> 99.99 %", 0.9995: "99.95 %", 0.0042: "0.42 %", 0.99899: "99.9 %", 1e-300: "< 0.01 %", math.Inf(1): "–",
	} {
		if got := page.Percent(x); got != want {
			t.Errorf("%v: want %q, got %q", x, want, got)
		}
	}
	for x, want := range map[float64]string{0: "0", 0.84844: "0.8484", -0.5: "-0.5000", 12: "12", 1234.5678: "1,234.6", 1e-9: "< 0.0001", -1e-9: "> -0.0001", 0.0001: "0.0001"} {
		if got := page.Metric(x); got != want {
			t.Errorf("%v: want %q, got %q", x, want, got)
		}
	}
	if got := page.Metric(math.NaN()) + page.Maybe(nil) + page.Percent(math.NaN()) + page.Fixed(math.NaN(), 2); got != "––––" {
		t.Errorf("got %q", got)
	}
	if got := page.Fixed(-0.001, 2); got != "0.00" {
		t.Errorf("got %q", got)
	}
}

func TestValuesOfColumns(t *testing.T) {
	for _, c := range []struct {
		kind dataset.Type
		x    float64
		want string
	}{
		{dataset.Date32, 0, "1970-01-01"},
		{dataset.Date32, 19858, "2024-05-15"},
		{dataset.Date32, 1e300, "1e+300"},
		{dataset.TimestampIn("UTC"), 0, "1970-01-01"},
		{dataset.TimestampIn("UTC"), 1_715_938_200_000_000, "2024-05-17 09:30:00"},
		{dataset.Bool, 0, "false"},
		{dataset.Bool, 1, "true"},
		{dataset.Bool, 0.5, "0.5"},
		{dataset.Float64, 2.5, "2.5"},
		{dataset.Int64, math.NaN(), "–"},
	} {
		if got := page.Value(c.kind, c.x); got != c.want {
			t.Errorf("%s %v: want %q, got %q", c.kind, c.x, c.want, got)
		}
	}
}

// What would not be seen, or would turn the text around it, has a sign in its place.
func TestHiddenCharactersAreSeen(t *testing.T) {
	for s, want := range map[string]string{
		"plain": "plain", "a\nb": "a↵b", "a\tb": "a⇥b", "a\x00b": "a␀b", "a\x1bb": "a␛b", "a\u202egnp.exe": "a⟨U+202E⟩gnp.exe", "\ufeffx": "⟨U+FEFF⟩x", "a\u0085b": "a⟨U+0085⟩b", "a\xffb": "a\ufffdb", "السعر 👩‍👧": "السعر 👩‍👧",
	} {
		if got := page.Visible(s); got != want {
			t.Errorf("%q: want %q, got %q", s, want, got)
		}
	}
	for _, s := range []string{"", "short", strings.Repeat("long ", 3000), strings.Repeat("名", 50), "\xff\xfe" + strings.Repeat("\n", 80)} {
		got := page.Short(s, 20)
		if n := utf8.RuneCountInString(got); n > 20 || !utf8.ValidString(got) {
			t.Errorf("%.20q: want at most 20 characters, got %q", s, got)
		}
	}
}

func TestPlurals(t *testing.T) {
	if got := page.Plural(1, "row") + ", " + page.Plural(0, "row") + ", " + page.Plural(1200, "row"); got != "1 row, 0 rows, 1,200 rows" {
		t.Errorf("got %q", got)
	}
	if got := page.Share(1, 0); got != 0 {
		t.Errorf("got %v", got)
	}
}
