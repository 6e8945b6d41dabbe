package interchange

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
)

const (
	lightGBM        = "lightgbm"
	defaultMaxBytes = 1 << 30
	maxClasses      = 10_000
	maxFeatures     = 100_000
)

// LightGBMOptions says how LightGBM reads a file. The zero value is ready to use.
type LightGBMOptions struct {
	Schema   *dataset.Schema // the columns that the features are bound to by name, all numeric; nil: each feature is a nullable float64 of its name in the file
	Target   string          // the name of the target, for the Problem; default "target"
	Classes  []string        // names of the classes in the order of LightGBM's 0, 1, 2 …; default: these numbers, as int64
	MaxBytes int64           // a longer file is dataset.ErrLimit; default 1 GiB
}

// LightGBM reads a model in LightGBM's text form, as Booster.save_model and LGBM_BoosterSaveModel write it.
//
// It supports gbdt, dart and rf models with numeric and categorical splits, and the objectives regression, regression_l1, huber, fair, quantile, mape,
// poisson, gamma, tweedie, binary, multiclass, multiclassova, cross_entropy, lambdarank and rank_xendcg; a file without an objective predicts its raw score.
// A model with linear trees, another objective, and any key that LightGBM 4.7 does not write is a *model.UnsupportedError.
//
// The Predictor reads every feature of the file as a number, null and NaN as missing. A feature that was categorical in training takes LightGBM's integer codes.
// A file saved from pandas categories that are numbers other than their own codes is refused too, as rows with the categories would pass for codes.
// Outputs: prediction and raw of a regression or ranking; of classes also probability, which for multiclassova is, as in LightGBM, one sigmoid a class and
// does not sum to one. Raw scores are those of predict(raw_score=True): for rf the sum over the trees, of which the prediction takes the mean.
//
// Missing values follow LightGBM 4, also for a file of version v3: NaN goes right at a categorical split.
//
// Errors: *dataset.FormatError with the line for a malformed file, dataset.ErrLimit, *dataset.SchemaError for a feature that Schema lacks or that is not
// numeric there, *model.OptionError. Equals LightGBM 4.7.0: raw scores to the bit, others to a relative 1e-15.
func LightGBM(r io.Reader, o LightGBMOptions) (*model.Planned, error) {
	p, err := readLightGBM(r, o)
	if err != nil {
		return nil, fmt.Errorf("interchange: read lightgbm: %w", err)
	}
	return p, nil
}

func readLightGBM(r io.Reader, o LightGBMOptions) (*model.Planned, error) {
	if o.MaxBytes < 0 {
		return nil, &model.OptionError{Field: "interchange.LightGBMOptions.MaxBytes", Value: strconv.FormatInt(o.MaxBytes, 10), Want: "0 or more"}
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = defaultMaxBytes
	}
	if o.Target == "" {
		o.Target = "target"
	}
	var text bytes.Buffer
	n, err := text.ReadFrom(io.LimitReader(r, o.MaxBytes))
	if err != nil {
		return nil, err
	}
	if n == o.MaxBytes {
		if more, _ := io.CopyN(io.Discard, r, 1); more > 0 {
			return nil, fmt.Errorf("over %d bytes: %w", o.MaxBytes, dataset.ErrLimit)
		}
	}
	m, err := parseLightGBM(text.Bytes())
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
	features  []string
	trees     plan.Trees

	nodeCounts, leafCounts plan.Floats
}

// objective is the link of a model.
type objective struct {
	task  model.Task
	link  plan.OpKind // of each raw score; empty for the identity
	sigma float64     // factor of the raw score before a sigmoid
}

// predictor binds the features to columns and adds the link.
func (m *boosted) predictor(o LightGBMOptions) (*model.Planned, error) {
	input, err := m.schema(o.Schema)
	if err != nil {
		return nil, err
	}
	problem := model.Problem{Task: m.objective.task, Target: o.Target, Features: m.features}
	target := dataset.Field{Name: o.Target, Type: dataset.Float64, Role: dataset.Target}
	classes := 0
	if m.objective.task != model.Regression {
		classes = max(m.classes, 2)
		target.Type = dataset.Int64
		for k := range classes {
			problem.Classes = append(problem.Classes, strconv.Itoa(k))
		}
	}
	if o.Classes != nil {
		if err := checkClasses(o.Classes, classes); err != nil {
			return nil, err
		}
		problem.Classes = o.Classes
		target.Type = dataset.Utf8
	}
	p, err := m.plan()
	if err != nil {
		return nil, err
	}
	return model.NewPredictor(problem, input, target, p)
}

func checkClasses(names []string, want int) error {
	seen := make(map[string]bool, len(names))
	for _, n := range names {
		seen[n] = true
	}
	if len(names) != want || len(seen) != want {
		return &model.OptionError{
			Field: "interchange.LightGBMOptions.Classes", Value: fmt.Sprintf("%d names, %d of them distinct", len(names), len(seen)),
			Want: fmt.Sprintf("the names of the %d classes", want),
		}
	}
	return nil
}

// schema returns the columns of the features, nullable float64 where bind is nil.
func (m *boosted) schema(bind *dataset.Schema) (*dataset.Schema, error) {
	if bind == nil {
		fields := make([]dataset.Field, len(m.features))
		for i, name := range m.features {
			fields[i] = dataset.Field{Name: name, Type: dataset.Float64, Nullable: true}
		}
		return dataset.NewSchema(fields...)
	}
	for _, name := range m.features {
		if f, ok := bind.Lookup(name); !ok {
			return nil, &dataset.SchemaError{Column: name, Want: "every feature of the file in the schema", Got: "no such column"}
		} else if !f.Type.IsNumeric() {
			return nil, &dataset.SchemaError{Column: name, Want: "a numeric column", Got: "type " + string(f.Type)}
		}
	}
	return bind, nil
}

func (m *boosted) plan() (*plan.Plan, error) {
	inputs := make([]plan.Input, len(m.features))
	in := make(plan.Ints, len(inputs))
	for i, name := range m.features {
		inputs[i], in[i] = plan.Input{Name: name, Kind: plan.Number}, int32(i)
	}
	if len(m.nodeCounts) == len(m.trees.Feature) && len(m.leafCounts) == len(m.trees.Leaf) {
		m.trees.Cover = slices.Concat(m.nodeCounts, m.leafCounts)
	}
	b := plan.NewBuilder(inputs...)
	raw := b.Add(plan.Op{Kind: plan.OpTrees, In: in, Trees: &m.trees})
	score := raw
	if rounds := len(m.trees.Roots) / m.outputs; m.average && rounds > 0 {
		score = divide(b, score, float64(rounds))
	}
	linked := score
	if m.objective.link == plan.OpSigmoid && m.objective.sigma != 1 {
		linked = nil
		for _, r := range score {
			linked = append(linked, b.Add(plan.Op{Kind: plan.OpLinear, In: plan.Ints{r}, Shift: plan.Floats{0}, Coef: plan.Floats{m.objective.sigma}})...)
		}
	}
	if m.objective.link != "" {
		linked = b.Add(plan.Op{Kind: m.objective.link, In: linked})
	}
	switch m.objective.task {
	case model.Regression:
		b.Output(model.PredictionColumn, linked[0])
	case model.Binary:
		linked = b.Add(plan.Op{Kind: plan.OpComplement, In: linked})
		fallthrough
	default:
		largest := score
		if m.outputs == 1 {
			largest = linked
		}
		b.Output(model.PredictionColumn, b.Add(plan.Op{Kind: plan.OpArgmax, In: largest})[0])
		for _, r := range linked {
			b.Output(model.ProbabilityColumn, r)
		}
	}
	for _, r := range raw {
		b.Output(model.RawColumn, r)
	}
	p, err := b.Build()
	if errors.Is(err, plan.ErrInvalid) {
		return nil, fmt.Errorf("%w: %w", &dataset.FormatError{Format: lightGBM, Want: "trees whose nodes lead to leaves", Got: "others"}, err)
	}
	return p, err
}

func divide(b *plan.Builder, in plan.Ints, by float64) plan.Ints {
	o := plan.Op{Kind: plan.OpAffine, In: in, Shift: make(plan.Floats, len(in)), Scale: make(plan.Floats, len(in))}
	for i := range in {
		o.Scale[i] = by
	}
	return b.Add(o)
}
