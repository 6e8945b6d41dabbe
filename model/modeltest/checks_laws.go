package modeltest

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/model"
)

func lawChecks() []check {
	return []check{
		{"features that are all constant predict the mean", constantRows, func(t Traits, k model.Task) bool { return hasMeans(t, k) && (!t.Quantile || k != model.Regression) }},
		{"two equal columns are learnt", twins, nil},
		{"equal rows get equal answers", equalRows, nil},
		{"weights of 1 are no weights", weightOne, nil},
		{"a shifted target shifts the predictions", shiftedTarget, regresses},
		{"the type of the classes changes no probability", classTypes, classifies},
		{"classes come in the order of the problem", classOrder, classifies},
		{"a class without rows is refused or unlikely", absentClass, manyClasses},
	}
}

// constantRows fits rows that differ in their targets only: what is left to predict is the mean, or the classes' shares.
func constantRows(s *subject) error {
	edit := func(_ int, r *row) {
		a := 1.5
		r.A, r.B, r.N, r.F = &a, -2, 3, true
	}
	p, err := s.fit(data{edit: edit})
	if err != nil {
		return err
	}
	got, err := s.predict(p, data{seed: 107, edit: edit})
	if err != nil {
		return err
	}
	var want []float64
	rows := s.made(data{edit: edit})
	if s.task == model.Regression {
		want = []float64{0}
	} else {
		want = make([]float64, s.classes())
	}
	for _, r := range rows {
		if s.task == model.Regression {
			want[0] += *r.Amount / float64(len(rows))
		} else {
			want[r.Count-1] += 1 / float64(len(rows))
		}
	}
	tolerance := 1e-5 // what a solver may leave
	if s.traits.Sampled {
		tolerance = 0.1 // it has seen other rows
	}
	for i, a := range got {
		for k, w := range want {
			if !(math.Abs(a.numbers[k]-w) <= tolerance) {
				return fmt.Errorf("row %d, output %d: %v, want %v", i, k, a.numbers[k], w)
			}
		}
	}
	return nil
}

// twins fits one column twice over, as collinear as columns can be.
func twins(s *subject) error {
	features := []string{"b", "twin"}
	p, err := s.fit(data{features: features})
	if err != nil {
		return err
	}
	return s.finite(p, features...)
}

func equalRows(s *subject) error {
	p, err := s.fit(data{})
	if err != nil {
		return err
	}
	for _, size := range []int{300, 2} {
		got, err := s.predict(p, data{rows: 60, batch: size, seed: 108, repeat: func(int) int { return 3 }})
		if err != nil {
			return err
		}
		for i := range got {
			first := i - i%3
			if err := sameBits(got[first:first+1], got[i:i+1]); err != nil {
				return fmt.Errorf("row %d, which equals row %d: %w", i, first, err)
			}
		}
	}
	return nil
}

func weightOne(s *subject) error {
	return s.sameAsRepeated(func(int) int { return 1 }, s.weightTolerance())
}

// shiftedTarget adds a power of two, which costs the targets few digits.
func shiftedTarget(s *subject) error {
	const shift = 64
	p, err := s.fit(data{})
	if err != nil {
		return err
	}
	want, err := s.predict(p, data{seed: 109})
	if err != nil {
		return err
	}
	if p, err = s.fit(data{edit: func(_ int, r *row) {
		y := *r.Amount + shift
		r.Amount = &y
	}}); err != nil {
		return err
	}
	got, err := s.predict(p, data{seed: 109})
	if err != nil {
		return err
	}
	for i := range want {
		if !(math.Abs(got[i].numbers[0]-shift-want[i].numbers[0]) <= 1e-3) { // a tree may split elsewhere between two equal gains
			return fmt.Errorf("row %d: %v, want %v", i, got[i].numbers[0], want[i].numbers[0]+shift)
		}
	}
	return nil
}

// classTypes fits the same classes as texts, bools, whole numbers, fractions and days.
func classTypes(s *subject) error {
	var want []answer
	for _, target := range []string{"word", "yes", "count", "half", "day"} {
		if len(classes(target)) < s.classes() {
			continue
		}
		p, err := s.fit(data{target: target})
		if err != nil {
			return fmt.Errorf("target %q: %w", target, err)
		}
		got, err := s.predict(p, data{target: target, seed: 110})
		if err != nil {
			return fmt.Errorf("target %q: %w", target, err)
		}
		for i := range got {
			got[i].prediction = "" // of its type
		}
		if want == nil {
			want = got
		}
		if err := sameBits(want, got); err != nil {
			return fmt.Errorf("target %q: %w", target, err)
		}
	}
	return nil
}

// classOrder fits the classes in their order and in reverse.
func classOrder(s *subject) error {
	var results [2][]answer
	for k := range results {
		t, err := s.training(data{target: "word"})
		if err != nil {
			return err
		}
		if k == 1 {
			slices.Reverse(t.Problem.Classes)
		}
		p, err := s.fitOn(s.estimator(1), t)
		if err != nil {
			return err
		}
		if results[k], err = s.predict(p, data{target: "word", seed: 111}); err != nil {
			return err
		}
	}
	off := 0.0 // sums in another order, so that a tree may split elsewhere between two nearly equal gains
	for i, a := range results[0] {
		for k := range s.classes() {
			off += math.Abs(a.numbers[k]-results[1][i].numbers[s.classes()-1-k]) / float64(len(results[0])*s.classes())
		}
	}
	if !(off <= 0.02) {
		return fmt.Errorf("with the classes in reverse order probabilities differ by %v on average, want at most 0.02", off)
	}
	return nil
}

// absentClass fits rows of all classes but the last.
func absentClass(s *subject) error {
	low := words()[0]
	p, err := s.fit(data{edit: func(_ int, r *row) {
		if r.Count == int64(s.classes()) {
			r.Word = &low
		}
	}})
	if errors.Is(err, model.ErrTarget) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("a class without rows: got error %w, want none or model.ErrTarget", err)
	}
	got, err := s.predict(p, data{seed: 112})
	if err != nil {
		return err
	}
	for i, a := range got {
		if v := a.numbers[s.classes()-1]; !(v >= 0 && v < 0.1) {
			return fmt.Errorf("row %d: a class that never came has probability %v, want below 0.1", i, v)
		}
	}
	return nil
}
