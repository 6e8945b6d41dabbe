package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/repair"
)

// outcome is what the program prints.
type outcome struct {
	*validate.Report
	Quality  repair.Quality `json:"quality"`
	Repaired *repaired      `json:"repaired,omitempty"`
}

// repaired is what became of the rows.
type repaired struct {
	OK          bool           `json:"ok"`
	RowsBad     int64          `json:"rows_bad"`
	RowsChanged int64          `json:"rows_changed"`
	Cells       int64          `json:"cells"`
	Counts      []repair.Count `json:"counts"`
	Left        []left         `json:"left"`
	Quality     repair.Quality `json:"quality"`
	Ledger      string         `json:"ledger"`
}

// left is a finding that nothing was done about.
type left struct {
	Rule   validate.Rule `json:"rule"`
	Column string        `json:"column"`
	Count  int64         `json:"count"`
	Why    string        `json:"why"`
}

// ledger is the name of the file of changed cells beside that of -repair.
func (c *checking) ledger() string {
	if c.repair == "" {
		return ""
	}
	return strings.TrimSuffix(c.repair, filepath.Ext(c.repair)) + ".ledger.csv"
}

// outcome measures the rows, and repairs them when asked to.
func (c *checking) outcome(ctx context.Context, v *validate.Validator, reference *validate.Profile, src dataset.Source, r *validate.Report) (outcome, error) {
	keys, err := c.keys(ctx, v.Schema(), src)
	if err != nil {
		return outcome{}, err
	}
	out := outcome{Report: r}
	if out.Quality, err = repair.QualityOf(v.Schema(), keys, r); err != nil || c.repair == "" {
		return out, err
	}
	c.Stage("repairing")
	p, err := repair.Propose(r, v.Schema(), src.Schema(), repair.ProposeOptions{Reference: reference})
	if err != nil {
		return out, err
	}
	repairer, err := repair.New(p.Repairs, repair.Options{Schema: v.Schema()})
	if err != nil {
		return out, err
	}
	s, err := c.writeRepaired(ctx, repairer, src)
	if err != nil {
		return out, err
	}
	c.Stage("checking the repaired rows")
	again, err := repairer.Apply(src, nil)
	if err != nil {
		return out, err
	}
	after, err := c.report(ctx, v, again)
	if err != nil {
		return out, err
	}
	out.Repaired = &repaired{OK: after.OK, RowsBad: after.RowsBad, RowsChanged: s.Changed, Cells: s.Cells, Counts: append([]repair.Count{}, s.Counts...), Left: []left{}, Ledger: c.ledger()}
	for _, l := range p.Left {
		out.Repaired.Left = append(out.Repaired.Left, left{l.Finding.Rule, l.Finding.Column, l.Finding.Count, l.Why})
	}
	out.Repaired.Quality, err = repair.QualityOf(v.Schema(), keys, after)
	return out, err
}

// keys profiles the columns of keys, which nothing repairs, for how often they repeat.
func (c *checking) keys(ctx context.Context, s *dataset.Schema, src dataset.Source) (*validate.Profile, error) {
	var there []string
	for _, name := range s.ByRole(dataset.Key) {
		if src.Schema().Index(name) >= 0 {
			there = append(there, name)
		}
	}
	if len(there) == 0 {
		return nil, nil //nolint:nilnil // no keys, no profile
	}
	narrow, err := dataset.Select(ctx, src, there...)
	if err != nil {
		return nil, err
	}
	return validate.ProfileOf(ctx, narrow, validate.ProfileOptions{Workers: c.Workers})
}

// writeRepaired writes the repaired rows and, beside them, the ledger.
func (c *checking) writeRepaired(ctx context.Context, r *repair.Repairer, src dataset.Source) (s repair.Summary, err error) {
	schema, err := repair.LedgerSchema()
	if err != nil {
		return s, err
	}
	ledger, err := lab.CreateData(c.ledger(), schema)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, ledger.Close()) }()
	rows, err := r.Apply(src, ledger)
	if err != nil {
		return s, err
	}
	sink, err := lab.CreateData(c.repair, rows.Schema())
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, sink.Close()) }()
	_, err = dataset.Copy(ctx, sink, rows)
	return rows.Summary(), err
}

// show prints the outcome as text.
func (o outcome) show(w io.Writer) {
	cli.Printf(w, "%d rows: %d refused, %d flagged; quality %.4f\n", o.Rows, o.RowsBad, o.RowsFlagged, o.Quality.Score)
	cli.ShowFindings(w, o.Report)
	if o.Repaired == nil {
		return
	}
	cli.Printf(w, "repaired: %d cells in %d rows, %d rows still refused; quality %.4f; ledger in %s\n",
		o.Repaired.Cells, o.Repaired.RowsChanged, o.Repaired.RowsBad, o.Repaired.Quality.Score, o.Repaired.Ledger)
	for _, n := range o.Repaired.Counts {
		cli.Printf(w, "  %-20s %-24s %6d cells\n", n.Rule, n.Column, n.Cells)
	}
	for _, l := range o.Repaired.Left {
		cli.Printf(w, "  left: %-14s %-24s %6d rows: %s\n", l.Rule, l.Column, l.Count, l.Why)
	}
}
