package linear

import (
	"context"
	"math"

	"gonum.org/v1/gonum/floats"
)

// objective returns the value at x and writes the gradient there.
type objective func(ctx context.Context, x, gradient []float64) (float64, error)

// minimum is where a search ended.
type minimum struct {
	x      []float64
	report Report
}

const (
	memory   = 10   // pairs that L-BFGS remembers
	armijo   = 1e-4 // of the slope, that a step must gain
	wolfe    = 0.9  // of the slope, that may be left after a step
	maxTrial = 40   // of one line search
	rounding = 1e-14
)

// minimize runs L-BFGS (Nocedal and Wright, Numerical Optimization, 2nd ed., algorithm 7.4) from x until no element of the gradient is larger than tolerance.
// The line search bisects to the weak Wolfe conditions (Lewis and Overton 2013, algorithm 2.6).
func minimize(ctx context.Context, f objective, x []float64, tolerance float64, maxIterations int) (*minimum, error) {
	s := &search{f: f, x: x, g: make([]float64, len(x))}
	var err error
	if s.value, err = f(ctx, x, s.g); err != nil {
		return nil, err
	}
	r := Report{}
	for {
		r.Gradient, r.Objective = floats.Norm(s.g, math.Inf(1)), s.value
		r.Converged = r.Gradient <= tolerance
		if r.Converged || r.Iterations == maxIterations {
			break
		}
		moved, err := s.step(ctx)
		if err != nil {
			return nil, err
		}
		if !moved { // rounding leaves nothing to gain
			break
		}
		r.Iterations++
	}
	return &minimum{x: s.x, report: r}, nil
}

// search is the state of minimize.
type search struct {
	f     objective
	x, g  []float64
	value float64
	moves [][]float64 // the last steps, oldest first
	turns [][]float64 // the changes of the gradient over them
}

// step moves along the direction of the remembered curvature, or reports that no step gains.
func (s *search) step(ctx context.Context) (bool, error) {
	d := s.direction()
	slope := floats.Dot(d, s.g)
	if !(slope < 0) {
		s.moves, s.turns = nil, nil
		d = s.direction()
		slope = floats.Dot(d, s.g)
	}
	x, g := make([]float64, len(s.x)), make([]float64, len(s.x))
	low, high, t := 0.0, math.Inf(1), 1.0
	for range maxTrial {
		floats.AddScaledTo(x, s.x, t, d)
		value, err := s.f(ctx, x, g)
		if err != nil {
			return false, err
		}
		left := floats.Dot(d, g)
		enough := value <= s.value+armijo*t*slope ||
			(value <= s.value+rounding*math.Abs(s.value) && left <= (2*armijo-1)*slope) // Hager and Zhang 2005: where rounding hides the gain
		switch {
		case !enough:
			high = t
		case left < wolfe*slope:
			low = t
		default:
			s.remember(x, g)
			s.x, s.g, s.value = x, g, value
			return true, nil
		}
		if t = (low + high) / 2; math.IsInf(high, 1) {
			t = 2 * low
		}
	}
	return false, nil
}

func (s *search) remember(x, g []float64) {
	move, turn := make([]float64, len(x)), make([]float64, len(x))
	floats.SubTo(move, x, s.x)
	floats.SubTo(turn, g, s.g)
	if !(floats.Dot(move, turn) > 0) {
		return
	}
	if len(s.moves) == memory {
		s.moves, s.turns = s.moves[1:], s.turns[1:]
	}
	s.moves, s.turns = append(s.moves, move), append(s.turns, turn)
}

// direction is the two-loop recursion.
func (s *search) direction() []float64 {
	d := make([]float64, len(s.g))
	floats.SubTo(d, d, s.g)
	n := len(s.moves)
	a := make([]float64, n)
	for i := n - 1; i >= 0; i-- {
		a[i] = floats.Dot(s.moves[i], d) / floats.Dot(s.moves[i], s.turns[i])
		floats.AddScaled(d, -a[i], s.turns[i])
	}
	if n > 0 {
		floats.Scale(floats.Dot(s.moves[n-1], s.turns[n-1])/floats.Dot(s.turns[n-1], s.turns[n-1]), d)
	}
	for i := range n {
		b := floats.Dot(s.turns[i], d) / floats.Dot(s.moves[i], s.turns[i])
		floats.AddScaled(d, a[i]-b, s.moves[i])
	}
	return d
}
