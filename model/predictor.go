package model

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"sync"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// The names of a Predictor's output columns.
const (
	PredictionColumn  = "prediction"
	ProbabilityColumn = "probability"
	RawColumn         = "raw"
)

// Planned is the Predictor of every family here: scoring operations with a signature. It is immutable and safe for concurrent use. Sealing, serving and batch
// scoring execute its plan.
//
// The outputs of its plan are by convention, in this order: "prediction" (the index of the class, or the number), then for a classification
// "probability" once for each class in class order, then "raw" once for each raw score. A raw score is what the model adds up before its link: the log odds
// of the positive class, one margin for each of more classes, the linear predictor of a regression.
//
// Of the task Anomaly the raw score is larger the less a row is like the others, and the prediction is 1 where it is so large that the row counts as an anomaly, else 0.
//
// Of equal probabilities the first class is predicted. A row for which the plan gives no number, such as one with a missing feature that the family does not take,
// has no answer: its probabilities and raw scores are NaN and, of a classification, its prediction is null; of a regression it is NaN.
type Planned struct {
	signature Signature
	problem   Problem
	program   *plan.Program
	classes   int // probability outputs
	raws      int
	labels    classLabels
}

// classLabels is the classes as a prediction column, and a null behind them. The first Predict makes it, so that a program that only scores rows links no builder of
// columns.
type classLabels struct {
	once  sync.Once
	batch dataset.Batch
	err   error
}

// NewPredictor returns the Predictor that runs p. input is the schema of the columns that p reads (more columns are dropped from it). target is the target's
// field. It errors when p's outputs do not follow the convention of Planned or p reads a column that input lacks.
func NewPredictor(problem Problem, input *dataset.Schema, target dataset.Field, p *plan.Plan) (*Planned, error) {
	g, err := plan.Compile(p)
	if err != nil {
		return nil, fmt.Errorf("model: new predictor: %w", err)
	}
	m := &Planned{problem: problem, program: g}
	m.problem.Classes = slices.Clone(problem.Classes)
	for i, o := range p.Outputs {
		switch {
		case i == 0 && o.Name == PredictionColumn:
		case o.Name == ProbabilityColumn && i == m.classes+1:
			m.classes++
		case o.Name == RawColumn && i > 0:
			m.raws++
		default:
			return nil, fmt.Errorf("model: new predictor: output %d: want prediction, probability …, raw …, got %q", i, o.Name)
		}
	}
	if len(p.Outputs) == 0 || m.classes != len(problem.Classes) {
		return nil, fmt.Errorf("model: new predictor: want a prediction and %d probabilities, got %d outputs", len(problem.Classes), len(p.Outputs))
	}
	if m.signature.Input, err = inputSchema(input, p); err != nil {
		return nil, err
	}
	if m.signature.Output, err = m.outputSchema(target); err != nil {
		return nil, fmt.Errorf("model: new predictor: %w", err)
	}
	for i, text := range m.problem.Classes {
		if t := m.signature.Output.Field(0).Type; !holdsClass(t, text) {
			return nil, fmt.Errorf("model: new predictor: %w: class %d: %w", ErrTarget, i, &dataset.SchemaError{Column: PredictionColumn, Want: "a " + string(t), Got: "another text"})
		}
	}
	return m, nil
}

func inputSchema(input *dataset.Schema, p *plan.Plan) (*dataset.Schema, error) {
	reads := make(map[string]plan.Kind)
	for _, in := range p.Inputs {
		f, ok := input.Lookup(in.Name)
		if !ok {
			return nil, fmt.Errorf("model: new predictor: %w", &dataset.SchemaError{Column: in.Name, Want: "a " + string(in.Kind) + " column", Got: "no such column"})
		}
		if f.Type.IsText() != (in.Kind == plan.Text) || (in.Kind == plan.Number && !f.Type.IsNumeric()) {
			return nil, fmt.Errorf("model: new predictor: %w",
				&dataset.SchemaError{Column: in.Name, Want: "a " + string(in.Kind) + " column", Got: "type " + string(f.Type)})
		}
		reads[in.Name] = in.Kind
	}
	var names []string
	for _, n := range input.Names() {
		if _, ok := reads[n]; ok {
			names = append(names, n)
		}
	}
	return input.Select(names...)
}

func (m *Planned) outputSchema(target dataset.Field) (*dataset.Schema, error) {
	fields := []dataset.Field{{Name: PredictionColumn, Type: dataset.Float64, Unit: target.Unit}}
	if m.classes > 0 {
		t := target.Type
		if t.IsText() {
			t = dataset.Utf8
		}
		fields[0] = dataset.Field{Name: PredictionColumn, Type: t, Nullable: true}
		if t.IsText() {
			fields[0].OneOf = slices.Clone(m.problem.Classes)
		}
		fields = append(fields, dataset.Field{Name: ProbabilityColumn, Type: dataset.FixedSizeList(dataset.Float64, m.classes)})
	}
	if m.raws > 0 {
		fields = append(fields, dataset.Field{Name: RawColumn, Type: dataset.FixedSizeList(dataset.Float64, m.raws)})
	}
	return dataset.NewSchema(fields...)
}

// Signature implements Predictor.
func (m *Planned) Signature() Signature { return m.signature }

// Problem returns the problem that the model was fitted to.
func (m *Planned) Problem() Problem {
	p := m.problem
	p.Classes = slices.Clone(p.Classes)
	return p
}

// Plan returns the scoring operations. They must not be changed.
func (m *Planned) Plan() *plan.Plan { return m.program.Plan() }

// Program returns the compiled operations.
func (m *Planned) Program() *plan.Program { return m.program }

// Predict implements Predictor.
func (m *Planned) Predict(ctx context.Context, in dataset.Batch) (dataset.Batch, error) {
	if err := ctx.Err(); err != nil {
		return dataset.Batch{}, fmt.Errorf("model: predict: %w", err)
	}
	for _, f := range m.signature.Input.Fields() {
		got, ok := in.Schema().Lookup(f.Name)
		if !ok {
			return dataset.Batch{}, fmt.Errorf("model: predict: %w", &dataset.SchemaError{Column: f.Name, Want: "it in the batch", Got: "no such column"})
		}
		if valueForm(got.Type) != valueForm(f.Type) {
			return dataset.Batch{}, fmt.Errorf("model: predict: %w", &dataset.SchemaError{Column: f.Name, Want: "type " + string(f.Type), Got: "type " + string(got.Type)})
		}
	}
	n := in.NumRows()
	out := make([][]float64, 1+m.classes+m.raws)
	for i := range out {
		out[i] = make([]float64, n)
	}
	if err := m.program.Batch(in, out); err != nil {
		return dataset.Batch{}, fmt.Errorf("model: predict: %w", err)
	}
	first, err := m.prediction(out)
	if err != nil {
		return dataset.Batch{}, fmt.Errorf("model: predict: %w", err)
	}
	columns := []arrow.Array{first}
	if m.classes > 0 {
		columns = append(columns, interleave(out[1:1+m.classes], n))
	}
	if m.raws > 0 {
		columns = append(columns, interleave(out[1+m.classes:], n))
	}
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	return dataset.NewBatch(m.signature.Output, columns, n)
}

// valueForm is the class of types that t reads as: a number of any type is one form, but a date counts days and a time microseconds.
func valueForm(t dataset.Type) dataset.Class {
	switch c := t.Class(); c {
	case dataset.ClassBool, dataset.ClassInteger, dataset.ClassDecimal:
		return dataset.ClassFloat
	default:
		return c
	}
}

// prediction returns the column in the target's own type, from the outputs of the plan.
func (m *Planned) prediction(out [][]float64) (arrow.Array, error) {
	if m.classes == 0 {
		return float64Array(out[0]), nil
	}
	rows := make([]int32, len(out[0]))
	for i, v := range out[0] {
		k := classIndex(v, m.classes)
		for _, p := range out[1 : 1+m.classes] {
			if math.IsNaN(p[i]) {
				k = -1
			}
		}
		if rows[i] = int32(k); k < 0 {
			rows[i] = int32(m.classes) // the null
		}
	}
	m.labels.once.Do(func() { m.labels.batch, m.labels.err = m.newLabels() })
	if m.labels.err != nil {
		return nil, m.labels.err
	}
	b, err := dataset.Take(nil, m.labels.batch, rows)
	if err != nil {
		return nil, err
	}
	defer b.Release()
	c := b.Column(0)
	c.Retain()
	return c, nil
}

// classIndex returns the class that a plan's prediction names, -1 for none of k.
func classIndex(v float64, k int) int {
	if v >= 0 && v < float64(k) {
		return int(v)
	}
	return -1
}

// newLabels returns the classes in the type of the prediction.
func (m *Planned) newLabels() (dataset.Batch, error) {
	f := m.signature.Output.Field(0)
	s, err := dataset.NewSchema(f)
	if err != nil {
		return dataset.Batch{}, err
	}
	dt, err := f.Type.Arrow()
	if err != nil {
		return dataset.Batch{}, err
	}
	b := array.NewBuilder(memory.DefaultAllocator, dt)
	defer b.Release()
	for _, text := range m.problem.Classes {
		if err := appendClass(b, text); err != nil {
			return dataset.Batch{}, err
		}
	}
	b.AppendNull()
	c := b.NewArray()
	defer c.Release()
	return dataset.NewBatch(s, []arrow.Array{c}, c.Len())
}

// appendClass appends the value that ClassText named. holdsClass has said that there is one.
func appendClass(b array.Builder, text string) error {
	switch b := b.(type) { // the types whose own texts are not numbers
	case *array.Date32Builder:
		v, err := strconv.ParseInt(text, 10, 32)
		b.Append(arrow.Date32(v))
		return err
	case *array.TimestampBuilder:
		v, err := strconv.ParseInt(text, 10, 64)
		b.Append(arrow.Timestamp(v))
		return err
	default:
		return b.AppendValueFromString(text)
	}
}

func float64Array(v []float64) arrow.Array {
	data := array.NewData(arrow.PrimitiveTypes.Float64, len(v), []*memory.Buffer{nil, memory.NewBufferBytes(arrow.Float64Traits.CastToBytes(v))}, nil, 0, 0)
	defer data.Release()
	return array.NewFloat64Data(data)
}

// interleave returns a fixed_size_list column of the k columns.
func interleave(columns [][]float64, n int) arrow.Array {
	k := len(columns)
	flat := make([]float64, n*k)
	for j, c := range columns {
		for i, v := range c {
			flat[i*k+j] = v
		}
	}
	values := float64Array(flat)
	defer values.Release()
	data := array.NewData(arrow.FixedSizeListOf(int32(k), arrow.PrimitiveTypes.Float64), n, []*memory.Buffer{nil}, []arrow.ArrayData{values.Data()}, 0, 0)
	defer data.Release()
	return array.NewFixedSizeListData(data)
}

// Output is the result for one row. Its slices are borrowed from whoever made it, valid until the call that lent it returns.
type Output struct {
	Prediction  dataset.Value // the number, or the class: Text for a text target, Number and Text for a bool or numeric one
	Class       int           // the index of the class; -1 for a regression, and for a row that has no answer, whose Prediction is null
	Probability []float64     // in class order; nil for a regression
	Raw         []float64
}

// RowScorer scores one row at a time without allocating. Not safe for concurrent use: each goroutine has its own.
type RowScorer struct {
	m       *Planned
	scratch *plan.Scratch
	values  []dataset.Value
	columns []int // of the row, per plan input
	results []float64
	classes []dataset.Value
}

// NewRowScorer returns a scorer of m's rows.
func (m *Planned) NewRowScorer() *RowScorer {
	s := &RowScorer{m: m, scratch: m.program.NewRowScratch(), results: make([]float64, m.classes+m.raws)}
	s.values = make([]dataset.Value, len(m.Plan().Inputs))
	for _, in := range m.Plan().Inputs {
		s.columns = append(s.columns, m.signature.Input.Index(in.Name))
	}
	t := m.signature.Output.Field(0).Type
	for _, c := range m.problem.Classes {
		v := dataset.TextValue(c)
		if !t.IsText() {
			v.Number = classNumber(t, c)
		}
		s.classes = append(s.classes, v)
	}
	return s
}

// Score runs the model on row, whose Values are those of Signature().Input, and sets out, whose slices belong to s and are valid until the next Score. It does not
// check the values' rules.
func (s *RowScorer) Score(row dataset.Row, out *Output) {
	for i, j := range s.columns {
		s.values[i] = row.Values[j]
	}
	s.m.program.Row(s.values, s.scratch)
	for i := range s.results {
		s.results[i] = s.m.program.Output(s.scratch, i+1)
	}
	v := s.m.program.Output(s.scratch, 0)
	*out = Output{Class: -1, Raw: s.results[s.m.classes:]}
	if s.m.classes == 0 {
		out.Prediction = dataset.NumberValue(v)
		return
	}
	out.Probability = s.results[:s.m.classes:s.m.classes]
	if slices.ContainsFunc(out.Probability, math.IsNaN) {
		return
	}
	if k := classIndex(v, s.m.classes); k >= 0 {
		out.Class, out.Prediction = k, s.classes[k]
	}
}
