package libsvm_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/datasettest"
	"github.com/tidewheel/tidewheel/dataset/libsvm"
	"github.com/tidewheel/tidewheel/internal/alloc"
)

func columnsOf(s *dataset.Schema) string {
	var list []string
	for _, f := range s.Fields() {
		c := f.Name + " " + string(f.Type)
		if f.Nullable {
			c += "?"
		}
		list = append(list, c)
	}
	return strings.Join(list, ",")
}

// numbers returns every column as numbers by its name.
func numbers(src dataset.Source) (map[string][]float64, error) {
	out := map[string][]float64{}
	for b, err := range src.Batches(context.Background()) {
		if err != nil {
			return nil, err
		}
		for j, name := range b.Schema().Names() {
			more := make([]float64, b.NumRows())
			if err := dataset.Float64s(b.Column(j), more); err != nil {
				return nil, err
			}
			out[name] = append(out[name], more...)
		}
	}
	return out, nil
}

func read(text string, o libsvm.Options) (string, map[string][]float64, error) {
	src, err := libsvm.NewSource(strings.NewReader(text), o)
	if err != nil {
		return "", nil, err
	}
	columns, err := numbers(src)
	return columnsOf(src.Schema()), columns, err
}

// TestEdgeCasesAreThoseOfScikitLearn compares with what load_svmlight_file of scikit-learn 1.9.1 made of the same texts (testdata/gen/edge.py), to the bit.
func TestEdgeCasesAreThoseOfScikitLearn(t *testing.T) {
	own := map[string]string{ // where ours is another, and why
		"no groups in some lines": "refused: which group a row is of would be a guess",
		"empty":                   "a dataset without rows, as an empty file of JSON lines is",
		"labels alone":            "no feature, where scikit-learn makes one of zeros",
	}
	raw, err := os.ReadFile("testdata/edge.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name, Text string
		Sklearn    *struct {
			Labels []string
			Groups []float64
			Rows   [][]string
		}
	}
	if err := json.Unmarshal(raw, &cases); err != nil || len(cases) < 20 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, c := range cases {
		src, err := libsvm.NewSource(strings.NewReader(c.Text), libsvm.Options{BatchRows: 7})
		var got map[string][]float64
		if err == nil {
			got, err = numbers(src)
		}
		if (err != nil) != (c.Sklearn == nil) {
			if own[c.Name] == "" {
				t.Errorf("%s: got %v, scikit-learn read it: %v", c.Name, err, c.Sklearn != nil)
			}
			continue
		}
		if facts := new(dataset.FormatError); err != nil && (!errors.As(err, &facts) || facts.Line == 0) {
			t.Errorf("%s: error without a line: %v", c.Name, err)
		}
		if err != nil {
			continue
		}
		features := src.Schema().Names()[1:]
		if len(c.Sklearn.Groups) > 0 {
			features = features[1:]
		}
		for i, row := range c.Sklearn.Rows {
			if len(row) != len(features) {
				if own[c.Name] != "" {
					break
				}
				t.Fatalf("%s: %d features, want %d", c.Name, len(features), len(row))
			}
			for j, text := range append([]string{c.Sklearn.Labels[i]}, row...) {
				name := "label"
				if j > 0 {
					name = features[j-1]
				}
				want, err := strconv.ParseFloat(text, 64)
				if v := got[name][i]; err != nil || math.Float64bits(v) != math.Float64bits(want) && !(v == want && v == 0) && !(math.IsNaN(v) && math.IsNaN(want)) {
					t.Errorf("%s: row %d, %s: got %v, want %s", c.Name, i, name, v, text)
				}
			}
		}
		if len(c.Sklearn.Groups) > 0 && !reflect.DeepEqual(got["qid"], c.Sklearn.Groups) {
			t.Errorf("%s: groups %v, want %v", c.Name, got["qid"], c.Sklearn.Groups)
		}
	}
}

func TestColumns(t *testing.T) {
	for _, c := range []struct {
		name, text, columns string
		o                   libsvm.Options
	}{
		{"from one", "1 2:1\n", "label int64,f1 float64,f2 float64", libsvm.Options{}},
		{"from zero", "1 2:1\n0 0:1\n", "label int64,f0 float64,f1 float64,f2 float64", libsvm.Options{}},
		{"zero said", "1.5 1:1\n", "label float64,f0 float64,f1 float64", libsvm.Options{Base: libsvm.ZeroBased}},
		{"number said", "1 qid:3 1:1\n", "label int64,qid int64,f1 float64,f2 float64,f3 float64", libsvm.Options{Features: 3}},
		{"number said, from zero", "1 2:1\n", "label int64,f0 float64,f1 float64,f2 float64", libsvm.Options{Features: 3, Base: libsvm.ZeroBased}},
		{"nulls", "1 2:1\n", "label int64,f1 float64?,f2 float64?", libsvm.Options{AbsentNull: true}},
		{"large labels", "9223372036854775808 1:1\n", "label float64,f1 float64", libsvm.Options{}},
		{"empty", "", "label int64", libsvm.Options{}},
	} {
		if columns, _, err := read(c.text, c.o); err != nil || columns != c.columns {
			t.Errorf("%s: got %s, %v", c.name, columns, err)
		}
	}
	_, got, err := read("1 2:5\n0\n", libsvm.Options{AbsentNull: true})
	if err != nil || !math.IsNaN(got["f1"][0]) || got["f2"][0] != 5 || !math.IsNaN(got["f2"][1]) {
		t.Errorf("absent as null: got %v, %v", got, err)
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name, text string
		o          libsvm.Options
		is         error
		says       string
	}{
		{"too many features", "1 1:1\n1 4:1\n", libsvm.Options{Features: 3}, dataset.ErrFormat, "at most 3 features"},
		{"too many, when all is known", "1 3:1\n1 0:1\n", libsvm.Options{Features: 3}, dataset.ErrFormat, "at most 3 features"},
		{"too many, from zero", "1 3:1\n", libsvm.Options{Features: 3, Base: libsvm.ZeroBased}, dataset.ErrFormat, "line 1"},
		{"zero in one-based text", "1 1:1\n1 0:1\n", libsvm.Options{Base: libsvm.OneBased}, dataset.ErrFormat, "line 2"},
		{"columns", "1 1:1\n1 2147483647:1\n", libsvm.Options{}, dataset.ErrLimit, "line 2"},
		{"columns of another number", "1 100:1\n", libsvm.Options{MaxColumns: 100}, dataset.ErrLimit, "100 columns"},
		{"an index beyond int32", "1 99999999999:1\n", libsvm.Options{}, dataset.ErrFormat, "line 1"},
		{"a long line", "1 1:1\n1 " + strings.Repeat("x", 300), libsvm.Options{MaxLineBytes: 200}, dataset.ErrLimit, "line 2"},
		{"several labels", "1,3 1:1\n", libsvm.Options{}, dataset.ErrFormat, "one label"},
		{"a weight", "1:2 1:1\n", libsvm.Options{}, dataset.ErrFormat, "colon"},
		{"a group late", "1 1:1 qid:1\n", libsvm.Options{}, dataset.ErrFormat, "qid"},
		{"a group twice", "1 qid:1 qid:1\n", libsvm.Options{}, dataset.ErrFormat, "qid"},
		{"a group of text", "1 qid:a\n", libsvm.Options{}, dataset.ErrFormat, "qid"},
		{"NUL", "1 1:\x00\n", libsvm.Options{}, dataset.ErrFormat, "line 1"},
	} {
		if _, _, err := read(c.text, c.o); !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: error is %v", c.name, err)
		}
	}
	_, err := libsvm.NewSource(strings.NewReader(""), libsvm.Options{MaxLineBytes: -1, MaxColumns: -1, BatchRows: -1, Features: -1, Base: 9})
	for _, field := range []string{"MaxLineBytes", "MaxColumns", "BatchRows", "Features", "Base"} {
		if err == nil || !strings.Contains(err.Error(), "libsvm.Options."+field) {
			t.Errorf("%s: error is %v", field, err)
		}
	}
	if _, err := libsvm.NewSource(io.MultiReader(), libsvm.Options{}); err == nil {
		t.Error("a reader that cannot seek and no schema: no error")
	}
	if _, err := libsvm.Open(filepath.Join(t.TempDir(), "none"), libsvm.Options{Schema: schema(t, dataset.Field{Name: "label", Type: dataset.Int64})}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func schema(t *testing.T, fields ...dataset.Field) *dataset.Schema {
	t.Helper()
	s, err := dataset.NewSchema(fields...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestGivenSchema(t *testing.T) {
	s := schema(t, dataset.Field{Name: "f2", Type: dataset.Float64}, dataset.Field{Name: "label", Type: dataset.Dictionary})
	columns, got, err := read("1 1:1 2:7\n0 9:1\n", libsvm.Options{Schema: schema(t, dataset.Field{Name: "f2", Type: dataset.Float64}, dataset.Field{Name: "label", Type: dataset.Int8})})
	if err != nil || columns != "f2 float64,label int8" || !reflect.DeepEqual(got["f2"], []float64{7, 0}) {
		t.Errorf("got %s, %v, %v", columns, got, err)
	}
	if _, err := libsvm.NewSource(strings.NewReader("1 1:1\n"), libsvm.Options{Schema: s}); err != nil {
		t.Error(err)
	}
	for _, f := range []dataset.Field{
		{Name: "g", Type: dataset.Float64}, {Name: "f01", Type: dataset.Float64}, {Name: "f1", Type: dataset.Int64}, {Name: "f2000000", Type: dataset.Float64}, {Name: "label", Type: dataset.Binary},
	} {
		if _, err := libsvm.NewSource(strings.NewReader(""), libsvm.Options{Schema: schema(t, f)}); !errors.Is(err, dataset.ErrSchema) && !errors.Is(err, dataset.ErrLimit) {
			t.Errorf("%s %s: error is %v", f.Name, f.Type, err)
		}
	}
	if _, err := libsvm.NewSource(strings.NewReader(""), libsvm.Options{Schema: s, Features: 2}); err == nil {
		t.Error("a schema and a number of features: no error")
	}
	if _, _, err := read("300 1:1\n", libsvm.Options{Schema: schema(t, dataset.Field{Name: "label", Type: dataset.Int8})}); !errors.Is(err, dataset.ErrFormat) {
		t.Errorf("a label too large: %v", err)
	}
	if _, _, err := read("3 1:1\n", libsvm.Options{Schema: schema(t, dataset.Field{Name: "qid", Type: dataset.Int64})}); !errors.Is(err, dataset.ErrFormat) {
		t.Errorf("no group: %v", err)
	}
}

func TestSourcesKeepTheirPromises(t *testing.T) {
	var text strings.Builder
	for i := range 50 {
		fmt.Fprintf(&text, "%d qid:%d 1:%d %d:0.5\n", i%3, i/7, i, 2+i%5)
	}
	path := filepath.Join(t.TempDir(), "a.libsvm")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Run("file", func(t *testing.T) {
		datasettest.TestSource(t, datasettest.SourceTraits{Rows: 50}, func(mem memory.Allocator) (dataset.Source, error) {
			return libsvm.Open(path, libsvm.Options{BatchRows: 8, Allocator: mem})
		})
	})
	t.Run("nulls", func(t *testing.T) {
		datasettest.TestSource(t, datasettest.SourceTraits{Rows: 50}, func(mem memory.Allocator) (dataset.Source, error) {
			return libsvm.Open(path, libsvm.Options{BatchRows: 9, AbsentNull: true, Allocator: mem})
		})
	})
	t.Run("reader", func(t *testing.T) {
		s := schema(t, dataset.Field{Name: "label", Type: dataset.Float32}, dataset.Field{Name: "f3", Type: dataset.Float64})
		datasettest.TestSource(t, datasettest.SourceTraits{Rows: 50, OneShot: true}, func(mem memory.Allocator) (dataset.Source, error) {
			return libsvm.NewSource(io.MultiReader(strings.NewReader(text.String())), libsvm.Options{Schema: s, BatchRows: 8, Allocator: mem})
		})
	})
}

// Public data: LightGBM's ranking example, whose totals are those of load_svmlight_file of scikit-learn 1.9.1 (testdata/gen/public.py).
func TestRankingSetsAreReadAsScikitLearnDoes(t *testing.T) {
	dir := os.Getenv("TIDEWHEEL_DATA")
	if dir == "" {
		t.Skip("want TIDEWHEEL_DATA")
	}
	raw, err := os.ReadFile("testdata/public.json")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]struct {
		Rows, Features int
		Labels, Sum    float64
		Columns        []float64
	}
	if err := json.Unmarshal(raw, &want); err != nil || len(want) != 2 {
		t.Fatalf("%v, %v", want, err)
	}
	for name, w := range want {
		src, err := libsvm.Open(filepath.Join(dir, "lambdarank", name), libsvm.Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := numbers(src)
		if err != nil {
			t.Fatal(err)
		}
		features := src.Schema().Names()[1:]
		if len(got["label"]) != w.Rows || len(features) != w.Features {
			t.Errorf("%s: %d rows and %d features, want %d and %d", name, len(got["label"]), len(features), w.Rows, w.Features)
			continue
		}
		labels := 0.0
		for _, v := range got["label"] {
			labels += v
		}
		if labels != w.Labels {
			t.Errorf("%s: labels add up to %v, want %v", name, labels, w.Labels)
		}
		for j, f := range features {
			sum := 0.0
			for _, v := range got[f] {
				sum += v // in the order of the rows, as the script does
			}
			if sum != w.Columns[j] {
				t.Errorf("%s: %s adds up to %v, want %v", name, f, sum, w.Columns[j])
			}
		}
	}
}

func FuzzSource(f *testing.F) {
	for _, seed := range []string{"1 1:0.5 3:2\n-1 2:1 # x\n", "0 qid:1 0:1\n1 qid:2 5:nan\n", "1,2 3:1", "1 2147483647:1", "+1.5e3 1:1\r\n\r\n# c\n", "\xff\xfe1\x00 \x001\x00:\x001\x00"} {
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(t *testing.T, text []byte, absent bool) {
		mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
		defer mem.AssertSize(t, 0)
		var src *libsvm.Source
		var first map[string][]float64
		var err error
		if over := alloc.Bound(4<<20+8*70*len(text)+2000*len(text), func() {
			src, err = libsvm.NewSource(strings.NewReader(string(text)), libsvm.Options{MaxColumns: 64, MaxLineBytes: 1 << 12, BatchRows: 3, AbsentNull: absent, Allocator: mem})
			if err == nil {
				first, err = numbers(src)
			}
		}); over != nil {
			t.Fatal(over)
		}
		if src == nil {
			return
		}
		if err != nil {
			t.Fatalf("the inferred schema does not read: %v", err)
		}
		path := filepath.Join(t.TempDir(), "a")
		sink, err := libsvm.Create(path, src.Schema(), libsvm.WriteOptions{AbsentNull: absent})
		if err != nil {
			t.Fatal(err)
		}
		defer sink.Close()
		if _, err := dataset.Copy(t.Context(), sink, src); err != nil {
			t.Fatalf("what was read is not written: %v", err)
		}
		back, err := libsvm.Open(path, libsvm.Options{Schema: src.Schema(), AbsentNull: absent})
		if err != nil {
			t.Fatal(err)
		}
		second, err := numbers(back)
		if err != nil || len(first) != len(second) {
			t.Fatalf("reads back as %v, want %v (%v)", second, first, err)
		}
		for name, v := range first {
			for i := range v {
				if math.Float64bits(v[i]) != math.Float64bits(second[name][i]) && !(math.IsNaN(v[i]) && math.IsNaN(second[name][i])) {
					t.Fatalf("%s reads back as %v, want %v", name, second[name], v)
				}
			}
		}
	})
}

func TestMarksAndLineEnds(t *testing.T) {
	for name, text := range map[string]string{"UTF-8": "\ufeff1 1:2\r\n0 1:3\n", "UTF-16": "\xff\xfe1\x00 \x001\x00:\x002\x00\r\x00\n\x000\x00 \x001\x00:\x003\x00"} {
		if columns, got, err := read(text, libsvm.Options{}); err != nil || columns != "label int64,f1 float64" || !reflect.DeepEqual(got["f1"], []float64{2, 3}) {
			t.Errorf("%s: got %s, %v, %v", name, columns, got, err)
		}
	}
}
