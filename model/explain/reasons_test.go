package explain_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/explain"
)

// textBatch returns a batch of s, whose text column gets texts and whose others get rows.
func textBatch(t testing.TB, s *dataset.Schema, texts []string, rows [][]float64) dataset.Batch {
	t.Helper()
	columns := make([]arrow.Array, 0, s.Len())
	at := 0
	for _, f := range s.Fields() {
		if f.Type.IsText() {
			b := array.NewStringBuilder(memory.DefaultAllocator)
			b.AppendValues(texts, nil)
			columns = append(columns, b.NewArray())
			b.Release()
			continue
		}
		b := array.NewFloat64Builder(memory.DefaultAllocator)
		for _, r := range rows {
			b.Append(r[at])
		}
		at++
		columns = append(columns, b.NewArray())
		b.Release()
	}
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	out, err := dataset.NewBatch(s, columns, len(rows))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// lender is the score 3 income - 2 debt + 1 per letter "b" of the grade, with income personal.
func lender(t testing.TB) (*model.Planned, *explain.Explainer) {
	t.Helper()
	s, err := dataset.NewSchema(
		dataset.Field{Name: "income", Type: dataset.Float64, Personal: true, Nullable: true}, dataset.Field{Name: "debt", Type: dataset.Float64, Nullable: true, Unit: "EUR"},
		dataset.Field{Name: "grade", Type: dataset.Utf8, Nullable: true},
	)
	if err != nil {
		t.Fatal(err)
	}
	inputs := []plan.Input{{Name: "income", Kind: plan.Number}, {Name: "debt", Kind: plan.Number}, {Name: "grade", Kind: plan.Text}}
	p := plannedOf(t, s, inputs,
		plan.Op{Kind: plan.OpLookup, In: plan.Ints{2}, Values: []string{"a", "b"}, Unseen: -1},
		plan.Op{Kind: plan.OpOneHot, In: plan.Ints{3}, Count: 2, Null: -1},
		plan.Op{Kind: plan.OpImpute, In: plan.Ints{0, 1}, Fill: plan.Floats{0, 0}},
		plan.Op{Kind: plan.OpLinear, In: plan.Ints{4, 5, 6, 7}, Shift: plan.Floats{0}, Coef: plan.Floats{0, 1, 3, -2}},
	)
	back := textBatch(t, s, []string{"a", "b"}, [][]float64{{0, 0}, {2, 2}})
	defer back.Release()
	return p, explainer(t, p, explain.Options{Background: back})
}

func TestReasonsAreTheStrongestContributions(t *testing.T) {
	t.Parallel()
	p, e := lender(t)
	row := dataset.NewRow(p.Signature().Input)
	row.Values[0], row.Values[1], row.Values[2] = dataset.NumberValue(4217), dataset.NumberValue(4000), dataset.TextValue("b")
	r, err := e.NewReasoner(explain.ReasonOptions{Top: 2, Templates: map[string]string{"debt": "{column}: {value} {unit}, {direction}"}})
	if err != nil {
		t.Fatal(err)
	}
	got := slices.Clone(r.Reasons(row, 0))
	// By hand: income 3(4217-1), debt -2(4000-1), grade 1-0.5.
	want := []explain.Reason{{Group: 0, Contribution: 3 * 4216}, {Group: 1, Contribution: -2 * 3999}}
	if !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	if text := r.Text(row, got[0]); text != "income = (withheld) raises the score by 1.26e+04" || strings.Contains(text, "4217") {
		t.Errorf("got %q", text)
	}
	if text := r.Text(row, got[1]); text != "debt: 4000 EUR, lowers" {
		t.Errorf("got %q", text)
	}
	row.Values[1] = dataset.Value{}
	if text := r.Text(row, got[1]); text != "debt: missing EUR, lowers" {
		t.Errorf("got %q", text)
	}
	lowers, err := e.NewReasoner(explain.ReasonOptions{Direction: explain.Lowers})
	if err != nil {
		t.Fatal(err)
	}
	row.Values[1] = dataset.NumberValue(4000)
	if got := lowers.Reasons(row, 0); len(got) != 1 || got[0].Group != 1 || got[0].Direction() != explain.Lowers {
		t.Errorf("got %v, want debt alone", got)
	}
	row.Values[1] = dataset.NumberValue(math.Inf(1))
	row.Values[0] = dataset.NumberValue(math.Inf(1))
	if got := r.Contributions(row, 0); !math.IsInf(got[0], 1) || !math.IsInf(got[1], -1) {
		t.Errorf("got %v", got)
	}
}

func TestReasonerOptionsAreChecked(t *testing.T) {
	t.Parallel()
	_, e := lender(t)
	for _, o := range []explain.ReasonOptions{{Top: -1}, {Top: 1001}, {Direction: 2}, {Templates: map[string]string{"age": "x"}}} {
		var option *model.OptionError
		if _, err := e.NewReasoner(o); !errors.As(err, &option) {
			t.Errorf("%+v: got %v, want an *OptionError", o, err)
		}
	}
}

func TestReasonsAllocateNothing(t *testing.T) {
	p := lightGBM(t, "regression.txt")
	in := batchOf(t, p, readReference(t).Regression.Rows)
	defer in.Release()
	row := dataset.NewRow(p.Signature().Input)
	if err := in.ReadRow(0, row); err != nil {
		t.Fatal(err)
	}
	for _, o := range []explain.Options{{}, {Method: explain.Interventional, Background: in}} {
		r, err := explainer(t, p, o).NewReasoner(explain.ReasonOptions{})
		if err != nil {
			t.Fatal(err)
		}
		score := p.NewRowScorer()
		var out model.Output
		if n := testing.AllocsPerRun(100, func() {
			score.Score(row, &out)
			if len(r.Reasons(row, 0)) != 3 {
				t.Fatal("want three reasons")
			}
		}); n != 0 {
			t.Errorf("%v allocations a row, want 0", n)
		}
	}
}

func TestReasonerGivesTheBitsOfContributions(t *testing.T) {
	t.Parallel()
	p := lightGBM(t, "multiclass.txt")
	in := batchOf(t, p, readReference(t).Multiclass.Rows)
	defer in.Release()
	var first *explain.Contributions
	for _, workers := range []int{1, 3} {
		e := explainer(t, p, explain.Options{Workers: workers})
		c, err := e.Contributions(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = c
		}
		r, err := e.NewReasoner(explain.ReasonOptions{})
		if err != nil {
			t.Fatal(err)
		}
		row := dataset.NewRow(p.Signature().Input)
		for i := range c.NumRows() {
			if err := in.ReadRow(i, row); err != nil {
				t.Fatal(err)
			}
			for o := range e.Outputs() {
				if !slices.Equal(r.Contributions(row, o), c.Row(i, o)) || !slices.Equal(c.Row(i, o), first.Row(i, o)) {
					t.Fatalf("row %d, output %d: other bits", i, o)
				}
			}
		}
	}
}
