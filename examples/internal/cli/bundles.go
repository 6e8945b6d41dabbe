package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/interchange"
	"github.com/tidewheel/tidewheel/model/metric"
	"github.com/tidewheel/tidewheel/model/selection"
	"github.com/tidewheel/tidewheel/registry"
	"github.com/tidewheel/tidewheel/registry/store"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/validate"
)

// Folds returns how to cross-validate: on the past when there is a column of time, with the shares of the classes for a classification.
func (p *Program) Folds(problem model.Problem, k int, time string) selection.Splitter {
	switch {
	case time != "":
		return selection.TimeSeries{K: k, Column: time}
	case problem.Task == model.Regression:
		return selection.KFold{K: k, Shuffle: true, Seed: p.Seed}
	default:
		return selection.Stratified{K: k, Shuffle: true, Seed: p.Seed}
	}
}

// PrimaryMetric is the metric by which models of a task are compared.
func PrimaryMetric(t model.Task) string {
	return map[model.Task]string{model.Binary: "roc_auc", model.Multiclass: "log_loss", model.Regression: "rmse"}[t]
}

// BestRecipe cross-validates gbdt and linear and returns the one with the better mean of the task's primary metric.
func (p *Program) BestRecipe(ctx context.Context, problem model.Problem, src dataset.Source, s selection.Splitter) (Recipe, *selection.Result, error) {
	var best Recipe
	var reached *selection.Result
	name := PrimaryMetric(problem.Task)
	greater, _ := metric.GreaterIsBetter(name)
	for _, candidate := range []string{"gbdt", "linear"} {
		r, err := p.NewRecipe(candidate, problem.Task, "")
		if err != nil {
			return r, nil, err
		}
		cv, err := selection.CrossValidate(ctx, r, problem, src, s)
		if err != nil {
			return r, nil, err
		}
		got, _ := cv.Get(name)
		if reached == nil {
			best, reached = r, cv
			continue
		}
		if old, _ := reached.Get(name); (got.Mean > old.Mean) == greater && got.Mean != old.Mean {
			best, reached = r, cv
		}
	}
	return best, reached, nil
}

// Seal profiles the training rows of the columns that the model reads, infers their rules, and seals the model with both.
func (p *Program) Seal(ctx context.Context, name string, src dataset.Source, fitted model.Predictor, e *model.Evaluation, l registry.Lineage) (*registry.Bundle, error) {
	inputs, err := dataset.Select(ctx, src, fitted.Signature().Input.Names()...)
	if err != nil {
		return nil, err
	}
	profile, err := validate.ProfileOf(ctx, inputs, validate.ProfileOptions{Workers: p.Workers})
	if err != nil {
		return nil, err
	}
	rules, err := validate.Infer(profile, validate.InferOptions{})
	if err != nil {
		return nil, err
	}
	return registry.Seal(registry.Contents{Name: name, Model: fitted, Schema: rules, Profile: profile, Evaluation: e, Lineage: l})
}

// OpenRegistry opens the registry of a directory. Close the store when done.
func OpenRegistry(ctx context.Context, dir string) (*registry.Registry, *store.Directory, error) {
	s, err := store.OpenDirectory(dir)
	if err != nil {
		return nil, nil, err
	}
	r, err := registry.Open(ctx, s, registry.Options{})
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return r, s, nil
}

// Register puts b into the registry of a directory, and returns the version's reference and the path of its bundle.
func Register(ctx context.Context, dir string, b *registry.Bundle) (ref, path string, err error) {
	r, s, err := OpenRegistry(ctx, dir)
	if err != nil {
		return "", "", err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	v, err := r.Register(ctx, b)
	if err != nil {
		return "", "", err
	}
	return v.Ref(), filepath.Join(dir, filepath.FromSlash(v.Key())), nil
}

// foreign is a model of another tool as a serve.Artifact: its schema is what the file says, and there is no reference profile.
type foreign struct {
	path, digest string
	planned      *model.Planned
}

func (f foreign) Name() string {
	return ModelName(strings.TrimSuffix(filepath.Base(f.path), filepath.Ext(f.path)))
}
func (f foreign) Digest() string             { return f.digest }
func (f foreign) Schema() *dataset.Schema    { return f.planned.Signature().Input }
func (f foreign) Predictor() *model.Planned  { return f.planned }
func (f foreign) Profile() *validate.Profile { return nil }

// OpenModel opens a .tide bundle, a LightGBM .txt file, or DIR/NAME@ALIAS or DIR/NAME@VERSION of a registry.
func OpenModel(ctx context.Context, ref string) (serve.Artifact, error) {
	switch ext := strings.ToLower(filepath.Ext(ref)); {
	case strings.Contains(filepath.Base(ref), "@"):
		if _, err := os.Stat(filepath.Dir(ref)); err != nil {
			return nil, readError(filepath.Dir(ref), err)
		}
		r, s, err := OpenRegistry(ctx, filepath.Dir(ref))
		if err != nil {
			return nil, err
		}
		b, err := r.Load(ctx, filepath.Base(ref))
		if err := errors.Join(err, s.Close()); err != nil {
			return nil, err
		}
		return b, nil
	case ext == ".tide":
		b, err := registry.ReadFile(ref)
		if err != nil {
			return nil, readError(ref, err)
		}
		return b, nil
	case ext == ".txt":
		text, err := os.ReadFile(ref)
		if err != nil {
			return nil, readError(ref, err)
		}
		m, err := interchange.LightGBM(bytes.NewReader(text), interchange.LightGBMOptions{})
		if err != nil {
			return nil, readError(ref, err)
		}
		return foreign{ref, fmt.Sprintf("sha256:%x", sha256.Sum256(text)), m}, nil
	default:
		return nil, fmt.Errorf("flag -model: want a .tide or LightGBM .txt file, or DIRECTORY/NAME@ALIAS, got %q", ref)
	}
}

// ModelName makes a name for a model of the name of a column.
func ModelName(column string) string {
	name := strings.Map(func(r rune) rune {
		if (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z') || (r >= '0' && r <= '9') {
			return r
		}
		return '-'
	}, column)
	name = strings.Trim(name[:min(len(name), 64)], "-")
	if name == "" {
		return "model"
	}
	return name
}

// Strings returns params as text.
func Strings(params map[string]any) map[string]string {
	out := make(map[string]string, len(params))
	for k, v := range params {
		out[k] = fmt.Sprint(v)
	}
	return out
}

// ShowEvaluation prints metrics with their intervals.
func ShowEvaluation(w io.Writer, e *model.Evaluation) {
	for _, v := range e.Values {
		interval := ""
		if v.Low == v.Low { // NaN: no interval
			interval = fmt.Sprintf("  %s to %s", Text(v.Low), Text(v.High))
		}
		Printf(w, "  %-32s %10s%s\n", v.Name, Text(v.Value), interval)
	}
}

// SortedKeys returns the keys of m in order.
func SortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
