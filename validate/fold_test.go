package validate_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

// foldSchema has a column of each class that folds tell apart.
func foldSchema(t *testing.T) *dataset.Schema {
	t.Helper()
	low := -20.0
	s, err := dataset.NewSchema(
		dataset.Field{Name: "amount", Type: dataset.Float64, Nullable: true},
		dataset.Field{Name: "share", Type: dataset.Float32, Nullable: true, Min: &low},
		dataset.Field{Name: "count", Type: dataset.Int32},
		dataset.Field{Name: "paid", Type: dataset.Bool, Nullable: true},
		dataset.Field{Name: "day", Type: dataset.Date32, Nullable: true},
		dataset.Field{Name: "country", Type: dataset.Utf8, Nullable: true, OneOf: []string{"DE", "FR", "NL"}},
		dataset.Field{Name: "note", Type: dataset.Dictionary, Nullable: true},
		dataset.Field{Name: "name", Type: dataset.Utf8, Nullable: true, Personal: true},
	)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sameJSON compares what two folds answer as JSON, which has every bit of a float.
func sameJSON[A any](want, got A) error {
	a, err := json.Marshal(want)
	if err != nil {
		return err
	}
	b, err := json.Marshal(got)
	if err != nil {
		return err
	}
	if !bytes.Equal(a, b) {
		return fmt.Errorf("got %.400s, want %.400s", b, a)
	}
	return nil
}

// near takes the last digits of moments, which depend on the order of additions: of 600 values, 1e-12.
func near(want, got float64) bool { return math.Abs(want-got) <= 1e-12*math.Max(1, math.Abs(want)) }

// nearProfiles wants all but the moments equal: of 600 values everything else is exact.
func nearProfiles(want, got *validate.Profiler) error {
	a, b := want.Profile().Columns(), got.Profile().Columns()
	for i := range a {
		x, y := a[i].Number, b[i].Number
		if x != nil && y != nil {
			if !near(x.Mean, y.Mean) || !near(x.Std, y.Std) || !near(x.Skewness, y.Skewness) || !near(x.Kurtosis, y.Kurtosis) {
				return fmt.Errorf("column %q: other moments", a[i].Name)
			}
			left := *x
			left.Mean, left.Std, left.Skewness, left.Kurtosis = y.Mean, y.Std, y.Skewness, y.Kurtosis
			a[i].Number = &left
		}
		if !reflect.DeepEqual(a[i], b[i]) {
			return fmt.Errorf("column %q differs", a[i].Name)
		}
	}
	return nil
}

func TestProfilerIsAFold(t *testing.T) {
	s := foldSchema(t)
	traits := validatetest.FoldTraits[*validate.Profiler]{
		Schema:   s,
		Same:     func(want, got *validate.Profiler) error { return sameJSON(want.Profile(), got.Profile()) },
		Near:     nearProfiles,
		AnyOrder: true, KeepsMerged: true, Rows: 70_000, // two chunks
	}
	validatetest.TestFold(t, traits, func() *validate.Profiler { return validate.NewProfiler(s) })
}

// sameCorrelations wants differences of at most tolerance; NaN equals NaN.
func sameCorrelations(want, got *validate.Correlator, tolerance float64) error {
	a, b := want.Correlations(), got.Correlations()
	for i := range a.Values {
		for j, x := range a.Values[i] {
			y := b.Values[i][j]
			if math.Float64bits(x) != math.Float64bits(y) && !(math.IsNaN(x) && math.IsNaN(y)) && !(math.Abs(x-y) <= tolerance) {
				return fmt.Errorf("columns %q and %q: %v, want %v", a.Columns[i], a.Columns[j], y, x)
			}
		}
	}
	return nil
}

func TestCorrelatorIsAFold(t *testing.T) {
	s := foldSchema(t)
	traits := validatetest.FoldTraits[*validate.Correlator]{
		Schema:   s,
		Same:     func(want, got *validate.Correlator) error { return sameCorrelations(want, got, 0) },
		Near:     func(want, got *validate.Correlator) error { return sameCorrelations(want, got, 1e-12) }, // the order of additions
		AnyOrder: true, KeepsMerged: true, Rows: 70_000,                                                    // two chunks
	}
	validatetest.TestFold(t, traits, func() *validate.Correlator { return validate.NewCorrelator(s) })
}

func TestTwoFoldsAreAFold(t *testing.T) {
	type both = dataset.Both[*validate.Profiler, *validate.Correlator]
	s, err := foldSchema(t).Select("amount", "count", "country")
	if err != nil {
		t.Fatal(err)
	}
	traits := validatetest.FoldTraits[*both]{
		Schema: s,
		Same: func(want, got *both) error {
			return errors.Join(sameJSON(want.First.Profile(), got.First.Profile()), sameCorrelations(want.Second, got.Second, 0))
		},
		Near: func(want, got *both) error {
			return errors.Join(nearProfiles(want.First, got.First), sameCorrelations(want.Second, got.Second, 1e-12))
		},
		AnyOrder: true, KeepsMerged: true, Rows: 70_000, // two chunks
	}
	validatetest.TestFold(t, traits, func() *both {
		return &both{First: validate.NewProfiler(s), Second: validate.NewCorrelator(s)}
	})
}

// Reports have the addresses of rows, so their order matters. Batches of another schema are what the layout of the fold excludes.
func TestCheckIsAFold(t *testing.T) {
	s := foldSchema(t)
	strict, err := s.With(dataset.Field{Name: "count", Type: dataset.Uint8}, dataset.Field{Name: "note", Type: dataset.Utf8, OneOf: []string{"p", "q"}})
	if err != nil {
		t.Fatal(err)
	}
	v, err := validate.New(strict, validate.ValidatorOptions{})
	if err != nil {
		t.Fatal(err)
	}
	traits := validatetest.FoldTraits[*validate.CheckFold]{
		Schema:      s,
		Same:        func(want, got *validate.CheckFold) error { return sameJSON(want.Report(), got.Report()) },
		KeepsMerged: true, AnySchema: true, Rows: 70_000,
	}
	validatetest.TestFold(t, traits, func() *validate.CheckFold { return v.NewCheckFold(s) })
}
