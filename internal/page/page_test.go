package page_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"html"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/internal/page"
)

var update = flag.Bool("update", false, "write the golden drawings anew")

func write(t *testing.T, d *page.Document) string {
	t.Helper()
	var b bytes.Buffer
	if err := page.Write(&b, d); err != nil {
		t.Fatal(err)
	}
	if b.Len() > page.Limit {
		t.Errorf("want at most %d bytes, got %d", page.Limit, b.Len())
	}
	return b.String()
}

func figure(c *page.Chart, legend ...string) page.Section {
	return page.Section{ID: "s", Heading: "S", Blocks: []page.Block{{Figure: &page.Figure{Caption: "C", Chart: c, Legend: legend}}}}
}

// charts is one small drawing of each kind.
func charts() map[string]*page.Chart {
	shares := []page.Series{{Name: "reference", Values: []float64{0.1, 0.6, 0.3}}, {Name: "current", Values: []float64{0.3, 0.3, 0.4}}}
	return map[string]*page.Chart{
		"histogram":        page.Histogram(page.HistogramOptions{Title: "Rows by value", Edges: []float64{0, 1, 2, 3}, Series: []page.Series{{Name: "rows", Values: []float64{5, 0, 1200}}}, Value: "Error"}),
		"histogram_single": page.Histogram(page.HistogramOptions{Title: "Rows by value", Edges: []float64{7, 7}, Series: []page.Series{{Name: "rows", Values: []float64{40}}}}),
		"overlay":          page.Histogram(page.HistogramOptions{Title: "Share of rows", Edges: []float64{-10, 0, 10, 20}, Series: shares, Share: true}),
		"bars":             page.Bars(page.BarsOptions{Title: "Missing", Names: []string{"a<b>", "a name that is too long for its place", "السعر"}, Series: []page.Series{{Name: "missing", Values: []float64{1, 0.25, 0}}}}),
		"bars_two":         page.Bars(page.BarsOptions{Title: "Share of rows", Names: []string{"a", "b", "all others"}, Series: shares}),
		"curves": page.Curves(page.CurvesOptions{
			Title: "ROC", X: "False positive rate", Y: "True positive rate", Label: "Area 0.75.", Diagonal: true,
			Curves: []page.Curve{{Name: "a", X: []float64{0, 0.5, 1}, Y: []float64{0, 1, 1}}, {Name: "b", X: []float64{0.1, 0.9}, Y: []float64{0.2, 0.8}, Dots: true}},
		}),
		"heat": page.Heat(page.HeatOptions{
			Title: "Correlations", Label: "2 columns.", Rows: []string{"x", "y"}, Columns: []string{"x", "y"}, Lower: true, Values: [][]float64{{1, math.NaN()}, {-0.5, 1}}, Texts: [][]string{{"1.00", ""}, {"-0.50", "1.00"}},
		}),
		"cloud":         page.Cloud(page.CloudOptions{Title: "Predicted against actual", X: "Actual", Y: "Predicted", Xs: []float64{1, 2, math.NaN(), 3}, Ys: []float64{1, 2.5, 1, 2}, Diagonal: true}),
		"cloud_squares": manyPoints(),
	}
}

func manyPoints() *page.Chart {
	o := page.CloudOptions{Title: "Errors", X: "Predicted", Y: "Error", Zero: true}
	for i := range 1000 {
		o.Xs, o.Ys = append(o.Xs, float64(i%10)), append(o.Ys, float64(i*i%7)-3)
	}
	return page.Cloud(o)
}

// Each kind of chart draws what it drew when it was looked at.
func TestChartsAreAsSeen(t *testing.T) {
	for name, c := range charts() {
		if c == nil {
			t.Errorf("%s: want a chart", name)
			continue
		}
		out := write(t, &page.Document{Kind: "Test", Sections: []page.Section{figure(c)}})
		_, rest, _ := strings.Cut(out, `<svg viewBox`)
		drawing, _, _ := strings.Cut(rest, "</svg>")
		got := strings.ReplaceAll("<svg viewBox"+drawing+"</svg>\n", "><", ">\n<")
		file := filepath.Join("testdata", name+".svg")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s: want\n%s, got\n%s", name, want, got)
		}
	}
}

// What cannot be drawn is no chart, and what can has no coordinate that is not a number.
func TestChartsOfStrangeNumbers(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	one := func(v ...float64) []page.Series { return []page.Series{{Name: "rows", Values: v}} }
	for name, c := range map[string]*page.Chart{
		"no bins":        page.Histogram(page.HistogramOptions{Edges: []float64{1}, Series: one()}),
		"no series":      page.Histogram(page.HistogramOptions{Edges: []float64{1, 2}}),
		"infinite edge":  page.Histogram(page.HistogramOptions{Edges: []float64{1, inf}, Series: one(1)}),
		"NaN count":      page.Histogram(page.HistogramOptions{Edges: []float64{1, 2}, Series: one(nan)}),
		"another length": page.Histogram(page.HistogramOptions{Edges: []float64{1, 2}, Series: one(1, 2)}),
		"no names":       page.Bars(page.BarsOptions{}),
		"wild shares":    page.Bars(page.BarsOptions{Names: []string{"a"}, Series: one(inf)}),
		"no cells":       page.Heat(page.HeatOptions{}),
		"no points":      page.Cloud(page.CloudOptions{Xs: []float64{nan, inf}, Ys: []float64{1, 1}}),
	} {
		if c != nil {
			t.Errorf("%s: want no chart", name)
		}
	}
	big := math.MaxFloat64
	for name, c := range map[string]*page.Chart{
		"widest":     page.Histogram(page.HistogramOptions{Title: "t", Edges: []float64{-big, 0, big}, Series: one(1, 2)}),
		"all zero":   page.Histogram(page.HistogramOptions{Title: "t", Edges: []float64{0, 1, 2}, Series: one(0, 0)}),
		"tiny":       page.Histogram(page.HistogramOptions{Title: "t", Edges: []float64{0, math.SmallestNonzeroFloat64}, Series: one(1)}),
		"far points": page.Cloud(page.CloudOptions{Title: "t", Xs: []float64{-big, big}, Ys: []float64{big, -big}, Diagonal: true}),
		"one point":  page.Cloud(page.CloudOptions{Title: "t", Xs: []float64{0}, Ys: []float64{0}}),
		"gaps":       page.Curves(page.CurvesOptions{Title: "t", Curves: []page.Curve{{X: []float64{0, nan, 1}, Y: []float64{0, 1, nan}}}}),
		"wild cells": page.Heat(page.HeatOptions{Title: "t", Rows: []string{"a"}, Columns: []string{"a", "b"}, Values: [][]float64{{7, inf}}}),
	} {
		if c == nil {
			t.Errorf("%s: want a chart", name)
			continue
		}
		for _, m := range c.Marks {
			if strings.Contains(m.D, "NaN") || strings.Contains(m.D, "Inf") || strings.Contains(m.D, "--") {
				t.Errorf("%s: got %s", name, m.D)
			}
		}
		for _, l := range c.Texts {
			if strings.Contains(l.X+l.Y, "N") || strings.Contains(l.X+l.Y, "I") {
				t.Errorf("%s: got %+v", name, l)
			}
		}
	}
}

// A page stays below its limit whatever it is given, says what it left out, and no link of it leads nowhere.
func TestPagesStaySmall(t *testing.T) {
	for _, part := range []string{"<&\"'👩‍👧名", "+", "\x00", "\u202e", "abc "} {
		staysSmall(t, strings.Repeat(part, 600))
	}
}

func staysSmall(t *testing.T, long string) {
	t.Helper()
	d := &page.Document{Kind: "Test", Title: long, Verdict: &page.Verdict{Tone: page.Bad, Text: "no"}, Sections: []page.Section{{ID: "all", Heading: "All"}, {ID: "items", Heading: "Items", Noun: "thing"}}}
	table := &page.Table{Caption: "c", RowHead: true, Head: []page.Head{{Text: "Name"}, {Text: "Share"}}, MaxBytes: 100_000}
	for i := range 2_000 {
		name := page.D(fmt.Sprint(i, long))
		name.Link = fmt.Sprint("i", i)
		share := page.T("5 %")
		share.Bar, share.Tone = 0.5, page.Good
		table.Rows = append(table.Rows, []page.Cell{name, share})
		d.Sections[1].Items = append(d.Sections[1].Items, page.Section{ID: fmt.Sprint("i", i), Heading: fmt.Sprint(i, long), Data: true, Blocks: []page.Block{{Text: strings.Repeat("x", 1000)}}})
	}
	d.Sections[0].Blocks = append(d.Sections[0].Blocks, page.Block{Table: table})
	out := write(t, d)
	drawn := strings.Count(out, "<article")
	if left := fmt.Sprintf("%s more things are not drawn", page.Count(int64(2_000-drawn))); drawn < 5 || !strings.Contains(out, left) {
		t.Errorf("want %q for %d that are", left, drawn)
	}
	if rows := strings.Count(out, "<tr>") - 1; rows < 5 || !strings.Contains(out, fmt.Sprintf("%s more rows are not listed", page.Count(int64(2_000-rows)))) {
		t.Errorf("want the number of rows beyond %d", rows)
	}
	for part := range strings.SplitSeq(out, `href="#`) {
		id, _, _ := strings.Cut(part, `"`)
		if !strings.HasPrefix(part, "<!DOCTYPE") && !strings.Contains(out, `id="`+id+`"`) {
			t.Errorf("#%s leads nowhere", id)
		}
	}
	if _, rows, _ := strings.Cut(out, "<tbody>"); strings.Index(rows, "</tbody>") > table.MaxBytes {
		t.Errorf("%.6q: want a table of at most %d bytes, got %d", long, table.MaxBytes, strings.Index(rows, "</tbody>"))
	}
	if len(out) < page.Limit*8/10 {
		t.Errorf("%.6q: want a full page, got %d bytes", long, len(out))
	}
	if again := write(t, d); again != out {
		t.Error("want the same bytes again")
	}
}

// Everything is escaped, nothing comes from outside, and the policy allows the page's own style alone.
func TestPagesAreClosed(t *testing.T) {
	const evil = `</title></style><script>alert(1)</script><img src=x onerror=alert(1)>"'`
	chart := page.Bars(page.BarsOptions{Title: evil, Names: []string{evil}, Series: []page.Series{{Name: evil, Values: []float64{1}}}})
	d := &page.Document{
		Kind: "Test", Title: evil, Made: time.Date(2024, 5, 17, 11, 30, 0, 0, time.FixedZone("", 7200)), Verdict: &page.Verdict{Text: evil, Detail: evil}, Facts: []page.Fact{{Name: evil, Value: evil, Note: evil}},
		Sections: []page.Section{figure(chart, evil), {ID: "t", Heading: evil, Intro: evil, Blocks: []page.Block{{Text: evil}, {Facts: []page.Fact{{Name: evil, Value: evil}}}, {Table: &page.Table{Caption: evil, Head: []page.Head{{Text: evil}}, Rows: [][]page.Cell{{page.D(evil)}, {page.T(evil)}}}}}, Items: []page.Section{{ID: "i", Heading: evil, Data: true, Badges: []page.Badge{{Text: evil}}}}}},
	}
	out := write(t, d)
	for _, bad := range []string{"<script", "<img", "onerror=alert(1)>\"", "http:", "https:", "url(", "src=x onerror=alert(1)>'", "@import"} {
		if strings.Contains(out, bad) {
			t.Errorf("want no %q", bad)
		}
	}
	if n := strings.Count(out, "</title>"); n != 2 { // the page's and the drawing's
		t.Errorf("want two titles, got %d", n)
	}
	_, rest, _ := strings.Cut(out, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	_, policy, _ := strings.Cut(out, `http-equiv="Content-Security-Policy" content="`)
	policy, _, _ = strings.Cut(policy, `"`)
	policy = html.UnescapeString(policy)
	if want := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.HasPrefix(policy, "default-src 'none'; style-src "+want) {
		t.Errorf("want default-src 'none' and %s, got %s", want, policy)
	}
	if !strings.Contains(out, "2024-05-17 09:30:00 UTC") {
		t.Error("want the time in UTC")
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestErrorsOfTheWriterAreReturned(t *testing.T) {
	if err := page.Write(full{}, &page.Document{Kind: "Test"}); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("got %v", err)
	}
}
