package explain

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
)

// EffectOptions are those of AccumulatedEffects. The zero value is ready to use.
type EffectOptions struct {
	Bins int  // at most this many, 1 to 10,000; default 20
	Raw  bool // of raw scores, not of probabilities or predictions
}

// Effects is how a model's answer changes along a numeric column, other columns keeping the values that they have there.
type Effects struct {
	Column string
	Edges  []float64   // of the bins, ascending; quantiles that are values of the column
	Counts []int       // rows in each bin: above the edge before it, up to its own; the first has both of its edges
	Effect [][]float64 // per output and edge; its mean over the rows is 0. Outputs are those of Dependence
}

// AccumulatedEffects returns the accumulated local effects of a numeric column: within each bin, how much the answers change on average when the rows' values go
// from its lower to its upper edge, added up. Unlike partial dependence it moves no row far from where it is, so it holds where columns go together.
//
// Rows whose value is missing are left out. A column with one value has one edge and no effect. A personal column is refused, since edges are values. Cost: two
// predictions of rows. Errors: *model.OptionError, dataset.ErrSchema, model.ErrNoRows, those of Predict.
// Source: Apley & Zhu (2020), "Visualizing the effects of predictor variables in black box supervised learning models", equations 15 and 16.
func AccumulatedEffects(ctx context.Context, p model.Predictor, rows dataset.Batch, column string, o EffectOptions) (*Effects, error) {
	e, err := accumulatedEffects(ctx, p, rows, column, o)
	if err != nil {
		return nil, fmt.Errorf("explain: accumulated effects: %w", err)
	}
	return e, nil
}

func accumulatedEffects(ctx context.Context, p model.Predictor, rows dataset.Batch, column string, o EffectOptions) (*Effects, error) {
	if o.Bins == 0 {
		o.Bins = 20
	}
	if o.Bins < 1 || o.Bins > 10_000 {
		return nil, &model.OptionError{Field: "explain.EffectOptions.Bins", Value: strconv.Itoa(o.Bins), Want: "1 to 10000"}
	}
	if rows.IsZero() || rows.NumRows() == 0 {
		return nil, model.ErrNoRows
	}
	f, ok := rows.Schema().Lookup(column)
	if !ok {
		return nil, &dataset.SchemaError{Column: column, Want: "it in the batch", Got: "no such column"}
	}
	if f.Personal {
		return nil, &model.OptionError{Field: "column", Value: strconv.Quote(column), Want: "a column that is not personal, as its values would be shown"}
	}
	values, err := sorted(rows, column)
	if err != nil {
		return nil, err
	}
	e := &Effects{Column: column, Edges: edges(values, o.Bins)}
	c, err := rows.ByName(column)
	if err != nil {
		return nil, err
	}
	at := make([]float64, rows.NumRows())
	if err := dataset.Float64s(c, at); err != nil {
		return nil, err
	}
	return e, e.measure(ctx, p, rows, at, o.Raw)
}

// edges returns the distinct quantiles that are values: the inverse of the distribution function.
func edges(sorted []float64, bins int) []float64 {
	out := make([]float64, 0, bins+1)
	for b := range bins + 1 {
		k := (b*len(sorted)+bins-1)/bins - 1 // the share b/bins of the rows, rounded up
		out = append(out, sorted[max(k, 0)])
	}
	return slices.Compact(out)
}

func (e *Effects) measure(ctx context.Context, p model.Predictor, rows dataset.Batch, at []float64, raw bool) error {
	bins := len(e.Edges) - 1
	e.Counts = make([]int, bins)
	bin := make([]int, len(at))
	low, high := make([]dataset.Value, len(at)), make([]dataset.Value, len(at))
	for i, v := range at {
		bin[i] = -1
		if math.IsNaN(v) || bins == 0 {
			continue
		}
		b := min(max(sort.SearchFloat64s(e.Edges, v), 1), bins)
		bin[i] = b - 1
		e.Counts[b-1]++
		low[i], high[i] = dataset.NumberValue(e.Edges[b-1]), dataset.NumberValue(e.Edges[b])
	}
	from, err := e.answers(ctx, p, rows, low, raw)
	if err != nil {
		return err
	}
	to, err := e.answers(ctx, p, rows, high, raw)
	if err != nil {
		return err
	}
	for k := range from {
		sums := make([]float64, bins)
		for i, b := range bin {
			if b >= 0 {
				sums[b] += to[k][i] - from[k][i]
			}
		}
		effect := make([]float64, len(e.Edges))
		centre, n := 0.0, 0
		for b, sum := range sums {
			effect[b+1] = effect[b]
			if e.Counts[b] > 0 {
				effect[b+1] += sum / float64(e.Counts[b])
			}
			centre += float64(float64(e.Counts[b]) * (effect[b] + effect[b+1]) / 2)
			n += e.Counts[b]
		}
		for i := range effect {
			effect[i] -= centre / float64(max(n, 1))
		}
		e.Effect = append(e.Effect, effect)
	}
	return nil
}

func (e *Effects) answers(ctx context.Context, p model.Predictor, rows dataset.Batch, values []dataset.Value, raw bool) ([][]float64, error) {
	b, err := with(rows, e.Column, values)
	if err != nil {
		return nil, err
	}
	defer b.Release()
	return respond(ctx, p, b, raw)
}
