package check_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/check"
)

// table returns a source in memory of "name:type" columns; a point is null.
func table(t testing.TB, columns string, rows ...string) dataset.Source {
	t.Helper()
	var fields []dataset.Field
	for c := range strings.FieldsSeq(columns) {
		name, typ, _ := strings.Cut(c, ":")
		fields = append(fields, dataset.Field{Name: name, Type: dataset.Type(typ), Nullable: true})
	}
	s, err := dataset.NewSchema(fields...)
	if err != nil {
		t.Fatal(err)
	}
	rb := array.NewRecordBuilder(memory.DefaultAllocator, s.Arrow())
	defer rb.Release()
	for _, row := range rows {
		for j, cell := range strings.Fields(row) {
			if cell == "." {
				rb.Field(j).AppendNull()
			} else if err := rb.Field(j).AppendValueFromString(cell); err != nil {
				t.Fatal(err)
			}
		}
	}
	b, err := dataset.FromRecord(rb.NewRecord(), s)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Release()
	src, err := dataset.NewBatches(s, b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := src.Close(); err != nil {
			t.Error(err)
		}
	})
	return src
}

// broken returns the rows that break a check.
func broken(t *testing.T, src dataset.Source, c check.Check) []int64 {
	t.Helper()
	r := run(t, src, check.Options{Workers: 1}, c)
	if len(r.Report.Findings) == 0 {
		return nil
	}
	if f := r.Report.Findings[0]; f.Rule == validate.RuleMissingColumn || f.Rule == validate.RuleColumnType {
		t.Fatalf("%#v: %+v", c, f)
	}
	return slices.Collect(r.Rows(0))
}

func TestKeysAreExactAndOfOneKind(t *testing.T) {
	src := table(t, "small:int32 long:int64 unsigned:uint64 float:float64 money:decimal128(20,2) bytes:binary text:large_utf8 day:date32 time:timestamp[us]",
		"1 9007199254740992 18446744073709551615 1   1.00                 YQ== a 1970-01-02 1970-01-01T00:00:00.000001",
		"2 9007199254740993 18446744073709551614 2.5 90071992547409.92    Yg== b 1970-01-03 1970-01-01T00:00:00.000002",
		"2 9007199254740992 18446744073709551614 NaN 90071992547409.93    Yg== . 1970-01-03 1970-01-01T00:00:00.000003",
		". .                3                    1   90071992547409.92    .    . .          .",
	)
	for name, want := range map[string][]int64{
		"small": {1, 2}, "long": {0, 2}, "unsigned": {1, 2}, "float": {0, 3}, "money": {1, 3}, "bytes": {1, 2}, "text": nil, "day": {1, 2}, "time": nil,
	} {
		if got := broken(t, src, check.Unique{Columns: []string{name}}); !slices.Equal(got, want) {
			t.Errorf("%s: rows %v are not unique, want %v", name, got, want)
		}
	}
	for _, c := range []struct {
		column, key string
		want        []int64
	}{
		{"small", "float", []int64{1, 2}},         // 2 is not 2.5
		{"float", "small", []int64{1}},            // 1 is 1
		{"small", "day", []int64{0, 1, 2}},        // a day is no number
		{"day", "time", []int64{0, 1, 2}},         // and no microsecond
		{"bytes", "text", []int64{0, 1, 2}},       // bytes are no text
		{"unsigned", "unsigned", nil},             // beyond int64
		{"unsigned", "long", []int64{0, 1, 2, 3}}, // no such number
	} {
		if got := broken(t, src, check.References{Columns: []string{c.column}, To: src, Keys: []string{c.key}}); !slices.Equal(got, c.want) {
			t.Errorf("%s to %s: rows %v, want %v", c.column, c.key, got, c.want)
		}
	}
	if got := broken(t, src, check.DistinctInRow{Columns: []string{"small", "float", "text"}}); !slices.Equal(got, []int64{0}) {
		t.Errorf("rows %v have a value twice", got)
	}
	if got := broken(t, src, check.Null{Column: "text"}); !slices.Equal(got, []int64{0, 1}) {
		t.Errorf("rows %v have a text", got)
	}
}

func TestDatesAndTimesCompare(t *testing.T) {
	src := table(t, "day:date32 time:timestamp[us] end:date32",
		"2026-01-01 2026-01-01T00:00:00 2026-01-01",
		"2026-01-02 2026-01-01T23:59:59 2026-01-03",
		"2026-01-02 . 2026-01-01",
		". 2026-01-01T23:59:59 2026-01-01")
	if got := broken(t, src, check.DateOrder{Columns: []string{"day", "time", "end"}}); !slices.Equal(got, []int64{1, 2, 3}) {
		t.Errorf("rows %v", got)
	}
}

// A column of one value has no spread, one of equal numbers but one has none by MAD and IQR.
func TestOutliersWithoutSpread(t *testing.T) {
	one := table(t, "x:float64", "5", ".", "Inf")
	most := table(t, "x:float64", "5", "5", "5", "5", "6")
	for m, want := range map[check.Method][]int64{check.ZScore: nil, check.MAD: {4}, check.IQR: {4}} {
		if got := broken(t, one, check.Outliers{Column: "x", Method: m}); got != nil {
			t.Errorf("method %d: rows %v of one number", m, got)
		}
		if got := broken(t, most, check.Outliers{Column: "x", Method: m}); !slices.Equal(got, want) {
			t.Errorf("method %d: rows %v, want %v", m, got, want)
		}
	}
}

// Infinities of both signs add up to nothing that a bound could hold.
func TestFiguresOfInfinities(t *testing.T) {
	src, inf := table(t, "x:float64", "Inf", "-Inf", "1"), math.Inf(1)
	for _, c := range []check.Check{
		check.Sum{Column: "x", Min: -inf, Max: inf}, check.Mean{Column: "x", Min: -inf, Max: inf}, check.Std{Column: "x", Min: -inf, Max: inf},
	} {
		if len(broken(t, src, c)) != 3 {
			t.Errorf("%T holds", c)
		}
	}
}

// Over several chunks of 0, 1 … the figures are those of Gauss, and outliers keep their addresses.
func TestFiguresOverChunks(t *testing.T) {
	const n = events
	rows := clean()
	src := source(t, rows, 5000, nil)
	const sum, mean, last = n * (n - 1) / 2, (n - 1) / 2.0, n - 1
	std := math.Sqrt(n * (n + 1) / 12.0)
	near := func(x float64) (low, high float64) { return x * (1 - 1e-12), x * (1 + 1e-12) } // three chunks are added
	sumLow, sumHigh := near(sum)
	meanLow, meanHigh := near(mean)
	stdLow, stdHigh := near(std)
	r := run(t, src, check.Options{Workers: 2},
		check.Sum{Column: "Seq", Min: sumLow, Max: sumHigh}, check.Mean{Column: "Seq", Min: meanLow, Max: meanHigh}, check.Std{Column: "Seq", Min: stdLow, Max: stdHigh},
		check.Minimum{Column: "Seq"}, check.Maximum{Column: "Seq", Min: last, Max: last}, check.Quantile{Column: "Seq", At: 0.5, Min: mean, Max: mean},
		check.DistinctCount{Column: "id", Min: n, Max: n}, check.NullShare{Column: "Score"}, check.Outliers{Column: "Seq", Method: check.IQR})
	if len(r.Report.Findings) != 0 {
		t.Errorf("%+v", r.Report.Findings)
	}
	rows[dataset.ChunkRows+2].Seq = 1e9
	if got := broken(t, source(t, rows, 0, nil), check.Outliers{Column: "Seq", Method: check.MAD}); !slices.Equal(got, []int64{dataset.ChunkRows + 2}) {
		t.Errorf("outliers in rows %v", got)
	}
}

type failing struct{ err error }

func (f failing) Judge(dataset.Batch, []bool) error { return f.err }

func TestErrorsComeBack(t *testing.T) {
	src, fault := source(t, clean()[:10], 0, nil), errors.New("fault")
	bad := dataset.Map(src, src.Schema(), func(context.Context, dataset.Batch) (dataset.Batch, error) { return dataset.Batch{}, fault })
	for _, c := range []struct {
		check check.Check
		src   dataset.Source
	}{
		{check.Own{Rule: "own", Columns: []string{"id"}, Judge: failing{fault}}, src},
		{check.When{Column: "Text", Value: dataset.TextValue("red"), Then: check.Own{Rule: "own", Columns: []string{"id"}, Judge: failing{fault}}}, src},
		{check.References{Columns: []string{"id"}, To: bad}, src},
		{check.When{Column: "Text", Value: dataset.TextValue("red"), Then: check.References{Columns: []string{"id"}, To: bad}}, src},
		{check.RowCount{}, bad},
	} {
		checker, err := check.New([]check.Check{c.check}, check.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if r, err := checker.Run(t.Context(), c.src); !errors.Is(err, fault) || r != nil {
			t.Errorf("%T: %v", c.check, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	checker, err := check.New([]check.Check{check.RowCount{}}, check.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := checker.Run(ctx, src); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// One checker serves several goroutines, and what it says holds no value of a row.
func TestReportsHoldNoValues(t *testing.T) {
	rows := clean()[:100]
	for i := range rows {
		rows[i].Text, rows[i].JSON, rows[i].Seq = "secret-7351", "{7351", 7351.5
	}
	src := source(t, rows, 0, nil)
	all := []check.Check{
		check.InSet{Column: "Text", Texts: []string{"red"}},
		check.Matches{Column: "Text", Pattern: "red"},
		check.Parses{Column: "JSON", As: dataset.JSON},
		check.Whole{Column: "Seq"},
		check.Unique{Columns: []string{"Text"}},
		check.Mean{Column: "Seq", Max: 1},
		check.Length{Column: "Text", Max: 3},
		check.Between{Column: "Seq", Max: 1},
		check.Prefix{Column: "Text", Text: "red"},
		check.Increasing{Column: "Seq", Strictly: true},
	}
	checker, err := check.New(all, check.Options{})
	if err != nil {
		t.Fatal(err)
	}
	texts := make([]string, 4)
	var group sync.WaitGroup
	for i := range texts {
		group.Go(func() {
			r, err := checker.Run(t.Context(), src)
			if err != nil {
				t.Error(err)
				return
			}
			text, err := json.Marshal(r.Report)
			texts[i] = fmt.Sprint(string(text), err, len(r.Report.Findings))
		})
	}
	group.Wait()
	for _, text := range texts {
		if text != texts[0] || strings.Contains(text, "7351") || !strings.HasSuffix(text, "<nil> 10") {
			t.Errorf("report %s", text)
		}
	}
}
