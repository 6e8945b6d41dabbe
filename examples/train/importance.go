package main

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/explain"
	"github.com/tidewheel/tidewheel/model/tree"
)

// importanceRows is how many test rows, chosen by the seed from those that are read first, columns are permuted in.
const importanceRows = 2000

// importance is what a feature does for the model: gain where it is made of trees, permutation where there are test rows.
type importance struct {
	Feature     string     `json:"feature"`
	Gain        cli.Number `json:"gain"`
	Permutation cli.Number `json:"permutation"`
}

// remembering is an estimator that keeps what the splits of the trees that it fitted last took off the loss, or off the impurity.
type remembering struct {
	fit      func(ctx context.Context, t model.Training) (model.Predictor, error)
	features []string
	gain     []float64
}

// Fit implements model.Estimator.
func (r *remembering) Fit(ctx context.Context, t model.Training) (model.Predictor, error) {
	return r.fit(ctx, t)
}

// remember makes a recipe of trees keep what their splits say. Any other model says nothing.
func remember(r *lab.Recipe) *remembering {
	out := &remembering{}
	switch e := r.Estimator.(type) {
	case interface {
		FitModel(ctx context.Context, t model.Training) (*tree.Model, error)
	}:
		out.fit = func(ctx context.Context, t model.Training) (model.Predictor, error) {
			m, err := e.FitModel(ctx, t)
			if err != nil {
				return nil, err
			}
			out.features, out.gain = m.Features, m.Gain
			return m.Planned, nil
		}
	case interface {
		FitModel(ctx context.Context, t model.Training) (*tree.Forest, error)
	}:
		out.fit = func(ctx context.Context, t model.Training) (model.Predictor, error) {
			m, err := e.FitModel(ctx, t)
			if err != nil {
				return nil, err
			}
			out.features, out.gain = m.Features, m.Impurity
			return m.Planned, nil
		}
	default:
		return out
	}
	r.Estimator = out
	return out
}

// importances lists the columns of the rows, and the features that were made of them, the most important first.
func (t *training) importances(ctx context.Context, fitted model.Predictor, problem model.Problem, trees *remembering, s *dataset.Schema) ([]importance, error) {
	out := []importance{} // an empty list, not null
	add := func(name string) *importance {
		for i := range out {
			if out[i].Feature == name {
				return &out[i]
			}
		}
		out = append(out, importance{name, cli.Number(math.NaN()), cli.Number(math.NaN())})
		return &out[len(out)-1]
	}
	for i, name := range trees.features {
		add(name).Gain = cli.Number(trees.gain[i])
	}
	if t.test != "" {
		permuted, err := t.permuted(ctx, fitted, problem, s)
		if err != nil {
			return nil, err
		}
		for _, c := range permuted.Columns {
			add(c.Column).Permutation = cli.Number(c.Mean)
		}
	}
	known := func(v cli.Number) float64 {
		if v != v {
			return math.Inf(-1)
		}
		return float64(v)
	}
	slices.SortStableFunc(out, func(a, b importance) int {
		return cmp.Or(cmp.Compare(known(b.Permutation), known(a.Permutation)), cmp.Compare(known(b.Gain), known(a.Gain)))
	})
	return out, nil
}

func (t *training) permuted(ctx context.Context, fitted model.Predictor, problem model.Problem, s *dataset.Schema) (*explain.Importance, error) {
	t.Stage("permuting columns")
	src, err := t.openTest(s)
	if err != nil {
		return nil, err
	}
	for b, err := range src.Batches(ctx) { // the first
		if err != nil {
			return nil, err
		}
		chosen := rand.New(rand.NewPCG(t.Seed, 2)).Perm(b.NumRows())
		rows := make([]int32, 0, importanceRows)
		for _, i := range chosen[:min(len(chosen), importanceRows)] {
			rows = append(rows, int32(i))
		}
		few, err := dataset.Take(nil, b, rows)
		if err != nil {
			return nil, err
		}
		defer few.Release()
		return explain.PermutationImportance(ctx, fitted, problem, few, explain.ImportanceOptions{Seed: t.Seed, Workers: t.Workers})
	}
	return &explain.Importance{}, nil
}
