package modeltest

import (
	"context"
	"errors"
	"iter"
	"maps"
	"math"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/matrix"
	"github.com/tidewheel/tidewheel/model"
)

var errPlanted = errors.New("planted")

// hiding plants another error in place of those of Fit, or none.
func hiding(hidden error, by error) *fake {
	return &fake{rescue: func(err error) error {
		if errors.Is(err, hidden) {
			return by
		}
		return err
	}}
}

// deaf ends where its source fails.
type deaf struct{ dataset.Source }

func (d deaf) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		for b, err := range d.Source.Batches(ctx) {
			if err != nil || !yield(b, nil) {
				return
			}
		}
	}
}

// shifting plants a shift of the first number that training reads.
func shifting(by func(ctx context.Context, t model.Training) float64) *fake {
	shift := 0.0
	f := &fake{spoil: func(t *matrix.Table) { t.Columns[0].Numbers[0] += shift }}
	f.before = func(ctx context.Context, t *model.Training) (context.Context, error) {
		shift = by(ctx, *t)
		return ctx, nil
	}
	return f
}

func each(ctx context.Context, src dataset.Source, f func(dataset.Batch)) {
	for b, err := range src.Batches(ctx) {
		if err == nil {
			f(b)
		}
	}
}

// byPosition takes columns by position in place of by name.
func byPosition(b dataset.Batch) (dataset.Batch, error) {
	names := usual()
	fields := make([]dataset.Field, len(names))
	columns := b.Record().Columns()[:len(names)]
	for j, name := range names {
		fields[j] = b.Schema().Field(j)
		fields[j].Name = name
	}
	s, err := dataset.NewSchema(fields...)
	if err != nil {
		return dataset.Batch{}, err
	}
	return dataset.NewBatch(s, columns, b.NumRows())
}

func finiteOr(v float64) func(float64) float64 {
	return func(x float64) float64 {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return v
		}
		return x
	}
}

// plantedBugs has a bug for each check, by its name.
func plantedBugs() map[string]*fake {
	all := skeletonBugs()
	maps.Copy(all, problemBugs())
	maps.Copy(all, lawBugs())
	maps.Copy(all, borrowingBugs())
	maps.Copy(all, rankBugs())
	return all
}

func skeletonBugs() map[string]*fake {
	var fits atomic.Int64
	counting := &fake{spoil: func(t *matrix.Table) { t.Columns[0].Numbers[0] += float64(fits.Add(1)) }}
	calls := adding(func(call int64, _ dataset.Batch, _ int) float64 { return float64(call) })
	otherError := bending(bent{fails: errPlanted})
	unweighted := edited(func(t *model.Training) { t.Problem.Features, t.Problem.Weight = usual(), "" })
	coding := adding(func(_ int64, in dataset.Batch, _ int) float64 {
		if c, err := in.ByName("c"); err == nil && c.DataType().ID() == arrow.DICTIONARY {
			return 1
		}
		return 0
	})
	coding.before = edited(func(t *model.Training) { t.Problem.Features = usual() }).before
	return map[string]*fake{
		"text behind codes is the same text": coding,
		"a constant target is predicted":     {spoil: func(t *matrix.Table) { t.Target[0]++ }},
		"validation rows are used or left alone": {before: func(ctx context.Context, t *model.Training) (context.Context, error) {
			if t.Validation != nil {
				t.Rows = t.Validation
				t.Problem.Features = []string{"a"}
				fits.Add(1)
				if fits.Load()%2 == 0 {
					t.Problem.Features = []string{"b"}
				}
			}
			return ctx, nil
		}},
		"fitting again gives the same bits": counting,
		"concurrent fits agree":             counting,
		"fitting on other batches gives the same bits": shifting(func(ctx context.Context, t model.Training) (n float64) {
			each(ctx, t.Rows, func(dataset.Batch) { n++ })
			return n
		}),
		"1, 2 and 8 workers give the same bits": shifting(func(context.Context, model.Training) float64 { return float64(runtime.GOMAXPROCS(0)) }),
		"inputs stay as they were": shifting(func(ctx context.Context, t model.Training) float64 {
			each(ctx, t.Rows, func(b dataset.Batch) { b.Column(0).(*array.Float64).Float64Values()[0] = 12345 })
			return 0
		}),
		"any batch size predicts the same bits":      adding(func(_ int64, in dataset.Batch, _ int) float64 { return float64(in.NumRows()) }),
		"rows keep their order":                      adding(func(_ int64, _ dataset.Batch, i int) float64 { return float64(i) }),
		"columns are found by name":                  bending(bent{in: byPosition}),
		"a missing column is a schema error":         otherError,
		"a column of another type is a schema error": otherError,
		"an unknown column in the problem is a schema error": edited(func(t *model.Training) {
			if t.Rows.Schema().Index(t.Problem.Weight) < 0 {
				t.Problem.Weight = ""
			}
		}),
		"text features follow the policy":                edited(func(t *model.Training) { t.Problem.Features = usual() }),
		"missing features follow the policy":             filled("a", finiteOr(0)),
		"an infinite feature is refused":                 filled("b", finiteOr(0)),
		"an infinite target is refused":                  filled("amount", finiteOr(0)),
		"a feature without any value follows the policy": filled("a", finiteOr(0)),
		"huge and tiny numbers are learnt or refused":    hiding(model.ErrNonFinite, errPlanted),
		"no rows are refused":                            hiding(model.ErrNoRows, nil),
		"one row is learnt or refused": {spoil: func(t *matrix.Table) {
			if t.Rows == 1 {
				t.Target[0] = math.NaN()
			}
		}},
		"no row and one row are predicted": bending(bent{out: func(_ int64, _, out dataset.Batch) (dataset.Batch, error) {
			if out.NumRows() == 0 {
				return dataset.Batch{}, errPlanted
			}
			out.Retain()
			return out, nil
		}}),
		"one feature is enough": {spoil: func(t *matrix.Table) { t.Columns[1].Numbers[0]++ }}, // panics
		"a constant feature changes nothing": {spoil: func(t *matrix.Table) {
			for _, c := range t.Columns {
				low, high := slices.Min(c.Numbers), slices.Max(c.Numbers)
				for i, x := range c.Numbers {
					c.Numbers[i] = (x - low) / (high - low)
				}
			}
		}},
		"one class is refused":                              hiding(model.ErrTarget, errPlanted),
		"a class that the problem does not know is refused": edited(func(t *model.Training) { t.Problem.Classes = words() }),
		"a missing target is refused":                       hiding(model.ErrTarget, nil),
		"a target of any type is predicted in its type": {before: func(ctx context.Context, t *model.Training) (context.Context, error) {
			if f, _ := t.Rows.Schema().Lookup(t.Problem.Target); f.Type == dataset.Float32 {
				return ctx, errPlanted
			}
			return ctx, nil
		}},
		"weight 0 is an absent row":          unweighted,
		"weight 2 is a row that comes twice": unweighted,
		"a heavy class is predicted more":    unweighted,
		"bad weights are refused":            hiding(model.ErrNonFinite, nil),
		"a source's error ends the fit":      edited(func(t *model.Training) { t.Rows = deaf{t.Rows} }),
		"a cancelled context ends fit and predict": {before: func(ctx context.Context, _ *model.Training) (context.Context, error) {
			return context.WithoutCancel(ctx), nil
		}},
		"a fit that is cancelled on its way ends within 100 ms": {spoil: func(*matrix.Table) { time.Sleep(160 * time.Millisecond) }},
		"concurrent predictions agree":                          calls,
		"the output is what the signature says": bending(bent{out: func(_ int64, _, out dataset.Batch) (dataset.Batch, error) {
			f := out.Schema().Field(0)
			f.Description = "another"
			s, err := out.Schema().With(f)
			if err != nil {
				return dataset.Batch{}, err
			}
			return out.As(s)
		}}),
		"probabilities sum to 1 and the prediction has the largest": adding(func(int64, dataset.Batch, int) float64 { return 1e-9 }),
		"one row gives the bits of a batch":                         adding(func(int64, dataset.Batch, int) float64 { return 1e-15 }),
		"a predictor survives its text form":                        adding(func(int64, dataset.Batch, int) float64 { return 1e-15 }),
		"a row far from all others stands out":                      {},
		"what can be learnt is learnt": {spoil: func(t *matrix.Table) {
			for _, c := range t.Columns {
				clear(c.Numbers)
			}
		}},
	}
}

func always(e model.Estimator) func(int) model.Estimator {
	return func(int) model.Estimator { return e }
}

func TestAFaultlessEstimatorPasses(t *testing.T) {
	traits := Traits{Binary: true, Multiclass: true, Regression: true, Ranking: true}
	TestEstimator(t, traits, func(*testing.T, int) model.Estimator { return &fake{} })
}

func TestEveryCheckFindsItsPlantedBug(t *testing.T) {
	planted := plantedBugs()
	for _, c := range checks() {
		bug, ok := planted[c.name]
		if !ok {
			t.Errorf("no planted bug for check %q", c.name)
			continue
		}
		task, traits := model.Regression, Traits{Options: []Refusal{{Fields: []string{"fake.Options.Depth"}, New: func() error { return nil }}}}
		if c.when != nil && !c.when(traits, task) {
			task, traits.Text = model.Multiclass, true
		}
		for _, other := range []model.Task{model.Ranking, model.Anomaly} {
			if c.when != nil && !c.when(traits, task) {
				task = other
			}
		}
		if err := c.against(t.Context(), traits, task, always(bug)); err == nil {
			t.Errorf("check %q did not find its planted bug", c.name)
		} else {
			t.Logf("%s: %.150s", c.name, err)
		}
	}
}

func TestALeakIsFound(t *testing.T) {
	var kept []dataset.Batch
	stop := make(chan struct{})
	for what, leaky := range map[string]*fake{
		"batches that were never released": shifting(func(ctx context.Context, t model.Training) float64 {
			each(ctx, t.Rows, func(b dataset.Batch) {
				b.Retain()
				kept = append(kept, b)
			})
			return 0
		}),
		"a goroutine that goes on": shifting(func(context.Context, model.Training) float64 {
			go func() { <-stop }()
			return 0
		}),
	} {
		c := checks()[slices.IndexFunc(checks(), func(c check) bool { return c.name == "two equal columns are learnt" })]
		if err := c.against(t.Context(), Traits{}, model.Regression, always(leaky)); err == nil {
			t.Errorf("%s went unnoticed", what)
		}
	}
	close(stop)
	for _, b := range kept {
		b.Release()
	}
}

func TestTraitsChooseChecks(t *testing.T) {
	count := func(traits Traits, task model.Task) (n int) {
		for _, c := range checks() {
			if c.when == nil || c.when(traits, task) {
				n++
			}
		}
		return n
	}
	for name, c := range map[string]struct {
		few, many Traits
		task      model.Task
		want      int // checks more
	}{
		"texts":      {Traits{}, Traits{Text: true}, model.Binary, 1},
		"options":    {Traits{}, Traits{Options: make([]Refusal, 1)}, model.Binary, 1},
		"learning":   {Traits{Baseline: true}, Traits{}, model.Binary, 3},                              // infinities, one class, better than the baseline
		"plans":      {Traits{Opaque: true}, Traits{}, model.Multiclass, 3},                            // the row entrance, the text form, row scorers
		"exact":      {Traits{Sampled: true, CountsRows: true}, Traits{}, model.Binary, 2},             // a constant feature, weight 2
		"everything": {Traits{}, Traits{Text: true, Options: make([]Refusal, 1)}, model.Regression, 2}, // texts, options
	} {
		if got := count(c.many, c.task) - count(c.few, c.task); got != c.want {
			t.Errorf("%s: %d checks more, want %d", name, got, c.want)
		}
	}
	if got := count(Traits{}, model.Regression); got < 50 {
		t.Errorf("%d checks of a regression, want 50 or more", got)
	}
}
