package tree

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// odd returns a table of values that are hard on bounds: repeated, neighbouring, subnormal, huge and missing numbers, and many or no categories.
func odd(r *rand.Rand) *table {
	n := 1 + r.IntN(400)
	out := &table{rows: n}
	pool := []float64{0, math.Copysign(0, -1), 1, up(1), -1, 1e-36, -1e-36, 5e-324, 1e300, -1e300, math.MaxFloat64, -math.MaxFloat64, math.NaN(), 0.1, 3e10}
	for range 1 + r.IntN(12) {
		c := column{}
		kind := r.IntN(4)
		categories := 1 + r.IntN(500)
		for range n {
			switch kind {
			case 0:
				c.codes, c.categories = append(c.codes, int32(r.IntN(categories+1))-1), categories
			case 1:
				c.numeric = append(c.numeric, pool[r.IntN(len(pool))])
			case 2:
				c.numeric = append(c.numeric, math.Round(r.NormFloat64()*5))
			default:
				c.numeric = append(c.numeric, r.NormFloat64())
			}
		}
		out.columns = append(out.columns, c)
	}
	out.classes = 2 + r.IntN(3)
	scale := math.Ldexp(1, r.IntN(600)-300)
	for range n {
		out.class = append(out.class, int32(r.IntN(out.classes)))
		out.value = append(out.value, scale*r.NormFloat64())
		if n%3 == 0 {
			out.weight = append(out.weight, r.ExpFloat64()*1000)
		}
	}
	return out
}

func TestOddTablesScoreTheSameByBinsAndByThresholds(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 0))
	for i := range 80 {
		tb := odd(r)
		p := defaults()
		p.trees, p.leaves, p.minRows, p.maxBins = 3, 2+r.IntN(40), 1+r.IntN(10), 2+r.IntN(254)
		p.seed, p.rowFraction, p.featureFraction = uint64(i), []float64{1, 0.5}[r.IntN(2)], []float64{1, 0.5}[r.IntN(2)]
		p.objective = []objective{squared{}, logistic{}, &softmax{}}[r.IntN(3)]
		if p.objective == objective(logistic{}) {
			for j := range tb.class {
				tb.class[j] = min(tb.class[j], 1)
			}
			tb.classes = 2
		}
		e, err := boost(t.Context(), tb, nil, p)
		if err != nil {
			t.Fatal(err)
		}
		byPlan := scoreByPlan(t, e, tb)
		for k, byBins := range e.raw(tb) {
			if !slices.Equal(byPlan[k], byBins) {
				t.Fatalf("table %d, output %d: the plan and the bins score differently", i, k)
			}
			if slices.ContainsFunc(byBins, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }) {
				t.Fatalf("table %d, output %d: a score is not finite", i, k)
			}
		}
	}
}

// TestScalingByAPowerOfTwoScalesTheScores holds to the bit, because every step of a regression without penalties is exact under it: means, quanta, gains.
func TestScalingByAPowerOfTwoScalesTheScores(t *testing.T) {
	tb := synthetic(2000, 6, 8)
	p := defaults()
	p.trees = 20
	score := func() []float64 {
		e, err := boost(t.Context(), tb, nil, p)
		if err != nil {
			t.Fatal(err)
		}
		return e.raw(tb)[0]
	}
	want := score()
	for i := range tb.value {
		tb.value[i] *= 1 << 20
	}
	for i, v := range score() {
		if v != want[i]*(1<<20) {
			t.Fatalf("row %d: %v, want %v", i, v, want[i]*(1<<20))
		}
	}
}

func TestRowsInAnotherOrderGiveTheSameTreesButForRounding(t *testing.T) {
	tb := synthetic(2000, 6, 9)
	p := defaults()
	p.trees = 5
	e, err := boost(t.Context(), tb, nil, p)
	if err != nil {
		t.Fatal(err)
	}
	order := rand.New(rand.NewPCG(1, 1)).Perm(tb.rows)
	mixed, err := boost(t.Context(), part(t, tb, order), nil, p)
	if err != nil {
		t.Fatal(err)
	}
	want, got := e.raw(tb)[0], mixed.raw(tb)[0]
	for i := range want { // the mean and the dithering of gradients of 30 bits depend on the order
		if math.Abs(got[i]-want[i]) > 1e-6 {
			t.Fatalf("row %d: %v, want %v", i, got[i], want[i])
		}
	}
}
