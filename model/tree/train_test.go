package tree

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// boost trains on a table.
func boost(ctx context.Context, train, valid *table, p parameters) (*ensemble, error) {
	t, err := newTrainer(ctx, train, valid, p)
	if err != nil {
		return nil, err
	}
	return t.run(ctx)
}

// lossOf is the mean loss of the scores of a table.
func lossOf(t *testing.T, o objective, tb *table, score [][]float64) float64 {
	t.Helper()
	loss, err := o.loss(t.Context(), 1, &tb.labels, score)
	if err != nil {
		t.Fatal(err)
	}
	return loss
}

// smallSet is testdata/small.json, written by testdata/gen/small.py with LightGBM 4.7.0.
type smallSet struct {
	Columns [][]*float64
	Value   []float64
	Cls     []int32
	Weight  []float64
	Squared struct {
		Raw    []float64
		Gain   []float64
		Splits []int
	}
	Weighted, Logistic struct{ Raw []float64 }
	Softmax            struct{ Raw [][]float64 }
}

func readSmall(t *testing.T) (smallSet, *table) {
	t.Helper()
	var s smallSet
	text, err := os.ReadFile("testdata/small.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	out := &table{rows: len(s.Value)}
	for i, cells := range s.Columns {
		c := column{}
		for _, v := range cells {
			switch {
			case i == 2 || i == 3: // the categorical columns
				code := int32(-1)
				if v != nil {
					code = int32(*v)
				}
				c.codes, c.categories = append(c.codes, code), max(c.categories, int(code)+1)
			case v == nil:
				c.numeric = append(c.numeric, math.NaN())
			default:
				c.numeric = append(c.numeric, *v)
			}
		}
		out.columns = append(out.columns, c)
	}
	return s, out
}

func smallParameters() parameters {
	p := defaults()
	p.trees, p.rate, p.leaves, p.minRows = 12, 0.2, 15, 10
	return p
}

// scoreByPlan runs the emitted trees through the plan's row entrance.
func scoreByPlan(t *testing.T, e *ensemble, tb *table) [][]float64 {
	t.Helper()
	inputs := make([]plan.Input, len(tb.columns))
	for i := range inputs {
		inputs[i] = plan.Input{Name: string(rune('a' + i)), Kind: plan.Number}
	}
	b := plan.NewBuilder(inputs...)
	trees := e.emit(nil)
	in := make(plan.Ints, len(inputs))
	for i := range in {
		in[i] = int32(i)
	}
	for _, r := range b.Add(plan.Op{Kind: plan.OpTrees, In: in, Trees: &trees}) {
		b.Output("raw", r)
	}
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	g, err := plan.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	scratch := g.NewRowScratch()
	out := filled(e.base, tb.rows)
	values := make([]dataset.Value, len(inputs))
	for r := range tb.rows {
		for i, c := range tb.columns {
			if c.numeric != nil {
				values[i] = dataset.Value{Valid: !math.IsNaN(c.numeric[r]), Number: c.numeric[r]}
			} else {
				values[i] = dataset.Value{Valid: c.codes[r] >= 0, Number: float64(c.codes[r])}
			}
		}
		g.Row(values, scratch)
		for k := range out {
			out[k][r] = g.Output(scratch, k)
		}
	}
	return out
}

// requireClose compares with LightGBM, whose gradients are float32, while ours have 22 bits: the same trees give raw scores that agree to about 5e-7 after
// 12 rounds; a single other split differs by 1e-2 and more.
func requireClose(t *testing.T, name string, got, want []float64) {
	t.Helper()
	const tolerance = 2e-6
	for i := range want {
		if math.Abs(got[i]-want[i]) > tolerance {
			t.Fatalf("%s: row %d: raw score %v, want %v of LightGBM", name, i, got[i], want[i])
		}
	}
}

func TestTreesAreThoseOfLightGBM(t *testing.T) {
	s, tb := readSmall(t)
	fit := func(o objective, change func(*parameters)) (*ensemble, [][]float64) {
		p := smallParameters()
		p.objective = o
		if change != nil {
			change(&p)
		}
		e, err := boost(t.Context(), tb, nil, p)
		if err != nil {
			t.Fatal(err)
		}
		raw := scoreByPlan(t, e, tb)
		for k, byBins := range e.raw(tb) {
			if !slices.Equal(raw[k], byBins) {
				t.Errorf("objective %T: the plan and the bins score differently", o)
			}
		}
		return e, raw
	}
	tb.value = s.Value
	e, raw := fit(squared{}, nil)
	requireClose(t, "squared", raw[0], s.Squared.Raw)
	if !slices.Equal(e.splits, s.Squared.Splits) {
		t.Errorf("splits per column %v, want %v", e.splits, s.Squared.Splits)
	}
	for i, g := range e.gain {
		if math.Abs(g-s.Squared.Gain[i]) > 1e-4*s.Squared.Gain[i] {
			t.Errorf("gain of column %d is %v, want %v", i, g, s.Squared.Gain[i])
		}
	}
	tb.weight = s.Weight
	_, raw = fit(squared{}, func(p *parameters) { p.l1, p.l2, p.minGain, p.maxDepth = 0.5, 2, 0.1, 4 })
	requireClose(t, "weighted", raw[0], s.Weighted.Raw)
	tb.weight = nil

	tb.classes = 2
	tb.class = make([]int32, tb.rows)
	for i, c := range s.Cls {
		tb.class[i] = min(c, 1)
	}
	_, raw = fit(logistic{}, nil)
	requireClose(t, "logistic", raw[0], s.Logistic.Raw)
	tb.class, tb.classes = s.Cls, 3
	_, raw = fit(&softmax{}, nil)
	for k := range raw {
		requireClose(t, "softmax", raw[k], s.Softmax.Raw[k])
	}
}

// synthetic returns a table with a binary class that depends on its columns: every third column is categorical, every fourth has missing values.
func synthetic(rows, columns int, seed uint64) *table {
	r := rand.New(rand.NewPCG(seed, 0))
	out := &table{rows: rows}
	z := make([]float64, rows)
	for f := range columns {
		c := column{}
		effect := r.NormFloat64()
		for i := range rows {
			if f%3 == 2 {
				code := int32(r.IntN(20))
				z[i] += effect * math.Sin(float64(code))
				c.codes, c.categories = append(c.codes, code), 20
				continue
			}
			v := r.NormFloat64()
			z[i] += effect * v / (1 + math.Abs(v))
			if f%4 == 3 && r.IntN(5) == 0 {
				v = math.NaN()
			}
			c.numeric = append(c.numeric, v)
		}
		out.columns = append(out.columns, c)
	}
	out.classes = 2
	out.class = make([]int32, rows)
	out.value = make([]float64, rows)
	for i := range z {
		out.value[i] = z[i] + r.NormFloat64()
		if r.Float64() < sigmoid(z[i]) {
			out.class[i] = 1
		}
	}
	return out
}

func TestAnyNumberOfWorkersGivesTheSameBits(t *testing.T) {
	tb := synthetic(20_000, 11, 1) // more than one chunk
	tb.weight = slices.Repeat([]float64{1, 0.3, 7, 0}, tb.rows/4)
	for _, o := range []objective{squared{}, logistic{}} {
		var first []byte
		for _, workers := range []int{1, 2, 7} {
			p := defaults()
			p.objective, p.trees, p.workers, p.rowFraction, p.featureFraction, p.seed = o, 4, workers, 0.7, 0.6, 5
			e, err := boost(t.Context(), tb, tb, p)
			if err != nil {
				t.Fatal(err)
			}
			trees := e.emit(nil)
			text, err := json.Marshal(trees)
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = text
			} else if !slices.Equal(first, text) {
				t.Errorf("objective %T: %d workers give other trees than one", o, workers)
			}
		}
	}
}

func TestSmallGradientsAreNotRoundedAway(t *testing.T) {
	// One huge target makes a quantum of the gradient larger than every other row's gradient would be without dithering, when weights rule out the finer
	// unit-hessian form. The mean of many rows must still be right: the two halves differ by 1e-4 of the largest.
	const n = 20_000
	tb := &table{rows: n}
	c := column{numeric: make([]float64, n)}
	tb.value, tb.weight = make([]float64, n), slices.Repeat([]float64{1}, n)
	for i := range n {
		c.numeric[i] = float64(i % 2)
		tb.value[i] = float64(i%2) * 2e-6
	}
	tb.value[0] = 1
	tb.columns = []column{c}
	p := defaults()
	p.trees, p.rate = 1, 1
	e, err := boost(t.Context(), tb, nil, p)
	if err != nil {
		t.Fatal(err)
	}
	raw := e.raw(tb)
	// By hand: the odd rows' mean is 2e-6; a dithered sum of 10,000 rows is off by 0.3·√10000 = 30 quanta of 2^-17, so the mean by 2.3e-8.
	if got := raw[0][1]; math.Abs(got-2e-6) > 1e-7 {
		t.Errorf("mean of the odd rows %v, want 2e-6 within 1e-7", got)
	}
}

func TestEarlyStoppingKeepsTheBestRound(t *testing.T) {
	tb := synthetic(3000, 5, 2)
	half := tb.rows / 2
	rows := make([]int, tb.rows)
	for i := range rows {
		rows[i] = i
	}
	train, valid := part(t, tb, rows[:half]), part(t, tb, rows[half:])
	p := defaults()
	p.objective, p.trees, p.rate, p.patience = logistic{}, 400, 0.3, 5
	e, err := boost(t.Context(), train, valid, p)
	if err != nil {
		t.Fatal(err)
	}
	best := 0
	for i, l := range e.losses {
		if l < e.losses[best] {
			best = i
		}
	}
	if len(e.trees) != best+1 || len(e.losses) != best+1+p.patience {
		t.Errorf("%d trees after %d rounds, want %d and %d", len(e.trees), len(e.losses), best+1, best+1+p.patience)
	}
	got := lossOf(t, logistic{}, valid, e.raw(valid))
	if math.Abs(got-e.losses[best]) > 1e-12 {
		t.Errorf("loss of the kept trees %v, want %v of the best round", got, e.losses[best])
	}
}

func TestLimitsOfTreesAreKept(t *testing.T) {
	tb := synthetic(5000, 6, 3)
	p := defaults()
	p.trees, p.maxDepth, p.leaves, p.minRows = 5, 3, 100, 200
	e, err := boost(t.Context(), tb, nil, p)
	if err != nil {
		t.Fatal(err)
	}
	w := mustWords(t, e, tb)
	for _, g := range e.trees {
		if len(g.values) > 8 {
			t.Errorf("%d leaves, want at most 2^3", len(g.values))
		}
		counts := make([]int, len(g.values))
		for r := range tb.rows {
			counts[g.eval(w, int32(r))]++
		}
		if n := slices.Min(counts); n < p.minRows {
			t.Errorf("a leaf of %d rows, want at least %d", n, p.minRows)
		}
	}
}

func mustWords(t *testing.T, e *ensemble, tb *table) words {
	t.Helper()
	w, err := binColumns(t.Context(), tb.columns, e.binners, tb.rows, 1)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestOddTablesAreLearntFrom(t *testing.T) {
	nan := math.NaN()
	cases := []struct {
		name  string
		table table
		want  float64 // score of the first row
	}{
		{"one row", table{rows: 1, columns: []column{{numeric: []float64{3}}}, labels: labels{value: []float64{7}}}, 7},
		{"constant target", table{rows: 3, columns: []column{{numeric: []float64{1, 2, 3}}}, labels: labels{value: []float64{5, 5, 5}}}, 5},
		{"all missing", table{rows: 2, columns: []column{{numeric: []float64{nan, nan}}}, labels: labels{value: []float64{1, 3}}}, 2},
		{"no categories", table{rows: 2, columns: []column{{codes: []int32{-1, -1}}}, labels: labels{value: []float64{1, 3}}}, 2},
		{"huge and tiny", table{rows: 2, columns: []column{{numeric: []float64{-1e308, 1e308}}}, labels: labels{value: []float64{0, 4}}}, 2},
	}
	for _, c := range cases {
		e, err := boost(t.Context(), &c.table, nil, defaults())
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got := e.raw(&c.table)[0][0]; got != c.want {
			t.Errorf("%s: score %v, want %v", c.name, got, c.want)
		}
	}
}

func TestCancelledTrainingEndsSoon(t *testing.T) {
	tb := synthetic(60_000, 20, 4)
	p := defaults()
	p.objective, p.trees, p.leaves, p.minRows = logistic{}, 100_000, 255, 1
	var late time.Duration
	for range 5 { // a machine that is busy may be late; 100 ms is the aim, and TestEveryObjectiveLooksAtItsContextOften measures the work between two looks
		ctx, cancel := context.WithCancel(t.Context())
		asked := make(chan time.Time, 1)
		time.AfterFunc(100*time.Millisecond, func() {
			asked <- time.Now()
			cancel()
		})
		if _, err := boost(ctx, tb, nil, p); !errors.Is(err, context.Canceled) {
			t.Fatalf("error %v, want context.Canceled", err)
		}
		if late = time.Since(<-asked); late <= time.Second {
			return
		}
	}
	t.Errorf("ended %v after the cancellation", late)
}
