package validatetest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
)

// tally is a fold of the number and the sum of column x and the number of texts of column c, and the places where a bug can be planted.
type tally struct {
	schema        *dataset.Schema
	n, sum, texts float64
	kept          []float64 // what a bug holds on to; its sum belongs to the answer
	held          [][]float64
	bug           *bug
}

type bug struct {
	observe func(f *tally, b dataset.Batch) error // in place of nothing, behind Observe
	merge   func(f, next *tally) error            // behind Merge
	fresh   func(f *tally)                        // of a new fold
	nulls   bool                                  // nulls are an error
	lax     bool                                  // takes every schema
	write   func([]byte) []byte
}

func (f *tally) Observe(b dataset.Batch) error {
	if !f.bug.lax && !b.Schema().Equal(f.schema) {
		return &dataset.SchemaError{Want: "a batch of the tally's schema", Got: "another schema"}
	}
	if !f.bug.lax {
		if err := f.add(b); err != nil {
			return err
		}
	}
	if f.bug.observe != nil {
		return f.bug.observe(f, b)
	}
	return nil
}

func (f *tally) add(b dataset.Batch) error {
	v := make([]float64, b.NumRows())
	if err := dataset.Float64s(b.Column(0), v); err != nil {
		return err
	}
	for _, x := range v {
		switch {
		case x == x:
			f.n++
			f.sum += x
		case f.bug.nulls:
			return errors.New("a missing value")
		}
	}
	f.texts += float64(b.NumRows() - b.Column(1).NullN())
	return nil
}

func (f *tally) Merge(next *tally) error {
	f.n, f.sum, f.texts = f.n+next.n, f.sum+next.sum, f.texts+next.texts
	if f.bug.merge != nil {
		return f.bug.merge(f, next)
	}
	return nil
}

func (f *tally) MarshalBinary() ([]byte, error) {
	var out []byte
	for _, x := range []float64{f.n, f.sum, f.texts} {
		out = binary.LittleEndian.AppendUint64(out, math.Float64bits(x))
	}
	if f.bug.write != nil {
		out = f.bug.write(out)
	}
	return out, nil
}

func (f *tally) UnmarshalBinary(form []byte) error {
	if len(form) != 24 {
		return dataset.ErrFormat
	}
	for i, to := range []*float64{&f.n, &f.sum, &f.texts} {
		*to = math.Float64frombits(binary.LittleEndian.Uint64(form[8*i:]))
	}
	return nil
}

func same(want, got *tally) error {
	for _, f := range []*tally{want, got} {
		for _, x := range f.kept {
			f.sum += x
		}
	}
	if want.n != got.n || want.sum != got.sum || want.texts != got.texts { // sums of quarters are exact
		return fmt.Errorf("%v of %v and %v texts, want %v of %v and %v", got.n, got.sum, got.texts, want.n, want.sum, want.texts)
	}
	return nil
}

func tallyTraits(t *testing.T) FoldTraits[*tally] {
	t.Helper()
	s, err := dataset.NewSchema(dataset.Field{Name: "x", Type: dataset.Float64, Nullable: true}, dataset.Field{Name: "c", Type: dataset.Utf8, Nullable: true})
	if err != nil {
		t.Fatal(err)
	}
	return FoldTraits[*tally]{Schema: s, Same: same, AnyOrder: true, KeepsMerged: true}
}

func folds(traits FoldTraits[*tally], b *bug) func() *tally {
	return func() *tally {
		f := &tally{schema: traits.Schema, bug: b}
		if b.fresh != nil {
			b.fresh(f)
		}
		return f
	}
}

func TestAFaultlessFoldPasses(t *testing.T) {
	traits := tallyTraits(t)
	TestFold(t, traits, folds(traits, &bug{}))
}

// observing plants what is added to the sum for each batch.
func observing(by func(f *tally, b dataset.Batch) float64) *bug {
	return &bug{observe: func(f *tally, b dataset.Batch) error {
		f.sum += by(f, b)
		return nil
	}}
}

func merging(by func(f, next *tally)) *bug {
	return &bug{merge: func(f, next *tally) error {
		by(f, next)
		return nil
	}}
}

// plantedFolds has a bug for each check, by its name.
func plantedFolds() map[string]*bug {
	var calls atomic.Int64
	counting := observing(func(*tally, dataset.Batch) float64 { return float64(calls.Add(1)) })
	perBatch := observing(func(*tally, dataset.Batch) float64 { return 1 })
	return map[string]*bug{
		"the same rows give the same bits":                counting,
		"folds share nothing":                             observing(func(*tally, dataset.Batch) float64 { calls.Add(1); return float64(calls.Load()) }),
		"1, 2 and 8 workers give the same bits":           counting,
		"many batches are one":                            perBatch,
		"merging is observing what comes behind":          merging(func(f, _ *tally) { f.n++ }),
		"it does not matter which folds are merged first": merging(func(f, next *tally) { f.sum += next.n * f.n * next.n }),
		"an empty fold on either side changes nothing":    merging(func(f, next *tally) { f.sum = next.sum }),
		"an empty batch changes nothing":                  perBatch,
		"the reader's batches change no bit of a run": observing(func(_ *tally, b dataset.Batch) float64 {
			if b.Column(1).DataType().ID() == arrow.DICTIONARY || b.Column(0).Data().Offset() > 0 {
				return 0
			}
			return 1
		}),
		"a run without rows is a new fold":   {fresh: func(f *tally) { f.n = float64(calls.Add(1)) }},
		"columns of nulls and NaN are taken": {nulls: true, observe: func(*tally, dataset.Batch) error { return nil }},
		"text behind codes is the same text": observing(func(_ *tally, b dataset.Batch) float64 {
			if b.Column(1).DataType().ID() == arrow.DICTIONARY {
				return 1
			}
			return 0
		}),
		"a slice of a batch is its own rows": observing(func(_ *tally, b dataset.Batch) float64 {
			return math.Float64frombits(^uint64(0)>>2) * float64(b.Column(0).Data().Offset())
		}),
		"batches are borrowed": {observe: func(f *tally, b dataset.Batch) error {
			f.kept = b.Column(0).(*array.Float64).Float64Values()[:1]
			return nil
		}},
		"batches stay as they were": observing(func(_ *tally, b dataset.Batch) float64 {
			if c, ok := b.Column(0).(*array.Float64); ok {
				c.Float64Values()[0] = 12345
			}
			return 0
		}),
		"a merged fold stays as it was":    merging(func(_, next *tally) { next.n = 0 }),
		"rows may come in any order":       observing(func(_ *tally, b dataset.Batch) float64 { return b.Column(0).(*array.Float64).Value(0) }),
		"another schema is a schema error": {lax: true},
		"memory stays within its bound": {observe: func(f *tally, b dataset.Batch) error {
			f.held = append(f.held, make([]float64, b.NumRows()))
			return nil
		}},
		"a run that ends early gives its error and leaves nothing behind": counting,
		"the binary form is the fold":                                     {write: func(form []byte) []byte { form[3] ^= 1; return form }},
	}
}

func TestEveryFoldCheckFindsItsPlantedBug(t *testing.T) {
	planted := plantedFolds()
	traits := tallyTraits(t)
	for _, c := range foldChecks(traits, folds(traits, &bug{})) {
		b, ok := planted[c.name]
		if !ok {
			t.Errorf("no planted bug for check %q", c.name)
			continue
		}
		if err := c.against(t.Context(), traits, folds(traits, b)); err == nil {
			t.Errorf("check %q did not find its planted bug", c.name)
		} else {
			t.Logf("%s: %.150s", c.name, err)
		}
	}
}

func TestALeftBatchOrGoroutineIsFound(t *testing.T) {
	traits := tallyTraits(t)
	var kept dataset.Batch
	stop := make(chan struct{})
	for what, b := range map[string]*bug{
		"a batch": {observe: func(_ *tally, b dataset.Batch) error {
			b.Retain()
			kept = b
			return nil
		}},
		"a goroutine": {observe: func(*tally, dataset.Batch) error {
			go func() { <-stop }()
			return nil
		}},
		"a panic": {observe: func(*tally, dataset.Batch) error { panic("planted") }},
	} {
		c := foldChecks(traits, folds(traits, b))[5] // one batch and two empty ones
		if err := c.against(t.Context(), traits, folds(traits, b)); err == nil {
			t.Errorf("%s went unnoticed", what)
		}
	}
	close(stop)
	kept.Release()
}

func TestTraitsChooseFoldChecks(t *testing.T) {
	full := tallyTraits(t)
	all := len(foldChecks(full, folds(full, &bug{})))
	numbers, err := full.Schema.Select("x")
	if err != nil {
		t.Fatal(err)
	}
	plain := FoldTraits[*tally]{Schema: numbers, Same: same, AnySchema: true}
	if got := len(foldChecks(plain, folds(plain, &bug{}))); got != all-4 { // codes, order, the merged fold, the schema
		t.Errorf("%d checks of a fold of numbers that promises little, want %d", got, all-4)
	}
	counters := FoldTraits[*rows]{Schema: numbers}
	if got := len(foldChecks(counters, func() *rows { return new(rows) })); got != all-4 { // codes, order, the merged fold, the form
		t.Errorf("%d checks of a fold without a binary form, want %d", got, all-4)
	}
}

// rows counts rows.
type rows struct{ n int }

func (r *rows) Observe(b dataset.Batch) error {
	r.n += b.NumRows()
	return nil
}

func (r *rows) Merge(next *rows) error {
	r.n += next.n
	return nil
}
