package tree

import (
	"cmp"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

// objectiveSet is testdata/objectives.json, written by testdata/gen/objectives.py with LightGBM 4.7.0 over the columns of small.json.
type objectiveSet struct {
	Counts, Amounts, Claims, Offset []float64
	Cases                           []objectiveCase
	Offsets                         [][]float64 // by class
	Multi                           []multiCase
}

type objectiveCase struct {
	Name             string
	Weighted, Offset bool
	Raw, Losses      []float64
}

func readObjectives(t *testing.T) objectiveSet {
	t.Helper()
	var s objectiveSet
	text, err := os.ReadFile("testdata/objectives.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// table returns the columns with the labels of a case.
func (s *objectiveSet) table(t *testing.T, c *objectiveCase) (objective, *table) {
	t.Helper()
	small, tb := readSmall(t)
	tb.value = small.Value
	if c.Weighted {
		tb.weight = small.Weight
	}
	switch c.Name {
	case "squared_error":
		return squared{}, tb
	case "absolute_error":
		return pinball{alpha: 0.5, absolute: true}, tb
	case "huber":
		return huber{delta: 0.7}, tb
	case "quantile":
		return pinball{alpha: float64(float32(0.8))}, tb
	case "poisson":
		tb.value = s.Counts
		return poisson{}, tb
	case "gamma":
		tb.value = s.Amounts
		return gamma{}, tb
	case "tweedie":
		tb.value = s.Claims
		return tweedie{power: 1.3}, tb
	}
	tb.class, tb.classes = small.Cls, 3
	if c.Name == "softmax" {
		return &softmax{}, tb
	}
	tb.class, tb.classes = slices.Clone(small.Cls), 2
	for i := range tb.class {
		tb.class[i] = min(tb.class[i], 1)
	}
	return logistic{}, tb
}

func TestObjectivesAreThoseOfLightGBM(t *testing.T) {
	s := readObjectives(t)
	for i := range s.Cases {
		c := &s.Cases[i]
		o, tb := s.table(t, c)
		if c.Offset {
			tb.offset = [][]float64{s.Offset}
		}
		p := smallParameters()
		p.objective = o
		e, err := boost(t.Context(), tb, tb, p)
		if err != nil {
			t.Fatal(err)
		}
		name := c.Name
		if c.Weighted {
			name += ", weighted"
		}
		if c.Offset {
			name += ", from initial scores"
		}
		raw := scoreByPlan(t, e, tb)
		worst := 0.0
		for j, v := range raw[0] {
			worst = max(worst, math.Abs(v-c.Raw[j]))
		}
		off := 0.0
		for j, v := range e.losses {
			off = max(off, math.Abs(v-c.Losses[j]))
		}
		t.Logf("%s: raw scores within %.1e, losses within %.1e of LightGBM's", name, worst, off)
		requireClose(t, name, raw[0], c.Raw)
		if len(e.losses) != len(c.Losses) || off > 2e-6 {
			t.Errorf("%s: losses %v, want %v of LightGBM", name, e.losses, c.Losses)
		}
	}
}

// sortedQuantile is weightedQuantile by its definition.
func sortedQuantile(v, w []float64, alpha float64) float64 {
	n := len(v)
	order, sums := make([]int, n), make([]float64, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(v[a], v[b]) })
	sum := 0.0
	for k, i := range order {
		sum += w[i]
		sums[k] = sum
	}
	k := 0
	for k < n-1 && sums[k] <= alpha*sum {
		k++
	}
	if k == 0 || k == n-1 {
		return v[order[k]]
	}
	low, high := v[order[k-1]], v[order[k]]
	if w[order[k]] < 1 {
		return low
	}
	return low + (alpha*sum-sums[k-1])/w[order[k]]*(high-low)
}

func TestQuantilesAreThoseOfSortedNumbers(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 0))
	for range 500 {
		n := 1 + r.IntN(60)
		v, w := make([]float64, n), make([]float64, n)
		for i := range v {
			v[i], w[i] = float64(r.IntN(30)), 0.1+2*r.Float64()
		}
		alpha := r.Float64()
		want := sortedQuantile(v, w, alpha)
		if got := weightedQuantile(v, w, alpha); math.Abs(got-want) > 1e-9 {
			t.Fatalf("weighted quantile %v of %v is %v, want %v", alpha, v, got, want)
		}
		sorted := slices.Sorted(slices.Values(v))
		at := alpha * float64(n-1) // of the way from the first to the last
		k := min(int(at), n-1)
		want = sorted[k] + (at-float64(k))*(sorted[min(k+1, n-1)]-sorted[k])
		if got := quantile(v, alpha); math.Abs(got-want) > 1e-9 {
			t.Fatalf("quantile %v of %v is %v, want %v", alpha, v, got, want)
		}
	}
}
