package relation

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/canon"
)

// values writes the times of a column into dst.
func (c *clock) values(dst []int64, column arrow.Array) error {
	switch a := column.(type) {
	case *array.Int64:
		copy(dst, a.Int64Values())
	case *array.Timestamp:
		copy(dst, arrow.GetData[int64](arrow.GetBytes(a.TimestampValues())))
	case *array.Float64:
		for i, v := range a.Float64Values() {
			dst[i] = ordered(v)
		}
	case *array.Float32:
		for i, v := range a.Float32Values() {
			dst[i] = ordered(float64(v))
		}
	default:
		if whole := canon.Integers(column); whole != nil {
			for i := range dst {
				dst[i] = whole(i)
			}
			return nil
		}
		return fmt.Errorf("column %q: arrow type %s: %w", c.column, column.DataType(), dataset.ErrUnsupported)
	}
	return nil
}

// window is the part of the right side that left rows to come may have for a partner.
type window struct {
	*asOf
	source *dataset.Schema // of the columns that are read of the right
	next   func() (dataset.Batch, error, bool)
	stop   func()
	ended  bool
	clock  clock
	keys   *coder
	within func(a, b int64) bool

	rows  list    // the right rows that are held
	times []int64 // of them
	codes []int32 // the number of each row's key, -1 for one with a null; nil without By
	last  []int32 // Backward: of each key, its last row so far among those held, or -1
	at    int     // the next row that no left row has reached

	all   dataset.Batch // Forward, Nearest: the rows of the right and a row of nulls
	order []int32       // the rows of one key behind those of another
	from  []int32       // of each key, its first row to come in order; one more is the end
	ends  []int32

	left    []int64 // times of a left batch
	partner []int32
}

func (j *asOf) newWindow(ctx context.Context) (*window, error) {
	names := slices.Concat([]string{j.o.RightTime}, j.o.RightBy, j.columns)
	slices.Sort(names)
	src, err := dataset.Select(ctx, j.right, slices.Compact(names)...)
	if err != nil {
		return nil, err
	}
	w := &window{
		asOf: j, source: src.Schema(), clock: clock{column: j.o.RightTime, side: "right", last: math.MinInt64, floats: j.floats},
		keys: newCoder(), within: j.within(),
	}
	w.next, w.stop = iter.Pull2(src.Batches(ctx))
	if j.o.Direction != Backward {
		for !w.ended && err == nil {
			err = w.pull()
		}
		if err == nil {
			w.all, err = w.rows.padded(j.o.Allocator, w.source)
		}
		if err != nil {
			w.close()
			return nil, err
		}
		w.sortByKey()
	}
	return w, nil
}

func (w *window) close() {
	w.stop()
	w.rows.release()
	w.all.Release()
}

// pull adds a batch of the right.
func (w *window) pull() error {
	b, err, ok := w.next()
	switch {
	case !ok:
		w.ended = true
		return nil
	case err != nil:
		return fmt.Errorf("right: %w", err)
	case b.NumRows() == 0:
		return nil
	}
	if w.times, err = w.clock.read(w.times, b); err != nil {
		return err
	}
	if len(w.o.By) > 0 {
		if w.codes, err = w.keys.code(w.codes, b, w.o.RightBy, true); err != nil {
			return err
		}
		for len(w.last) < w.keys.len() {
			w.last = append(w.last, -1)
		}
	}
	if w.rows.keep(b); w.rows.bytes > w.o.MaxBytes || w.rows.rows >= math.MaxInt32-1 {
		return fmt.Errorf("right: %d rows of %d bytes are held, want at most %d: %w", w.rows.rows, w.rows.bytes, w.o.MaxBytes, dataset.ErrLimit)
	}
	return nil
}

// join returns the rows of b beside their partners. The caller owns it.
func (w *window) join(ctx context.Context, left *clock, b dataset.Batch) (dataset.Batch, error) {
	if err := ctx.Err(); err != nil {
		return dataset.Batch{}, err
	}
	var err error
	if w.left, err = left.read(w.left[:0], b); err != nil {
		return dataset.Batch{}, err
	}
	var codes []int32
	if w.o.Direction == Backward {
		err = w.advance(left.last)
	}
	if err == nil && len(w.o.By) > 0 {
		codes, err = w.keys.code(nil, b, w.o.By, false)
	}
	if err != nil {
		return dataset.Batch{}, err
	}
	w.partner = slices.Grow(w.partner[:0], b.NumRows())[:b.NumRows()]
	if w.o.Direction != Backward {
		w.lookAhead(codes)
		return w.pairs(b, w.all)
	}
	if codes == nil {
		w.lookBack()
	} else {
		w.lookBackByKey(codes)
	}
	padded, err := w.rows.padded(w.o.Allocator, w.source)
	if err != nil {
		return dataset.Batch{}, err
	}
	defer padded.Release()
	out, err := w.pairs(b, padded)
	if err != nil {
		return dataset.Batch{}, err
	}
	held := padded.Slice(0, len(w.times))
	defer held.Release()
	if err := w.forget(held); err != nil {
		out.Release()
		return dataset.Batch{}, err
	}
	return out, nil
}

// pairs returns the rows of b beside those of the right, which has a row of nulls at its end.
func (w *window) pairs(b, padded dataset.Batch) (dataset.Batch, error) {
	right, err := gatherPadded(w.o.Allocator, padded, padded.NumRows()-1, w.partner)
	if err != nil {
		return dataset.Batch{}, err
	}
	defer right.Release()
	return beside(w.schema, b, right, w.columns)
}

// advance reads the right up to the first row behind the time of the last left row. What is before the first left row is passed at once, so that it need not be held.
func (w *window) advance(last int64) error {
	for !w.ended && (len(w.times) == 0 || w.times[len(w.times)-1] <= last) {
		if err := w.pull(); err != nil {
			return err
		}
		if n := len(w.times); n == 0 || w.times[n-1] >= w.left[0] || w.rows.rows < 2*len(w.last)+dataset.ChunkRows {
			continue
		}
		w.pass(w.left[0])
		held, err := w.rows.whole(w.o.Allocator, w.source)
		if err != nil {
			return err
		}
		err = w.forget(held)
		held.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

// pass goes to the first right row that is no partner for a left row at time t.
func (w *window) pass(t int64) {
	at, times := w.at, w.times
	if w.o.Strict {
		for at < len(times) && times[at] < t {
			at++
		}
	} else {
		for at < len(times) && times[at] <= t {
			at++
		}
	}
	if w.codes != nil {
		for i := w.at; i < at; i++ {
			if code := w.codes[i]; code >= 0 {
				w.last[code] = int32(i)
			}
		}
	}
	w.at = at
}

// lookBack finds the partners of left rows when there is one key.
func (w *window) lookBack() {
	none := int32(len(w.times))
	for i, t := range w.left {
		if w.at < len(w.times) && w.times[w.at] <= t {
			w.pass(t)
		}
		w.partner[i] = int32(w.at) - 1
		if w.at == 0 || w.within != nil && !w.within(w.times[w.at-1], t) {
			w.partner[i] = none
		}
	}
}

func (w *window) lookBackByKey(codes []int32) {
	none := int32(len(w.times))
	for i, t := range w.left {
		if w.at < len(w.times) && w.times[w.at] <= t {
			w.pass(t)
		}
		w.partner[i] = none
		if codes[i] < 0 {
			continue
		}
		if r := w.last[codes[i]]; r >= 0 && (w.within == nil || w.within(w.times[r], t)) {
			w.partner[i] = r
		}
	}
}

// sortByKey puts the rows of one key behind those of another.
func (w *window) sortByKey() {
	w.from = make([]int32, max(w.keys.len(), 1)+1)
	code := func(i int) int32 {
		if w.codes == nil {
			return 0
		}
		return w.codes[i]
	}
	total := int32(0)
	for i := range w.times {
		if c := code(i); c >= 0 {
			w.from[c+1]++
			total++
		}
	}
	for c := 1; c < len(w.from); c++ {
		w.from[c] += w.from[c-1]
	}
	w.ends = slices.Clone(w.from[1:])
	w.order = make([]int32, total)
	place := slices.Clone(w.from)
	for i := range w.times {
		if c := code(i); c >= 0 {
			w.order[place[c]] = int32(i)
			place[c]++
		}
	}
}

// lookAhead finds the partners of left rows in the right rows of their keys, all of which are held.
func (w *window) lookAhead(codes []int32) {
	starts := w.from
	none := int32(len(w.times))
	for i, t := range w.left {
		w.partner[i] = none
		code := int32(0)
		if codes != nil {
			code = codes[i]
		}
		if code < 0 {
			continue
		}
		at, end := starts[code], w.ends[code]
		for at < end && w.times[w.order[at]] < t { // what is before the row's time
			at++
		}
		starts[code] = at
		begin := int32(0)
		if code > 0 {
			begin = w.ends[code-1]
		}
		w.partner[i] = w.nearest(t, begin, at, end)
	}
}

// nearest returns the partner at time t among the rows of one key, from begin to end in order, the first of which that is not before t is at.
func (w *window) nearest(t int64, begin, at, end int32) int32 {
	none := int32(len(w.times))
	before, after := at-1, at
	for after < end && w.times[w.order[after]] == t { // the rows of the time itself
		if !w.o.Strict {
			if w.o.Direction == Forward {
				break
			}
			before = after
		}
		after++
	}
	best := none
	if before >= begin && w.o.Direction == Nearest {
		best = w.order[before]
	}
	if after < end && (best == none || w.closer(t, w.order[after], best)) {
		best = w.order[after]
	}
	if best != none && w.within != nil && !w.within(w.times[best], t) {
		return none
	}
	return best
}

// closer reports whether row a is closer to t than row b, which is not after t.
func (w *window) closer(t int64, a, b int32) bool {
	if w.floats {
		return floatOf(w.times[a])-floatOf(t) < floatOf(t)-floatOf(w.times[b])
	}
	return uint64(w.times[a])-uint64(t) < uint64(t)-uint64(w.times[b])
}

// forget keeps the rows of held that may still be partners.
func (w *window) forget(held dataset.Batch) error {
	if w.codes == nil {
		return w.forgetBefore(held, max(w.at-1, 0))
	}
	if w.at < 2*len(w.last)+dataset.ChunkRows {
		w.rows.keep(held)
		return nil
	}
	var rows []int32
	for _, r := range w.last {
		if r >= 0 {
			rows = append(rows, r)
		}
	}
	slices.Sort(rows) // the times stay in order
	passed := len(rows)
	for r := w.at; r < held.NumRows(); r++ {
		rows = append(rows, int32(r))
	}
	part, err := dataset.Take(w.o.Allocator, held, rows)
	if err != nil {
		return err
	}
	w.rows.take(part)
	for i, r := range rows {
		w.times[i], w.codes[i] = w.times[r], w.codes[r]
		if i < passed {
			w.last[w.codes[i]] = int32(i)
		}
	}
	w.times, w.codes, w.at = w.times[:len(rows)], w.codes[:len(rows)], passed
	return nil
}

// forgetBefore keeps the rows of held from first on.
func (w *window) forgetBefore(held dataset.Batch, first int) error {
	rest := held.Slice(first, held.NumRows())
	if 4*rest.NumRows() < held.NumRows() { // a slice would keep the memory of all
		defer rest.Release()
		rows := make([]int32, rest.NumRows())
		for i := range rows {
			rows[i] = int32(i)
		}
		var err error
		if rest, err = dataset.Take(w.o.Allocator, rest, rows); err != nil {
			return err
		}
	}
	w.rows.take(rest)
	w.times = append(w.times[:0], w.times[first:]...)
	w.at -= first
	return nil
}
