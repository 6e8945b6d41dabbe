package validate

import (
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
)

// Rule names what was met. Names are stable; they are the keys of reports, metrics and problem documents.
type Rule string

// The rules that refuse a row, or, where the comment says so, every row.
const (
	RuleMissingColumn Rule = "missing_column" // the column is not there, under this name: every row is refused
	RuleColumnType    Rule = "column_type"    // the column has a type that cannot become the schema's: every row is refused
	RuleType          Rule = "type"           // the cell cannot be read as the column's type
	RuleFraction      Rule = "fraction"       // a number with a fraction in an integer or date column
	RuleOverflow      Rule = "overflow"       // a number that the column's type cannot hold
	RuleNull          Rule = "null"           // a null in a column that has none; counted where the column is nullable
	RuleNonFinite     Rule = "non_finite"     // NaN or an infinity
	RuleBelowMin      Rule = "below_min"      // a number under the field's Min
	RuleAboveMax      Rule = "above_max"      // a number over the field's Max
	RuleOneOf         Rule = "one_of"         // a category that is not in the field's OneOf
	RulePattern       Rule = "pattern"        // a text that the field's Pattern does not match as a whole
)

// The rules that flag a row, which is accepted.
const (
	RuleUnit           Rule = "unit"            // the data declares another unit than the schema
	RuleUnitScale      Rule = "unit_scale"      // a value out of everything seen, which a factor of 100 or 1000 brings back
	RuleSwappedColumns Rule = "swapped_columns" // two values that fit each other's columns better than their own
)

// The rules that count something that is accepted.
const (
	RuleExtraColumn      Rule = "extra_column"       // a column that the schema does not name; it is dropped
	RuleReorderedColumns Rule = "reordered_columns"  // the columns stand in another order; they are taken by name
	RuleTextAsNumber     Rule = "text_as_number"     // a text that is a number, bool, date or time without loss
	RuleBoolAsNumber     Rule = "bool_as_number"     // true or false in a numeric column: 1 or 0
	RuleNumberAsBool     Rule = "number_as_bool"     // 0 or 1 in a bool column
	RuleNumberAsText     Rule = "number_as_text"     // a number or bool in a text column, as its shortest text
	RuleFloatAsInteger   Rule = "float_as_integer"   // a float without a fraction in an integer column
	RuleNaNAsNull        Rule = "nan_as_null"        // NaN in a nullable column counts as a missing value
	RuleUnseenAsMissing  Rule = "unseen_as_missing"  // a category outside OneOf that the field takes as missing
	RuleUnseenAsOther    Rule = "unseen_as_other"    // a category outside OneOf that the field takes as one of its own
	RuleNumberFormChange Rule = "number_form_change" // a date as a timestamp at midnight, or such a timestamp as a date
)

// Severity says what a finding does to its rows. The zero Severity is none: nothing was found.
type Severity uint8

// The severities, from the mildest.
const (
	Clean   Severity = iota // nothing to say
	Counted                 // accepted, and counted so that it is no surprise later
	Flagged                 // accepted, and probably wrong: the answer says so
	Refused                 // not accepted
)

// String returns "clean", "counted", "flagged" or "refused".
func (s Severity) String() string {
	switch s {
	case Clean:
		return "clean"
	case Counted:
		return "counted"
	case Flagged:
		return "flagged"
	case Refused:
		return "refused"
	default:
		return fmt.Sprintf("severity(%d)", uint8(s))
	}
}

// MarshalText implements encoding.TextMarshaler with String.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler; it takes what String gives.
func (s *Severity) UnmarshalText(text []byte) error {
	for _, v := range []Severity{Clean, Counted, Flagged, Refused} {
		if v.String() == string(text) {
			*s = v
			return nil
		}
	}
	return fmt.Errorf("validate: severity: %w", &dataset.FormatError{
		Format: "severity", Want: "clean, counted, flagged or refused", Got: fmt.Sprintf("a text of %d bytes", len(text)),
	})
}

// MaxFirstRows is the number of row addresses that a Finding keeps.
const MaxFirstRows = 10

// Finding is what one rule met in one column of a whole source. It holds names, types, rules and counts, never values of rows.
type Finding struct {
	Rule      Rule     `json:"rule"`
	Column    string   `json:"column"`          // empty when the rule is about the row or the file
	Other     string   `json:"other,omitempty"` // the second column of a swap
	Severity  Severity `json:"severity"`
	Count     int64    `json:"count"`      // rows in which it was met; all rows of the source for a rule about a whole column
	Share     float64  `json:"share"`      // Count over the rows of the source, 0 for a source without rows
	FirstRows []int64  `json:"first_rows"` // addresses of the first rows, from 0, at most MaxFirstRows, ascending; never nil
	Want      string   `json:"want"`
	Got       string   `json:"got"`
}

// Report is the outcome of checking a source. Findings are in order of severity, the gravest first, then of the schema's columns, then of the rule's name.
type Report struct {
	OK          bool      `json:"ok"` // nothing was refused
	Rows        int64     `json:"rows"`
	RowsBad     int64     `json:"rows_bad"`     // rows with at least one refusal
	RowsFlagged int64     `json:"rows_flagged"` // rows accepted with at least one flag
	Findings    []Finding `json:"findings"`     // never nil
}

// Has reports whether the report holds a finding of a rule about a column.
func (r *Report) Has(rule Rule, column string) bool {
	for _, f := range r.Findings {
		if f.Rule == rule && (f.Column == column || f.Other == column) {
			return true
		}
	}
	return false
}

// RowFinding is what one rule met in one cell. Columns are positions in the Validator's schema; Other is the second column of a swap, else -1.
type RowFinding struct {
	Rule     Rule
	Severity Severity
	Column   int
	Other    int
}

// RowResult receives the findings of one row. It is reused from row to row, so that a row costs no allocation; it is not safe for concurrent use.
type RowResult struct {
	Severity Severity // the gravest of Findings, Clean without any
	Findings []RowFinding
}

// Reset empties r and keeps its memory.
func (r *RowResult) Reset() { r.Severity, r.Findings = Clean, r.Findings[:0] }

// OK reports whether the row is accepted.
func (r *RowResult) OK() bool { return r.Severity != Refused }

func (r *RowResult) add(v Verdict, column, other int) {
	r.Severity = max(r.Severity, v.Severity)
	r.Findings = append(r.Findings, RowFinding{Rule: v.Rule, Severity: v.Severity, Column: column, Other: other})
}

// Verdict is the outcome of one rule on one cell. The zero Verdict is clean.
type Verdict struct {
	Rule     Rule
	Severity Severity
}

func refuse(r Rule) Verdict { return Verdict{Rule: r, Severity: Refused} }
func flag(r Rule) Verdict   { return Verdict{Rule: r, Severity: Flagged} }
func count(r Rule) Verdict  { return Verdict{Rule: r, Severity: Counted} }
