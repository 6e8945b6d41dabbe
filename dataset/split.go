package dataset

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
)

// The parts of a Split in its Assignment.
const (
	PartTrain      uint8 = 0
	PartValidation uint8 = 1
	PartTest       uint8 = 2
)

// SplitOptions says how NewSplit divides rows. The zero value takes a fifth of the rows, drawn at random, for testing.
type SplitOptions struct {
	Test       float64 // share of all rows for testing, in [0, 1); 0 is 0.2 when Validation is 0 as well, else no test part
	Validation float64 // share of all rows for validation, in [0, 1)
	Seed       uint64  // for the random draw; the same seed gives the same rows
	Stratify   string  // column whose values keep their shares in every part; at most one of Stratify, Time and Group
	Time       string  // numeric, date or time column: the earliest rows train, the latest test; nothing is random
	Group      string  // column whose values each stay in one part
}

// Split is a source in parts. The parts are views: each range reads the source anew.
type Split struct {
	Train, Validation, Test Source
	Assignment              Assignment // PartTrain, PartValidation or PartTest for each row
}

// NewSplit divides the rows of src, which must be rewindable and give the same rows each time; it is read once or twice. Rows keep their order within a part.
//
// Of n rows, ceil(Test·n) go to testing and ceil(Validation·n) to validation, as in scikit-learn's train_test_split, and the rest to training, which must get at
// least one. Stratify gives each value its share by largest remainder, ties to the value met first; null is a value of its own. Group draws groups at random
// until a part has its rows, so parts with large groups are larger than asked. Time sorts: rows that share the time at a boundary all go to the later part,
// so no time is in two parts, and that part may be larger than asked.
//
// It holds one byte a row, for Time sixteen more, and for Stratify and Group the distinct values. It errors with ErrSchema for a column that is absent or of a wrong
// type, for a null time and for a training part without rows; with *OptionError for bad options; with ErrLimit beyond 2^31-1 rows.
func NewSplit(ctx context.Context, src Source, o SplitOptions) (*Split, error) {
	if o.Test == 0 && o.Validation == 0 {
		o.Test = 0.2
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	var a Assignment
	var err error
	switch {
	case o.Time != "":
		a, err = splitTime(ctx, src, o)
	case o.Group != "":
		a, err = splitGroups(ctx, src, o)
	default:
		a, err = splitStrata(ctx, src, o)
	}
	if err != nil {
		return nil, fmt.Errorf("dataset: split: %w", err)
	}
	if a.Count(PartTrain) == 0 {
		return nil, fmt.Errorf("dataset: split: %w", &SchemaError{Want: "at least one row to train on", Got: fmt.Sprintf("%d rows in all", len(a))})
	}
	return a.split(src), nil
}

// split returns the parts of src.
func (a Assignment) split(src Source) *Split {
	return &Split{
		Train: a.Part(src, PartTrain), Validation: a.Part(src, PartValidation), Test: a.Part(src, PartTest),
		Assignment: a,
	}
}

func (o SplitOptions) check() error {
	var errs errorList
	for _, share := range []struct {
		name  string
		value float64
	}{{"Test", o.Test}, {"Validation", o.Validation}} {
		if !(share.value >= 0 && share.value < 1) {
			errs = append(errs, &OptionError{
				Field: "dataset.SplitOptions." + share.name, Value: strconv.FormatFloat(share.value, 'g', -1, 64), Want: "a share from 0 to below 1",
			})
		}
	}
	if o.Test+o.Validation >= 1 {
		errs = append(errs, &OptionError{Field: "dataset.SplitOptions.Test", Value: "a sum with Validation of 1 or more", Want: "a share left to train on"})
	}
	n := 0
	for _, column := range []string{o.Stratify, o.Time, o.Group} {
		if column != "" {
			n++
		}
	}
	if n > 1 {
		errs = append(errs, &OptionError{Field: "dataset.SplitOptions.Stratify", Value: fmt.Sprintf("%d columns", n), Want: "at most one of Stratify, Time and Group"})
	}
	return errs.join("dataset: split")
}

// sizes returns the rows of the validation and test parts among n.
func (o SplitOptions) sizes(n int) (validation, test int) {
	validation, test = int(math.Ceil(o.Validation*float64(n))), int(math.Ceil(o.Test*float64(n)))
	test = min(test, n)
	return min(validation, n-test), test
}

// random returns the generator of the split's draws.
func (o SplitOptions) random() *rand.Rand { return rand.New(rand.NewPCG(o.Seed, 0x5b117)) }

// eachColumn passes the named column of every batch on; name "" passes nil columns and counts rows.
func eachColumn(ctx context.Context, src Source, name string, f func(column arrow.Array, n int) error) error {
	if name != "" {
		var err error
		if src, err = Select(ctx, src, name); err != nil {
			return err
		}
	}
	total := 0
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return err
		}
		if total += b.NumRows(); total > math.MaxInt32 {
			return fmt.Errorf("more than %d rows: %w", math.MaxInt32, ErrLimit)
		}
		var column arrow.Array
		if name != "" {
			column = b.Column(0)
		}
		if err := f(column, b.NumRows()); err != nil {
			return err
		}
	}
	return nil
}

// eachCode passes on the number of each row's value in the named column; name "" is one value.
func (m *Numbering) eachCode(ctx context.Context, src Source, name string, f func(code int) error) error {
	var codes []int32
	return eachColumn(ctx, src, name, func(column arrow.Array, n int) error {
		codes = slices.Grow(codes[:0], n)[:n]
		clear(codes)
		if column != nil {
			if err := m.Codes(column, codes); err != nil {
				return err
			}
		}
		for _, c := range codes {
			if err := f(int(c)); err != nil {
				return err
			}
		}
		return nil
	})
}

// count returns the rows of each value in the named column, and of all.
func (m *Numbering) count(ctx context.Context, src Source, name string) (counts []int, total int, err error) {
	err = m.eachCode(ctx, src, name, func(c int) error {
		for c >= len(counts) {
			counts = append(counts, 0)
		}
		counts[c]++
		total++
		return nil
	})
	return counts, total, err
}

// errOtherRows is the error of a source that gives other rows when it is read again.
func errOtherRows() error {
	return &SchemaError{Want: "a source with the same rows each time it is read", Got: "others"}
}

// stratum counts the rows still to come of one value, and those still to be drawn for each part.
type stratum struct{ left, validation, test int }

// splitStrata draws exactly the wanted number of rows from each stratum in one pass over rows (Knuth, The Art of Computer Programming, vol. 2, 3.4.2,
// algorithm S), after one pass that counts.
func splitStrata(ctx context.Context, src Source, o SplitOptions) (Assignment, error) {
	values := NewNumbering()
	counts, total, err := values.count(ctx, src, o.Stratify)
	if err != nil {
		return nil, err
	}
	strata := o.strata(counts, total)
	a, random := make(Assignment, 0, total), o.random()
	draw := func(c int) uint8 {
		s := &strata[c]
		at := random.IntN(s.left)
		s.left--
		switch {
		case at < s.test:
			s.test--
			return PartTest
		case at < s.test+s.validation:
			s.validation--
			return PartValidation
		default:
			return PartTrain
		}
	}
	err = values.eachCode(ctx, src, o.Stratify, func(c int) error {
		if c >= len(strata) || strata[c].left == 0 {
			return errOtherRows()
		}
		a = append(a, draw(c))
		return nil
	})
	if err == nil && len(a) != total {
		err = errOtherRows()
	}
	return a, err
}

// strata shares the rows of the parts out among the strata.
func (o SplitOptions) strata(counts []int, total int) []stratum {
	validation, test := o.sizes(total)
	out := make([]stratum, len(counts))
	tests := largestRemainder(counts, total, test)
	rest := make([]int, len(counts))
	for i, n := range counts {
		out[i] = stratum{left: n, test: tests[i]}
		rest[i] = n - tests[i]
	}
	for i, n := range largestRemainder(rest, total-test, validation) {
		out[i].validation = n
	}
	return out
}

// largestRemainder shares want out among counts, which sum to total, in proportion: each gets its quota rounded down, and what is left goes to the largest
// remainders, ties to the first. Integers keep it exact.
func largestRemainder(counts []int, total, want int) []int {
	out := make([]int, len(counts))
	if total == 0 {
		return out
	}
	order := make([]int, len(counts))
	remainder := make([]int64, len(counts))
	left := want
	for i, n := range counts {
		product := int64(n) * int64(want) // both below 2^31
		out[i] = int(product / int64(total))
		remainder[i] = product % int64(total)
		left -= out[i]
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(remainder[b], remainder[a]) })
	for _, i := range order[:left] {
		out[i]++
	}
	return out
}

func splitGroups(ctx context.Context, src Source, o SplitOptions) (Assignment, error) {
	values := NewNumbering()
	counts, total, err := values.count(ctx, src, o.Group)
	if err != nil {
		return nil, err
	}
	validation, test := o.sizes(total)
	parts := make([]uint8, len(counts))
	for _, c := range o.random().Perm(len(counts)) {
		switch {
		case test > 0:
			parts[c] = PartTest
			test -= counts[c]
		case validation > 0:
			parts[c] = PartValidation
			validation -= counts[c]
		}
	}
	a := make(Assignment, 0, total)
	err = values.eachCode(ctx, src, o.Group, func(c int) error {
		if c >= len(parts) {
			return errOtherRows()
		}
		a = append(a, parts[c])
		return nil
	})
	if err == nil && len(a) != total {
		err = errOtherRows()
	}
	return a, err
}

func splitTime(ctx context.Context, src Source, o SplitOptions) (Assignment, error) {
	var all []float64
	err := eachColumn(ctx, src, o.Time, func(column arrow.Array, _ int) error {
		more, err := times(column, o.Time, len(all))
		all = append(all, more...)
		return err
	})
	if err != nil {
		return nil, err
	}
	n := len(all)
	sorted := slices.Clone(all)
	slices.Sort(sorted)
	validation, test := o.sizes(n)
	cut := func(size int) float64 {
		if size == 0 {
			return math.Inf(1)
		}
		return sorted[n-size]
	}
	testFrom := cut(test)
	validationFrom := min(cut(test+validation), testFrom)
	a := make(Assignment, n)
	for i, t := range all {
		switch {
		case t >= testFrom:
			a[i] = PartTest
		case t >= validationFrom:
			a[i] = PartValidation
		}
	}
	return a, nil
}
