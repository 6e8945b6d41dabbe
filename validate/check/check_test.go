package check_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"math"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/check"
)

func run(t *testing.T, src dataset.Source, o check.Options, checks ...check.Check) *check.Result {
	t.Helper()
	c, err := check.New(checks, o)
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Run(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

type event struct {
	ID    int64 `ml:"name=id"`
	Big   uint64
	Seq   float64
	Text  string `ml:"type=dictionary"`
	Other string
	Score *float64
	At    time.Time
	JSON  string
	Flag  bool
}

const events = 2*dataset.ChunkRows + 4465

// clean returns rows that keep every check of planted.
func clean() []event {
	out := make([]event, events)
	for i := range out {
		x := float64(i%100) + 0.5
		out[i] = event{
			ID: int64(i), Big: math.MaxUint64 - uint64(i), Seq: float64(i), Text: []string{"red", "green"}[i%2], Other: "blue", Score: &x,
			At: time.Unix(int64(i), 0), JSON: "[1]", Flag: i%2 == 0,
		}
	}
	return out
}

func source(t *testing.T, rows []event, batch int, mem memory.Allocator) dataset.Source {
	t.Helper()
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{BatchRows: batch, Allocator: mem})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// even is a judge: scores of rows without the flag must not be under 1.
type even struct{}

func (even) Judge(b dataset.Batch, bad []bool) error {
	flags, scores := b.Column(0).(*array.Boolean), b.Column(1).(*array.Float64)
	for i := range bad {
		bad[i] = !flags.Value(i) && scores.IsValid(i) && scores.Value(i) < 1
	}
	return nil
}

// planted returns checks, and the rows that break each once spoil was there.
func planted(t *testing.T) ([]check.Check, [][]int64, func([]event)) {
	t.Helper()
	const edge = dataset.ChunkRows // the first row of the second chunk
	now := func() time.Time { return time.Unix(events, 0) }
	p, err := validate.ProfileOf(t.Context(), source(t, clean(), 0, nil), validate.ProfileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	all := []check.Check{
		check.Unique{Columns: []string{"id"}},
		check.Unique{Columns: []string{"Big", "Text"}},
		check.Increasing{Column: "Seq", Strictly: true},
		check.When{Column: "Text", Value: dataset.TextValue("red"), Then: check.Unique{Columns: []string{"Seq"}}},
		check.When{Column: "Text", Value: dataset.TextValue("red"), Then: check.When{Column: "id", Operator: dataset.GreaterEqual, Value: dataset.NumberValue(edge), Then: check.NotNull{Column: "Score"}}},
		check.InSet{Column: "Text", Texts: []string{"red", "green", "grey"}},
		check.DistinctInRow{Columns: []string{"Text", "Other"}},
		check.Compare{Left: "Text", Operator: dataset.NotEqual, Right: "Other", Texts: true},
		check.Finite{Column: "Score"},
		check.NotFuture{Column: "At", Clock: now},
		check.Parses{Column: "JSON", As: dataset.JSON},
		check.Own{Rule: "low_score", Columns: []string{"Flag", "Score"}, Judge: even{}},
		check.References{Columns: []string{"id"}, To: source(t, clean()[1:], 999, nil)},
		check.Whole{Column: "Seq"},
		check.HasValues{Column: "Text", Texts: []string{"red", "green", "red"}},
		check.HasValues{Column: "Seq", Numbers: []float64{0, events - 1}},
		check.RowCount{Min: events, Max: events},
		check.Columns{Names: []string{"id", "Text", "At"}, Ordered: true},
		check.HasType{Column: "Text", Types: []dataset.Type{dataset.Utf8, dataset.Dictionary}},
		check.Freshness{Column: "At", MaxAge: time.Minute, Clock: now},
		check.Like{Column: "Text", Reference: p, AtMost: 1e-6},
		check.Like{Column: "Score", Reference: p, Measure: check.JensenShannon, AtMost: 0.01},
		check.When{Column: "Flag", Value: dataset.NumberValue(1), Then: check.RowCount{Min: events / 2, Max: events}},
	}
	rows := [][]int64{
		{3, 2 * edge},
		{1, edge + 1},
		{edge, edge + 4},
		{4, edge + 4},
		{edge + 6},
		{7, edge + 9},
		{7},
		{7},
		{edge - 1},
		{11, events - 1},
		{12},
		{13, 2*edge + 1},
		{0, 99},
		nil, // whole numbers stay whole
	}
	return all, rows, func(e []event) {
		e[2*edge].ID, e[99].ID = 3, -1
		e[edge+1].Big = e[1].Big
		e[edge].Seq = edge - 1
		e[edge+4].Seq = 4
		e[edge+6].Score, e[6].Score = nil, nil
		e[edge+9].Text = "Green"
		e[7].Text = "blue"
		inf, low := math.Inf(1), 0.25
		e[edge-1].Score, e[13].Score, e[2*edge+1].Score, e[14].Score = &inf, &low, &low, &low
		e[11].At, e[events-1].At = time.Unix(events+1, 0), time.Unix(2*events, 0)
		e[12].JSON = "[1"
	}
}

func TestPlantedRowsAreFoundAndNoOthers(t *testing.T) {
	checks, want, spoil := planted(t)
	rows := clean()
	first := run(t, source(t, rows, 0, nil), check.Options{}, checks...)
	for i, f := range first.Report.Findings {
		if first.Check(i) != 12 || f.Count != 1 { // row 0 alone is not in the other source
			t.Errorf("clean rows: %+v", f)
		}
	}
	spoil(rows)
	var whole *check.Result
	for _, c := range []struct{ batch, workers int }{{0, 1}, {1000, 3}, {events, 2}} {
		mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
		r := run(t, source(t, rows, c.batch, mem), check.Options{Workers: c.workers, Allocator: mem}, checks...)
		mem.AssertSize(t, 0)
		if whole == nil {
			whole = r
		}
		if !reflect.DeepEqual(r.Report, whole.Report) {
			t.Errorf("batch %d, %d workers: %+v, want %+v", c.batch, c.workers, r.Report, whole.Report)
		}
	}
	got := make([][]int64, len(checks))
	for i, f := range whole.Report.Findings {
		got[whole.Check(i)] = slices.Collect(whole.Rows(i))
		if whole.Check(i) == 4 && (f.Column != "Score" || f.Other != "id") {
			t.Errorf("conditional finding is about %q and %q", f.Column, f.Other)
		}
	}
	for i := range want {
		if !slices.Equal(got[i], want[i]) {
			t.Errorf("check %d: rows %v, want %v", i, got[i], want[i])
		}
	}
}

func TestTermsDecideWhatAFindingDoes(t *testing.T) {
	rows := clean()[:1000]
	for i := range 3 {
		rows[100*i].Text = "grey"
	}
	src := source(t, rows, 0, nil)
	known := check.InSet{Column: "Text", Texts: []string{"red", "green"}}
	for _, c := range []struct {
		terms        check.Terms
		want         validate.Severity
		ok           bool
		bad, flagged int64
	}{
		{check.Terms{}, validate.Refused, false, 3, 0},
		{check.Terms{AtMost: 0.003}, validate.Counted, true, 0, 0},
		{check.Terms{AtMost: 0.002}, validate.Refused, false, 3, 0},
		{check.Terms{Severity: validate.Flagged}, validate.Flagged, true, 0, 3},
		{check.Terms{Severity: validate.Flagged, AtMost: 0.01}, validate.Counted, true, 0, 0},
		{check.Terms{Severity: validate.Counted}, validate.Counted, true, 0, 0},
	} {
		c.terms.Check = known
		r := run(t, src, check.Options{}, c.terms).Report
		if f := r.Findings[0]; f.Severity != c.want || r.OK != c.ok || r.RowsBad != c.bad || r.RowsFlagged != c.flagged || f.Share != 0.003 {
			t.Errorf("%+v: %+v", c.terms, r)
		}
	}
}

func TestWholeChecksFailForAllRows(t *testing.T) {
	rows := clean()[:200]
	p, err := validate.ProfileOf(t.Context(), source(t, rows[:50], 0, nil), validate.ProfileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Unix(1000, 0) }
	for _, c := range []check.Check{
		check.RowCount{Min: 201, Max: math.Inf(1)},
		check.Columns{Names: []string{"Text", "id"}, Ordered: true},
		check.Columns{Names: []string{"id"}, Only: true},
		check.Columns{Names: []string{"nowhere"}},
		check.HasType{Column: "id", Types: []dataset.Type{dataset.Int32}},
		check.HasValues{Column: "Text", Texts: []string{"grey"}},
		check.HasValues{Column: "Seq", Numbers: []float64{0, 0.5}},
		check.Freshness{Column: "At", MaxAge: 800 * time.Second, Clock: now},
		check.Like{Column: "Seq", Reference: p},
		check.Like{Column: "Seq", Reference: p, Measure: check.TotalVariation},
		check.Like{Column: "Seq", Reference: p, Measure: check.LInfinity},
		check.NotNull{Column: "nowhere"},
		check.Length{Column: "id", Min: 1},
		check.When{Column: "Text", Value: dataset.TextValue("red"), Then: check.Maximum{Column: "Seq", Min: 0, Max: 197}},
		check.Decreasing{Column: "Text"},
	} {
		r := run(t, source(t, rows, 0, nil), check.Options{}, c).Report
		if len(r.Findings) != 1 || r.OK || r.RowsBad != 200 || r.Findings[0].Count != 200 || len(r.Findings[0].FirstRows) != 10 {
			t.Errorf("%#v: %+v", c, r)
		}
	}
}

func TestNoRowsBreakNoCheckOfRows(t *testing.T) {
	checks, _, _ := planted(t)
	r := run(t, source(t, nil, 0, nil), check.Options{}, checks...)
	for i, f := range r.Report.Findings {
		if r.Check(i) < 14 || f.Count != 0 || f.Share != 0 || f.FirstRows == nil {
			t.Errorf("no rows: %+v", f)
		}
	}
	falling := run(t, source(t, clean()[:5], 0, nil), check.Options{}, check.Decreasing{Column: "Seq"}, check.Null{Column: "Score"}, check.Mean{Column: "Seq", Max: 2})
	if len(falling.Report.Findings) != 2 || falling.Report.Findings[0].Count != 4 || falling.Report.Findings[1].Count != 5 {
		t.Errorf("%+v", falling.Report.Findings)
	}
}

func TestBadOptionsAreRefused(t *testing.T) {
	nan := math.NaN()
	bad := []check.Check{
		nil,
		check.Terms{},
		check.Terms{Check: check.RowCount{}, AtMost: 0.1},
		check.Terms{Check: check.Terms{Check: check.RowCount{}}},
		check.Terms{Check: check.NotNull{Column: "x"}, AtMost: nan},
		check.Terms{Check: check.NotNull{Column: "x"}, Severity: 9},
		check.NotNull{},
		check.Null{},
		check.Finite{},
		check.Whole{},
		check.Between{Column: "x", Min: 2, Max: 1},
		check.Between{Column: "x", Min: nan},
		check.Holds{Column: "x"},
		check.Holds{Column: "x", Operator: 9, Value: dataset.NumberValue(1)},
		check.InSet{Column: "x"},
		check.NotInSet{Column: "x", Texts: []string{"a"}, Numbers: []float64{1}},
		check.Parses{Column: "x", As: dataset.Utf8},
		check.Matches{Column: "x", Pattern: "a)(b"},
		check.Contains{Column: "x", Pattern: "["},
		check.Lacks{Column: "x", Pattern: "+"},
		check.Prefix{},
		check.Suffix{},
		check.Length{Column: "x", Min: 3, Max: 2},
		check.Compare{Left: "x"},
		check.DateOrder{Columns: []string{"x"}},
		check.RowSum{Columns: []string{"a", "b"}},
		check.DistinctInRow{},
		check.Unique{},
		check.DistinctCount{Column: "x", Min: nan},
		check.References{Columns: []string{"x"}},
		check.References{Columns: []string{"x"}, To: source(t, nil, 0, nil)},
		check.Increasing{},
		check.Decreasing{},
		check.RowCount{Min: 1},
		check.NullShare{},
		check.Sum{},
		check.Mean{},
		check.Std{},
		check.Minimum{},
		check.Maximum{},
		check.Outliers{Column: "x", Factor: -1},
		check.Outliers{Column: "x", Method: 7},
		check.Quantile{Column: "x", At: 2},
		check.Freshness{Column: "x"},
		check.NotFuture{Column: "x"},
		check.Like{Column: "x"},
		check.Like{Column: "x", Reference: new(validate.Profile), AtMost: -1},
		check.Columns{},
		check.HasType{Column: "x", Types: []dataset.Type{"text"}},
		check.HasValues{Column: "x"},
		check.Own{},
		check.When{Column: "x"},
		check.When{Column: "x", Value: dataset.NumberValue(1), Then: check.Columns{Names: []string{"x"}}},
	}
	for _, c := range bad {
		if like, ok := c.(check.Like); ok && like.Reference != nil {
			p, err := validate.ProfileOf(t.Context(), source(t, nil, 0, nil), validate.ProfileOptions{})
			if err != nil {
				t.Fatal(err)
			}
			like.Reference = p
			c = like
		}
		_, err := check.New([]check.Check{c}, check.Options{})
		var option *dataset.OptionError
		if !errors.As(err, &option) && !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%#v: %v", c, err)
		}
	}
	if _, err := check.New(nil, check.Options{Workers: -1}); err == nil {
		t.Error("workers -1 are accepted")
	}
}

// docs/checks.md has a row for each check and no other.
func TestDocsHaveEachCheck(t *testing.T) {
	text, err := os.ReadFile("../../docs/checks.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented, exported []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([A-Z][A-Za-z]+)`").FindAllStringSubmatch(string(text), -1) {
		documented = append(documented, m[1])
	}
	entries, err := fs.Glob(os.DirFS("."), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range entries {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "plan" && f.Recv != nil {
				exported = append(exported, f.Recv.List[0].Type.(*ast.Ident).Name)
			}
		}
	}
	slices.Sort(documented)
	slices.Sort(exported)
	if !slices.Equal(documented, exported) {
		t.Errorf("docs/checks.md has %v, the package %v", documented, exported)
	}
}
