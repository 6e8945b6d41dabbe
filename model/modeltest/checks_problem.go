package modeltest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/conform"
	"github.com/tidewheel/tidewheel/model"
)

func problemChecks() []check {
	return []check{
		{"bad options are refused when they are made", badOptions, hasOptions},
		{"the problem stays as it was", problemUnchanged, nil},
		{"only the features of the problem are read", namedFeatures, nil},
		{"sensitive and personal columns are read only when they are named", sensitiveColumns, nil},
		{"the target is no feature", targetAmongFeatures, labelled},
		{"the signature has the rules of the training's schema", signatureRules, nil},
		{"a schema error names its column", namedColumn, nil},
		{"numbers of another width are the same numbers", widths, nil},
		{"a row without an answer disturbs no other", unanswered, nil},
	}
}

func badOptions(s *subject) error {
	calls := make([]conform.Refusal, len(s.traits.Options))
	for i, o := range s.traits.Options {
		calls[i] = conform.Refusal(o)
	}
	return conform.Refused(calls)
}

func problemUnchanged(s *subject) error {
	t, err := s.training(data{})
	if err != nil {
		return err
	}
	t.Problem.Features = usual()
	before := t.Problem
	before.Classes, before.Features = slices.Clone(before.Classes), slices.Clone(before.Features)
	if _, err := s.fitOn(s.estimator(1), t); err != nil {
		return err
	}
	if !reflect.DeepEqual(before, t.Problem) {
		return errors.New("fit changes the lists of the problem")
	}
	return nil
}

// wantInputs fits t and wants the signature to read names, in any order.
func (s *subject) wantInputs(t model.Training, names ...string) error {
	p, err := s.fitOn(s.estimator(1), t)
	if err != nil {
		return err
	}
	got := p.Signature().Input.Names()
	slices.Sort(got)
	slices.Sort(names)
	if !slices.Equal(got, names) {
		return fmt.Errorf("the signature reads %q, want %q", got, names)
	}
	return nil
}

func namedFeatures(s *subject) error {
	t, err := s.training(data{})
	if err != nil {
		return err
	}
	t.Problem.Features = []string{"b", "a"}
	return s.wantInputs(t, "a", "b")
}

func sensitiveColumns(s *subject) error {
	t, err := s.training(data{})
	if err != nil {
		return err
	}
	b, _ := t.Rows.Schema().Lookup("b")
	n, _ := t.Rows.Schema().Lookup("n")
	b.Sensitive, n.Personal = true, true
	schema, err := t.Rows.Schema().With(b, n)
	if err != nil {
		return err
	}
	t.Rows = dataset.Map(t.Rows, schema, func(_ context.Context, b dataset.Batch) (dataset.Batch, error) { return b.As(schema) })
	if err := s.wantInputs(t, "a", "f"); err != nil {
		return fmt.Errorf("column b is sensitive and column n personal: %w", err)
	}
	t.Problem.Features = []string{"a", "b"}
	return s.wantInputs(t, "a", "b")
}

func targetAmongFeatures(s *subject) error {
	t, err := s.training(data{})
	if err != nil {
		return err
	}
	t.Problem.Features = []string{"a", t.Problem.Target}
	_, err = s.fitOn(s.estimator(1), t)
	return conform.WantError("fit with the target among the features", err, dataset.ErrSchema)
}

func signatureRules(s *subject) error {
	t, err := s.training(data{})
	if err != nil {
		return err
	}
	low := -1e3
	b, _ := t.Rows.Schema().Lookup("b")
	b.Min, b.Unit, b.Description = &low, "m", "a length"
	schema, err := t.Rows.Schema().With(b)
	if err != nil {
		return err
	}
	t.Rows = dataset.Map(t.Rows, schema, func(_ context.Context, b dataset.Batch) (dataset.Batch, error) { return b.As(schema) })
	p, err := s.fitOn(s.estimator(1), t)
	if err != nil {
		return err
	}
	for _, got := range p.Signature().Input.Fields() {
		if want, _ := schema.Lookup(got.Name); !reflect.DeepEqual(want, got) {
			return fmt.Errorf("column %q of the signature differs from the training's schema", got.Name)
		}
	}
	return nil
}

// namedColumn leaves out a column and asks who is missing.
func namedColumn(s *subject) error {
	p, err := s.fit(data{})
	if err != nil {
		return err
	}
	src, err := s.wide(data{rows: 5}, []string{"a", "n", "f"})
	if err != nil {
		return err
	}
	for b, err := range src.Batches(s.ctx) {
		if err != nil {
			return err
		}
		out, err := p.Predict(s.ctx, b)
		out.Release()
		if err := namesColumn("predict without column b", err, "b"); err != nil {
			return err
		}
	}
	t, err := s.training(data{})
	if err != nil {
		return err
	}
	t.Problem.Features = []string{"a", "nowhere"}
	_, err = s.fitOn(s.estimator(1), t)
	return namesColumn("fit with an unknown feature", err, "nowhere")
}

func namesColumn(what string, err error, column string) error {
	var se *dataset.SchemaError
	switch {
	case !errors.As(err, &se):
		return fmt.Errorf("%s: want a *dataset.SchemaError, got error %w", what, errors.Join(err, errNothingMore))
	case se.Column != column || se.Want == "" || se.Got == "":
		return fmt.Errorf("%s: want an error about column %q with what is wanted and what was got, got %w", what, column, err)
	}
	return nil
}

var errNothingMore = errors.New("and nothing more")

// cast returns b with column name as another type of number.
func (s *subject) cast(b dataset.Batch, name string, to dataset.Type) (dataset.Batch, error) {
	values := make([]float64, b.NumRows())
	from, err := b.ByName(name)
	if err != nil {
		return dataset.Batch{}, err
	}
	if err := dataset.Float64s(from, values); err != nil {
		return dataset.Batch{}, err
	}
	dt, err := to.Arrow()
	if err != nil {
		return dataset.Batch{}, err
	}
	made := array.NewBuilder(s.mem, dt)
	defer made.Release()
	for _, x := range values {
		switch made := made.(type) {
		case *array.Float64Builder:
			made.Append(x)
		case *array.Int64Builder:
			made.Append(int64(x))
		case *array.Uint8Builder:
			made.Append(uint8(x))
		}
	}
	column := made.NewArray()
	defer column.Release()
	return s.with(b, name, to, column)
}

// with returns b with another column in the place of column name.
func (s *subject) with(b dataset.Batch, name string, t dataset.Type, column arrow.Array) (dataset.Batch, error) {
	f, _ := b.Schema().Lookup(name)
	f.Type = t
	schema, err := b.Schema().With(f)
	if err != nil {
		return dataset.Batch{}, err
	}
	columns := slices.Clone(b.Record().Columns())
	columns[schema.Index(name)] = column
	return dataset.NewBatch(schema, columns, b.NumRows())
}

// widths predicts from whole numbers and bools of other types. A predictor may refuse them with a schema error.
func widths(s *subject) error {
	p, err := s.fit(data{})
	if err != nil {
		return err
	}
	want, err := s.predict(p, data{rows: 100, seed: 14})
	if err != nil {
		return err
	}
	src, err := s.source(data{rows: 100, seed: 14})
	if err != nil {
		return err
	}
	for b, err := range src.Batches(s.ctx) {
		if err != nil {
			return err
		}
		for _, c := range []struct {
			name string
			to   dataset.Type
		}{{"n", dataset.Int64}, {"n", dataset.Uint8}, {"n", dataset.Float64}, {"f", dataset.Uint8}} {
			if err := s.widened(p, b, c.name, c.to, want); err != nil {
				return fmt.Errorf("column %q as %s: %w", c.name, c.to, err)
			}
		}
	}
	return nil
}

func (s *subject) widened(p model.Predictor, b dataset.Batch, name string, to dataset.Type, want []answer) error {
	changed, err := s.cast(b, name, to)
	if err != nil {
		return err
	}
	defer changed.Release()
	out, err := p.Predict(s.ctx, changed)
	if errors.Is(err, dataset.ErrSchema) {
		return nil
	}
	if err != nil {
		return err
	}
	defer out.Release()
	got, err := appendAnswers(nil, out)
	if err != nil {
		return err
	}
	return sameBits(want, got)
}

// unanswered predicts rows of which one has a null and one an infinity. The null has an answer when the traits say so, and else none, or the batch is refused.
func unanswered(s *subject) error {
	const null, infinity = 5, 9
	p, err := s.fit(data{})
	if err != nil {
		return err
	}
	want, err := s.predict(p, data{rows: 50, seed: 15})
	if err != nil {
		return err
	}
	src, err := s.source(data{rows: 50, seed: 15, edit: func(i int, r *row) {
		switch i {
		case null:
			r.A = nil
		case infinity:
			r.B = math.Inf(1)
		}
	}})
	if err != nil {
		return err
	}
	for b, err := range src.Batches(s.ctx) {
		if err != nil {
			return err
		}
		out, err := p.Predict(s.ctx, b)
		if err != nil && !s.traits.Missing && !s.traits.Baseline && (errors.Is(err, model.ErrNonFinite) || errors.Is(err, dataset.ErrSchema)) {
			return nil
		}
		if err != nil {
			return err
		}
		defer out.Release()
		if err := s.comparedBut(want, out, null, infinity); err != nil {
			return err
		}
		if err := s.answered(out, null); err != nil {
			return err
		}
	}
	return nil
}

// comparedBut compares the rows of out, one by one, but for some.
func (s *subject) comparedBut(want []answer, out dataset.Batch, but ...int) error {
	for i := range out.NumRows() {
		if slices.Contains(but, i) {
			continue
		}
		one := out.Slice(i, i+1)
		got, err := appendAnswers(nil, one)
		one.Release()
		if err != nil {
			return err
		}
		if err := sameBits(want[i:i+1], got); err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
	}
	return nil
}

// answered looks at the answer to a row with a null.
func (s *subject) answered(out dataset.Batch, i int) error {
	one := out.Slice(i, i+1)
	defer one.Release()
	got, err := appendAnswers(nil, one)
	none := err != nil || slices.ContainsFunc(got[0].numbers, math.IsNaN) // an error is a null prediction
	switch takes := s.traits.Missing || s.traits.Baseline; {
	case takes && none:
		return errors.New("a row with a null has no answer, although the traits say that nulls are taken")
	case !takes && !none:
		return errors.New("a row with a null has an answer, although the traits say that nulls are not taken")
	}
	return nil
}
