package validate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
)

// The columns that Quarantine adds to bad rows.
const (
	QuarantineRow     = "quarantine_row"     // int64: the row's address in the source, from 0
	QuarantineReasons = "quarantine_reasons" // utf8: "column: rule" for each refusal, between "; "
)

// QuarantineSchema returns the schema of the bad rows that Quarantine writes for a source of schema src: the source's columns with nulls allowed and no rules, since
// the rows break them, and QuarantineRow and QuarantineReasons. Marks of personal data stay. A source that has a column of those names is a *dataset.SchemaError.
func QuarantineSchema(src *dataset.Schema) (*dataset.Schema, error) {
	fields := make([]dataset.Field, 0, src.Len()+2)
	for _, f := range src.Fields() {
		fields = append(fields, dataset.Field{
			Name: f.Name, Type: f.Type, Nullable: true, Role: f.Role, Unit: f.Unit, Personal: f.Personal,
			Sensitive: f.Sensitive, Purpose: f.Purpose, Description: f.Description,
		})
	}
	fields = append(fields, dataset.Field{Name: QuarantineRow, Type: dataset.Int64}, dataset.Field{Name: QuarantineReasons, Type: dataset.Utf8})
	s, err := dataset.NewSchema(fields...)
	if err != nil {
		return nil, fmt.Errorf("validate: quarantine: %w", err)
	}
	return s, nil
}

// Quarantine writes the rows of src that v accepts to good, under v's schema, and the others to bad as they came, under QuarantineSchema, and commits both when all
// is written. Order is kept, and every row is in one of them. Either sink may be nil. It returns the report that Check would. It does not close the sinks; on an
// error neither is committed, unless it is the commit of bad, the second, that fails. It is safe for concurrent use.
func (v *Validator) Quarantine(ctx context.Context, src dataset.Source, good, bad dataset.Sink) (*Report, error) {
	schema, err := QuarantineSchema(src.Schema())
	if err != nil {
		return nil, err
	}
	q := &quarantine{v: v, layout: newLayout(src.Schema(), v.schema), schema: schema, good: good, bad: bad, total: newTally()}
	for b, err := range src.Batches(ctx) {
		if err == nil {
			err = q.batch(ctx, b)
		}
		if err != nil {
			return nil, fmt.Errorf("validate: quarantine: %w", err)
		}
	}
	for _, sink := range []dataset.Sink{good, bad} {
		if sink == nil {
			continue
		}
		if err := sink.Commit(ctx); err != nil {
			return nil, fmt.Errorf("validate: quarantine: %w", err)
		}
	}
	return v.report(q.layout, q.total), nil
}

type quarantine struct {
	v         *Validator
	layout    *layout
	schema    *dataset.Schema
	good, bad dataset.Sink
	total     *tally
}

func (q *quarantine) batch(ctx context.Context, b dataset.Batch) error {
	t := newTally()
	t.keep = true
	out, err := q.v.observe(q.layout, b, t)
	if err != nil {
		return err
	}
	defer out.Release()
	result := &BatchResult{Rows: t.worst, Cells: t.cells}
	from := q.total.rows
	t.countRows()
	q.total.merge(t)
	if rows := result.Accepted(); q.good != nil && len(rows) > 0 {
		accepted, err := dataset.Take(q.v.mem, out, rows)
		if err != nil {
			return err
		}
		defer accepted.Release()
		if err := q.good.Write(ctx, accepted); err != nil {
			return err
		}
	}
	rows := result.Refused()
	if q.bad == nil || len(rows) == 0 {
		return nil
	}
	refused, err := dataset.Take(q.v.mem, b, rows)
	if err != nil {
		return err
	}
	defer refused.Release()
	marked, err := q.mark(refused, rows, from, result.Cells)
	if err != nil {
		return err
	}
	defer marked.Release()
	return q.bad.Write(ctx, marked)
}

// mark appends the addresses and reasons to refused rows. The caller owns the result.
func (q *quarantine) mark(refused dataset.Batch, rows []int32, from int64, cells []CellFinding) (dataset.Batch, error) {
	reasons := make(map[int][]string, len(rows))
	for _, c := range cells {
		if c.Severity == Refused {
			reasons[c.Row] = append(reasons[c.Row], q.v.columns[c.Column].field.Name+": "+string(c.Rule))
		}
	}
	var whole []string
	for _, f := range q.layout.faults {
		if f.severity == Refused {
			whole = append(whole, f.column+": "+string(f.rule))
		}
	}
	addresses, texts := array.NewInt64Builder(q.v.mem), array.NewStringBuilder(q.v.mem)
	defer addresses.Release()
	defer texts.Release()
	for _, row := range rows {
		addresses.Append(from + int64(row))
		texts.Append(strings.Join(append(slices.Clone(whole), reasons[int(row)]...), "; "))
	}
	added := []arrow.Array{addresses.NewArray(), texts.NewArray()}
	defer added[0].Release()
	defer added[1].Release()
	return dataset.NewBatch(q.schema, slices.Concat(refused.Record().Columns(), added), len(rows))
}
