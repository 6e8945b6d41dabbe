package ipc_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/datasettest"
	"github.com/tidewheel/tidewheel/dataset/ipc"
)

// cells returns every cell of a source as text, a row each, and the sizes of the batches.
func cells(ctx context.Context, src dataset.Source) (rows [][]string, sizes []int, err error) {
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return rows, sizes, err
		}
		sizes = append(sizes, b.NumRows())
		for i := range b.NumRows() {
			row := make([]string, b.Schema().Len())
			for j := range row {
				c := b.Column(j)
				switch d, ok := c.(*array.Dictionary); {
				case c.IsNull(i):
					row[j] = "∅"
				case ok:
					row[j] = d.Dictionary().ValueStr(d.GetValueIndex(i))
				default:
					row[j] = c.ValueStr(i)
				}
			}
			rows = append(rows, row)
		}
	}
	return rows, sizes, nil
}

// golden are the types and cells of testdata/types*, as testdata/gen/make.py states them.
var golden = []struct {
	name, typ string
	cells     [4]string
}{
	{"b", "bool", [4]string{"true", "∅", "false", "true"}},
	{"i8", "int8", [4]string{"-128", "∅", "127", "0"}},
	{"u8", "uint8", [4]string{"0", "∅", "255", "1"}},
	{"i16", "int16", [4]string{"-32768", "∅", "32767", "0"}},
	{"u16", "uint16", [4]string{"0", "∅", "65535", "1"}},
	{"i32", "int32", [4]string{"-2147483648", "∅", "2147483647", "0"}},
	{"u32", "uint32", [4]string{"0", "∅", "4294967295", "1"}},
	{"i64", "int64", [4]string{"-9223372036854775808", "∅", "9223372036854775807", "0"}},
	{"u64", "uint64", [4]string{"0", "∅", "18446744073709551615", "1"}},
	{"f32", "float32", [4]string{"0.1", "∅", "-Inf", "-0"}},
	{"f64", "float64", [4]string{"5e-324", "∅", "NaN", "1.7976931348623157e+308"}},
	{"s", "utf8", [4]string{"", "∅", "é\n\"", "x"}},
	{"ls", "large_utf8", [4]string{"", "∅", "日本", "x"}},
	{"dict8", "dictionary", [4]string{"a", "∅", "b", "a"}},
	{"dictl", "dictionary", [4]string{"", "∅", "b", "b"}},
	{"bin", "binary", [4]string{"", "∅", "AP8=", "eA=="}},
	{"day", "date32", [4]string{"1969-12-31", "∅", "9999-12-31", "1970-01-01"}},
	{"tus", "timestamp[us]", [4]string{"1969-12-31 23:59:59.999999Z", "∅", "2100-01-02 03:04:05.000006Z", "1970-01-01 00:00:00Z"}},
	{"tutc", "timestamp[us,UTC]", [4]string{"1969-12-31 23:59:59.999999Z", "∅", "2100-01-02 03:04:05.000006Z", "1970-01-01 00:00:00Z"}},
	{"tberlin", "timestamp[us,Europe/Berlin]", [4]string{"1970-01-01 00:59:59.999999+0100", "∅", "2100-01-02 04:04:05.000006+0100", "1970-01-01 01:00:00+0100"}},
	{"ts", "timestamp[us]", [4]string{"1969-12-31 23:59:59Z", "∅", "2100-01-02 03:04:05Z", "1970-01-01 00:00:00Z"}},
	{"tms", "timestamp[us,UTC]", [4]string{"1969-12-31 23:59:59Z", "∅", "2100-01-02 03:04:05Z", "1970-01-01 00:00:00Z"}},
	{"tns", "timestamp[us]", [4]string{"1969-12-31 23:59:59.999999Z", "∅", "2100-01-02 03:04:05.000006Z", "1970-01-01 00:00:00Z"}},
	{"dec", "decimal128(38,2)", [4]string{"-1.23", "∅", "999999999999999999999999999999999999.99", "0"}},
	{"list", "list<int64>", [4]string{"[1,null]", "∅", "[]", "[2]"}},
	{"fixed", "fixed_size_list<float32>[2]", [4]string{"[1,2]", "∅", "[3,null]", "[5,6]"}},
	{"struct", "struct<x:int32,y:utf8>", [4]string{`{"x":1,"y":"a"}`, "∅", `{"x":null,"y":""}`, `{"x":2,"y":null}`}},
}

func TestFilesOfPyarrow(t *testing.T) {
	for _, name := range []string{"types.arrow", "types.arrows", "types-lz4.arrow", "types-zstd.arrows", "types-v4.arrows", "types-legacy.arrows", "empty.arrow"} {
		t.Run(name, func(t *testing.T) {
			mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
			defer mem.AssertSize(t, 0)
			src, err := ipc.Open(filepath.Join("testdata", name), ipc.Options{Allocator: mem})
			if err != nil {
				t.Fatal(err)
			}
			for j, f := range src.Schema().Fields() {
				if f.Name != golden[j].name || string(f.Type) != golden[j].typ || !f.Nullable {
					t.Errorf("column %d is %s %s", j, f.Name, f.Type)
				}
			}
			want := 4
			if name == "empty.arrow" {
				want = 0
			}
			for range 2 {
				rows, _, err := cells(t.Context(), src)
				if err != nil || len(rows) != want {
					t.Fatalf("%d rows, %v", len(rows), err)
				}
				for i, row := range rows {
					for j, got := range row {
						if got != golden[j].cells[i] {
							t.Errorf("row %d, column %s: got %q, want %q", i, golden[j].name, got, golden[j].cells[i])
						}
					}
				}
			}
			// each column alone, and two in the other order
			for j, g := range golden {
				one, err := dataset.Select(t.Context(), src, g.name, golden[0].name)
				if j == 0 {
					one, err = dataset.Select(t.Context(), src, g.name)
				}
				if err != nil {
					t.Fatal(err)
				}
				rows, _, err := cells(t.Context(), one)
				if err != nil || len(rows) != want {
					t.Fatalf("%s: %d rows, %v", g.name, len(rows), err)
				}
				for i, row := range rows {
					if row[0] != g.cells[i] || row[len(row)-1] != golden[0].cells[i] && j > 0 {
						t.Errorf("column %s alone, row %d: got %q", g.name, i, row)
					}
				}
			}
			none, err := ipc.Open(filepath.Join("testdata", name), ipc.Options{Columns: []string{}})
			if err != nil {
				t.Fatal(err)
			}
			if rows, _, err := cells(t.Context(), none); err != nil || len(rows) != want {
				t.Errorf("no columns: %d rows, %v", len(rows), err)
			}
		})
	}
}

func TestCompressedBatches(t *testing.T) {
	for _, name := range []string{"large-lz4.arrow", "large-zstd.arrow"} {
		src, err := ipc.Open(filepath.Join("testdata", name), ipc.Options{})
		if err != nil {
			t.Fatal(err)
		}
		rows, sizes, err := cells(t.Context(), src)
		if err != nil || len(rows) != 3000 || !slices.Equal(sizes, []int{1024, 1024, 952}) {
			t.Fatalf("%s: batches of %v, %v", name, sizes, err)
		}
		for i, row := range rows {
			if row[0] != fmt.Sprint(i) || row[1] != fmt.Sprintf("row %d", i%7) {
				t.Fatalf("%s: row %d is %q", name, i, row)
			}
		}
	}
}

func TestDictionariesThatChange(t *testing.T) {
	for name, want := range map[string]string{
		"deltas.arrow":    "[[1 a] [2 b] [3 c] [4 ∅]]",
		"deltas.arrows":   "[[1 a] [2 b] [3 c] [4 ∅] [5 z] [6 c]]",
		"replaced.arrows": "[[1 a] [2 b] [3 c] [4 ∅] [5 z] [6 c]]",
	} {
		mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
		src, err := ipc.Open(filepath.Join("testdata", name), ipc.Options{Allocator: mem})
		if err != nil {
			t.Fatal(err)
		}
		kept, err := dataset.Cache(t.Context(), src) // a batch keeps its own dictionary
		if err != nil {
			t.Fatal(err)
		}
		rows, _, err := cells(t.Context(), kept)
		if got := fmt.Sprint(rows); err != nil || got != want {
			t.Errorf("%s: got %s, %v", name, got, err)
		}
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
		mem.AssertSize(t, 0)
	}
}

func TestRefusedTypesAreNamedAndOthersRead(t *testing.T) {
	for _, name := range []string{"refused.arrow", "refused-zstd.arrows"} {
		path := filepath.Join("testdata", name)
		odd := strings.Fields("null half dec256 time duration date64 interval fixedbin largebin largelist map view dense sparse ree listview intdict")
		var fine []string
		for _, column := range odd {
			_, err := ipc.Open(path, ipc.Options{Columns: []string{column}})
			if !errors.Is(err, dataset.ErrUnsupported) || !strings.Contains(err.Error(), fmt.Sprintf("column %q", column)) || !strings.Contains(err.Error(), "arrow type") {
				t.Errorf("%s: error is %v", column, err)
			}
			fine = append(fine, "after_"+column)
		}
		if _, err := ipc.Open(path, ipc.Options{}); !errors.Is(err, dataset.ErrUnsupported) || !strings.Contains(err.Error(), `"null"`) {
			t.Errorf("all: error is %v", err)
		}
		src, err := ipc.Open(path, ipc.Options{Columns: fine})
		if err != nil {
			t.Fatal(err)
		}
		rows, _, err := cells(t.Context(), src)
		if err != nil || len(rows) != 2 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for i, got := range rows[0] {
			if got != fmt.Sprint(2*i+1) || rows[1][i] != "∅" {
				t.Errorf("%s: column %s is %q, %q", name, fine[i], got, rows[1][i])
			}
		}
	}
}

func TestSourceSuite(t *testing.T) {
	for _, name := range []string{"types.arrow", "types.arrows", "types-zstd.arrows", "types-lz4.arrow"} {
		path := filepath.Join("testdata", name)
		t.Run(name, func(t *testing.T) {
			datasettest.TestSource(t, datasettest.SourceTraits{Rows: 4}, func(mem memory.Allocator) (dataset.Source, error) {
				return ipc.Open(path, ipc.Options{Allocator: mem})
			})
		})
		if strings.HasSuffix(name, ".arrows") {
			t.Run("one-shot "+name, func(t *testing.T) {
				datasettest.TestSource(t, datasettest.SourceTraits{Rows: 4, OneShot: true}, func(mem memory.Allocator) (dataset.Source, error) {
					text, err := os.ReadFile(path)
					if err != nil {
						return nil, err
					}
					return ipc.NewStream(strings.NewReader(string(text)), ipc.Options{Allocator: mem})
				})
			})
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join("testdata", "types.arrow")
	for _, c := range []struct {
		path string
		o    ipc.Options
		is   error
		text string
	}{
		{path, ipc.Options{Columns: []string{"b", "nope"}}, dataset.ErrSchema, `"nope"`},
		{path, ipc.Options{Columns: []string{"b", "b"}}, dataset.ErrSchema, "once"},
		{path, ipc.Options{MaxMetadataBytes: 100}, dataset.ErrLimit, "at most 100"},
		{path, ipc.Options{MaxMetadataBytes: -1, MaxBatchBytes: -1}, nil, "MaxBatchBytes: want 0 or more, got -1"},
		{dir, ipc.Options{}, nil, "a regular file"},
		{filepath.Join(dir, "none"), ipc.Options{}, os.ErrNotExist, ""},
		{filepath.Join("testdata", "gen", "make.py"), ipc.Options{}, dataset.ErrLimit, "byte 0"},
	} {
		if _, err := ipc.Open(c.path, c.o); err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s %+v: error is %v", c.path, c.o, err)
		}
	}
	src, err := ipc.Open(path, ipc.Options{MaxBatchBytes: 500})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := cells(t.Context(), src); !errors.Is(err, dataset.ErrLimit) {
		t.Errorf("a batch beyond the limit: error is %v", err)
	}
}
