package explain_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/explain"
	"github.com/tidewheel/tidewheel/model/interchange"
)

// reference is testdata/explain.json, which testdata/gen/explain.py writes with the versions it names.
type reference struct {
	Regression struct {
		Rows         [][]*float64
		Background   [][]*float64
		Contrib      []json.RawMessage
		Interactions [][][]float64
		Mixed        [][]float64 `json:"interventional"`
		MixedBase    float64     `json:"interventional_base"`
	}
	Multiclass struct {
		Rows    [][]*float64
		Contrib []json.RawMessage
	}
	XGBoost struct {
		Rows         [][]*float64
		Contrib      []json.RawMessage
		Interactions [][][]float64
	}
	Plain struct {
		Rows       [][]*float64
		Target     []float64
		Grid       []float64
		Average    []float64
		Individual [][]float64 `json:"individual_first5"`
		Grids      [][]float64
		Pair       [][]float64
		Importance []float64 `json:"importance_r2"`
		Spread     []float64 `json:"importance_std"`
		ALE        struct{ Edges, Effect, Counts []float64 }
	}
	Linear struct {
		Coef       []float64
		Intercept  float64
		Background int
		Values     [][]float64
		Base       float64
	}
}

func readReference(t testing.TB) *reference {
	t.Helper()
	var r reference
	if err := json.Unmarshal(readFile(t, "testdata/explain.json"), &r); err != nil {
		t.Fatal(err)
	}
	return &r
}

func lightGBM(t testing.TB, name string) *model.Planned {
	t.Helper()
	p, err := interchange.LightGBM(bytes.NewReader(readFile(t, "testdata/"+name)), interchange.LightGBMOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// batchOf returns rows, null for missing, as a batch of p's columns.
func batchOf(t testing.TB, p model.Predictor, rows [][]*float64) dataset.Batch {
	t.Helper()
	values := make([][]float64, len(rows))
	for i, r := range rows {
		for _, v := range r {
			if v == nil {
				values[i] = append(values[i], math.NaN())
			} else {
				values[i] = append(values[i], *v)
			}
		}
	}
	return numbers(t, p.Signature().Input.Names(), values)
}

func explainer(t testing.TB, p model.Predictor, o explain.Options) *explain.Explainer {
	t.Helper()
	e, err := explain.New(p, o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestContributionsEqualLightGBM(t *testing.T) {
	t.Parallel()
	ref := readReference(t)
	for _, c := range []struct {
		file    string
		rows    [][]*float64
		contrib []json.RawMessage
	}{{"regression.txt", ref.Regression.Rows, ref.Regression.Contrib}, {"multiclass.txt", ref.Multiclass.Rows, ref.Multiclass.Contrib}} {
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			p := lightGBM(t, c.file)
			in := batchOf(t, p, c.rows)
			defer in.Release()
			got, err := explainer(t, p, explain.Options{}).Contributions(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			checkRows(t, got, c.contrib, 1e-9)
		})
	}
}

// TestXGBoostIsExplainedAsByItself has a tolerance of 1e-5 of the magnitude: XGBoost sums in float32.
func TestXGBoostIsExplainedAsByItself(t *testing.T) {
	t.Parallel()
	ref := readReference(t).XGBoost
	p, err := interchange.XGBoost(bytes.NewReader(readFile(t, "testdata/xgboost.ubj")), interchange.XGBoostOptions{})
	if err != nil {
		t.Fatal(err)
	}
	in := batchOf(t, p, ref.Rows)
	defer in.Release()
	e := explainer(t, p, explain.Options{})
	got, err := e.Contributions(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	checkRows(t, got, ref.Contrib, 1e-5)
	pairs, err := e.Interactions(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range ref.Interactions {
		for j := range want {
			for k, v := range want[j] {
				within(t, "interaction", pairs.Row(i, 0)[j*len(want)+k], v, 1e-5)
			}
		}
	}
}

// TestInterventionalEqualsShap has a tolerance of 1e-6 of the magnitude since shap 0.51.0 sums in float32 there (the values of a row miss the score by 1e-7); TestContributionsAreShapleyValues holds
// the definition to 1e-9.
func TestInterventionalEqualsShap(t *testing.T) {
	t.Parallel()
	ref := readReference(t).Regression
	p := lightGBM(t, "regression.txt")
	in, back := batchOf(t, p, ref.Rows), batchOf(t, p, ref.Background)
	defer in.Release()
	defer back.Release()
	e := explainer(t, p, explain.Options{Method: explain.Interventional, Background: back})
	within(t, "base", e.Base()[0], ref.MixedBase, 1e-6)
	got, err := e.Contributions(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range ref.Mixed {
		sum := e.Base()[0]
		for j, v := range got.Row(i, 0) {
			within(t, "value", v, want[j], 1e-6)
			sum += v
		}
		near(t, "sum", sum, got.Score(i, 0))
	}
}

func TestInteractionsEqualShap(t *testing.T) {
	t.Parallel()
	ref := readReference(t).Regression
	p := lightGBM(t, "regression.txt")
	in := batchOf(t, p, ref.Rows[:len(ref.Interactions)])
	defer in.Release()
	e := explainer(t, p, explain.Options{})
	got, err := e.Interactions(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := e.Contributions(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range ref.Interactions {
		g := len(got.Groups)
		for j := range g {
			sum := 0.0
			for k := range g {
				v := got.Row(i, 0)[j*g+k]
				near(t, "interaction", v, want[j][k])
				sum += v
			}
			near(t, "row of the matrix", sum, whole.Row(i, 0)[j])
		}
	}
}

// near wants 1e-9 of the magnitude, or of 1: sums of a few hundred products in another order.
func near(t testing.TB, what string, got, want float64) {
	t.Helper()
	within(t, what, got, want, 1e-9)
}

func within(t testing.TB, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*max(1, math.Abs(want))) {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}

// TestContributionsAreShapleyValues compares with the definition: the mean over all orders of the features of what a feature adds to the game of a small ensemble that
// has every kind of node.
func TestContributionsAreShapleyValues(t *testing.T) {
	t.Parallel()
	trees := mixedTrees()
	p := planned(t, []string{"a", "b", "c"}, plan.Op{Kind: plan.OpTrees, In: plan.Ints{0, 1, 2}, Trees: trees})
	e := explainer(t, p, explain.Options{Workers: 1})
	back := [][]float64{{-3, 2, 1}, {1, 0, 7}, {-0.5, 3, math.NaN()}}
	compare := numbers(t, []string{"a", "b", "c"}, back)
	defer compare.Release()
	mixed := explainer(t, p, explain.Options{Workers: 1, Method: explain.Interventional, Background: compare})
	for _, row := range [][]float64{{-2, 0.5, 1}, {-0.5, 0, 2}, {3, 2, 1}, {3, 2, 5}, {math.NaN(), math.NaN(), math.NaN()}} {
		holds(t, e, []string{"a", "b", "c"}, row, func(known int) float64 { return 0.25 * (0.5 + 16 + expected(trees, 0, row, known)) })
		holds(t, mixed, []string{"a", "b", "c"}, row, func(known int) float64 {
			sum := 0.0
			for _, b := range back {
				x := append([]float64(nil), b...)
				for j := range x {
					if known>>j&1 == 1 {
						x[j] = row[j]
					}
				}
				sum += 0.25 * (0.5 + 16 + expected(trees, 0, x, 7))
			}
			return sum / float64(len(back))
		})
	}
}

// TestDeepTreesHaveShapleyValues compares with the definition for random trees that have up to ten features on a path, most of them several times.
func TestDeepTreesHaveShapleyValues(t *testing.T) {
	t.Parallel()
	const features = 10
	r := rand.New(rand.NewPCG(5, 0))
	trees := randomTrees(r, 3, 60, features)
	names := make([]string, features)
	in := make(plan.Ints, features)
	for j := range names {
		names[j], in[j] = string(rune('a'+j)), int32(j)
	}
	e := explainer(t, planned(t, names, plan.Op{Kind: plan.OpTrees, In: in, Trees: trees}), explain.Options{})
	for range 5 {
		row := make([]float64, features)
		for j := range row {
			row[j] = r.Float64()
		}
		holds(t, e, names, row, func(known int) float64 {
			sum := 0.0
			for _, root := range trees.Roots {
				sum += expected(trees, root, row, known)
			}
			return sum
		})
	}
}

// randomTrees returns trees that grow at a random leaf, with random covers.
func randomTrees(r *rand.Rand, count, nodes, features int) *plan.Trees {
	t := &plan.Trees{Outputs: 1, Base: plan.Floats{0}}
	var leaves plan.Floats
	for range count {
		first := len(t.Feature)
		t.Roots = append(t.Roots, int32(first))
		open := []func(int32){func(int32) {}} // set the places of the tree that have no child yet
		for range nodes {
			at := r.IntN(len(open))
			if r.IntN(4) > 0 {
				at = len(open) - 1 // deeper
			}
			node := int32(len(t.Feature))
			open[at](node)
			t.Feature, t.Threshold = append(t.Feature, int32(r.IntN(features))), append(t.Threshold, r.Float64())
			t.Left, t.Right = append(t.Left, 0), append(t.Right, 0)
			t.Flags, t.Cat, t.Cover = append(t.Flags, 0), append(t.Cat, 0), append(t.Cover, 0)
			open[at] = func(c int32) { t.Left[node] = c }
			open = append(open, func(c int32) { t.Right[node] = c })
		}
		for _, set := range open {
			set(^int32(len(t.Leaf)))
			t.Leaf = append(t.Leaf, r.NormFloat64())
			leaves = append(leaves, float64(1+r.IntN(50)))
		}
		cover := func(c int32) float64 {
			if c < 0 {
				return leaves[^c]
			}
			return t.Cover[c]
		}
		for i := len(t.Feature) - 1; i >= first; i-- {
			t.Cover[i] = cover(t.Left[i]) + cover(t.Right[i])
		}
	}
	t.Cover = append(t.Cover, leaves...)
	return t
}

// holds compares the contributions to a row with the Shapley values of a game.
func holds(t *testing.T, e *explain.Explainer, names []string, row []float64, game func(known int) float64) {
	t.Helper()
	in := numbers(t, names, [][]float64{row})
	defer in.Release()
	got, err := e.Contributions(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "base", e.Base()[0], game(0))
	near(t, "score", got.Score(0, 0), game(1<<len(names)-1))
	for j, want := range shapley(len(names), game) {
		near(t, "value", got.Row(0, 0)[j], want)
	}
}

// mixedTrees is two trees, one of them a leaf, with every kind of node, a feature that comes twice on a path and a leaf that no row of training reached.
func mixedTrees() *plan.Trees {
	return &plan.Trees{
		Outputs: 1, Base: plan.Floats{0.5}, Roots: plan.Ints{0, ^int32(4)},
		Feature: plan.Ints{0, 1, 0, 2}, Threshold: plan.Floats{0, 1, -1, 0}, Left: plan.Ints{1, 2, ^int32(0), ^int32(2)}, Right: plan.Ints{3, ^int32(1), ^int32(5), ^int32(3)},
		Flags: plan.Bytes{plan.NodeFlags(false, true, plan.MissingNaN), plan.NodeFlags(false, false, plan.MissingZero), 0, plan.NodeFlags(true, false, plan.MissingNaN)},
		Cat:   plan.Ints{0, 0, 0, 0}, Words: plan.Words{1, 0b110}, Leaf: plan.Floats{1, 2, 4, 8, 16, 32}, Scale: 0.25,
		Cover: plan.Floats{10, 7, 4, 3 /* leaves */, 1, 3, 0, 3, 10, 3},
	}
}

// expected is algorithm 1 of Lundberg (2020).
func expected(t *plan.Trees, at int32, row []float64, known int) float64 {
	if at < 0 {
		return t.Leaf[^at]
	}
	cover := func(c int32) float64 {
		if c < 0 {
			return t.Cover[len(t.Feature)+int(^c)]
		}
		return t.Cover[c]
	}
	f := t.Feature[at]
	l, r := t.Left[at], t.Right[at]
	switch {
	case known>>f&1 == 0:
		return (cover(l)*expected(t, l, row, known) + cover(r)*expected(t, r, row, known)) / cover(at)
	case t.GoesLeft(at, row[f]):
		return expected(t, l, row, known)
	default:
		return expected(t, r, row, known)
	}
}

// shapley is the definition, over subsets.
func shapley(n int, game func(known int) float64) []float64 {
	factorial := func(k int) float64 { return math.Gamma(float64(k + 1)) }
	out := make([]float64, n)
	for j := range n {
		for s := range 1 << n {
			if s>>j&1 == 1 {
				continue
			}
			size := 0
			for k := range n {
				size += s >> k & 1
			}
			out[j] += factorial(size) * factorial(n-size-1) / factorial(n) * (game(s|1<<j) - game(s))
		}
	}
	return out
}

// planned returns a regression whose raw score and prediction are the first output of the last operation.
func planned(t testing.TB, columns []string, ops ...plan.Op) *model.Planned {
	t.Helper()
	fields := make([]dataset.Field, len(columns))
	inputs := make([]plan.Input, len(columns))
	for i, c := range columns {
		fields[i] = dataset.Field{Name: c, Type: dataset.Float64, Nullable: true}
		inputs[i] = plan.Input{Name: c, Kind: plan.Number}
	}
	s, err := dataset.NewSchema(fields...)
	if err != nil {
		t.Fatal(err)
	}
	return plannedOf(t, s, inputs, ops...)
}

func plannedOf(t testing.TB, s *dataset.Schema, inputs []plan.Input, ops ...plan.Op) *model.Planned {
	t.Helper()
	b := plan.NewBuilder(inputs...)
	var out plan.Ints
	for _, o := range ops {
		out = b.Add(o)
	}
	b.Output(model.PredictionColumn, out[0])
	b.Output(model.RawColumn, out[0])
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

func TestWhatIsNotCoveredIsRefusedByName(t *testing.T) {
	t.Parallel()
	stump := func(change func(*plan.Trees)) *plan.Trees {
		s := &plan.Trees{
			Outputs: 1, Base: plan.Floats{0}, Roots: plan.Ints{0}, Feature: plan.Ints{0}, Threshold: plan.Floats{0}, Left: plan.Ints{^int32(0)}, Right: plan.Ints{^int32(1)},
			Flags: plan.Bytes{0}, Cat: plan.Ints{0}, Leaf: plan.Floats{1, 2}, Cover: plan.Floats{2, 1, 1},
		}
		change(s)
		return s
	}
	for name, op := range map[string]plan.Op{
		"linear leaves": {Kind: plan.OpTrees, In: plan.Ints{0, 1}, Trees: stump(func(s *plan.Trees) {
			s.Linear = &plan.Linear{Const: plan.Floats{1, 2}, Start: plan.Ints{0, 0, 0}}
		})},
		"aggregate": {Kind: plan.OpTrees, In: plan.Ints{0, 1}, Trees: stump(func(s *plan.Trees) { s.Aggregate, s.BaseLast = plan.Max, true })},
		"covers":    {Kind: plan.OpTrees, In: plan.Ints{0, 1}, Trees: stump(func(s *plan.Trees) { s.Cover = nil })},
		"softmax":   {Kind: plan.OpSoftmax, In: plan.Ints{0, 1}},
	} {
		if _, err := explain.New(planned(t, []string{"a", "b"}, op), explain.Options{}); !errors.Is(err, model.ErrUnsupported) {
			t.Errorf("%s: got %v, want ErrUnsupported", name, err)
		}
	}
	linear := planned(t, []string{"a"}, plan.Op{Kind: plan.OpLinear, In: plan.Ints{0}, Shift: plan.Floats{1}, Coef: plan.Floats{2}})
	var option *model.OptionError
	if _, err := explain.New(linear, explain.Options{}); !errors.As(err, &option) {
		t.Errorf("a linear model without a background: got %v, want an *OptionError", err)
	}
}
