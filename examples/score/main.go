// Score runs a model over a file of rows: a sealed bundle, a version of a registry, or a file that another tool wrote.
package main

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/validate"
)

func main() { app().Main() }

func app() cli.App {
	return cli.App{
		Name:    "score",
		Summary: "adds a model's predictions to a file of rows, which it checks by the model's schema",
		Example: "score -model models/late@latest -data february.csv -out scored.parquet -raw",
		Setup: func(p *cli.Program) func(context.Context) error {
			s := &scoring{Program: p}
			p.StringVar(&s.model, "model", "", "`model`: "+cli.ModelUsage)
			p.StringVar(&s.data, "data", "", "`file` of rows: "+lab.Formats)
			p.StringVar(&s.out, "out", "", "`file` to write the rows with their predictions to; without it they are scored and counted only")
			p.BoolVar(&s.raw, "raw", false, "write raw scores too")
			p.BoolVar(&s.contributions, "contributions", false, "write what each column gave to the raw score; with base they sum to it")
			return s.run
		},
	}
}

type scoring struct {
	*cli.Program
	model, data, out string
	raw              bool
	contributions    bool
	base             []cli.Number
}

type result struct {
	Rows          int64              `json:"rows"`
	Refused       int64              `json:"refused"`
	Flagged       int64              `json:"flagged"`
	Findings      []validate.Finding `json:"findings"`
	Seconds       float64            `json:"seconds"`
	RowsPerSecond float64            `json:"rows_per_second"`
	Model         string             `json:"model"`
	Base          []cli.Number       `json:"base,omitempty"`
	Out           string             `json:"out,omitempty"`
}

func (s *scoring) run(ctx context.Context) error {
	if err := s.Require("model", "data"); err != nil {
		return err
	}
	if err := cli.CheckOutput("out", s.out, s.data, s.model); err != nil {
		return err
	}
	if s.contributions && s.out == "" {
		return errors.New("flag -contributions: want -out, got none")
	}
	artifact, err := cli.OpenModel(ctx, s.model)
	if err != nil {
		return err
	}
	m, err := serve.NewModel(artifact, serve.Options{})
	if err != nil {
		return err
	}
	s.Stage("reading")
	src, err := lab.OpenRows(s.data, m.Schema())
	if err != nil {
		return err
	}
	s.Stage("scoring")
	start := time.Now()
	report, err := serve.Run(ctx, m, s.Watch(s.data, src), func(out *dataset.Schema) (dataset.Sink, error) {
		return s.sink(ctx, artifact, src, out)
	}, serve.RunOptions{Raw: s.raw, Workers: s.Workers})
	if err != nil {
		return err
	}
	seconds := time.Since(start).Seconds()
	r := result{
		Rows: report.Rows, Refused: report.RowsBad, Flagged: report.RowsFlagged, Findings: report.Findings,
		Seconds: seconds, RowsPerSecond: float64(report.Rows) / seconds, Model: m.Digest(), Base: s.base, Out: s.out,
	}
	return s.Print(r, func(w io.Writer) {
		cli.Printf(w, "%d rows in %.2f s, %.0f rows/s: %d refused, %d flagged\n", r.Rows, seconds, r.RowsPerSecond, r.Refused, r.Flagged)
		cli.ShowFindings(w, report)
		if s.out != "" {
			cli.Printf(w, "written to %s\n", s.out)
		}
	})
}

// sink returns where the scored rows go.
func (s *scoring) sink(ctx context.Context, a serve.Artifact, src dataset.Source, out *dataset.Schema) (dataset.Sink, error) {
	create := func(columns *dataset.Schema) (dataset.Sink, error) { return lab.CreateData(s.out, columns) }
	switch {
	case s.out == "":
		return lab.Discard{}, nil
	case !s.contributions:
		return create(out)
	}
	x, err := lab.Explain(ctx, a, src, s.Workers)
	if err != nil {
		return nil, err
	}
	for _, b := range x.Base() {
		s.base = append(s.base, cli.Number(b))
	}
	return x.Contributions(out, create)
}
