package report_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/report"
)

const limit = 300_000 // bytes of a page

func profile(t *testing.T, text string, schema *dataset.Schema) *validate.Profile {
	t.Helper()
	src, err := csv.NewSource(strings.NewReader(text), csv.Options{Schema: schema})
	if err != nil {
		t.Fatal(err)
	}
	p, err := validate.ProfileOf(t.Context(), src, validate.ProfileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// page returns what a function writes, which must be the same twice and not too long.
func page(t *testing.T, write func(w io.Writer) error) string {
	t.Helper()
	var a, b bytes.Buffer
	if err := errors.Join(write(&a), write(&b)); err != nil {
		t.Fatal(err)
	}
	if a.String() != b.String() {
		t.Error("want the same bytes twice")
	}
	if a.Len() > limit {
		t.Errorf("want at most %d bytes, got %d", limit, a.Len())
	}
	return a.String()
}

func wants(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			t.Errorf("want %q on the page", text)
		}
	}
}

func TestProfileShowsTheFigures(t *testing.T) {
	var b strings.Builder
	b.WriteString("n,c,d,b,e\n")
	for i := range 200 {
		c := "red"
		if i%4 == 0 {
			c = ""
		}
		fmt.Fprintf(&b, "%d,%s,2024-01-%02d,%v,\n", i, c, 1+i%28, i%2 == 0)
	}
	p := profile(t, b.String(), nil)
	c := &validate.Correlations{Columns: []string{"n", "b", "x"}, Values: [][]float64{{1, -0.25, math.NaN()}, {-0.25, 1, math.NaN()}, {math.NaN(), math.NaN(), math.NaN()}}}
	out := page(t, func(w io.Writer) error {
		return report.WriteProfile(w, p, report.ProfileOptions{Title: "rows.csv", Made: time.Unix(0, 0), Correlations: c})
	})
	wants(t, out, "rows.csv", "1970-01-01 00:00:00 UTC", "250 of 1,000", "2024-01-01 to 2024-01-28", "-0.250", "99.5", "<bdi>red</bdi>", "150", "25 %", "false to true", "Empty columns", `id="c4"`, "3 columns without any.")
	if n := strings.Count(out, "<article"); n != 5 {
		t.Errorf("want a part for each of 5 columns, got %d", n)
	}
	if strings.Contains(page(t, func(w io.Writer) error { return report.WriteProfile(w, p, report.ProfileOptions{}) }), "Correlations") {
		t.Error("want no correlations where none are given")
	}
	flat := &validate.Correlations{Columns: []string{"n", "b"}, Values: [][]float64{{math.NaN(), math.NaN()}, {math.NaN(), math.NaN()}}}
	wants(t, page(t, func(w io.Writer) error { return report.WriteProfile(w, p, report.ProfileOptions{Correlations: flat}) }), "No pair of columns has a coefficient")
}

// Whole numbers that are all listed have a bar each, and bools a bar for true and one for false.
func TestListedValuesHaveABarEach(t *testing.T) {
	var b strings.Builder
	b.WriteString("n,b\n")
	for i := range 300 {
		fmt.Fprintf(&b, "%d,%v\n", []int{-2, 0, 5}[i%3], i%10 == 0)
	}
	out := page(t, func(w io.Writer) error {
		return report.WriteProfile(w, profile(t, b.String(), nil), report.ProfileOptions{})
	})
	wants(t, out, "8 bins from -2.5 to 5.5; rows most, 100, between -2.5 and -1.5", "false: 90 %; true: 10 %;")
}

// Nothing of a personal column but counts is on the page.
func TestPersonalValuesAreNotShown(t *testing.T) {
	schema, err := dataset.NewSchema(dataset.Field{Name: "name", Type: dataset.Utf8, Personal: true, Nullable: true}, dataset.Field{Name: "salary", Type: dataset.Float64, Personal: true, Nullable: true}, dataset.Field{Name: "ok", Type: dataset.Utf8})
	if err != nil {
		t.Fatal(err)
	}
	p := profile(t, "name,salary,ok\nHildegard,987654.5,fine\nHildegard,987655.5,fine\n,,fine\n", schema)
	out := page(t, func(w io.Writer) error { return report.WriteProfile(w, p, report.ProfileOptions{}) })
	wants(t, out, "Personal data: no value is kept or shown.", "Personal columns", "fine")
	v, err := validate.New(schema, validate.ValidatorOptions{})
	if err != nil {
		t.Fatal(err)
	}
	src, err := csv.NewSource(strings.NewReader("name,salary,ok\nHildegard,inf,\nHildegard,987655.5,fine\n"), csv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := v.Check(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	check := page(t, func(w io.Writer) error { return report.WriteReport(w, r, report.ReportOptions{Schema: schema}) })
	wants(t, check, "non_finite", "utf8, personal", "1 of 2 rows refused")
	for _, secret := range []string{"Hildegard", "98765", "987,65"} {
		if strings.Contains(out+check, secret) {
			t.Errorf("want no %q", secret)
		}
	}
}

// Columns that have nothing to draw, and those that are hard to draw, have their part all the same.
func TestProfilesOfStrangeData(t *testing.T) {
	for name, text := range map[string]string{
		"no rows":    "a,b\n",
		"one row":    "a,b\n1,x\n",
		"all null":   "a,b\n,\n,\n",
		"one value":  "a,b\n5,x\n5,x\n",
		"infinities": "a,b\ninf,1\n-inf,2\n1,3\n",
		"huge":       "a,b\n1e308,1\n-1e308,2\n1e-308,3\n",
		"tail":       "a,b\n" + strings.Repeat("1,x\n2,y\n3,z\n", 100) + "1000000,x\n",
		"lines":      "a,b\n1,\"x\ny\u202e<script>alert(1)</script>\"\n2,\"\"\n",
	} {
		out := page(t, func(w io.Writer) error {
			return report.WriteProfile(w, profile(t, text, nil), report.ProfileOptions{Title: name})
		})
		if strings.Count(out, "<article") != 2 || strings.Contains(out, "NaN</") || strings.Contains(out, `d="MNaN`) || strings.Contains(out, "<script") || strings.Contains(out, "\u202e") {
			t.Errorf("%s: got %s", name, out)
		}
	}
	wants(t, page(t, func(w io.Writer) error {
		return report.WriteProfile(w, profile(t, "a,b\n"+strings.Repeat("1,x\n2,y\n3,z\n", 100)+"1000000,x\n", nil), report.ProfileOptions{})
	}), "The middle 98 % of the values")
}

// Ten thousand columns of names as long as a schema takes make a page that is no larger, and it says what is not there.
func TestProfileOfManyColumnsIsBounded(t *testing.T) {
	fields := make([]dataset.Field, 10_000)
	for i := range fields {
		fields[i] = dataset.Field{Name: strings.Repeat("&", 240) + fmt.Sprint(i), Type: dataset.Utf8, Nullable: true}
	}
	schema, err := dataset.NewSchema(fields...)
	if err != nil {
		t.Fatal(err)
	}
	p := validate.NewProfiler(schema).Profile()
	out := page(t, func(w io.Writer) error { return report.WriteProfile(w, p, report.ProfileOptions{}) })
	wants(t, out, "more columns are not drawn", "more columns are not listed")
	r := &validate.Report{Rows: 10_000, RowsBad: 10_000}
	for _, f := range fields {
		r.Findings = append(r.Findings, validate.Finding{Rule: validate.RuleNull, Column: f.Name, Severity: validate.Refused, Count: 1, Share: 1e-4, FirstRows: []int64{1}, Want: "a value", Got: "null"})
	}
	out = page(t, func(w io.Writer) error { return report.WriteReport(w, r, report.ReportOptions{Schema: schema}) })
	wants(t, out, "more findings are not listed", "more columns are not listed", "0 of 10,000 columns clean")
}

func TestVerdicts(t *testing.T) {
	for want, r := range map[string]*validate.Report{
		"All rows accepted":              {OK: true, Rows: 5},
		"All rows accepted, 2 flagged":   {OK: true, Rows: 5, RowsFlagged: 2},
		"There were no rows to check":    {OK: true},
		"1 of 1 row refused":             {Rows: 1, RowsBad: 1},
		"The data do not fit the schema": {Findings: []validate.Finding{{Rule: validate.RuleMissingColumn, Column: "a", Severity: validate.Refused}}},
	} {
		wants(t, page(t, func(w io.Writer) error { return report.WriteReport(w, r, report.ReportOptions{}) }), ">"+want+"<")
	}
	swap := &validate.Report{OK: true, Rows: 5, RowsFlagged: 1, Findings: []validate.Finding{{Rule: validate.RuleSwappedColumns, Column: "a", Other: "b", Severity: validate.Flagged, Count: 7, Share: 0.5, FirstRows: []int64{1, 2, 3, 4, 5, 6, 7}}}}
	schema, err := dataset.NewSchema(dataset.Field{Name: "a", Type: dataset.Int64}, dataset.Field{Name: "b", Type: dataset.Int64}, dataset.Field{Name: "c", Type: dataset.Int64})
	if err != nil {
		t.Fatal(err)
	}
	wants(t, page(t, func(w io.Writer) error { return report.WriteReport(w, swap, report.ReportOptions{Schema: schema}) }), "a and b", "1, 2, 3, 4, 5 …", "1 of 3 columns clean")
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, context.DeadlineExceeded }

func TestErrorsOfTheWriterAreReturned(t *testing.T) {
	err1 := report.WriteProfile(full{}, profile(t, "a\n1\n", nil), report.ProfileOptions{})
	err2 := report.WriteReport(full{}, &validate.Report{}, report.ReportOptions{})
	if !errors.Is(err1, context.DeadlineExceeded) || !errors.Is(err2, context.DeadlineExceeded) {
		t.Errorf("got %v, %v", err1, err2)
	}
}
