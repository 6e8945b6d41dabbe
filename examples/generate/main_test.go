package main

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
)

const interchangeData = "../../model/interchange/testdata"

func TestWhatEveryProgramPromises(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(interchangeData, "lgb_binary.txt"))
	if err != nil {
		t.Fatal(err)
	}
	clitest.Keep(t, app(), clitest.Promises{
		Files: func(t *testing.T) {
			t.Helper()
			if err := os.WriteFile("churn.txt", text, 0o600); err != nil {
				t.Fatal(err)
			}
		},
		Cases: []clitest.Case{{Args: "-model churn.txt -out model.go"}},
		Quick: true,
		Good:  clitest.Case{Args: "-model churn.txt -package churn -out model.go"},
	})
}

// That the code compiles and has the model's bits is tested in internal/portable/edge.
func TestTheFileIsGo(t *testing.T) {
	for _, model := range []string{"lgb_multiclass.txt", "xgb_named.json", "mlflow_xgboost"} {
		out := filepath.Join(t.TempDir(), "model.go")
		clitest.JSON(t, app(), 0, "-model", filepath.Join(interchangeData, model), "-package", "churn", "-out", out)
		f, err := parser.ParseFile(token.NewFileSet(), out, nil, 0)
		if err != nil || f.Name.Name != "churn" {
			t.Errorf("%s: want a file of package churn, got %v", model, err)
		}
	}
}

func TestBadInput(t *testing.T) {
	model, out := filepath.Join(interchangeData, "lgb_binary.txt"), filepath.Join(t.TempDir(), "model.go")
	for _, c := range []struct{ args, want []string }{
		{nil, []string{"-model"}},
		{[]string{"-model", model}, []string{"-out"}},
		{[]string{"-model", model, "-out", "model.txt"}, []string{"-out", ".go"}},
		{[]string{"-model", model, "-out", out, "-package", "main"}, []string{"-package", "main"}},
		{[]string{"-model", model, "-out", out, "-package", "a b"}, []string{"-package", "a b"}},
		{[]string{"-model", filepath.Join(interchangeData, "mlflow_sklearn"), "-out", out}, []string{"mlflow_sklearn", "pickle"}},
	} {
		clitest.Refuses(t, app(), c.args, c.want...)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a file was written")
	}
}
