package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/datetime"
	"github.com/tidewheel/tidewheel/features/encode"
	"github.com/tidewheel/tidewheel/features/impute"
	"github.com/tidewheel/tidewheel/features/scale"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/dummy"
	"github.com/tidewheel/tidewheel/model/linear"
	"github.com/tidewheel/tidewheel/model/tree"
	"github.com/tidewheel/tidewheel/validate"
)

// Recipe is a named estimator with the features that suit it.
type Recipe struct {
	model.Recipe
	Name    string
	Options any // the estimator's options struct
}

// Models are the names that NewRecipe knows.
const Models = "gbdt, forest, extratrees, linear or dummy"

// NewRecipe returns the recipe of a name. params is a JSON object of the estimator's options, in snake_case, decoded strictly.
func NewRecipe(p *cli.Program, name string, task model.Task, params string) (Recipe, error) {
	r := Recipe{Name: name}
	var err error
	switch {
	case name == "gbdt":
		o := tree.BoostingOptions{Seed: p.Seed, Workers: p.Workers}
		err = decodeParams(params, &o)
		r.Options = o
		if p.Shows() {
			o.OnRound = func(_ context.Context, r tree.Round) error {
				p.Round(r.Number, r.Of)
				return nil
			}
		}
		if err == nil {
			r.Estimator, err = tree.NewBoosting(o)
		}
		if err == nil {
			r.Features, err = dates()
		}
	case name == "forest" || name == "extratrees":
		o := tree.ForestOptions{Seed: p.Seed, Workers: p.Workers}
		err = decodeParams(params, &o)
		r.Options = o
		if err == nil {
			r.Estimator, err = forest(name, o)
		}
		if err == nil {
			r.Features, err = dates()
		}
	case name == "linear" && !task.IsClassification():
		o := linear.RegressionOptions{Workers: p.Workers}
		err = decodeParams(params, &o)
		r.Options = o
		if err == nil {
			r.Estimator, err = linear.NewRegression(o)
		}
		if err == nil {
			r.Features, err = standardized(p)
		}
	case name == "linear":
		o := linear.LogisticOptions{Workers: p.Workers}
		err = decodeParams(params, &o)
		r.Options = o
		if err == nil {
			r.Estimator, err = linear.NewLogistic(o)
		}
		if err == nil {
			r.Features, err = standardized(p)
		}
	case name == "dummy":
		o := dummy.Options{}
		err = decodeParams(params, &o)
		r.Options = o
		if err == nil {
			r.Estimator, err = dummy.New(o)
		}
	default:
		return r, fmt.Errorf("flag -model: want auto, %s, got %q", Models, name)
	}
	return r, err
}

func forest(name string, o tree.ForestOptions) (model.Estimator, error) {
	if name == "extratrees" {
		return tree.NewExtraTrees(o)
	}
	return tree.NewRandomForest(o)
}

// dates replaces dates and timestamps by calendar parts; trees take all else as it is.
func dates() (features.Fitter, error) {
	parts, err := datetime.NewParts(datetime.PartsOptions{})
	if err != nil {
		return nil, err
	}
	return features.NewPipeline(features.Step{Columns: features.Temporal(), Fitter: parts})
}

// standardized makes what a linear model takes: calendar parts, medians for missing numbers, unit variance, and a column for each category.
func standardized(p *cli.Program) (features.Fitter, error) {
	parts, err1 := datetime.NewParts(datetime.PartsOptions{})
	median, err2 := impute.NewImputer(impute.ImputerOptions{Strategy: impute.Median, Workers: p.Workers})
	unit, err3 := scale.NewStandardizer(scale.StandardizerOptions{Workers: p.Workers})
	oneHot, err4 := encode.NewOneHot(encode.OneHotOptions{MaxCategories: 200, Workers: p.Workers})
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, err
	}
	return features.NewPipeline(
		features.Step{Columns: features.Temporal(), Fitter: parts},
		features.Step{Columns: features.Numeric(), Fitter: median},
		features.Step{Columns: features.Numeric(), Fitter: unit},
		features.Step{Columns: features.Categorical(), Fitter: oneHot},
	)
}

// decodeParams reads a JSON object with keys in snake_case into an options struct. An unknown key or a wrong type is an error.
func decodeParams(params string, options any) error {
	if params == "" {
		return nil
	}
	text, err := plainKeys([]byte(params), reflect.TypeOf(options).Elem())
	if err != nil {
		return errors.New("flag -params: want a JSON object, got other text")
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(options); err != nil {
		var wrong *json.UnmarshalTypeError
		var bad *model.OptionError
		if errors.As(err, &bad) {
			return fmt.Errorf("flag -params: %w", err)
		}
		if errors.As(err, &wrong) {
			return fmt.Errorf("flag -params: %s: want a value of type %s, got a %s", SnakeCase(wrong.Field), wrong.Type, wrong.Value)
		}
		var option *model.OptionError // of a field with names for its values
		if errors.As(err, &option) {
			return fmt.Errorf("flag -params: %s: want %s, got %s", SnakeCase(option.Field[strings.LastIndexByte(option.Field, '.')+1:]), option.Want, option.Value)
		}
		return fmt.Errorf("flag -params: want %s, got: %s", strings.Join(keys(options), ", "), strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

// plainKeys takes the underscores out of the keys of an object for options of type t, and of the objects for options within it.
func plainKeys(text []byte, t reflect.Type) ([]byte, error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, err
	}
	plain := make(map[string]json.RawMessage, len(raw))
	for k, v := range raw {
		name := strings.ReplaceAll(k, "_", "")
		if f, ok := t.FieldByNameFunc(func(n string) bool { return strings.EqualFold(n, name) }); ok && bytes.HasPrefix(v, []byte("{")) {
			inner := f.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			if inner.Kind() == reflect.Struct {
				var err error
				if v, err = plainKeys(v, inner); err != nil {
					return nil, err
				}
			}
		}
		plain[name] = v
	}
	return json.Marshal(plain)
}

func keys(options any) []string {
	t := reflect.TypeOf(options).Elem()
	var out []string
	for i := range t.NumField() {
		switch f := t.Field(i); f.Type {
		case reflect.TypeFor[tree.ObjectiveFunction](), reflect.TypeFor[tree.Metric](), reflect.TypeFor[*tree.Model]():
		default:
			if f.Type.Kind() != reflect.Func { // what JSON cannot say is left out
				out = append(out, SnakeCase(f.Name))
			}
		}
	}
	return out
}

// Params returns the fields of an options struct that are not zero, by name in snake_case.
func Params(options any) map[string]any {
	out := make(map[string]any)
	v := reflect.ValueOf(options)
	for i := range v.NumField() {
		if f := v.Field(i); !f.IsZero() && v.Type().Field(i).Name != "Workers" {
			out[SnakeCase(v.Type().Field(i).Name)] = f.Interface()
		}
	}
	return out
}

// SnakeCase turns MinLeafRows into min_leaf_rows and L2 into l2.
func SnakeCase(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 && unicode.IsLower(rune(name[i-1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// ParseTask reads the flag -task.
func ParseTask(name string) (model.Task, error) {
	if name == "auto" {
		return model.TaskUnknown, nil
	}
	t, err := model.ParseTask(name)
	if err != nil || t == model.Anomaly {
		return t, fmt.Errorf("flag -task: want auto, binary, multiclass, regression or ranking, got %q", name)
	}
	return t, nil
}

// minRows is the fewest rows that CheckTraining accepts.
const minRows = 10

// CheckTraining refuses rows that nothing can be learnt from: too few, a feature without a value, an infinity, a constant number as the target.
func CheckTraining(ctx context.Context, p *cli.Program, src dataset.Source, problem model.Problem) error {
	profile, err := validate.ProfileOf(ctx, src, validate.ProfileOptions{Workers: p.Workers})
	if err != nil {
		return err
	}
	if profile.Rows() < minRows {
		return fmt.Errorf("flag -data: want at least %d rows to learn from, got %d", minRows, profile.Rows())
	}
	columns, err := problem.Columns(src.Schema())
	if err != nil {
		return err
	}
	for _, name := range append(columns, problem.Target) {
		c, _ := profile.Column(name)
		switch {
		case c.Nulls+c.NaN == c.Rows:
			return fmt.Errorf("column %q: want values, got nulls only; -drop leaves it out", name)
		case c.Infinite > 0:
			return fmt.Errorf("column %q: want finite numbers, got %d infinite", name, c.Infinite)
		case name == problem.Target && !problem.Task.IsClassification() && c.Distinct < 2:
			return fmt.Errorf("column %q: want a target that varies, got a constant", name)
		}
	}
	return nil
}
