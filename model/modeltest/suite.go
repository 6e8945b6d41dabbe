package modeltest

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/internal/conform"
	"github.com/tidewheel/tidewheel/model"
)

// Traits says what the estimator under test takes and which promises it makes. They choose the checks.
type Traits struct {
	Binary, Multiclass, Regression bool // the tasks
	Ranking                        bool // the task of groups, whose targets are grades
	Anomaly                        bool // the task without a target

	Text     bool // learns from text features; false: refuses them with dataset.ErrSchema
	Missing  bool // learns from features with null and NaN; false: refuses them with model.ErrNonFinite. Infinities are refused by all, with dataset.ErrSchema
	Baseline bool // looks at no feature's value: learns nothing, takes infinities, and one class will do
	Quantile bool // a regression predicts a quantile of the target, not its mean
	Opaque   bool // its predictors are not *model.Planned: no row entrance and no plan

	CountsRows      bool    // counts rows somewhere, whatever their weights: weight 2 is not quite a row that comes twice
	Sampled         bool    // draws features at random: one more of them changes what is drawn
	WeightTolerance float64 // largest difference of an output between weight 2 and a row that comes twice; 0 is 1e-9
	LongRows        int     // rows of a fit that is cancelled on its way; 0 is 10,000
	RowBytes        int     // bytes that a fit may allocate for each further row, whether or not it keeps them; 0 is 1,000

	Options []Refusal // what constructors must refuse; none when the estimators have no options
}

// Refusal is a call of a constructor with bad options. Fields are all that it must refuse at once, each in a *dataset.OptionError: "linear.LogisticOptions.Workers".
type Refusal struct {
	Fields []string
	New    func() error // what the constructor returns as its error
}

// TestEstimator runs every check against the estimators that newEstimator returns, each a subtest of its task. workers is what the options' Workers are to be.
// Estimators must give the same bits whenever they are made, so their options have a fixed seed. Subtests do not run in parallel, since some look at memory.
func TestEstimator(t *testing.T, traits Traits, newEstimator func(t *testing.T, workers int) model.Estimator) {
	t.Helper()
	for _, task := range traits.tasks() {
		for _, c := range checks() {
			if c.when != nil && !c.when(traits, task) {
				continue
			}
			t.Run(task.String()+"/"+c.name, func(t *testing.T) {
				err := c.against(t.Context(), traits, task, func(workers int) model.Estimator { return newEstimator(t, workers) })
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func (t Traits) tasks() []model.Task {
	var out []model.Task
	for _, c := range []struct {
		has  bool
		task model.Task
	}{{t.Binary, model.Binary}, {t.Multiclass, model.Multiclass}, {t.Regression, model.Regression}, {t.Ranking, model.Ranking}, {t.Anomaly, model.Anomaly}} {
		if c.has {
			out = append(out, c.task)
		}
	}
	return out
}

// check is one promise. run returns an error when the subject breaks it. when chooses by traits; nil is always.
type check struct {
	name string
	run  func(*subject) error
	when func(Traits, model.Task) bool
}

// The conditions of checks.
func classifies(_ Traits, task model.Task) bool     { return task.IsClassification() }
func labelled(_ Traits, task model.Task) bool       { return task != model.Anomaly }
func isolates(_ Traits, task model.Task) bool       { return task == model.Anomaly }
func regresses(_ Traits, task model.Task) bool      { return task == model.Regression }
func ranks(_ Traits, task model.Task) bool          { return task == model.Ranking }
func hasMeans(t Traits, task model.Task) bool       { return labelled(t, task) && !ranks(t, task) }
func learns(t Traits, _ model.Task) bool            { return !t.Baseline }
func learnsTarget(t Traits, task model.Task) bool   { return learns(t, task) && labelled(t, task) }
func learnsClasses(t Traits, task model.Task) bool  { return learns(t, task) && classifies(t, task) }
func steady(t Traits, _ model.Task) bool            { return !t.Sampled }
func weighs(t Traits, task model.Task) bool         { return !t.CountsRows && !ranks(t, task) }
func readsText(t Traits, _ model.Task) bool         { return t.Text }
func planned(t Traits, _ model.Task) bool           { return !t.Opaque }
func plannedClasses(t Traits, task model.Task) bool { return planned(t, task) && classifies(t, task) }
func manyClasses(_ Traits, task model.Task) bool    { return task == model.Multiclass }
func hasOptions(t Traits, _ model.Task) bool        { return len(t.Options) > 0 }

// checks lists every promise.
func checks() []check {
	return slices.Concat(fitChecks(), problemChecks(), lawChecks(), rankChecks(), memoryChecks())
}

func fitChecks() []check {
	return []check{
		{"fitting again gives the same bits", refit, nil},
		{"fitting on other batches gives the same bits", fitBatches, nil},
		{"1, 2 and 8 workers give the same bits", fitWorkers, nil},
		{"concurrent fits agree", concurrentFits, nil},
		{"inputs stay as they were", inputsUnchanged, nil},
		{"any batch size predicts the same bits", batchSizes, nil},
		{"rows keep their order", rowOrder, nil},
		{"columns are found by name", columnsByName, nil},
		{"a missing column is a schema error", missingColumn, nil},
		{"a column of another type is a schema error", wrongType, nil},
		{"an unknown column in the problem is a schema error", unknownColumn, nil},
		{"text features follow the policy", textPolicy, nil},
		{"text behind codes is the same text", dictionaries, readsText},
		{"missing features follow the policy", missingPolicy, nil},
		{"a feature without any value follows the policy", nothingKnown, nil},
		{"an infinite feature is refused", infiniteFeature, learns},
		{"huge and tiny numbers are learnt or refused", hugeNumbers, nil},
		{"no rows are refused", noRows, nil},
		{"one row is learnt or refused", oneRow, nil},
		{"no row and one row are predicted", fewRows, nil},
		{"one feature is enough", oneFeature, nil},
		{"a constant feature changes nothing", constantFeature, steady},
		{"one class is refused", oneClass, learnsClasses},
		{"a class that the problem does not know is refused", unknownClass, classifies},
		{"a missing target is refused", missingTarget, labelled},
		{"an infinite target is refused", infiniteTarget, regresses},
		{"a constant target is predicted", constantTarget, regresses},
		{"a target of any type is predicted in its type", targetTypes, labelled},
		{"weight 0 is an absent row", weightZero, nil},
		{"weight 2 is a row that comes twice", weightTwo, weighs},
		{"a heavy class is predicted more", heavyRows, hasMeans},
		{"bad weights are refused", badWeights, nil},
		{"validation rows are used or left alone", validationRows, nil},
		{"a source's error ends the fit", sourceError, nil},
		{"a cancelled context ends fit and predict", cancelledBefore, nil},
		{"a fit that is cancelled on its way ends within 100 ms", cancelledInside, nil},
		{"concurrent predictions agree", concurrentPredictions, nil},
		{"the output is what the signature says", signature, nil},
		{"probabilities sum to 1 and the prediction has the largest", probabilities, classifies},
		{"one row gives the bits of a batch", rowEntrance, planned},
		{"a predictor survives its text form", planText, planned},
		{"a row far from all others stands out", outlier, isolates},
		{"what can be learnt is learnt", betterThanBaseline, learnsTarget},
	}
}

// against runs the check on a fresh subject, and turns a panic or a leak into an error.
func (c check) against(ctx context.Context, traits Traits, task model.Task, estimator func(workers int) model.Estimator) (err error) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
		if n := mem.CurrentAlloc(); n != 0 && err == nil {
			err = fmt.Errorf("%d bytes of batches were not released", n)
		}
	}()
	return conform.NoneLeft(ctx, func(ctx context.Context) error {
		return c.run(&subject{ctx: ctx, traits: traits, task: task, estimator: estimator, mem: mem})
	})
}

// subject is the estimator under test, for one task and one check.
type subject struct {
	ctx       context.Context //nolint:containedctx // of one check, which is one call
	traits    Traits
	task      model.Task
	estimator func(workers int) model.Estimator
	mem       *memory.CheckedAllocator
}

// fit fits a new estimator on the rows of d.
func (s *subject) fit(d data) (model.Predictor, error) {
	t, err := s.training(d)
	if err != nil {
		return nil, err
	}
	return s.fitOn(s.estimator(1), t)
}

func (s *subject) fitOn(e model.Estimator, t model.Training) (model.Predictor, error) {
	p, err := e.Fit(s.ctx, t)
	switch {
	case err != nil && p != nil:
		return nil, fmt.Errorf("fit returned a predictor together with error %w", err)
	case err != nil:
		return nil, fmt.Errorf("fit: %w", err)
	case p == nil:
		return nil, errors.New("fit returned neither a predictor nor an error")
	}
	return p, nil
}

// refused fits on the rows of d and wants an error that is want.
func (s *subject) refused(what string, d data, want error) error {
	_, err := s.fit(d)
	return conform.WantError("fit with "+what, err, want)
}
