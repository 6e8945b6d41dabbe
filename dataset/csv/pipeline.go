package csv

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

// pipeline reads the blocks of a text, parses several at once and passes them on in order.
type pipeline struct {
	cut     *cutter
	workers int
	parse   func(*block)       // called by any goroutine
	merge   func(*block) error // called in order
}

// serialBlocks are parsed before workers start: small files need none, and what the first block says of types helps those behind it.
const serialBlocks = 2

// run reads to the end of the text, to the first error of merge, which errStop is none of, or until ended returns an error.
func (p *pipeline) run(ended func() error) error {
	b := &block{}
	for n := 0; p.workers == 1 || n < serialBlocks; n++ {
		if err := ended(); err != nil {
			return err
		}
		err := p.cut.next(b)
		if err == nil {
			p.parse(b)
			err = p.merge(b)
		}
		if err != nil {
			return ending(err)
		}
	}
	return ending(p.parallel(ended))
}

var errStop = errors.New("no more is wanted")

// ending returns nil for an end that is no error.
func ending(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, errStop) {
		return nil
	}
	return err
}

func (p *pipeline) parallel(ended func() error) error {
	held := 3 * p.workers
	free, order := make(chan *block, held), make(chan *block, held)
	for range held {
		free <- &block{done: make(chan struct{}, 1)}
	}
	quit := make(chan struct{})
	var wait sync.WaitGroup
	defer wait.Wait()
	defer close(quit)
	var cutting sync.Mutex
	var end error
	work := func() {
		for {
			var b *block
			select {
			case b = <-free:
			case <-quit:
				return
			}
			cutting.Lock()
			if end == nil {
				if end = p.cut.next(b); end == nil {
					order <- b // has room for every block
				} else {
					close(order)
				}
			}
			over := end != nil
			cutting.Unlock()
			if over {
				return
			}
			p.parse(b)
			b.done <- struct{}{}
		}
	}
	for range p.workers {
		wait.Go(work)
	}
	for b := range order {
		<-b.done
		if err := ended(); err != nil {
			return err
		}
		if err := p.merge(b); err != nil {
			return err
		}
		free <- b
	}
	return end
}

// parseColumns reads the columns of a block up to the first row that has a cell that is no value.
func parseColumns(b *block, columns []column) {
	b.vectors = sized(b.vectors, len(columns))
	for i := range columns {
		if r := columns[i].read(b, &b.vectors[i]); r < b.rows {
			b.cut(r, columns[i].fault(b, r))
		}
	}
}

// assembler makes batches of blocks.
type assembler struct {
	builders []builder // nil ones give nil arrays
	limit    int       // rows of a batch
	rows     int       // in the builders
	mem      memory.Allocator
	flush    func(columns []arrow.Array, n int) error // takes the references
}

func newAssembler(s *dataset.Schema, limit int, mem memory.Allocator) *assembler {
	a := &assembler{builders: make([]builder, s.Len()), limit: limit, mem: mem}
	for i, f := range s.Arrow().Fields() {
		a.builders[i] = newBuilder(f.Type, mem)
	}
	return a
}

// add appends the rows of b.
func (a *assembler) add(b *block) error {
	for from := 0; from < b.rows; {
		to := min(b.rows, from+a.limit-a.rows)
		for i, to1 := range a.builders {
			if to1 != nil && !to1.add(&b.vectors[i], from, to) {
				return fmt.Errorf("csv: line %d: text of a batch: %w", b.lineOf(from), dataset.ErrLimit)
			}
		}
		a.rows += to - from
		if from = to; a.rows == a.limit {
			if err := a.end(); err != nil {
				return err
			}
		}
	}
	return nil
}

// end flushes the rows that are there.
func (a *assembler) end() error {
	if a.rows == 0 {
		return nil
	}
	columns, n := make([]arrow.Array, len(a.builders)), a.rows
	for i, b := range a.builders {
		if b != nil {
			columns[i] = b.take(a.mem)
		}
	}
	a.rows = 0
	return a.flush(columns, n)
}

func (a *assembler) release() {
	for _, b := range a.builders {
		if b != nil {
			b.release()
		}
	}
}
