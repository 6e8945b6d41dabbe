package cli

import (
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/validate"
)

// ShowFindings prints the findings of a report, one a line.
func ShowFindings(w io.Writer, r *validate.Report) {
	for _, f := range r.Findings {
		name := f.Column
		if f.Other != "" {
			name += " and " + f.Other
		}
		Printf(w, "  %-8s %-20s %-24s %6d rows (%.2f %%)  want %s, got %s; first rows %v\n", f.Severity, f.Rule, name, f.Count, 100*f.Share, f.Want, f.Got, f.FirstRows)
	}
}

// Strings returns params as text.
func Strings(params map[string]any) map[string]string {
	out := make(map[string]string, len(params))
	for k, v := range params {
		out[k] = fmt.Sprint(v)
	}
	return out
}

// MetricName returns scikit-learn's name of a metric, by which all programs call it: the library's own but for a few.
func MetricName(name string) string {
	switch name {
	case "brier":
		return "brier_score_loss"
	case "mcc":
		return "matthews_corrcoef"
	case "mae":
		return "mean_absolute_error"
	case "mse":
		return "mean_squared_error"
	case "rmse":
		return "root_mean_squared_error"
	default:
		return name
	}
}

// ShowEvaluation prints metrics with their intervals.
func ShowEvaluation(w io.Writer, e *model.Evaluation) {
	for _, v := range e.Values {
		interval := ""
		if v.Low == v.Low { // NaN: no interval
			interval = fmt.Sprintf("  %s to %s", Text(v.Low), Text(v.High))
		}
		Printf(w, "  %-32s %10s%s\n", MetricName(v.Name), Text(v.Value), interval)
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

// Text shows a number to people.
func Text(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return fmt.Sprintf("%.5g", v)
}
