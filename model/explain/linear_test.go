package explain_test

import (
	"math"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model/explain"
)

func TestLinearContributionsEqualShap(t *testing.T) {
	t.Parallel()
	ref := readReference(t)
	names := []string{"a", "b", "c", "d"}
	// The columns are standardized first, as a pipeline would: the contributions of the raw columns are the same.
	scale := plan.Op{Kind: plan.OpAffine, In: plan.Ints{0, 1, 2, 3}, Shift: plan.Floats{1, 2, 3, 4}, Scale: plan.Floats{2, 3, 4, 5}}
	line := plan.Op{Kind: plan.OpLinear, In: plan.Ints{4, 5, 6, 7}, Shift: plan.Floats{ref.Linear.Intercept}}
	for j, w := range ref.Linear.Coef {
		line.Coef = append(line.Coef, w*scale.Scale[j])
		line.Shift[0] += w * scale.Shift[j]
	}
	p := planned(t, names, scale, line)
	in := batchOf(t, p, ref.Plain.Rows)
	defer in.Release()
	back := in.Slice(0, ref.Linear.Background)
	defer back.Release()
	e := explainer(t, p, explain.Options{Background: back})
	near(t, "base", e.Base()[0], ref.Linear.Base)
	got, err := e.Contributions(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range ref.Linear.Values {
		for j, v := range got.Row(i, 0) {
			near(t, "value", v, want[j])
		}
	}
}

// TestDerivedColumnsCountToTheirRawColumn follows a one-hot column, an interaction of two columns and a tree over derived columns through the plan. By hand.
func TestDerivedColumnsCountToTheirRawColumn(t *testing.T) {
	t.Parallel()
	s, err := dataset.NewSchema(
		dataset.Field{Name: "unused", Type: dataset.Float64}, dataset.Field{Name: "x", Type: dataset.Float64, Nullable: true},
		dataset.Field{Name: "city", Type: dataset.Utf8, Personal: true}, dataset.Field{Name: "z", Type: dataset.Float64},
	)
	if err != nil {
		t.Fatal(err)
	}
	inputs := []plan.Input{{Name: "city", Kind: plan.Text}, {Name: "x", Kind: plan.Number}, {Name: "z", Kind: plan.Number}}
	p := plannedOf(t, s, inputs,
		plan.Op{Kind: plan.OpLookup, In: plan.Ints{0}, Values: []string{"rome", "oslo"}, Unseen: -1}, // 3
		plan.Op{Kind: plan.OpOneHot, In: plan.Ints{3}, Count: 2, Null: -1},                           // 4 5
		plan.Op{Kind: plan.OpImpute, In: plan.Ints{1, 2}, Fill: plan.Floats{10, 0}},                  // 6 7
		plan.Op{Kind: plan.OpSoftmax, In: plan.Ints{6, 7}},                                           // 8 9: of x and z together
		plan.Op{Kind: plan.OpTrees, In: plan.Ints{4, 6}, Trees: &plan.Trees{ // 10: +4 in Rome, else 0
			Outputs: 1, Base: plan.Floats{0}, Roots: plan.Ints{0}, Feature: plan.Ints{0}, Threshold: plan.Floats{0.5}, Left: plan.Ints{^int32(0)}, Right: plan.Ints{^int32(1)},
			Flags: plan.Bytes{0}, Cat: plan.Ints{0}, Leaf: plan.Floats{0, 4}, Cover: plan.Floats{4, 1, 3},
		}},
		plan.Op{Kind: plan.OpLinear, In: plan.Ints{4, 5, 6, 8, 10}, Shift: plan.Floats{100}, Coef: plan.Floats{1, 2, 3, 8, 10}},
	)
	rows := textBatch(t, s, []string{"rome", "oslo", "?", "oslo"}, [][]float64{{0, 1, 1}, {0, 2, 2}, {0, 3, 3}, {0, 10, 10}})
	defer rows.Release()
	e := explainer(t, p, explain.Options{Background: rows})
	var names []string
	for _, g := range e.Groups() {
		names = append(names, g.Name())
	}
	want := []string{"x", "city", "z", "x & z"}
	if len(names) != len(want) {
		t.Fatalf("groups %q, want %q", names, want)
	}
	for i := range want {
		if names[i] != want[i] {
			t.Fatalf("groups %q, want %q", names, want)
		}
	}
	got, err := e.Contributions(t.Context(), rows)
	if err != nil {
		t.Fatal(err)
	}
	// Means: rome 1/4, oslo 1/2, x 4, softmax 1/2. The tree's mean is 3 by its covers.
	near(t, "base", e.Base()[0], 100+0.25+1+12+4+30)
	for j, v := range []float64{3 * (1 - 4), (1 - 0.25) - 2*0.5 + 10*(4-3), 0, 0} {
		near(t, names[j], got.Row(0, 0)[j], v)
	}
	if !e.Groups()[1].Personal || e.Groups()[3].Personal {
		t.Error("want city personal and x & z not")
	}
}

// TestImportedGraphsAreTakenApart has the operations that a reader of graphs emits around a linear model. By hand.
func TestImportedGraphsAreTakenApart(t *testing.T) {
	t.Parallel()
	unary := func(f plan.Func) *plan.Math { return &plan.Math{Func: f} }
	p := planned(
		t, []string{"a", "b"},
		plan.Op{Kind: plan.OpConstant, Fill: plan.Floats{1, 2, 4, 8, math.NaN()}},                                                            // 2 to 6
		plan.Op{Kind: plan.OpMap, In: plan.Ints{0, 1}, Math: unary(plan.FuncIdentity)},                                                       // 7 8: a b
		plan.Op{Kind: plan.OpZip, In: plan.Ints{7, 8, 2, 3}, Math: unary(plan.FuncSub)},                                                      // 9 10: a-1 b-2
		plan.Op{Kind: plan.OpZip, In: plan.Ints{9, 10, 4, 5}, Math: unary(plan.FuncMul)},                                                     // 11 12: 4a-4 8b-16
		plan.Op{Kind: plan.OpPoints, In: plan.Ints{11, 12}, Math: &plan.Math{Func: plan.FuncLinearKernel, Points: plan.Floats{1, 2, 3, -1}}}, // 13 14: 4a+16b-36, 12a-8b+4
		plan.Op{Kind: plan.OpReduce, In: plan.Ints{13, 14}, Math: &plan.Math{Func: plan.FuncMean, Group: 2}},                                 // 15: 8a+4b-16
		plan.Op{Kind: plan.OpMap, In: plan.Ints{15}, Math: unary(plan.FuncNeg)},                                                              // 16
		plan.Op{Kind: plan.OpZip, In: plan.Ints{16, 5}, Math: unary(plan.FuncDiv)},                                                           // 17: -a-b/2+2
		plan.Op{Kind: plan.OpMap, In: plan.Ints{0}, Math: unary(plan.FuncIsNaN)},                                                             // 18
		plan.Op{Kind: plan.OpSelect, In: plan.Ints{18, 6, 17}, Math: &plan.Math{}},                                                           // 19
	)
	back := numbers(t, []string{"a", "b"}, [][]float64{{1, 2}, {3, 6}})
	defer back.Release()
	in := numbers(t, []string{"a", "b"}, [][]float64{{5, 5}, {math.NaN(), 5}})
	defer in.Release()
	e := explainer(t, p, explain.Options{Background: back})
	near(t, "base", e.Base()[0], -2-2+2)
	got, err := e.Contributions(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "a", got.Row(0, 0)[0], -(5 - 2))
	near(t, "b", got.Row(0, 0)[1], -(5-4)/2.)
	near(t, "score", got.Score(0, 0), -5-2.5+2)
	if v := got.Row(1, 0); !math.IsNaN(v[0]) || !math.IsNaN(v[1]) || !math.IsNaN(got.Score(1, 0)) {
		t.Errorf("a row without a score: got %v, want NaN", v)
	}
}
