package dataset_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/dataset/jsonl"
	"github.com/tidewheel/tidewheel/dataset/parquet"
)

func TestNothingIsCommittedAfterAWriteThatFailed(t *testing.T) {
	type row struct{ A int64 }
	type other struct{ B int64 }
	good, bad := batchOf(t, []row{{1}, {2}}), batchOf(t, []other{{1}})
	for format, create := range map[string]func(path string) (dataset.Sink, error){
		"csv": func(path string) (dataset.Sink, error) { return csv.Create(path, good.Schema(), csv.Options{}) },
		"jsonl": func(path string) (dataset.Sink, error) {
			return jsonl.Create(path, good.Schema(), jsonl.WriteOptions{})
		},
		"parquet": func(path string) (dataset.Sink, error) {
			return parquet.Create(path, good.Schema(), parquet.WriteOptions{})
		},
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
