package serve_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/serve/internal/fixture"
	"github.com/tidewheel/tidewheel/validate"
)

// rowJSON returns an order as a client would write it.
func rowJSON(o order) string {
	text := func(v any) string {
		b, _ := json.Marshal(v)
		return string(b)
	}
	return fmt.Sprintf(`{"amount":%s,"tenure":%s,"country":%s,"channel":%s,"items":%d,"member":%t,"rate":%s,"day":%q,"at":%q}`,
		text(o.Amount), text(o.Tenure), text(o.Country), text(o.Channel), o.Items, o.Member, text(o.Rate),
		o.Day.Format(time.DateOnly), o.At.Format(time.RFC3339Nano))
}

func TestHandlerGivesTheBitsOfTheBatchEntrance(t *testing.T) {
	a, rows := artifact(t, fixture.Options{}), orders(2000, 21)
	h := newHandler(t, a, serve.HandlerOptions{})
	classes, probability, raw := expected(t, a, rows)
	parts := make([]string, len(rows))
	for i, r := range rows {
		parts[i] = rowJSON(r)
	}
	status, kind, text := post(t, h, "["+strings.Join(parts, ",\n")+"]")
	got := parse(t, text)
	if status != http.StatusOK || kind != "application/json" || len(got.Predictions) != len(rows) {
		t.Fatalf("status %d, %d predictions: %.200s", status, len(got.Predictions), text)
	}
	if got.Model != "fixture" || got.Version != a.Digest() || !slices.Equal(got.Classes, levels) {
		t.Errorf("model %q, version %q, classes %q", got.Model, got.Version, got.Classes)
	}
	for i, p := range got.Predictions {
		if p.Prediction != classes[i] || !sameBits(p.Probability, probability[3*i:3*i+3]) || !sameBits(p.Raw, raw[3*i:3*i+3]) {
			t.Fatalf("row %d: other bits than the batch entrance", i)
		}
	}
	_, _, text = post(t, h, parts[7])
	if one := parse(t, text); one.Prediction != classes[7] || !sameBits(one.Probability, probability[21:24]) || one.Predictions != nil {
		t.Errorf("one row: %s", text)
	}
	if _, _, text := post(t, h, "[]"); !strings.HasSuffix(text, `"predictions":[]}`) {
		t.Errorf("no rows: %s", text)
	}
}

func TestHandlerWritesEveryKindOfTarget(t *testing.T) {
	for _, c := range []struct {
		target  dataset.Field
		classes []string
		want    []string
	}{
		{dataset.Field{Name: "late", Type: dataset.Bool}, []string{"false", "true"}, []string{`"prediction":false,`, `"prediction":true,`}},
		{dataset.Field{Name: "stars", Type: dataset.Int32}, []string{"1", "3", "5"}, []string{`"prediction":1,`, `"prediction":3,`, `"prediction":5,`}},
		{dataset.Field{Name: "level", Type: dataset.Utf8}, []string{"a\"b", "<é>"}, []string{`"prediction":"a\"b",`, `"prediction":"\u003cé\u003e",`}},
		{dataset.Field{Name: "delay", Type: dataset.Float64}, nil, []string{`"prediction":`}},
	} {
		h := newHandler(t, artifact(t, fixture.Options{Target: c.target, Classes: c.classes}), serve.HandlerOptions{})
		_, _, text := post(t, h, rowJSON(orders(1, 1)[0]))
		if !slices.ContainsFunc(c.want, func(w string) bool { return strings.Contains(text, w) }) || !json.Valid([]byte(text)) {
			t.Errorf("%s: %s", c.target.Type, text)
		}
		if strings.Contains(text, "classes") != (c.classes != nil) || strings.Contains(text, "probability") != (c.classes != nil) {
			t.Errorf("%s: %s", c.target.Type, text)
		}
	}
}

func TestHandlerAnswersBadRequestsWithAProblem(t *testing.T) {
	h := newHandler(t, artifact(t, fixture.Options{}), serve.HandlerOptions{Limits: serve.Limits{MaxBytes: 2000, MaxRows: 3, MaxDepth: 4, MaxTextBytes: 100}})
	row := rowJSON(orders(1, 1)[0])
	for _, c := range []struct {
		name, body string
		status     int
	}{
		{"nothing", ``, 400},
		{"a number", `12`, 400},
		{"half an object", row[:40], 400},
		{"more behind it", row + `{}`, 400},
		{"a row that is a number", `[1]`, 400},
		{"a comma too much", `[` + row + `,]`, 400},
		{"a key twice", `{"amount":1,"amount":1}`, 400},
		{"an extra key twice", `{"x":1,"x":1}`, 400},
		{"a key twice further in", `{"x":{"y":1,"y":2}}`, 400},
		{"a leading zero", strings.Replace(row, `"items":`, `"items":0`, 1), 400},
		{"no utf-8", "{\"x\":\"\xff\"}", 400},
		{"half a surrogate", `{"x":"\ud800"}`, 400},
		{"a control character", "{\"x\":\"\n\"}", 400},
		{"too deep", `{"x":[[[[1]]]]}`, 413},
		{"too many rows", `[{},{},{},{}]`, 413},
		{"a long text", `{"x":"` + strings.Repeat("x", 101) + `"}`, 413},
		{"a long number", `{"x":1` + strings.Repeat("0", 101) + `}`, 413},
		{"too long", `{"x":"` + strings.Repeat(" ", 2000) + `"}`, 413},
		{"no column", `{}`, 422},
		{"a row among good ones", `[` + row + `,{"country":"XX"}]`, 422},
		{"an array for a number", strings.Replace(row, `"items":`, `"items":[],"x":`, 1), 422},
	} {
		status, kind, text := post(t, h, c.body)
		a := parse(t, text)
		if status != c.status || kind != "application/problem+json" || a.Status != c.status || a.Type == "" || a.Title == "" || a.Detail == "" {
			t.Errorf("%s: %d %s %s", c.name, status, kind, text)
		}
	}
	_, _, text := post(t, h, `[`+row+`,{"country":"XX"}]`)
	a := parse(t, text)
	want := []told{{Row: 1, Field: "amount", Rule: "missing_column"}, {Row: 1, Field: "country", Rule: "one_of"}}
	for _, w := range want {
		if !slices.Contains(a.Errors, w) {
			t.Errorf("%s lacks %+v", text, w)
		}
	}
	if len(a.Errors) != 9 || strings.Contains(text, "XX") {
		t.Errorf("got %s", text)
	}
}

func TestHandlerSpeaksHTTP(t *testing.T) {
	authorize, err := serve.BearerToken("0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	model := newModel(t, artifact(t, fixture.Options{}), serve.Options{})
	router := serve.NewRouter(model)
	h, err := serve.NewHandler(router, serve.HandlerOptions{Authorize: authorize})
	if err != nil {
		t.Fatal(err)
	}
	row := rowJSON(orders(1, 1)[0])
	do := func(method, kind, encoding, token string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), method, "/score", strings.NewReader(row))
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Content-Encoding", encoding)
		r.Header.Set("Authorization", token)
		h.ServeHTTP(w, r)
		return w
	}
	const good, token = "application/json", "Bearer 0123456789abcdef"
	for _, c := range []struct {
		method, kind, encoding, token string
		status                        int
		header, value                 string
	}{
		{"POST", good, "", token, 200, "Content-Type", "application/json"},
		{"POST", "application/json; charset=UTF-8", "", token, 200, "", ""},
		{"POST", "", "", "bearer 0123456789abcdef", 200, "", ""},
		{"POST", "application/x-www-form-urlencoded", "", token, 200, "", ""}, // what curl -d sends
		{"POST", good, "", "", 401, "WWW-Authenticate", "Bearer"},
		{"POST", good, "", "Bearer 0123456789abcdeF", 401, "", ""},
		{"POST", good, "", "Basic 0123456789abcdef", 401, "", ""},
		{"GET", good, "", token, 405, "Allow", "POST"},
		{"POST", "text/csv", "", token, 415, "Accept-Post", "application/json"},
		{"POST", "application/json; charset=latin1", "", token, 415, "", ""},
		{"POST", good, "gzip", token, 415, "", ""},
		{"POST", "/;;", "", token, 415, "", ""},
	} {
		w := do(c.method, c.kind, c.encoding, c.token)
		if w.Code != c.status || (c.header != "" && w.Header().Get(c.header) != c.value) {
			t.Errorf("%+v: got %d %v", c, w.Code, w.Header())
		}
	}
	router.Retire(model.Name())
	if w := do("POST", good, "", token); w.Code != http.StatusServiceUnavailable {
		t.Errorf("without a model: %d", w.Code)
	}
	if _, err := serve.BearerToken("short"); err == nil {
		t.Error("a short token was accepted")
	}
}

func TestHandlerOptionsAreChecked(t *testing.T) {
	_, err := serve.NewHandler(serve.NewRouter(), serve.HandlerOptions{Limits: serve.Limits{MaxBytes: -1, MaxRows: -1, MaxDepth: -1, MaxTextBytes: -1}})
	for _, field := range []string{"MaxBytes", "MaxRows", "MaxDepth", "MaxTextBytes"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%v does not name %s", err, field)
		}
	}
	if _, err := serve.NewHandler(nil, serve.HandlerOptions{}); err == nil {
		t.Error("no router was accepted")
	}
}

// TestNoAnswerLogOrErrorHoldsAValue spoils a row with values that can be found again.
func TestNoAnswerLogOrErrorHoldsAValue(t *testing.T) {
	core, logs := observer.New(zapcore.DebugLevel)
	h := newHandler(t, artifact(t, fixture.Options{}), serve.HandlerOptions{Logger: zap.New(core)})
	row := rowJSON(orders(1, 1)[0])
	for _, body := range []string{
		strings.Replace(row, `"country":`, `"country":"secret-771","x":`, 1),
		strings.Replace(row, `"amount":`, `"amount":-771771,"x":`, 1),
		strings.Replace(row, `"items":`, `"items":"secret-771","x":`, 1),
		`{"amount":"secret-771`,
		`{"amount":secret-771`,
	} {
		_, _, text := post(t, h, body)
		if strings.Contains(text, "771") || strings.Contains(text, "secret") {
			t.Errorf("%s is answered by %s", body, text)
		}
	}
	if logs.Len() != 5 {
		t.Errorf("%d lines logged, want one for each refused request", logs.Len())
	}
	for _, e := range logs.All() {
		if line := fmt.Sprint(e.Message, e.ContextMap()); strings.Contains(line, "771") || strings.Contains(line, "secret") {
			t.Errorf("logged %s", line)
		}
	}
}

func TestNumbersAreReadExactly(t *testing.T) {
	s, err := dataset.NewSchema(
		dataset.Field{Name: "i", Type: dataset.Int64}, dataset.Field{Name: "u", Type: dataset.Uint64}, dataset.Field{Name: "f", Type: dataset.Float32},
		dataset.Field{Name: "d", Type: dataset.Decimal128(5, 2)},
	)
	if err != nil {
		t.Fatal(err)
	}
	a, err := fixture.New(s, fixture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var seen recorder
	h, err := serve.NewHandler(serve.NewRouter(newModel(t, a, serve.Options{Observers: []serve.Observer{&seen}})), serve.HandlerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		column, text string
		want         float64
		rule         validate.Rule
	}{
		{"i", `9007199254740993`, 9007199254740992, ""}, // 2^53+1 ties to even
		{"i", `9223372036854775807`, 9223372036854775807, ""},
		{"i", `9223372036854775808`, 0, validate.RuleOverflow},
		{"i", `-9223372036854775808`, -9223372036854775808, ""},
		{"i", `2.0`, 2, ""},
		{"i", `2e3`, 2000, ""},
		{"i", `2.5`, 0, validate.RuleFraction},
		{"u", `18446744073709551615`, 18446744073709551615, ""},
		{"u", `18446744073709551616`, 0, validate.RuleOverflow},
		{"u", `-1`, 0, validate.RuleOverflow},
		{"f", `0.1`, float64(float32(0.1)), ""},
		{"f", `1e39`, 0, validate.RuleOverflow},
		{"f", `-0`, math.Copysign(0, -1), ""},
		{"d", `123.45`, 123.45, ""},
	} {
		cells := map[string]string{"i": "1", "u": "1", "f": "1", "d": "1"}
		cells[c.column] = c.text
		_, _, text := post(t, h, fmt.Sprintf(`{"i":%s,"u":%s,"f":%s,"d":%s}`, cells["i"], cells["u"], cells["f"], cells["d"]))
		got := parse(t, text)
		if c.rule != "" {
			if len(got.Errors) != 1 || got.Errors[0] != (told{Field: c.column, Rule: string(c.rule)}) {
				t.Errorf("%s %s: %s", c.column, c.text, text)
			}
			continue
		}
		if v := seen.in[s.Index(c.column)].Number; math.Float64bits(v) != math.Float64bits(c.want) || len(got.Findings) != 0 {
			t.Errorf("%s %s is read as %v: %s", c.column, c.text, v, text)
		}
	}
}

func TestWriteProblem(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
	}{
		{&serve.RefusedError{Rows: 1, Refused: 1, Findings: []serve.Finding{{Field: "amount", Rule: validate.RuleNull}}}, 422},
		{fmt.Errorf("x: %w", dataset.ErrLimit), 413},
		{&dataset.FormatError{Format: "json", Want: "a", Got: "b"}, 400},
		{serve.ErrNoModel, 503},
		{http.ErrNotSupported, 500},
	} {
		w := httptest.NewRecorder()
		serve.WriteProblem(w, c.err)
		if w.Code != c.status || !bytes.Contains(w.Body.Bytes(), fmt.Appendf(nil, `"status":%d`, c.status)) {
			t.Errorf("%v: %d %s", c.err, w.Code, w.Body)
		}
	}
}

func TestNewServerHasLimits(t *testing.T) {
	h := http.NewServeMux()
	s := serve.NewServer("127.0.0.1:0", h, serve.ServerOptions{WriteTimeout: time.Hour, IdleTimeout: -1})
	if s.ReadHeaderTimeout != 5*time.Second || s.ReadTimeout != 30*time.Second || s.WriteTimeout != time.Hour || s.IdleTimeout != 2*time.Minute ||
		s.MaxHeaderBytes != 64<<10 || s.Handler != h || s.Addr != "127.0.0.1:0" || s.ErrorLog == nil {
		t.Errorf("got %+v", s)
	}
}

func TestWideSchemasDoNotMultiplyWhatARequestTakes(t *testing.T) {
	fields := make([]dataset.Field, 20_000)
	for i := range fields {
		fields[i] = dataset.Field{Name: fmt.Sprintf("c%d", i), Type: dataset.Float64}
	}
	s, err := dataset.NewSchema(fields...)
	if err != nil {
		t.Fatal(err)
	}
	a, err := fixture.New(s, fixture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h := newHandler(t, a, serve.HandlerOptions{})
	body := "[" + strings.Repeat("{},", 9999) + "{}]"
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	status, _, _ := post(t, h, body)
	runtime.ReadMemStats(&after)
	if status != http.StatusUnprocessableEntity {
		t.Errorf("status %d", status)
	}
	allocated := after.TotalAlloc - before.TotalAlloc
	if allocated > 32<<20 { // one row kept for each {} would be 6 GB
		t.Errorf("%d bytes for a request of %d", allocated, len(body))
	}
}
