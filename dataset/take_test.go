package dataset_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

// everyType has one column of each type of the closed list.
func everyType(t testing.TB) *dataset.Schema {
	t.Helper()
	var fields []dataset.Field
	for i, typ := range []dataset.Type{
		dataset.Bool, dataset.Int8, dataset.Int16, dataset.Int32, dataset.Int64, dataset.Uint8, dataset.Uint16, dataset.Uint32, dataset.Uint64,
		dataset.Float32, dataset.Float64, dataset.Utf8, dataset.LargeUtf8, dataset.Dictionary, dataset.Binary, dataset.Date32, dataset.JSON,
		dataset.Timestamp, dataset.TimeUTC, dataset.Decimal128(20, 3), dataset.List(dataset.Utf8), dataset.FixedSizeList(dataset.Float64, 2),
		"struct<a:int64,b:list<utf8>>",
	} {
		fields = append(fields, dataset.Field{Name: fmt.Sprintf("c%d", i), Type: typ, Nullable: true})
	}
	s, err := dataset.NewSchema(fields...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// jsonBatch returns the batch of rows written as JSON lines in Arrow's own form.
func jsonBatch(t testing.TB, mem memory.Allocator, s *dataset.Schema, lines ...string) dataset.Batch {
	t.Helper()
	b := array.NewRecordBuilder(mem, s.Arrow())
	defer b.Release()
	for _, l := range lines {
		if err := b.UnmarshalJSON([]byte(l)); err != nil {
			t.Fatal(err)
		}
	}
	rec := b.NewRecord()
	out, err := dataset.FromRecord(rec, s)
	if err != nil {
		rec.Release()
		t.Fatal(err)
	}
	return out
}

// jsonLines writes every row of b as one line.
func jsonLines(t testing.TB, b dataset.Batch) []string {
	t.Helper()
	var w strings.Builder
	if err := array.RecordToJSON(b.Record(), &w); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(w.String(), "\n"), "\n")
}

func everyTypeBatch(t testing.TB, mem memory.Allocator) dataset.Batch {
	t.Helper()
	row := func(i int) string {
		return fmt.Sprintf(`{"c0":%t,"c1":%d,"c2":%d,"c3":%d,"c4":%d,"c5":%d,"c6":%d,"c7":%d,"c8":%d,"c9":%d.5,"c10":%d.25,"c11":"t%d","c12":"l%d","c13":"d%d",`+
			`"c14":"YWI%d","c15":"2024-01-0%d","c16":"{}","c17":"2024-01-01 00:00:0%d","c18":"2024-01-01T00:00:0%d","c19":"12.34%d","c20":["x%d",null],"c21":[%d,0.5],"c22":{"a":%d,"b":["q"]}}`,
			i%2 == 0, i, i, i, i, i, i, i, i, i, i, i, i, i%3, i, i+1, i, i, i, i, i, i)
	}
	return jsonBatch(t, mem, everyType(t), row(0), row(1), `{}`, row(3), row(4), row(5))
}

func TestTakeGathersEveryType(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	full := everyTypeBatch(t, mem)
	defer full.Release()
	lines := jsonLines(t, full)
	for _, bounds := range [][2]int{{0, 6}, {1, 6}, {2, 5}} {
		b := full.Slice(bounds[0], bounds[1])
		for _, rows := range [][]int32{{}, {0}, {1, 0}, {2, 2, 1}, {0, 1, 2}} {
			got, err := dataset.Take(mem, b, rows)
			if err != nil {
				t.Fatal(err)
			}
			if got.NumRows() != len(rows) {
				t.Errorf("%d rows, want %d", got.NumRows(), len(rows))
			}
			for i, line := range jsonLines(t, got) {
				if len(rows) > 0 && line != lines[bounds[0]+int(rows[i])] {
					t.Errorf("slice %v, rows %v: row %d is\n%s, want\n%s", bounds, rows, i, line, lines[bounds[0]+int(rows[i])])
				}
			}
			got.Release()
		}
		for _, bad := range []int32{-1, int32(b.NumRows())} {
			if _, err := dataset.Take(mem, b, []int32{bad}); !errors.Is(err, dataset.ErrSchema) {
				t.Errorf("row %d: error is %v", bad, err)
			}
		}
		b.Release()
	}
}

func TestFilterKeepsOrder(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	b := everyTypeBatch(t, mem)
	defer b.Release()
	lines := jsonLines(t, b)
	for _, keep := range [][]bool{
		{true, true, true, true, true, true}, {false, true, true, false, false, false}, {true, false, true, false, false, true}, {false, false, false, false, false, false},
	} {
		var want []string
		for i, k := range keep {
			if k {
				want = append(want, lines[i])
			}
		}
		got, err := dataset.Filter(mem, b, keep)
		if err != nil {
			t.Fatal(err)
		}
		if got.NumRows() != len(want) || len(want) > 0 && strings.Join(jsonLines(t, got), "\n") != strings.Join(want, "\n") {
			t.Errorf("%v: got %d rows", keep, got.NumRows())
		}
		got.Release()
	}
	if _, err := dataset.Filter(mem, b, []bool{true}); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("error is %v", err)
	}
}

func TestScanFiltersAndProjects(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	full := everyTypeBatch(t, mem)
	defer full.Release()
	src, err := dataset.NewBatches(full.Schema(), full)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	for _, c := range []struct {
		column string
		op     dataset.Operator
		value  dataset.Value
		want   string
	}{
		{"c4", dataset.Equal, dataset.NumberValue(3), "3"},
		{"c4", dataset.NotEqual, dataset.NumberValue(3), "0 1 4 5"},
		{"c4", dataset.Less, dataset.NumberValue(3), "0 1"},
		{"c10", dataset.LessEqual, dataset.NumberValue(3.25), "0 1 3"},
		{"c11", dataset.Greater, dataset.TextValue("t3"), "4 5"},
		{"c13", dataset.GreaterEqual, dataset.TextValue("d1"), "1 4 5"},
		{"c0", dataset.Equal, dataset.NumberValue(1), "0 4"},
		{"c4", dataset.Greater, dataset.NumberValue(9), ""},
	} {
		view, err := dataset.Scan(t.Context(), src, dataset.ScanOptions{
			Columns: []string{"c8", "c4"}, Filter: []dataset.Predicate{{Column: c.column, Operator: c.op, Value: c.value}},
		})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for b, err := range view.Batches(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if names := strings.Join(b.Schema().Names(), ","); names != "c8,c4" {
				t.Fatalf("columns are %s", names)
			}
			for i := range b.NumRows() {
				got = append(got, b.Column(0).ValueStr(i))
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s %d: rows %v, want %s", c.column, c.op, got, c.want)
		}
	}
	for name, o := range map[string]dataset.ScanOptions{
		"unknown column": {Columns: []string{"nope"}},
		"unknown filter": {Filter: []dataset.Predicate{{Column: "nope", Value: dataset.NumberValue(1)}}},
		"null":           {Filter: []dataset.Predicate{{Column: "c4"}}},
		"operator":       {Filter: []dataset.Predicate{{Column: "c4", Operator: 9, Value: dataset.NumberValue(1)}}},
		"list":           {Filter: []dataset.Predicate{{Column: "c20", Value: dataset.NumberValue(1)}}},
	} {
		if _, err := dataset.Scan(t.Context(), src, o); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}
