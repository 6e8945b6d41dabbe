package synthetic_test

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/dataset/jsonl"
	"github.com/tidewheel/tidewheel/dataset/parquet"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/synthetic"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

// rowsOfFaults is how many rows go through each entrance: 5,200, or as many as TIDEWHEEL_FAULT_ROWS says.
func rowsOfFaults(t *testing.T) int64 {
	t.Helper()
	text := os.Getenv("TIDEWHEEL_FAULT_ROWS")
	if text == "" {
		return 5200
	}
	n, err := strconv.ParseInt(text, 10, 64)
	must(t, err)
	return n
}

// address is where something was planted, or found.
type address struct {
	row           int64
	column, other string
	rule          validate.Rule
}

// entrance is a way for rows to come in.
type entrance struct {
	name string
	// without are the faults that it excludes, or that cannot be told there from what is right.
	without []synthetic.Fault
	// instead is what a fault is there.
	instead map[synthetic.Fault]validate.Rule
	// found returns what is found in each cell and refused or flagged, and what is said about whole columns.
	found func(t *testing.T, v *validate.Validator, broken *synthetic.Broken) (map[address]validate.Severity, map[address]validate.Severity)
}

func entrances() []entrance {
	file := func(name string, create func(path string, s *dataset.Schema) (dataset.Sink, error), open func(path string) (dataset.Source, error)) func(*testing.T, *validate.Validator, *synthetic.Broken) (a, b map[address]validate.Severity) {
		return func(t *testing.T, v *validate.Validator, broken *synthetic.Broken) (a, b map[address]validate.Severity) {
			t.Helper()
			path := filepath.Join(t.TempDir(), name)
			sink, err := create(path, broken.Schema())
			must(t, err)
			_, err = dataset.Copy(t.Context(), sink, broken)
			must(t, err)
			must(t, sink.Close())
			src, err := open(path)
			must(t, err)
			return throughBatches(t, v, src)
		}
	}
	untyped := []synthetic.Fault{synthetic.OtherUnit, synthetic.UnfitType, synthetic.WholeAsFloat} // texts have no units, no bytes, and 3 is 3.0
	return []entrance{
		{name: "batches", found: func(t *testing.T, v *validate.Validator, broken *synthetic.Broken) (a, b map[address]validate.Severity) {
			t.Helper()
			return throughBatches(t, v, broken)
		}},
		{
			name: "csv", without: append([]synthetic.Fault{synthetic.NumberAsText}, untyped...), instead: map[synthetic.Fault]validate.Rule{synthetic.NotANumber: validate.RuleNull},
			found: file("rows.csv", func(path string, s *dataset.Schema) (dataset.Sink, error) {
				return csv.Create(path, s, csv.WriteOptions{})
			},
				func(path string) (dataset.Source, error) { return csv.Open(path, csv.Options{}) }),
		},
		{
			name: "json lines", without: append([]synthetic.Fault{synthetic.NotANumber, synthetic.PositiveInfinity, synthetic.NegativeInfinity}, untyped...), // JSON has none
			found: file("rows.jsonl", func(path string, s *dataset.Schema) (dataset.Sink, error) {
				return jsonl.Create(path, s, jsonl.WriteOptions{})
			}, func(path string) (dataset.Source, error) { return jsonl.Open(path, jsonl.Options{}) }),
		},
		{
			name: "parquet",
			found: file("rows.parquet", func(path string, s *dataset.Schema) (dataset.Sink, error) {
				return parquet.Create(path, s, parquet.WriteOptions{})
			}, func(path string) (dataset.Source, error) { return parquet.Open(path, parquet.Options{}) }),
		},
		{
			name:    "typed rows", // what Go's types exclude, and all that is about whole columns
			without: append([]synthetic.Fault{synthetic.Null, synthetic.Unreadable, synthetic.Fraction, synthetic.Overflow}, synthetic.ColumnFaults()...),
			found:   throughStructs,
		},
		{
			name:    "cells", // the decoder of names has the first ones; a cell has no unit
			without: []synthetic.Fault{synthetic.MissingColumn, synthetic.RenamedColumn, synthetic.UnfitType, synthetic.OtherUnit, synthetic.ExtraColumn, synthetic.ReorderedColumns, synthetic.WholeAsFloat},
			found:   throughCells,
		},
	}
}

// throughBatches checks batch by batch.
func throughBatches(t *testing.T, v *validate.Validator, src dataset.Source) (cells, all map[address]validate.Severity) {
	t.Helper()
	cells, all = make(map[address]validate.Severity), make(map[address]validate.Severity)
	at := int64(0)
	for b, err := range src.Batches(t.Context()) {
		must(t, err)
		r, err := v.CheckBatch(b)
		must(t, err)
		for _, c := range r.Cells {
			f := v.Describe(c.RowFinding)
			cells[address{at + int64(c.Row), f.Column, f.Other, f.Rule}] = f.Severity
		}
		for _, f := range r.Report.Findings {
			if f.Count == int64(b.NumRows()) || f.Severity == validate.Counted {
				all[address{synthetic.AllRows, f.Column, "", f.Rule}] = f.Severity
			}
		}
		at += int64(b.NumRows())
	}
	return cells, all
}

func throughStructs(t *testing.T, v *validate.Validator, broken *synthetic.Broken) (cells, all map[address]validate.Severity) {
	t.Helper()
	cells, all = make(map[address]validate.Severity), make(map[address]validate.Severity)
	reader, err := dataset.NewRowReader[validatetest.Payment](v.Schema())
	must(t, err)
	row, at := dataset.NewRow(v.Schema()), int64(0)
	var r validate.RowResult
	for p, err := range dataset.Rows[validatetest.Payment](t.Context(), broken) {
		must(t, err)
		reader.Read(&p, row)
		v.CheckRow(row, &r)
		note(v, cells, all, at, &r)
		at++
	}
	return cells, all
}

func note(v *validate.Validator, cells, all map[address]validate.Severity, at int64, r *validate.RowResult) {
	for _, f := range r.Findings {
		if d := v.Describe(f); f.Severity > validate.Counted {
			cells[address{at, d.Column, d.Other, d.Rule}] = d.Severity
		} else {
			all[address{synthetic.AllRows, d.Column, "", d.Rule}] = d.Severity
		}
	}
}

func throughCells(t *testing.T, v *validate.Validator, broken *synthetic.Broken) (cells, all map[address]validate.Severity) {
	t.Helper()
	cells, all = make(map[address]validate.Severity), make(map[address]validate.Severity)
	s, at := v.Schema(), int64(0)
	row := dataset.NewRow(s)
	var r validate.RowResult
	for b, err := range broken.Batches(t.Context()) {
		must(t, err)
		raw := dataset.NewRow(b.Schema())
		for i := range b.NumRows() {
			must(t, b.ReadRow(i, raw))
			refused := make(map[string]bool)
			for j := range s.Len() {
				f, verdict := s.Field(j), validate.Verdict{}
				typ, x := b.Schema().Field(j).Type, raw.Values[j]
				switch {
				case !x.Valid:
					row.Values[j] = x
				case typ.IsText():
					row.Values[j], verdict = validate.ParseCell(f, x.Text)
				case typ == dataset.Bool:
					row.Values[j], verdict = validate.BoolCell(f, x.Number == 1)
				default:
					row.Values[j], verdict = validate.NumberCell(f, x.Number)
				}
				switch verdict.Severity {
				case validate.Refused:
					cells[address{at, f.Name, "", verdict.Rule}] = verdict.Severity
					refused[f.Name] = true
				case validate.Counted:
					all[address{synthetic.AllRows, f.Name, "", verdict.Rule}] = verdict.Severity
				default:
				}
			}
			v.CheckRow(row, &r)
			r.Findings = slices.DeleteFunc(r.Findings, func(f validate.RowFinding) bool {
				return f.Rule == validate.RuleNull && refused[s.Field(f.Column).Name]
			})
			note(v, cells, all, at, &r)
			at++
		}
	}
	return cells, all
}

// Every fault, in a row each, through every entrance: every planted one is found where it is and by its rule, none is silent, and nothing else is found. What an entrance
// excludes stands in its list. TIDEWHEEL_FAULT_ROWS=1000000 sends a million rows through each.
func TestNoFaultIsSilent(t *testing.T) {
	p := paymentProfile(t)
	s, err := validatetest.Schema()
	must(t, err)
	v := validator(t, s, p)
	for _, e := range entrances() {
		t.Run(e.name, func(t *testing.T) {
			faults := e.faults(t, s, p)
			n := rowsOfFaults(t) / int64(len(faults))
			var planted, silent int
			for k, f := range faults {
				rows, err := synthetic.New(s, n, synthetic.Options{Seed: uint64(k), Profile: p})
				must(t, err)
				broken, err := synthetic.Break(rows, synthetic.BreakOptions{Seed: uint64(k), Faults: []synthetic.Fault{f}, Share: 1})
				must(t, err)
				a, b := e.compare(t, v, broken)
				planted, silent = planted+a, silent+b
			}
			t.Logf("%d rows, %d planted, %d silent", n*int64(len(faults)), planted, silent)
			if silent > 0 || planted == 0 {
				t.Errorf("%d of %d faults are silent", silent, planted)
			}
		})
	}
}

// faults returns those that the columns of s can have and the entrance does not exclude.
func (e *entrance) faults(t *testing.T, s *dataset.Schema, p *validate.Profile) []synthetic.Fault {
	t.Helper()
	rows, err := synthetic.New(s, 10, synthetic.Options{Profile: p})
	must(t, err)
	return slices.DeleteFunc(append(synthetic.CellFaults(), synthetic.ColumnFaults()...), func(f synthetic.Fault) bool {
		_, err := synthetic.Break(rows, synthetic.BreakOptions{Faults: []synthetic.Fault{f}})
		none := f == synthetic.OffPattern || f == synthetic.TextAsNumber || f == synthetic.DateAsTime || f == synthetic.NumberAsBool // no column is so
		if (err != nil) != none {
			t.Errorf("%s: %v", f, err)
		}
		return err != nil || slices.Contains(e.without, f)
	})
}

// compare returns how many faults were planted and how many of them met nothing at all.
func (e *entrance) compare(t *testing.T, v *validate.Validator, broken *synthetic.Broken) (planted, silent int) {
	t.Helper()
	cells, all := e.found(t, v, broken)
	refused := make(map[int64]bool)
	for p := range broken.Planted() {
		planted++
		rule := p.Rule
		if other, ok := e.instead[p.Fault]; ok {
			rule = other
		}
		if p.Severity == validate.Refused {
			refused[p.Row] = true
		}
		in, at := cells, address{p.Row, p.Column, p.Other, rule}
		if p.Row == synthetic.AllRows || p.Severity == validate.Counted {
			in, at.row = all, synthetic.AllRows // what is counted has no address
		}
		if in[at] != p.Severity {
			silent++
			if silent < 5 {
				t.Errorf("%s in row %d of %q: want %s %s", p.Fault, p.Row, p.Column, p.Severity, rule)
			}
		}
		delete(cells, at)
	}
	for at, severity := range cells {
		if severity == validate.Refused || !refused[at.row] { // the guard may flag a number that is refused besides
			t.Errorf("row %d of %q: %s %s, and nothing was planted", at.row, at.column, severity, at.rule)
		}
	}
	return planted, silent
}
