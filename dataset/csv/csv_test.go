package csv_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/dataset/datasettest"
	"github.com/tidewheel/tidewheel/internal/alloc"
)

// read returns the cells of text as they print, null as "∅", and the columns as "name type".
func read(text string, o csv.Options) (columns []string, rows [][]string, err error) {
	src, err := csv.NewSource(strings.NewReader(text), o)
	if err != nil {
		return nil, nil, err
	}
	for _, f := range src.Schema().Fields() {
		c := f.Name + " " + string(f.Type)
		if f.Nullable {
			c += "?"
		}
		columns = append(columns, c)
	}
	rows, err = cells(src)
	return columns, rows, err
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
	for _, c := range []struct{ name, text, types, rows string }{
		{"bool", "a\ntrue\nFalse\n\nTRUE\n", "a bool", "true;false;true"},
		{"integers", "a\n1\n-2\n+3\n007\n", "a int64", "1;-2;3;7"},
		{"integers with spaces and quotes", "a,b\n 1 ,\"2\"\n", "a int64,b int64", "1,2"},
		{"nulls", "a,b\nNA,x\n1,\n", "a int64?,b utf8?", "∅,x;1,∅"},
		{"floats", "a\n1\n2.5\n-1e3\ninf\n.5\n", "a float64", "1;2.5;-1000;+Inf;0.5"},
		{"int64 limits", "a\n9223372036854775807\n-9223372036854775808\n", "a int64", "9223372036854775807;-9223372036854775808"},
		{"too large integers stay text", "a\n9223372036854775808\n", "a utf8", "9223372036854775808"},
		{"too large integers among fractions", "a\n9223372036854775808\n0.5\n", "a float64", "9223372036854775808;0.5"},
		{"no hexadecimal", "a\n0x10\n", "a utf8", "0x10"},
		{"no underscore", "a\n1_0\n", "a utf8", "1_0"},
		{"out of range", "a\n1e999\n", "a utf8", "1e999"},
		{"widened late", "a\n1\n1\nx\n", "a utf8", "1;1;x"},
		{"dates", "a\n2024-02-29\n", "a date32", "2024-02-29"},
		{"no such date", "a\n2023-02-29\n", "a utf8", "2023-02-29"},
		{"naive times", "a\n2024-02-29 12:30\n2024-03-01T00:00:01.5\n2024-03-02\n", "a timestamp[us]", "2024-02-29 12:30:00Z;2024-03-01 00:00:01.5Z;2024-03-02 00:00:00Z"},
		{"zoned times", "a\n2024-02-29T12:30:00Z\n2024-02-29T12:30:00+01:30\n", "a timestamp[us,UTC]", "2024-02-29 12:30:00Z;2024-02-29 11:00:00Z"},
		{"naive and zoned are not mixed", "a\n2024-02-29T12:30:00Z\n2024-02-29T12:30:00\n", "a utf8", "2024-02-29T12:30:00Z;2024-02-29T12:30:00"},
		{"nanoseconds that would be lost", "a\n2024-02-29T12:30:00.000000001\n", "a utf8", "2024-02-29T12:30:00.000000001"},
		{"all null", "a,b\n,1\nNaN,2\n", "a utf8?,b int64", "∅,1;∅,2"},
		{"quoted text is no null", "a\n\"NA\"\n\"\"\nx\n", "a utf8", "NA;;x"},
		{"spaces count in text", "a,b\n x ,1\n", "a utf8,b int64", " x ,1"},
		{"quotes, delimiters and line ends", "a,\"b \"\"q\"\"\"\n\"x,\"\"y\"\"\nz\",\"\"\"\"\n", "a utf8,b \"q\" utf8", "x,\"y\"\nz,\""},
		{"CRLF, BOM and no last line end", "\ufeffa,b\r\n1,x\r\n2,y", "a int64,b utf8", "1,x;2,y"},
		{"quote inside a cell", "a\nx\"y\"\n", "a utf8", "x\"y\""},
		{"header only", "a,b\n", "a utf8,b utf8", ""},
	} {
		columns, rows, err := read(c.text, csv.Options{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var lines []string
		for _, r := range rows {
			lines = append(lines, strings.Join(r, ","))
		}
		gotRows := strings.ReplaceAll(strings.Join(lines, ";"), "9.223372036854776e+18", "9223372036854775808")
		if got := strings.Join(columns, ","); got != c.types || gotRows != c.rows {
			t.Errorf("%s: got %s: %s", c.name, got, strings.Join(lines, ";"))
		}
	}
}

func TestMalformedTextIsRefusedWithItsLine(t *testing.T) {
	for _, c := range []struct {
		name, text, want string
		o                csv.Options
	}{
		{"empty", "", "want a header line, got an empty file", csv.Options{}},
		{"blank", "\n\n", "want a header line", csv.Options{}},
		{"short row", "a,b\n1,2\n3\n", "line 3: want 2 fields, got 1", csv.Options{}},
		{"long row", "a,b\n\"1\n\n\",2\n\n3,4,5\n", "line 6: want 2 fields, got 3", csv.Options{}},
		{"same name", "a,b,a\n", `column "a": want unique column names`, csv.Options{}},
		{"empty name", ",b\n", "want a name for column 1", csv.Options{}},
		{"delimiter", "a;b;c\n1;2;3\n", `one column whose name holds ';'`, csv.Options{}},
		{"tab", "a\tb\n1\t2\n", `one column whose name holds '\t'`, csv.Options{}},
		{"Latin-1", "a\nx\ncaf\xe9\n", "line 3: want UTF-8", csv.Options{}},
		{"Latin-1 header", "caf\xe9\n", "line 1: want UTF-8", csv.Options{}},
		{"UTF-16", "\xff\xfea\x00\n\x00\x00\xdcx\x00", "line 2: want UTF-16, got half of a surrogate pair", csv.Options{}},
		{"UTF-16 that is declared UTF-8", "\xff\xfea\x00", "want UTF-8", csv.Options{Encoding: csv.EncodingUTF8}},
		{"NUL", "a\nx\x00\n", "line 2: want text, got a NUL byte", csv.Options{}},
		{"open quote", "a\n\"x\n", "line 2: want a closing quote", csv.Options{}},
		{"text after a quote", "a\n\"x\"y\n", "line 2: want a delimiter or a line end behind a closing quote", csv.Options{}},
		{"carriage returns", "a\rb\rc\r", `a lone \r`, csv.Options{}},
		{"long cell", "a\n" + strings.Repeat("x", 100) + "\n", "longer than 10 bytes", csv.Options{MaxFieldBytes: 10}},
		{"long quoted cell", "a\n\"" + strings.Repeat("x", 1<<20) + "\n", "longer than 10 bytes", csv.Options{MaxFieldBytes: 10}},
		{"many columns", "a,b,c\n", "more than 2 columns", csv.Options{MaxColumns: 2}},
	} {
		_, _, err := read(c.text, c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) || !(errors.Is(err, dataset.ErrFormat) || errors.Is(err, dataset.ErrLimit)) {
			t.Errorf("%s: error is %v", c.name, err)
		}
	}
}

func schema(t testing.TB, fields ...dataset.Field) *dataset.Schema {
	t.Helper()
	s, err := dataset.NewSchema(fields...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestGivenSchemaDecidesEachCell(t *testing.T) {
	for _, c := range []struct {
		typ     dataset.Type
		cell    string
		want    string // empty: refused
		comment string
	}{
		{dataset.Int8, "127", "127", ""},
		{dataset.Int8, "128", "", "out of range"},
		{dataset.Int32, "3.0", "3", "written as a float"},
		{dataset.Int32, "3.5", "", "a fraction"},
		{dataset.Int64, "x", "", ""},
		{dataset.Int64, "9223372036854775808", "", ""},
		{dataset.Uint8, "255", "255", ""},
		{dataset.Uint8, "-1", "", ""},
		{dataset.Uint64, "18446744073709551615", "18446744073709551615", ""},
		{dataset.Float64, "0.1", "0.1", ""},
		{dataset.Float32, "1e39", "", "out of range"},
		{dataset.Float64, "1,5", "", ""},
		{dataset.Bool, "1", "true", ""},
		{dataset.Bool, "2", "", ""},
		{dataset.Utf8, "007", "007", ""},
		{dataset.Dictionary, "007", "007", ""},
		{dataset.LargeUtf8, "x", "x", ""},
		{dataset.JSON, `{"a":1}`, `{"a":1}`, ""},
		{dataset.Date32, "2024-01-01", "2024-01-01", ""},
		{dataset.Date32, "01/01/2024", "", ""},
		{dataset.Timestamp, "2024-01-01T00:00:00Z", "", "an offset for a naive column"},
		{dataset.TimeUTC, "2024-01-01T00:00:00", "", "no offset for a zoned column"},
		{dataset.TimeUTC, "2024-01-01 00:00:00 +0100", "2023-12-31 23:00:00Z", ""},
		{dataset.Decimal128(6, 2), "-1234.50", "-1234.5", ""},
		{dataset.Decimal128(6, 2), "0.005", "", "finer than the scale"},
		{dataset.Decimal128(6, 2), "12345.00", "", "more digits than the precision"},
		{dataset.Decimal128(38, 0), "99999999999999999999999999999999999999", "99999999999999999999999999999999999999", ""},
	} {
		text := "x,a\n1,\"" + strings.ReplaceAll(c.cell, `"`, `""`) + "\"\n"
		_, rows, err := read(text, csv.Options{Schema: schema(t, dataset.Field{Name: "a", Type: c.typ})})
		switch {
		case c.want == "":
			var facts *dataset.FormatError
			if !errors.As(err, &facts) || facts.Column != "a" || facts.Line != 2 || strings.Contains(err.Error(), c.cell) && len(c.cell) > 1 {
				t.Errorf("%s from %q: error is %v", c.typ, c.cell, err)
			}
		case err != nil || c.typ != dataset.Dictionary && strings.TrimSuffix(rows[0][0], "0") != strings.TrimSuffix(c.want, "0"):
			t.Errorf("%s from %q: got %v, %v", c.typ, c.cell, rows, err)
		}
	}
}

func TestGivenSchemaMatchesColumnsByName(t *testing.T) {
	s := schema(t, dataset.Field{Name: "b", Type: dataset.Int64}, dataset.Field{Name: "a", Type: dataset.Utf8})
	src, err := csv.NewSource(strings.NewReader("a,x,b\nq,7,1\n"), csv.Options{Schema: s})
	if err != nil {
		t.Fatal(err)
	}
	if got := src.Extra(); !reflect.DeepEqual(got, []string{"x"}) || len(src.Header()) != 3 {
		t.Errorf("extra columns are %v", got)
	}
	rows, err := cells(src)
	if err != nil || !reflect.DeepEqual(rows, [][]string{{"1", "q"}}) {
		t.Errorf("rows are %v, %v", rows, err)
	}
	_, err = csv.NewSource(strings.NewReader("x\n"), csv.Options{Schema: s})
	if !errors.Is(err, dataset.ErrSchema) || !strings.Contains(err.Error(), `column "b": want it in the header`) || !strings.Contains(err.Error(), `"a"`) {
		t.Errorf("error is %v", err)
	}
	_, rows, err = read("1,q\n", csv.Options{Schema: s, NoHeader: true})
	if err != nil || !reflect.DeepEqual(rows, [][]string{{"1", "q"}}) {
		t.Errorf("without a header: %v, %v", rows, err)
	}
}

func TestForcedTypesAndNullTokens(t *testing.T) {
	o := csv.Options{Types: map[string]dataset.Type{"zip": dataset.Utf8, "on": dataset.Bool}, NullTokens: []string{"?"}}
	columns, rows, err := read("zip,on,n\n01234,1,?\nNA,true,3\n", o)
	if err != nil || strings.Join(columns, ",") != "zip utf8,on bool,n int64?" || !reflect.DeepEqual(rows, [][]string{{"01234", "true", "∅"}, {"NA", "true", "3"}}) {
		t.Errorf("got %v %v, %v", columns, rows, err)
	}
	if _, _, err = read("a\n", o); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("error is %v", err)
	}
}

func TestOptionsAreAllChecked(t *testing.T) {
	_, err := csv.NewSource(strings.NewReader(""), csv.Options{Delimiter: '"', MaxColumns: -1, MaxFieldBytes: -1, BatchRows: -1})
	for _, field := range []string{"Delimiter", "MaxColumns", "MaxFieldBytes", "BatchRows"} {
		if err == nil || !strings.Contains(err.Error(), "csv.Options."+field) {
			t.Errorf("%s: error is %v", field, err)
		}
	}
	path, text := filepath.Join(t.TempDir(), "x"), schema(t, dataset.Field{Name: "a", Type: dataset.Utf8})
	if _, err := csv.Create(path, text, csv.WriteOptions{Delimiter: '.'}); err == nil || !strings.Contains(err.Error(), "csv.WriteOptions.Delimiter") {
		t.Errorf("a point between cells: error is %v", err)
	}
	var option *dataset.OptionError
	if _, err := csv.NewSource(io.MultiReader(strings.NewReader("a\n")), csv.Options{}); !errors.As(err, &option) {
		t.Errorf("a reader that cannot seek: error is %v", err)
	}
	if _, err := csv.Create(path, schema(t, dataset.Field{Name: "a", Type: dataset.Binary}), csv.WriteOptions{}); !errors.Is(err, dataset.ErrUnsupported) {
		t.Errorf("binary: error is %v", err)
	}
}

func TestReaderWithoutSeekIsReadOnce(t *testing.T) {
	s := schema(t, dataset.Field{Name: "a", Type: dataset.Int64})
	src, err := csv.NewSource(iotest.OneByteReader(strings.NewReader("a,b\n1,\"x\"\"\"\r\n2,y\r\n")), csv.Options{Schema: s})
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := cells(src); err != nil || len(rows) != 2 {
		t.Errorf("rows are %v, %v", rows, err)
	}
	if _, err := cells(src); !errors.Is(err, dataset.ErrConsumed) {
		t.Errorf("error is %v", err)
	}
}

func TestOpenRefusesWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "none.csv")} {
		if _, err := csv.Open(path, csv.Options{}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error is %v", path, err)
		}
	}
}

func TestScanSkipsColumnsAndRows(t *testing.T) {
	s := schema(t, dataset.Field{Name: "a", Type: dataset.Int64}, dataset.Field{Name: "b", Type: dataset.Int64}, dataset.Field{Name: "c", Type: dataset.Utf8})
	src, err := csv.NewSource(strings.NewReader("a,b,c\n1,bad,x\n2,bad,y\n3,bad,z\n"), csv.Options{Schema: s, BatchRows: 2})
	if err != nil {
		t.Fatal(err)
	}
	view, err := dataset.Scan(t.Context(), src, dataset.ScanOptions{
		Columns: []string{"c"}, Filter: []dataset.Predicate{{Column: "a", Operator: dataset.GreaterEqual, Value: dataset.NumberValue(2)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := cells(view); err != nil || !reflect.DeepEqual(got, [][]string{{"y"}, {"z"}}) {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := dataset.Select(t.Context(), src, "d"); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("error is %v", err)
	}
}

func TestLongRecordsCrossTheBuffer(t *testing.T) {
	var text bytes.Buffer
	text.WriteString("a,b\n")
	for i := range 300 {
		fmt.Fprintf(&text, "%d,\"%s\"\"\n\"\n", i, strings.Repeat("é", 1500+i))
	}
	for _, r := range []io.Reader{iotest.HalfReader(bytes.NewReader(text.Bytes())), bytes.NewReader(text.Bytes())} {
		src, err := csv.NewSource(r, csv.Options{Schema: schema(t, dataset.Field{Name: "b", Type: dataset.Utf8}), BatchRows: 100})
		if err != nil {
			t.Fatal(err)
		}
		got, err := cells(src)
		if err != nil || len(got) != 300 || len(got[299][0]) != 2*1799+2 {
			t.Fatalf("%d rows, %v", len(got), err)
		}
	}
}

func TestSourcesKeepTheirPromises(t *testing.T) {
	var text strings.Builder
	text.WriteString("a,b,c\n")
	for i := range 50 {
		fmt.Fprintf(&text, "%d,%q,%d.5\n", i, strings.Repeat("x", i%3), i)
	}
	path := filepath.Join(t.TempDir(), "a.csv")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Run("file", func(t *testing.T) {
		datasettest.TestSource(t, datasettest.SourceTraits{Rows: 50}, func(mem memory.Allocator) (dataset.Source, error) {
			return csv.Open(path, csv.Options{BatchRows: 8, Allocator: mem})
		})
	})
	t.Run("reader", func(t *testing.T) {
		s := schema(t, dataset.Field{Name: "c", Type: dataset.Float64}, dataset.Field{Name: "b", Type: dataset.Dictionary})
		datasettest.TestSource(t, datasettest.SourceTraits{Rows: 50, OneShot: true}, func(mem memory.Allocator) (dataset.Source, error) {
			return csv.NewSource(io.MultiReader(strings.NewReader(text.String())), csv.Options{Schema: s, BatchRows: 8, Allocator: mem})
		})
	})
}

func FuzzSource(f *testing.F) {
	for _, seed := range []string{"a,b\n1,x\n", "a\n\"\"\"\"\n", "\ufeffa;b\r\n1;2\r\n", "a\n2024-02-29T12:30:00.5+01:00\n", "a,b\n\"\n", "a\n1e5\nNA\n"} {
		f.Add([]byte(seed), byte(','))
	}
	f.Fuzz(func(t *testing.T, text []byte, delimiter byte) {
		mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
		defer mem.AssertSize(t, 0)
		var src *csv.Source
		var first [][]string
		var err error
		if over := alloc.Bound(4<<20+4000*len(text), func() {
			src, err = csv.NewSource(bytes.NewReader(text), csv.Options{Delimiter: delimiter, MaxFieldBytes: 1 << 12, MaxColumns: 64, BatchRows: 3, Allocator: mem})
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
		path := filepath.Join(t.TempDir(), "a")
		sink, err := csv.Create(path, src.Schema(), csv.WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer sink.Close()
		if _, err := dataset.Copy(t.Context(), sink, src); err != nil {
			t.Fatalf("what was read is not written: %v", err)
		}
		back, err := csv.Open(path, csv.Options{Schema: src.Schema()})
		if err != nil {
			t.Fatal(err)
		}
		second, err := cells(back)
		if err != nil || !reflect.DeepEqual(first, second) {
			t.Fatalf("what was written reads back as %q, want %q (%v)", second, first, err)
		}
	})
}

func TestCompressedFilesAreReadByName(t *testing.T) {
	var data bytes.Buffer
	w := gzip.NewWriter(&data)
	if _, err := io.WriteString(w, "a\tb\n1\tx\n"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.tsv.gz")
	if err := os.WriteFile(path, data.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := csv.Open(path, csv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got, err := cells(src); err != nil || !reflect.DeepEqual(got, [][]string{{"1", "x"}}) {
			t.Errorf("got %v, %v", got, err)
		}
	}
}
