package parquet

import (
	"context"
	"sync"

	"github.com/tidewheel/tidewheel/dataset"
)

// parallelValues is how many values a source has for which goroutines are started.
const parallelValues = 1 << 15

// pool hands out columns of batches to the goroutines that read. The one that takes the batches reads too, while the next of them is not whole.
//
// Who has read a column of a batch reads it of the next batch as well, when that is of the same row group: a page often reaches from one into the other. It is then in the caches of
// that processor still, and its memory is free for the next page. Of the columns that nobody has, the one furthest behind is next.
type pool struct {
	rd     *reading
	mu     sync.Mutex
	wake   sync.Cond
	slots  []*filling // batches from number taken on, up to opened
	taken  int        // batches that were taken
	opened int        // batches that were opened, whose columns are handed out
	handed int        // columns of batches that were handed out
	todo   []int      // the batch of which each column is read next
	failed []bool     // columns that cannot be read on
	early  line       // of the columns that say which rows are wanted, those that nobody has
	others line
	over   bool // there are no more batches to open
	quit   bool
}

// line is columns in the order in which they are next, as a heap.
type line struct {
	lanes []int
	todo  []int // of all columns
	place []int // of all columns
}

// isBefore reports whether the column at i is next before the one at j.
func (l *line) isBefore(i, j int) bool {
	a, b := l.lanes[i], l.lanes[j]
	return l.todo[a] < l.todo[b] || l.todo[a] == l.todo[b] && l.place[a] < l.place[b]
}

func (l *line) push(lane int) {
	l.lanes = append(l.lanes, lane)
	for i := len(l.lanes) - 1; i > 0 && l.isBefore(i, (i-1)/2); i = (i - 1) / 2 {
		l.lanes[i], l.lanes[(i-1)/2] = l.lanes[(i-1)/2], l.lanes[i]
	}
}

// pop takes the first column off.
func (l *line) pop() {
	n := len(l.lanes) - 1
	l.lanes[0] = l.lanes[n]
	l.lanes = l.lanes[:n]
	for i := 0; ; {
		next := 2*i + 1
		if next+1 < n && l.isBefore(next+1, next) {
			next++
		}
		if next >= n || !l.isBefore(next, i) {
			return
		}
		l.lanes[i], l.lanes[next] = l.lanes[next], l.lanes[i]
		i = next
	}
}

func newPool(rd *reading, workers int) *pool {
	n := len(rd.lanes)
	slots := 1
	if workers > 1 {
		slots = workers + ahead
	}
	p := &pool{rd: rd, slots: make([]*filling, slots), todo: make([]int, n), failed: make([]bool, n)}
	p.wake.L = &p.mu
	place := make([]int, n)
	for i, lane := range rd.order {
		place[lane] = i
	}
	p.early = line{lanes: append([]int(nil), rd.order[:rd.early]...), todo: p.todo, place: place}
	p.others = line{lanes: append([]int(nil), rd.order[rd.early:]...), todo: p.todo, place: place}
	return p // in order, so that the lines are heaps
}

// run passes on the batches that are read with so many goroutines, the caller's being one of them.
func (p *pool) run(ctx context.Context, workers int, emit func(dataset.Batch) bool) error {
	var wait sync.WaitGroup
	defer func() {
		p.mu.Lock()
		p.quit = true
		p.wake.Broadcast()
		p.mu.Unlock()
		wait.Wait()
		for _, b := range p.slots {
			if b != nil {
				release(b.arrays)
			}
		}
	}()
	for range workers - 1 {
		wait.Go(p.work)
	}
	w := &worker{slab: p.rd.slab}
	for {
		b, err := p.take(ctx, w)
		if b == nil || err != nil {
			return err
		}
		if more, err := p.rd.pass(b, emit); err != nil || !more {
			return err
		}
	}
}

// take reads columns until the next batch has all of them, and makes room for another one. It is nil behind the last.
func (p *pool) take(ctx context.Context, w *worker) (*filling, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	held := none
	defer func() { p.put(held) }()
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if b := p.open(p.taken); b != nil && b.left == 0 {
			p.slots[p.taken%len(p.slots)] = nil
			p.taken++
			p.wake.Broadcast()
			return b, nil
		}
		var b *filling
		b, held = p.next(held)
		switch {
		case b != nil:
			p.read(w, b, held)
		case p.over && p.taken == p.opened:
			return nil, nil
		default:
			p.wake.Wait()
		}
	}
}

// work reads columns until there are no more.
func (p *pool) work() {
	w := &worker{slab: p.rd.slab}
	p.mu.Lock()
	defer p.mu.Unlock()
	for held := none; !p.quit; {
		var b *filling
		b, held = p.next(held)
		switch {
		case b != nil:
			p.read(w, b, held)
		case p.over && p.handed == p.opened*len(p.todo):
			return
		default:
			p.wake.Wait()
		}
	}
}

const (
	none  = -1 // no column
	ahead = 1  // batches that are read at once beside one a goroutine, where there are several
)

// next returns the column to read next, and its batch; a nil batch for none at present. held is the column that the caller has read.
func (p *pool) next(held int) (*filling, int) {
	if held != none {
		if b := p.batch(held); b != nil && !b.first {
			return p.hand(b, held)
		}
		p.put(held)
	}
	for _, l := range p.lines() {
		if len(l.lanes) == 0 {
			continue
		}
		lane := l.lanes[0]
		if b := p.batch(lane); b != nil {
			l.pop()
			return p.hand(b, lane)
		}
	}
	return nil, none
}

func (p *pool) hand(b *filling, lane int) (*filling, int) {
	p.todo[lane]++
	p.handed++
	return b, lane
}

// put gives a column back.
func (p *pool) put(lane int) {
	switch {
	case lane == none:
	case p.isEarly(lane):
		p.early.push(lane)
	default:
		p.others.push(lane)
	}
}

func (p *pool) isEarly(lane int) bool { return p.early.place[lane] < p.rd.early }

// lines returns the columns that nobody has, those first that are further behind.
func (p *pool) lines() [2]*line {
	if len(p.early.lanes) > 0 && len(p.others.lanes) > 0 && p.todo[p.early.lanes[0]] > p.todo[p.others.lanes[0]] {
		return [2]*line{&p.others, &p.early}
	}
	return [2]*line{&p.early, &p.others}
}

// open returns a batch, nil when there is none or no room for it.
func (p *pool) open(n int) *filling {
	if n == p.opened && !p.over && n < p.taken+len(p.slots) {
		if st, ok := p.rd.cursor.next(); ok {
			p.slots[n%len(p.slots)] = p.rd.newFilling(st)
			p.opened++
		} else {
			p.over = true
			p.wake.Broadcast()
		}
	}
	if n >= p.opened {
		return nil
	}
	return p.slots[n%len(p.slots)]
}

// batch returns the batch of which a column is read next, nil when there is none at present or its wanted rows are not known.
func (p *pool) batch(lane int) *filling {
	if b := p.open(p.todo[lane]); b != nil && (b.early == 0 || p.isEarly(lane)) {
		return b
	}
	return nil
}

// read reads a column of a batch, without the lock meanwhile.
func (p *pool) read(w *worker, b *filling, lane int) {
	switch {
	case p.failed[lane], b.stopped, b.early == 0 && b.err != nil && b.failed < lane: // its error, if it has one, is not the batch's
		p.failed[lane] = true
		b.fail(len(p.failed), errStopped)
	default:
		keep := b.keep
		p.mu.Unlock()
		a, err := p.rd.advance(w, lane, b, keep)
		p.mu.Lock()
		p.failed[lane] = err != nil
		b.arrays[lane] = a
		b.fail(lane, err)
	}
	if b.early == 1 {
		p.mu.Unlock()
		b.decide(p.rd)
		p.mu.Lock()
		b.stopped = b.err != nil
	}
	if b.early > 0 {
		b.early--
	}
	b.left--
	p.wake.Broadcast()
}

// errStopped stands in for the error of a column that came with an earlier batch.
var errStopped = formatError("", "columns that can be read", "one that could not")
