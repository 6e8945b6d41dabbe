package main

import (
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
		"roc_auc": 0.75, "accuracy": 0.5, "brier": (0.01 + 0.04 + 0.36 + 0.25) / 4,
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
	near(t, metrics(t, "y,p\n1,2\n2,2\n4,3\n", "-actual", "y", "-predicted", "p"), map[string]float64{"mae": 2.0 / 3, "mse": 2.0 / 3, "max_error": 1})
}

func TestBadInput(t *testing.T) {
	file := clitest.File(t, "rows.csv", "y,p\nyes,0.9\nno,0.2\n")
	clitest.Refuses(t, app(), nil, "-data")
	clitest.Refuses(t, app(), []string{"-data", file, "-actual", "y"}, "-predicted", "-probability")
	clitest.Refuses(t, app(), []string{"-data", file, "-actual", "nope", "-probability", "p"}, "nope")
	clitest.Refuses(t, app(), []string{"-data", file, "-actual", "y", "-probability", "nope"}, "nope")
	clitest.Refuses(t, app(), []string{"-data", clitest.File(t, "wild.csv", "y,p\nyes,7\nno,0.2\n"), "-actual", "y", "-probability", "p"}, "probability")
}
