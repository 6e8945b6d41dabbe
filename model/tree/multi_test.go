package tree

import (
	"math"
	"testing"
)

// multiCase is a line of testdata/objectives.json of three classes: what LightGBM predicts with initial scores, with a loss of the host's own, and going on from
// five rounds.
type multiCase struct {
	Name             string
	Weighted, Offset bool
	Raw              [][]float64 // by class
}

// hostSoftmax is the loss of testdata/gen/objectives.py.
type hostSoftmax struct{}

func (hostSoftmax) Gradients(rows Labels, g, h [][]float64) {
	k := float64(len(g))
	probabilities(g, rows.Scores, 0, len(rows.Targets))
	for c := range g {
		for i, p := range g[c] {
			w := 1.0
			if rows.Weights != nil {
				w = rows.Weights[i]
			}
			h[c][i] = w * k / (k - 1) * p * (1 - p)
			if int(rows.Targets[i]) == c {
				p--
			}
			g[c][i] = w * p
		}
	}
}

func TestScoresOfClassesAreThoseOfLightGBM(t *testing.T) {
	s := readObjectives(t)
	for _, c := range s.Multi {
		small, tb := readSmall(t)
		tb.class, tb.classes = small.Cls, 3
		if c.Weighted {
			tb.weight = small.Weight
		}
		if c.Offset {
			tb.offset = s.Offsets
		}
		p := smallParameters()
		train := func(rounds int) [][]float64 {
			p.trees = rounds
			p.objective = &softmax{}
			if c.Name == "custom" || c.Name == "continued custom" {
				p.objective = &custom{function: hostSoftmax{}, outputs: 3}
			}
			e, err := boost(t.Context(), tb, nil, p)
			if err != nil {
				t.Fatal(err)
			}
			return scoreByPlan(t, e, tb)
		}
		var raw [][]float64
		switch c.Name {
		case "softmax", "custom":
			raw = train(12)
		default: // the scores of five rounds are where the others start
			raw = train(5)
			tb.offset, p.first = raw, 5
			for k, more := range train(7) {
				for i, v := range more {
					raw[k][i] += v
				}
			}
		}
		worst := 0.0
		for k := range raw {
			for i, v := range raw[k] {
				worst = max(worst, math.Abs(v-c.Raw[k][i]))
			}
			requireClose(t, c.Name, raw[k], c.Raw[k])
		}
		t.Logf("%s: raw scores within %.1e of LightGBM's", c.Name, worst)
	}
}
