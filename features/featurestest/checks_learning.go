package featurestest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/internal/conform"
	"github.com/tidewheel/tidewheel/internal/plan"
)

func learningChecks() []check {
	return []check{
		{"bad options are refused when they are made", badOptions, hasOptions},
		{"the option workers changes no bit", workersOption, hasWorkers},
		{"concurrent fits agree", concurrentFits, nil},
		{"empty batches change nothing", emptyBatches, nil},
		{"null and NaN are learnt alike", missingLearnt, nil},
		{"rows that can be read once are learnt or refused", readOnce, nil},
		{"a source's error ends fit", sourceError, nil},
		{"a fit that is cancelled while it reads asks for no further batch", cancelledReading, nil},
		{"columns are found by name", columnsByName, nil},
		{"other columns keep their places", places, nil},
		{"a made column takes no other's name", takenNames, nil},
		{"what is made of a sensitive column is sensitive", sensitive, nil},
		{"categories that training never met are alike", unseenAlike, oneUnseen},
		{"an unseen category is missing where the field says so", unseenMissing, oneUnseen},
	}
}

func badOptions(_ context.Context, s *subject) error {
	calls := make([]conform.Refusal, len(s.traits.Options))
	for i, o := range s.traits.Options {
		calls[i] = conform.Refusal(o)
	}
	return conform.Refused(calls)
}

func workersOption(ctx context.Context, s *subject) error {
	n := s.traits.Rows
	if n == 0 {
		n = 140_000
	}
	src, err := s.source(conform.Rows{N: n, Batch: 50_000, Seed: 14})
	if err != nil {
		return err
	}
	var fits []func() (features.Transformer, error)
	for _, workers := range []int{1, 2, 8} {
		fits = append(fits, func() (features.Transformer, error) { return s.traits.WithWorkers(workers).Fit(ctx, src) })
	}
	return s.samePlans(fits...)
}

func concurrentFits(ctx context.Context, s *subject) error {
	src, err := s.source(conform.Rows{N: 300, Batch: 70, Seed: 15})
	if err != nil {
		return err
	}
	made, errs := make([]features.Transformer, 4), make([]error, 4)
	var wait sync.WaitGroup
	for k := range made {
		wait.Go(func() { made[k], errs[k] = s.fitOn(ctx, src) })
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	var fits []func() (features.Transformer, error)
	for _, t := range made {
		fits = append(fits, func() (features.Transformer, error) { return t, nil })
	}
	return s.samePlans(fits...)
}

func emptyBatches(ctx context.Context, s *subject) error {
	src, err := s.source(conform.Rows{N: 300, Batch: 70, Seed: 16})
	if err != nil {
		return err
	}
	return s.samePlans(func() (features.Transformer, error) { return s.fitOn(ctx, src) }, func() (features.Transformer, error) {
		return s.fitOn(ctx, &conform.Watched{Source: src, Empty: true})
	})
}

// missingLearnt fits columns of floats in which every missing value is a null, and then NaN.
func missingLearnt(ctx context.Context, s *subject) error {
	src, err := s.source(conform.Rows{N: 300, Batch: 300, Seed: 17})
	if err != nil {
		return err
	}
	as := func(null bool) func() (features.Transformer, error) {
		return func() (features.Transformer, error) {
			return s.fitOn(ctx, dataset.Map(src, src.Schema(), func(_ context.Context, b dataset.Batch) (dataset.Batch, error) { return s.missingAs(b, null) }))
		}
	}
	return s.samePlans(as(true), as(false))
}

// missingAs returns b with each null and NaN of a nullable float64 column as one of the two.
func (s *subject) missingAs(b dataset.Batch, null bool) (dataset.Batch, error) {
	columns := slices.Clone(b.Record().Columns())
	for j, f := range b.Schema().Fields() {
		c, ok := columns[j].(*array.Float64)
		if !ok || !f.Nullable {
			continue
		}
		to := array.NewFloat64Builder(s.mem)
		defer to.Release()
		values := make([]float64, c.Len())
		if err := dataset.Float64s(c, values); err != nil {
			return dataset.Batch{}, err
		}
		for _, x := range values {
			if x != x && null {
				to.AppendNull()
			} else {
				to.Append(x)
			}
		}
		columns[j] = to.NewArray()
		defer columns[j].Release()
	}
	return dataset.NewBatch(b.Schema(), columns, b.NumRows())
}

func readOnce(ctx context.Context, s *subject) error {
	src, err := s.source(conform.Rows{N: 300, Batch: 70, Seed: 18})
	if err != nil {
		return err
	}
	t, err := s.fitOn(ctx, &conform.Once{Source: src})
	if errors.Is(err, dataset.ErrConsumed) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("fit on rows that can be read once: got error %w, want none or dataset.ErrConsumed", err)
	}
	return s.samePlans(func() (features.Transformer, error) { return s.fitOn(ctx, src) }, func() (features.Transformer, error) { return t, nil })
}

func sourceError(ctx context.Context, s *subject) error {
	src, err := s.source(conform.Rows{N: 300, Batch: 70, Seed: 19})
	if err != nil {
		return err
	}
	broken := errors.New("the line is broken")
	t, err := s.fitter.Fit(ctx, &conform.Watched{Source: src, Err: broken})
	if s.traits.NoLearning && err == nil && t != nil { // it need not read
		return nil
	}
	if t != nil {
		return errors.New("fit on a source that fails returned a transformer")
	}
	return conform.WantError("fit on a source that fails", err, broken)
}

func cancelledReading(ctx context.Context, s *subject) error {
	const at = 2
	src, err := s.source(conform.Rows{N: 300, Batch: 20, Seed: 20})
	if err != nil {
		return err
	}
	inner, watched, pulled := conform.Cancelling(ctx, src, at)
	_, err = s.fitter.Fit(inner, watched)
	n := pulled()
	if err == nil && n <= at { // it has read fewer batches than that
		return nil
	}
	if err := conform.WantError("fit under a context that ends while it reads", err, context.Canceled); err != nil {
		return err
	}
	if n > at+1 {
		return fmt.Errorf("fit asked for %d batches after the end of its context", n-at-1)
	}
	return nil
}

// columnsByName transforms columns in reverse order.
func columnsByName(ctx context.Context, s *subject) error {
	t, src, err := s.fitted(ctx, conform.Rows{N: 300, Batch: 100, Seed: 22, Unseen: true})
	if err != nil {
		return err
	}
	want, err := transformed(ctx, t, src)
	if err != nil {
		return err
	}
	names := src.Schema().Names()
	slices.Reverse(names)
	reversed, err := dataset.Select(ctx, src, names...)
	if err != nil {
		return err
	}
	got, err := transformed(ctx, t, reversed)
	if err != nil {
		return err
	}
	return sameBits(want, got)
}

// places puts a column in front of the others and one behind them.
func places(ctx context.Context, s *subject) error {
	t, err := s.fit(ctx)
	if err != nil {
		return err
	}
	fields := append([]dataset.Field{{Name: "in front", Type: dataset.Int64}}, s.traits.Schema.Fields()...)
	schema, err := dataset.NewSchema(append(fields, dataset.Field{Name: "untouched", Type: dataset.Utf8, Nullable: true})...)
	if err != nil {
		return err
	}
	out, err := t.Output(schema)
	if err != nil {
		return fmt.Errorf("output: %w", err)
	}
	names := out.Names()
	if names[0] != "in front" || names[len(names)-1] != "untouched" {
		return fmt.Errorf("the first and the last column are %q and %q, want those that stood there", names[0], names[len(names)-1])
	}
	return nil
}

// takenNames shows schemas that have a column of a made one's name already.
func takenNames(ctx context.Context, s *subject) error {
	t, err := s.fit(ctx)
	if err != nil {
		return err
	}
	for _, o := range t.Plan().Outputs {
		if slices.ContainsFunc(t.Plan().Inputs, func(in plan.Input) bool { return in.Name == o.Name }) {
			continue // the column is replaced
		}
		taken, err := s.traits.Schema.With(dataset.Field{Name: o.Name, Type: dataset.Date32})
		if err != nil {
			return err
		}
		_, err = t.Output(taken)
		if err := conform.WantError(fmt.Sprintf("output for columns of which one is named %q already", o.Name), err, dataset.ErrSchema); err != nil {
			return err
		}
	}
	return nil
}

func sensitive(ctx context.Context, s *subject) error {
	fields := s.traits.Schema.Fields()
	for i := range fields {
		fields[i].Sensitive, fields[i].Purpose = true, "audit"
	}
	schema, err := dataset.NewSchema(fields...)
	if err != nil {
		return err
	}
	src, err := s.sourceOf(schema, conform.Rows{N: 300, Batch: 100, Seed: 23})
	if err != nil {
		return err
	}
	t, err := s.fitOn(ctx, src)
	if err != nil {
		return err
	}
	out, err := t.Output(schema)
	if err != nil {
		return fmt.Errorf("output: %w", err)
	}
	for _, o := range t.Plan().Outputs {
		if f, _ := out.Lookup(o.Name); !f.Sensitive || f.Purpose != "audit" {
			return fmt.Errorf("output %q is made of sensitive columns with a purpose, and has sensitive %v and purpose %q", o.Name, f.Sensitive, f.Purpose)
		}
	}
	return nil
}

// scoreTexts gives every text input the same text, or null, and every number 1.
func scoreTexts(t features.Transformer, text dataset.Value) ([]float64, error) {
	g, err := plan.Compile(t.Plan())
	if err != nil {
		return nil, err
	}
	scratch := g.NewRowScratch()
	var values []dataset.Value
	for _, in := range t.Plan().Inputs {
		if in.Kind == plan.Text {
			values = append(values, text)
		} else {
			values = append(values, dataset.NumberValue(1))
		}
	}
	g.Row(values, scratch)
	var out []float64
	for i := range t.Plan().Outputs {
		out = append(out, g.Output(scratch, i))
	}
	return out, nil
}

func sameScores(t features.Transformer, a, b dataset.Value) error {
	want, err := scoreTexts(t, a)
	if err != nil {
		return err
	}
	got, err := scoreTexts(t, b)
	if err != nil {
		return err
	}
	return sameBits([][]float64{want}, [][]float64{got})
}

func unseenAlike(ctx context.Context, s *subject) error {
	t, err := s.fit(ctx)
	if err != nil {
		return err
	}
	return sameScores(t, dataset.TextValue("never met"), dataset.TextValue("nor this one, which is longer"))
}

func unseenMissing(ctx context.Context, s *subject) error {
	fields := s.traits.Schema.Fields()
	for i := range fields {
		if fields[i].Type.IsText() {
			fields[i].Unseen = dataset.UnseenMissing
		}
	}
	schema, err := dataset.NewSchema(fields...)
	if err != nil {
		return err
	}
	src, err := s.sourceOf(schema, conform.Rows{N: 400, Batch: 100, Seed: 24})
	if err != nil {
		return err
	}
	t, err := s.fitOn(ctx, src)
	if err != nil {
		return err
	}
	return sameScores(t, dataset.Value{}, dataset.TextValue("never met"))
}
