package validate

import "github.com/tidewheel/tidewheel/dataset"

// CheckFold is the fold of Check, for the suite of folds.
type CheckFold = checkFold

// NewCheckFold returns the fold of no rows of s.
func (v *Validator) NewCheckFold(s *dataset.Schema) *CheckFold {
	return v.newFold(newLayout(s, v.schema))
}

// Report returns what the fold met.
func (f *checkFold) Report() *Report { return f.v.report(f.layout, f.tally) }
