package linear

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"github.com/tidewheel/tidewheel/internal/matrix"
	"github.com/tidewheel/tidewheel/model"
)

// logLoss is the objective of Logistic over its scaled parameters: for each output the features' and then the intercept. The coefficient of feature j is
// scale[j] times its parameter.
type logLoss struct {
	*design
	class   []int32
	outputs int // 1 for two classes
	classes int
	alpha   float64
	scale   []float64 // per feature; 0 for one without influence
	bias    float64   // scale of the intercept; 0 without one
	counts  []float64 // weight of each class

	// Memory of evaluate.
	coefficient [][]float64 // per output
	intercept   []float64
	gradient    [][]float64 // per chunk, like the parameters
	loss        []float64   // per chunk
}

func newLogLoss(d *design, class []int32, k int, alpha float64) (*logLoss, error) {
	l := &logLoss{design: d, class: class, classes: k, outputs: k, alpha: alpha, counts: make([]float64, k), scale: make([]float64, d.p)}
	for i, c := range class {
		l.counts[c] += d.weightOf(i)
	}
	seen := 0
	for _, w := range l.counts {
		if w > 0 {
			seen++
		}
	}
	if seen < 2 {
		return nil, fmt.Errorf("%w: want rows of at least 2 classes, got %d", model.ErrTarget, seen)
	}
	if k == 2 {
		l.outputs = 1
	}
	curvature := 1 / float64(k) * (1 - 1/float64(k)) // of the loss at equal margins
	for j := range d.columns {
		if h := curvature*d.columns[j].square + alpha; h > 0 {
			l.scale[j] = math.Sqrt(d.total / h)
		}
	}
	if d.center {
		l.bias = math.Sqrt(1 / curvature)
	}
	l.coefficient, l.intercept = make([][]float64, l.outputs), make([]float64, l.outputs)
	for o := range l.coefficient {
		l.coefficient[o] = make([]float64, d.p)
	}
	l.gradient, l.loss = make([][]float64, d.chunks()), make([]float64, d.chunks())
	for c := range l.gradient {
		l.gradient[c] = make([]float64, l.outputs*(d.p+1))
	}
	return l, nil
}

// start returns the parameters of the model that knows the classes' shares alone.
func (l *logLoss) start() []float64 {
	x := make([]float64, l.outputs*(l.p+1))
	if l.bias == 0 {
		return x
	}
	logs := make([]float64, l.classes)
	for c, w := range l.counts {
		logs[c] = math.Log((w + l.total/1e6) / l.total)
	}
	if l.outputs == 1 {
		x[l.p] = (logs[1] - logs[0]) / l.bias
		return x
	}
	mean := floats.Sum(logs) / float64(len(logs))
	for o, v := range logs {
		x[o*(l.p+1)+l.p] = (v - mean) / l.bias
	}
	return x
}

// unscale sets coefficient and intercept, the latter for features without their remaining means.
func (l *logLoss) unscale(x []float64) {
	for o, w := range l.coefficient {
		at := x[o*(l.p+1) : (o+1)*(l.p+1)]
		l.intercept[o] = l.bias * at[l.p]
		for j := range w {
			w[j] = l.scale[j] * at[j]
			l.intercept[o] -= w[j] * l.columns[j].offset()
		}
	}
}

// evaluate returns the mean objective at x and writes its gradient.
func (l *logLoss) evaluate(ctx context.Context, x, gradient []float64) (float64, error) {
	l.unscale(x)
	err := matrix.Parallel(ctx, l.workers, l.chunks(), func(c, _ int) { l.loss[c] = l.pass(ctx, c) })
	if err != nil {
		return 0, err
	}
	loss := floats.Sum(l.loss)
	copy(gradient, l.gradient[0])
	for _, g := range l.gradient[1:] {
		floats.Add(gradient, g)
	}
	for o, w := range l.coefficient {
		g := gradient[o*(l.p+1) : (o+1)*(l.p+1)]
		sum := g[l.p]
		for j := range w {
			g[j] = l.scale[j] * (g[j] - l.columns[j].offset()*sum + l.alpha*w[j]) / l.total
		}
		g[l.p] = l.bias * sum / l.total
		loss += l.alpha / 2 * floats.Dot(w, w)
	}
	return loss / l.total, nil
}

// pass sums loss and gradient over the rows of chunk c.
func (l *logLoss) pass(ctx context.Context, c int) float64 {
	gradient := l.gradient[c]
	clear(gradient)
	z := make([][]float64, l.outputs)
	all := make([]float64, l.outputs*blockRows)
	loss := 0.0
	from, to := l.chunk(c)
	for b := from; b < to && ctx.Err() == nil; b++ {
		lo, hi := l.rows(b)
		for o := range z {
			z[o] = all[o*blockRows : o*blockRows+hi-lo]
			for i := range z[o] {
				z[o][i] = l.intercept[o]
			}
			for j, w := range l.coefficient[o] {
				if w != 0 {
					l.columns[j].add(b, lo, hi, w, z[o])
				}
			}
		}
		if l.outputs == 1 {
			loss += l.binary(z[0], lo)
		} else {
			loss += l.softmax(z, lo)
		}
		for o, r := range z {
			g := gradient[o*(l.p+1) : (o+1)*(l.p+1)]
			for j := range l.columns {
				g[j] += l.columns[j].dot(b, lo, hi, r)
			}
			g[l.p] += floats.Sum(r)
		}
	}
	return loss
}

// binary turns the margins of the rows from lo on into residuals and returns their loss.
func (l *logLoss) binary(z []float64, lo int) float64 {
	loss := 0.0
	for i, m := range z {
		e := math.Exp(-math.Abs(m))
		p := 1 / (1 + e)
		if m < 0 {
			p = e * p
		}
		y := float64(l.class[lo+i])
		w := l.weightOf(lo + i)
		loss += w * (math.Log1p(e) + max(m, 0) - y*m)
		z[i] = w * (p - y)
	}
	return loss
}

// softmax is binary for one margin a class.
func (l *logLoss) softmax(z [][]float64, lo int) float64 {
	loss := 0.0
	for i := range z[0] {
		top := z[0][i]
		for _, m := range z[1:] {
			top = max(top, m[i])
		}
		y := l.class[lo+i]
		of := z[y][i]
		sum := 0.0
		for _, m := range z {
			m[i] = math.Exp(m[i] - top)
			sum += m[i]
		}
		w := l.weightOf(lo + i)
		loss += w * (math.Log(sum) + top - of)
		for _, m := range z {
			m[i] *= w / sum
		}
		z[y][i] -= w
	}
	return loss
}

// solution returns the coefficients of what the solver found.
func (l *logLoss) solution(m *minimum) *solution {
	l.unscale(m.x)
	s := &solution{coefficients: l.coefficient, intercepts: l.intercept, report: m.report}
	for o, w := range s.coefficients {
		for j := range w {
			if l.columns[j].dense != nil {
				s.intercepts[o] -= w[j] * l.columns[j].mean
			}
		}
	}
	if l.outputs == 1 {
		return s
	}
	center := func(at func(o int) *float64) {
		mean := 0.0
		for o := range l.outputs {
			mean += *at(o) / float64(l.outputs)
		}
		for o := range l.outputs {
			*at(o) -= mean
		}
	}
	center(func(o int) *float64 { return &s.intercepts[o] })
	for j := range l.p {
		center(func(o int) *float64 { return &s.coefficients[o][j] })
	}
	return s
}
