package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// Measure is one metric of an Evaluation, under scikit-learn's name, with its 95 % confidence interval. Low and High are NaN where no interval is defined.
type Measure struct {
	Name      string
	Value     float64
	Low, High float64
}

type measureJSON struct {
	Name  string   `json:"name"`
	Value *float64 `json:"value"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
}

// MarshalJSON implements json.Marshaler; NaN and infinity become null.
func (m Measure) MarshalJSON() ([]byte, error) {
	finite := func(v float64) *float64 {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
		return &v
	}
	return json.Marshal(measureJSON{m.Name, finite(m.Value), finite(m.Low), finite(m.High)})
}

// UnmarshalJSON implements json.Unmarshaler; null becomes NaN.
func (m *Measure) UnmarshalJSON(text []byte) error {
	var j measureJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	value := func(p *float64) float64 {
		if p == nil {
			return math.NaN()
		}
		return *p
	}
	*m = Measure{j.Name, value(j.Value), value(j.Low), value(j.High)}
	return nil
}

// Evaluation is what a Predictor reached on rows it had not seen.
type Evaluation struct {
	Task     string    `json:"task"`
	Rows     int64     `json:"rows"`
	Measures []Measure `json:"measures"` // in a fixed order for each task
}

// Get returns the measure of a name.
func (e *Evaluation) Get(name string) (Measure, bool) {
	for _, m := range e.Measures {
		if m.Name == name {
			return m, true
		}
	}
	return Measure{}, false
}

// ErrGate says that an Evaluation did not reach what a Gate asks. Its facts are in a *GateError.
var ErrGate = errors.New("gate not met")

// GateError is an unmet Gate. It wraps ErrGate.
type GateError struct {
	Gate string // what is asked: "roc_auc at least 0.9"
	Got  string // what was reached
}

// Error implements error.
func (e *GateError) Error() string { return fmt.Sprintf("gate: want %s, got %s", e.Gate, e.Got) }

// Is reports whether target is ErrGate.
func (e *GateError) Is(target error) bool { return target == ErrGate }

// Gate is a condition that an Evaluation must meet before a model is released. Check returns nil or a *GateError. live is the Evaluation, on the same rows, of the
// model that the new one would replace, nil for none. Implementations are immutable values.
type Gate interface {
	Check(e, live *Evaluation) error
}

// Check returns the errors of all unmet gates, joined, so that a release sees every one of them.
func Check(e, live *Evaluation, gates ...Gate) error {
	var errs []error
	for _, g := range gates {
		errs = append(errs, g.Check(e, live))
	}
	return errors.Join(errs...)
}

// AtLeast asks that the metric is Value or more; with Certain, that the low end of its interval is.
type AtLeast struct {
	Metric  string
	Value   float64
	Certain bool
}

// Check implements Gate.
func (g AtLeast) Check(e, _ *Evaluation) error {
	return bound(e, g.Metric, "at least", g.Value, func(m Measure) (float64, bool) {
		v := m.Value
		if g.Certain {
			v = m.Low
		}
		return v, v >= g.Value
	})
}

// AtMost asks that the metric is Value or less; with Certain, that the high end of its interval is.
type AtMost struct {
	Metric  string
	Value   float64
	Certain bool
}

// Check implements Gate.
func (g AtMost) Check(e, _ *Evaluation) error {
	return bound(e, g.Metric, "at most", g.Value, func(m Measure) (float64, bool) {
		v := m.Value
		if g.Certain {
			v = m.High
		}
		return v, v <= g.Value
	})
}

func bound(e *Evaluation, name, relation string, value float64, holds func(Measure) (float64, bool)) error {
	asked := name + " " + relation + " " + number(value)
	m, ok := e.Get(name)
	if !ok {
		return &GateError{Gate: asked, Got: "no such metric"}
	}
	if v, ok := holds(m); !ok {
		return &GateError{Gate: asked, Got: number(v)}
	}
	return nil
}

// NoWorse asks that the metric is not worse than the live model's by more than Margin. Without a live model it holds.
type NoWorse struct {
	Metric          string
	Margin          float64 // >= 0, in the metric's unit
	SmallerIsBetter bool    // for errors and losses
}

// Check implements Gate.
func (g NoWorse) Check(e, live *Evaluation) error {
	if live == nil {
		return nil
	}
	m, ok1 := e.Get(g.Metric)
	l, ok2 := live.Get(g.Metric)
	asked := g.Metric + " no worse than the live model's by more than " + number(g.Margin)
	if !ok1 || !ok2 {
		return &GateError{Gate: asked, Got: "no such metric"}
	}
	worse := l.Value - m.Value
	if g.SmallerIsBetter {
		worse = -worse
	}
	if !(worse <= g.Margin) { // NaN fails
		return &GateError{Gate: asked, Got: number(m.Value) + " against " + number(l.Value)}
	}
	return nil
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
