package dataset

import (
	"context"
	"fmt"
	"iter"
)

// Assignment is the part that each row belongs to, in row order: the form of a split and of a fold. It takes one byte a row.
type Assignment []uint8

// Count returns the number of rows in any of the parts.
func (a Assignment) Count(parts ...uint8) int {
	want := partSet(parts)
	n := 0
	for _, p := range a {
		if want[p] {
			n++
		}
	}
	return n
}

// Part returns the rows of src that are assigned to one of parts, in src's order and under its schema. It reads src anew at every range, so it can be ranged as
// often, and as concurrently, as src; it keeps a, which must not change. When src does not have as many rows as a, ranging ends with a *SchemaError.
func (a Assignment) Part(src Source, parts ...uint8) Source {
	return &partSource{src: src, assignment: a, want: partSet(parts)}
}

func partSet(parts []uint8) (set [256]bool) {
	for _, p := range parts {
		set[p] = true
	}
	return set
}

type partSource struct {
	src        Source
	assignment Assignment
	want       [256]bool
}

// Schema implements Source.
func (p *partSource) Schema() *Schema { return p.src.Schema() }

// Scan implements Scanner: it lets src skip the columns, but not the rows, which are counted.
func (p *partSource) Scan(ctx context.Context, o ScanOptions) (Source, error) {
	narrow, err := Scan(ctx, p.src, ScanOptions{Columns: o.Reads()})
	if err != nil {
		return nil, err
	}
	return ScanBatches(&partSource{src: narrow, assignment: p.assignment, want: p.want}, o)
}

// Batches implements Source.
func (p *partSource) Batches(ctx context.Context) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		at := 0
		wrong := func(got string) {
			yield(Batch{}, fmt.Errorf("dataset: part: %w", &SchemaError{Want: fmt.Sprintf("%d rows, as assigned", len(p.assignment)), Got: got}))
		}
		for b, err := range p.src.Batches(ctx) {
			if err != nil {
				yield(Batch{}, err)
				return
			}
			n := b.NumRows()
			if at+n > len(p.assignment) {
				wrong("more")
				return
			}
			more, err := p.emit(b, p.assignment[at:at+n], yield)
			if err != nil {
				yield(Batch{}, err)
				return
			}
			if !more {
				return
			}
			at += n
		}
		if at < len(p.assignment) {
			wrong(fmt.Sprintf("%d", at))
		}
	}
}

// emit yields the wanted rows of one batch.
func (p *partSource) emit(b Batch, parts Assignment, yield func(Batch, error) bool) (more bool, err error) {
	rows := make([]int32, 0, len(parts))
	for i, part := range parts {
		if p.want[part] {
			rows = append(rows, int32(i))
		}
	}
	if len(rows) == 0 {
		return true, nil
	}
	out, err := keepRows(nil, b, rows)
	if err != nil {
		return false, err
	}
	defer out.Release()
	return yield(out, nil), nil
}
