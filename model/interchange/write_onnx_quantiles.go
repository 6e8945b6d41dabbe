package interchange

import (
	"fmt"
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/internal/plan"
)

// The operations of this file are those of the quantiles of a forest, in the form that package tree gives them: the numbers of leaves, what a table says of each, and the
// order of that over the trees.

// quantiles adds such an operation and returns the tensor of its results.
func (w *onnxWriter) quantiles(o *plan.Op) (string, error) {
	m, n := o.Math, len(o.In)
	switch {
	case m.Float32:
	case o.Kind == plan.OpTable && len(m.Keys) == 0 && w.leafNumbers(o.In, len(m.Values)/max(1, int(m.Width))):
		width := int(m.Width)
		values := w.doubles([]int{len(m.Values) / width, width}, m.Values)
		rows := w.node("Gather", []string{values, w.cast(w.gather(o.In), elemInt64)}, intAttribute("axis", 0))
		return w.node("Reshape", []string{rows, w.ints(-1, int64(n*width))}), nil
	case o.Kind == plan.OpReduce && m.Func == plan.FuncMean && int(m.Group) == n:
		return w.node("ReduceMean", []string{w.gather(o.In)}, intsAttribute("axes", []int{1}), intAttribute("keepdims", 1)), nil
	case o.Kind == plan.OpTopK && m.Func == plan.FuncSmallest && int(m.Group) == n:
		values, places := w.name(), w.name()
		w.operator("", "TopK", []string{w.gather(o.In), w.ints(int64(m.Count))}, []string{values, places}, intAttribute("axis", 1), intAttribute("largest", 0), intAttribute("sorted", 1))
		return w.node("Concat", []string{values, w.cast(places, elemDouble)}, intAttribute("axis", 1)), nil
	}
	return "", unsupportedONNX(fmt.Sprintf("the step %s", o.Kind))
}

// leafNumbers reports whether registers are the outputs of an ensemble that says for each tree the number of a leaf, below a bound.
func (w *onnxWriter) leafNumbers(registers plan.Ints, bound int) bool {
	next := int32(len(w.p.Inputs))
	for i := range w.p.Ops {
		o := &w.p.Ops[i]
		first, end := next, next+int32(o.Width())
		next = end
		if slices.ContainsFunc(registers, func(r int32) bool { return r < first || r >= end }) {
			continue
		}
		t := o.Trees
		return t != nil && len(t.Roots) == t.Outputs && t.Target == nil && !t.Vector && t.Aggregate == plan.Sum && t.Linear == nil && (t.Scale == 0 || t.Scale == 1) &&
			!slices.ContainsFunc(t.Base, func(b float64) bool { return b != 0 }) &&
			!slices.ContainsFunc(t.Leaf, func(v float64) bool { return v != math.Trunc(v) || !(v >= 0 && v < float64(bound)) })
	}
	return false
}
