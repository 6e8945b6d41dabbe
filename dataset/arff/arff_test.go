package arff_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/arff"
	"github.com/tidewheel/tidewheel/dataset/datasettest"
	"github.com/tidewheel/tidewheel/internal/alloc"
)

const head = "@relation r\n@attribute n numeric\n@attribute c {a,b}\n@attribute i integer\n@attribute s string\n@data\n"

// cells returns every cell as text, null as nil: numbers as the shortest float64, dates and times with microseconds.
func cells(src dataset.Source) (rows [][]any, err error) {
	for b, err := range src.Batches(context.Background()) {
		if err != nil {
			return nil, err
		}
		for i := range b.NumRows() {
			row := make([]any, b.Schema().Len())
			for j := range row {
				if c := b.Column(j); c.IsValid(i) {
					row[j] = cell(c, i)
				}
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}

func cell(c arrow.Array, i int) any {
	if texts, err := dataset.NewTexts(c); err == nil {
		return texts.Value(i)
	}
	switch c := c.(type) {
	case *array.Date32:
		return c.Value(i).ToTime().Format("2006-01-02T15:04:05.000000")
	case *array.Timestamp:
		return time.UnixMicro(int64(c.Value(i))).UTC().Format("2006-01-02T15:04:05.000000")
	}
	v, err := dataset.Float64At(c, i)
	if err != nil {
		return err
	}
	return v
}

func read(text string, o arff.Options) (*dataset.Schema, [][]any, error) {
	src, err := arff.NewSource(strings.NewReader(text), o)
	if err != nil {
		return nil, nil, err
	}
	rows, err := cells(src)
	return src.Schema(), rows, err
}

// TestEdgeCasesAreThoseOfScipyOrLiac compares with what scipy 1.17.1 and liac-arff 2.5.0 made of the same texts (testdata/gen/edge.py). Where ours is neither's the reason is here.
func TestEdgeCasesAreThoseOfScipyOrLiac(t *testing.T) {
	own := map[string]string{
		"a zone":               "read, which neither can",
		"the same value twice": "refused: a category is one",
	}
	raw, err := os.ReadFile("testdata/edge.json")
	if err != nil {
		t.Fatal(err)
	}
	type table struct {
		Names []string
		Rows  [][]any
	}
	var cases []struct {
		Name, Text  string
		Scipy, Liac *table
	}
	if err := json.Unmarshal(raw, &cases); err != nil || len(cases) < 40 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, c := range cases {
		s, rows, err := read(c.Text, arff.Options{BatchRows: 2})
		like := func(peer *table) bool {
			if peer == nil || err != nil {
				return peer == nil && err != nil
			}
			if !reflect.DeepEqual(s.Names(), peer.Names) || len(rows) != len(peer.Rows) {
				return false
			}
			for i, row := range peer.Rows {
				for j, v := range row {
					if text, ok := v.(string); ok && s.Field(j).Type.IsNumeric() && s.Field(j).Type.Class() < dataset.ClassDate {
						f, err := strconv.ParseFloat(text, 64)
						if err != nil {
							return false
						}
						v = f
					}
					if rows[i][j] != v {
						return false
					}
				}
			}
			return true
		}
		_, different := own[c.Name]
		if same := like(c.Scipy) || like(c.Liac); same == different {
			t.Errorf("%s: got %v, %v; scipy %v, liac %v", c.Name, rows, err, c.Scipy, c.Liac)
		}
	}
}

func TestColumnsAreThoseOfTheHeader(t *testing.T) {
	s, rows, err := read("@relation r\n@attribute r real\n@attribute c {'b b', a } % two\n@attribute i INTEGER\n@attribute s String\n@attribute d date 'yyyy-MM-dd'\n@attribute t date\n"+
		"@attribute z date \"MMM d yyyy h:mm a X\"\n@data\n1,a,2,x,1970-01-02,1970-01-01T00:00:01,'Jan 2 1970 12:30 PM +01:30'\n", arff.Options{})
	var got []string
	for _, f := range s.Fields() {
		got = append(got, fmt.Sprintf("%s %s %v %v", f.Name, f.Type, f.Nullable, f.OneOf))
	}
	want := "r float64 true [];c dictionary true [b b a];i int64 true [];s utf8 true [];d date32 true [];t timestamp[us] true [];z timestamp[us,UTC] true []"
	if strings.Join(got, ";") != want || err != nil {
		t.Errorf("got %v, %v", strings.Join(got, ";"), err)
	}
	if text := fmt.Sprint(rows); text != "[[1 a 2 x 1970-01-02T00:00:00.000000 1970-01-01T00:00:01.000000 1970-01-02T11:00:00.000000]]" {
		t.Errorf("got %v", text)
	}
}

func TestDates(t *testing.T) {
	for _, c := range []struct{ format, text, want string }{
		{"yyyyMMdd", "20240229", "2024-02-29T00:00:00.000000"},
		{"yyyyMMddHHmmss", "20240229123456", "2024-02-29T12:34:56.000000"},
		{"d.M.yyyy HH:mm:ss.SSS", "1.2.2024 03:04:05.678", "2024-02-01T03:04:05.678000"},
		{"yyyy'year''s'", "2024year's", ""},
		{"yyyy''", "2024'", "2024-01-01T00:00:00.000000"},
		{"HH:mm", "25:00", ""},
		{"h a", "0 AM", ""},
		{"h a", "12 am", "1970-01-01T00:00:00.000000"},
		{"MMM", "foo", ""},
		{"a", "x", ""},
		{"yyyy", "", ""},
		{"yyyy", "2024x", ""},
		{"yyyy-MM", "2024-13", ""},
		{"SSS", "1234", ""},
		{"yyyy z", "2024 GMT", "2024-01-01T00:00:00.000000"},
		{"yyyy z", "2024 UTC", "2024-01-01T00:00:00.000000"},
		{"yyyy Z", "2024 -0130", "2024-01-01T01:30:00.000000"},
		{"yyyy Z", "2024 0130", ""},
		{"yyyy Z", "2024 +9999", ""},
	} {
		_, rows, err := read("@attribute d date \""+c.format+"\"\n@data\n\""+c.text+"\"\n", arff.Options{})
		if c.want == "" {
			if !errors.Is(err, dataset.ErrFormat) {
				t.Errorf("%s of %s: got %v, %v", c.text, c.format, rows, err)
			}
		} else if err != nil || rows[0][0] != c.want {
			t.Errorf("%s of %s: got %v, %v, want %s", c.text, c.format, rows, err, c.want)
		}
	}
	for _, format := range []string{"yyyy-ww", "EEE", "MMMM", "yyyy'T"} {
		if _, _, err := read("@attribute d date \""+format+"\"\n@data\n", arff.Options{}); !errors.Is(err, dataset.ErrUnsupported) {
			t.Errorf("%s: error is %v", format, err)
		}
	}
}

func TestMalformedTextIsRefusedWithItsLine(t *testing.T) {
	for name, text := range map[string]string{
		"missing value": "1,a,,x\n", "text behind a quote": "1,'a'b,2,x\n", "fraction": "1,a,1.5,x\n", "hex": "0x10,a,1,x\n", "beyond float64": "1e999,a,1,x\n",
		"open sparse row": "{0 1\n", "sparse text": "{x 1}\n", "sparse without a value": "{0}\n", "sparse twice": "{0 1,0 1}\n", "sparse comma": "{0 1 2 3}\n", "text behind a sparse row": "{0 1} 2\n",
		"a weight": "1,a,2,x,{3}\n", "a sparse weight": "{0 1},{3}\n", "not UTF-8": "1,a,2,\xff\n", "NUL": "1,a,2,x\x00\n", "large attribute": "{99999999999999999999 1}\n", "open quote": "1,a,2,\"x\n",
		"sparse open quote": "{3 'x}\n", "sparse other value": "{1 z}\n",
	} {
		_, _, err := read(head+"1,a,2,x\n"+text, arff.Options{})
		if facts := new(dataset.FormatError); !errors.As(err, &facts) || facts.Line != 8 {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	for name, text := range map[string]string{
		"text": "hello\n", "data in the header": "@attribute n real\n1\n", "no name": "@attribute\n@data\n", "no type": "@attribute n\n@data\n", "open name": "@attribute 'n real\n@data\n",
		"more behind a type": "@attribute n real real\n@data\n", "open values": "@attribute n {a\n@data\n", "no values": "@attribute n {}\n@data\n", "behind values": "@attribute n {a} b\n@data\n",
		"no comma": "@attribute n {'a' 'b'}\n@data\n", "open date": "@attribute n date 'x\n@data\n", "weighted attribute": "@attribute n real {0.5}\n@data\n", "data and more": "@attribute n real\n@data 1\n",
	} {
		_, _, err := read(text, arff.Options{})
		if facts := new(dataset.FormatError); !errors.As(err, &facts) || facts.Line == 0 {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	for name, o := range map[string]arff.Options{"columns": {MaxColumns: 2}, "line": {MaxLineBytes: 10}} {
		if _, _, err := read(head, o); !errors.Is(err, dataset.ErrLimit) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	_, err := arff.NewSource(strings.NewReader(head), arff.Options{MaxLineBytes: -1, MaxColumns: -1, BatchRows: -1})
	for _, field := range []string{"MaxLineBytes", "MaxColumns", "BatchRows"} {
		if err == nil || !strings.Contains(err.Error(), "arff.Options."+field) {
			t.Errorf("%s: error is %v", field, err)
		}
	}
	if _, err := arff.NewSource(io.MultiReader(), arff.Options{}); err == nil {
		t.Error("a reader that cannot seek and no schema: no error")
	}
	if _, err := arff.Open(filepath.Join(t.TempDir(), "none"), arff.Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestWeights(t *testing.T) {
	s, rows, err := read(head+"1,a,2,x,{2.5}\n{0 1},{3}\n{}\n2,b,3,y\n", arff.Options{Weight: "w"})
	if err != nil || s.Field(4).Role != dataset.Weight || fmt.Sprint(rows) != "[[1 a 2 x 2.5] [1 a 0 <nil> 3] [0 a 0 <nil> 1] [2 b 3 y 1]]" {
		t.Errorf("got %v, %v", rows, err)
	}
	for _, row := range []string{"1,a,2,x,{y}\n", "1,a,2,x,{3\n"} {
		if _, _, err := read(head+row, arff.Options{Weight: "w"}); !errors.Is(err, dataset.ErrFormat) {
			t.Errorf("%s: error is %v", row, err)
		}
	}
	if _, _, err := read(head, arff.Options{Weight: "n"}); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("a weight that is an attribute: %v", err)
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
	s := schema(t, dataset.Field{Name: "i", Type: dataset.Float32}, dataset.Field{Name: "c", Type: dataset.Utf8})
	if _, rows, err := read(head+"x,a,1.5,x\n{2 3}\n", arff.Options{Schema: s}); err != nil || fmt.Sprint(rows) != "[[1.5 a] [3 a]]" {
		t.Errorf("got %v, %v", rows, err)
	}
	for _, f := range []dataset.Field{{Name: "x", Type: dataset.Int64}, {Name: "n", Type: dataset.Binary}} {
		if _, _, err := read(head, arff.Options{Schema: schema(t, f)}); !errors.Is(err, dataset.ErrSchema) && !errors.Is(err, dataset.ErrUnsupported) {
			t.Errorf("%s: error is %v", f.Name, err)
		}
	}
	d := schema(t, dataset.Field{Name: "d", Type: dataset.Utf8})
	if _, rows, err := read("@attribute d date 'dd/MM/yyyy'\n@data\n01/02/2024\n", arff.Options{Schema: d}); err != nil || rows[0][0] != "01/02/2024" {
		t.Errorf("a date as text: got %v, %v", rows, err)
	}
}

func TestSourcesKeepTheirPromises(t *testing.T) {
	text := strings.Builder{}
	text.WriteString(head)
	for i := range 50 {
		fmt.Fprintf(&text, "%d,%s,%d,'row %d'\n", i, []string{"a", "b", "?"}[i%3], i, i)
	}
	path := filepath.Join(t.TempDir(), "a.arff")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Run("file", func(t *testing.T) {
		datasettest.TestSource(t, datasettest.SourceTraits{Rows: 50}, func(mem memory.Allocator) (dataset.Source, error) {
			return arff.Open(path, arff.Options{BatchRows: 8, Allocator: mem})
		})
	})
	t.Run("reader", func(t *testing.T) {
		s := schema(t, dataset.Field{Name: "s", Type: dataset.Utf8, Nullable: true}, dataset.Field{Name: "n", Type: dataset.Float64})
		datasettest.TestSource(t, datasettest.SourceTraits{Rows: 50, OneShot: true}, func(mem memory.Allocator) (dataset.Source, error) {
			return arff.NewSource(io.MultiReader(strings.NewReader(text.String())), arff.Options{Schema: s, BatchRows: 8, Allocator: mem})
		})
	})
}

func FuzzSource(f *testing.F) {
	for _, row := range []string{"1,a,2,x\n?,?,?,?\n", "{0 1,3 'a\\u00e9'}\n{}\n", "1 b 3 y\n", "1,'a',2,\"q\\\"\"\n", "1,a,2,x,{2}\n"} {
		f.Add([]byte(head + row))
	}
	f.Add([]byte("@relation r\n@attribute d date \"yyyy-MM-dd'T'HH:mm:ss.SSS Z\"\n@data\n2024-02-29T00:00:00.001 +0100\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
		defer mem.AssertSize(t, 0)
		var first, second [][]any
		var err error
		if over := alloc.Bound(8<<20+4000*len(text), func() {
			var src *arff.Source
			src, err = arff.NewSource(strings.NewReader(string(text)), arff.Options{MaxColumns: 64, MaxLineBytes: 1 << 12, BatchRows: 3, Weight: "weight", Allocator: mem})
			if err != nil {
				return
			}
			if first, err = cells(src); err == nil {
				second, err = cells(src)
			}
		}); over != nil {
			t.Fatal(over)
		}
		known := false
		for _, is := range []error{dataset.ErrFormat, dataset.ErrSchema, dataset.ErrLimit, dataset.ErrUnsupported} {
			known = known || errors.Is(err, is)
		}
		if err != nil && !known {
			t.Fatalf("an error of no kind: %v", err)
		}
		if err == nil && !reflect.DeepEqual(first, second) {
			t.Fatalf("a second range gives %v, want %v", second, first)
		}
	})
}

func TestMarksAndLineEnds(t *testing.T) {
	text := "@attribute n real\r\n@data\n1\r\n2\n"
	wide := []byte("\xff\xfe")
	for i := range len(text) {
		wide = append(wide, text[i], 0)
	}
	for name, text := range map[string]string{"UTF-8": "\ufeff" + text, "UTF-16": string(wide)} {
		if _, rows, err := read(text, arff.Options{}); err != nil || fmt.Sprint(rows) != "[[1] [2]]" {
			t.Errorf("%s: got %v, %v", name, rows, err)
		}
	}
}
