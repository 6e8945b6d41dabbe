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

// RegisterFlights puts a model of january.csv into the registry in the folder models, as late@1.
func RegisterFlights(t *testing.T) {
	t.Helper()
	ctx, p := t.Context(), &cli.Program{Seed: 1}
	src, err := lab.OpenColumns(ctx, "january.csv", []string{"id", "flight", "arr_delay"}, []lab.Role{{Flag: "target", Column: "late", Role: dataset.Target}})
	if err != nil {
		t.Fatal(err)
	}
	problem, err := model.NewProblem(ctx, src, "late", model.ProblemOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := lab.NewRecipe(p, "linear", problem.Task, "")
	if err != nil {
		t.Fatal(err)
	}
	fitted, err := r.Fit(ctx, model.Training{Problem: problem, Rows: src})
	if err != nil {
		t.Fatal(err)
	}
	b, err := lab.Seal(ctx, p, src, registry.Contents{Name: "late", Model: fitted})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := cli.Register(ctx, "models", b); err != nil {
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
