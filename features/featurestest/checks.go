package featurestest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// sameBits compares two results; NaN equals NaN.
func sameBits(want, got [][]float64) error {
	if len(want) != len(got) {
		return fmt.Errorf("%d columns, want %d", len(got), len(want))
	}
	for j := range want {
		if len(want[j]) != len(got[j]) {
			return fmt.Errorf("output %d: %d rows, want %d", j, len(got[j]), len(want[j]))
		}
		for i := range want[j] {
			if a, b := want[j][i], got[j][i]; math.Float64bits(a) != math.Float64bits(b) && !(math.IsNaN(a) && math.IsNaN(b)) {
				return fmt.Errorf("output %d, row %d: %v, want %v", j, i, b, a)
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
	src, err := s.source(data{rows: 300, batch: 100, seed: 2, unseen: true, extra: true})
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
		src, err := s.source(data{rows: 300, batch: size, seed: 3, unseen: true})
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
		src, err := s.source(data{rows: 500, batch: 200, seed: 4, unseen: true, reverse: k == 1})
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
	t, err := s.fit(ctx)
	if err != nil {
		return err
	}
	src, err := s.source(data{rows: 1000, batch: 300, seed: 5, unseen: true})
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

// samePlans fits on each source and compares the plans' texts.
func (s *subject) samePlans(ctx context.Context, fits ...func() (features.Transformer, error)) error {
	var want string
	for i, f := range fits {
		t, err := f()
		if err != nil {
			return err
		}
		got, err := encoded(t)
		if err != nil {
			return err
		}
		if i == 0 {
			want = got
		} else if got != want {
			return fmt.Errorf("fit %d gives another plan than the first", i)
		}
	}
	return nil
}

func refit(ctx context.Context, s *subject) error {
	first := func() (features.Transformer, error) { return s.fit(ctx) }
	other := func() (features.Transformer, error) {
		src, err := s.source(data{rows: 90, batch: 90, seed: 6})
		if err != nil {
			return nil, err
		}
		if _, err := s.fitOn(ctx, src); err != nil {
			return nil, err
		}
		return s.fit(ctx)
	}
	return s.samePlans(ctx, first, first, other)
}

func (s *subject) fitLarge(ctx context.Context, d data) func() (features.Transformer, error) {
	return func() (features.Transformer, error) {
		src, err := s.source(d)
		if err != nil {
			return nil, err
		}
		return s.fitOn(ctx, src)
	}
}

func fitBatches(ctx context.Context, s *subject) error {
	return s.samePlans(ctx, s.fitLarge(ctx, data{rows: 600, batch: 600, seed: 7}), s.fitLarge(ctx, data{rows: 600, batch: 1, seed: 7, plainText: true}),
		s.fitLarge(ctx, data{rows: 600, batch: 197, seed: 7}))
}

// fitWorkers sets GOMAXPROCS, which is what an option Workers of 0 stands for.
func fitWorkers(ctx context.Context, s *subject) error {
	n := s.traits.Rows
	if n == 0 {
		n = 140_000
	}
	src, err := s.source(data{rows: n, batch: 50_000, seed: 8})
	if err != nil {
		return err
	}
	with := func(workers int) func() (features.Transformer, error) {
		return func() (features.Transformer, error) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
			return s.fitOn(ctx, src)
		}
	}
	return s.samePlans(ctx, with(1), with(2), with(8))
}

// contents returns the values of every batch of src, as JSON.
func contents(ctx context.Context, src dataset.Source) ([]byte, error) {
	var out []byte
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return nil, err
		}
		for j := range b.Schema().Len() {
			text, err := b.Column(j).MarshalJSON()
			if err != nil {
				return nil, err
			}
			out = append(out, text...)
		}
	}
	return out, nil
}

func inputsUnchanged(ctx context.Context, s *subject) error {
	src, err := s.source(data{rows: 400, batch: 150, seed: 9})
	if err != nil {
		return err
	}
	before, err := contents(ctx, src)
	if err != nil {
		return err
	}
	t, err := s.fitOn(ctx, src)
	if err != nil {
		return err
	}
	if _, err := transformed(ctx, t, src); err != nil {
		return err
	}
	after, err := contents(ctx, src)
	if err != nil {
		return err
	}
	if !bytes.Equal(before, after) {
		return errors.New("the batches were written to")
	}
	return nil
}

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
		if _, err := t.Output(without); !errors.Is(err, dataset.ErrSchema) {
			return fmt.Errorf("output without column %q: got error %v, want dataset.ErrSchema", in.Name, err)
		}
		f := dataset.Field{Name: in.Name, Type: dataset.Float64}
		if in.Kind == plan.Number {
			f.Type = dataset.Utf8
		}
		other, err := s.traits.Schema.With(f)
		if err != nil {
			return err
		}
		if _, err := t.Output(other); !errors.Is(err, dataset.ErrSchema) {
			return fmt.Errorf("output with column %q of type %s: got error %v, want dataset.ErrSchema", in.Name, f.Type, err)
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
		if x := g.Output(scratch, i); math.Float64bits(x) != math.Float64bits(first[i]) && !(math.IsNaN(x) && math.IsNaN(first[i])) {
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

func fewRows(ctx context.Context, s *subject) error {
	empty, err := s.source(data{rows: 0, batch: 1})
	if err != nil {
		return err
	}
	t, err := s.fitter.Fit(ctx, empty)
	if (err == nil) == (t == nil) {
		return errors.New("fit without rows gives neither a transformer nor an error, or both")
	}
	if err != nil && s.traits.NoLearning {
		return fmt.Errorf("fit without rows: %w", err)
	}
	if err != nil && !errors.Is(err, dataset.ErrSchema) {
		return fmt.Errorf("fit without rows: got error %w, want dataset.ErrSchema", err)
	}
	if t, err = s.fit(ctx); err != nil {
		return err
	}
	one, err := s.source(data{rows: 1, batch: 1, seed: 10})
	if err != nil {
		return err
	}
	for b := range one.Batches(ctx) {
		for n := range 2 {
			part := b.Slice(0, n)
			out, err := features.Transform(ctx, t, part)
			part.Release()
			if err != nil {
				return fmt.Errorf("transform %d rows: %w", n, err)
			}
			got := out.NumRows()
			out.Release()
			if got != n {
				return fmt.Errorf("transform of %d rows gives %d", n, got)
			}
		}
	}
	return nil
}

func concurrent(ctx context.Context, s *subject) error {
	t, err := s.fit(ctx)
	if err != nil {
		return err
	}
	src, err := s.source(data{rows: 500, batch: 125, seed: 11, unseen: true})
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
	src, err := s.source(data{rows: 200, batch: 200, seed: 12, extra: true})
	if err != nil {
		return err
	}
	for b := range src.Batches(ctx) {
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

func cancelled(ctx context.Context, s *subject) error {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	src, err := s.source(data{rows: 100, batch: 10, seed: 13})
	if err != nil {
		return err
	}
	if _, err := s.fitter.Fit(ctx, src); !errors.Is(err, context.Canceled) {
		return fmt.Errorf("fit under a cancelled context: got error %v, want context.Canceled", err)
	}
	return nil
}
