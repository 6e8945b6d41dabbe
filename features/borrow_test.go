package features_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/internal/conform"
)

// pipelineRows returns the fitted usual pipeline and rows for it.
func pipelineRows(t *testing.T, rows int) (features.Transformer, *dataset.Batches) {
	t.Helper()
	src := must[*dataset.Batches](t)(conform.Rows{N: rows, Batch: rows, Seed: 1}.Source(memory.DefaultAllocator, columns(t)))
	t.Cleanup(func() { _ = src.Close() })
	return must[features.Transformer](t)(usual(t).Fit(t.Context(), src)), src
}

// madeColumns returns the numbers that tr made.
func madeColumns(t *testing.T, tr features.Transformer, b dataset.Batch) [][]float64 {
	t.Helper()
	var out [][]float64
	for _, o := range tr.Plan().Outputs {
		v := make([]float64, b.NumRows())
		c, err := b.ByName(o.Name)
		if err != nil {
			t.Fatal(err)
		}
		if err := dataset.Float64s(c, v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

func TestWhatWasMadeDoesNotAliasTheInput(t *testing.T) {
	tr, src := pipelineRows(t, 200)
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		out, err := features.Transform(t.Context(), tr, b)
		if err != nil {
			t.Fatal(err)
		}
		defer out.Release()
		want := madeColumns(t, tr, out)
		conform.Scribble(b)
		for j, column := range madeColumns(t, tr, out) {
			for i, x := range column {
				if math.Float64bits(x) != math.Float64bits(want[j][i]) {
					t.Fatalf("output %q, row %d: %v, want %v as before the input was overwritten", tr.Plan().Outputs[j].Name, i, x, want[j][i])
				}
			}
		}
	}
}

func TestTransformEndsWithItsContext(t *testing.T) {
	tr, src := pipelineRows(t, 50)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if out, err := features.Transform(ctx, tr, b); !errors.Is(err, context.Canceled) || !out.IsZero() {
			t.Errorf("transform: got error %v, want context.Canceled and no batch", err)
		}
	}
	made := must[dataset.Source](t)(features.Apply(tr, src))
	for _, err := range made.Batches(ctx) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("apply: got error %v, want context.Canceled", err)
		}
	}
}

// A transform holds the numbers of a row's inputs and outputs a few times over, and what compiling takes once.
func TestTheMemoryOfATransformIsBoundedByItsBatch(t *testing.T) {
	var bytes [2]int64
	var cells int64
	for k, rows := range []int{1000, 10_000} {
		tr, src := pipelineRows(t, rows)
		cells = int64(len(tr.Plan().Inputs) + len(tr.Plan().Outputs))
		n, err := conform.Allocated(func() error {
			for b, err := range src.Batches(t.Context()) {
				if err != nil {
					return err
				}
				out, err := features.Transform(t.Context(), tr, b)
				if err != nil {
					return err
				}
				out.Release()
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		bytes[k] = n
	}
	if got, limit := (bytes[1]-bytes[0])/9000, 4*8*cells; got > limit {
		t.Errorf("a transform allocates %d bytes for each further row of %d cells, want at most %d", got, cells, limit)
	}
}
