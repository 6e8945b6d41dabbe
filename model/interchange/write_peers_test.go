package interchange_test

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/interchange"
)

// visitInput is a visit without its targets, as JSON.
type visitInput struct {
	Age    float64  `json:"age"`
	Income *float64 `json:"income"`
	Visits int64    `json:"visits"`
	Loyal  bool     `json:"loyal"`
	City   string   `json:"city"`
	Plan   *string  `json:"plan"`
}

// order is a row of the files testdata/lgb_*.txt and xgb_*.ubj.
type order struct {
	Age   *float64 `json:"age" ml:"name=age"`
	Shop  *float64 `json:"shop" ml:"name=shop"`
	Spend *float64 `json:"spend" ml:"name=spend"`
	Delta *float64 `json:"delta" ml:"name=delta"`
	Kind  *float64 `json:"kind" ml:"name=kind"`
}

// point is a row of the models of one node.
type point struct {
	X *float64 `json:"x" ml:"name=x"`
	Y float64  `json:"y y" ml:"name='y y'"`
	Z string   `json:"z" ml:"name=z"`
}

// TestWrittenModelsScoreTheSameInTheirLibraries has LightGBM and onnxruntime score models that were written for them, where TIDEWHEEL_PEERS is 1: models of our own, and
// LightGBM's own files. Raw scores of LightGBM are equal to the bit; onnxruntime adds up in another order.
func TestWrittenModelsScoreTheSameInTheirLibraries(t *testing.T) {
	python := peersPython(t)
	var inputs []visitInput
	for _, v := range visits(600) {
		inputs = append(inputs, visitInput{v.Age, v.Income, v.Visits, v.Loyal, v.City, v.Plan})
	}
	compareWritten(t, python, fitted(t), visitRows(t), inputs)

	var orders []order
	for _, row := range readExpected(t, "testdata/lgb_binary.json").rows {
		var o order
		finite := true
		for j, to := range []**float64{&o.Age, &o.Shop, &o.Spend, &o.Delta, &o.Kind} {
			if finite = finite && !math.IsInf(row[j], 0); !math.IsNaN(row[j]) {
				*to = &row[j]
			}
		}
		if finite { // JSON has no infinity
			orders = append(orders, o)
		}
	}
	src, err := dataset.FromStructs(orders, dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	models := map[string]*model.Planned{}
	for _, name := range []string{"binary", "multiclass", "multiclassova", "rf", "dart", "no_missing", "poisson", "one_leaf", "sqrt", "zero_as_missing", "linear_tree"} {
		models[name] = importFile(t, "testdata/lgb_"+name+".txt")
	}
	compareWritten(t, python, models, src, orders)
	var points []point // without numbers in ±1e-35, which LightGBM reads as 0 before it asks a node
	for _, x := range []float64{0, math.Copysign(0, -1), 1e-34, -1e-34, 0.5, -0.5, 1, 1.5, 2, 7.9, 31, 32, 33, 64.2, -1, -3, 1e300, -1e300} {
		points = append(points, point{X: &x, Z: "a"})
	}
	points = append(points, point{Z: "a"})
	if src, err = dataset.FromStructs(points, dataset.StructsOptions{}); err != nil {
		t.Fatal(err)
	}
	compareWritten(t, python, nodes(t), src, points)
	compareWritten(t, python, xgboostModels(t), xgboostRows(t), xgboostInputs(t))
}

func xgboostInputs(t testing.TB) []order {
	t.Helper()
	var c struct{ Rows [][]any }
	readJSON(t, "testdata/xgb_binary.case.json", &c)
	var out []order
	for _, r := range c.Rows {
		var n order
		finite := true
		for j, to := range []**float64{&n.Age, &n.Shop, &n.Spend, &n.Delta, &n.Kind} {
			switch v := r[j].(type) {
			case float64:
				*to = &v
			case string:
				finite = false
			}
		}
		if finite { // JSON has no infinity
			out = append(out, n)
		}
	}
	return out
}

func xgboostRows(t testing.TB) dataset.Source {
	t.Helper()
	src, err := dataset.FromStructs(xgboostInputs(t), dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func xgboostModels(t testing.TB) map[string]*model.Planned {
	t.Helper()
	out := map[string]*model.Planned{}
	for _, name := range []string{"binary", "dart", "softprob_forest"} {
		m, err := interchange.XGBoost(bytes.NewReader(read(t, "testdata/xgb_"+name+".ubj")), interchange.XGBoostOptions{})
		if err != nil {
			t.Fatal(err)
		}
		out["xgb_"+name] = m
	}
	return out
}

// compareWritten writes models in every form that they have, has them scored on rows, and compares the answers with those on src.
func compareWritten[T any](t *testing.T, python string, models map[string]*model.Planned, src dataset.Source, rows []T) {
	t.Helper()
	dir := t.TempDir()
	text, err := json.Marshal(rows)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "rows.json"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	refused := map[string]bool{}
	for name, m := range models {
		for ext, write := range map[string]func(io.Writer, *model.Planned) error{".onnx": interchange.WriteONNX, ".txt": interchange.WriteLightGBM} {
			var text bytes.Buffer
			if err := write(&text, m); err != nil {
				refused[name+ext] = true
				t.Log(name+ext, err)
			} else if err := os.WriteFile(filepath.Join(dir, name+ext), text.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	command(t, python, "-B", filepath.Join("testdata", "gen", "written_scores.py"), dir)
	for name, m := range models {
		if !refused[name+".txt"] {
			var got struct{ Raw, Predict [][]float64 }
			readJSON(t, filepath.Join(dir, name+".scores.json"), &got)
			if raw, _, _ := scoresOf(t, m, src); len(raw[0]) > 0 && !sameBits(raw, got.Raw) {
				t.Errorf("%s: LightGBM gives other raw scores", name)
			}
			compareLinks(t, name, answersOf(t, m, src), got.Predict)
		} else if strings.HasPrefix(name, "tree_") || strings.HasPrefix(name, "forest_") {
			t.Errorf("%s is not written for LightGBM", name)
		}
		if !refused[name+".onnx"] {
			compareONNX(t, name, m, src, filepath.Join(dir, name+".onnx.scores.json"))
		} else if name != "linear_tree" {
			t.Errorf("%s is not written as ONNX", name)
		}
	}
}

// compareLinks compares what LightGBM predicts, numbers or probabilities, to 1e-12: its exponentials are those of C. Forests have none, and equal bits.
func compareLinks(t *testing.T, name string, want answers, got [][]float64) {
	t.Helper()
	tolerance := 1e-12
	if strings.HasPrefix(name, "forest_") {
		tolerance = 0
	}
	for i, p := range got {
		expected := want.probability[i]
		switch {
		case len(expected) == 0:
			expected = []float64{want.number[i]}
		case len(p) == 1:
			expected = expected[1:]
		}
		for j, v := range p {
			if !(math.Abs(v-expected[j]) <= tolerance*max(1, math.Abs(v))) {
				t.Errorf("%s: LightGBM predicts %v in row %d, want %v", name, v, i, expected[j])
				return
			}
		}
	}
}

// compareONNX compares the answers of onnxruntime: equal classes, and numbers to 1e-12 of the largest, or 1e-6 where the model computes in float32.
func compareONNX(t *testing.T, name string, m *model.Planned, src dataset.Source, path string) {
	t.Helper()
	var got struct {
		Probability, Raw [][]float64
		Prediction       []json.RawMessage
	}
	readJSON(t, path, &got)
	want := answersOf(t, m, src)
	worst, largest, classes := 0.0, 1.0, 0
	for i, p := range got.Prediction {
		if want.class[i] != "" {
			if c := strings.Trim(string(p), `"`); c != want.class[i] {
				classes++
			}
			for j, v := range got.Probability[i] {
				worst = max(worst, math.Abs(v-want.probability[i][j]))
			}
			continue
		}
		var v float64
		if err := json.Unmarshal(p, &v); err != nil {
			t.Fatal(err)
		}
		worst, largest = max(worst, math.Abs(v-want.number[i])), max(largest, math.Abs(v))
	}
	if raw, _, _ := scoresOf(t, m, src); got.Raw != nil {
		for i := range raw {
			for k, v := range raw[i] {
				worst = max(worst, math.Abs(v-got.Raw[i][k]))
			}
		}
	}
	tolerance := 1e-12
	if strings.HasPrefix(name, "xgb_") {
		tolerance = 1e-6
	}
	if len(got.Prediction) != len(want.class) || classes > 0 || !(worst <= tolerance*largest) {
		t.Errorf("%s: onnxruntime gives %d other classes of %d; off by %g", name, classes, len(got.Prediction), worst)
	}
}

func readJSON(t testing.TB, path string, to any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, to); err != nil {
		t.Fatal(path, err)
	}
}
