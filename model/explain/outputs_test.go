package explain_test

import (
	"math/rand/v2"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/explain"
)

// TestOutputsOfOneOperationAreExplainedEach gives three trees to two outputs in each of the ways that an operation has, and wants of each output the Shapley values
// of the trees that it has, by the definition.
func TestOutputsOfOneOperationAreExplainedEach(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*plan.Trees){
		"in turn": func(*plan.Trees) {},
		"targets": func(s *plan.Trees) { s.Target = plan.Ints{1, 1, 0} },
		"a mean":  func(s *plan.Trees) { s.Aggregate, s.BaseLast = plan.Mean, true },
		"a scale": func(s *plan.Trees) { s.Scale = 0.5 },
		"vectors": func(s *plan.Trees) {
			values := s.Leaf
			s.Vector, s.Leaf = true, nil
			for _, v := range values {
				s.Leaf = append(s.Leaf, v, 3*v)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			trees := randomTrees(rand.New(rand.NewPCG(9, 0)), 3, 12, 3)
			trees.Outputs, trees.Base = 2, plan.Floats{10, 20}
			single := trees.Leaf
			change(trees)
			e := explainer(t, severalOutputs(t, trees), explain.Options{})
			row := []float64{0.2, 0.7, 0.4}
			in := numbers(t, []string{"a", "b", "c"}, [][]float64{row})
			defer in.Release()
			got, err := e.Contributions(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			flat := *trees
			flat.Leaf = single
			for o := range 2 {
				game := func(known int) float64 { return outputOf(trees, &flat, row, known, o) }
				near(t, "base", e.Base()[o], game(0))
				near(t, "score", got.Score(0, o), game(7))
				for j, want := range shapley(3, game) {
					near(t, "value", got.Row(0, o)[j], want)
				}
			}
		})
	}
}

// outputOf is what an output expects where some features are known; flat has one value a leaf.
func outputOf(t, flat *plan.Trees, row []float64, known, o int) float64 {
	sum := 0.0
	for i, root := range t.Roots {
		v := expected(flat, root, row, known)
		switch {
		case t.Vector && o == 1:
			sum += 3 * v
		case t.Vector, t.Target != nil && int(t.Target[i]) == o, t.Target == nil && i%2 == o:
			sum += v
		}
	}
	switch {
	case t.Aggregate == plan.Mean:
		return sum/3 + t.Base[o]
	case t.Scale != 0:
		return t.Scale * (t.Base[o] + sum)
	default:
		return t.Base[o] + sum
	}
}

func severalOutputs(t *testing.T, trees *plan.Trees) *model.Planned {
	t.Helper()
	var fields []dataset.Field
	var inputs []plan.Input
	for _, name := range []string{"a", "b", "c"} {
		fields = append(fields, dataset.Field{Name: name, Type: dataset.Float64, Nullable: true})
		inputs = append(inputs, plan.Input{Name: name, Kind: plan.Number})
	}
	s, err := dataset.NewSchema(fields...)
	if err != nil {
		t.Fatal(err)
	}
	b := plan.NewBuilder(inputs...)
	raw := b.Add(plan.Op{Kind: plan.OpTrees, In: plan.Ints{0, 1, 2}, Trees: trees})
	b.Output(model.PredictionColumn, raw[0])
	for _, r := range raw {
		b.Output(model.RawColumn, r)
	}
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	p, err := model.NewPredictor(model.Problem{Task: model.Regression, Target: "y"}, s, dataset.Field{Name: "y", Type: dataset.Float64}, g)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
