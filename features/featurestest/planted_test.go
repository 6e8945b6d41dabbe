package featurestest

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// learned is a fold of the number and the sum of column x.
type learned struct{ n, sum float64 }

func (l *learned) Observe(b dataset.Batch) error {
	v := make([]float64, b.NumRows())
	if err := dataset.Float64s(b.Column(0), v); err != nil {
		return err
	}
	for _, x := range v {
		if x == x {
			l.n++
			l.sum += x
		}
	}
	return nil
}

func (l *learned) Merge(next *learned) error {
	l.n += next.n
	l.sum += next.sum
	return nil
}

// fake is a fitter that centres x and codes c, and the places where a bug can be planted.
type fake struct {
	before  func(ctx context.Context, src dataset.Source) (context.Context, float64) // looks at the source; what it returns is added to the shift
	after   func(*features.Fitted) features.Transformer
	notNull bool
	version int
	reckon  func(n, sum float64) float64
}

func (f *fake) Fit(ctx context.Context, src dataset.Source) (features.Transformer, error) {
	extra := 0.0
	if f.before != nil {
		ctx, extra = f.before(ctx, src)
	}
	l, err := dataset.Run(ctx, src, func() *learned { return &learned{} }, dataset.RunOptions{})
	if err != nil {
		return nil, err
	}
	shift := extra
	if f.reckon != nil {
		shift += f.reckon(l.n, l.sum)
	} else if l.n > 0 {
		shift += l.sum / l.n
	}
	b := plan.NewBuilder(plan.Input{Name: "x", Kind: plan.Number}, plan.Input{Name: "c", Kind: plan.Text})
	b.Output("x", b.Add(plan.Op{Kind: plan.OpAffine, In: plan.Ints{0}, Shift: plan.Floats{shift}, Scale: plan.Floats{2}})[0])
	b.Output("code", b.Add(plan.Op{Kind: plan.OpLookup, In: plan.Ints{1}, Values: []string{"p", "q"}, Unseen: 2})[0])
	p, err := b.Build()
	if err != nil {
		return nil, err
	}
	p.Version += f.version
	t, err := features.NewFitted(src.Schema().Fields(), []dataset.Field{
		{Name: "x", Type: dataset.Float64, Nullable: !f.notNull}, {Name: "code", Type: dataset.Float64, Nullable: true},
	}, p)
	if err != nil || f.after == nil {
		return t, err
	}
	return f.after(t), nil
}

// shifty has another plan at every call.
type shifty struct {
	*features.Fitted
	calls atomic.Int64
}

func (s *shifty) Plan() *plan.Plan {
	p := *s.Fitted.Plan()
	p.Ops = append([]plan.Op(nil), p.Ops...)
	p.Ops[0].Shift = plan.Floats{float64(s.calls.Add(1) / 4)} // the checks ask more than once for one result
	return &p
}

// careless checks nothing in Output.
type careless struct{ *features.Fitted }

func (c careless) Output(in *dataset.Schema) (*dataset.Schema, error) {
	return in.With(dataset.Field{Name: "x", Type: dataset.Float64, Nullable: true})
}

// greedy takes over a column that it does not read.
type greedy struct{ *features.Fitted }

func (g greedy) Output(in *dataset.Schema) (*dataset.Schema, error) {
	return in.With(dataset.Field{Name: "untouched", Type: dataset.Float64, Nullable: true}, dataset.Field{Name: "x", Type: dataset.Float64, Nullable: true})
}

func (g greedy) Plan() *plan.Plan {
	p := *g.Fitted.Plan()
	p.Outputs = append([]plan.Output{{Name: "untouched", Register: p.Outputs[0].Register}}, p.Outputs...)
	return &p
}

func traits(t *testing.T) Traits {
	t.Helper()
	s, err := dataset.NewSchema(dataset.Field{Name: "x", Type: dataset.Float64, Nullable: true}, dataset.Field{Name: "c", Type: dataset.Utf8, Nullable: true})
	if err != nil {
		t.Fatal(err)
	}
	return Traits{Schema: s}
}

func TestAFaultlessFitterPasses(t *testing.T) {
	TestTransformer(t, traits(t), func(*testing.T, memory.Allocator) features.Fitter { return &fake{} })
}

func TestEveryCheckFindsItsPlantedBug(t *testing.T) {
	fits := 0.0
	var kept dataset.Batch
	look := func(f func(ctx context.Context, src dataset.Source) float64) *fake {
		return &fake{before: func(ctx context.Context, src dataset.Source) (context.Context, float64) { return ctx, f(ctx, src) }}
	}
	changing := &fake{after: func(t *features.Fitted) features.Transformer { return &shifty{Fitted: t} }}
	each := func(ctx context.Context, src dataset.Source, f func(dataset.Batch)) {
		for b, err := range src.Batches(ctx) {
			if err == nil {
				f(b)
			}
		}
	}
	planted := map[string]features.Fitter{
		"output says what transform makes":     &fake{notNull: true},
		"any batch size gives the same bits":   changing,
		"rows keep their order":                changing,
		"one row gives the bits of a batch":    changing,
		"concurrent transforms agree":          changing,
		"fitting again gives the same plan":    look(func(context.Context, dataset.Source) float64 { fits++; return fits }),
		"1, 2 and 8 workers fit the same plan": look(func(context.Context, dataset.Source) float64 { return float64(runtime.GOMAXPROCS(0)) }),
		"fitting on other batches gives the same plan": look(func(ctx context.Context, src dataset.Source) float64 {
			n := 0.0
			each(ctx, src, func(dataset.Batch) { n++ })
			return n
		}),
		"inputs stay as they were": look(func(ctx context.Context, src dataset.Source) float64 {
			each(ctx, src, func(b dataset.Batch) { b.Column(0).(*array.Float64).Float64Values()[0] = 12345 })
			return 0
		}),
		"a missing column or another type is a schema error": &fake{after: func(t *features.Fitted) features.Transformer { return careless{t} }},
		"missing values follow the policy":                   &fake{}, // against traits that promise to fill
		"no rows and one row":                                &fake{reckon: func(n, sum float64) float64 { return make([]float64, int(n))[0] }},
		"the plan survives its text form":                    &fake{version: 1},
		"other columns pass through":                         &fake{after: func(t *features.Fitted) features.Transformer { return greedy{t} }},
		"a cancelled context ends fit": &fake{before: func(ctx context.Context, _ dataset.Source) (context.Context, float64) {
			return context.WithoutCancel(ctx), 0
		}},
	}
	tr := traits(t)
	for _, c := range checks() {
		f, ok := planted[c.name]
		if !ok {
			t.Errorf("no planted bug for check %q", c.name)
			continue
		}
		tr := tr
		tr.FillsMissing = c.name == "missing values follow the policy"
		if err := c.against(t.Context(), memory.NewCheckedAllocator(memory.DefaultAllocator), tr, f); err == nil {
			t.Errorf("check %q did not find its planted bug", c.name)
		}
	}
	leaky := look(func(ctx context.Context, src dataset.Source) float64 {
		each(ctx, src, func(b dataset.Batch) { b.Retain(); kept = b })
		return 0
	})
	c := checks()[4]
	if err := c.against(t.Context(), memory.NewCheckedAllocator(memory.DefaultAllocator), tr, leaky); err == nil {
		t.Error("a batch that was never released went unnoticed")
	}
	kept.Release()
}
