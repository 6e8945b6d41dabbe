package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
)

const interchangeData = "../../model/interchange/testdata"

// toolCase is rows with the raw scores that another tool gave them, as the scripts of package interchange write them.
type toolCase struct {
	Rows [][]any
	Raw  [][]float64
}

func readCase(t *testing.T, name string) toolCase {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(interchangeData, name))
	if err != nil {
		t.Fatal(err)
	}
	var c toolCase
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// file writes the rows as CSV.
func (c toolCase) file(t *testing.T, header string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(header + "\n")
	for _, row := range c.Rows {
		cells := make([]string, len(row))
		for i, v := range row {
			switch v := v.(type) {
			case float64:
				cells[i] = strconv.FormatFloat(v, 'g', -1, 64)
			case string:
				cells[i] = v
			case bool:
				cells[i] = strconv.FormatBool(v)
			}
		}
		b.WriteString(strings.Join(cells, ",") + "\n")
	}
	return clitest.File(t, "rows.csv", b.String())
}

// Files of other tools give the raw scores of these tools, to the bit, under any name.
func TestFilesOfOtherToolsScore(t *testing.T) {
	const columns = "age,shop,spend,delta,kind"
	for model, answers := range map[string]string{
		"lgb_binary.txt": "lgb_binary.json", "xgb_binary.json": "xgb_binary.case.json", "xgb_binary.ubj": "xgb_binary.case.json", "xgb_named.json": "xgb_named.case.json",
	} {
		t.Run(model, func(t *testing.T) {
			c := readCase(t, answers)
			data := c.file(t, columns)
			text, err := os.ReadFile(filepath.Join(interchangeData, model))
			if err != nil {
				t.Fatal(err)
			}
			var want []float64
			for _, r := range c.Raw {
				want = append(want, r[0])
			}
			for _, path := range []string{filepath.Join(interchangeData, model), clitest.File(t, "renamed.bin", string(text))} {
				out := filepath.Join(t.TempDir(), "scored.csv")
				r := clitest.JSON(t, app(), 0, "-model", path, "-data", data, "-out", out, "-raw")
				got, refused := numbers(t, out, "raw"), 0.0
				for i, x := range got {
					if math.IsNaN(x) { // a row with an infinity
						refused++
						got[i] = want[i]
					}
				}
				if r["refused"] != refused || refused > 2 {
					t.Fatalf("want %g and at most two rows refused, got %v", refused, r)
				}
				equalBits(t, path, want, got)
			}
		})
	}
}

// The contributions of a row and the base sum to its raw score; those of a refused row are null.
func TestContributionsSumToTheRawScore(t *testing.T) {
	names := strings.Split("age,shop,spend,delta,kind", ",")
	for _, model := range []string{"lgb_binary", "xgb_binary"} {
		c := readCase(t, map[string]string{"lgb_binary": "lgb_binary.json", "xgb_binary": "xgb_binary.case.json"}[model])
		path := filepath.Join(interchangeData, map[string]string{"lgb_binary": "lgb_binary.txt", "xgb_binary": "xgb_binary.ubj"}[model])
		out := filepath.Join(t.TempDir(), "scored.parquet")
		r := clitest.JSON(t, app(), 0, "-model", path, "-data", c.file(t, strings.Join(names, ",")), "-out", out, "-raw", "-contributions")
		base, ok := r["base"].([]any)
		if !ok || len(base) != 1 {
			t.Fatalf("%s: want one base, got %v", model, r["base"])
		}
		raw := numbers(t, out, "raw")
		sum := make([]float64, len(raw))
		for i := range sum {
			sum[i], _ = base[0].(float64)
		}
		for _, n := range names {
			for i, v := range numbers(t, out, "contribution_"+n) {
				sum[i] += v
			}
		}
		for i := range raw {
			if d := math.Abs(sum[i] - raw[i]); !(d < 1e-6) && !math.IsNaN(raw[i]) || math.IsNaN(raw[i]) != math.IsNaN(sum[i]) { // XGBoost adds float32 numbers
				t.Errorf("%s: row %d: want %g, got %g", model, i, raw[i], sum[i])
			}
		}
	}
	clitest.Refuses(t, app(), []string{"-model", filepath.Join(interchangeData, "lgb_binary.txt"), "-data", clitest.File(t, "rows.csv", "age\n1\n"), "-contributions"}, "-contributions", "-out")
}

// MLflow directories and an ONNX file give the probabilities that mlflow and onnxruntime gave for these rows; see package interchange for the tolerances.
func TestDirectoriesAndGraphsScore(t *testing.T) {
	var want map[string]json.RawMessage
	text, err := os.ReadFile(filepath.Join(interchangeData, "mlflow_scores.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	var c toolCase
	if err := json.Unmarshal(want["rows"], &c.Rows); err != nil {
		t.Fatal(err)
	}
	const named, numbered = "age,spend,visits,loyal", "X_0,X_1,X_2,X_3"
	for _, m := range []struct {
		path, header, scores string
		tolerance            float64
	}{
		{"mlflow_lightgbm", named, "lightgbm", 1e-15},
		{"mlflow_xgboost", named, "xgboost", 1e-7},
		{"mlflow_onnx", numbered, "onnx", 1e-6},
		{"mlflow_onnx/model.onnx", numbered, "onnx", 1e-6},
	} {
		t.Run(m.path, func(t *testing.T) {
			var scores []float64
			if err := json.Unmarshal(want[m.scores], &scores); err != nil {
				t.Fatal(err)
			}
			out := filepath.Join(t.TempDir(), "scored.csv")
			clitest.JSON(t, app(), 0, "-model", filepath.Join(interchangeData, m.path), "-data", c.file(t, m.header), "-out", out)
			answered := 0
			for i, got := range numbers(t, out, "probability_1") {
				if math.IsNaN(got) {
					continue // a graph without a place for missing values
				}
				answered++
				if d := math.Abs(got - scores[i]); d > m.tolerance {
					t.Errorf("row %d: off by %g", i, d)
				}
			}
			if answered < len(scores)/2 {
				t.Errorf("want at least half of %d rows answered, got %d", len(scores), answered)
			}
		})
	}
}

// A skops file, under any name, and an MLflow directory with one give the probabilities of scikit-learn.
func TestFilesOfScikitLearnScore(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(interchangeData, "skops", "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases map[string]struct {
		toolCase

		Probability [][]float64
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(interchangeData, "skops", "logistic.skops")
	if text, err = os.ReadFile(file); err != nil {
		t.Fatal(err)
	}
	c := cases["logistic"]
	for _, path := range []string{file, clitest.File(t, "renamed.bin", string(text)), filepath.Join(interchangeData, "mlflow_skops")} {
		out := filepath.Join(t.TempDir(), "scored.csv")
		clitest.JSON(t, app(), 0, "-model", path, "-data", c.file(t, "age,spend,delta"), "-out", out)
		got := numbers(t, out, "probability_true")
		if len(got) != len(c.Probability) {
			t.Fatalf("%s: want %d rows, got %d", path, len(c.Probability), len(got))
		}
		for i, p := range got {
			if d := math.Abs(p - c.Probability[i][1]); !(d <= 1e-12) {
				t.Errorf("%s: row %d: off by %g", path, i, d)
			}
		}
	}
}

func TestFilesThatAreNoModelAreRefused(t *testing.T) {
	rows := clitest.File(t, "rows.csv", clitest.Rows(0, 10))
	for _, c := range []struct{ name, text, want string }{
		{"schema.json", `{"tidewheel.schema":1,"fields":[]}`, "a schema"},
		{"data.json", `{"rows":[]}`, "rows"},
		{"model.json", "[]", "model.json"},
		{"model.pkl", "\x80\x04\x95", "pickle"},
		{"model.model", "binf\x00\x00\x00\x00", "binary form of XGBoost"},
		{"model.txt", "rows of text", "model.txt"},
		{"model.tide", "rows of text", "model.tide"},
		{"model.xyz", "rows of text", "another file"},
		{"empty.xyz", "", "another file"},
	} {
		clitest.Refuses(t, app(), []string{"-model", clitest.File(t, c.name, c.text), "-data", rows}, c.name, c.want)
	}
	clitest.Refuses(t, app(), []string{"-model", t.TempDir(), "-data", rows}, "-model", "MLmodel")
	clitest.Refuses(t, app(), []string{"-model", filepath.Join(interchangeData, "mlflow_sklearn"), "-data", rows}, "mlflow_sklearn", "pickle")
	clitest.Refuses(t, app(), []string{"-model", clitest.File(t, "cut.onnx", "\x08\x0a\x12"), "-data", rows}, "cut.onnx", "onnx")
}
