package model_test

import (
	"errors"
	"math"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/metric"
)

type found struct {
	X     float64  `ml:"name=x"`
	Grade float64  `ml:"name=grade"`
	Word  string   `ml:"name=word"`
	Query *int64   `ml:"name=query"`
	W     float64  `ml:"name=w"`
	Blob  []byte   `ml:"name=blob"`
	None  *float64 `ml:"name=none"`
}

func foundRow(x, grade float64, query int64) found {
	return found{X: x, Grade: grade, Query: &query, W: 1}
}

func TestNewProblemOfARanking(t *testing.T) {
	src := source(t, foundRow(1, 0, 4), foundRow(2, 30, 4), foundRow(3, 2, 9))
	o := model.ProblemOptions{Task: model.Ranking, Group: "query"}
	p, err := model.NewProblem(t.Context(), src, "grade", o)
	if err != nil || p.Task != model.Ranking || p.Group != "query" || p.Classes != nil {
		t.Errorf("got %+v, %v", p, err)
	}
	columns, err := p.Columns(src.Schema())
	if err != nil || len(columns) != 5 {
		t.Errorf("want 5 features without target and group, got %q, %v", columns, err)
	}
	for name, c := range map[string]struct {
		src     dataset.Source
		target  string
		options model.ProblemOptions
		want    error
	}{
		"a fraction":                   {source(t, foundRow(1, 0.5, 1), foundRow(1, 1, 1)), "grade", o, model.ErrTarget},
		"a negative grade":             {source(t, foundRow(1, -1, 1), foundRow(1, 1, 1)), "grade", o, model.ErrTarget},
		"a grade of 31":                {source(t, foundRow(1, 31, 1), foundRow(1, 1, 1)), "grade", o, model.ErrTarget},
		"a target of texts":            {src, "word", o, model.ErrTarget},
		"an unknown group":             {src, "grade", model.ProblemOptions{Task: model.Ranking, Group: "z"}, dataset.ErrSchema},
		"a group that is the target":   {src, "grade", model.ProblemOptions{Task: model.Ranking, Group: "grade"}, dataset.ErrSchema},
		"a group that is the weight":   {src, "grade", model.ProblemOptions{Task: model.Ranking, Group: "w", Weight: "w"}, dataset.ErrSchema},
		"a group of bytes":             {src, "grade", model.ProblemOptions{Task: model.Ranking, Group: "blob"}, dataset.ErrSchema},
		"the group among the features": {src, "grade", model.ProblemOptions{Task: model.Ranking, Group: "query", Features: []string{"x", "query"}}, dataset.ErrSchema},
	} {
		if _, err := model.NewProblem(t.Context(), c.src, c.target, c.options); !errors.Is(err, c.want) {
			t.Errorf("%s: want %v, got %v", name, c.want, err)
		}
	}
	var oe *model.OptionError
	if _, err := model.NewProblem(t.Context(), src, "grade", model.ProblemOptions{Task: model.Ranking}); !errors.As(err, &oe) || oe.Field != "model.ProblemOptions.Group" {
		t.Errorf("a ranking without a group: got %v", err)
	}
	if err := p.CheckGrades([]float64{0, 30}); err != nil {
		t.Error(err)
	}
	if err := p.CheckGrades([]float64{math.NaN()}); !errors.Is(err, model.ErrTarget) {
		t.Errorf("a grade that is NaN: got %v", err)
	}
}

func TestEvaluateRankingByHand(t *testing.T) {
	// The score is 2x: of query 1 the two rows are in order, of query 2 they are not; the rows of a query do not stand together.
	rows := source(t, foundRow(2, 3, 1), foundRow(2, 0, 2), foundRow(1, 0, 1), foundRow(1, 1, 2))
	p := must[*model.Planned](t)(model.NewPredictor(model.Problem{Task: model.Ranking, Target: "grade", Group: "query"}, number(t), dataset.Field{Name: "grade", Type: dataset.Float64}, double(t)))
	problem := model.Problem{Task: model.Ranking, Target: "grade", Group: "query"}
	e := must[*model.Evaluation](t)(model.Evaluate(t.Context(), p, problem, rows, metric.ReportOptions{}))
	near(t, e, "ndcg_1", 0.5)
	near(t, e, "ndcg_5", (1+1/math.Log2(3))/2)
	near(t, e, "map", 0.75)
	near(t, e, "mrr", 0.75)
	near(t, e, "pairwise_accuracy", 0.5)
	if e.Task != "ranking" || e.Rows != 4 {
		t.Errorf("task %q of %d rows", e.Task, e.Rows)
	}
	missing := source(t, foundRow(2, 3, 1), found{X: 1, Grade: 1})
	if _, err := model.Evaluate(t.Context(), p, problem, missing, metric.ReportOptions{}); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("a row without a group: want dataset.ErrSchema, got %v", err)
	}
	if _, err := model.Evaluate(t.Context(), p, problem, source(t, foundRow(2, 0.5, 1)), metric.ReportOptions{}); !errors.Is(err, model.ErrTarget) {
		t.Errorf("a grade of one half: want model.ErrTarget, got %v", err)
	}
	problem.Group = "nowhere"
	if _, err := model.Evaluate(t.Context(), p, problem, rows, metric.ReportOptions{}); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("an unknown group: want dataset.ErrSchema, got %v", err)
	}
}
