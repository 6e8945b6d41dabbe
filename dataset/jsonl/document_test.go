package jsonl_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/datasettest"
	"github.com/tidewheel/tidewheel/dataset/jsonl"
	"github.com/tidewheel/tidewheel/internal/alloc"
)

func TestRecordsOfADocument(t *testing.T) {
	const want = "a int64,b utf8?"
	rows := [][]string{{"1", "x]"}, {"2", "∅"}}
	for name, c := range map[string]struct{ text, records string }{
		"lines":             {"{\"a\":1,\"b\":\"x]\"}\n{\"a\":2}\n", ""},
		"an array":          {`[{"a":1,"b":"x]"},{"a":2}]`, ""},
		"lines of an array": {"\ufeff \n[\n  {\n    \"a\": 1,\n    \"b\": \"x]\"\n  },\n  {\"a\": 2}\n]\n\n", ""},
		"objects of lines":  {"{\n \"a\":1,\n \"b\":\"x]\"}\n{\"a\":2}", ""},
		"objects side by side, after one of lines": {"{\"a\":1,\n\"b\":\"x]\"}{\"a\":2} ", ""},
		"below a key":    {`{"data":[{"a":1,"b":"x]"},{"a":2}]}`, "data"},
		"below keys":     {`{"meta":{"n":[1,"]}\""]},"x":-1.5e3,"y":null,"data":{"page":1,"items":[{"a":1,"b":"x]"},{"a":2}],"next":"x\"}"},"end":[[]]}` + "\n", "data.items"},
		"an escaped key": {`{"d\u0061ta":[{"a":1,"b":"x]"},{"a":2}]}`, "data"},
	} {
		for _, r := range []func(string) string{func(s string) string { return s }} {
			columns, got, err := read(r(c.text), jsonl.Options{Records: c.records})
			if err != nil || columns != want || !reflect.DeepEqual(got, rows) {
				t.Errorf("%s: got %s, %v, %v", name, columns, got, err)
			}
		}
	}
	s, err := dataset.NewSchema(dataset.Field{Name: "a", Type: dataset.Int64})
	if err != nil {
		t.Fatal(err)
	}
	src, err := jsonl.NewSource(iotest.OneByteReader(strings.NewReader(`{"d":[ {"a": 1 } , {"a":2,"b":{"c":"\"}"}} ] } `)), jsonl.Options{Schema: s, Records: "d"})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := cells(src); err != nil || fmt.Sprint(got) != "[[1] [2]]" {
		t.Errorf("in pieces: got %v, %v", got, err)
	}
	for text, records := range map[string]string{"": "data", "[]": "", `{"data":[]}`: "data", " [ ] ": ""} {
		if columns, got, err := read(text, jsonl.Options{Records: records}); err != nil || columns != "" || len(got) > 0 {
			t.Errorf("%s: got %s, %v, %v", text, columns, got, err)
		}
	}
	if _, got, err := read(`{"data":{"a":1},"b":2}`, jsonl.Options{Records: "data"}); err != nil || fmt.Sprint(got) != "[[1]]" {
		t.Errorf("one object: got %v, %v", got, err)
	}
}

func TestMalformedDocumentsAreRefusedWithTheirLine(t *testing.T) {
	for name, c := range map[string]struct {
		text, records string
		line          int64
	}{
		"no comma":                  {"[{\"a\":1}\n{\"a\":2}]", "", 2},
		"no end":                    {"[{\"a\":1}\n,{\"a\":2}\n", "", 3},
		"a comma at the end":        {"[{\"a\":1}\n,]", "", 2},
		"a number in the array":     {"[\n1]", "", 2},
		"an array in the array":     {"[\n[{}]]", "", 2},
		"more behind":               {"[{\"a\":1}]\n[{\"a\":2}]", "", 2},
		"an open record":            {"[{\"a\":1},\n{\"a\":2", "", 2},
		"a fault within a record":   {"[{\"a\":1},\n{\"a\":2,\n\"b\" 3}]", "", 3},
		"brackets that do not pair": {"[{\"a\":[1}}]", "", 1},
		"no object":                 {"\n1", "data", 2},
		"no brace at the end":       {"{\"data\":[{\"a\":1}]\n", "data", 2},
		"no comma behind":           {"{\"data\":[{\"a\":1}]\n\"x\":1}", "data", 2},
		"no key":                    {"{\n1:2}", "data", 2},
		"no colon":                  {"{\"x\"\n1}", "data", 2},
		"no value":                  {"{\"x\":\n}", "data", 2},
		"a value cut":               {"{\"x\":1", "data", 1},
		"a string cut":              {"{\"x\":\"1", "data", 1},
		"a number below the path":   {"{\"data\":\n1}", "data", 2},
		"a bad key":                 {"{\"\\x\":1}", "data", 1},
		"twice":                     {"{\"data\":[{\"a\":1}]}\n{\"data\":[]}", "data", 2},
	} {
		_, _, err := read(c.text, jsonl.Options{Records: c.records})
		if facts := new(dataset.FormatError); !errors.As(err, &facts) || facts.Line != c.line {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	if _, _, err := read(`{"x":{"items":[]}}`, jsonl.Options{Records: "x.rows"}); !errors.Is(err, dataset.ErrSchema) || !strings.Contains(err.Error(), "part 2") {
		t.Errorf("no such key: %v", err)
	}
	deep := `[{"a":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + "}]"
	for name, o := range map[string]jsonl.Options{"record": {MaxLineBytes: 100}, "depth": {MaxDepth: 64}} {
		if _, _, err := read(deep, o); !errors.Is(err, dataset.ErrLimit) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	if _, _, err := read(strings.Repeat(`{"a":`, 200)+"1"+strings.Repeat("}", 200), jsonl.Options{Nested: jsonl.NestedColumns}); !errors.Is(err, dataset.ErrLimit) {
		t.Errorf("depth of columns: %v", err)
	}
	if _, _, err := read("", jsonl.Options{Nested: 7}); err == nil || !strings.Contains(err.Error(), "jsonl.Options.Nested") {
		t.Errorf("Nested: %v", err)
	}
}

func TestNestedColumns(t *testing.T) {
	text := `{"id":1,"user":{"name":"Ada","tags":["x","y"],"at":{"lat":1.5}},"scores":[1,2],"mixed":[1,"x"],"deep":[[1]],"o":{}}
{"id":2,"user":{"name":null,"tags":[],"at":null},"scores":[3,null,0.5],"mixed":[],"o":null}
{"id":3,"user":null,"flags":[true,false],"empty":[]}
`
	columns, got, err := read(text, jsonl.Options{Nested: jsonl.NestedColumns})
	want := "id int64,user.name utf8?,user.tags list<utf8>?,user.at.lat float64?,scores list<float64>?,mixed json?,deep json?,o utf8?,flags list<bool>?,empty json?"
	if err != nil || columns != want {
		t.Errorf("got %s, %v", columns, err)
	}
	wantRows := `[[1 Ada ["x","y"] 1.5 [1,2] [1,"x"] [[1]] ∅ ∅ ∅] [2 ∅ [] ∅ [3,null,0.5] [] ∅ ∅ ∅ ∅] [3 ∅ ∅ ∅ ∅ ∅ ∅ ∅ [true,false] []]]`
	if fmt.Sprint(got) != wantRows {
		t.Errorf("got %v", got)
	}
	for name, bad := range map[string]string{"a joined key twice": `{"a.b":1,"a":{"b":2}}`, "a key twice within": `{"a":{"b":1,"b":2}}`, "an open object": `{"a":{"b":1}`} {
		if _, _, err := read(bad, jsonl.Options{Nested: jsonl.NestedColumns}); !errors.Is(err, dataset.ErrFormat) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

func TestListsAndStructs(t *testing.T) {
	typ, err := dataset.ParseType("struct<x:int32,y:list<utf8>,z:struct<d:date32>>")
	if err != nil {
		t.Fatal(err)
	}
	s, err := dataset.NewSchema(
		dataset.Field{Name: "l", Type: dataset.List(dataset.Int8), Nullable: true}, dataset.Field{Name: "f", Type: dataset.FixedSizeList(dataset.Float64, 2), Nullable: true},
		dataset.Field{Name: "s", Type: typ, Nullable: true}, dataset.Field{Name: "n", Type: dataset.List(dataset.List(dataset.Bool)), Nullable: true})
	if err != nil {
		t.Fatal(err)
	}
	text := `{"l":[1,null,"3"],"f":[1,2.5],"s":{"x":1,"y":["a\n",null],"z":{"d":"2024-02-29"},"more":1},"n":[[true],[],null]}
{"l":null,"f":null,"s":{"z":null},"n":[]}
{}
`
	_, got, err := read(text, jsonl.Options{Schema: s})
	if err != nil || !strings.HasPrefix(fmt.Sprint(got), `[[[1,null,3] [1,2.5] `) {
		t.Errorf("got %v, %v", got, err)
	}
	for _, bad := range []string{`{"l":1}`, `{"l":[300]}`, `{"l":{}}`, `{"f":[1]}`, `{"f":[1,2,3]}`, `{"s":[]}`, `{"s":{"x":1,"x":2}}`, `{"s":{"x":"y"}}`, `{"s":1}`, `{"s":{"y":[1]}}`, `{"n":[1]}`} {
		if _, _, err := read(`{"l":[],"f":null,"s":{},"n":null}`+"\n"+bad, jsonl.Options{Schema: s}); !errors.Is(err, dataset.ErrFormat) || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%s: error is %v", bad, err)
		}
	}
	for _, bad := range []dataset.Type{dataset.List(dataset.Binary), "struct<a:binary>"} {
		s, err := dataset.NewSchema(dataset.Field{Name: "b", Type: bad})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := jsonl.NewSource(strings.NewReader("{}"), jsonl.Options{Schema: s}); !errors.Is(err, dataset.ErrUnsupported) {
			t.Errorf("%s: error is %v", bad, err)
		}
	}
}

func TestReportSaysWhatDrifts(t *testing.T) {
	text := "{\"id\":1,\"v\":1}\n{\"id\":2,\"v\":null}\n{\"id\":3,\"v\":0.5}\n{\"id\":4,\"v\":\"x\",\"late\":true}\n{\"id\":5,\"v\":[1],\"none\":null}\n"
	src, err := jsonl.NewSource(strings.NewReader(text), jsonl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := src.Report()
	var got []string
	for _, c := range r.Columns {
		got = append(got, fmt.Sprintf("%s %s: first in line %d, %d null, %d absent, %s, %v", c.Name, c.Type, c.First, c.Nulls, c.Absent, c.Why(), c.Drifted()))
	}
	want := []string{
		"id int64: first in line 1, 0 null, 0 absent, int64 from line 1, false",
		"v json: first in line 1, 1 null, 0 absent, int64 from line 1, float64 from line 3, utf8 from line 4, json from line 5, true",
		"late bool: first in line 4, 0 null, 4 absent, bool from line 4, true",
		"none utf8: first in line 5, 1 null, 4 absent, no value, true",
	}
	if r.Rows != 5 || !reflect.DeepEqual(got, want) {
		t.Errorf("got %d rows, %q", r.Rows, got)
	}
	given, err := jsonl.NewSource(strings.NewReader(text), jsonl.Options{Schema: src.Schema()})
	if err != nil || given.Report() != nil {
		t.Errorf("of a given schema: %v, %v", given.Report(), err)
	}
}

func TestDocumentsKeepTheirPromises(t *testing.T) {
	var text strings.Builder
	text.WriteString(`{"n":50,"rows":[`)
	for i := range 50 {
		if i > 0 {
			text.WriteByte(',')
		}
		fmt.Fprintf(&text, "{\"a\":{\"b\":%d},\n\"l\":[%d,2],\"j\":{}}", i, i)
	}
	text.WriteString("]}")
	datasettest.TestSource(t, datasettest.SourceTraits{Rows: 50}, func(mem memory.Allocator) (dataset.Source, error) {
		return jsonl.NewSource(strings.NewReader(text.String()), jsonl.Options{Records: "rows", Nested: jsonl.NestedColumns, BatchRows: 8, Allocator: mem})
	})
}

func TestSinkKeepsItsPromises(t *testing.T) {
	types := []dataset.Type{
		dataset.Bool, dataset.Int8, dataset.Int16, dataset.Int32, dataset.Int64, dataset.Uint8, dataset.Uint16, dataset.Uint32, dataset.Uint64, dataset.Float32, dataset.Float64,
		dataset.Utf8, dataset.LargeUtf8, dataset.Dictionary, dataset.Date32, dataset.Timestamp, dataset.TimeUTC, dataset.Decimal128(38, 10), dataset.List(dataset.Float64),
		dataset.List(dataset.List(dataset.Utf8)), dataset.FixedSizeList(dataset.Int32, 3), "struct<a:int64,b:utf8,c:list<bool>>",
	}
	for name, o := range map[string]jsonl.WriteOptions{"rows.jsonl": {}, "rows.json": {Array: true}} {
		t.Run(name, func(t *testing.T) {
			datasettest.TestSink(t, datasettest.SinkTraits{Name: name, Types: types, NoNaN: true, NoInfinity: true}, datasettest.Sinks{
				Create: func(path string, s *dataset.Schema) (dataset.Sink, error) { return jsonl.Create(path, s, o) },
				Open: func(mem memory.Allocator, path string, s *dataset.Schema) (dataset.Source, error) {
					return jsonl.Open(path, jsonl.Options{Schema: s, Allocator: mem})
				},
			})
		})
	}
	if _, err := jsonl.Open(filepath.Join(t.TempDir(), "none"), jsonl.Options{}); err == nil {
		t.Error("no file: no error")
	}
}

func FuzzDocument(f *testing.F) {
	for _, seed := range []string{
		`[{"a":1},{"a":{"b":[1,null]}}]`, "{\"d\":[{\"a\":\"\\u00e9\"}],\n\"e\":[[{}]]}", "{\n\"a\":{\"b\":{}}}{\"a\":null}", `{"d":{"a":18446744073709551615}}`, `{"x":"\"","d":[{"a":[true,"x"]}]}`,
	} {
		f.Add([]byte(seed), true, "d")
		f.Add([]byte(seed), false, "")
	}
	f.Fuzz(func(t *testing.T, text []byte, nested bool, records string) {
		mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
		defer mem.AssertSize(t, 0)
		o := jsonl.Options{Records: records, MaxLineBytes: 1 << 12, MaxColumns: 64, BatchRows: 3, Allocator: mem}
		if nested {
			o.Nested = jsonl.NestedColumns
		}
		var src *jsonl.Source
		var first [][]string
		var err error
		if over := alloc.Bound(4<<20+6000*len(text), func() {
			if src, err = jsonl.NewSource(bytes.NewReader(text), o); err == nil {
				first, err = cells(src)
			}
		}); over != nil {
			t.Fatal(over)
		}
		if src == nil {
			if !errors.Is(err, dataset.ErrFormat) && !errors.Is(err, dataset.ErrLimit) && !errors.Is(err, dataset.ErrSchema) && !errors.Is(err, io.EOF) {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		if err != nil {
			t.Fatalf("the inferred schema does not read: %v", err)
		}
		path := filepath.Join(t.TempDir(), "a")
		sink, err := jsonl.Create(path, src.Schema(), jsonl.WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer sink.Close()
		if _, err := dataset.Copy(t.Context(), sink, src); err != nil {
			t.Fatalf("what was read is not written: %v", err)
		}
		back, err := jsonl.Open(path, jsonl.Options{Schema: src.Schema(), MaxLineBytes: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		second, err := cells(back)
		if err != nil && src.Schema().Len() > 0 || len(first) != len(second) {
			t.Fatalf("what was written reads back as %q, want %q (%v)", second, first, err)
		}
		for i := range first {
			for j, field := range src.Schema().Fields() {
				if field.Type != dataset.JSON && first[i][j] != second[i][j] { // json loses its spaces
					t.Fatalf("what was written reads back as %q, want %q", second, first)
				}
			}
		}
	})
}
