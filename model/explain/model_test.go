package explain_test

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/explain"
)

func TestPartialDependenceEqualsScikitLearn(t *testing.T) {
	t.Parallel()
	ref := readReference(t).Plain
	p := lightGBM(t, "plain.txt")
	in := batchOf(t, p, ref.Rows)
	defer in.Release()
	names := p.Signature().Input.Names()
	d, err := explain.PartialDependence(t.Context(), p, in, names[:1], explain.DependenceOptions{Points: 12, Individual: true})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "grid", numbersOf(d.Grids[0]), ref.Grid)
	equal(t, "average", d.Average[0], ref.Average)
	for i, want := range ref.Individual {
		equal(t, "individual", d.Individual[0][i], want)
	}
	d, err = explain.PartialDependence(t.Context(), p, in, []string{names[0], names[3]}, explain.DependenceOptions{Points: 6, Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range ref.Grids {
		equal(t, "grid", numbersOf(d.Grids[i]), want)
	}
	equal(t, "pair", d.Average[0], slices.Concat(ref.Pair...))
}

func TestAccumulatedEffectsEqualTheirDefinition(t *testing.T) {
	t.Parallel()
	ref := readReference(t).Plain
	p := lightGBM(t, "plain.txt")
	in := batchOf(t, p, ref.Rows)
	defer in.Release()
	e, err := explain.AccumulatedEffects(t.Context(), p, in, p.Signature().Input.Names()[0], explain.EffectOptions{Bins: 10})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "edges", e.Edges, ref.ALE.Edges)
	equal(t, "effect", e.Effect[0], ref.ALE.Effect)
	for i, n := range e.Counts {
		if float64(n) != ref.ALE.Counts[i] {
			t.Fatalf("counts %v, want %v", e.Counts, ref.ALE.Counts)
		}
	}
}

// TestPermutationImportanceIsNearScikitLearn compares means over 200 repeats with other random numbers: within four standard errors of both together.
func TestPermutationImportanceIsNearScikitLearn(t *testing.T) {
	t.Parallel()
	ref := readReference(t).Plain
	p := lightGBM(t, "plain.txt")
	rows := make([][]*float64, len(ref.Rows))
	for i, r := range ref.Rows {
		rows[i] = append(slices.Clone(r), &ref.Target[i])
	}
	values := make([][]float64, len(rows))
	for i, r := range rows {
		for _, v := range r {
			values[i] = append(values[i], *v)
		}
	}
	in := numbers(t, append(p.Signature().Input.Names(), "target"), values)
	defer in.Release()
	problem := model.Problem{Task: model.Regression, Target: "target"}
	var first *explain.Importance
	for _, workers := range []int{1, 3} {
		im, err := explain.PermutationImportance(t.Context(), p, problem, in, explain.ImportanceOptions{Metric: "r2", Repeats: 200, Seed: 3, Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		for j, c := range im.Columns {
			if bound := 4 * math.Hypot(c.Std, ref.Spread[j]) / math.Sqrt(200); !(math.Abs(c.Mean-ref.Importance[j]) <= bound) || !(c.Low <= c.Mean && c.Mean <= c.High) {
				t.Errorf("column %s: got %v (%v to %v), want %v within %v", c.Column, c.Mean, c.Low, c.High, ref.Importance[j], bound)
			}
		}
		if first == nil {
			first = im
		} else if !reflect.DeepEqual(im, first) {
			t.Error("other bits with other workers")
		}
	}
	ranked := first.Ranked()
	for i := 1; i < len(ranked); i++ {
		if ranked[i].Mean > ranked[i-1].Mean {
			t.Errorf("not ranked: %v after %v", ranked[i].Mean, ranked[i-1].Mean)
		}
	}
	if _, err := explain.PermutationImportance(t.Context(), p, problem, in, explain.ImportanceOptions{Columns: []string{"?"}}); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("an unknown column: got %v, want ErrSchema", err)
	}
}

func loan(t testing.TB) model.Predictor {
	t.Helper()
	p, _, err := loanExample()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// loanExample returns the score income/1000 - debt/500 + 2 for the grade "b", by a plan over an integer, a float and a text column, and a row that it gives -1.
func loanExample() (model.Predictor, dataset.Row, error) {
	low, high, most := 0.0, 20_000.0, 10_000.0
	s, err := dataset.NewSchema(
		dataset.Field{Name: "income", Type: dataset.Int64, Min: &low, Max: &high}, dataset.Field{Name: "debt", Type: dataset.Float64, Min: &low, Max: &most, Personal: true},
		dataset.Field{Name: "grade", Type: dataset.Utf8, OneOf: []string{"a", "b"}},
	)
	if err != nil {
		return nil, dataset.Row{}, err
	}
	b := plan.NewBuilder(plan.Input{Name: "income", Kind: plan.Number}, plan.Input{Name: "debt", Kind: plan.Number}, plan.Input{Name: "grade", Kind: plan.Text})
	grade := b.Add(plan.Op{Kind: plan.OpLookup, In: plan.Ints{2}, Values: []string{"a", "b"}, Unseen: -1})
	score := b.Add(plan.Op{Kind: plan.OpLinear, In: plan.Ints{0, 1, grade[0]}, Shift: plan.Floats{0}, Coef: plan.Floats{1. / 1000, -1. / 500, 2}})
	b.Output(model.PredictionColumn, score[0])
	b.Output(model.RawColumn, score[0])
	g, err := b.Build()
	if err != nil {
		return nil, dataset.Row{}, err
	}
	p, err := model.NewPredictor(model.Problem{Task: model.Regression, Target: "y"}, s, dataset.Field{Name: "y", Type: dataset.Float64}, g)
	if err != nil {
		return nil, dataset.Row{}, err
	}
	row := dataset.NewRow(s)
	row.Values[0], row.Values[1], row.Values[2] = dataset.NumberValue(3000), dataset.NumberValue(2000), dataset.TextValue("a")
	return p, row, nil
}

func TestCounterfactualsAreCheapAndValid(t *testing.T) {
	t.Parallel()
	p, row, err := loanExample()
	if err != nil {
		t.Fatal(err)
	}
	find := func(o explain.CounterfactualOptions) *explain.Counterfactual {
		t.Helper()
		c, err := explain.FindCounterfactual(t.Context(), p, row, o)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	// Income alone must be 5000 for a score of 1: a move of 2000 of 20000.
	c := find(explain.CounterfactualOptions{AtLeast: number(1), Allow: []explain.Allow{{Column: "income"}}})
	if !c.Reached || len(c.Changes) != 1 || c.Changes[0].To.Number != 5000 || c.Changes[0].From.Number != 3000 {
		t.Errorf("got %+v, want income 5000", c)
	}
	near(t, "cost", c.Cost, 0.1)
	// Debt may only go down, and its value is personal: 1000 lower for a score of 1.
	c = find(explain.CounterfactualOptions{AtLeast: number(1), Allow: []explain.Allow{{Column: "debt", Direction: explain.Lowers}}})
	if !c.Reached || len(c.Changes) != 1 || c.Changes[0].From.Valid {
		t.Errorf("got %+v, want debt without its value", c)
	}
	within(t, "debt", c.Changes[0].To.Number, 1000, 1e-6)
	// Debt alone reaches 3 at most, with the grade 5.
	c = find(explain.CounterfactualOptions{AtLeast: number(4.5), Allow: []explain.Allow{{Column: "debt", Direction: explain.Lowers}, {Column: "grade"}}})
	if !c.Reached || len(c.Changes) != 2 || c.Changes[1].To.Text != "b" || c.Answer < 4.5 {
		t.Errorf("got %+v, want debt and grade", c)
	}
	c = find(explain.CounterfactualOptions{AtLeast: number(4.5), Changes: 1, Allow: []explain.Allow{{Column: "debt"}, {Column: "grade"}}})
	if c.Reached || c.Answer != 3 {
		t.Errorf("got %+v, want the nearest, 3", c)
	}
	c = find(explain.CounterfactualOptions{AtMost: number(-2), Allow: []explain.Allow{{Column: "income"}}})
	if !c.Reached || c.Changes[0].To.Number != 2000 {
		t.Errorf("got %+v, want income 2000", c)
	}
	if c = find(explain.CounterfactualOptions{AtLeast: number(-1), Allow: []explain.Allow{{Column: "income"}}}); !c.Reached || len(c.Changes) != 0 || c.Cost != 0 {
		t.Errorf("got %+v, want no change", c)
	}
	for _, o := range []explain.CounterfactualOptions{
		{}, {Allow: []explain.Allow{{Column: "income"}, {Column: "income"}}}, {Allow: []explain.Allow{{Column: "income"}}, Output: 1}, {Allow: []explain.Allow{{Column: "income"}}, Steps: 1},
	} {
		var option *model.OptionError
		if _, err := explain.FindCounterfactual(t.Context(), p, row, o); !errors.As(err, &option) {
			t.Errorf("%+v: got %v, want an *OptionError", o, err)
		}
	}
}

func TestTextAndIntegerColumnsHaveDependence(t *testing.T) {
	t.Parallel()
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	p := loan(t)
	ints, floats, texts := array.NewInt64Builder(mem), array.NewFloat64Builder(mem), array.NewStringBuilder(mem)
	ints.AppendValues([]int64{1000, 3000}, nil)
	floats.AppendValues([]float64{500, 0}, nil)
	texts.AppendValues([]string{"b", "b"}, nil)
	columns := []arrow.Array{ints.NewArray(), floats.NewArray(), texts.NewArray()}
	in, err := dataset.NewBatch(p.Signature().Input, columns, 2)
	for _, c := range columns {
		c.Release()
	}
	ints.Release()
	floats.Release()
	texts.Release()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Release()
	d, err := explain.PartialDependence(t.Context(), p, in, []string{"grade"}, explain.DependenceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "grade", d.Average[0], []float64{1.5, 3.5}) // 2 - 0.5, and 2 more
	d, err = explain.PartialDependence(t.Context(), p, in, []string{"income"}, explain.DependenceOptions{Points: 2, Trim: -1})
	if err != nil {
		t.Fatal(err)
	}
	if got := numbersOf(d.Grids[0]); len(got) != 2 {
		t.Errorf("grid %v, want two points", got)
	}
	var option *model.OptionError
	if _, err := explain.PartialDependence(t.Context(), p, in, []string{"debt"}, explain.DependenceOptions{}); !errors.As(err, &option) {
		t.Errorf("a personal column: got %v, want an *OptionError", err)
	}
	if _, err := explain.AccumulatedEffects(t.Context(), p, in, "debt", explain.EffectOptions{}); !errors.As(err, &option) {
		t.Errorf("effects of a personal column: got %v, want an *OptionError", err)
	}
	e, err := explain.AccumulatedEffects(t.Context(), p, in, "income", explain.EffectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "effect", e.Effect[0], []float64{-1, 1})
}

func number(v float64) *float64 { return &v }

func numbersOf(v []dataset.Value) []float64 {
	out := make([]float64, len(v))
	for i := range v {
		out[i] = v[i].Number
	}
	return out
}

func equal(t testing.TB, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	for i := range got {
		near(t, what, got[i], want[i])
	}
}
