package plan_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/internal/plan"
)

// stump is one node with leaves 1 (left) and 2 (right).
func stump(flags byte, threshold float64) *plan.Trees {
	return &plan.Trees{
		Outputs: 1, Base: plan.Floats{0}, Roots: plan.Ints{0}, Feature: plan.Ints{0}, Threshold: plan.Floats{threshold},
		Left: plan.Ints{^0}, Right: plan.Ints{^1}, Flags: plan.Bytes{flags}, Cat: plan.Ints{0}, Leaf: plan.Floats{1, 2},
	}
}

// sides checks which leaf numbers reach, in both entrances.
func sides(t *testing.T, tr *plan.Trees, want map[float64]float64, missing float64) {
	t.Helper()
	g := compile(t, build(t, 1, plan.Op{Kind: plan.OpTrees, Trees: tr}))
	xs := []float64{nan}
	for x := range want {
		xs = append(xs, x)
	}
	b := batch(t, xs)
	defer b.Release()
	out := run(t, g, b)[0]
	for i, x := range xs {
		w := missing
		if i > 0 {
			w = want[x]
		}
		if one := row(g, numbers(x)...)[0]; one != w || out[i] != w {
			t.Errorf("%v: row %v, batch %v, want leaf %v", x, one, out[i], w)
		}
	}
}

// The expected sides of these tests are the sentences of plan.Trees, applied by hand.

func TestEqualNodes(t *testing.T) {
	want := map[float64]float64{0: 1, math.Copysign(0, -1): 1, 5e-324: 2, -1: 2, inf: 2, -inf: 2}
	sides(t, stump(plan.FlagEqual|plan.NodeFlags(false, false, plan.MissingNaN), 0), want, 2)
	sides(t, stump(plan.FlagEqual|plan.NodeFlags(false, true, plan.MissingNaN), 0), want, 1)
	sides(t, stump(plan.FlagEqual|plan.NodeFlags(false, false, plan.MissingNone), 0), want, 1) // NaN is 0
	sides(t, stump(plan.FlagEqual, nan), map[float64]float64{0: 2, inf: 2}, 2)
	sides(t, stump(plan.FlagEqual, inf), map[float64]float64{0: 2, inf: 1, -inf: 2, math.MaxFloat64: 2}, 2)
}

func TestMemberNodes(t *testing.T) {
	tr := stump(plan.FlagMember|plan.NodeFlags(false, true, plan.MissingNaN), 0)
	tr.Members, tr.Words, tr.Cat = plan.Floats{9, -1.5, 0, 3, inf}, plan.Words{7, 4, 1}, plan.Ints{1}
	want := map[float64]float64{-1.5: 1, 0: 1, math.Copysign(0, -1): 1, 3: 1, inf: 1, 9: 2, -1: 2, 3.5: 2, -inf: 2, 1e-40: 2}
	sides(t, tr, want, 1)
	tr.Flags[0] = plan.FlagMember | plan.NodeFlags(false, false, plan.MissingNaN)
	sides(t, tr, want, 2)
	tr.Words[1] = 0
	sides(t, tr, map[float64]float64{-1.5: 2, 0: 2}, 2)
}

// TestStrictCategories: dmlc/xgboost 3.2, src/common/categorical.h: a negative category, one past the set or from 2^24 on is no member; NaN goes to the default
// side before the set is asked (src/predictor/predict_fn.h).
func TestStrictCategories(t *testing.T) {
	for _, defaultLeft := range []bool{false, true} {
		tr := stump(plan.FlagStrict|plan.NodeFlags(true, defaultLeft, plan.MissingNaN), 0)
		tr.Words = plan.Words{2, 1 | 1<<5, 1}
		tr.Float32 = true
		missing := 2.0
		if defaultLeft {
			missing = 1
		}
		sides(t, tr, map[float64]float64{
			0: 1, 5: 1, 32: 1, 5.9: 1, math.Copysign(0, -1): 1,
			1: 2, 31: 2, 33: 2, 64: 2, -0.5: 2, -1: 2, 1 << 24: 2, inf: 2, -inf: 2, 5.99999999: 2, // float32(5.99999999) is 6
		}, missing)
	}
}

func TestEmptySetsHaveNoMembers(t *testing.T) {
	tr := stump(plan.NodeFlags(true, true, plan.MissingNaN), 0)
	tr.Words = plan.Words{0, math.MaxUint32}
	sides(t, tr, map[float64]float64{-0.5: 2, 0: 2, 1: 2}, 2)
	tr.Words = plan.Words{0}
	sides(t, tr, map[float64]float64{-0.5: 2, 0: 2, 1: 2}, 2)
}

func TestFloat32Inputs(t *testing.T) {
	tr := stump(plan.NodeFlags(false, true, plan.MissingNaN), 0.5)
	tr.Float32 = true
	sides(t, tr, map[float64]float64{0.5: 1, 0.50000001: 1, 0.5000001: 2, 1e-60: 1, 1e39: 2, -1e39: 1}, 1) // half a float32 step above 0.5 is 0.00000003
	tr.Threshold[0] = 0
	sides(t, tr, map[float64]float64{1e-60: 1, 1e-45: 2, -1e-45: 1}, 1) // below the denormals rounds to 0
}

func constants(leaves ...float64) *plan.Trees {
	t := &plan.Trees{Outputs: 1, Base: plan.Floats{0}, Leaf: leaves}
	for i := range leaves {
		t.Roots = append(t.Roots, ^int32(i))
	}
	return t
}

func TestSumsAreRounded(t *testing.T) {
	a, b := float64(float32(0.1)), float64(float32(1e8))
	tr := constants(b, a, a)
	tr.Float32 = true
	one(t, tr, 1e8) // a float32 step at 1e8 is 8: each addition alone is lost
	tr.Float32 = false
	one(t, tr, b+a+a)
	tr.BaseLast, tr.Base[0] = true, 3
	one(t, tr, b+a+a+3)
}

// one checks the outputs for a row of one NaN.
func one(t *testing.T, tr *plan.Trees, want ...float64) {
	t.Helper()
	g := compile(t, build(t, 1, plan.Op{Kind: plan.OpTrees, Trees: tr}))
	b := batch(t, []float64{nan})
	defer b.Release()
	got, out := row(g, numbers(nan)...), run(t, g, b)
	for o, w := range want {
		if !same(got[o], w) || !same(out[o][0], w) {
			t.Errorf("output %d: row %v, batch %v, want %v", o, got[o], out[o][0], w)
		}
	}
}

func TestAggregates(t *testing.T) {
	tr := constants(3, -1, 4, -2)
	tr.BaseLast, tr.Base[0] = true, 10
	for a, want := range map[plan.Aggregate]float64{plan.Sum: 14, plan.Mean: 11, plan.Min: 8, plan.Max: 14} {
		tr.Aggregate = a
		one(t, tr, want)
	}
	tr.Outputs, tr.Base, tr.Aggregate = 2, plan.Floats{10, 20}, plan.Max
	one(t, tr, 14, 19)
	tr.Target = plan.Ints{0, 0, 1, 1}
	one(t, tr, 13, 24)
}

func TestVectorLeaves(t *testing.T) {
	tr := constants(1, 10, 2, 20, 3, 30)
	tr.Outputs, tr.Vector, tr.Base, tr.Roots = 2, true, plan.Floats{0.5, 0.25}, plan.Ints{^0, ^2, ^2}
	one(t, tr, 7.5, 70.25)
	tr.Aggregate = plan.Mean
	one(t, tr, 2.5, 70.25/3)
}

func TestLinearLeaves(t *testing.T) {
	tr := stump(plan.NodeFlags(false, true, plan.MissingNaN), 0)
	tr.Linear = &plan.Linear{Const: plan.Floats{0.5, 7}, Start: plan.Ints{0, 2, 2}, Feature: plan.Ints{0, 1}, Coef: plan.Floats{2, 3}}
	g := compile(t, build(t, 2, plan.Op{Kind: plan.OpTrees, Trees: tr}))
	xs, ys := []float64{-1, -1, nan, 1, 1}, []float64{10, nan, 10, 10, nan}
	b := batch(t, xs, ys)
	defer b.Release()
	out := run(t, g, b)[0]
	for i, want := range []float64{0.5 - 2 + 30, 1, 1, 7, 7} {
		if got := row(g, numbers(xs[i], ys[i])...)[0]; got != want || out[i] != want {
			t.Errorf("row %d: row %v, batch %v, want %v", i, got, out[i], want)
		}
	}
}

// TestPlainTreesKeepTheirText: a plan with none of the later parts has the text it had before they were there.
func TestPlainTreesKeepTheirText(t *testing.T) {
	p := build(t, 1, plan.Op{Kind: plan.OpTrees, Trees: stump(plan.NodeFlags(false, true, plan.MissingNaN), 0)})
	text, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"outputs":1,"base":"AAAAAAAAAAA=","roots":"AAAAAA==","feature":"AAAAAA==","threshold":"AAAAAAAAAAA=","left":"/////w==","right":"/v///w==",` +
		`"flags":"Cg==","cat":"AAAAAA==","words":"","leaf":"AAAAAAAA8D8AAAAAAAAAQA=="}`
	if !strings.Contains(string(text), want) {
		t.Errorf("got %s, want it to hold %s", text, want)
	}
	tr := p.Ops[0].Trees
	tr.Float32, tr.Linear, tr.Target = true, nil, plan.Ints{0}
	if text, err = p.Encode(); err != nil {
		t.Fatal(err)
	}
	if back, err := plan.Decode(text); err != nil || !back.Ops[0].Trees.Float32 {
		t.Errorf("a plan with the later parts does not come back: %v", err)
	}
}

func TestTreesThatAreRefused(t *testing.T) {
	set := plan.NodeFlags(true, false, plan.MissingNaN)
	for name, spoil := range map[string]func(*plan.Trees){
		"a threshold that is no float32":   func(t *plan.Trees) { t.Float32, t.Threshold[0] = true, 0.1 },
		"a leaf that is no float32":        func(t *plan.Trees) { t.Float32, t.Leaf[0] = true, 0.1 },
		"a base that is no float32":        func(t *plan.Trees) { t.Float32, t.Base[0] = true, 1e300 },
		"two modes":                        func(t *plan.Trees) { t.Flags[0] |= plan.FlagEqual | plan.FlagMember },
		"a strict node without categories": func(t *plan.Trees) { t.Flags[0] |= plan.FlagStrict },
		"an unknown flag":                  func(t *plan.Trees) { t.Flags[0] |= 128 },
		"a set without words":              func(t *plan.Trees) { t.Flags[0] = set },
		"a set that is too long":           func(t *plan.Trees) { t.Flags[0], t.Words = set, plan.Words{2, 0} },
		"members without a start":          func(t *plan.Trees) { t.Flags[0], t.Words = plan.FlagMember, plan.Words{0} },
		"members past their end": func(t *plan.Trees) {
			t.Flags[0], t.Words, t.Members = plan.FlagMember, plan.Words{1, 1}, plan.Floats{1}
		},
		"members out of order": func(t *plan.Trees) {
			t.Flags[0], t.Words, t.Members = plan.FlagMember, plan.Words{2, 0}, plan.Floats{1, 1}
		},
		"a member that is NaN": func(t *plan.Trees) {
			t.Flags[0], t.Words, t.Members = plan.FlagMember, plan.Words{1, 0}, plan.Floats{nan}
		},
		"targets of other trees":        func(t *plan.Trees) { t.Target = plan.Ints{0, 0} },
		"a target out of range":         func(t *plan.Trees) { t.Target = plan.Ints{1} },
		"an unknown aggregate":          func(t *plan.Trees) { t.Aggregate = "median" },
		"a minimum with the base first": func(t *plan.Trees) { t.Aggregate = plan.Min },
		"a minimum of no trees":         func(t *plan.Trees) { t.Aggregate, t.BaseLast, t.Roots = plan.Min, true, nil },
		"a mean with a scale":           func(t *plan.Trees) { t.Aggregate, t.Scale = plan.Mean, 2 },
		"vectors of another length": func(t *plan.Trees) {
			t.Vector, t.Outputs, t.Base, t.Leaf = true, 2, plan.Floats{0, 0}, plan.Floats{1, 2, 3}
		},
		"a vector too few":      func(t *plan.Trees) { t.Vector, t.Outputs, t.Base = true, 2, plan.Floats{0, 0} },
		"linear leaves too few": func(t *plan.Trees) { t.Linear = &plan.Linear{Const: plan.Floats{1}, Start: plan.Ints{0, 0}} },
		"linear starts out of order": func(t *plan.Trees) {
			t.Linear = &plan.Linear{Const: plan.Floats{1, 2}, Start: plan.Ints{0, 1, 0}, Feature: plan.Ints{0}, Coef: plan.Floats{1}}
		},
		"a linear feature out of range": func(t *plan.Trees) {
			t.Linear = &plan.Linear{Const: plan.Floats{1, 2}, Start: plan.Ints{0, 1, 1}, Feature: plan.Ints{1}, Coef: plan.Floats{1}}
		},
		"linear leaves of float32": func(t *plan.Trees) {
			t.Float32, t.Linear = true, &plan.Linear{Const: plan.Floats{1, 2}, Start: plan.Ints{0, 0, 0}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			tr := stump(plan.NodeFlags(false, true, plan.MissingNaN), 0)
			spoil(tr)
			b := plan.NewBuilder(plan.Input{Name: "a", Kind: plan.Number})
			b.Add(plan.Op{Kind: plan.OpTrees, In: plan.Ints{0}, Trees: tr})
			if _, err := b.Build(); !errors.Is(err, plan.ErrInvalid) {
				t.Errorf("got %v, want ErrInvalid", err)
			}
		})
	}
}
