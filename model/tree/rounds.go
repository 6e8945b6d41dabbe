package tree

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// ErrStop ends a training from within BoostingOptions.OnRound. What was grown is kept, with EarlyStopping up to the best round; a checkpoint of it can be taken up.
var ErrStop = errors.New("stop training")

// Round is what OnRound is told after each round.
type Round struct {
	Number     int     // rounds done, from 1
	Of         int     // rounds to be done, at most
	Training   float64 // mean loss of the objective on the rows trained on, NaN for a custom one
	Validation float64 // of Metric, or else the mean loss of the objective, on the validation rows; NaN without them
	Best       int     // the round with the best Validation; 0 for none
}

// run grows the trees, round by round.
func (t *trainer) run(ctx context.Context) (*ensemble, error) {
	t.crew.open()
	defer t.crew.close()
	e := &t.ensemble
	if err := t.takeUp(ctx); err != nil {
		return nil, err
	}
	for !t.over && t.done < t.trees {
		number := t.done + 1
		more, err := t.oneRound(ctx)
		if errors.Is(err, ErrStop) {
			break
		}
		t.over = !more
		if err == nil && more {
			err = t.save(ctx, false)
		}
		if err != nil {
			return nil, fmt.Errorf("round %d: %w", number, err)
		}
	}
	if err := t.save(ctx, true); err != nil {
		return nil, err
	}
	if t.patience > 0 && len(e.losses) > 0 {
		e.trees = e.trees[:t.best*len(e.base)]
	}
	e.countImportance(t.minGain)
	return e, nil
}

// oneRound grows the trees of a round, measures and reports, and says whether to go on.
func (t *trainer) oneRound(ctx context.Context) (more bool, err error) {
	e := &t.ensemble
	grew, err := t.round(ctx)
	if err != nil {
		return false, err
	}
	if !grew && !t.draws() {
		e.trees = e.trees[:t.done*len(e.base)] // every later round would be the same
		return false, nil
	}
	if err := t.measure(ctx); err != nil {
		return false, err
	}
	t.done++
	if err := t.tell(ctx); err != nil {
		return false, err
	}
	return t.patience == 0 || len(e.losses) == 0 || t.done-t.best < t.patience, nil
}

// draws reports whether rounds differ by what they draw.
func (t *trainer) draws() bool {
	return t.rowFraction < 1 || t.featureFraction < 1 || t.nodeFraction < 1 || t.goss != nil || t.dart != nil
}

// measure appends the validation loss of the round, where there is one.
func (t *trainer) measure(ctx context.Context) error {
	if t.valid == nil {
		return nil
	}
	loss, higher := 0.0, t.objective.traits().higher
	var err error
	switch {
	case t.metric != nil:
		higher = t.metric.HigherIsBetter()
		if loss, err = t.metric.Evaluate(ctx, t.valid.rows(t.validScore)); err != nil {
			return fmt.Errorf("metric %s: %w", t.metric.Name(), err)
		}
	case t.objective.traits().metric == "":
		return nil
	default:
		if loss, err = t.objective.loss(ctx, t.workers, t.valid, t.validScore); err != nil {
			return err
		}
	}
	t.ensemble.losses = append(t.ensemble.losses, loss)
	if higher {
		loss = -loss
	}
	if t.best == 0 || loss < t.bestLoss || (math.IsNaN(t.bestLoss) && !math.IsNaN(loss)) {
		t.best, t.bestLoss = t.done+1, loss
	}
	return nil
}

// tell calls the host's hook.
func (t *trainer) tell(ctx context.Context) error {
	if t.onRound == nil {
		return nil
	}
	r := Round{Number: t.done, Of: t.trees, Training: math.NaN(), Validation: math.NaN(), Best: t.best}
	var err error
	if t.objective.traits().metric != "" {
		if r.Training, err = t.objective.loss(ctx, t.workers, &t.train, t.score); err != nil {
			return err
		}
	}
	if n := len(t.ensemble.losses); n > 0 {
		r.Validation = t.ensemble.losses[n-1]
	}
	return t.onRound(ctx, r)
}
