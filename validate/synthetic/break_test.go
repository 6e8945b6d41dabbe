package synthetic_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/synthetic"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

// named checks broken and compares the report, and the address of every cell, with what was planted.
func named(t *testing.T, v *validate.Validator, broken *synthetic.Broken) {
	t.Helper()
	r, err := v.Check(t.Context(), broken)
	must(t, err)
	if err := broken.Compare(r); err != nil {
		t.Fatal(err)
	}
	want := make(map[synthetic.Planted]bool)
	for p := range broken.Planted() {
		if p.Fault = ""; p.Row != synthetic.AllRows && p.Severity > validate.Counted {
			want[p] = true
		}
	}
	at := int64(0)
	for b, err := range broken.Batches(t.Context()) {
		must(t, err)
		result, err := v.CheckBatch(b)
		must(t, err)
		for _, c := range result.Cells {
			f := v.Describe(c.RowFinding)
			p := synthetic.Planted{Row: at + int64(c.Row), Column: f.Column, Other: f.Other, Rule: f.Rule, Severity: f.Severity}
			guess := f.Severity == validate.Flagged && result.Rows[c.Row] == validate.Refused
			if !want[p] && !guess {
				t.Errorf("row %d: %s %s of %q was not planted", p.Row, f.Severity, f.Rule, f.Column)
			}
			delete(want, p)
		}
		at += int64(b.NumRows())
	}
	for p := range want {
		t.Errorf("not found: %+v", p)
	}
}

// For random schemas the Validator names every planted cell, with row, column and rule, and nothing else.
func TestEveryPlantedCellIsNamed(t *testing.T) {
	met := make(map[synthetic.Fault]int)
	for seed := range uint64(30) {
		s := randomSchema(t, seed)
		mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
		rows, err := synthetic.New(s, 400, synthetic.Options{Seed: seed, Allocator: mem, BatchRows: 90})
		must(t, err)
		broken, err := synthetic.Break(rows, synthetic.BreakOptions{Seed: seed, Share: 0.25})
		must(t, err)
		for p := range broken.Planted() {
			met[p.Fault]++
		}
		named(t, validator(t, s, nil), broken)
		mem.AssertSize(t, 0)
	}
	for _, f := range synthetic.CellFaults() {
		if met[f] == 0 && f != synthetic.UnitChange && f != synthetic.SwappedColumns {
			t.Errorf("%s was never planted", f)
		}
	}
}

// Each fault by itself leaves the other columns in their own types.
func TestEachFaultAlone(t *testing.T) {
	met := make(map[synthetic.Fault]bool)
	for seed := range uint64(25) {
		s := randomSchema(t, 1000+seed)
		rows, err := synthetic.New(s, 120, synthetic.Options{Seed: seed})
		must(t, err)
		for _, f := range append(synthetic.CellFaults(), synthetic.ColumnFaults()...) {
			broken, err := synthetic.Break(rows, synthetic.BreakOptions{Seed: seed, Faults: []synthetic.Fault{f}, Share: 0.5})
			if err != nil {
				continue // no column can have it
			}
			met[f] = true
			named(t, validator(t, s, nil), broken)
			if t.Failed() {
				t.Fatalf("seed %d: %s", seed, f)
			}
		}
	}
	for _, f := range append(synthetic.CellFaults(), synthetic.ColumnFaults()...) {
		if !met[f] && f != synthetic.UnitChange && f != synthetic.SwappedColumns {
			t.Errorf("%s was never planted", f)
		}
	}
}

// Faults of whole columns beside those of cells.
func TestFaultsOfColumnsAndCells(t *testing.T) {
	whole := []synthetic.Fault{synthetic.OtherUnit, synthetic.ExtraColumn, synthetic.ReorderedColumns, synthetic.NumberAsText, synthetic.BoolAsNumber}
	p := paymentProfile(t)
	s, err := validatetest.Schema()
	must(t, err)
	plain, err := synthetic.New(s, 500, synthetic.Options{})
	must(t, err)
	guarded, err := synthetic.New(s, 500, synthetic.Options{Profile: p})
	must(t, err)
	for name, rows := range map[string]*synthetic.Rows{"plain": plain, "guarded": guarded} {
		faults := slices.Clone(whole)
		for _, f := range synthetic.CellFaults() {
			if _, err := synthetic.Break(rows, synthetic.BreakOptions{Faults: append(slices.Clone(whole), f)}); err == nil {
				faults = append(faults, f)
			}
		}
		if len(faults) < len(whole)+8 {
			t.Errorf("%s: only %q", name, faults)
		}
		broken, err := synthetic.Break(rows, synthetic.BreakOptions{Faults: faults, Share: 0.5, Seed: 4})
		must(t, err)
		v := validator(t, s, nil)
		if name == "guarded" {
			v = validator(t, s, p)
		}
		named(t, v, broken)
	}
}

// A changed unit and swapped columns are flagged wherever the profile shows them, by the guard and nothing else.
func TestWhatTheGuardFlags(t *testing.T) {
	p := paymentProfile(t)
	fields := []dataset.Field{}
	s, err := validatetest.Schema()
	must(t, err)
	for _, f := range s.Fields() {
		f.Max = nil // a bound would refuse first
		fields = append(fields, f)
	}
	s, err = dataset.NewSchema(fields...)
	must(t, err)
	rows, err := synthetic.New(s, 20_000, synthetic.Options{Profile: p})
	must(t, err)
	broken, err := synthetic.Break(rows, synthetic.BreakOptions{Faults: []synthetic.Fault{synthetic.UnitChange, synthetic.SwappedColumns}, Share: 0.5})
	must(t, err)
	columns := make(map[string]int)
	for p := range broken.Planted() {
		columns[p.Column+p.Other]++
	}
	if len(columns) < 4 || columns["amount"] == 0 || columns["amountcredit_limit"] == 0 {
		t.Errorf("planted in %v", columns)
	}
	named(t, validator(t, s, p), broken)
}

// A report that says too little, too much or something else is told.
func TestCompareFindsDifferences(t *testing.T) {
	s, err := validatetest.Schema()
	must(t, err)
	rows, err := synthetic.New(s, 1000, synthetic.Options{})
	must(t, err)
	broken, err := synthetic.Break(rows, synthetic.BreakOptions{Share: 0.1})
	must(t, err)
	v := validator(t, s, nil)
	for name, change := range map[string]func(r *validate.Report){
		"one less":        func(r *validate.Report) { r.Findings = r.Findings[1:] },
		"one more":        func(r *validate.Report) { r.Findings = append(r.Findings, validate.Finding{Rule: "x", Column: "age"}) },
		"another count":   func(r *validate.Report) { r.Findings[0].Count++ },
		"another row":     func(r *validate.Report) { r.Findings[0].FirstRows[0]++ },
		"another verdict": func(r *validate.Report) { r.Findings[0].Severity = validate.Counted },
		"fewer bad rows":  func(r *validate.Report) { r.RowsBad-- },
		"called ok":       func(r *validate.Report) { r.OK = true },
	} {
		r, err := v.Check(t.Context(), broken)
		must(t, err)
		must(t, broken.Compare(r))
		change(r)
		if err := broken.Compare(r); err == nil || !strings.HasPrefix(err.Error(), "synthetic: compare: ") {
			t.Errorf("%s: got error %v", name, err)
		}
	}
	empty, err := synthetic.New(s, 0, synthetic.Options{})
	must(t, err)
	none, err := synthetic.Break(empty, synthetic.BreakOptions{})
	must(t, err)
	r, err := v.Check(t.Context(), none)
	must(t, err)
	must(t, none.Compare(r))
}

func ExampleBreak() {
	zero, ten := 0.0, 10.0
	s, err := dataset.NewSchema(
		dataset.Field{Name: "rating", Type: dataset.Int32, Min: &zero, Max: &ten},
		dataset.Field{Name: "color", Type: dataset.Utf8, OneOf: []string{"red", "green"}},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	rows, err := synthetic.New(s, 1000, synthetic.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	broken, err := synthetic.Break(rows, synthetic.BreakOptions{Faults: []synthetic.Fault{synthetic.TooLarge, synthetic.MisspeltCategory}, Share: 0.004})
	if err != nil {
		fmt.Println(err)
		return
	}
	for p := range broken.Planted() {
		fmt.Println(p.Row, p.Column, p.Fault, p.Rule)
	}
	v, err := validate.New(s, validate.ValidatorOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := v.Check(context.Background(), broken)
	fmt.Println(report.RowsBad, "rows refused:", err, broken.Compare(report))
	// Output:
	// 214 color misspelt category one_of
	// 452 color misspelt category one_of
	// 595 rating too large above_max
	// 833 rating too large above_max
	// 4 rows refused: <nil> <nil>
}
