package repair

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// Repair is one of the repairs of this package. The list is closed.
type Repair interface {
	plan() (plan, error)
}

// plan is a repair whose options are known to be good. One of bind, convert, smooth and dedupe is set.
type plan struct {
	name    string // in the ledger
	column  string
	bind    func(t target) (cellFunc, error)
	convert *Convert
	smooth  *Smooth
	dedupe  *Dedupe
	mends   bool
}

// target is the column that a repair works on.
type target struct {
	field dataset.Field // in the source
	as    dataset.Type  // what it holds: the type of field, but for a text column what a schema says that its texts stand for
}

// cellFunc returns what becomes of a cell, in value form, and the name of the repair; it returns the cell itself and no name when there is nothing to repair.
type cellFunc func(x dataset.Value) (y dataset.Value, by string)

// minKey is the least length of a key in bytes.
const minKey = 16

// Options says how a Repairer works. The zero value is ready to use where no repaired column is personal.
type Options struct {
	Schema    *dataset.Schema  // which columns are personal, beside the source's own marks, and what the texts of a column stand for where the source has texts; nil is the source's schema
	Key       []byte           // of the HMAC-SHA-256 that stands in the ledger for a value of a personal column, at least 16 bytes; needed for such a ledger only
	MaxKeys   int              // most distinct rows that a Dedupe holds, of about 50 bytes each; 0 is 64 million
	Allocator memory.Allocator // for repaired columns; nil is Go's
}

// Repairer applies a list of repairs to sources. It is immutable and safe for concurrent use.
type Repairer struct {
	cells    map[string][]plan // by column, in the order of the list
	converts map[string]*Convert
	smooths  map[string]*Smooth
	dedupe   *Dedupe
	o        Options
}

// New returns the repairer of repairs. Repairs of one column's cells are made in the order of the list; of the others, Convert comes before all, Dedupe looks at
// repaired cells, and Smooth comes last. Errors are *dataset.OptionError, joined, one for each bad option of any repair. A list has at most one Dedupe, and one
// Convert and one Smooth for a column; a Dedupe must not look at a column that is smoothed, which would make equal what it found different.
func New(repairs []Repair, o Options) (*Repairer, error) {
	r := &Repairer{cells: make(map[string][]plan), converts: make(map[string]*Convert), smooths: make(map[string]*Smooth), o: o}
	if r.o.Allocator == nil {
		r.o.Allocator = memory.DefaultAllocator
	}
	var errs []error
	if n := len(o.Key); n > 0 && n < minKey {
		errs = append(errs, option("Options.Key", strconv.Itoa(n)+" bytes", "16 bytes or more"))
	}
	if o.MaxKeys < 0 {
		errs = append(errs, option("Options.MaxKeys", strconv.Itoa(o.MaxKeys), "0 or more"))
	}
	for i, repair := range repairs {
		if repair == nil {
			errs = append(errs, option("New.repairs", "nil at "+strconv.Itoa(i), "a repair"))
			continue
		}
		p, err := repair.plan()
		if err == nil {
			err = r.add(p)
		}
		errs = append(errs, err)
	}
	errs = append(errs, r.order())
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("repair: new: %w", err)
	}
	return r, nil
}

func (r *Repairer) add(p plan) error {
	switch {
	case p.dedupe != nil && r.dedupe != nil:
		return option("Dedupe", "a second one", "one in a list")
	case p.dedupe != nil:
		r.dedupe = p.dedupe
	case p.convert != nil && r.converts[p.column] != nil:
		return option("Convert.Column", strconv.Quote(p.column)+" twice", "one for a column")
	case p.convert != nil:
		r.converts[p.column] = p.convert
	case p.smooth != nil && r.smooths[p.column] != nil:
		return option("Smooth.Column", strconv.Quote(p.column)+" twice", "one for a column")
	case p.smooth != nil:
		r.smooths[p.column] = p.smooth
	default:
		r.cells[p.column] = append(r.cells[p.column], p)
	}
	return nil
}

// order checks that what is smoothed decides no duplicates.
func (r *Repairer) order() error {
	if r.dedupe == nil || len(r.smooths) == 0 {
		return nil
	}
	if r.dedupe.By == nil {
		return option("Dedupe.By", "nil", "the columns that count, since one is smoothed")
	}
	for _, name := range r.dedupe.By {
		if r.smooths[name] != nil {
			return option("Dedupe.By", strconv.Quote(name), "columns that are not smoothed")
		}
	}
	return nil
}

func option(field, value, want string) error {
	return &dataset.OptionError{Field: "repair." + field, Value: value, Want: want}
}

// named checks the Column of a repair.
func named(field, column string) error {
	if column == "" {
		return option(field, `""`, "the name of a column")
	}
	return nil
}

// unfit says that a column has a type that a repair cannot read.
func unfit(t target, want string) error {
	return &dataset.SchemaError{Column: t.field.Name, Want: want, Got: "type " + string(t.field.Type)}
}

// texts is the plan of a repair of texts.
func texts(name, column string, f func(string) string) plan {
	return plan{name: name, column: column, bind: func(t target) (cellFunc, error) {
		if !t.field.Type.IsText() {
			return nil, unfit(t, "a text column for "+name)
		}
		return func(x dataset.Value) (dataset.Value, string) {
			if !x.Valid {
				return x, ""
			}
			y := f(x.Text)
			if y == x.Text {
				return x, ""
			}
			return dataset.TextValue(y), name
		}, nil
	}}
}

// numbers is the plan of a repair of numbers: bind gives what becomes of a finite or infinite number of a type. In a text column it sees the texts that are numbers.
func numbers(name, column string, bind func(t dataset.Type) (func(float64) float64, error)) plan {
	return plan{name: name, column: column, bind: func(t target) (cellFunc, error) {
		as := t.number()
		if as == "" {
			return nil, unfit(t, "a column of numbers for "+name)
		}
		f, err := bind(as)
		if err != nil {
			return nil, &dataset.SchemaError{Column: column, Want: err.Error(), Got: "type " + string(as)}
		}
		whole := func(x float64) (float64, bool) {
			y, ok := store(as, f(x))
			return y, ok && y != x && x == x
		}
		if !t.field.Type.IsText() {
			return func(x dataset.Value) (dataset.Value, string) {
				if x.Valid {
					if y, ok := whole(x.Number); ok {
						return dataset.NumberValue(y), name
					}
				}
				return x, ""
			}, nil
		}
		field := dataset.Field{Name: column, Type: as}
		return func(x dataset.Value) (dataset.Value, string) {
			if !x.Valid {
				return x, ""
			}
			if v, verdict := validate.ParseCell(field, x.Text); verdict.Severity != validate.Refused {
				if y, ok := whole(v.Number); ok {
					return dataset.TextValue(plain(as, y)), name
				}
			}
			return x, ""
		}, nil
	}}
}

// number returns the type in which the column's numbers are read, "" when it has none.
func (t target) number() dataset.Type {
	switch {
	case t.as.IsNumeric():
		return t.as
	case t.as.IsText():
		return dataset.Float64
	default:
		return ""
	}
}
