package explain

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/matrix"
	"github.com/tidewheel/tidewheel/model"
)

const maxGrid = 1_000_000 // points

// DependenceOptions are those of PartialDependence. The zero value is ready to use.
type DependenceOptions struct {
	Points     int               // of the grid of a numeric column, 2 to 10,000; default 100
	Trim       float64           // share of the values below and above the grid, 0 to below 0.5; default 0.05. Below 0: none
	Grids      [][]dataset.Value // per column, its grid in place of the default; nil entries have the default
	Individual bool              // keep the curve of each row
	Raw        bool              // of raw scores, not of probabilities or predictions
	Workers    int               // 0 is GOMAXPROCS, 1 starts no goroutine
}

// Dependence is how a model's mean answer goes with one or two columns.
//
// There is one output for a regression (its prediction) and for two classes (the probability of the second), one for each of more classes, and with Raw one for
// each raw score.
type Dependence struct {
	Columns    []string
	Grids      [][]dataset.Value // per column
	Average    [][]float64       // per output and point; of two columns the second changes fastest
	Individual [][][]float64     // per output, row and point; nil unless asked for
}

// PartialDependence returns the mean answer of p over rows with columns, one or two of them, set to each point of a grid, and if asked the answer for each row (individual
// conditional expectation). Where the columns go together with others, it asks p about rows that do not occur: see AccumulatedEffects.
//
// The default grid of a numeric column is its distinct values, where there are fewer than Points, else Points evenly spaced between the Trim and the
// 1-Trim quantile; of a text column OneOf, else its values by bytes. Missing values give no point. A column that is personal needs a grid given, since its values
// would be seen. A numeric column is passed as float64 where its type does not hold a point.
//
// Cost: one prediction of rows a point, all points × rows × outputs numbers with Individual. Errors: *model.OptionError, dataset.ErrSchema, model.ErrNoRows,
// those of Predict. Equals sklearn.inspection.partial_dependence 1.9.1, method "brute", to 1e-9.
// Source: Friedman (2001); Goldstein et al. (2015).
func PartialDependence(ctx context.Context, p model.Predictor, rows dataset.Batch, columns []string, o DependenceOptions) (*Dependence, error) {
	d, err := partialDependence(ctx, p, rows, columns, o)
	if err != nil {
		return nil, fmt.Errorf("explain: partial dependence: %w", err)
	}
	return d, nil
}

func partialDependence(ctx context.Context, p model.Predictor, rows dataset.Batch, columns []string, o DependenceOptions) (*Dependence, error) {
	if err := o.check(columns, rows); err != nil {
		return nil, err
	}
	d := &Dependence{Columns: slices.Clone(columns), Grids: make([][]dataset.Value, len(columns))}
	points := 1
	for i, c := range columns {
		var err error
		if o.Grids != nil && o.Grids[i] != nil {
			d.Grids[i] = slices.Clone(o.Grids[i])
		} else if d.Grids[i], err = grid(rows, c, o); err != nil {
			return nil, err
		}
		if points *= len(d.Grids[i]); points > maxGrid {
			return nil, &model.OptionError{Field: "explain.DependenceOptions.Grids", Value: "more points", Want: fmt.Sprintf("at most %d", maxGrid)}
		}
	}
	answers, errs := make([][][]float64, points), make([]error, points)
	err := matrix.Parallel(ctx, o.Workers, points, func(point, _ int) {
		answers[point], errs[point] = d.at(ctx, p, rows, point, o.Raw)
		if errs[point] == nil && !o.Individual {
			for k, v := range answers[point] {
				answers[point][k] = []float64{mean(v)}
			}
		}
	})
	if err != nil {
		return nil, err
	}
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	d.collect(answers, o.Individual, rows.NumRows())
	return d, nil
}

func (o *DependenceOptions) check(columns []string, rows dataset.Batch) error {
	if o.Points == 0 {
		o.Points = 100
	}
	if o.Trim == 0 {
		o.Trim = 0.05
	}
	o.Trim = max(o.Trim, 0)
	switch {
	case o.Points < 2 || o.Points > 10_000:
		return &model.OptionError{Field: "explain.DependenceOptions.Points", Value: strconv.Itoa(o.Points), Want: "2 to 10000"}
	case !(o.Trim < 0.5):
		return &model.OptionError{Field: "explain.DependenceOptions.Trim", Value: strconv.FormatFloat(o.Trim, 'g', -1, 64), Want: "below 0.5"}
	case o.Workers < 0:
		return &model.OptionError{Field: "explain.DependenceOptions.Workers", Value: strconv.Itoa(o.Workers), Want: "0 or more"}
	case len(columns) < 1 || len(columns) > 2 || (len(columns) == 2 && columns[0] == columns[1]):
		return &model.OptionError{Field: "columns", Value: fmt.Sprintf("%d names", len(columns)), Want: "one name or two different ones"}
	case o.Grids != nil && len(o.Grids) != len(columns):
		return &model.OptionError{Field: "explain.DependenceOptions.Grids", Value: fmt.Sprintf("%d grids", len(o.Grids)), Want: "one for each column"}
	case rows.IsZero() || rows.NumRows() == 0:
		return model.ErrNoRows
	}
	return nil
}

// at returns the answers to rows at a point of the grids.
func (d *Dependence) at(ctx context.Context, p model.Predictor, rows dataset.Batch, point int, raw bool) ([][]float64, error) {
	b := rows
	b.Retain()
	defer func() { b.Release() }()
	for i, grid := range slices.Backward(d.Grids) {
		v := grid[point%len(grid)]
		point /= len(grid)
		changed, err := with(b, d.Columns[i], repeat(v, rows.NumRows()))
		if err != nil {
			return nil, err
		}
		b.Release()
		b = changed
	}
	return respond(ctx, p, b, raw)
}

// collect turns answers, by point, output and row, around.
func (d *Dependence) collect(answers [][][]float64, individual bool, n int) {
	if len(answers) == 0 {
		return
	}
	for k := range answers[0] {
		average := make([]float64, len(answers))
		for point := range answers {
			average[point] = mean(answers[point][k])
		}
		d.Average = append(d.Average, average)
		if !individual {
			continue
		}
		curves := make([][]float64, n)
		for i := range curves {
			curves[i] = make([]float64, len(answers))
			for point := range answers {
				curves[i][point] = answers[point][k][i]
			}
		}
		d.Individual = append(d.Individual, curves)
	}
}

func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

// grid returns the default grid of a column.
func grid(rows dataset.Batch, column string, o DependenceOptions) ([]dataset.Value, error) {
	f, ok := rows.Schema().Lookup(column)
	switch {
	case !ok:
		return nil, &dataset.SchemaError{Column: column, Want: "it in the batch", Got: "no such column"}
	case f.Personal:
		return nil, &model.OptionError{Field: "explain.DependenceOptions.Grids", Value: "none for the personal column " + strconv.Quote(column), Want: "a grid, as its values are not shown"}
	case f.Type.IsText():
		return textGrid(rows, f)
	}
	values, err := sorted(rows, column)
	if err != nil {
		return nil, err
	}
	distinct := slices.Compact(slices.Clone(values))
	if len(distinct) >= o.Points {
		low, high := quantile(values, o.Trim), quantile(values, 1-o.Trim)
		distinct = distinct[:o.Points]
		step := (high - low) / float64(o.Points-1)
		for i := range distinct {
			distinct[i] = low + float64(float64(i)*step)
		}
		distinct[o.Points-1] = high
		distinct = slices.Compact(distinct)
	}
	out := make([]dataset.Value, len(distinct))
	for i, v := range distinct {
		out[i] = dataset.NumberValue(v)
	}
	return out, nil
}

// sorted returns the values of a numeric column that are not missing, ascending.
func sorted(rows dataset.Batch, column string) ([]float64, error) {
	c, err := rows.ByName(column)
	if err != nil {
		return nil, err
	}
	values := make([]float64, c.Len())
	if err := dataset.Float64s(c, values); err != nil {
		return nil, err
	}
	values = slices.DeleteFunc(values, math.IsNaN)
	if len(values) == 0 {
		return nil, fmt.Errorf("column %q: %w", column, model.ErrNoRows)
	}
	slices.Sort(values)
	return values, nil
}

// quantile is scipy.stats.mstats.mquantiles with its default plotting positions, 0.4 and 0.4, which scikit-learn takes.
func quantile(sorted []float64, p float64) float64 {
	n := float64(len(sorted))
	at := n*p + 0.4 + 0.2*p
	k := math.Floor(min(max(at, 1), n-1))
	if k < 1 {
		return sorted[0]
	}
	gamma := min(max(at-k, 0), 1)
	return (1-gamma)*sorted[int(k)-1] + float64(gamma*sorted[int(k)])
}

func textGrid(rows dataset.Batch, f dataset.Field) ([]dataset.Value, error) {
	values := f.OneOf
	if values == nil {
		c, err := rows.ByName(f.Name)
		if err != nil {
			return nil, err
		}
		texts, err := dataset.NewTexts(c)
		if err != nil {
			return nil, err
		}
		values, _, _ = texts.Counts()
		values = slices.Clone(values)
		slices.Sort(values)
		values = slices.Compact(values)
	}
	if len(values) == 0 {
		return nil, fmt.Errorf("column %q: %w", f.Name, model.ErrNoRows)
	}
	out := make([]dataset.Value, len(values))
	for i, v := range values {
		out[i] = dataset.TextValue(v)
	}
	return out, nil
}
