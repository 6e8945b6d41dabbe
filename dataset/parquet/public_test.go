package parquet_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/parquet"
)

// cell prints a value so that the units of a timestamp do not matter.
func cell(a arrow.Array, i int) string {
	if a.IsNull(i) {
		return "null"
	}
	switch a := a.(type) {
	case *array.Timestamp:
		return fmt.Sprint(a.Value(i).ToTime(a.DataType().(*arrow.TimestampType).Unit).UnixMicro())
	case *array.Dictionary:
		return a.Dictionary().ValueStr(a.GetValueIndex(i))
	default:
		return a.ValueStr(i)
	}
}

// publicRefused are the files of parquet-testing that pyarrow 26.0.1 reads and this package does not: an empty data page of version 2 and a malformed
// dictionary header, which the library refuses; two files whose checksums are wrong, which pyarrow does not verify; and an INT96 beyond the range of
// microseconds, which pyarrow reads as another time.
func publicRefused() []string {
	return []string{
		"data/datapage_v2_empty_datapage.snappy.parquet", "data/nation.dict-malformed.parquet", "data/rle-dict-uncompressed-corrupt-checksum.parquet",
		"data/datapage_v1-corrupt-checksum.parquet", "data/int96_from_spark.parquet",
	}
}

// TestPublicFiles reads the files of apache/parquet-testing in TIDEWHEEL_DATA, column by column, and compares each with what pyarrow 26.0.1 read from it.
func TestPublicFiles(t *testing.T) {
	dir := os.Getenv("TIDEWHEEL_DATA")
	if dir == "" {
		t.Skip("TIDEWHEEL_DATA is not set")
	}
	dir = filepath.Join(dir, "parquet-testing")
	text, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Files map[string]struct {
			Status, Expected string
			Rows             int
		}
	}
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	columns, refused := 0, 0
	for name, want := range list.Files {
		path := filepath.Join(dir, "files", name)
		if want.Status != "read" {
			src, err := parquet.Open(path, parquet.Options{})
			if err == nil {
				_, err = lines(src)
			}
			if err == nil {
				t.Logf("%s: pyarrow refuses what this reads", name)
			}
			continue
		}
		expected := readIPC(t, filepath.Join(dir, want.Expected))
		for _, column := range slices.Sorted(maps.Keys(expected)) {
			got, err := readColumn(path, column)
			switch {
			case errors.Is(err, dataset.ErrUnsupported):
				refused++
			case err != nil && slices.Contains(publicRefused(), name):
			case err != nil:
				t.Errorf("%s: %s: %v", name, column, err)
			case !slices.Equal(got, expected[column]):
				t.Errorf("%s: %s: values differ: %d and %d", name, column, len(got), len(expected[column]))
			default:
				columns++
			}
		}
	}
	t.Logf("%d columns equal, %d outside the types", columns, refused)
	if columns < 150 {
		t.Errorf("only %d columns were compared", columns)
	}
}

func readColumn(path, column string) ([]string, error) {
	src, err := parquet.Open(path, parquet.Options{Columns: []string{column}})
	if err != nil {
		return nil, err
	}
	var out []string
	for b, err := range src.Batches(context.Background()) {
		if err != nil {
			return nil, err
		}
		for i := range b.NumRows() {
			out = append(out, cell(b.Column(0), i))
		}
	}
	return out, nil
}

func readIPC(t *testing.T, path string) map[string][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := ipc.NewFileReader(f)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	out := map[string][]string{}
	for k := range r.NumRecords() {
		rec, err := r.Record(k)
		if err != nil {
			t.Fatal(err)
		}
		for j, field := range rec.Schema().Fields() {
			for i := range int(rec.NumRows()) {
				out[field.Name] = append(out[field.Name], cell(rec.Column(j), i))
			}
		}
	}
	return out
}
