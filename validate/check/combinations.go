package check

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
)

// InTuples wants the values of several columns to be, together, one of some tuples. Rows that miss one of them are passed over.
type InTuples struct {
	Columns []string          // two or more numeric or text columns
	Tuples  [][]dataset.Value // one or more, each with a value for each column
}

func (c InTuples) plan() (plan, error) {
	err := named("InTuples.Columns", c.Columns...)
	if len(c.Columns) < 2 || len(c.Tuples) == 0 {
		err = errors.Join(err, option("InTuples", fmt.Sprintf("%d columns, %d tuples", len(c.Columns), len(c.Tuples)), "two columns or more, and a tuple"))
	}
	p := plan{
		rule: "in_tuples", want: fmt.Sprintf("one of %d tuples with %s", len(c.Tuples), list(c.Columns)), got: "another tuple",
		start: rows(func(v *view) error { return v.tuples(c.Tuples) }),
	}
	for k, column := range c.Columns {
		of := either
		for _, t := range c.Tuples {
			if len(t) != len(c.Columns) || t[k].IsMissing() {
				return plan{}, errors.Join(err, option("InTuples.Tuples", fmt.Sprintf("a tuple of %d values", len(t)), "a value for each column"))
			}
			switch is := kindOf(t[k]); {
			case is == either:
			case of == either:
				of = is
			case of != is:
				err = errors.Join(err, option("InTuples.Tuples", "numbers and texts for column "+column, "one or the other"))
			}
		}
		p.needs = append(p.needs, need{column, of})
	}
	return p, err
}

// tuples marks the rows whose values are no tuple.
func (v *view) tuples(all [][]dataset.Value) error {
	texts, numbers := make([]*dataset.Texts, len(v.columns)), make([][]float64, len(v.columns))
	for k := range v.columns {
		var err error
		if v.field(k).Type.IsText() {
			texts[k], err = v.texts(k)
		} else {
			numbers[k], err = v.numbers(k)
		}
		if err != nil {
			return err
		}
	}
	add := func(key []byte, k int, x dataset.Value) []byte {
		if texts[k] != nil {
			return appendBytes(key, 's', x.Text)
		}
		return binary.LittleEndian.AppendUint64(key, math.Float64bits(x.Number+0)) // no -0
	}
	known := make(map[string]struct{}, len(all))
	var key []byte
	for _, t := range all {
		key = key[:0]
		for k, x := range t {
			key = add(key, k, x)
		}
		known[string(key)] = struct{}{}
	}
rows:
	for i := range v.batch.NumRows() {
		key = key[:0]
		for k := range v.columns {
			var x dataset.Value
			switch {
			case texts[k] == nil && numbers[k][i] != numbers[k][i], texts[k] != nil && texts[k].IsNull(i):
				continue rows
			case texts[k] == nil:
				x.Number = numbers[k][i]
			default:
				x.Text = texts[k].Value(i)
			}
			key = add(key, k, x)
		}
		if _, ok := known[string(key)]; !ok {
			v.bad(i)
		}
	}
	return nil
}

// MostCommon wants the most common value of a column to be of a set: Texts for a text column, Numbers for a numeric one. Of several that are equally common all must
// be; a column without values has none. It holds every distinct value and some 50 bytes for each.
type MostCommon struct {
	Column  string
	Texts   []string
	Numbers []float64
}

func (c MostCommon) plan() (plan, error) {
	t, n, err := members("MostCommon", c.Texts, c.Numbers)
	k := number
	if len(t) > 0 {
		k = text
	}
	return plan{
		rule: "most_common", needs: needs(k, c.Column), want: fmt.Sprintf("one of %d values most often", len(t)+len(n)), got: "another one", whole: true,
		start: func() part {
			return &modes{texts: t, numbers: n, ofTexts: make(map[string]uint64), ofNumbers: make(map[float64]uint64)}
		},
	}, errors.Join(named("MostCommon.Column", c.Column), err)
}

// modes counts values.
type modes struct {
	texts     map[string]int
	numbers   map[float64]int
	ofTexts   map[string]uint64
	ofNumbers map[float64]uint64
}

func (m *modes) observe(v *view) error {
	if len(m.texts) == 0 {
		x, err := v.numbers(0)
		for _, n := range x {
			if n == n {
				m.ofNumbers[n]++
			}
		}
		return err
	}
	t, err := v.texts(0)
	if err != nil {
		return err
	}
	values, counts, _ := t.Counts()
	for i, s := range values {
		m.ofTexts[string([]byte(s))] += counts[i] // the text is the batch's
	}
	return nil
}

func (m *modes) merge(next part, _ int64, _ *rowset) {
	n := as[*modes](next)
	for s, k := range n.ofTexts {
		m.ofTexts[s] += k
	}
	for x, k := range n.ofNumbers {
		m.ofNumbers[x] += k
	}
}

func (m *modes) finish(*rowset) bool {
	return strays(m.ofTexts, m.texts) || strays(m.ofNumbers, m.numbers)
}

// strays reports whether a value that no other is more common than is not in a set.
func strays[K comparable](counts map[K]uint64, in map[K]int) bool {
	most := uint64(0)
	for _, k := range counts {
		most = max(most, k)
	}
	for x, k := range counts {
		if _, ok := in[x]; k == most && !ok {
			return true
		}
	}
	return false
}

// DateFormat wants texts that are a date or time in a layout.
type DateFormat struct {
	Column string // a text column
	Layout string // as of package time, such as "02.01.2006"
}

func (c DateFormat) plan() (plan, error) {
	err := named("DateFormat.Column", c.Column)
	if c.Layout == "" {
		err = errors.Join(err, option("DateFormat.Layout", "an empty layout", "one of package time"))
	}
	return plan{
		rule: "date_format", needs: needs(text, c.Column), want: "a text in the layout", got: "another text",
		start: eachText(func(s string) bool {
			_, err := time.Parse(c.Layout, s)
			return err == nil
		}),
	}, err
}
