package model_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/scale"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/linear"
)

type sale struct {
	Area  float64 `ml:"name=area"`
	Rooms float64 `ml:"name=rooms"`
	ID    int64   `ml:"name=id,role=key"`
	W     float64 `ml:"name=w"`
	Price float64 `ml:"name=price,role=target"`
}

func sales() []sale {
	return []sale{{50, 2, 1, 1, 151}, {80, 3, 2, 1, 230}, {65, 2, 3, 2, 181.5}, {120, 5, 4, 1, 355}, {95, 3, 5, 1, 260}, {40, 1, 6, 3, 111}}
}

// spy notes what its step was fitted on.
type spy struct {
	features.Fitter
	columns []string
	areas   []float64
}

func (s *spy) Fit(ctx context.Context, train dataset.Source) (features.Transformer, error) {
	s.columns = train.Schema().Names()
	for b, err := range train.Batches(ctx) {
		if err != nil {
			return nil, err
		}
		v := make([]float64, b.NumRows())
		if err := dataset.Float64s(b.Column(0), v); err != nil {
			return nil, err
		}
		s.areas = append(s.areas, v...)
	}
	return s.Fitter.Fit(ctx, train)
}

// watched notes what the estimator behind the features was given.
type watched struct {
	model.Estimator
	columns, validation []string
	host                bool // hides the plan of the predictor
}

func (w *watched) Fit(ctx context.Context, t model.Training) (model.Predictor, error) {
	w.columns = t.Rows.Schema().Names()
	if t.Validation != nil {
		w.validation = t.Validation.Schema().Names()
	}
	p, err := w.Estimator.Fit(ctx, t)
	if err == nil && w.host {
		return hosted{p}, nil
	}
	return p, err
}

// hosted is a predictor without a plan, as a host's own is.
type hosted struct{ model.Predictor }

func standardizer(t *testing.T) *scale.Standardizer {
	t.Helper()
	return must[*scale.Standardizer](t)(scale.NewStandardizer(scale.StandardizerOptions{}))
}

func regression(t *testing.T) *linear.Regression {
	t.Helper()
	return must[*linear.Regression](t)(linear.NewRegression(linear.RegressionOptions{}))
}

func prices() model.Problem {
	return model.Problem{Task: model.Regression, Target: "price", Weight: "w"}
}

func TestRecipeFeaturesSeeTrainingFeaturesOnly(t *testing.T) {
	all := source(t, sales()...)
	parts := dataset.Assignment{0, 0, 1, 0, 1, 0}
	step, inner := &spy{Fitter: standardizer(t)}, &watched{Estimator: regression(t)}
	r := model.Recipe{Features: step, Estimator: inner}
	p, err := r.Fit(t.Context(), model.Training{Problem: prices(), Rows: parts.Part(all, 0), Validation: parts.Part(all, 1)})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"area", "rooms"}; !slices.Equal(step.columns, want) || !slices.Equal(p.Signature().Input.Names(), want) {
		t.Errorf("the features saw %q, the predictor reads %q, want %q of both", step.columns, p.Signature().Input.Names(), want)
	}
	if want := []float64{50, 80, 120, 40}; !slices.Equal(step.areas, want) {
		t.Errorf("the features saw areas %v, want those of the training part, %v", step.areas, want)
	}
	if want := []string{"area", "rooms", "price", "w"}; !slices.Equal(inner.columns, want) || !slices.Equal(inner.validation, want) {
		t.Errorf("the estimator saw %q and %q, want %q", inner.columns, inner.validation, want)
	}
}

func TestRecipeOfAHostPredictsTheSame(t *testing.T) {
	all := source(t, sales()...)
	var results [2]string
	for k := range results {
		r := model.Recipe{Features: standardizer(t), Estimator: &watched{Estimator: regression(t), host: k == 1}}
		p, err := r.Fit(t.Context(), model.Training{Problem: prices(), Rows: all})
		if err != nil {
			t.Fatal(err)
		}
		if _, planned := p.(*model.Planned); planned == (k == 1) {
			t.Fatalf("predictor %d is a %T", k, p)
		}
		if in := p.Signature().Input.Names(); !slices.Equal(in, []string{"area", "rooms"}) {
			t.Errorf("predictor %d reads %q", k, in)
		}
		results[k] = texts(predict(t, p, all).Column(0))
		narrow := must[dataset.Source](t)(dataset.Select(t.Context(), all, "rooms"))
		for b, err := range narrow.Batches(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.Predict(t.Context(), b); !errors.Is(err, dataset.ErrSchema) {
				t.Errorf("predictor %d without a column: got error %v, want dataset.ErrSchema", k, err)
			}
		}
	}
	if results[0] != results[1] {
		t.Errorf("one plan gives %s, two steps %s", results[0], results[1])
	}
}

func TestRecipeWithoutFeaturesIsItsEstimator(t *testing.T) {
	all := source(t, sales()...)
	training := model.Training{Problem: prices(), Rows: all}
	want := predict(t, must[model.Predictor](t)(regression(t).Fit(t.Context(), training)), all)
	got := predict(t, must[model.Predictor](t)(model.Recipe{Estimator: regression(t)}.Fit(t.Context(), training)), all)
	if texts(got.Column(0)) != texts(want.Column(0)) {
		t.Error("a recipe without features predicts something else than its estimator")
	}
}

// refusing is a step and an estimator that fail.
type refusing struct{ err error }

func (r refusing) Fit(context.Context, model.Training) (model.Predictor, error) { return nil, r.err }

func TestRecipeRefuses(t *testing.T) {
	all, broken := source(t, sales()...), errors.New("broken")
	problem := prices()
	unknown, noTarget := problem, problem
	unknown.Features = []string{"area", "z"}
	noTarget.Target = "z"
	noTarget.Features = []string{"area"}
	for name, c := range map[string]struct {
		recipe  model.Recipe
		problem model.Problem
		rows    dataset.Source
		want    error
	}{
		"an unknown feature":   {model.Recipe{standardizer(t), regression(t)}, unknown, all, dataset.ErrSchema},
		"an unknown target":    {model.Recipe{standardizer(t), regression(t)}, noTarget, all, dataset.ErrSchema},
		"no rows":              {model.Recipe{standardizer(t), regression(t)}, problem, source[sale](t), model.ErrNoRows},
		"a broken estimator":   {model.Recipe{standardizer(t), refusing{broken}}, problem, all, broken},
		"a source that breaks": {model.Recipe{standardizer(t), regression(t)}, problem, breaking{all, broken}, broken},
	} {
		p, err := c.recipe.Fit(t.Context(), model.Training{Problem: c.problem, Rows: c.rows})
		if !errors.Is(err, c.want) || p != nil {
			t.Errorf("%s: got error %v, want one that is %q alone", name, err, c.want.Error())
		}
	}
	var oe *model.OptionError
	if _, err := (model.Recipe{Features: standardizer(t)}).Fit(t.Context(), model.Training{Problem: problem, Rows: all}); !errors.As(err, &oe) {
		t.Errorf("no estimator: got error %v, want an *OptionError", err)
	}
}
