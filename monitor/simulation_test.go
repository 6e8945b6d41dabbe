package monitor_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/monitor"
)

// Twenty columns without change, references of 1,000 and 10,000 rows, fixed seeds. The package comment promises what is checked here.
func TestUnchangedColumnsSeldomAlarm(t *testing.T) {
	s := schemaOf(t, fields()...)
	windows, alerts := 0, uint64(0)
	for _, size := range []int{50, 100, 200, 1000, 5000} {
		over, of := 0, 0
		for seed, n := range []int{1000, 10_000} {
			m := newMonitor(t, generated(t, s, n, uint64(seed)), monitor.Options{WindowRows: size, Keep: 1})
			rng := rand.New(rand.NewPCG(uint64(seed), 2))
			row := dataset.NewRow(s)
			for range max(8, 20_000/size) {
				for range size {
					fill(rng, row)
					m.Observe(row, none)
				}
				of++
				for _, c := range m.Windows()[0].Columns {
					if c.Judged && c.Evidence >= 1 {
						over++
						break
					}
				}
			}
			alerts += m.Report().Alerts
		}
		windows += of
		if share := float64(over) / float64(of); share > 0.05 {
			t.Errorf("windows of %d rows: %.3f speak for drift of unchanged columns", size, share)
		}
	}
	if share := float64(alerts) / float64(windows); share > 0.002 {
		t.Errorf("%d alerts in %d windows", alerts, windows)
	}
}

// A shift that begins with a window is found by its third window, and the shifted column ranks first.
func TestPlantedShiftsAreFound(t *testing.T) {
	s := schemaOf(t, fields()...)
	p := generated(t, s, 10_000, 1)
	for name, c := range map[string]struct {
		size   int
		column string
		kind   monitor.Kind
		spoil  func(rng *rand.Rand, v dataset.Value) dataset.Value
	}{
		"mean up by half a standard deviation, 1,000 rows": {1000, "x0", monitor.KindDrift, func(_ *rand.Rand, v dataset.Value) dataset.Value {
			return dataset.NumberValue(v.Number + 0.5)
		}},
		"mean up by one standard deviation, 200 rows": {200, "x3", monitor.KindDrift, func(_ *rand.Rand, v dataset.Value) dataset.Value {
			return dataset.NumberValue(v.Number + 1)
		}},
		"spread by two, 500 rows": {500, "x6", monitor.KindDrift, func(_ *rand.Rand, v dataset.Value) dataset.Value {
			return dataset.NumberValue(v.Number * 2)
		}},
		"a bool from 10 to 30 %, 500 rows": {500, "b", monitor.KindDrift, func(rng *rand.Rand, v dataset.Value) dataset.Value {
			return dataset.NumberValue(max(v.Number, float64(rng.IntN(9)/7)))
		}},
		"half the categories become one, 500 rows": {500, "c0", monitor.KindDrift, func(rng *rand.Rand, v dataset.Value) dataset.Value {
			if rng.IntN(2) == 0 {
				return dataset.TextValue("k01")
			}
			return v
		}},
		"4 % of a category unknown, 1,000 rows": {1000, "c1", monitor.KindQuality, func(rng *rand.Rand, v dataset.Value) dataset.Value {
			if rng.IntN(25) == 0 {
				return dataset.TextValue("new")
			}
			return v
		}},
		"4 % missing, 1,000 rows": {1000, "n0", monitor.KindQuality, func(rng *rand.Rand, v dataset.Value) dataset.Value {
			if rng.IntN(25) == 0 {
				return dataset.Value{}
			}
			return v
		}},
		"3 % out of range, 1,000 rows": {1000, "x2", monitor.KindQuality, func(rng *rand.Rand, v dataset.Value) dataset.Value {
			if rng.IntN(33) == 0 {
				return dataset.NumberValue(2)
			}
			return v
		}},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMonitor(t, p, monitor.Options{WindowRows: c.size})
			rng := rand.New(rand.NewPCG(7, 3))
			row := dataset.NewRow(s)
			for i := range 7 * c.size {
				fill(rng, row)
				if i >= 4*c.size {
					j := s.Index(c.column)
					row.Values[j] = c.spoil(rng, row.Values[j])
				}
				m.Observe(row, none)
			}
			alerts := slices.DeleteFunc(m.Alerts(), func(a monitor.Alert) bool { return a.Kind != c.kind })
			if len(alerts) != 1 || alerts[0].Columns[0].Column != c.column || alerts[0].Severity != monitor.Warn {
				t.Fatalf("alerts: %+v", alerts)
			}
			if w := alerts[0].Window; w < 6 || w > 7 {
				t.Errorf("raised by window %d", w)
			}
		})
	}
}
