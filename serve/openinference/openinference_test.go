package openinference_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/alloc"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/serve/internal/fixture"
	"github.com/tidewheel/tidewheel/serve/openinference"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

// digest is that of every fixture of version 0.
var digest = fmt.Sprintf("sha256:%064x", 0)

func newRouter(t testing.TB, s *dataset.Schema, o fixture.Options) (*serve.Router, *fixture.Artifact) {
	t.Helper()
	a, err := fixture.New(s, o)
	if err != nil {
		t.Fatal(err)
	}
	m, err := serve.NewModel(a, serve.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return serve.NewRouter(m), a
}

func newHandler(t testing.TB, r *serve.Router, o openinference.Options) *openinference.Handler {
	t.Helper()
	h, err := openinference.NewHandler(r, o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// payments returns a handler of the fixture of wrong rows, with a reference.
func payments(t testing.TB, o openinference.Options) (*openinference.Handler, *fixture.Artifact) {
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
	r, a := newRouter(t, src.Schema(), fixture.Options{
		Name: "payments", Profile: profile, Target: dataset.Field{Name: "fraud", Type: dataset.Bool}, Classes: []string{"false", "true"},
	})
	return newHandler(t, r, o), a
}

// tensors writes rows of cells as an inference request with a tensor for each column.
func tensors(rows ...[]validatetest.Cell) string {
	var inputs []string
	for j, head := range rows[0] {
		var data []string
		kind := "BYTES"
		for _, row := range rows {
			switch c := row[j]; c.Kind {
			case validatetest.Null:
				data = append(data, "null")
			case validatetest.Text:
				data = append(data, fmt.Sprintf("%q", c.Text))
			case validatetest.Bool:
				kind = "BOOL"
				data = append(data, fmt.Sprint(c.Bool))
			case validatetest.Number:
				kind = "FP64"
				data = append(data, word(c.Number))
			}
		}
		inputs = append(inputs, fmt.Sprintf(`{"name":%q,"shape":[%d],"datatype":%q,"data":[%s]}`, head.Column, len(rows), kind, strings.Join(data, ",")))
	}
	return `{"id":"7","inputs":[` + strings.Join(inputs, ",") + `]}`
}

// word writes a number, and one that is not finite as Python's json does.
func word(v float64) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "Infinity"
	case math.IsInf(v, -1):
		return "-Infinity"
	default:
		return string(must(json.Marshal(v)))
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func do(t testing.TB, h http.Handler, method, path, body string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body)) // without a Content-Type, as one client sends it
	h.ServeHTTP(w, r)
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("%s %s: Content-Type %q", method, path, got)
	}
	return w.Code, w.Body.String()
}

// response is an inference response.
type response struct {
	ModelName    string `json:"model_name"`
	ModelVersion string `json:"model_version"`
	ID           string `json:"id"`
	Parameters   struct {
		Flagged  int    `json:"flagged"`
		Counted  int    `json:"counted"`
		Findings string `json:"findings"`
	} `json:"parameters"`
	Outputs []struct {
		Name     string `json:"name"`
		Datatype string `json:"datatype"`
		Shape    []int  `json:"shape"`
		Data     []any  `json:"data"`
	} `json:"outputs"`
	Error string `json:"error"`
}

func infer(t testing.TB, h http.Handler, name, body string) (int, response) {
	t.Helper()
	status, text := do(t, h, http.MethodPost, "/v2/models/"+name+"/infer", body)
	var r response
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if (status == http.StatusOK) == (r.Error != "") {
		t.Errorf("status %d with %s", status, text)
	}
	return status, r
}

func TestHealthHasBodies(t *testing.T) {
	h, _ := payments(t, openinference.Options{Authorize: func(*http.Request) error { return serve.ErrUnauthorized }})
	for path, want := range map[string]string{"live": `{"live":true}`, "ready": `{"ready":true}`} {
		if status, body := do(t, h, "GET", "/v2/health/"+path, ""); status != 200 || body != want {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	if status, body := do(t, h, "GET", "/v2", ""); status != 401 || !strings.Contains(body, `"error":`) {
		t.Errorf("without credentials: %d %s", status, body)
	}
	empty := newHandler(t, serve.NewRouter(), openinference.Options{})
	if status, body := do(t, empty, "GET", "/v2/health/live", ""); status != 200 || body != `{"live":true}` {
		t.Errorf("no model, live: %d %s", status, body)
	}
	if status, body := do(t, empty, "GET", "/v2/health/ready", ""); status != 503 || body != `{"ready":false}` {
		t.Errorf("no model, ready: %d %s", status, body)
	}
}

func TestMetadata(t *testing.T) {
	h, _ := payments(t, openinference.Options{Name: "mine"})
	status, body := do(t, h, "GET", "/v2/", "")
	var server struct {
		Name, Version string
		Extensions    []string
	}
	if err := json.Unmarshal([]byte(body), &server); err != nil || status != 200 || server.Name != "mine" || server.Version == "" || server.Extensions == nil {
		t.Errorf("server: %d %s", status, body)
	}
	want := `{"name":"payments","versions":["` + digest + `"],"platform":"tidewheel_tide","inputs":[` +
		`{"name":"amount","datatype":"FP64","shape":[-1]},{"name":"credit_limit","datatype":"FP64","shape":[-1]},{"name":"age","datatype":"INT32","shape":[-1]},` +
		`{"name":"tenure","datatype":"FP64","shape":[-1]},{"name":"country","datatype":"BYTES","shape":[-1]},{"name":"channel","datatype":"BYTES","shape":[-1]},` +
		`{"name":"member","datatype":"BOOL","shape":[-1]}],"outputs":[{"name":"prediction","datatype":"BOOL","shape":[-1]},` +
		`{"name":"probability","datatype":"FP64","shape":[-1]}]}`
	for _, path := range []string{"/v2/models/payments", "/v2/models/payments/versions/" + digest, "/v2/models/payments/versions/" + strings.TrimPrefix(digest, "sha256:")} {
		if status, body := do(t, h, "GET", path, ""); status != 200 || body != want {
			t.Errorf("%s: %d %s", path, status, body)
		}
		if status, body := do(t, h, "GET", path+"/ready", ""); status != 200 || body != `{"name":"payments","ready":true}` {
			t.Errorf("%s/ready: %d %s", path, status, body)
		}
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	h, _ := payments(t, openinference.Options{})
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/", 404},
		{"GET", "/v1", 404},
		{"GET", "/v2/health", 404},
		{"GET", "/v2/health/well", 404},
		{"GET", "/v2/models", 404},
		{"GET", "/v2/models/", 404},
		{"GET", "/v2/models/other", 404},
		{"POST", "/v2/models/other/infer", 404},
		{"GET", "/v2/models/payments/versions", 404},
		{"GET", "/v2/models/payments/versions/2", 404},
		{"GET", "/v2/models/payments/versions/" + digest + "/ready/x", 404},
		{"GET", "/v2/models/payments/train", 404},
		{"GET", "/v2/models/payments/infer", 405},
		{"POST", "/v2/models/payments", 405},
		{"DELETE", "/v2", 405},
		{"POST", "/v2/health/live", 405},
		{"HEAD", "/v2/health/live", 200},
	} {
		status, body := do(t, h, c.method, c.path, "")
		if status != c.status || (status >= 400) != strings.HasPrefix(body, `{"error":"`) {
			t.Errorf("%s %s: %d %s", c.method, c.path, status, body)
		}
	}
	mux := http.NewServeMux()
	mux.Handle("/ml/", http.StripPrefix("/ml", h))
	if status, body := do(t, mux, "GET", "/ml/v2/health/live", ""); status != 200 || body != `{"live":true}` {
		t.Errorf("under a prefix: %d %s", status, body)
	}
}

func TestInferGivesTheBitsOfTheBatchEntrance(t *testing.T) {
	h, a := payments(t, openinference.Options{})
	rows := validatetest.Payments(5, 1000)
	src := must(dataset.FromStructs(rows, dataset.StructsOptions{}))
	var want []float64
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		scratch, row, out := a.Predictor().NewRowScorer(), dataset.NewRow(a.Schema()), model.Output{}
		for i := range b.NumRows() {
			if err := b.ReadRow(i, row); err != nil {
				t.Fatal(err)
			}
			scratch.Score(row, &out)
			want = append(want, out.Probability[1])
		}
	}
	cells := make([][]validatetest.Cell, len(rows))
	for i, p := range rows {
		cells[i] = p.Cells()
	}
	status, r := infer(t, h, "payments", tensors(cells...))
	if status != 200 || r.ModelName != "payments" || r.ModelVersion != digest || r.ID != "7" || len(r.Outputs) != 2 {
		t.Fatalf("%d %+v", status, r)
	}
	prediction, probability := r.Outputs[0], r.Outputs[1]
	if prediction.Name != "prediction" || prediction.Datatype != "BOOL" || !slices.Equal(prediction.Shape, []int{1000}) || len(prediction.Data) != 1000 ||
		probability.Name != "probability" || probability.Datatype != "FP64" || !slices.Equal(probability.Shape, []int{1000}) {
		t.Errorf("heads of the outputs: %+v", r.Outputs)
	}
	for i, p := range want {
		if got := probability.Data[i].(float64); math.Float64bits(got) != math.Float64bits(p) || prediction.Data[i] != (p > 0.5) {
			t.Fatalf("row %d: %v %v, want %v", i, prediction.Data[i], got, p)
		}
	}
	if r.Parameters.Counted == 0 || !strings.Contains(r.Parameters.Findings, `field "tenure": counted null`) || !strings.HasSuffix(r.Parameters.Findings, "and more") {
		t.Errorf("nulls are not counted: %+v", r.Parameters)
	}
}

func TestSixteenFaultsThroughInfer(t *testing.T) {
	h, _ := payments(t, openinference.Options{})
	valid := validatetest.ValidPayment().Cells()
	if status, r := infer(t, h, "payments", tensors(valid)); status != 200 || r.Parameters.Findings != "" {
		t.Fatalf("the valid row: %d %+v", status, r)
	}
	for _, f := range validatetest.Faults() {
		status, r := infer(t, h, "payments", tensors(f.Cells))
		said, want := r.Parameters.Findings, http.StatusOK
		if f.Severity == validate.Refused {
			said, want = r.Error, http.StatusBadRequest
		}
		fields := func(column string) bool {
			return column == "" || strings.Contains(said, fmt.Sprintf("row 0, field %q: ", column))
		}
		if status != want || !strings.Contains(said, string(f.Rule)) || !(fields(f.Column) || fields(f.Other)) {
			t.Errorf("%s: %d %q", f.Name, status, said)
		}
		if f.Severity == validate.Flagged && r.Parameters.Flagged != 1 || f.Severity == validate.Counted && r.Parameters.Counted != 1 {
			t.Errorf("%s: %+v", f.Name, r.Parameters)
		}
	}
	status, r := infer(t, h, "payments", strings.Replace(tensors(valid, valid), `"data":[42.5,42.5]`, `"data":[42.5,-1]`, 1))
	if status != 400 || r.Error != `serve: 1 of 2 rows refused; row 1, field "amount": below_min` || r.Outputs != nil {
		t.Errorf("%d %+v", status, r)
	}
}

// numbers is a model of three columns of numbers and three classes.
func numbers(t testing.TB, o openinference.Options) *openinference.Handler {
	t.Helper()
	s := must(dataset.NewSchema(
		dataset.Field{Name: "a", Type: dataset.Float64, Nullable: true}, dataset.Field{Name: "b", Type: dataset.Int32}, dataset.Field{Name: "c", Type: dataset.Float32},
	))
	r, _ := newRouter(t, s, fixture.Options{Target: dataset.Field{Name: "k", Type: dataset.Utf8}, Classes: []string{"x", "y", "z"}})
	return newHandler(t, r, o)
}

func TestMatrixOfNumbers(t *testing.T) {
	h := numbers(t, openinference.Options{})
	columns := `{"inputs":[{"name":"a","shape":[2,1],"datatype":"FP64","data":[[1.5],[null]]},{"name":"b","shape":[2],"datatype":"INT64","data":[2,5]},` +
		`{"name":"c","shape":[2],"datatype":"FP32","data":[0.5,0.25]}]}`
	_, want := infer(t, h, "fixture", columns)
	if len(want.Outputs) != 2 || !slices.Equal(want.Outputs[1].Shape, []int{2, 3}) || len(want.Outputs[1].Data) != 6 || want.Outputs[0].Datatype != "BYTES" {
		t.Fatalf("got %+v", want)
	}
	for _, body := range []string{
		`{"inputs":[{"name":"input-0","shape":[2,3],"datatype":"FP64","data":[1.5,2,0.5,null,5,0.25]}]}`,
		`{"inputs":[{"name":"input-0","shape":[2,3],"datatype":"FP32","data":[[1.5,2,0.5],[null,5,0.25]]}]}`,
		`{"inputs":[{"data":[[1.5,2,0.5],[null,5,0.25]],"datatype":"FP64","shape":[2,3],"name":"a"}],"parameters":{"x":[1]},"other":{}}`,
	} {
		status, got := infer(t, h, "fixture", body)
		if status != 200 || fmt.Sprint(got.Outputs) != fmt.Sprint(want.Outputs) || got.ID != "" {
			t.Errorf("%s: %d %+v", body, status, got)
		}
	}
	for body, said := range map[string]string{
		`{"inputs":[{"name":"m","shape":[2,2],"datatype":"FP64","data":[1,2,3,4]}]}`:           "want shape [n,3]",
		`{"inputs":[{"name":"m","shape":[1,3],"datatype":"FP64","data":[1,2.5,3]}]}`:           `row 0, field "b": fraction`,
		`{"inputs":[{"name":"m","shape":[2,3],"datatype":"FP64","data":[1,2,3]}]}`:             "fill the shape",
		`{"inputs":[{"name":"m","shape":[2,3],"datatype":"FP64","data":[[1,2,3],[1,2]]}]}`:     "fill the shape",
		`{"inputs":[{"name":"m","shape":[2,3],"datatype":"FP64","data":[[1,2],[3,4],[5,6]]}]}`: "fill the shape",
		`{"inputs":[{"name":"m","shape":[2,3],"datatype":"FP64","data":[[1,2,3],4,5,6]}]}`:     "fill the shape",
		`{"inputs":[{"name":"m","shape":[2,3],"datatype":"FP64","data":[[[1],2,3],[4,5,6]]}]}`: "fill the shape",
		`{"inputs":[{"name":"m","shape":[1,3],"datatype":"FP64","data":[1,2,3,4]}]}`:           "fill the shape",
		`{"inputs":[{"name":"m","shape":[3],"datatype":"FP64","data":[1,2,3]}]}`:               `field "a": missing_column`,
		`{"inputs":[{"name":"a","shape":[1],"datatype":"FP64","data":[1]}]}`:                   `field "b": missing_column`,
		strings.Replace(columns, `"INT64","data":[2,5]`, `"INT8","data":[2,300]`, 1):           `row 1, field "b": overflow`,
		strings.Replace(columns, `"name":"b","shape":[2]`, `"name":"b","shape":[3]`, 1):        "want shape [2] or [2,1]",
		strings.Replace(columns, `"name":"b","shape":[2]`, `"name":"b","shape":[2,2]`, 1):      "want shape [2] or [2,1]",
		strings.Replace(columns, `"name":"b","shape":[2]`, `"name":"a","shape":[2]`, 1):        "each name once",
		strings.Replace(columns, `{"inputs"`, `{"outputs":[{"name":"raw"}],"inputs"`, 1):       "want one of",
		strings.Replace(columns, `{"inputs"`, `{"outputs":[{}],"inputs"`, 1):                   "want one of",
		strings.Replace(columns, `"shape":[2,1]`, `"shape":[-2]`, 1):                           "whole numbers",
		strings.Replace(columns, `"shape":[2,1]`, `"shape":[2.5]`, 1):                          "whole numbers",
		strings.Replace(columns, `"shape":[2,1]`, `"shape":[]`, 1):                             "want name, shape, datatype and data",
		strings.Replace(columns, `"FP64"`, `"FP128"`, 1):                                       "want a datatype",
		strings.Replace(columns, `"data":[2,5]`, `"data":{}`, 1):                               "want an array",
		strings.Replace(columns, `"data":[2,5]`, `"data":[[2,5]]`, 1):                          "fill the shape",
		`{}`:                    "want inputs",
		`{"inputs":{}}`:         "want an array",
		`{"inputs":[]}`:         `field "a": missing_column`,
		`{"inputs":[1]}`:        "want an object",
		`{"inputs":[`:           "json",
		`{"id":1,"inputs":[]}`:  "want a text",
		`[]`:                    "want an object",
		``:                      "want an object",
		columns + `x`:           "want the end",
		`{"id":"1","id":"2"}`:   "each key once",
		"{\"id\":\"\xff\"}":     "utf-8",
		`{"outputs":[{"name":1`: "want a text",
	} {
		if status, r := infer(t, h, "fixture", body); status != 400 || !strings.Contains(r.Error, said) {
			t.Errorf("%s: %d %q, want %q", body, status, r.Error, said)
		}
	}
	if status, r := infer(t, h, "fixture", `{"inputs":[{"name":"m","shape":[0,3],"datatype":"FP64","data":[]}]}`); status != 200 || len(r.Outputs[0].Data) != 0 {
		t.Errorf("no rows: %d %+v", status, r)
	}
}

func TestRequestedOutputs(t *testing.T) {
	h := numbers(t, openinference.Options{})
	const input = `"inputs":[{"name":"m","shape":[1,3],"datatype":"FP64","data":[1,2,3]}]}`
	for outputs, want := range map[string][]string{
		`{"outputs":[{"name":"probability","parameters":{"binary_data":false}}],`: {"probability"},
		`{"outputs":[{"name":"probability"},{"name":"prediction"}],`:              {"probability", "prediction"},
		`{"outputs":[],`: {"prediction", "probability"},
		`{`:              {"prediction", "probability"},
	} {
		_, r := infer(t, h, "fixture", outputs+input)
		var names []string
		for _, o := range r.Outputs {
			names = append(names, o.Name)
		}
		if !slices.Equal(names, want) {
			t.Errorf("%s: got %q", outputs, names)
		}
	}
}

func TestRegressionHasOneOutput(t *testing.T) {
	s := must(dataset.NewSchema(dataset.Field{Name: "a", Type: dataset.Float64}))
	r, _ := newRouter(t, s, fixture.Options{Version: 3})
	h := newHandler(t, r, openinference.Options{})
	status, got := infer(t, h, "fixture", `{"inputs":[{"name":"x","shape":[2],"datatype":"FP64","data":[1,1001]}]}`)
	// By hand: 3 + (x-1)/1000 · (-1), for the fixture's first coefficient (0-3)/3.
	if status != 200 || len(got.Outputs) != 1 || got.Outputs[0].Datatype != "FP64" || fmt.Sprint(got.Outputs[0].Data) != "[3 2]" {
		t.Errorf("%d %+v", status, got)
	}
}

func TestLimits(t *testing.T) {
	h := numbers(t, openinference.Options{Limits: serve.Limits{MaxBytes: 4000, MaxRows: 3, MaxDepth: 6, MaxTextBytes: 40}})
	for _, body := range []string{
		`{"inputs":[{"name":"m","shape":[4,3],"datatype":"FP64","data":[1,2,3,1,2,3,1,2,3,1,2,3]}]}`,
		`{"x":"` + strings.Repeat("x", 41) + `"}`,
		`{"x":[[[[[[1]]]]]]}`,
		`{"x":[` + strings.Repeat("1,", 2000) + `1]}`,
		`{"inputs":[` + strings.TrimSuffix(strings.Repeat(`{"name":"m","shape":[1,3],"datatype":"FP64","data":[]},`, 1)+manyInputs(72), ",") + `]}`,
	} {
		if status, r := infer(t, h, "fixture", body); status != 413 {
			t.Errorf("%.80s: %d %q", body, status, r.Error)
		}
	}
}

func manyInputs(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"name":"%d","shape":[1],"datatype":"BOOL","data":[]},`, i)
	}
	return b.String()
}

func TestOtherTypesThanJSONAreRefused(t *testing.T) {
	h := numbers(t, openinference.Options{})
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/v2/models/fixture/infer", strings.NewReader("{}"))
	r.Header.Set("Content-Type", "application/octet-stream")
	h.ServeHTTP(w, r)
	if w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("got %d", w.Code)
	}
}

func TestAGivenUpRequestIsNotAServerError(t *testing.T) {
	h := numbers(t, openinference.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	body := `{"inputs":[{"name":"m","shape":[1,3],"datatype":"FP64","data":[1,2,3]}]}`
	h.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "POST", "/v2/models/fixture/infer", strings.NewReader(body)))
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestSwapIsSeenByTheNextRequest(t *testing.T) {
	s := must(dataset.NewSchema(dataset.Field{Name: "a", Type: dataset.Float64}))
	router, _ := newRouter(t, s, fixture.Options{})
	h := newHandler(t, router, openinference.Options{})
	const body = `{"inputs":[{"name":"a","shape":[1],"datatype":"FP64","data":[1]}]}`
	_, before := infer(t, h, "fixture", body)
	wider := must(dataset.NewSchema(dataset.Field{Name: "a", Type: dataset.Float64}, dataset.Field{Name: "b", Type: dataset.Float64}))
	next, _ := newRouter(t, wider, fixture.Options{Version: 1})
	router.Swap(next.Models()[0])
	if status, r := infer(t, h, "fixture", body); status != 400 || !strings.Contains(r.Error, `"b"`) {
		t.Errorf("the new model's column is not asked for: %d %+v", status, r)
	}
	if status, _ := do(t, h, "GET", "/v2/models/fixture/versions/"+before.ModelVersion, ""); status != 404 {
		t.Errorf("the old version is still there: %d", status)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	if _, err := openinference.NewHandler(nil, openinference.Options{}); err == nil {
		t.Error("no router was accepted")
	}
	if _, err := openinference.NewHandler(serve.NewRouter(), openinference.Options{Limits: serve.Limits{MaxRows: -1}}); err == nil {
		t.Error("a negative limit was accepted")
	}
}

// FuzzInfer feeds bytes to the endpoint: it answers with 200, 400 or 413, in JSON, and never panics.
func FuzzInfer(f *testing.F) {
	h := numbers(f, openinference.Options{Limits: serve.Limits{MaxRows: 50}})
	for _, s := range []string{
		`{"inputs":[{"name":"m","shape":[1,3],"datatype":"FP64","data":[[1,2,3]]}],"outputs":[{"name":"probability"}],"id":"x"}`,
		`{"inputs":[{"name":"a","shape":[2,1],"datatype":"BYTES","data":[["1"],[null]]},{"name":"b","shape":[2],"datatype":"INT8","data":[2,300]}]}`,
		`{"inputs":[{"name":"a","shape":[],"data":[[[]]]}]}`, `{}`, `[]`, `NaN`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		var status int
		var text string
		if over := alloc.Bound(4<<20+1000*len(body), func() { status, text = do(t, h, "POST", "/v2/models/fixture/infer", body) }); over != nil {
			t.Fatal(over)
		}
		if (status != 200 && status != 400 && status != 413) || !json.Valid([]byte(text)) {
			t.Errorf("%q: %d %s", body, status, text)
		}
	})
}

func BenchmarkInfer(b *testing.B) {
	h, _ := payments(b, openinference.Options{})
	rng := rand.New(rand.NewPCG(1, 1))
	rows := validatetest.Payments(rng.Uint64(), 100)
	cells := make([][]validatetest.Cell, len(rows))
	for i, p := range rows {
		cells[i] = p.Cells()
	}
	body := tensors(cells...)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(b.Context(), "POST", "/v2/models/payments/infer", strings.NewReader(body)))
		if w.Code != 200 {
			b.Fatal(w.Body)
		}
	}
}
