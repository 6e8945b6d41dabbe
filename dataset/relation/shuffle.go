package relation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"math/bits"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

// ShuffleOptions says how Shuffle works. The zero value is ready to use.
type ShuffleOptions struct {
	Seed      uint64           // the same seed gives the same order, whatever the batches and MaxBytes
	MaxBytes  int64            // most memory of rows, 1 MiB to 8 GiB; 0 is 256 MiB
	Dir       string           // where a folder for rows that are more than memory holds is made, and removed when the range ends; "" is os.TempDir()
	Allocator memory.Allocator // for the batches; nil is Go's
}

// Shuffle returns all rows of src in random order, every order being equally likely. It reads src once before the first row comes. Rows of up to a quarter of MaxBytes are shuffled in
// memory; more of them are spread over 64 Arrow files by their place in the order, and those again when one is too large, so that no more than MaxBytes are held whatever the size of src,
// beside 1 MiB and 24 bytes a row of one file. Disk space is that of src as Arrow columns. Each range shuffles anew, to the same order. It can be ranged as often, and as concurrently, as src.
//
// Each row draws 64 bits, by PCG from Seed, and rows are sorted by them; rows that draw the same, with a probability of n²/2^65 for n rows, keep their order among
// themselves. It errors with *dataset.OptionError for bad options; a range ends with the system's error when the disk is full.
func Shuffle(src dataset.Source, o ShuffleOptions) (dataset.Source, error) {
	if o.MaxBytes == 0 {
		o.MaxBytes = 256 << 20
	}
	if o.MaxBytes < 1<<20 || o.MaxBytes > 8<<30 {
		return nil, fmt.Errorf("relation: shuffle: %w", &dataset.OptionError{Field: "relation.ShuffleOptions.MaxBytes", Value: strconv.FormatInt(o.MaxBytes, 10), Want: "0, or 1 MiB to 8 GiB"})
	}
	return &shuffled{src: src, o: o}, nil
}

type shuffled struct {
	src dataset.Source
	o   ShuffleOptions
}

// Schema implements dataset.Source.
func (s *shuffled) Schema() *dataset.Schema { return s.src.Schema() }

// Scan implements dataset.Scanner: it lets the source skip columns, but not rows, which draw their places.
func (s *shuffled) Scan(ctx context.Context, o dataset.ScanOptions) (dataset.Source, error) {
	narrow, err := dataset.Scan(ctx, s.src, dataset.ScanOptions{Columns: o.Reads()})
	if err != nil {
		return nil, err
	}
	return dataset.ScanBatches(&shuffled{src: narrow, o: s.o}, o)
}

// errStop ends a range whose caller wants no more.
var errStop = errors.New("no more rows are wanted")

// Batches implements dataset.Source.
func (s *shuffled) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		h := &shuffle{shuffled: s, yield: yield}
		random := rand.New(rand.NewPCG(s.o.Seed, 0x5f1e))
		err := h.sort(ctx, span{bits: binBits}, func(f func(b dataset.Batch, keys []uint64) error) error {
			for b, err := range s.src.Batches(ctx) {
				if err != nil {
					return err
				}
				keys := make([]uint64, b.NumRows())
				for i := range keys {
					keys[i] = random.Uint64()
				}
				if err := f(b, keys); err != nil {
					return err
				}
			}
			return nil
		})
		if h.dir != "" {
			err = errors.Join(err, os.RemoveAll(h.dir))
		}
		if err != nil && !errors.Is(err, errStop) {
			yield(dataset.Batch{}, fmt.Errorf("relation: shuffle: %w", err))
		}
	}
}

// shuffle is one range.
type shuffle struct {
	*shuffled
	yield func(dataset.Batch, error) bool
	dir   string // of the files, once there are some
	files int
}

// keyed passes on batches with the key of each row.
type keyed func(f func(b dataset.Batch, keys []uint64) error) error

// pile is rows in memory.
type pile struct {
	list
	keys []uint64
}

func (p *pile) release() {
	p.list.release()
	p.keys = p.keys[:0]
}

// binBits is how many bits of a key at most say into which file its row goes.
const binBits = 6

// span is the bits of a key that say into which file its row goes: so many, behind those that are the same in all rows.
type span struct{ same, bits int }

// within returns the bits for the rows of one of the files of s, which has so many bytes: for files of half of what may be in memory.
func (s span) within(bytes, limit int64) span {
	return span{same: s.same + s.bits, bits: max(1, min(binBits, bits.Len64(uint64(2*bytes/limit)), 64-s.same-s.bits))}
}

// sort yields the rows of in by their keys.
func (h *shuffle) sort(ctx context.Context, s span, in keyed) (err error) {
	var p pile
	defer p.release()
	var spread *bins
	defer func() {
		if spread != nil {
			err = errors.Join(err, spread.close())
		}
	}()
	err = in(func(b dataset.Batch, keys []uint64) error {
		p.keep(b)
		p.keys = append(p.keys, keys...)
		if p.bytes <= h.o.MaxBytes/4 || p.rows < 2 || s.same+s.bits > 64 {
			return nil
		}
		if spread == nil {
			var err error
			if spread, err = h.newBins(1 << s.bits); err != nil {
				return err
			}
		}
		return h.spread(ctx, spread, &p, s)
	})
	switch {
	case err != nil:
		return err
	case spread == nil:
		return h.emit(ctx, &p)
	}
	if err := h.spread(ctx, spread, &p, s); err != nil {
		return err
	}
	for i := range spread.files {
		if err := spread.end(i); err != nil {
			return err
		}
	}
	for i := range spread.files {
		err := h.sort(ctx, s.within(spread.files[i].bytes, h.o.MaxBytes/4), func(f func(b dataset.Batch, keys []uint64) error) error {
			return spread.read(ctx, i, h.o.Allocator, f)
		})
		if err != nil {
			return err
		}
		if err := os.Remove(spread.files[i].path); err != nil {
			return err
		}
	}
	return nil
}

// draw is a row and its key.
type draw struct {
	key uint64
	row int32
}

// emit yields the rows of p in order of their keys.
func (h *shuffle) emit(ctx context.Context, p *pile) error {
	if p.rows == 0 {
		return nil
	}
	order := make([]draw, len(p.keys))
	for i, k := range p.keys {
		order[i] = draw{k, int32(i)}
	}
	slices.SortFunc(order, func(a, b draw) int {
		if a.key == b.key {
			return cmp.Compare(a.row, b.row)
		}
		return cmp.Compare(a.key, b.key)
	})
	whole, err := p.whole(h.o.Allocator, h.Schema())
	if err != nil {
		return err
	}
	defer whole.Release()
	for part := range slices.Chunk(order, dataset.ChunkRows) {
		if err := ctx.Err(); err != nil {
			return err
		}
		rows := make([]int32, len(part))
		for i, d := range part {
			rows[i] = d.row
		}
		b, err := dataset.Take(h.o.Allocator, whole, rows)
		if err != nil {
			return err
		}
		more := h.yield(b, nil)
		b.Release()
		if !more {
			return errStop
		}
	}
	return nil
}

// spread writes the rows of p into the files that their keys say, and empties p.
func (h *shuffle) spread(ctx context.Context, to *bins, p *pile, s span) error {
	if p.rows == 0 {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	keys := slices.Clone(p.keys)
	p.take(p.batches[0].Slice(0, 0)) // of two batches or more the texts become plain
	whole, err := p.whole(h.o.Allocator, h.Schema())
	p.release()
	if err != nil {
		return err
	}
	defer whole.Release()
	rows := make([][]int32, len(to.files))
	for i, k := range keys {
		at := k << s.same >> (64 - s.bits)
		rows[at] = append(rows[at], int32(i))
	}
	for i := range rows {
		if len(rows[i]) == 0 {
			continue
		}
		b, err := dataset.Take(h.o.Allocator, whole, rows[i])
		if err != nil {
			return err
		}
		of := make([]uint64, len(rows[i]))
		for j, r := range rows[i] {
			of[j] = keys[r]
		}
		err = to.write(i, b, of)
		b.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

// keysOf returns keys as a column. The caller owns it.
func keysOf(keys []uint64) arrow.Array {
	b := array.NewUint64Builder(memory.DefaultAllocator)
	defer b.Release()
	b.AppendValues(keys, nil)
	return b.NewArray()
}
