package featurestest

import (
	"context"
	"runtime"
	"slices"
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
	lookup  func(*plan.Op)    // changes the operation that codes c
	rescue  func(error) error // changes reading's error

	ownUnseen, insensitive bool // unseen categories have a code whatever the field says; Sensitive and Purpose are left behind
	reckon                 func(n, sum float64) float64
}

func (f *fake) Fit(ctx context.Context, src dataset.Source) (features.Transformer, error) {
	extra := 0.0
	if f.before != nil {
		ctx, extra = f.before(ctx, src)
	}
	l, err := dataset.Run(ctx, src, func() *learned { return &learned{} }, dataset.RunOptions{})
	if err != nil && f.rescue != nil {
		err, l = f.rescue(err), &learned{}
	}
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
	lookup := plan.Op{Kind: plan.OpLookup, In: plan.Ints{1}, Values: []string{"p", "q"}, Unseen: 2}
	c, _ := src.Schema().Lookup("c")
	if c.Unseen == dataset.UnseenMissing && !f.ownUnseen {
		lookup.Unseen = -1
	}
	if f.lookup != nil {
		f.lookup(&lookup)
	}
	b.Output("code", b.Add(lookup)[0])
	p, err := b.Build()
	if err != nil {
		return nil, err
	}
	p.Version += f.version
	x, _ := src.Schema().Lookup("x")
	if f.insensitive {
		x, c = dataset.Field{}, dataset.Field{}
	}
	t, err := features.NewFitted(src.Schema().Fields(), []dataset.Field{
		{Name: "x", Type: dataset.Float64, Nullable: !f.notNull, Sensitive: x.Sensitive, Purpose: x.Purpose},
		{Name: "code", Type: dataset.Float64, Nullable: true, Sensitive: c.Sensitive, Purpose: c.Purpose},
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

// moved puts what it makes behind all other columns.
type moved struct{ *features.Fitted }

func (m moved) Output(in *dataset.Schema) (*dataset.Schema, error) {
	out, err := m.Fitted.Output(in)
	if err != nil {
		return nil, err
	}
	names := out.Names()
	slices.Reverse(names)
	return out.Select(names...)
}

// hoarder keeps something at each call.
type hoarder struct {
	*features.Fitted
	kept [][]byte
}

func (h *hoarder) Plan() *plan.Plan {
	h.kept = append(h.kept, make([]byte, 10_000))
	return h.Fitted.Plan()
}

// look plants a shift that depends on what training sees.
func look(f func(ctx context.Context, src dataset.Source) float64) *fake {
	return &fake{before: func(ctx context.Context, src dataset.Source) (context.Context, float64) { return ctx, f(ctx, src) }}
}

func each(ctx context.Context, src dataset.Source, f func(dataset.Batch)) {
	for b, err := range src.Batches(ctx) {
		if err == nil {
			f(b)
		}
	}
}

func deaf(ctx context.Context, _ dataset.Source) (context.Context, float64) {
	return context.WithoutCancel(ctx), 0
}

// plantedBugs has a bug for each check, by its name.
func plantedBugs() map[string]features.Fitter {
	changing := &fake{after: func(t *features.Fitted) features.Transformer { return &shifty{Fitted: t} }}
	taking := &fake{after: func(t *features.Fitted) features.Transformer { return careless{t} }}
	batches := look(func(ctx context.Context, src dataset.Source) (n float64) {
		each(ctx, src, func(dataset.Batch) { n++ })
		return n
	})
	var fits atomic.Int64
	counting := look(func(context.Context, dataset.Source) float64 { return float64(fits.Add(1)) })
	var text string // of a batch
	borrowing := look(func(ctx context.Context, src dataset.Source) float64 {
		each(ctx, src, func(b dataset.Batch) {
			if texts, err := dataset.NewTexts(b.Column(1)); err == nil {
				for i := range texts.Len() {
					if !texts.IsNull(i) {
						text = texts.Value(i)
					}
				}
			}
		})
		return 0
	})
	borrowing.lookup = func(o *plan.Op) { o.Values = []string{text}; o.Unseen = 1 }
	hiding := &fake{rescue: func(error) error { return nil }}
	var heap [][]float64
	return map[string]features.Fitter{
		"output says what transform makes":             &fake{notNull: true},
		"any batch size gives the same bits":           changing,
		"rows keep their order":                        changing,
		"one row gives the bits of a batch":            changing,
		"concurrent transforms agree":                  changing,
		"columns are found by name":                    changing,
		"a slice of a batch is its own rows":           changing,
		"fitting again gives the same plan":            counting,
		"concurrent fits agree":                        counting,
		"1, 2 and 8 workers fit the same plan":         look(func(context.Context, dataset.Source) float64 { return float64(runtime.GOMAXPROCS(0)) }),
		"fitting on other batches gives the same plan": batches,
		"empty batches change nothing":                 batches,
		"inputs stay as they were": look(func(ctx context.Context, src dataset.Source) float64 {
			each(ctx, src, func(b dataset.Batch) { b.Column(0).(*array.Float64).Float64Values()[0] = 12345 })
			return 0
		}),
		"null and NaN are learnt alike": look(func(ctx context.Context, src dataset.Source) (n float64) {
			each(ctx, src, func(b dataset.Batch) { n += float64(b.Column(0).NullN()) })
			return n
		}),
		"a missing column or another type is a schema error": taking,
		"a made column takes no other's name":                taking,
		"missing values follow the policy":                   &fake{}, // against traits that promise to fill
		"bad options are refused when they are made":         &fake{}, // against a constructor that takes them
		"the option workers changes no bit":                  &fake{}, // against one that counts them
		"no rows and one row":                                &fake{reckon: func(n, _ float64) float64 { return make([]float64, int(n))[0] }},
		"the plan survives its text form":                    &fake{version: 1},
		"other columns pass through":                         &fake{after: func(t *features.Fitted) features.Transformer { return greedy{t} }},
		"other columns keep their places":                    &fake{after: func(t *features.Fitted) features.Transformer { return moved{t} }},
		"what is made of a sensitive column is sensitive":    &fake{insensitive: true},
		"categories that training never met are alike": &fake{lookup: func(o *plan.Op) {
			o.Values = append([]string{"never met"}, o.Values...)
		}},
		"an unseen category is missing where the field says so":            &fake{ownUnseen: true},
		"a cancelled context ends fit":                                     &fake{before: deaf},
		"a fit that is cancelled while it reads asks for no further batch": &fake{before: deaf},
		"a source's error ends fit":                                        hiding,
		"rows that can be read once are learnt or refused": &fake{
			before: func(ctx context.Context, src dataset.Source) (context.Context, float64) {
				each(ctx, src, func(dataset.Batch) {})
				return ctx, 0
			},
			rescue: func(error) error { return nil },
		},
		"training rows are not looked at after the fit": borrowing,
		"the memory of a fit is bounded by its rows": look(func(ctx context.Context, src dataset.Source) float64 {
			heap = nil
			each(ctx, src, func(b dataset.Batch) {
				for range b.NumRows() / 100 {
					heap = append(heap, make([]float64, 10*b.NumRows()))
				}
			})
			heap = nil
			return 0
		}),
		"transforms leave nothing behind": &fake{after: func(t *features.Fitted) features.Transformer { return &hoarder{Fitted: t} }},
	}
}

func TestEveryCheckFindsItsPlantedBug(t *testing.T) {
	planted := plantedBugs()
	tr := traits(t)
	tr.Options = []Refusal{{Fields: []string{"fake.Options.Depth"}, New: func() error { return nil }}}
	tr.WithWorkers = func(workers int) features.Fitter {
		return look(func(context.Context, dataset.Source) float64 { return float64(workers) })
	}
	tr.Rows = 1000
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
		} else {
			t.Logf("%s: %.150s", c.name, err)
		}
	}
}

func TestALeftBatchOrGoroutineIsFound(t *testing.T) {
	var kept []dataset.Batch
	stop := make(chan struct{})
	c := checks()[slices.IndexFunc(checks(), func(c check) bool { return c.name == "a slice of a batch is its own rows" })]
	for what, leaky := range map[string]*fake{
		"a batch that was never released": look(func(ctx context.Context, src dataset.Source) float64 {
			each(ctx, src, func(b dataset.Batch) { b.Retain(); kept = append(kept, b) })
			return 0
		}),
		"a goroutine that goes on": look(func(context.Context, dataset.Source) float64 {
			go func() { <-stop }()
			return 0
		}),
	} {
		if err := c.against(t.Context(), memory.NewCheckedAllocator(memory.DefaultAllocator), traits(t), leaky); err == nil {
			t.Errorf("%s went unnoticed", what)
		}
	}
	close(stop)
	for _, b := range kept {
		b.Release()
	}
}

func TestTraitsChooseChecks(t *testing.T) {
	count := func(traits Traits) (n int) {
		for _, c := range checks() {
			if c.when == nil || c.when(traits) {
				n++
			}
		}
		return n
	}
	text := traits(t)
	numbers, err := text.Schema.Select("x")
	if err != nil {
		t.Fatal(err)
	}
	all := text
	all.Options, all.WithWorkers = make([]Refusal, 1), func(int) features.Fitter { return nil }
	told := text
	told.TellsUnseen = true
	for name, c := range map[string]struct {
		traits Traits
		want   int
	}{
		"all":                       {all, len(checks())},
		"no options":                {text, len(checks()) - 2},
		"texts that are told apart": {told, len(checks()) - 4},
		"numbers without an option": {Traits{Schema: numbers}, len(checks()) - 4},
	} {
		if got := count(c.traits); got != c.want {
			t.Errorf("%s: %d checks, want %d", name, got, c.want)
		}
	}
}
