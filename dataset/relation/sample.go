package relation

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

// SampleOptions says which rows Sample draws. One of Rows and Share is given.
type SampleOptions struct {
	Rows      int              // number of rows, 1 or more; all rows of a source that has no more
	Share     float64          // probability with which each row is drawn, above 0 and at most 1
	Seed      uint64           // the same seed draws the same rows, whatever the batches
	Allocator memory.Allocator // for the batches; nil is Go's
}

// Sample returns rows drawn at random from src, without replacement and in src's order. With Rows, every set of that many rows is equally likely, and src is read once
// before the first row comes: it holds at most three times the rows wanted and a batch. With Share, each row is drawn by itself, rows come as they are read, and nothing is
// held. It can be ranged as often, and as concurrently, as src. It errors with *dataset.OptionError for bad options.
//
// Source: Vitter (1985), "Random sampling with a reservoir", algorithm R; draws by PCG from Seed.
func Sample(src dataset.Source, o SampleOptions) (dataset.Source, error) {
	bad := func(field, value, want string) error {
		return fmt.Errorf("relation: sample: %w", &dataset.OptionError{Field: "relation.SampleOptions." + field, Value: value, Want: want})
	}
	switch {
	case o.Rows < 0 || o.Rows > 1<<30:
		return nil, bad("Rows", strconv.Itoa(o.Rows), "1 to 2^30")
	case !(o.Share >= 0 && o.Share <= 1):
		return nil, bad("Share", strconv.FormatFloat(o.Share, 'g', -1, 64), "above 0 and at most 1")
	case (o.Rows > 0) == (o.Share > 0):
		return nil, bad("Rows", fmt.Sprintf("%d beside a Share of %g", o.Rows, o.Share), "one of Rows and Share")
	}
	return &sample{src: src, o: o}, nil
}

type sample struct {
	src dataset.Source
	o   SampleOptions
}

// Schema implements dataset.Source.
func (s *sample) Schema() *dataset.Schema { return s.src.Schema() }

// Scan implements dataset.Scanner: it lets the source skip columns, but not rows, which are counted.
func (s *sample) Scan(ctx context.Context, o dataset.ScanOptions) (dataset.Source, error) {
	narrow, err := dataset.Scan(ctx, s.src, dataset.ScanOptions{Columns: o.Reads()})
	if err != nil {
		return nil, err
	}
	return dataset.ScanBatches(&sample{src: narrow, o: s.o}, o)
}

// Batches implements dataset.Source.
func (s *sample) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	random := func() *rand.Rand { return rand.New(rand.NewPCG(s.o.Seed, 0x5a3b1e)) }
	if s.o.Share > 0 {
		return func(yield func(dataset.Batch, error) bool) { s.share(random()).Batches(ctx)(yield) }
	}
	return func(yield func(dataset.Batch, error) bool) {
		r := &reservoir{o: s.o, schema: s.src.Schema(), random: random()}
		defer r.release()
		for b, err := range s.src.Batches(ctx) {
			if err == nil {
				err = r.observe(b)
			}
			if err != nil {
				yield(dataset.Batch{}, err)
				return
			}
		}
		if err := r.emit(ctx, yield); err != nil {
			yield(dataset.Batch{}, err)
		}
	}
}

// share draws each row by itself.
func (s *sample) share(random *rand.Rand) *dataset.Mapped {
	return dataset.Map(s.src, s.src.Schema(), func(_ context.Context, b dataset.Batch) (dataset.Batch, error) {
		keep := make([]bool, b.NumRows())
		for i := range keep {
			keep[i] = random.Float64() < s.o.Share
		}
		return keepOnly(s.o.Allocator, b, keep)
	})
}

// reservoir holds the rows drawn so far.
type reservoir struct {
	o      SampleOptions
	schema *dataset.Schema
	random *rand.Rand
	seen   int64
	slots  []place // of the rows drawn
	held   list
}

// place is where a row stands in the batches held.
type place struct {
	number     int64 // of the row in the source
	batch, row int32
}

func (r *reservoir) release() { r.held.release() }

// observe draws from the rows of b.
func (r *reservoir) observe(b dataset.Batch) error {
	var taken []int32 // rows of b that came in, some of which may be out again
	at := int32(len(r.held.batches))
	for i := range b.NumRows() {
		slot := int64(len(r.slots))
		if slot == int64(r.o.Rows) {
			if slot = r.random.Int64N(r.seen + 1); slot >= int64(r.o.Rows) {
				r.seen++
				continue
			}
		} else {
			r.slots = append(r.slots, place{})
		}
		r.slots[slot] = place{number: r.seen, batch: at, row: int32(len(taken))}
		taken = append(taken, int32(i))
		r.seen++
	}
	if len(taken) == 0 {
		return nil
	}
	part, err := dataset.Take(r.o.Allocator, b, taken) // a copy, so that b's memory is not held for a few rows
	if err != nil {
		return err
	}
	r.held.take(part)
	if r.held.rows > 2*r.o.Rows+dataset.ChunkRows/16 || len(r.held.batches) > 4096 {
		return r.compact()
	}
	return nil
}

// compact leaves out what was drawn and replaced since, and puts the rows in the order of the source. The slots stay where they are, since the draws name them.
func (r *reservoir) compact() error {
	order := make([]int, len(r.slots))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(r.slots[a].number, r.slots[b].number) })
	var next list
	defer func() { next.release() }()
	for from := 0; from < len(order); {
		batch := r.slots[order[from]].batch
		var rows []int32
		for ; from < len(order) && r.slots[order[from]].batch == batch; from++ {
			rows = append(rows, r.slots[order[from]].row)
		}
		part, err := gather(r.o.Allocator, r.held.batches[batch], rows)
		if err != nil {
			return err
		}
		next.take(part)
	}
	whole, err := next.whole(r.o.Allocator, r.schema)
	if err != nil {
		return err
	}
	r.held.release()
	r.held.take(whole)
	for i, slot := range order {
		r.slots[slot].batch, r.slots[slot].row = 0, int32(i)
	}
	return nil
}

func (r *reservoir) emit(ctx context.Context, yield func(dataset.Batch, error) bool) error {
	if len(r.slots) == 0 {
		return nil
	}
	if err := r.compact(); err != nil {
		return err
	}
	_, err := emitRows(ctx, r.held.batches[0], yield)
	return err
}

// emitRows yields b in batches of ChunkRows rows and reports whether more are wanted.
func emitRows(ctx context.Context, b dataset.Batch, yield func(dataset.Batch, error) bool) (more bool, err error) {
	for at := 0; at < b.NumRows(); at += dataset.ChunkRows {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		part := b.Slice(at, min(at+dataset.ChunkRows, b.NumRows()))
		more := yield(part, nil)
		part.Release()
		if !more {
			return false, nil
		}
	}
	return true, nil
}
