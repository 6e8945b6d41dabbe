package validatetest

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/conform"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/check"
)

// CheckTraits says what the check under test reads and which promises it makes. Schema is required.
type CheckTraits struct {
	Schema *dataset.Schema // of the rows that the check looks at: its columns, and any others
	// Bad says of one row whether the check is to find it. The rows come from the schema's rules, with nulls, NaN and texts that are in none of its categories. nil is not compared.
	Bad func(row dataset.Row) bool
	// Neighbours says that the verdict on a row may depend on others: of an order of rows, a key, a total. An Own never does.
	Neighbours bool
	Rows       int // rows of the large source; 0 is 140,000, more than two chunks of dataset.Run
}

// TestCheck runs every promise of a check against those that newCheck returns, each a subtest: check.Own with a Judge of the host's, first of all. A fresh check is asked for by each, and may be the same
// value each time.
func TestCheck(t *testing.T, traits CheckTraits, newCheck func() check.Check) {
	t.Helper()
	for _, c := range checkChecks(traits) {
		t.Run(c.name, func(t *testing.T) {
			if err := c.against(t.Context(), traits, newCheck); err != nil {
				t.Error(err)
			}
		})
	}
}

// checkCheck is one promise. run returns an error when the check breaks it. without says that the check does not make it.
type checkCheck struct {
	name    string
	run     func(*checking, context.Context) error
	without bool
}

func checkChecks(traits CheckTraits) []checkCheck {
	texts := slices.ContainsFunc(traits.Schema.Fields(), func(f dataset.Field) bool { return f.Type.IsText() })
	all := []checkCheck{
		{name: "the same rows give the same findings", run: (*checking).again},
		{name: "it finds the rows that it must", run: (*checking).finds, without: traits.Bad == nil},
		{name: "1, 2 and 8 workers find the same", run: (*checking).workers},
		{name: "the reader's batches change nothing", run: (*checking).cuts},
		{name: "each row is judged by itself", run: (*checking).alone, without: traits.Neighbours},
		{name: "nulls and NaN are taken", run: (*checking).missing},
		{name: "text behind codes is the same text", run: (*checking).codes, without: !texts},
		{name: "a slice of a batch is its own rows", run: (*checking).slices, without: traits.Neighbours},
		{name: "batches stay as they were", run: (*checking).unchanged},
		{name: "batches are borrowed", run: (*checking).borrowed},
		{name: "several runs at once find the same", run: (*checking).concurrent},
		{name: "findings name a rule and hold no values", run: (*checking).words},
		{name: "a column that is not there is a finding", run: (*checking).columns},
		{name: "under a condition it looks at the rows that hold it", run: (*checking).when, without: traits.Neighbours},
		{name: "a run that ends early gives its error and leaves nothing behind", run: (*checking).ends},
	}
	return slices.DeleteFunc(all, func(c checkCheck) bool { return c.without })
}

// against runs the promise, and turns a panic and a leak of batches into an error.
func (c checkCheck) against(ctx context.Context, traits CheckTraits, newCheck func() check.Check) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if traits.Rows == 0 {
		traits.Rows = 140_000
	}
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	s := &checking{traits: traits, newCheck: newCheck, mem: mem}
	err = c.run(s, ctx)
	for _, src := range s.sources {
		err = errors.Join(err, src.Close())
	}
	if n := mem.CurrentAlloc(); n != 0 {
		err = errors.Join(err, fmt.Errorf("%d bytes of batches were not released", n))
	}
	return err
}

// checking is the check under test with the rows of one promise.
type checking struct {
	traits   CheckTraits
	newCheck func() check.Check
	mem      memory.Allocator
	sources  []*dataset.Batches
}

// source makes rows that live until the promise ends.
func (s *checking) source(r conform.Rows) (*dataset.Batches, error) {
	return s.sourceOf(s.traits.Schema, r)
}

func (s *checking) sourceOf(schema *dataset.Schema, r conform.Rows) (*dataset.Batches, error) {
	src, err := r.Source(s.mem, schema)
	if err == nil {
		s.sources = append(s.sources, src)
	}
	return src, err
}

// outcome is what a run said: whether all is well, and of each finding its rule, columns, severity and rows.
type outcome struct {
	ok       bool
	findings []validate.Finding
	rows     []int64 // of the first finding that is about some rows
}

// run checks src with a new check.
func (s *checking) run(ctx context.Context, src dataset.Source, workers int) (outcome, error) {
	return s.runWith(ctx, s.newCheck(), src, workers)
}

func (s *checking) runWith(ctx context.Context, what check.Check, src dataset.Source, workers int) (outcome, error) {
	c, err := check.New([]check.Check{what}, check.Options{Workers: workers, Allocator: s.mem})
	if err != nil {
		return outcome{}, err
	}
	return outcomeOf(ctx, c, src)
}

func outcomeOf(ctx context.Context, c *check.Checker, src dataset.Source) (outcome, error) {
	r, err := c.Run(ctx, src)
	if err != nil {
		return outcome{}, err
	}
	o := outcome{ok: r.Report.OK, findings: r.Report.Findings}
	if len(o.findings) > 0 {
		o.rows = slices.Collect(r.Rows(0))
	}
	return o, nil
}

// same returns an error when two outcomes differ.
func (want outcome) same(got outcome) error {
	if want.ok != got.ok || len(want.findings) != len(got.findings) {
		return fmt.Errorf("%d findings, want %d", len(got.findings), len(want.findings))
	}
	for i, w := range want.findings {
		g := got.findings[i]
		if w.Rule != g.Rule || w.Column != g.Column || w.Other != g.Other || w.Severity != g.Severity || w.Count != g.Count || !slices.Equal(w.FirstRows, g.FirstRows) {
			return fmt.Errorf("%s of %q in %d rows, the first %v, want %s of %q in %d, the first %v", g.Rule, g.Column, g.Count, g.FirstRows, w.Rule, w.Column, w.Count, w.FirstRows)
		}
	}
	return sameRows(want.rows, got.rows)
}

func sameRows(want, got []int64) error {
	for i, row := range want {
		if i >= len(got) || got[i] != row {
			return fmt.Errorf("%d rows are found, want %d, and row %d among them", len(got), len(want), row)
		}
	}
	if len(got) > len(want) {
		return fmt.Errorf("%d rows are found, want %d, and not row %d", len(got), len(want), got[len(want)])
	}
	return nil
}
