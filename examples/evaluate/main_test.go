package main

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
)

func metrics(t *testing.T, text string, args ...string) map[string]any {
	t.Helper()
	r := clitest.JSON(t, app(), 0, append([]string{"-data", clitest.File(t, "rows.csv", text)}, args...)...)
	m, ok := r["metrics"].(map[string]any)
	if !ok {
		t.Fatalf("got %v", r)
	}
	return m
}

func near(t *testing.T, m map[string]any, want map[string]float64) {
	t.Helper()
	for name, v := range want {
		if got, ok := m[name].(float64); !ok || math.Abs(got-v) > 1e-12 {
			t.Errorf("want %s %g, got %v", name, v, m[name])
		}
	}
}

// Four rows by hand: of the four pairs of a yes and a no, three are in order; 0.5 is predicted yes.
func TestBinaryByHand(t *testing.T) {
	text := "y,p\nyes,0.9\nno,0.2\nyes,0.4\nno,0.5\n"
	near(t, metrics(t, text, "-actual", "y", "-probability", "p"), map[string]float64{
		"roc_auc": 0.75, "accuracy": 0.5, "brier_score_loss": (0.01 + 0.04 + 0.36 + 0.25) / 4,
		"log_loss": -(math.Log(0.9) + math.Log(0.8) + math.Log(0.4) + math.Log(0.5)) / 4,
	})
	// A column named after a class makes that class the positive one.
	named := metrics(t, strings.Replace(text, "p\n", "probability_no\n", 1), "-actual", "y", "-probability", "probability_no")
	near(t, named, map[string]float64{"roc_auc": 0.25})
}

func TestMulticlassAndRegressionByHand(t *testing.T) {
	near(t, metrics(t, "y,a,b,c\na,0.6,0.3,0.1\nb,0.2,0.5,0.3\nc,0.5,0.2,0.3\n", "-actual", "y", "-probability", "a,b,c"), map[string]float64{
		"accuracy": 2.0 / 3, "log_loss": -(math.Log(0.6) + math.Log(0.5) + math.Log(0.3)) / 3,
	})
	near(t, metrics(t, "y,p\n1,2\n2,2\n4,3\n", "-actual", "y", "-predicted", "p"), map[string]float64{"mean_absolute_error": 2.0 / 3, "mean_squared_error": 2.0 / 3, "max_error": 1})
}

// Classes that were predicted measure what needs no probability; with probabilities beside them they decide what the threshold would.
func TestPredictedClassesByHand(t *testing.T) {
	text := "y,h,p\nyes,yes,0.9\nno,yes,0.2\nyes,yes,0.4\nno,no,0.5\n"
	want := map[string]float64{"accuracy": 0.75, "precision": 2.0 / 3, "recall": 1, "matthews_corrcoef": 1 / math.Sqrt(3)}
	near(t, metrics(t, text, "-actual", "y", "-predicted", "h"), want)
	want["roc_auc"] = 0.75
	near(t, metrics(t, text, "-actual", "y", "-predicted", "h", "-probability", "p"), want)
	near(t, metrics(t, "y,h\n0,0\n1,1\n1,0\n", "-actual", "y", "-predicted", "h"), map[string]float64{"accuracy": 2.0 / 3, "recall": 0.5})
	near(t, metrics(t, "y,h\n0,0.5\n1,1\n1,0\n", "-actual", "y", "-predicted", "h"), map[string]float64{"mean_absolute_error": 0.5})
}

// Two queries by hand: the first is in order, the second is not. The rows of a query need not stand together.
func TestRankingByHand(t *testing.T) {
	text := "y,p,q\n3,0.9,a\n0,0.9,b\n0,0.1,a\n1,0.2,b\n"
	m := metrics(t, text, "-actual", "y", "-predicted", "p", "-query", "q")
	near(t, m, map[string]float64{"ndcg_1": 0.5, "ndcg_5": (1 + 1/math.Log2(3)) / 2, "ndcg_score": (1 + 1/math.Log2(3)) / 2, "map": 0.75, "mrr": 0.75, "pairwise_accuracy": 0.5})
	file := clitest.File(t, "rows.csv", text)
	clitest.Refuses(t, app(), []string{"-data", file, "-actual", "y", "-query", "q", "-probability", "p"}, "-query", "-predicted")
	clitest.Refuses(t, app(), []string{"-data", file, "-actual", "p", "-query", "q", "-predicted", "p"}, `"p"`, "0 to 30")
	clitest.Refuses(t, app(), []string{"-data", file, "-actual", "y", "-query", "nope", "-predicted", "p"}, "nope")
}

// Two groups by hand: of a one in two is selected, of b both; of the rows that are yes a has one of one predicted so, b one of one; of those that are no none of one, and
// one of one.
func TestGroupsByHand(t *testing.T) {
	file := clitest.File(t, "rows.csv", "y,p,g,w\nyes,0.9,a,1\nno,0.2,a,1\nyes,0.6,b,1\nno,0.5,b,1\nno,0.7,,2\n")
	r := clitest.JSON(t, app(), 0, "-data", file, "-actual", "y", "-probability", "p", "-group", "g")
	groups := r["by_group"].(map[string]any)
	if len(groups) != 3 || groups["a"].(map[string]any)["rows"] != 2.0 {
		t.Fatalf("got %v", groups)
	}
	of := func(name string) map[string]any { return groups[name].(map[string]any)["metrics"].(map[string]any) }
	near(t, of("a"), map[string]float64{"accuracy": 1, "roc_auc": 1, "brier_score_loss": (0.01 + 0.04) / 2})
	near(t, of("b"), map[string]float64{"accuracy": 0.5, "roc_auc": 1, "recall": 1})
	near(t, of("(null)"), map[string]float64{"accuracy": 0})
	if _, ok := of("(null)")["roc_auc"]; ok {
		t.Error("want no area of rows of one class")
	}
	f := r["fairness"].(map[string]any)
	near(t, f, map[string]float64{
		"demographic_parity_difference": 0.5, "demographic_parity_ratio": 0.5, "equalized_odds_difference": 1, "equalized_odds_ratio": 0, "equal_opportunity_difference": 1,
	}) // without a yes the third group has a true positive rate of 0, as in fairlearn
	near(t, f["groups"].(map[string]any)["b"].(map[string]any), map[string]float64{"rows": 2, "selection_rate": 1, "true_positive_rate": 1, "false_positive_rate": 1})
	labels := clitest.File(t, "labels.csv", "y,h,g\nx,x,1\ny,z,1\nz,z,2\nx,y,2\n")
	r = clitest.JSON(t, app(), 0, "-data", labels, "-actual", "y", "-predicted", "h", "-group", "g")
	near(t, r["by_group"].(map[string]any)["1"].(map[string]any)["metrics"].(map[string]any), map[string]float64{"accuracy": 0.5})
	if r["fairness"] != nil {
		t.Error("want no fairness of three classes")
	}
	numbers := clitest.File(t, "numbers.csv", "y,p,g\n1,2,a\n2,2,a\n4,3.5,b\n8,8.5,b\n")
	r = clitest.JSON(t, app(), 0, "-data", numbers, "-actual", "y", "-predicted", "p", "-group", "g")
	near(t, r["by_group"].(map[string]any)["a"].(map[string]any)["metrics"].(map[string]any), map[string]float64{"mean_absolute_error": 0.5})
	three := clitest.File(t, "three.csv", "y,a,b,c,g\na,0.9,0.05,0.05,1\nb,0.2,0.7,0.1,1\nc,0.1,0.5,0.4,2\na,0.1,0.5,0.4,2\n")
	r = clitest.JSON(t, app(), 0, "-data", three, "-actual", "y", "-probability", "a,b,c", "-group", "g")
	near(t, r["by_group"].(map[string]any)["1"].(map[string]any)["metrics"].(map[string]any), map[string]float64{"accuracy": 1, "log_loss": -(math.Log(0.9) + math.Log(0.7)) / 2})
	queries := clitest.File(t, "queries.csv", "y,p,q,g\n3,0.9,a,l\n0,0.9,b,m\n0,0.1,a,l\n1,0.2,b,m\n")
	r = clitest.JSON(t, app(), 0, "-data", queries, "-actual", "y", "-predicted", "p", "-query", "q", "-group", "g")
	near(t, r["by_group"].(map[string]any)["m"].(map[string]any)["metrics"].(map[string]any), map[string]float64{"mrr": 0.5})
	_, out, _ := clitest.Run(t, app(), "-data", file, "-actual", "y", "-probability", "p", "-weight", "w", "-group", "g")
	for _, want := range []string{"2 rows with g a:", "1 rows with g (null):", "by g", "demographic_parity_difference"} {
		if !strings.Contains(out, want) {
			t.Errorf("want %q, got %s", want, out)
		}
	}
	var many strings.Builder
	many.WriteString("y,p\n")
	for i := range 101 {
		fmt.Fprintf(&many, "%d,%d\n", i, i)
	}
	clitest.Refuses(t, app(), []string{"-data", clitest.File(t, "many.csv", many.String()), "-actual", "y", "-predicted", "p", "-group", "y"}, "-group", "100 values")
}

func TestBadInput(t *testing.T) {
	file := clitest.File(t, "rows.csv", "y,p\nyes,0.9\nno,0.2\n")
	clitest.Refuses(t, app(), nil, "-data")
	clitest.Refuses(t, app(), []string{"-data", file, "-actual", "y"}, "-predicted", "-probability")
	clitest.Refuses(t, app(), []string{"-data", file, "-actual", "nope", "-probability", "p"}, "nope")
	clitest.Refuses(t, app(), []string{"-data", file, "-actual", "y", "-probability", "nope"}, "nope")
	clitest.Refuses(t, app(), []string{"-data", clitest.File(t, "header.csv", "y,p\n"), "-actual", "y", "-probability", "p"}, "header.csv", "row")
	half := clitest.File(t, "half.csv", "y,a,b\nyes,0.5,0.5\nno,0.2,0.2\n")
	clitest.Refuses(t, app(), []string{"-data", half, "-actual", "y", "-probability", "a,b"}, "half.csv", "row 1", "sum to 1")
	clitest.Refuses(t, app(), []string{"-data", half, "-actual", "y", "-predicted", "a"}, "half.csv", `"a"`)
	clitest.Refuses(t, app(), []string{"-data", clitest.File(t, "wild.csv", "y,p\nyes,7\nno,0.2\n"), "-actual", "y", "-probability", "p"}, "probability")
}

func TestPage(t *testing.T) {
	binary := clitest.File(t, "binary.csv", "y,p,w,q\nyes,0.9,1,yes\nno,0.2,2,yes\nyes,0.4,1,no\nno,0.6,1,no\n")
	clitest.Page(t, app(), 0, []string{"-data", binary, "-actual", "y", "-probability", "p", "-weight", "w"}, "y in binary.csv", "yes, area", "Calibration", "Confusion matrix")
	clitest.Page(t, app(), 0, []string{"-data", binary, "-actual", "y", "-predicted", "q"}, "Confusion matrix")
	three := clitest.File(t, "three.csv", "y,a,b,c\na,0.9,0.05,0.05\nb,0.2,0.7,0.1\nc,0.1,0.5,0.4\n")
	clitest.Page(t, app(), 0, []string{"-data", three, "-actual", "y", "-probability", "a,b,c"}, "Each class against all others", "Scores of b")
	queries := clitest.File(t, "queries.csv", "y,p,q\n1,1.5,a\n2,2.5,a\n3,2,b\n")
	clitest.Page(t, app(), 0, []string{"-data", queries, "-actual", "y", "-predicted", "p", "-query", "q"}, "ranking", "Mean reciprocal rank", "NDCG by cutoff", "2 queries of 1 to 2 rows")
	numbers := clitest.File(t, "numbers.csv", "y,p\n1,1.5\n2,2.5\n3,2\n")
	clitest.Page(t, app(), 0, []string{"-data", numbers, "-actual", "y", "-predicted", "p"}, "Predicted against actual", "Rows by error")
}
