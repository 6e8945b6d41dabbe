package linear_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/linear"
)

func TestBadRowsAreRefusedByName(t *testing.T) {
	type row struct {
		A    float64   `ml:"name=a"`
		B    *float64  `ml:"name=b"`
		Text string    `ml:"name=text"`
		Day  time.Time `ml:"name=day"`
		Y    float64   `ml:"name=y"`
		C    string    `ml:"name=c"`
		W    float64   `ml:"name=w"`
	}
	v := 1.0
	good := []row{{1, &v, "x", time.Unix(0, 0), 1, "no", 1}, {2, &v, "y", time.Unix(9, 0), 2, "yes", 2}, {4, &v, "x", time.Unix(5, 0), 0, "no", 1}}
	number := model.Problem{Task: model.Regression, Target: "y", Weight: "w", Features: []string{"a", "b", "day"}}
	class := model.Problem{Task: model.Binary, Target: "c", Classes: []string{"no", "yes"}, Weight: "w", Features: []string{"a", "b", "day"}}
	for _, c := range []struct {
		name    string
		spoil   func(r *row)
		problem func(p *model.Problem)
		want    error
		names   string
	}{
		{name: "nothing"},
		{name: "a null", spoil: func(r *row) { r.B = nil }, want: model.ErrNonFinite, names: `"b"`},
		{name: "a NaN", spoil: func(r *row) { r.A = math.NaN() }, want: model.ErrNonFinite, names: `"a"`},
		{name: "an infinity", spoil: func(r *row) { r.A = math.Inf(-1) }, want: model.ErrNonFinite, names: `"a"`},
		{name: "squares beyond float64", spoil: func(r *row) { r.A = 1e300 }, want: model.ErrNonFinite, names: `"a"`},
		{name: "a negative weight", spoil: func(r *row) { r.W = -1 }, want: model.ErrNonFinite, names: `"w"`},
		{name: "an infinite weight", spoil: func(r *row) { r.W = math.Inf(1) }, want: model.ErrNonFinite, names: `"w"`},
		{name: "text", problem: func(p *model.Problem) { p.Features = []string{"a", "text"} }, want: dataset.ErrSchema, names: "encode it first"},
		{name: "an unknown feature", problem: func(p *model.Problem) { p.Features = []string{"z"} }, want: dataset.ErrSchema, names: `"z"`},
		{name: "an unknown weight", problem: func(p *model.Problem) { p.Weight = "z" }, want: dataset.ErrSchema, names: `"z"`},
		{name: "an unknown target", problem: func(p *model.Problem) { p.Target = "z" }, want: dataset.ErrSchema, names: `"z"`},
		{name: "the other task", problem: func(p *model.Problem) { p.Task = model.TaskUnknown }, want: model.ErrTarget},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows := append([]row(nil), good...)
			if c.spoil != nil {
				c.spoil(&rows[1])
			}
			mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
			defer mem.AssertSize(t, 0)
			src, err := dataset.FromStructs(rows, dataset.StructsOptions{BatchRows: 2, Allocator: mem})
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range []model.Problem{number, class} {
				if c.problem != nil {
					c.problem(&p)
				}
				err := fitAny(t.Context(), model.Training{Problem: p, Rows: src})
				if !errors.Is(err, c.want) || (err != nil && !strings.Contains(err.Error(), c.names)) {
					t.Errorf("want %v and %s, got %v", c.want, c.names, err)
				}
			}
		})
	}
	for name, rows := range map[string][]row{"no rows": nil, "weights of zero": {{B: &v, C: "no"}}} {
		src, err := dataset.FromStructs(rows, dataset.StructsOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []model.Problem{number, class} {
			if err := fitAny(t.Context(), model.Training{Problem: p, Rows: src}); !errors.Is(err, model.ErrNoRows) {
				t.Errorf("%s: want ErrNoRows, got %v", name, err)
			}
		}
	}
	src, err := dataset.FromStructs(good[:1], dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := fitAny(t.Context(), model.Training{Problem: class, Rows: src}); !errors.Is(err, model.ErrTarget) {
		t.Errorf("one class: want ErrTarget, got %v", err)
	}
}

func fitAny(ctx context.Context, t model.Training) error {
	if len(t.Problem.Classes) == 0 {
		e, err := linear.NewRegression(linear.RegressionOptions{})
		if err != nil {
			return err
		}
		_, err = e.Fit(ctx, t)
		return err
	}
	e, err := linear.NewLogistic(linear.LogisticOptions{})
	if err != nil {
		return err
	}
	_, err = e.Fit(ctx, t)
	return err
}

func TestOptionsAreAllChecked(t *testing.T) {
	_, err := linear.NewLogistic(linear.LogisticOptions{Penalty: linear.L2(-1), Tolerance: math.NaN(), MaxIterations: -1, Workers: -1})
	for _, field := range []string{"Penalty", "Tolerance", "MaxIterations", "Workers"} {
		if err == nil || !strings.Contains(err.Error(), "linear.LogisticOptions."+field) {
			t.Errorf("%s is not named in %v", field, err)
		}
	}
	var bad *model.OptionError
	if _, err := linear.NewRegression(linear.RegressionOptions{Penalty: linear.L2(math.Inf(1))}); !errors.As(err, &bad) {
		t.Errorf("want an OptionError, got %v", err)
	}
}
