package csv

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/tidewheel/tidewheel/dataset"
)

// plainPart returns the schema of the records that start in the first n bytes of text, and whether others follow them.
func plainPart(text []byte, n int, o Options) (s *dataset.Schema, part bool, err error) {
	t := newTokenizer(bytes.NewReader(text), o)
	if _, _, err := t.next(); err != nil {
		return nil, false, err
	}
	at := func() int { return len(text) - (t.end - t.at) }
	end := at()
	for {
		start := end
		for start < len(text) && (text[start] == '\n' || bytes.HasPrefix(text[start:], []byte("\r\n"))) {
			start++
		}
		if part = start < len(text) && start >= n; part || start >= len(text) {
			break
		}
		if _, _, err := t.next(); err != nil {
			return nil, false, err
		}
		end = at()
	}
	if s, err = plainSchema(text[:end], o); err != nil || !part {
		return s, part, err
	}
	fields := s.Fields()
	for i := range fields {
		fields[i].Nullable = true
	}
	s, err = dataset.NewSchema(fields...)
	return s, part, err
}

// samePart checks that types come from the first n bytes of a text alone, and the rows are those of that schema, in every way of reading.
func samePart(t *testing.T, text []byte, n int, o Options) {
	t.Helper()
	o, err := o.check("")
	if err != nil {
		t.Fatal(err)
	}
	schema, part, err := plainPart(text, n, o)
	var rows []string
	if err == nil {
		rows, err = plainRows(text, schema, o)
	}
	origin := regexp.MustCompile(`, as inferred from the first \d+ records`)
	for _, way := range []struct{ block, workers, keep int }{{0, 1, 0}, {40, 1, 0}, {64, 2, -1}, {200, 8, 300}} {
		o := o
		o.block, o.Workers, o.KeepBytes, o.InferBytes, o.Encoding = way.block, way.workers, way.keep, n, EncodingUTF8
		if way.block == 0 {
			o.block = 256 << 10
		}
		gotSchema, got, gotErr := fast(t, text, o)
		if part && gotErr != nil && strings.Contains(gotErr.Error(), "a cell of") && !origin.MatchString(gotErr.Error()) {
			t.Fatalf("%+v: error is %v", way, gotErr)
		}
		if gotErr != nil {
			gotErr = errors.New(origin.ReplaceAllString(gotErr.Error(), ""))
		}
		if !strings.HasSuffix(core(gotErr), core(err)) || (err == nil) != (gotErr == nil) {
			t.Fatalf("%+v: error is %v, want %v\n%d of %q", way, gotErr, err, n, text)
		}
		if gotSchema != nil && !gotSchema.Equal(schema) {
			t.Fatalf("%+v: schema is %v, want %v\n%d of %q", way, gotSchema.Fields(), schema.Fields(), n, text)
		}
		if !reflect.DeepEqual(got, rows) && !(len(got) == 0 && len(rows) == 0) {
			t.Fatalf("%+v: got %d rows, want %d\n%d of %q", way, len(got), len(rows), n, text)
		}
	}
}

func TestTypesOfTheFirstBytes(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	forms := cells()
	for range 150 {
		text := []byte("a,b,c\n")
		late := r.IntN(60)
		for row := range 1 + r.IntN(60) {
			for j := range 3 {
				form := []string{"1", "2.5", "\"x\"\"y\""}[j]
				if r.IntN(5) == 0 {
					form = "NA"
				}
				if row > late && r.IntN(30) == 0 {
					form = forms[r.IntN(len(forms))]
				}
				text = append(append(text, form...), ",,\n"[j])
			}
			text = append(text, "\n\r\n"[:r.IntN(2)*r.IntN(4)]...)
		}
		samePart(t, text, 1+r.IntN(len(text)+20), Options{BatchRows: 1 + r.IntN(6)})
	}
}

// What is not kept is read from where it starts: with a mark, in other encodings, and compressed.
func TestReadingGoesOnBehindWhatWasKept(t *testing.T) {
	var text strings.Builder
	text.WriteString("n,word\n")
	for i := range 500 {
		fmt.Fprintf(&text, "%d,\"w \"\"é\"\"\n%d\"\n", i, i)
	}
	var gz bytes.Buffer
	w := gzip.NewWriter(&gz)
	if _, err := w.Write([]byte(text.String())); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	utf := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text.String())) {
		utf = append(utf, byte(u), byte(u>>8))
	}
	dir := t.TempDir()
	for name, raw := range map[string][]byte{"a.csv": []byte(text.String()), "b.csv": []byte("\ufeff" + text.String()), "c.csv": utf, "d.csv.gz": gz.Bytes()} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, infer := range []int{-1, 1000, 5000} {
			src, err := Open(path, Options{KeepBytes: 3000, InferBytes: infer, BatchRows: 30, block: 700})
			if err != nil {
				t.Fatal(err)
			}
			if len(src.kept.list) == 0 || src.kept.whole || src.Report().Part != (infer > 0) {
				t.Fatalf("%s: %d batches are kept, %+v", name, len(src.kept.list), src.Report())
			}
			for range 2 {
				var rows []string
				for b, err := range src.Batches(t.Context()) {
					if err != nil {
						t.Fatalf("%s: %v", name, err)
					}
					rows = append(rows, lines(b)...)
				}
				for i, row := range rows {
					if want := fmt.Sprintf("false \"%d\"|false %q|", i, fmt.Sprintf("w \"é\"\n%d", i)); row != want {
						t.Fatalf("%s: row %d is %s, want %s", name, i, row, want)
					}
				}
				if len(rows) != 500 {
					t.Errorf("%s: %d rows", name, len(rows))
				}
			}
		}
	}
}

func TestAFileThatChangedBehindWhatWasKeptIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	for _, after := range []string{"a\n" + strings.Repeat("1\n", 100), "a\n" + strings.Repeat("123456\n", 1000)} {
		if err := os.WriteFile(path, []byte("a\n"+strings.Repeat("1234\n", 1000)), 0o600); err != nil {
			t.Fatal(err)
		}
		src, err := Open(path, Options{KeepBytes: 3000, BatchRows: 101, block: 700})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(after), 0o600); err != nil {
			t.Fatal(err)
		}
		var last error
		for _, err := range src.Batches(t.Context()) {
			last = err
		}
		if !errors.Is(last, dataset.ErrFormat) || !strings.Contains(last.Error(), "line 305: want the text that was there at opening") {
			t.Errorf("error is %v", last)
		}
	}
}

func TestACellThatDoesNotFitTheFirstRecordsIsRefused(t *testing.T) {
	text := "a,b\n" + strings.Repeat("1,true\n", 100) + "x,true\n"
	src, err := NewSource(strings.NewReader(text), Options{InferBytes: 70})
	if err != nil {
		t.Fatal(err)
	}
	if r := src.Report(); !r.Part || r.Rows != 10 {
		t.Errorf("report is %+v", r)
	}
	for b, err := range src.Batches(t.Context()) {
		var facts *dataset.FormatError
		if b.Schema() != nil || !errors.As(err, &facts) || facts.Line != 102 || facts.Column != "a" || facts.Want != "int64, as inferred from the first 10 records" {
			t.Errorf("error is %v", err)
		}
	}
}
