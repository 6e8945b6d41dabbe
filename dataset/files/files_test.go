package files_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/dataset/datasettest"
	"github.com/tidewheel/tidewheel/dataset/files"
)

// write makes files below a new folder, which it returns.
func write(t testing.TB, texts map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range texts {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func opener(mem memory.Allocator) func(p string) (dataset.Source, error) {
	return func(p string) (dataset.Source, error) { return csv.Open(p, csv.Options{BatchRows: 2, Allocator: mem}) }
}

func rows(ctx context.Context, src dataset.Source) (string, error) {
	var out strings.Builder
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return "", err
		}
		for i := range b.NumRows() {
			for j := range b.Schema().Len() {
				c := b.Column(j)
				if j > 0 {
					out.WriteByte(' ')
				}
				if d, ok := c.(*array.Dictionary); ok && !c.IsNull(i) {
					out.WriteString(d.Dictionary().ValueStr(d.GetValueIndex(i)))
				} else {
					out.WriteString(c.ValueStr(i))
				}
			}
			out.WriteByte('\n')
		}
	}
	return out.String(), nil
}

func equal(t *testing.T, name string, src dataset.Source, want ...string) {
	t.Helper()
	got, err := rows(t.Context(), src)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if got != strings.Join(append(want, ""), "\n") {
		t.Errorf("%s: got\n%swant\n%s", name, got, strings.Join(want, "\n"))
	}
}

func tree(t testing.TB) string {
	t.Helper()
	return write(t, map[string]string{
		"year=2025/month=12/b.csv": "id,name\n3,c\n", "year=2025/month=12/a.csv": "id,name\n1,a\n2,b\n", "year=2025/month=2/a.csv": "id,name\n4,d\n",
		"year=__HIVE_DEFAULT_PARTITION__/month=1/x.csv": "id,name\n9,x\n", "year=2026/month=1/a%20b.csv": "id,name\n5,\n6,f\n7,g\n",
		"_SUCCESS": "", ".part.crc": "x", "year=2026/_temporary/a.csv": "never", "notes.txt": "never",
	})
}

func TestGlobOfPartitions(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	dir := tree(t)
	src, err := files.Glob(filepath.Join(dir, "year=*/*/*.csv"), opener(mem), files.Options{
		Partitions: []dataset.Field{{Name: "month"}, {Name: "year", Type: dataset.Int32, Role: dataset.Group}}, NameColumn: "file", Allocator: mem,
	})
	if err != nil {
		t.Fatal(err)
	}
	if f, ok := src.Schema().Lookup("year"); !ok || f.Type != dataset.Int32 || f.Role != dataset.Group || !f.Nullable {
		t.Errorf("the year is %+v", f)
	}
	equal(t, "all", src,
		"1 a 12 2025 year=2025/month=12/a.csv", "2 b 12 2025 year=2025/month=12/a.csv", "3 c 12 2025 year=2025/month=12/b.csv", "4 d 2 2025 year=2025/month=2/a.csv",
		"5 (null) 1 2026 year=2026/month=1/a%20b.csv", "6 f 1 2026 year=2026/month=1/a%20b.csv", "7 g 1 2026 year=2026/month=1/a%20b.csv",
		"9 x 1 (null) year=__HIVE_DEFAULT_PARTITION__/month=1/x.csv")
	for _, c := range []struct {
		name string
		o    dataset.ScanOptions
		want []string
	}{
		{"columns", dataset.ScanOptions{Columns: []string{"year", "id"}, Filter: []dataset.Predicate{{Column: "month", Value: dataset.TextValue("12")}}}, []string{"2025 1", "2025 2", "2025 3"}},
		{"a filter on both", dataset.ScanOptions{Columns: []string{"name"}, Filter: []dataset.Predicate{
			{Column: "year", Operator: dataset.GreaterEqual, Value: dataset.NumberValue(2026)}, {Column: "id", Operator: dataset.Less, Value: dataset.NumberValue(7)},
		}}, []string{"(null)", "f"}},
		{"none", dataset.ScanOptions{Columns: []string{"file"}, Filter: []dataset.Predicate{{Column: "year", Value: dataset.NumberValue(1)}}}, nil},
	} {
		got, err := dataset.Scan(t.Context(), src, c.o)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, c.name, got, c.want...)
	}
}

func TestPartitionsThatAreNotWantedAreNotOpened(t *testing.T) {
	dir := tree(t)
	var opened []string
	src, err := files.Glob(filepath.Join(dir, "year=202*/**/*.csv"), func(p string) (dataset.Source, error) {
		opened = append(opened, filepath.Base(filepath.Dir(p)))
		return csv.Open(p, csv.Options{})
	}, files.Options{Partitions: []dataset.Field{{Name: "month", Type: dataset.Int8}}, TrustFirst: true})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(opened, []string{"month=12"}) {
		t.Errorf("for the schema %q were opened", opened)
	}
	opened = nil
	got, err := dataset.Scan(t.Context(), src, dataset.ScanOptions{Columns: []string{"id"}, Filter: []dataset.Predicate{{Column: "month", Operator: dataset.Less, Value: dataset.NumberValue(3)}}})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "month < 3", got, "4", "5", "6", "7")
	if !slices.Equal(opened, []string{"month=2", "month=1"}) {
		t.Errorf("%q were opened", opened)
	}
}

func TestNames(t *testing.T) {
	dir := tree(t)
	other := write(t, map[string]string{"secret.csv": "id,name\n0,s\n"})
	for name, target := range map[string]string{"link.csv": filepath.Join("year=2025", "month=2", "a.csv"), "folder": "year=2025"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		pattern string
		want    []string
	}{
		{"*.csv", []string{"link.csv"}},
		{"**/a.csv", []string{"year=2025/month=12/a.csv", "year=2025/month=2/a.csv"}},
		{"year=2026/**", []string{"month=1/a%20b.csv"}},
		{"**/month=1?/**", []string{"year=2025/month=12/a.csv", "year=2025/month=12/b.csv"}},
		{"year=2025/month=2/a.csv", []string{"a.csv"}},
	} {
		src, err := files.Glob(filepath.Join(dir, c.pattern), opener(memory.DefaultAllocator), files.Options{})
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		if got := src.Names(); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.pattern, got, c.want)
		}
	}
	if err := os.Symlink(filepath.Join(other, "secret.csv"), filepath.Join(dir, "year=2025", "out.csv")); err != nil {
		t.Fatal(err)
	}
	if _, err := files.Dir(filepath.Join(dir, "year=2025"), opener(memory.DefaultAllocator), files.Options{}); err == nil || !strings.Contains(err.Error(), "out.csv") {
		t.Errorf("a link that leads out: got %v", err)
	}
}

func TestSchemasAreChecked(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	dir := write(t, map[string]string{"a.csv": "id,name\n1,a\n", "b.csv": "id,size\n2,0.5\n", "c.csv": "id,name\nx,c\n"})
	for _, c := range []struct {
		pattern string
		o       files.Options
		want    []string
	}{
		{"[ab].csv", files.Options{}, []string{"b.csv", `column "name"`, `column "size"`}},
		{"[ac].csv", files.Options{}, []string{"c.csv", `column "id"`, "type int64", "type utf8"}},
		{"[ac].csv", files.Options{ByName: true}, []string{"source 1", `column "id"`}},
		{"a.csv", files.Options{NameColumn: "id"}, []string{"a.csv", `column "id"`}},
		{"a.csv", files.Options{Partitions: []dataset.Field{{Name: "day"}}}, []string{"a.csv", `column "day"`}},
	} {
		_, err := files.Glob(filepath.Join(dir, c.pattern), opener(mem), c.o)
		if !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%s, %+v: got %v", c.pattern, c.o, err)
			continue
		}
		for _, part := range c.want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: got %q, without %q", c.pattern, err, part)
			}
		}
	}
	src, err := files.Dir(dir, opener(mem), files.Options{TrustFirst: true, Allocator: mem})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rows(t.Context(), src); !errors.Is(err, dataset.ErrSchema) || !strings.Contains(err.Error(), "b.csv") {
		t.Errorf("with TrustFirst: got %v", err)
	}
	united, err := files.Glob(filepath.Join(dir, "[ab].csv"), opener(mem), files.Options{ByName: true, Allocator: mem})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "by name", united, "1 a (null)", "2 (null) 0.5")
}

func TestBadInput(t *testing.T) {
	dir := write(t, map[string]string{"a.csv": "id\n1\n", "b.csv": "id\n2\n", "y=x/c.csv": "id\n3\n"})
	open := opener(memory.DefaultAllocator)
	glob := func(pattern string, o files.Options) error {
		_, err := files.Glob(pattern, open, o)
		return err
	}
	for name, c := range map[string]struct {
		err  error
		want error
	}{
		"no match":    {glob(filepath.Join(dir, "*.parquet"), files.Options{}), fs.ErrNotExist},
		"no folder":   {glob(filepath.Join(dir, "none", "*.csv"), files.Options{}), fs.ErrNotExist},
		"bad pattern": {glob(filepath.Join(dir, "[a"), files.Options{}), path.ErrBadPattern},
		"no pattern":  {glob("", files.Options{}), path.ErrBadPattern},
		"up":          {glob(dir+"/*/../a.csv", files.Options{}), path.ErrBadPattern},
		"too many":    {glob(filepath.Join(dir, "*.csv"), files.Options{MaxFiles: 1}), dataset.ErrLimit},
		"no value":    {glob(filepath.Join(dir, "*/c.csv"), files.Options{Partitions: []dataset.Field{{Name: "y", Type: dataset.Int8}}}), dataset.ErrSchema},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: got %v", name, c.err)
		}
	}
	var option *dataset.OptionError
	for field, o := range map[string]files.Options{
		"MaxFiles": {MaxFiles: -1}, "TrustFirst": {TrustFirst: true, ByName: true}, "Partitions": {Partitions: []dataset.Field{{Name: "y", Type: dataset.Binary}}},
	} {
		if err := glob(filepath.Join(dir, "*.csv"), o); !errors.As(err, &option) || option.Field != "files.Options."+field {
			t.Errorf("%s: got %v", field, err)
		}
	}
	failed := errors.New("cannot open")
	if _, err := files.Dir(dir, func(string) (dataset.Source, error) { return nil, failed }, files.Options{}); !errors.Is(err, failed) || !strings.Contains(err.Error(), "a.csv") {
		t.Errorf("a file that cannot be opened: got %v", err)
	}
	src, err := files.Dir(dir, open, files.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "b.csv"), []byte("id\n2,3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := rows(t.Context(), src); !errors.Is(err, dataset.ErrFormat) || !strings.Contains(err.Error(), "b.csv") {
		t.Errorf("a file that was damaged: got %v", err)
	}
}

// closed is a source that must be closed.
type closed struct {
	dataset.Source
	open *int
}

func (c closed) Close() error { *c.open--; return nil }

func TestOneFileIsOpenAtATime(t *testing.T) {
	dir, open, most := tree(t), 0, 0
	src, err := files.Glob(filepath.Join(dir, "**", "*.csv"), func(p string) (dataset.Source, error) {
		src, err := csv.Open(p, csv.Options{})
		open++
		most = max(most, open)
		return closed{src, &open}, err
	}, files.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rows(t.Context(), src); err != nil || open != 0 || most != 1 {
		t.Errorf("%d are open, %d were at once, %v", open, most, err)
	}
}

func TestFilesAreASource(t *testing.T) {
	dir := tree(t)
	datasettest.TestSource(t, datasettest.SourceTraits{Rows: 8}, func(mem memory.Allocator) (dataset.Source, error) {
		return files.Dir(dir, func(p string) (dataset.Source, error) {
			if filepath.Base(p) == "notes.txt" {
				return csv.NewSource(strings.NewReader("id,name\n"), csv.Options{Allocator: mem, Types: map[string]dataset.Type{"id": dataset.Int64}})
			}
			return opener(mem)(p)
		}, files.Options{NameColumn: "file", Allocator: mem})
	})
}
