// Drift compares two files of rows column by column.
package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/monitor/drift"
	"github.com/tidewheel/tidewheel/monitor/report"
	"github.com/tidewheel/tidewheel/validate"
)

func main() { app().Main() }

func app() cli.App {
	return cli.App{
		Name:    "drift",
		Summary: "says which columns of a file are distributed differently than in a reference",
		Example: "drift -reference january.csv -current july.csv -target late",
		Setup: func(p *cli.Program) func(context.Context) error {
			c := &comparing{Program: p}
			p.StringVar(&c.reference, "reference", "", "`file` of rows as they were: "+lab.Formats)
			p.StringVar(&c.current, "current", "", "`file` of rows as they are")
			p.StringVar(&c.target, "target", "", "`column` of the target: not a feature")
			p.StringVar(&c.prediction, "prediction", "", "`columns` of a model's answers, separated by commas: they drift at half the effect")
			p.BoolVar(&c.fail, "fail", false, "exit status 1 when a column drifted, is missing or holds another kind of values")
			p.StringVar(&c.html, "html", "", cli.PageUsage)
			return c.run
		},
	}
}

type comparing struct {
	*cli.Program
	reference, current, target, prediction, html string
	fail                                         bool
}

func (c *comparing) run(ctx context.Context) error {
	if err := c.Require("reference", "current"); err != nil {
		return err
	}
	if err := cli.CheckPage(c.html, c.reference, c.current); err != nil {
		return err
	}
	c.Stage("reading")
	reference, err := lab.OpenColumns(ctx, c.reference, nil, []lab.Role{{Flag: "target", Column: c.target, Role: dataset.Target}})
	if err != nil {
		return err
	}
	current, err := lab.OpenRows(c.current, reference.Schema())
	if err != nil {
		return err
	}
	reference, current = c.Watch(c.reference, reference), c.Watch(c.current, current)
	if err := errors.Join(lab.WantRows(ctx, c.reference, reference), lab.WantRows(ctx, c.current, current)); err != nil {
		return err
	}
	c.Stage("comparing")
	r, err := drift.Compare(ctx, reference, current, drift.Options{Scores: cli.List(c.prediction), Workers: c.Workers})
	if err != nil {
		return err
	}
	auc, err := c.domainAUC(ctx, r, reference, current)
	if err != nil {
		return err
	}
	if err := c.page(ctx, r, reference, current); err != nil {
		return err
	}
	if err := c.Print(result{r, auc}, func(w io.Writer) { show(w, r, auc) }); err != nil {
		return err
	}
	if c.fail && r.Drifted+len(r.MissingColumns)+len(r.ChangedColumns) > 0 {
		return cli.ErrFailed
	}
	return nil
}

// page writes the page of -html, for which both files are profiled.
func (c *comparing) page(ctx context.Context, r *drift.Report, reference, current dataset.Source) error {
	if c.html == "" {
		return nil
	}
	c.Stage("drawing")
	o := report.Options{Title: filepath.Base(c.current) + " against " + filepath.Base(c.reference)}
	var err1, err2 error
	o.Reference, err1 = validate.ProfileOf(ctx, reference, validate.ProfileOptions{Workers: c.Workers})
	o.Current, err2 = validate.ProfileOf(ctx, current, validate.ProfileOptions{Workers: c.Workers})
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	return cli.WritePage(c.html, func(w io.Writer) error { return report.WriteDrift(w, r, o) })
}

// result is what -json prints.
type result struct {
	*drift.Report
	AUC *float64 `json:"domain_classifier_auc"`
}

func show(w io.Writer, r *drift.Report, auc *float64) {
	cli.Printf(w, "%d rows against %d: %d of %d columns drifted\n", r.RowsCurrent, r.RowsReference, r.Drifted, r.Judged)
	if auc != nil {
		cli.Printf(w, "a model tells the files apart with a ROC AUC of %s (0.5 is chance)\n", cli.Text(*auc))
	}
	cli.Printf(w, "%-24s %-14s %-11s %10s %10s %10s\n", "column", "verdict", "test", "adjusted p", "effect", "psi")
	for _, c := range r.Columns {
		cli.Printf(w, "%-24s %-14s %-11s %10s %10s %10s\n", c.Name, c.Verdict, c.Test, figure(c.AdjustedP), figure(c.Effect), figure(c.PSI))
	}
	names(w, "missing columns", r.MissingColumns)
	names(w, "columns that hold another kind of values", r.ChangedColumns)
	names(w, "extra columns", r.ExtraColumns)
}

// names prints a list that is not empty.
func names(w io.Writer, what string, columns []string) {
	if len(columns) > 0 {
		cli.Printf(w, "%s: %s\n", what, strings.Join(columns, ", "))
	}
}

// figure shows a number that may not exist.
func figure(v *float64) string {
	if v == nil {
		return "–"
	}
	return cli.Text(*v)
}
