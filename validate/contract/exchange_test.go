package contract_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/alloc"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/contract"
)

var update = flag.Bool("update", false, "write the golden documents anew")

func payments(t testing.TB) *dataset.Schema {
	t.Helper()
	zero, youngest, oldest, first, few := 0.0, 18.0, 100.0, 10957.0, 250.0
	return schemaOf(t,
		dataset.Field{Name: "amount", Type: dataset.Float64, Unit: "EUR", Min: &zero, Description: "What was paid."},
		dataset.Field{Name: "age", Type: dataset.Int64, Nullable: true, Min: &youngest, Max: &oldest, Personal: true},
		dataset.Field{Name: "country", Type: dataset.Utf8, OneOf: []string{"DE", "FR", "NL"}},
		dataset.Field{Name: "plan", Type: dataset.Utf8, Nullable: true, OneOf: []string{"basic", "plus"}},
		dataset.Field{Name: "member", Type: dataset.Bool, Role: dataset.Target},
		dataset.Field{Name: "code", Type: dataset.Utf8, Nullable: true, Pattern: `[A-Z]{2}\d+|x`},
		dataset.Field{Name: "day", Type: dataset.Date32, Nullable: true, Min: &first},
		dataset.Field{Name: "note", Type: dataset.Utf8, Nullable: true, OneOf: []string{"a"}, Unseen: dataset.UnseenOther},
		dataset.Field{Name: "count", Type: dataset.Uint8, Nullable: true, Max: &few},
	)
}

func TestGoldenDocuments(t *testing.T) {
	s := payments(t)
	text, lost := contract.JSONSchema(s)
	golden(t, "payments.schema.json", text)
	check := func(name string, lost []contract.Loss, want string) {
		t.Helper()
		var rules []string
		for _, l := range lost {
			rules = append(rules, l.Column+" "+l.Rule)
		}
		if got := strings.Join(rules, ", "); got != want {
			t.Errorf("%s: lost %s", name, got)
		}
	}
	check("JSON Schema", lost, "amount unit, age personal, member role, day min, note one_of, note unseen, count type, count min")
	text, lost, err := contract.TableSchema(s, contract.TableSchemaOptions{Version: 1})
	must(t, err)
	golden(t, "payments.table1.json", text)
	check("Table Schema 1", lost, " columns, amount unit, age personal, member role, code pattern, note one_of, note unseen, count type")
	text, lost, err = contract.TableSchema(s, contract.TableSchemaOptions{})
	must(t, err)
	golden(t, "payments.table2.json", text)
	check("Table Schema 2", lost, "amount unit, age personal, member role, code pattern, note one_of, note unseen, count type")
	_, _, err = contract.TableSchema(s, contract.TableSchemaOptions{Version: 3})
	var option *dataset.OptionError
	if !errors.As(err, &option) {
		t.Error(err)
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		must(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got %s", name, got)
	}
}

// A schema that is read accepts the rows that the tool of its format accepts with the same document, but for what the losses say. Origin: testdata/gen/verdicts.py, jsonschema
// 4.26.0 and frictionless 5.21.0.
func TestReadSchemasAcceptWhatTheirToolsAccept(t *testing.T) {
	var verdicts map[string][]bool
	var rows []map[string]any
	for path, into := range map[string]any{"testdata/verdicts.json": &verdicts, "testdata/rows.json": &rows} {
		text, err := os.ReadFile(path)
		must(t, err)
		must(t, json.Unmarshal(text, into))
	}
	// Rows that only the rules named by losses refuse: multipleOf of count.
	wider := map[string][]int{"foreign.schema.json": {21}}
	for name, want := range verdicts {
		text, err := os.ReadFile("testdata/" + name)
		must(t, err)
		read := contract.ParseTableSchema
		if strings.HasSuffix(name, ".schema.json") {
			read = contract.ParseJSONSchema
		}
		s, lost, err := read(text)
		must(t, err)
		v, err := validate.New(s, validate.ValidatorOptions{})
		must(t, err)
		for i, row := range rows {
			got := accepts(s, v, row)
			if got != want[i] && !slices.Contains(wider[name], i) {
				t.Errorf("%s: row %d accepted %v, by the tool %v; lost %v", name, i, got, want[i], lost)
			}
		}
		if n := strings.Count(fmt.Sprint(want), "true"); n < 4 || n > len(want)-4 {
			t.Errorf("%s: %d rows of %d accepted", name, n, len(want))
		}
	}
}

func accepts(s *dataset.Schema, v *validate.Validator, values map[string]any) bool {
	row := dataset.NewRow(s)
	for i, f := range s.Fields() {
		var verdict validate.Verdict
		switch x := values[f.Name].(type) {
		case float64:
			row.Values[i], verdict = validate.NumberCell(f, x)
		case bool:
			row.Values[i], verdict = validate.BoolCell(f, x)
		case string:
			row.Values[i], verdict = validate.ParseCell(f, x)
		}
		if verdict.Severity == validate.Refused {
			return false
		}
	}
	var r validate.RowResult
	v.CheckRow(row, &r)
	return r.OK()
}

func TestForeignKeywordsAreNamed(t *testing.T) {
	for _, c := range []struct {
		file, want string
		read       func([]byte) (*dataset.Schema, []contract.Loss, error)
	}{
		{"foreign.schema.json", " title,  additionalProperties, age default, country title, count multipleOf", contract.ParseJSONSchema},
		{"foreign.table.json", " primaryKey,  missingValues", contract.ParseTableSchema},
	} {
		text, err := os.ReadFile("testdata/" + c.file)
		must(t, err)
		_, lost, err := c.read(text)
		must(t, err)
		var got []string
		for _, l := range lost {
			got = append(got, l.Column+" "+l.Rule)
		}
		if s := strings.Join(got, ", "); s != c.want {
			t.Errorf("%s: lost %s", c.file, s)
		}
	}
}

func TestWhatCannotBeReadIsNamed(t *testing.T) {
	for _, c := range []struct{ property, field, lost string }{
		{`{"$ref":"#/properties/x"}`, `{"name":"x","type":"json","nullable":true}`, "$ref"},
		{`{"$ref":"other.json"}`, `{"name":"x","type":"json","nullable":true}`, "$ref"},
		{`false`, `{"name":"x","type":"json","nullable":true}`, "false"},
		{`true`, `{"name":"x","type":"json","nullable":true}`, ""},
		{`{"type":"null"}`, `{"name":"x","type":"json","nullable":true}`, "type"},
		{`{"type":["string","integer"]}`, `{"name":"x","type":"json"}`, "type"},
		{`{"type":"integer","enum":[1,2]}`, `{"name":"x","type":"int64"}`, "enum"},
		{`{"const":"a"}`, `{"name":"x","type":"utf8","one_of":["a"]}`, ""},
		{`{"type":"string","pattern":"(?=a)"}`, `{"name":"x","type":"utf8"}`, "pattern"},
		{`{"type":"string","pattern":"^a.$"}`, `{"name":"x","type":"utf8","pattern":"(?s:.*)(?:^a.$)(?s:.*)"}`, "pattern"},
		{`{"type":"string","pattern":"^(?:a)|(?:b)$"}`, `{"name":"x","type":"utf8","pattern":"(?s:.*)(?:^(?:a)|(?:b)$)(?s:.*)"}`, ""},
		{`{"type":"string","format":"email"}`, `{"name":"x","type":"utf8"}`, "format"},
		{`{"type":"string","minLength":2000}`, `{"name":"x","type":"utf8"}`, "minLength, maxLength"},
		{`{"type":"integer","exclusiveMinimum":0,"exclusiveMaximum":2.5}`, `{"name":"x","type":"int64","min":1,"max":2}`, ""},
		{`{"type":"array","items":{"type":"integer","minimum":0},"maxItems":3}`, `{"name":"x","type":"list<int64>"}`, "items minItems, maxItems"},
		{`{"type":["string","null"],"enum":["a"]}`, `{"name":"x","type":"utf8","one_of":["a"]}`, ""},
	} {
		s, lost, err := contract.ParseJSONSchema([]byte(`{"properties":{"x":` + c.property + `},"required":["x"]}`))
		must(t, err)
		var rules []string
		for _, l := range lost {
			rules = append(rules, l.Rule)
			if l.Column != "x" || l.String() != `column "x": `+l.Rule+": "+l.Detail {
				t.Error(l)
			}
		}
		if got := string(canonical(t, s)); got != `{"tidewheel.schema":1,"fields":[`+c.field+`]}` || strings.Join(rules, " ") != c.lost {
			t.Errorf("%s: %s, lost %v", c.property, got, lost)
		}
	}
}

// References that multiply what a small text holds are refused.
func TestReferencesAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"$defs":{"big":{`)
	for i := range 2000 {
		fmt.Fprintf(&b, `"k%d":0,`, i)
	}
	b.WriteString(`"type":"integer"}},"properties":{`)
	for i := range 2000 {
		fmt.Fprintf(&b, `"p%d":{"$ref":"#/$defs/big"},`, i)
	}
	b.WriteString(`"last":{}}}`)
	if _, _, err := contract.ParseJSONSchema([]byte(b.String())); !errors.Is(err, dataset.ErrLimit) {
		t.Error(err)
	}
	long := `{"properties":{"x":{"type":"string","pattern":"^(?:` + strings.Repeat("a?", 1<<19) + `)$"}}}`
	over := alloc.Bound(50*len(long), func() { // compiled, it takes several times as much
		if _, lost, err := contract.ParseJSONSchema([]byte(long)); err != nil || len(lost) != 1 || lost[0].Rule != "pattern" {
			t.Error(lost, err)
		}
	})
	if over != nil {
		t.Error(over)
	}
}

// What comes back differs from what went out only in the rules that the losses name.
func TestRoundTripsDifferOnlyInWhatIsLost(t *testing.T) {
	rng := rand.New(rand.NewPCG(46, 2))
	whole := 0
	for range 3000 {
		f := randomField(rng)
		if rng.IntN(8) == 0 {
			f = dataset.Field{Name: "x", Type: []dataset.Type{
				dataset.Binary, dataset.List(dataset.Int64), dataset.List(dataset.Int8), dataset.List(dataset.List(dataset.Utf8)), dataset.List(dataset.JSON), dataset.FixedSizeList(dataset.Float64, 3),
				dataset.FixedSizeList(dataset.Date32, 2), "struct<a:int64>", dataset.List("struct<a:int64>"), dataset.TimestampIn("Europe/Berlin"), dataset.Dictionary, dataset.List(dataset.Binary),
			}[rng.IntN(12)], Nullable: rng.IntN(2) == 0}
		}
		if rng.IntN(3) == 0 {
			f.Role, f.Unit, f.Personal, f.Sensitive, f.Purpose, f.Description = dataset.Key, "m", true, true, "p", `what "it" <is>`
		}
		s := schemaOf(t, f)
		for _, format := range []string{"json", "table1", "table2", "constraints"} {
			var text []byte
			var lost []contract.Loss
			var err error
			read := contract.ParseTableSchema
			switch format {
			case "json":
				text, lost = contract.JSONSchema(s)
				read = contract.ParseJSONSchema
			case "constraints":
				text, lost = contract.Constraints(s)
				read = contract.ParseConstraints
			default:
				text, lost, err = contract.TableSchema(s, contract.TableSchemaOptions{Version: int(format[5] - '0')})
				must(t, err)
			}
			back, _, err := read(text)
			must(t, err)
			named := map[string]bool{}
			for _, l := range lost {
				named[l.Rule] = true
			}
			delete(named, "columns")
			c := contract.Compare(s, back)
			if len(named) == 0 {
				whole++
				if !s.Equal(back) {
					t.Fatalf("%s: nothing lost, and\n%s\n%s", format, canonical(t, s), canonical(t, back))
				}
			}
			for _, change := range c.Changes {
				if !explained(change.Kind, named) {
					t.Fatalf("%s: %s is not among the losses %v of\n%s\n%s", format, change, lost, canonical(t, s), text)
				}
			}
		}
	}
	if whole < 1000 {
		t.Errorf("%d round trips without a loss", whole)
	}
}

func explained(k contract.Kind, named map[string]bool) bool {
	switch k {
	case contract.TypeChanged, contract.TypeNarrowed, contract.TypeWidened:
		return named["type"]
	case contract.RangeChanged, contract.RangeNarrowed, contract.RangeWidened:
		return named["min"] || named["max"] || named["type"]
	case contract.CategoriesOpened:
		return named["one_of"]
	case contract.UnseenChanged:
		return named["unseen"]
	case contract.PatternChanged:
		return named["pattern"]
	case contract.UnitChanged:
		return named["unit"]
	case contract.RoleChanged:
		return named["role"]
	case contract.PersonalChanged:
		return named["personal"]
	case contract.SensitiveChanged:
		return named["sensitive"]
	case contract.PurposeChanged:
		return named["purpose"]
	case contract.DescriptionChanged:
		return named["description"]
	default:
		return false
	}
}

func TestBadDocumentsAreRefused(t *testing.T) {
	deep := strings.Repeat(`{"properties":`, 70) + "{}" + strings.Repeat("}", 70)
	for _, c := range []struct {
		text string
		want error
	}{
		{"", dataset.ErrFormat},
		{"{", dataset.ErrFormat},
		{"[]", dataset.ErrFormat},
		{"{}", dataset.ErrFormat},
		{`{} {}`, dataset.ErrFormat},
		{`{"properties":{},"properties":{}}`, dataset.ErrFormat},
		{`{"type":"array","properties":{}}`, dataset.ErrFormat},
		{`{"properties":{"a":{}},"required":"a"}`, dataset.ErrFormat},
		{deep, dataset.ErrLimit},
		{strings.Repeat(" ", 17<<20), dataset.ErrLimit},
		{`{"properties":{"":{}}}`, dataset.ErrSchema},
		{`{"properties":{"a":{"type":"integer","minimum":2,"maximum":1}}}`, dataset.ErrSchema},
	} {
		s, lost, err := contract.ParseJSONSchema([]byte(c.text))
		if !errors.Is(err, c.want) || s != nil || lost != nil {
			t.Errorf("JSON Schema %.40s: %v", c.text, err)
		}
	}
	for _, c := range []struct {
		text string
		want error
	}{
		{"", dataset.ErrFormat},
		{"{}", dataset.ErrFormat},
		{`{"fields":{}}`, dataset.ErrFormat},
		{`{"fields":[{}]}`, dataset.ErrFormat},
		{`{"fields":[1]}`, dataset.ErrFormat},
		{`{"fields":[{"name":"a"},{"name":"a"}]}`, dataset.ErrSchema},
	} {
		if s, lost, err := contract.ParseTableSchema([]byte(c.text)); !errors.Is(err, c.want) || s != nil || lost != nil {
			t.Errorf("Table Schema %.40s: %v", c.text, err)
		}
	}
}

// What is read can be written, and what was written is read without an error; reading takes memory in proportion to the text.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"payments.schema.json", "foreign.schema.json", "payments.table1.json", "payments.table2.json", "foreign.table.json"} {
		text, err := os.ReadFile("testdata/" + name)
		must(f, err)
		f.Add(text)
	}
	f.Add([]byte(`{"properties":{"a":{"$ref":"#/properties/a"},"b":{"anyOf":[{"type":"null"},{"$ref":"#"}]},"c":{"const":null},"d":false,"e":{"type":"array","items":{"$ref":"#/properties/e"}}}}`))
	f.Add([]byte(`{"features":[{"name":"a","inferred_type":"String","completeness":0.5,"string_constraints":{"domains":["x"]}}]}`))
	f.Add([]byte(`{"fields":[{"name":"a","type":"date","constraints":{"minimum":"0001-01-01","exclusiveMaximum":"9999-12-31"}},{"name":"b","categories":[{"value":"x","label":"y"}]}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, read := range []func([]byte) (*dataset.Schema, []contract.Loss, error){contract.ParseJSONSchema, contract.ParseTableSchema, contract.ParseConstraints} {
			var s *dataset.Schema
			var err error
			if over := alloc.Bound(4<<20+2000*len(text), func() { s, _, err = read(text) }); over != nil {
				t.Fatal(over)
			}
			if err != nil {
				continue
			}
			if !contract.Compare(s, s).Full() {
				t.Error("a schema differs from itself")
			}
			out, _ := contract.JSONSchema(s)
			if _, _, err := contract.ParseJSONSchema(out); err != nil {
				t.Errorf("JSON Schema of what was read: %v", err)
			}
			out, _, err = contract.TableSchema(s, contract.TableSchemaOptions{})
			must(t, err)
			if _, _, err := contract.ParseTableSchema(out); err != nil {
				t.Errorf("Table Schema of what was read: %v", err)
			}
			out, _ = contract.Constraints(s)
			if _, _, err := contract.ParseConstraints(out); err != nil {
				t.Errorf("constraints of what was read: %v", err)
			}
		}
	})
}
