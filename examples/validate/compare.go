package main

import (
	"context"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/skew"
)

// compare says how the rows differ from the reference. They are taken in the types of the schema, so that one cell that is no number does not make its column one of texts;
// such a cell is null. Where a whole column does not fit, all stay as they are.
func (c *checking) compare(ctx context.Context, v *validate.Validator, r *validate.Report, reference *validate.Profile, src dataset.Source) (*skew.Report, error) {
	c.Stage("comparing with the reference")
	unfit := func(f validate.Finding) bool {
		return f.Severity == validate.Refused && (f.Rule == validate.RuleMissingColumn || f.Rule == validate.RuleColumnType)
	}
	if !slices.ContainsFunc(r.Findings, unfit) {
		src = dataset.Map(src, v.Schema(), func(_ context.Context, b dataset.Batch) (dataset.Batch, error) {
			out, _, err := v.Conform(b)
			return out, err
		})
	}
	current, err := validate.ProfileOf(ctx, src, validate.ProfileOptions{Workers: c.Workers})
	if err != nil {
		return nil, err
	}
	return skew.Compare(reference, current, skew.Options{})
}
