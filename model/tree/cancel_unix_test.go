//go:build unix && !race

package tree

import (
	"context"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"
)

// clocked is a context that notes the longest time of the processor between two questions for its end, which is how late a cancellation can be noticed.
type clocked struct {
	context.Context //nolint:containedctx // it is a context
	last, worst     time.Duration
}

func (c *clocked) Err() error {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return err
	}
	now := time.Duration(u.Utime.Nano() + u.Stime.Nano())
	if c.last > 0 {
		c.worst = max(c.worst, now-c.last)
	}
	c.last = now
	return c.Context.Err()
}

func TestEveryObjectiveLooksAtItsContextOften(t *testing.T) {
	const rows = 200_000 // a fifth of a million: what is allowed is a fifth of 100 ms
	const allowed = 20 * time.Millisecond
	r := rand.New(rand.NewPCG(80, 0))
	tb := &table{rows: rows, columns: []column{{numeric: make([]float64, rows)}}, labels: labels{
		value: make([]float64, rows), class: make([]int32, rows), weight: make([]float64, rows),
	}}
	for i := range rows {
		x := r.NormFloat64()
		tb.columns[0].numeric[i], tb.value[i], tb.class[i], tb.weight[i] = x, 0.1+x*x+r.ExpFloat64(), int32(r.IntN(2)), 0.5+r.Float64()
	}
	tb.classes = 2
	three := &softmax{}
	sampled := func(p *parameters) { p.rowFraction, p.rate = 0.5, 0.5 }
	cases := []struct {
		name      string
		objective objective
		change    func(*parameters)
	}{
		{"squared", squared{}, nil},
		{"absolute", pinball{alpha: 0.5, absolute: true}, nil},
		{"huber", huber{delta: 1}, sampled},
		{"quantile", pinball{alpha: 0.9}, sampled},
		{"poisson", poisson{}, nil},
		{"gamma", gamma{}, nil},
		{"tweedie", tweedie{power: 1.5}, nil},
		{"logistic", logistic{}, func(p *parameters) { p.gossOptions, p.rate = &GOSSOptions{TopRate: 0.2, OtherRate: 0.1}, 1 }},
		{"softmax", three, func(p *parameters) { p.dartOptions = &DartOptions{DropRate: 1, Rounds: 1, MaxDrop: 5} }},
	}
	for _, c := range cases {
		worst := time.Duration(1 << 62)
		for range 3 { // the collector's work counts, too
			p := defaults()
			p.objective, p.trees, p.leaves = c.objective, 3, 3
			if c.change != nil {
				c.change(&p)
			}
			ctx := &clocked{Context: t.Context()}
			if _, err := boost(ctx, tb, tb, p); err != nil {
				t.Fatal(err)
			}
			if worst = min(worst, ctx.worst); worst <= allowed {
				break
			}
		}
		t.Logf("%s: at most %v between two looks", c.name, worst)
		if worst > allowed {
			t.Errorf("%s: %v between two looks at the context, want at most %v", c.name, worst, allowed)
		}
	}
}
