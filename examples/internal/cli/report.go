package cli

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/validate"
)

// ShowFindings prints the findings of a report, one a line, in columns.
func ShowFindings(w io.Writer, r *validate.Report) {
	names, rule, name := make([]string, len(r.Findings)), 0, 0
	for i, f := range r.Findings {
		if names[i] = f.Column; f.Other != "" {
			names[i] += " and " + f.Other
		}
		rule, name = max(rule, len(f.Rule)), min(max(name, len(names[i])), 40)
	}
	for i, f := range r.Findings {
		rows := ""
		if len(f.FirstRows) > 0 {
			rows = "; first rows " + strings.Trim(fmt.Sprint(f.FirstRows), "[]")
		}
		Printf(w, "  %-8s %-*s %-*s %7d rows (%6.2f %%)  want %s, got %s%s\n", f.Severity, rule, f.Rule, name, names[i], f.Count, 100*f.Share, f.Want, f.Got, rows)
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
