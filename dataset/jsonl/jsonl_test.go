package jsonl_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/datasettest"
	"github.com/tidewheel/tidewheel/dataset/jsonl"
	"github.com/tidewheel/tidewheel/internal/alloc"
)

// read returns the columns as "name type" and the cells as they print, null as "∅".
func read(text string, o jsonl.Options) (columns string, rows [][]string, err error) {
	src, err := jsonl.NewSource(strings.NewReader(text), o)
	if err != nil {
		return "", nil, err
	}
	var list []string
	for _, f := range src.Schema().Fields() {
		c := f.Name + " " + string(f.Type)
		if f.Nullable {
			c += "?"
		}
		list = append(list, c)
	}
	rows, err = cells(src)
	return strings.Join(list, ","), rows, err
}

func cells(src dataset.Source) (rows [][]string, err error) {
	for b, err := range src.Batches(context.Background()) {
		if err != nil {
			return nil, err
		}
		for i := range b.NumRows() {
			row := make([]string, b.Schema().Len())
			for j := range row {
				row[j] = "∅"
				if b.Column(j).IsValid(i) {
					row[j] = b.Column(j).ValueStr(i)
				}
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}

func TestInferredTypes(t *testing.T) {
	for _, c := range []struct{ name, text, columns, rows string }{
		{"kinds", `{"b":true,"i":1,"f":1.5,"s":"x","j":{"a":[1, 2]}}`, "b bool,i int64,f float64,s utf8,j json", `true|1|1.5|x|{"a":[1, 2]}`},
		{"absent and null", "{\"a\":1}\n\n{\"b\":null}\n", "a int64?,b utf8?", "1|∅;∅|∅"},
		{"widened", "{\"a\":1}\n{\"a\":2e0}\n", "a float64", "1;2"},
		{"beyond int64", `{"a":9223372036854775808}`, "a uint64", "9223372036854775808"},
		{"beyond int64 and negative", "{\"a\":9223372036854775808}\n{\"a\":-1}", "a decimal128(38,0)", "9223372036854775808;-1"},
		{"beyond uint64", "{\"a\":-99999999999999999999999999999999999999}\n{\"a\":1}", "a decimal128(38,0)", "-99999999999999999999999999999999999999;1"},
		{"beyond a decimal", `{"a":100000000000000000000000000000000000000}`, "a float64", "1e+38"},
		{"a large one and a fraction", "{\"a\":9223372036854775808}\n{\"a\":0.5}", "a float64", "9.223372036854776e+18;0.5"},
		{"nested and others", "{\"a\":[1]}\n{\"a\":\"x\"}\n{\"a\":2}", "a json", `[1];"x";2`},
		{"NUL", `{"a":"x\u0000"}`, "a utf8", "x\x00"},
		{"escapes", `{"a\u00e9":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}`, "aé utf8", "\"\\/\b\f\n\r\té😀"},
		{"spaces, CRLF and BOM", "\ufeff { \"a\" : 1 , \"b\" : [ ] }\r\n{}", "a int64?,b json?", "1|[ ];∅|∅"},
		{"mixed scalars are text as written", "{\"a\":1.50}\n{\"a\":\"x\"}\n{\"a\":true}\n{}", "a utf8?", "1.50;x;true;∅"},
		{"empty", "", "", ""},
	} {
		columns, rows, err := read(c.text, jsonl.Options{})
		var got []string
		for _, r := range rows {
			got = append(got, strings.Join(r, "|"))
		}
		if err != nil || columns != c.columns || strings.Join(got, ";") != c.rows {
			t.Errorf("%s: got %s: %q, %v", c.name, columns, got, err)
		}
	}
}

func TestMalformedTextIsRefusedWithItsLine(t *testing.T) {
	for name, text := range map[string]string{
		"no object": `[1]`, "open": `{"a":1`, "two": `{"a":1} {"a":1}`, "comma": `{"a":1,}`, "no comma": `{"a":1 "b":2}`, "no colon": `{"a" 1}`, "key": `{a:1}`,
		"leading zero": `{"a":01}`, "plus": `{"a":+1}`, "point": `{"a":1.}`, "exponent": `{"a":1e}`, "NaN": `{"a":NaN}`, "word": `{"a":tru}`, "infinite": `{"a":1e999}`,
		"open string": `{"a":"x}`, "escape": `{"a":"\x"}`, "hex": `{"a":"\u00g0"}`, "lone surrogate": `{"a":"\ud800"}`, "wrong pair": `{"a":"\ud800\u0041"}`,
		"control": "{\"a\":\"\x01\"}", "key twice": `{"a":1,"\u0061":2}`, "not UTF-8": "{\"a\":\"\xff\"}", "array": `{"a":[1 2]}`, "no value": `{"a":}`, "empty key": `{"":1}`,
	} {
		_, _, err := read("{\"n\":1}\n"+text+"\n", jsonl.Options{})
		if err == nil || !(errors.Is(err, dataset.ErrFormat) && strings.Contains(err.Error(), "line 2") || name == "empty key" && errors.Is(err, dataset.ErrSchema)) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	for name, o := range map[string]jsonl.Options{"line": {MaxLineBytes: 20}, "depth": {MaxDepth: 3}, "columns": {MaxColumns: 1}} {
		if _, _, err := read(`{"a":[[[1]]],"bbbbbbbbbb":2}`, o); !errors.Is(err, dataset.ErrLimit) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	if _, _, err := read(`{"a":[[1]]}`, jsonl.Options{MaxDepth: 3}); err != nil {
		t.Error(err)
	}
}

func TestGivenSchemaDecidesEachValue(t *testing.T) {
	for _, c := range []struct {
		typ        dataset.Type
		text, want string // want empty: refused
	}{
		{dataset.Int8, "127", "127"},
		{dataset.Int8, "128", ""},
		{dataset.Int32, "3.0", "3"},
		{dataset.Int32, "3.5", ""},
		{dataset.Int32, `"12"`, "12"},
		{dataset.Int32, `"twelve"`, ""},
		{dataset.Int32, "true", ""},
		{dataset.Float64, `"0.5"`, "0.5"},
		{dataset.Float64, "[]", ""},
		{dataset.Uint64, "18446744073709551615", "18446744073709551615"},
		{dataset.Bool, "1", "true"},
		{dataset.Bool, "2", ""},
		{dataset.Utf8, "5", ""},
		{dataset.Utf8, `"5"`, "5"},
		{dataset.JSON, "5", "5"},
		{dataset.Date32, `"2024-02-29"`, "2024-02-29"},
		{dataset.Date32, "19782", ""},
		{dataset.TimeUTC, `"2024-02-29T12:00:00+01:00"`, "2024-02-29 11:00:00Z"},
		{dataset.Decimal128(6, 2), "1234.50", "1234.5"},
		{dataset.Decimal128(6, 2), `"1234.505"`, ""},
	} {
		s, err := dataset.NewSchema(dataset.Field{Name: "a", Type: c.typ})
		if err != nil {
			t.Fatal(err)
		}
		_, rows, err := read(`{"x":0,"a":`+c.text+"}", jsonl.Options{Schema: s})
		var facts *dataset.FormatError
		if c.want == "" && (!errors.As(err, &facts) || facts.Column != "a" || facts.Line != 1) || c.want != "" && (err != nil || rows[0][0] != c.want) {
			t.Errorf("%s from %s: got %v, %v", c.typ, c.text, rows, err)
		}
	}
}

func TestColumnInNoLineIsAnError(t *testing.T) {
	s, err := dataset.NewSchema(dataset.Field{Name: "a", Type: dataset.Int64, Nullable: true}, dataset.Field{Name: "b", Type: dataset.Int64, Nullable: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := read("{\"A\":1,\"b\":null}\n", jsonl.Options{Schema: s}); !errors.Is(err, dataset.ErrSchema) || !strings.Contains(err.Error(), `column "a"`) {
		t.Errorf("error is %v", err)
	}
	if _, rows, err := read("{\"a\":1}\n{\"b\":2}\n", jsonl.Options{Schema: s, BatchRows: 1}); err != nil || len(rows) != 2 {
		t.Errorf("got %v, %v", rows, err)
	}
}

func TestOptionsAndFiles(t *testing.T) {
	_, err := jsonl.NewSource(strings.NewReader(""), jsonl.Options{MaxLineBytes: -1, MaxDepth: -1, MaxColumns: -1, BatchRows: -1})
	for _, field := range []string{"MaxLineBytes", "MaxDepth", "MaxColumns", "BatchRows"} {
		if err == nil || !strings.Contains(err.Error(), "jsonl.Options."+field) {
			t.Errorf("%s: error is %v", field, err)
		}
	}
	var option *dataset.OptionError
	if _, err := jsonl.NewSource(io.MultiReader(strings.NewReader("{}")), jsonl.Options{}); !errors.As(err, &option) {
		t.Errorf("a reader that cannot seek: error is %v", err)
	}
	s, err := dataset.NewSchema(dataset.Field{Name: "a", Type: dataset.Binary})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := jsonl.Create(filepath.Join(dir, "x"), s, jsonl.WriteOptions{}); !errors.Is(err, dataset.ErrUnsupported) {
		t.Errorf("binary: error is %v", err)
	}
	for _, path := range []string{dir, filepath.Join(dir, "none.jsonl")} {
		if _, err := jsonl.Open(path, jsonl.Options{Schema: s}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error is %v", path, err)
		}
	}
}

type row struct {
	I uint64
	F float64
	G *float32
	S string
	B *bool
	T time.Time  `ml:"type=timestamp[us]"`
	U *time.Time `ml:"name='u, \"quoted\"'"`
	D time.Time  `ml:"type=date32"`
	C string     `ml:"type=dictionary"`
	J string     `ml:"type=json"`
}

func rows() []row {
	yes, small, at := true, float32(0.1), time.UnixMicro(1e15+1).UTC()
	return []row{
		{math.MaxUint64, 0.1, &small, "é\x01\n\"\\</script>\u2028", &yes, at, &at, time.Unix(0, 0).UTC(), "a", `{"x":[1,2]}`},
		{0, -1e300, nil, "", nil, time.UnixMicro(-1).UTC(), nil, time.Unix(-86400, 0).UTC(), "", "null"},
		{1, 5e-324, nil, "null", nil, at, nil, time.Unix(86400, 0).UTC(), "b", "3"},
	}
}

func TestWhatIsWrittenReadsBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.jsonl")
	src, err := dataset.FromStructs(rows(), dataset.StructsOptions{BatchRows: 2})
	if err != nil {
		t.Fatal(err)
	}
	sink, err := jsonl.Create(path, src.Schema(), jsonl.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	if n, err := dataset.Copy(t.Context(), sink, src); err != nil || n != 3 {
		t.Fatalf("%d rows, %v", n, err)
	}
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	back, err := jsonl.Open(path, jsonl.Options{Schema: src.Schema(), BatchRows: 2, Allocator: mem})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		var got []row
		for b, err := range back.Batches(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if got, err = scan(b, got); err != nil {
				t.Fatal(err)
			}
		}
		if want := rows(); !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
}

// scan reads a json null, which is a null, as the text that rows has.
func scan(b dataset.Batch, dst []row) ([]row, error) {
	type nullable struct {
		I uint64
		F float64
		G *float32
		S string
		B *bool
		T time.Time  `ml:"type=timestamp[us]"`
		U *time.Time `ml:"name='u, \"quoted\"'"`
		D time.Time  `ml:"type=date32"`
		C string     `ml:"type=dictionary"`
		J *string    `ml:"type=json"`
	}
	list, err := dataset.ScanStructs[nullable](b, nil)
	for _, n := range list {
		j := "null"
		if n.J != nil {
			j = *n.J
		}
		dst = append(dst, row{n.I, n.F, n.G, n.S, n.B, n.T, n.U, n.D, n.C, j})
	}
	return dst, err
}

func TestWhatJSONLacksIsNotWritten(t *testing.T) {
	dir := t.TempDir()
	for name, bad := range map[string]row{
		"infinity": {F: math.Inf(1), J: "1"}, "year": {T: time.Date(12024, 1, 1, 0, 0, 0, 0, time.UTC), J: "1"}, "text": {S: "\xff", J: "1"}, "json": {J: "{"},
	} {
		src, err := dataset.FromStructs([]row{bad}, dataset.StructsOptions{})
		if err != nil {
			t.Fatal(err)
		}
		sink, err := jsonl.Create(filepath.Join(dir, "a"), src.Schema(), jsonl.WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := dataset.Copy(t.Context(), sink, src); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%s: error is %v", name, err)
		}
		if err := sink.Close(); err != nil {
			t.Error(err)
		}
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 0 {
		t.Errorf("left: %v, %v", list, err)
	}
}

func TestReadersInPieces(t *testing.T) {
	var text strings.Builder
	for i := range 300 {
		fmt.Fprintf(&text, "{\"a\":%d,\"b\":%q}\n", i, strings.Repeat("x", 1500))
	}
	s, err := dataset.NewSchema(dataset.Field{Name: "a", Type: dataset.Int64})
	if err != nil {
		t.Fatal(err)
	}
	src, err := jsonl.NewSource(iotest.HalfReader(strings.NewReader(text.String())), jsonl.Options{Schema: s, BatchRows: 7})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := cells(src); err != nil || len(got) != 300 || got[299][0] != "299" {
		t.Errorf("%d rows, %v", len(got), err)
	}
	if _, err := cells(src); !errors.Is(err, dataset.ErrConsumed) {
		t.Errorf("error is %v", err)
	}
}

func TestScan(t *testing.T) {
	src, err := jsonl.NewSource(strings.NewReader("{\"a\":1,\"b\":\"x\"}\n{\"a\":2,\"b\":\"y\"}\n"), jsonl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	view, err := dataset.Scan(t.Context(), src, dataset.ScanOptions{
		Columns: []string{"b"}, Filter: []dataset.Predicate{{Column: "a", Operator: dataset.Greater, Value: dataset.NumberValue(1)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := cells(view); err != nil || !reflect.DeepEqual(got, [][]string{{"y"}}) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestSourcesKeepTheirPromises(t *testing.T) {
	var text strings.Builder
	for i := range 50 {
		fmt.Fprintf(&text, "{\"a\":%d,\"b\":%q}\n", i, strings.Repeat("x", i%3))
	}
	path := filepath.Join(t.TempDir(), "a.jsonl")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Run("file", func(t *testing.T) {
		datasettest.TestSource(t, datasettest.SourceTraits{Rows: 50}, func(mem memory.Allocator) (dataset.Source, error) {
			return jsonl.Open(path, jsonl.Options{BatchRows: 8, Allocator: mem})
		})
	})
	t.Run("reader", func(t *testing.T) {
		s, err := dataset.NewSchema(dataset.Field{Name: "b", Type: dataset.Dictionary})
		if err != nil {
			t.Fatal(err)
		}
		datasettest.TestSource(t, datasettest.SourceTraits{Rows: 50, OneShot: true}, func(mem memory.Allocator) (dataset.Source, error) {
			return jsonl.NewSource(io.MultiReader(strings.NewReader(text.String())), jsonl.Options{Schema: s, BatchRows: 8, Allocator: mem})
		})
	})
}

func FuzzSource(f *testing.F) {
	for _, seed := range []string{"{\"a\":1,\"b\":\"x\"}\n{\"b\":null}", `{"a":"\ud83d\ude00\n","j":[{"k":[1.5e3]}]}`, "{\"a\":true}\r\n\r\n{\"a\":false}", "\ufeff{}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
		defer mem.AssertSize(t, 0)
		var src *jsonl.Source
		var first [][]string
		var err error
		if over := alloc.Bound(4<<20+4000*len(text), func() {
			src, err = jsonl.NewSource(bytes.NewReader(text), jsonl.Options{MaxLineBytes: 1 << 12, MaxColumns: 64, BatchRows: 3, Allocator: mem})
			if err == nil {
				first, err = cells(src)
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
		if src.Schema().Len() == 0 {
			return
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
		if err != nil || len(first) != len(second) {
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
