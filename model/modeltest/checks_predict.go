package modeltest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
)

func batchSizes(s *subject) error {
	p, err := s.fit(data{})
	if err != nil {
		return err
	}
	var want []answer
	for _, size := range []int{260, 1, 7, 256, 259} {
		got, err := s.predict(p, data{rows: 260, batch: size, seed: 1})
		if err != nil {
			return err
		}
		if want == nil {
			want = got
		}
		if err := sameBits(want, got); err != nil {
			return fmt.Errorf("batches of %d rows: %w", size, err)
		}
	}
	return nil
}

func rowOrder(s *subject) error {
	p, err := s.fit(data{})
	if err != nil {
		return err
	}
	want, err := s.predict(p, data{seed: 2})
	if err != nil {
		return err
	}
	got, err := s.predict(p, data{seed: 2, reverse: true})
	if err != nil {
		return err
	}
	slices.Reverse(got)
	return sameBits(want, got)
}

func fewRows(s *subject) error {
	p, err := s.fit(data{})
	if err != nil {
		return err
	}
	src, err := s.source(data{rows: 1})
	if err != nil {
		return err
	}
	for b, err := range src.Batches(s.ctx) {
		if err != nil {
			return err
		}
		for n := range 2 {
			part := b.Slice(0, n)
			out, err := p.Predict(s.ctx, part)
			part.Release()
			if err != nil {
				return fmt.Errorf("predict %d rows: %w", n, err)
			}
			got, fits := out.NumRows(), out.Schema().Equal(p.Signature().Output)
			out.Release()
			if got != n || !fits {
				return fmt.Errorf("predict %d rows: got %d, of the signature's columns: %v", n, got, fits)
			}
		}
	}
	return nil
}

func concurrentPredictions(s *subject) error {
	p, err := s.fit(data{})
	if err != nil {
		return err
	}
	want, err := s.predict(p, data{seed: 4})
	if err != nil {
		return err
	}
	errs := make([]error, 8)
	var wait sync.WaitGroup
	for k := range errs {
		wait.Go(func() {
			got, err := s.predict(p, data{seed: 4})
			if err == nil {
				err = sameBits(want, got)
			}
			errs[k] = err
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

// signature checks the output's schema, and every batch against it.
func signature(s *subject) error {
	p, err := s.fit(data{weighted: true})
	if err != nil {
		return err
	}
	in, out := p.Signature().Input, p.Signature().Output
	for _, name := range []string{s.problem(data{}).Target, "weight", "query"} {
		if in.Index(name) >= 0 {
			return fmt.Errorf("the signature reads %q, which is no feature", name)
		}
	}
	want := []string{model.PredictionColumn}
	if s.classes() > 0 {
		want = append(want, model.ProbabilityColumn)
		f, _ := out.Lookup(model.ProbabilityColumn)
		if f.Type != dataset.FixedSizeList(dataset.Float64, s.classes()) {
			return fmt.Errorf("probability has type %s, want %s", f.Type, dataset.FixedSizeList(dataset.Float64, s.classes()))
		}
	}
	got := out.Names()
	if len(got) < len(want) || !slices.Equal(got[:len(want)], want) || (len(got) > len(want) && !slices.Equal(got[len(want):], []string{model.RawColumn})) {
		return fmt.Errorf("output columns %q, want %q, and %q or not", got, want, model.RawColumn)
	}
	src, err := s.source(data{seed: 5})
	if err != nil {
		return err
	}
	for b, err := range src.Batches(s.ctx) {
		if err != nil {
			return err
		}
		made, err := p.Predict(s.ctx, b)
		if err != nil {
			return err
		}
		defer made.Release()
		if !made.Schema().Equal(out) {
			return errors.New("predict gives another schema than the signature says")
		}
		for j, f := range out.Fields() {
			if made.Column(j).NullN() > 0 {
				return fmt.Errorf("output %q: nulls for complete rows", f.Name)
			}
		}
	}
	return nil
}

func probabilities(s *subject) error {
	for _, target := range []string{"", "word", "count"} {
		d := data{target: target}
		p, err := s.fit(d)
		if err != nil {
			return err
		}
		classes := s.problem(d).Classes
		d.seed = 6
		got, err := s.predict(p, d)
		if err != nil {
			return err
		}
		for i, a := range got {
			if err := checkProbabilities(classes, a); err != nil {
				return fmt.Errorf("row %d: %w", i, err)
			}
		}
	}
	return nil
}

func checkProbabilities(classes []string, a answer) error {
	if len(a.numbers) < len(classes) {
		return fmt.Errorf("%d probabilities, want %d", len(a.numbers), len(classes))
	}
	sum, top := 0.0, 0
	for k, v := range a.numbers[:len(classes)] {
		if !(v >= 0 && v <= 1) {
			return errors.New("a probability outside 0 to 1")
		}
		if sum += v; v > a.numbers[top] {
			top = k
		}
	}
	if math.Abs(sum-1) > 1e-12 {
		return fmt.Errorf("probabilities sum to %v", sum)
	}
	k := slices.Index(classes, a.prediction)
	if k < 0 {
		return errors.New("the prediction is none of the classes")
	}
	if a.numbers[k] != a.numbers[top] { // scores that differ may give equal probabilities
		return errors.New("the prediction is not the class of the largest probability")
	}
	return nil
}

// plannable is what *model.Planned has besides its batch entrance.
type plannable interface {
	model.Predictor
	Plan() *plan.Plan
	Problem() model.Problem
	NewRowScorer() *model.RowScorer
}

// planned fits and returns the predictor as what the traits say it is.
func (s *subject) planned() (plannable, error) {
	p, err := s.fit(data{})
	if err != nil {
		return nil, err
	}
	m, ok := p.(plannable)
	if !ok {
		return nil, fmt.Errorf("the predictor is a %T, want a *model.Planned, or the trait Opaque", p)
	}
	return m, nil
}

func rowEntrance(s *subject) error {
	p, err := s.planned()
	if err != nil {
		return err
	}
	want, err := s.predict(p, data{rows: 600, seed: 7})
	if err != nil {
		return err
	}
	src, err := s.wide(data{rows: 600, seed: 7}, p.Signature().Input.Names())
	if err != nil {
		return err
	}
	scorer, row := p.NewRowScorer(), dataset.NewRow(src.Schema())
	var got []answer
	var out model.Output
	for b, err := range src.Batches(s.ctx) {
		if err != nil {
			return err
		}
		for i := range b.NumRows() {
			if err := b.ReadRow(i, row); err != nil {
				return err
			}
			scorer.Score(row, &out)
			a := answer{prediction: out.Prediction.Text, numbers: append(slices.Clone(out.Probability), out.Raw...)}
			if s.classes() == 0 {
				a.prediction = model.ClassText(dataset.Float64, out.Prediction.Number)
				a.numbers = append([]float64{out.Prediction.Number}, out.Raw...)
			} else if s.problem(data{}).Classes[out.Class] != out.Prediction.Text {
				return fmt.Errorf("row %d: the class is not the prediction's", i)
			}
			got = append(got, a)
		}
	}
	return sameBits(want, got)
}

// planText makes the predictor again from the texts that a bundle keeps: the plan and the schema of what it reads.
func planText(s *subject) error {
	p, err := s.planned()
	if err != nil {
		return err
	}
	text, err := p.Plan().Encode()
	if err != nil {
		return err
	}
	read, err := plan.Decode(text)
	if err != nil {
		return err
	}
	if text, err = json.Marshal(p.Signature().Input); err != nil {
		return err
	}
	var input dataset.Schema
	if err := json.Unmarshal(text, &input); err != nil {
		return err
	}
	src, err := s.source(data{seed: 8})
	if err != nil {
		return err
	}
	target, _ := src.Schema().Lookup(p.Problem().Target)
	again, err := model.NewPredictor(p.Problem(), &input, target, read)
	if err != nil {
		return err
	}
	if !again.Signature().Input.Equal(p.Signature().Input) || !again.Signature().Output.Equal(p.Signature().Output) {
		return errors.New("the predictor that was read back has another signature")
	}
	want, err := s.answers(p, src)
	if err != nil {
		return err
	}
	got, err := s.answers(again, src)
	if err != nil {
		return err
	}
	return sameBits(want, got)
}

// betterThanBaseline wants a fifth of the loss of the best constant taken off on rows that training has not seen.
func betterThanBaseline(s *subject) error {
	p, err := s.fit(data{rows: 800})
	if err != nil {
		return err
	}
	got, err := s.predict(p, data{rows: 400, seed: 9})
	if err != nil {
		return err
	}
	if s.task == model.Ranking {
		return inOrder(s.made(data{rows: 400, seed: 9}), got)
	}
	train, test := s.made(data{rows: 800}), s.made(data{rows: 400, seed: 9})
	mean, shares := 0.0, make([]float64, s.classes())
	for _, r := range train {
		mean += *r.Amount / float64(len(train))
		if len(shares) > 0 {
			shares[r.Count-1] += 1 / float64(len(train))
		}
	}
	loss, constant := 0.0, 0.0
	for i, r := range test {
		if s.task == model.Regression {
			miss, off := got[i].numbers[0]-*r.Amount, mean-*r.Amount
			loss += miss * miss
			constant += off * off
			continue
		}
		loss -= math.Log(max(got[i].numbers[r.Count-1], 1e-15))
		constant -= math.Log(shares[r.Count-1])
	}
	if !(loss < 0.8*constant) {
		return fmt.Errorf("the loss is %.3g of the best constant's, want below 0.8", loss/constant)
	}
	return nil
}

// outlier wants a row with numbers that no row of training comes near to a larger raw score than nearly all usual rows, and its prediction not to be smaller than theirs.
func outlier(s *subject) error {
	p, err := s.fit(data{})
	if err != nil {
		return err
	}
	got, err := s.predict(p, data{seed: 10, rows: 201, edit: func(i int, r *row) {
		if i == 200 {
			a := 50.0
			r.A, r.B, r.N = &a, -50, 100
		}
	}})
	if err != nil {
		return err
	}
	far := got[200].numbers
	above := 0
	for i, a := range got[:200] {
		if len(a.numbers) != 2 || !(a.numbers[0] == 0 || a.numbers[0] == 1) {
			return fmt.Errorf("row %d: want a prediction of 0 or 1 and a raw score", i)
		}
		if far[1] > a.numbers[1] && far[0] >= a.numbers[0] {
			above++
		}
	}
	if above < 198 {
		return fmt.Errorf("a row far from all others has a larger raw score than %d of 200 usual rows, want nearly all", above)
	}
	return nil
}
