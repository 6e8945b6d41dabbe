package validate_test

import (
	"math"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/alloc"
	"github.com/tidewheel/tidewheel/validate"
)

// What ParseCell accepts is a value of the column's type to CheckRow, and what it refuses is null.
func FuzzParseCell(f *testing.F) {
	types := []dataset.Type{
		dataset.Bool, dataset.Int8, dataset.Int64, dataset.Uint64, dataset.Float32, dataset.Float64, dataset.Decimal128(10, 3), dataset.Date32,
		dataset.Timestamp, dataset.TimeUTC, dataset.Utf8,
	}
	for _, text := range []string{"", "1", " -0.0 ", "+7", "1e309", "nan", "2024-01-02", "2024-01-02 03:04:05.000001", "2024-01-02T03:04Z", "true", "0x1p4", "1_0", "18446744073709551615"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, typ := range types {
			field := dataset.Field{Name: "x", Type: typ}
			s, err := dataset.NewSchema(field)
			must(t, err)
			v, err := validate.New(s, validate.ValidatorOptions{})
			must(t, err)
			var value dataset.Value
			var verdict validate.Verdict
			if over := alloc.Bound(1<<20+1000*len(text), func() { value, verdict = validate.ParseCell(field, text) }); over != nil {
				t.Fatal(over)
			}
			if verdict.Severity == validate.Refused {
				if value.Valid {
					t.Errorf("%s: refused with a value", typ)
				}
				continue
			}
			var r validate.RowResult
			v.CheckRow(dataset.Row{Schema: s, Values: []dataset.Value{value}}, &r)
			if !r.OK() || math.IsInf(value.Number, 0) {
				t.Errorf("%s: accepted, then %+v", typ, r.Findings)
			}
		}
	})
}
