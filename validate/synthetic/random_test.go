package synthetic_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// types are all kinds of columns.
var types = []dataset.Type{
	dataset.Bool, dataset.Int8, dataset.Int16, dataset.Int32, dataset.Int64, dataset.Uint8, dataset.Uint16, dataset.Uint32, dataset.Uint64, dataset.Float32, dataset.Float64,
	dataset.Utf8, dataset.LargeUtf8, dataset.Dictionary, dataset.Binary, dataset.Date32, dataset.JSON, dataset.Timestamp, dataset.TimeUTC, dataset.TimestampIn("Europe/Berlin"),
	dataset.Decimal128(10, 2), dataset.Decimal128(38, 20), dataset.Decimal128(3, 3), dataset.Decimal128(5, 0), dataset.List(dataset.Float32), dataset.FixedSizeList(dataset.Int64, 3),
	"struct<a:int64,b:list<utf8>>",
}

var patterns = []string{
	`[A-Z]{2}\d{4}`, `\w+@\w+\.(com|org)`, `(?i)abc|x?y*z+`, `[^a-z]{1,3}`, `^\d{3}-\d{2}$`, `a{2,}(b|c{3}){1,4}`, `\p{Greek}+`, `.{5}`, `(a|ab)(c|bcd)(d*)`, `\bfoo\b( bar)*`, `[äöü]+ß?`,
}

// randomSchema has up to 12 columns with all kinds of rules.
func randomSchema(t testing.TB, seed uint64) *dataset.Schema {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	fields := make([]dataset.Field, 1+r.IntN(12))
	for i := range fields {
		f := dataset.Field{Name: fmt.Sprintf("c%d", i), Type: types[r.IntN(len(types))], Nullable: r.IntN(3) == 0}
		if f.Type.IsNumeric() && f.Type != dataset.Bool {
			randomBounds(r, &f)
		}
		if f.Type.IsText() {
			randomTexts(r, &f)
		}
		if r.IntN(4) == 0 {
			f.Unit = "m"
		}
		fields[i] = f
	}
	s, err := dataset.NewSchema(fields...)
	must(t, err)
	return s
}

func randomBounds(r *rand.Rand, f *dataset.Field) {
	low, width := math.Round(r.NormFloat64()*20), float64(1+r.IntN(100))
	switch f.Type.Class() {
	case dataset.ClassFloat:
		low += r.Float64()
	case dataset.ClassDate:
		low, width = low*500, width*20
	case dataset.ClassTime:
		low, width = low*1e12, width*1e10
	default:
	}
	switch f.Type {
	case dataset.Uint8, dataset.Uint16, dataset.Uint32, dataset.Uint64:
		low = math.Abs(low)
	case dataset.Int8:
		low = max(min(low, 20), -100)
	case dataset.Int64:
		low *= math.Pow(10, float64(r.IntN(16)))
	case dataset.Decimal128(3, 3):
		low, width = -0.5, 0.25*float64(r.IntN(4))
	default:
	}
	high := low + width
	if r.IntN(3) > 0 {
		f.Min = &low
	}
	if r.IntN(3) > 0 {
		f.Max = &high
	}
}

func randomTexts(r *rand.Rand, f *dataset.Field) {
	switch r.IntN(4) {
	case 0:
		for i := range 1 + r.IntN(5) {
			f.OneOf = append(f.OneOf, []string{"red", "dark green", "ΒΛΕ", "x", "None"}[i])
		}
		f.Unseen = []dataset.Unseen{dataset.UnseenReject, dataset.UnseenMissing, dataset.UnseenOther}[r.IntN(3)]
	case 1:
		f.Pattern = patterns[r.IntN(len(patterns))]
	case 2:
		f.OneOf, f.Pattern = []string{"AB1234", "CD0000", "no"}, patterns[0]
	}
}

func validator(t testing.TB, s *dataset.Schema, p *validate.Profile) *validate.Validator {
	t.Helper()
	v, err := validate.New(s, validate.ValidatorOptions{Reference: p, Workers: 1})
	must(t, err)
	return v
}
