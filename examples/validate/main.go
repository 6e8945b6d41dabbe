// Validate checks a file of rows against a schema, written down or inferred from a reference file.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/check"
)

func main() { app().Main() }

func app() cli.App {
	return cli.App{
		Name:    "validate",
		Summary: "checks a file of rows against a schema, and by a list of checks; exit status 1 when a row is refused",
		Example: "validate -reference january.csv -data february.csv -write-schema flights.json",
		Setup: func(p *cli.Program) func(context.Context) error {
			v := &checking{Program: p}
			p.StringVar(&v.reference, "reference", "", "`file` of good rows to infer the schema from; it also guards against changed units and swapped columns")
			p.StringVar(&v.schema, "schema", "", "`file` of a schema as JSON, in place of the inferred one")
			p.StringVar(&v.data, "data", "", "`file` of rows to check: "+lab.Formats)
			p.StringVar(&v.checks, "checks", "", "`file` of a list of checks as JSON, as docs/checks.md says; a foreign key names a file beside it")
			p.StringVar(&v.write, "write-schema", "", "`file` to write the schema to, for review")
			p.StringVar(&v.quarantine, "quarantine", "", "`file` to write the rows to that the schema refuses, each with its address and its reasons")
			p.StringVar(&v.repair, "repair", "", "`file` to write all rows to, repaired where a rule or the reference explains how; what was changed is in a .ledger.csv beside it")
			p.StringVar(&v.junit, "junit", "", "`file` to write the findings to as JUnit XML, for a CI server")
			p.StringVar(&v.html, "html", "", cli.PageUsage)
			return v.run
		},
	}
}

type checking struct {
	*cli.Program
	reference, schema, data, checks, write, quarantine, repair, junit, html string
	list                                                                    *check.Checker // of -checks, nil without
}

func (c *checking) run(ctx context.Context) error {
	if c.reference == "" && c.schema == "" {
		return errors.New("flags -reference, -schema: want one of them or both, got neither")
	}
	if err := c.checkOutputs(); err != nil {
		return err
	}
	schema, profile, err := c.rules(ctx)
	if err != nil {
		return err
	}
	if c.write != "" {
		if err := c.writeSchema(schema); err != nil {
			return err
		}
	}
	if c.data == "" {
		if c.write != "" {
			return nil
		}
		return c.Require("data")
	}
	c.Stage("reading")
	src, err := lab.OpenRows(c.data, schema)
	if err != nil {
		return err
	}
	src = c.Watch(c.data, src)
	if err := lab.WantRows(ctx, c.data, src); err != nil {
		return err
	}
	v, err := validate.New(schema, validate.ValidatorOptions{Reference: profile, Workers: c.Workers})
	if err != nil {
		return err
	}
	if err := c.readChecks(schema, profile); err != nil {
		return err
	}
	c.Stage("checking")
	r, err := c.check(ctx, v, src)
	if err != nil {
		return err
	}
	if err := c.writeJUnit(r); err != nil {
		return err
	}
	o, err := c.outcome(ctx, v, profile, src, r)
	if err != nil {
		return err
	}
	if err := c.page(ctx, o, v, profile, src); err != nil {
		return err
	}
	err = c.Print(o, o.show)
	if err == nil && !r.OK {
		return cli.ErrFailed
	}
	return err
}

// rules returns the schema, and the profile of the reference when there is one.
func (c *checking) rules(ctx context.Context) (*dataset.Schema, *validate.Profile, error) {
	var schema *dataset.Schema
	if c.schema != "" {
		text, err := os.ReadFile(c.schema)
		if err != nil {
			return nil, nil, err
		}
		if schema, err = dataset.ParseSchema(text); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", c.schema, err)
		}
		if c.reference == "" {
			return schema, nil, nil
		}
	}
	c.Stage("reading the reference")
	src, err := lab.OpenData(c.reference, schema)
	if err != nil {
		return nil, nil, err
	}
	src = c.Watch(c.reference, src)
	if err := lab.WantRows(ctx, c.reference, src); err != nil {
		return nil, nil, err
	}
	profile, err := validate.ProfileOf(ctx, src, validate.ProfileOptions{Workers: c.Workers})
	if err != nil || schema != nil {
		return schema, profile, err
	}
	schema, err = validate.Infer(profile, validate.InferOptions{})
	return schema, profile, err
}
