package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/check"
	"github.com/tidewheel/tidewheel/validate/contract"
	"github.com/tidewheel/tidewheel/validate/expression"
)

// readChecks reads the file of -checks.
func (c *checking) readChecks(schema *dataset.Schema, reference *validate.Profile) error {
	if c.checks == "" {
		return nil
	}
	text, err := os.ReadFile(c.checks)
	if err != nil {
		return err
	}
	list, err := check.Parse(text, check.ParseOptions{
		Clock: time.Now, Reference: reference,
		Expression: func(rule validate.Rule, text string) (check.Check, error) {
			return expression.New(rule, text, schema, expression.Options{})
		},
		Source: func(name string) (dataset.Source, error) {
			if !filepath.IsLocal(name) {
				return nil, fmt.Errorf("want a file beside the list of checks, got %q", name)
			}
			return lab.OpenData(filepath.Join(filepath.Dir(c.checks), name), nil)
		},
	})
	if err != nil {
		return fmt.Errorf("%s: %w", c.checks, err)
	}
	if c.list, err = check.New(list, check.Options{Workers: c.Workers}); err != nil {
		return fmt.Errorf("%s: %w", c.checks, err)
	}
	return nil
}

// check checks src by the schema and the checks, and writes the rows that the schema refuses aside when asked to.
func (c *checking) check(ctx context.Context, v *validate.Validator, src dataset.Source) (*validate.Report, error) {
	if c.quarantine == "" {
		return c.report(ctx, v, src)
	}
	schema, err := validate.QuarantineSchema(src.Schema())
	if err != nil {
		return nil, err
	}
	bad, err := lab.CreateData(c.quarantine, schema)
	if err != nil {
		return nil, err
	}
	report, err := v.Quarantine(ctx, src, nil, bad)
	if err = errors.Join(err, bad.Close()); err != nil || c.list == nil {
		return report, err
	}
	return c.report(ctx, v, src)
}

func (c *checking) report(ctx context.Context, v *validate.Validator, src dataset.Source) (*validate.Report, error) {
	if c.list == nil {
		return v.Check(ctx, src)
	}
	return c.list.RunWith(ctx, v, src)
}

// writeJUnit writes the file of -junit.
func (c *checking) writeJUnit(r *validate.Report) error {
	if c.junit == "" {
		return nil
	}
	return cli.WriteFile(c.junit, contract.JUnit(r, contract.JUnitOptions{Suite: filepath.Base(c.data)}))
}
