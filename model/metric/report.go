package metric

import (
	"encoding/json"
	"fmt"
	"math"
)

// ReportOptions sets how a Report is made. The zero value is ready to use.
type ReportOptions struct {
	// Level of the intervals, in (0, 1). Default 0.95.
	Level float64
	// Resamples above 0 gives every metric a percentile bootstrap interval of that many draws, at least 20, in place of
	// the formulas. Default 0: formulas, and NaN bounds for the metrics that have none.
	Resamples int
	// Seed of the bootstrap. Default 0, which is a seed like any other.
	Seed uint64
	// Workers of the bootstrap. Default GOMAXPROCS; 1 starts no goroutine. Results do not depend on it.
	Workers int
}

// Named is a metric's value under its name.
type Named struct {
	Name string `json:"name"`
	Interval
}

// MarshalJSON writes name, value, low and high.
func (v Named) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Name string `json:"name"`
		intervalJSON
	}{v.Name, v.encoded()})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (v *Named) UnmarshalJSON(b []byte) error {
	var name struct {
		Name string `json:"name"`
	}
	if err := json.Unmarshal(b, &name); err != nil {
		return fmt.Errorf("metric: named value: %w", err)
	}
	v.Name = name.Name
	return v.Interval.UnmarshalJSON(b)
}

// Report is the list of metrics that fit a task, always in the same order. Safe for concurrent use while nobody
// writes to it.
type Report struct {
	Rows   int     `json:"rows"`
	Level  float64 `json:"level"`
	Values []Named `json:"values"`
}

// Get returns the metric of that name and whether there is one.
func (r Report) Get(name string) (Interval, bool) {
	for _, v := range r.Values {
		if v.Name == name {
			return v.Interval, true
		}
	}
	return without(math.NaN()), false
}

// GreaterIsBetter reports whether a larger value of a Report's metric is better, and whether the name is known.
func GreaterIsBetter(name string) (greater, known bool) {
	switch name {
	case "roc_auc", "average_precision", "accuracy", "balanced_accuracy", "precision", "recall", "f1", "mcc",
		"precision_macro", "recall_macro", "f1_macro", "f1_weighted", "roc_auc_ovr", "roc_auc_ovr_weighted",
		"r2", "explained_variance",
		"ndcg_1", "ndcg_3", "ndcg_5", "ndcg_10", "ndcg_score", "ndcg_score_5", "ndcg_score_10", "map", "mrr", "pairwise_accuracy":
		return true, true
	case "log_loss", "brier", "ece", "mae", "mse", "rmse", "median_absolute_error", "mean_absolute_percentage_error",
		"max_error":
		return false, true
	default:
		return false, false
	}
}

// makeReport computes values and, with resamples, replaces their intervals by those of the bootstrap.
func makeReport(n int, o ReportOptions, names []string, values func(rows []int, level float64) ([]Interval, error)) (Report, error) {
	draws, err := BootstrapOptions{o.Seed, o.Resamples, o.Level, o.Workers}.withDefaults("ReportOptions")
	if err != nil {
		return Report{}, fmt.Errorf("metric: report: %w", err)
	}
	all, err := values(nil, draws.Level)
	if err != nil {
		return Report{}, err
	}
	if o.Resamples != 0 {
		all, err = bootstrap(n, len(names), draws, func(rows []int, out []float64) error {
			v, err := values(rows, 0)
			for i := range v {
				out[i] = v[i].Value
			}
			return err
		})
		if err != nil {
			return Report{}, err
		}
	}
	report := Report{Rows: n, Level: draws.Level, Values: make([]Named, len(names))}
	for i, name := range names {
		report.Values[i] = Named{name, all[i]}
	}
	return report, nil
}

// take picks rows of a slice; nil rows means all, and a nil slice stays nil.
func take[T any](values []T, rows []int, width int) []T {
	if values == nil || rows == nil {
		return values
	}
	out := make([]T, 0, len(rows)*width)
	for _, r := range rows {
		out = append(out, values[r*width:(r+1)*width]...)
	}
	return out
}

// Binary returns the metrics of a two-class model.
//
// Shapes: class, probability and weight have length n; weight may be nil (all ones).
// Units: probability is that of the true class, in [0, 1]; a row is predicted true if it is at least threshold.
// Values, in order: roc_auc (DeLong's interval), average_precision, log_loss and brier (Student's), accuracy (Wilson's),
// balanced_accuracy, precision and recall (Wilson's), f1, mcc, ece (10 bins). With weights Wilson's interval uses Kish's
// effective number of rows. Where nothing is said, or nothing was predicted true, the bounds are NaN; Resamples gives
// all of them bounds.
// Errors: ErrEmpty, ErrLength, ErrNonFinite, ErrRange, ErrOneClass if class is constant, or *dataset.OptionError.
func Binary(class []bool, probability, weight []float64, threshold float64, o ReportOptions) (Report, error) {
	const operation = "binary report"
	if threshold != threshold {
		return Report{}, fmt.Errorf("metric: %s: %w: threshold", operation, ErrNonFinite)
	}
	if err := check(operation, len(class), weight, probabilities(probability)); err != nil {
		return Report{}, err
	}
	names := []string{
		"roc_auc", "average_precision", "log_loss", "brier", "accuracy", "balanced_accuracy", "precision", "recall", "f1",
		"mcc", "ece",
	}
	return makeReport(len(class), o, names, func(rows []int, level float64) ([]Interval, error) {
		return binaryValues(take(class, rows, 1), take(probability, rows, 1), take(weight, rows, 1), threshold, level)
	})
}

// binaryValues computes the metrics; level 0 asks for the values alone.
func binaryValues(class []bool, probability, weight []float64, threshold, level float64) ([]Interval, error) {
	n := len(class)
	r, err := checkScores("binary report", class, probability, weight)
	if err != nil {
		return nil, err
	}
	predicted := make([]bool, n)
	for i, p := range probability {
		predicted[i] = p >= threshold
	}
	c, err := BinaryConfusion(class, predicted, weight)
	if err != nil {
		return nil, err
	}
	ece, err := ECE(class, probability, weight, 10)
	if err != nil {
		return nil, err
	}
	values := []Interval{
		rankInterval(r, level),
		without(averagePrecisionOf(r)),
		lossInterval(n, weight, logLossOf(class, probability), level),
		lossInterval(n, weight, brierOf(class, probability), level).upTo(1),
		shareInterval(c.Accuracy(), n, weight, func(int) bool { return true }, level),
		without(c.BalancedAccuracy()),
		shareInterval(c.Precision(1), n, weight, func(i int) bool { return predicted[i] }, level),
		shareInterval(c.Recall(1), n, weight, func(i int) bool { return class[i] }, level),
		without(c.F1(1)),
		without(c.MCC()),
		without(ece),
	}
	return values, nil
}

func rankInterval(r *ranking, level float64) Interval {
	if level == 0 {
		return without(areaOf(r))
	}
	return deLong(r, level)
}

// lossInterval is the interval of a mean of losses, which are not negative.
func lossInterval(n int, weight []float64, loss func(i int) float64, level float64) Interval {
	if level == 0 {
		return without(mean(n, weight, loss))
	}
	return meanInterval(n, weight, loss, level).upTo(math.MaxFloat64)
}

// shareInterval is Wilson's interval of a share of the chosen rows.
func shareInterval(p float64, n int, weight []float64, chosen func(i int) bool, level float64) Interval {
	if level == 0 {
		return without(p)
	}
	size := effective(n, weight, chosen)
	if size == 0 {
		return without(p)
	}
	return wilson(p, size, level)
}

// Multiclass returns the metrics of a model of two or more classes. The class of the largest probability is predicted,
// the lowest code among equal ones.
//
// Shapes: class holds n codes in [0, k); probability is n×k, row by row in class order, k = len(probability)/n;
// weight has length n or is nil (all ones).
// Values, in order: accuracy (Wilson's interval), balanced_accuracy, precision_macro, recall_macro, f1_macro,
// f1_weighted, mcc, log_loss and brier (Student's), roc_auc_ovr, roc_auc_ovr_weighted. Other bounds are NaN unless
// Resamples asks for the bootstrap.
// Errors: ErrEmpty, ErrLength, ErrNonFinite, ErrRange, ErrOneClass if class is constant, or *dataset.OptionError.
func Multiclass[C Code](class []C, probability, weight []float64, o ReportOptions) (Report, error) {
	k, err := checkMulticlass("multiclass report", class, probability, weight)
	if err != nil {
		return Report{}, err
	}
	names := []string{
		"accuracy", "balanced_accuracy", "precision_macro", "recall_macro", "f1_macro", "f1_weighted", "mcc", "log_loss",
		"brier", "roc_auc_ovr", "roc_auc_ovr_weighted",
	}
	return makeReport(len(class), o, names, func(rows []int, level float64) ([]Interval, error) {
		return multiclassValues(take(class, rows, 1), take(probability, rows, k), take(weight, rows, 1), k, level)
	})
}

func multiclassValues[C Code](class []C, probability, weight []float64, k int, level float64) ([]Interval, error) {
	n := len(class)
	predicted := make([]C, n)
	for i := range predicted {
		predicted[i] = C(mostProbable(probability[i*k : (i+1)*k]))
	}
	c, err := NewConfusion(class, predicted, k, weight)
	if err != nil {
		return nil, err
	}
	macro, weighted, err := oneAgainstAll(class, probability, weight, k)
	if err != nil {
		return nil, err
	}
	return []Interval{
		shareInterval(c.Accuracy(), n, weight, func(int) bool { return true }, level),
		without(c.BalancedAccuracy()),
		without(c.Mean(Macro, c.Precision)),
		without(c.Mean(Macro, c.Recall)),
		without(c.Mean(Macro, c.F1)),
		without(c.Mean(Weighted, c.F1)),
		without(c.MCC()),
		lossInterval(n, weight, multiclassLogLossOf(class, probability, k), level),
		lossInterval(n, weight, multiclassBrierOf(class, probability, k), level),
		without(macro),
		without(weighted),
	}, nil
}

// Regression returns the metrics of a model of numbers.
//
// Shapes: actual, predicted and weight have length n; weight may be nil (all ones).
// Values, in order: mae, mse (Student's intervals), rmse (the roots of mse and its bounds), median_absolute_error,
// mean_absolute_percentage_error (Student's), max_error, r2, explained_variance. Other bounds are NaN unless Resamples
// asks for the bootstrap.
// Errors: ErrEmpty for fewer than two rows with a weight above zero, ErrLength, ErrNonFinite,
// ErrRange, or *dataset.OptionError.
func Regression(actual, predicted, weight []float64, o ReportOptions) (Report, error) {
	const operation = "regression report"
	n := len(actual)
	if err := check(operation, n, weight, anyNumber("actual", actual), anyNumber("predicted", predicted)); err != nil {
		return Report{}, err
	}
	names := []string{
		"mae", "mse", "rmse", "median_absolute_error", "mean_absolute_percentage_error", "max_error", "r2",
		"explained_variance",
	}
	return makeReport(n, o, names, func(rows []int, level float64) ([]Interval, error) {
		return regressionValues(take(actual, rows, 1), take(predicted, rows, 1), take(weight, rows, 1), level)
	})
}

func regressionValues(actual, predicted, weight []float64, level float64) ([]Interval, error) {
	n := len(actual)
	r2, err := R2(actual, predicted, weight)
	if err != nil {
		return nil, err
	}
	variance, err := ExplainedVariance(actual, predicted, weight)
	if err != nil {
		return nil, err
	}
	median, err := MedianAE(actual, predicted, weight)
	if err != nil {
		return nil, err
	}
	largest, err := MaxError(actual, predicted, weight)
	if err != nil {
		return nil, err
	}
	of := func(loss func(a, p float64) float64) Interval {
		return lossInterval(n, weight, func(i int) float64 { return loss(actual[i], predicted[i]) }, level)
	}
	mse := of(squaredError)
	return []Interval{
		of(absoluteError), mse,
		{math.Sqrt(mse.Value), math.Sqrt(mse.Low), math.Sqrt(mse.High)},
		without(median), of(relativeError), without(largest), without(r2), without(variance),
	}, nil
}
