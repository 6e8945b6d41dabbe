package repair

import (
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/relation"
)

// Dedupe leaves out rows that are equal to an earlier one, once their cells are repaired, as relation.Dedupe does. It holds about 50 bytes for each distinct row;
// with more than Options.MaxKeys of them a range ends with dataset.ErrLimit.
type Dedupe struct {
	By []string // columns that make two rows the same; nil is all
}

func (r Dedupe) plan() (plan, error) {
	r.By = slices.Clone(r.By)
	var err error
	if r.By != nil && len(r.By) == 0 {
		err = option("Dedupe.By", "no columns", "one or more, or nil for all")
	}
	return plan{name: "dedupe", dedupe: &r}, err
}

// dedupe passes pieces through a relation.Dedupe, with a column of their addresses beside the others.
func (r *run) dedupe() error {
	d := r.d
	name := LedgerRow
	for d.schema.Index(name) >= 0 {
		name += "_"
	}
	schema, err := d.schema.With(dataset.Field{Name: name, Type: dataset.Int64})
	if err != nil {
		return err
	}
	in := &addressed{run: r, schema: schema}
	by := d.r.dedupe.By
	if by == nil {
		by = d.schema.Names()
	}
	once, err := relation.Dedupe(in, relation.DedupeOptions{By: by, MaxKeys: d.r.o.MaxKeys, Allocator: d.r.o.Allocator})
	if err != nil {
		return err
	}
	for b, err := range once.Batches(r.ctx) {
		if err == nil {
			err = in.kept(b)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// addressed is the source of pieces with a column of their addresses. relation.Dedupe streams: what it keeps of a batch comes before it asks for the next one.
type addressed struct {
	run    *run
	schema *dataset.Schema
	piece  *piece // the one that is out
}

// Schema implements dataset.Source.
func (s *addressed) Schema() *dataset.Schema { return s.schema }

// Batches implements dataset.Source.
func (s *addressed) Batches(context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		err := s.run.pieces(func(p *piece) error {
			b, err := s.with(p)
			if err != nil {
				p.batch.Release()
				return err
			}
			defer b.Release()
			s.piece = p
			switch more := yield(b, nil); {
			case !more:
				s.drop()
				return errStop
			case s.piece != nil: // nothing of it was kept
				return s.narrow(dataset.Batch{}, nil)
			default:
				return nil
			}
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(dataset.Batch{}, err)
		}
	}
}

func (s *addressed) with(p *piece) (dataset.Batch, error) {
	b := array.NewInt64Builder(s.run.d.r.o.Allocator)
	defer b.Release()
	b.AppendValues(p.rows, nil)
	rows := b.NewArray()
	defer rows.Release()
	return dataset.NewBatch(s.schema, append(slices.Clone(p.batch.Record().Columns()), rows), len(p.rows))
}

// kept takes the rows of the piece that is out that are kept.
func (s *addressed) kept(b dataset.Batch) error {
	rows, ok := b.Column(s.schema.Len() - 1).(*array.Int64)
	if !ok || s.piece == nil {
		return &dataset.SchemaError{Want: "the rows of one batch", Got: "others"}
	}
	kept, err := dataset.NewBatch(s.run.d.schema, b.Record().Columns()[:s.schema.Len()-1], b.NumRows())
	if err != nil {
		return err
	}
	return s.narrow(kept, slices.Clone(rows.Int64Values()))
}

// drop lets go of the piece that is out.
func (s *addressed) drop() {
	if s.piece != nil {
		s.piece.batch.Release()
		s.piece = nil
	}
}

// narrow passes on the piece that is out with the kept rows alone.
func (s *addressed) narrow(kept dataset.Batch, rows []int64) error {
	p := s.piece
	s.piece = nil
	p.batch.Release()
	p.changes = slices.DeleteFunc(p.changes, func(c change) bool {
		_, ok := slices.BinarySearch(rows, c.row)
		return !ok
	})
	for _, row := range p.rows {
		if _, ok := slices.BinarySearch(rows, row); !ok {
			p.changes = append(p.changes, change{row: row, column: -1, rule: "dedupe"})
		}
	}
	p.batch, p.rows = kept, rows
	return s.run.smoother.take(p)
}
