package featurestest

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/internal/conform"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// Traits says what the fitter under test reads and which promises it makes.
type Traits struct {
	Schema       *dataset.Schema // the columns to fit on; numeric and text ones
	FillsMissing bool            // no output is missing in a row whose inputs all are; false: some output is
	NoLearning   bool            // Fit looks at the schema alone, so that it also succeeds on a source without rows
	TellsUnseen  bool            // texts that training never met are told apart, as by a hash
	Rows         int             // rows of the large training source; 0 is 140,000, more than two chunks of dataset.Run
	RowBytes     int             // bytes that Fit may allocate for each further row, whether or not it keeps them; 0 is 1,000

	Options     []Refusal                         // what constructors must refuse; none when the fitter has no options
	WithWorkers func(workers int) features.Fitter // the same fitter with that option; nil when it has none
}

// Refusal is a call of a constructor with bad options. Fields are all that it must refuse at once, each in a *dataset.OptionError: "scale.MinMaxOptions.Workers".
type Refusal struct {
	Fields []string
	New    func() error // what the constructor returns as its error
}

// TestTransformer runs every check against the fitters that newFitter returns, each a subtest. Fitters must be deterministic and take columns in the order of
// Traits.Schema. newFitter may use mem; what it and its transformers allocate there must be released when the check ends. Subtests do not run in
// parallel, since some look at memory.
func TestTransformer(t *testing.T, traits Traits, newFitter func(t *testing.T, mem memory.Allocator) features.Fitter) {
	t.Helper()
	for _, c := range checks() {
		if c.when != nil && !c.when(traits) {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
			if err := c.against(t.Context(), mem, traits, newFitter(t, mem)); err != nil {
				t.Error(err)
			}
		})
	}
}

// check is one promise. run returns an error when the subject breaks it. when chooses by traits; nil is always.
type check struct {
	name string
	run  func(context.Context, *subject) error
	when func(Traits) bool
}

// The conditions of checks.
func hasOptions(t Traits) bool { return len(t.Options) > 0 }
func hasWorkers(t Traits) bool { return t.WithWorkers != nil }
func hasText(t Traits) bool {
	return slices.ContainsFunc(t.Schema.Fields(), func(f dataset.Field) bool { return f.Type.IsText() })
}
func oneUnseen(t Traits) bool { return hasText(t) && !t.TellsUnseen }

// checks lists every promise.
func checks() []check {
	return slices.Concat(transformChecks(), learningChecks(), borrowingChecks())
}

func transformChecks() []check {
	return []check{
		{"output says what transform makes", outputIsReal, nil},
		{"any batch size gives the same bits", batchSizes, nil},
		{"rows keep their order", rowOrder, nil},
		{"one row gives the bits of a batch", rowEntrance, nil},
		{"fitting again gives the same plan", refit, nil},
		{"fitting on other batches gives the same plan", fitBatches, nil},
		{"1, 2 and 8 workers fit the same plan", fitWorkers, nil},
		{"inputs stay as they were", inputsUnchanged, nil},
		{"a missing column or another type is a schema error", wrongSchema, nil},
		{"missing values follow the policy", missingValues, nil},
		{"no rows and one row", fewRows, nil},
		{"concurrent transforms agree", concurrent, nil},
		{"the plan survives its text form", planText, nil},
		{"other columns pass through", passThrough, nil},
		{"a cancelled context ends fit", cancelled, nil},
	}
}

// against runs the check on a fresh subject, and turns a panic or a leak into an error.
func (c check) against(ctx context.Context, mem *memory.CheckedAllocator, traits Traits, f features.Fitter) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	s := &subject{traits: traits, fitter: f, mem: mem}
	err = conform.NoneLeft(ctx, func(ctx context.Context) error {
		defer s.close()
		return c.run(ctx, s)
	})
	if n := mem.CurrentAlloc(); n != 0 {
		err = errors.Join(err, fmt.Errorf("%d bytes of batches were not released", n))
	}
	return err
}

// subject is the fitter under test and the data made for one check.
type subject struct {
	traits  Traits
	fitter  features.Fitter
	mem     memory.Allocator
	closers []func()
}

func (s *subject) close() {
	for _, c := range s.closers {
		c()
	}
}

// source makes rows of the traits' schema, which live until the check ends.
func (s *subject) source(r conform.Rows) (*dataset.Batches, error) {
	return s.sourceOf(s.traits.Schema, r)
}

// fitted fits on the usual rows and makes others to transform.
func (s *subject) fitted(ctx context.Context, r conform.Rows) (features.Transformer, *dataset.Batches, error) {
	t, err := s.fit(ctx)
	if err != nil {
		return nil, nil, err
	}
	src, err := s.source(r)
	return t, src, err
}

// wide makes rows that have one more column, "untouched", behind the others.
func (s *subject) wide(r conform.Rows) (*dataset.Batches, error) {
	schema, err := s.traits.Schema.With(dataset.Field{Name: "untouched", Type: dataset.Utf8, Nullable: true})
	if err != nil {
		return nil, err
	}
	return s.sourceOf(schema, r)
}

func (s *subject) sourceOf(schema *dataset.Schema, r conform.Rows) (*dataset.Batches, error) {
	src, err := r.Source(s.mem, schema)
	if err != nil {
		return nil, err
	}
	s.closers = append(s.closers, func() { _ = src.Close() })
	return src, nil
}

// fit fits on a training source of its own making.
func (s *subject) fit(ctx context.Context) (features.Transformer, error) {
	src, err := s.source(conform.Rows{N: 400, Batch: 400, Seed: 1})
	if err != nil {
		return nil, err
	}
	return s.fitOn(ctx, src)
}

func (s *subject) fitOn(ctx context.Context, src dataset.Source) (features.Transformer, error) {
	t, err := s.fitter.Fit(ctx, src)
	if err != nil {
		return nil, fmt.Errorf("fit: %w", err)
	}
	if t == nil {
		return nil, errors.New("fit returned neither a transformer nor an error")
	}
	return t, nil
}

// transformed returns every numeric output of t over src, column by column.
func transformed(ctx context.Context, t features.Transformer, src dataset.Source) ([][]float64, error) {
	out, err := features.Apply(t, src)
	if err != nil {
		return nil, fmt.Errorf("apply: %w", err)
	}
	var made []string
	for _, o := range t.Plan().Outputs {
		made = append(made, o.Name)
	}
	columns := make([][]float64, len(made))
	for b, err := range out.Batches(ctx) {
		if err != nil {
			return nil, fmt.Errorf("transform: %w", err)
		}
		for j, name := range made {
			c, err := b.ByName(name)
			if err != nil {
				return nil, err
			}
			v := make([]float64, c.Len())
			if err := dataset.Float64s(c, v); err != nil {
				return nil, err
			}
			columns[j] = append(columns[j], v...)
		}
	}
	return columns, nil
}

func encoded(t features.Transformer) (string, error) {
	text, err := t.Plan().Encode()
	return string(text), err
}

// compiled returns the plan of t after a trip through its text form, when asked.
func compiled(p *plan.Plan, viaText bool) (*plan.Program, error) {
	if viaText {
		text, err := p.Encode()
		if err != nil {
			return nil, err
		}
		if p, err = plan.Decode(text); err != nil {
			return nil, err
		}
	}
	return plan.Compile(p)
}
