package servetest

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"
	"weak"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/serve/internal/fixture"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

// answerOf is the answer of a model of two classes.
func answerOf(probability []float64) model.Output {
	return model.Output{Prediction: dataset.Value{Valid: true, Text: "true", Number: 1}, Class: 1, Probability: probability, Raw: []float64{0.5}}
}

// give has o observe n payments.
func (w *watch) give(o serve.Observer, seed uint64, n int) {
	in, out := dataset.NewRow(w.schema), answerOf([]float64{0.25, 0.75})
	for _, p := range validatetest.Payments(seed, n) {
		row(p, in)
		o.Observe(in, out)
	}
}

// settled waits until o has taken n rows, which it may do behind the call, or takes no more for half a second.
func (w *watch) settled(o serve.Observer, n int64) error {
	got := w.traits.Rows(o)
	for idle := 0; got < n && idle < 500; idle++ {
		time.Sleep(time.Millisecond)
		if now := w.traits.Rows(o); now != got {
			got, idle = now, 0
		}
	}
	if got != n {
		return fmt.Errorf("want %d rows taken, got %d", n, got)
	}
	return nil
}

func takesRows(w *watch) error {
	o := w.observer()
	w.give(o, 1, 500)
	return w.settled(o, 500)
}

// parallel has 8 goroutines give rows and turns the first panic into an error.
func (w *watch) parallel(o serve.Observer, n int) error {
	errs := make([]error, 8)
	var wait sync.WaitGroup
	for g := range errs {
		wait.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					errs[g] = fmt.Errorf("panic with %d callers: %v\n%s", len(errs), p, debug.Stack())
				}
			}()
			w.give(o, uint64(g), n)
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

func takesConcurrently(w *watch) error {
	o := w.observer()
	if err := w.parallel(o, 1000); err != nil {
		return err
	}
	return w.settled(o, 8000)
}

// manyAtOnce is for the race detector, and for observers that cannot tell what they have taken.
func manyAtOnce(w *watch) error { return w.parallel(w.observer(), 1000) }

func twoAreTwo(w *watch) error {
	a, b := w.observer(), w.observer()
	w.give(a, 1, 10)
	w.give(b, 1, 3)
	return errors.Join(w.settled(a, 10), w.settled(b, 3))
}

func everyForm(w *watch) error {
	o := w.observer()
	other, err := dataset.NewSchema(dataset.Field{Name: "amount", Type: dataset.Utf8, Nullable: true}, dataset.Field{Name: "else", Type: dataset.Float32})
	if err != nil {
		return err
	}
	in := dataset.NewRow(w.schema)
	outputs := []model.Output{
		{Class: -1},
		{Class: -1, Prediction: dataset.NumberValue(math.NaN())},
		{Class: -1, Prediction: dataset.NumberValue(math.Inf(1)), Raw: []float64{math.Inf(-1)}},
		{Class: 2, Prediction: dataset.TextValue(""), Probability: []float64{0, 0, 1}},
		answerOf([]float64{math.NaN(), math.NaN()}), answerOf(nil),
	}
	for _, out := range outputs {
		for _, v := range []dataset.Value{
			{},
			dataset.NumberValue(math.NaN()), dataset.NumberValue(math.Inf(1)), dataset.NumberValue(math.Inf(-1)), dataset.NumberValue(-math.MaxFloat64),
			dataset.TextValue(""), dataset.TextValue("\xff\x00"), dataset.TextValue(strings.Repeat("long", 1<<14)),
		} {
			for i := range in.Values {
				in.Values[i] = v
			}
			o.Observe(in, out)
		}
		o.Observe(dataset.Row{}, out)
		o.Observe(dataset.Row{Schema: w.schema}, out)
		o.Observe(dataset.NewRow(other), out)
	}
	return nil
}

func leavesArguments(w *watch) error {
	o := w.observer()
	in, want := dataset.NewRow(w.schema), dataset.NewRow(w.schema)
	out := answerOf([]float64{0.25, 0.75})
	for _, p := range validatetest.Payments(5, 200) {
		row(p, in)
		row(p, want)
		o.Observe(in, out)
		if !slices.Equal(in.Values, want.Values) || !reflect.DeepEqual(out, answerOf([]float64{0.25, 0.75})) {
			return errors.New("want row and answer unchanged by the call, got others")
		}
	}
	return nil
}

// lent gives o a row, an answer and a text of their own, and returns whether each is still reachable by someone.
func (w *watch) lent(o serve.Observer, p validatetest.Payment) func() string {
	in, probability := dataset.NewRow(w.schema), make([]float64, 2, 16)
	row(p, in)
	text := make([]byte, 256) // not so small that it shares memory with others
	copy(text, "DE")
	country := w.schema.Index("country")
	in.Values[country] = dataset.TextValue(unsafe.String(&text[0], 2))
	probability[0], probability[1] = 0.25, 0.75
	values, floats, bytes := weak.Make(&in.Values[0]), weak.Make(&probability[0]), weak.Make(&text[0])
	o.Observe(in, answerOf(probability))
	return func() string {
		switch {
		case values.Value() != nil:
			return "the row"
		case floats.Value() != nil:
			return "the probabilities"
		case bytes.Value() != nil:
			return "a text"
		default:
			return ""
		}
	}
}

func keepsNothing(w *watch) error {
	o := w.observer()
	for i, p := range validatetest.Payments(6, 3) {
		kept := w.lent(o, p)
		// What works behind the call has a moment to end with it.
		what := ""
		for range 20 {
			runtime.GC()
			if what = kept(); what == "" {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if what != "" {
			return fmt.Errorf("row %d: want nothing kept after the call, got %s", i, what)
		}
	}
	runtime.KeepAlive(o)
	return nil
}

func allocatesNothing(w *watch) error {
	o := w.observer()
	in, out := dataset.NewRow(w.schema), answerOf([]float64{0.25, 0.75})
	payments := validatetest.Payments(9, 100)
	rows := make([]dataset.Row, len(payments))
	for i, p := range payments {
		row(p, in)
		rows[i] = dataset.Row{Schema: w.schema, Values: slices.Clone(in.Values)}
	}
	// It rounds down, so that a run is many rows; the first is for what is made once.
	const perRun = 2000
	if n := testing.AllocsPerRun(5, func() {
		for i := range perRun {
			o.Observe(rows[i%len(rows)], out)
		}
	}); n > 0 {
		return fmt.Errorf("want no allocation in %d rows, got %v", perRun, n)
	}
	return nil
}

// growth is how much memory an observer may take on its way from 20,000 to 120,000 rows.
const growth = 1 << 20

func boundedObserver(w *watch) error {
	o := w.observer()
	in, out := dataset.NewRow(w.schema), answerOf([]float64{0.25, 0.75})
	country := w.schema.Index("country")
	held := func(from, to int) uint64 {
		for i := from; i < to; i++ {
			for j := range in.Values {
				in.Values[j] = dataset.NumberValue(float64(i))
			}
			in.Values[country] = dataset.TextValue(fmt.Sprintf("country-%d", i))
			o.Observe(in, out)
		}
		var m runtime.MemStats
		least := uint64(math.MaxUint64)
		for range 5 {
			runtime.GC()
			runtime.ReadMemStats(&m)
			least = min(least, m.HeapAlloc)
			time.Sleep(time.Millisecond)
		}
		return least
	}
	before := held(0, 20_000)
	after := held(20_000, 120_000)
	runtime.KeepAlive(o)
	if after > before+growth {
		return fmt.Errorf("want at most %d bytes more after 100,000 rows, got %d", growth, after-before)
	}
	return nil
}

// neverBlocks takes the best of twenty tries, since a busy machine stops everyone now and then and an observer that blocks does so each time.
func neverBlocks(w *watch) error {
	o := w.observer()
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	in, out := dataset.NewRow(w.schema), answerOf([]float64{0.25, 0.75})
	payments := validatetest.Payments(3, 1000)
	best := time.Duration(math.MaxInt64)
	for range 20 {
		longest := time.Duration(0)
		for n := range 20_000 {
			row(payments[n%len(payments)], in)
			start := time.Now()
			o.Observe(in, out)
			if longest = max(longest, time.Since(start)); longest > w.traits.MaxPause {
				break
			}
		}
		if best = min(best, longest); best <= w.traits.MaxPause {
			return nil
		}
	}
	return fmt.Errorf("want no call longer than %v, got one of %v", w.traits.MaxPause, best)
}

// running returns the goroutines that there are, by number, with where each was started.
func running() map[string]string {
	text := make([]byte, 1<<20)
	text = text[:runtime.Stack(text, true)]
	out := make(map[string]string)
	for g := range strings.SplitSeq(string(text), "\n\n") {
		number, stack, _ := strings.Cut(strings.TrimPrefix(g, "goroutine "), " ")
		_, started, _ := strings.Cut(stack, "created by ")
		started, _, _ = strings.Cut(started, "\n")
		out[number] = started
	}
	return out
}

func leavesNoGoroutine(w *watch) error {
	before := running()
	o := w.open() // ended here
	w.give(o, 1, 1000)
	if w.traits.Close != nil {
		if err := w.traits.Close(o); err != nil {
			return err
		}
	}
	var left []string
	for until := time.Now().Add(3 * time.Second); ; time.Sleep(time.Millisecond) {
		left = left[:0]
		for number, started := range running() {
			if _, ok := before[number]; !ok {
				left = append(left, started)
			}
		}
		if len(left) == 0 || time.Now().After(until) {
			break
		}
	}
	if len(left) > 0 {
		return fmt.Errorf("want no goroutine after its end that was not there before it was made, got %d, the first of %s", len(left), slices.Min(left))
	}
	return nil
}

func afterEnd(w *watch) error {
	o := w.open()
	if err := w.traits.Close(o); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				ended <- fmt.Errorf("panic: %v", p)
			}
		}()
		w.give(o, 1, 1000) // requests that were under way
		ended <- nil
	}()
	select {
	case err := <-ended:
		return err
	case <-time.After(soon):
		return errors.New("want a call after the end to return, got one that does not")
	}
}

func endsTwice(w *watch) error {
	o := w.open()
	w.give(o, 1, 10)
	return errors.Join(w.traits.Close(o), w.traits.Close(o))
}

func sameScores(w *watch) error {
	a, err := fixture.New(w.schema, fixture.Options{Target: dataset.Field{Name: "fraud", Type: dataset.Bool}, Classes: []string{"false", "true"}})
	if err != nil {
		return err
	}
	plain, err := serve.New[validatetest.Payment](a, serve.Options{})
	if err != nil {
		return err
	}
	watched, err := serve.New[validatetest.Payment](a, serve.Options{Observers: []serve.Observer{w.observer()}})
	if err != nil {
		return err
	}
	for i, p := range validatetest.Payments(2, 200) {
		want, err := plain.Score(w.ctx, p)
		if err != nil {
			return err
		}
		got, err := watched.Score(w.ctx, p)
		if err != nil {
			return err
		}
		if err := same([]result{{got.Value.Number != 0, got.Probability[1]}}, []result{{want.Value.Number != 0, want.Probability[1]}}); err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
	}
	return nil
}
