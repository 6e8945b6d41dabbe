// Profile describes every column of a file of rows.
package main

import (
	"context"
	"io"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/validate"
)

func main() { app().Main() }

func app() cli.App {
	return cli.App{
		Name:    "profile",
		Summary: "describes every column of a file of rows in one pass",
		Example: "profile -data adult-train.csv -json",
		Setup: func(p *cli.Program) func(context.Context) error {
			data := p.String("data", "", "`file` of rows: .csv, .tsv, .parquet or .jsonl")
			return func(ctx context.Context) error { return run(ctx, p, *data) }
		},
	}
}

type result struct {
	Rows    int64    `json:"rows"`
	Columns []column `json:"columns"`
}

type column struct {
	Name      string                `json:"name"`
	Type      dataset.Type          `json:"type"`
	Count     int64                 `json:"count"` // values that are not null
	Nulls     int64                 `json:"nulls"`
	NaN       int64                 `json:"nan"`
	Infinite  int64                 `json:"infinite"`
	Distinct  int64                 `json:"distinct"`
	Exact     bool                  `json:"distinct_exact"`
	Min       *float64              `json:"min,omitempty"`
	Max       *float64              `json:"max,omitempty"`
	Mean      *float64              `json:"mean,omitempty"`
	Std       *float64              `json:"std,omitempty"`
	Quantiles map[string]cli.Number `json:"quantiles,omitempty"`
	Top       []value               `json:"top,omitempty"`
	Histogram *histogram            `json:"histogram,omitempty"`
}

type value struct {
	Value any   `json:"value"` // a number or a text
	Count int64 `json:"count"`
}

type histogram struct {
	Edges  []float64 `json:"edges"`
	Counts []int64   `json:"counts"`
}

func run(ctx context.Context, p *cli.Program, data string) error {
	if err := p.Require("data"); err != nil {
		return err
	}
	src, err := lab.OpenData(data, nil)
	if err != nil {
		return err
	}
	if err := lab.WantRows(ctx, data, src); err != nil {
		return err
	}
	profile, err := validate.ProfileOf(ctx, src, validate.ProfileOptions{Workers: p.Workers})
	if err != nil {
		return err
	}
	r := result{Rows: profile.Rows(), Columns: []column{}}
	for _, c := range profile.Columns() {
		r.Columns = append(r.Columns, describe(c))
	}
	return p.Print(r, func(w io.Writer) { show(w, r) })
}

func describe(c validate.ColumnProfile) column {
	out := column{
		Name: c.Name, Type: c.Type, Count: c.Rows - c.Nulls, Nulls: c.Nulls, NaN: c.NaN, Infinite: c.Infinite, Distinct: c.Distinct, Exact: c.DistinctExact,
	}
	if n := c.Number; n != nil {
		out.Min, out.Max, out.Mean, out.Std = &n.Min, &n.Max, &n.Mean, &n.Std
		out.Histogram = &histogram{n.Edges(), n.Histogram}
		out.Quantiles = map[string]cli.Number{}
		for q, name := range map[int]string{1: "0.01", 5: "0.05", 25: "0.25", 50: "0.5", 75: "0.75", 95: "0.95", 99: "0.99"} {
			out.Quantiles[name] = cli.Number(n.Quantiles[q])
		}
	}
	for _, v := range c.Top {
		if c.Number != nil {
			out.Top = append(out.Top, value{v.Value.Number, v.Count})
		} else {
			out.Top = append(out.Top, value{v.Value.Text, v.Count})
		}
	}
	return out
}

func show(w io.Writer, r result) {
	cli.Printf(w, "%d rows, %d columns\n%-24s %-16s %8s %8s %10s %10s %10s %10s\n", r.Rows, len(r.Columns), "column", "type", "nulls", "distinct", "min", "median", "mean", "max")
	for _, c := range r.Columns {
		cli.Printf(w, "%-24s %-16s %8d %8d", c.Name, c.Type, c.Nulls, c.Distinct)
		if c.Min != nil {
			cli.Printf(w, " %10s %10s %10s %10s", cli.Text(*c.Min), cli.Text(float64(c.Quantiles["0.5"])), cli.Text(*c.Mean), cli.Text(*c.Max))
		} else {
			for i, v := range c.Top {
				if i < 4 {
					cli.Printf(w, "  %v: %d", v.Value, v.Count)
				}
			}
		}
		cli.Printf(w, "\n")
	}
}
