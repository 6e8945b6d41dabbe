package serve_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/validate"
)

// bare is an artifact of a model alone.
type bare struct{ planned *model.Planned }

func (b bare) Name() string               { return "bare" }
func (b bare) Digest() string             { return "sha256:0" }
func (b bare) Schema() *dataset.Schema    { return b.planned.Signature().Input }
func (b bare) Predictor() *model.Planned  { return b.planned }
func (b bare) Profile() *validate.Profile { return nil }

// A model without an answer to a missing value refuses the row, and no observer sees it.
func TestARowWithoutAnAnswerIsRefused(t *testing.T) {
	type row struct{ X *float64 }
	s, err := dataset.SchemaOf[row]()
	if err != nil {
		t.Fatal(err)
	}
	b := plan.NewBuilder(plan.Input{Name: "X", Kind: plan.Number})
	b.Output(model.PredictionColumn, b.Add(plan.Op{Kind: plan.OpLinear, In: plan.Ints{0}, Coef: plan.Floats{2}, Shift: plan.Floats{1}})[0])
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.NewPredictor(model.Problem{Task: model.Regression, Target: "y"}, s, dataset.Field{Name: "y", Type: dataset.Float64}, p)
	if err != nil {
		t.Fatal(err)
	}
	scorer, err := serve.New[row](bare{m}, serve.Options{})
	if err != nil {
		t.Fatal(err)
	}
	three := 3.0
	if got, err := scorer.Score(t.Context(), row{X: &three}); err != nil || got.Value.Number != 7 {
		t.Errorf("want 7, got %v, %v", got.Value, err)
	}
	_, err = scorer.Score(t.Context(), row{})
	var refused *serve.RefusedError
	if !errors.As(err, &refused) || refused.Findings[0].Rule != serve.RuleNoAnswer {
		t.Errorf("want no_answer, got %v", err)
	}

	// One row without an answer refuses its request; no row of it is observed.
	var seen counter
	watched, err := serve.NewModel(bare{m}, serve.Options{Observers: []serve.Observer{&seen}})
	if err != nil {
		t.Fatal(err)
	}
	h, err := serve.NewHandler(serve.NewRouter(watched), serve.HandlerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	status, _, text := post(t, h, `[{"X":3},{"X":null},{"X":4},{"X":null}]`)
	a := parse(t, text)
	want := []told{{Row: 1, Rule: string(serve.RuleNoAnswer)}, {Row: 3, Rule: string(serve.RuleNoAnswer)}}
	if status != 422 || !slices.Equal(a.Errors, want) || seen.rows.Load() != 0 || !strings.Contains(a.Detail, "2 of 4 rows") {
		t.Errorf("%d rows observed: %d %s", seen.rows.Load(), status, text)
	}
	if status, _, _ := post(t, h, `[{"X":3},{"X":4}]`); status != 200 || seen.rows.Load() != 2 {
		t.Errorf("%d rows observed: %d", seen.rows.Load(), status)
	}
}
