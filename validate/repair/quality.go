package repair

import (
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// The weights of the dimensions in Quality.Score; they add up to 1.
const (
	CompletenessWeight = 0.3
	ValidityWeight     = 0.4
	UniquenessWeight   = 0.15
	ConsistencyWeight  = 0.15
)

// Quality says how good rows are, each figure in [0, 1] with 1 for no fault found. Package comment and docs/quality.md define them.
type Quality struct {
	Score        float64 `json:"score"`        // the mean of the others by their weights
	Completeness float64 `json:"completeness"` // share of cells that are there
	Validity     float64 `json:"validity"`     // share of cells that are not refused for their value
	Uniqueness   float64 `json:"uniqueness"`   // share of rows that repeat no key
	Consistency  float64 `json:"consistency"`  // share of cells that do not contradict other cells, rows or the reference
}

// QualityOf returns the quality of rows from what was found in them: s is the schema they were checked against, reports are those of a validate.Validator, of a
// check.Checker and of others, all of the same rows, and p, which may be nil, is the profile of the rows for how often keys repeat. It errors with
// dataset.ErrSchema for no report, for reports of different numbers of rows, and for no rows or columns, which have no quality.
func QualityOf(s *dataset.Schema, p *validate.Profile, reports ...*validate.Report) (Quality, error) {
	fail := func(want, got string) (Quality, error) {
		return Quality{}, fmt.Errorf("repair: quality: %w", &dataset.SchemaError{Want: want, Got: got})
	}
	if len(reports) == 0 {
		return fail("a report", "none")
	}
	rows := reports[0].Rows
	if p != nil && p.Rows() != rows {
		return fail(fmt.Sprintf("a profile of %d rows", rows), fmt.Sprintf("one of %d", p.Rows()))
	}
	var cells [inconsistent + 1]int64 // that are bad, by dimension
	var repeated int64
	for _, r := range reports {
		if r.Rows != rows {
			return fail(fmt.Sprintf("reports on %d rows", rows), fmt.Sprintf("one on %d", r.Rows))
		}
		for i := range r.Findings {
			f := &r.Findings[i]
			d := dimensionOf(f)
			n := f.Count
			if f.Other != "" {
				n *= 2
			}
			if d == repeating {
				repeated = max(repeated, n)
				continue
			}
			cells[d] += n
		}
	}
	if rows == 0 || s.Len() == 0 {
		return fail("rows and columns", fmt.Sprintf("%d rows of %d columns", rows, s.Len()))
	}
	repeated = max(repeated, repeatedKeys(s, p))
	all := float64(rows) * float64(s.Len())
	q := Quality{
		Completeness: max(0, 1-float64(cells[incomplete])/all),
		Validity:     max(0, 1-float64(cells[invalid])/all),
		Uniqueness:   max(0, 1-float64(repeated)/float64(rows)),
		Consistency:  max(0, 1-float64(cells[inconsistent])/all),
	}
	q.Score = float64(CompletenessWeight*q.Completeness) + float64(ValidityWeight*q.Validity) + float64(UniquenessWeight*q.Uniqueness) + float64(ConsistencyWeight*q.Consistency)
	q.Score = min(q.Score, 1) // the weights add up to 1 but for rounding
	return q, nil
}

// dimension is what a finding lowers.
type dimension int

const (
	nothing dimension = iota
	incomplete
	invalid
	repeating
	inconsistent
)

// dimensionOf sorts a finding: those of validate by their rule, and those of others, which a host may have made, as consistency where they compare cells.
func dimensionOf(f *validate.Finding) dimension {
	switch f.Rule {
	case validate.RuleNull, validate.RuleNaNAsNull, validate.RuleUnseenAsMissing, validate.RuleMissingColumn: // also where they are counted: the cell is missing
		return incomplete
	default:
	}
	if f.Severity != validate.Refused && f.Severity != validate.Flagged {
		return nothing
	}
	switch f.Rule {
	case "not_null", "null_share":
		return incomplete
	case "unique":
		return repeating
	case validate.RuleUnit, validate.RuleUnitScale, validate.RuleSwappedColumns, "compare", "date_order", "row_sum", "distinct_in_row", "references", "increasing", "decreasing", "outliers",
		"like", "sum", "mean", "std", "quantile", "minimum", "maximum", "distinct_count", "row_count", "has_values", "freshness", "not_future":
		return inconsistent
	default:
		return invalid
	}
}

// repeatedKeys returns the most rows that repeat a value of a key column.
func repeatedKeys(s *dataset.Schema, p *validate.Profile) int64 {
	if p == nil {
		return 0
	}
	const estimate = 0.97 // of an estimated number of distinct values, at three standard errors
	most := int64(0)
	for _, name := range s.ByRole(dataset.Key) {
		c, ok := p.Column(name)
		if !ok || c.Personal && c.Distinct == 0 {
			continue
		}
		there := c.Rows - c.Nulls - c.NaN - c.Infinite
		if !c.DistinctExact && float64(c.Distinct) > estimate*float64(there) {
			continue
		}
		most = max(most, there-c.Distinct)
	}
	return most
}
