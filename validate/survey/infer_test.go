package survey_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/survey"
)

func profileOf(t testing.TB, src dataset.Source) *validate.Profile {
	t.Helper()
	p, err := validate.ProfileOf(t.Context(), src, validate.ProfileOptions{Workers: 1})
	must(t, err)
	return p
}

func infer(t testing.TB, o survey.InferOptions, columns ...column) *survey.Inferred {
	t.Helper()
	src := tableOf(t, columns...)
	got, err := survey.Infer([]*validate.Profile{profileOf(t, src)}, []*survey.Survey{surveyOf(t, src, survey.Options{})}, o)
	must(t, err)
	return got
}

func cells(n int, f func(i int) string) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = f(i)
	}
	return out
}

func matches(pattern, text string) bool {
	return regexp.MustCompile(`\A(?:` + pattern + `)\z`).MatchString(text)
}

// Patterns by hand. Each matches every value that was seen.
func TestPatterns(t *testing.T) {
	letter := func(i int) string { return string(rune('A' + i%26)) }
	for _, c := range []struct {
		name string
		cell func(i int) string
		want string
	}{
		{"a code", func(i int) string { return fmt.Sprintf("%s%d-%02d", letter(i), i%10, i%97) }, "[A-Z][0-9]-[0-9]{2}"},
		{"a run of any length is open", func(i int) string { return fmt.Sprintf("INV/%d", i) }, "[A-Z]{3}/[0-9]+"},
		{"two forms", func(i int) string {
			if i%2 == 0 {
				return fmt.Sprintf("%05d", i)
			}
			return fmt.Sprintf("%05d-%04d", i, i)
		}, "[0-9]{5}|[0-9]{5}-[0-9]{4}"},
		{"signs are themselves", func(i int) string { return fmt.Sprintf("$%d.50 (+)", 100+i%800) }, `\$[0-9]{3}\.[0-9]{2} \(\+\)`},
		{"hexadecimal", func(i int) string { return fmt.Sprintf("%08x-%04x", uint32(i+1)*2654435761, i) }, ""},
		{"letters beyond ASCII", func(i int) string { return fmt.Sprintf("Ä%03d€", i%1000) }, `\p{L}[0-9]{3}[^\x00-\x7F]`},
		{"words say nothing", func(i int) string { return strings.Repeat("ab", 1+i%9) + letter(i) }, ""},
		{"one of another form in 700 rows", func(i int) string {
			if i == 300 {
				return "?"
			}
			return fmt.Sprintf("%s%04d", letter(i), i)
		}, ""},
		{"an empty text", func(i int) string {
			if i%7 == 0 {
				return ""
			}
			return fmt.Sprintf("%s%04d", letter(i), i)
		}, ""},
		{"four forms", func(i int) string { return strings.Repeat("x-", i%4) + fmt.Sprintf("%04d", i) }, ""},
	} {
		list := cells(700, c.cell)
		got := infer(t, survey.InferOptions{NoKeys: true}, text("s", list...)).Schema.Field(0)
		if c.name == "hexadecimal" {
			// A few of them have digits only, so that their shape is another.
			if !strings.Contains(got.Pattern, "[0-9a-f]{8}-[0-9a-f]{4}") {
				t.Errorf("%s: %q", c.name, got.Pattern)
			}
		} else if got.Pattern != c.want {
			t.Errorf("%s: %q, want %q", c.name, got.Pattern, c.want)
		}
		for _, s := range list {
			if got.Pattern != "" && !matches(got.Pattern, s) {
				t.Fatalf("%s: %q does not match %q", c.name, got.Pattern, s)
			}
		}
	}
	if got := infer(t, survey.InferOptions{NoPatterns: true}, text("s", cells(300, func(i int) string { return fmt.Sprintf("A%03d", i) })...)); got.Schema.Field(0).Pattern != "" {
		t.Errorf("got %q", got.Schema.Field(0).Pattern)
	}
}

// Whatever texts there are, what is inferred is a schema that takes all of them.
func FuzzPatterns(f *testing.F) {
	f.Add("A9-99", "B1-07", 5)
	f.Add("é\n", "\\d[", 3)
	f.Add("deadbeef01", "DEADBEEF01", 9)
	f.Add("\xff", "x", 2)
	f.Fuzz(func(t *testing.T, a, b string, n int) {
		list := cells(120, func(i int) string {
			switch {
			case i%2 == 0:
				return a
			case n > 0:
				return b + strings.Repeat("7", i%(1+n%9))
			default:
				return b
			}
		})
		list = append(list, cells(60, func(i int) string { return a + fmt.Sprint(i) })...) // too many for a set of categories
		got := infer(t, survey.InferOptions{NoPersonal: true}, text("s", list...))
		pattern := got.Schema.Field(0).Pattern
		if pattern == "" {
			return
		}
		for _, s := range list {
			if s != "\x00" && !matches(pattern, s) { // a null of tableOf
				t.Fatalf("%q does not match %q", pattern, s)
			}
		}
		v, err := validate.New(got.Schema, validate.ValidatorOptions{})
		must(t, err)
		r, err := v.Check(t.Context(), tableOf(t, text("s", list...)))
		must(t, err)
		if r.RowsBad > 0 {
			t.Fatalf("%d rows refused by %q", r.RowsBad, pattern)
		}
	})
}

// Numbers with valid check digits: ISO 13616's and ISO 7812's own examples, and those that the issuing bodies publish as specimens.
func TestPersonalByValue(t *testing.T) {
	for what, examples := range map[string][]string{
		"e-mail addresses":   {"ada@example.org", "a.b+c@mail.example.co.uk", "x_y@exämple.de"},
		"telephone numbers":  {"+49 30 901820", "(415) 555-2671", "0049 30 901820", "030/901820-11", "415-555-2671"},
		"IBANs":              {"DE89370400440532013000", "GB29 NWBK 6016 1331 9268 19", "FR1420041010050500013M02606"},
		"IP addresses":       {"192.168.0.1", "8.8.8.8", "2001:db8::1"},
		"card numbers":       {"4111 1111 1111 1111", "5500-0000-0000-0004", "340000000000009", "6011000000000004"},
		"numbers of persons": {"078-05-1120", "AB123456C", "12345678Z", "X1234567L", "RSSMRA85T10A562S", "44051401359", "255081416802538", "86095742719"},
	} {
		list := cells(200, func(i int) string { return examples[i%len(examples)] })
		got := infer(t, survey.InferOptions{}, text("column", list...))
		f := got.Schema.Field(0)
		if !f.Personal || f.OneOf != nil || f.Pattern != "" || f.Description != "personal: values look like "+what {
			t.Errorf("%s: %+v", what, f)
		}
		if len(got.Suggestions) != 1 || got.Suggestions[0] != (survey.Suggestion{Column: "column", Kind: survey.KindPersonal, Reason: "values look like " + what}) {
			t.Errorf("%s: %+v", what, got.Suggestions)
		}
		if off := infer(t, survey.InferOptions{NoPersonal: true}, text("column", list...)); off.Schema.Field(0).Personal {
			t.Errorf("%s: marked though not asked", what)
		}
	}
	numbers := make([]int64, 200)
	for i := range numbers {
		numbers[i] = []int64{4111111111111111, 5500000000000004}[i%2]
	}
	if f := infer(t, survey.InferOptions{}, whole("column", numbers...)).Schema.Field(0); !f.Personal || f.Min != nil || f.Max != nil {
		t.Errorf("cards as whole numbers: %+v", f)
	}
}

// What only looks like it: wrong check digits, dates, amounts, times, versions, words.
func TestNothingPersonal(t *testing.T) {
	for _, value := range []string{
		"ada@example", "@example.org", "a b@example.org", "ada@-x.org", "DE89370400440532013001", "4111 1111 1111 1112", "1111111111111111", "2024-01-31", "31.12.2024", "0.123456789",
		"12:34:56", "1.2.3", "256.1.1.1", "000-12-3456", "QQ123456C", "12345678A", "44051401358", "36095742718", "255081416802539", "RSSMRA85T10A562T", "Kadett", "1234567890", "100-200-3000 EUR", "C-137/2024",
		"+1", "00 1", "(12", "X-12",
	} {
		list := cells(200, func(int) string { return value })
		if got := infer(t, survey.InferOptions{}, text("column", list...)); got.Schema.Field(0).Personal {
			t.Errorf("%q: %+v", value, got.Suggestions)
		}
	}
}

func TestPersonalByName(t *testing.T) {
	various := cells(200, func(i int) string { return fmt.Sprintf("%c%c", 'a'+i%26, 'a'+i/26) })
	few := cells(200, func(i int) string { return []string{"yes", "none"}[i%2] })
	for name, want := range map[string]string{
		"e_mail": "an e-mail address", "customerEmail": "an e-mail address", "Phone Number": "a telephone number", "last-name": "a name", "Name": "a name", "date_of_birth": "a date of birth",
		"client_ip": "an IP address", "SSN": "a number of a person", "homeAddress": "a postal address", "brand_name": "", "ship": "", "chip": "", "description": "", "panel": "", "telegram": "",
	} {
		f := infer(t, survey.InferOptions{}, text(name, various...)).Schema.Field(0)
		if f.Personal != (want != "") || want != "" && f.Description != "personal: called as "+want+" is" {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if f := infer(t, survey.InferOptions{}, text("own_telephone", few...)).Schema.Field(0); f.Personal {
		t.Error("whether there is a telephone is called personal")
	}
	if f := infer(t, survey.InferOptions{}, column{dataset.Field{Name: "email", Type: dataset.Utf8, Role: dataset.Target}, various}).Schema.Field(0); f.Personal {
		t.Error("a target is marked")
	}
	described := column{dataset.Field{Name: "email", Type: dataset.Utf8, Description: "of the buyer", Pattern: ".*"}, various}
	if f := infer(t, survey.InferOptions{}, described).Schema.Field(0); !f.Personal || f.Description != "of the buyer" || f.Pattern != ".*" {
		t.Errorf("%+v", f)
	}
}

func TestKeysAndTypes(t *testing.T) {
	const n = 5000
	rng := rand.New(rand.NewPCG(4, 4))
	running, scattered, amounts, twice := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	for i := range n {
		running[i], scattered[i], amounts[i], twice[i] = int64(1000+i), rng.Int64N(1<<50), int64(i*i*i)-7, int64(i/2)
	}
	got := infer(t, survey.InferOptions{},
		whole("row", running...), whole("order_id", scattered...), whole("amount", amounts...), whole("customer_id", twice...),
		text("code", cells(n, func(i int) string { return fmt.Sprintf("K-%05d", i) })...),
		text("day", cells(n, func(i int) string { return fmt.Sprintf("2024-%02d-%02d", 1+i%12, 1+i%28) })...),
		text("level", cells(n, func(i int) string { return fmt.Sprint(float64(i) / 4) })...),
		text("zip", cells(n, func(i int) string { return fmt.Sprintf("%05d", i) })...),
	)
	roles, kinds := map[string]dataset.Role{}, map[string][]survey.Kind{}
	for _, f := range got.Schema.Fields() {
		roles[f.Name] = f.Role
	}
	for _, s := range got.Suggestions {
		kinds[s.Column] = append(kinds[s.Column], s.Kind)
	}
	for name, want := range map[string]dataset.Role{"row": dataset.Key, "order_id": dataset.Key, "amount": dataset.Feature, "customer_id": dataset.Feature, "code": dataset.Key} {
		if roles[name] != want {
			t.Errorf("%s: role %q, want %q", name, roles[name], want)
		}
	}
	if f := got.Schema.Field(1); f.Max != nil || bound(f.Min) != 0 {
		t.Errorf("a key has limits: %+v", f)
	}
	if !slices.Equal(kinds["amount"], []survey.Kind{survey.KindUnique}) || !slices.Equal(kinds["day"], []survey.Kind{survey.KindPattern, survey.KindType}) || !slices.Contains(kinds["level"], survey.KindType) || slices.Contains(kinds["zip"], survey.KindType) {
		t.Errorf("%+v", got.Suggestions)
	}
	text, err := json.Marshal(got)
	must(t, err)
	var back struct {
		Schema *dataset.Schema `json:"schema"`
	}
	must(t, json.Unmarshal(text, &back))
	if !back.Schema.Equal(got.Schema) {
		t.Error("the schema is another one after reading")
	}
	if off := infer(t, survey.InferOptions{NoKeys: true}, whole("id", running...)); off.Schema.Field(0).Role != dataset.Feature || off.Suggestions[0].Kind != survey.KindUnique {
		t.Errorf("%+v", off.Suggestions)
	}
}

func bound(p *float64) float64 {
	if p == nil {
		return -1
	}
	return *p
}

// Several days: shapes, votes and looks of all count, and one day that contradicts is enough.
func TestInferOfManyDays(t *testing.T) {
	day := func(from, n int, f func(i int) string) (*validate.Profile, *survey.Survey) {
		src := tableOf(t, text("code", cells(n, func(i int) string { return f(from + i) })...))
		return profileOf(t, src), surveyOf(t, src, survey.Options{})
	}
	code := func(i int) string { return fmt.Sprintf("K-%04d", i) }
	p1, s1 := day(0, 300, code)
	p2, s2 := day(300, 300, code)
	p3, s3 := day(600, 300, func(i int) string { return fmt.Sprintf("K-%04d", 10*i) })
	p4, s4 := day(0, 300, func(i int) string { return fmt.Sprintf("K-%04d", i/2) })
	got, err := survey.Infer([]*validate.Profile{p1, p2, p3}, []*survey.Survey{s1, s2, s3}, survey.InferOptions{})
	must(t, err)
	if f := got.Schema.Field(0); f.Pattern != "[A-Z]-[0-9]{4}" || f.Role != dataset.Key || f.Nullable {
		t.Errorf("%+v", f)
	}
	got, err = survey.Infer([]*validate.Profile{p1, p4}, []*survey.Survey{s1, s4}, survey.InferOptions{})
	must(t, err)
	if f := got.Schema.Field(0); f.Role != dataset.Feature || f.Pattern == "" {
		t.Errorf("%+v", f)
	}
	got, err = survey.Infer([]*validate.Profile{p1}, nil, survey.InferOptions{})
	must(t, err)
	if f := got.Schema.Field(0); f.Pattern != "" || len(got.Suggestions) != 0 {
		t.Errorf("without a survey: %+v", got)
	}
	if few, err := survey.Infer([]*validate.Profile{p1}, []*survey.Survey{s1}, survey.InferOptions{Rules: validate.InferOptions{MinRows: 1000}}); err != nil || few.Schema.Field(0).Pattern != "" {
		t.Errorf("fewer than MinRows: %v %v", few, err)
	}
	other := surveyOf(t, tableOf(t, text("other", "a")), survey.Options{})
	more := surveyOf(t, tableOf(t, text("code", "a"), text("more", "a")), survey.Options{})
	for _, s := range []*survey.Survey{other, more} {
		if _, err := survey.Infer([]*validate.Profile{p1}, []*survey.Survey{s}, survey.InferOptions{}); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("another table: %v", err)
		}
	}
	if _, err := survey.Infer(nil, nil, survey.InferOptions{}); err == nil {
		t.Error("no profile is enough")
	}
}
