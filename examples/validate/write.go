package main

import (
	"context"
	"encoding/json"
	"io"
	"path/filepath"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/report"
)

func (c *checking) writeSchema(s *dataset.Schema) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return cli.WriteFile(c.write, append(text, '\n'))
}

// page writes the page of -html, with how the rows differ from the reference where there is one.
func (c *checking) page(ctx context.Context, o outcome, v *validate.Validator, reference *validate.Profile, src dataset.Source) error {
	if c.html == "" {
		return nil
	}
	options := report.ReportOptions{Title: filepath.Base(c.data), Schema: v.Schema(), Quality: &o.Quality}
	if o.Repaired != nil {
		options.Repaired = &o.Repaired.Quality
	}
	if reference != nil {
		var err error
		if options.Skew, err = c.compare(ctx, v, o.Report, reference, src); err != nil {
			return err
		}
	}
	return cli.WritePage(c.html, func(w io.Writer) error { return report.WriteReport(w, o.Report, options) })
}
