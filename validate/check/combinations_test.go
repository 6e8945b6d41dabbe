package check_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate/check"
)

func TestTuplesAndLayouts(t *testing.T) {
	src := table(t, "country:utf8 vat:float64 kind:dictionary day:utf8",
		"DE 19 a 31.01.2026",
		"DE 7 a 31.02.2026",
		"FR 20 a 2026-01-01",
		"DE 20 a .",
		". 19 a 01.02.2026",
		"FR . b 1.2.2026",
	)
	number, text := dataset.NumberValue, dataset.TextValue
	rates := [][]dataset.Value{{text("DE"), number(19)}, {text("DE"), number(7)}, {text("FR"), number(20)}}
	for _, c := range []struct {
		check check.Check
		want  []int64
	}{
		{check.InTuples{Columns: []string{"country", "vat"}, Tuples: rates}, []int64{3}},
		{check.InTuples{Columns: []string{"country", "kind"}, Tuples: [][]dataset.Value{{text("DE"), text("a")}}}, []int64{2, 5}},
		{check.InTuples{Columns: []string{"country", "vat"}, Tuples: [][]dataset.Value{{text(""), number(0)}}}, []int64{0, 1, 2, 3}},
		{check.DateFormat{Column: "day", Layout: "02.01.2006"}, []int64{1, 2, 5}},
		{check.DateFormat{Column: "day", Layout: "2.1.2006"}, []int64{1, 2}},
	} {
		if got := broken(t, src, c.check); !slices.Equal(got, c.want) {
			t.Errorf("%+v: rows %v, want %v", c.check, got, c.want)
		}
	}
	for _, c := range []check.Check{
		check.InTuples{Columns: []string{"country"}, Tuples: rates},
		check.InTuples{Columns: []string{"country", "vat"}},
		check.InTuples{Columns: []string{"country", "vat"}, Tuples: [][]dataset.Value{{text("DE")}}},
		check.InTuples{Columns: []string{"country", "vat"}, Tuples: [][]dataset.Value{{text("DE"), number(1)}, {number(1), number(1)}}},
		check.InTuples{Columns: []string{"a", "b"}, Tuples: [][]dataset.Value{{text("DE"), {}}}},
		check.DateFormat{Column: "day"},
		check.MostCommon{Column: "day"},
		check.ColumnCount{Min: 2, Max: 1},
		check.SameRowCount{},
		check.DistinctShare{Column: "day", Min: 2, Max: 1},
	} {
		if _, err := check.New([]check.Check{c}, check.Options{}); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
}

func TestWholeColumnsAndSources(t *testing.T) {
	src := table(t, "country:utf8 n:int64 x:float64", "DE 1 1", "DE 2 2", "FR 2 .", "FR 1 3", "IT 3 NaN", ". . .")
	none := table(t, "country:utf8 n:int64 x:float64")
	for _, c := range []struct {
		check      check.Check
		src        dataset.Source
		holds      bool
		holdsEmpty bool // of no rows
	}{
		{check.MostCommon{Column: "country", Texts: []string{"FR", "DE"}}, src, true, true},
		{check.MostCommon{Column: "country", Texts: []string{"DE"}}, src, false, true}, // FR is as common
		{check.MostCommon{Column: "n", Numbers: []float64{1, 2, 7}}, src, true, true},
		{check.MostCommon{Column: "n", Numbers: []float64{3}}, src, false, true},
		{check.HasValues{Column: "country", Texts: []string{"FR", "DE"}}, src, true, false},
		{check.HasValues{Column: "country", Texts: []string{"FR", "DE"}, Only: true}, src, false, false},
		{check.HasValues{Column: "country", Texts: []string{"FR", "DE", "IT"}, Only: true}, src, true, false},
		{check.HasValues{Column: "x", Numbers: []float64{1, 2, 3}, Only: true}, src, true, false},
		{check.HasValues{Column: "n", Numbers: []float64{1, 2}, Only: true}, src, false, false},
		{check.ColumnCount{Min: 3, Max: 3}, src, true, true},
		{check.ColumnCount{Min: 4, Max: 9}, src, false, false},
		{check.SameRowCount{To: src}, src, true, false},
		{check.SameRowCount{To: none}, src, false, true},
		{check.DistinctShare{Column: "country", Min: 0.6, Max: 0.6}, src, true, true}, // 3 of 5
		{check.DistinctShare{Column: "n", Min: 0.6, Max: 0.6}, src, true, true},       // 3 of 5
		{check.DistinctShare{Column: "x", Min: 1, Max: 1}, src, true, true},           // 3 of 3
		{check.DistinctShare{Column: "country", Min: 0.61, Max: 1}, src, false, true},
	} {
		if r := run(t, c.src, check.Options{}, c.check).Report; r.OK != c.holds {
			t.Errorf("%+v: %+v", c.check, r)
		}
		if r := run(t, none, check.Options{}, c.check).Report; r.OK != c.holdsEmpty {
			t.Errorf("no rows: %+v: %+v", c.check, r)
		}
	}
}

// Chunks are joined, and a check of some rows sees them alone.
func TestCombinationsOverChunks(t *testing.T) {
	rows := clean()
	src := source(t, rows, 7000, nil)
	n := float64(len(rows))
	r := run(t, src, check.Options{Workers: 2},
		check.MostCommon{Column: "Text", Texts: []string{"red"}}, // the number of rows is odd
		check.DistinctShare{Column: "Text", Max: 2 / n},
		check.DistinctShare{Column: "id", Min: 1, Max: 1},
		check.SameRowCount{To: src},
		check.When{Column: "Text", Value: dataset.TextValue("red"), Then: check.MostCommon{Column: "Seq", Numbers: []float64{0}}},
		check.InTuples{Columns: []string{"Text", "Other"}, Tuples: [][]dataset.Value{{dataset.TextValue("red"), dataset.TextValue("blue")}, {dataset.TextValue("green"), dataset.TextValue("blue")}}},
	)
	if len(r.Report.Findings) != 1 || r.Check(0) != 4 {
		t.Error(fmt.Sprint(r.Report.Findings))
	}
}
