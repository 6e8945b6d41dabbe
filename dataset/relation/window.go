package relation

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
)

// The first places of window.last.
const (
	noKey    = 0 // for left rows without a key: stays -1
	anyKey   = 1 // for right rows without one: nobody looks
	firstKey = 2 // of key 0
)

// window is the part of the right side that left rows to come may have for a partner.
type window struct {
	*asOf
	source *dataset.Schema // of the columns of the right that are in the result
	next   func() (dataset.Batch, error, bool)
	stop   func()
	ended  bool
	clock  clock
	keys   *coder
	within func(a, b int64) bool

	rows  list    // the right rows that are held
	times []int64 // of them
	codes []int32 // the number of each row's key, -1 for one with a null; nil without By
	last  []int32 // Backward: of each key, behind two places, its last row so far among those held, or -1
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
	source, err := j.right.Schema().Select(j.columns...)
	if err != nil {
		return nil, err
	}
	w := &window{
		asOf: j, source: source, clock: clock{column: j.o.RightTime, side: "right", last: math.MinInt64, floats: j.floats},
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
		for len(w.last) < w.keys.len()+firstKey {
			w.last = append(w.last, -1)
		}
	}
	part, err := beside(w.source, dataset.Batch{}, b, w.columns) // the times and the keys are known now
	if err != nil {
		return err
	}
	if w.rows.take(part); w.rows.bytes+int64(8*len(w.times)+4*len(w.codes)) > w.o.MaxBytes || w.rows.rows >= math.MaxInt32-1 {
		return fmt.Errorf("right: %d rows of %d bytes are held, want at most %d: %w", w.rows.rows, w.rows.bytes+int64(8*len(w.times)+4*len(w.codes)), w.o.MaxBytes, dataset.ErrLimit)
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
			w.last[w.codes[i]+firstKey] = int32(i) // a row without a key, -1, goes to anyKey
		}
	}
	w.at = at
}

// lookBack finds the partners of left rows when there is one key. Both sides go on without a branch, which would be guessed wrong half of the time.
func (w *window) lookBack() {
	i, at := 0, w.at
	left, times, partner := w.left, w.times, w.partner[:len(w.left)]
	strict := 0
	if w.o.Strict {
		strict = 1
	}
	for i < len(left) && at < len(times) {
		step, same := 0, 0
		if times[at] <= left[i] {
			step = 1
		}
		if times[at] == left[i] {
			same = strict
		}
		step -= same
		partner[i] = int32(at) - 1
		at += step
		i += 1 - step
	}
	for ; i < len(left); i++ {
		partner[i] = int32(at) - 1
	}
	w.at = at
	w.settle()
}

// lookBackByKey finds the partners of left rows with the keys of those numbers, without a branch on times as merge does: each step enters a right row as the last one of its key, or of
// noKey's neighbour when it is too late, and looks up a left row, which counts when it is the last time.
func (w *window) lookBackByKey(codes []int32) {
	for i, c := range codes {
		if codes[i] = c + firstKey; c < 0 {
			codes[i] = noKey
		}
	}
	if len(w.last) == 0 { // no right row so far
		w.last = []int32{-1, -1}
	}
	i, at := 0, w.at
	left, times, keys, last, partner := w.left, w.times, w.codes, w.last, w.partner[:len(w.left)]
	strict := 0
	if w.o.Strict {
		strict = 1
	}
	for i < len(left) && at < len(times) {
		step, same, key := 0, 0, int32(anyKey)
		if times[at] <= left[i] {
			step = 1
		}
		if times[at] == left[i] {
			same = strict
		}
		if step -= same; step != 0 {
			key = keys[at] + firstKey
		}
		last[key] = int32(at)
		partner[i] = last[codes[i]]
		at += step
		i += 1 - step
	}
	for ; i < len(left); i++ {
		partner[i] = last[codes[i]]
	}
	w.at = at
	w.settle()
}

// settle puts the row of nulls where there is no partner, or none within the tolerance.
func (w *window) settle() {
	none := int32(len(w.times))
	for i, r := range w.partner {
		if r < 0 || w.within != nil && !w.within(w.times[r], w.left[i]) {
			w.partner[i] = none
		}
	}
}

// forget keeps the rows of held that may still be partners.
func (w *window) forget(held dataset.Batch) error {
	if w.codes == nil {
		return w.forgetBefore(held, max(w.at-1, 0))
	}
	if w.at < 2*len(w.last)+1024 { // not worth the copy yet
		w.rows.keep(held)
		return nil
	}
	var rows []int32
	for _, r := range w.last[min(firstKey, len(w.last)):] {
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
			w.last[w.codes[i]+firstKey] = int32(i)
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
