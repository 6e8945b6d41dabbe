package relation

import (
	"context"
	"fmt"
	"iter"
	"math"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

// Direction says on which side of a row's time its partner is looked for.
type Direction uint8

// The directions.
const (
	Backward Direction = iota // the last right row at or before the left row's time: what was known then
	Forward                   // the first right row at or after it
	Nearest                   // of both the one that is closer, the earlier one when they are equally close
)

// AsOfOptions says how AsOfJoin works. Time is required. Times are in number form: days for dates, microseconds for timestamps.
type AsOfOptions struct {
	Time        string           // column of the time in both sources: integers, floats, dates or timestamps, ascending, without nulls
	RightTime   string           // its name in right; "" is Time
	By          []string         // columns that must be equal as well; nil is none
	RightBy     []string         // their names in right; nil is By
	Direction   Direction        // the zero value looks back and so tells a row nothing of its future
	Strict      bool             // a right row of the same time is no partner: for values that are known only after their time
	Tolerance   float64          // how far the partner's time may be away, inclusive; 0 is any distance
	RightTimeAs string           // name of a column with the partner's time; "" leaves it out
	Suffix      string           // put behind the name of a right column that the left has too; "" makes that an error
	MaxBytes    int64            // most memory of right rows; 0 is 1 GiB
	Allocator   memory.Allocator // for the batches; nil is Go's
}

// AsOfJoin returns the rows of left, each beside the right row that stands next to it in time: with Backward, the last one whose time is not after the left row's, or before it when
// Strict. It is the join by which features are made of what was known at a point in time. Every left row comes once, in order, with nulls where it has no partner. Columns are
// those of left and, nullable, those of right without its time and its By columns.
//
// Of right rows of the same key and time, Backward and Nearest take the last and Forward the first, as pandas' merge_asof does. A By key with a null matches nothing. Keys are equal
// as in Join. The times of both sides have one type, but for widths of integers and of floats and zones of timestamps.
//
// Backward streams both sides and holds the last row of each key and the right rows of the time of one left batch; Forward and Nearest hold all right rows. Beyond MaxBytes a range ends
// with dataset.ErrLimit. It can be ranged as often, and as concurrently, as both sources. A time that is null, NaN or before the one in the row above it is a *dataset.SchemaError
// with the row, from 0. AsOfJoin errors with ErrSchema for columns that are absent or do not go together, and with *dataset.OptionError for bad options.
func AsOfJoin(left, right dataset.Source, o AsOfOptions) (dataset.Source, error) {
	j := &asOf{left: left, right: right, o: o}
	if err := j.check(); err != nil {
		return nil, fmt.Errorf("relation: as-of join: %w", err)
	}
	return j, nil
}

type asOf struct {
	left, right dataset.Source
	o           AsOfOptions
	schema      *dataset.Schema
	columns     []string // of the right in the result
	floats      bool     // the times are floats
}

func (j *asOf) check() error {
	bad := func(field, value, want string) error {
		return &dataset.OptionError{Field: "relation.AsOfOptions." + field, Value: value, Want: want}
	}
	if j.o.RightTime == "" {
		j.o.RightTime = j.o.Time
	}
	if j.o.RightBy == nil {
		j.o.RightBy = j.o.By
	}
	switch {
	case j.o.Time == "":
		return bad("Time", "none", "a column")
	case len(j.o.By) != len(j.o.RightBy):
		return bad("RightBy", fmt.Sprintf("%d columns", len(j.o.RightBy)), fmt.Sprintf("%d, as By", len(j.o.By)))
	case j.o.Direction > Nearest:
		return bad("Direction", strconv.Itoa(int(j.o.Direction)), "a known direction")
	case !(j.o.Tolerance >= 0):
		return bad("Tolerance", strconv.FormatFloat(j.o.Tolerance, 'g', -1, 64), "0 or more")
	case j.o.MaxBytes < 0:
		return bad("MaxBytes", strconv.FormatInt(j.o.MaxBytes, 10), "0 or more")
	case j.o.MaxBytes == 0:
		j.o.MaxBytes = 1 << 30
	}
	if err := checkKeys(j.left.Schema(), j.right.Schema(), append([]string{j.o.Time}, j.o.By...), append([]string{j.o.RightTime}, j.o.RightBy...)); err != nil {
		return err
	}
	time, _ := j.left.Schema().Lookup(j.o.Time)
	switch time.Type.Class() {
	case dataset.ClassInteger, dataset.ClassDate, dataset.ClassTime:
	case dataset.ClassFloat:
		j.floats = true
	default:
		return fmt.Errorf("left: %w", &dataset.SchemaError{Column: j.o.Time, Want: "a column of integers, floats, dates or timestamps", Got: "type " + string(time.Type)})
	}
	for _, s := range []*dataset.Schema{j.left.Schema(), j.right.Schema()} {
		if f, _ := s.Lookup(j.o.Time); f.Type == dataset.Uint64 {
			return &dataset.SchemaError{Column: j.o.Time, Want: "a time within int64", Got: "type uint64"}
		}
	}
	return j.describe()
}

// describe makes the schema of the result.
func (j *asOf) describe() error {
	right := j.right.Schema()
	without := append([]string{j.o.RightTime}, j.o.RightBy...)
	var err error
	if j.schema, j.columns, err = joinedSchema(j.left.Schema(), right, without, j.o.Suffix, true); err != nil || j.o.RightTimeAs == "" {
		return err
	}
	if j.schema.Index(j.o.RightTimeAs) >= 0 {
		return &dataset.SchemaError{Column: j.o.RightTimeAs, Want: "a new name for the partner's time", Got: "a column that is there"}
	}
	f, _ := right.Lookup(j.o.RightTime)
	f.Name, f.Nullable, f.Role = j.o.RightTimeAs, true, dataset.Feature
	j.columns = append(j.columns, j.o.RightTime)
	j.schema, err = j.schema.With(f)
	return err
}

// Schema implements dataset.Source.
func (j *asOf) Schema() *dataset.Schema { return j.schema }

// Batches implements dataset.Source.
func (j *asOf) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		fail := func(err error) { yield(dataset.Batch{}, fmt.Errorf("relation: as-of join: %w", err)) }
		w, err := j.newWindow(ctx)
		if err != nil {
			fail(err)
			return
		}
		defer w.close()
		left := clock{column: j.o.Time, side: "left", last: math.MinInt64, floats: j.floats}
		for b, err := range j.left.Batches(ctx) {
			if err != nil {
				yield(dataset.Batch{}, err)
				return
			}
			if b.NumRows() == 0 {
				continue
			}
			out, err := w.join(ctx, &left, b)
			if err != nil {
				fail(err)
				return
			}
			more := yield(out, nil)
			out.Release()
			if !more {
				return
			}
		}
	}
}

// within returns the test whether two times are no further apart than the tolerance.
func (j *asOf) within() func(a, b int64) bool {
	switch limit := j.o.Tolerance; {
	case limit == 0:
		return nil
	case j.floats:
		return func(a, b int64) bool { return math.Abs(floatOf(a)-floatOf(b)) <= limit }
	case limit >= 1<<63:
		return nil
	default:
		most := uint64(limit)
		return func(a, b int64) bool { return uint64(max(a, b))-uint64(min(a, b)) <= most }
	}
}
