package csv

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// fast returns the schema and rows of text, and the rows of whole batches where there is an error.
func fast(t *testing.T, text []byte, o Options) (s *dataset.Schema, rows []string, err error) {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	o.Allocator = mem
	src, err := NewSource(bytes.NewReader(text), o)
	if err != nil {
		return nil, nil, err
	}
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			return src.Schema(), rows, err
		}
		rows = append(rows, lines(b)...)
	}
	return src.Schema(), rows, nil
}

// plain is fast in the plain way.
func plain(text []byte, o Options) (s *dataset.Schema, rows []string, err error) {
	o, err = o.check("")
	if err != nil {
		return nil, nil, err
	}
	if s = o.Schema; s == nil {
		if s, err = plainSchema(text, o); err != nil {
			return nil, nil, err
		}
	}
	rows, err = plainRows(text, s, o)
	return s, rows, err
}

// core is the text of an error without the context that callers add.
func core(err error) string {
	if err == nil {
		return ""
	}
	text := err.Error()
	if i := strings.LastIndex(text, "csv: "); i >= 0 {
		text = text[i:]
	}
	return text
}

// sameAsPlain checks that a text gives the same schema, rows and error in every way of reading it.
func sameAsPlain(t *testing.T, text []byte, o Options) {
	t.Helper()
	o.Encoding = EncodingUTF8
	schema, rows, err := plain(text, o)
	for _, way := range []struct{ block, workers, keep int }{{0, 1, 0}, {40, 1, 0}, {64, 2, -1}, {150, 1, 0}, {40, 8, 0}, {200, 8, 2000}} {
		o.block, o.Workers, o.KeepBytes = way.block, way.workers, way.keep
		gotSchema, got, gotErr := fast(t, text, o)
		if !strings.HasSuffix(core(gotErr), core(err)) || (err == nil) != (gotErr == nil) {
			if strings.Contains(core(gotErr), "one column whose name holds") {
				return // which the plain way does not look for
			}
			t.Fatalf("%+v: error is %v, want %v\n%q", way, gotErr, err, text)
		}
		if gotSchema != nil && schema != nil && !gotSchema.Equal(schema) {
			t.Fatalf("%+v: schema is %v, want %v", way, gotSchema.Fields(), schema.Fields())
		}
		if !reflect.DeepEqual(got, rows) && !(len(got) == 0 && len(rows) == 0) {
			for i := range min(len(got), len(rows)) {
				if got[i] != rows[i] {
					t.Fatalf("%+v: row %d is %s, want %s", way, i, got[i], rows[i])
				}
			}
			t.Fatalf("%+v: %d rows, want %d", way, len(got), len(rows))
		}
	}
}

// cells are texts of every form that a type has, and nearly has.
func cells() []string {
	return []string{
		"", "NA", "nan", " NA ", "\"NA\"", "\"\"", "1", "-1", "+1", "007", "-0", "0", "12345678", "123456789", "1234567890123456", "12345678901234567",
		"9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551615", "18446744073709551616", "1.5", "-1.5", ".5", "5.", "-.5", ".", "-", "+",
		"1e5", "1E-5", "1e999", "0.1", "0.12345678901234567", "-117.96052282227754", "12345678.123456789", "123456789.5", "0.000000000000000000000000000001", "inf", "-Infinity",
		"0x10", "1_0", "true", "false", "True", "TRUE", "truE", "true ", " 12 ", "2024-02-29", "2023-02-29", "2024-13-01", "1999-12-31", "0000-01-01", "2024-02-29 ", "2024-02-3a",
		"2024-02-29T12:30:01", "2024-02-29 23:59:59", "2024-02-29T24:00:00", "2024-02-29T12:60:00", "2024-02-29T12:30:01Z", "2024-02-29 12:30:01+01:00", "2024-02-29T12:30",
		"2024-02-29T12:30:01.5", "2024-02-29x12:30:01", "2024-02-29T12:30:0:", "word", "a longer text that has more than sixteen bytes", "é",
		"x\"y", "\"a,b\"", "\"a\"\"b\"", "\"l\nm\"", "\"\"\"\"",
		"1.0", "300", "-129", "70000", "5000000000", "1e3", "3.50", "NULL", "#N/A", "1.#IND", "-nan",
	}
}

func TestTypesGivenAndInferredAreThoseOfThePlainWay(t *testing.T) {
	types := []dataset.Type{
		dataset.Bool, dataset.Int8, dataset.Int16, dataset.Int32, dataset.Int64, dataset.Uint8, dataset.Uint16, dataset.Uint32, dataset.Uint64, dataset.Float32, dataset.Float64,
		dataset.Utf8, dataset.LargeUtf8, dataset.Dictionary, dataset.Date32, dataset.Timestamp, dataset.TimeUTC, dataset.JSON, dataset.Decimal128(10, 2),
	}
	for _, c := range cells() {
		text := []byte("a,b\n" + c + ",x\n\n" + c + ",y\r\n")
		sameAsPlain(t, text, Options{})
		for _, typ := range types {
			s, err := dataset.NewSchema(dataset.Field{Name: "a", Type: typ, Nullable: true})
			if err != nil {
				t.Fatal(err)
			}
			sameAsPlain(t, text, Options{Schema: s, BatchRows: 1})
		}
	}
	for _, tokens := range [][]string{{}, {"1", "2024-02-29"}, {"true", "-1.5", "inf"}, {"a longer text that has more than sixteen bytes"}} {
		for _, c := range cells() {
			sameAsPlain(t, []byte("a,b\n"+c+",x\n"), Options{NullTokens: tokens})
		}
	}
}

// Columns whose cells change their form after some rows, in blocks of a few records.
func TestTypesThatWidenLateAreThoseOfThePlainWay(t *testing.T) {
	all := cells()
	r := rand.New(rand.NewPCG(1, 2))
	for range 150 {
		var text bytes.Buffer
		text.WriteString("a,b,c,d\n")
		for i := range 5 + r.IntN(40) {
			for j := range 4 {
				if j > 0 {
					text.WriteByte(',')
				}
				form := r.IntN(len(all))
				if i < 30 && j > 0 { // few forms for long, so that types last
					form = (j*7 + i/(4+j*6)) % len(all)
				}
				text.WriteString(all[form])
			}
			text.WriteByte('\n')
		}
		sameAsPlain(t, text.Bytes(), Options{BatchRows: 1 + r.IntN(20)})
	}
}

func TestForcedTypesAreThoseOfThePlainWay(t *testing.T) {
	for _, c := range []string{"1", "x", "1.5", "NA", "\"NA\"", ""} {
		for _, typ := range []dataset.Type{dataset.Int8, dataset.Utf8, dataset.Dictionary, dataset.Float32, dataset.Decimal128(4, 1)} {
			sameAsPlain(t, []byte("a,b\n2,NA\n"+c+",3\n3,4.5\n"), Options{BatchRows: 1, Types: map[string]dataset.Type{"a": typ}})
		}
	}
}

// Text with many quotes, now and then one where none belongs, in blocks that end anywhere.
func TestTextWithManyQuotesIsThatOfThePlainWay(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	forms := []string{`"a"`, `""`, `"b""c"`, "\"x\ny\"", `"12"`, `"0.5"`, `d`, ``, `""""`, `"""q"""`, "\"\r\n\"", `"NA"`, `"a longer cell of text, with a delimiter in it, and "" a quote"`}
	strange := []string{`e"f`, `g"`, `"`, `"x"y`, `"x""y"z`, `"x""y"z"`, `"x"z"`, "\"x\"\r", `h"i"j`, "k\rl", `"x" `, ` "x"`, "\"\xff\"", "\"\x00\""}
	for round := range 300 {
		text, odd := []byte("a,b,c\n"), r.IntN(60)
		for row := range r.IntN(30) {
			for j := range 3 {
				form := forms[r.IntN(len(forms))]
				if odd--; round%3 == 0 && odd == 0 {
					form = strange[r.IntN(len(strange))]
				}
				text = append(append(text, form...), ",,\n"[j])
			}
			switch end := len(text) - 1; {
			case round%4 == 1 || row%5 == 4:
				text = append(text[:end], []string{"\r\n", "\n\n", "\r\n\n", "\n\r\n\r\n"}[r.IntN(4)]...)
			case round%50 == 7 && row == 20:
				text = append(text[:end], ",\"z\"\n"...)
			}
		}
		sameAsPlain(t, text[:len(text)-r.IntN(2)], Options{BatchRows: 1 + r.IntN(9)})
	}
}

func FuzzPlain(f *testing.F) {
	for _, c := range cells() {
		f.Add([]byte("a,b\n"+c+",1\n2,"+c+"\n"), byte(','), uint8(3))
	}
	f.Add([]byte("a\r\n\"x\r\ny\"\r\n\rz\n"), byte(';'), uint8(1))
	f.Add([]byte("a,b\n1,\xff\n3\n"), byte(','), uint8(1))
	f.Add([]byte("a,b\n\"1\",\"x\"\"y\"\n\"2\",\"\"\n\"3\",\"z\nz\"\r\n\"4\",\"\"\"\"\n\"5\",\"x\" y\n"), byte(','), uint8(2))
	f.Add([]byte("a,b\n\"1\",\"2\"\n\"1\",\"2\"\n\"1\",\"2\"\n\"1\",\"2\"\n\"1\",\"2\"\n\"1\",\"2\"\n\"1\",x\"y\"\n\"1\",\"z"), byte(','), uint8(2))
	f.Fuzz(func(t *testing.T, text []byte, delimiter byte, rows uint8) {
		sameAsPlain(t, text, Options{Delimiter: delimiter, BatchRows: int(rows), MaxFieldBytes: 1 << 10, MaxColumns: 20})
	})
}

func FuzzDecimals(f *testing.F) {
	for _, c := range cells() {
		f.Add(c)
	}
	d := newDecimals()
	f.Fuzz(func(t *testing.T, text string) { sameAsStrconv(t, d, text) })
}

func sameAsStrconv(t *testing.T, d *decimals, text string) {
	t.Helper()
	if text == "" {
		return
	}
	got, ok := d.read(append([]byte(text), make([]byte, slack)...), 0, len(text))
	want, err := strconv.ParseFloat(text, 64)
	if _, plain := cell.Float([]byte(text)); ok && (err != nil || !plain || math.Float64bits(got) != math.Float64bits(want)) {
		t.Fatalf("%q: got %x, want %x, %v", text, math.Float64bits(got), math.Float64bits(want), err)
	}
}

// Numbers of all lengths, numbers as programs print them, and numbers near the middle between two that float64 holds.
func TestDecimalsHaveTheBitsOfStrconv(t *testing.T) {
	d, r := newDecimals(), rand.New(rand.NewPCG(3, 4))
	for range 60_000 {
		digits := strconv.FormatUint(r.Uint64()>>r.IntN(64), 10)
		digits = strings.Repeat("0", r.IntN(4)) + digits
		at := r.IntN(len(digits) + 1)
		sameAsStrconv(t, d, strings.Repeat("-", r.IntN(2))+digits[:at]+"."+digits[at:])
		v := math.Float64frombits(r.Uint64()%(1<<52) | uint64(1023-60+r.IntN(80))<<52)
		sameAsStrconv(t, d, strconv.FormatFloat(v, 'f', -1, 64))
		sameAsStrconv(t, d, strconv.FormatFloat(v, 'f', r.IntN(18), 64))
		middle := uint64(1)<<53 + r.Uint64()%(1<<53) | 1 // of 54 bits
		sameAsStrconv(t, d, strconv.FormatFloat(float64(middle>>1)/1024, 'f', r.IntN(12), 64))
		sameAsStrconv(t, d, fmt.Sprintf("%d.%d", middle>>30, middle&(1<<30-1)))
	}
}

func TestDaysAndClocksAreThoseOfTheCalendar(t *testing.T) {
	for day := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 10_000; day = day.AddDate(0, 0, 3+day.Year()%3*20) {
		text := append([]byte(day.Format(time.DateOnly)), make([]byte, slack)...)
		first, length := month(word(text))
		last := time.Date(day.Year(), day.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
		if want := day.Unix() / 86400; first+int64(day.Day()) != want || length != int64(last) {
			t.Fatalf("%s: got %d of %d days, want %d of %d", text, first+int64(day.Day()), length, want, last)
		}
	}
	for second := range 86400 {
		text := fmt.Appendf(nil, "%02d:%02d:%02d", second/3600, second/60%60, second%60)
		if got, ok := timeOfDay(word(text)); !ok || got != int64(second)*1_000_000 {
			t.Fatalf("%s: got %d, %v", text, got, ok)
		}
	}
}

func TestLastNewline(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		b := make([]byte, r.IntN(40))
		for i := range b {
			b[i] = []byte{'\n', 0x0b, 0x8a, 0x09, 'x', 0}[r.IntN(6)*r.IntN(2)]
			if b[i] == '\n' && r.IntN(3) > 0 {
				b[i] = 0x0b
			}
		}
		if got, want := lastNewline(b), bytes.LastIndexByte(b, '\n'); got != want {
			t.Fatalf("%q: got %d, want %d", b, got, want)
		}
	}
}

// slowScan is scan without dense, a byte at a time.
func slowScan(text []byte, delim byte) (end int, open bool) {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case open && c == '"' && i+1 < len(text) && text[i+1] == '"':
			i++
		case open && c == '"':
			open = false
		case open:
		case c == '\n':
			end = i + 1
		case c == '"' && (i == 0 || text[i-1] == delim || text[i-1] == '\n'):
			open = true
		}
	}
	return end, open
}

// Text with many quotes, cut at any byte into two reads, has the record ends that a byte at a time finds.
func TestScanFindsTheRecordsOfQuotedText(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	o, err := Options{}.check("")
	if err != nil {
		t.Fatal(err)
	}
	for round := range 5_000 {
		text := make([]byte, r.IntN(300))
		forms := []string{`"a"`, `""`, `"b""c"`, "\"x\ny\"", `d`, "\n", ",", `""""`}
		if round%2 == 0 {
			forms = append(forms, `"`, `e"f`, `g"`, `""""""`)
		}
		text = text[:0]
		for len(text) < cap(text) {
			text = append(text, forms[r.IntN(len(forms))]...)
			text = append(text, []byte{',', '\n', ','}[r.IntN(3)])
		}
		c := newCutter(bytes.NewReader(nil), &o)
		buf := append(text, make([]byte, slack)...)[:len(text)]
		half := r.IntN(len(text) + 1)
		c.scan(buf[:half])
		c.err = io.EOF
		c.scan(buf)
		if end, open := slowScan(text, ','); c.end != end || c.open != open {
			t.Fatalf("%q cut at %d: got %d, %v, want %d, %v", text, half, c.end, c.open, end, open)
		}
	}
}
