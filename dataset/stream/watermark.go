package stream

import (
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
)

// microsecondsOfDay is how long a day of date32 is.
const microsecondsOfDay = 24 * 60 * 60 * 1_000_000

// watch counts and treats the late rows of b, which it takes over, and moves the watermark in t.
func (s *Source) watch(b dataset.Batch, t *Token) (dataset.Batch, error) {
	if s.o.EventTime == "" {
		return b, nil
	}
	column, err := b.ByName(s.o.EventTime)
	var event func(i int) int64
	if err == nil {
		event, err = events(column)
	}
	if err != nil {
		b.Release()
		return dataset.Batch{}, err
	}
	keep := make([]bool, b.NumRows())
	late := 0
	for i := range keep {
		keep[i] = true
		if column.IsNull(i) {
			continue
		}
		at := event(i)
		if t.marked && at < before(t.latest, s.o.Lateness) {
			keep[i] = false
			late++
		}
		if !t.marked || at > t.latest {
			t.latest, t.marked = at, true
		}
	}
	t.late += int64(late)
	if late == 0 || s.o.Late == LatePass {
		return b, nil
	}
	defer b.Release()
	switch {
	case s.o.Late == LateError:
		return dataset.Batch{}, fmt.Errorf("column %q: %d of %d rows: %w", s.o.EventTime, late, len(keep), ErrLate)
	case late == len(keep):
		return dataset.Batch{}, nil
	default:
		return dataset.Filter(s.o.Allocator, b, keep)
	}
}

// events returns the function that gives the time of a row in microseconds.
func events(column arrow.Array) (func(i int) int64, error) {
	switch c := column.(type) {
	case *array.Timestamp:
		return func(i int) int64 { return int64(c.Value(i)) }, nil
	case *array.Date32:
		return func(i int) int64 { return int64(c.Value(i)) * microsecondsOfDay }, nil
	default:
		return nil, fmt.Errorf("event time of arrow type %s: %w", column.DataType(), dataset.ErrUnsupported)
	}
}
