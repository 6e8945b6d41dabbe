package selection

import (
	"context"
	"fmt"
	"math"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/stat"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/metric"
)

// Summary is a metric over folds. Low and High are the ends of its 95 % confidence interval by the corrected resampled t-test, whose variance allows for the overlap of
// the training parts; NaN for one fold.
//
// Source: Nadeau and Bengio (2003), "Inference for the generalization error", Machine Learning 52, section 3.
type Summary struct {
	Name      string
	Mean, Std float64 // Std has k-1 in the divisor
	Low, High float64
	Folds     []float64
}

// Result is what an estimator reached over folds.
type Result struct {
	Metrics []Summary          // in the order of the evaluations
	Folds   []model.Evaluation // one for each fold
}

// Get returns the summary of a metric.
func (r *Result) Get(name string) (Summary, bool) {
	for _, m := range r.Metrics {
		if m.Name == name {
			return m, true
		}
	}
	return Summary{}, false
}

// CrossValidate fits e on the training part of each fold and evaluates it on the test part. src must be rewindable. Folds run one after the other: the estimator has the
// workers. The first error ends it.
func CrossValidate(ctx context.Context, e model.Estimator, p model.Problem, src dataset.Source, s Splitter) (*Result, error) {
	folds, err := s.Folds(ctx, src, p)
	if err != nil {
		return nil, err
	}
	if len(folds) == 0 { // of a splitter of the host's
		return nil, fmt.Errorf("selection: cross-validate: %w", &model.OptionError{Field: "splitter", Value: "no folds", Want: "one or more"})
	}
	r := &Result{}
	ratio := 0.0 // test rows to training rows, the mean over folds
	for i, f := range folds {
		fitted, err := e.Fit(ctx, model.Training{Problem: p, Rows: f.Train})
		if err != nil {
			return nil, fmt.Errorf("selection: fold %d: %w", i, err)
		}
		ev, err := model.Evaluate(ctx, fitted, p, f.Test, metric.ReportOptions{})
		if err != nil {
			return nil, fmt.Errorf("selection: fold %d: %w", i, err)
		}
		r.Folds = append(r.Folds, *ev)
		ratio += float64(f.TestRows) / float64(f.TrainRows) / float64(len(folds))
	}
	for _, v := range r.Folds[0].Values {
		values := make([]float64, len(r.Folds))
		for i := range r.Folds {
			got, _ := r.Folds[i].Get(v.Name)
			values[i] = got.Value
		}
		r.Metrics = append(r.Metrics, summarize(v.Name, values, ratio))
	}
	return r, nil
}

func summarize(name string, values []float64, ratio float64) Summary {
	k := float64(len(values))
	s := Summary{Name: name, Folds: values, Std: math.NaN(), Low: math.NaN(), High: math.NaN()}
	for _, v := range values {
		s.Mean += v / k
	}
	if len(values) < 2 {
		return s
	}
	sum := 0.0
	for _, v := range values {
		d := v - s.Mean
		sum += float64(d * d)
	}
	s.Std = math.Sqrt(sum / (k - 1))
	half := stat.StudentsTQuantile(0.975, k-1) * s.Std * math.Sqrt(1/k+ratio)
	s.Low, s.High = s.Mean-half, s.Mean+half
	return s
}
