package relation

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

// ConcatOptions says how Concat works. The zero value is ready to use.
type ConcatOptions struct {
	ByName    bool             // take the columns of all sources, found by name, with nulls where a source has no such column; else all sources have the same columns
	Allocator memory.Allocator // for columns of nulls; nil is Go's
}

// Concat returns the rows of one source behind those of another. Columns have the names and order of the first source, and with ByName behind them those that the first lacks, in
// the order in which they are met. A column has one type in all sources, where the encodings of text count as one; it takes its rules from the first source that has it, and is
// nullable when one source says so or lacks it. The roles of a column must agree.
//
// It holds nothing. Columns and predicates of a scan are passed on to each source. It can be ranged as often, and as concurrently, as the sources. It errors with ErrSchema,
// naming the column and the number of the source, from 0, for sources whose columns do not fit together, and with *dataset.OptionError for no source.
func Concat(o ConcatOptions, sources ...dataset.Source) (dataset.Source, error) {
	if len(sources) == 0 {
		return nil, fmt.Errorf("relation: concat: %w", &dataset.OptionError{Field: "relation.Concat sources", Value: "none", Want: "at least one source"})
	}
	fields := sources[0].Schema().Fields()
	var errs []error
	for i, src := range sources[1:] {
		var err error
		if fields, err = unite(fields, src.Schema(), o.ByName); err != nil {
			errs = append(errs, fmt.Errorf("source %d: %w", i+1, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("relation: concat: %w", err)
	}
	s, err := dataset.NewSchema(fields...)
	if err != nil {
		return nil, fmt.Errorf("relation: concat: %w", err)
	}
	return &concatenated{o: o, schema: s, sources: slices.Clone(sources)}, nil
}

// unite adds the columns of s to fields.
func unite(fields []dataset.Field, s *dataset.Schema, byName bool) ([]dataset.Field, error) {
	bad := func(column, want, got string) error {
		return &dataset.SchemaError{Column: column, Want: want, Got: got}
	}
	if !byName && s.Len() != len(fields) {
		return nil, bad("", fmt.Sprintf("%d columns, as the first source has", len(fields)), fmt.Sprintf("%d", s.Len()))
	}
	met := make(map[string]int, len(fields))
	for i, f := range fields {
		met[f.Name] = i
		if s.Index(f.Name) < 0 {
			fields[i].Nullable = true // which only counts by name: another name is an error below
		}
	}
	for i, f := range s.Fields() {
		at, ok := met[f.Name]
		switch {
		case !byName && at != i || !byName && !ok:
			return nil, bad(fields[i].Name, fmt.Sprintf("it at position %d", i), fmt.Sprintf("column %q", f.Name))
		case !ok:
			f.Nullable = true
			fields = append(fields, f)
			continue
		case f.Type != fields[at].Type && !(f.Type.IsText() && fields[at].Type.IsText()):
			return nil, bad(f.Name, "type "+string(fields[at].Type), "type "+string(f.Type))
		case f.Role != fields[at].Role:
			return nil, bad(f.Name, fmt.Sprintf("role %q", fields[at].Role), fmt.Sprintf("role %q", f.Role))
		}
		fields[at].Nullable = fields[at].Nullable || f.Nullable
	}
	return fields, nil
}

type concatenated struct {
	o       ConcatOptions
	schema  *dataset.Schema
	sources []dataset.Source
}

// Schema implements dataset.Source.
func (c *concatenated) Schema() *dataset.Schema { return c.schema }

// Scan implements dataset.Scanner.
func (c *concatenated) Scan(ctx context.Context, o dataset.ScanOptions) (dataset.Source, error) {
	if _, err := dataset.ScanBatches(c, o); err != nil { // what is wrong with o
		return nil, err
	}
	wanted := o.Columns
	if wanted == nil {
		wanted = c.schema.Names()
	}
	s, err := c.schema.Select(wanted...)
	if err != nil {
		return nil, err
	}
	narrow := &concatenated{o: c.o, schema: s}
	for _, src := range c.sources {
		has := func(name string) bool { return src.Schema().Index(name) >= 0 }
		if slices.ContainsFunc(o.Filter, func(p dataset.Predicate) bool { return !has(p.Column) }) {
			continue // the column is null in every row, and a null holds no predicate
		}
		columns := slices.DeleteFunc(slices.Clone(wanted), func(name string) bool { return !has(name) })
		part, err := dataset.Scan(ctx, src, dataset.ScanOptions{Columns: columns, Filter: o.Filter})
		if err != nil {
			return nil, err
		}
		narrow.sources = append(narrow.sources, part)
	}
	return narrow, nil
}

// Batches implements dataset.Source.
func (c *concatenated) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(dataset.Batch{}, fmt.Errorf("relation: concat: %w", err))
			return
		}
		for _, src := range c.sources {
			for b, err := range src.Batches(ctx) {
				if err == nil {
					b, err = c.fit(b)
				}
				if err != nil {
					yield(dataset.Batch{}, err)
					return
				}
				more := yield(b, nil)
				b.Release()
				if !more {
					return
				}
			}
		}
	}
}

// fit returns b under the schema of all sources. The caller owns it.
func (c *concatenated) fit(b dataset.Batch) (dataset.Batch, error) {
	if b.Schema().Equal(c.schema) {
		b.Retain()
		return b, nil
	}
	columns := make([]arrow.Array, c.schema.Len())
	for j, f := range c.schema.Fields() {
		if at := b.Schema().Index(f.Name); at >= 0 {
			columns[j] = b.Column(at)
			continue
		}
		dt, err := f.Type.Arrow()
		if err != nil {
			return dataset.Batch{}, err
		}
		columns[j] = array.MakeArrayOfNull(allocator(c.o.Allocator), dt, b.NumRows())
		defer columns[j].Release()
	}
	return dataset.NewBatch(c.schema, columns, b.NumRows())
}
