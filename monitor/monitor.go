package monitor

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/validate"
)

// The columns of a profile of answers.
const (
	PredictionColumn  = model.PredictionColumn  // the number or the class that the model answers
	ProbabilityColumn = model.ProbabilityColumn // of two classes the probability of the last, of more the largest
)

// Monitor counts rows and answers in windows, compares each window with the reference, and keeps the last windows and alerts. It is safe for concurrent use, and
// satisfies the Observer of package serve. Only New makes a usable one.
type Monitor struct {
	o       Options
	z       float64
	chance  []float64
	scores  int // of columns, the last that come from the answer
	current atomic.Pointer[layout]

	mu       sync.Mutex
	layouts  []*layout
	columns  []column
	counts   []uint64
	pooled   [2][]uint64
	rows     int64 // of the open window
	observed uint64
	closed   uint64
	ring     []Window
	alerts   []Alert
	alerted  uint64
	byKind   [nKinds]uint64
	paged    [nKinds]bool
	watchers []chan struct{}
}

// layout says where the columns are in rows of a schema.
type layout struct {
	schema *dataset.Schema
	at     []int // per column; -1: not there, or text where the reference has numbers
}

// maxLayouts is the number of schemas that are remembered; beyond it the oldest is forgotten.
const maxLayouts = 16

// New returns a monitor against reference, the profile of the rows that the model was made from. Every column of reference is watched (see the package comment for
// what), in rows of any schema that has it. The memory that a Monitor takes is fixed here: about 150 bytes a column and kept window. Errors are
// *dataset.OptionError, joined.
func New(reference *validate.Profile, o Options) (*Monitor, error) {
	o, err := o.resolve(reference)
	if err != nil {
		return nil, fmt.Errorf("monitor: new: %w", err)
	}
	profiles := reference.Columns()
	tests := 2 * len(profiles)
	if o.Scores != nil {
		tests += 2 * o.Scores.Schema().Len()
	}
	m := &Monitor{o: o, z: upperNormal(o.Alpha / float64(max(tests, 1)))}
	for _, p := range profiles {
		watched := isWatched(reference, p) && (o.Columns == nil || slices.Contains(o.Columns, p.Name))
		m.columns = append(m.columns, newColumn(p, watched, m.z, o.PSI))
	}
	if o.Scores != nil {
		m.addScores()
	}
	size, most := 0, 0
	for i := range m.columns {
		c := &m.columns[i]
		c.slot = size
		size += c.slots()
		most = max(most, c.nBins)
	}
	m.counts = make([]uint64, size)
	m.pooled = [2][]uint64{make([]uint64, most+1), make([]uint64, most+1)}
	m.chance = chanceLevels(most+1, m.z)
	m.ring = make([]Window, o.Keep)
	for i := range m.ring {
		m.ring[i].Columns = make([]ColumnWindow, len(m.columns))
	}
	m.alerts = make([]Alert, keptAlerts)
	for i := range m.alerts {
		m.alerts[i].Columns = make([]Evidence, 0, MaxAlertColumns)
	}
	return m, nil
}

// addScores appends the columns that come from the answer.
func (m *Monitor) addScores() {
	for _, s := range []struct {
		name string
		from place
	}{{PredictionColumn, fromPrediction}, {ProbabilityColumn, fromProbability}} {
		p, ok := m.o.Scores.Column(s.name)
		if !ok {
			continue
		}
		c := newColumn(p, p.Bins != nil && !p.Personal, m.z, m.o.ScorePSI)
		c.place = s.from
		m.columns = append(m.columns, c)
		m.scores++
	}
}

// maxCells is the number of counts that one look at the lock adds.
const maxCells = 256

// Observe counts a row and the answer to it, and closes the window when it is full. It keeps nothing of its arguments. It allocates nothing, but for the first row
// of a schema. Values are sorted into bins before the lock is taken; under it they are only counted, except for the one row in a window that closes it. Of rows with
// more than 127 columns, those observed at the same time may be divided between two windows. A value without its column's class (a text for a number) counts as the
// zero of the class: validate rows first.
func (m *Monitor) Observe(in dataset.Row, out model.Output) {
	at := m.current.Load()
	if at == nil || at.schema != in.Schema {
		at = m.layoutOf(in.Schema)
	}
	var cells [maxCells]int32
	n := 0
	for i := range m.columns {
		c := &m.columns[i]
		var v dataset.Value
		switch c.place {
		case fromPrediction:
			v = out.Prediction
		case fromProbability:
			v = probability(out.Probability)
		default:
			j := at.at[i]
			if uint(j) >= uint(len(in.Values)) {
				continue
			}
			v = in.Values[j]
		}
		slot, second := c.cell(v)
		cells[n] = int32(slot)
		n++
		if second >= 0 {
			cells[n] = int32(second)
			n++
		}
		if n >= maxCells-1 {
			m.add(cells[:n])
			n = 0
		}
	}
	m.mu.Lock()
	for _, slot := range cells[:n] {
		m.counts[slot]++
	}
	m.observed++
	m.rows++
	if m.rows == int64(m.o.WindowRows) {
		m.roll()
	}
	m.mu.Unlock()
}

func (m *Monitor) add(cells []int32) {
	m.mu.Lock()
	for _, slot := range cells {
		m.counts[slot]++
	}
	m.mu.Unlock()
}

// probability is the answer's probability as a value, null when there is none.
func probability(p []float64) dataset.Value {
	switch len(p) {
	case 0:
		return dataset.Value{}
	case 2:
		return dataset.NumberValue(p[1])
	default:
		return dataset.NumberValue(slices.Max(p))
	}
}

// layoutOf finds or makes the layout of a schema.
func (m *Monitor) layoutOf(s *dataset.Schema) *layout {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.layouts {
		if l.schema == s {
			m.current.Store(l)
			return l
		}
	}
	l := &layout{schema: s, at: make([]int, len(m.columns))}
	for i := range m.columns {
		c := &m.columns[i]
		l.at[i] = -1
		if s == nil || c.place != fromRow {
			continue
		}
		j := s.Index(c.name)
		if j >= 0 && (c.bins == nil || s.Field(j).Type.IsText() == c.text && (c.text || s.Field(j).Type.IsNumeric())) {
			l.at[i] = j
		}
	}
	if len(m.layouts) == maxLayouts {
		m.layouts = slices.Delete(m.layouts, 0, 1)
	}
	m.layouts = append(m.layouts, l)
	m.current.Store(l)
	return l
}

// Roll closes the open window before it is full, for example at the end of a stream; an empty one is left open. Distributions and shares of fewer than 30 values are
// not judged.
func (m *Monitor) Roll() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.rows > 0 {
		m.roll()
	}
}

// roll judges the open window and opens the next. The caller holds the lock.
func (m *Monitor) roll() {
	m.closed++
	w := &m.ring[(m.closed-1)%uint64(len(m.ring))]
	w.Number, w.Rows = m.closed, m.rows
	var raised [nKinds]bool
	for i := range m.columns {
		c, cw := &m.columns[i], &w.Columns[i]
		ratios := m.judge(c, cw)
		cw.ratios = ratios
		bad := false
		for s := range nSignals {
			held := s == distribution && bad
			if c.states[s].next(ratios[s], held) {
				raised[indexOf(c.kind(s))] = true
			}
			// Missing and unseen values say why the bins are filled differently; values out of range are how a shift looks.
			bad = bad || c.states[s].raised && s != outOfRange
		}
	}
	m.alarm(w, raised)
	clear(m.counts)
	m.rows = 0
}

func indexOf(k Kind) int {
	for i, kind := range kinds() {
		if kind == k {
			return i
		}
	}
	return 0
}
