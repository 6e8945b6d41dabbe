package main

import (
	"math"
	"strings"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/survey"
)

type result struct {
	Rows    int64    `json:"rows"`
	Columns []column `json:"columns"`

	Correlations correlations            `json:"correlations"`
	Duplicates   survey.Duplicates       `json:"duplicates"`
	Missing      []survey.MissingPattern `json:"missing"`
	MissingError int64                   `json:"missing_count_error"`
	SampleRows   int                     `json:"sample_rows"`
	Spearman     correlations            `json:"spearman"`
	CramersV     correlations            `json:"cramers_v"`
	Target       string                  `json:"target"`
	Information  []survey.Information    `json:"information"`
	Suggestions  []survey.Suggestion     `json:"suggestions"`
}

// survey takes what is said of the whole file.
func (r *result) survey(s *survey.Survey) {
	r.Duplicates, r.Missing, r.MissingError, r.SampleRows, r.Target, r.Information = s.Duplicates, s.Missing, s.MissingError, s.SampleRows, s.Target, s.Information
	r.Spearman, r.CramersV = matrix(s.Spearman.Columns, s.Spearman.Values), matrix(s.CramersV.Columns, s.CramersV.Values)
}

// correlations are coefficients of each two columns.
type correlations struct {
	Columns []string       `json:"columns"`
	Values  [][]cli.Number `json:"values"`
}

func matrix(columns []string, values [][]float64) correlations {
	out := correlations{Columns: columns, Values: make([][]cli.Number, len(values))}
	for i, row := range values {
		for _, r := range row {
			out.Values[i] = append(out.Values[i], cli.Number(r))
		}
	}
	return out
}

type column struct {
	Name      string         `json:"name"`
	Type      dataset.Type   `json:"type"`
	Count     int64          `json:"count"` // values that are not null
	Nulls     int64          `json:"nulls"`
	NaN       int64          `json:"nan"`
	Infinite  int64          `json:"infinite"`
	Distinct  int64          `json:"distinct"`
	Exact     bool           `json:"distinct_exact"`
	Min       any            `json:"min,omitempty"` // a number, or a date or time as text
	Max       any            `json:"max,omitempty"`
	Mean      any            `json:"mean,omitempty"`
	Std       *float64       `json:"std,omitempty"` // of dates in days, of times in microseconds
	Quantiles map[string]any `json:"quantiles,omitempty"`
	Top       []value        `json:"top"`
	TopError  int64          `json:"top_count_error"` // by how much a count of top may be too small
	Histogram *histogram     `json:"histogram,omitempty"`
	Unique    bool           `json:"unique"`
	Order     *order         `json:"order,omitempty"`
	Votes     *survey.Votes  `json:"votes,omitempty"`
	Looks     *survey.Looks  `json:"looks,omitempty"`
	Shapes    *shapes        `json:"shapes,omitempty"`
}

type shapes struct {
	Forms []survey.Shape `json:"forms"`
	Other int64          `json:"other"`
	Error int64          `json:"count_error"`
}

type order struct {
	survey.Order

	Monotonic string `json:"monotonic"`
}

type value struct {
	Value any   `json:"value"` // a number, a bool or a text
	Count int64 `json:"count"`
}

type histogram struct {
	Edges  []any   `json:"edges"`
	Counts []int64 `json:"counts"`
}

func describe(c validate.ColumnProfile, s survey.Column) column {
	out := column{
		Name: c.Name, Type: c.Type, Count: c.Rows - c.Nulls, Nulls: c.Nulls, NaN: c.NaN, Infinite: c.Infinite, Distinct: c.Distinct, Exact: c.DistinctExact,
		Top: []value{}, TopError: c.TopError, Unique: s.Unique, Votes: s.Votes, Looks: s.Looks,
	}
	if s.Votes != nil {
		out.Shapes = &shapes{Forms: append([]survey.Shape{}, s.Shapes...), Other: s.ShapesOther, Error: s.ShapesError}
	}
	if s.Order != nil {
		out.Order = &order{*s.Order, s.Order.Monotonic()}
	}
	if n := c.Number; n != nil {
		out.Min, out.Max, out.Mean, out.Std = cell(c.Type, n.Min), cell(c.Type, n.Max), cell(c.Type, n.Mean), &n.Std
		out.Histogram = &histogram{Counts: n.Histogram}
		for _, edge := range n.Edges() {
			out.Histogram.Edges = append(out.Histogram.Edges, cell(c.Type, edge))
		}
		out.Quantiles = map[string]any{}
		for q, name := range map[int]string{1: "0.01", 5: "0.05", 25: "0.25", 50: "0.5", 75: "0.75", 95: "0.95", 99: "0.99"} {
			out.Quantiles[name] = cell(c.Type, n.Quantiles[q])
		}
	}
	for _, v := range c.Top {
		switch {
		case c.Number == nil:
			out.Top = append(out.Top, value{v.Value.Text, v.Count})
		case c.Type == dataset.Bool:
			out.Top = append(out.Top, value{v.Value.Number == 1, v.Count})
		default:
			out.Top = append(out.Top, value{cell(c.Type, v.Value.Number), v.Count})
		}
	}
	return out
}

// cell returns the number form of a date or time as the text that a file would have, and of any other type as the number.
func cell(t dataset.Type, x float64) any {
	switch t.Class() {
	case dataset.ClassDate:
		return time.Unix(0, 0).UTC().AddDate(0, 0, int(math.Round(x))).Format(time.DateOnly)
	case dataset.ClassTime:
		at := time.UnixMicro(int64(x)).UTC()
		if zoned := strings.Contains(string(t), ","); zoned {
			return at.Format(time.RFC3339Nano)
		}
		return at.Format("2006-01-02T15:04:05.999999999")
	default:
		return x
	}
}
