package monitortest

import (
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/monitor"
)

// bent is a detector with a bug in one of its methods.
type bent struct {
	Detector
	observe func(in dataset.Row, out model.Output)
	roll    func()
	windows func([]monitor.Window) []monitor.Window
	alerts  func([]monitor.Alert) []monitor.Alert
}

func (b *bent) Observe(in dataset.Row, out model.Output) {
	if b.observe == nil {
		b.Detector.Observe(in, out)
		return
	}
	b.observe(in, out)
}

func (b *bent) Roll() {
	if b.roll == nil {
		b.Detector.Roll()
		return
	}
	b.roll()
}

func (b *bent) Windows() []monitor.Window {
	w := b.Detector.Windows()
	if b.windows != nil {
		return b.windows(w)
	}
	return w
}

func (b *bent) Alerts() []monitor.Alert {
	a := b.Detector.Alerts()
	if b.alerts != nil {
		return b.alerts(a)
	}
	return a
}

// bug makes a detector with one fault.
type bug func(s Setup) Detector

func watchful(s Setup, o monitor.Options) Detector {
	o.Scores, o.WindowRows, o.Keep = s.Scores, s.WindowRows, s.Keep
	m, err := monitor.New(s.Reference, o)
	if err != nil {
		panic(err)
	}
	return m
}

// tuned plants other options.
func tuned(o monitor.Options) bug { return func(s Setup) Detector { return watchful(s, o) } }

// bend plants a bug into a monitor.
func bend(plant func(b *bent, s Setup)) bug {
	return func(s Setup) Detector {
		b := &bent{Detector: watchful(s, monitor.Options{})}
		plant(b, s)
		return b
	}
}

func detectorBugs() map[string]bug {
	var junk atomic.Pointer[[]dataset.Value]
	return map[string]bug{
		"unchanged rows seldom alarm": bend(func(b *bent, _ Setup) {
			b.alerts = func(a []monitor.Alert) []monitor.Alert {
				for _, w := range b.Detector.Windows() {
					if slices.ContainsFunc(w.Columns, func(c monitor.ColumnWindow) bool { return c.PSI > 0.1 }) { // the rule of thumb, whatever the rows
						a = append(a, monitor.Alert{Window: w.Number})
					}
				}
				return a
			}
		}),
		"a planted shift is told in time and its column comes first": tuned(monitor.Options{PSI: 3}),
		"answers that shift are told": func(s Setup) Detector {
			s.Scores = nil
			return watchful(s, monitor.Options{})
		},
		"a shift that stays is told once": bend(func(b *bent, _ Setup) {
			b.alerts = func(first []monitor.Alert) (out []monitor.Alert) {
				for range b.Detector.Windows() { // every window says it again
					out = append(out, first...)
				}
				return out
			}
		}),
		"a shift that ends and comes back is told again": bend(func(b *bent, _ Setup) {
			b.alerts = func(a []monitor.Alert) []monitor.Alert { return a[:min(len(a), 1)] }
		}),
		"alerts are numbered without a gap and name their window": bend(func(b *bent, _ Setup) {
			b.alerts = func(a []monitor.Alert) []monitor.Alert {
				for i := range a {
					a[i].Number = a[i].Window
				}
				return a
			}
		}),
		"a window closes with its last row": func(s Setup) Detector {
			s.WindowRows++
			return watchful(s, monitor.Options{})
		},
		"Roll closes what is open and nothing else": bend(func(b *bent, _ Setup) { b.roll = func() {} }),
		"the last windows are kept, the oldest first": bend(func(b *bent, _ Setup) {
			b.windows = func(w []monitor.Window) []monitor.Window {
				slices.Reverse(w)
				return w
			}
		}),
		"a window has every column of the reference": bend(func(b *bent, _ Setup) {
			b.windows = func(w []monitor.Window) []monitor.Window {
				for i := range w { // only what has figures
					w[i].Columns = slices.DeleteFunc(w[i].Columns, func(c monitor.ColumnWindow) bool { return !c.Judged })
				}
				return w
			}
		}),
		"missing, unseen and out of range values are counted": bend(func(b *bent, _ Setup) {
			b.observe = func(in dataset.Row, out model.Output) {
				in.Values = slices.Clone(in.Values)
				for i, v := range in.Values {
					if math.IsNaN(v.Number) {
						in.Values[i].Number = 0 // NaN fits into no bin
					}
				}
				b.Detector.Observe(in, out)
			}
		}),
		"columns are found by name": bend(func(b *bent, s Setup) {
			b.observe = func(in dataset.Row, out model.Output) {
				if in.Schema.Len() == s.Reference.Schema().Len() { // by place
					in.Schema = s.Reference.Schema()
				}
				b.Detector.Observe(in, out)
			}
		}),
		"the order of the rows in a window does not matter": bend(func(b *bent, s Setup) {
			var n atomic.Int64
			b.observe = func(in dataset.Row, out model.Output) {
				if int(n.Add(1)-1)%s.WindowRows < s.WindowRows/2 { // the first half stands for all
					b.Detector.Observe(in, out)
					b.Detector.Observe(in, out)
				}
			}
		}),
		"1, 2 and 8 goroutines give the same figures": bend(func(b *bent, _ Setup) {
			var mu sync.Mutex
			b.observe = func(in dataset.Row, out model.Output) {
				if !mu.TryLock() { // who comes second is counted without values
					b.Detector.Observe(dataset.NewRow(in.Schema), out)
					return
				}
				defer mu.Unlock()
				runtime.Gosched()
				b.Detector.Observe(in, out)
			}
		}),
		"windows close whole under many callers": bend(func(b *bent, _ Setup) {
			var mu sync.Mutex
			b.observe = func(in dataset.Row, out model.Output) {
				if mu.TryLock() { // who comes second is not counted
					runtime.Gosched()
					b.Detector.Observe(in, out)
					mu.Unlock()
				}
			}
		}),
		"looking changes nothing": bend(func(b *bent, _ Setup) {
			b.windows = func([]monitor.Window) []monitor.Window {
				b.Detector.Roll() // so that the newest are there
				return b.Detector.Windows()
			}
		}),
		"windows and alerts are the caller's": bend(func(b *bent, _ Setup) {
			var cached []monitor.Window
			b.windows = func(w []monitor.Window) []monitor.Window {
				if len(cached) == 0 || len(w) > 0 && w[len(w)-1].Number != b.last(cached) {
					cached = w
				}
				return cached
			}
		}),
		"every figure of odd values is finite": bend(func(b *bent, _ Setup) {
			b.windows = func(w []monitor.Window) []monitor.Window {
				for i := range w {
					for j := range w[i].Columns {
						if c := &w[i].Columns[j]; c.Missing == c.Rows {
							c.PSI = math.NaN()
						}
					}
				}
				return w
			}
		}),
		"references without values or with one are taken": func(s Setup) Detector {
			if c := s.Reference.Columns()[0]; len(c.Bins.Counts) < 1 { // there are always bins
				panic("no bins")
			}
			return watchful(s, monitor.Options{})
		},
		"no value of a row comes out": bend(func(b *bent, s Setup) {
			var last atomic.Pointer[string]
			at := s.Reference.Schema().Index("carrier")
			b.observe = func(in dataset.Row, out model.Output) {
				last.Store(&in.Values[at].Text)
				b.Detector.Observe(in, out)
			}
			b.alerts = func(a []monitor.Alert) []monitor.Alert {
				for i := range a {
					a[i].Version = *last.Load() // an example of what came
				}
				return a
			}
		}),
		"a row allocates nothing, the closing of a window included": bend(func(b *bent, _ Setup) {
			b.observe = func(in dataset.Row, out model.Output) {
				values := slices.Clone(in.Values)
				junk.Store(&values)
				b.Detector.Observe(in, out)
			}
		}),
	}
}

// last is the number of the newest window.
func (b *bent) last(w []monitor.Window) uint64 { return w[len(w)-1].Number }

func TestEachPlantedBugFailsItsCheck(t *testing.T) {
	m, err := newMaterial(t.Context(), DetectorTraits{})
	if err != nil {
		t.Fatal(err)
	}
	all := detectorBugs()
	for _, c := range detectorChecks() {
		t.Run(c.name, func(t *testing.T) {
			plant, ok := all[c.name]
			if !ok {
				t.Fatal("no bug is planted")
			}
			err := c.against(t.Context(), m, plant)
			if err == nil {
				t.Fatal("the bug passes")
			}
			t.Logf("%.300s", err)
		})
	}
	if len(all) != len(detectorChecks()) {
		t.Errorf("want a bug for each of %d checks, got %d", len(detectorChecks()), len(all))
	}
}
