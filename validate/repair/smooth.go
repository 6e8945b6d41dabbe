package repair

import (
	"errors"
	"math"
	"slices"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

// Smooth writes the moving median for each number of a series, in order of the rows, so that spikes of less than half a window disappear and steps stay. What is
// missing or infinite is passed over and stays; more than 1,000 such rows in a row end a series, and another one begins behind them.
//
// The median is the recursive one: of the smoothed numbers before, of the number itself and of those behind it. A plain moving median has to be repeated, often
// many times, before it changes nothing more; this one need not. At the ends of a series its first and last number stand for what is not there, so these two never
// change. The result is always a number of the series, so it fits the column. It holds the rows of a window.
//
// Source: Nodes and Gallagher (1982), "Median filters: some modifications and their properties".
type Smooth struct {
	Column string // a column of numbers, dates or times
	Window int    // numbers of which the median is taken, odd, 3 to 101; 0 is 5
}

const (
	maxGap    = 1000 // rows without a number within a series
	maxWindow = 101
)

func (r Smooth) plan() (plan, error) {
	err := named("Smooth.Column", r.Column)
	if r.Window == 0 {
		r.Window = 5
	}
	if r.Window < 3 || r.Window > maxWindow || r.Window%2 == 0 {
		err = errors.Join(err, option("Smooth.Window", strconv.Itoa(r.Window), "an odd number from 3 to 101"))
	}
	return plan{name: "smooth", column: r.Column, smooth: &r}, err
}

func smoothable(t dataset.Type) bool { return t.IsNumeric() && t.Class() != dataset.ClassBool }

// median is a recursive moving median over one series after the other.
type median struct {
	half  int
	back  []float64 // the last half results
	ahead []float64 // numbers without a result
	emit  func(y float64)
	sort  []float64
}

func (m *median) push(x float64) {
	if len(m.back) == 0 {
		for range m.half {
			m.back = append(m.back, x)
		}
	}
	if m.ahead = append(m.ahead, x); len(m.ahead) > m.half {
		m.step()
	}
}

// step gives the result of the first of ahead, which has half numbers behind it.
func (m *median) step() {
	m.sort = append(append(m.sort[:0], m.back...), m.ahead[:m.half+1]...)
	slices.Sort(m.sort)
	y := m.sort[m.half]
	m.emit(y)
	copy(m.back, m.back[1:])
	m.back[m.half-1] = y
	m.ahead = m.ahead[:copy(m.ahead, m.ahead[1:])]
}

// end gives the results that are left, and makes ready for another series.
func (m *median) end() {
	if len(m.ahead) == 0 {
		m.back = m.back[:0]
		return
	}
	left, last := len(m.ahead), m.ahead[len(m.ahead)-1]
	for range left {
		for len(m.ahead) <= m.half {
			m.ahead = append(m.ahead, last)
		}
		m.step()
	}
	m.back, m.ahead = m.back[:0], m.ahead[:0]
}

// smoother holds pieces until all their numbers are smoothed, and passes them on in order.
type smoother struct {
	columns []*smoothed
	schema  *dataset.Schema
	mem     memory.Allocator
	pass    func(*piece) error
	pieces  []*piece
}

// smoothed is one column of a smoother.
type smoothed struct {
	at     int // its position
	median median
	gap    int
	slots  []slot // of the numbers without a result, in order
}

type slot struct {
	p   *piece
	row int
}

func newSmoother(smooths map[string]*Smooth, s *dataset.Schema, mem memory.Allocator, pass func(*piece) error) *smoother {
	out := &smoother{schema: s, mem: mem, pass: pass}
	for i, f := range s.Fields() {
		r := smooths[f.Name]
		if r == nil {
			continue
		}
		c := &smoothed{at: i, median: median{half: r.Window / 2}}
		k := len(out.columns)
		c.median.emit = func(y float64) {
			at := c.slots[0]
			at.p.smooth[k][at.row] = y
			at.p.open--
			c.slots[0] = slot{}
			c.slots = c.slots[1:]
		}
		out.columns = append(out.columns, c)
	}
	return out
}

// close lets go of what was not passed on.
func (s *smoother) close() {
	for _, p := range s.pieces {
		p.batch.Release()
	}
	s.pieces = nil
}

// take takes over a piece.
func (s *smoother) take(p *piece) error {
	s.pieces = append(s.pieces, p)
	p.smooth = make([][]float64, len(s.columns))
	if len(p.rows) > 0 {
		for k, c := range s.columns {
			values := make([]float64, len(p.rows))
			if err := dataset.Float64s(p.batch.Column(c.at), values); err != nil {
				return err
			}
			p.smooth[k] = values
			c.push(p, values, s.schema.Field(c.at).Type)
		}
	}
	return s.drain()
}

func (c *smoothed) push(p *piece, values []float64, t dataset.Type) {
	low, high := limits(t)
	for i, x := range values {
		if !(x > low && x < high) {
			if c.gap++; c.gap > maxGap {
				c.median.end()
			}
			continue
		}
		c.gap = 0
		c.slots = append(c.slots, slot{p, i})
		p.open++
		c.median.push(x)
	}
}

// limits returns what the numbers of a type lie between whose number form is exact and, in dates and times, has a text.
func limits(t dataset.Type) (low, high float64) {
	switch t.Class() {
	case dataset.ClassDate:
		return firstDay - 1, lastDay + 1
	case dataset.ClassTime:
		return max(-exact, firstDay*microsPerDay-1), exact
	case dataset.ClassInteger:
		return -exact, exact
	case dataset.ClassDecimal:
		most := exact / math.Pow10(scale(t))
		return -most, most
	default:
		return math.Inf(-1), math.Inf(1)
	}
}

// end smooths what is left.
func (s *smoother) end() error {
	for _, c := range s.columns {
		c.median.end()
	}
	return s.drain()
}

// drain passes on the pieces whose numbers all are smoothed.
func (s *smoother) drain() error {
	for len(s.pieces) > 0 && s.pieces[0].open == 0 {
		p := s.pieces[0]
		s.pieces = s.pieces[1:]
		if err := s.finish(p); err != nil {
			p.batch.Release()
			return err
		}
		if err := s.pass(p); err != nil {
			return err
		}
	}
	return nil
}

// finish writes the smoothed numbers into the batch of a piece.
func (s *smoother) finish(p *piece) error {
	if len(p.rows) == 0 || len(s.columns) == 0 {
		return nil
	}
	columns := slices.Clone(p.batch.Record().Columns())
	var made []arrow.Array
	defer func() {
		for _, a := range made {
			a.Release()
		}
	}()
	for k, c := range s.columns {
		a := columns[c.at]
		changes, edits, err := c.changes(p, a, p.smooth[k], s.schema.Field(c.at).Type)
		if err != nil {
			return err
		}
		if len(edits) == 0 {
			continue
		}
		fresh, err := replace(s.mem, s.schema.Field(c.at).Type, a, edits)
		if err != nil {
			return err
		}
		made = append(made, fresh)
		columns[c.at] = fresh
		p.changes = merge(p.changes, changes)
	}
	if len(made) == 0 {
		return nil
	}
	b, err := dataset.NewBatch(s.schema, columns, len(p.rows))
	if err != nil {
		return err
	}
	p.batch.Release()
	p.batch = b
	return nil
}

// changes returns what smoothing changes of a column.
func (c *smoothed) changes(p *piece, a arrow.Array, smooth []float64, t dataset.Type) ([]change, []edit, error) {
	before := make([]float64, a.Len())
	if err := dataset.Float64s(a, before); err != nil {
		return nil, nil, err
	}
	text, err := printer(a)
	if err != nil {
		return nil, nil, err
	}
	var changes []change
	var edits []edit
	for i, x := range before {
		y := smooth[i]
		if x == y || x != x {
			continue
		}
		old, _ := text(i)
		edits = append(edits, edit{row: i, text: number(t, y)})
		changes = append(changes, change{row: p.rows[i], column: c.at, rule: "smooth", old: old, new: number(t, y)})
	}
	return changes, edits, nil
}
