package interchange_test

import (
	"bytes"
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
	Outputs      map[string][]any // of an ONNX graph, in place of Raw and Predict
	Exact        [][]float64      // of a graph: what the file says in float64, where onnxruntime may lose it
	Margin       bool             // predict is of another kind than the link: only raw scores are compared
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
	switch c.Tool {
	case "onnx":
		return interchange.ONNX(bytes.NewReader(file), interchange.ONNXOptions{})
	case "lightgbm":
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
		if c.Tool == "onnx" {
			worst = max(worst, c.checkGraph(t, m, in))
			continue
		}
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

// checkGraph compares the outputs of an ONNX graph: a number, or a label and a list of probabilities or scores.
func (c toolCase) checkGraph(t *testing.T, m *model.Planned, in dataset.Batch) float64 {
	t.Helper()
	worst := 0.0
	scorer, row, out := m.NewRowScorer(), dataset.NewRow(m.Signature().Input), model.Output{}
	for name, list := range c.Outputs {
		for i, v := range list {
			if err := in.ReadRow(i, row); err != nil {
				t.Fatal(err)
			}
			scorer.Score(row, &out)
			label, isText := flat(v).(string)
			want, _ := flat(v).(float64)
			got := []float64{out.Prediction.Number}
			switch {
			case isText && label != out.Prediction.Text, !isText && strings.Contains(name, "label") && want != out.Prediction.Number:
				t.Fatalf("%s: row %d: want class %v, got %q", name, i, flat(v), out.Prediction.Text)
			case isText || strings.Contains(name, "label"):
				continue
			case out.Probability != nil:
				got = graphScores(out)
			}
			wants := numbers(t, v.([]any))
			if len(wants) != len(got) {
				t.Fatalf("%s: row %d: want %d numbers, got %d", name, i, len(wants), len(got))
			}
			for k, want := range wants {
				if !onnxSame(got[k], want) && !c.nearer(got[k], i, k) {
					t.Fatalf("%s: row %d: number %d: want %v, got %v", name, i, k, want, got[k])
				}
				if !same(got[k], want) {
					worst = max(worst, math.Abs(got[k]-want)/max(1, math.Abs(want)))
				}
			}
		}
	}
	return worst
}

// nearer reports whether a number is at most as far from what the file says as onnxruntime gets, which adds hundreds of products in float32.
func (c toolCase) nearer(got float64, row, k int) bool {
	if c.Exact == nil {
		return false
	}
	lost := 0.0
	for _, list := range c.Outputs {
		for i, v := range list {
			lost = max(lost, math.Abs(v.([]any)[k].(float64)-c.Exact[i][k]))
		}
	}
	return math.Abs(got-c.Exact[row][k]) <= lost
}

// graphScores returns the probabilities, or the scores of a classifier that has none: there the class has probability 1.
func graphScores(out model.Output) []float64 {
	for _, p := range out.Probability {
		if p != 0 && p != 1 {
			return out.Probability
		}
	}
	if len(out.Raw) == len(out.Probability) {
		return out.Raw
	}
	return out.Probability
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
