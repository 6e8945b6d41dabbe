package servetest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/serve"
)

// whim is an observer that counts and then does what a bug wants.
type whim struct {
	rows    *atomic.Int64
	observe func(in dataset.Row, out model.Output)
	close   func() error
}

func (w *whim) Observe(in dataset.Row, out model.Output) {
	w.rows.Add(1)
	if w.observe != nil {
		w.observe(in, out)
	}
}

// plain is the trait of a whim.
func plain() ObserverTraits {
	return ObserverTraits{
		Rows: func(o serve.Observer) int64 { return o.(*whim).rows.Load() }, //nolint:forcetypeassert // it made them
		Close: func(o serve.Observer) error {
			if end := o.(*whim).close; end != nil { //nolint:forcetypeassert // it made them
				return end()
			}
			return nil
		},
	}
}

// watching makes whims that do something with each row.
func watching(f func(in dataset.Row, out model.Output)) func() serve.Observer {
	return func() serve.Observer { return &whim{rows: new(atomic.Int64), observe: f} }
}

// alone panics when two are in it.
func alone() func(dataset.Row, model.Output) {
	var inside atomic.Int32
	return func(dataset.Row, model.Output) {
		if inside.Add(1) > 1 {
			panic("concurrent map writes") // what a map without a lock ends with
		}
		time.Sleep(10 * time.Microsecond)
		inside.Add(-1)
	}
}

func observerBugs(t *testing.T) map[string]func() serve.Observer {
	t.Helper()
	forgotten := make(chan struct{})
	t.Cleanup(func() { close(forgotten) })
	var lastRow atomic.Pointer[dataset.Value]
	var shared atomic.Int64
	var mu sync.Mutex
	var texts []string
	var junk atomic.Pointer[[]byte]
	return map[string]func() serve.Observer{
		"every row is taken once": func() serve.Observer {
			o := &whim{rows: new(atomic.Int64)}
			o.observe = func(in dataset.Row, _ model.Output) {
				if !in.Values[3].Valid { // rows with a null are left out
					o.rows.Add(-1)
				}
			}
			return o
		},
		"rows from many goroutines are all taken": func() serve.Observer {
			o := &whim{rows: new(atomic.Int64)}
			o.observe = func(dataset.Row, model.Output) { // reads, and writes later
				n := o.rows.Load()
				time.Sleep(time.Microsecond)
				o.rows.Store(n)
			}
			return o
		},
		"it may be called by many at once": watching(alone()),
		"two observers are two":            func() serve.Observer { return &whim{rows: &shared} },
		"rows and answers of every form are taken": watching(func(_ dataset.Row, out model.Output) {
			_ = out.Probability[1] // there are two classes
		}),
		"what it is given stays as it was": watching(func(in dataset.Row, _ model.Output) {
			in.Values[4] = dataset.Value{} // what is personal goes no further
		}),
		"it keeps nothing of what it is given": watching(func(in dataset.Row, _ model.Output) {
			if len(in.Values) > 0 {
				lastRow.Store(&in.Values[0])
			}
		}),
		"a call allocates nothing": watching(func(in dataset.Row, _ model.Output) {
			b := make([]byte, len(in.Values))
			junk.Store(&b)
		}),
		"memory does not grow with the rows": watching(func(in dataset.Row, _ model.Output) {
			mu.Lock()
			texts = append(texts, in.Values[4].Text) // the categories seen
			mu.Unlock()
		}),
		"no call takes long": watching(func() func(dataset.Row, model.Output) {
			var n atomic.Int64
			return func(dataset.Row, model.Output) {
				if n.Add(1)%1000 == 0 {
					time.Sleep(60 * time.Millisecond) // what is gathered is sent, and the caller waits for it
				}
			}
		}()),
		"it leaves no goroutine": func() serve.Observer {
			o := &whim{rows: new(atomic.Int64)}
			go func() { <-forgotten }() // its Close knows nothing of it
			return o
		},
		"a row after its end does no harm": func() serve.Observer {
			o, queue := &whim{rows: new(atomic.Int64)}, make(chan struct{}, 100_000)
			o.observe = func(dataset.Row, model.Output) { queue <- struct{}{} }
			o.close = sync.OnceValue(func() error {
				close(queue)
				return nil
			})
			return o
		},
		"it may be ended twice": func() serve.Observer {
			o, ended := &whim{rows: new(atomic.Int64)}, false
			o.close = func() error {
				if ended {
					return errors.New("file already closed")
				}
				ended = true
				return nil
			}
			return o
		},
		"a scorer with it scores the same bits": watching(func(_ dataset.Row, out model.Output) {
			if len(out.Probability) > 1 {
				out.Probability[1] = min(out.Probability[1], 0.5) // for its own chart
			}
		}),
	}
}

func TestEachPlantedBugOfAnObserverFailsItsCheck(t *testing.T) {
	all := observerBugs(t)
	for _, c := range observerChecks() {
		t.Run(c.name, func(t *testing.T) {
			if c.when != nil && !c.when(plain()) {
				return
			}
			open, ok := all[c.name]
			if !ok {
				t.Fatal("no bug is planted")
			}
			if err := c.against(t.Context(), plain(), watching(nil)); err != nil {
				t.Fatalf("an observer without a bug: %v", err)
			}
			err := c.against(t.Context(), plain(), open)
			if err == nil {
				t.Fatal("the bug passes")
			}
			t.Logf("%.300s", err)
		})
	}
	if len(all) != len(observerChecks()) {
		t.Errorf("want a bug for each of %d checks, got %d", len(observerChecks()), len(all))
	}
}
