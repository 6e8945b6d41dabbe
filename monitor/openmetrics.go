package monitor

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// ContentType is the media type of what WriteOpenMetrics writes.
const ContentType = "application/openmetrics-text; version=1.0.0; charset=utf-8"

// WriteOpenMetrics writes the state in OpenMetrics 1.0 text, which Prometheus reads: rows, windows and alerts counted since the start, and the figures of the last
// closed window, one series a column. Labels are the model, the version, and names of columns and kinds; there is none for a value of a row. The error is w's.
// Source: OpenMetrics 1.0.0 (2020).
func (m *Monitor) WriteOpenMetrics(w io.Writer) error {
	if _, err := w.Write(metrics(m)); err != nil {
		return fmt.Errorf("monitor: write metrics: %w", err)
	}
	return nil
}

// Handler answers GET and HEAD with WriteOpenMetrics.
func (m *Monitor) Handler() http.Handler { return Handler(m) }

// Handler answers GET and HEAD with what WriteOpenMetrics writes for each of several monitors, in one text with each metric family once. Monitors of one process
// must differ in model or version. It may be called by several goroutines at once. Where models are swapped, monitors change: make the handler in each request then, of
// those that watch at that time.
func Handler(monitors ...*Monitor) http.Handler {
	monitors = slices.Clone(monitors)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Content-Type", ContentType)
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(metrics(monitors...)) // the client is gone: there is nobody to tell
	})
}

// metrics returns the text of monitors: the families in their fixed order, those that only some have at the end, and in each the series of the monitors in turn.
func metrics(monitors ...*Monitor) []byte {
	e := &exposition{}
	for _, m := range monitors {
		m.expose(e)
	}
	var text []byte
	for _, f := range e.families {
		text = append(text, f.text...)
	}
	return append(text, "# EOF\n"...)
}

// exposition builds the text.
type exposition struct {
	families []*family
	labels   string // of every series
	now      *family
}

// family is a metric family: its head and its series.
type family struct {
	name, suffix string
	text         []byte
}

// begin goes on with a family, which it makes when there is none of the name.
func (e *exposition) begin(name, kind, help string) {
	if i := slices.IndexFunc(e.families, func(f *family) bool { return f.name == name }); i >= 0 {
		e.now = e.families[i]
		return
	}
	e.now = &family{name: name, text: fmt.Appendf(nil, "# TYPE %s %s\n# HELP %s %s\n", name, kind, name, help)}
	if kind == "counter" {
		e.now.suffix = "_total"
	}
	e.families = append(e.families, e.now)
}

// sample writes one series, with one label more unless name is empty.
func (e *exposition) sample(v float64, name, value string) {
	text := append(e.now.text, e.now.name...)
	text = append(text, e.now.suffix...)
	text = append(text, e.labels...)
	if name != "" {
		text = fmt.Appendf(text, `,%s="%s"`, name, escape(value))
	}
	text = append(text, "} "...)
	text = strconv.AppendFloat(text, v, 'g', -1, 64)
	e.now.text = append(text, '\n')
}

// escape writes a label's value as the format has it; what is not UTF-8 is replaced.
func escape(s string) string {
	return strings.NewReplacer("\\", "\\\\", "\"", "\\\"", "\n", "\\n").Replace(strings.ToValidUTF8(s, "\uFFFD"))
}

// expose adds the monitor's series. Only a copy is taken under the lock, so that a scrape does not keep scoring calls waiting.
func (m *Monitor) expose(e *exposition) {
	m.mu.Lock()
	observed, closed, rows, byKind := m.observed, m.closed, m.rows, m.byKind
	var standing [nKinds]int
	for k, kind := range kinds() {
		_, standing[k] = m.standing(kind)
	}
	var last Window
	if closed > 0 {
		last = m.ring[(closed-1)%uint64(len(m.ring))]
		last.Columns = slices.Clone(last.Columns)
	}
	m.mu.Unlock()

	e.labels = fmt.Sprintf(`{model="%s",version="%s"`, escape(m.o.Model), escape(m.o.Version))
	e.begin("tidewheel_rows", "counter", "Rows observed.")
	e.sample(float64(observed), "", "")
	e.begin("tidewheel_windows", "counter", "Windows closed.")
	e.sample(float64(closed), "", "")
	e.begin("tidewheel_alerts", "counter", "Alerts sent.")
	for k, kind := range kinds() {
		e.sample(float64(byKind[k]), "kind", string(kind))
	}
	e.begin("tidewheel_signals_raised", "gauge", "Signals that stand raised.")
	for k, kind := range kinds() {
		e.sample(float64(standing[k]), "kind", string(kind))
	}
	e.begin("tidewheel_open_window_rows", "gauge", "Rows of the open window.")
	e.sample(float64(rows), "", "")
	if closed > 0 {
		m.columnMetrics(e, &last)
	}
}

// columnMetrics writes the figures of the columns that the window's rows had.
func (m *Monitor) columnMetrics(e *exposition, w *Window) {
	for _, f := range []struct {
		name, help string
		figure     func(*column, *ColumnWindow) (float64, bool)
	}{
		{"tidewheel_psi", "Population stability index of the last window against the reference.", func(c *column, w *ColumnWindow) (float64, bool) { return w.PSI, c.bins != nil }},
		{"tidewheel_psi_excess", "Population stability index over pooled bins less its null level.", func(_ *column, w *ColumnWindow) (float64, bool) { return w.Excess, w.Judged }},
		{"tidewheel_drift_evidence", "Evidence of drift; from 1 on the window speaks for it.", func(_ *column, w *ColumnWindow) (float64, bool) { return w.Evidence, w.Judged }},
		{"tidewheel_jensen_shannon", "Jensen-Shannon distance, base 2.", func(c *column, w *ColumnWindow) (float64, bool) { return w.JensenShannon, c.bins != nil }},
		{"tidewheel_missing_ratio", "Share of missing values.", rateFigure(missing)},
		{"tidewheel_unseen_ratio", "Share of texts outside the listed categories.", rateFigure(unseen)},
		{"tidewheel_out_of_range_ratio", "Share of numbers outside the range of the reference.", rateFigure(outOfRange)},
	} {
		e.begin(f.name, "gauge", f.help)
		for i := range m.columns {
			cw := &w.Columns[i]
			if v, ok := f.figure(&m.columns[i], cw); ok && cw.Rows > 0 {
				e.sample(v, "column", cw.Column)
			}
		}
	}
}

func rateFigure(signal int) func(*column, *ColumnWindow) (float64, bool) {
	return func(c *column, w *ColumnWindow) (float64, bool) {
		share, of := w.share(signal)
		return share, c.rates[signal].on && of > 0
	}
}
