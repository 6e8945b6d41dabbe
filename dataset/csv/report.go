package csv

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
)

// Report says what was inferred of a file and why. It holds no values of rows.
type Report struct {
	Rows    int64          // records behind the header that were read
	Part    bool           // there are more of them, behind the first Options.InferBytes of text: they must fit the types, and every column is nullable
	Filled  int64          // of them, those that RaggedPad filled up
	Skipped int64          // records that RaggedSkip left out
	Columns []ColumnReport // in the order of the file
}

// ColumnReport is what was inferred of a column and why.
type ColumnReport struct {
	Name  string
	Type  dataset.Type
	Given bool   // Options.Types says the type
	Nulls int64  // cells that are null; of a column that became text late, also those of its first rows that are none in text
	Steps []Step // what the column was taken for, in the order of lines; empty when it has no value
}

// Step is a type that the cells of a column had up to some line, and the line of the first cell that wanted another.
type Step struct {
	Line int64        // where the first record is that does not fit what was before
	Type dataset.Type // what holds all cells up to there
	Huge bool         // the cell is an integer that int64 does not hold
}

// Why returns the reason for the type in words.
func (c ColumnReport) Why() string {
	switch {
	case c.Given:
		return "given"
	case len(c.Steps) == 0:
		return "no value"
	}
	words := make([]string, len(c.Steps))
	for i, s := range c.Steps {
		words[i] = fmt.Sprintf("%s from line %d", s.Type, s.Line)
		if s.Huge {
			words[i] = fmt.Sprintf("beyond int64 from line %d", s.Line)
		}
	}
	return strings.Join(words, ", ")
}

// Report returns what was inferred, nil for a source whose schema was given.
func (s *Source) Report() *Report {
	if s.report == nil {
		return nil
	}
	r := *s.report
	r.Columns = slices.Clone(r.Columns)
	return &r
}

func (in *inference) report(schema *dataset.Schema) *Report {
	r := &Report{Rows: in.rows, Part: in.part, Filled: in.short, Skipped: in.left, Columns: make([]ColumnReport, len(in.columns))}
	for j, g := range in.columns {
		_, given := in.forced[j]
		r.Columns[j] = ColumnReport{Name: g.name, Type: schema.Field(j).Type, Given: given, Nulls: g.nulls, Steps: g.steps}
	}
	return r
}
