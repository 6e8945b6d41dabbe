package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/alloc"
	"github.com/tidewheel/tidewheel/serve/internal/wire"
	"github.com/tidewheel/tidewheel/validate"
)

// value reads a whole JSON text into Go's plain forms, numbers as json.Number.
func value(r *wire.Reader) (any, error) {
	switch r.Peek() {
	case wire.Null:
		return nil, r.Null()
	case wire.Bool:
		return r.Bool()
	case wire.Number:
		n, err := r.Number()
		return json.Number(n), err
	case wire.Text:
		return r.Text()
	case wire.Object:
		out := map[string]any{}
		err := r.Object(func(key string) (err error) {
			out[key], err = value(r)
			return err
		})
		return out, err
	case wire.Array:
		out := []any{}
		err := r.Items(func() error {
			v, err := value(r)
			out = append(out, v)
			return err
		})
		return out, err
	default:
		return nil, r.Want("a value")
	}
}

func read(text string) (any, error) {
	r, err := wire.NewReader(text, wire.Limits{Depth: 100})
	if err != nil {
		return nil, err
	}
	v, err := value(r)
	if err != nil {
		return nil, err
	}
	return v, r.End()
}

func TestReaderReadsWhatJSONIs(t *testing.T) {
	for _, text := range []string{
		`null`, ` true `, "\t\r\nfalse", `0`, `-0`, `1.5e-7`, `12E+3`, `""`, `"a"`, `"é𝄞"`, `"\"\\\/\b\f\n\r\t\u00e9\uD834\uDD1E\u0000"`,
		`[]`, `[ ]`, `[1,[2,[3]],{}]`, `{}`, `{ "a" : 1 , "b":[{"a":null}] }`, `{"\u0061":1}`,
	} {
		got, err := read(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		var want any
		dec := json.NewDecoder(strings.NewReader(text))
		dec.UseNumber()
		if err := dec.Decode(&want); err != nil {
			t.Fatal(err)
		}
		a, _ := json.Marshal(got)
		b, _ := json.Marshal(want)
		if !bytes.Equal(a, b) {
			t.Errorf("%s: got %s, want %s", text, a, b)
		}
	}
}

func TestReaderRefusesWhatJSONIsNot(t *testing.T) {
	for _, text := range []string{
		``, ` `, `nul`, `nullx`, `True`, `truefalse`, `01`, `-`, `-a`, `1.`, `.5`, `1e`, `1e+`, `1a`, `+1`, `0x1`, `"`, `"\`, `"\x"`, `"\u12"`, `"\u123g"`, `"\ud834"`,
		`"\ud834\u0041"`, `"\udd1e"`, "\"\x01\"", "\"\\n\x02\"", "\"\xff\"", `[`, `[1`, `[1,`, `[1,]`, `[,1]`, `[1 2]`, `{`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{a:1}`,
		`{"a" 1}`, `{1:1}`, `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `1 2`, `[]]`, `}`, `]`, `'a'`, `[1}`, `{"a":1]`,
	} {
		_, err := read(text)
		var format *dataset.FormatError
		if !errors.As(err, &format) || format.Format != "json" || !errors.Is(err, dataset.ErrFormat) {
			t.Errorf("%s: %v", text, err)
		}
	}
	_, err := read("{\n\"a\":\n x}")
	if want := "json: line 3: want a value, got something that is no value"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestReaderKeepsLimits(t *testing.T) {
	for _, c := range []struct {
		text string
		l    wire.Limits
		ok   bool
	}{
		{`[[1]]`, wire.Limits{Depth: 2}, true},
		{`[[[1]]]`, wire.Limits{Depth: 2}, false},
		{`[[1],[1],[1]]`, wire.Limits{Depth: 2}, true},
		{`"abc"`, wire.Limits{TextBytes: 3}, true},
		{`"abcd"`, wire.Limits{TextBytes: 3}, false},
		{`"\u0061bcd"`, wire.Limits{TextBytes: 3}, false},
		{`{"abcd":1}`, wire.Limits{TextBytes: 3}, false},
		{`1234`, wire.Limits{TextBytes: 3}, false},
		{`{"a":1,"b":1}`, wire.Limits{Members: 2}, true},
		{`{"a":1,"b":1,"c":1}`, wire.Limits{Members: 2}, false},
	} {
		r, err := wire.NewReader(c.text, c.l)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Skip(); (err == nil) != c.ok || (err != nil && !errors.Is(err, dataset.ErrLimit)) {
			t.Errorf("%s: %v", c.text, err)
		}
	}
	r, err := wire.NewReader(strings.Repeat("[", 1_000_000), wire.Limits{Depth: 16})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Skip(); !errors.Is(err, dataset.ErrLimit) {
		t.Errorf("a million brackets: %v", err)
	}
}

func TestRawIsTheTextOfAValue(t *testing.T) {
	r, err := wire.NewReader(` {"a": [1, "x"] } `, wire.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := r.Raw()
	if err != nil || raw != `{"a": [1, "x"] }` {
		t.Errorf("got %q, %v", raw, err)
	}
	if err := r.Sub(raw).Skip(); err != nil {
		t.Error(err)
	}
}

func TestCellReadsJSONByTheTypeOfTheColumn(t *testing.T) {
	null, refused, counted := dataset.Value{}, validate.Refused, validate.Counted
	for _, c := range []struct {
		typ      dataset.Type
		text     string
		want     dataset.Value
		rule     validate.Rule
		severity validate.Severity
	}{
		{dataset.Float64, `1.5`, dataset.NumberValue(1.5), "", 0},
		{dataset.Float64, `null`, null, "", 0},
		{dataset.Float64, `"1.5"`, dataset.NumberValue(1.5), validate.RuleTextAsNumber, counted},
		{dataset.Float64, `"x"`, null, validate.RuleType, refused},
		{dataset.Float64, `true`, dataset.NumberValue(1), validate.RuleBoolAsNumber, counted},
		{dataset.Float64, `NaN`, null, validate.RuleNonFinite, refused},
		{dataset.Float64, `-Infinity`, null, validate.RuleNonFinite, refused},
		{dataset.Float64, `{}`, null, validate.RuleType, refused},
		{dataset.Int8, `127`, dataset.NumberValue(127), "", 0},
		{dataset.Int8, `128`, null, validate.RuleOverflow, refused},
		{dataset.Bool, `true`, dataset.NumberValue(1), "", 0},
		{dataset.Bool, `0`, dataset.NumberValue(0), validate.RuleNumberAsBool, counted},
		{dataset.Bool, `2`, null, validate.RuleType, refused},
		{dataset.Utf8, `"x"`, dataset.TextValue("x"), "", 0},
		{dataset.Utf8, `7`, dataset.TextValue("7"), validate.RuleNumberAsText, counted},
		{dataset.Utf8, `[1]`, null, validate.RuleType, refused},
		{dataset.Date32, `"1970-01-03"`, dataset.NumberValue(2), "", 0},
		{dataset.Date32, `"3 January"`, null, validate.RuleType, refused},
		{dataset.Date32, `2`, null, validate.RuleType, refused},
		{dataset.TimeUTC, `"1970-01-01T00:00:01Z"`, dataset.NumberValue(1e6), "", 0},
		{dataset.Timestamp, `"1970-01-01T00:00:01"`, dataset.NumberValue(1e6), "", 0},
		{dataset.JSON, `{"a":1}`, dataset.TextValue(`{"a":1}`), "", 0},
		{dataset.JSON, `12`, dataset.TextValue(`12`), "", 0},
		{dataset.Binary, `"AA=="`, dataset.Value{Valid: true}, "", 0},
		{dataset.List(dataset.Float64), `[1]`, dataset.Value{Valid: true}, "", 0},
		{dataset.List(dataset.Float64), `{}`, null, validate.RuleType, refused},
	} {
		r, err := wire.NewReader(c.text, wire.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		v, verdict, err := wire.Cell(r, &dataset.Field{Name: "x", Type: c.typ})
		if err != nil || v != c.want || verdict != (validate.Verdict{Rule: c.rule, Severity: c.severity}) {
			t.Errorf("%s as %s: %+v %+v %v", c.text, c.typ, v, verdict, err)
		}
	}
}

func TestAppendReadsBack(t *testing.T) {
	numbers := []float64{0, math.Copysign(0, -1), 1, -1.5, 0.1, 1e-7, 1e21, 1e300, math.MaxFloat64, math.SmallestNonzeroFloat64}
	var back []float64
	text := wire.AppendNumbers(nil, numbers)
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	for i, v := range numbers {
		if math.Float64bits(v) != math.Float64bits(back[i]) {
			t.Errorf("%v comes back as %v", v, back[i])
		}
	}
	if got := string(wire.AppendNumbers(nil, []float64{math.NaN(), math.Inf(1)})); got != "[null,null]" {
		t.Errorf("got %s", got)
	}
	for _, s := range []string{"", "a\"\\\n\x00\x7fé𝄞<>&", "\u2028"} {
		var back string
		if err := json.Unmarshal(wire.AppendText(nil, s), &back); err != nil || back != s {
			t.Errorf("%q comes back as %q, %v", s, back, err)
		}
	}
}

// FuzzReader compares with encoding/json: what the reader takes is JSON with the same meaning, and what it refuses is not, or has a key twice.
func FuzzReader(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5e3,"x\u00e9",null,true]}`, `[[[]]]`, `"\ud834\udd1e"`, `NaN`, `-0`, ``, `{"a":1,"a":2}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var got any
		var err error
		if over := alloc.Bound(1<<20+1000*len(text), func() { got, err = read(text) }); over != nil {
			t.Fatal(over)
		}
		dec := json.NewDecoder(strings.NewReader(text))
		dec.UseNumber()
		var want any
		wantErr := dec.Decode(&want)
		if _, more := dec.Token(); wantErr == nil && more != io.EOF {
			wantErr = errors.New("more behind it")
		}
		if err != nil {
			return // stricter: UTF-8, surrogates, keys, depth
		}
		if wantErr != nil {
			t.Fatalf("%q: read, but encoding/json says %v", text, wantErr)
		}
		a, _ := json.Marshal(got)
		b, _ := json.Marshal(want)
		if !bytes.Equal(a, b) {
			t.Fatalf("%q: got %s, want %s", text, a, b)
		}
	})
}
