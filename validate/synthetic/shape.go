package synthetic

import (
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// carriers is what whole columns are: what they are carried as, missing, renamed, reordered.
type carriers struct {
	fault    []Fault // of each column as a whole, empty for none
	carry    []carry
	extra    string // the name of a further column, empty without
	reversed bool
	about    []Planted // of all rows
	types    []dataset.Type
	rules    []validate.Rule // what is counted in each cell of a column that is read, empty for nothing
	parts    []part
}

// shape plants the faults of whole columns.
func (b *Broken) shape(rows *Rows, faults []Fault, may func(int) bool) {
	n := len(rows.columns)
	b.fault, b.carry = make([]Fault, n), make([]carry, n)
	for _, f := range ColumnFaults() {
		if !slices.Contains(faults, f) {
			continue
		}
		switch f {
		case ExtraColumn:
			b.extra = rows.fresh("further")
			b.note(f, b.extra, validate.RuleExtraColumn, validate.Counted)
			continue
		case ReorderedColumns:
			if b.reversed = n > 1; b.reversed {
				b.note(f, "", validate.RuleReorderedColumns, validate.Counted)
			}
			continue
		default: // of one column
		}
		for i, c := range rows.columns {
			if may(i) && b.fault[i] == "" && c.can(f, rows.options.Profile) {
				b.fault[i] = f
				b.noteColumn(rows, f, c.field.Name)
				break
			}
		}
	}
}

func (b *Broken) note(f Fault, column string, rule validate.Rule, severity validate.Severity) {
	b.about = append(b.about, Planted{Row: AllRows, Column: column, Fault: f, Rule: rule, Severity: severity})
}

// noteColumn notes what refuses or flags all rows; what is counted in cells is in rules.
func (b *Broken) noteColumn(rows *Rows, f Fault, name string) {
	switch f {
	case MissingColumn:
		b.note(f, name, validate.RuleMissingColumn, validate.Refused)
	case RenamedColumn:
		b.note(f, name, validate.RuleMissingColumn, validate.Refused)
		b.note(f, rows.fresh(name), validate.RuleExtraColumn, validate.Counted)
	case UnfitType:
		b.note(f, name, validate.RuleColumnType, validate.Refused)
	case OtherUnit:
		b.note(f, name, validate.RuleUnit, validate.Flagged)
	default:
		b.note(f, name, wholeRule(f), validate.Counted)
	}
}

// hides reports whether every row is refused before its cells are looked at.
func (b *Broken) hides() bool {
	return slices.ContainsFunc(b.fault, func(f Fault) bool { return f == MissingColumn || f == RenamedColumn || f == UnfitType })
}

// fresh returns a name that no column has.
func (r *Rows) fresh(name string) string {
	for r.schema.Index(name) >= 0 {
		name += "_2"
	}
	return name
}

// can reports whether a column can have a fault as a whole.
func (c *column) can(f Fault, p *validate.Profile) bool {
	switch f {
	case MissingColumn, RenamedColumn, UnfitType:
		return true
	case OtherUnit:
		return c.field.Unit != ""
	case NumberAsText:
		return c.field.Type.IsNumeric()
	case BoolAsNumber:
		return c.class == dataset.ClassBool
	case NumberAsBool:
		if p != nil {
			if _, ok := p.Column(c.field.Name); ok {
				return false
			}
		}
		least, most := typeRange(c.field.Type)
		if c.field.Min != nil {
			least = *c.field.Min
		}
		if c.field.Max != nil {
			most = *c.field.Max
		}
		return (c.class == dataset.ClassInteger || c.class == dataset.ClassFloat) && least <= 0 && most >= 1
	case TextAsNumber:
		return c.class == dataset.ClassText && c.field.OneOf == nil && c.language == nil
	case WholeAsFloat:
		return c.class == dataset.ClassInteger
	case DateAsTime:
		return c.class == dataset.ClassDate
	default:
		return false
	}
}

// layout makes the schema of what is broken and the parts of its batches.
func (b *Broken) layout(rows *Rows) (*dataset.Schema, error) {
	var fields []dataset.Field
	b.types, b.rules = make([]dataset.Type, len(rows.columns)), make([]validate.Rule, len(rows.columns))
	for i, c := range rows.columns {
		b.types[i], b.rules[i] = c.carried(b.carry[i])
		if b.fault[i] != "" {
			b.types[i], b.rules[i] = c.carriedWhole(b.fault[i])
		}
		f := c.field
		out := dataset.Field{
			Name: f.Name, Type: b.types[i], Nullable: true, Role: f.Role, Unit: f.Unit, Personal: f.Personal, Sensitive: f.Sensitive, Purpose: f.Purpose, Description: f.Description,
		}
		p := part{typ: b.types[i], column: c, cell: func(d *draw, row int64) cell { return b.cell(i, d, row) }}
		switch b.fault[i] {
		case MissingColumn:
			continue
		case RenamedColumn:
			out.Name = rows.fresh(f.Name)
		case OtherUnit:
			out.Unit = "other " + f.Unit
		default: // in the cells
		}
		if c.nested() && b.types[i] == f.Type {
			p.nested = c
			p.isNull = func(row int64) bool { r := b.at(row); return r != nil && r.column == i }
		}
		fields = append(fields, out)
		b.parts = append(b.parts, p)
	}
	if b.extra != "" {
		fields = append(fields, dataset.Field{Name: b.extra, Type: dataset.Utf8, Nullable: true})
		stream := streamOf(b.stream, b.extra)
		b.parts = append(b.parts, part{typ: dataset.Utf8, cell: func(d *draw, row int64) cell { return cell{text: word(d.at(stream, row), 6)} }})
	}
	if b.reversed {
		slices.Reverse(fields)
		slices.Reverse(b.parts)
	}
	return dataset.NewSchema(fields...)
}

// carried returns the type that holds a column's faults, and what is counted of its other cells.
func (c *column) carried(as carry) (dataset.Type, validate.Rule) {
	switch {
	case as == text && c.field.Type.IsNumeric():
		return dataset.Utf8, validate.RuleTextAsNumber
	case as == float && c.class == dataset.ClassInteger:
		return dataset.Float64, validate.RuleFloatAsInteger
	case as == wide && c.class == dataset.ClassInteger:
		return dataset.Int64, ""
	case as == wide && c.field.Type == dataset.Float32:
		return dataset.Float64, ""
	default:
		return c.field.Type, ""
	}
}

// wholeRule is what is counted in each cell for a fault of the whole column that is accepted, empty for the others.
func wholeRule(f Fault) validate.Rule {
	switch f {
	case NumberAsText:
		return validate.RuleTextAsNumber
	case BoolAsNumber:
		return validate.RuleNumberAsBool
	case NumberAsBool:
		return validate.RuleBoolAsNumber
	case TextAsNumber:
		return validate.RuleNumberAsText
	case WholeAsFloat:
		return validate.RuleFloatAsInteger
	case DateAsTime:
		return validate.RuleNumberFormChange
	default:
		return ""
	}
}

// carriedWhole is carried for a fault of the whole column.
func (c *column) carriedWhole(f Fault) (dataset.Type, validate.Rule) {
	typ := c.field.Type
	switch f {
	case UnfitType:
		if typ = dataset.Binary; c.class == dataset.ClassBinary {
			typ = dataset.Bool
		}
	case NumberAsText:
		typ = dataset.Utf8
	case BoolAsNumber, TextAsNumber:
		typ = dataset.Int64
	case NumberAsBool:
		typ = dataset.Bool
	case WholeAsFloat:
		typ = dataset.Float64
	case DateAsTime:
		typ = dataset.Timestamp
	default: // of its own type
	}
	return typ, wholeRule(f)
}

// whole returns the cell of column i in a row, as the fault of its whole column has it.
func (b *Broken) whole(i int, d *draw, row int64) cell {
	c := b.rows.columns[i]
	switch b.fault[i] {
	case NumberAsBool, TextAsNumber, UnfitType:
		if c.isNull(d, row) {
			return cell{null: true}
		}
		d.at(b.stream, row)
		if b.fault[i] == TextAsNumber {
			return cell{number: float64(d.IntN(1000))}
		}
		return cell{asText: true, text: word(d, 4), number: float64(d.IntN(2))}
	default:
		return c.at(d, row)
	}
}
