package model_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
)

// must ends the test when there is an error.
func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// source returns rows as a source.
func source[T any](t *testing.T, rows ...T) dataset.Source {
	t.Helper()
	return must[dataset.Source](t)(dataset.FromStructs(rows, dataset.StructsOptions{}))
}

// target is one target of each type.
type target struct {
	X     float64   `ml:"name=x"`
	Bool  bool      `ml:"name=bool"`
	Text  string    `ml:"name=text"`
	Size  string    `ml:"name=size,oneof=small|large|huge|giant"`
	Int   int64     `ml:"name=int"`
	Float float64   `ml:"name=float"`
	Day   time.Time `ml:"name=day,type=date32"`
	At    time.Time `ml:"name=at"`
	Blob  []byte    `ml:"name=blob"`
	W     float64   `ml:"name=w,role=weight"`
}

func day(n int64) time.Time { return time.Unix(n*86_400, 0).UTC() }

func targets() []target {
	return []target{
		{1, true, "b", "large", 10, 0.5, day(3), day(3), nil, 1},
		{2, false, "a", "small", 9, 2, day(1), day(1), nil, 1},
		{3, true, "c", "huge", 9, -1, day(2), day(2), nil, 2},
	}
}

func TestNewProblemFindsTaskAndClasses(t *testing.T) {
	src := source(t, targets()...)
	for name, c := range map[string]struct {
		target  string
		options model.ProblemOptions
		task    model.Task
		classes string
	}{
		"bool, false before true":          {"bool", model.ProblemOptions{}, model.Binary, "false true"},
		"text by bytes":                    {"text", model.ProblemOptions{}, model.Multiclass, "a b c"},
		"the order of OneOf, as met":       {"size", model.ProblemOptions{}, model.Multiclass, "small large huge"},
		"whole numbers ascending":          {"int", model.ProblemOptions{}, model.Binary, "9 10"},
		"a fraction is a regression":       {"float", model.ProblemOptions{}, model.Regression, ""},
		"a date is a regression":           {"day", model.ProblemOptions{}, model.Regression, ""},
		"a time is a regression":           {"at", model.ProblemOptions{}, model.Regression, ""},
		"the positive class comes last":    {"bool", model.ProblemOptions{Positive: "false"}, model.Binary, "true false"},
		"the last is positive already":     {"int", model.ProblemOptions{Positive: "10"}, model.Binary, "9 10"},
		"a regression on request":          {"int", model.ProblemOptions{Task: model.Regression}, model.Regression, ""},
		"a classification of dates, asked": {"day", model.ProblemOptions{Task: model.Multiclass}, model.Multiclass, "1 2 3"},
		"two classes as many":              {"bool", model.ProblemOptions{Task: model.Multiclass}, model.Multiclass, "false true"},
	} {
		p, err := model.NewProblem(t.Context(), src, c.target, c.options)
		if err != nil || p.Task != c.task || strings.Join(p.Classes, " ") != c.classes || p.Target != c.target {
			t.Errorf("%s: got task %s, classes %q, error %v, want %s, %q", name, p.Task, p.Classes, err, c.task, c.classes)
		}
	}
}

func TestNewProblemCountsWholeNumbers(t *testing.T) {
	type row struct {
		Y int32 `ml:"name=y"`
	}
	for distinct, want := range map[int]model.Task{2: model.Binary, 3: model.Multiclass, 20: model.Multiclass, 21: model.Regression} {
		var rows []row
		for i := range 100 {
			rows = append(rows, row{int32(i % distinct)})
		}
		p, err := model.NewProblem(t.Context(), source(t, rows...), "y", model.ProblemOptions{})
		if err != nil || p.Task != want {
			t.Errorf("%d whole numbers: got task %s and error %v, want %s", distinct, p.Task, err, want)
		}
	}
}

func TestNewProblemRefuses(t *testing.T) {
	src := source(t, targets()...)
	for name, c := range map[string]struct {
		src     dataset.Source
		target  string
		options model.ProblemOptions
		want    error
	}{
		"an unknown target":          {src, "z", model.ProblemOptions{}, dataset.ErrSchema},
		"an unknown weight":          {src, "bool", model.ProblemOptions{Weight: "z"}, dataset.ErrSchema},
		"an unknown feature":         {src, "bool", model.ProblemOptions{Features: []string{"x", "z"}}, dataset.ErrSchema},
		"the target as a feature":    {src, "bool", model.ProblemOptions{Features: []string{"x", "bool"}}, dataset.ErrSchema},
		"the weight as a feature":    {src, "bool", model.ProblemOptions{Weight: "w", Features: []string{"w"}}, dataset.ErrSchema},
		"a target of bytes":          {src, "blob", model.ProblemOptions{}, model.ErrTarget},
		"a regression of text":       {src, "text", model.ProblemOptions{Task: model.Regression}, model.ErrTarget},
		"three classes of two":       {src, "text", model.ProblemOptions{Task: model.Binary}, model.ErrTarget},
		"one class":                  {source(t, targets()[0]), "bool", model.ProblemOptions{}, model.ErrTarget},
		"no rows":                    {source[target](t), "bool", model.ProblemOptions{}, model.ErrNoRows},
		"no rows for a regression":   {source[target](t), "float", model.ProblemOptions{}, model.ErrNoRows},
		"an infinite target":         {source(t, target{Float: math.Inf(1)}, target{Float: 1}), "float", model.ProblemOptions{}, model.ErrNonFinite},
		"a NaN target":               {source(t, target{Float: math.NaN()}, target{Float: 1.5}), "float", model.ProblemOptions{}, model.ErrTarget},
		"a NaN target, a regression": {source(t, target{Float: math.NaN()}, target{Float: 1}), "float", model.ProblemOptions{Task: model.Regression}, model.ErrTarget},
	} {
		p, err := model.NewProblem(t.Context(), c.src, c.target, c.options)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got error %v, want one that is %q", name, err, c.want.Error())
		}
		if p.Task != model.TaskUnknown || p.Classes != nil {
			t.Errorf("%s: a problem came with the error", name)
		}
	}
	for name, c := range map[string]struct {
		target  string
		options model.ProblemOptions
	}{
		"a positive class of a regression": {"float", model.ProblemOptions{Positive: "1"}},
		"an unknown positive class":        {"bool", model.ProblemOptions{Positive: "yes"}},
		"a positive class of three":        {"text", model.ProblemOptions{Positive: "a"}},
	} {
		_, err := model.NewProblem(t.Context(), src, c.target, c.options)
		var oe *model.OptionError
		if !errors.As(err, &oe) || oe.Field != "model.ProblemOptions.Positive" {
			t.Errorf("%s: got error %v, want an *OptionError of Positive", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := model.NewProblem(ctx, src, "bool", model.ProblemOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context: got error %v, want context.Canceled", err)
	}
}

func TestNewProblemRefusesMissingAndTooManyClasses(t *testing.T) {
	type row struct {
		Text *string `ml:"name=text"`
	}
	a := "a"
	if _, err := model.NewProblem(t.Context(), source(t, row{&a}, row{nil}), "text", model.ProblemOptions{}); !errors.Is(err, model.ErrTarget) {
		t.Errorf("a null target: got error %v, want model.ErrTarget", err)
	}
	var rows []row
	for i := range 10_001 {
		v := model.ClassText(dataset.Int64, float64(i))
		rows = append(rows, row{&v})
	}
	if _, err := model.NewProblem(t.Context(), source(t, rows...), "text", model.ProblemOptions{}); !errors.Is(err, model.ErrTarget) {
		t.Errorf("10,001 classes: got error %v, want model.ErrTarget", err)
	}
	if p, err := model.NewProblem(t.Context(), source(t, rows[1:]...), "text", model.ProblemOptions{}); err != nil || len(p.Classes) != 10_000 {
		t.Errorf("10,000 classes: got %d and error %v", len(p.Classes), err)
	}
}

func TestColumns(t *testing.T) {
	s := must[*dataset.Schema](t)(dataset.NewSchema(
		dataset.Field{Name: "a", Type: dataset.Float64}, dataset.Field{Name: "id", Type: dataset.Int64, Role: dataset.Key},
		dataset.Field{Name: "b", Type: dataset.Utf8}, dataset.Field{Name: "w", Type: dataset.Float64}, dataset.Field{Name: "y", Type: dataset.Bool},
		dataset.Field{Name: "old", Type: dataset.Bool, Role: dataset.Target}, dataset.Field{Name: "sex", Type: dataset.Utf8, Sensitive: true},
		dataset.Field{Name: "email", Type: dataset.Utf8, Personal: true},
	))
	for name, c := range map[string]struct {
		problem model.Problem
		want    string
	}{
		"the role decides":         {model.Problem{Target: "y", Weight: "w"}, "a b"},
		"the names decide":         {model.Problem{Target: "y", Features: []string{"id", "a"}}, "id a"},
		"the sensitive, if named":  {model.Problem{Target: "y", Features: []string{"sex", "email"}}, "sex email"},
		"a weight not in use":      {model.Problem{Target: "y"}, "a b w"},
		"no features, on purpose":  {model.Problem{Target: "y", Features: []string{}}, ""},
		"the target has its role":  {model.Problem{Target: "old", Weight: "w"}, "a b y"},
		"a target that is no more": {model.Problem{Target: "gone", Weight: "w"}, "a b y"},
	} {
		got, err := c.problem.Columns(s)
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%s: got %q and error %v, want %q", name, got, err, c.want)
		}
	}
	only := must[*dataset.Schema](t)(s.Select("id", "y"))
	for name, p := range map[string]model.Problem{
		"none left": {Target: "y"}, "unknown": {Target: "y", Features: []string{"z"}}, "the target": {Target: "y", Features: []string{"y"}},
	} {
		if _, err := p.Columns(only); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%s: got error %v, want dataset.ErrSchema", name, err)
		}
	}
}

func TestClassText(t *testing.T) {
	for _, c := range []struct {
		t    dataset.Type
		v    float64
		want string
	}{
		{dataset.Bool, 1, "true"},
		{dataset.Bool, 0, "false"},
		{dataset.Int64, -3, "-3"},
		{dataset.Float64, 0.1, "0.1"},
		{dataset.Float64, 1e21, "1000000000000000000000"},
		{dataset.Float64, math.Copysign(0, -1), "0"},
		{dataset.Date32, 19_000, "19000"},
		{dataset.Float32, float64(float32(0.1)), "0.10000000149011612"},
	} {
		if got := model.ClassText(c.t, c.v); got != c.want {
			t.Errorf("%s: got %q, want %q", c.t, got, c.want)
		}
	}
}

func TestReadClasses(t *testing.T) {
	type row struct {
		Y float64 `ml:"name=y"`
		C *string `ml:"name=c"`
		D string  `ml:"name=d,type=dictionary"`
	}
	p, q := "p", "q"
	src := source(t, row{math.Copysign(0, -1), &p, "q"}, row{0, &q, "p"}, row{2.5, &p, "q"})
	for name, want := range map[string][]int32{"y": {0, 0, 1}, "c": {1, 0, 1}, "d": {0, 1, 0}} {
		problem := model.Problem{Classes: []string{"0", "2.5"}}
		if name != "y" {
			problem.Classes = []string{"q", "p"}
		}
		for b, err := range src.Batches(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			f, _ := b.Schema().Lookup(name)
			column, err := b.ByName(name)
			if err != nil {
				t.Fatal(err)
			}
			got := make([]int32, 3)
			if err := problem.ReadClasses(f, column, got); err != nil || !slices.Equal(got, want) {
				t.Errorf("column %q: got %v and error %v, want %v", name, got, err, want)
			}
			problem.Classes = problem.Classes[:1]
			if err := problem.ReadClasses(f, column, got); !errors.Is(err, model.ErrTarget) {
				t.Errorf("column %q with an unknown class: got error %v, want model.ErrTarget", name, err)
			} else if strings.Contains(err.Error(), "2.5") {
				t.Errorf("column %q: the error shows a value", name)
			}
		}
	}
	for b, err := range source(t, row{math.NaN(), nil, "p"}).Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		for j, f := range b.Schema().Fields()[:2] {
			if err := (model.Problem{Classes: []string{"0", "p"}}).ReadClasses(f, b.Column(j), make([]int32, 1)); !errors.Is(err, model.ErrTarget) {
				t.Errorf("a missing %q: got error %v, want model.ErrTarget", f.Name, err)
			}
		}
	}
}

func TestTaskNames(t *testing.T) {
	for _, task := range []model.Task{model.Binary, model.Multiclass, model.Regression} {
		if got, err := model.ParseTask(task.String()); err != nil || got != task {
			t.Errorf("%s reads back as %s, error %v", task, got, err)
		}
	}
	var oe *model.OptionError
	if _, err := model.ParseTask("unknown"); !errors.As(err, &oe) {
		t.Errorf("an unknown task: got error %v, want an *OptionError", err)
	}
	if got := model.TaskUnknown.String(); got != "unknown" {
		t.Errorf("the zero task is %q", got)
	}
}

func TestUnsupportedError(t *testing.T) {
	err := error(&model.UnsupportedError{Format: "lightgbm", Feature: "linear trees"})
	if !errors.Is(err, model.ErrUnsupported) || errors.Is(err, model.ErrTarget) || err.Error() != "lightgbm: unsupported: linear trees" {
		t.Errorf("got %q", err)
	}
}
