package model

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/matrix"
)

// Sentinels that a host acts on.
var (
	// ErrTarget says that the target cannot be learnt: missing values, one class, a type that does not fit the task.
	ErrTarget = matrix.ErrTarget
	// ErrNonFinite says that an infinity or, where nulls are not accepted, a missing value was met in a feature, a target or a weight.
	ErrNonFinite = matrix.ErrNonFinite
	// ErrNoRows says that there was nothing to learn or measure from.
	ErrNoRows = matrix.ErrNoRows
	// ErrUnsupported says that a file or a request asks for something that is refused by name. Its facts are in an *UnsupportedError.
	ErrUnsupported = errors.New("unsupported")
)

// OptionError is a field of an options struct that a constructor refuses.
type OptionError = dataset.OptionError

// UnsupportedError names what is refused. It wraps ErrUnsupported.
type UnsupportedError struct {
	Format  string // "lightgbm", "tree.Boosting" …
	Feature string // what is not supported
}

// Error implements error.
func (e *UnsupportedError) Error() string { return e.Format + ": unsupported: " + e.Feature }

// Is reports whether target is ErrUnsupported.
func (e *UnsupportedError) Is(target error) bool { return target == ErrUnsupported }

// Task is the kind of problem.
type Task uint8

// The tasks.
const (
	TaskUnknown Task = iota
	Binary           // two classes
	Multiclass       // three classes or more
	Regression       // a number
	Ranking          // the order of the rows of a group, by a number that is larger for what is to come first
	Anomaly          // how unlike the others a row is; there is no target
)

// MaxGrade is the largest grade of a ranking's target, as in LightGBM: gains are 2^grade - 1.
const MaxGrade = 30

// IsClassification reports whether the task is one of classes.
func (t Task) IsClassification() bool { return t == Binary || t == Multiclass }

// String returns the task's name in lower case.
func (t Task) String() string {
	switch t {
	case Binary:
		return "binary"
	case Multiclass:
		return "multiclass"
	case Regression:
		return "regression"
	case Ranking:
		return "ranking"
	case Anomaly:
		return "anomaly"
	default:
		return "unknown"
	}
}

// Problem is what is to be learnt.
type Problem struct {
	Task     Task
	Target   string   // the column to predict; empty for anomaly
	Classes  []string // the classes of the target in the form of ClassText, in order; the last of two is the positive one. nil for the tasks without classes
	Weight   string   // the column of row weights, finite and >= 0; empty for none
	Group    string   // the column that says which rows belong together: the queries of a ranking, whose rows may stand anywhere, and what selection.Group keeps in one fold; empty for none
	Features []string // the columns to learn from; nil is every column with the role of a feature that is neither sensitive nor personal

	// InitScore is the column of finite numbers that training adds to each row's raw score, such as the logarithm of an exposure or the raw score of another model; empty
	// for none. Of a problem with several raw scores a row it is a column of fixed-size lists with a number for each, as RawColumn is. Predictions do not have it: add
	// it to their raw scores. Estimators that cannot take it refuse it with ErrUnsupported.
	InitScore string
}

// NewProblem looks at target in src and returns the problem: the task, unless it is given, and the classes in order (numbers ascending, false before true, OneOf in
// its order, other text by bytes). A text or bool target is a classification, and so is one of at most 20 distinct whole numbers; any other number, a date and a
// time are a regression. A ranking is one only when o.Task says so: its target is the grade of each row, a whole number from 0, which is irrelevant, to MaxGrade, and
// o.Group has its queries. It errors with ErrTarget for a target with missing values, with one class or more than 10,000, or of a type that cannot be predicted, with
// ErrNonFinite for an infinite one, with dataset.ErrSchema for an unknown column, with an *OptionError for a positive class that is none of two, and with ErrNoRows.
// A problem of the task Anomaly has no target to look at: it is written down, not made here, and asking for one is an *OptionError.
func NewProblem(ctx context.Context, src dataset.Source, target string, o ProblemOptions) (Problem, error) {
	if o.Task == Anomaly {
		return Problem{}, fmt.Errorf("model: new problem: %w", &OptionError{Field: "model.ProblemOptions.Task", Value: o.Task.String(), Want: "a task with a target"})
	}
	f, ok := src.Schema().Lookup(target)
	if !ok {
		return Problem{}, fmt.Errorf("model: new problem: %w", &dataset.SchemaError{Column: target, Want: "the target among the columns", Got: "no such column"})
	}
	p := Problem{Task: o.Task, Target: target, Weight: o.Weight, Group: o.Group, Features: slices.Clone(o.Features), InitScore: o.InitScore}
	if o.Weight != "" && src.Schema().Index(o.Weight) < 0 {
		return Problem{}, fmt.Errorf("model: new problem: %w", &dataset.SchemaError{Column: o.Weight, Want: "the weight among the columns", Got: "no such column"})
	}
	if o.InitScore != "" && src.Schema().Index(o.InitScore) < 0 {
		return Problem{}, fmt.Errorf("model: new problem: %w", &dataset.SchemaError{Column: o.InitScore, Want: "the initial score among the columns", Got: "no such column"})
	}
	if err := p.checkGroup(src.Schema()); err != nil {
		return Problem{}, fmt.Errorf("model: new problem: %w", err)
	}
	if err := p.check(src.Schema()); err != nil {
		return Problem{}, fmt.Errorf("model: new problem: %w", err)
	}
	c, err := countClasses(ctx, src, f)
	if err != nil {
		return Problem{}, fmt.Errorf("model: new problem: %w", err)
	}
	if err := c.check(f); err != nil {
		return Problem{}, fmt.Errorf("model: new problem: %w", err)
	}
	if p.Task == TaskUnknown {
		p.Task = c.task(f)
	}
	if !p.Task.IsClassification() {
		if !f.Type.IsNumeric() {
			return Problem{}, fmt.Errorf("model: new problem: %w: %w", ErrTarget,
				&dataset.SchemaError{Column: target, Want: "a numeric target for " + p.Task.String(), Got: "type " + string(f.Type)})
		}
		if o.Positive != "" {
			return Problem{}, fmt.Errorf("model: new problem: %w", &OptionError{Field: "model.ProblemOptions.Positive", Value: "a class", Want: "none for " + p.Task.String()})
		}
		if p.Task == Ranking && !c.grades() {
			return Problem{}, fmt.Errorf("model: new problem: %w: %w", ErrTarget, gradeError(target))
		}
		return p, nil
	}
	if p.Classes, err = c.classes(f); err != nil {
		return Problem{}, fmt.Errorf("model: new problem: %w", err)
	}
	if err := p.settle(o.Positive); err != nil {
		return Problem{}, fmt.Errorf("model: new problem: %w", err)
	}
	return p, nil
}

// ProblemOptions says what NewProblem need not find out. The zero value is ready to use.
type ProblemOptions struct {
	Task     Task     // default: from the target
	Positive string   // the positive of two classes; default: the last in order
	Weight   string   // the column of row weights; default: none
	Group    string   // the column of what belongs together, which a ranking must have; default: none
	Features []string // the columns to learn from; default: all with the role of a feature that are neither sensitive nor personal

	InitScore string // the column of initial raw scores; default: none
}

// settle checks the number of classes against the task and puts the positive class last.
func (p *Problem) settle(positive string) error {
	n := len(p.Classes)
	if n < 2 || (p.Task == Binary && n != 2) {
		return fmt.Errorf("target %q: %w: want %s classes, got %d", p.Target, ErrTarget, map[bool]string{true: "2", false: "at least 2"}[p.Task == Binary], n)
	}
	if positive == "" {
		return nil
	}
	i := slices.Index(p.Classes, positive)
	if i < 0 || p.Task != Binary {
		return &OptionError{Field: "model.ProblemOptions.Positive", Value: "a text", Want: "one of the two classes of a binary target"}
	}
	p.Classes[0], p.Classes[1] = p.Classes[1-i], p.Classes[i]
	return nil
}

// checkGroup wants the column of groups in s, and one for a ranking.
func (p Problem) checkGroup(s *dataset.Schema) error {
	if p.Group == "" {
		if p.Task == Ranking {
			return &OptionError{Field: "model.ProblemOptions.Group", Value: "none", Want: "the column of the queries for a ranking"}
		}
		return nil
	}
	f, ok := s.Lookup(p.Group)
	switch {
	case !ok:
		return &dataset.SchemaError{Column: p.Group, Want: "the group among the columns", Got: "no such column"}
	case p.Group == p.Target || p.Group == p.Weight:
		return &dataset.SchemaError{Column: p.Group, Want: "a group other than the target and the weight", Got: "the same column"}
	case !f.Type.IsText() && !f.Type.IsNumeric():
		return &dataset.SchemaError{Column: p.Group, Want: "a group of texts or numbers", Got: "type " + string(f.Type)}
	}
	return nil
}

func gradeError(target string) error {
	return &dataset.SchemaError{Column: target, Want: "grades, whole numbers from 0 to " + strconv.Itoa(MaxGrade), Got: "another number"}
}

// CheckGrades errors with ErrTarget unless every number is a grade of a ranking's target: whole, from 0 to MaxGrade.
func (p Problem) CheckGrades(grades []float64) error {
	for _, v := range grades {
		if !(v >= 0 && v <= MaxGrade && v == math.Trunc(v)) {
			return fmt.Errorf("%w: %w", ErrTarget, gradeError(p.Target))
		}
	}
	return nil
}

// check wants the named features in s, and no other column of p among them.
func (p Problem) check(s *dataset.Schema) error {
	if _, err := s.Select(p.Features...); err != nil {
		return err
	}
	for _, n := range p.Features {
		if p.uses(n) {
			return &dataset.SchemaError{Column: n, Want: "features other than the target, the weight, the group and the initial score", Got: "it among the features"}
		}
	}
	return nil
}

// uses reports whether a column has a part of its own in p.
func (p Problem) uses(name string) bool {
	return name == p.Target || (name != "" && (name == p.Weight || name == p.Group || name == p.InitScore))
}

// TargetField returns the field of the target in s; one of numbers without a name for the task Anomaly, which has none. It errors with dataset.ErrSchema for a target that
// s lacks.
func (p Problem) TargetField(s *dataset.Schema) (dataset.Field, error) {
	if p.Task == Anomaly && p.Target == "" {
		return dataset.Field{Type: dataset.Float64}, nil
	}
	f, ok := s.Lookup(p.Target)
	if !ok {
		return f, &dataset.SchemaError{Column: p.Target, Want: "the target among the columns", Got: "no such column"}
	}
	return f, nil
}

// RefuseInitScore returns an *UnsupportedError where p has an InitScore: for estimators without one.
func (p Problem) RefuseInitScore(estimator string) error {
	if p.InitScore == "" {
		return nil
	}
	return &UnsupportedError{Format: estimator, Feature: "initial scores"}
}

// Columns returns the names of the features of s under p: p.Features, or every column with the role of a feature other than target, weight, group, initial score,
// sensitive and personal columns, which are features only when they are named. It errors with
// dataset.ErrSchema for a feature that s lacks or that is the target, the weight, the group or the initial score, and when p names no features and s has none.
func (p Problem) Columns(s *dataset.Schema) ([]string, error) {
	if err := p.check(s); err != nil {
		return nil, fmt.Errorf("model: features: %w", err)
	}
	if p.Features != nil {
		return slices.Clone(p.Features), nil
	}
	var out []string
	for _, f := range s.Fields() {
		if f.Role == dataset.Feature && !f.Sensitive && !f.Personal && !p.uses(f.Name) {
			out = append(out, f.Name)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("model: features: %w", &dataset.SchemaError{Want: "at least one feature", Got: "none"})
	}
	return out, nil
}

// Training is a problem with the rows to learn from. Rows must be rewindable and hold the target, the weight, the group and the features. A row whose target is null is
// refused with ErrTarget.
type Training struct {
	Problem    Problem
	Rows       dataset.Source
	Validation dataset.Source // rows for early stopping; nil for none. Estimators without it ignore it
}

// Signature says what a Predictor reads and gives.
type Signature struct {
	Input  *dataset.Schema // the columns read, with their rules
	Output *dataset.Schema // prediction, probability, raw
}

// Estimator learns. It is built from an options struct whose zero value is a good default, and is not changed by Fit, which may run several times at once.
//
// Fit returns a new Predictor. The same rows in the same order and the same options give the same bits for any number of workers. It looks at ctx at least every
// 100 ms and returns its error wrapped.
type Estimator interface {
	Fit(ctx context.Context, t Training) (Predictor, error)
}

// Predictor predicts. It is immutable and safe for concurrent use.
//
// Predict reads the columns of Signature().Input by name, ignores others, and returns a batch of Signature().Output with the rows and the order of in. The caller
// owns it. A row's bits do not depend on the other rows. It errors with dataset.ErrSchema for a missing or wrong column. It does not check the values' rules:
// that is the work of package validate, in front of it.
type Predictor interface {
	Signature() Signature
	Predict(ctx context.Context, in dataset.Batch) (dataset.Batch, error)
}

// ParseTask is the inverse of Task.String.
func ParseTask(name string) (Task, error) {
	for _, t := range []Task{Binary, Multiclass, Regression, Ranking, Anomaly} {
		if t.String() == name {
			return t, nil
		}
	}
	return TaskUnknown, fmt.Errorf("model: parse task: %w", &OptionError{Field: "task", Value: strconv.Quote(name), Want: "binary, multiclass, regression, ranking or anomaly"})
}
