package interchange_test

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
	"github.com/tidewheel/tidewheel/model/interchange"
)

// expected is what LightGBM 4.7.0 said; see testdata/gen/lightgbm_cases.py.
type expected struct {
	rows         [][]float64
	raw, predict [][]float64
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func importFile(t testing.TB, path string) *model.Planned {
	t.Helper()
	m, err := interchange.LightGBM(bytes.NewReader(read(t, path)), interchange.LightGBMOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// numbers reads a JSON list of numbers, null for NaN and text for the infinities.
func numbers(t testing.TB, list []any) []float64 {
	t.Helper()
	out := make([]float64, len(list))
	for i, v := range list {
		switch v := v.(type) {
		case nil:
			out[i] = math.NaN()
		case float64:
			out[i] = v
		case string:
			f, err := strconv.ParseFloat(v, 64)
			if err != nil {
				t.Fatal(err)
			}
			out[i] = f
		}
	}
	return out
}

func readExpected(t testing.TB, path string) expected {
	t.Helper()
	var file struct {
		Rows         [][]any
		Raw, Predict [][]float64
	}
	if err := json.Unmarshal(read(t, path), &file); err != nil {
		t.Fatal(err)
	}
	e := expected{raw: file.Raw, predict: file.Predict}
	for _, r := range file.Rows {
		e.rows = append(e.rows, numbers(t, r))
	}
	return e
}

// batch returns the rows under the columns of s; NaN becomes null in every other row.
func batch(t testing.TB, s *dataset.Schema, rows [][]float64) dataset.Batch {
	t.Helper()
	columns := make([]arrow.Array, s.Len())
	for j := range columns {
		b := array.NewFloat64Builder(memory.DefaultAllocator)
		for i, r := range rows {
			if math.IsNaN(r[j]) && i%2 == 0 {
				b.AppendNull()
			} else {
				b.Append(r[j])
			}
		}
		columns[j] = b.NewArray()
		b.Release()
	}
	out, err := dataset.NewBatch(s, columns, len(rows))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range columns {
		c.Release()
	}
	return out
}

// lists returns the rows of a fixed-size list column, nil when there is none.
func lists(t testing.TB, b dataset.Batch, name string) [][]float64 {
	t.Helper()
	if b.Schema().Index(name) < 0 {
		return nil
	}
	c, err := b.ByName(name)
	if err != nil {
		t.Fatal(err)
	}
	l := c.(*array.FixedSizeList)
	k := int(l.DataType().(*arrow.FixedSizeListType).Len())
	values := l.ListValues().(*array.Float64).Float64Values()
	out := make([][]float64, b.NumRows())
	for i := range out {
		out[i] = values[i*k : (i+1)*k]
	}
	return out
}

// compare checks m against LightGBM's answers, by batch and row by row.
func compare(t *testing.T, m *model.Planned, e expected) {
	t.Helper()
	in := batch(t, m.Signature().Input, e.rows)
	defer in.Release()
	out, err := m.Predict(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Release()
	raw, probability := lists(t, out, model.RawColumn), lists(t, out, model.ProbabilityColumn)
	scorer, row, one := m.NewRowScorer(), dataset.NewRow(m.Signature().Input), model.Output{}
	worst := 0.0
	for i := range e.rows {
		got := []float64{0}
		if probability == nil {
			got[0] = out.Column(0).(*array.Float64).Value(i)
		} else if got = probability[i]; len(e.predict[i]) == 1 {
			got = got[1:]
		}
		for k, want := range e.predict[i] {
			worst = max(worst, math.Abs(got[k]-want)/math.Abs(want))
		}
		if err := in.ReadRow(i, row); err != nil {
			t.Fatal(err)
		}
		scorer.Score(row, &one)
		for k, want := range e.raw[i] {
			if raw[i][k] != want {
				t.Fatalf("row %d: raw score %d: want %v, got %v", i, k, want, raw[i][k])
			}
			if math.Float64bits(one.Raw[k]) != math.Float64bits(raw[i][k]) {
				t.Fatalf("row %d: raw score %d: batch %v, row %v", i, k, raw[i][k], one.Raw[k])
			}
		}
	}
	// Five ulps of the C library's exp and ours, the project's bound.
	if worst > 1e-15 {
		t.Errorf("predictions differ by a relative %.3g, want at most 1e-15", worst)
	}
}

func TestScoresEqualLightGBM(t *testing.T) {
	files, err := filepath.Glob("testdata/lgb_*.json")
	if err != nil || len(files) != 9 {
		t.Fatalf("want 9 cases, got %d (%v)", len(files), err)
	}
	for _, f := range files {
		base := strings.TrimSuffix(f, ".json")
		t.Run(strings.TrimPrefix(filepath.Base(base), "lgb_"), func(t *testing.T) {
			compare(t, importFile(t, base+".txt"), readExpected(t, f))
		})
	}
}

// TestScoresEqualLightGBMOnGoldenFiles reads the interop cases of a golden directory, where the environment names one.
func TestScoresEqualLightGBMOnGoldenFiles(t *testing.T) {
	dir := os.Getenv("TIDEWHEEL_GOLDEN")
	if dir == "" {
		t.Skip("TIDEWHEEL_GOLDEN is not set")
	}
	files, err := filepath.Glob(filepath.Join(dir, "model", "interop", "lgb_*.expected.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases (%v)", err)
	}
	for _, f := range files {
		base := strings.TrimSuffix(f, ".expected.json")
		t.Run(filepath.Base(base), func(t *testing.T) {
			if strings.HasSuffix(base, "linear_tree") {
				_, err := interchange.LightGBM(bytes.NewReader(read(t, base+".txt")), interchange.LightGBMOptions{})
				wantUnsupported(t, err, "linear_tree")
				return
			}
			compare(t, importFile(t, base+".txt"), readGolden(t, base))
		})
	}
}

func wantUnsupported(t *testing.T, err error, feature string) {
	t.Helper()
	var u *model.UnsupportedError
	if !errors.As(err, &u) || !errors.Is(err, model.ErrUnsupported) || !strings.Contains(u.Feature, feature) {
		t.Errorf("want %s refused by name, got %v", feature, err)
	}
}

func readGolden(t *testing.T, base string) expected {
	t.Helper()
	var file struct{ Raw, Predict []any }
	if err := json.Unmarshal(read(t, base+".expected.json"), &file); err != nil {
		t.Fatal(err)
	}
	list := func(v []any) (out [][]float64) {
		for _, r := range v {
			if l, ok := r.([]any); ok {
				out = append(out, numbers(t, l))
			} else {
				out = append(out, numbers(t, []any{r}))
			}
		}
		return out
	}
	e := expected{raw: list(file.Raw), predict: list(file.Predict)}
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
		e.rows = append(e.rows, row)
	}
	if len(e.rows) != len(e.raw) {
		t.Fatalf("%d rows and %d scores", len(e.rows), len(e.raw))
	}
	return e
}
