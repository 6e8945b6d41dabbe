package serve_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/serve/internal/fixture"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

// payments returns a model of the fixture of wrong rows, with a reference.
func payments(t testing.TB) *fixture.Artifact {
	t.Helper()
	src, err := validatetest.Reference(nil, 1, 20_000)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	profile, err := validate.ProfileOf(t.Context(), src, validate.ProfileOptions{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	a, err := fixture.New(src.Schema(), fixture.Options{
		Name: "payments", Profile: profile, Target: dataset.Field{Name: "fraud", Type: dataset.Bool}, Classes: []string{"false", "true"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// compileTime are the faults that Go's types exclude from the typed entrance: a struct always has its fields, under their names and in their order, none is
// more, and a field that is no pointer holds a value of its type.
var compileTime = []string{
	"missing column", "renamed column", "text that is no number", "null in a never-null column", "fraction for an integer", "null category",
	"extra column", "reordered columns", "bool as 1", "number as text",
}

func TestSixteenFaultsThroughTheTypedEntrance(t *testing.T) {
	s, err := serve.New[validatetest.Payment](payments(t), serve.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p, err := s.Score(t.Context(), validatetest.ValidPayment()); err != nil || len(p.Findings) != 0 {
		t.Fatalf("the valid row: %v, %+v", err, p.Findings)
	}
	for _, f := range validatetest.Faults() {
		if f.Payment == nil {
			if !slices.Contains(compileTime, f.Name) {
				t.Errorf("%s: not excluded at compile time", f.Name)
			}
			continue
		}
		p, err := s.Score(t.Context(), *f.Payment)
		var found []serve.Finding
		var refused *serve.RefusedError
		if errors.As(err, &refused) {
			found = refused.Findings
		}
		for _, r := range p.Findings {
			found = append(found, s.Model().Describe(0, r))
		}
		if (err != nil) != (f.Severity == validate.Refused) || !slices.ContainsFunc(found, func(g serve.Finding) bool {
			return g.Rule == f.Rule && g.Severity == f.Severity && (g.Field == f.Column || g.Other == f.Column)
		}) {
			t.Errorf("%s: %v, found %+v", f.Name, err, found)
		}
	}
}

// post sends a body to a handler and returns status, type and answer.
func post(t testing.TB, h http.Handler, body string) (int, string, string) {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/score", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	h.ServeHTTP(w, r)
	return w.Code, w.Header().Get("Content-Type"), w.Body.String()
}

func newHandler(t testing.TB, a serve.Artifact, o serve.HandlerOptions) *serve.Handler {
	t.Helper()
	h, err := serve.NewHandler(serve.NewRouter(newModel(t, a, serve.Options{})), o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// answer is what the JSON endpoint says.
type answer struct {
	Model       string    `json:"model"`
	Version     string    `json:"version"`
	Classes     []string  `json:"classes"`
	Prediction  any       `json:"prediction"`
	Probability []float64 `json:"probability"`
	Raw         []float64 `json:"raw"`
	Predictions []answer  `json:"predictions"`
	Findings    []told    `json:"findings"`
	Errors      []told    `json:"errors"`
	Status      int       `json:"status"`
	Title       string    `json:"title"`
	Type        string    `json:"type"`
	Detail      string    `json:"detail"`
}

type told struct {
	Row      int    `json:"row"`
	Field    string `json:"field"`
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
	Other    string `json:"other"`
}

func parse(t testing.TB, text string) answer {
	t.Helper()
	a, err := parsed(text)
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return a
}

func parsed(text string) (a answer, err error) {
	err = json.Unmarshal([]byte(text), &a)
	return a, err
}

// nonFinite is how writers of JSON put the numbers that it lacks: bare words, and texts.
var nonFinite = map[string][]string{
	"positive infinity": {`Infinity`, `"Infinity"`, `1e999`},
	"negative infinity": {`-Infinity`, `"-inf"`, `-1e999`},
	"NaN":               {`NaN`, `"NaN"`},
}

func TestSixteenFaultsThroughJSON(t *testing.T) {
	h := newHandler(t, payments(t), serve.HandlerOptions{})
	valid := validatetest.Fault{Cells: validatetest.ValidPayment().Cells()}
	body, _ := valid.JSON()
	status, _, text := post(t, h, body)
	if a := parse(t, text); status != http.StatusOK || len(a.Findings) != 0 {
		t.Fatalf("the valid row: %d %s", status, text)
	}
	for _, f := range validatetest.Faults() {
		bodies := []string{}
		if one, ok := f.JSON(); ok {
			bodies = append(bodies, one, "["+body+","+one+"]")
		} else {
			for _, form := range nonFinite[f.Name] {
				bodies = append(bodies, strings.Replace(body, `"amount":42.5`, `"amount":`+form, 1))
			}
		}
		if len(bodies) == 0 {
			t.Errorf("%s: no form in JSON", f.Name)
		}
		for _, body := range bodies {
			status, kind, text := post(t, h, body)
			a := parse(t, text)
			found, want := a.Findings, http.StatusOK
			if len(a.Predictions) > 0 {
				found = a.Predictions[1].Findings
			}
			if f.Severity == validate.Refused {
				found, want = a.Errors, http.StatusUnprocessableEntity
				if kind != "application/problem+json" || a.Status != want || a.Title == "" || len(a.Predictions) > 0 || a.Prediction != nil {
					t.Errorf("%s: %s answered as %s", f.Name, text, kind)
				}
			}
			if status != want || !slices.ContainsFunc(found, func(g told) bool {
				return (g.Rule == string(f.Rule) || strings.Contains(body, "e999") && g.Rule == string(validate.RuleOverflow)) &&
					(g.Severity == f.Severity.String() || want != http.StatusOK) && (g.Field == f.Column || g.Other == f.Column)
			}) {
				t.Errorf("%s: %s gives %d %s", f.Name, body, status, text)
			}
		}
	}
}

func TestFewCleanRowsAreFlagged(t *testing.T) {
	s, err := serve.New[validatetest.Payment](payments(t), serve.Options{})
	if err != nil {
		t.Fatal(err)
	}
	flagged, n := 0, 5000
	for _, row := range validatetest.Payments(99, n) {
		p, err := s.Score(t.Context(), row)
		if err != nil {
			t.Fatal(err)
		}
		if p.IsFlagged() {
			flagged++
		}
	}
	if flagged > n/100 { // the promise: at most 1 % of clean rows
		t.Errorf("%d of %d clean rows flagged", flagged, n)
	}
}
