package monitor

// Kind is what an Alert is about.
type Kind string

// The kinds.
const (
	KindQuality Kind = "quality"     // values are missing, unseen or out of range more often than in the reference
	KindDrift   Kind = "drift"       // features are distributed differently
	KindScore   Kind = "score_drift" // the model's answers are distributed differently
)

const nKinds = 3

// kinds returns the kinds in the order in which the alerts of one window are given.
func kinds() [nKinds]Kind { return [...]Kind{KindQuality, KindDrift, KindScore} }

// Signal is what one column shows.
type Signal string

// The signals.
const (
	SignalMissing      Signal = "missing"      // the share of missing values (null or NaN) rose
	SignalUnseen       Signal = "unseen"       // the share of texts outside the listed categories rose
	SignalOutOfRange   Signal = "out_of_range" // the share of numbers outside the reference's smallest and largest rose
	SignalDistribution Signal = "distribution" // the bins are filled differently
)

// The signals by number, in the order in which they are judged: quality first, since it holds drift back.
const (
	missing = iota
	unseen
	outOfRange
	distribution
	nSignals
)

// signalName returns the name of a signal.
func signalName(signal int) Signal {
	return [nSignals]Signal{SignalMissing, SignalUnseen, SignalOutOfRange, SignalDistribution}[signal]
}

// Severity says how soon someone should look.
type Severity string

// The severities.
const (
	Warn Severity = "warn" // worth a ticket: the inputs changed, which may or may not hurt
	Page Severity = "page" // a column is mostly gone, or the answers changed by far
)

// Beyond these an alert is a Page.
const (
	pageRise = 0.5
	pagePSI  = 0.25
)

// MaxAlertColumns is the number of columns that an Alert lists, the gravest first.
const MaxAlertColumns = 16

// Alert is one message about all signals of a kind. It is sent in the window in which one of them is raised, and again when it becomes a Page.
type Alert struct {
	Number   uint64     `json:"number"` // 1, 2 … in the order of the monitor's alerts
	Kind     Kind       `json:"kind"`
	Severity Severity   `json:"severity"`
	Model    string     `json:"model,omitempty"`
	Version  string     `json:"version,omitempty"`
	Window   uint64     `json:"window"`  // the window that raised it, from 1
	Rows     int64      `json:"rows"`    // of that window
	Raised   int        `json:"raised"`  // signals of the kind that stand raised
	Columns  []Evidence `json:"columns"` // the gravest MaxAlertColumns of them, ordered by Evidence.Ratio, ties in order of the columns
}

// Evidence is one raised signal with the figures of the window.
type Evidence struct {
	Column         string  `json:"column"`
	Signal         Signal  `json:"signal"`
	Ratio          float64 `json:"evidence"`        // figure over threshold; 1 or more in the windows that raise it
	PSI            float64 `json:"psi"`             // under the sealed convention
	JensenShannon  float64 `json:"jensen_shannon"`  // distance, base 2
	Share          float64 `json:"share"`           // of the signal's values in the window; 0 for a distribution
	ReferenceShare float64 `json:"reference_share"` // the same in the reference
}

// keptAlerts is the number of alerts that a Monitor keeps.
const keptAlerts = 64

// state is the memory of one signal of one column.
type state struct {
	over, low uint8 // the last three windows, the newest in bit 0
	raised    bool
	page      bool
}

// clearBelow is the share of the threshold below which a window speaks for clearing.
const clearBelow = 0.7

// next takes the ratio of figure to threshold in a new window and reports whether the signal was raised by it.
func (s *state) next(ratio float64, held bool) bool {
	s.over, s.low = s.over<<1&7, s.low<<1&7
	if ratio >= 1 {
		s.over |= 1
	}
	if ratio < clearBelow {
		s.low |= 1
	}
	switch {
	case s.raised && (held || twoOfThree(s.low)):
		s.raised = false
	case !s.raised && !held && twoOfThree(s.over):
		s.raised = true
		return true
	}
	return false
}

func twoOfThree(bits uint8) bool { return bits&1+bits>>1&1+bits>>2&1 >= 2 }

// Alerts returns the alerts kept, the oldest first: the last 64. A gap in their numbers between two calls says that some were lost.
func (m *Monitor) Alerts() []Alert { return m.alertsAfter(0) }

// alertsAfter returns the kept alerts with a number above n.
func (m *Monitor) alertsAfter(n uint64) []Alert {
	m.mu.Lock()
	defer m.mu.Unlock()
	first := uint64(1)
	if m.alerted > keptAlerts {
		first = m.alerted - keptAlerts + 1
	}
	var out []Alert
	for i := max(first, n+1); i <= m.alerted; i++ {
		a := m.alerts[(i-1)%keptAlerts]
		a.Columns = append([]Evidence(nil), a.Columns...)
		out = append(out, a)
	}
	return out
}

// alarm writes the alerts of the window that has just been judged. The caller holds the lock.
func (m *Monitor) alarm(w *Window, raised [nKinds]bool) {
	sent := false
	for k, kind := range kinds() {
		page, standing := m.standing(kind)
		if standing == 0 {
			m.paged[k] = false
			continue
		}
		if !raised[k] && (!page || m.paged[k]) {
			continue
		}
		m.paged[k] = m.paged[k] || page
		slot := &m.alerts[m.alerted%keptAlerts]
		m.alerted++
		m.byKind[k]++
		*slot = Alert{
			Number: m.alerted, Kind: kind, Severity: Warn, Model: m.o.Model, Version: m.o.Version,
			Window: w.Number, Rows: w.Rows, Raised: standing, Columns: slot.Columns[:0],
		}
		if page {
			slot.Severity = Page
		}
		m.rank(slot, w)
		sent = true
	}
	if !sent {
		return
	}
	for _, wake := range m.watchers {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}

// standing returns how many signals of a kind stand raised, and whether one of them is grave.
func (m *Monitor) standing(kind Kind) (page bool, n int) {
	for i := range m.columns {
		c := &m.columns[i]
		for s := range nSignals {
			if c.states[s].raised && c.kind(s) == kind {
				n++
				page = page || c.states[s].page
			}
		}
	}
	return page, n
}

// rank fills a.Columns, which has room, by insertion.
func (m *Monitor) rank(a *Alert, w *Window) {
	for i := range m.columns {
		c := &m.columns[i]
		for s := range nSignals {
			if !c.states[s].raised || c.kind(s) != a.Kind {
				continue
			}
			e := c.evidence(s, &w.Columns[i])
			at := len(a.Columns)
			for at > 0 && a.Columns[at-1].Ratio < e.Ratio {
				at--
			}
			if at == MaxAlertColumns {
				continue
			}
			if len(a.Columns) < MaxAlertColumns {
				a.Columns = append(a.Columns, Evidence{})
			}
			copy(a.Columns[at+1:], a.Columns[at:])
			a.Columns[at] = e
		}
	}
}
