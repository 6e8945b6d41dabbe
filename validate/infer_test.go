package validate_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

func inferredField(t *testing.T, f dataset.Field, cells any) dataset.Field {
	t.Helper()
	s, err := validate.Infer(profileOf(t, tableOf(t, column{f, cells})), validate.InferOptions{})
	must(t, err)
	return s.Field(0)
}

func repeat[T any](n int, cells ...T) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = cells[i%len(cells)]
	}
	return out
}

func bound(p *float64) float64 {
	if p == nil {
		return math.NaN()
	}
	return *p
}

// Each rule of Infer by hand; NaN stands for no bound.
func TestInferBounds(t *testing.T) {
	running, amounts := make([]int64, 200), make([]int64, 200)
	for i := range running {
		running[i], amounts[i] = int64(i), int64(i*i)
	}
	for _, c := range []struct {
		name     string
		field    dataset.Field
		cells    any
		nullable bool
		min, max float64
	}{
		{"non-negative: min 0, half a width above", dataset.Field{Type: dataset.Float64}, repeat(100, 2.0, 5, 10), false, 0, 14},
		{"both signs: half a width on both sides", dataset.Field{Type: dataset.Float64}, repeat(100, -2.5, 1.5), false, -4.5, 3.5},
		{"whole numbers outward", dataset.Field{Type: dataset.Int64}, repeat(100, int64(-3), 0, 4), false, -7, 8},
		{"nulls", dataset.Field{Type: dataset.Int64, Nullable: true}, append(repeat(150, int64(1), 2), math.MinInt64), true, 0, 3},
		{"NaN", dataset.Field{Type: dataset.Float64}, append(repeat(150, 1.0, 2.0), math.NaN()), true, 0, 3},
		{"never null though declared so", dataset.Field{Type: dataset.Float64, Nullable: true}, repeat(100, 1.0, 2.0), false, 0, 3},
		{"too few rows", dataset.Field{Type: dataset.Float64}, repeat(99, 1.0, 2.0), true, math.NaN(), math.NaN()},
		{"constant", dataset.Field{Type: dataset.Float64}, repeat(100, 7.0), false, 0, math.NaN()},
		{"a running number", dataset.Field{Type: dataset.Int64}, running, false, 0, math.NaN()},
		{"amounts, all different but unevenly spread", dataset.Field{Type: dataset.Int64}, amounts, false, 0, 59402}, // 199² · 1.5, outward
		{"a long tail: a whole width", dataset.Field{Type: dataset.Float64}, append(repeat(119, 1.0), 10.0), false, 0, 19},
		{"a target", dataset.Field{Type: dataset.Float64, Role: dataset.Target}, repeat(100, 1.0, 2), false, math.NaN(), math.NaN()},
		{"personal", dataset.Field{Type: dataset.Float64, Personal: true}, repeat(100, 1.0, 2), false, math.NaN(), math.NaN()},
	} {
		c.field.Name = "x"
		f := inferredField(t, c.field, c.cells)
		same := func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }
		if f.Nullable != c.nullable || !same(bound(f.Min), c.min) || !same(bound(f.Max), c.max) {
			t.Errorf("%s: nullable %v, min %v, max %v", c.name, f.Nullable, bound(f.Min), bound(f.Max))
		}
	}
}

func TestInferKeepsRulesThatAreThere(t *testing.T) {
	low, high := -1.0, 1e6
	f := inferredField(t, dataset.Field{Name: "x", Type: dataset.Float64, Min: &low, Max: &high, Unit: "EUR", Role: dataset.Weight}, repeat(100, 1.0, 2))
	if bound(f.Min) != low || bound(f.Max) != high || f.Unit != "EUR" || f.Role != dataset.Weight {
		t.Errorf("%+v", f)
	}
}

func TestInferCategories(t *testing.T) {
	many := make([]string, 2000)
	for i := range many {
		many[i] = fmt.Sprint("v", i%51)
	}
	text := dataset.Field{Name: "s", Type: dataset.Utf8}
	for _, c := range []struct {
		name  string
		field dataset.Field
		cells []string
		want  []string
	}{
		{"in byte order", text, repeat(100, "b", "a", "C"), []string{"C", "a", "b"}},
		{"more than 50", text, many, nil},
		{"more than one for 20 rows", text, repeat(100, "a", "b", "c", "d", "e", "f"), nil},
		{"one value once in 100 rows", text, append(repeat(100, "a", "b"), "c"), nil},
		{"one value once in 1001 rows", text, append(repeat(1000, "a", "b"), "c"), []string{"a", "b", "c"}},
		{"a pattern is there", dataset.Field{Name: "s", Type: dataset.Utf8, Pattern: "[ab]"}, repeat(100, "a", "b"), nil},
		{"personal", dataset.Field{Name: "s", Type: dataset.Utf8, Personal: true}, repeat(100, "a", "b"), nil},
	} {
		if got := inferredField(t, c.field, c.cells).OneOf; !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestInferRefusesOptions(t *testing.T) {
	p := profileOf(t, tableOf(t, column{dataset.Field{Name: "x", Type: dataset.Float64}, []float64{1}}))
	for _, o := range []validate.InferOptions{{Slack: -1}, {Slack: math.NaN()}, {Slack: math.Inf(1)}, {MaxCategories: 51}, {MaxCategories: -1}, {MinRows: -1}} {
		var bad *dataset.OptionError
		if _, err := validate.Infer(p, o); !errors.As(err, &bad) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	_, err := validate.Infer(p, validate.InferOptions{Slack: -1, MaxCategories: 51, MinRows: -1})
	for _, field := range []string{"Slack", "MaxCategories", "MinRows"} {
		if err == nil || !strings.Contains(err.Error(), "validate.InferOptions."+field) {
			t.Errorf("%s is not named beside the others: %v", field, err)
		}
	}
	if _, err := validate.ProfileOf(t.Context(), tableOf(t, column{dataset.Field{Name: "x", Type: dataset.Float64}, []float64{1}}), validate.ProfileOptions{Workers: -1}); err == nil || !strings.Contains(err.Error(), "validate.ProfileOptions.Workers") {
		t.Errorf("workers: %v", err)
	}
}

// New rows of the same distributions, light-tailed, heavy-tailed, zero-inflated and categorical: at least 99 % keep the inferred schema.
func TestInferKeepsCleanRows(t *testing.T) {
	draw := func(seed uint64, n int) *dataset.Batches {
		rng := rand.New(rand.NewPCG(seed, 9))
		normal, heavy, zeros, texts := make([]float64, n), make([]float64, n), make([]int64, n), make([]string, n)
		for i := range n {
			normal[i] = rng.NormFloat64()
			heavy[i] = math.Exp(3 * rng.NormFloat64())
			if rng.IntN(10) == 0 {
				zeros[i] = int64(1000 * rng.ExpFloat64())
			}
			texts[i] = fmt.Sprint(int(30 * rng.Float64() * rng.Float64()))
		}
		return tableOf(t,
			column{dataset.Field{Name: "normal", Type: dataset.Float64}, normal}, column{dataset.Field{Name: "heavy", Type: dataset.Float64}, heavy},
			column{dataset.Field{Name: "zeros", Type: dataset.Int64}, zeros}, column{dataset.Field{Name: "text", Type: dataset.Utf8}, texts})
	}
	for _, n := range []int{1000, 5000, 50_000} {
		p := profileOf(t, draw(1, n))
		s, err := validate.Infer(p, validate.InferOptions{})
		must(t, err)
		v, err := validate.New(s, validate.ValidatorOptions{Reference: p})
		must(t, err)
		r, err := v.Check(t.Context(), draw(2, 20_000))
		must(t, err)
		if (r.RowsBad+r.RowsFlagged)*100 > r.Rows {
			text, _ := json.Marshal(r)
			t.Errorf("%d reference rows: %s", n, text)
		}
	}
}
