package check_test

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/validate/check"
)

// golden is what testdata/gen/orders.py found: pandera 0.35.0, and pandas 3.1.1 where pandera has no check.
func golden(t *testing.T) (dataset.Source, map[string][]int64, map[string]float64) {
	t.Helper()
	text, err := os.ReadFile("testdata/orders.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Rows    map[string][]int64
		Figures map[string]float64
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	src, err := csv.Open("testdata/orders.csv", csv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return src, want.Rows, want.Figures
}

func orderChecks() map[string]check.Check {
	number, text := dataset.NumberValue, dataset.TextValue
	holds := func(column string, o dataset.Operator, v dataset.Value) check.Check {
		return check.Holds{Column: column, Operator: o, Value: v}
	}
	return map[string]check.Check{
		"not_null:amount":    check.NotNull{Column: "amount"},
		"not_null:code":      check.NotNull{Column: "code"},
		"between:amount":     check.Between{Column: "amount", Min: 0, Max: 1000},
		"between:age":        check.Between{Column: "age", Min: 18, Max: 100},
		"greater:amount":     holds("amount", dataset.Greater, number(5)),
		"greater_equal:age":  holds("age", dataset.GreaterEqual, number(20)),
		"less:amount":        holds("amount", dataset.Less, number(100)),
		"less_equal:age":     holds("age", dataset.LessEqual, number(80)),
		"equal:country":      holds("country", dataset.Equal, text("DE")),
		"not_equal:country":  holds("country", dataset.NotEqual, text("DE")),
		"in_set:country":     check.InSet{Column: "country", Texts: []string{"DE", "FR", "IT", "ES"}},
		"not_in_set:country": check.NotInSet{Column: "country", Texts: []string{"XX", "de"}},
		"in_set:age":         check.InSet{Column: "age", Numbers: []float64{20, 30, 40}},
		"matches:code":       check.Matches{Column: "code", Pattern: "[A-Z]{2}-[0-9]{4}"},
		"contains:code":      check.Contains{Column: "code", Pattern: "[5-7]{2}"},
		"lacks:code":         check.Lacks{Column: "code", Pattern: "[5-7]{2}"},
		"prefix:code":        check.Prefix{Column: "code", Text: "AB-"},
		"suffix:code":        check.Suffix{Column: "code", Text: "1"},
		"length:code":        check.Length{Column: "code", Min: 7, Max: 7},
		"unique:id":          check.Unique{Columns: []string{"id"}},
		"unique:country,age": check.Unique{Columns: []string{"country", "age"}},
		"compare:low":        check.Compare{Left: "low", Operator: dataset.LessEqual, Right: "high"},
		"date_order":         check.DateOrder{Columns: []string{"ordered", "shipped"}},
		"row_sum":            check.RowSum{Columns: []string{"a", "b"}, Total: "total", Within: 1e-9},
		"when:age":           check.When{Column: "country", Value: text("DE"), Then: holds("age", dataset.GreaterEqual, number(30))},
		"increasing:ordered": check.Increasing{Column: "ordered"},
		"outliers:z":         check.Outliers{Column: "amount"},
		"outliers:mad":       check.Outliers{Column: "amount", Method: check.MAD},
		"outliers:iqr":       check.Outliers{Column: "amount", Method: check.IQR},
	}
}

// Every cell that pandera refuses is found, with its row, and no other.
func TestRowsOfPandera(t *testing.T) {
	src, want, _ := golden(t)
	checks := orderChecks()
	if len(want) != len(checks) {
		t.Fatalf("%d golden checks, %d of ours", len(want), len(checks))
	}
	var names []string
	var all []check.Check
	for name, c := range checks {
		names, all = append(names, name), append(all, c)
	}
	r := run(t, src, check.Options{}, all...)
	found := make(map[string][]int64)
	for i, f := range r.Report.Findings {
		rows := slices.Collect(r.Rows(i))
		found[names[r.Check(i)]] = rows
		if int64(len(rows)) != f.Count || !slices.Equal(f.FirstRows, rows[:min(len(rows), 10)]) {
			t.Errorf("%s: count %d and first rows %v of %v", f.Rule, f.Count, f.FirstRows, rows)
		}
	}
	for name, rows := range want {
		if !slices.Equal(found[name], rows) {
			t.Errorf("%s: rows %v, want %v", name, found[name], rows)
		}
	}
}

// A figure keeps bounds of ±1e-12 of pandas' and breaks those beside it.
func TestFiguresOfPandas(t *testing.T) {
	src, _, want := golden(t)
	const column = "amount"
	inf := math.Inf(1)
	of := map[string]func(low, high float64) check.Check{
		"sum":            func(a, b float64) check.Check { return check.Sum{Column: column, Min: a, Max: b} },
		"mean":           func(a, b float64) check.Check { return check.Mean{Column: column, Min: a, Max: b} },
		"std":            func(a, b float64) check.Check { return check.Std{Column: column, Min: a, Max: b} },
		"minimum":        func(a, b float64) check.Check { return check.Minimum{Column: column, Min: a, Max: b} },
		"maximum":        func(a, b float64) check.Check { return check.Maximum{Column: column, Min: a, Max: b} },
		"quantile":       func(a, b float64) check.Check { return check.Quantile{Column: column, At: 0.9, Min: a, Max: b} },
		"null_share":     func(a, b float64) check.Check { return check.NullShare{Column: column, Min: a, Max: b} },
		"distinct_count": func(a, b float64) check.Check { return check.DistinctCount{Column: "country", Min: a, Max: b} },
	}
	for name, x := range want {
		slack := 1e-12 * math.Abs(x) // two ways of adding 400 numbers
		if r := run(t, src, check.Options{}, of[name](x-slack, x+slack)); !r.Report.OK {
			t.Errorf("%s is not within 1e-12 of pandas", name)
		}
		for _, c := range []check.Check{of[name](x+3*slack+1e-300, inf), of[name](-inf, x-3*slack-1e-300)} {
			if r := run(t, src, check.Options{}, c); r.Report.OK || r.Report.Findings[0].Count != 400 || r.Report.RowsBad != 400 {
				t.Errorf("%s keeps a bound beside it: %+v", name, r.Report)
			}
		}
	}
}
