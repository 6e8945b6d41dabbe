package dataset

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
)

// PartPurged is the part of a purged split that neither trains nor tests.
const PartPurged uint8 = 3

// PurgedOptions says how NewPurgedSplit divides rows. Times are in the number form of the Time column: days for dates, microseconds for timestamps.
type PurgedOptions struct {
	Time    string  // numeric, date or time column: when a row was observed; required
	Until   string  // column of when its target was known, in the same form; "" is Time + Horizon
	Horizon float64 // how long after Time the target of a row is known, 0 or more; 0 when Until is given
	Embargo float64 // how long after the test rows nothing trains, 0 or more
	Blocks  int     // number of blocks of about as many rows, in order of time, at least 2; 0 is 5
	Block   int     // the block that tests, from 0; the last one is a test on the latest rows
}

// NewPurgedSplit tests on one of several blocks of time and trains on the rows of the others whose targets tell nothing about it: the target of a row is made of
// what happens from its time until it is known, and where that overlaps with the test rows, the row would give their answer away. src must be rewindable; it is
// read once. Rows keep their order within a part, whatever their order in time.
//
// With t0 the time of a row, t1 when its target is known, and [a, b] from the earliest t0 to the latest t1 of the test rows, a row of another block trains when t1 < a
// or t0 > b + Embargo. All ends are inclusive, so a row that touches the window is purged (PartPurged). Blocks are cut at the rows ceil(k·n/Blocks); rows that share
// the time at a cut all go to the later block, so no time is in two blocks. Validation is empty.
//
// It holds 25 bytes a row. It errors with ErrSchema for a column that is absent or of a wrong type, for a null time, for a t1 before its t0, and when no row is
// left to test or to train on; with *OptionError for bad options; with ErrLimit beyond 2^31-1 rows.
//
// Source: López de Prado (2018), Advances in Financial Machine Learning, chapter 7, snippets 7.1 to 7.3; there the embargo is a share of rows, here a length of time.
func NewPurgedSplit(ctx context.Context, src Source, o PurgedOptions) (*Split, error) {
	if o.Blocks == 0 {
		o.Blocks = 5
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	spans, err := o.read(ctx, src)
	if err != nil {
		return nil, fmt.Errorf("dataset: purged split: %w", err)
	}
	a := o.assign(spans)
	for _, part := range []struct {
		part uint8
		want string
	}{{PartTest, "at least one row to test on"}, {PartTrain, "at least one row to train on"}} {
		if a.Count(part.part) == 0 {
			return nil, fmt.Errorf("dataset: purged split: %w", &SchemaError{Want: part.want, Got: fmt.Sprintf("none of %d rows", len(a))})
		}
	}
	return a.split(src), nil
}

func (o PurgedOptions) check() error {
	var errs errorList
	bad := func(field, value, want string) {
		errs = append(errs, &OptionError{Field: "dataset.PurgedOptions." + field, Value: value, Want: want})
	}
	if o.Time == "" {
		bad("Time", "none", "a column")
	}
	for _, l := range []struct {
		name  string
		value float64
	}{{"Horizon", o.Horizon}, {"Embargo", o.Embargo}} {
		if !(l.value >= 0) || math.IsInf(l.value, 0) {
			bad(l.name, strconv.FormatFloat(l.value, 'g', -1, 64), "a finite length of 0 or more")
		}
	}
	if o.Until != "" && o.Horizon != 0 {
		bad("Horizon", strconv.FormatFloat(o.Horizon, 'g', -1, 64), "0 beside Until")
	}
	if o.Blocks < 2 {
		bad("Blocks", strconv.Itoa(o.Blocks), "2 or more")
	}
	if o.Block < 0 || o.Block >= max(o.Blocks, 1) {
		bad("Block", strconv.Itoa(o.Block), fmt.Sprintf("0 to %d", max(o.Blocks, 1)-1))
	}
	return errs.join("dataset: purged split")
}

// span is from the time of a row until its target is known.
type span struct{ from, until float64 }

func (o PurgedOptions) read(ctx context.Context, src Source) ([]span, error) {
	names := []string{o.Time}
	if o.Until != "" && o.Until != o.Time {
		names = append(names, o.Until)
	}
	narrow, err := Select(ctx, src, names...)
	if err != nil {
		return nil, err
	}
	if s := narrow.Schema(); len(names) == 2 && s.fields[0].Type.Class() != s.fields[1].Type.Class() {
		return nil, &SchemaError{Column: o.Until, Want: "a type like " + string(s.fields[0].Type), Got: "type " + string(s.fields[1].Type)}
	}
	var spans []span
	for b, err := range narrow.Batches(ctx) {
		if err != nil {
			return nil, err
		}
		if len(spans)+b.NumRows() > math.MaxInt32 {
			return nil, fmt.Errorf("more than %d rows: %w", math.MaxInt32, ErrLimit)
		}
		at := len(spans)
		from, err := times(b.Column(0), o.Time, at)
		if err != nil {
			return nil, err
		}
		until := from
		if len(names) == 2 {
			if until, err = times(b.Column(1), o.Until, at); err != nil {
				return nil, err
			}
		}
		for i := range from {
			if until[i] < from[i] {
				return nil, &SchemaError{Column: o.Until, Want: "a time that is not before " + strconv.Quote(o.Time), Got: fmt.Sprintf("an earlier one in row %d", at+i)}
			}
			spans = append(spans, span{from[i], until[i] + o.Horizon})
		}
	}
	return spans, nil
}

// times reads a column of times, whose first row is row at of the source.
func times(column arrow.Array, name string, at int) ([]float64, error) {
	out := make([]float64, column.Len())
	if err := Float64s(column, out); err != nil {
		return nil, err
	}
	for i, t := range out {
		if math.IsNaN(t) {
			return nil, &SchemaError{Column: name, Want: "a time in every row", Got: fmt.Sprintf("none in row %d", at+i)}
		}
	}
	return out, nil
}

func (o PurgedOptions) assign(spans []span) Assignment {
	n := len(spans)
	sorted := make([]float64, n)
	for i, s := range spans {
		sorted[i] = s.from
	}
	slices.Sort(sorted)
	cut := func(k int) float64 { // the first time of block k
		at := int((int64(k)*int64(n) + int64(o.Blocks) - 1) / int64(o.Blocks))
		switch {
		case k == 0:
			return math.Inf(-1)
		case at >= n:
			return math.Inf(1)
		default:
			return sorted[at]
		}
	}
	from, to := cut(o.Block), cut(o.Block+1)
	tests := func(s span) bool { return s.from >= from && (s.from < to || o.Block == o.Blocks-1) }
	first, last := math.Inf(1), math.Inf(-1)
	for _, s := range spans {
		if tests(s) {
			first, last = min(first, s.from), max(last, s.until)
		}
	}
	a := make(Assignment, n)
	for i, s := range spans {
		switch {
		case tests(s):
			a[i] = PartTest
		case s.until >= first && s.from <= last+o.Embargo:
			a[i] = PartPurged
		}
	}
	return a
}
