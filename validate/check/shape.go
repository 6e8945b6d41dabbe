package check

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
)

// Columns wants a source to have the named columns.
type Columns struct {
	Names   []string // one or more
	Ordered bool     // in this order, others between them
	Only    bool     // and no others
}

func (c Columns) plan() (plan, error) {
	err := named("Columns.Names", c.Names...)
	if len(c.Names) == 0 {
		err = option("Columns.Names", "no names", "one or more")
	}
	return plan{rule: "columns", want: "the columns " + list(c.Names), got: "other columns", whole: true, shape: func(s *dataset.Schema) bool {
		last := -1
		for _, n := range c.Names {
			at := s.Index(n)
			if at < 0 || c.Ordered && at < last {
				return false
			}
			last = at
		}
		return !c.Only || !slices.ContainsFunc(s.Names(), func(n string) bool { return !slices.Contains(c.Names, n) })
	}}, err
}

// ColumnCount wants Min to Max columns.
type ColumnCount struct{ Min, Max float64 } // an infinity is no bound

func (c ColumnCount) plan() (plan, error) {
	return plan{
		rule: "column_count", want: span(c.Min, c.Max) + " columns", got: "another number of them", whole: true,
		shape: func(s *dataset.Schema) bool { return !outside(float64(s.Len()), c.Min, c.Max) },
	}, bounds("ColumnCount", c.Min, c.Max)
}

// HasType wants a column to be of one of some types.
type HasType struct {
	Column string
	Types  []dataset.Type // one or more, in canonical form
}

func (c HasType) plan() (plan, error) {
	err := named("HasType.Column", c.Column)
	var names []string
	for _, t := range c.Types {
		if known, bad := dataset.ParseType(string(t)); bad != nil || known != t {
			err = errors.Join(err, option("HasType.Types", string(t), "a type in canonical form"))
		}
		names = append(names, string(t))
	}
	if len(names) == 0 {
		err = errors.Join(err, option("HasType.Types", "no types", "one or more"))
	}
	return plan{
		rule: "has_type", needs: needs(anything, c.Column), want: "one of the types " + list(names), got: "another type", whole: true,
		shape: func(s *dataset.Schema) bool {
			f, ok := s.Lookup(c.Column)
			return ok && slices.Contains(c.Types, f.Type)
		},
	}, err
}

// HasValues wants each value of a set to be in at least one row: Texts for a text column, Numbers for a numeric one.
type HasValues struct {
	Column  string
	Texts   []string
	Numbers []float64
	Only    bool // and no other value is
}

func (c HasValues) plan() (plan, error) {
	t, n, err := members("HasValues", c.Texts, c.Numbers)
	k := number
	if len(t) > 0 {
		k = text
	}
	return plan{
		rule: "has_values", needs: needs(k, c.Column), want: fmt.Sprintf("all of %d values", len(t)+len(n)), got: "not all of them", whole: true,
		start: func() part { return &meeting{texts: t, numbers: n, met: make([]bool, len(t)+len(n)), only: c.Only} },
	}, errors.Join(named("HasValues.Column", c.Column), err)
}

// meeting is which values of a set were met.
type meeting struct {
	texts   map[string]int
	numbers map[float64]int
	met     []bool
	only    bool
	others  bool // another value was met
}

func (m *meeting) observe(v *view) error {
	if len(m.texts) == 0 {
		x, err := v.numbers(0)
		for _, n := range x {
			at, ok := m.numbers[n]
			if ok {
				m.met[at] = true
			}
			m.others = m.others || !ok && n == n
		}
		return err
	}
	t, err := v.texts(0)
	if err != nil {
		return err
	}
	values, _, _ := t.Counts()
	for _, s := range values {
		at, ok := m.texts[s]
		if ok {
			m.met[at] = true
		}
		m.others = m.others || !ok
	}
	return nil
}

func (m *meeting) merge(next part, _ int64, _ *rowset) {
	n := as[*meeting](next)
	for at, met := range n.met {
		m.met[at] = m.met[at] || met
	}
	m.others = m.others || n.others
}

func (m *meeting) finish(*rowset) bool { return slices.Contains(m.met, false) || m.only && m.others }
