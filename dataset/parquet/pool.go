package parquet

import (
	"context"
	"sync"

	"github.com/tidewheel/tidewheel/dataset"
)

// parallelValues is how many values a source has for which goroutines are started.
const parallelValues = 1 << 15

// pool hands out the columns of one batch behind the other to goroutines.
type pool struct {
	rd     *reading
	mu     sync.Mutex
	wake   sync.Cond
	slots  []*filling // batches from number taken on
	taken  int        // batches that were taken
	batch  int        // the batch of which the next column is handed out
	at     int        // that column, in the order of reading
	busy   []bool     // columns that are being read
	failed []bool     // columns that cannot be read on
	over   bool       // there are no more batches to hand out
	quit   bool
}

// parallel reads columns in goroutines, at most Workers+1 batches ahead.
func (rd *reading) parallel(ctx context.Context, emit func(dataset.Batch) bool) error {
	n := len(rd.lanes)
	p := &pool{rd: rd, slots: make([]*filling, rd.s.o.Workers+1), busy: make([]bool, n), failed: make([]bool, n)}
	p.wake.L = &p.mu
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
	for range min(rd.s.o.Workers, n) {
		wait.Go(p.work)
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		b := p.take()
		if b == nil {
			return nil
		}
		if more, err := rd.pass(b, emit); err != nil || !more {
			return err
		}
	}
}

// take waits for the next batch and makes room for another one. It is nil behind the last.
func (p *pool) take() *filling {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.taken % len(p.slots)
	for p.slots[at] == nil || p.slots[at].left > 0 {
		if p.over && p.taken == p.batch {
			return nil
		}
		p.wake.Wait()
	}
	b := p.slots[at]
	p.slots[at] = nil
	p.taken++
	p.wake.Broadcast()
	return b
}

// work reads columns until there are no more.
func (p *pool) work() {
	w := &worker{}
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		b, lane := p.next()
		switch {
		case b != nil:
			p.read(w, b, lane)
			p.wake.Broadcast()
		case p.over || p.quit:
			return
		default:
			p.wake.Wait()
		}
	}
}

// read reads a column of a batch, without the lock meanwhile.
func (p *pool) read(w *worker, b *filling, lane int) {
	if p.failed[lane] || (b.err != nil && b.early == 0) {
		p.failed[lane] = true
		if b.err == nil {
			b.err, b.failed = errStopped, len(p.failed)
		}
	} else {
		keep := b.keep
		p.busy[lane] = true
		p.mu.Unlock()
		a, err := p.rd.advance(w, lane, b, keep)
		p.mu.Lock()
		p.busy[lane] = false
		p.failed[lane] = err != nil
		b.arrays[lane] = a
		b.fail(lane, err)
	}
	if b.early == 1 {
		p.mu.Unlock()
		b.decide(p.rd)
		p.mu.Lock()
	}
	if b.early > 0 {
		b.early--
	}
	b.left--
}

// errStopped stands in for the error of a column that came with an earlier batch.
var errStopped = formatError("", "columns that can be read", "one that could not")

// next returns the column to read next, a nil batch for none at present.
func (p *pool) next() (*filling, int) {
	if p.over || p.quit || p.batch == p.taken+len(p.slots) {
		return nil, 0
	}
	lane, at := p.rd.order[p.at], p.batch%len(p.slots)
	if p.busy[lane] || (p.at >= p.rd.early && p.at > 0 && p.slots[at].early > 0) {
		return nil, 0
	}
	if p.at == 0 {
		st, ok := p.rd.cursor.next()
		if !ok {
			p.over = true
			p.wake.Broadcast()
			return nil, 0
		}
		p.slots[at] = p.rd.newFilling(st)
	}
	b := p.slots[at]
	if p.at++; p.at == len(p.rd.order) {
		p.at = 0
		p.batch++
	}
	return b, lane
}
