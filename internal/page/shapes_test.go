package page_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/internal/page"
)

// Ticks are round, inside the range, rising and few.
func TestTicksAreRound(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 2000 {
		low := (r.Float64() - 0.5) * math.Pow(10, float64(r.IntN(30)-10))
		high := low + r.Float64()*math.Pow(10, float64(r.IntN(30)-10))
		n := 2 + r.IntN(6)
		ticks := page.Ticks(low, high, n)
		if len(ticks) == 0 || len(ticks) > 2*n+2 {
			t.Fatalf("%g to %g: got %d ticks", low, high, len(ticks))
		}
		slack := 1e-9 * math.Max(high-low, math.Max(math.Abs(low), math.Abs(high)))
		for i, x := range ticks {
			if x < low-slack || x > high+slack || i > 0 && !(x > ticks[i-1]) {
				t.Fatalf("%g to %g: got %v", low, high, ticks)
			}
		}
	}
	for want, got := range map[string][]float64{
		"[0 20 40 60 80 100]": page.Ticks(0, 100, 5), "[0 0.5 1]": page.Ticks(0, 1, 2), "[-10 0 10]": page.Ticks(-12, 17, 4), "[7]": page.Ticks(7, 7, 4), "[]": page.Ticks(math.NaN(), 1, 4),
	} {
		if fmt.Sprint(got) != want {
			t.Errorf("want %s, got %v", want, got)
		}
	}
	if got := page.Ticks(-math.MaxFloat64, math.MaxFloat64, 4); len(got) != 2 {
		t.Errorf("got %v", got)
	}
	if got := page.Ticks(0, math.Inf(1), 4); got != nil {
		t.Errorf("got %v", got)
	}
}

// leaves returns how far points of a lie at most from the line through b.
func leaves(a, b page.Curve) float64 {
	worst := 0.0
	for i := range a.X {
		best := math.Inf(1)
		for k := 1; k < len(b.X) && best > worst; k++ {
			dx, dy := b.X[k]-b.X[k-1], b.Y[k]-b.Y[k-1]
			u := 0.0
			if l := dx*dx + dy*dy; l > 0 {
				u = min(max(((a.X[i]-b.X[k-1])*dx+(a.Y[i]-b.Y[k-1])*dy)/l, 0), 1)
			}
			best = min(best, math.Hypot(a.X[i]-b.X[k-1]-u*dx, a.Y[i]-b.Y[k-1]-u*dy))
		}
		worst = max(worst, best)
	}
	return worst
}

// A thinned curve has few points and stays as near to the true one as Thin says, both ways.
func TestThinnedCurvesStayNear(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for name, y := range map[string]func(i, n int, before float64) float64{
		"smooth":  func(i, n int, _ float64) float64 { return math.Sqrt(float64(i) / float64(n)) },
		"jagged":  func(int, int, float64) float64 { return r.Float64() },
		"walk":    func(_, _ int, before float64) float64 { return min(max(before+(r.Float64()-0.5)*0.02, 0), 1) },
		"stairs":  func(i, n int, _ float64) float64 { return math.Floor(20*float64(i)/float64(n)) / 20 },
		"flat":    func(int, int, float64) float64 { return 0.5 },
		"a spike": func(i, n int, _ float64) float64 { return map[bool]float64{true: 1}[i == n/3] },
	} {
		for _, falling := range []bool{false, true} {
			const n = 6000
			c := page.Curve{Name: name, X: make([]float64, n), Y: make([]float64, n)}
			before := 0.5
			for i := range n {
				before = y(i, n, before)
				c.X[i], c.Y[i] = math.Floor(float64(i)/float64(n-1)*5000)/5000, before
			}
			if falling {
				slices.Reverse(c.X)
			}
			thin, off := page.Thin(c)
			if len(thin.X) > 400 || len(thin.X) != len(thin.Y) {
				t.Errorf("%s: got %d points", name, len(thin.X))
			}
			if there, back := leaves(c, thin), leaves(thin, c); there > off || back > off {
				t.Errorf("%s: want at most %g, got %g and %g", name, off, there, back)
			}
			if limit := map[string]float64{"smooth": 0.0021, "stairs": 0.0021, "flat": 0.0021, "a spike": 0.0021}[name]; limit > 0 && off > limit {
				t.Errorf("%s: want within %g, got %g", name, limit, off)
			}
			if thin.X[0] != c.X[0] || thin.Y[len(thin.Y)-1] != c.Y[n-1] {
				t.Errorf("%s: want the ends", name)
			}
		}
	}
	few := page.Curve{X: []float64{0, 1}, Y: []float64{0, 1}}
	if thin, off := page.Thin(few); off != 0 || len(thin.X) != 2 {
		t.Errorf("got %v, %g", thin, off)
	}
}

// Shares from a grid of quantiles are those of the values within two steps of the grid.
func TestSharesFromQuantiles(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for range 200 {
		values := make([]float64, 5000)
		for i := range values {
			switch r.IntN(3) {
			case 0:
				values[i] = 0
			case 1:
				values[i] = math.Floor(r.NormFloat64() * 5)
			default:
				values[i] = r.NormFloat64() * 10
			}
		}
		slices.Sort(values)
		grid := make(page.Grid, 101)
		for i := range grid {
			grid[i] = values[(len(values)-1)*i/100]
		}
		low, high, cut := page.Window(grid)
		if cut || low != values[0] || high != values[len(values)-1] {
			t.Fatalf("got %g to %g, %v", low, high, cut)
		}
		edges := page.Edges(low, high, 24, false)
		sum := 0.0
		for i, share := range grid.Shares(edges) {
			sum += share
			from, to := slices.IndexFunc(values, func(v float64) bool { return v >= edges[i] }), len(values)
			if k := slices.IndexFunc(values, func(v float64) bool { return v >= edges[i+1] }); k >= 0 && i < 23 {
				to = k
			}
			if want := float64(to-from) / float64(len(values)); math.Abs(share-want) > 0.0201 {
				t.Fatalf("bin %d: want %g, got %g", i, want, share)
			}
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Fatalf("want shares that sum to 1, got %g", sum)
		}
	}
}

func TestWindowsAndEdges(t *testing.T) {
	grid := make(page.Grid, 101)
	for i := range grid {
		grid[i] = float64(i)
	}
	grid[100] = 1e6
	if low, high, cut := page.Window(grid); !cut || low != 1 || high != 99 {
		t.Errorf("got %g to %g, %v", low, high, cut)
	}
	for want, got := range map[string][]float64{
		"[0 0.5 1]": page.Edges(0, 1, 2, false), "[-0.5 0.5 1.5 2.5 3.5]": page.Edges(0, 3, 24, true), "[5 5]": page.Edges(5, 5, 24, true), "[-0.5 1.5 3.5]": page.Edges(0, 3, 2, true),
	} {
		if fmt.Sprint(got) != want {
			t.Errorf("want %s, got %v", want, got)
		}
	}
	if got := page.Edges(-math.MaxFloat64, math.MaxFloat64, 4, false); got[2] != 0 || math.IsInf(got[1], 0) {
		t.Errorf("got %v", got)
	}
	if got := (page.Grid{}).Below(1); got != 0 {
		t.Errorf("got %g", got)
	}
}
