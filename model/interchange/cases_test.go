package interchange_test

import (
	"encoding/json"
	"math"
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

// toolCase is a case as testdata/gen/cases.py writes it.
type toolCase struct {
	Tool         string
	Files        []string
	Rows         [][]any
	Raw, Predict []any
	Refused      string
	Iterations   int
	Margin       bool // predict is of another kind than the link: only raw scores are compared
}

func readCase(t testing.TB, path string) toolCase {
	t.Helper()
	var c toolCase
	if err := json.Unmarshal(read(t, path), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// load reads a model file with the reader of its form.
func (c toolCase) load(file []byte) (*model.Planned, error) {
	if c.Tool == "lightgbm" {
		return interchange.LightGBM(strings.NewReader(string(file)), interchange.LightGBMOptions{Iterations: c.Iterations})
	}
	return interchange.XGBoost(strings.NewReader(string(file)), interchange.XGBoostOptions{Iterations: c.Iterations})
}

// check compares every file of a case with the answers of the tool. It returns the largest difference of a prediction.
func (c toolCase) check(t *testing.T, dir string) float64 {
	t.Helper()
	worst := 0.0
	for _, f := range c.Files {
		m, err := c.load(read(t, filepath.Join(dir, f)))
		if c.Refused != "" {
			wantUnsupported(t, err, c.Refused)
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		in := batchOf(t, m.Signature().Input, c.Rows)
		defer in.Release()
		e := expected{raw: rowsOf(t, c.Raw), predict: rowsOf(t, c.Predict)}
		tolerance := lightGBMTolerance
		if c.Tool == "xgboost" {
			tolerance, e.scale = xgBoostTolerance, 1
		}
		if c.Margin {
			e.predict = make([][]float64, len(e.raw))
		}
		worst = max(worst, compareBatch(t, m, in, e, tolerance))
	}
	return worst
}

// batchOf returns rows of JSON values under the columns of s.
func batchOf(t testing.TB, s *dataset.Schema, rows [][]any) dataset.Batch {
	t.Helper()
	columns := make([]arrow.Array, s.Len())
	for j, f := range s.Fields() {
		dt, err := f.Type.Arrow()
		if err != nil {
			t.Fatal(err)
		}
		b := array.NewBuilder(memory.DefaultAllocator, dt)
		for i, r := range rows {
			appendCell(t, b, r[j], i)
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

// appendCell appends a value; a missing number is null in even rows and NaN in odd ones.
func appendCell(t testing.TB, b array.Builder, v any, row int) {
	t.Helper()
	switch b := b.(type) {
	case *array.StringBuilder:
		if v == nil {
			b.AppendNull()
		} else {
			b.Append(v.(string))
		}
	case *array.Int64Builder:
		if v == nil {
			b.AppendNull()
		} else {
			b.Append(int64(v.(float64)))
		}
	case *array.Float64Builder:
		switch v := v.(type) {
		case nil:
			if row%2 == 0 {
				b.AppendNull()
			} else {
				b.Append(math.NaN())
			}
		case float64:
			b.Append(v)
		case string:
			x, err := strconv.ParseFloat(v, 64)
			if err != nil {
				t.Fatal(err)
			}
			b.Append(x)
		}
	default:
		t.Fatalf("a column of another type")
	}
}

func TestScoresEqualTheToolsOfTheCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.case.json")
	if err != nil || len(files) != 14 {
		t.Fatalf("want 14 cases, got %d (%v)", len(files), err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".case.json"), func(t *testing.T) { readCase(t, f).check(t, "testdata") })
	}
}
