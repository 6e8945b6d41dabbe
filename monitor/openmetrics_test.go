package monitor_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/monitor"
)

var sampleLine = regexp.MustCompile(`^([a-z_]+)\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\} (\S+)$`)

// parse reads OpenMetrics strictly, as far as it is used: every family is one block of TYPE, HELP and samples; counters end in _total; series are
// unique; the text ends with EOF.
func parse(text string) (map[string]float64, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 2 || lines[len(lines)-1] != "" || lines[len(lines)-2] != "# EOF" {
		return nil, errors.New("does not end with # EOF and a line feed")
	}
	series, families := map[string]float64{}, map[string]bool{}
	family, kind := "", ""
	for i, line := range lines[:len(lines)-2] {
		if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			if family, kind, ok = strings.Cut(rest, " "); !ok || families[family] || kind != "counter" && kind != "gauge" {
				return nil, fmt.Errorf("line %d: %s", i, line)
			}
			families[family] = true
			continue
		}
		if rest, ok := strings.CutPrefix(line, "# HELP "); ok {
			if !strings.HasPrefix(rest, family+" ") || strings.Contains(rest, `"`) {
				return nil, fmt.Errorf("line %d: %s", i, line)
			}
			continue
		}
		m := sampleLine.FindStringSubmatch(line)
		want := family
		if kind == "counter" {
			want += "_total"
		}
		if m == nil || m[1] != want || strings.HasSuffix(m[2], ",") {
			return nil, fmt.Errorf("line %d: %s", i, line)
		}
		v, err := strconv.ParseFloat(m[3], 64)
		key := m[1] + "{" + m[2] + "}"
		if _, again := series[key]; again || err != nil {
			return nil, fmt.Errorf("line %d: %s: %w", i, line, err)
		}
		series[key] = v
	}
	return series, nil
}

func TestOpenMetricsIsStrict(t *testing.T) {
	s := schemaOf(t, dataset.Field{Name: "a \"b\"\\c", Type: dataset.Float64}, dataset.Field{Name: "text", Type: dataset.Utf8, Nullable: true})
	reference := func(i int, row dataset.Row) {
		row.Values[0], row.Values[1] = dataset.NumberValue(float64(i)), dataset.TextValue(strconv.Itoa(i%4))
	}
	m := newMonitor(t, profileOf(t, s, 1000, reference), monitor.Options{WindowRows: 100, Model: "late\n\"x\"", Version: "1"})
	scrape := func() map[string]float64 {
		t.Helper()
		var b strings.Builder
		if err := m.WriteOpenMetrics(&b); err != nil {
			t.Fatal(err)
		}
		series, err := parse(b.String())
		if err != nil {
			t.Fatalf("%v in\n%s", err, b.String())
		}
		return series
	}
	const labels = `{model="late\n\"x\"",version="1"`
	if got := scrape(); got["tidewheel_rows_total"+labels+"}"] != 0 || len(got) != 9 {
		t.Errorf("before the first row: %v", got)
	}
	row := dataset.NewRow(s)
	for i := range 350 {
		row.Values[0] = dataset.NumberValue(float64(i % 100))
		row.Values[1] = dataset.Value{}
		if i%2 == 0 {
			row.Values[1] = dataset.TextValue("9")
		}
		m.Observe(row, none)
	}
	got := scrape()
	for key, want := range map[string]float64{
		"tidewheel_rows_total" + labels + "}":                             350,
		"tidewheel_windows_total" + labels + "}":                          3,
		"tidewheel_open_window_rows" + labels + "}":                       50,
		"tidewheel_alerts_total" + labels + `,kind="quality"}`:            1,
		"tidewheel_signals_raised" + labels + `,kind="quality"}`:          2,
		"tidewheel_signals_raised" + labels + `,kind="drift"}`:            1,
		"tidewheel_missing_ratio" + labels + `,column="text"}`:            0.5,
		"tidewheel_unseen_ratio" + labels + `,column="text"}`:             1,
		"tidewheel_out_of_range_ratio" + labels + `,column="a \"b\"\\c"}`: 0,
		"tidewheel_psi" + labels + `,column="a \"b\"\\c"}`:                m.Windows()[2].Columns[0].PSI,
		"tidewheel_psi_excess" + labels + `,column="a \"b\"\\c"}`:         m.Windows()[2].Columns[0].Excess,
		"tidewheel_drift_evidence" + labels + `,column="a \"b\"\\c"}`:     m.Windows()[2].Columns[0].Evidence,
		"tidewheel_jensen_shannon" + labels + `,column="text"}`:           1,
	} {
		if v, ok := got[key]; !ok || v != want {
			t.Errorf("%s: %v (%v), want %v", key, v, ok, want)
		}
	}
}

func TestSeveralMonitorsShareAText(t *testing.T) {
	first := newMonitor(t, ramp(t), monitor.Options{Model: "first", WindowRows: 50})
	second := newMonitor(t, ramp(t), monitor.Options{Model: "second", WindowRows: 50})
	row := dataset.NewRow(ramp(t).Schema())
	for i := range 75 {
		row.Values[0] = dataset.NumberValue(float64(i))
		second.Observe(row, none)
	}
	w := httptest.NewRecorder()
	monitor.Handler(first, second).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	series, err := parse(w.Body.String())
	if err != nil {
		t.Fatalf("%v in\n%s", err, w.Body)
	}
	if series[`tidewheel_rows_total{model="first",version=""}`] != 0 || series[`tidewheel_rows_total{model="second",version=""}`] != 75 || len(series) < 19 {
		t.Errorf("got %v", series)
	}
	if n := strings.Count(w.Body.String(), "# TYPE tidewheel_rows "); n != 1 {
		t.Errorf("want each family once, got rows %d times", n)
	}
}

func TestHandlerAnswersScrapes(t *testing.T) {
	h := newMonitor(t, ramp(t), monitor.Options{}).Handler()
	for method, want := range map[string]int{http.MethodGet: 200, http.MethodHead: 200, http.MethodPost: 405} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, "/metrics", nil))
		if w.Code != want {
			t.Errorf("%s: %d", method, w.Code)
		}
		if want == 200 && w.Header().Get("Content-Type") != monitor.ContentType {
			t.Errorf("content type %q", w.Header().Get("Content-Type"))
		}
		if want == 405 && w.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("allow %q", w.Header().Get("Allow"))
		}
	}
	m := newMonitor(t, ramp(t), monitor.Options{})
	failure := errors.New("failure")
	if err := m.WriteOpenMetrics(failing{failure}); !errors.Is(err, failure) {
		t.Errorf("a writer that fails: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
