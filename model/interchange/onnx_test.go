package interchange_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/interchange"
)

// onnxSame is the tolerance of goals.md: sums run in another order than in onnxruntime, and float32 results are rounded.
func onnxSame(got, want float64) bool {
	return got == want || math.Abs(got-want) <= 1e-6*max(1, math.Abs(want)) || (math.IsNaN(got) && math.IsNaN(want))
}

// onnxRow scores one row of texts.
func onnxRow(t testing.TB, m *model.Planned, s *model.RowScorer, texts []string) model.Output {
	t.Helper()
	row := dataset.NewRow(m.Signature().Input)
	for i, text := range texts {
		if m.Signature().Input.Field(i).Type.IsText() {
			row.Values[i] = dataset.TextValue(text)
			continue
		}
		if text == "" {
			continue
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		row.Values[i] = dataset.NumberValue(v)
	}
	var out model.Output
	s.Score(row, &out)
	return out
}

// flat reads a number or a list with one.
func flat(v any) any {
	for {
		list, ok := v.([]any)
		if !ok || len(list) != 1 {
			return v
		}
		v = list[0]
	}
}

// The fifteen ONNX cases of the golden folder, made with skl2onnx 1.20 and scored by onnxruntime 1.31.1.
func TestONNXGolden(t *testing.T) {
	folder := os.Getenv("TIDEWHEEL_GOLDEN")
	if folder == "" {
		t.Skip("TIDEWHEEL_GOLDEN is not set")
	}
	files, err := filepath.Glob(filepath.Join(folder, "model/interop/onnx_*.onnx"))
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		name := filepath.Base(file[:len(file)-len(".onnx")])
		t.Run(name, func(t *testing.T) {
			m, err := interchange.ONNX(bytes.NewReader(read(t, file)), interchange.ONNXOptions{})
			if err != nil {
				t.Fatal(err)
			}
			base := file[:len(file)-len(".onnx")]
			rows, err := csv.NewReader(bytes.NewReader(read(t, base+".input.csv"))).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := strconv.ParseFloat(rows[0][0], 64); err != nil {
				rows = rows[1:]
			}
			var want map[string][]any
			if err := json.Unmarshal(read(t, base+".expected.json"), &want); err != nil {
				t.Fatal(err)
			}
			checkONNX(t, m, rows, want)
		})
	}
}

func checkONNX(t *testing.T, m *model.Planned, rows [][]string, want map[string][]any) {
	t.Helper()
	s := m.NewRowScorer()
	worst := 0.0
	for i, texts := range rows {
		out := onnxRow(t, m, s, texts)
		for key, list := range want {
			switch key {
			case "ort_label", "label":
				if w := flat(list[i]); out.Prediction.Text != w && out.Prediction.Number != w {
					t.Fatalf("row %d: class %q, want %v", i, out.Prediction.Text, w)
				}
			case "ort_variable":
				w := flat(list[i]).(float64)
				worst = max(worst, math.Abs(out.Prediction.Number-w)/max(1, math.Abs(w)))
				if !onnxSame(out.Prediction.Number, w) {
					t.Fatalf("row %d: %v, want %v", i, out.Prediction.Number, w)
				}
			case "ort_probabilities", "ort_scores", "proba":
				got := out.Probability
				for _, p := range got {
					if p != 0 && p != 1 {
						got = nil
					}
				}
				if got == nil || len(out.Raw) == 0 || key == "proba" {
					got = out.Probability
				} else {
					got = out.Raw
				}
				var w []float64
				for _, x := range list[i].([]any) {
					w = append(w, x.(float64))
				}
				if len(w) != len(got) {
					t.Fatalf("row %d: %d scores, want %d", i, len(got), len(w))
				}
				for j := range w {
					worst = max(worst, math.Abs(got[j]-w[j])/max(1, math.Abs(w[j])))
					if !onnxSame(got[j], w[j]) {
						t.Fatalf("row %d: score %d: %v, want %v", i, j, got[j], w[j])
					}
				}
			}
		}
	}
	t.Logf("%d rows, worst %.1e, %d operations", len(rows), worst, len(m.Plan().Ops))
}
