package features

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// Fitter learns a Transformer from training rows. Implementations are values built from an options struct; Fit changes nothing in them, so one Fitter may be
// fitted many times, also concurrently. train holds only the columns that the step selected, and must be rewindable when the Fitter needs more than one pass.
type Fitter interface {
	Fit(ctx context.Context, train dataset.Source) (Transformer, error)
}

// Transformer is a fitted step. It is immutable and safe for concurrent use.
//
// Output says what becomes of a schema: the columns that the step reads are replaced, in place of the first of them, by the columns that it makes; all others
// stay. It errors with dataset.ErrSchema when a column is missing or of the wrong type. Plan is the step as scoring operations: its inputs are the columns it
// reads, its outputs the columns it makes, by name.
type Transformer interface {
	Output(in *dataset.Schema) (*dataset.Schema, error)
	Plan() *plan.Plan
}

// Fitted is the Transformer of every step here: the columns it reads, the fields it makes, and the operations between. Build one with NewFitted.
type Fitted struct {
	reads []dataset.Field
	makes []dataset.Field
	plan  *plan.Plan
}

// NewFitted returns the Transformer that reads the fields reads and makes the fields makes, which must be the plan's inputs and outputs by name and order.
func NewFitted(reads, makes []dataset.Field, p *plan.Plan) (*Fitted, error) {
	if len(reads) != len(p.Inputs) || len(makes) != len(p.Outputs) {
		return nil, fmt.Errorf("features: new fitted: want %d inputs and %d outputs, got a plan of %d and %d", len(reads), len(makes), len(p.Inputs), len(p.Outputs))
	}
	for i, f := range reads {
		if p.Inputs[i].Name != f.Name {
			return nil, fmt.Errorf("features: new fitted: want input %q, got %q", f.Name, p.Inputs[i].Name)
		}
	}
	for i, f := range makes {
		if p.Outputs[i].Name != f.Name {
			return nil, fmt.Errorf("features: new fitted: want output %q, got %q", f.Name, p.Outputs[i].Name)
		}
	}
	return &Fitted{reads: slices.Clone(reads), makes: slices.Clone(makes), plan: p}, nil
}

// Plan implements Transformer.
func (t *Fitted) Plan() *plan.Plan { return t.plan }

// Output implements Transformer.
func (t *Fitted) Output(in *dataset.Schema) (*dataset.Schema, error) {
	for _, want := range t.reads {
		got, ok := in.Lookup(want.Name)
		if !ok {
			return nil, fmt.Errorf("features: output: %w", &dataset.SchemaError{Column: want.Name, Want: "it in the schema", Got: "no such column"})
		}
		if !readsAs(got.Type, want.Type) {
			return nil, fmt.Errorf("features: output: %w",
				&dataset.SchemaError{Column: want.Name, Want: "type " + string(want.Type), Got: "type " + string(got.Type)})
		}
	}
	var out []dataset.Field
	placed := false
	for _, f := range in.Fields() {
		if !slices.ContainsFunc(t.reads, func(r dataset.Field) bool { return r.Name == f.Name }) {
			out = append(out, f)
			continue
		}
		if !placed {
			out = append(out, t.makes...)
			placed = true
		}
	}
	s, err := dataset.NewSchema(out...)
	if err != nil {
		return nil, fmt.Errorf("features: output: %w", err)
	}
	return s, nil
}

// readsAs reports whether a column of type got has the value form that a step fitted on type want reads. All numbers count as one form, but a date counts in
// days and a timestamp in microseconds.
func readsAs(got, want dataset.Type) bool {
	form := func(t dataset.Type) dataset.Class {
		switch c := t.Class(); c {
		case dataset.ClassBool, dataset.ClassInteger, dataset.ClassDecimal:
			return dataset.ClassFloat
		default:
			return c
		}
	}
	return form(got) == form(want)
}

// Transform returns b as t makes it: the columns of t.Output(b.Schema()). Columns that t does not touch are shared, not copied. The caller owns the result.
// It compiles t's plan; to transform many batches, or a source, use Apply.
func Transform(ctx context.Context, t Transformer, b dataset.Batch) (dataset.Batch, error) {
	a, err := newApplied(t, b.Schema())
	if err != nil {
		return dataset.Batch{}, err
	}
	return a.batch(ctx, b)
}

// Apply returns src as t makes it, batch by batch; large ones in parts, so that what is made of one stays below 32 MiB or 1,024 rows. The source is rewindable, and safe for concurrent ranging, when src is.
func Apply(t Transformer, src dataset.Source) (dataset.Source, error) {
	a, err := newApplied(t, src.Schema())
	if err != nil {
		return nil, err
	}
	return dataset.Map(cut{src, max(leastRows, mostCells/max(1, len(a.output)))}, a.out, a.batch), nil
}

// What Apply makes of a batch at once: mostCells numbers, but leastRows rows. A category becomes a column, so that a few columns may become thousands.
const (
	mostCells = 1 << 22
	leastRows = 1 << 10
)

// cut is a source whose batches have at most so many rows.
type cut struct {
	dataset.Source
	rows int
}

// Batches implements dataset.Source.
func (c cut) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		for b, err := range c.Source.Batches(ctx) {
			if err != nil || b.NumRows() <= c.rows {
				if !yield(b, err) {
					return
				}
				continue
			}
			for from := 0; from < b.NumRows(); from += c.rows {
				part := b.Slice(from, min(from+c.rows, b.NumRows()))
				more := yield(part, nil)
				part.Release()
				if !more {
					return
				}
			}
		}
	}
}

// applied is a Transformer compiled for one schema.
type applied struct {
	out     *dataset.Schema
	program *plan.Program
	output  map[string]int // plan output by column name
}

func newApplied(t Transformer, in *dataset.Schema) (*applied, error) {
	out, err := t.Output(in)
	if err != nil {
		return nil, err
	}
	g, err := plan.Compile(t.Plan())
	if err != nil {
		return nil, fmt.Errorf("features: apply: %w", err)
	}
	a := &applied{out: out, program: g, output: make(map[string]int)}
	for i, o := range t.Plan().Outputs {
		a.output[o.Name] = i
	}
	return a, nil
}

func (a *applied) batch(ctx context.Context, b dataset.Batch) (dataset.Batch, error) {
	if err := ctx.Err(); err != nil {
		return dataset.Batch{}, fmt.Errorf("features: transform: %w", err)
	}
	n := b.NumRows()
	results := make([][]float64, len(a.program.Plan().Outputs))
	for i := range results {
		results[i] = make([]float64, n)
	}
	if err := a.program.Batch(b, results); err != nil {
		return dataset.Batch{}, fmt.Errorf("features: transform: %w", err)
	}
	columns := make([]arrow.Array, a.out.Len())
	defer func() {
		for _, c := range columns {
			if c != nil {
				c.Release()
			}
		}
	}()
	for j, name := range a.out.Names() {
		if i, ok := a.output[name]; ok {
			columns[j] = numbersArray(results[i])
			continue
		}
		c, err := b.ByName(name)
		if err != nil {
			return dataset.Batch{}, fmt.Errorf("features: transform: %w", err)
		}
		c.Retain()
		columns[j] = c
	}
	return dataset.NewBatch(a.out, columns, n)
}

// numbersArray returns a float64 column over v without a copy, with null for NaN. v must not be changed afterwards.
func numbersArray(v []float64) arrow.Array {
	nulls := 0
	var valid []byte
	for i, x := range v {
		if x != x {
			if valid == nil {
				valid = allValid(len(v))
			}
			valid[i/8] &^= 1 << (i % 8)
			nulls++
		}
	}
	var bitmap *memory.Buffer
	if valid != nil {
		bitmap = memory.NewBufferBytes(valid)
	}
	data := array.NewData(arrow.PrimitiveTypes.Float64, len(v),
		[]*memory.Buffer{bitmap, memory.NewBufferBytes(arrow.Float64Traits.CastToBytes(v))}, nil, nulls, 0)
	defer data.Release()
	return array.NewFloat64Data(data)
}

func allValid(n int) []byte {
	b := make([]byte, (n+7)/8)
	for i := range b {
		b[i] = 0xff
	}
	return b
}
