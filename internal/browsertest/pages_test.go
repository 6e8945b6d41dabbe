package browsertest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/metric"
	modelreport "github.com/tidewheel/tidewheel/model/report"
	"github.com/tidewheel/tidewheel/monitor/drift"
	driftreport "github.com/tidewheel/tidewheel/monitor/report"
	"github.com/tidewheel/tidewheel/validate"
	checks "github.com/tidewheel/tidewheel/validate/check"
	"github.com/tidewheel/tidewheel/validate/repair"
	"github.com/tidewheel/tidewheel/validate/report"
	"github.com/tidewheel/tidewheel/validate/skew"
	"github.com/tidewheel/tidewheel/validate/survey"
)

// madePage is a report as it was written.
type madePage struct {
	name string
	html []byte
}

// made returns when the reports were made, which they say as they are told.
func made() time.Time { return time.Date(2024, 5, 17, 9, 30, 0, 0, time.UTC) }

// pages makes each of the five reports, of data as they come and of data as nobody wants them.
func pages(t *testing.T) []madePage {
	t.Helper()
	var out []madePage
	add := func(name string, write func(w io.Writer) error) {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(name, err)
		}
		out = append(out, madePage{name, b.Bytes()})
	}
	people, later := source(t, table(4000, 1, false)), source(t, table(3000, 2, true))
	reference, correlations := profile(t, people)
	current, _ := profile(t, later)
	add("profile", func(w io.Writer) error {
		found, suggested := looked(t, reference, people, "plan")
		return report.WriteProfile(w, reference, report.ProfileOptions{Title: "customers.csv", Made: made(), Correlations: correlations, Survey: found, Suggestions: suggested})
	})
	add("profile-hostile", func(w io.Writer) error {
		src := source(t, hostile())
		p, c := profile(t, src)
		found, suggested := looked(t, p, src, p.Schema().Field(0).Name)
		return report.WriteProfile(w, p, report.ProfileOptions{Title: hostileName() + ".csv", Correlations: c, Survey: found, Suggestions: suggested})
	})
	add("profile-wide", func(w io.Writer) error {
		src := source(t, wide(500))
		p, c := profile(t, src)
		found, suggested := looked(t, p, src, "sensor_reading_000")
		return report.WriteProfile(w, p, report.ProfileOptions{Title: "wide.csv", Correlations: c, Survey: found, Suggestions: suggested})
	})
	schema, checked := check(t, reference, later)
	moved, err := skew.Compare(reference, current, skew.Options{MinRowRatio: 0.8})
	if err != nil {
		t.Fatal(err)
	}
	add("validate", func(w io.Writer) error {
		before, after := quality(t, schema, checked, later)
		return report.WriteReport(w, checked, report.ReportOptions{Title: "july.csv", Made: made(), Schema: schema, Quality: &before, Repaired: &after, Skew: moved})
	})
	add("skew", func(w io.Writer) error {
		return report.WriteSkew(w, moved, report.SkewOptions{Title: "July against January", Made: made()})
	})
	add("skew-hostile", func(w io.Writer) error {
		return report.WriteSkew(w, hostileSkew(), report.SkewOptions{Title: hostileName()})
	})
	add("validate-clean", func(w io.Writer) error {
		return report.WriteReport(w, &validate.Report{OK: true, Rows: 3}, report.ReportOptions{Title: "good.csv", Schema: schema})
	})
	add("validate-hostile", func(w io.Writer) error {
		return report.WriteReport(w, hostileReport(), report.ReportOptions{Title: hostileName(), Quality: &repair.Quality{}, Skew: hostileSkew()})
	})
	compared, err := drift.Compare(t.Context(), people, later, drift.Options{})
	if err != nil {
		t.Fatal(err)
	}
	add("drift", func(w io.Writer) error {
		return driftreport.WriteDrift(w, compared, driftreport.Options{Title: "July against January", Made: made(), Reference: reference, Current: current})
	})
	add("drift-empty", func(w io.Writer) error { return driftreport.WriteDrift(w, &drift.Report{}, driftreport.Options{}) })
	for _, e := range evaluations(t) {
		add(e.name, func(w io.Writer) error {
			return modelreport.WriteEvaluation(w, e.evaluation, e.answers, modelreport.Options{Title: e.title, Made: made()})
		})
	}
	return out
}

func source(t *testing.T, text string) dataset.Source {
	t.Helper()
	src, err := csv.Open(save(t, "rows.csv", []byte(text)), csv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func profile(t *testing.T, src dataset.Source) (*validate.Profile, *validate.Correlations) {
	t.Helper()
	type folds = dataset.Both[*validate.Profiler, *validate.Correlator]
	both, err := dataset.Run(t.Context(), src, func() *folds {
		return &folds{First: validate.NewProfiler(src.Schema()), Second: validate.NewCorrelator(src.Schema())}
	}, dataset.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	c := both.Second.Correlations()
	return both.First.Profile(), &c
}

// check checks rows against the schema that a profile suggests.
func check(t *testing.T, p *validate.Profile, rows dataset.Source) (*dataset.Schema, *validate.Report) {
	t.Helper()
	schema, err := validate.Infer(p, validate.InferOptions{})
	if err != nil {
		t.Fatal(err)
	}
	v, err := validate.New(schema, validate.ValidatorOptions{Reference: p})
	if err != nil {
		t.Fatal(err)
	}
	c, err := checks.New([]checks.Check{
		checks.Terms{Check: checks.DateOrder{Columns: []string{"joined", "last_seen"}}, Severity: validate.Refused},
		checks.Terms{Check: checks.Compare{Left: "balance", Operator: dataset.LessEqual, Right: "income"}, Severity: validate.Flagged},
		checks.Unique{Columns: []string{"age", "income"}},
	}, checks.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.RunWith(context.Background(), v, rows) //nolint:usetesting // the same in a helper of a finished subtest
	if err != nil {
		t.Fatal(err)
	}
	return schema, r
}

// table makes rows of customers: of many types, with gaps and long tails; moved, some columns lie elsewhere and some values are wrong.
func table(rows int, seed uint64, moved bool) string {
	r := rand.New(rand.NewPCG(seed, 1))
	var b strings.Builder
	b.WriteString("age,income,balance,visits,score,country,plan,member,joined,last_seen,constant,empty\n")
	day := time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)
	countries, plans := []string{"Germany", "France", "Spain", "Italy", "Poland", "Netherlands", "Sweden"}, []string{"basic", "plus", "premium"}
	for i := range rows {
		age := 18 + math.Abs(r.NormFloat64())*18
		shift := 0.0
		if moved {
			shift = 0.6
		}
		income := math.Exp(10 + 0.02*age + (0.5+shift/4)*r.NormFloat64() + shift/3)
		balance := 0.0
		if r.Float64() > 0.7 {
			balance = math.Exp(5 + 2.2*r.NormFloat64())
		}
		plan := plans[min(2, int(math.Abs(r.NormFloat64())+shift))]
		if moved && i%400 == 7 {
			plan = "premum"
		}
		score := fmt.Sprintf("%.4f", 1/(1+math.Exp(-(r.NormFloat64()+shift))))
		if i%23 == 0 || moved && i%9 == 0 {
			score = ""
		}
		ageText := fmt.Sprintf("%.0f", age)
		if moved && i%700 == 3 {
			ageText = "-4"
		}
		country := countries[min(len(countries)-1, int(math.Abs(r.NormFloat64()*2.2)))]
		if i%41 == 0 {
			country = ""
		}
		seen := day.AddDate(0, 0, r.IntN(1200))
		fmt.Fprintf(&b, "%s,%.2f,%.2f,%d,%s,%s,%s,%v,%s,%s,7,\n", ageText, income, balance, r.IntN(9), score, country, plan, r.Float64() < 0.3,
			seen.Format(time.DateOnly), seen.Add(time.Duration(r.IntN(864000))*time.Second).Format("2006-01-02 15:04:05"))
	}
	return b.String()
}

// hostileName is a name that pages have to survive.
func hostileName() string {
	return "<script>alert(1)</script>\"'&\u202egnp.exe\n\u0627\u0644\u0633\u0639\u0631 👩‍👩‍👧‍👦 " + strings.Repeat("long ", 18)
}

// hostile makes a small table of everything that is hard to show.
func hostile() string {
	quote := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
	names := []string{strings.ReplaceAll(hostileName(), "\n", " "), "<img src=x onerror=alert(1)>", "السعر", "naïve 名前 🚀", strings.Repeat("W", 250), "inf", "huge", "one"}
	for i, n := range names {
		names[i] = quote(n)
	}
	var b strings.Builder
	b.WriteString(strings.Join(names, ",") + "\n")
	values := []string{"</table><script>alert(2)</script>", "שלום", "tab\tand\nline", strings.Repeat("x", 120)}
	for i := range 60 {
		infinite := fmt.Sprint(i)
		if i%7 == 0 {
			infinite = "inf"
		}
		fmt.Fprintf(&b, "%s,%d,%.3f,%s,%d,%s,%de300,1\n", quote(values[i%4]), i*i, -float64(i)/7, quote(values[(i+1)%4]), 1_000_000_000*i, infinite, i-30)
	}
	return b.String()
}

// wide makes a table of many columns.
func wide(columns int) string {
	r := rand.New(rand.NewPCG(5, 5))
	var b strings.Builder
	for i := range columns {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "sensor_reading_%03d", i)
	}
	for range 300 {
		b.WriteByte('\n')
		x := r.NormFloat64()
		for i := range columns {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, "%.3f", x*float64(i%5)+r.NormFloat64()*1000)
		}
	}
	b.WriteByte('\n')
	return b.String()
}

// looked looks closer at the rows of a profile.
func looked(t *testing.T, p *validate.Profile, src dataset.Source, target string) (*survey.Survey, []survey.Suggestion) {
	t.Helper()
	s, err := survey.Of(t.Context(), src, survey.Options{Target: target})
	if err != nil {
		t.Fatal(err)
	}
	inferred, err := survey.Infer([]*validate.Profile{p}, []*survey.Survey{s}, survey.InferOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return s, inferred.Suggestions
}

// quality measures checked rows, as they came and after the repairs that their findings suggest.
func quality(t *testing.T, schema *dataset.Schema, r *validate.Report, rows dataset.Source) (before, after repair.Quality) {
	t.Helper()
	fatal := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	before, err := repair.QualityOf(schema, nil, r)
	fatal(err)
	p, err := repair.Propose(r, schema, rows.Schema(), repair.ProposeOptions{})
	fatal(err)
	repairer, err := repair.New(p.Repairs, repair.Options{Schema: schema})
	fatal(err)
	mended, err := repairer.Apply(rows, nil)
	fatal(err)
	v, err := validate.New(schema, validate.ValidatorOptions{})
	fatal(err)
	again, err := v.Check(t.Context(), mended)
	fatal(err)
	after, err = repair.QualityOf(schema, nil, again)
	fatal(err)
	return before, after
}

func hostileSkew() *skew.Report {
	r := &skew.Report{RowsReference: 1_000_000_000, RowsCurrent: 1}
	value, figure := hostileName(), 0.123456789
	for i := range 40 {
		name := fmt.Sprint(i, hostileName())
		r.Columns = append(r.Columns, skew.Column{Name: name, LInfinity: &figure, LInfinityValue: &value, JensenShannon: &figure, PSI: &figure, AdjustedP: &figure, MissingCurrent: 0.5, Judged: true})
		r.Findings = append(r.Findings, validate.Finding{Rule: validate.Rule("skew_" + strings.Repeat("long", 20)), Column: name, Severity: validate.Flagged, Want: strings.Repeat("<b>", 60), Got: value})
	}
	return r
}

func hostileReport() *validate.Report {
	r := &validate.Report{Rows: 1_000_000_000, RowsBad: 1, RowsFlagged: 999_999_999}
	for i := range 60 {
		r.Findings = append(r.Findings, validate.Finding{
			Rule: validate.RuleOneOf, Column: fmt.Sprint(i, hostileName()), Severity: validate.Severity(1 + i%3), Count: int64(i) * 1_000_003, Share: float64(i) / 60,
			FirstRows: []int64{123_456_789, 987_654_321, 1 << 60, 1<<60 + 1, 1<<60 + 2, 1<<60 + 3}, Want: "one of " + strings.Repeat("<b>category</b>, ", 400), Got: strings.Repeat("无", 300),
		})
	}
	return r
}

type evaluated struct {
	name, title string
	evaluation  *model.Evaluation
	answers     modelreport.Answers
}

// evaluations measures models that are made up: of two classes, of five, of numbers, and of nothing to draw.
func evaluations(t *testing.T) []evaluated {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 3))
	n := 20_000
	class, codes, probability := make([]bool, n), make([]int32, n), make([]float64, n)
	for i := range class {
		x := r.NormFloat64()
		class[i] = r.Float64() < 1/(1+math.Exp(1.2-2*x))
		if class[i] {
			codes[i] = 1
		}
		probability[i] = 1 / (1 + math.Exp(1.4-1.5*x-0.4*r.NormFloat64()))
	}
	binary, err := metric.Binary(class, probability, nil, 0.5, metric.ReportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	const k = 5
	many, each := make([]int32, n), make([]float64, n*k)
	for i := range many {
		many[i] = int32(min(k-1, int(math.Abs(r.NormFloat64()*2))))
		sum := 0.0
		for c := range k {
			each[i*k+c] = math.Exp(r.NormFloat64())
			if int32(c) == many[i] {
				each[i*k+c] *= 5
			}
			sum += each[i*k+c]
		}
		for c := range k {
			each[i*k+c] /= sum
		}
	}
	multiclass, err := metric.Multiclass(many, each, nil, metric.ReportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	actual, number := make([]float64, n), make([]float64, n)
	for i := range actual {
		x := r.Float64() * 10
		actual[i] = 20_000 + 9_000*x + 6_000*r.NormFloat64()*(0.3+x/8)
		number[i] = 22_000 + 8_600*x
	}
	regression, err := metric.Regression(actual, number, nil, metric.ReportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return []evaluated{
		{"evaluate-binary", "income", &model.Evaluation{Task: "binary", Report: binary}, modelreport.Answers{Classes: []string{"<=50K", ">50K"}, Class: codes, Probability: probability}},
		{"evaluate-multiclass", "species", &model.Evaluation{Task: "multiclass", Report: multiclass}, modelreport.Answers{Classes: []string{"setosa", "versicolor", "a class of a very long name indeed", "<b>", "四"}, Class: many, Probability: each}},
		{"evaluate-regression", "price", &model.Evaluation{Task: "regression", Report: regression}, modelreport.Answers{Actual: actual, Number: number}},
		{"evaluate-few", "price of three", &model.Evaluation{Task: "regression", Report: metric.Report{Rows: 3}}, modelreport.Answers{Actual: []float64{1, 2, math.NaN()}, Number: []float64{1, math.Inf(1), 3}}},
	}
}
