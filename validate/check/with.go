package check

import (
	"context"
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// RunWith checks src against the schema of v and by c and returns one report: the findings of both by severity, the gravest first, those of the schema before those of c, and each row that either refuses, or flags,
// counted once. The checks read the columns of the schema in its types, as v.Conform makes them, so that a cell that the schema refuses is missing to them, a column whose type cannot become the schema's is not there, and
// further columns are as they are. src is read twice, and so must be rewindable. Errors are those of v.Check and of Run.
func (c *Checker) RunWith(ctx context.Context, v *validate.Validator, src dataset.Source) (*validate.Report, error) {
	report, err := v.Check(ctx, src)
	if err != nil {
		return nil, err
	}
	w, err := c.with(v, src, report)
	if err != nil {
		return nil, fmt.Errorf("check: run with a schema: %w", err)
	}
	both := &Checker{run: c.run}
	for _, verdict := range []validate.Severity{validate.Refused, validate.Flagged} {
		p, err := Terms{Check: Holds{Column: w.verdict, Operator: dataset.NotEqual, Value: dataset.NumberValue(float64(verdict))}, Severity: verdict}.plan()
		if err != nil {
			return nil, fmt.Errorf("check: run with a schema: %w", err)
		}
		both.plans = append(both.plans, p)
	}
	both.plans = append(both.plans, c.plans...)
	result, err := both.Run(ctx, w.source())
	if err != nil {
		return nil, err
	}
	out := *result.Report
	out.OK, out.Findings = out.OK && report.OK, report.Findings
	for i, f := range result.Report.Findings {
		if result.Check(i) >= 2 {
			out.Findings = append(out.Findings, f)
		}
	}
	slices.SortStableFunc(out.Findings, func(a, b validate.Finding) int { return int(b.Severity) - int(a.Severity) })
	return &out, nil
}

// judged is a source with the schema's verdict on each row beside its columns.
type judged struct {
	c       *Checker
	src     dataset.Source
	schema  *dataset.Schema
	verdict string              // the name of the column of severities
	reads   *validate.Validator // of the columns that are there
	all     validate.Severity   // of every row
	further []int               // positions in the source of columns that are passed on as they are
}

func (c *Checker) with(v *validate.Validator, src dataset.Source, r *validate.Report) (*judged, error) {
	w := &judged{c: c, src: src, reads: v, verdict: "verdict"}
	var unfit []string
	for _, f := range r.Findings {
		if f.Rule == validate.RuleMissingColumn || f.Rule == validate.RuleColumnType {
			unfit = append(unfit, f.Column)
		}
	}
	if len(unfit) > 0 {
		s, err := v.Schema().Without(unfit...)
		if err != nil {
			return nil, err
		}
		if w.reads, err = validate.New(s, validate.ValidatorOptions{Allocator: c.run.Allocator}); err != nil {
			return nil, err
		}
		w.all = validate.Refused
	}
	fields := w.reads.Schema().Fields()
	for i, f := range src.Schema().Fields() {
		if v.Schema().Index(f.Name) < 0 {
			w.further = append(w.further, i)
			fields = append(fields, f)
		}
	}
	for slices.ContainsFunc(fields, func(f dataset.Field) bool { return f.Name == w.verdict }) {
		w.verdict += "_"
	}
	var err error
	w.schema, err = dataset.NewSchema(append(fields, dataset.Field{Name: w.verdict, Type: dataset.Uint8})...)
	return w, err
}

func (w *judged) source() dataset.Source {
	return dataset.Map(w.src, w.schema, func(_ context.Context, b dataset.Batch) (dataset.Batch, error) {
		out, result, err := w.reads.Conform(b)
		if err != nil {
			return dataset.Batch{}, err
		}
		defer out.Release()
		columns := slices.Clone(out.Record().Columns())
		for _, i := range w.further {
			columns = append(columns, b.Column(i))
		}
		severities := array.NewUint8Builder(w.c.run.Allocator)
		defer severities.Release()
		for _, s := range result.Rows {
			severities.Append(uint8(max(s, w.all)))
		}
		verdicts := severities.NewArray()
		defer verdicts.Release()
		return dataset.NewBatch(w.schema, append(columns, verdicts), b.NumRows())
	})
}
