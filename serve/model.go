package serve

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/validate"
)

// Prediction is the result for one row. The zero value is ready to be filled; a Prediction that is filled again reuses its slices.
type Prediction struct {
	Value       dataset.Value         // the number of a regression; the class of a classification, Text always and Number for a bool or numeric target
	Class       string                // the class in words; empty for a regression
	Index       int                   // of the class in Model.Classes; -1 for a regression
	Probability []float64             // in class order, in [0, 1]; empty for a regression
	Raw         []float64             // what the model adds up before its link; empty when it has no such thing
	Findings    []validate.RowFinding // counted and flagged; columns are positions in Model.Schema
	Version     string                // the digest of the artifact that scored
}

// IsFlagged reports whether the row was accepted although it is probably wrong: another unit, or two columns swapped.
func (p *Prediction) IsFlagged() bool {
	return slices.ContainsFunc(p.Findings, func(f validate.RowFinding) bool { return f.Severity == validate.Flagged })
}

func (p *Prediction) set(out *model.Output, findings []validate.RowFinding, version string) {
	p.Value, p.Index, p.Class, p.Version = out.Prediction, out.Class, "", version
	if out.Class >= 0 {
		p.Class = out.Prediction.Text
	}
	p.Probability = append(p.Probability[:0], out.Probability...)
	p.Raw = append(p.Raw[:0], out.Raw...)
	p.Findings = append(p.Findings[:0], findings...)
}

// Model is an artifact made ready to score rows of its schema: the checks in front, the scoring operations, the observers behind. It is immutable and safe for
// concurrent use. Scorers and handlers share it.
type Model struct {
	name, digest string
	schema       *dataset.Schema
	fields       []dataset.Field // of schema
	predictor    *model.Planned
	classes      []string
	target       dataset.Type // of the prediction
	validator    *validate.Validator
	observers    []Observer
	columns      []int // the position in schema of each column that the predictor reads; nil when they are the schema's
	scratches    sync.Pool
}

// scratch is what one call needs. Calls borrow one from the model.
type scratch struct {
	row    dataset.Row // of the schema
	input  dataset.Row // of the predictor; row itself where both are the same
	scorer *model.RowScorer
	result validate.RowResult
	out    model.Output
}

// NewModel returns a as a model. It errors, all errors joined, with a *dataset.SchemaError for a column that the predictor reads and the schema lacks or has in
// another form, and with what validate.New says about the profile.
func NewModel(a Artifact, o Options) (*Model, error) {
	if a == nil || a.Predictor() == nil || a.Schema() == nil {
		return nil, errors.New("serve: new model: want an artifact with a schema and a predictor")
	}
	m := &Model{
		name: a.Name(), digest: a.Digest(), schema: a.Schema(), fields: a.Schema().Fields(), predictor: a.Predictor(),
		classes: a.Predictor().Problem().Classes, target: a.Predictor().Signature().Output.Field(0).Type,
		observers: slices.Clone(o.Observers),
	}
	var errs []error
	same := true
	for i, want := range m.predictor.Signature().Input.Fields() {
		j := m.schema.Index(want.Name)
		m.columns = append(m.columns, j)
		same = same && i == j
		if j < 0 {
			errs = append(errs, &dataset.SchemaError{Column: want.Name, Want: "a column of the schema", Got: "no such column"})
		} else if got := m.fields[j].Type; got.IsText() != want.Type.IsText() || got.IsNumeric() != want.Type.IsNumeric() {
			errs = append(errs, &dataset.SchemaError{Column: want.Name, Want: "type " + string(want.Type), Got: "type " + string(got)})
		}
	}
	if same && len(m.columns) == m.schema.Len() {
		m.columns = nil
	}
	var err error
	if m.validator, err = validate.New(m.schema, validate.ValidatorOptions{Reference: a.Profile(), Workers: 1}); err != nil {
		errs = append(errs, err)
	}
	for i, ob := range m.observers {
		if ob == nil {
			errs = append(errs, &dataset.OptionError{Field: fmt.Sprintf("serve.Options.Observers[%d]", i), Value: "nil", Want: "an observer"})
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("serve: new model %q: %w", m.name, err)
	}
	return m, nil
}

// Name returns the name of the artifact.
func (m *Model) Name() string { return m.name }

// Digest returns the digest of the artifact: the model's version.
func (m *Model) Digest() string { return m.digest }

// Schema returns the rules of the rows that the model scores.
func (m *Model) Schema() *dataset.Schema { return m.schema }

// Fields returns the fields of Schema without copying them, for packages that implement a protocol. They must not be changed.
func (m *Model) Fields() []dataset.Field { return m.fields }

// Classes returns the classes in the order of Prediction.Probability, nil for a regression.
func (m *Model) Classes() []string { return slices.Clone(m.classes) }

// Output returns the schema of the predictor's results: prediction, probability, raw.
func (m *Model) Output() *dataset.Schema { return m.predictor.Signature().Output }

func (m *Model) borrow() *scratch {
	if s, ok := m.scratches.Get().(*scratch); ok {
		return s
	}
	s := &scratch{row: dataset.NewRow(m.schema), scorer: m.predictor.NewRowScorer()}
	s.input = s.row
	if m.columns != nil {
		s.input = dataset.NewRow(m.predictor.Signature().Input)
	}
	return s
}

// giveBack returns s to the model without the texts of its row.
func (m *Model) giveBack(s *scratch) {
	clear(s.row.Values)
	if m.columns != nil {
		clear(s.input.Values)
	}
	m.scratches.Put(s)
}

// ScoreInto checks row, which is of the model's schema, and scores it into p. It errors with a *RefusedError for a row that breaks a rule, with
// dataset.ErrSchema for a row of another schema, and with the context's error. On an error p is unchanged. It allocates nothing once p's slices have grown.
func (m *Model) ScoreInto(ctx context.Context, row dataset.Row, p *Prediction) error {
	if !m.schema.Equal(row.Schema) {
		return fmt.Errorf("serve: score: %w", &dataset.SchemaError{Want: "a row of the model's schema", Got: "one of another"})
	}
	s := m.borrow()
	copy(s.row.Values, row.Values)
	err := m.score(ctx, s, p)
	m.giveBack(s)
	return err
}

// score checks and scores s.row.
func (m *Model) score(ctx context.Context, s *scratch, p *Prediction) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("serve: score: %w", err)
	}
	m.validator.CheckRow(s.row, &s.result)
	if !s.result.OK() {
		e := &RefusedError{Rows: 1}
		m.refuse(e, 0, s.result.Findings)
		return e
	}
	if !m.run(s) {
		e := &RefusedError{Rows: 1}
		m.refuse(e, 0, noAnswer())
		return e
	}
	for _, o := range m.observers {
		o.Observe(s.row, s.out)
	}
	p.set(&s.out, s.result.Findings, m.digest)
	return nil
}

// run scores s.row, which has been checked, into s.out, and reports whether there is an answer.
func (m *Model) run(s *scratch) bool {
	for i, j := range m.columns {
		s.input.Values[i] = s.row.Values[j]
	}
	s.scorer.Score(s.input, &s.out)
	return !s.out.Prediction.IsMissing()
}

// noAnswer is what is found in a row to which the model says nothing.
func noAnswer() []validate.RowFinding {
	return []validate.RowFinding{{Rule: RuleNoAnswer, Severity: validate.Refused, Column: -1, Other: -1}}
}

// refuse adds a refused row to e.
func (m *Model) refuse(e *RefusedError, row int, findings []validate.RowFinding) {
	e.Refused++
	for _, f := range findings {
		if f.Severity == validate.Refused && len(e.Findings) < maxFindings {
			e.Findings = append(e.Findings, m.Describe(row, f))
		}
	}
}

// Describe returns a finding of one row with the names of its fields.
func (m *Model) Describe(row int, f validate.RowFinding) Finding {
	name := func(i int) string {
		if i < 0 || i >= len(m.fields) {
			return ""
		}
		return m.fields[i].Name
	}
	return Finding{Row: row, Field: name(f.Column), Rule: f.Rule, Severity: f.Severity, Other: name(f.Other)}
}

// Input is a row on its way in, for packages that implement a protocol: the values in schema order, and what reading them has found. Values may be nil when
// Findings refuse the row.
type Input struct {
	Values   []dataset.Value
	Findings []validate.RowFinding
	Extra    string // the name of the first column that the schema lacks, where Findings count extra_column
}

// ScoreRows checks all rows and then, if none is refused, scores them into out, which has their length. A row is refused when reading it found a reason, or its
// checks do. The error is a *RefusedError over all rows; no row is observed then and out holds nothing of use. It errors as ScoreInto does otherwise.
func (m *Model) ScoreRows(ctx context.Context, rows []Input, out []Prediction) error {
	if len(out) != len(rows) {
		return fmt.Errorf("serve: score rows: want %d predictions, got %d: %w", len(rows), len(out), dataset.ErrSchema)
	}
	s := m.borrow()
	defer m.giveBack(s)
	refused := &RefusedError{Rows: len(rows)}
	for i, in := range rows {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("serve: score rows: %w", err)
		}
		p := &out[i]
		p.Findings = append(p.Findings[:0], in.Findings...)
		if in.Values == nil && slices.ContainsFunc(in.Findings, refuses) {
			m.refuse(refused, i, p.Findings)
			continue
		}
		if len(in.Values) != len(m.fields) {
			return fmt.Errorf("serve: score rows: row %d: %w", i,
				&dataset.SchemaError{Want: fmt.Sprintf("%d values", len(m.fields)), Got: fmt.Sprint(len(in.Values))})
		}
		copy(s.row.Values, in.Values)
		m.validator.CheckRow(s.row, &s.result)
		p.Findings = merge(p.Findings, s.result.Findings)
		if slices.ContainsFunc(p.Findings, refuses) {
			m.refuse(refused, i, p.Findings)
		}
	}
	if refused.Refused > 0 {
		return refused
	}
	for i, in := range rows {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("serve: score rows: %w", err)
		}
		copy(s.row.Values, in.Values)
		if !m.run(s) {
			m.refuse(refused, i, noAnswer())
			continue
		}
		out[i].set(&s.out, out[i].Findings, m.digest)
	}
	if refused.Refused > 0 {
		return refused
	}
	m.observe(s, rows, out)
	return nil
}

// observe shows rows that were all scored to the observers.
func (m *Model) observe(s *scratch, rows []Input, out []Prediction) {
	if len(m.observers) == 0 {
		return
	}
	for i, in := range rows {
		copy(s.row.Values, in.Values)
		p := &out[i]
		for _, o := range m.observers {
			o.Observe(s.row, model.Output{Prediction: p.Value, Class: p.Index, Probability: p.Probability, Raw: p.Raw})
		}
	}
}

func refuses(f validate.RowFinding) bool { return f.Severity == validate.Refused }

// merge appends checked to read, without what it says about a column that reading refused: its value is not there to be judged.
func merge(read, checked []validate.RowFinding) []validate.RowFinding {
	n := len(read)
	for _, f := range checked {
		if !slices.ContainsFunc(read[:n], func(r validate.RowFinding) bool {
			return r.Severity == validate.Refused && (r.Column == f.Column || r.Column == f.Other)
		}) {
			read = append(read, f)
		}
	}
	return read
}
