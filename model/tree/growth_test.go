package tree

import (
	"encoding/json"
	"slices"
	"testing"
)

func TestDepthWiseTreesAreFullToTheirDepth(t *testing.T) {
	tb := synthetic(20_000, 8, 12)
	p := defaults()
	p.trees, p.minRows, p.leaves, p.maxDepth, p.growth = 3, 1, 64, 6, DepthWise
	e, err := boost(t.Context(), tb, nil, p)
	if err != nil {
		t.Fatal(err)
	}
	p.growth = LeafWise
	same, err := boost(t.Context(), tb, nil, p)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(e.raw(tb)[0], same.raw(tb)[0]) { // with room for every leaf the order of splits does not matter
		t.Error("full trees of both orders score differently")
	}
	p.growth, p.leaves = DepthWise, 20
	if e, err = boost(t.Context(), tb, nil, p); err != nil {
		t.Fatal(err)
	}
	for _, g := range e.trees {
		least, most := 100, 0
		g.paths(func(columns []int) { least, most = min(least, len(columns)), max(most, len(columns)) })
		if len(g.values) != 20 || least != 4 || most != 5 {
			t.Errorf("%d leaves at depths %d to %d, want 20 at 4 and 5", len(g.values), least, most)
		}
	}
}

func TestSplitsSeeAShareOfTheColumns(t *testing.T) {
	tb := synthetic(4000, 12, 13)
	p := defaults()
	p.trees, p.nodeFraction = 40, 0.25
	e, err := boost(t.Context(), tb, nil, p)
	if err != nil {
		t.Fatal(err)
	}
	full := defaults()
	full.trees = 40
	all, err := boost(t.Context(), tb, nil, full)
	if err != nil {
		t.Fatal(err)
	}
	roots := func(e *ensemble) int {
		seen := make(map[int]bool)
		for _, g := range e.trees {
			seen[g.nodes[0].column] = true
		}
		return len(seen)
	}
	// 3 of 12 columns at each split: the best of all is at the root of a quarter of the trees.
	if a, b := roots(e), roots(all); a < 8 || a <= b {
		t.Errorf("%d columns at the roots, want at least 8 and more than the %d of trees that see all", a, b)
	}
}

func TestConstraintsAndGrowthGiveTheSameBitsForAnyNumberOfWorkers(t *testing.T) {
	tb := synthetic(20_000, 11, 14) // more than one chunk
	changes := map[string]func(*parameters){
		"monotone":     func(p *parameters) { p.constraints.monotone = []int8{1, -1, 0, -1, 1, 0, 0, 0, 0, 1, 0} },
		"interactions": func(p *parameters) { p.constraints.groups = [][]int{{0, 1, 2}, {2, 3, 4, 5}, {6, 10}} },
		"depth-wise":   func(p *parameters) { p.growth, p.maxDepth, p.leaves = DepthWise, 6, 64 },
		"nodes":        func(p *parameters) { p.nodeFraction, p.featureFraction, p.rowFraction = 0.3, 0.8, 0.8 },
		"categories":   func(p *parameters) { p.categorySmooth, p.categoryL2, p.maxCategories, p.minGroupRows = 1, 1, 5, 10 },
	}
	for name, change := range changes {
		var first []byte
		for _, workers := range []int{1, 2, 8} {
			p := defaults()
			p.trees, p.objective, p.workers = 4, logistic{}, workers
			change(&p)
			e, err := boost(t.Context(), tb, nil, p)
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(e.emit(nil))
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = text
			} else if !slices.Equal(first, text) {
				t.Errorf("%s: %d workers give other trees than one", name, workers)
			}
		}
	}
}
