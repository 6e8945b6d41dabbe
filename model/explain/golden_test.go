package explain_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/explain"
	"github.com/tidewheel/tidewheel/model/interchange"
)

// TestContributionsEqualLightGBMOnGoldenFiles compares with pred_contrib of LightGBM 4.7.0 on the interop cases of a golden directory, where the environment names
// one. Tolerance 1e-9 of the magnitude of the row's contributions: both are sums of thousands of products in another order.
func TestContributionsEqualLightGBMOnGoldenFiles(t *testing.T) {
	goldenContributions(t, "lgb_*", 1e-9, func(t *testing.T, base string) model.Predictor {
		t.Helper()
		p, err := interchange.LightGBM(bytes.NewReader(readFile(t, base+".txt")), interchange.LightGBMOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return p
	})
}

// TestContributionsEqualXGBoostOnGoldenFiles compares with pred_contribs of XGBoost 3.2.0, which computes in float32: 1e-5 of the magnitude of the row's
// contributions. A linear booster is left out: XGBoost gives coefficient times value, not the difference to a mean.
func TestContributionsEqualXGBoostOnGoldenFiles(t *testing.T) {
	goldenContributions(t, "xgb_*", 1e-5, func(t *testing.T, base string) model.Predictor {
		t.Helper()
		if strings.HasSuffix(base, "gblinear") {
			return nil
		}
		p, err := interchange.XGBoost(bytes.NewReader(readFile(t, base+".json")), interchange.XGBoostOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return p
	})
}

func goldenContributions(t *testing.T, pattern string, tolerance float64, open func(t *testing.T, base string) model.Predictor) {
	t.Helper()
	dir := os.Getenv("TIDEWHEEL_GOLDEN")
	if dir == "" {
		t.Skip("TIDEWHEEL_GOLDEN is not set")
	}
	files, err := filepath.Glob(filepath.Join(dir, "model", "interop", pattern+".expected.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases (%v)", err)
	}
	for _, f := range files {
		var want struct {
			Contrib []json.RawMessage `json:"contrib"`
		}
		if err := json.Unmarshal(readFile(t, f), &want); err != nil {
			t.Fatal(err)
		}
		if len(want.Contrib) == 0 {
			continue
		}
		base := strings.TrimSuffix(f, ".expected.json")
		t.Run(filepath.Base(base), func(t *testing.T) {
			p := open(t, base)
			if p == nil {
				return
			}
			e, err := explain.New(p, explain.Options{})
			if err != nil {
				t.Fatal(err)
			}
			in := readCSV(t, base+".input.csv", p.Signature().Input.Names(), len(want.Contrib))
			defer in.Release()
			c, err := e.Contributions(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			checkRows(t, c, want.Contrib, tolerance)
		})
	}
}

// checkRows compares with rows of [outputs][features..., base], flat or nested.
func checkRows(t *testing.T, c *explain.Contributions, rows []json.RawMessage, tolerance float64) {
	t.Helper()
	if c.NumRows() != len(rows) {
		t.Fatalf("%d rows, want %d", c.NumRows(), len(rows))
	}
	for i, text := range rows {
		var want []float64
		if err := json.Unmarshal(text, &want); err != nil {
			var nested [][]float64
			if err := json.Unmarshal(text, &nested); err != nil {
				t.Fatal(err)
			}
			want = nil
			for _, n := range nested {
				want = append(want, n...)
			}
		}
		width := len(c.Groups) + 1
		if len(want) != width*len(c.Base) {
			t.Fatalf("%d numbers a row, want %d x %d", len(want), len(c.Base), width)
		}
		for o, base := range c.Base {
			got := append(append([]float64(nil), c.Row(i, o)...), base)
			sum, size := 0.0, 1.0
			for j, v := range got {
				size = max(size, math.Abs(want[o*width+j]))
				sum += v
			}
			for j, v := range got {
				if !(math.Abs(v-want[o*width+j]) <= tolerance*size) {
					t.Fatalf("row %d, output %d, group %d: got %v, want %v", i, o, j, v, want[o*width+j])
				}
			}
			if !(math.Abs(sum-c.Score(i, o)) <= max(1e-9, tolerance)*size) {
				t.Fatalf("row %d, output %d: contributions sum to %v, want the score %v", i, o, sum, c.Score(i, o))
			}
		}
	}
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// readCSV returns the first n rows of a file of numbers, its columns in order under the given names.
func readCSV(t testing.TB, name string, columns []string, n int) dataset.Batch {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(readFile(t, name))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := strconv.ParseFloat(rows[0][0], 64); err != nil && rows[0][0] != "" && rows[0][0] != "nan" {
		rows = rows[1:]
	}
	values := make([][]float64, n)
	for i := range values {
		for _, text := range rows[i] {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil {
				v = math.NaN()
			}
			values[i] = append(values[i], v)
		}
	}
	return numbers(t, columns, values)
}

// numbers returns rows as a batch of nullable float64 columns.
func numbers(t testing.TB, columns []string, rows [][]float64) dataset.Batch {
	t.Helper()
	fields := make([]dataset.Field, len(columns))
	made := make([]arrow.Array, len(columns))
	for j, name := range columns {
		fields[j] = dataset.Field{Name: name, Type: dataset.Float64, Nullable: true}
		b := array.NewFloat64Builder(memory.DefaultAllocator)
		for i := range rows {
			b.Append(rows[i][j])
		}
		made[j] = b.NewArray()
		b.Release()
		defer made[j].Release()
	}
	s, err := dataset.NewSchema(fields...)
	if err != nil {
		t.Fatal(err)
	}
	out, err := dataset.NewBatch(s, made, len(rows))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestContributionsToForeignGraphsSumToTheScore compares, for each graph of a golden directory that can be taken apart, the sums with the scores, which are in float32:
// 1e-5 of the magnitude. The others are refused by name.
func TestContributionsToForeignGraphsSumToTheScore(t *testing.T) {
	dir := os.Getenv("TIDEWHEEL_GOLDEN")
	if dir == "" {
		t.Skip("TIDEWHEEL_GOLDEN is not set")
	}
	refused := map[string]bool{"onnx_gnb": true, "onnx_iforest": true, "onnx_kmeans": true, "onnx_knn": true, "onnx_mlp_iris": true, "onnx_svc": true}
	files, err := filepath.Glob(filepath.Join(dir, "model", "interop", "onnx_*.onnx"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases (%v)", err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".onnx")
		if name == "onnx_mixed_columns" { // its file has texts, which readCSV does not read
			continue
		}
		t.Run(name, func(t *testing.T) {
			p, err := interchange.ONNX(bytes.NewReader(readFile(t, f)), interchange.ONNXOptions{})
			if err != nil {
				t.Fatal(err)
			}
			in := readCSV(t, strings.TrimSuffix(f, ".onnx")+".input.csv", p.Signature().Input.Names(), 40)
			defer in.Release()
			e, err := explain.New(p, explain.Options{Method: explain.Interventional, Background: in})
			if refused[name] {
				if !errors.Is(err, model.ErrUnsupported) {
					t.Errorf("got %v, want ErrUnsupported", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			c, err := e.Contributions(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			for i := range c.NumRows() {
				for o, sum := range c.Base {
					size := math.Abs(sum)
					for _, v := range c.Row(i, o) {
						sum += v
						size += math.Abs(v)
					}
					if !(math.Abs(sum-c.Score(i, o)) <= 1e-5*max(1, size)) {
						t.Fatalf("row %d, output %d: sum %v, score %v", i, o, sum, c.Score(i, o))
					}
				}
			}
		})
	}
}
