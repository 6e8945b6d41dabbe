package linear

import (
	"context"
	"errors"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/tidewheel/tidewheel/internal/matrix"
)

// maxCondition is the largest condition number of the scaled normal equations at which they are trusted: the coefficients then have about eight digits.
const maxCondition = 1e8

// leastSquares solves the problem of Regression. y is centred in place when d is.
func leastSquares(ctx context.Context, d *design, y []float64, alpha float64) (*solution, error) {
	mean := 0.0
	if d.center {
		mean = d.mean(y)
		floats.AddConst(-mean, y)
	}
	gram, right, err := normalEquations(ctx, d, y, alpha)
	if err != nil {
		return nil, err
	}
	rank := d.p
	coefficients, ok := solveCholesky(gram, right)
	if !ok {
		if coefficients, rank, err = solveOrthogonal(ctx, d, y, alpha); err != nil {
			return nil, err
		}
	}
	s := &solution{coefficients: [][]float64{coefficients}, intercepts: []float64{mean}}
	for j, b := range coefficients {
		s.intercepts[0] -= b * d.columns[j].mean
	}
	// ½(yᵀy - 2bᵀr + bᵀGb), with G b = r at the solution.
	square := 0.0
	for i, v := range y {
		square += d.weightOf(i) * v * v
	}
	objective := 0.5 * (square - floats.Dot(coefficients, right)) / d.total
	s.report = Report{Converged: true, Rank: rank, Objective: max(objective, 0)}
	return s, nil
}

// normalEquations returns XᵀWX + alpha·I and XᵀWy of the centred features.
func normalEquations(ctx context.Context, d *design, y []float64, alpha float64) (*mat.SymDense, []float64, error) {
	type partial struct{ gram, right []float64 }
	parts := make([]partial, d.chunks())
	err := matrix.Parallel(ctx, d.workers, len(parts), func(c, _ int) {
		part := partial{make([]float64, d.p*d.p), make([]float64, d.p)}
		v := make([]float64, blockRows)
		from, to := d.chunk(c)
		for b := from; b < to; b++ {
			lo, hi := d.rows(b)
			for j := range d.columns {
				if j%16 == 0 && ctx.Err() != nil {
					return
				}
				d.weighted(b, lo, hi, j, v[:hi-lo])
				part.right[j] += floats.Dot(v[:hi-lo], y[lo:hi])
				sum := floats.Sum(v[:hi-lo])
				for k := j; k < d.p; k++ {
					o := &d.columns[k]
					part.gram[j*d.p+k] += o.dot(b, lo, hi, v[:hi-lo]) - o.offset()*sum
				}
			}
		}
		parts[c] = part
	})
	if err != nil {
		return nil, nil, err
	}
	gram, right := parts[0].gram, parts[0].right
	for _, p := range parts[1:] {
		floats.Add(gram, p.gram)
		floats.Add(right, p.right)
	}
	for j := range d.p {
		gram[j*d.p+j] += alpha
	}
	return mat.NewSymDense(d.p, gram), right, nil
}

// weighted writes the centred rows of column j times their weights to out.
func (d *design) weighted(b, lo, hi, j int, out []float64) {
	d.columns[j].expand(b, lo, hi, out)
	if d.weight != nil {
		floats.Mul(out, d.weight[lo:hi])
	}
}

// solveCholesky solves the equations after scaling them to a unit diagonal. It reports false when they are too ill-conditioned for it.
func solveCholesky(gram *mat.SymDense, right []float64) ([]float64, bool) {
	p := len(right)
	scale := make([]float64, p)
	for j := range scale {
		if scale[j] = math.Sqrt(gram.At(j, j)); !(scale[j] > 0) {
			return nil, false
		}
	}
	scaled := mat.NewSymDense(p, nil)
	for j := range p {
		for k := j; k < p; k++ {
			scaled.SetSym(j, k, gram.At(j, k)/scale[j]/scale[k])
		}
	}
	var c mat.Cholesky
	if !c.Factorize(scaled) || !(c.Cond() < maxCondition) {
		return nil, false
	}
	b := mat.NewVecDense(p, nil)
	for j, r := range right {
		b.SetVec(j, r/scale[j])
	}
	if err := c.SolveVecTo(b, b); err != nil {
		return nil, false
	}
	out := b.RawVector().Data
	floats.Div(out, scale)
	return out, true
}

// solveOrthogonal solves the least squares of the rows themselves: QR of each chunk, QR of their stacked R, and the singular values of the last R decide the
// rank. It returns the solution with the smallest norm.
func solveOrthogonal(ctx context.Context, d *design, y []float64, alpha float64) ([]float64, int, error) {
	r, err := triangle(ctx, d, y, alpha)
	if err != nil {
		return nil, 0, err
	}
	p := d.p
	a, right := mat.DenseCopyOf(r.Slice(0, p, 0, p)), mat.NewVecDense(p, nil)
	scale := make([]float64, p)
	column := make([]float64, p)
	for j := range p {
		right.SetVec(j, r.At(j, p))
		if scale[j] = floats.Norm(mat.Col(column, j, a), 2); scale[j] == 0 {
			scale[j] = 1
		}
		floats.Scale(1/scale[j], column)
		a.SetCol(j, column)
	}
	var svd mat.SVD
	if !svd.Factorize(a, mat.SVDFull) {
		return nil, 0, errSingularValues
	}
	values := svd.Values(nil)
	rank := 0
	for _, s := range values {
		if s > values[0]*float64(max(d.n, p))*epsilon {
			rank++
		}
	}
	var u, v mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	out := make([]float64, p)
	for k := range rank {
		c := mat.Dot(u.ColView(k), right) / values[k]
		for j := range out {
			out[j] += c * v.At(j, k)
		}
	}
	floats.Div(out, scale)
	if rank < p {
		shorten(out, &v, rank, scale)
	}
	return out, rank, nil
}

const epsilon = 0x1p-52

var errSingularValues = errors.New("the singular values of the features were not found")

// shorten takes from b its part within the null space of the unscaled features, which the columns of v from rank on span once their rows are divided by scale.
func shorten(b []float64, v *mat.Dense, rank int, scale []float64) {
	p := len(b)
	null := mat.NewDense(p, p-rank, nil)
	for j := range p {
		for k := rank; k < p; k++ {
			null.Set(j, k-rank, v.At(j, k)/scale[j])
		}
	}
	// A scale of each column of its own leaves the span as it is and the QR well behaved.
	column := make([]float64, p)
	for k := range p - rank {
		mat.Col(column, k, null)
		floats.Scale(1/floats.Norm(column, 2), column)
		null.SetCol(k, column)
	}
	var qr mat.QR
	qr.Factorize(null)
	var q mat.Dense
	qr.QTo(&q)
	for k := range p - rank {
		c := mat.Dot(q.ColView(k), mat.NewVecDense(p, b))
		for j := range b {
			b[j] -= c * q.At(j, k)
		}
	}
}

// triangle returns the R of [√W X, √W y] with the rows √alpha·I below.
func triangle(ctx context.Context, d *design, y []float64, alpha float64) (*mat.Dense, error) {
	q := d.p + 1
	parts := make([]*mat.Dense, d.chunks())
	err := matrix.Parallel(ctx, d.workers, len(parts), func(c, _ int) {
		from, to := d.chunk(c)
		var r *mat.Dense
		for b := from; b < to && ctx.Err() == nil; b++ {
			r = fold(r, d.block(b, y))
		}
		parts[c] = r
	})
	if err != nil {
		return nil, err
	}
	r := parts[0]
	for _, p := range parts[1:] {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r = fold(r, p)
	}
	ridge := mat.NewDense(q, q, nil)
	for j := range d.p {
		ridge.Set(j, j, math.Sqrt(alpha))
	}
	return fold(r, ridge), nil
}

// block returns the rows of a block with their square-rooted weights on.
func (d *design) block(b int, y []float64) *mat.Dense {
	lo, hi := d.rows(b)
	out := mat.NewDense(hi-lo, d.p+1, nil)
	v := make([]float64, hi-lo)
	for j := range d.p + 1 {
		if j < d.p {
			d.columns[j].expand(b, lo, hi, v)
		} else {
			copy(v, y[lo:hi])
		}
		if d.weight != nil {
			for i := range v {
				v[i] *= math.Sqrt(d.weight[lo+i])
			}
		}
		out.SetCol(j, v)
	}
	return out
}

// fold returns the R of top with next below it, square. A nil top is zero.
func fold(top, next *mat.Dense) *mat.Dense {
	_, q := next.Dims()
	if top == nil {
		top = mat.NewDense(q, q, nil)
	}
	var stacked, r mat.Dense
	stacked.Stack(top, next)
	var qr mat.QR
	qr.Factorize(&stacked)
	qr.RTo(&r)
	return mat.DenseCopyOf(r.Slice(0, q, 0, q))
}
