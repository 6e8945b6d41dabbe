package modeltest

import (
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/conform"
	"github.com/tidewheel/tidewheel/model"
)

// sameModels fits and predicts once for each of fits, and wants the bits of the first.
func (s *subject) sameModels(fits ...func() (model.Predictor, error)) error {
	var want []answer
	for i, fit := range fits {
		p, err := fit()
		if err != nil {
			return err
		}
		got, err := s.predict(p, data{seed: 100})
		if err != nil {
			return err
		}
		if i == 0 {
			want = got
		}
		if err := sameBits(want, got); err != nil {
			return fmt.Errorf("fit %d: %w", i+1, err)
		}
	}
	return nil
}

// refit fits one estimator on some rows, on other rows, and on the first again.
func refit(s *subject) error {
	e := s.estimator(1)
	on := func(seed uint64) func() (model.Predictor, error) {
		return func() (model.Predictor, error) {
			t, err := s.training(data{seed: seed})
			if err != nil {
				return nil, err
			}
			return s.fitOn(e, t)
		}
	}
	return s.sameModels(on(1), func() (model.Predictor, error) {
		if _, err := on(2)(); err != nil {
			return nil, err
		}
		return on(1)()
	}, func() (model.Predictor, error) { return s.fit(data{seed: 1}) })
}

func fitBatches(s *subject) error {
	on := func(size int) func() (model.Predictor, error) {
		return func() (model.Predictor, error) { return s.fit(data{rows: 150, batch: size}) }
	}
	return s.sameModels(on(150), on(1), on(47))
}

// fitWorkers sets GOMAXPROCS too, which is what an option Workers of 0 stands for.
func fitWorkers(s *subject) error {
	with := func(workers, processors int) func() (model.Predictor, error) {
		return func() (model.Predictor, error) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
			t, err := s.training(data{rows: 3000, batch: 1000})
			if err != nil {
				return nil, err
			}
			return s.fitOn(s.estimator(workers), t)
		}
	}
	return s.sameModels(with(1, 1), with(2, 2), with(8, 8), with(0, 1), with(0, 3))
}

func concurrentFits(s *subject) error {
	e := s.estimator(2)
	made := make([]model.Predictor, 4)
	errs := make([]error, len(made))
	var wait sync.WaitGroup
	for k := range made {
		t, err := s.training(data{seed: uint64(k / 2)}) // two of each
		if err != nil {
			return err
		}
		wait.Go(func() { made[k], errs[k] = s.fitOn(e, t) })
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	get := func(k int) func() (model.Predictor, error) {
		return func() (model.Predictor, error) { return made[k], nil }
	}
	return errors.Join(s.sameModels(get(0), get(1)), s.sameModels(get(2), get(3)))
}

func inputsUnchanged(s *subject) error {
	t, held, err := s.heldTraining(data{})
	if err != nil {
		return err
	}
	defer func() { _ = held.Close() }()
	return conform.Unchanged(s.ctx, held, func() error {
		p, err := s.fitOn(s.estimator(2), t)
		if err != nil {
			return err
		}
		_, err = s.answers(p, held)
		return err
	})
}

func unknownColumn(s *subject) error {
	for what, spoil := range map[string]func(*model.Problem){
		"target":  func(p *model.Problem) { p.Target = "nowhere" },
		"weight":  func(p *model.Problem) { p.Weight = "nowhere" },
		"group":   func(p *model.Problem) { p.Group = "nowhere" },
		"feature": func(p *model.Problem) { p.Features = []string{"a", "nowhere"} },
	} {
		if (what == "target" && s.task == model.Anomaly) || (what == "group" && s.task != model.Ranking) {
			continue
		}
		t, err := s.training(data{})
		if err != nil {
			return err
		}
		spoil(&t.Problem)
		_, err = s.fitOn(s.estimator(1), t)
		if err := conform.WantError("fit with an unknown "+what, err, dataset.ErrSchema); err != nil {
			return err
		}
	}
	return nil
}
