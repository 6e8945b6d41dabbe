package cli

import (
	"context"
	"io"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// Discard is a sink that keeps nothing.
type Discard struct{}

// Write implements dataset.Sink.
func (Discard) Write(context.Context, dataset.Batch) error { return nil }

// Commit implements dataset.Sink.
func (Discard) Commit(context.Context) error { return nil }

// Close implements dataset.Sink.
func (Discard) Close() error { return nil }

// ShowFindings prints the findings of a report, one a line.
func ShowFindings(w io.Writer, r *validate.Report) {
	for _, f := range r.Findings {
		name := f.Column
		if f.Other != "" {
			name += " and " + f.Other
		}
		Printf(w, "  %-8s %-20s %-24s %6d rows (%.2f %%)  want %s, got %s; first rows %v\n", f.Severity, f.Rule, name, f.Count, 100*f.Share, f.Want, f.Got, f.FirstRows)
	}
}
