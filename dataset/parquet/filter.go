package parquet

import (
	"cmp"
	"context"
	"io"
	"iter"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/parquet-go/parquet-go/format"

	"github.com/tidewheel/tidewheel/dataset"
)

// filtered is a source of the rows that hold predicates.
type filtered struct {
	from       *Source // with the columns of out, and behind them those of the predicates that are not among them
	out        *dataset.Schema
	conditions []condition
	matcher    *dataset.Matcher // of batches of early
	early      *dataset.Schema  // the columns of the predicates
	order      []int            // columns of from: those of early in its order, then the others
}

// prepare takes the predicates.
func (f *filtered) prepare(predicates []dataset.Predicate) error {
	// Refuses what the columns do not have.
	if _, err := dataset.NewMatcher(f.from.schema, predicates); err != nil {
		return err
	}
	var names []string
	tested := make([]bool, f.from.schema.Len())
	for _, p := range predicates {
		i := f.from.schema.Index(p.Column)
		f.conditions = append(f.conditions, condition{Predicate: p, leaf: f.from.columns[i].stated()})
		if !tested[i] {
			tested[i] = true
			names = append(names, p.Column)
			f.order = append(f.order, i)
		}
	}
	for i := range tested {
		if !tested[i] {
			f.order = append(f.order, i)
		}
	}
	var err error
	if f.early, err = f.from.schema.Select(names...); err != nil {
		return err
	}
	f.matcher, err = dataset.NewMatcher(f.early, predicates)
	return err
}

// Schema implements dataset.Source.
func (f *filtered) Schema() *dataset.Schema { return f.out }

// Batches implements dataset.Source.
func (f *filtered) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return f.from.batches(ctx, f)
}

// decide finds the rows of a batch that are wanted, by the columns of early, and leaves the others out of these.
func (f *filtered) decide(b *filling) error {
	columns, names := make([]arrow.Array, f.early.Len()), make([]string, 0, f.early.Len())
	for i := range columns {
		columns[i] = b.arrays[f.order[i]]
		if f.order[i] < f.out.Len() {
			names = append(names, f.early.Field(i).Name)
		}
	}
	early, err := dataset.NewBatch(f.early, columns, b.rows)
	if err != nil {
		return err
	}
	defer early.Release()
	keep, err := f.matcher.Rows(early, make([]int32, 0, b.rows/4))
	if err != nil || len(keep) == b.rows {
		return err
	}
	b.keep, b.kept = keep, len(keep)
	some, err := early.Select(names...)
	if err != nil {
		return err
	}
	defer some.Release()
	taken, err := dataset.Take(f.from.o.Allocator, some, keep)
	if err != nil {
		return err
	}
	defer taken.Release()
	release(columns)
	for i, at := range f.order[:f.early.Len()] {
		b.arrays[at] = nil
		if k := f.out.Index(f.early.Field(i).Name); k >= 0 && at < f.out.Len() {
			b.arrays[at] = taken.Column(taken.Schema().Index(f.early.Field(i).Name))
			b.arrays[at].Retain()
		}
	}
	return nil
}

// spans returns the rows of each row group that cannot have a wanted one, as the index of pages says.
func (f *filtered) spans(r io.ReaderAt, md *format.FileMetaData, wanted []bool) [][]span {
	out := make([][]span, len(wanted))
	for i, ok := range wanted {
		if !ok {
			continue
		}
		for _, c := range f.conditions {
			out[i] = append(out[i], c.barren(r, md, i, f.from.o.MaxFooterBytes)...)
		}
		out[i] = merged(out[i])
	}
	return out
}

// merged returns the spans in order, without those that touch another.
func merged(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	out := spans[:0]
	for _, s := range spans {
		switch n := len(out); {
		case s.from == s.to:
		case n > 0 && s.from <= out[n-1].to:
			out[n-1].to = max(out[n-1].to, s.to)
		default:
			out = append(out, s)
		}
	}
	return out
}
