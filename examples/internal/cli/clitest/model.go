package clitest

import (
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/registry"
	"github.com/tidewheel/tidewheel/serve"
)

// Trained is what Seal makes a model of.
type Trained struct {
	Name   string // of the bundle
	Recipe string // of lab.NewRecipe
	Data   string // a file of rows
	Target string
	Drop   []string // columns to leave out
}

// Seal fits a model and seals it, as train does.
func Seal(t *testing.T, m Trained) *registry.Bundle {
	t.Helper()
	ctx, p := t.Context(), &cli.Program{Seed: 1}
	src, err := lab.OpenColumns(ctx, m.Data, m.Drop, []lab.Role{{Flag: "target", Column: m.Target, Role: dataset.Target}})
	if err != nil {
		t.Fatal(err)
	}
	problem, err := model.NewProblem(ctx, src, m.Target, model.ProblemOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := lab.NewRecipe(p, m.Recipe, problem.Task, "")
	if err != nil {
		t.Fatal(err)
	}
	fitted, err := r.Fit(ctx, model.Training{Problem: problem, Rows: src})
	if err != nil {
		t.Fatal(err)
	}
	b, err := lab.Seal(ctx, p, src, registry.Contents{Name: m.Name, Model: fitted})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// RegisterFlights puts a model of january.csv into the registry in the folder models, as late@1.
func RegisterFlights(t *testing.T) {
	t.Helper()
	b := Seal(t, Trained{Name: "late", Recipe: "linear", Data: "january.csv", Target: "late", Drop: []string{"id", "flight", "arr_delay"}})
	if _, _, err := cli.Register(t.Context(), "models", b); err != nil {
		t.Fatal(err)
	}
}

// ScoreFlights writes february.csv to scored.parquet with the answers of late@1.
func ScoreFlights(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	a, err := cli.OpenModel(ctx, "models/late@1")
	if err != nil {
		t.Fatal(err)
	}
	m, err := serve.NewModel(a, serve.Options{})
	if err != nil {
		t.Fatal(err)
	}
	src, err := lab.OpenRows("february.csv", m.Schema())
	if err != nil {
		t.Fatal(err)
	}
	create := func(s *dataset.Schema) (dataset.Sink, error) { return lab.CreateData("scored.parquet", s) }
	if _, err := serve.Run(ctx, m, src, create, serve.RunOptions{}); err != nil {
		t.Fatal(err)
	}
}
