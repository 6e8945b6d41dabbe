// Explain says why a model answered as it did: what each column gave to the raw score of a row, and how much on average.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/serve"
)

func main() { app().Main() }

func app() cli.App {
	return cli.App{
		Name:    "explain",
		Summary: "says what each column gave to a model's answers, as text, as JSON and as a picture",
		Example: "explain -model models/late@latest -data february.csv -rows 3 -svg reasons.svg",
		Setup: func(p *cli.Program) func(context.Context) error {
			e := &explaining{Program: p}
			p.StringVar(&e.model, "model", "", "`model`: "+cli.ModelUsage)
			p.StringVar(&e.data, "data", "", "`file` of rows: "+lab.Formats)
			p.IntVar(&e.from, "from", 0, "`row` to begin with, counted from 0")
			p.IntVar(&e.rows, "rows", 5, "`number` of rows to explain")
			p.StringVar(&e.svg, "svg", "", "`file` to draw the first of them in, that ends in .svg")
			return e.run
		},
	}
}

type explaining struct {
	*cli.Program
	model, data, svg string
	from, rows       int
}

func (e *explaining) check() error {
	if err := e.Require("model", "data"); err != nil {
		return err
	}
	if e.from < 0 {
		return fmt.Errorf("flag -from: want 0 or more, got %d", e.from)
	}
	if e.rows < 1 || e.rows > 10_000 {
		return fmt.Errorf("flag -rows: want 1 to 10000, got %d", e.rows)
	}
	if e.svg != "" && strings.ToLower(filepath.Ext(e.svg)) != ".svg" {
		return fmt.Errorf("flag -svg: want a name that ends in .svg, got %q", e.svg)
	}
	return cli.CheckOutput("svg", e.svg, e.data, e.model)
}

func (e *explaining) run(ctx context.Context) error {
	if err := e.check(); err != nil {
		return err
	}
	artifact, err := cli.OpenModel(ctx, e.model)
	if err != nil {
		return err
	}
	e.Stage("reading")
	src, err := lab.OpenRows(e.data, artifact.Schema())
	if err != nil {
		return err
	}
	x, err := lab.Explain(ctx, artifact, src, e.Workers)
	if err != nil {
		return err
	}
	e.Stage("explaining")
	r, err := e.explain(ctx, artifact, x, e.Watch(e.data, src))
	if err != nil {
		return err
	}
	if e.svg != "" {
		if err := e.draw(x, r); err != nil {
			return err
		}
	}
	return e.Print(r, func(w io.Writer) { show(w, r) })
}

// explain reads the rows once: all count for the importance, those that were asked for are explained.
func (e *explaining) explain(ctx context.Context, a serve.Artifact, x *lab.Explaining, src dataset.Source) (*result, error) {
	f, err := newFold(x, e.from, e.rows)
	if err != nil {
		return nil, err
	}
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return nil, err
		}
		if err := f.observe(ctx, b); err != nil {
			return nil, err
		}
		if f.done() {
			break
		}
	}
	if len(f.rows) == 0 {
		return nil, fmt.Errorf("flag -from: want a row of the data, which has %d, got %d", f.seen, e.from)
	}
	r := &result{Model: a.Digest(), Method: x.Method, Importance: f.importance(), RowsOfImportance: f.counted, Rows: f.rows, Svg: e.svg, first: f.first}
	for _, v := range x.Base() {
		r.Base = append(r.Base, cli.Number(v))
	}
	return r, nil
}

// draw writes the picture of the first row.
func (e *explaining) draw(x *lab.Explaining, r *result) error {
	if r.first == nil {
		return errors.New("flag -svg: want a row that the model's schema accepts, got a refused one")
	}
	p, err := newPicture(x, r)
	if err != nil {
		return err
	}
	if err := cli.WriteFile(e.svg, p.svg()); err != nil {
		return fmt.Errorf("flag -svg: %w", err)
	}
	return nil
}

func show(w io.Writer, r *result) {
	for _, row := range r.Rows {
		if row.Refused {
			cli.Printf(w, "row %d: refused\n", row.Row)
			continue
		}
		cli.Printf(w, "row %d: %v\n", row.Row, row.Prediction)
		for i, o := range row.Outputs {
			name := "raw score"
			if o.Class != "" {
				name += " of " + o.Class
			}
			cli.Printf(w, "  %s %s, %s without any column\n", name, cli.Text(float64(o.Raw)), cli.Text(float64(r.Base[i])))
			for _, reason := range o.Reasons {
				cli.Printf(w, "    %s\n", reason)
			}
		}
	}
	cli.Printf(w, "mean size of contributions over %d rows:\n", r.RowsOfImportance)
	for _, v := range r.Importance {
		cli.Printf(w, "  %-32s %10s\n", v.Column, cli.Text(float64(v.MeanAbsolute)))
	}
}
