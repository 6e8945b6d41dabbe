package main

import (
	"io"

	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/selection"
)

// shownFeatures is how many of the most important features are shown to a person.
const shownFeatures = 10

// result is what -json prints.
type result struct {
	Task       string                `json:"task"`
	Model      string                `json:"model"`
	Rows       int                   `json:"rows"`
	DataRows   int                   `json:"data_rows"` // of the file, more than rows where they are a sample
	Features   int                   `json:"features"`
	Columns    []string              `json:"columns"` // the features by name
	CV         map[string]fold       `json:"cv,omitempty"`
	Test       map[string]cli.Number `json:"test,omitempty"`
	Fairness   *lab.Fairness         `json:"fairness,omitempty"`
	Fit        float64               `json:"fit_seconds"`
	Predict    float64               `json:"predict_seconds,omitempty"`
	Params     map[string]any        `json:"params"`
	Importance []importance          `json:"importance"`
	Bundle     string                `json:"bundle,omitempty"`
	Export     string                `json:"export,omitempty"`
	Digest     string                `json:"digest"`
	Version    string                `json:"version,omitempty"`
}

type fold struct {
	Mean  cli.Number   `json:"mean"`
	Std   cli.Number   `json:"std"`
	Low   cli.Number   `json:"low"`
	High  cli.Number   `json:"high"`
	Folds []cli.Number `json:"folds"`
}

func folds(cv *selection.Result) map[string]fold {
	if cv == nil {
		return nil
	}
	out := make(map[string]fold)
	for _, m := range cv.Metrics {
		f := fold{cli.Number(m.Mean), cli.Number(m.Std), cli.Number(m.Low), cli.Number(m.High), nil}
		for _, v := range m.Folds {
			f.Folds = append(f.Folds, cli.Number(v))
		}
		out[cli.MetricName(m.Name)] = f
	}
	return out
}

func figures(e *model.Evaluation) map[string]cli.Number {
	out := make(map[string]cli.Number)
	for _, v := range e.Values {
		out[cli.MetricName(v.Name)] = cli.Number(v.Value)
	}
	return out
}

func (t *training) show(w io.Writer, r result, e *model.Evaluation) {
	cli.Printf(w, "%s model for %s of %q: %d rows, %d features, fitted in %.2f s\n", r.Model, r.Task, t.target, r.Rows, r.Features, r.Fit)
	for _, name := range cli.SortedKeys(r.CV) {
		f := r.CV[name]
		cli.Printf(w, "  %-32s %10s ± %s over %d folds, 95 %% interval %s to %s\n", name, cli.Text(float64(f.Mean)), cli.Text(float64(f.Std)), len(f.Folds),
			cli.Text(float64(f.Low)), cli.Text(float64(f.High)))
	}
	if e != nil {
		cli.Printf(w, "\non %d test rows, with 95 %% intervals:\n", e.Rows)
		cli.ShowEvaluation(w, e)
	}
	r.Fairness.Show(w, t.sensitive)
	if len(r.Importance) > 0 {
		cli.Printf(w, "\n%-32s %14s %14s\n", "feature", "permutation", "gain")
		for _, i := range r.Importance[:min(len(r.Importance), shownFeatures)] {
			cli.Printf(w, "%-32s %14s %14s\n", i.Feature, cli.Text(float64(i.Permutation)), cli.Text(float64(i.Gain)))
		}
	}
	cli.Printf(w, "\nsealed as %s\n", r.Digest)
	for _, path := range []string{r.Bundle, r.Export} {
		if path != "" {
			cli.Printf(w, "written to %s\n", path)
		}
	}
}
