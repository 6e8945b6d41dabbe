package ipc_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/ipc"
)

func schemaOf(t *testing.T, fields ...dataset.Field) *dataset.Schema {
	t.Helper()
	s, err := dataset.NewSchema(fields...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCreateRefuses(t *testing.T) {
	dir := t.TempDir()
	plain := schemaOf(t, dataset.Field{Name: "a", Type: dataset.Int64})
	for _, c := range []struct {
		path string
		s    *dataset.Schema
		o    ipc.WriteOptions
		text string
	}{
		{"a.arrow", plain, ipc.WriteOptions{Compression: 9}, "option ipc.WriteOptions.Compression: want Uncompressed, Zstd or LZ4, got 9"},
		{"a.arrow", schemaOf(t), ipc.WriteOptions{}, "want at least one column"},
		{"a.arrow", schemaOf(t, dataset.Field{Name: "l", Type: dataset.List(dataset.Dictionary)}), ipc.WriteOptions{}, `column "l": type list<dictionary>: unsupported`},
		{filepath.Join("no", "a.arrow"), plain, ipc.WriteOptions{}, "no such file"},
	} {
		if _, err := ipc.Create(filepath.Join(dir, c.path), c.s, c.o); err == nil || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: error is %v", c.text, err)
		}
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) > 0 {
		t.Errorf("%d files are left, %v", len(list), err)
	}
}

// TestTheFormIsThatOfTheNameOrTheOption looks at the first bytes.
func TestTheFormIsThatOfTheNameOrTheOption(t *testing.T) {
	for name, c := range map[string]struct {
		o    ipc.WriteOptions
		file bool
	}{
		"a.arrow": {file: true}, "a.feather": {file: true}, "a.arrows": {}, "a.ARROWS": {}, "b.arrow": {o: ipc.WriteOptions{Stream: true}},
	} {
		path := filepath.Join(t.TempDir(), name)
		sink, err := ipc.Create(path, schemaOf(t, dataset.Field{Name: "a", Type: dataset.Int64}), c.o)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(sink.Commit(t.Context()), sink.Close()); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil || strings.HasPrefix(string(data), "ARROW1") != c.file {
			t.Errorf("%s starts with %q, %v", name, data[:6], err)
		}
	}
}

// TestRulesTravelInOneKey: the schema comes back with its rules, also for some of the columns, and a file whose columns are not those of its key is refused.
func TestRulesTravelInOneKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.arrow")
	low := 0.0
	s := schemaOf(t, dataset.Field{Name: "amount", Type: dataset.Float64, Unit: "EUR", Min: &low}, dataset.Field{Name: "country", Type: dataset.Dictionary, OneOf: []string{"DE", "FR"}},
		dataset.Field{Name: "id", Type: dataset.JSON, Role: dataset.Key, Nullable: true, Personal: true})
	sink, err := ipc.Create(path, s, ipc.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(sink.Commit(t.Context()), sink.Close()); err != nil {
		t.Fatal(err)
	}
	src, err := ipc.Open(path, ipc.Options{})
	if err != nil || !src.Schema().Equal(s) {
		t.Fatalf("another schema, %v", err)
	}
	some, err := s.Select("id", "amount")
	if err != nil {
		t.Fatal(err)
	}
	src, err = ipc.Open(path, ipc.Options{Columns: []string{"id", "amount"}})
	if err != nil || !src.Schema().Equal(some) {
		t.Errorf("another schema of some columns, %v", err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{`"type":"float64"`: `"type":"float32"`, `"name":"amount"`: `"name":"amounT"`, `"tidewheel.schema":1`: `"tidewheel.schema":2`} {
		changed := strings.ReplaceAll(string(data), from, to)
		_, err := ipc.NewSource(strings.NewReader(changed), int64(len(changed)), ipc.Options{})
		if !errors.Is(err, dataset.ErrSchema) && !errors.Is(err, dataset.ErrFormat) {
			t.Errorf("%s: error is %v", to, err)
		}
	}
}

// TestAFileThatChangedIsRefused: a source that was opened does not read another schema's columns.
func TestAFileThatChangedIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.arrow")
	if err := os.WriteFile(path, readFile(t, "types.arrow"), 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := ipc.Open(path, ipc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, readFile(t, "deltas.arrow"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := cells(t.Context(), src); !errors.Is(err, dataset.ErrFormat) || !strings.Contains(err.Error(), "when the source was opened") {
		t.Errorf("error is %v", err)
	}
}

func TestRowsOfAFilter(t *testing.T) {
	src, err := ipc.Open(filepath.Join("testdata", "large-zstd.arrow"), ipc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	few, err := dataset.Scan(t.Context(), src, dataset.ScanOptions{
		Columns: []string{"s"}, Filter: []dataset.Predicate{{Column: "n", Operator: dataset.GreaterEqual, Value: dataset.NumberValue(2998)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	rows, _, err := cells(t.Context(), few)
	if got := fmt.Sprint(rows); err != nil || got != "[[row 2] [row 3]]" {
		t.Errorf("got %s, %v", got, err)
	}
}
