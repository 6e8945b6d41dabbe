package conform

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
)

// label is the profiler's label of the goroutines that NoneLeft looks for.
const label = "conform"

// NoneLeft runs f and joins to its error that goroutines which f started are still there after a second, with their stacks.
// They are known by a profiler's label, which a goroutine has from the one that starts it, so that what else comes and goes meanwhile does not count.
func NoneLeft(ctx context.Context, f func(ctx context.Context) error) (err error) {
	id := rand.Text()
	pprof.Do(ctx, pprof.Labels(label, id), func(ctx context.Context) { err = f(ctx) })
	for wait := time.Millisecond; ; wait *= 2 {
		left := labelled(id)
		if left == "" {
			return err
		}
		if wait > time.Second {
			return errors.Join(err, fmt.Errorf("goroutines are left:\n%s", left))
		}
		time.Sleep(wait)
	}
}

// labelled returns the stacks of the goroutines whose label is id.
func labelled(id string) string {
	var all bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&all, 1); err != nil {
		return err.Error()
	}
	var left []string
	for record := range strings.SplitSeq(all.String(), "\n\n") {
		if strings.Contains(record, fmt.Sprintf("%q:%q", label, id)) {
			left = append(left, record)
		}
	}
	return strings.Join(left, "\n")
}

// Allocated returns the bytes that f allocates, whether or not it keeps them. Nothing else may run meanwhile.
func Allocated(f func() error) (int64, error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := f()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc), err
}

// Live returns the bytes that are in use. Nothing else may run meanwhile.
func Live() int64 {
	runtime.GC()
	runtime.GC() // what finalizers and pools gave up at the first
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// SameFloat reports whether a and b have the same bits; NaN equals NaN.
func SameFloat(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || (math.IsNaN(a) && math.IsNaN(b))
}

// Refusal is a call of a constructor with bad options. Fields are all that must be refused, each in a *dataset.OptionError.
type Refusal struct {
	Fields []string
	New    func() error
}

// Refused returns an error when one of the calls does not name exactly its fields, each with what is wanted and what was got.
func Refused(calls []Refusal) error {
	var errs []error
	for _, c := range calls {
		if err := c.check(); err != nil {
			errs = append(errs, fmt.Errorf("bad options %q: %w", c.Fields, err))
		}
	}
	return errors.Join(errs...)
}

func (c Refusal) check() error {
	err := c.New()
	if err == nil {
		return errors.New("the constructor takes them")
	}
	var got []string
	for _, e := range optionErrors(err) {
		if e.Value == "" || e.Want == "" {
			return fmt.Errorf("option %q is refused without what is wanted and what was got", e.Field)
		}
		got = append(got, e.Field)
	}
	want := slices.Clone(c.Fields)
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, slices.Compact(got)) {
		return fmt.Errorf("the error names %q: %w", got, err)
	}
	return nil
}

// optionErrors returns every *dataset.OptionError in the tree of err.
func optionErrors(err error) []*dataset.OptionError {
	switch e := err.(type) { //nolint:errorlint // the tree is walked here
	case nil:
		return nil
	case *dataset.OptionError:
		return []*dataset.OptionError{e}
	case interface{ Unwrap() error }:
		return optionErrors(e.Unwrap())
	case interface{ Unwrap() []error }:
		var out []*dataset.OptionError
		for _, inner := range e.Unwrap() {
			out = append(out, optionErrors(inner)...)
		}
		return out
	default:
		return nil
	}
}
