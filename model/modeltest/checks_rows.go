package modeltest

import (
	"errors"
	"fmt"
	"math"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/conform"
	"github.com/tidewheel/tidewheel/model"
)

func noRows(s *subject) error {
	return s.refused("no rows", data{repeat: func(int) int { return 0 }}, model.ErrNoRows)
}

func oneRow(s *subject) error {
	p, err := s.fit(data{rows: 1})
	if errors.Is(err, model.ErrTarget) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("one row: got error %w, want none or model.ErrTarget", err)
	}
	if s.classes() > 0 && !s.traits.Baseline {
		return errors.New("one row, of one class, was learnt: want model.ErrTarget")
	}
	return s.finite(p)
}

// finite wants finite answers to usual rows.
func (s *subject) finite(p model.Predictor, features ...string) error {
	got, err := s.predict(p, data{seed: 101, features: features})
	if err != nil {
		return err
	}
	for i, a := range got {
		for _, v := range a.numbers {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("row %d: the output is not finite", i)
			}
		}
	}
	return nil
}

func oneFeature(s *subject) error {
	for _, name := range usual() {
		p, err := s.fit(data{features: []string{name}})
		if err != nil {
			return fmt.Errorf("feature %q alone: %w", name, err)
		}
		if err := s.finite(p, name); err != nil {
			return fmt.Errorf("feature %q alone: %w", name, err)
		}
	}
	return nil
}

func constantFeature(s *subject) error {
	var results [2][]answer
	for k, names := range [][]string{{"a", "b"}, {"a", "same", "b"}} {
		p, err := s.fit(data{features: names})
		if err != nil {
			return err
		}
		if results[k], err = s.predict(p, data{seed: 102, features: names}); err != nil {
			return err
		}
	}
	return within(results[0], results[1], 1e-4) // an iterative solver ends elsewhere within its tolerance
}

func oneClass(s *subject) error {
	first := s.row(0, 0)
	return s.refused("rows of one class", data{edit: func(_ int, r *row) { r.Yes, r.Word = first.Yes, first.Word }}, model.ErrTarget)
}

func unknownClass(s *subject) error {
	t, err := s.training(data{target: "word"})
	if err != nil {
		return err
	}
	t.Problem.Classes = []string{"high", "middle", "elsewhere"}[:s.classes()]
	_, err = s.fitOn(s.estimator(1), t)
	return conform.WantError("fit with a class that is not in the problem", err, model.ErrTarget)
}

func missingTarget(s *subject) error {
	return s.refused("a null target", data{edit: func(i int, r *row) {
		if i == 150 {
			r.Yes, r.Word, r.Amount, r.Grade = nil, nil, nil, nil
		}
	}}, model.ErrTarget)
}

func infiniteTarget(s *subject) error {
	inf := math.Inf(1)
	return s.refused("an infinite target", data{edit: func(i int, r *row) {
		if i == 150 {
			r.Amount = &inf
		}
	}}, model.ErrNonFinite)
}

func constantTarget(s *subject) error {
	const constant = 41.5
	p, err := s.fit(data{edit: func(_ int, r *row) {
		y := constant
		r.Amount = &y
	}})
	if err != nil {
		return err
	}
	got, err := s.predict(p, data{seed: 105})
	if err != nil {
		return err
	}
	for i, a := range got {
		if !(math.Abs(a.numbers[0]-constant) < 1e-6*constant) { // what a solver may leave
			return fmt.Errorf("row %d: the prediction is not the constant that every target was", i)
		}
	}
	return nil
}

// validationRows fits twice with rows for early stopping.
func validationRows(s *subject) error {
	fit := func() (model.Predictor, error) {
		t, err := s.training(data{})
		if err != nil {
			return nil, err
		}
		if t.Validation, err = s.source(data{rows: 100, seed: 106}); err != nil {
			return nil, err
		}
		p, err := s.fitOn(s.estimator(2), t)
		if err != nil {
			return nil, err
		}
		return p, s.finite(p)
	}
	return s.sameModels(fit, fit)
}

// targetTypes fits targets of every type that suits the task.
func targetTypes(s *subject) error {
	names := map[model.Task][]string{
		model.Binary: {"yes", "word", "count", "half", "day"}, model.Multiclass: {"word", "count", "half", "day"}, model.Regression: {"amount", "half", "count", "yes"},
		model.Ranking: {"grade", "count", "yes"},
	}[s.task]
	for _, name := range names {
		d := data{target: name}
		p, err := s.fit(d)
		if err != nil {
			return fmt.Errorf("target %q: %w", name, err)
		}
		src, err := s.source(d)
		if err != nil {
			return err
		}
		f, _ := src.Schema().Lookup(name)
		want, got := f.Type, p.Signature().Output.Field(0).Type
		if s.classes() == 0 {
			want = dataset.Float64
		}
		if got != want && !(got.IsText() && want.IsText()) {
			return fmt.Errorf("target %q of type %s: the prediction has type %s, want %s", name, f.Type, got, want)
		}
		answers, err := s.answers(p, src)
		if err != nil {
			return fmt.Errorf("target %q: %w", name, err)
		}
		for i, a := range answers {
			if s.classes() > 0 && indexOf(s.problem(d).Classes, a.prediction) < 0 {
				return fmt.Errorf("target %q, row %d: the prediction is none of the classes", name, i)
			}
		}
	}
	return nil
}

func indexOf(list []string, v string) int {
	for i, x := range list {
		if x == v {
			return i
		}
	}
	return -1
}

// sameAsRepeated compares a fit with weights against one on rows that come as often as the weight says. Features have few values, so that an estimator with
// histograms has one bin a value either way.
func (s *subject) sameAsRepeated(weight func(i int) int, tolerance float64) error {
	edit := func(i int, r *row) {
		a := math.Round(*r.A*4) / 4
		r.A, r.B, r.Weight = &a, math.Round(r.B*4)/4, float64(weight(i))
	}
	weighted, err := s.fit(data{weighted: true, edit: edit})
	if err != nil {
		return err
	}
	repeated, err := s.fit(data{repeat: weight, edit: edit})
	if err != nil {
		return err
	}
	want, err := s.predict(repeated, data{seed: 103})
	if err != nil {
		return err
	}
	got, err := s.predict(weighted, data{seed: 103})
	if err != nil {
		return err
	}
	return within(want, got, tolerance)
}

func (s *subject) weightTolerance() float64 {
	if s.traits.WeightTolerance > 0 {
		return s.traits.WeightTolerance
	}
	return 1e-9
}

func weightZero(s *subject) error {
	return s.sameAsRepeated(func(i int) int { return min(1, i%3) }, s.weightTolerance())
}

func weightTwo(s *subject) error {
	return s.sameAsRepeated(func(i int) int { return 1 + i%2 }, s.weightTolerance())
}

// heavyRows gives the rows of one class, or of large targets, ten times the weight of the others. A baseline may stay where it was.
func heavyRows(s *subject) error {
	var means [2]float64
	for k, heavy := range []float64{1, 10} {
		p, err := s.fit(data{weighted: true, edit: func(_ int, r *row) {
			if r.Count == 2 || (s.task == model.Regression && *r.Amount > 3) {
				r.Weight = heavy
			}
		}})
		if err != nil {
			return err
		}
		got, err := s.predict(p, data{seed: 104})
		if err != nil {
			return err
		}
		for _, a := range got {
			means[k] += a.numbers[min(1, s.classes())] / float64(len(got))
		}
	}
	if !(means[1] > means[0]) && !(s.traits.Baseline && means[1] == means[0]) {
		return errors.New("more weight on a class, or on large targets, does not raise its mean probability, or the mean prediction")
	}
	return nil
}

func badWeights(s *subject) error {
	for what, w := range map[string]float64{"a negative": -1, "a NaN": math.NaN(), "an infinite": math.Inf(1)} {
		err := s.refused(what+" weight", data{weighted: true, edit: func(i int, r *row) {
			if i == 150 {
				r.Weight = w
			}
		}}, model.ErrNonFinite)
		if err != nil {
			return err
		}
	}
	return s.refused("weights of 0 only", data{weighted: true, edit: func(_ int, r *row) { r.Weight = 0 }}, model.ErrNoRows)
}
