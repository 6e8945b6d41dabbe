package canon_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset/internal/canon"
)

func column(t *testing.T, dt arrow.DataType, json string) arrow.Array {
	t.Helper()
	a, _, err := array.FromJSON(memory.DefaultAllocator, dt, strings.NewReader(json))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestCells(t *testing.T) {
	dictionary := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}
	for _, c := range []struct {
		dt   arrow.DataType
		json string
		want []byte // of the rows, one behind the other, by hand
	}{
		{arrow.FixedWidthTypes.Boolean, `[true, null, false]`, []byte{1, 1, 0, 1, 0}},
		{arrow.PrimitiveTypes.Int8, `[-1, null]`, []byte{1, 255, 255, 255, 255, 255, 255, 255, 255, 0}},
		{arrow.PrimitiveTypes.Uint16, `[513]`, []byte{1, 1, 2, 0, 0, 0, 0, 0, 0}},
		{arrow.PrimitiveTypes.Date32, `[1]`, []byte{1, 1, 0, 0, 0, 0, 0, 0, 0}},
		{arrow.BinaryTypes.String, `["ab", null, ""]`, []byte{1, 2, 'a', 'b', 0, 1, 0}},
		{arrow.BinaryTypes.LargeString, `["ab", null, ""]`, []byte{1, 2, 'a', 'b', 0, 1, 0}},
		{dictionary, `["ab", null, ""]`, []byte{1, 2, 'a', 'b', 0, 1, 0}},
		{arrow.ListOf(arrow.BinaryTypes.String), `[["a", null], null, []]`, []byte{1, 2, 1, 1, 'a', 0, 0, 1, 0}},
		{arrow.StructOf(arrow.Field{Name: "x", Type: arrow.FixedWidthTypes.Boolean, Nullable: true}), `[{"x": true}, null, {"x": null}]`, []byte{1, 1, 1, 0, 1, 0}},
	} {
		a := column(t, c.dt, c.json)
		for name, cell := range map[string]canon.Cell{"content": canon.Content(a), "key": canon.Key(a)} {
			var got []byte
			for i := range a.Len() {
				got = cell(got, i)
			}
			if !bytes.Equal(got, c.want) {
				t.Errorf("%s of %s: got %v, want %v", name, c.dt, got, c.want)
			}
		}
	}
}

func TestFloats(t *testing.T) {
	b := array.NewFloat64Builder(memory.DefaultAllocator)
	b.AppendValues([]float64{0, math.Copysign(0, -1), math.NaN(), math.Float64frombits(0xfff8000000000001)}, nil)
	a := b.NewArray()
	for name, c := range map[string]struct {
		cell  canon.Cell
		zeros bool
	}{"content": {canon.Content(a), false}, "key": {canon.Key(a), true}} {
		if got := bytes.Equal(c.cell(nil, 0), c.cell(nil, 1)); got != c.zeros {
			t.Errorf("%s: zeros are equal: %v", name, got)
		}
		if !bytes.Equal(c.cell(nil, 2), c.cell(nil, 3)) || bytes.Equal(c.cell(nil, 0), c.cell(nil, 2)) {
			t.Errorf("%s: NaN", name)
		}
	}
}

func TestUnknownTypes(t *testing.T) {
	for _, dt := range []arrow.DataType{arrow.Null, arrow.FixedWidthTypes.Duration_s, arrow.ListOf(arrow.FixedWidthTypes.Duration_s)} {
		if canon.Content(array.MakeArrayOfNull(memory.DefaultAllocator, dt, 1)) != nil {
			t.Errorf("%s has cells", dt)
		}
	}
}
