package relation

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

// JoinKind says which rows a join gives.
type JoinKind uint8

// The kinds.
const (
	InnerJoin JoinKind = iota // a row for each pair of rows with the same key
	LeftJoin                  // the same, and the left rows without a partner, with nulls on the right
	SemiJoin                  // the left rows that have a partner, once each, without columns of the right
	AntiJoin                  // the left rows that have none
)

// JoinOptions says how Join works. On, or LeftOn and RightOn, is required.
type JoinOptions struct {
	On        []string         // key columns that have one name on both sides
	LeftOn    []string         // key columns of the left, instead of On
	RightOn   []string         // those of the right, in the same order
	Kind      JoinKind         // the zero value is InnerJoin
	Suffix    string           // put behind the name of a right column that the left has too; "" makes that an error
	MaxBytes  int64            // most memory of the right rows; 0 is 1 GiB
	Allocator memory.Allocator // for the batches; nil is Go's
}

// Join returns the rows of left beside the rows of right that have the same key. Rows come in the order of left, and the partners of one row in the order of right. Columns are those of
// left and behind them those of right without its keys, which are nullable in a LeftJoin.
//
// A key with a null matches nothing, as in SQL and polars, unlike in pandas. NaN equals NaN, and 0 equals -0. Integers of any width are compared by value, but uint64 only with
// unsigned ones; float32 with float64; texts in any encoding; timestamps with a zone whatever the zone; other keys need one type. Lists and structs are no keys.
//
// Each range reads right first and holds it, with an index of about 50 bytes a row, beyond MaxBytes it ends with dataset.ErrLimit; left streams. It can be ranged as often, and as
// concurrently, as both sources. It errors with ErrSchema for keys that are absent or do not go together and for a name that is on both sides, and with *dataset.OptionError for bad options.
func Join(left, right dataset.Source, o JoinOptions) (dataset.Source, error) {
	j := &joined{left: left, right: right, o: o}
	if err := j.check(); err != nil {
		return nil, fmt.Errorf("relation: join: %w", err)
	}
	return j, nil
}

type joined struct {
	left, right dataset.Source
	o           JoinOptions
	schema      *dataset.Schema
	columns     []string // of the right in the result
}

func (j *joined) check() error {
	bad := func(field, value, want string) error {
		return &dataset.OptionError{Field: "relation.JoinOptions." + field, Value: value, Want: want}
	}
	if len(j.o.On) > 0 {
		if len(j.o.LeftOn)+len(j.o.RightOn) > 0 {
			return bad("LeftOn", "columns beside On", "one of the two")
		}
		j.o.LeftOn, j.o.RightOn = j.o.On, j.o.On
	}
	switch {
	case len(j.o.LeftOn) == 0 || len(j.o.LeftOn) != len(j.o.RightOn):
		return bad("LeftOn", fmt.Sprintf("%d columns, with %d in RightOn", len(j.o.LeftOn), len(j.o.RightOn)), "one or more, as many on both sides")
	case j.o.Kind > AntiJoin:
		return bad("Kind", strconv.Itoa(int(j.o.Kind)), "a known kind")
	case j.o.MaxBytes < 0:
		return bad("MaxBytes", strconv.FormatInt(j.o.MaxBytes, 10), "0 or more")
	case j.o.MaxBytes == 0:
		j.o.MaxBytes = 1 << 30
	}
	if err := checkKeys(j.left.Schema(), j.right.Schema(), j.o.LeftOn, j.o.RightOn); err != nil {
		return err
	}
	if j.o.Kind >= SemiJoin {
		j.schema = j.left.Schema()
		return nil
	}
	var err error
	j.schema, j.columns, err = joinedSchema(j.left.Schema(), j.right.Schema(), j.o.RightOn, j.o.Suffix, j.o.Kind == LeftJoin)
	return err
}

// joinedSchema returns the columns of left and, behind them, those of right that are not left out, and the names that the latter have in right.
func joinedSchema(left, right *dataset.Schema, without []string, suffix string, nullable bool) (*dataset.Schema, []string, error) {
	fields := left.Fields()
	var columns []string
	for _, f := range right.Fields() {
		if slices.Contains(without, f.Name) {
			continue
		}
		columns = append(columns, f.Name)
		if left.Index(f.Name) >= 0 {
			if suffix == "" {
				return nil, nil, fmt.Errorf("right: %w", &dataset.SchemaError{Column: f.Name, Want: "a name that left does not have, or a Suffix", Got: "a column of both sides"})
			}
			f.Name += suffix
		}
		f.Nullable = f.Nullable || nullable
		fields = append(fields, f)
	}
	s, err := dataset.NewSchema(fields...)
	return s, columns, err
}

// Schema implements dataset.Source.
func (j *joined) Schema() *dataset.Schema { return j.schema }

// Batches implements dataset.Source.
func (j *joined) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		t, err := j.build(ctx)
		if err != nil {
			yield(dataset.Batch{}, fmt.Errorf("relation: join: right: %w", err))
			return
		}
		defer t.padded.Release()
		for b, err := range j.left.Batches(ctx) {
			more := false
			if err == nil {
				more, err = j.probe(ctx, t, b, yield)
			}
			if err != nil {
				yield(dataset.Batch{}, err)
				return
			}
			if !more {
				return
			}
		}
	}
}

// built is the right side in memory.
type built struct {
	padded dataset.Batch // with a row of nulls behind it
	rows   int
	keys   *coder
	first  []int32 // the first row of each key
	next   []int32 // of each row, the next one with its key, or -1
}

func (j *joined) build(ctx context.Context) (t *built, err error) {
	names := append(slices.Clone(j.o.RightOn), j.columns...)
	slices.Sort(names)
	src, err := dataset.Select(ctx, j.right, slices.Compact(names)...)
	if err != nil {
		return nil, err
	}
	t = &built{keys: newCoder()}
	var held list
	defer func() { held.release() }()
	for b, err := range src.Batches(ctx) {
		if err == nil {
			t.next, err = t.keys.code(t.next, b, j.o.RightOn, true)
		}
		if err != nil {
			return nil, err
		}
		if held.keep(b); held.bytes > j.o.MaxBytes || held.rows >= math.MaxInt32 {
			return nil, fmt.Errorf("%d rows of %d bytes, want at most %d: %w", held.rows, held.bytes, j.o.MaxBytes, dataset.ErrLimit)
		}
	}
	t.rows = held.rows
	t.first = make([]int32, t.keys.len())
	for i := range t.first {
		t.first[i] = -1
	}
	for i, code := range slices.Backward(t.next) { // so that a chain has the order of the rows
		if code >= 0 {
			t.next[i], t.first[code] = t.first[code], int32(i)
		}
	}
	t.padded, err = held.padded(j.o.Allocator, src.Schema())
	return t, err
}

// probe yields the rows of one left batch.
func (j *joined) probe(ctx context.Context, t *built, b dataset.Batch, yield func(dataset.Batch, error) bool) (more bool, err error) {
	codes, err := t.keys.code(nil, b, j.o.LeftOn, false)
	if err != nil {
		return false, fmt.Errorf("relation: join: left: %w", err)
	}
	if j.o.Kind >= SemiJoin {
		keep := make([]bool, len(codes))
		for i, c := range codes {
			keep[i] = (c >= 0) == (j.o.Kind == SemiJoin)
		}
		out, err := keepOnly(j.o.Allocator, b, keep)
		if err != nil || out.IsZero() {
			return true, err
		}
		defer out.Release()
		return yield(out, nil), nil
	}
	var lefts, rights []int32
	flush := func() (bool, error) {
		if len(lefts) == 0 {
			return true, nil
		}
		if err := ctx.Err(); err != nil {
			return false, fmt.Errorf("relation: join: %w", err)
		}
		out, err := j.pairs(t, b, lefts, rights)
		lefts, rights = lefts[:0], rights[:0]
		if err != nil {
			return false, fmt.Errorf("relation: join: %w", err)
		}
		defer out.Release()
		return yield(out, nil), nil
	}
	for i, code := range codes {
		if code < 0 {
			if j.o.Kind == LeftJoin {
				lefts, rights = append(lefts, int32(i)), append(rights, int32(t.rows))
			}
			continue
		}
		for r := t.first[code]; r >= 0; r = t.next[r] {
			lefts, rights = append(lefts, int32(i)), append(rights, r)
			if len(lefts) == dataset.ChunkRows {
				if more, err := flush(); !more || err != nil {
					return false, err
				}
			}
		}
	}
	return flush()
}

func (j *joined) pairs(t *built, b dataset.Batch, lefts, rights []int32) (dataset.Batch, error) {
	left, err := gather(j.o.Allocator, b, lefts)
	if err != nil {
		return dataset.Batch{}, err
	}
	defer left.Release()
	right, err := gatherPadded(j.o.Allocator, t.padded, t.rows, rights)
	if err != nil {
		return dataset.Batch{}, err
	}
	defer right.Release()
	return beside(j.schema, left, right, j.columns)
}

// gatherPadded returns the rows of a batch that has n rows and one of nulls behind them.
func gatherPadded(mem memory.Allocator, padded dataset.Batch, n int, rows []int32) (dataset.Batch, error) {
	if slices.Contains(rows, int32(n)) {
		return dataset.Take(mem, padded, rows)
	}
	whole := padded.Slice(0, n) // without the nulls it is copied faster
	defer whole.Release()
	return gather(mem, whole, rows)
}
