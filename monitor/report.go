package monitor

import "slices"

// Window is one closed window.
type Window struct {
	Number  uint64         `json:"window"` // from 1
	Rows    int64          `json:"rows"`
	Columns []ColumnWindow `json:"columns"` // those of the reference in its order, then the prediction and the probability
}

// ColumnWindow holds the figures of one column in one window. Every figure is finite; those of a distribution are 0 where it is not watched.
type ColumnWindow struct {
	Column        string  `json:"column"`
	Rows          int64   `json:"rows"`           // rows that had the column; 0 when their schema lacks it
	Missing       int64   `json:"missing"`        // null or NaN
	Unseen        int64   `json:"unseen"`         // texts outside the listed categories
	OutOfRange    int64   `json:"out_of_range"`   // numbers outside the reference's smallest and largest
	PSI           float64 `json:"psi"`            // population stability index under the convention sealed with the bins
	JensenShannon float64 `json:"jensen_shannon"` // distance, base 2, in [0, 1]
	Excess        float64 `json:"psi_excess"`     // PSI over the pooled bins less its null level; may be below 0
	// Evidence is the lesser of Excess over the least PSI of the options and of the chi-square statistic (less its mean) over its chance level: from 1 on the window
	// speaks for drift.
	Evidence float64 `json:"evidence"`
	Judged   bool    `json:"judged"` // there were enough values for Excess and Evidence
	ratios   [nSignals]float64
}

// share returns the share that a signal of quality looks at, and of how many.
func (w *ColumnWindow) share(signal int) (share float64, of int64) {
	k := w.Missing
	of = w.Rows
	switch signal {
	case unseen:
		k, of = w.Unseen, w.Rows-w.Missing
	case outOfRange:
		k, of = w.OutOfRange, w.Rows-w.Missing
	default:
	}
	if of == 0 {
		return 0, 0
	}
	return float64(k) / float64(of), of
}

// Windows returns the kept windows, the oldest first: the last Options.Keep.
func (m *Monitor) Windows() []Window {
	m.mu.Lock()
	defer m.mu.Unlock()
	kept := min(m.closed, uint64(len(m.ring)))
	out := make([]Window, 0, kept)
	for i := m.closed - kept; i < m.closed; i++ {
		w := m.ring[i%uint64(len(m.ring))]
		w.Columns = slices.Clone(w.Columns)
		out = append(out, w)
	}
	return out
}

// Report is the state of a Monitor.
type Report struct {
	Model    string  `json:"model,omitempty"`
	Version  string  `json:"version,omitempty"`
	Rows     uint64  `json:"rows"`      // observed in all
	OpenRows int64   `json:"open_rows"` // of the open window
	Windows  uint64  `json:"windows"`   // closed
	Alerts   uint64  `json:"alerts"`    // sent
	Raised   []Alert `json:"raised"`    // for each kind with raised signals what stands now, with the figures of the last window; Number is 0
	Last     *Window `json:"last"`      // the last closed window, nil before the first
}

// Report returns the state. What it points to is the caller's.
func (m *Monitor) Report() Report {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := Report{Model: m.o.Model, Version: m.o.Version, Rows: m.observed, OpenRows: m.rows, Windows: m.closed, Alerts: m.alerted, Raised: []Alert{}}
	if m.closed == 0 {
		return r
	}
	w := m.ring[(m.closed-1)%uint64(len(m.ring))]
	w.Columns = slices.Clone(w.Columns)
	r.Last = &w
	for _, kind := range kinds() {
		page, n := m.standing(kind)
		if n == 0 {
			continue
		}
		a := Alert{Kind: kind, Severity: Warn, Model: m.o.Model, Version: m.o.Version, Window: w.Number, Rows: w.Rows, Raised: n}
		if page {
			a.Severity = Page
		}
		m.rank(&a, &w)
		r.Raised = append(r.Raised, a)
	}
	return r
}
