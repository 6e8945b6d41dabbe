package explain_test

import (
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model/explain"
)

// BenchmarkContributions explains 8 rows of a model of 12 trees.
func BenchmarkContributions(b *testing.B) {
	p := lightGBM(b, "regression.txt")
	in := batchOf(b, p, readReference(b).Regression.Rows)
	defer in.Release()
	e := explainer(b, p, explain.Options{Workers: 1})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Contributions(b.Context(), in); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReasons gives the three reasons of a row of the same model.
func BenchmarkReasons(b *testing.B) {
	p := lightGBM(b, "regression.txt")
	in := batchOf(b, p, readReference(b).Regression.Rows)
	defer in.Release()
	row := dataset.NewRow(p.Signature().Input)
	if err := in.ReadRow(0, row); err != nil {
		b.Fatal(err)
	}
	r, err := explainer(b, p, explain.Options{}).NewReasoner(explain.ReasonOptions{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		r.Reasons(row, 0)
	}
}
