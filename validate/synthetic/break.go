package synthetic

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// BreakOptions says what is broken. The zero value breaks one row in a hundred, with every fault of single cells that the columns can have.
type BreakOptions struct {
	Seed    uint64
	Faults  []Fault  // nil is CellFaults; those of whole columns come beside them once, in the first column that can have it. The first three of ColumnFaults hide what is in single cells, so they stand alone
	Columns []string // that may break; nil is all
	Share   float64  // of the rows that have a fault in a single cell, each one (a swap two cells), in [0, 1]; 0 is 0.01; at least one row for each column and fault, while there are rows
}

// Broken is a source of rows with faults, which knows where they are. Its schema has the names of the rows' columns and the types that hold the faults (text where one
// is text) and no rules. It is immutable and safe for concurrent use, also by several ranges at once.
type Broken struct {
	rows   *Rows
	schema *dataset.Schema
	carriers
	recipes []recipe
	spoilt  int64 // rows with a fault in a single cell
	places  shuffled
	stream  uint64
}

// Break plants faults in rows. Which rows they are in follows from the seed. A column and fault comes as often as any other, to a row.
//
// Errors: *dataset.OptionError, joined, for options out of range, for a fault that is named and that no column can have, and for faults that hide others.
func Break(rows *Rows, o BreakOptions) (*Broken, error) {
	b := &Broken{rows: rows, stream: mix(rows.options.Seed ^ mix(o.Seed+1))}
	faults := o.Faults
	if faults == nil {
		faults = CellFaults()
	}
	if err := errors.Join(o.check(rows.schema), b.plan(faults, o)); err != nil {
		return nil, fmt.Errorf("synthetic: break: %w", err)
	}
	share := o.Share
	if share == 0 {
		share = 0.01
	}
	if len(b.recipes) > 0 {
		b.spoilt = min(max(int64(math.Round(share*float64(rows.n))), int64(len(b.recipes))), rows.n)
	}
	b.places = newShuffled(uint64(rows.n), b.stream)
	var err error
	if b.schema, err = b.layout(rows); err != nil {
		return nil, fmt.Errorf("synthetic: break: %w", err)
	}
	return b, nil
}

func (o *BreakOptions) check(s *dataset.Schema) error {
	var errs []error
	if !(o.Share >= 0 && o.Share <= 1) {
		errs = append(errs, breakOption("Share", fmt.Sprint(o.Share), "a share in [0, 1]"))
	}
	for _, name := range o.Columns {
		if s.Index(name) < 0 {
			errs = append(errs, breakOption("Columns", fmt.Sprintf("%q", name), "the name of a column"))
		}
	}
	return errors.Join(errs...)
}

func breakOption(field, value, want string) error {
	return &dataset.OptionError{Field: "synthetic.BreakOptions." + field, Value: value, Want: want}
}

// plan chooses the recipes and what the columns are carried as.
func (b *Broken) plan(faults []Fault, o BreakOptions) error {
	may := func(i int) bool { return o.Columns == nil || slices.Contains(o.Columns, b.rows.schema.Field(i).Name) }
	b.shape(b.rows, faults, may)
	var errs []error
	for i, c := range b.rows.columns {
		if !may(i) || b.fault[i] != "" {
			continue
		}
		for _, r := range append(c.recipes(i), b.rows.guarded(i, may)...) {
			if slices.Contains(faults, r.fault) && (r.other < 0 || b.fault[r.other] == "") {
				b.recipes = append(b.recipes, r)
				b.carry[i] = max(b.carry[i], r.needs)
			}
		}
	}
	slices.SortStableFunc(b.recipes, func(x, y recipe) int {
		if x.column != y.column {
			return x.column - y.column
		}
		return slices.Index(CellFaults(), x.fault) - slices.Index(CellFaults(), y.fault)
	})
	for k := range b.recipes {
		b.settle(&b.recipes[k])
	}
	for _, f := range faults {
		met := slices.Contains(b.fault, f) || f == ExtraColumn && b.extra != "" || f == ReorderedColumns && b.reversed ||
			slices.ContainsFunc(b.recipes, func(r recipe) bool { return r.fault == f })
		if !met && o.Faults != nil {
			errs = append(errs, breakOption("Faults", fmt.Sprintf("%q", string(f)), "a fault that one of the columns can have"))
		}
	}
	if b.hides() && (len(b.recipes) > 0 || len(faults) > 1) {
		errs = append(errs, breakOption("Faults", fmt.Sprint(len(faults)), "a missing, renamed or unfit column alone"))
	}
	return errors.Join(errs...)
}

// settle says what becomes of a NaN or an infinity in the column that carries it, and how grave a fault is.
func (b *Broken) settle(r *recipe) {
	asText := b.carry[r.column] == text
	switch r.fault {
	case NotANumber, PositiveInfinity, NegativeInfinity:
		r.unread = asText
		if r.fault == NotANumber && !asText && b.rows.columns[r.column].field.Nullable {
			r.rule, r.severity = validate.RuleNaNAsNull, validate.Counted
		}
	case UnseenCategory, MisspeltCategory:
		if r.rule != validate.RuleOneOf {
			r.severity = validate.Counted
		}
	default: // what they are does not depend on what carries them
	}
}

// Schema implements dataset.Source.
func (b *Broken) Schema() *dataset.Schema { return b.schema }

// Batches implements dataset.Source.
func (b *Broken) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return b.rows.batches(ctx, b.schema, b.parts)
}

// at returns the recipe of a row, nil for a row without one.
func (b *Broken) at(row int64) *recipe {
	if b.spoilt == 0 {
		return nil
	}
	k := int64(b.places.from(uint64(row)))
	if k >= b.spoilt {
		return nil
	}
	return &b.recipes[k%int64(len(b.recipes))]
}

// cell returns the cell of column i in a row.
func (b *Broken) cell(i int, d *draw, row int64) cell {
	c := b.rows.columns[i]
	switch r := b.at(row); {
	case r == nil || r.column != i && r.other != i:
		return b.whole(i, d, row)
	case r.other == i:
		return b.rows.columns[r.column].value(d, row)
	case r.other >= 0:
		return b.rows.columns[r.other].value(d, row)
	default:
		was := c.value(d, row)
		return r.spoil(d.at(b.stream, row), was)
	}
}

// Planted returns what is planted: the faults of whole columns, and then those of single cells in order of the rows.
func (b *Broken) Planted() iter.Seq[Planted] {
	return func(yield func(Planted) bool) {
		for _, p := range b.about {
			if !yield(p) {
				return
			}
		}
		for row := range b.rows.n {
			if r := b.at(row); r != nil && !yield(b.planted(row, r)) {
				return
			}
		}
	}
}

func (b *Broken) planted(row int64, r *recipe) Planted {
	p := Planted{Row: row, Column: b.rows.columns[r.column].field.Name, Fault: r.fault, Rule: r.rule, Severity: r.severity}
	if r.other >= 0 {
		p.Other = b.rows.columns[r.other].field.Name
	}
	return p
}
