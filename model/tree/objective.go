package tree

import "math"

// objective is what the trees minimise.
type objective uint8

const (
	squared  objective = iota // half the squared error of one output
	logistic                  // log loss of one output, the log-odds of class 1
	softmax                   // log loss of one output a class
)

// labels are the true values of some rows: value for squared, class otherwise. weight may be nil.
type labels struct {
	value   []float64
	class   []int32
	classes int
	weight  []float64
}

func (l *labels) weightOf(i int) float64 {
	if l.weight == nil {
		return 1
	}
	return l.weight[i]
}

// part returns the labels of the rows lo to hi.
func (l labels) part(lo, hi int) labels {
	if l.value != nil {
		l.value = l.value[lo:hi]
	}
	if l.class != nil {
		l.class = l.class[lo:hi]
	}
	if l.weight != nil {
		l.weight = l.weight[lo:hi]
	}
	return l
}

// base returns the constant that every raw score starts from: the weighted mean, log-odds or log share. A class without weight has the log of epsilon.
func (o objective) base(l *labels, n int) []float64 {
	if o == squared {
		var sum, total float64
		for i, y := range l.value[:n] {
			w := l.weightOf(i)
			total += w
			if total > 0 {
				sum += w / total * (y - sum) // a running mean: huge values do not overflow
			}
		}
		return []float64{sum}
	}
	share := make([]float64, max(l.classes, 2))
	var total float64
	for i, c := range l.class[:n] {
		w := l.weightOf(i)
		share[c] += w
		total += w
	}
	if o == logistic {
		p := min(max(share[1]/total, epsilon), 1-epsilon)
		return []float64{math.Log(p / (1 - p))}
	}
	for c := range share {
		share[c] = math.Log(max(share[c]/total, epsilon))
	}
	return share
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// probabilities fills the rows lo to hi of p, one slice a class, with the softmax of the scores.
func probabilities(p, score [][]float64, lo, hi int) {
	for i := lo; i < hi; i++ {
		top := math.Inf(-1)
		for _, s := range score {
			top = max(top, s[i])
		}
		var sum float64
		for c, s := range score {
			p[c][i] = math.Exp(s[i] - top)
			sum += p[c][i]
		}
		for c := range p {
			p[c][i] /= sum
		}
	}
}

// gradients fills g and h with the derivatives of output c. state is the score of the output, or the probability of the class for softmax.
func (o objective) gradients(l labels, c int, state, g, h []float64) {
	switch o {
	case squared:
		for i, s := range state {
			g[i], h[i] = s-l.value[i], 1
		}
	case logistic:
		for i, s := range state {
			p := sigmoid(s)
			g[i], h[i] = p-float64(l.class[i]), p*(1-p)
		}
	case softmax:
		factor := float64(l.classes) / float64(l.classes-1)
		for i, p := range state {
			g[i], h[i] = p, factor*p*(1-p)
			if int(l.class[i]) == c {
				g[i] = p - 1
			}
		}
	}
	if l.weight != nil {
		for i, w := range l.weight {
			g[i] *= w
			h[i] *= w
		}
	}
}

// loss returns the weighted mean loss of scores, one slice an output.
func (o objective) loss(l *labels, score [][]float64) float64 {
	var sum, total float64
	for i := range score[0] {
		var v float64
		switch o {
		case squared:
			d := score[0][i] - l.value[i]
			v = d * d
		case logistic:
			m := score[0][i]
			if l.class[i] == 1 {
				m = -m
			}
			v = max(m, 0) + math.Log1p(math.Exp(-math.Abs(m)))
		case softmax:
			top := math.Inf(-1)
			for _, s := range score {
				top = max(top, s[i])
			}
			var e float64
			for _, s := range score {
				e += math.Exp(s[i] - top)
			}
			v = top + math.Log(e) - score[l.class[i]][i]
		}
		w := l.weightOf(i)
		sum += w * v
		total += w
	}
	return sum / total
}
