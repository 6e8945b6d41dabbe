package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/metric"
	"github.com/tidewheel/tidewheel/registry"
)

// maxFolds is what the splitters take.
const maxFolds = 200

// checkFlags refuses what can be told to be wrong before anything is read.
func (t *training) checkFlags() error {
	if err := t.Require("data", "target"); err != nil {
		return err
	}
	if err := cli.CheckOutput("out", t.out, t.data, t.test); err != nil {
		return err
	}
	if err := cli.CheckOutput("export", t.export, t.data, t.test); err != nil {
		return err
	}
	if err := lab.CheckExport(t.export); err != nil {
		return err
	}
	switch {
	case t.sample < 0:
		return fmt.Errorf("flag -sample: want 0 or more, got %d", t.sample)
	case t.folds < 0 || t.folds > maxFolds || t.folds == 1 && t.time == "":
		return fmt.Errorf("flag -folds: want 0, or 2 to %d, got %d", maxFolds, t.folds)
	case t.task == model.Ranking.String() && t.group == "":
		return errors.New("flag -group: want the column of the queries for a ranking, got none")
	case t.sensitive != "" && t.test == "":
		return errors.New("flag -sensitive: want -test beside it, whose predictions are compared, got none")
	case t.time != "" && t.group != "":
		return errors.New("flags -time, -group: want one of them, since folds go by one, got both")
	case t.out != "" && filepath.Ext(t.out) != ".tide":
		return fmt.Errorf("flag -out: want a name that ends in .tide, got %q", t.out)
	default:
		return nil
	}
}

// checkTest reads the targets of the test rows and what they are compared by, so that a class which the training rows lack, or too many groups, are said before anything
// is fitted.
func (t *training) checkTest(ctx context.Context, p model.Problem, s *dataset.Schema) error {
	if t.test == "" || !p.Task.IsClassification() {
		return nil
	}
	test, err := t.openTest(s)
	if err != nil {
		return err
	}
	if _, err := lab.Classes(ctx, test, p); err != nil {
		return fmt.Errorf("flag -test: %w, where the training rows have %d classes", err, len(p.Classes))
	}
	if t.sensitive != "" {
		_, err = lab.ReadGroups(ctx, test, "sensitive", t.sensitive)
	}
	return err
}

// openTest opens the test rows. The column of time is for folds only, as are groups but those of a ranking, and may be absent.
func (t *training) openTest(s *dataset.Schema) (dataset.Source, error) {
	names := slices.DeleteFunc(s.Names(), func(n string) bool {
		return n == t.time || (n == t.group && t.task != model.Ranking.String())
	})
	s, err := s.Select(names...)
	if err != nil {
		return nil, err
	}
	return lab.OpenData(t.test, s)
}

// measure scores the test rows.
func (t *training) measure(ctx context.Context, p model.Predictor, problem model.Problem, s *dataset.Schema) (*model.Evaluation, float64, error) {
	t.Stage("testing")
	test, err := t.openTest(s)
	if err != nil {
		return nil, 0, err
	}
	start := time.Now()
	e, err := model.Evaluate(ctx, p, problem, t.Watch(t.test, test), metric.ReportOptions{})
	return e, time.Since(start).Seconds(), err
}

// fairness compares the predictions of the test rows by the protected attribute.
func (t *training) fairness(ctx context.Context, fitted model.Predictor, problem model.Problem, s *dataset.Schema) (*lab.Fairness, error) {
	if t.sensitive == "" {
		return nil, nil //nolint:nilnil // nothing is to be compared, and that is right
	}
	t.Stage("comparing groups")
	test, err := t.openTest(s)
	if err != nil {
		return nil, err
	}
	class, err := lab.Classes(ctx, test, problem)
	if err != nil {
		return nil, err
	}
	groups, err := lab.ReadGroups(ctx, test, "sensitive", t.sensitive)
	if err != nil {
		return nil, err
	}
	var weight []float64
	if t.weight != "" {
		if weight, err = lab.Numbers(ctx, test, t.weight); err != nil {
			return nil, err
		}
	}
	answered := problem
	answered.Target = model.PredictionColumn
	predicted, err := lab.Classes(ctx, dataset.Map(test, fitted.Signature().Output, fitted.Predict), answered)
	if err != nil {
		return nil, err
	}
	return lab.NewFairness(class, predicted, weight, groups)
}

// seal seals the model and puts it where the flags say.
func (t *training) seal(ctx context.Context, r *result, src dataset.Source, fitted model.Predictor, e *model.Evaluation) error {
	name := t.name
	if name == "" {
		name = cli.ModelName(t.target)
	}
	export, err := lab.Export(t.export, fitted) // which may refuse, and then nothing is written
	if err != nil {
		return err
	}
	t.Stage("sealing")
	b, err := lab.Seal(ctx, t.Program, src, registry.Contents{
		Name: name, Model: fitted, Evaluation: e, Lineage: registry.Lineage{Recipe: r.Model, Parameters: cli.Strings(r.Params)},
	})
	if err != nil {
		return err
	}
	r.Digest, r.Bundle = b.Digest(), t.out
	if t.registry != "" { // which may refuse, and then there is no file either
		if r.Version, r.Bundle, err = cli.Register(ctx, t.registry, b); err != nil {
			return err
		}
	}
	if t.out != "" {
		if err := b.WriteFile(t.out); err != nil {
			return err
		}
	}
	if r.Export = t.export; r.Export == "" {
		return nil
	}
	return os.WriteFile(t.export, export, 0o644)
}
