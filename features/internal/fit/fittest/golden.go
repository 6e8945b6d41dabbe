// Package fittest is what the tests of the families share: it compares fitters with the reference numbers of a package's testdata/golden.json, and makes rows. For tests only.
package fittest

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
)

// File is a golden.json: matrices of inputs and of what the tool makes of them, row by row.
type File struct {
	Tool     string                       `json:"tool"`
	Inputs   map[string][]json.RawMessage `json:"inputs"`
	Expected map[string][][]Number        `json:"expected"`
}

// Number is a float64 that JSON may also write as a text such as "NaN".
type Number float64

// UnmarshalJSON implements json.Unmarshaler.
func (n *Number) UnmarshalJSON(text []byte) error {
	if len(text) > 1 && text[0] == '"' {
		text = text[1 : len(text)-1]
	}
	v, err := strconv.ParseFloat(string(text), 64)
	*n = Number(v)
	return err
}

// Load reads testdata/golden.json of the package under test.
func Load(t *testing.T) *File {
	t.Helper()
	text, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var f File
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	return &f
}

// Numbers returns an input as a source of float64 columns a, b, c …, null where it is NaN.
func (f *File) Numbers(t *testing.T, name string) dataset.Source {
	t.Helper()
	return source(t, f.Inputs[name], dataset.Float64, func(b array.Builder, cell json.RawMessage) error {
		var n Number
		if err := json.Unmarshal(cell, &n); err != nil {
			return err
		}
		if math.IsNaN(float64(n)) {
			b.AppendNull()
			return nil
		}
		return b.AppendValueFromString(strconv.FormatFloat(float64(n), 'g', -1, 64))
	})
}

// Texts returns an input as a source of text columns a, b, c ….
func (f *File) Texts(t *testing.T, name string) dataset.Source {
	t.Helper()
	return source(t, f.Inputs[name], dataset.Utf8, func(b array.Builder, cell json.RawMessage) error {
		var s string
		if err := json.Unmarshal(cell, &s); err != nil {
			return err
		}
		return b.AppendValueFromString(s)
	})
}

func source(t *testing.T, rows []json.RawMessage, typ dataset.Type, add func(array.Builder, json.RawMessage) error) dataset.Source {
	t.Helper()
	matrix := make([][]json.RawMessage, len(rows))
	for i, r := range rows {
		if err := json.Unmarshal(r, &matrix[i]); err != nil {
			t.Fatal(err)
		}
	}
	var fields []dataset.Field
	var columns []arrow.Array
	for j := range matrix[0] {
		f := dataset.Field{Name: string(rune('a' + j)), Type: typ, Nullable: true}
		dt, err := typ.Arrow()
		if err != nil {
			t.Fatal(err)
		}
		b := array.NewBuilder(memory.DefaultAllocator, dt)
		for i := range matrix {
			if err := add(b, matrix[i][j]); err != nil {
				t.Fatal(err)
			}
		}
		fields, columns = append(fields, f), append(columns, b.NewArray())
	}
	s, err := dataset.NewSchema(fields...)
	if err != nil {
		t.Fatal(err)
	}
	b, err := dataset.NewBatch(s, columns, len(matrix))
	if err != nil {
		t.Fatal(err)
	}
	src, err := dataset.NewBatches(s, b)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// Compare fits f on src, transforms src, and compares with an expected matrix: every number within tolerance, relative where it is larger than 1.
func (f *File) Compare(t *testing.T, name string, src dataset.Source, fitter features.Fitter, tolerance float64) {
	t.Helper()
	tr, err := fitter.Fit(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	out, err := features.Apply(tr, src)
	if err != nil {
		t.Fatal(err)
	}
	want, row := f.Expected[name], 0
	for b, err := range out.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if b.Schema().Len() != len(want[0]) {
			t.Fatalf("columns %q, want %d", b.Schema().Names(), len(want[0]))
		}
		for j, column := range b.Schema().Names() {
			v := make([]float64, b.NumRows())
			if err := dataset.Float64s(b.Column(j), v); err != nil {
				t.Fatal(err)
			}
			for i, got := range v {
				if err := near(float64(want[row+i][j]), got, tolerance); err != nil {
					t.Errorf("%s: column %q, row %d: %v", name, column, row+i, err)
				}
			}
		}
		row += b.NumRows()
	}
	if row != len(want) {
		t.Errorf("%s: %d rows, want %d", name, row, len(want))
	}
}

func near(want, got, tolerance float64) error {
	if math.IsNaN(want) && math.IsNaN(got) || math.Abs(want-got) <= tolerance*max(1, math.Abs(want)) {
		return nil
	}
	return fmt.Errorf("got %v, want %v within %v", got, want, tolerance)
}
