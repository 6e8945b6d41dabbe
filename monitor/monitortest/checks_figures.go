package monitortest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/monitor"
)

// some is a seeded stream of unchanged trips.
func some(seed uint64, n int) []trip { return trips(rand.New(rand.NewPCG(seed, 5)), n, nil) }

func closesWithLastRow(s *subject) error {
	d, all := s.detector(100, 8), some(1, 200)
	for i, step := range [][2]int{{0, 99}, {99, 100}, {100, 199}, {199, 200}} {
		s.giveAll(d, all[step[0]:step[1]])
		got := d.Windows()
		if want := step[1] / 100; len(got) != want {
			return fmt.Errorf("step %d: want %d windows after %d rows of 100 each, got %d", i, want, step[1], len(got))
		}
		for _, w := range got {
			if w.Rows != 100 {
				return fmt.Errorf("want windows of 100 rows, got one of %d", w.Rows)
			}
		}
	}
	return nil
}

func rolls(s *subject) error {
	d := s.detector(100, 8)
	d.Roll()
	s.giveAll(d, some(1, 130))
	d.Roll()
	d.Roll()
	s.giveAll(d, some(2, 100))
	d.Roll()
	var rows []int64
	for _, w := range d.Windows() {
		rows = append(rows, w.Rows)
	}
	if want := []int64{100, 30, 100}; !slices.Equal(rows, want) {
		return fmt.Errorf("want windows of %d rows, got %d", want, rows)
	}
	return nil
}

func keepsLast(s *subject) error {
	d := s.detector(50, 3)
	for n := 1; n <= 7; n++ {
		s.giveAll(d, some(uint64(n), 50))
		var numbers, want []uint64
		for _, w := range d.Windows() {
			numbers = append(numbers, w.Number)
		}
		for k := max(1, n-2); k <= n; k++ {
			want = append(want, uint64(k))
		}
		if !slices.Equal(numbers, want) {
			return fmt.Errorf("after %d windows, of which 3 are kept: want %d, got %d", n, want, numbers)
		}
	}
	return nil
}

func hasColumns(s *subject) error {
	d := s.detector(100, 8)
	s.giveAll(d, some(1, 300))
	want := s.schema.Names()
	if !s.traits.RowsOnly {
		want = append(want, monitor.PredictionColumn, monitor.ProbabilityColumn)
	}
	for _, w := range d.Windows() {
		var names []string
		for _, c := range w.Columns {
			names = append(names, c.Column)
			if c.Rows != w.Rows {
				return fmt.Errorf("column %q: want %d rows, got %d", c.Column, w.Rows, c.Rows)
			}
		}
		if !slices.Equal(names, want) {
			return fmt.Errorf("window %d: want columns %q, got %q", w.Number, want, names)
		}
	}
	return nil
}

func countsQuality(s *subject) error {
	d, all := s.detector(100, 8), some(1, 100)
	nan, near := math.NaN(), 1.0
	for i := range all {
		t := &all[i]
		t.Distance, t.Delay, t.Carrier = 100, &near, "AA"
		switch {
		case i < 7:
			t.Delay = nil
		case i < 12:
			t.Delay = &nan
		case i < 20:
			t.Carrier = "ZZ"
		case i < 23:
			t.Distance = 1e6
		case i < 25:
			t.Distance = -1e6
		}
	}
	s.giveAll(d, all)
	w := d.Windows()
	if len(w) != 1 {
		return fmt.Errorf("want 1 window, got %d", len(w))
	}
	for name, want := range map[string][3]int64{"delay": {12, 0, 0}, "carrier": {0, 8, 0}, "distance": {0, 0, 5}} {
		c := column(w[0], name)
		if got := [3]int64{c.Missing, c.Unseen, c.OutOfRange}; got != want {
			return fmt.Errorf("column %q: want %d missing, unseen and out of range, got %d", name, want, got)
		}
	}
	return nil
}

// byName gives rows of a schema with other columns too, in another order.
func byName(s *subject) error {
	fields := append(s.schema.Fields(), dataset.Field{Name: "more", Type: dataset.Float64})
	slices.Reverse(fields)
	fields = slices.DeleteFunc(fields, func(f dataset.Field) bool { return f.Name == "stops" })
	other, err := dataset.NewSchema(fields...)
	if err != nil {
		return err
	}
	d, e := s.detector(100, 8), s.detector(100, 8)
	all := some(1, 100)
	s.giveAll(e, all)
	f, row := s.feeder(), dataset.NewRow(other)
	for _, t := range all {
		f.reader.Read(&t, f.row)
		for j, c := range fields {
			row.Values[j] = dataset.NumberValue(7)
			if i := s.schema.Index(c.Name); i >= 0 {
				row.Values[j] = f.row.Values[i]
			}
		}
		d.Observe(row, model.Output{Class: -1})
	}
	if len(d.Windows()) != 1 || len(e.Windows()) != 1 {
		return errors.New("want a window")
	}
	got, want := d.Windows()[0], e.Windows()[0]
	for _, name := range s.schema.Names() {
		g, w := column(got, name), column(want, name)
		if name == "stops" {
			w = monitor.ColumnWindow{Rows: 0}
		}
		if g.Rows != w.Rows || g.Missing != w.Missing || math.Float64bits(g.PSI) != math.Float64bits(w.PSI) {
			return fmt.Errorf("column %q in another place: want %d rows and the same figures, got %d rows", name, w.Rows, g.Rows)
		}
	}
	return nil
}

// text is all that a detector has to say.
func text(d Detector) (string, error) {
	b, err := json.Marshal(struct {
		Windows []monitor.Window
		Alerts  []monitor.Alert
	}{d.Windows(), d.Alerts()})
	if err != nil {
		return "", fmt.Errorf("windows and alerts as JSON, which has no NaN and no infinity: %w", err)
	}
	return string(b), nil
}

// alike wants two detectors that say the same.
func alike(a, b Detector) error {
	x, err := text(a)
	if err != nil {
		return err
	}
	y, err := text(b)
	if err != nil {
		return err
	}
	if x != y {
		return errors.New("want the same windows and alerts, got others")
	}
	return nil
}

func oddValues(s *subject) error {
	d, row := s.detector(50, 64), dataset.NewRow(s.schema)
	for _, v := range []dataset.Value{
		{},
		dataset.NumberValue(math.NaN()), dataset.NumberValue(math.Inf(1)), dataset.NumberValue(math.Inf(-1)), dataset.NumberValue(math.MaxFloat64),
		dataset.TextValue(""), dataset.TextValue("\xff"), dataset.TextValue(strings.Repeat("x", 1<<16)),
	} {
		for _, out := range []model.Output{
			{Class: -1},
			{Class: 0, Prediction: v, Probability: []float64{math.NaN(), math.NaN()}},
			{Class: 2, Prediction: v, Probability: []float64{0, 0, 1}},
			{Class: 0, Prediction: v, Probability: []float64{math.Inf(1)}},
		} {
			for i := range row.Values {
				row.Values[i] = v
			}
			for range 50 {
				d.Observe(row, out)
			}
			if _, err := text(d); err != nil {
				return err
			}
		}
	}
	for range 50 {
		d.Observe(dataset.Row{}, model.Output{Class: -1})
		d.Observe(dataset.Row{Schema: s.schema}, model.Output{Class: -1})
	}
	_, err := text(d)
	return err
}

func oddReferences(s *subject) error {
	same := trip{Distance: 3, Carrier: "AA"}
	for _, n := range []int{0, 1, 40, 2000} {
		all := make([]trip, n)
		for i := range all {
			all[i] = same
		}
		_, reference, err := profile(s.ctx, all)
		if err != nil {
			return err
		}
		d := s.open(Setup{Reference: reference, WindowRows: 50, Keep: 8})
		many := make([]trip, 400)
		for i := range many {
			many[i] = same
		}
		s.giveAll(d, many)
		said, err := text(d)
		if err != nil {
			return fmt.Errorf("a reference of %d equal rows: %w", n, err)
		}
		if alerts := d.Alerts(); len(alerts) > 0 {
			return fmt.Errorf("a reference of %d equal rows, and the same rows: want no alert, got %d: %.300s", n, len(alerts), said)
		}
	}
	return nil
}

func noValueOut(s *subject) error {
	d := s.shifted(5, 4, func(_ *rand.Rand, t *trip) { t.Carrier, t.Distance = "secret-771", 771771.5 })
	said, err := text(d)
	if err != nil {
		return err
	}
	for _, secret := range []string{"secret-771", "771771", "mallory", "on time"} {
		if strings.Contains(said, secret) {
			return errors.New("want names and figures only, got a value of a row")
		}
	}
	if len(d.Alerts()) == 0 {
		return errors.New("want an alert about values that were never there, got none")
	}
	return nil
}

func allocatesNothing(s *subject) error {
	d, f := s.detector(50, 8), s.feeder()
	all := append(some(1, 500), trips(rand.New(rand.NewPCG(1, 6)), 500, longer)...) // alerts are raised and cleared
	i := 0
	if n := testing.AllocsPerRun(3, func() { // it rounds down, so that a run is many rows
		for range 2000 {
			f.give(d, all[i%len(all)])
			i++
		}
	}); n > 0 {
		return fmt.Errorf("want no allocation in 2000 rows and 40 windows, got %v", n)
	}
	return nil
}
