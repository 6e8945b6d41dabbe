package report_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/monitor/drift"
	"github.com/tidewheel/tidewheel/monitor/report"
	"github.com/tidewheel/tidewheel/validate"
)

const limit = 300_000 // bytes of a page

func page(t *testing.T, r *drift.Report, o report.Options) string {
	t.Helper()
	var first, second bytes.Buffer
	if err := errors.Join(report.WriteDrift(&first, r, o), report.WriteDrift(&second, r, o)); err != nil {
		t.Fatal(err)
	}
	if first.String() != second.String() {
		t.Error("want the same bytes twice")
	}
	if first.Len() > limit {
		t.Errorf("want at most %d bytes, got %d", limit, first.Len())
	}
	if strings.Contains(first.String(), "NaN") {
		t.Error("want no NaN")
	}
	return first.String()
}

func wants(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			t.Errorf("want %q on the page", text)
		}
	}
}

// compared compares two texts of rows and profiles both.
func compared(t *testing.T, reference, current string, schema *dataset.Schema) (*drift.Report, report.Options) {
	t.Helper()
	var sources [2]dataset.Source
	var profiles [2]*validate.Profile
	for i, text := range []string{reference, current} {
		src, err := csv.NewSource(strings.NewReader(text), csv.Options{Schema: schema})
		if err != nil {
			t.Fatal(err)
		}
		cached, err := dataset.Cache(t.Context(), src)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cached.Close() })
		sources[i] = cached
		if profiles[i], err = validate.ProfileOf(t.Context(), cached, validate.ProfileOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	r, err := drift.Compare(t.Context(), sources[0], sources[1], drift.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r, report.Options{Reference: profiles[0], Current: profiles[1]}
}

// rows makes 400 rows; moved, x and c lie elsewhere.
func rows(moved bool) string {
	var b strings.Builder
	b.WriteString("same,x,c,few,day,gone,tail\n")
	for i := range 400 {
		x, c := math.Sin(float64(i))*10, []string{"red", "green", "blue"}[i%3]
		if moved {
			x, c = x+8, []string{"red", "red", "red", "violet"}[i%4]
		}
		gone := "1"
		if moved {
			gone = ""
		}
		fmt.Fprintf(&b, "%.3f,%.3f,%s,%d,2024-01-%02d,%s,%d\n", math.Cos(float64(i)), x, c, i%5, 1+i%28, gone, i%30+1_000_000*(i/399))
	}
	return b.String()
}

func TestDriftShowsTestsAndDistributions(t *testing.T) {
	r, o := compared(t, rows(false), rows(true), nil)
	o.Title, o.Made = "July against January", time.Unix(0, 0)
	r.MissingColumns, r.ExtraColumns, r.ChangedColumns = []string{"lost <b>"}, []string{"new"}, []string{"other"}
	out := page(t, r, o)
	wants(t, out, "July against January", "1970-01-01", "3 of 6 columns drifted", "lost &lt;b&gt;", "only in the reference", "another kind of values", "2 columns missing", "drifted: missing values", "violet", "chi-square", "Side by side", "There is no value to draw", "The middle 98 % of both sides", "excluded")
	if first, _, _ := strings.Cut(out[strings.Index(out, "<article"):], "</h3>"); !strings.Contains(first, "<bdi>gone</bdi>") && !strings.Contains(first, "<bdi>x</bdi>") && !strings.Contains(first, "<bdi>c</bdi>") {
		t.Errorf("want a column that drifted first, got %s", first)
	}
	without := page(t, r, report.Options{})
	if strings.Contains(without, "<article") || strings.Contains(without, "Distributions") {
		t.Error("want no distributions without profiles")
	}
	same, o := compared(t, rows(false), rows(false), nil)
	wants(t, page(t, same, o), "No column drifted")
}

// Columns of which there is nothing to compare have their part all the same, and personal ones show no value.
func TestDriftOfStrangeData(t *testing.T) {
	few, o := compared(t, "a,b,c\n1,x,\n", "a,b,c\n,,\n", nil)
	wants(t, page(t, few, o), "No column could be judged")
	wants(t, page(t, &drift.Report{}, report.Options{}), "No column could be judged")
	constant, o := compared(t, "a,b\n"+strings.Repeat("5,x\n", 50), "a,b\n"+strings.Repeat("5,\"\"\n", 50), nil)
	wants(t, page(t, constant, o), "(empty text)")
	schema, err := dataset.NewSchema(dataset.Field{Name: "name", Type: dataset.Utf8, Personal: true}, dataset.Field{Name: "n", Type: dataset.Float64, Personal: true})
	if err != nil {
		t.Fatal(err)
	}
	personal, o := compared(t, "name,n\n"+strings.Repeat("Hildegard,98765\n", 50), "name,n\n"+strings.Repeat("Hildegard,98765\n", 50), schema)
	out := page(t, personal, o)
	wants(t, out, "Personal data")
	for _, secret := range []string{"Hildegard", "98765", "98,765"} {
		if strings.Contains(out, secret) {
			t.Errorf("want no %q", secret)
		}
	}
	lacking, o := compared(t, "a\n1\n", "a\n1\n", nil)
	lacking.Columns[0].Name = "another"
	wants(t, page(t, lacking, o), "A profile lacks the column.")
}

// Ten thousand columns make a page that is no larger; those that drifted are the ones that it shows.
func TestDriftOfManyColumnsIsBounded(t *testing.T) {
	r := &drift.Report{Judged: 10_000}
	for i := range 10_000 {
		v := float64(i) / 10_000
		c := drift.Column{Name: strings.Repeat("<&>", 80) + fmt.Sprint(i), Type: "float64", Test: drift.KS, Verdict: drift.Unchanged, Effect: &v, EffectMeasure: drift.MeasureKS, EffectThreshold: 0.1, Statistic: &v, P: &v, AdjustedP: &v, PSI: &v}
		if i == 5000 {
			c.Name, c.Drifted, c.Verdict = "the one", true, drift.Distribution
			r.Drifted++
		}
		r.Columns = append(r.Columns, c)
		r.MissingColumns = append(r.MissingColumns, c.Name)
	}
	p, err := validate.ProfileOf(t.Context(), must(csv.NewSource(strings.NewReader("a\n1\n"), csv.Options{})), validate.ProfileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	out := page(t, r, report.Options{Reference: p, Current: p})
	wants(t, out, "<bdi>the one</bdi>", "more columns are not drawn", "more columns are not listed", "1 of 10,000 columns drifted")
}

func must(s *csv.Source, err error) *csv.Source {
	if err != nil {
		panic(err)
	}
	return s
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestErrorsOfTheWriterAreReturned(t *testing.T) {
	if err := report.WriteDrift(full{}, &drift.Report{}, report.Options{}); err == nil {
		t.Error("want an error")
	}
}
