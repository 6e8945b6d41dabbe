package dataset_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/dataset/datasettest"
	"github.com/tidewheel/tidewheel/dataset/ipc"
	"github.com/tidewheel/tidewheel/dataset/jsonl"
	"github.com/tidewheel/tidewheel/dataset/parquet"
)

func TestNothingIsCommittedAfterAWriteThatFailed(t *testing.T) {
	type row struct{ A int64 }
	type other struct{ B int64 }
	good, bad := batchOf(t, []row{{1}, {2}}), batchOf(t, []other{{1}})
	for format, create := range map[string]func(path string) (dataset.Sink, error){
		"csv": func(path string) (dataset.Sink, error) { return csv.Create(path, good.Schema(), csv.WriteOptions{}) },
		"jsonl": func(path string) (dataset.Sink, error) {
			return jsonl.Create(path, good.Schema(), jsonl.WriteOptions{})
		},
		"parquet": func(path string) (dataset.Sink, error) {
			return parquet.Create(path, good.Schema(), parquet.WriteOptions{})
		},
		"arrow": func(path string) (dataset.Sink, error) { return ipc.Create(path, good.Schema(), ipc.WriteOptions{}) },
	} {
		t.Run(format, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "a."+format)
			if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
				t.Fatal(err)
			}
			sink, err := create(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := sink.Write(t.Context(), good); err != nil {
				t.Error(err)
			}
			if err := sink.Write(t.Context(), bad); !errors.Is(err, dataset.ErrSchema) {
				t.Errorf("write of another schema gives %v", err)
			}
			if err := sink.Commit(t.Context()); !errors.Is(err, fs.ErrClosed) {
				t.Errorf("commit gives %v", err)
			}
			if err := sink.Close(); err != nil {
				t.Error(err)
			}
			text, err := os.ReadFile(path)
			if list, e := os.ReadDir(dir); err != nil || e != nil || string(text) != "old" || len(list) != 1 {
				t.Errorf("%d bytes among %d files, %v, %v", len(text), len(list), err, e)
			}
		})
	}
}

func TestReads(t *testing.T) {
	filter := []dataset.Predicate{{Column: "b"}, {Column: "c"}, {Column: "c"}}
	for _, c := range []struct {
		columns, want []string
	}{
		{nil, nil},
		{[]string{}, []string{"b", "c"}},
		{[]string{"d", "b"}, []string{"d", "b", "c"}},
	} {
		if got := (dataset.ScanOptions{Columns: c.columns, Filter: filter}).Reads(); !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q", c.columns, got)
		}
	}
}

// scalars are the types that every format holds.
func scalars() []dataset.Type {
	return []dataset.Type{
		dataset.Bool, dataset.Int8, dataset.Int16, dataset.Int32, dataset.Int64, dataset.Uint8, dataset.Uint16, dataset.Uint32, dataset.Uint64, dataset.Float32,
		dataset.Float64, dataset.Utf8, dataset.LargeUtf8, dataset.Dictionary, dataset.Date32, dataset.Timestamp, dataset.TimeUTC, dataset.TimestampIn("Europe/Berlin"),
		dataset.Decimal128(38, 0), dataset.Decimal128(9, 2), dataset.Decimal128(38, 38), dataset.JSON,
	}
}

func csvSinks() datasettest.Sinks {
	return datasettest.Sinks{
		Create: func(path string, s *dataset.Schema) (dataset.Sink, error) {
			return csv.Create(path, s, csv.WriteOptions{})
		},
		Open: func(mem memory.Allocator, path string, s *dataset.Schema) (dataset.Source, error) {
			return csv.Open(path, csv.Options{Schema: s, Allocator: mem})
		},
	}
}

func jsonlSinks() datasettest.Sinks {
	return datasettest.Sinks{
		Create: func(path string, s *dataset.Schema) (dataset.Sink, error) {
			return jsonl.Create(path, s, jsonl.WriteOptions{})
		},
		Open: func(mem memory.Allocator, path string, s *dataset.Schema) (dataset.Source, error) {
			return jsonl.Open(path, jsonl.Options{Schema: s, Allocator: mem})
		},
	}
}

func parquetSinks(o parquet.WriteOptions) datasettest.Sinks {
	return datasettest.Sinks{
		Create: func(path string, s *dataset.Schema) (dataset.Sink, error) { return parquet.Create(path, s, o) },
		Open: func(mem memory.Allocator, path string, _ *dataset.Schema) (dataset.Source, error) {
			return parquet.Open(path, parquet.Options{Allocator: mem})
		},
	}
}

func ipcSinks(o ipc.WriteOptions) datasettest.Sinks {
	return datasettest.Sinks{
		Create: func(path string, s *dataset.Schema) (dataset.Sink, error) { return ipc.Create(path, s, o) },
		Open: func(mem memory.Allocator, path string, _ *dataset.Schema) (dataset.Source, error) {
			return ipc.Open(path, ipc.Options{Allocator: mem})
		},
	}
}

func TestSinks(t *testing.T) {
	nested := append(scalars(), dataset.Binary, dataset.List(dataset.Int64), dataset.List(dataset.List(dataset.Utf8)), dataset.FixedSizeList(dataset.Float32, 3),
		"struct<x:int32,y:utf8,z:list<bool>>", dataset.List(dataset.Binary), "struct<x:list<struct<y:binary,z:list<large_utf8>>>>")
	for _, c := range []struct {
		traits datasettest.SinkTraits
		sinks  datasettest.Sinks
	}{
		{datasettest.SinkTraits{Name: "a.csv", Types: scalars(), NoNaN: true}, csvSinks()},
		{datasettest.SinkTraits{Name: "a.csv.zst", Types: scalars(), NoNaN: true}, csvSinks()},
		{datasettest.SinkTraits{Name: "a.jsonl", Types: scalars(), NoNaN: true, NoInfinity: true}, jsonlSinks()},
		{datasettest.SinkTraits{Name: "a.jsonl.gz", Types: scalars(), NoNaN: true, NoInfinity: true}, jsonlSinks()},
		{datasettest.SinkTraits{Name: "a.parquet", Types: nested}, parquetSinks(parquet.WriteOptions{})},
		{datasettest.SinkTraits{Name: "a.arrow", Types: nested}, ipcSinks(ipc.WriteOptions{})},
		{datasettest.SinkTraits{Name: "b.arrow", Types: nested}, ipcSinks(ipc.WriteOptions{Compression: ipc.Zstd})},
		{datasettest.SinkTraits{Name: "a.arrows", Types: nested}, ipcSinks(ipc.WriteOptions{Compression: ipc.LZ4})},
	} {
		t.Run(c.traits.Name, func(t *testing.T) { datasettest.TestSink(t, c.traits, c.sinks) })
	}
}
