package main

import (
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

// page writes the page of -html.
func (c *checking) page(r *validate.Report, schema *dataset.Schema) error {
	return cli.WritePage(c.html, func(w io.Writer) error {
		return report.WriteReport(w, r, report.ReportOptions{Title: filepath.Base(c.data), Schema: schema})
	})
}
