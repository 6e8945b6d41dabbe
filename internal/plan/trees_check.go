package plan

import "math"

// check verifies that every walk ends in a leaf with a value: indices in range, and children behind their parents, so that there is no cycle.
func (t *Trees) check(inputs int) error {
	if t.Outputs < 1 || t.Outputs > maxRegisters || len(t.Base) != t.Outputs {
		return invalid("trees: %d outputs and %d bases, want as many of both and at least 1", t.Outputs, len(t.Base))
	}
	if math.IsNaN(t.Scale) || math.IsInf(t.Scale, 0) {
		return invalid("trees: want a finite scale")
	}
	nodes, leaves := len(t.Feature), t.leaves()
	if len(t.Threshold) != nodes || len(t.Left) != nodes || len(t.Right) != nodes || len(t.Flags) != nodes || len(t.Cat) != nodes {
		return invalid("trees: node arrays of different lengths")
	}
	if t.Vector && len(t.Leaf) != leaves*t.Outputs {
		return invalid("trees: %d values of leaves, want a multiple of the %d outputs", len(t.Leaf), t.Outputs)
	}
	for _, r := range t.Roots {
		if int(r) >= nodes || int(^r) >= leaves {
			return invalid("trees: a root out of range")
		}
	}
	runs := t.runs()
	for i := range nodes {
		if err := t.checkNode(i, inputs, leaves, runs); err != nil {
			return err
		}
	}
	if err := t.checkAggregate(); err != nil {
		return err
	}
	if t.Float32 && !(single(t.Base) && single(t.Threshold) && single(t.Leaf) && single(t.Members)) {
		return invalid("trees: want float32 numbers")
	}
	if t.Linear != nil {
		return t.checkLinear(inputs)
	}
	return nil
}

func (t *Trees) leaves() int {
	if t.Vector {
		return len(t.Leaf) / t.Outputs
	}
	return len(t.Leaf)
}

func (t *Trees) checkNode(i, inputs, leaves int, runs []uint32) error {
	flags := t.Flags[i]
	if t.Feature[i] < 0 || int(t.Feature[i]) >= inputs || missingOf(flags) > MissingNaN {
		return invalid("trees: node %d: feature or flags out of range", i)
	}
	for _, c := range [2]int32{t.Left[i], t.Right[i]} {
		if int(c) >= len(t.Feature) || int(^c) >= leaves || (c >= 0 && int(c) <= i) {
			return invalid("trees: node %d: a child out of range or not behind its parent", i)
		}
	}
	switch flags & flagMode {
	case 0, FlagEqual:
		if flags > FlagEqual|15 {
			return invalid("trees: node %d: flags out of range", i)
		}
		return nil
	case FlagCategorical, FlagCategorical | FlagStrict, FlagMember:
	default:
		return invalid("trees: node %d: flags that exclude each other", i)
	}
	at := int(t.Cat[i])
	if flags >= 128 || at < 0 || at >= len(t.Words) {
		return invalid("trees: node %d: flags or a set out of range", i)
	}
	if flags&FlagCategorical != 0 {
		if uint64(at)+1+uint64(t.Words[at]) > uint64(len(t.Words)) {
			return invalid("trees: node %d: a category set out of range", i)
		}
		return nil
	}
	if at+1 >= len(t.Words) || uint64(t.Words[at])+uint64(t.Words[at+1]) > uint64(len(t.Members)) {
		return invalid("trees: node %d: a set of numbers out of range", i)
	}
	if n, first := t.Words[at], t.Words[at+1]; n > 0 && runs[first] < first+n {
		return invalid("trees: node %d: want numbers in ascending order", i)
	}
	return nil
}

// runs returns for each of Members the end of the ascending run that it begins, so that nodes may share them at no cost.
func (t *Trees) runs() []uint32 {
	ends := make([]uint32, len(t.Members))
	for i := len(ends) - 1; i >= 0; i-- {
		x := t.Members[i]
		switch {
		case math.IsNaN(x):
			ends[i] = uint32(i)
		case i+1 < len(ends) && x < t.Members[i+1]:
			ends[i] = ends[i+1]
		default:
			ends[i] = uint32(i) + 1
		}
	}
	return ends
}

func (t *Trees) checkAggregate() error {
	if t.Target != nil && (len(t.Target) != len(t.Roots) || t.Vector) {
		return invalid("trees: want a target for each tree, or none with vectors in the leaves")
	}
	for _, o := range t.Target {
		if o < 0 || int(o) >= t.Outputs {
			return invalid("trees: a target out of range")
		}
	}
	switch t.Aggregate {
	case Sum, Mean:
		if t.Aggregate == Mean && (len(t.Roots) == 0 || t.Scale != 0) {
			return invalid("trees: want trees and no scale for a mean")
		}
		return nil
	case Min, Max:
	default:
		return invalid("trees: unknown aggregate")
	}
	has := make([]bool, t.Outputs)
	for i := range t.Roots {
		has[t.target(i)] = true
	}
	for _, h := range has {
		if (!h && !t.Vector) || len(t.Roots) == 0 || !t.BaseLast {
			return invalid("trees: want a tree for each output and the base last for a minimum or maximum")
		}
	}
	return nil
}

func (t *Trees) checkLinear(inputs int) error {
	l := t.Linear
	n := len(l.Feature)
	if t.Float32 || t.Vector || len(l.Const) != len(t.Leaf) || len(l.Start) != len(t.Leaf)+1 || len(l.Coef) != n {
		return invalid("trees: linear leaves do not fit the leaves")
	}
	last := int32(0)
	for _, s := range l.Start {
		if s < last || int(s) > n {
			return invalid("trees: linear leaves: starts not in order")
		}
		last = s
	}
	if l.Start[0] != 0 || int(last) != n {
		return invalid("trees: linear leaves: starts do not cover the coefficients")
	}
	for _, f := range l.Feature {
		if f < 0 || int(f) >= inputs {
			return invalid("trees: linear leaves: a feature out of range")
		}
	}
	return nil
}

// single reports whether all are float32 numbers; NaN is one.
func single(v []float64) bool {
	for _, x := range v {
		if x == x && float64(float32(x)) != x {
			return false
		}
	}
	return true
}
