package interchange

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
)

const lightGBM = "lightgbm"

// LightGBMOptions says how LightGBM reads a file. The zero value is ready to use.
type LightGBMOptions struct {
	Schema     *dataset.Schema // the columns that the features are bound to by name; nil: a nullable column for each feature, see LightGBM
	Target     string          // the name of the target, for the Problem; default "target"
	Classes    []string        // names of the classes in the order of LightGBM's 0, 1, 2 …; default: these numbers, as int64
	Iterations int             // the boosting rounds that score, the first ones; default all that the file holds
	MaxBytes   int64           // a longer file is dataset.ErrLimit; default 1 GiB
}

// LightGBM reads a model in LightGBM's text form, as Booster.save_model and LGBM_BoosterSaveModel write it.
//
// It supports gbdt, dart and rf models with numeric and categorical splits and linear trees, and every objective: regression (with reg_sqrt), regression_l1, huber, fair,
// quantile, mape, poisson, gamma, tweedie, binary, multiclass, multiclassova, cross_entropy, cross_entropy_lambda, lambdarank and rank_xendcg; a file without an
// objective, as a custom one leaves it, predicts its raw score, and where its trees are the shares of classes in the leaves of a forest, as WriteLightGBM has them, these
// classes. A custom objective of several classes, and any key that LightGBM 4.7 does not write, is a *model.UnsupportedError.
//
// Features have the names of the file. Without a Schema each is a nullable float64; a feature that a file with pandas categories names by texts is a utf8 column
// with these texts, and by whole numbers other than their codes an int64 column with these numbers, as in the data frame of the training. A text column of a Schema takes the
// categories by their texts, a numeric one LightGBM's integer codes or the categories that are numbers. Null and NaN are missing, and so is a category that was not
// in the data frame. Where it is not certain which feature has which categories, as with a mix of pandas categories and other categorical features, numbers are refused
// and texts are codes.
//
// Outputs: prediction and raw of a regression or ranking; of classes also probability, which for multiclassova is, as in LightGBM, one sigmoid a class and
// does not sum to one. Raw scores are those of predict(raw_score=True): for rf the sum over the trees, of which the prediction takes the mean.
//
// Missing values follow LightGBM 4, also for a file of version v3: NaN goes right at a categorical split.
//
// Errors: *dataset.FormatError with the line for a malformed file, dataset.ErrLimit, *dataset.SchemaError for a feature that Schema lacks or that has
// another type there, *model.OptionError. Equals LightGBM 4.7.0: raw scores to the bit, others to a relative 1e-15.
func LightGBM(r io.Reader, o LightGBMOptions) (*model.Planned, error) {
	p, err := readLightGBM(r, o)
	if err != nil {
		return nil, fmt.Errorf("interchange: read lightgbm: %w", err)
	}
	return p, nil
}

func readLightGBM(r io.Reader, o LightGBMOptions) (*model.Planned, error) {
	if o.Iterations < 0 {
		return nil, &model.OptionError{Field: "interchange.LightGBMOptions.Iterations", Value: strconv.Itoa(o.Iterations), Want: "0 or more"}
	}
	text, err := readAll(r, o.MaxBytes, "interchange.LightGBMOptions")
	if err != nil {
		return nil, err
	}
	m, err := parseLightGBM(text)
	if err != nil {
		return nil, err
	}
	return m.predictor(o)
}

// boosted is what a file holds.
type boosted struct {
	classes   int // num_class
	outputs   int // num_tree_per_iteration
	objective objective
	average   bool
	features  []feature
	coded     []int // the features that the file says are categorical
	trees     plan.Trees
	labels    []string // the names of the classes, where something beside the file tells them
	label     dataset.Type

	nodeCounts, leafCounts plan.Floats
}

// objective is the link of a model.
type objective struct {
	task  model.Task
	link  plan.OpKind // of each raw score; empty for the identity
	other string      // a link that is no operation of its own: softplus or square
	sigma float64     // factor of the raw score before a sigmoid

	shares bool // scores are the probabilities, as the leaves of the trees are shares of classes
}

// predictor binds the features to columns and adds the link.
func (m *boosted) predictor(o LightGBMOptions) (*model.Planned, error) {
	if err := m.cut(o.Iterations); err != nil {
		return nil, err
	}
	bind := binding{options: "interchange.LightGBMOptions", schema: o.Schema, target: o.Target, classes: o.Classes, unseen: dataset.UnseenMissing}
	columns, input, err := bind.bind(m.features, lightGBM)
	if err != nil {
		return nil, err
	}
	classes := 0
	if m.objective.task.IsClassification() {
		classes = max(m.classes, 2)
	}
	problem, target, err := bind.problem(m.objective.task, classes, m.features)
	if err != nil {
		return nil, err
	}
	if o.Classes == nil && m.labels != nil && classes > 0 {
		problem.Classes, target.Type = m.labels, m.label
	}
	p, err := m.plan(columns)
	if err != nil {
		return nil, err
	}
	return model.NewPredictor(problem, input, target, p)
}

// cut keeps the trees of the first rounds, all for 0.
func (m *boosted) cut(rounds int) error {
	have := len(m.trees.Roots) / m.outputs
	if rounds > have {
		return &model.OptionError{Field: "interchange.LightGBMOptions.Iterations", Value: strconv.Itoa(rounds), Want: fmt.Sprintf("at most the %d rounds of the file", have)}
	}
	if rounds > 0 {
		m.trees.Roots = m.trees.Roots[:rounds*m.outputs]
	}
	return nil
}

func (m *boosted) plan(columns []column) (*plan.Plan, error) {
	b, in := inputs(columns)
	m.answers(b, in).output(b)
	p, err := b.Build()
	if errors.Is(err, plan.ErrInvalid) {
		return nil, fmt.Errorf("%w: %w", &dataset.FormatError{Format: lightGBM, Want: "trees whose nodes lead to leaves", Got: "others"}, err)
	}
	return p, err
}

// answers adds the trees and the link.
func (m *boosted) answers(b *plan.Builder, in plan.Ints) answers {
	if len(m.nodeCounts) == len(m.trees.Feature) && len(m.leafCounts) == len(m.trees.Leaf) {
		m.trees.Cover = slices.Concat(m.nodeCounts, m.leafCounts)
	}
	raw := b.Add(plan.Op{Kind: plan.OpTrees, In: in, Trees: &m.trees})
	score := raw
	if rounds := len(m.trees.Roots) / m.outputs; m.average && rounds > 0 {
		score = divide(b, score, float64(rounds))
	}
	linked := m.objective.answer(b, score)
	if !m.objective.task.IsClassification() {
		return answers{prediction: linked[0], raw: raw}
	}
	if m.objective.task == model.Binary {
		linked = b.Add(plan.Op{Kind: plan.OpComplement, In: linked})
	}
	largest := score
	if m.outputs == 1 {
		largest = linked
	}
	return answers{prediction: b.Add(plan.Op{Kind: plan.OpArgmax, In: largest})[0], probability: linked, raw: raw}
}

// answer adds the link of the scores.
func (o objective) answer(b *plan.Builder, score plan.Ints) plan.Ints {
	linked := score
	switch {
	case o.link == plan.OpSigmoid && o.sigma != 1:
		linked = nil
		for _, r := range score {
			linked = append(linked, b.Add(plan.Op{Kind: plan.OpLinear, In: plan.Ints{r}, Shift: plan.Floats{0}, Coef: plan.Floats{o.sigma}})...)
		}
	case o.other == "softplus": // log(1 + exp(x))
		return b.Add(plan.Op{Kind: plan.OpMap, In: score, Math: &plan.Math{Func: plan.FuncSoftplus}})
	case o.other == "square": // x |x|
		size := b.Add(plan.Op{Kind: plan.OpMap, In: score, Math: &plan.Math{Func: plan.FuncAbs}})
		return b.Add(plan.Op{Kind: plan.OpZip, In: append(slices.Clone(score), size...), Math: &plan.Math{Func: plan.FuncMul}})
	}
	if o.link != "" {
		linked = b.Add(plan.Op{Kind: o.link, In: linked})
	}
	return linked
}

func divide(b *plan.Builder, in plan.Ints, by float64) plan.Ints {
	o := plan.Op{Kind: plan.OpAffine, In: in, Shift: make(plan.Floats, len(in)), Scale: make(plan.Floats, len(in))}
	for i := range in {
		o.Scale[i] = by
	}
	return b.Add(o)
}
