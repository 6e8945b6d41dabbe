package parquet

import (
	"context"
	"io"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/parquet-go/parquet-go"

	"github.com/tidewheel/tidewheel/dataset"
)

// step is the rows of one batch.
type step struct {
	group int
	rows  int
	first bool // of the row group
}

// cursor walks over the batches of the row groups.
type cursor struct {
	groups []parquet.RowGroup
	most   int   // rows of a batch
	at     int   // the row group behind the current one
	left   int64 // rows of the current one
}

// next returns the next step, false behind the last.
func (c *cursor) next() (step, bool) {
	first := false
	for c.left == 0 {
		if c.at == len(c.groups) {
			return step{}, false
		}
		c.left, first = c.groups[c.at].NumRows(), true
		c.at++
	}
	n := int(min(c.left, int64(c.most)))
	c.left -= int64(n)
	return step{group: c.at - 1, rows: n, first: first}, true
}

// reading is one range over a source.
type reading struct {
	s      *Source
	file   *parquet.File
	lanes  []column
	cursor cursor
}

func (s *Source) newReading(r io.ReaderAt, f *parquet.File) (*reading, error) {
	rd := &reading{s: s, file: f, cursor: cursor{groups: f.RowGroups(), most: s.o.BatchRows}}
	for i, l := range s.leaves {
		c, err := l.column(r, s.schema.Arrow().Field(i).Type, s.o)
		if err != nil {
			return nil, err
		}
		rd.lanes = append(rd.lanes, c)
	}
	return rd, nil
}

// advance reads a lane's rows of a step, which follows the one that it read before.
func (rd *reading) advance(w *worker, lane int, st step) (a arrow.Array, err error) {
	err = guard(func() (err error) {
		l := rd.lanes[lane]
		if st.first {
			if err = l.begin(rd.file, st.group); err != nil {
				return err
			}
		}
		a, err = l.read(w, st.rows)
		return err
	})
	return a, err
}

// run passes on the batches until emit returns false.
func (rd *reading) run(ctx context.Context, emit func(dataset.Batch) bool) error {
	defer func() {
		for _, l := range rd.lanes {
			l.close()
		}
	}()
	if rd.s.o.Workers == 1 || len(rd.lanes) < 2 || rd.s.rows/2 < int64(parallelValues/len(rd.lanes)/2) {
		return rd.serial(ctx, emit)
	}
	return rd.parallel(ctx, emit)
}

func (rd *reading) serial(ctx context.Context, emit func(dataset.Batch) bool) error {
	w := &worker{}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		st, ok := rd.cursor.next()
		if !ok {
			return nil
		}
		arrays := make([]arrow.Array, len(rd.lanes))
		for i := range rd.lanes {
			var err error
			if arrays[i], err = rd.advance(w, i, st); err != nil {
				release(arrays)
				return err
			}
		}
		if more, err := rd.pass(arrays, st.rows, emit); err != nil || !more {
			return err
		}
	}
}

// pass passes on a batch of arrays, which it releases.
func (rd *reading) pass(arrays []arrow.Array, n int, emit func(dataset.Batch) bool) (more bool, err error) {
	defer release(arrays)
	b, err := dataset.NewBatch(rd.s.schema, arrays, n)
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
