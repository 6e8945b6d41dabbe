package fittest

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// double makes 2·x of every column.
type double struct{}

func (double) Fit(_ context.Context, src dataset.Source) (features.Transformer, error) {
	fields := src.Schema().Fields()
	op := plan.Op{Kind: plan.OpAffine}
	var inputs []plan.Input
	for j, f := range fields {
		inputs = append(inputs, plan.Input{Name: f.Name, Kind: plan.Number})
		op.In, op.Shift, op.Scale = append(op.In, int32(j)), append(op.Shift, 0), append(op.Scale, 0.5)
	}
	b := plan.NewBuilder(inputs...)
	for j, r := range b.Add(op) {
		b.Output(fields[j].Name, r)
	}
	p, err := b.Build()
	if err != nil {
		return nil, err
	}
	return features.NewFitted(fields, fields, p)
}

func TestCompareReadsTheGoldenFile(t *testing.T) {
	f := Load(t)
	f.Compare(t, "doubled", f.Numbers(t, "x"), double{}, 0)
	src := f.Texts(t, "c")
	if names := src.Schema().Names(); !slices.Equal(names, []string{"a"}) || src.Schema().Field(0).Type != dataset.Utf8 {
		t.Errorf("columns %q, want one text column a", names)
	}
}

func TestNear(t *testing.T) {
	for _, c := range []struct {
		want, got, tolerance float64
		ok                   bool
	}{
		{1, 1, 0, true}, {1, 1.1, 0.05, false}, {100, 104, 0.05, true}, {0.01, 0.05, 0.05, true}, {math.NaN(), math.NaN(), 0, true}, {math.NaN(), 1, 9, false}, {1, math.NaN(), 9, false},
	} {
		if err := near(c.want, c.got, c.tolerance); (err == nil) != c.ok {
			t.Errorf("near(%v, %v, %v) is %v", c.want, c.got, c.tolerance, err)
		}
	}
}

func TestNumberReadsTexts(t *testing.T) {
	for text, want := range map[string]float64{"1.5": 1.5, `"Infinity"`: math.Inf(1), `"-Inf"`: math.Inf(-1)} {
		var n Number
		if err := n.UnmarshalJSON([]byte(text)); err != nil || float64(n) != want {
			t.Errorf("%s is %v with error %v, want %v", text, n, err, want)
		}
	}
	var n Number
	if err := n.UnmarshalJSON([]byte(`"x"`)); err == nil {
		t.Error("a letter is read as a number")
	}
}

func TestRefusedNamesTheFields(t *testing.T) {
	r := Refused("x.Options", func() error { return context.Canceled }, "A", "B")
	if !slices.Equal(r.Fields, []string{"x.Options.A", "x.Options.B"}) || r.New() != context.Canceled { //nolint:errorlint // the very same
		t.Errorf("fields %q", r.Fields)
	}
}
