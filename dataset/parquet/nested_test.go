package parquet_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	pq "github.com/parquet-go/parquet-go"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/datasettest"
	"github.com/tidewheel/tidewheel/dataset/parquet"
)

// nestedTypes are of every shape, with every kind of value inside.
func nestedTypes() []dataset.Type {
	const flat = "b:bool,i:int8,u:uint64,f:float32,d:float64,t:utf8,l:large_utf8,c:dictionary,x:binary,day:date32,at:timestamp[us],utc:timestamp[us,UTC]," +
		"paris:timestamp[us,Europe/Paris],m:decimal128(30,2)"
	return []dataset.Type{
		dataset.List(dataset.Float64), dataset.List(dataset.Utf8), dataset.List(dataset.Dictionary), dataset.List(dataset.List(dataset.Int32)),
		dataset.FixedSizeList(dataset.Float32, 3), dataset.FixedSizeList(dataset.List(dataset.Utf8), 2), dataset.List(dataset.FixedSizeList(dataset.Int16, 2)),
		dataset.Type("struct<" + flat + ">"), dataset.List(dataset.Type("struct<" + flat + ">")),
		"struct<a:struct<b:list<struct<c:utf8,d:list<list<int64>>>>,e:bool>,f:fixed_size_list<utf8>[1]>",
	}
}

// TestNestedSink is TestSink of package dataset with nested columns, which are read in batches that end within row groups and pages.
func TestNestedSink(t *testing.T) {
	datasettest.TestSink(t, datasettest.SinkTraits{Name: "rows.parquet", Types: nestedTypes()}, datasettest.Sinks{
		Create: func(path string, s *dataset.Schema) (dataset.Sink, error) {
			return parquet.Create(path, s, parquet.WriteOptions{RowGroupRows: 10})
		},
		Open: func(mem memory.Allocator, path string, _ *dataset.Schema) (dataset.Source, error) {
			return parquet.Open(path, parquet.Options{Allocator: mem, BatchRows: 4})
		},
	})
}

// visit is a row with nested columns, as parquet-go itself writes them.
type visit struct {
	ID    int64 `parquet:"id"`
	Place *struct {
		City string    `parquet:"city,dict"`
		At   []float64 `parquet:"at,list"`
	} `parquet:"place,optional"`
	Tags []string `parquet:"tags,list"`
}

// nestedFile returns a file of n rows of nested columns, in pages of a few rows.
func nestedFile(t testing.TB, n int, o ...pq.WriterOption) []byte {
	t.Helper()
	var out bytes.Buffer
	w := pq.NewGenericWriter[visit](&out, append([]pq.WriterOption{pq.PageBufferSize(256), pq.Compression(&pq.Snappy)}, o...)...)
	rows := make([]visit, n)
	for i := range rows {
		rows[i].ID = int64(i)
		if i%3 > 0 {
			rows[i].Place = &struct {
				City string    `parquet:"city,dict"`
				At   []float64 `parquet:"at,list"`
			}{City: fmt.Sprintf("city %d", i%5), At: make([]float64, i%4)}
		}
		for k := range i % 7 {
			rows[i].Tags = append(rows[i].Tags, fmt.Sprintf("tag %d", k))
		}
	}
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func nestedLine(i int) string {
	place, tags := "null", []string{}
	if i%3 > 0 {
		place = fmt.Sprintf(`{"at":[%s],"city":"city %d"}`, strings.TrimSuffix(strings.Repeat("0,", i%4), ","), i%5)
	}
	for k := range i % 7 {
		tags = append(tags, fmt.Sprintf(`"tag %d"`, k))
	}
	return fmt.Sprintf(`{"id":%d,"place":%s,"tags":[%s]}`, i, place, strings.Join(tags, ","))
}

func TestNestedFilesOfTheLibrary(t *testing.T) {
	var want []string
	for i := range 500 {
		want = append(want, nestedLine(i))
	}
	for _, version := range []int{1, 2} {
		for _, size := range []int64{500, 70} {
			data := nestedFile(t, 500, pq.DataPageVersion(version), pq.MaxRowsPerRowGroup(size))
			for _, rows := range []int{1, 13, 1000} {
				mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
				src, err := parquet.NewSource(bytes.NewReader(data), int64(len(data)), parquet.Options{BatchRows: rows, Allocator: mem})
				if err != nil {
					t.Fatal(err)
				}
				if got, err := lines(src); err != nil || !slices.Equal(got, want) {
					t.Fatalf("version %d, row groups of %d, batches of %d: %d rows, error %v", version, size, rows, len(got), err)
				}
				mem.AssertSize(t, 0)
			}
		}
	}
}

// TestNestedScans filters by a flat column, so that rows of nested ones are passed over one by one, by pages and by row groups.
func TestNestedScans(t *testing.T) {
	data := nestedFile(t, 500, pq.MaxRowsPerRowGroup(200))
	for _, workers := range []int{1, 3} {
		for _, c := range []struct {
			operator dataset.Operator
			value    float64
			wanted   func(i int) bool
		}{
			{dataset.Equal, 77, func(i int) bool { return i == 77 }},
			{dataset.Greater, 350, func(i int) bool { return i > 350 }},
			{dataset.NotEqual, 200, func(i int) bool { return i != 200 }},
			{dataset.Less, 0, func(int) bool { return false }},
		} {
			mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
			src, err := parquet.NewSource(bytes.NewReader(data), int64(len(data)), parquet.Options{BatchRows: 60, Workers: workers, Allocator: mem})
			if err != nil {
				t.Fatal(err)
			}
			view, err := src.Scan(t.Context(), dataset.ScanOptions{Filter: []dataset.Predicate{{Column: "id", Operator: c.operator, Value: dataset.NumberValue(c.value)}}})
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for i := range 500 {
				if c.wanted(i) {
					want = append(want, nestedLine(i))
				}
			}
			if got, err := lines(view); err != nil || !slices.Equal(got, want) {
				t.Errorf("operator %d, %d workers: %d rows for %d, error %v", c.operator, workers, len(got), len(want), err)
			}
			mem.AssertSize(t, 0)
		}
	}
}

func TestNestedSourceKeepsItsPromises(t *testing.T) {
	data := nestedFile(t, 300, pq.MaxRowsPerRowGroup(100))
	for _, flatten := range []bool{false, true} {
		datasettest.TestSource(t, datasettest.SourceTraits{Rows: 300}, func(mem memory.Allocator) (dataset.Source, error) {
			return parquet.NewSource(bytes.NewReader(data), int64(len(data)), parquet.Options{BatchRows: 30, Allocator: mem, Flatten: flatten})
		})
	}
}

func TestFlatten(t *testing.T) {
	data := nestedFile(t, 5)
	src, err := parquet.NewSource(bytes.NewReader(data), int64(len(data)), parquet.Options{Flatten: true, Columns: []string{"place.city", "place.at", "id"}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := lines(src)
	want := []string{
		`{"id":0,"place.at":null,"place.city":null}`, `{"id":1,"place.at":[0],"place.city":"city 1"}`, `{"id":2,"place.at":[0,0],"place.city":"city 2"}`,
		`{"id":3,"place.at":null,"place.city":null}`, `{"id":4,"place.at":[],"place.city":"city 4"}`,
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := parquet.NewSource(bytes.NewReader(data), int64(len(data)), parquet.Options{Columns: []string{"place.city"}}); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("error is %v", err)
	}
}

// TestDeclaredTypes reads nested columns in the types that the schema in the file declares, and refuses a declaration that is not that of the columns.
func TestDeclaredTypes(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.parquet")
	s, err := dataset.NewSchema(dataset.Field{Name: "v", Type: "fixed_size_list<float32>[2]", Nullable: true}, dataset.Field{
		Name: "s", Type: "struct<a:dictionary>", Nullable: true, Personal: true, Purpose: "tests",
	})
	if err != nil {
		t.Fatal(err)
	}
	rb := array.NewRecordBuilder(memory.DefaultAllocator, s.Arrow())
	defer rb.Release()
	for _, line := range []string{`{"v":[1,2],"s":{"a":"x"}}`, `{"v":null,"s":null}`, `{"v":[3,null],"s":{"a":null}}`} {
		if err := rb.UnmarshalJSON([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	b, err := dataset.FromRecord(rb.NewRecord(), s)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Release()
	write(t, path, parquet.WriteOptions{}, s, b)
	src, err := parquet.Open(path, parquet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := lines(src)
	if want := []string{`{"s":{"a":"x"},"v":[1,2]}`, `{"s":null,"v":null}`, `{"s":{"a":null},"v":[3,null]}`}; err != nil || !src.Schema().Equal(s) || !slices.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	var option *dataset.OptionError
	if _, err := parquet.Create(path, s, parquet.WriteOptions{Bloom: []string{"v"}}); !errors.As(err, &option) {
		t.Errorf("a Bloom filter of lists: error is %v", err)
	}
	if src, err = parquet.Open(path, parquet.Options{Flatten: true}); err != nil {
		t.Fatal(err)
	}
	flat := []dataset.Field{s.Field(0), {Name: "s.a", Type: dataset.Dictionary, Nullable: true, Personal: true, Purpose: "tests"}}
	if got := src.Schema().Fields(); !reflect.DeepEqual(got, flat) {
		t.Errorf("flat fields are %+v", got)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for old, other := range map[string]string{"fixed_size_list<float32>[2]": "fixed_size_list<float64>[2]", "struct<a:dictionary>": "struct<b:dictionary>"} {
		changed := bytes.ReplaceAll(data, []byte(old), []byte(other))
		if bytes.Equal(changed, data) {
			t.Fatalf("no %s in the file", old)
		}
		if _, err := parquet.NewSource(bytes.NewReader(changed), int64(len(data)), parquet.Options{}); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%s: error is %v", other, err)
		}
	}
	changed := bytes.ReplaceAll(data, []byte("fixed_size_list<float32>[2]"), []byte("fixed_size_list<float32>[3]"))
	src, err = parquet.NewSource(bytes.NewReader(changed), int64(len(data)), parquet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lines(src); !errors.Is(err, dataset.ErrFormat) {
		t.Errorf("lists of another length: error is %v", err)
	}
}

// TestNestedFilesOfPyarrow reads files of testdata/gen/nested.py, whose rows are in nested.jsonl.
func TestNestedFilesOfPyarrow(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "nested.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	canonical := func(lines []string) (out []any) {
		for _, line := range lines {
			var v any
			if err := json.Unmarshal([]byte(line), &v); err != nil {
				t.Fatal(err)
			}
			out = append(out, v)
		}
		return out
	}
	want := canonical(strings.Split(strings.TrimSpace(string(text)), "\n"))
	for _, name := range []string{"nested-v1.parquet", "nested-v2.parquet"} {
		for _, rows := range []int{1, 37, 1000} {
			mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
			src, err := parquet.Open(filepath.Join("testdata", name), parquet.Options{BatchRows: rows, Allocator: mem})
			if err != nil {
				t.Fatal(err)
			}
			got, err := lines(src)
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range canonical(got) {
				if !reflect.DeepEqual(v, want[i]) {
					t.Fatalf("%s, batches of %d: row %d differs: %s", name, rows, i, got[i])
				}
			}
			if len(got) != len(want) {
				t.Errorf("%s: %d rows for %d", name, len(got), len(want))
			}
			mem.AssertSize(t, 0)
		}
	}
}
