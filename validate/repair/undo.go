package repair

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

// UndoOptions says how Undo works. The zero value is ready to use where no unit was converted.
type UndoOptions struct {
	Schema    *dataset.Schema  // of the rows before the repair: the same columns and types, with the units they had; nil is the schema of the repaired rows
	Allocator memory.Allocator // for the columns; nil is Go's
}

// Undo returns the rows of repaired with the values that they had before the repair that ledger is of, to the bit. ledger has LedgerSchema's columns and types, as
// written or as read back from a file. What the ledger does not hold stays as it is: the values of personal columns, of which it has hashes (a null of theirs
// comes back), and rows that were left out.
//
// It reads both side by side, and holds a batch of each. It can be ranged as often, and as concurrently, as both. A range ends with a *dataset.SchemaError when the
// ledger is not in order, or is not that of these rows: when a cell does not hold what the ledger says was written.
func Undo(repaired, ledger dataset.Source, o UndoOptions) (dataset.Source, error) {
	u := &undo{repaired: repaired, schema: o.Schema, mem: o.Allocator}
	if u.schema == nil {
		u.schema = repaired.Schema()
	}
	if u.mem == nil {
		u.mem = memory.DefaultAllocator
	}
	want, err := LedgerSchema()
	if err != nil {
		return nil, fmt.Errorf("repair: undo: %w", err)
	}
	for i, f := range want.Fields() {
		got, ok := ledger.Schema().Lookup(f.Name)
		if !ok || got.Type != f.Type && !(got.Type.IsText() && f.Type.IsText()) {
			err = errors.Join(err, &dataset.SchemaError{Column: f.Name, Want: "a ledger's column of type " + string(want.Field(i).Type), Got: "type " + string(got.Type)})
		}
	}
	for i, f := range repaired.Schema().Fields() {
		if u.schema.Len() != repaired.Schema().Len() || u.schema.Field(i).Name != f.Name || u.schema.Field(i).Type != f.Type {
			err = errors.Join(err, &dataset.SchemaError{Column: f.Name, Want: "the repaired rows' columns in UndoOptions.Schema", Got: "others"})
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("repair: undo: %w", err)
	}
	u.ledger = ledger
	return u, nil
}

type undo struct {
	repaired, ledger dataset.Source
	schema           *dataset.Schema
	mem              memory.Allocator
}

// Schema implements dataset.Source.
func (u *undo) Schema() *dataset.Schema { return u.schema }

// Batches implements dataset.Source.
func (u *undo) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		if stopped, err := u.all(ctx, yield); err != nil && !stopped {
			yield(dataset.Batch{}, fmt.Errorf("repair: undo: %w", err))
		}
	}
}

func (u *undo) all(ctx context.Context, yield func(dataset.Batch, error) bool) (stopped bool, err error) {
	next, stop := iter.Pull2(entries(ctx, u.ledger))
	defer stop()
	r := &reader{next: next}
	if err := r.advance(); err != nil {
		return false, err
	}
	for b, err := range u.repaired.Batches(ctx) {
		if err != nil {
			return false, err
		}
		out, err := u.batch(b, r)
		if err != nil {
			return false, err
		}
		more := yield(out, nil)
		out.Release()
		if !more {
			return true, nil
		}
	}
	for r.ok && r.entry.column == "" && r.entry.row == r.row {
		r.row++
		if err := r.advance(); err != nil {
			return false, err
		}
	}
	if r.ok {
		return false, &dataset.SchemaError{Want: "a ledger of these rows", Got: "changes of rows behind the last"}
	}
	return false, nil
}

// entry is one row of a ledger.
type entry struct {
	row              int64
	column, old, new string
	oldNull, hashed  bool
}

// reader reads a ledger beside rows.
type reader struct {
	next  func() (entry, error, bool)
	entry entry // the next one
	ok    bool  // there is one
	row   int64 // address of the next row
}

func (r *reader) advance() error {
	last, had := r.entry, r.ok
	e, err, ok := r.next()
	if err != nil {
		return err
	}
	r.entry, r.ok = e, ok
	if ok && (e.row < r.row || had && e.row < last.row) {
		return &dataset.SchemaError{Column: LedgerRow, Want: "rows in ascending order", Got: "an earlier one"}
	}
	return nil
}

// entries yields the rows of a ledger.
func entries(ctx context.Context, ledger dataset.Source) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		for b, err := range ledger.Batches(ctx) {
			if err == nil {
				var more bool
				if more, err = eachEntry(b, yield); err == nil && !more {
					return
				}
			}
			if err != nil {
				yield(entry{}, err)
				return
			}
		}
	}
}

func eachEntry(b dataset.Batch, yield func(entry, error) bool) (more bool, err error) {
	var texts [3]dataset.Texts
	for i, name := range []string{LedgerColumn, LedgerOld, LedgerNew} {
		c, err := b.ByName(name)
		if err != nil {
			return false, err
		}
		if texts[i], err = dataset.NewTexts(c); err != nil {
			return false, err
		}
	}
	row, err := b.ByName(LedgerRow)
	if err != nil {
		return false, err
	}
	hashed, err := b.ByName(LedgerHashed)
	if err != nil {
		return false, err
	}
	rows, ok := row.(*array.Int64)
	hashes, ok2 := hashed.(*array.Boolean)
	if !ok || !ok2 {
		return false, &dataset.SchemaError{Want: "the columns of a ledger", Got: "others"}
	}
	for i := range b.NumRows() {
		e := entry{row: rows.Value(i), column: strings.Clone(texts[0].Value(i)), oldNull: texts[1].IsNull(i), hashed: hashes.Value(i)}
		if e.old, e.new = strings.Clone(texts[1].Value(i)), strings.Clone(texts[2].Value(i)); !yield(e, nil) {
			return false, nil
		}
	}
	return true, nil
}

// batch returns a batch as it was. The caller owns it.
func (u *undo) batch(b dataset.Batch, r *reader) (dataset.Batch, error) {
	edits := make([][]edit, b.Schema().Len())
	printers := make([]func(int) (string, bool), len(edits))
	for i := range b.NumRows() {
		for r.ok && r.entry.column == "" && r.entry.row == r.row {
			r.row++
			if err := r.advance(); err != nil {
				return dataset.Batch{}, err
			}
		}
		for r.ok && r.entry.row == r.row {
			if err := u.cell(b, i, r.entry, edits, printers); err != nil {
				return dataset.Batch{}, err
			}
			if err := r.advance(); err != nil {
				return dataset.Batch{}, err
			}
		}
		r.row++
	}
	columns := slices.Clone(b.Record().Columns())
	var made []arrow.Array
	defer func() {
		for _, a := range made {
			a.Release()
		}
	}()
	for j, list := range edits {
		if len(list) == 0 {
			continue
		}
		a, err := replace(u.mem, b.Schema().Field(j).Type, columns[j], list)
		if err != nil {
			return dataset.Batch{}, fmt.Errorf("column %q: %w", b.Schema().Field(j).Name, err)
		}
		made = append(made, a)
		columns[j] = a
	}
	return dataset.NewBatch(u.schema, columns, b.NumRows())
}

// cell notes the old value of a cell.
func (u *undo) cell(b dataset.Batch, i int, e entry, edits [][]edit, printers []func(int) (string, bool)) (err error) {
	j := b.Schema().Index(e.column)
	if j < 0 {
		return &dataset.SchemaError{Column: e.column, Want: "a column of the repaired rows", Got: "no such column"}
	}
	if printers[j] == nil {
		if printers[j], err = printer(b.Column(j)); err != nil {
			return err
		}
	}
	if e.hashed && !e.oldNull {
		return nil
	}
	if !e.hashed {
		if text, ok := printers[j](i); !ok || isNull(b.Column(j), i) || text != e.new {
			return &dataset.SchemaError{Column: e.column, Want: fmt.Sprintf("the value that the ledger has for row %d", e.row), Got: "another one"}
		}
	}
	edits[j] = append(edits[j], edit{row: i, text: e.old, null: e.oldNull})
	return nil
}
