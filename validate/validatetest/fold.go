package validatetest

import (
	"context"
	"encoding"
	"errors"
	"fmt"
	"runtime/debug"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/conform"
)

// FoldTraits says what the fold under test reads and which promises it makes. Schema and Same are required.
type FoldTraits[F any] struct {
	Schema *dataset.Schema // of the batches that the fold takes

	// Same returns an error when two folds of the same rows differ in a bit of what they answer. Neither is used again.
	Same func(want, got F) error
	// Near is Same for folds that met the rows in other batches or merges, where the last digits may differ: it states by how much. nil is Same.
	Near func(want, got F) error

	AnyOrder    bool // the order of rows changes nothing beyond Near
	KeepsMerged bool // Merge leaves its argument as it was; false: the argument is not used again, as dataset.Folder says
	AnySchema   bool // Observe takes batches of other schemas; false: it refuses them with dataset.ErrSchema
	Rows        int  // rows of the large source; 0 is 140,000, more than two chunks of dataset.Run
	MaxGrowth   int  // bytes by which a fold of 60,000 rows of hardly equal values may be larger than one of 6,000; 0 is 256 KiB
}

// TestFold runs every check against the folds of no rows that newFold returns, each a subtest. What has a MarshalBinary and an UnmarshalBinary is also checked for
// what it is after a trip through them. newFold is called by several goroutines at once. Subtests do not run in parallel, since one of them looks at memory.
func TestFold[F dataset.Folder[F]](t *testing.T, traits FoldTraits[F], newFold func() F) {
	t.Helper()
	for _, c := range foldChecks(traits, newFold) {
		t.Run(c.name, func(t *testing.T) {
			if err := c.against(t.Context(), traits, newFold); err != nil {
				t.Error(err)
			}
		})
	}
}

// foldCheck is one promise. run returns an error when the fold breaks it. without says that the fold does not make it.
type foldCheck[F dataset.Folder[F]] struct {
	name    string
	run     func(*folding[F], context.Context) error
	without bool
}

// foldChecks lists every promise that the fold makes.
func foldChecks[F dataset.Folder[F]](traits FoldTraits[F], newFold func() F) []foldCheck[F] {
	_, writes := any(newFold()).(encoding.BinaryMarshaler)
	_, reads := any(newFold()).(encoding.BinaryUnmarshaler)
	texts := false
	for _, f := range traits.Schema.Fields() {
		texts = texts || f.Type.IsText()
	}
	all := []foldCheck[F]{
		{name: "the same rows give the same bits", run: (*folding[F]).again},
		{name: "many batches are one", run: (*folding[F]).batches},
		{name: "merging is observing what comes behind", run: (*folding[F]).merging},
		{name: "it does not matter which folds are merged first", run: (*folding[F]).association},
		{name: "an empty fold on either side changes nothing", run: (*folding[F]).emptyFolds},
		{name: "an empty batch changes nothing", run: (*folding[F]).emptyBatches},
		{name: "1, 2 and 8 workers give the same bits", run: (*folding[F]).workers},
		{name: "the reader's batches change no bit of a run", run: (*folding[F]).cuts},
		{name: "a run without rows is a new fold", run: (*folding[F]).noRows},
		{name: "columns of nulls and NaN are taken", run: (*folding[F]).missing},
		{name: "text behind codes is the same text", run: (*folding[F]).codes, without: !texts},
		{name: "a slice of a batch is its own rows", run: (*folding[F]).slices},
		{name: "batches are borrowed", run: (*folding[F]).borrowed},
		{name: "batches stay as they were", run: (*folding[F]).unchanged},
		{name: "folds share nothing", run: (*folding[F]).apart},
		{name: "a merged fold stays as it was", run: (*folding[F]).keeps, without: !traits.KeepsMerged},
		{name: "rows may come in any order", run: (*folding[F]).order, without: !traits.AnyOrder},
		{name: "another schema is a schema error", run: (*folding[F]).schema, without: traits.AnySchema},
		{name: "memory stays within its bound", run: (*folding[F]).memory},
		{name: "a run that ends early gives its error and leaves nothing behind", run: (*folding[F]).ends},
		{name: "the binary form is the fold", run: (*folding[F]).binary, without: !writes || !reads},
	}
	var out []foldCheck[F]
	for _, c := range all {
		if !c.without {
			out = append(out, c)
		}
	}
	return out
}

// against runs the check, and turns a panic, a leak of batches and a goroutine that is left into an error.
func (c foldCheck[F]) against(ctx context.Context, traits FoldTraits[F], newFold func() F) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if traits.Near == nil {
		traits.Near = traits.Same
	}
	if traits.Rows == 0 {
		traits.Rows = 140_000
	}
	if traits.MaxGrowth == 0 {
		traits.MaxGrowth = 256 << 10
	}
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	s := &folding[F]{traits: traits, newFold: newFold, mem: mem}
	err = conform.NoneLeft(ctx, func(ctx context.Context) error {
		err := c.run(s, ctx)
		for _, src := range s.sources {
			err = errors.Join(err, src.Close())
		}
		return err
	})
	if n := mem.CurrentAlloc(); n != 0 {
		err = errors.Join(err, fmt.Errorf("%d bytes of batches were not released", n))
	}
	return err
}

// folding is the fold under test with the rows of one check.
type folding[F dataset.Folder[F]] struct {
	traits  FoldTraits[F]
	newFold func() F
	mem     memory.Allocator
	sources []*dataset.Batches
}

// source makes rows of the traits' schema, which live until the check ends.
func (s *folding[F]) source(r conform.Rows) (*dataset.Batches, error) {
	return s.sourceOf(s.traits.Schema, r)
}

func (s *folding[F]) sourceOf(schema *dataset.Schema, r conform.Rows) (*dataset.Batches, error) {
	src, err := r.Source(s.mem, schema)
	if err != nil {
		return nil, err
	}
	s.sources = append(s.sources, src)
	return src, nil
}

// observe adds the batches of src to f, each as it comes, and calls after behind each.
func (s *folding[F]) observe(ctx context.Context, f F, src dataset.Source, after func(dataset.Batch)) error {
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return err
		}
		if err := f.Observe(b); err != nil {
			return fmt.Errorf("observe: %w", err)
		}
		if after != nil {
			after(b)
		}
	}
	return nil
}

// fold returns the fold of the rows of r, observed batch by batch.
func (s *folding[F]) fold(ctx context.Context, r conform.Rows) (F, error) {
	f := s.newFold()
	src, err := s.source(r)
	if err != nil {
		return f, err
	}
	return f, s.observe(ctx, f, src, nil)
}

// parts returns a fold for each batch of the rows of r.
func (s *folding[F]) parts(ctx context.Context, r conform.Rows) ([]F, error) {
	src, err := s.source(r)
	if err != nil {
		return nil, err
	}
	var out []F
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return nil, err
		}
		f := s.newFold()
		if err := f.Observe(b); err != nil {
			return nil, fmt.Errorf("observe: %w", err)
		}
		out = append(out, f)
	}
	return out, nil
}
