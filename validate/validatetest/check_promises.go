package validatetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/conform"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/check"
)

// both returns the outcomes of two sources.
func (s *checking) both(ctx context.Context, a, b conform.Rows) (x, y outcome, err error) {
	var errs [2]error
	for k, r := range []conform.Rows{a, b} {
		src, err := s.source(r)
		if err != nil {
			return x, y, err
		}
		if k == 0 {
			x, errs[k] = s.run(ctx, src, 1)
		} else {
			y, errs[k] = s.run(ctx, src, 1)
		}
	}
	return x, y, errors.Join(errs[:]...)
}

func (s *checking) again(ctx context.Context) error {
	want, got, err := s.both(ctx, usual(), usual())
	if err != nil {
		return err
	}
	return want.same(got)
}

// finds asks the oracle about each row.
func (s *checking) finds(ctx context.Context) error {
	for seed := range uint64(5) {
		src, err := s.source(conform.Rows{N: 600, Batch: 250, Seed: 20 + seed, Unseen: true})
		if err != nil {
			return err
		}
		var want []int64
		row, at := dataset.NewRow(src.Schema()), int64(0)
		for b, err := range src.Batches(ctx) {
			if err != nil {
				return err
			}
			for i := range b.NumRows() {
				if err := b.ReadRow(i, row); err != nil {
					return err
				}
				if s.traits.Bad(row) {
					want = append(want, at)
				}
				at++
			}
		}
		got, err := s.run(ctx, src, 1)
		if err != nil {
			return err
		}
		if err := sameRows(want, got.rows); err != nil {
			return err
		}
	}
	return nil
}

func (s *checking) workers(ctx context.Context) error {
	src, err := s.source(conform.Rows{N: s.traits.Rows, Batch: 50_000, Seed: 2})
	if err != nil {
		return err
	}
	want, err := s.run(ctx, src, 1)
	if err != nil {
		return err
	}
	for _, workers := range []int{2, 8} {
		got, err := s.run(ctx, src, workers)
		if err != nil {
			return err
		}
		if err := want.same(got); err != nil {
			return fmt.Errorf("%d workers: %w", workers, err)
		}
	}
	return nil
}

// cuts compares one batch with batches across chunks, which a run cuts anew, and with batches that are chunks, which it passes on as they are.
func (s *checking) cuts(ctx context.Context) error {
	var want outcome
	for k, r := range []conform.Rows{{Batch: s.traits.Rows, PlainText: true}, {Batch: 9973}, {Batch: dataset.ChunkRows}} {
		r.N, r.Seed = s.traits.Rows, 3
		src, err := s.source(r)
		if err != nil {
			return err
		}
		got, err := s.run(ctx, src, 1)
		if err != nil {
			return err
		}
		if k == 0 {
			want = got
		} else if err := want.same(got); err != nil {
			return fmt.Errorf("batches of %d rows: %w", r.Batch, err)
		}
	}
	return nil
}

// alone turns the rows around: the bad ones must turn with them. Then it shows each row by itself.
func (s *checking) alone(ctx context.Context) error {
	back := usual()
	back.Reverse = true
	want, got, err := s.both(ctx, usual(), back)
	if err != nil {
		return err
	}
	turned := make([]int64, len(want.rows))
	for i, row := range want.rows {
		turned[len(turned)-1-i] = int64(usual().N) - 1 - row
	}
	if err := sameRows(turned, got.rows); err != nil {
		return fmt.Errorf("in reverse order: %w", err)
	}
	src, err := s.source(usual())
	if err != nil {
		return err
	}
	return s.parts(ctx, src, want.rows, 1)
}

// parts runs over the batches of src in slices of some rows each, and wants the same rows to be found.
func (s *checking) parts(ctx context.Context, src dataset.Source, want []int64, size int) error {
	c, err := check.New([]check.Check{s.newCheck()}, check.Options{Workers: 1, Allocator: s.mem})
	if err != nil {
		return err
	}
	var found []int64
	at := 0
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return err
		}
		for i := 0; i < b.NumRows(); i += size {
			part := b.Slice(i, min(i+size, b.NumRows()))
			one, err := dataset.NewBatches(b.Schema(), part)
			part.Release()
			if err != nil {
				return err
			}
			o, err := outcomeOf(ctx, c, one)
			if err := errors.Join(err, one.Close()); err != nil {
				return err
			}
			for _, row := range o.rows {
				found = append(found, int64(at+i)+row)
			}
		}
		at += b.NumRows()
	}
	if err := sameRows(want, found); err != nil {
		return fmt.Errorf("in parts of %d: %w", size, err)
	}
	return nil
}

func (s *checking) missing(ctx context.Context) error {
	src, err := s.source(conform.Rows{N: 60, Batch: 20, Seed: 4})
	if err != nil {
		return err
	}
	for _, g := range gaps(s.mem) {
		changed := dataset.Map(src, src.Schema(), func(_ context.Context, b dataset.Batch) (dataset.Batch, error) { return g.change(b) })
		o, err := s.run(ctx, changed, 1)
		if err != nil {
			return fmt.Errorf("columns of %s: %w", g.what, err)
		}
		if n := len(o.rows); !s.traits.Neighbours && n > 0 && g.what == "nulls" && n < 60 && s.allNull() {
			return fmt.Errorf("columns of %s: %d of 60 equal rows are found", g.what, n)
		}
	}
	return nil
}

// allNull reports whether every column takes nulls.
func (s *checking) allNull() bool {
	return !slices.ContainsFunc(s.traits.Schema.Fields(), func(f dataset.Field) bool { return !f.Nullable })
}

func (s *checking) codes(ctx context.Context) error {
	coded := usual()
	coded.PlainText = false
	want, got, err := s.both(ctx, usual(), coded)
	if err != nil {
		return err
	}
	return want.same(got)
}

func (s *checking) slices(ctx context.Context) error {
	src, err := s.source(usual())
	if err != nil {
		return err
	}
	want, err := s.run(ctx, src, 1)
	if err != nil {
		return err
	}
	return s.parts(ctx, src, want.rows, 97)
}

func (s *checking) unchanged(ctx context.Context) error {
	src, err := s.source(conform.Rows{N: 400, Batch: 400, Seed: 5}) // one batch, which a run does not copy
	if err != nil {
		return err
	}
	return conform.Unchanged(ctx, src, func() error { _, err := s.run(ctx, src, 1); return err })
}

// borrowed overwrites the rows between two looks of one checker, and makes them anew.
func (s *checking) borrowed(ctx context.Context) error {
	c, err := check.New([]check.Check{s.newCheck()}, check.Options{Workers: 1, Allocator: s.mem})
	if err != nil {
		return err
	}
	var want outcome
	for k := range 2 {
		src, err := s.source(usual())
		if err != nil {
			return err
		}
		got, err := outcomeOf(ctx, c, src)
		if err != nil {
			return err
		}
		for b, err := range src.Batches(ctx) {
			if err != nil {
				return err
			}
			conform.Scribble(b)
		}
		if k == 0 {
			want = got
		} else if err := want.same(got); err != nil {
			return fmt.Errorf("after the batches of an earlier run were overwritten: %w", err)
		}
	}
	return nil
}

func (s *checking) concurrent(ctx context.Context) error {
	src, err := s.source(conform.Rows{N: 2000, Batch: 150, Seed: 6})
	if err != nil {
		return err
	}
	c, err := check.New([]check.Check{s.newCheck()}, check.Options{Workers: 2, Allocator: s.mem})
	if err != nil {
		return err
	}
	want, err := outcomeOf(ctx, c, src)
	if err != nil {
		return err
	}
	errs := make([]error, 4)
	var wait sync.WaitGroup
	for k := range errs {
		wait.Go(func() {
			got, err := outcomeOf(ctx, c, src)
			if err == nil {
				err = want.same(got)
			}
			errs[k] = err
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

// words looks for texts of rows, which hardly ever come twice, in what a report says.
func (s *checking) words(ctx context.Context) error {
	src, err := s.source(conform.Rows{N: 600, Batch: 600, Seed: 12, Distinct: true, PlainText: true})
	if err != nil {
		return err
	}
	o, err := s.run(ctx, src, 1)
	if err != nil {
		return err
	}
	said, err := json.Marshal(o.findings)
	if err != nil {
		return err
	}
	for _, f := range o.findings {
		if f.Rule == "" || f.Want == "" || f.Got == "" || f.Severity == validate.Clean {
			return fmt.Errorf("a finding without its rule, severity, or what is wanted and got: %+v", f)
		}
	}
	row := dataset.NewRow(src.Schema())
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return err
		}
		for i := range b.NumRows() {
			if err := b.ReadRow(i, row); err != nil {
				return err
			}
			for _, v := range row.Values {
				if len(v.Text) > 6 && strings.Contains(string(said), v.Text) {
					return fmt.Errorf("the report holds the text of row %d", i)
				}
			}
		}
	}
	return nil
}

// columns takes every column away in turn: what the check needs is missed, and the others are not.
func (s *checking) columns(ctx context.Context) error {
	missed := false
	for _, f := range s.traits.Schema.Fields() {
		schema, err := s.traits.Schema.Without(f.Name)
		if err != nil || schema.Len() == 0 {
			schema, err = dataset.NewSchema(dataset.Field{Name: "another " + f.Name, Type: dataset.Bool})
		}
		if err != nil {
			return err
		}
		src, err := s.sourceOf(schema, conform.Rows{N: 10, Batch: 10, Seed: 8})
		if err != nil {
			return err
		}
		o, err := s.run(ctx, src, 1)
		if err != nil {
			return fmt.Errorf("without column %q: %w", f.Name, err)
		}
		missed = missed || slices.ContainsFunc(o.findings, func(g validate.Finding) bool { return g.Rule == validate.RuleMissingColumn && g.Column == f.Name })
	}
	if !missed && !s.traits.Neighbours {
		return errors.New("no column of the schema is missed, so that the check looks at none")
	}
	return nil
}

// when looks at the rows of one half alone.
func (s *checking) when(ctx context.Context) error {
	half, err := s.traits.Schema.With(dataset.Field{Name: "is in the half", Type: dataset.Bool})
	if err != nil {
		return err
	}
	src, err := s.sourceOf(half, usual())
	if err != nil {
		return err
	}
	all, err := s.run(ctx, src, 1)
	if err != nil {
		return err
	}
	in := make([]bool, 0, usual().N)
	row := dataset.NewRow(half)
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return err
		}
		for i := range b.NumRows() {
			if err := b.ReadRow(i, row); err != nil {
				return err
			}
			in = append(in, row.Values[half.Len()-1].Number == 1)
		}
	}
	want := slices.DeleteFunc(slices.Clone(all.rows), func(at int64) bool { return !in[at] })
	then := s.newCheck()
	if terms, ok := then.(check.Terms); ok {
		then = terms.Check // terms stand outside a condition
	}
	got, err := s.runWith(ctx, check.When{Column: "is in the half", Value: dataset.NumberValue(1), Then: then}, src, 1)
	if err != nil {
		return err
	}
	return sameRows(want, got.rows)
}

// ends lets runs fail and be cancelled on their way, and compares a run before with one after.
func (s *checking) ends(ctx context.Context) error {
	src, err := s.source(conform.Rows{N: 1000, Batch: 100, Seed: 10})
	if err != nil {
		return err
	}
	want, err := s.run(ctx, src, 2)
	if err != nil {
		return err
	}
	broken := errors.New("the line is broken")
	_, err = s.run(ctx, &conform.Watched{Source: src, Err: broken}, 2)
	if err := conform.WantError("run over a source that fails", err, broken); err != nil {
		return err
	}
	onItsWay, cancel := context.WithCancel(ctx)
	defer cancel()
	_, err = s.run(onItsWay, &conform.Watched{Source: src, Before: func(at int) {
		if at == 3 {
			cancel()
		}
	}}, 2)
	if err := conform.WantError("run that is cancelled on its way", err, context.Canceled); err != nil {
		return err
	}
	got, err := s.run(ctx, src, 2)
	if err != nil {
		return err
	}
	return want.same(got)
}
