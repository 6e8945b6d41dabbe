package model

import (
	"fmt"

	"github.com/tidewheel/tidewheel/internal/plan"
)

// NewLinked returns the Predictor of a model whose raw scores are the registers raw of b: the number of a regression, the log odds of the second of two classes, one margin
// for each class of more. It adds the task's link and the outputs by the convention of Planned.
func NewLinked(t Training, b *plan.Builder, raw plan.Ints) (*Planned, error) {
	return newLinked(t, b, raw, raw)
}

// NewLogLinked is NewLinked for a regression whose raw score is the logarithm of what it predicts, as of counts and amounts.
func NewLogLinked(t Training, b *plan.Builder, raw plan.Ints) (*Planned, error) {
	return newLinked(t, b, raw, b.Add(plan.Op{Kind: plan.OpExp, In: raw}))
}

// newLinked takes the prediction of a regression beside the raw scores.
func newLinked(t Training, b *plan.Builder, raw, number plan.Ints) (*Planned, error) {
	classify := func(score, probability plan.Ints) {
		b.Output(PredictionColumn, b.Add(plan.Op{Kind: plan.OpArgmax, In: score})[0])
		for _, r := range probability {
			b.Output(ProbabilityColumn, r)
		}
	}
	switch len(t.Problem.Classes) {
	case 0:
		b.Output(PredictionColumn, number[0])
	case 2:
		probability := b.Add(plan.Op{Kind: plan.OpComplement, In: b.Add(plan.Op{Kind: plan.OpSigmoid, In: raw})})
		classify(probability, probability)
	default:
		classify(raw, b.Add(plan.Op{Kind: plan.OpSoftmax, In: raw}))
	}
	for _, r := range raw {
		b.Output(RawColumn, r)
	}
	p, err := b.Build()
	if err != nil {
		return nil, fmt.Errorf("model: new predictor: %w", err)
	}
	target, err := t.Problem.TargetField(t.Rows.Schema())
	if err != nil {
		return nil, fmt.Errorf("model: new predictor: %w", err)
	}
	return NewPredictor(t.Problem, t.Rows.Schema(), target, p)
}
