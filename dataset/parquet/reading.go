package parquet

import (
	"cmp"
	"context"
	"io"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/parquet-go/parquet-go"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/arrays"
)

// step is the rows of one batch.
type step struct {
	group int
	first bool // of the row group
	skip  int  // rows before them that no column has to read
	rows  int
}

// cursor walks over the batches of the row groups.
type cursor struct {
	groups []parquet.RowGroup
	wanted []bool   // row groups; nil is all
	barren [][]span // rows of each row group that are not wanted; nil is none
	most   int      // rows of a batch

	at   int // the row group behind the current one
	row  int64
	left int64  // rows of the current one
	gaps []span // of the current one
}

// next returns the next step, false behind the last.
func (c *cursor) next() (step, bool) {
	var st step
	for {
		switch {
		case c.left == 0:
			if c.at == len(c.groups) {
				return step{}, false
			}
			if c.wanted == nil || c.wanted[c.at] {
				st = step{group: c.at, first: true}
				c.row, c.left = 0, c.groups[c.at].NumRows()
				if c.barren != nil {
					c.gaps = c.barren[c.at]
				}
			}
			c.at++
		case len(c.gaps) > 0 && c.gaps[0].from <= c.row:
			n := c.gaps[0].to - c.row
			c.row, c.left, c.gaps = c.row+n, c.left-n, c.gaps[1:]
			st.skip += int(n)
		default:
			n := min(c.left, int64(c.most))
			if len(c.gaps) > 0 {
				n = min(n, c.gaps[0].from-c.row)
			}
			c.row, c.left = c.row+n, c.left-n
			st.group, st.rows = c.at-1, int(n)
			return st, true
		}
	}
}

// reading is one range over a source.
type reading struct {
	s      *Source
	file   *parquet.File
	lanes  []column
	cursor cursor
	filter *filtered // nil for all rows
	order  []int     // in which lanes are read
	early  int       // lanes that are read before the rows are known that are wanted
	slab   *arrays.Slab
}

func (s *Source) newReading(r io.ReaderAt, f *parquet.File, filter *filtered) (*reading, error) {
	rd := &reading{s: s, file: f, cursor: cursor{groups: f.RowGroups(), most: s.o.BatchRows}, filter: filter}
	if fits := f.Size() / int64(len(s.columns)+1); s.rows > 0 { // what a file states of itself asks for no more than a few times its size
		rd.slab = arrays.NewSlab(min(s.rows, fits) * int64(len(s.columns)) * 8)
	}
	types := s.schema.Arrow()
	for i, n := range s.columns {
		c, err := n.column(r, types.Field(i).Type, s.o)
		if err != nil {
			return nil, err
		}
		rd.lanes = append(rd.lanes, c)
		rd.order = append(rd.order, i)
	}
	if filter == nil {
		s.largestFirst(f, rd.order)
		s.o.Counters.groups(int64(len(rd.cursor.groups)), 0)
		return rd, nil
	}
	rd.order, rd.early = slices.Clone(filter.order), filter.early.Len()
	s.largestFirst(f, rd.order[rd.early:])
	err := guard(func() error {
		wanted := prune(r, f.Metadata(), filter.conditions)
		rd.cursor.wanted, rd.cursor.barren = wanted, filter.spans(r, f.Metadata(), wanted)
		for _, ok := range wanted {
			if ok {
				s.o.Counters.groups(1, 0)
			} else {
				s.o.Counters.groups(0, 1)
			}
		}
		return nil
	})
	return rd, err
}

// largestFirst puts columns in the order of their bytes in the first row group, so that goroutines end at about the same time.
func (s *Source) largestFirst(f *parquet.File, columns []int) {
	groups := f.Metadata().RowGroups
	if len(groups) == 0 {
		return
	}
	size := make([]int64, len(s.columns))
	for i, n := range s.columns {
		for _, l := range n.appendLeaves(nil) {
			if l.leaf.index < len(groups[0].Columns) {
				size[i] += groups[0].Columns[l.leaf.index].MetaData.TotalUncompressedSize
			}
		}
	}
	slices.SortStableFunc(columns, func(a, b int) int { return cmp.Compare(size[b], size[a]) })
}

// filling is a batch whose columns are being read.
type filling struct {
	step
	arrays []arrow.Array
	keep   []int32 // the positions of the rows that are wanted; nil is all
	kept   int     // how many rows are wanted

	left    int  // columns to read
	early   int  // of them columns that say which rows are wanted
	failed  int  // the first column with an error
	stopped bool // the rows that are wanted cannot be known
	err     error
}

func (rd *reading) newFilling(st step) *filling {
	return &filling{step: st, arrays: make([]arrow.Array, len(rd.lanes)), kept: st.rows, left: len(rd.lanes), early: rd.early}
}

// advance reads the rows of a step, which follows the one before it, of a column.
func (rd *reading) advance(w *worker, lane int, b *filling, keep []int32) (a arrow.Array, err error) {
	err = guard(func() (err error) {
		l := rd.lanes[lane]
		if b.first {
			if err = l.begin(rd.file, b.group); err != nil {
				return err
			}
		}
		l.skip(b.skip)
		if b.kept == 0 {
			l.skip(b.rows)
			return nil
		}
		a, err = l.read(w, b.rows, keep)
		return err
	})
	return a, err
}

func (b *filling) fail(lane int, err error) {
	if err != nil && (b.err == nil || lane < b.failed) {
		b.err, b.failed = err, lane
	}
}

// decide is called when the last of the early columns was read.
func (b *filling) decide(rd *reading) {
	if b.err == nil {
		b.err = guard(func() error { return rd.filter.decide(b) })
	}
}

// run passes on the batches until emit returns false.
func (rd *reading) run(ctx context.Context, emit func(dataset.Batch) bool) error {
	defer func() {
		for _, l := range rd.lanes {
			l.close()
		}
	}()
	workers := min(rd.s.o.Workers, max(1, len(rd.lanes)))
	if rd.s.rows*int64(len(rd.lanes)) < parallelValues {
		workers = 1
	}
	return newPool(rd, workers).run(ctx, workers, emit)
}

// pass passes on a batch, whose arrays it releases.
func (rd *reading) pass(f *filling, emit func(dataset.Batch) bool) (more bool, err error) {
	defer release(f.arrays)
	if f.err != nil || f.kept == 0 {
		return f.err == nil, f.err
	}
	schema := rd.s.schema
	if rd.filter != nil {
		schema = rd.filter.out
	}
	b, err := dataset.NewBatch(schema, f.arrays[:schema.Len()], f.kept)
	if err != nil {
		return false, err
	}
	defer b.Release()
	return emit(b), nil
}

func release(arrays []arrow.Array) {
	for _, a := range arrays {
		if a != nil {
			a.Release()
		}
	}
}
