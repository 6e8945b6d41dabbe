package interchange

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
)

const (
	skopsFormat  = "skops"
	skopsOptions = "interchange.SkopsOptions"
)

// SkopsOptions says how Skops reads a file. The zero value is ready to use.
type SkopsOptions struct {
	Schema   *dataset.Schema // the columns that the features are bound to by name; nil: a nullable column for each feature, see Skops
	Target   string          // the name of the target, for the Problem; default "target"
	Classes  []string        // names of the classes in the order of classes_; default: these themselves
	MaxBytes int64           // a longer file, or one whose parts are longer when unpacked, is dataset.ErrLimit; default 1 GiB
}

// Skops reads a fitted scikit-learn estimator from a file of size bytes that skops.io.dump wrote. The file is data: its types are looked up in a list, and no code of it is run.
//
// It supports files of skops 0.16 (protocol 2) with estimators of scikit-learn 1.9: linear models of numbers and of classes, decision trees, random forests, extra trees, GradientBoosting from its
// default start, HistGradientBoosting, support vector machines, naive Bayes of numbers and multilayer perceptrons; before them, in a Pipeline and a ColumnTransformer, scalers, SimpleImputer,
// OneHotEncoder, OrdinalEncoder, PCA, TruncatedSVD, PolynomialFeatures, VarianceThreshold and five functions of numpy. docs/interchange.md has the names. Every other type, version, attribute and
// value of a parameter that changes the answer is a *model.UnsupportedError by name.
//
// Features have the names of feature_names_in_, else x0, x1 and so on. Without a Schema one that an encoder reads as texts is a nullable utf8 column and every other a nullable
// float64. Null and NaN are missing. A row that scikit-learn refuses, with an infinity, a category that handle_unknown="error" does not take, or a missing value where an estimator takes none, has no
// answer.
//
// Outputs: the prediction is one of classes_ or a number; of classes probability is predict_proba, or 1 for the prediction of a classifier
// that has none, and raw the decision_function, which trees, forests, naive Bayes and perceptrons do not have. Regressions with an exponential link have what comes before it as raw.
//
// Errors: *dataset.FormatError for a malformed file, dataset.ErrLimit, *dataset.SchemaError for a column that Schema lacks or that has another type there, *model.OptionError. Memory is bounded
// by a multiple of MaxBytes. Equals scikit-learn 1.9.1 on float64 columns: trees, forests and the raw scores of HistGradientBoosting to the bit, the rest
// to 1e-12.
func Skops(r io.ReaderAt, size int64, o SkopsOptions) (*model.Planned, error) {
	p, err := readSkops(r, size, o)
	if err != nil {
		return nil, fmt.Errorf("interchange: read skops: %w", err)
	}
	return p, nil
}

func readSkops(r io.ReaderAt, size int64, options SkopsOptions) (*model.Planned, error) {
	file, err := openSkops(r, size, options.MaxBytes)
	if err != nil {
		return nil, err
	}
	root, err := file.schema()
	if err != nil {
		return nil, err
	}
	s := &skops{file: file, texts: make(map[int]bool)}
	if o := s.alone(root, 0); s.err == nil && o.class != "" {
		m := s.booster(o)
		if s.err != nil {
			return nil, s.err
		}
		return m.predictor(options)
	}
	// Which columns are texts shows only when the encoders have been met, and the inputs stand before them.
	if err := s.compile(root); err != nil {
		return nil, err
	}
	if len(s.texts) > 0 {
		if err := s.compile(root); err != nil {
			return nil, err
		}
	}
	return s.predictor(options)
}

// skops makes a plan of an estimator. After the first error it does nothing more.
type skops struct {
	file     *skopsFile
	types    map[string][]string // what skopsTypes returns
	err      error
	b        *plan.Builder
	names    []string
	texts    map[int]bool   // the features that are texts
	refused  plan.Ints      // 1 in rows that scikit-learn refuses
	finite   map[int32]bool // the inputs that must be finite numbers
	classes  []string
	class    dataset.Type // of classes
	ranking  bool
	decision plan.Ints // the class, or the number of a regression
	proba    plan.Ints
	raw      plan.Ints
}

// skopsColumn is a column on its way through the transformers.
type skopsColumn struct {
	register int32
	feature  int     // which feature a column of texts is
	raw      bool    // it comes as it is in the input, so that it may be one of texts
	fill     *string // the text in the place of a missing one
}

func (s *skops) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

func (s *skops) malformed(want, got string) {
	s.fail(&dataset.FormatError{Format: skopsFormat, Want: want, Got: got})
}

func (s *skops) unsupported(format string, args ...any) {
	s.fail(&model.UnsupportedError{Format: skopsFormat, Feature: fmt.Sprintf(format, args...)})
}

// compile makes the plan but for its outputs.
func (s *skops) compile(root any) error {
	s.names = s.features(root, 0)
	if s.err != nil {
		return s.err
	}
	in := make([]plan.Input, len(s.names))
	columns := make([]skopsColumn, len(s.names))
	for i, name := range s.names {
		in[i] = plan.Input{Name: name, Kind: plan.Number}
		if s.texts[i] {
			in[i].Kind = plan.Text
		}
		columns[i] = skopsColumn{register: int32(i), feature: i, raw: true}
	}
	s.b, s.refused, s.finite, s.file.left = plan.NewBuilder(in...), nil, make(map[int32]bool), s.file.arrays
	s.estimator(s.object(root), columns, 0)
	return s.err
}

// features returns the names of the columns that an estimator was fitted on.
func (s *skops) features(v any, depth int) []string {
	o := s.object(v)
	if o.class == "Pipeline" && depth < maxSkopsNesting {
		for _, step := range s.steps(o) {
			if step != nil {
				return s.features(step, depth+1)
			}
		}
	}
	n := o.count("n_features_in_", maxFeatures)
	if s.err != nil {
		return nil
	}
	if !o.has("feature_names_in_") {
		names := make([]string, n)
		for i := range names {
			names[i] = "x" + strconv.Itoa(i)
		}
		return names
	}
	a := o.array("feature_names_in_")
	if s.err == nil && (len(a.texts) != n || slices.Contains(a.missing, true)) {
		s.malformed("feature_names_in_: a text for each feature", "others")
	}
	return a.texts
}

// add appends an operation.
func (s *skops) add(o plan.Op) plan.Ints {
	if s.err != nil {
		return make(plan.Ints, max(1, o.Width()))
	}
	return s.b.Add(o)
}

func (s *skops) math(kind plan.OpKind, m plan.Math, in plan.Ints) plan.Ints {
	return s.add(plan.Op{Kind: kind, In: in, Math: &m})
}

// numbers returns the registers of columns of numbers that must be finite.
func (s *skops) numbers(columns []skopsColumn) plan.Ints { return s.registers(columns, false) }

// present returns the registers of columns of numbers of which none may be missing.
func (s *skops) present(columns []skopsColumn) plan.Ints {
	out := s.numbers(columns)
	s.refuse(plan.FuncIsNaN, out)
	return out
}

// registers returns the registers of columns of numbers. They must be finite, or with infinite may be infinities.
func (s *skops) registers(columns []skopsColumn, infinite bool) plan.Ints {
	out := make(plan.Ints, len(columns))
	for i, c := range columns {
		out[i] = c.register
		if c.raw && !infinite {
			s.finite[c.register] = true
		}
		if c.raw && s.texts[c.feature] || c.fill != nil {
			s.unsupported("numbers in column %q, which an encoder reads as texts", shorten(s.names[c.feature]))
		}
	}
	return out
}

// columns returns registers as columns of numbers.
func (s *skops) columns(registers plan.Ints) []skopsColumn {
	out := make([]skopsColumn, len(registers))
	for i, r := range registers {
		out[i] = skopsColumn{register: r}
	}
	return out
}

// refuse makes rows have no answer in which f of one of the registers is true.
func (s *skops) refuse(f plan.Func, registers plan.Ints) {
	if len(registers) > 0 {
		s.refused = append(s.refused, s.math(plan.OpMap, plan.Math{Func: f}, registers)...)
	}
}

// constant returns a register that holds x.
func (s *skops) constant(x float64) int32 {
	return s.add(plan.Op{Kind: plan.OpConstant, Fill: plan.Floats{x}})[0]
}

// predictor ends the plan.
func (s *skops) predictor(o SkopsOptions) (*model.Planned, error) {
	s.output()
	if s.err != nil {
		return nil, s.err
	}
	p, err := s.b.Build()
	if err != nil {
		if errors.Is(err, plan.ErrInvalid) {
			err = fmt.Errorf("%w: %w", &dataset.FormatError{Format: skopsFormat, Want: "parameters that fit", Got: "others"}, err)
		}
		return nil, err
	}
	features := make([]feature, len(s.names))
	fields := make([]dataset.Field, len(s.names))
	for i, name := range s.names {
		features[i] = feature{name: name}
		fields[i] = dataset.Field{Name: name, Type: dataset.Float64, Nullable: true}
		if s.texts[i] {
			fields[i].Type = dataset.Utf8
		}
	}
	if o.Schema == nil {
		if o.Schema, err = dataset.NewSchema(fields...); err != nil {
			return nil, fmt.Errorf("%w: %w", &dataset.FormatError{Format: skopsFormat, Want: "names of columns, each once", Got: "others"}, err)
		}
	}
	task := model.Regression
	switch {
	case s.ranking:
		task = model.Ranking
	case len(s.classes) == 2:
		task = model.Binary
	case len(s.classes) > 2:
		task = model.Multiclass
	}
	bind := binding{options: skopsOptions, target: o.Target, classes: o.Classes}
	problem, target, err := bind.problem(task, len(s.classes), features)
	if err != nil {
		return nil, err
	}
	if o.Classes == nil && s.classes != nil {
		problem.Classes, target.Type = s.classes, s.class
	}
	return model.NewPredictor(problem, o.Schema, target, p)
}

// output names the results; a row that scikit-learn refuses has none.
func (s *skops) output() {
	var numbers plan.Ints
	for i := range s.names {
		if !s.texts[i] && s.finite[int32(i)] {
			numbers = append(numbers, int32(i))
		}
	}
	s.refuse(plan.FuncIsInf, numbers)
	all := slices.Concat(s.decision, s.proba, s.raw)
	s.refuse(plan.FuncIsNaN, all)
	if s.err != nil {
		return
	}
	bad := s.math(plan.OpReduce, plan.Math{Func: plan.FuncLargest, Group: int32(len(s.refused))}, s.refused)
	none, n := plan.Ints{s.constant(math.NaN())}, len(all)
	all = s.math(plan.OpSelect, plan.Math{}, slices.Concat(slices.Repeat(bad, n), slices.Repeat(none, n), all))
	for i, r := range all {
		switch {
		case i == 0:
			s.b.Output(model.PredictionColumn, r)
		case i <= len(s.proba):
			s.b.Output(model.ProbabilityColumn, r)
		default:
			s.b.Output(model.RawColumn, r)
		}
	}
}
