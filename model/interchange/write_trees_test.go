package interchange_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/interchange"
	"github.com/tidewheel/tidewheel/model/tree"
)

// fittedTrees returns a model of each kind that package tree makes, by name.
func fittedTrees(t testing.TB) map[string]*model.Planned {
	t.Helper()
	out := map[string]*model.Planned{}
	boosted := func(name, target string, task model.Task, o tree.BoostingOptions) {
		o.Trees, o.Workers = 12, 1
		e, err := tree.NewBoosting(o)
		if err != nil {
			t.Fatal(err)
		}
		out["tree_"+name] = fittedTo(t, target, task, e)
	}
	for name, o := range map[string]tree.Objective{"absolute": tree.AbsoluteError, "huber": tree.Huber, "quantile": tree.Quantile} {
		boosted(name, "spend", model.Regression, tree.BoostingOptions{Objective: o})
	}
	for name, o := range map[string]tree.Objective{"poisson": tree.Poisson, "gamma": tree.Gamma, "tweedie": tree.Tweedie} {
		boosted(name, "level", model.Regression, tree.BoostingOptions{Objective: o})
	}
	boosted("depth_wise", "kind", model.Multiclass, tree.BoostingOptions{Growth: tree.DepthWise, NodeFeatureFraction: 0.5})
	boosted("constrained", "spend", model.Regression, tree.BoostingOptions{
		Monotone: map[string]int{"age": 1, "income": -1}, Interactions: [][]string{{"age", "city", "plan"}, {"income", "visits", "loyal", "age"}},
	})
	boosted("one_hot", "stays", model.Binary, tree.BoostingOptions{MaxOneHot: 10, CategoryL2: 1, MinLeafRows: 3})
	boosted("dart", "kind", model.Multiclass, tree.BoostingOptions{Dart: &tree.DartOptions{DropRate: 0.5}})
	boosted("goss", "stays", model.Binary, tree.BoostingOptions{GOSS: &tree.GOSSOptions{}, LearningRate: 0.5})
	grown := func(name string, e model.Estimator, err error) {
		if err != nil {
			t.Fatal(err)
		}
		for target, task := range map[string]model.Task{"spend": model.Regression, "stays": model.Binary, "kind": model.Multiclass} {
			out["forest_"+name+"_"+target] = fittedTo(t, target, task, e)
		}
	}
	forest, err := tree.NewRandomForest(tree.ForestOptions{Trees: 10, MaxDepth: 6, Seed: 1})
	grown("random", forest, err)
	extra, err := tree.NewExtraTrees(tree.ForestOptions{Trees: 10, MaxDepth: 6, Seed: 1})
	grown("extra", extra, err)
	single, err := tree.NewDecisionTree(tree.DecisionTreeOptions{})
	grown("single", single, err)
	grownFor := func(name string, p model.Problem, e model.Estimator, err error) {
		if err != nil {
			t.Fatal(err)
		}
		m, err := e.Fit(t.Context(), model.Training{Problem: p, Rows: visitRows(t)})
		if err != nil {
			t.Fatal(err)
		}
		out[name] = planned(t, m)
	}
	quantiles, err := tree.NewRandomForest(tree.ForestOptions{Trees: 15, MaxDepth: 6, Quantiles: []float64{0.1, 0.5, 0.9}})
	grownFor("quantiles", model.Problem{Task: model.Regression, Target: "spend", Features: []string{"age", "income", "visits", "city"}}, quantiles, err)
	features := []string{"age", "income", "loyal", "city", "plan"}
	rank, err := tree.NewBoosting(tree.BoostingOptions{Trees: 12, Workers: 1})
	grownFor("tree_ranking", model.Problem{Task: model.Ranking, Target: "level", Group: "visits", Features: features}, rank, err)
	isolation, err := tree.NewIsolationForest(tree.IsolationOptions{Trees: 20, Seed: 1, Contamination: 0.1})
	grownFor("isolation", model.Problem{Task: model.Anomaly, Features: features}, isolation, err)
	return out
}

// A forest that is written for LightGBM and read again predicts the same numbers. Those of two classes are the probabilities of the second; of more classes they are
// all of them, and the form is written again as it was.
func TestWrittenForestsPredictTheSame(t *testing.T) {
	src := visitRows(t)
	for name, m := range fittedTrees(t) {
		if !strings.HasPrefix(name, "forest_") {
			continue
		}
		var text bytes.Buffer
		if err := interchange.WriteLightGBM(&text, m); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		written := text.String()
		again, err := interchange.LightGBM(&text, interchange.LightGBMOptions{Schema: m.Signature().Input})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want, got := answersOf(t, m, src), answersOf(t, again, src)
		if strings.HasSuffix(name, "_kind") {
			text.Reset()
			if err := interchange.WriteLightGBM(&text, again); err != nil || text.String() != written {
				t.Errorf("%s: another text the second time, or error %v", name, err)
			}
			for i, p := range got.probability {
				if !slices.Equal(p, want.probability[i]) || again.Problem().Task != model.Multiclass {
					t.Errorf("%s: row %d: probabilities %v, want %v", name, i, p, want.probability[i])
					break
				}
			}
			continue
		}
		for i, v := range got.number {
			expected := want.number[i]
			if len(want.probability[i]) > 0 {
				expected = want.probability[i][1]
			}
			if v != expected {
				t.Errorf("%s: row %d: %v, want %v", name, i, v, expected)
				break
			}
		}
	}
}

// What has no objective and several outputs is read where it cannot be anything but shares of classes.
func TestOnlySharesOfClassesAreReadWithoutAnObjective(t *testing.T) {
	var text bytes.Buffer
	if err := interchange.WriteLightGBM(&text, fittedTrees(t)["forest_single_kind"]); err != nil {
		t.Fatal(err)
	}
	whole := text.String()
	line := func(key string, tree int) string {
		_, rest, _ := strings.Cut(whole, fmt.Sprintf("Tree=%d\n", tree))
		_, rest, _ = strings.Cut(rest, "\n"+key+"=")
		rest, _, _ = strings.Cut(rest, "\n")
		return "\n" + key + "=" + rest + "\n"
	}
	within := func(tree int, from, to string) string {
		head, rest, _ := strings.Cut(whole, fmt.Sprintf("Tree=%d\n", tree))
		return head + fmt.Sprintf("Tree=%d\n", tree) + strings.Replace(rest, from, to, 1)
	}
	values := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line("leaf_value", 1)), "leaf_value="))
	changed := func(v string) string {
		return "\nleaf_value=" + strings.Join(append([]string{v}, values[1:]...), " ") + "\n"
	}
	if _, err := interchange.LightGBM(strings.NewReader(whole), interchange.LightGBMOptions{}); err != nil {
		t.Fatal(err)
	}
	thresholds := line("threshold", 1)
	first, rest, _ := strings.Cut(strings.TrimPrefix(thresholds, "\nthreshold="), " ")
	for name, text := range map[string]string{
		"not averaged":    strings.Replace(whole, "average_output\n", "", 1),
		"a larger share":  within(1, line("leaf_value", 1), changed("1.5")),
		"a negative one":  within(1, line("leaf_value", 1), changed("-0.5")),
		"other splits":    within(1, thresholds, "\nthreshold=9"+first+" "+rest),
		"a smaller tree":  within(1, strings.SplitN(strings.SplitN(whole, "Tree=1\n", 2)[1], "\n\n", 2)[0], "num_leaves=1\nnum_cat=0\nleaf_value=0.2\nis_linear=0\nshrinkage=1\n"),
		"another default": within(1, line("decision_type", 1), strings.Replace(line("decision_type", 1), "=10", "=8", 1)),
	} {
		if text == whole {
			t.Errorf("%s: the text is as it was", name)
		}
		_, err := interchange.LightGBM(strings.NewReader(text), interchange.LightGBMOptions{})
		var unsupported *model.UnsupportedError
		if !errors.As(err, &unsupported) || !strings.Contains(unsupported.Feature, "objective none, with several outputs") {
			t.Errorf("%s: want a refusal, got %v", name, err)
		}
	}
}

// A ranking stays one in both forms.
func TestWrittenRankingsAreRankings(t *testing.T) {
	m := fittedTrees(t)["tree_ranking"]
	src := visitRows(t)
	var text, graph bytes.Buffer
	if err := errors.Join(interchange.WriteLightGBM(&text, m), interchange.WriteONNX(&graph, m)); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "\nobjective=lambdarank\n") || !strings.Contains(text.String(), "\n[objective: lambdarank]\n") {
		t.Error("want the objective lambdarank")
	}
	fromText, err := interchange.LightGBM(&text, interchange.LightGBMOptions{Schema: m.Signature().Input})
	if err != nil {
		t.Fatal(err)
	}
	fromGraph, err := interchange.ONNX(&graph, interchange.ONNXOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := fromText.Problem().Task, fromGraph.Problem().Task; a != model.Ranking || b != model.Ranking {
		t.Errorf("want rankings, got tasks %s and %s", a, b)
	}
	want, got := answersOf(t, m, src), answersOf(t, fromText, src)
	if !slices.Equal(want.number, got.number) {
		t.Error("want the same scores")
	}
	sameAnswers(t, "tree_ranking", want, answersOf(t, fromGraph, src), 1e-12)
}

// An isolation forest and the quantiles of a forest are read from their graphs as what they were, with what rows are compared by, or the quantiles.
func TestWrittenAnomaliesAndQuantilesAreRead(t *testing.T) {
	src := visitRows(t)
	for _, name := range []string{"isolation", "quantiles"} {
		m := fittedTrees(t)[name]
		var file bytes.Buffer
		if err := interchange.WriteONNX(&file, m); err != nil {
			t.Fatal(err)
		}
		data := file.Bytes()
		again, err := interchange.ONNX(bytes.NewReader(data), interchange.ONNXOptions{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, want := again.Problem().Task, m.Problem().Task; got != want {
			t.Errorf("%s: want the task %s, got %s", name, want, got)
		}
		want, got := answersOf(t, m, src), answersOf(t, again, src)
		sameAnswers(t, name, want, got, 1e-12)
		a, _, _ := scoresOf(t, m, src)
		b, _, _ := scoresOf(t, again, src)
		for i := range a {
			for k, v := range a[i] {
				if got.text[i] && !(math.Abs(v-b[i][k]) <= 1e-12*max(1, math.Abs(v))) {
					t.Fatalf("%s: row %d: raw scores %v, want %v", name, i, b[i], a[i])
				}
			}
		}
		// The same graph by another tool, which says nothing of its task, is refused.
		other := bytes.Replace(data, []byte("tidewheel.task"), []byte("something.else"), 1)
		var unsupported *model.UnsupportedError
		if _, err := interchange.ONNX(bytes.NewReader(other), interchange.ONNXOptions{}); !errors.As(err, &unsupported) {
			t.Errorf("%s without a task: want a refusal, got %v", name, err)
		}
		if _, err := interchange.ONNX(bytes.NewReader(data), interchange.ONNXOptions{Classes: []string{"a", "b"}}); err == nil {
			t.Errorf("%s: classes are taken", name)
		}
	}
}

func TestQuantilesOfAForestAreRefusedByName(t *testing.T) {
	var text bytes.Buffer
	var unsupported *model.UnsupportedError
	if err := interchange.WriteLightGBM(&text, fittedTrees(t)["quantiles"]); !errors.As(err, &unsupported) || text.Len() > 0 {
		t.Errorf("want a refusal and no text, got %v and %d bytes", err, text.Len())
	}
}
