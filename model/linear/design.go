package linear

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/matrix"
	"github.com/tidewheel/tidewheel/model"
)

const (
	blockRows = 2048 // rows that a kernel has in hand at a time
	maxChunks = 64   // tasks of a pass over the rows; fixed by n, so that sums have the same order for any number of workers
)

// column is one feature. A dense one is centred in place; a sparse one keeps its non-zero values, and its mean is taken off by whoever reads it.
type column struct {
	dense  []float64
	index  []int32   // rows of the non-zero values, ascending
	value  []float64 // one for each index
	starts []int32   // per block: the first position in index
	mean   float64   // weighted; still to be taken off when sparse; 0 without an intercept
	square float64   // weighted sum of squares about the mean
}

// design is the features of n rows.
type design struct {
	n, p    int
	columns []column
	weight  []float64 // nil for all ones
	total   float64   // of the weights
	center  bool
	workers int
}

// newDesign takes the columns of t over.
func newDesign(ctx context.Context, t *matrix.Table, center bool, workers int) (*design, error) {
	d := &design{n: t.Rows, p: len(t.Columns), weight: t.Weight, total: t.WeightSum, center: center, workers: workers}
	d.columns = make([]column, d.p)
	scratch := make([][]float64, max(d.p, 1)) // a worker each, of which there are no more than columns
	err := matrix.Parallel(ctx, workers, d.p, func(j, worker int) {
		c := &t.Columns[j]
		v := c.Numbers
		if v == nil { // stays without its zeros
			if scratch[worker] == nil {
				scratch[worker] = make([]float64, t.Rows)
			}
			v = scratch[worker]
			c.Expand(v)
		}
		d.columns[j] = d.newColumn(v)
		c.Numbers, c.Rows, c.Values = nil, nil, nil
	})
	if err != nil {
		return nil, err
	}
	for j := range d.columns {
		if c := &d.columns[j]; math.IsInf(c.square, 1) || math.IsNaN(c.square) {
			return nil, fmt.Errorf("%w: %w", model.ErrNonFinite, &dataset.SchemaError{
				Column: t.Columns[j].Field.Name,
				Want:   "values whose squares have a finite sum", Got: "larger ones",
			})
		}
	}
	return d, nil
}

func (d *design) newColumn(v []float64) column {
	var c column
	filled := 0
	for _, x := range v {
		if x != 0 {
			filled++
		}
	}
	if d.center {
		c.mean = d.mean(v)
	}
	for i, x := range v {
		x -= c.mean
		c.square += d.weightOf(i) * x * x
	}
	if filled > d.n/4 {
		if c.mean != 0 {
			floats.AddConst(-c.mean, v)
		}
		c.dense = v
		return c
	}
	c.index = make([]int32, 0, filled)
	c.value = make([]float64, 0, filled)
	for i, x := range v {
		if i%blockRows == 0 {
			c.starts = append(c.starts, int32(len(c.index)))
		}
		if x != 0 {
			c.index = append(c.index, int32(i))
			c.value = append(c.value, x)
		}
	}
	c.starts = append(c.starts, int32(len(c.index)))
	return c
}

func (d *design) weightOf(i int) float64 {
	if d.weight == nil {
		return 1
	}
	return d.weight[i]
}

// mean returns the weighted mean of v. A second pass takes off what the first one rounded.
func (d *design) mean(v []float64) float64 {
	sum := func(about float64) float64 {
		s := 0.0
		if d.weight == nil {
			for _, x := range v {
				s += x - about
			}
			return s
		}
		for i, x := range v {
			s += d.weight[i] * (x - about)
		}
		return s
	}
	m := sum(0) / d.total
	return m + sum(m)/d.total
}

// blocks returns the number of blocks of n rows, chunks the number of tasks they are dealt to.
func (d *design) blocks() int { return (d.n + blockRows - 1) / blockRows }

func (d *design) chunks() int { return min(d.blocks(), maxChunks) }

// chunk returns the blocks of task c.
func (d *design) chunk(c int) (from, to int) {
	n, k := d.blocks(), d.chunks()
	return c * n / k, (c + 1) * n / k
}

// rows returns the rows of block b.
func (d *design) rows(b int) (lo, hi int) { return b * blockRows, min((b+1)*blockRows, d.n) }

// add adds a times the rows of block b to z. The mean of a sparse column is not taken off.
func (c *column) add(b, lo, hi int, a float64, z []float64) {
	if c.dense != nil {
		floats.AddScaled(z, a, c.dense[lo:hi])
		return
	}
	from, to := c.starts[b], c.starts[b+1]
	value := c.value[from:to]
	for k, i := range c.index[from:to] {
		z[int(i)-lo] += a * value[k]
	}
}

// dot returns the sum of r times the rows of block b. The mean of a sparse column is not taken off.
func (c *column) dot(b, lo, hi int, r []float64) float64 {
	if c.dense != nil {
		return floats.Dot(c.dense[lo:hi], r)
	}
	s := 0.0
	from, to := c.starts[b], c.starts[b+1]
	value := c.value[from:to]
	for k, i := range c.index[from:to] {
		s += value[k] * r[int(i)-lo]
	}
	return s
}

// offset is what a reader of add or dot still has to take off.
func (c *column) offset() float64 {
	if c.dense != nil {
		return 0
	}
	return c.mean
}

// expand writes the centred rows of block b to out.
func (c *column) expand(b, lo, hi int, out []float64) {
	if c.dense != nil {
		copy(out, c.dense[lo:hi])
		return
	}
	for i := range out {
		out[i] = -c.mean
	}
	c.add(b, lo, hi, 1, out)
}
