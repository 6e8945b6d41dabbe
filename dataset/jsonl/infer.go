package jsonl

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// maxDigits is how many digits a decimal holds.
const maxDigits = 38

// guess is what the values of a key allow so far.
type guess struct {
	name     string
	kind     kind   // null until a value was met
	fraction bool   // a number that only a float holds
	beyond   bool   // an integer above those of int64
	below    bool   // a negative integer
	huge     bool   // an integer that neither int64 nor uint64 holds, of at most 38 digits
	mixed    bool   // scalars of several kinds: text
	json     bool   // values of several kinds of which some are nested, or nested ones that are no lists of scalars
	lists    bool   // whether arrays of scalars are lists
	items    *guess // what the elements of lists allow
	first    int64  // the line of the first record that has the key
	met      int64
	nulls    int64
	steps    []Step
}

// infer reads every record and returns the schema.
func infer(r *recordReader) (*dataset.Schema, *Report, error) {
	var guesses []*guess
	var items parser // of lists
	items.maxDepth = r.o.MaxDepth
	for {
		err := r.next(func(id int, v value) error {
			if id == len(guesses) {
				guesses = append(guesses, &guess{name: r.keys[id].name, lists: r.o.Nested == NestedColumns, first: r.line})
			}
			g := guesses[id]
			g.met++
			if v.kind == kindNull {
				g.nulls++
				return nil
			}
			return g.observe(v, r.line, &items)
		})
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, err
		}
	}
	report := &Report{Rows: r.record}
	var fields []dataset.Field
	for _, g := range withoutNames(guesses) {
		f := dataset.Field{Name: g.name, Type: g.typ(), Nullable: g.nulls > 0 || g.met < r.record}
		fields = append(fields, f)
		report.Columns = append(report.Columns, ColumnReport{Name: g.name, Type: f.Type, First: g.first, Nulls: g.nulls, Absent: r.record - g.met, Steps: g.steps})
	}
	s, err := dataset.NewSchema(fields...)
	return s, report, err
}

// withoutNames leaves out keys that have no value but null where other records have an object, whose members are columns.
func withoutNames(guesses []*guess) []*guess {
	objects := map[string]bool{}
	for _, g := range guesses {
		if !g.lists { // without flattening no name is of an object
			return guesses
		}
		for i := range g.name {
			if g.name[i] == '.' {
				objects[g.name[:i]] = true
			}
		}
	}
	out := guesses[:0:0]
	for _, g := range guesses {
		if g.kind != kindNull || !objects[g.name] {
			out = append(out, g)
		}
	}
	return out
}

// observe takes a value that is not null.
func (g *guess) observe(v value, line int64, items *parser) error {
	before := *g
	if err := g.widen(v, line, items); err != nil {
		return err
	}
	if g.kind != before.kind || g.fraction != before.fraction || g.beyond != before.beyond || g.below != before.below || g.huge != before.huge || g.mixed != before.mixed || g.json != before.json || g.items != nil {
		if t := g.typ(); len(g.steps) == 0 || g.steps[len(g.steps)-1].Type != t {
			g.steps = append(g.steps, Step{line, t})
		}
	}
	return nil
}

func (g *guess) widen(v value, line int64, items *parser) error {
	if g.kind == kindNull {
		g.kind = v.kind
	}
	if g.kind != v.kind {
		g.mixed = true
		g.json = g.json || g.kind == kindNested || v.kind == kindNested
	}
	if v.kind == kindNumber && !g.number(v.raw) {
		return formatError(line, g.name, "a number within float64", "a larger one")
	}
	if v.kind != kindNested {
		return nil
	}
	if g.json = g.json || !g.lists || v.raw[0] != '['; g.json {
		return nil
	}
	return g.list(v.raw, line, items)
}

// number takes a number. It reports false for one beyond float64.
func (g *guess) number(raw []byte) bool {
	if g.fraction && len(raw) < 300 && bytes.IndexByte(raw, 'e') < 0 && bytes.IndexByte(raw, 'E') < 0 {
		return true
	}
	digits := raw
	if raw[0] == '-' {
		digits = raw[1:]
	}
	whole := cell.IsInteger(raw)
	switch {
	case whole && len(digits) < 19:
		g.below = g.below || raw[0] == '-'
		return true
	case !whole:
		g.fraction = true
	default:
		g.large(raw, digits)
	}
	_, ok := cell.Float(raw)
	return ok
}

// large takes an integer of 19 digits or more.
func (g *guess) large(raw, digits []byte) {
	negative := raw[0] == '-'
	g.below = g.below || negative
	if _, ok := cell.Int(raw); ok {
		return
	}
	_, unsigned := cell.Uint(raw)
	switch {
	case unsigned && !negative:
		g.beyond = true
	case len(digits) <= maxDigits:
		g.huge = true
	default:
		g.fraction = true
	}
}

// list takes the elements of an array.
func (g *guess) list(raw []byte, line int64, items *parser) error {
	if g.items == nil {
		g.items = &guess{name: g.name}
	}
	return items.elements(raw, func(v value) error {
		if g.json = g.json || v.kind == kindNested; g.json || v.kind == kindNull {
			return nil
		}
		return g.items.widen(v, line, nil)
	})
}

func (g *guess) typ() dataset.Type {
	switch {
	case g.json, g.kind == kindNested && (g.items == nil || g.items.mixed || g.items.kind == kindNull):
		return dataset.JSON
	case g.mixed:
		return dataset.Utf8
	}
	switch g.kind {
	case kindBool:
		return dataset.Bool
	case kindNumber:
		return g.numberType()
	case kindNested:
		return dataset.List(g.items.typ())
	default:
		return dataset.Utf8
	}
}

func (g *guess) numberType() dataset.Type {
	switch {
	case g.fraction:
		return dataset.Float64
	case g.huge || g.beyond && g.below:
		return dataset.Decimal128(maxDigits, 0)
	case g.beyond:
		return dataset.Uint64
	default:
		return dataset.Int64
	}
}

// Report says what was inferred of a file and why. It holds no values of rows.
type Report struct {
	Rows    int64          // records that were read
	Columns []ColumnReport // in the order in which their keys are first met
}

// ColumnReport is what was inferred of a column and why.
type ColumnReport struct {
	Name   string
	Type   dataset.Type
	First  int64  // line of the first record that has the key; beyond that of the first record for a column that came later
	Nulls  int64  // records that have the key with null
	Absent int64  // records that do not have the key
	Steps  []Step // what the values were taken for, in the order of lines; empty when all are null
}

// Step is a type that the values of a column had from some line on.
type Step struct {
	Line int64        // where the record is that wanted the type
	Type dataset.Type // what holds all values up to there
}

// Drifted reports whether the column came later than others or changed its type on the way.
func (c ColumnReport) Drifted() bool { return c.Absent > 0 && c.First > 1 || len(c.Steps) > 1 }

// Why returns the reason for the type in words.
func (c ColumnReport) Why() string {
	if len(c.Steps) == 0 {
		return "no value"
	}
	words := make([]string, len(c.Steps))
	for i, s := range c.Steps {
		words[i] = string(s.Type) + " from line " + itoa(s.Line)
	}
	return strings.Join(words, ", ")
}
