package report_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/check"
	"github.com/tidewheel/tidewheel/validate/repair"
	"github.com/tidewheel/tidewheel/validate/report"
	"github.com/tidewheel/tidewheel/validate/skew"
	"github.com/tidewheel/tidewheel/validate/survey"
)

var update = flag.Bool("update", false, "write testdata")

// orders makes rows of orders: 400 good ones, or 120 later ones of which some are wrong and whose columns lie elsewhere.
func orders(later bool) string {
	var b strings.Builder
	b.WriteString("order_id,code,mail,state,ordered,shipped,amount,weight,height,paid\n")
	n, state := 400, []string{"open", "paid", "paid", "paid", "sent", "sent", "sent", "sent"}
	if later {
		n, state = 120, []string{"open", "open", "open", "paid", "sent"}
	}
	for i := range n {
		weight, height := fmt.Sprint(i*37%97), fmt.Sprint(i*53%89)
		if i%8 == 3 {
			weight, height = "", ""
		}
		amount, shipped := fmt.Sprintf("%d.5", 10+i*61%200), i%27+2
		if later {
			amount = fmt.Sprintf("%d.5", 90+i*61%200)
			switch i {
			case 17:
				amount = "-4.5"
			case 40:
				amount = "many"
			case 61:
				shipped = 1
			}
		}
		s, code := state[i%len(state)], i*7%1000
		if later && i == 99 {
			s, code = "snet", 7
		}
		fmt.Fprintf(&b, "%d,K-%03d,a%d@example.org,%s,2024-02-%02d,2024-02-%02d,%s,%s,%s,%v\n", i, code, i%60, s, i%27+1, shipped, amount, weight, height, s == "paid")
	}
	return b.String()
}

func rows(t *testing.T, text string) dataset.Source {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rows.csv")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := csv.Open(file, csv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// looked returns all that is known of a source.
func looked(t *testing.T, src dataset.Source, target string) (*validate.Profile, report.ProfileOptions) {
	t.Helper()
	p, err := validate.ProfileOf(t.Context(), src, validate.ProfileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := survey.Of(t.Context(), src, survey.Options{Target: target})
	if err != nil {
		t.Fatal(err)
	}
	inferred, err := survey.Infer([]*validate.Profile{p}, []*survey.Survey{s}, survey.InferOptions{})
	if err != nil {
		t.Fatal(err)
	}
	correlator, err := dataset.Run(t.Context(), src, func() *validate.Correlator { return validate.NewCorrelator(src.Schema()) }, dataset.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	c := correlator.Correlations()
	return p, report.ProfileOptions{Title: "orders.csv", Made: time.Date(2024, 5, 17, 9, 30, 0, 0, time.UTC), Correlations: &c, Survey: s, Suggestions: inferred.Suggestions}
}

// checked checks the later orders against the earlier ones, by their schema and by a list of checks.
func checked(t *testing.T) (*validate.Report, report.ReportOptions) {
	t.Helper()
	first, later := rows(t, orders(false)), rows(t, orders(true))
	reference, err := validate.ProfileOf(t.Context(), first, validate.ProfileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	schema, err := validate.Infer(reference, validate.InferOptions{})
	if err != nil {
		t.Fatal(err)
	}
	v, err := validate.New(schema, validate.ValidatorOptions{Reference: reference})
	if err != nil {
		t.Fatal(err)
	}
	c, err := check.New([]check.Check{
		check.DateOrder{Columns: []string{"ordered", "shipped"}},
		check.Unique{Columns: []string{"code"}},
		check.Terms{Check: check.Matches{Column: "code", Pattern: "K-[0-4][0-9]+"}, Severity: validate.Flagged},
		check.RowCount{Min: 100, Max: 1000},
	}, check.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.RunWith(t.Context(), v, later)
	if err != nil {
		t.Fatal(err)
	}
	current, err := validate.ProfileOf(t.Context(), later, validate.ProfileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	q, err := repair.QualityOf(schema, current, r)
	if err != nil {
		t.Fatal(err)
	}
	compared, err := skew.Compare(reference, current, skew.Options{MinRowRatio: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	after := repair.Quality{Score: (q.Score + 1) / 2, Completeness: q.Completeness, Validity: 1, Uniqueness: q.Uniqueness, Consistency: q.Consistency}
	return r, report.ReportOptions{Title: "later.csv", Made: time.Date(2024, 5, 17, 9, 30, 0, 0, time.UTC), Schema: schema, Quality: &q, Repaired: &after, Skew: compared}
}

// pieces returns the body of a page, a mark a line. The style is that of every page.
func pieces(page string) string {
	_, body, _ := strings.Cut(page, "<body>")
	return strings.ReplaceAll(body, "><", ">\n<")
}

// The pages are what they were when they were looked at, drawings and tables, to the byte.
func TestPagesAreAsSeen(t *testing.T) {
	p, o := looked(t, rows(t, orders(false)), "state")
	r, ro := checked(t)
	for name, write := range map[string]func(io.Writer) error{
		"profile": func(w io.Writer) error { return report.WriteProfile(w, p, o) },
		"check":   func(w io.Writer) error { return report.WriteReport(w, r, ro) },
		"skew": func(w io.Writer) error {
			return report.WriteSkew(w, ro.Skew, report.SkewOptions{Title: "later.csv", Made: ro.Made})
		},
	} {
		got := pieces(page(t, write))
		file := filepath.Join("testdata", name+".html")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(want, []byte(got)) {
			continue
		}
		before, after := strings.Split(string(want), "\n"), strings.Split(got, "\n")
		for i := range min(len(before), len(after)) {
			if before[i] != after[i] {
				t.Errorf("%s: line %d: want\n%s, got\n%s", file, i+1, before[i], after[i])
				break
			}
		}
		if len(before) != len(after) {
			t.Errorf("%s: want %d lines, got %d", file, len(before), len(after))
		}
	}
}

// What was seen is what was asked for: the figures of a survey, of checks, of quality and of a comparison stand on the pages.
func TestPagesSayWhatIsKnown(t *testing.T) {
	p, o := looked(t, rows(t, orders(false)), "state")
	out := page(t, func(w io.Writer) error { return report.WriteProfile(w, p, o) })
	wants(t, out, "Duplicate rows", "Cells that miss together", "<bdi>weight, height</bdi>", "Correlations of ranks", "Associations of categories", "What tells the target", "Mutual information with state",
		`<a href="#c2"><bdi>mail</bdi></a>`, "values look like e-mail addresses", "A-999", "no value twice", "increasing", "Like an e-mail", "In shapes A and a stand for letters")
	r, ro := checked(t)
	out = page(t, func(w io.Writer) error { return report.WriteReport(w, r, ro) })
	wants(t, out, "date_order", "ordered and shipped", "unique", "matches", "5 of 120 rows refused", "drift_linfty", "Distances from the reference", "after repair", "What the score loses")
	ro.Repaired, ro.Skew, ro.Schema = nil, nil, nil
	out = page(t, func(w io.Writer) error { return report.WriteReport(w, r, ro) })
	for _, no := range []string{"after repair", "Against the reference", `id="columns"`} {
		if strings.Contains(out, no) {
			t.Errorf("want no %q", no)
		}
	}
	perfect := repair.Quality{Score: 1, Completeness: 1, Validity: 1, Uniqueness: 1, Consistency: 1}
	out = page(t, func(w io.Writer) error {
		return report.WriteReport(w, &validate.Report{OK: true, Rows: 3}, report.ReportOptions{Quality: &perfect})
	})
	if strings.Contains(out, "What the score loses") || !strings.Contains(out, "1.0000") {
		t.Error("want a perfect score without a drawing")
	}
	for _, row := range o.Survey.CramersV.Values {
		for j := range row {
			row[j] *= 0.0004
		}
	}
	for i := range o.Survey.Information {
		o.Survey.Information[i].Share = 0
	}
	wants(t, page(t, func(w io.Writer) error { return report.WriteProfile(w, p, o) }), "every coefficient is 0", "No column by itself says anything of it.")
	nearly := perfect
	nearly.Score = 1 - 1e-9
	wants(t, page(t, func(w io.Writer) error {
		return report.WriteReport(w, &validate.Report{OK: true, Rows: 3}, report.ReportOptions{Quality: &nearly})
	}), "&lt; 1")
}

func TestVerdictsOfComparisons(t *testing.T) {
	finding := validate.Finding{Rule: "drift_psi", Column: "a", Severity: validate.Flagged}
	fewer := validate.Finding{Rule: "drift_low_num_examples", Severity: validate.Flagged}
	columns := []skew.Column{{Name: "a", Anomalies: []validate.Rule{"drift_psi"}}, {Name: "b", Judged: true}}
	for want, r := range map[string]*skew.Report{
		">No column could be compared<":  {OK: true},
		">No column changed<":            {OK: true, Columns: columns[1:]},
		">1 of 2 columns changed<":       {Columns: columns, Findings: []validate.Finding{finding}},
		">The number of rows changed<":   {Columns: columns[1:], Findings: []validate.Finding{fewer}},
		`<p class="kind">Data skew</p>`:  {OK: true, Kind: skew.Skew},
		`<p class="kind">Data drift</p>`: {OK: true},
	} {
		wants(t, page(t, func(w io.Writer) error { return report.WriteSkew(w, r, report.SkewOptions{}) }), want)
	}
}

// Whatever is known of thousands of columns with long names, the pages stay below their limit.
func TestPagesOfAllThatIsKnownAreBounded(t *testing.T) {
	var fields []dataset.Field
	s := &survey.Survey{Rows: 1000, SampleRows: 1000, Target: strings.Repeat("&", 256), MissingOther: 5, MissingError: 1}
	compared := &skew.Report{}
	var suggested []survey.Suggestion
	q := repair.Quality{Score: 0.5}
	for i := range 2_000 {
		name, long := strings.Repeat("&", 240)+fmt.Sprint(i), strings.Repeat("<", 60)
		fields = append(fields, dataset.Field{Name: name, Type: dataset.Utf8, Nullable: true})
		c := survey.Column{Name: name, Type: dataset.Utf8, Values: 900, ShapesError: 2, ShapesOther: 7}
		for range 256 {
			c.Shapes = append(c.Shapes, survey.Shape{Form: long, Count: 3})
		}
		s.Columns = append(s.Columns, c)
		s.Information = append(s.Information, survey.Information{Column: name, Share: 0.5})
		suggested = append(suggested, survey.Suggestion{Column: name, Kind: survey.KindPattern, Reason: strings.Repeat("why ", 40)})
		most := name
		compared.Columns = append(compared.Columns, skew.Column{Name: name, LInfinityValue: &most})
		compared.Findings = append(compared.Findings, validate.Finding{Rule: "drift_linfty", Column: name, Severity: validate.Flagged, Want: long, Got: long})
		if i < 512 {
			for k := range s.Missing {
				s.Missing[k].Columns = append(s.Missing[k].Columns, name)
			}
			if i < 10 {
				s.Missing = append(s.Missing, survey.MissingPattern{Columns: []string{name}, Rows: 9})
			}
		}
	}
	schema, err := dataset.NewSchema(fields...)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []*survey.Matrix{&s.Spearman, &s.CramersV} {
		for i := range 64 {
			m.Columns = append(m.Columns, fields[i].Name)
			row := make([]float64, 64)
			for j := range row {
				row[j] = float64(i*j%19-9) / 9
			}
			m.Values = append(m.Values, row)
		}
	}
	p := validate.NewProfiler(schema).Profile()
	out := page(t, func(w io.Writer) error {
		return report.WriteProfile(w, p, report.ProfileOptions{Survey: s, Suggestions: suggested, Correlations: &validate.Correlations{Columns: s.Spearman.Columns, Values: s.Spearman.Values}})
	})
	wants(t, out, "more suggestions are not listed", "columns not drawn", "more patterns are not listed", "506 more", "all others")
	out = page(t, func(w io.Writer) error {
		r := &validate.Report{Rows: 1000, Findings: compared.Findings}
		return report.WriteReport(w, r, report.ReportOptions{Schema: schema, Quality: &q, Repaired: &q, Skew: compared})
	})
	wants(t, out, "more findings are not listed", "more columns are not listed")
	page(t, func(w io.Writer) error { return report.WriteSkew(w, compared, report.SkewOptions{}) })
}
