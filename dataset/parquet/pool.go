package parquet

import (
	"context"
	"sync"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/tidewheel/tidewheel/dataset"
)

// parallelValues is how many values a source has for which goroutines are started.
const parallelValues = 1 << 17

// filling is a batch whose columns are being read.
type filling struct {
	step
	arrays []arrow.Array
	left   int // columns
	failed int // the first column with an error
	err    error
}

// pool hands out the columns of one batch behind the other to goroutines.
type pool struct {
	rd     *reading
	mu     sync.Mutex
	wake   sync.Cond
	slots  []*filling // batches from number done on
	done   int        // batches that were taken
	batch  int        // the batch of which the next column is handed out
	lane   int        // that column
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
		for _, s := range p.slots {
			if s != nil {
				release(s.arrays)
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
		s := p.take()
		if s == nil {
			return nil
		}
		if s.err != nil {
			release(s.arrays)
			return s.err
		}
		if more, err := rd.pass(s.arrays, s.rows, emit); err != nil || !more {
			return err
		}
	}
}

// take waits for the next batch and makes room for another one. It is nil behind the last.
func (p *pool) take() *filling {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.done % len(p.slots)
	for p.slots[at] == nil || p.slots[at].left > 0 {
		if p.over && p.done == p.batch {
			return nil
		}
		p.wake.Wait()
	}
	s := p.slots[at]
	p.slots[at] = nil
	p.done++
	p.wake.Broadcast()
	return s
}

// work reads columns until there are no more.
func (p *pool) work() {
	w := &worker{}
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		s, lane := p.next()
		if s == nil {
			if p.over || p.quit {
				return
			}
			p.wake.Wait()
			continue
		}
		var a arrow.Array
		var err error
		if p.failed[lane] {
			err = errStopped
		} else {
			p.busy[lane] = true
			p.mu.Unlock()
			a, err = p.rd.advance(w, lane, s.step)
			p.mu.Lock()
			p.busy[lane] = false
		}
		s.arrays[lane] = a
		if err != nil {
			p.failed[lane] = true
			if s.err == nil || lane < s.failed {
				s.err, s.failed = err, lane
			}
		}
		s.left--
		p.wake.Broadcast()
	}
}

var errStopped = formatError("", "columns that can be read", "one that could not")

// next returns the column to read next, a nil batch for none at present.
func (p *pool) next() (*filling, int) {
	if p.over || p.quit || p.batch == p.done+len(p.slots) || p.busy[p.lane] {
		return nil, 0
	}
	at := p.batch % len(p.slots)
	if p.lane == 0 {
		st, ok := p.rd.cursor.next()
		if !ok {
			p.over = true
			p.wake.Broadcast()
			return nil, 0
		}
		p.slots[at] = &filling{step: st, arrays: make([]arrow.Array, len(p.rd.lanes)), left: len(p.rd.lanes)}
	}
	s, lane := p.slots[at], p.lane
	if p.lane++; p.lane == len(p.rd.lanes) {
		p.lane = 0
		p.batch++
	}
	return s, lane
}
