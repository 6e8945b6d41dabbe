package main

import (
	"context"
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/explain"
)

// importanceRows is how many rows, the first ones, the mean size of contributions is taken over.
const importanceRows = 10_000

type result struct {
	Model            string       `json:"model"`
	Method           string       `json:"method"`
	Base             []cli.Number `json:"base"`
	Importance       []importance `json:"importance"`
	RowsOfImportance int          `json:"rows_of_importance"`
	Rows             []explained  `json:"rows"`
	Svg              string       `json:"svg,omitempty"`
	first            *firstRow
}

type importance struct {
	Column       string     `json:"column"`
	MeanAbsolute cli.Number `json:"mean_absolute"`
}

type explained struct {
	Row        int      `json:"row"`
	Refused    bool     `json:"refused"`
	Prediction any      `json:"prediction"`
	Outputs    []output `json:"outputs"`
}

type output struct {
	Class         string                `json:"class,omitempty"`
	Raw           cli.Number            `json:"raw"`
	Contributions map[string]cli.Number `json:"contributions"`
	Reasons       []string              `json:"reasons"`
}

// firstRow is what the picture shows.
type firstRow struct {
	number int
	row    dataset.Row
	output int
	raw    float64
}

// fold goes over the rows.
type fold struct {
	x          *lab.Explaining
	reasoner   *explain.Reasoner
	scorer     *model.RowScorer
	from, want int
	seen       int
	counted    int
	sums       []float64 // of absolute contributions, over outputs too
	rows       []explained
	first      *firstRow
}

func newFold(x *lab.Explaining, from, rows int) (*fold, error) {
	r, err := x.NewReasoner(explain.ReasonOptions{})
	if err != nil {
		return nil, err
	}
	return &fold{x: x, reasoner: r, scorer: x.Model.NewRowScorer(), from: from, want: rows, sums: make([]float64, len(x.Groups()))}, nil
}

// done says that no further row is looked at.
func (f *fold) done() bool { return f.seen >= max(importanceRows, f.from+f.want) }

func (f *fold) observe(ctx context.Context, b dataset.Batch) error {
	rows, valid, err := f.x.Rows(b)
	if err != nil {
		return err
	}
	defer rows.Release()
	first := f.seen
	f.seen += rows.NumRows()
	if n := min(rows.NumRows(), importanceRows-first); n > 0 {
		some := rows.Slice(0, n)
		defer some.Release()
		if err := f.add(ctx, some, valid); err != nil {
			return err
		}
	}
	for i := max(0, f.from-first); i < rows.NumRows() && len(f.rows) < f.want; i++ {
		if err := f.row(ctx, rows, i, first+i, valid[i]); err != nil {
			return err
		}
	}
	return nil
}

// add counts the contributions of rows for the importance.
func (f *fold) add(ctx context.Context, rows dataset.Batch, valid []bool) error {
	c, err := f.x.Explainer.Contributions(ctx, rows)
	if err != nil {
		return err
	}
	for i := range c.NumRows() {
		if !valid[i] || math.IsNaN(c.Score(i, 0)) {
			continue
		}
		f.counted++
		for o := range f.x.Outputs() {
			for g, v := range c.Row(i, o) {
				f.sums[g] += math.Abs(v)
			}
		}
	}
	return nil
}

// row explains a row.
func (f *fold) row(ctx context.Context, rows dataset.Batch, i, number int, valid bool) error {
	r := explained{Row: number, Refused: !valid, Outputs: []output{}}
	if !valid {
		f.rows = append(f.rows, r)
		return nil
	}
	row := dataset.NewRow(rows.Schema())
	if err := rows.ReadRow(i, row); err != nil {
		return err
	}
	var answer model.Output
	f.scorer.Score(row, &answer)
	switch {
	case answer.Class >= 0:
		r.Prediction = f.x.Model.Problem().Classes[answer.Class]
	case answer.Prediction.Valid:
		r.Prediction = cli.Number(answer.Prediction.Number)
	}
	one := rows.Slice(i, i+1)
	defer one.Release()
	c, err := f.x.Explainer.Contributions(ctx, one)
	if err != nil {
		return err
	}
	for o := range f.x.Outputs() {
		out := output{Raw: cli.Number(c.Score(0, o)), Contributions: make(map[string]cli.Number), Reasons: []string{}}
		if classes := f.x.Classes(); classes != nil {
			out.Class = classes[o]
		}
		for g, v := range c.Row(0, o) {
			out.Contributions[f.x.Groups()[g].Name()] = cli.Number(v)
		}
		for _, reason := range f.reasoner.Reasons(row, o) {
			out.Reasons = append(out.Reasons, f.reasoner.Text(row, reason))
		}
		r.Outputs = append(r.Outputs, out)
	}
	if len(f.rows) == 0 {
		f.first = &firstRow{number: number, row: row}
		if len(r.Outputs) > 1 && answer.Class >= 0 {
			f.first.output = answer.Class
		}
		f.first.raw = c.Score(0, f.first.output)
	}
	f.rows = append(f.rows, r)
	return nil
}

// importance returns the mean sizes, the largest first.
func (f *fold) importance() []importance {
	out := []importance{}
	for g, sum := range f.sums {
		out = append(out, importance{f.x.Groups()[g].Name(), cli.Number(sum / float64(f.counted*f.x.Outputs()))})
	}
	slices.SortStableFunc(out, func(a, b importance) int {
		switch {
		case a.MeanAbsolute > b.MeanAbsolute:
			return -1
		case a.MeanAbsolute < b.MeanAbsolute:
			return 1
		default:
			return 0
		}
	})
	return out
}
