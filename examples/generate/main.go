// Generate writes a model as a file of Go code, which needs the standard library only: for programs at the edge, and for go generate.
package main

import (
	"bytes"
	"context"
	"fmt"
	"go/token"
	"io"
	"path/filepath"
	"strings"

	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/model/gocode"
)

func main() { app().Main() }

func app() cli.App {
	return cli.App{
		Name:    "generate",
		Summary: "writes a model as the file of a Go package, with the same bits and no dependency",
		Example: "generate -model churn.txt -package churn -out churn.go",
		Setup: func(p *cli.Program) func(context.Context) error {
			g := &generating{Program: p}
			p.StringVar(&g.model, "model", "", "`model`: "+cli.ModelUsage)
			p.StringVar(&g.name, "package", "score", "`name` of the package")
			p.StringVar(&g.out, "out", "", "`file` to write, that ends in .go")
			return g.run
		},
	}
}

type generating struct {
	*cli.Program
	model, name, out string
}

type result struct {
	Model   string `json:"model"`
	Package string `json:"package"`
	Bytes   int    `json:"bytes"`
	Out     string `json:"out"`
}

func (g *generating) run(ctx context.Context) error {
	if err := g.Require("model", "out"); err != nil {
		return err
	}
	if !token.IsIdentifier(g.name) || g.name == "_" || g.name == "main" {
		return fmt.Errorf("flag -package: want the name of a package other than main, got %q", g.name)
	}
	if strings.ToLower(filepath.Ext(g.out)) != ".go" {
		return fmt.Errorf("flag -out: want a name that ends in .go, got %q", g.out)
	}
	if err := cli.CheckOutput("out", g.out, g.model); err != nil {
		return err
	}
	artifact, err := cli.OpenModel(ctx, g.model)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := gocode.Write(&b, artifact.Predictor(), gocode.Options{Package: g.name}); err != nil {
		return cli.ReadError(g.model, err)
	}
	if err := cli.WriteFile(g.out, b.Bytes()); err != nil {
		return fmt.Errorf("flag -out: %w", err)
	}
	r := result{Model: artifact.Digest(), Package: g.name, Bytes: b.Len(), Out: g.out}
	return g.Print(r, func(w io.Writer) {
		cli.Printf(w, "package %s: %d bytes of Go code written to %s\n", r.Package, r.Bytes, r.Out)
	})
}
