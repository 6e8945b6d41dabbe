// Profile describes every column of a file of rows.
package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/report"
)

func main() { app().Main() }

func app() cli.App {
	return cli.App{
		Name:    "profile",
		Summary: "describes every column of a file of rows in one pass",
		Example: "profile -data january.csv -json",
		Setup: func(p *cli.Program) func(context.Context) error {
			data := p.String("data", "", "`file` of rows: "+lab.Formats)
			html := p.String("html", "", cli.PageUsage)
			return func(ctx context.Context) error { return run(ctx, p, *data, *html) }
		},
	}
}

func run(ctx context.Context, p *cli.Program, data, html string) error {
	if err := p.Require("data"); err != nil {
		return err
	}
	if err := cli.CheckPage(html, data); err != nil {
		return err
	}
	p.Stage("reading")
	src, err := lab.OpenData(data, nil)
	if err != nil {
		return err
	}
	src = p.Watch(data, src)
	if err := lab.WantRows(ctx, data, src); err != nil {
		return err
	}
	p.Stage("profiling")
	type folds = dataset.Both[*validate.Profiler, *validate.Correlator]
	both, err := dataset.Run(ctx, src, func() *folds {
		return &folds{First: validate.NewProfiler(src.Schema()), Second: validate.NewCorrelator(src.Schema())}
	}, dataset.RunOptions{Workers: p.Workers})
	if err != nil {
		return err
	}
	profile, correlations := both.First.Profile(), both.Second.Correlations()
	if err := cli.WritePage(html, func(w io.Writer) error {
		return report.WriteProfile(w, profile, report.ProfileOptions{Title: filepath.Base(data), Correlations: &correlations})
	}); err != nil {
		return err
	}
	r := result{Rows: profile.Rows(), Columns: []column{}, Correlations: matrix(correlations)}
	for _, c := range profile.Columns() {
		r.Columns = append(r.Columns, describe(c))
	}
	return p.Print(r, func(w io.Writer) { show(w, r) })
}

func show(w io.Writer, r result) {
	cli.Printf(w, "%d rows, %d columns\n%-24s %-16s %8s %8s %10s %10s %10s %10s\n", r.Rows, len(r.Columns), "column", "type", "nulls", "distinct", "min", "median", "mean", "max")
	for _, c := range r.Columns {
		cli.Printf(w, "%-24s %-16s %8d %8d", c.Name, c.Type, c.Nulls, c.Distinct)
		if c.Min != nil {
			cli.Printf(w, " %10s %10s %10s %10s", text(c.Min), text(c.Quantiles["0.5"]), text(c.Mean), text(c.Max))
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

func text(v any) string {
	if x, ok := v.(float64); ok {
		return cli.Text(x)
	}
	return fmt.Sprint(v)
}
