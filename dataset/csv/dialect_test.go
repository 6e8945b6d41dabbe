package csv_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
)

// joined is what read gives in one line.
func joined(text string, o csv.Options) string {
	columns, rows, err := read(text, o)
	if err != nil {
		return err.Error()
	}
	var lines []string
	for _, r := range rows {
		lines = append(lines, strings.Join(r, ","))
	}
	return strings.Join(columns, ",") + ": " + strings.Join(lines, ";")
}

func TestDialectsAreReadAsTheOptionsSay(t *testing.T) {
	for _, c := range []struct {
		name, text string
		o          csv.Options
		want       string
	}{
		{"another quote", "a,b\n'x,''y''',1\n", csv.Options{Quote: '\''}, "a utf8,b int64: x,'y',1"},
		{"comments", "# by \"us\na,b\n1,#2\n#3,4\n5,6\n", csv.Options{Comment: '#'}, "a int64,b utf8: 1,#2;5,6"},
		{"a comment at the end", "a\n1\n# \"", csv.Options{Comment: '#'}, "a int64: 1"},
		{"a decimal comma", "a;b\n1,5;x\n-2;y\n", csv.Options{Delimiter: ';', DecimalComma: true}, "a float64,b utf8: 1.5,x;-2,y"},
		{"a point among decimal commas", "a;b\n1,5;x\n2.5;y\n", csv.Options{Delimiter: ';', DecimalComma: true}, "a utf8,b utf8: 1,5,x;2.5,y"},
		{"thousands", "a;b\n1,234,567;1,000.5\n12;0.5\n", csv.Options{Delimiter: ';', Thousands: ','}, "a int64,b float64: 1234567,1000.5;12,0.5"},
		{"thousands and a decimal comma", "a;b\n1.234;-1.000,5\n12345;1e3\n", csv.Options{Delimiter: ';', Thousands: '.', DecimalComma: true}, "a int64,b float64: 1234,-1000.5;12345,1000"},
		{"groups of another length", "a\n1'23\n", csv.Options{Thousands: '\''}, "a utf8: 1'23"},
		{"no group before", "a\n'123\n", csv.Options{Thousands: '\''}, "a utf8: '123"},
		{"spaces between thousands", "a\n1 234 567\n1 234\n", csv.Options{Thousands: ' '}, "a int64: 1234567;1234"},
		{"no header", "1,x\n2,y\n", csv.Options{NoHeader: true}, "f0 int64,f1 utf8: 1,x;2,y"},
		{"no header and quotes", "\"a\"\"b\",x\n", csv.Options{NoHeader: true}, "f0 utf8,f1 utf8: a\"b,x"},
		{"short records filled up", "a,b\n1,x\n2\n3,\"\"\n", csv.Options{Ragged: csv.RaggedPad}, "a int64,b utf8?: 1,x;2,∅;3,"},
		{"numbers filled up", "a,b\n1,2\n3\n", csv.Options{Ragged: csv.RaggedPad, NullTokens: []string{}}, "a int64,b int64?: 1,2;3,∅"},
		{"long records are not", "a,b\n1,x\n2,y,z\n", csv.Options{Ragged: csv.RaggedPad}, "csv: open reader: csv: line 3: want 2 fields, got 3"},
		{"records left out", "a,b\n1\n2,x,y\n\"3\",z\n\"q\"\n", csv.Options{Ragged: csv.RaggedSkip}, "a int64,b utf8: 3,z"},
		{"Latin-1", "a,b\ncaf\xe9,1\n", csv.Options{Encoding: csv.EncodingLatin1}, "a utf8,b int64: café,1"},
		{"mixed line ends", "a,b\r\n1,x\n2,y\r\n\n\r\n3,z", csv.Options{}, "a int64,b utf8: 1,x;2,y;3,z"},
	} {
		if got := joined(c.text, c.o); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func TestEncodingsGiveTheSameRows(t *testing.T) {
	text := "n,word\n1,héllo €\n2,\"😀\n\"\n"
	for _, c := range []struct {
		order binary.AppendByteOrder
		mark  bool
		e     csv.Encoding
	}{{binary.LittleEndian, true, csv.EncodingAuto}, {binary.BigEndian, true, csv.EncodingAuto}, {binary.LittleEndian, false, csv.EncodingUTF16LE}, {binary.BigEndian, true, csv.EncodingUTF16BE}} {
		var raw []byte
		if c.mark {
			raw = c.order.AppendUint16(raw, 0xfeff)
		}
		for _, u := range utf16.Encode([]rune(text)) {
			raw = c.order.AppendUint16(raw, u)
		}
		if got, want := joined(string(raw), csv.Options{Encoding: c.e}), joined(text, csv.Options{}); got != want {
			t.Errorf("%v: got %s, want %s", c.e, got, want)
		}
	}
}

func TestOptionsThatClashAreRefused(t *testing.T) {
	for _, o := range []csv.Options{
		{Quote: ','},
		{Quote: 'x'},
		{Comment: '"', Quote: '"'},
		{Comment: ','},
		{DecimalComma: true, Thousands: ','},
		{Thousands: '.'},
		{Thousands: '5'},
		{Quote: '\'', Thousands: '\''},
		{Comment: 0x80},
		{Ragged: 3},
		{Encoding: 9},
		{Workers: -1},
	} {
		if _, err := csv.NewSource(strings.NewReader("a\n"), o); !errors.As(err, new(*dataset.OptionError)) {
			t.Errorf("%+v: error is %v", o, err)
		}
	}
}

func TestReportSaysWhatWasInferredAndWhichLineDecided(t *testing.T) {
	text := "a,b,c,d,e\n,1,x,,9\n1,2,,2024-01-01,9\n\n2.5,3,z,2024-01-01T00:00:01,9\nx,9223372036854775808,z,,9\n1\n"
	src, err := csv.NewSource(strings.NewReader(text), csv.Options{Ragged: csv.RaggedSkip, Types: map[string]dataset.Type{"e": dataset.Int8}})
	if err != nil {
		t.Fatal(err)
	}
	r := src.Report()
	if r.Rows != 4 || r.Skipped != 1 || r.Filled != 0 {
		t.Errorf("got %+v", r)
	}
	var got []string
	for _, c := range r.Columns {
		got = append(got, fmt.Sprintf("%s %s %d: %s", c.Name, c.Type, c.Nulls, c.Why()))
	}
	want := []string{
		"a utf8 1: int64 from line 3, float64 from line 5, utf8 from line 6",
		"b utf8 0: int64 from line 2, beyond int64 from line 6",
		"c utf8 1: utf8 from line 2",
		"d timestamp[us] 2: date32 from line 3, timestamp[us] from line 5",
		"e int8 0: given",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	given, err := csv.NewSource(strings.NewReader(text), csv.Options{Schema: src.Schema()})
	if err != nil || given.Report() != nil {
		t.Errorf("a given schema: %v, %v", given.Report(), err)
	}
}

func TestDetect(t *testing.T) {
	var utf16le []byte
	for _, u := range utf16.Encode([]rune("name;size\nAda;1\nBob;2\n")) {
		utf16le = binary.LittleEndian.AppendUint16(utf16le, u)
	}
	type want struct {
		delimiter, quote, comment, thousands byte
		noHeader, comma                      bool
		nulls                                int // beside the default ones
		e                                    csv.Encoding
		columns                              string
	}
	for name, c := range map[string]struct {
		text string
		want want
	}{
		"commas":                  {"a,b\n1,x\n2,y\n", want{delimiter: ',', quote: '"', columns: "a int64,b utf8"}},
		"semicolons, point":       {"a;b\n1.5;x, y\n2;\"z;\"\n", want{delimiter: ';', quote: '"', columns: "a float64,b utf8"}},
		"semicolons, comma":       {"a;b\n1,5;2,5\n2,25;3\n", want{delimiter: ';', quote: '"', comma: true, columns: "a float64,b float64"}},
		"tabs":                    {"a\tb\n1,2\tx\n3,4\ty\n", want{delimiter: '\t', quote: '"', comma: true, columns: "a float64,b utf8"}},
		"bars":                    {"a|b|c\n1|2|x\n3|4|y z\n", want{delimiter: '|', quote: '"', columns: "a int64,b int64,c utf8"}},
		"single quotes":           {"'a','b'\n'x, y',1\n'it''s',2\n", want{delimiter: ',', quote: '\'', columns: "a utf8,b int64"}},
		"thousands, quoted":       {"a,b\n\"1,234,567\",x\n\"12,000\",y\n", want{delimiter: ',', quote: '"', thousands: ',', columns: "a int64,b utf8"}},
		"thousands, comma":        {"a;b\n1.234,5;x\n12.345.678,25;y\n", want{delimiter: ';', quote: '"', thousands: '.', comma: true, columns: "a float64,b utf8"}},
		"no header":               {"1,x\n2,y\n", want{delimiter: ',', quote: '"', noHeader: true, columns: "f0 int64,f1 utf8"}},
		"comments":                {"# made, by\n# hand\na,b\n1,2\n", want{delimiter: ',', quote: '"', comment: '#', columns: "a int64,b int64"}},
		"a name that starts so":   {"#id,b\n1,2\n", want{delimiter: ',', quote: '"', columns: "#id int64,b int64"}},
		"null words":              {"a,b\n1,x\n?,y\n3,-\n", want{delimiter: ',', quote: '"', nulls: 1, columns: "a int64?,b utf8"}},
		"one column":              {"a\n1\n2\n", want{delimiter: ',', quote: '"', columns: "a int64"}},
		"UTF-16 without a mark":   {string(utf16le), want{delimiter: ';', quote: '"', e: csv.EncodingUTF16LE, columns: "name utf8,size int64"}},
		"Latin-1":                 {"a,b\ncaf\xe9,1\n", want{delimiter: ',', quote: '"', e: csv.EncodingLatin1, columns: "a utf8,b int64"}},
		"a mark":                  {"\xff\xfe" + string(utf16le), want{delimiter: ';', quote: '"', columns: "name utf8,size int64"}},
		"quotes over line ends":   {"a;b\n\"x\n;\n,\";1\n\"y\";2\n", want{delimiter: ';', quote: '"', columns: "a utf8,b int64"}},
		"a ragged record or two":  {"a;b\n1;x\n2;y\n3;z\n4;z\n5\n6;z\n", want{delimiter: ';', quote: '"', columns: "csv: open"}},
		"CRLF":                    {"a;b\r\n1;x\r\n", want{delimiter: ';', quote: '"', columns: "a int64,b utf8"}},
		"a number no one groups":  {"a;b\n1.234;x\n2.500;y\n", want{delimiter: ';', quote: '"', columns: "a float64,b utf8"}},
		"times and their columns": {"when,n\n2024-01-01 00:00:00,1\n", want{delimiter: ',', quote: '"', columns: "when timestamp[us],n int64"}},
	} {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := csv.Detect(path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := want{d.Delimiter, d.Quote, d.Comment, d.Thousands, d.NoHeader, d.DecimalComma, len(d.NullTokens) - len(csv.DefaultNullTokens()), d.Encoding, c.want.columns}
		if got != c.want {
			t.Errorf("%s: got %+v, want %+v\n%s", name, got, c.want, d)
		}
		src, err := csv.Open(path, d.Options(csv.Options{}))
		columns := fmt.Sprint(err)
		if err == nil {
			var list []string
			for _, f := range src.Schema().Fields() {
				if list = append(list, f.Name+" "+string(f.Type)); f.Nullable {
					list[len(list)-1] += "?"
				}
			}
			columns = strings.Join(list, ",")
		}
		if !strings.HasPrefix(columns, c.want.columns) {
			t.Errorf("%s: got %s, want %s", name, columns, c.want.columns)
		}
		if len(d.Reasons) < 4 {
			t.Errorf("%s: reasons are %q", name, d.Reasons)
		}
	}
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte("\n\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := csv.Detect(empty); !errors.Is(err, dataset.ErrFormat) {
		t.Errorf("an empty file: %v", err)
	}
	if _, err := csv.Detect(empty + "not"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func FuzzDetect(f *testing.F) {
	f.Add([]byte("a;b\n1,5;2\n"))
	f.Add([]byte("#\n'a'\t1\n"))
	f.Add([]byte("\xff\xfea\x00"))
	path := filepath.Join(f.TempDir(), "file")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := csv.Detect(path)
		if err != nil {
			return
		}
		if _, err := csv.NewSource(bytes.NewReader(text), d.Options(csv.Options{MaxColumns: 100})); errors.As(err, new(*dataset.OptionError)) {
			t.Fatal(err)
		}
	})
}

func TestLargeCellsAndManyColumns(t *testing.T) {
	long := strings.Repeat("x", 10<<20)
	text := "a,b\n\"" + long + "\",1\n" + long + ",2\n"
	src, err := csv.NewSource(strings.NewReader(text), csv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := cells(src); err != nil || len(rows) != 2 || rows[0][0] != long || rows[1][0] != long {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	for _, text := range []string{text, "a,b\n" + long + ",1\n", "a,b\n" + long, "a,b\n\"" + long} {
		if got := joined(text, csv.Options{MaxFieldBytes: 1 << 20}); !strings.Contains(got, "line 2: cell longer than 1048576 bytes") {
			t.Errorf("got %.100s", got)
		}
	}
	const many = 99_999
	var names, numbers strings.Builder
	for i := range many {
		fmt.Fprintf(&names, "c%d,", i)
		fmt.Fprintf(&numbers, "%d,", i)
	}
	wide := names.String() + "last\n" + numbers.String() + "x\n"
	if got := joined(wide, csv.Options{}); !strings.Contains(got, "line 1: more than 10000 columns") {
		t.Errorf("got %.100s", got)
	}
	src, err = csv.NewSource(strings.NewReader(wide), csv.Options{MaxColumns: many + 1})
	if err != nil || src.Schema().Len() != many+1 || src.Schema().Field(many-1).Type != dataset.Int64 {
		t.Fatal(err)
	}
	for b, err := range src.Batches(t.Context()) {
		if err != nil || b.NumRows() != 1 || b.Column(many-1).ValueStr(0) != "99998" {
			t.Errorf("got %v", err)
		}
	}
	if got := joined("a,b\n1,2\n"+strings.Repeat(",", 20_000)+"\n", csv.Options{}); !strings.Contains(got, "line 3: more than 10000 columns") {
		t.Errorf("got %.100s", got)
	}
}
