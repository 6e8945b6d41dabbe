package survey_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/survey"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type column struct {
	field dataset.Field
	cells any // NaN, math.MinInt64 and "\x00" are nulls
}

func text(name string, cells ...string) column {
	return column{dataset.Field{Name: name, Type: dataset.Utf8, Nullable: true}, cells}
}

func number(name string, cells ...float64) column {
	return column{dataset.Field{Name: name, Type: dataset.Float64, Nullable: true}, cells}
}

func whole(name string, cells ...int64) column {
	return column{dataset.Field{Name: name, Type: dataset.Int64, Nullable: true}, cells}
}

func tableOf(t testing.TB, columns ...column) *dataset.Batches {
	t.Helper()
	fields, arrays, n := make([]dataset.Field, len(columns)), make([]arrow.Array, len(columns)), 0
	for i, c := range columns {
		fields[i] = c.field
		switch cells := c.cells.(type) {
		case []float64:
			b, valid := array.NewFloat64Builder(memory.DefaultAllocator), make([]bool, len(cells))
			for k, x := range cells {
				valid[k] = x == x
			}
			b.AppendValues(cells, valid)
			arrays[i], n = b.NewArray(), len(cells)
		case []int64:
			b, valid := array.NewInt64Builder(memory.DefaultAllocator), make([]bool, len(cells))
			for k, x := range cells {
				valid[k] = x != math.MinInt64
			}
			b.AppendValues(cells, valid)
			arrays[i], n = b.NewArray(), len(cells)
		case []string:
			b, valid := array.NewStringBuilder(memory.DefaultAllocator), make([]bool, len(cells))
			for k, x := range cells {
				valid[k] = x != "\x00"
			}
			b.AppendValues(cells, valid)
			arrays[i], n = b.NewArray(), len(cells)
		default:
			t.Fatalf("cells of %T", cells)
		}
	}
	s, err := dataset.NewSchema(fields...)
	must(t, err)
	b, err := dataset.NewBatch(s, arrays, n)
	must(t, err)
	src, err := dataset.NewBatches(s, b)
	must(t, err)
	t.Cleanup(func() { _ = src.Close() })
	return src
}

func surveyOf(t testing.TB, src dataset.Source, o survey.Options) *survey.Survey {
	t.Helper()
	s, err := survey.Of(t.Context(), src, o)
	must(t, err)
	return s
}

func foldSchema(t *testing.T) *dataset.Schema {
	t.Helper()
	s, err := dataset.NewSchema(
		dataset.Field{Name: "amount", Type: dataset.Float64, Nullable: true},
		dataset.Field{Name: "count", Type: dataset.Int64},
		dataset.Field{Name: "price", Type: dataset.Decimal128(10, 2), Nullable: true},
		dataset.Field{Name: "paid", Type: dataset.Bool, Nullable: true, Role: dataset.Target},
		dataset.Field{Name: "day", Type: dataset.Date32, Nullable: true},
		dataset.Field{Name: "country", Type: dataset.Utf8, Nullable: true, OneOf: []string{"DE", "FR", "NL"}},
		dataset.Field{Name: "note", Type: dataset.Dictionary, Nullable: true},
		dataset.Field{Name: "name", Type: dataset.Utf8, Nullable: true, Personal: true},
		dataset.Field{Name: "age", Type: dataset.Float64, Nullable: true, Personal: true},
	)
	must(t, err)
	return s
}

func sameJSON(want, got *survey.Surveyor) error {
	a, err := json.Marshal(want.Survey())
	if err != nil {
		return err
	}
	b, err := json.Marshal(got.Survey())
	if err != nil {
		return err
	}
	if !bytes.Equal(a, b) {
		return fmt.Errorf("got %s, want %s", b, a)
	}
	return nil
}

func TestSurveyorIsAFold(t *testing.T) {
	s := foldSchema(t)
	first, err := survey.New(s, survey.Options{})
	must(t, err)
	traits := validatetest.FoldTraits[*survey.Surveyor]{Schema: s, Same: sameJSON, KeepsMerged: true, Rows: 70_000, MaxGrowth: 2 << 20}
	validatetest.TestFold(t, traits, first.Fresh)
}

// All of a table small enough to do by hand.
func TestSurveyByHand(t *testing.T) {
	nan := math.NaN()
	s := surveyOf(t, tableOf(t,
		number("up", 1, 2, 2, nan, 7, 1),
		whole("id", 1, 2, 3, 4, 5, 1),
		text("code", "A9-99", "B1-07", "c3-11", "\x00", "Zoë", "A9-99"),
		text("mixed", "7", " 007 ", "true", "2024-01-31", "2024-01-31T10:00:00Z", "7"),
		column{dataset.Field{Name: "who", Type: dataset.Utf8, Personal: true}, []string{"a", "b", "c", "d", "e", "a"}},
	), survey.Options{})
	up, id, code, mixed, who := s.Columns[0], s.Columns[1], s.Columns[2], s.Columns[3], s.Columns[4]
	if up.Values != 5 || *up.Order != (survey.Order{Rises: 2, Ties: 1, Falls: 1}) || up.Unique {
		t.Errorf("up: %+v %+v", up, up.Order)
	}
	if id.Unique || *id.Order != (survey.Order{Rises: 4, Falls: 1}) {
		t.Errorf("id: %+v", id)
	}
	want := []survey.Shape{{Form: "A9-99", Count: 3}, {Form: "AaL", Count: 1}, {Form: "a9-99", Count: 1}}
	if !slices.Equal(code.Shapes, want) || code.ShapesOther != 0 || code.ShapesError != 0 || code.Values != 5 {
		t.Errorf("code: %+v", code)
	}
	if *mixed.Votes != (survey.Votes{Integer: 3, Number: 3, Bool: 1, Date: 1, Timestamp: 1, Padded: 1}) {
		t.Errorf("mixed: %+v", mixed.Votes)
	}
	if who.Votes != nil || who.Shapes != nil || who.Looks != nil || who.Values != 6 || !who.Personal {
		t.Errorf("who: %+v", who)
	}
	if s.Duplicates != (survey.Duplicates{Rows: 1, Exact: true}) || s.Rows != 6 || s.SampleRows != 6 {
		t.Errorf("%+v", s)
	}
	if len(s.Missing) != 2 || len(s.Missing[0].Columns) != 0 || s.Missing[0].Rows != 5 || !slices.Equal(s.Missing[1].Columns, []string{"up", "code"}) || s.Missing[1].Rows != 1 {
		t.Errorf("%+v", s.Missing)
	}
	if slices.Contains(s.CramersV.Columns, "who") || !slices.Equal(s.Spearman.Columns, []string{"up", "id"}) {
		t.Errorf("%v %v", s.CramersV.Columns, s.Spearman.Columns)
	}
}

func TestMonotonic(t *testing.T) {
	for want, cells := range map[string][]float64{
		"increasing": {1, 2, 3}, "non-decreasing": {1, 1, 3}, "decreasing": {3, 2}, "non-increasing": {3, 3, 1}, "constant": {4, 4}, "": {1, 2, 1},
	} {
		if got := surveyOf(t, tableOf(t, number("x", cells...)), survey.Options{}).Columns[0].Order.Monotonic(); got != want {
			t.Errorf("%v: %q, want %q", cells, got, want)
		}
	}
	if got := (survey.Order{}).Monotonic(); got != "" {
		t.Errorf("one value: %q", got)
	}
}

// References by testdata/gen/dependencies.py (scipy 1.17.1, scikit-learn 1.9.1). All 600 rows are drawn, so they are equal to the four places to which they are rounded.
func TestDependenciesEqualTheirReferences(t *testing.T) {
	file, err := os.ReadFile("testdata/dependencies.json")
	must(t, err)
	var want struct {
		Spearman    [][]float64           `json:"spearman"`
		CramersV    [][]float64           `json:"cramers_v"`
		Information map[string][3]float64 `json:"information"`
	}
	must(t, json.Unmarshal(file, &want))
	const n = 600
	x, square, ties, other, gaps := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	group, noise, mixed := make([]string, n), make([]string, n), make([]string, n)
	for i := range n {
		x[i] = float64(i * 7919 % 601)
		square[i], ties[i], other[i] = (x[i]-300)*(x[i]-300), math.Floor(x[i]/97), float64(i*104729%593)
		if gaps[i] = -x[i] + float64(i*31%50); i%5 == 0 {
			gaps[i] = math.NaN()
		}
		group[i] = string("abcd"[int(x[i]/160)%4])
		noise[i] = string("pqr"[i*7%3])
		if mixed[i] = group[i]; i%3 == 0 {
			mixed[i] = "z"
		}
	}
	s := surveyOf(t, tableOf(t, number("x", x...), number("square", square...), number("ties", ties...), number("other", other...), number("gaps", gaps...),
		text("group", group...), text("noise", noise...), text("mixed", mixed...)), survey.Options{Target: "group", Seed: 3})
	near := func(what string, a, b float64) {
		t.Helper()
		if !(math.Abs(a-b) <= 5.001e-5) {
			t.Errorf("%s: %v, want %v", what, a, b)
		}
	}
	for i, row := range want.Spearman {
		for j, r := range row {
			near(fmt.Sprint("spearman ", i, j), s.Spearman.Values[i][j], r)
		}
	}
	for i, row := range want.CramersV {
		for j, v := range row {
			if i != j {
				near(fmt.Sprint("cramers_v ", i, j), s.CramersV.Values[i][j], v)
			}
		}
	}
	if len(s.Information) != len(want.Information) {
		t.Fatalf("%+v", s.Information)
	}
	for _, one := range s.Information {
		ref := want.Information[one.Column]
		near(one.Column, one.Nats, ref[0])
		near(one.Column+" share", one.Share, ref[1])
		if float64(one.Rows) != ref[2] {
			t.Errorf("%s: %d rows", one.Column, one.Rows)
		}
	}
}

// A draw of 2,048 of 30,000 rows: within five standard errors of the coefficient of all rows, for any seed and split, and the same for the same.
func TestDrawnRowsSpeakForAll(t *testing.T) {
	const n = 30_000
	rng := rand.New(rand.NewPCG(1, 1))
	x, y, z := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
		y[i] = 0.6*x[i] + 0.8*rng.NormFloat64()
		z[i] = rng.NormFloat64()
	}
	src := tableOf(t, number("x", x...), number("y", y...), number("z", z...))
	const rank = 0.5817 // of a normal pair with r = 0.6: 6/π·asin(r/2)
	var seen []float64
	for seed := range uint64(3) {
		s := surveyOf(t, src, survey.Options{Seed: seed})
		if s.SampleRows != 2048 || math.Abs(s.Spearman.Values[0][1]-rank) > 5*0.017 || math.Abs(s.Spearman.Values[0][2]) > 5*0.022 {
			t.Errorf("seed %d: %v", seed, s.Spearman.Values)
		}
		if again := surveyOf(t, src, survey.Options{Seed: seed, Workers: 2}); !reflect.DeepEqual(s, again) {
			t.Errorf("seed %d: drawn again it differs", seed)
		}
		seen = append(seen, s.Spearman.Values[0][1])
	}
	if seen[0] == seen[1] && seen[1] == seen[2] {
		t.Error("seeds draw the same rows")
	}
}

// Estimated duplicates lie within five of their own standard errors: none, one in a hundred, half, and one row that comes very often.
func TestDuplicatesWithinTheirError(t *testing.T) {
	const n = 50_000
	for name, c := range map[string]struct {
		row  func(i int) float64
		want float64
	}{
		"none":                 {func(i int) float64 { return float64(i) }, 0},
		"one in hundred twice": {func(i int) float64 { return float64(i - i%100/99) }, n / 100},
		"one row for one in hundred": {func(i int) float64 {
			if i%100 == 7 {
				return 7
			}
			return float64(i)
		}, n/100 - 1},
		"half": {func(i int) float64 { return float64(i / 2) }, n / 2},
		"one row often": {func(i int) float64 {
			if i%10 < 4 {
				return -1
			}
			return float64(i)
		}, n*4/10 - 1},
	} {
		cells, different := make([]float64, n), map[float64]bool{}
		for i := range cells {
			cells[i] = c.row(i)
			different[cells[i]] = true
		}
		want := float64(n - len(different))
		if c.want >= 0 && want != c.want {
			t.Fatalf("%s: the case has %v duplicates", name, want)
		}
		d := surveyOf(t, tableOf(t, number("x", cells...)), survey.Options{}).Duplicates
		if d.Exact || math.Abs(float64(d.Rows)-want) > 5*d.StdErr+0.5 || d.StdErr > 0.025*n {
			t.Errorf("%s: %+v, want %v", name, d, want)
		}
	}
}

// Shards that travelled as bytes say what one pass says: counts the same, frequent shapes and patterns within their bounds, duplicates the same, and coefficients within five standard errors of a draw.
func TestShardsSayWhatOnePassSays(t *testing.T) {
	const n = 20_000
	src := mixedTable(t, 7, n)
	var b dataset.Batch
	for one, err := range src.Batches(t.Context()) {
		must(t, err)
		b = one
	}
	want := surveyOf(t, src, survey.Options{})
	first, err := survey.New(src.Schema(), survey.Options{})
	must(t, err)
	rng := rand.New(rand.NewPCG(8, 8))
	for _, k := range []int{1, 2, 7, 64} {
		cuts := []int{0, n}
		for range k - 1 {
			cuts = append(cuts, rng.IntN(n+1))
		}
		slices.Sort(cuts)
		total := first.Fresh()
		for i, from := range cuts[:k] {
			part := first.Fresh()
			rows := b.Slice(from, cuts[i+1])
			must(t, part.Observe(rows))
			rows.Release()
			form, err := part.MarshalBinary()
			must(t, err)
			var read survey.Surveyor
			must(t, read.UnmarshalBinary(form))
			must(t, total.Merge(&read))
		}
		same(t, k, want, total.Survey())
	}
}

func same(t *testing.T, k int, want, got *survey.Survey) {
	t.Helper()
	if want.Duplicates != got.Duplicates || want.SampleRows != got.SampleRows || want.Rows != got.Rows {
		t.Errorf("%d shards: %+v, want %+v", k, got.Duplicates, want.Duplicates)
	}
	if !reflect.DeepEqual(want.Missing, got.Missing) {
		t.Errorf("%d shards: %+v, want %+v", k, got.Missing, want.Missing)
	}
	for i := range want.Columns {
		a, b := want.Columns[i], got.Columns[i]
		shapes := map[string]int64{}
		for _, s := range a.Shapes {
			shapes[s.Form] = s.Count
		}
		for _, s := range b.Shapes {
			if c, ok := shapes[s.Form]; ok && (s.Count > c+a.ShapesError || c > s.Count+b.ShapesError) {
				t.Errorf("%d shards: %q: %s %d times within %d, want %d within %d", k, a.Name, s.Form, s.Count, b.ShapesError, c, a.ShapesError)
			}
		}
		a.Shapes, a.ShapesOther, a.ShapesError, b.Shapes, b.ShapesOther, b.ShapesError = nil, 0, 0, nil, 0, 0
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%d shards: %+v, want %+v", k, b, a)
		}
	}
	for _, m := range [][2]survey.Matrix{{want.Spearman, got.Spearman}, {want.CramersV, got.CramersV}} {
		for i, row := range m[0].Values {
			for j, x := range row {
				if y := m[1].Values[i][j]; math.IsNaN(x) != math.IsNaN(y) || math.Abs(x-y) > 5*math.Sqrt2*0.0221+0.05 {
					t.Errorf("%d shards: %s and %s: %v, want %v", k, m[0].Columns[i], m[0].Columns[j], y, x)
				}
			}
		}
	}
}

// mixedTable has 20 columns as in package validate's test of sizes.
func mixedTable(t testing.TB, seed uint64, n int) *dataset.Batches {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 20))
	var columns []column
	for k := range 4 {
		a, b, c, d := make([]float64, n), make([]float64, n), make([]int64, n), make([]string, n)
		for i := range n {
			a[i], b[i], c[i] = rng.NormFloat64(), math.Round(100*math.Exp(3*rng.NormFloat64()))/100, int64(rng.ExpFloat64()*1000)
			d[i] = fmt.Sprintf("category %d", int(math.Pow(rng.Float64(), 3)*float64(20+400*k)))
			if rng.IntN(50) == 0 {
				a[i], d[i] = math.NaN(), "\x00"
			}
		}
		columns = append(columns, number(fmt.Sprint("normal_", k), a...), number(fmt.Sprint("amount_", k), b...), whole(fmt.Sprint("count_", k), c...), text(fmt.Sprint("category_", k), d...))
	}
	id, at, code, note := make([]int64, n), make([]int64, n), make([]string, n), make([]string, n)
	for i := range n {
		id[i], at[i] = int64(i), 1_700_000_000+int64(rng.IntN(30_000_000))
		code[i], note[i] = fmt.Sprintf("AB-%08d", rng.IntN(1e8)), fmt.Sprintf("paid %d of %d by card", rng.IntN(1000), rng.IntN(1000))
	}
	return tableOf(t, append(columns, whole("id", id...), whole("at", at...), text("code", code...), text("note", note...))...)
}

// The sealed forms of 20 mixed columns, profile and survey together, stay under 75 KB, and the survey reads back to the same bytes.
func TestSealedFormsAreSmall(t *testing.T) {
	for _, n := range []int{1000, 30_000} {
		src := mixedTable(t, 1, n)
		p, err := validate.ProfileOf(t.Context(), src, validate.ProfileOptions{})
		must(t, err)
		profile, err := p.MarshalJSON()
		must(t, err)
		s := surveyOf(t, src, survey.Options{Target: "category_0"})
		sealed, err := json.Marshal(s)
		must(t, err)
		f, err := dataset.Run(t.Context(), src, start(t, src.Schema()).Fresh, dataset.RunOptions{})
		must(t, err)
		form, err := f.MarshalBinary()
		must(t, err)
		t.Logf("%d rows: profile %d and survey %d bytes sealed, survey %d bytes mergeable", n, len(profile), len(sealed), len(form))
		if len(profile)+len(sealed) > 75_000 || len(form) > 450_000 {
			t.Errorf("%d rows: profile %d and survey %d bytes sealed, survey %d bytes mergeable", n, len(profile), len(sealed), len(form))
		}
		q, err := survey.Parse(sealed)
		must(t, err)
		again, err := json.Marshal(q)
		must(t, err)
		if !bytes.Equal(sealed, again) {
			t.Error("other bytes after reading back")
		}
	}
}

func start(t testing.TB, s *dataset.Schema) *survey.Surveyor {
	t.Helper()
	f, err := survey.New(s, survey.Options{})
	must(t, err)
	return f
}

func TestOptionsAreChecked(t *testing.T) {
	s := foldSchema(t)
	_, err := survey.New(s, survey.Options{SampleRows: 10, Workers: -1, Target: "none"})
	for _, field := range []string{"SampleRows", "Workers", "Target"} {
		if err == nil || !strings.Contains(err.Error(), "survey.Options."+field) {
			t.Errorf("%s is not named: %v", field, err)
		}
	}
	if _, err := survey.Of(t.Context(), tableOf(t, number("x", 1)), survey.Options{SampleRows: 1 << 20}); err == nil {
		t.Error("a large sample is taken")
	}
	a, err := survey.New(s, survey.Options{Seed: 1})
	must(t, err)
	var bad *dataset.OptionError
	if err := a.Merge(start(t, s)); !errors.As(err, &bad) {
		t.Errorf("another seed: %v", err)
	}
	other, err := s.Without("amount")
	must(t, err)
	if err := start(t, s).Merge(start(t, other)); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("another schema: %v", err)
	}
}
