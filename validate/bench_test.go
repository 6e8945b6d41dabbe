package validate_test

import (
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

const benchRows = 100_000

func benchSource(b *testing.B) *dataset.Batches {
	b.Helper()
	src, err := validatetest.Reference(nil, 1, benchRows)
	must(b, err)
	b.Cleanup(func() { _ = src.Close() })
	return src
}

// BenchmarkProfile profiles 100,000 rows of seven columns with one worker.
func BenchmarkProfile(b *testing.B) {
	src := benchSource(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := validate.ProfileOf(b.Context(), src, validate.ProfileOptions{Workers: 1}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(benchRows*b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkCheck checks 100,000 rows by ten rules (null in six columns, three minima, a maximum, two sets, and the type of a bool) and the guard, with one worker.
func BenchmarkCheck(b *testing.B) {
	src := benchSource(b)
	v := paymentValidator(b)
	one, err := validate.New(v.Schema(), validate.ValidatorOptions{Reference: profileOf(b, src), Workers: 1})
	must(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if r, err := one.Check(b.Context(), src); err != nil || !r.OK {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(benchRows*b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkCheckRow checks one typed row.
func BenchmarkCheckRow(b *testing.B) {
	v := paymentValidator(b)
	reader, err := dataset.NewRowReader[validatetest.Payment](v.Schema())
	must(b, err)
	row, p := dataset.NewRow(v.Schema()), validatetest.ValidPayment()
	var r validate.RowResult
	b.ReportAllocs()
	for b.Loop() {
		reader.Read(&p, row)
		v.CheckRow(row, &r)
	}
}
