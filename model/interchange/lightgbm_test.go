package interchange_test

import (
	"bytes"
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
	scale        float64 // a prediction below it is held to an absolute tolerance
}

// What predictions may differ by: five ulps of the C library's exp and ours; a rounding to float32, of which XGBoost's link makes up to three.
const (
	lightGBMTolerance = 1e-15
	xgBoostTolerance  = 1e-7
)

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

// compare checks m against the answers of the tool that trained it, by batch and row by row: raw scores to the bit, others within the tolerance, relative above 1.
// It returns how much the predictions differ at most.
func compare(t *testing.T, m *model.Planned, e expected, tolerance float64) float64 {
	t.Helper()
	in := batch(t, m.Signature().Input, e.rows)
	defer in.Release()
	return compareBatch(t, m, in, e, tolerance)
}

// compareBatch is compare of rows that are a batch already.
func compareBatch(t *testing.T, m *model.Planned, in dataset.Batch, e expected, tolerance float64) float64 {
	t.Helper()
	out, err := m.Predict(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Release()
	raw, probability := lists(t, out, model.RawColumn), lists(t, out, model.ProbabilityColumn)
	scorer, row, one := m.NewRowScorer(), dataset.NewRow(m.Signature().Input), model.Output{}
	worst := 0.0
	for i := range e.predict {
		got := []float64{0}
		switch {
		case probability == nil:
			got[0] = out.Column(0).(*array.Float64).Value(i)
		case len(e.predict[i]) == len(probability[i]):
			got = probability[i]
		case len(probability[i]) == 2:
			got = probability[i][1:]
		default: // the class
			got[0] = float64(out.Column(0).(*array.Int64).Value(i))
		}
		for k, want := range e.predict[i] {
			if !same(got[k], want) {
				worst = max(worst, math.Abs(got[k]-want)/max(math.Abs(want), e.scale))
			}
		}
		if err := in.ReadRow(i, row); err != nil {
			t.Fatal(err)
		}
		scorer.Score(row, &one)
		if e.raw == nil {
			continue
		}
		for k, want := range e.raw[i] {
			if !same(raw[i][k], want) {
				t.Fatalf("row %d: raw score %d: want %v, got %v", i, k, want, raw[i][k])
			}
			if math.Float64bits(one.Raw[k]) != math.Float64bits(raw[i][k]) {
				t.Fatalf("row %d: raw score %d: batch %v, row %v", i, k, raw[i][k], one.Raw[k])
			}
		}
	}
	if !(worst <= tolerance) {
		t.Errorf("predictions differ by %.3g, want at most %g", worst, tolerance)
	}
	return worst
}

func TestScoresEqualLightGBM(t *testing.T) {
	files, err := filepath.Glob("testdata/lgb_*.json")
	if err != nil || len(files) != 9 {
		t.Fatalf("want 9 cases, got %d (%v)", len(files), err)
	}
	for _, f := range files {
		base := strings.TrimSuffix(f, ".json")
		t.Run(strings.TrimPrefix(filepath.Base(base), "lgb_"), func(t *testing.T) {
			compare(t, importFile(t, base+".txt"), readExpected(t, f), lightGBMTolerance)
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

// same reports whether two numbers are equal; NaN is NaN's.
func same(a, b float64) bool { return a == b || (math.IsNaN(a) && math.IsNaN(b)) }
