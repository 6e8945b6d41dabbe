// Profile describes every column of a file of rows.
package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/report"
	"github.com/tidewheel/tidewheel/validate/survey"
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
			target := p.String("target", "", "`column` of which the others say something (mutual information)")
			return func(ctx context.Context) error { return run(ctx, p, *data, *html, *target) }
		},
	}
}

func run(ctx context.Context, p *cli.Program, data, html, target string) error {
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
	if target != "" && src.Schema().Index(target) < 0 {
		return fmt.Errorf("-target: %s: want a column of the file, got %q", data, target)
	}
	p.Stage("profiling")
	f, err := fold(ctx, src, p.Workers, target)
	if err != nil {
		return err
	}
	profile, correlations, found := f.First.Profile(), f.Second.First.Correlations(), f.Second.Second.Survey()
	inferred, err := survey.Infer([]*validate.Profile{profile}, []*survey.Survey{found}, survey.InferOptions{})
	if err != nil {
		return err
	}
	if err := cli.WritePage(html, func(w io.Writer) error {
		return report.WriteProfile(w, profile, report.ProfileOptions{Title: filepath.Base(data), Correlations: &correlations, Survey: found, Suggestions: inferred.Suggestions})
	}); err != nil {
		return err
	}
	r := result{Rows: profile.Rows(), Columns: []column{}, Correlations: matrix(correlations.Columns, correlations.Values)}
	for i, c := range profile.Columns() {
		r.Columns = append(r.Columns, describe(c, found.Columns[i]))
	}
	r.survey(found)
	r.Suggestions = inferred.Suggestions
	return p.Print(r, func(w io.Writer) { show(w, r) })
}

// folds is what one pass feeds.
type folds = dataset.Both[*validate.Profiler, *dataset.Both[*validate.Correlator, *survey.Surveyor]]

func fold(ctx context.Context, src dataset.Source, workers int, target string) (*folds, error) {
	s := src.Schema()
	first, err := survey.New(s, survey.Options{Target: target})
	if err != nil {
		return nil, err
	}
	return dataset.Run(ctx, src, func() *folds {
		return &folds{
			First:  validate.NewProfiler(s),
			Second: &dataset.Both[*validate.Correlator, *survey.Surveyor]{First: validate.NewCorrelator(s), Second: first.Fresh()},
		}
	}, dataset.RunOptions{Workers: workers})
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
	if d := r.Duplicates; d.Exact {
		cli.Printf(w, "%d rows equal an earlier one\n", d.Rows)
	} else {
		cli.Printf(w, "about %d rows equal an earlier one (standard error %.0f)\n", d.Rows, d.StdErr)
	}
	for _, m := range r.Missing {
		if len(m.Columns) > 0 {
			cli.Printf(w, "%d rows miss %s\n", m.Rows, strings.Join(m.Columns, ", "))
		}
	}
	for _, i := range r.Information {
		if i.Share >= tells {
			cli.Printf(w, "%s says %.0f %% of %s\n", i.Column, 100*i.Share, r.Target)
		}
	}
	for _, s := range r.Suggestions {
		cli.Printf(w, "%s: suggested as %s: %s\n", s.Column, s.Kind, s.Reason)
	}
}

// tells is the share of the target's entropy from which on a column is worth a line.
const tells = 0.05

func text(v any) string {
	if x, ok := v.(float64); ok {
		return cli.Text(x)
	}
	return fmt.Sprint(v)
}
