package featurestest

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
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
	Rows         int             // rows of the large training source; 0 is 140,000, more than two chunks of dataset.Run
}

// TestTransformer runs every check against the fitters that newFitter returns, each a subtest. Fitters must be deterministic and take columns in the order of
// Traits.Schema. newFitter may use mem; what it and its transformers allocate there must be released when the check ends.
func TestTransformer(t *testing.T, traits Traits, newFitter func(t *testing.T, mem memory.Allocator) features.Fitter) {
	t.Helper()
	for _, c := range checks() {
		t.Run(c.name, func(t *testing.T) {
			mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
			if err := c.against(t.Context(), mem, traits, newFitter(t, mem)); err != nil {
				t.Error(err)
			}
		})
	}
}

// check is one promise. run returns an error when the subject breaks it.
type check struct {
	name string
	run  func(context.Context, *subject) error
}

// checks lists every promise.
func checks() []check {
	return []check{
		{"output says what transform makes", outputIsReal},
		{"any batch size gives the same bits", batchSizes},
		{"rows keep their order", rowOrder},
		{"one row gives the bits of a batch", rowEntrance},
		{"fitting again gives the same plan", refit},
		{"fitting on other batches gives the same plan", fitBatches},
		{"1, 2 and 8 workers fit the same plan", fitWorkers},
		{"inputs stay as they were", inputsUnchanged},
		{"a missing column or another type is a schema error", wrongSchema},
		{"missing values follow the policy", missingValues},
		{"no rows and one row", fewRows},
		{"concurrent transforms agree", concurrent},
		{"the plan survives its text form", planText},
		{"other columns pass through", passThrough},
		{"a cancelled context ends fit", cancelled},
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
	err = c.run(ctx, s)
	s.close()
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
