package dataset

import (
	"context"
	"runtime"
	"strconv"
	"sync"

	"github.com/apache/arrow/go/v17/arrow/memory"
)

// ChunkRows is the number of rows that Run gives to one fold.
const ChunkRows = 65_536

// Folder is a statistic over more than one batch. Observe borrows its batch. Merge adds a fold of the rows that come right after the receiver's; the argument
// is not used again. A Folder is used by one goroutine at a time.
type Folder[F any] interface {
	Observe(b Batch) error
	Merge(next F) error
}

// RunOptions says how Run works. The zero value is ready to use.
type RunOptions struct {
	Workers   int              // goroutines that fold; 0 is GOMAXPROCS, 1 starts none
	Allocator memory.Allocator // for re-cut batches; nil is Go's
}

// Run folds the rows of s. It re-cuts them to chunks of ChunkRows rows, gives each chunk, as one batch, to a fold of its own from newFold, and merges the folds
// in chunk order: the bits of the result depend on the rows alone, never on workers or on the reader's batches. A source without rows gives newFold(). It
// holds at most workers+1 chunks at a time, and no goroutine outlives the call. The first error in row order is returned, with a zero F.
func Run[F Folder[F]](ctx context.Context, s Source, newFold func() F, o RunOptions) (F, error) {
	var none F
	if o.Workers < 0 {
		return none, &OptionError{Field: "dataset.RunOptions.Workers", Value: strconv.Itoa(o.Workers), Want: "0 or more"}
	}
	workers := o.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	mem := o.Allocator
	if mem == nil {
		mem = memory.DefaultAllocator
	}
	r := &runner[F]{newFold: newFold, slots: make(chan struct{}, workers), serial: workers == 1}
	err := recut(ctx, s, mem, r.chunk)
	r.wait.Wait()
	if foldErr := r.collect(); foldErr != nil {
		err = foldErr
	}
	if err != nil {
		return none, err
	}
	if !r.started {
		return newFold(), nil
	}
	return r.total, nil
}

type runner[F Folder[F]] struct {
	newFold func() F
	slots   chan struct{}
	wait    sync.WaitGroup
	serial  bool
	pending []*chunkFold[F] // in chunk order
	total   F
	started bool
}

type chunkFold[F any] struct {
	fold F
	err  error
	done chan struct{}
}

// chunk folds b, which it owns, on a goroutine of its own when there is a free slot.
func (r *runner[F]) chunk(b Batch) error {
	c := &chunkFold[F]{done: make(chan struct{})}
	work := func() {
		defer close(c.done)
		defer b.Release()
		c.fold = r.newFold()
		c.err = c.fold.Observe(b)
	}
	r.pending = append(r.pending, c)
	if r.serial {
		work()
		return r.collect()
	}
	r.slots <- struct{}{}
	r.wait.Go(func() {
		defer func() { <-r.slots }()
		work()
	})
	return r.drain(false)
}

// collect merges every pending fold, waiting for it.
func (r *runner[F]) collect() error { return r.drain(true) }

func (r *runner[F]) drain(wait bool) error {
	for len(r.pending) > 0 {
		c := r.pending[0]
		if !wait && len(r.pending) <= cap(r.slots) {
			select {
			case <-c.done:
			default:
				return nil
			}
		}
		<-c.done
		r.pending = r.pending[1:]
		if c.err != nil {
			r.pending = nil
			return c.err
		}
		if !r.started {
			r.total, r.started = c.fold, true
		} else if err := r.total.Merge(c.fold); err != nil {
			r.pending = nil
			return err
		}
	}
	return nil
}

// recut passes the rows of s on in owned batches of exactly ChunkRows rows, the last one shorter.
func recut(ctx context.Context, s Source, mem memory.Allocator, emit func(Batch) error) error {
	var held []Batch
	rows := 0
	release := func() {
		for _, b := range held {
			b.Release()
		}
		held, rows = nil, 0
	}
	defer release()
	flush := func() error {
		b, err := Concatenate(mem, s.Schema(), held...)
		release()
		if err != nil {
			return err
		}
		return emit(b)
	}
	for b, err := range s.Batches(ctx) {
		if err != nil {
			return err
		}
		for at, n := 0, b.NumRows(); at < n; {
			take := min(n-at, ChunkRows-rows)
			held = append(held, b.Slice(at, at+take))
			at += take
			rows += take
			if rows == ChunkRows {
				if err := flush(); err != nil {
					return err
				}
			}
		}
	}
	if rows > 0 {
		return flush()
	}
	return ctx.Err()
}

// Both is two folds in one, so that one pass feeds them both; nest it for more.
type Both[A Folder[A], B Folder[B]] struct {
	First  A
	Second B
}

// Observe implements Folder.
func (p *Both[A, B]) Observe(b Batch) error {
	if err := p.First.Observe(b); err != nil {
		return err
	}
	return p.Second.Observe(b)
}

// Merge implements Folder.
func (p *Both[A, B]) Merge(next *Both[A, B]) error {
	if err := p.First.Merge(next.First); err != nil {
		return err
	}
	return p.Second.Merge(next.Second)
}
