package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/registry"
)

// probeBundle prints digests of what b's model says to many rows. It errors when the entrances differ.
func probeBundle(out io.Writer, b *registry.Bundle) error {
	m := b.Predictor()
	in, err := drawBatch(b.Schema(), m.Plan())
	if err != nil {
		return err
	}
	defer in.Release()
	rows := make([]dataset.Row, in.NumRows())
	for i := range rows {
		rows[i] = dataset.NewRow(b.Schema())
		if err := in.ReadRow(i, rows[i]); err != nil {
			return err
		}
	}
	operations, err := probeProgram(m.Program(), in, rows)
	if err != nil {
		return err
	}
	predicted, err := probePredict(m, in)
	if err != nil {
		return err
	}
	scored := probeRows(m, rows)
	_, err = fmt.Fprintf(out, "%s: bundle %s, plan %s, %d finite, batch %s, rows %s\n", b.Name(), b.Digest(), operations, operations.finite, predicted, scored)
	return err
}

// probeProgram runs the plan through its three entrances, which must give the same bits.
func probeProgram(g *plan.Program, in dataset.Batch, rows []dataset.Row) (*bits, error) {
	inputs, n := g.Plan().Inputs, len(rows)
	matrix := func() [][]float64 {
		m := make([][]float64, len(g.Plan().Outputs))
		for i := range m {
			m[i] = make([]float64, n)
		}
		return m
	}
	batch, columns := matrix(), matrix()
	if err := g.Batch(in, batch); err != nil {
		return nil, err
	}
	given := make([]plan.Column, len(inputs))
	for i, input := range inputs {
		at := in.Schema().Index(input.Name)
		for _, row := range rows {
			v := row.Values[at]
			if input.Kind == plan.Text {
				given[i].Texts = append(given[i].Texts, v)
			} else {
				given[i].Numbers = append(given[i].Numbers, numberOf(v))
			}
		}
	}
	g.Columns(given, n, columns)
	d, scratch, values := newBits(), g.NewRowScratch(), make([]dataset.Value, len(inputs))
	for r, row := range rows {
		for i, input := range inputs {
			values[i] = row.Values[in.Schema().Index(input.Name)]
		}
		g.Row(values, scratch)
		for i := range batch {
			v := g.Output(scratch, i)
			if !same(v, batch[i][r]) || !same(v, columns[i][r]) {
				return nil, fmt.Errorf("row %d, output %d: a batch, columns and a row score to different bits", r, i)
			}
			d.number(v)
		}
	}
	if d.finite == 0 {
		return nil, errors.New("no finite result")
	}
	return d, nil
}

// probePredict digests the columns that Predict makes.
func probePredict(m *model.Planned, in dataset.Batch) (*bits, error) {
	p, err := m.Predict(context.Background(), in)
	if err != nil {
		return nil, err
	}
	defer p.Release()
	d := newBits()
	for i, f := range p.Schema().Fields() {
		column := p.Column(i)
		if f.Type.IsText() {
			texts, err := dataset.NewTexts(column)
			if err != nil {
				return nil, err
			}
			for r := range texts.Len() {
				d.text(texts.Value(r))
			}
			continue
		}
		if list, ok := column.(*array.FixedSizeList); ok {
			column = list.ListValues()
		}
		numbers := make([]float64, column.Len())
		if err := dataset.Float64s(column, numbers); err != nil {
			return nil, err
		}
		for _, v := range numbers {
			d.number(v)
		}
	}
	return d, nil
}

// probeRows digests what the one-row entrance of the model gives.
func probeRows(m *model.Planned, rows []dataset.Row) *bits {
	d, s := newBits(), m.NewRowScorer()
	var out model.Output
	for _, row := range rows {
		s.Score(row, &out)
		d.whole(uint64(int64(out.Class)))
		d.number(out.Prediction.Number)
		d.text(out.Prediction.Text)
		for _, v := range out.Probability {
			d.number(v)
		}
		for _, v := range out.Raw {
			d.number(v)
		}
	}
	return d
}
