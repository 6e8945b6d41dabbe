package dataset_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/alloc"
)

func number(v float64) *float64 { return &v }

// fullSchema has every rule once.
func fullSchema(t testing.TB) *dataset.Schema {
	t.Helper()
	s, err := dataset.NewSchema(
		dataset.Field{Name: "id", Type: dataset.Int64, Role: dataset.Key},
		dataset.Field{Name: "amount", Type: dataset.Float64, Unit: "EUR", Min: number(0), Max: number(0.1), Description: "what <is> paid", Purpose: "fraud"},
		dataset.Field{Name: "country", Type: dataset.Dictionary, Nullable: true, OneOf: []string{"DE", "", "FR"}, Unseen: dataset.UnseenOther, Pattern: "[A-Z]*"},
		dataset.Field{Name: "sex", Type: dataset.Utf8, Personal: true, Sensitive: true, Unseen: dataset.UnseenMissing},
		dataset.Field{Name: "at", Type: dataset.TimestampIn("Europe/Paris"), Role: dataset.Time},
		dataset.Field{Name: "raw", Type: dataset.JSON},
		dataset.Field{Name: "late", Type: dataset.Bool, Role: dataset.Target},
	)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestNewSchemaRefusesEveryBadRule(t *testing.T) {
	for name, f := range map[string]dataset.Field{
		"no name":              {Type: dataset.Bool},
		"long name":            {Name: strings.Repeat("x", 257), Type: dataset.Bool},
		"control character":    {Name: "a\nb", Type: dataset.Bool},
		"no type":              {Name: "a"},
		"unknown type":         {Name: "a", Type: "float16"},
		"role":                 {Name: "a", Type: dataset.Bool, Role: "label"},
		"unseen":               {Name: "a", Type: dataset.Utf8, Unseen: "drop"},
		"bounds on text":       {Name: "a", Type: dataset.Utf8, Min: number(1)},
		"bounds crossed":       {Name: "a", Type: dataset.Int8, Min: number(2), Max: number(1)},
		"infinite bound":       {Name: "a", Type: dataset.Float64, Max: number(math.Inf(1))},
		"NaN bound":            {Name: "a", Type: dataset.Float64, Min: number(math.NaN())},
		"categories of number": {Name: "a", Type: dataset.Int8, OneOf: []string{"1"}},
		"category twice":       {Name: "a", Type: dataset.Utf8, OneOf: []string{"1", "1"}},
		"pattern on number":    {Name: "a", Type: dataset.Int8, Pattern: "1"},
		"pattern":              {Name: "a", Type: dataset.Utf8, Pattern: "("},
		"long pattern":         {Name: "a", Type: dataset.Utf8, Pattern: strings.Repeat("a", 4097)},
	} {
		if s, err := dataset.NewSchema(f); !errors.Is(err, dataset.ErrSchema) || s != nil {
			t.Errorf("%s: got %v, %v", name, s, err)
		}
	}
	_, err := dataset.NewSchema(dataset.Field{Name: "a"}, dataset.Field{Name: "b", Type: "x"}, dataset.Field{Name: "a", Type: dataset.Bool})
	for _, want := range []string{`"a"`, `"b"`, "twice"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("not all errors are joined: %v", err)
		}
	}
}

func TestSchemaIsImmutable(t *testing.T) {
	s := fullSchema(t)
	digest := s.Digest()
	f := s.Field(1)
	*f.Min = 9
	s.Field(2).OneOf[0] = "x"
	s.Fields()[0].Name = "x"
	s.Names()[0] = "x"
	if again := fullSchema(t); *s.Field(1).Min != 0 || s.Field(2).OneOf[0] != "DE" || s.Index("id") != 0 || !s.Equal(again) || again.Digest() != digest {
		t.Error("a caller changed the schema")
	}
}

func TestSchemaLookups(t *testing.T) {
	s := fullSchema(t)
	if s.Len() != 7 || s.Index("ID") != -1 || !reflect.DeepEqual(s.ByRole(dataset.Feature), []string{"amount", "country", "sex", "raw"}) {
		t.Errorf("got %d, %d, %v", s.Len(), s.Index("ID"), s.ByRole(dataset.Feature))
	}
	if _, ok := s.Lookup("nope"); ok {
		t.Error("found nothing")
	}
	picked, err := s.Select("late", "amount")
	if err != nil || !reflect.DeepEqual(picked.Names(), []string{"late", "amount"}) {
		t.Errorf("select: %v, %v", picked, err)
	}
	if _, err := s.Select("nope"); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("error is %v", err)
	}
	with, err := picked.With(dataset.Field{Name: "amount", Type: dataset.Int8}, dataset.Field{Name: "new", Type: dataset.Bool})
	if err != nil || !reflect.DeepEqual(with.Names(), []string{"late", "amount", "new"}) || with.Field(1).Type != dataset.Int8 {
		t.Errorf("with: %v, %v", with, err)
	}
	without, err := with.Without("late", "nope")
	if err != nil || !reflect.DeepEqual(without.Names(), []string{"amount", "new"}) || without.Equal(with) {
		t.Errorf("without: %v, %v", without, err)
	}
}

func TestSchemaJSONRoundTrip(t *testing.T) {
	s := fullSchema(t)
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(text), `{"tidewheel.schema":1,"fields":[{"name":"id","type":"int64","role":"key"},`) || !strings.Contains(string(text), `"max":0.1`) {
		t.Errorf("JSON is %s", text)
	}
	var back dataset.Schema
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if !back.Equal(s) || back.Digest() != s.Digest() || !reflect.DeepEqual(back.Fields(), s.Fields()) {
		t.Error("another schema came back")
	}
	for name, bad := range map[string]string{
		"nothing": "", "array": "[]", "no version": `{"fields":[]}`, "version": `{"tidewheel.schema":2,"fields":[]}`, "key": `{"tidewheel.schema":1,"fields":[],"x":1}`,
		"field key": `{"tidewheel.schema":1,"fields":[{"name":"a","type":"bool","max_len":1}]}`, "two": `{"tidewheel.schema":1,"fields":[]}{}`,
		"type": `{"tidewheel.schema":1,"fields":[{"name":"a","type":"float16"}]}`, "rule": `{"tidewheel.schema":1,"fields":[{"name":"a","type":"utf8","min":1}]}`,
	} {
		if _, err := dataset.ParseSchema([]byte(bad)); !errors.Is(err, dataset.ErrFormat) && !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

func TestSchemaArrowRoundTrip(t *testing.T) {
	s := fullSchema(t)
	back, err := dataset.SchemaFromArrow(s.Arrow())
	if err != nil || !back.Equal(s) {
		t.Errorf("got %v, %v", back, err)
	}
	plain, err := dataset.SchemaFromArrow(arrow.NewSchema(s.Arrow().Fields(), nil))
	if err != nil || plain.Field(4).Type != s.Field(4).Type || plain.Field(2).Nullable != true || plain.Field(1).Unit != "" {
		t.Errorf("without metadata: %v, %v", plain, err)
	}
	md := s.Arrow().Metadata()
	if _, err := dataset.SchemaFromArrow(arrow.NewSchema(s.Arrow().Fields()[1:], &md)); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("metadata of other columns: error is %v", err)
	}
	half := arrow.NewSchema([]arrow.Field{{Name: "h", Type: arrow.FixedWidthTypes.Float16}}, nil)
	if _, err := dataset.SchemaFromArrow(half); !errors.Is(err, dataset.ErrUnsupported) || !strings.Contains(err.Error(), `"h"`) {
		t.Errorf("float16: error is %v", err)
	}
}

func TestTypes(t *testing.T) {
	for text, class := range map[string]dataset.Class{
		"bool": dataset.ClassBool, "int8": dataset.ClassInteger, "uint64": dataset.ClassInteger, "float32": dataset.ClassFloat, "utf8": dataset.ClassText,
		"large_utf8": dataset.ClassText, "dictionary": dataset.ClassText, "json": dataset.ClassJSON, "binary": dataset.ClassBinary, "date32": dataset.ClassDate,
		"timestamp[us]": dataset.ClassTime, "timestamp[us,UTC]": dataset.ClassTime, "timestamp[us,+01:00]": dataset.ClassTime, "decimal128(38,10)": dataset.ClassDecimal,
		"list<float64>": dataset.ClassList, "fixed_size_list<float64>[3]": dataset.ClassList, "struct<a:int64,b:list<utf8>>": dataset.ClassStruct,
		"list<struct<a:decimal128(3,1),b:fixed_size_list<int8>[2]>>": dataset.ClassList,
	} {
		got, err := dataset.ParseType(" " + text + " ")
		if err != nil || string(got) != text || got.Class() != class {
			t.Errorf("%s: got %q of class %d, %v", text, got, got.Class(), err)
		}
		dt, err := got.Arrow()
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if back, err := dataset.TypeOf(dt); err != nil || back != got && got != dataset.JSON {
			t.Errorf("%s: comes back from Arrow as %q, %v", text, back, err)
		}
	}
	for _, text := range []string{
		"", "int", "float16", "timestamp[ns]", "timestamp[us", "timestamp[us,Local]", "timestamp[us,a b]", "decimal128(39,0)", "decimal128(0,0)", "decimal128(3,4)", "decimal256(3,1)",
		"list<>", "list<int", "fixed_size_list<int8>", "fixed_size_list<int8>[0]", "fixed_size_list<int8>[x]", "struct<a>", "struct<:int8>", "map<utf8,int8>", "date64",
		strings.Repeat("list<", 12) + "int8" + strings.Repeat(">", 12),
	} {
		if got, err := dataset.ParseType(text); !errors.Is(err, dataset.ErrUnsupported) && !errors.Is(err, dataset.ErrLimit) {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
	if !dataset.Decimal128(5, 2).IsNumeric() || dataset.Utf8.IsNumeric() || !dataset.Dictionary.IsText() || dataset.JSON.IsText() || dataset.Type("x").IsNumeric() {
		t.Error("the classes are wrong")
	}
	if dataset.FixedSizeList(dataset.List(dataset.Bool), 3) != "fixed_size_list<list<bool>>[3]" {
		t.Errorf("got %s", dataset.FixedSizeList(dataset.List(dataset.Bool), 3))
	}
}

func FuzzParseType(f *testing.F) {
	for _, seed := range []string{"bool", "timestamp[us,UTC]", "struct<a:int64,b:list<utf8>>", "fixed_size_list<decimal128(3,1)>[2]", "json"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var first dataset.Type
		var err error
		if over := alloc.Bound(1<<20+1000*len(text), func() { first, err = dataset.ParseType(text) }); over != nil {
			t.Fatal(over)
		}
		if err != nil {
			return
		}
		if again, err := dataset.ParseType(string(first)); err != nil || again != first {
			t.Fatalf("%q: canonical form %q reads as %q, %v", text, first, again, err)
		}
		if first.Class() == dataset.ClassInvalid {
			t.Fatalf("%q: no class", first)
		}
	})
}

func FuzzParseSchema(f *testing.F) {
	text, err := json.Marshal(fullSchema(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"tidewheel.schema":1,"fields":[{"name":"a","type":"list<json>","min":-0}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var s *dataset.Schema
		var err error
		if over := alloc.Bound(1<<20+2000*len(text), func() { s, err = dataset.ParseSchema(text) }); over != nil {
			t.Fatal(over)
		}
		if err != nil {
			return
		}
		canonical, err := s.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		back, err := dataset.ParseSchema(canonical)
		if err != nil || !back.Equal(s) {
			t.Fatalf("canonical form %s does not read back: %v", canonical, err)
		}
	})
}

func TestErrorTexts(t *testing.T) {
	for want, err := range map[string]error{
		`column "a": want x, got y`:              &dataset.SchemaError{Column: "a", Want: "x", Got: "y"},
		`schema: want x, got y`:                  &dataset.SchemaError{Want: "x", Got: "y"},
		`csv: line 3: column "a": want x, got y`: &dataset.FormatError{Format: "csv", Line: 3, Column: "a", Want: "x", Got: "y"},
		`parquet: want x, got y`:                 &dataset.FormatError{Format: "parquet", Want: "x", Got: "y"},
		`option p.O.F: want x, got y`:            &dataset.OptionError{Field: "p.O.F", Value: "y", Want: "x"},
	} {
		if err.Error() != want {
			t.Errorf("got %s, want %s", err, want)
		}
	}
}

func ExampleParseSchema() {
	s, err := dataset.ParseSchema([]byte(`{"tidewheel.schema":1,"fields":[{"name":"amount","type":"float64","unit":"EUR","min":0}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	f := s.Field(0)
	fmt.Println(f.Name, f.Type, f.Unit, *f.Min)
	_, err = dataset.ParseSchema([]byte(`{"tidewheel.schema":1,"fields":[{"name":"amount","type":"float16"}]}`))
	fmt.Println(err)
	// Output:
	// amount float64 EUR 0
	// dataset: new schema: column "amount": want a type of the closed list, got "float16"
}

// A pattern of ten bytes may take half a megabyte when it is compiled: a schema that is read only says whether it can be.
func TestPatternsTakeNoMemoryBeforeTheyAreUsed(t *testing.T) {
	var text strings.Builder
	text.WriteString(`{"tidewheel.schema":1,"fields":[`)
	for i := range 200 {
		if i > 0 {
			text.WriteString(",")
		}
		fmt.Fprintf(&text, `{"name":"a%d","type":"utf8","pattern":"(.*){1000}"}`, i)
	}
	text.WriteString("]}")
	var err error
	if over := alloc.Bound(1<<20+2000*text.Len(), func() { _, err = dataset.ParseSchema([]byte(text.String())) }); over != nil || err != nil {
		t.Error(over, err)
	}
	if _, err := dataset.NewSchema(dataset.Field{Name: "a", Type: dataset.Utf8, Pattern: "(a{1000}){2}"}); err == nil {
		t.Error("a pattern that regexp does not take")
	}
}
