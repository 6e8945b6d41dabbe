package featurestest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/internal/conform"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// sameBits compares two results; NaN equals NaN.
func sameBits(want, got [][]float64) error {
	if len(want) != len(got) {
		return fmt.Errorf("%d columns, want %d", len(got), len(want))
	}
	for j, w := range want {
		g := got[j]
		if len(w) != len(g) {
			return fmt.Errorf("output %d: %d rows, want %d", j, len(g), len(w))
		}
		for i := range w {
			if !conform.SameFloat(w[i], g[i]) {
				return fmt.Errorf("output %d, row %d: %v, want %v", j, i, g[i], w[i])
			}
		}
	}
	return nil
}

func outputIsReal(ctx context.Context, s *subject) error {
	t, err := s.fit(ctx)
	if err != nil {
		return err
	}
	src, err := s.wide(conform.Rows{N: 300, Batch: 100, Seed: 2, Unseen: true})
	if err != nil {
		return err
	}
	want, err := t.Output(src.Schema())
	if err != nil {
		return fmt.Errorf("output: %w", err)
	}
	for _, o := range t.Plan().Outputs {
		if want.Index(o.Name) < 0 {
			return fmt.Errorf("the plan puts out %q, which Output does not have", o.Name)
		}
	}
	out, err := features.Apply(t, src)
	if err != nil {
		return err
	}
	for b, err := range out.Batches(ctx) {
		if err != nil {
			return err
		}
		if !b.Schema().Equal(want) {
			return errors.New("transform makes another schema than Output says")
		}
		for i, f := range want.Fields() {
			if n := b.Column(i).NullN(); n > 0 && !f.Nullable {
				return fmt.Errorf("output %q: %d nulls in a column that Output says has none", f.Name, n)
			}
		}
	}
	return nil
}

func batchSizes(ctx context.Context, s *subject) error {
	t, err := s.fit(ctx)
	if err != nil {
		return err
	}
	var want [][]float64
	for _, size := range []int{300, 1, 7, 256, 299} {
		src, err := s.source(conform.Rows{N: 300, Batch: size, Seed: 3, Unseen: true})
		if err != nil {
			return err
		}
		got, err := transformed(ctx, t, src)
		if err != nil {
			return err
		}
		if want == nil {
			want = got
		}
		if err := sameBits(want, got); err != nil {
			return fmt.Errorf("batches of %d rows: %w", size, err)
		}
	}
	return nil
}

func rowOrder(ctx context.Context, s *subject) error {
	t, err := s.fit(ctx)
	if err != nil {
		return err
	}
	var results [2][][]float64
	for k := range results {
		src, err := s.source(conform.Rows{N: 500, Batch: 200, Seed: 4, Unseen: true, Reverse: k == 1})
		if err != nil {
			return err
		}
		if results[k], err = transformed(ctx, t, src); err != nil {
			return err
		}
	}
	for _, c := range results[1] {
		slices.Reverse(c)
	}
	return sameBits(results[0], results[1])
}

// rows runs the row entrance over src.
func rows(ctx context.Context, t features.Transformer, src dataset.Source, viaText bool) ([][]float64, error) {
	g, err := compiled(t.Plan(), viaText)
	if err != nil {
		return nil, err
	}
	inputs, outputs := g.Plan().Inputs, g.Plan().Outputs
	scratch, row, values := g.NewRowScratch(), dataset.NewRow(src.Schema()), make([]dataset.Value, len(inputs))
	out := make([][]float64, len(outputs))
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return nil, err
		}
		for i := range b.NumRows() {
			if err := b.ReadRow(i, row); err != nil {
				return nil, err
			}
			for k, in := range inputs {
				values[k] = row.Values[src.Schema().Index(in.Name)]
			}
			g.Row(values, scratch)
			for k := range out {
				out[k] = append(out[k], g.Output(scratch, k))
			}
		}
	}
	return out, nil
}

func compareRows(ctx context.Context, s *subject, viaText bool) error {
	t, src, err := s.fitted(ctx, conform.Rows{N: 1000, Batch: 300, Seed: 5, Unseen: true})
	if err != nil {
		return err
	}
	want, err := transformed(ctx, t, src)
	if err != nil {
		return err
	}
	got, err := rows(ctx, t, src, viaText)
	if err != nil {
		return err
	}
	return sameBits(want, got)
}

func rowEntrance(ctx context.Context, s *subject) error { return compareRows(ctx, s, false) }

func planText(ctx context.Context, s *subject) error { return compareRows(ctx, s, true) }

func wrongSchema(ctx context.Context, s *subject) error {
	t, err := s.fit(ctx)
	if err != nil {
		return err
	}
	for _, in := range t.Plan().Inputs {
		without, err := s.traits.Schema.Without(in.Name)
		if err != nil {
			return err
		}
		_, err = t.Output(without)
		if err := conform.WantError(fmt.Sprintf("output without column %q", in.Name), err, dataset.ErrSchema); err != nil {
			return err
		}
		f := dataset.Field{Name: in.Name, Type: dataset.Float64}
		if in.Kind == plan.Number {
			f.Type = dataset.Utf8
		}
		other, err := s.traits.Schema.With(f)
		if err != nil {
			return err
		}
		_, err = t.Output(other)
		if err := conform.WantError(fmt.Sprintf("output with column %q of type %s", in.Name, f.Type), err, dataset.ErrSchema); err != nil {
			return err
		}
	}
	return nil
}

// missingValues sends rows of nulls and, in float columns, of NaN: they are the same, and the outputs are missing or not as the traits say.
func missingValues(ctx context.Context, s *subject) error {
	t, err := s.fit(ctx)
	if err != nil {
		return err
	}
	g, err := plan.Compile(t.Plan())
	if err != nil {
		return err
	}
	scratch := g.NewRowScratch()
	inputs := t.Plan().Inputs
	nulls, nans := make([]dataset.Value, len(inputs)), make([]dataset.Value, len(inputs))
	nullable := true
	for i, in := range inputs {
		f, _ := s.traits.Schema.Lookup(in.Name)
		nullable = nullable && f.Nullable
		if in.Kind == plan.Number {
			nans[i] = dataset.NumberValue(math.NaN())
		}
	}
	missing := 0
	var first []float64
	g.Row(nulls, scratch)
	for i := range t.Plan().Outputs {
		x := g.Output(scratch, i)
		first = append(first, x)
		if math.IsNaN(x) {
			missing++
		}
	}
	g.Row(nans, scratch)
	for i := range first {
		if !conform.SameFloat(g.Output(scratch, i), first[i]) {
			return fmt.Errorf("output %q: NaN gives another result than null", t.Plan().Outputs[i].Name)
		}
	}
	switch {
	case nullable && s.traits.FillsMissing && missing > 0:
		return fmt.Errorf("%d outputs of a row of nulls are missing, want none", missing)
	case !s.traits.FillsMissing && missing == 0:
		return errors.New("no output of a row of nulls is missing, want one")
	}
	return nil
}

func concurrent(ctx context.Context, s *subject) error {
	t, src, err := s.fitted(ctx, conform.Rows{N: 500, Batch: 125, Seed: 11, Unseen: true})
	if err != nil {
		return err
	}
	want, err := transformed(ctx, t, src)
	if err != nil {
		return err
	}
	errs := make([]error, 8)
	var wait sync.WaitGroup
	for k := range errs {
		wait.Go(func() {
			got, err := transformed(ctx, t, src)
			if err == nil {
				err = sameBits(want, got)
			}
			errs[k] = err
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

func passThrough(ctx context.Context, s *subject) error {
	t, err := s.fit(ctx)
	if err != nil {
		return err
	}
	src, err := s.wide(conform.Rows{N: 200, Batch: 200, Seed: 12})
	if err != nil {
		return err
	}
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return err
		}
		out, err := features.Transform(ctx, t, b)
		if err != nil {
			return err
		}
		defer out.Release()
		want, err := b.ByName("untouched")
		if err != nil {
			return err
		}
		got, err := out.ByName("untouched")
		if err != nil {
			return err
		}
		if !array.Equal(want, got) {
			return errors.New("a column that the transformer does not read was changed")
		}
	}
	return nil
}
