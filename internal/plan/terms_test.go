package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// The hashes are sklearn.utils.murmurhash3_32(text, seed=0) of scikit-learn 1.9.1.
func TestMurmur3(t *testing.T) {
	for text, want := range map[string]int32{
		"": 0, "a": 1009084850, "ab": -1681926305, "abc": -1277324294, "abcd": 1139631978, "scikit-learn": -1523918810, "naïve façade": 963807189,
	} {
		if got := plan.Murmur3([]byte(text)); got != want {
			t.Errorf("%q: want %d, got %d", text, want, got)
		}
	}
}

// A place is the size of the hash, modulo their number: of 3, the hash of "abc" is at 2 and negative, those of "a" and "abcd" are positive.
func TestTermsOfARow(t *testing.T) {
	build := func(o plan.Op) *plan.Program {
		o.Kind, o.In = plan.OpTerms, plan.Ints{0}
		b := plan.NewBuilder(plan.Input{Name: "t", Kind: plan.Text})
		for _, r := range b.Add(o) {
			b.Output("", r)
		}
		p, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		return compile(t, p)
	}
	hashed := build(plan.Op{Count: 3, Terms: &plan.Terms{Least: 1, Most: 1, Signed: true}})
	known := build(plan.Op{Values: []string{"go on", "on"}, Scale: plan.Floats{2, 0.5}, Terms: &plan.Terms{Least: 1, Most: 2, Lower: true, Norm: 1}})
	binary := build(plan.Op{Values: []string{"σας", "οδοσ"}, Terms: &plan.Terms{Least: 1, Most: 1, Lower: true, Binary: true}})
	for _, c := range []struct {
		g    *plan.Program
		text string
		want []float64
	}{
		{hashed, "abc a", []float64{0, 0, -1}},
		{hashed, "abc, abc abcd abcd", []float64{2, 0, -2}},
		{hashed, "", []float64{0, 0, 0}},
		{known, "Go on! go\ton", []float64{0.8, 0.2}},
		{known, "go", []float64{0, 0}},
		{binary, "ΣΑΣ σας οδοσ ΟΔΟΣ", []float64{1, 1}},
	} {
		if got := row(c.g, dataset.TextValue(c.text)); !slices.Equal(got, c.want) {
			t.Errorf("%q: want %v, got %v", c.text, c.want, got)
		}
	}
	if got := row(known, dataset.Value{Text: "on"}); !slices.Equal(got, []float64{0, 0}) {
		t.Errorf("a null has no terms, got %v", got)
	}
}

// A signed place that terms cancel in is 0, and counts in no norm, however often it was 0 meanwhile.
func TestTermsThatCancel(t *testing.T) {
	b := plan.NewBuilder(plan.Input{Name: "t", Kind: plan.Text})
	b.Output("", b.Add(plan.Op{Kind: plan.OpTerms, In: plan.Ints{0}, Count: 1, Terms: &plan.Terms{Least: 1, Most: 1, Signed: true, Norm: 2}})[0])
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	g := compile(t, p)
	for text, want := range map[string]float64{"abc abcd": 0, "abc abcd abc abcd": 0, "abc abcd abcd abc abcd": 1, strings.Repeat("abc abcd ", 9) + "abc": -1} {
		if got := row(g, dataset.TextValue(text)); got[0] != want {
			t.Errorf("%q: want %v, got %v", text, want, got)
		}
	}
}
