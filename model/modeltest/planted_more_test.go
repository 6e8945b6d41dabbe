package modeltest

import (
	"context"
	"math"
	"slices"
	"sync"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/matrix"
	"github.com/tidewheel/tidewheel/model"
)

// first returns the first number of the first column of a batch, which aliases it.
func first(b dataset.Batch) []float64 { return b.Column(0).(*array.Float64).Float64Values()[:1] }

// problemBugs are those of the checks in checks_problem.go, and of the options.
func problemBugs() map[string]*fake {
	allFeatures := edited(func(t *model.Training) { t.Problem.Features = usual() })
	return map[string]*fake{
		"bad options are refused when they are made":                       {}, // against a constructor that takes them
		"the problem stays as it was":                                      edited(func(t *model.Training) { slices.Reverse(t.Problem.Features) }),
		"only the features of the problem are read":                        allFeatures,
		"sensitive and personal columns are read only when they are named": allFeatures,
		"the target is no feature": edited(func(t *model.Training) {
			t.Problem.Features = slices.DeleteFunc(t.Problem.Features, func(n string) bool { return n == t.Problem.Target })
		}),
		"the signature has the rules of the training's schema": bending(bent{rules: func(s model.Signature) model.Signature {
			var fields []dataset.Field
			for _, f := range s.Input.Fields() {
				fields = append(fields, dataset.Field{Name: f.Name, Type: f.Type, Nullable: f.Nullable})
			}
			if bare, err := dataset.NewSchema(fields...); err == nil {
				s.Input = bare
			}
			return s
		}}),
		"a schema error names its column": bending(bent{fails: dataset.ErrSchema}),
		"numbers of another width are the same numbers": adding(func(_ int64, in dataset.Batch, _ int) float64 {
			if f, _ := in.Schema().Lookup("n"); f.Type == dataset.Uint8 {
				return 256
			}
			return 0
		}),
		"a row without an answer disturbs no other": adding(func(_ int64, in dataset.Batch, _ int) float64 { return float64(in.Column(0).NullN()) }),
	}
}

// lawBugs are those of the checks in checks_laws.go.
func lawBugs() map[string]*fake {
	distinct := func(c matrix.Column) bool { return slices.Min(c.Numbers) < slices.Max(c.Numbers) }
	absent := &fake{spoil: func(t *matrix.Table) {
		if !slices.Contains(t.Class, 2) {
			for i := range t.Rows / 2 {
				t.Class[i] = 2
			}
		}
	}}
	byAlphabet := func(t *model.Training) {
		t.Problem.Classes = slices.Clone(t.Problem.Classes)
		slices.Sort(t.Problem.Classes)
	}
	return map[string]*fake{
		"features that are all constant predict the mean": {spoil: func(t *matrix.Table) {
			if !slices.ContainsFunc(t.Columns, distinct) {
				t.Target[0] += 300
			}
		}},
		"two equal columns are learnt": {spoil: func(t *matrix.Table) {
			if len(t.Columns) > 1 && slices.Equal(t.Columns[0].Numbers, t.Columns[1].Numbers) {
				t.Columns[0].Numbers[0] = math.NaN()
			}
		}},
		"equal rows get equal answers": adding(func(_ int64, _ dataset.Batch, i int) float64 { return float64(i % 2) }),
		"weights of 1 are no weights": {spoil: func(t *matrix.Table) {
			if t.Weight != nil {
				t.Target[0]++
			}
		}},
		"a shifted target shifts the predictions": {spoil: func(t *matrix.Table) {
			for i, y := range t.Target {
				t.Target[i] = math.Min(y, 10)
			}
		}},
		"the type of the classes changes no probability": {before: func(ctx context.Context, t *model.Training) (context.Context, error) {
			if t.Problem.Target == "count" {
				t.Problem.Features = []string{"a", "n"}
			}
			return ctx, nil
		}},
		"classes come in the order of the problem":    edited(byAlphabet),
		"a class without rows is refused or unlikely": absent,
	}
}

// borrowingBugs are those of the checks in checks_memory.go.
func borrowingBugs() map[string]*fake {
	var learnt []float64
	looking := adding(func(int64, dataset.Batch, int) float64 { return learnt[0] })
	looking.before = func(ctx context.Context, t *model.Training) (context.Context, error) {
		each(ctx, t.Rows, func(b dataset.Batch) { learnt = first(b) })
		return ctx, nil
	}
	var kept []dataset.Batch
	var heap [][]float64
	var lock sync.Mutex
	return map[string]*fake{
		"empty batches change nothing": shifting(func(ctx context.Context, t model.Training) (n float64) {
			each(ctx, t.Rows, func(dataset.Batch) { n++ })
			return n
		}),
		"rows that can be read once are learnt or refused": {
			before: func(ctx context.Context, t *model.Training) (context.Context, error) {
				each(ctx, t.Rows, func(dataset.Batch) {})
				return ctx, nil
			},
			rescue: func(error) error { return errPlanted },
		},
		"a fit that is cancelled while it reads asks for no further batch": {before: func(ctx context.Context, _ *model.Training) (context.Context, error) {
			return context.WithoutCancel(ctx), nil
		}},
		"training rows are not looked at after the fit": looking,
		"an answer stays as it was": bending(bent{out: func(call int64, _, out dataset.Batch) (dataset.Batch, error) {
			out.Retain()
			lock.Lock()
			defer lock.Unlock()
			if call > 1 {
				first(kept[0])[0]++
			}
			kept = append(kept[:0], out)
			return out, nil
		}}),
		"a slice of a batch predicts its own rows": adding(func(_ int64, in dataset.Batch, _ int) float64 { return float64(in.Column(0).Data().Offset()) }),
		"row scorers do not disturb each other":    bending(bent{share: true}),
		"the memory of a fit is bounded by its rows": {spoil: func(t *matrix.Table) {
			lock.Lock()
			defer lock.Unlock()
			heap = nil
			for range t.Rows / 100 {
				heap = append(heap, make([]float64, 10*t.Rows))
			}
		}},
		"the memory of a prediction is bounded by its batch": bending(bent{out: func(_ int64, in, out dataset.Batch) (dataset.Batch, error) {
			heap = [][]float64{make([]float64, in.NumRows()*in.NumRows()/10)}
			out.Retain()
			return out, nil
		}}),
		"predictions leave nothing behind": bending(bent{out: func(_ int64, in, out dataset.Batch) (dataset.Batch, error) {
			heap = append(heap, make([]float64, in.NumRows()))
			out.Retain()
			return out, nil
		}}),
	}
}

// rankBugs are those of the checks in checks_rank.go.
func rankBugs() map[string]*fake {
	return map[string]*fake{
		"a row without a group is refused":     hiding(dataset.ErrSchema, nil),
		"a target that is no grade is refused": hiding(model.ErrTarget, nil),
		"rows of a group may stand anywhere": {spoil: func(t *matrix.Table) {
			for i := range t.Target { // as if they stood together
				t.Target[i] = float64(i / 6 % 5)
			}
		}},
	}
}
