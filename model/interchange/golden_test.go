package interchange_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/interchange"
)

// TestScoresEqualTheGoldenCases reads the interop cases of a golden directory, where the environment names one: LightGBM 4.7.0 and XGBoost 3.2.0 made them.
func TestScoresEqualTheGoldenCases(t *testing.T) {
	dir := os.Getenv("TIDEWHEEL_GOLDEN")
	if dir == "" {
		t.Skip("TIDEWHEEL_GOLDEN is not set")
	}
	files, err := filepath.Glob(filepath.Join(dir, "model", "interop", "*.expected.json"))
	if err != nil || len(files) != 45 {
		t.Fatalf("want 45 cases, got %d (%v)", len(files), err)
	}
	for _, f := range files {
		base := strings.TrimSuffix(f, ".expected.json")
		name := filepath.Base(base)
		if strings.HasPrefix(name, "onnx_") {
			continue // of another test
		}
		t.Run(name, func(t *testing.T) {
			all, first := readGolden(t, base)
			if strings.HasPrefix(name, "lgb_") {
				worst := compare(t, importLightGBM(t, base+".txt", 0), all, lightGBMTolerance)
				t.Logf("| %s | lightgbm | %s |", name, toolCase{}.outcome(worst))
				compare(t, importLightGBM(t, base+".txt", 5), first, lightGBMTolerance)
				return
			}
			worst := 0.0
			for _, form := range []string{".json", ".ubj"} {
				worst = max(worst, compare(t, importXGBoost(t, base+form, interchange.XGBoostOptions{}), all, xgBoostTolerance))
				if first.predict != nil {
					compare(t, importXGBoost(t, base+form, interchange.XGBoostOptions{Iterations: 5}), first, xgBoostTolerance)
				}
			}
			t.Logf("| %s | xgboost | %s |", name, toolCase{}.outcome(worst))
		})
	}
}

func importLightGBM(t testing.TB, path string, rounds int) *model.Planned {
	t.Helper()
	m, err := interchange.LightGBM(bytes.NewReader(read(t, path)), interchange.LightGBMOptions{Iterations: rounds})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func importXGBoost(t testing.TB, path string, o interchange.XGBoostOptions) *model.Planned {
	t.Helper()
	m, err := interchange.XGBoost(bytes.NewReader(read(t, path)), o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// readGolden returns the answers of all rounds and the predictions of the first five.
func readGolden(t *testing.T, base string) (all, first expected) {
	t.Helper()
	var file struct {
		Raw, Predict []any
		First        []any `json:"predict_iter5"`
	}
	if err := json.Unmarshal(read(t, base+".expected.json"), &file); err != nil {
		t.Fatal(err)
	}
	all = expected{raw: rowsOf(t, file.Raw), predict: rowsOf(t, file.Predict)}
	if strings.HasPrefix(filepath.Base(base), "xgb_") {
		all.scale = 1
	}
	records, err := csv.NewReader(bytes.NewReader(read(t, base+".input.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		row := make([]float64, len(r))
		for j, cell := range r {
			if row[j], err = strconv.ParseFloat(cell, 64); err != nil {
				t.Fatal(err)
			}
		}
		all.rows = append(all.rows, row)
	}
	if len(all.rows) != len(all.raw) || len(all.rows) != len(all.predict) {
		t.Fatalf("%d rows, %d scores and %d predictions", len(all.rows), len(all.raw), len(all.predict))
	}
	first = expected{rows: all.rows, predict: rowsOf(t, file.First), scale: all.scale}
	if len(first.predict) < len(first.rows) {
		first.rows = first.rows[:len(first.predict)]
	}
	return all, first
}

// rowsOf reads a JSON list of rows, or of numbers as rows of one.
func rowsOf(t testing.TB, list []any) (out [][]float64) {
	t.Helper()
	for _, r := range list {
		if l, ok := r.([]any); ok {
			out = append(out, numbers(t, l))
		} else {
			out = append(out, numbers(t, []any{r}))
		}
	}
	return out
}
