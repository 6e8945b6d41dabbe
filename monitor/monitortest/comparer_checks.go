package monitortest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/conform"
	"github.com/tidewheel/tidewheel/monitor/drift"
)

func seldomNamed(p *pair) error {
	const reports = 40
	named := 0
	for seed := range uint64(reports) {
		r, err := p.compare(some(seed, 600), some(seed+1000, 300), 0, 1)
		if err != nil {
			return err
		}
		if r.Drifted > 0 {
			named++
		}
	}
	if share := float64(named) / reports; share > p.traits.FalseAlarms {
		return fmt.Errorf("want at most a share %v of %d reports on unchanged columns to name one, got %v", p.traits.FalseAlarms, reports, share)
	}
	return nil
}

func shiftNamed(p *pair) error {
	for i, s := range shifts() {
		if s.name == "one number in ten out of range" || s.name == "one category in ten unseen" {
			continue // how many, a report of distributions need not tell
		}
		rng := rand.New(rand.NewPCG(uint64(i), 7))
		r, err := p.compare(trips(rng, 4000, nil), trips(rng, 4000, s.spoil), 0, 2)
		if err != nil {
			return err
		}
		if !slices.Equal(r.DriftedColumns, []string{s.column}) || r.Drifted != 1 {
			return fmt.Errorf("%s: want column %q named and no other, got %q", s.name, s.column, r.DriftedColumns)
		}
	}
	return nil
}

// says is the whole report.
func says(r *drift.Report) (string, error) {
	b, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("the report as JSON, which has no NaN and no infinity: %w", err)
	}
	return string(b), nil
}

// agree compares the same trips in several ways and wants one report.
func (p *pair) agree(ways []func(a, b []trip) (*drift.Report, error)) error {
	rng := rand.New(rand.NewPCG(5, 7))
	a, b := trips(rng, 1200, nil), trips(rng, 800, longer)
	first := ""
	for i, way := range ways {
		r, err := way(slices.Clone(a), slices.Clone(b))
		if err != nil {
			return err
		}
		said, err := says(r)
		if err != nil {
			return err
		}
		if i == 0 {
			first = said
		} else if said != first {
			return fmt.Errorf("way %d: want the same report to the bit, got another", i)
		}
	}
	return nil
}

func anyCut(p *pair) error {
	var ways []func(a, b []trip) (*drift.Report, error)
	for _, n := range []int{0, 1, 7, 500} {
		ways = append(ways, func(a, b []trip) (*drift.Report, error) { return p.compare(a, b, n, 2) })
	}
	return p.agree(ways)
}

func anyWorkers(p *pair) error {
	var ways []func(a, b []trip) (*drift.Report, error)
	for _, workers := range []int{1, 2, 8} {
		ways = append(ways, func(a, b []trip) (*drift.Report, error) { return p.compare(a, b, 100, workers) })
	}
	return p.agree(ways)
}

func anyRowOrder(p *pair) error {
	return p.agree([]func(a, b []trip) (*drift.Report, error){
		func(a, b []trip) (*drift.Report, error) { return p.compare(a, b, 0, 1) },
		func(a, b []trip) (*drift.Report, error) {
			slices.Reverse(a)
			slices.Reverse(b)
			return p.compare(a, b, 0, 1)
		},
	})
}

func sameTime(p *pair) error {
	a, err := p.source(some(1, 1000), 100)
	if err != nil {
		return err
	}
	b, err := p.source(some(2, 1000), 100)
	if err != nil {
		return err
	}
	c := p.open(2, p.mem)
	said, errs := make([]string, 4), make([]error, 4)
	var wait sync.WaitGroup
	for i := range said {
		wait.Go(func() {
			defer func() {
				if v := recover(); v != nil {
					errs[i] = fmt.Errorf("panic: %v", v)
				}
			}()
			r, err := c(p.ctx, a, b)
			if err == nil {
				said[i], err = says(r)
			}
			errs[i] = err
		})
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if len(slices.Compact(said)) != 1 {
		return errors.New("want the same report four times, got others")
	}
	return nil
}

func oddColumns(p *pair) error {
	nan, inf := math.NaN(), math.Inf(1)
	kinds := map[string]func(i int, t *trip){
		"all missing":       func(_ int, t *trip) { t.Delay = nil },
		"all NaN":           func(_ int, t *trip) { t.Delay, t.Distance = &nan, nan },
		"infinities":        func(i int, t *trip) { t.Distance = []float64{inf, -inf, nan, 1}[i%4] },
		"one value":         func(_ int, t *trip) { *t = trip{Distance: 3, Carrier: ""} },
		"the largest":       func(i int, t *trip) { t.Distance = []float64{math.MaxFloat64, -math.MaxFloat64}[i%2] },
		"texts not of text": func(_ int, t *trip) { t.Carrier = "\xff\x00" },
		"as they are":       func(int, *trip) {},
	}
	for x, f := range kinds {
		for y, g := range kinds {
			a, b := some(1, 100), some(2, 80)
			for i := range a {
				f(i, &a[i])
			}
			for i := range b {
				g(i, &b[i])
			}
			r, err := p.compare(a, b, 0, 1)
			if err == nil {
				_, err = says(r)
			}
			if err != nil {
				return fmt.Errorf("%s against %s: %w", x, y, err)
			}
		}
	}
	return nil
}

func withoutRows(p *pair) error {
	for _, n := range [][2]int{{0, 0}, {0, 500}, {500, 0}, {1, 500}} {
		r, err := p.compare(some(1, n[0]), some(2, n[1]), 0, 1)
		if err != nil {
			return fmt.Errorf("%d rows against %d: %w", n[0], n[1], err)
		}
		if r.RowsReference != int64(n[0]) || r.RowsCurrent != int64(n[1]) || r.Drifted != 0 || r.ShareDrifted != 0 {
			return fmt.Errorf("%d rows against %d: want these numbers and no column named, got %d, %d and %d named", n[0], n[1], r.RowsReference, r.RowsCurrent, r.Drifted)
		}
		if _, err := says(r); err != nil {
			return err
		}
	}
	return nil
}

func lackingColumns(p *pair) error {
	a, err := p.source(some(1, 500), 0)
	if err != nil {
		return err
	}
	b, err := dataset.FromStructs(make([]struct {
		Carrier  string  `ml:"name=carrier"`
		Distance float64 `ml:"name=distance"`
		More     float64 `ml:"name=more"`
	}, 500), dataset.StructsOptions{Allocator: p.mem})
	if err != nil {
		return err
	}
	r, err := p.open(1, p.mem)(p.ctx, a, b)
	if err != nil {
		return err
	}
	missing, extra := slices.Clone(r.MissingColumns), slices.Clone(r.ExtraColumns)
	slices.Sort(missing)
	if !slices.Equal(missing, []string{"delay", "email", "rain", "stops"}) || !slices.Equal(extra, []string{"more"}) {
		return fmt.Errorf("want 4 columns missing and 1 extra, got %q and %q", missing, extra)
	}
	return nil
}

func nothingCommon(p *pair) error {
	a, err := p.source(some(1, 50), 0)
	if err != nil {
		return err
	}
	b, err := dataset.FromStructs(make([]struct{ Other float64 }, 50), dataset.StructsOptions{Allocator: p.mem})
	if err != nil {
		return err
	}
	return p.fails(p.ctx, "no common column", a, b, dataset.ErrSchema)
}

var errSource = errors.New("the source failed on purpose")

func sourceFails(p *pair) error {
	for side := range 2 {
		var sides [2]dataset.Source
		for i := range sides {
			src, err := p.source(some(uint64(i), 500), 100)
			if err != nil {
				return err
			}
			sides[i] = src
		}
		sides[side] = &conform.Watched{Source: sides[side], Err: errSource}
		if err := p.fails(p.ctx, fmt.Sprintf("source %d fails", side), sides[0], sides[1], errSource); err != nil {
			return err
		}
	}
	return nil
}

func contextEnds(p *pair) error {
	a, err := p.source(some(1, 500), 10)
	if err != nil {
		return err
	}
	b, err := p.source(some(2, 500), 10)
	if err != nil {
		return err
	}
	ctx, src, pulled := conform.Cancelling(p.ctx, b, 2)
	defer pulled()
	return p.fails(ctx, "a context that ends at the third batch", a, src, context.Canceled)
}

// fixed returns trips as a source whose batches are the same at each range. The caller closes it.
func (p *pair) fixed(all []trip, n int) (*dataset.Batches, error) {
	src, err := p.source(all, n)
	if err != nil {
		return nil, err
	}
	var list []dataset.Batch
	defer func() {
		for _, b := range list {
			b.Release()
		}
	}()
	for b, err := range src.Batches(p.ctx) {
		if err != nil {
			return nil, err
		}
		b.Retain()
		list = append(list, b)
	}
	return dataset.NewBatches(src.Schema(), list...)
}

func sourcesUnchanged(p *pair) error {
	var sides [2]*dataset.Batches
	var before [2][]byte
	for i := range sides {
		var err error
		if sides[i], err = p.fixed(some(uint64(i), 500), 100); err != nil {
			return err
		}
		defer sides[i].Close()
		if before[i], err = conform.Contents(p.ctx, sides[i]); err != nil {
			return err
		}
	}
	if _, err := p.open(2, p.mem)(p.ctx, sides[0], sides[1]); err != nil {
		return err
	}
	for i := range sides {
		after, err := conform.Contents(p.ctx, sides[i])
		if err != nil {
			return err
		}
		if string(after) != string(before[i]) {
			return fmt.Errorf("source %d: want the values as they were, got others", i)
		}
	}
	return nil
}
