package validatetest

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// Kind is what an untyped cell holds.
type Kind uint8

// The kinds.
const (
	Null Kind = iota
	Number
	Text
	Bool
)

// Cell is a value with its column's name, as an untyped entrance meets it.
type Cell struct {
	Column string
	Kind   Kind
	Number float64
	Text   string
	Bool   bool
}

func number(column string, x float64) Cell { return Cell{Column: column, Kind: Number, Number: x} }
func text(column, s string) Cell           { return Cell{Column: column, Kind: Text, Text: s} }

// Fault is the valid row spoilt in one way, and what every entrance must say to it.
type Fault struct {
	Name     string
	Severity validate.Severity // Refused, Counted or Flagged
	Rule     validate.Rule
	Column   string // the column that the finding names; empty for the order of columns
	Other    string // the second column of a swap
	// Cells is the spoilt row. Its columns may lack one, have one more, or stand in another order.
	Cells []Cell
	// Payment is the same row as a typed one, nil where Go's types exclude the fault at compile time.
	Payment *Payment
	// Whole says that the fault is one of a column, which every row of a file shares.
	Whole bool

	spoil func(row []Cell) []Cell
}

// Faults returns the table. What it flags needs a reference profile of Reference.
func Faults() []Fault {
	set := func(c Cell) func([]Cell) []Cell {
		return func(row []Cell) []Cell {
			row[slices.IndexFunc(row, func(o Cell) bool { return o.Column == c.Column })] = c
			return row
		}
	}
	typed := func(f func(p *Payment)) *Payment {
		p := ValidPayment()
		f(&p)
		return &p
	}
	faults := []Fault{
		{
			Name: "missing column", Rule: validate.RuleMissingColumn, Column: "amount", Whole: true,
			spoil: func(row []Cell) []Cell { return row[1:] },
		},
		{
			Name: "renamed column", Rule: validate.RuleMissingColumn, Column: "amount", Whole: true,
			spoil: func(row []Cell) []Cell { row[0].Column = "amount_eur"; return row },
		},
		{Name: "text that is no number", Rule: validate.RuleType, Column: "age", spoil: set(text("age", "forty"))},
		{Name: "null in a never-null column", Rule: validate.RuleNull, Column: "amount", spoil: set(Cell{Column: "amount"})},
		{
			Name: "positive infinity", Rule: validate.RuleNonFinite, Column: "amount",
			Payment: typed(func(p *Payment) { p.Amount = math.Inf(1) }), spoil: set(number("amount", math.Inf(1))),
		},
		{
			Name: "negative infinity", Rule: validate.RuleNonFinite, Column: "amount",
			Payment: typed(func(p *Payment) { p.Amount = math.Inf(-1) }), spoil: set(number("amount", math.Inf(-1))),
		},
		{
			Name: "NaN", Rule: validate.RuleNonFinite, Column: "amount",
			Payment: typed(func(p *Payment) { p.Amount = math.NaN() }), spoil: set(number("amount", math.NaN())),
		},
		{
			Name: "out of range", Rule: validate.RuleAboveMax, Column: "age",
			Payment: typed(func(p *Payment) { p.Age = 130 }), spoil: set(number("age", 130)),
		},
		{
			Name: "unseen category", Rule: validate.RuleOneOf, Column: "country",
			Payment: typed(func(p *Payment) { p.Country = "BR" }), spoil: set(text("country", "BR")),
		},
		{
			Name: "misspelt category", Rule: validate.RuleOneOf, Column: "channel",
			Payment: typed(func(p *Payment) { p.Channel = "wbe" }), spoil: set(text("channel", "wbe")),
		},
		{Name: "fraction for an integer", Rule: validate.RuleFraction, Column: "age", spoil: set(number("age", 41.5))},
		{Name: "null category", Rule: validate.RuleNull, Column: "country", spoil: set(Cell{Column: "country"})},
		{
			Name: "negative where min is 0", Rule: validate.RuleBelowMin, Column: "amount",
			Payment: typed(func(p *Payment) { p.Amount = -5 }), spoil: set(number("amount", -5)),
		},
		{
			Name: "extra column", Severity: validate.Counted, Rule: validate.RuleExtraColumn, Column: "note", Whole: true,
			spoil: func(row []Cell) []Cell { return append(row, text("note", "x")) },
		},
		{
			Name: "reordered columns", Severity: validate.Counted, Rule: validate.RuleReorderedColumns, Whole: true,
			spoil: func(row []Cell) []Cell { slices.Reverse(row); return row },
		},
		{
			Name: "bool as 1", Severity: validate.Counted, Rule: validate.RuleNumberAsBool, Column: "member", Whole: true,
			spoil: func(row []Cell) []Cell {
				return set(number("member", bit(row[len(row)-1].Bool)))(row)
			},
		},
		{
			Name: "number as text", Severity: validate.Counted, Rule: validate.RuleTextAsNumber, Column: "amount", Whole: true,
			spoil: func(row []Cell) []Cell { return set(text("amount", row[0].text()))(row) },
		},
		{
			Name: "unit changed by a factor of 100", Severity: validate.Flagged, Rule: validate.RuleUnitScale, Column: "amount",
			Payment: typed(func(p *Payment) { p.Amount = 4250 }), spoil: set(number("amount", 4250)),
		},
		{
			Name: "two columns swapped", Severity: validate.Flagged, Rule: validate.RuleSwappedColumns, Column: "amount", Other: "credit_limit",
			Payment: typed(func(p *Payment) { p.Amount, p.Limit = p.Limit, p.Amount }),
			spoil:   func(row []Cell) []Cell { row[0].Number, row[1].Number = row[1].Number, row[0].Number; return row },
		},
	}
	for i := range faults {
		faults[i].Cells = faults[i].spoil(ValidPayment().Cells())
		if faults[i].Severity == validate.Clean {
			faults[i].Severity = validate.Refused
		}
	}
	return faults
}

// text returns the cell as a file of text has it.
func (c Cell) text() string {
	switch c.Kind {
	case Number:
		return strconv.FormatFloat(c.Number, 'f', -1, 64)
	case Bool:
		return strconv.FormatBool(c.Bool)
	case Text:
		return c.Text
	case Null:
		return ""
	default:
		return ""
	}
}

func bit(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// JSON returns the spoilt row as a JSON object, keys in the order of Cells; false where JSON excludes it (NaN and infinities).
func (f Fault) JSON() (string, bool) {
	var b strings.Builder
	b.WriteByte('{')
	for i, c := range f.Cells {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Quote(c.Column) + ":")
		switch c.Kind {
		case Null:
			b.WriteString("null")
		case Text:
			quoted, err := json.Marshal(c.Text)
			if err != nil {
				return "", false
			}
			b.Write(quoted)
		case Number, Bool:
			if math.IsNaN(c.Number) || math.IsInf(c.Number, 0) {
				return "", false
			}
			b.WriteString(c.text())
		}
	}
	b.WriteByte('}')
	return b.String(), true
}

// SpoiltRow is the position of the spoilt row in what Batch returns.
const SpoiltRow = 3

// Batch returns valid rows with the spoilt one among them, at SpoiltRow, as a file would give them: under the columns' own types, which follow from the cells
// (a column with one text that is no number is a text column). A fault of a whole column is in every row. rows is their number, at least SpoiltRow+1. The
// caller owns the batch. mem is for the columns; nil is Go's.
func (f Fault) Batch(mem memory.Allocator, rows int) (dataset.Batch, error) {
	records := recordsOf(Payments(7, max(rows, SpoiltRow+1)))
	records[SpoiltRow] = f.Cells
	for i := range records {
		if f.Whole && i != SpoiltRow {
			records[i] = f.spoil(records[i])
		}
	}
	s, err := schemaOf(records)
	if err != nil {
		return dataset.Batch{}, err
	}
	return batchOf(mem, s, records)
}

func recordsOf(rows []Payment) [][]Cell {
	out := make([][]Cell, len(rows))
	for i, p := range rows {
		out[i] = p.Cells()
	}
	return out
}

// schemaOf returns the narrowest types that hold the cells, as a reader of files infers them.
func schemaOf(records [][]Cell) (*dataset.Schema, error) {
	fields := make([]dataset.Field, len(records[0]))
	for j := range fields {
		bools, whole, texts := true, true, false
		for _, row := range records {
			c := row[j]
			bools = bools && (c.Kind == Bool || c.Kind == Null)
			whole = whole && (c.Kind != Number || c.Number == math.Trunc(c.Number))
			texts = texts || c.Kind == Text
		}
		fields[j] = dataset.Field{Name: records[0][j].Column, Type: dataset.Float64, Nullable: true}
		switch {
		case texts:
			fields[j].Type = dataset.Utf8
		case bools:
			fields[j].Type = dataset.Bool
		case whole:
			fields[j].Type = dataset.Int64
		}
	}
	return dataset.NewSchema(fields...)
}

// batchOf puts records under s, whose columns stand in their order.
func batchOf(mem memory.Allocator, s *dataset.Schema, records [][]Cell) (dataset.Batch, error) {
	if mem == nil {
		mem = memory.DefaultAllocator
	}
	columns := make([]arrow.Array, s.Len())
	for j := range columns {
		dt, err := s.Field(j).Type.Arrow()
		if err != nil {
			return dataset.Batch{}, err
		}
		b := array.NewBuilder(mem, dt)
		defer b.Release()
		for _, row := range records {
			appendCell(b, row[j])
		}
		columns[j] = b.NewArray()
		defer columns[j].Release()
	}
	return dataset.NewBatch(s, columns, len(records))
}

func appendCell(b array.Builder, c Cell) {
	if c.Kind == Null {
		b.AppendNull()
		return
	}
	switch b := b.(type) {
	case *array.Float64Builder:
		b.Append(c.Number)
	case *array.Int64Builder:
		b.Append(int64(c.Number))
	case *array.Int32Builder:
		b.Append(int32(c.Number))
	case *array.BooleanBuilder:
		b.Append(c.Bool)
	case *array.StringBuilder:
		b.Append(c.text())
	}
}
