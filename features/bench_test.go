package features_test

import (
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/internal/plan"
)

func fittedForBench(b *testing.B) (features.Transformer, *dataset.Batches) {
	b.Helper()
	src := flights(b, columns(b), 20_000, 1, false)
	fitted, err := usual(b).Fit(b.Context(), src)
	if err != nil {
		b.Fatal(err)
	}
	return fitted, src
}

func BenchmarkPipelineTransform(b *testing.B) {
	fitted, src := fittedForBench(b)
	defer src.Close()
	out, err := features.Apply(fitted, src)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(src.NumRows() * src.Schema().Len() * 8))
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range out.Batches(b.Context()) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkPipelineRow(b *testing.B) {
	fitted, src := fittedForBench(b)
	defer src.Close()
	g, err := plan.Compile(fitted.Plan())
	if err != nil {
		b.Fatal(err)
	}
	scratch := g.NewRowScratch()
	values := make([]dataset.Value, len(g.Plan().Inputs))
	for i, in := range g.Plan().Inputs {
		if values[i] = dataset.NumberValue(1e6); in.Kind == plan.Text {
			values[i] = dataset.TextValue("UA")
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		g.Row(values, scratch)
	}
}

func BenchmarkPipelineFit(b *testing.B) {
	_, src := fittedForBench(b)
	defer src.Close()
	p := usual(b)
	b.SetBytes(int64(src.NumRows() * src.Schema().Len() * 8))
	for b.Loop() {
		if _, err := p.Fit(b.Context(), src); err != nil {
			b.Fatal(err)
		}
	}
}
