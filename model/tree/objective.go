package tree

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/tidewheel/tidewheel/internal/matrix"
	"github.com/tidewheel/tidewheel/model"
)

// Objective names what the trees minimise. Each has the gradients, the constant to start from, the values of leaves and the mean loss of LightGBM 4.7.0: raw scores
// and losses of the tests differ by less than 2e-6. For AbsoluteError and Quantile, whose leaves take quantiles, weights count as rows, as they do there.
type Objective uint8

// The objectives. Each is for one task; DefaultObjective is SquaredError for a regression, LogLoss for a classification and LambdaRank for a ranking.
const (
	DefaultObjective Objective = iota
	SquaredError               // regression: half the squared error; the prediction is a mean
	AbsoluteError              // regression: the absolute error; the prediction is a median
	Huber                      // regression: half the squared error up to a distance of Alpha, absolute error beyond
	Quantile                   // regression: the pinball loss; the prediction is the quantile Alpha
	Poisson                    // regression of targets of at least 0; the raw score is the logarithm of the prediction, a mean
	Gamma                      // regression of targets above 0, in proportion; the raw score is the logarithm of the prediction, a mean
	Tweedie                    // regression of targets of at least 0, many of them 0, with variance mean^TweediePower; raw score as of Poisson
	LogLoss                    // classification: of two classes by one raw score, of more by one each
	LambdaRank                 // ranking: NDCG, by the pairs of rows of a query that are in the wrong order; the prediction is a raw score, larger for what comes first
)

// String returns the objective's name in lower case.
func (o Objective) String() string { return o.entry().name }

// MarshalText returns String, so that options in JSON hold the name.
func (o Objective) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads a name of String. It errors with a *model.OptionError for any other text.
func (o *Objective) UnmarshalText(text []byte) error {
	var names []string
	for v := DefaultObjective; v.entry().make != nil; v++ {
		if v.String() == string(text) {
			*o = v
			return nil
		}
		names = append(names, v.String())
	}
	return fmt.Errorf("tree: objective: %w", &model.OptionError{Field: "tree.Objective", Value: strconv.Quote(string(text)), Want: "one of " + strings.Join(names, ", ")})
}

// objectiveEntry is a line of the table of objectives: its name, the task it is for, and what makes one for a run. A new objective needs a constant, a line of
// entry and a file of its own.
type objectiveEntry struct {
	name string
	fits func(model.Problem) bool
	make func(BoostingOptions, model.Problem) objective
}

func (o Objective) entry() objectiveEntry {
	switch o {
	case DefaultObjective:
		return objectiveEntry{"default", func(p model.Problem) bool { return isRegression(p) || isClassification(p) || isRanking(p) }, newDefault}
	case SquaredError:
		return objectiveEntry{"squared_error", isRegression, func(BoostingOptions, model.Problem) objective { return squared{} }}
	case LogLoss:
		return objectiveEntry{"log_loss", isClassification, newLogLoss}
	case AbsoluteError:
		return objectiveEntry{"absolute_error", isRegression, func(BoostingOptions, model.Problem) objective { return pinball{alpha: 0.5, absolute: true} }}
	case Huber:
		return objectiveEntry{"huber", isRegression, func(o BoostingOptions, _ model.Problem) objective { return huber{delta: o.Alpha} }}
	case Quantile:
		return objectiveEntry{"quantile", isRegression, newQuantile}
	case Poisson:
		return objectiveEntry{"poisson", isRegression, func(BoostingOptions, model.Problem) objective { return poisson{} }}
	case Gamma:
		return objectiveEntry{"gamma", isRegression, func(BoostingOptions, model.Problem) objective { return gamma{} }}
	case Tweedie:
		return objectiveEntry{"tweedie", isRegression, func(o BoostingOptions, _ model.Problem) objective { return tweedie{power: o.TweediePower} }}
	case LambdaRank:
		return objectiveEntry{"lambdarank", isRanking, newLambdaRank}
	default:
		return objectiveEntry{name: "unknown"}
	}
}

func isRegression(p model.Problem) bool { return p.Task == model.Regression && len(p.Classes) == 0 }

func isClassification(p model.Problem) bool {
	k := len(p.Classes)
	return (p.Task == model.Binary && k == 2) || (p.Task == model.Multiclass && k >= 2)
}

func newDefault(o BoostingOptions, p model.Problem) objective {
	switch {
	case isRegression(p):
		return squared{}
	case isRanking(p):
		return newLambdaRank(o, p)
	default:
		return newLogLoss(o, p)
	}
}

// objective is what the trees minimise. A value serves one run and may keep state between prepare and gradients. Row weights are the trainer's work, except
// in base, loss and renew.
type objective interface {
	// check refuses labels that the loss is not made for.
	check(l *labels, n int) error
	// base returns the constant that every raw score starts from, one for each output: usually the best constant.
	base(l *labels, n int) []float64
	// gradients fills to with the first and second derivatives of the unweighted loss. score has one slice an output, of all rows. It may run for several parts
	// of the rows at once.
	gradients(l *labels, score [][]float64, to *pairs)
	// loss returns the weighted mean loss of the scores of n rows, the same bits for any number of workers.
	loss(ctx context.Context, workers int, l *labels, score [][]float64) (float64, error)
	// traits says the rest.
	traits() objectiveTraits
}

// pairs are the derivatives by the score of an output for the rows lo to hi, which have the places 0 to hi-lo.
type pairs struct {
	output, lo, hi int
	g, h           []float64
}

// objectiveTraits are the constant properties of an objective.
type objectiveTraits struct {
	metric   string // the name of loss; empty when there is none
	higher   bool   // a higher loss is better: a gain
	unit     bool   // every second derivative is 1
	log      bool   // the prediction is the exponential of the raw score
	weighted bool   // gradients are those of the weighted loss
}

// preparer is an objective with work to do at the start of a round, over all rows and outputs, before gradients.
type preparer interface {
	prepare(ctx context.Context, workers int, l *labels, score [][]float64) error
}

// renewer is an objective whose leaves get a value of their own when a tree is grown: the constant that is best for the rows of the leaf.
type renewer interface {
	// renew returns the value of a leaf that holds rows, before the learning rate. It may run for several leaves at once.
	renew(l *labels, score []float64, rows []int32) float64
}

// labels are the true values of some rows: value for a regression or a ranking, class otherwise. weight, offset and group may be nil.
type labels struct {
	value   []float64
	class   []int32
	classes int
	weight  []float64
	offset  [][]float64 // per output: what the raw score starts from
	numbers []float64   // class as numbers, for a host that asks
	group   []int32     // rows of one number belong together
	queries *queries    // what byQuery found
}

func (l *labels) weightOf(i int) float64 {
	if l.weight == nil {
		return 1
	}
	return l.weight[i]
}

// meanLoss returns the weighted mean of the losses of n rows, added by chunk.
func meanLoss(ctx context.Context, workers int, l *labels, n int, loss func(i int) float64) (float64, error) {
	sums, totals := make([]float64, chunks(n)), make([]float64, chunks(n))
	err := matrix.Parallel(ctx, workers, chunks(n), func(k, _ int) {
		lo, hi := chunk(k, n)
		var sum, total float64
		for i := lo; i < hi; i++ {
			w := l.weightOf(i)
			sum += w * loss(i)
			total += w
		}
		sums[k], totals[k] = sum, total
	})
	if err != nil {
		return 0, err
	}
	var sum, total float64
	for k := range sums {
		sum += sums[k]
		total += totals[k]
	}
	return sum / total, nil
}

// largest is the bound of the sums whose squares are taken.
const largest = 1e150

// checkSums refuses weights, and targets where they count, whose squares overflow.
func checkSums(l *labels, n int, targets bool) error {
	total, top := 0.0, 1.0
	for i := range n {
		total += l.weightOf(i)
		if targets {
			top = max(top, math.Abs(l.value[i]))
		}
	}
	if total*top > largest {
		return fmt.Errorf("%w: want targets and weights whose squares have a finite sum", model.ErrNonFinite)
	}
	return nil
}

// checkLoss refuses what no objective can be made of.
func (o BoostingOptions) checkLoss(refuse func(field, value, want string)) {
	if o.Objective.entry().make == nil {
		refuse("Objective", strconv.Itoa(int(o.Objective)), "one of the objectives")
	}
	if o.Custom != nil && o.Objective != DefaultObjective {
		refuse("Custom", "an objective function", "none beside an Objective")
	}
	if o.Custom != nil && o.Metric == nil && o.EarlyStopping > 0 {
		refuse("Metric", "nil", "a metric for EarlyStopping on a custom objective")
	}
	weights := classWeights{"tree.BoostingOptions", o.ClassWeights, o.BalancedClasses}
	weights.check(refuse)
	switch {
	case o.Objective == Quantile && !(o.Alpha > 0 && o.Alpha < 1):
		refuse("Alpha", formatFloat(o.Alpha), "above 0 and below 1")
	case !(o.Alpha > 0) || math.IsInf(o.Alpha, 1):
		refuse("Alpha", formatFloat(o.Alpha), "a finite number above 0")
	}
	if !(o.TweediePower > 1 && o.TweediePower < 2) {
		refuse("TweediePower", formatFloat(o.TweediePower), "above 1 and below 2")
	}
}

// newObjective returns what a run minimises, or an error with model.ErrTarget where the problem is not one of the objective's.
func newObjective(o BoostingOptions, p model.Problem) (objective, error) {
	if o.Custom != nil {
		if !isRegression(p) && !isClassification(p) {
			return nil, fmt.Errorf("%w: want a regression or a classification for a custom objective, got task %s of %d", model.ErrTarget, p.Task, len(p.Classes))
		}
		return &custom{function: o.Custom, outputs: outputsOf(len(p.Classes))}, nil
	}
	e := o.Objective.entry()
	if e.fits(p) {
		return e.make(o, p), nil
	}
	want := "a regression, a classification of at least 2 classes or a ranking with groups"
	if o.Objective != DefaultObjective {
		want = "a problem for the objective " + e.name
	}
	return nil, fmt.Errorf("%w: want %s, got task %s of %d", model.ErrTarget, want, p.Task, len(p.Classes))
}

// checkClasses refuses rows of one class.
func checkClasses(l *labels, n int) error {
	for _, c := range l.class[:n] {
		if c != l.class[0] {
			return nil
		}
	}
	return fmt.Errorf("%w: want rows of at least 2 classes, got 1", model.ErrTarget)
}
