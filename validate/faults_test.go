package validate_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

// paymentValidator returns the validator of the fixture, guarded by 20,000 reference rows.
func paymentValidator(t testing.TB) *validate.Validator {
	t.Helper()
	src, err := validatetest.Reference(nil, 1, 20_000)
	must(t, err)
	defer src.Close()
	p, err := validate.ProfileOf(t.Context(), src, validate.ProfileOptions{})
	must(t, err)
	v, err := validate.New(src.Schema(), validate.ValidatorOptions{Reference: p})
	must(t, err)
	return v
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestFixtureSchemaIsThatOfPayment(t *testing.T) {
	want, err := dataset.SchemaOf[validatetest.Payment]()
	must(t, err)
	got, err := validatetest.Schema()
	must(t, err)
	if !got.Equal(want) {
		t.Errorf("schemas differ: %v and %v", got.Names(), want.Names())
	}
}

// Every fault of the table through a batch under its own types, and through a whole source: none is silent, and each address is the spoilt row's.
func TestFaultsThroughBatches(t *testing.T) {
	v := paymentValidator(t)
	for _, f := range validatetest.Faults() {
		t.Run(f.Name, func(t *testing.T) {
			mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
			defer mem.AssertSize(t, 0)
			b, err := f.Batch(mem, 50)
			must(t, err)
			defer b.Release()
			src, err := dataset.NewBatches(b.Schema(), b)
			must(t, err)
			defer src.Close()
			report, err := v.Check(t.Context(), src)
			must(t, err)
			checkFault(t, f, report, 50)

			out, result, err := v.Conform(b)
			must(t, err)
			defer out.Release()
			checkFault(t, f, result.Report, 50)
			if got := result.Rows[validatetest.SpoiltRow]; got != f.Severity {
				t.Errorf("spoilt row is %v, want %v", got, f.Severity)
			}
			if f.Severity != validate.Refused && (out.IsZero() || !out.Schema().Equal(v.Schema())) {
				t.Error("an accepted batch is not under the schema")
			}
			if f.Severity == validate.Refused && f.Whole != out.IsZero() {
				t.Errorf("batch is zero: %v, want %v", out.IsZero(), f.Whole)
			}
		})
	}
}

func checkFault(t *testing.T, f validatetest.Fault, r *validate.Report, rows int64) {
	t.Helper()
	at := slices.IndexFunc(r.Findings, func(g validate.Finding) bool {
		return g.Rule == f.Rule && g.Severity == f.Severity && g.Column == f.Column && g.Other == f.Other
	})
	if at < 0 {
		text, _ := json.Marshal(r)
		t.Fatalf("no finding %s of %q: %s", f.Rule, f.Column, text)
	}
	g := r.Findings[at]
	want, first := int64(1), []int64{validatetest.SpoiltRow}
	if f.Whole {
		want, first = rows, []int64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	}
	if g.Count != want || !slices.Equal(g.FirstRows, first) || g.Share != float64(want)/float64(rows) {
		t.Errorf("count %d, share %v, rows %v; want %d in %v", g.Count, g.Share, g.FirstRows, want, first)
	}
	if g.Want == "" || g.Got == "" {
		t.Errorf("want %q, got %q", g.Want, g.Got)
	}
	if r.OK != (f.Severity != validate.Refused) {
		t.Errorf("ok is %v", r.OK)
	}
	bad := int64(0)
	if f.Severity == validate.Refused {
		bad = want
	}
	if r.RowsBad != bad || r.Rows != rows {
		t.Errorf("%d of %d rows bad, want %d of %d", r.RowsBad, r.Rows, bad, rows)
	}
}

// The same through typed rows.
func TestFaultsThroughTypedRows(t *testing.T) {
	v := paymentValidator(t)
	reader, err := dataset.NewRowReader[validatetest.Payment](v.Schema())
	must(t, err)
	row := dataset.NewRow(v.Schema())
	var r validate.RowResult
	for _, f := range validatetest.Faults() {
		if f.Payment == nil {
			continue // Go's types exclude it
		}
		reader.Read(f.Payment, row)
		v.CheckRow(row, &r)
		if r.Severity != f.Severity || len(r.Findings) != 1 {
			t.Fatalf("%s: %v, %v", f.Name, r.Severity, r.Findings)
		}
		g := v.Describe(r.Findings[0])
		if g.Rule != f.Rule || g.Column != f.Column || g.Other != f.Other {
			t.Errorf("%s: %+v", f.Name, g)
		}
	}
}

// The same through the cells of an untyped entrance, by the helpers that serving uses.
func TestFaultsThroughCells(t *testing.T) {
	v := paymentValidator(t)
	for _, f := range validatetest.Faults() {
		if f.Rule == validate.RuleMissingColumn || f.Rule == validate.RuleExtraColumn || f.Rule == validate.RuleReorderedColumns {
			continue // the decoder of names has them
		}
		row := dataset.NewRow(v.Schema())
		var verdicts []validate.Verdict
		for _, c := range f.Cells {
			i := v.Schema().Index(c.Column)
			field := v.Schema().Field(i)
			var verdict validate.Verdict
			switch c.Kind {
			case validatetest.Number:
				row.Values[i], verdict = validate.NumberCell(field, c.Number)
			case validatetest.Text:
				row.Values[i], verdict = validate.ParseCell(field, c.Text)
			case validatetest.Bool:
				row.Values[i], verdict = validate.BoolCell(field, c.Bool)
			case validatetest.Null:
			}
			if verdict.Severity != validate.Clean {
				verdicts = append(verdicts, verdict)
			}
		}
		var r validate.RowResult
		v.CheckRow(row, &r)
		for _, g := range r.Findings {
			verdicts = append(verdicts, validate.Verdict{Rule: g.Rule, Severity: g.Severity})
		}
		if !slices.Contains(verdicts, validate.Verdict{Rule: f.Rule, Severity: f.Severity}) {
			t.Errorf("%s: %v", f.Name, verdicts)
		}
	}
}

// At most 1 % of clean rows may be flagged; of the fixture's, drawn by another seed, hardly any is, and none is refused.
func TestCleanRowsPass(t *testing.T) {
	v := paymentValidator(t)
	src, err := validatetest.Reference(nil, 2, 100_000)
	must(t, err)
	defer src.Close()
	r, err := v.Check(t.Context(), src)
	must(t, err)
	if !r.OK || r.Rows != 100_000 || r.RowsFlagged > 100 {
		text, _ := json.Marshal(r)
		t.Errorf("%s", text)
	}
}

func TestCheckRowAllocatesNothing(t *testing.T) {
	v := paymentValidator(t)
	reader, err := dataset.NewRowReader[validatetest.Payment](v.Schema())
	must(t, err)
	row := dataset.NewRow(v.Schema())
	p := validatetest.ValidPayment()
	p.Tenure = nil // a counted finding in the row
	var r validate.RowResult
	got := testing.AllocsPerRun(100, func() {
		reader.Read(&p, row)
		v.CheckRow(row, &r)
	})
	if got != 0 || r.Severity != validate.Counted {
		t.Errorf("%v allocations, severity %v", got, r.Severity)
	}
}

// The verdicts of rows and batches agree on every row of the table.
func TestRowsAndBatchesAgree(t *testing.T) {
	v := paymentValidator(t)
	for _, f := range validatetest.Faults() {
		b, err := f.Batch(nil, 20)
		must(t, err)
		out, result, err := v.Conform(b)
		must(t, err)
		b.Release()
		if out.IsZero() {
			continue
		}
		row := dataset.NewRow(v.Schema())
		var r validate.RowResult
		for i := range out.NumRows() {
			must(t, out.ReadRow(i, row))
			v.CheckRow(row, &r)
			var batch []validate.RowFinding
			for _, c := range result.Cells {
				if c.Row == i {
					batch = append(batch, c.RowFinding)
				}
			}
			single := slices.DeleteFunc(slices.Clone(r.Findings), func(g validate.RowFinding) bool { return g.Severity < validate.Flagged })
			if f.Rule == validate.RuleType || f.Rule == validate.RuleFraction {
				continue // the cell is gone after conforming
			}
			if !slices.Equal(batch, single) {
				t.Errorf("%s: row %d: batch %v, row %v", f.Name, i, batch, single)
			}
		}
		out.Release()
	}
}
