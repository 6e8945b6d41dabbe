package tree

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
)

// earlier is a model that a training goes on from: inputs, lookups of text columns, one tree ensemble, and the link of the task.
type earlier struct {
	model   *Model
	plan    *plan.Plan
	lookups []plan.Op
	trees   plan.Op
}

// newEarlier takes a model apart. It errors with model.ErrUnsupported where it is no such model, and model.ErrTarget where it is one of another problem.
func newEarlier(m *Model, p model.Problem, log bool) (*earlier, error) {
	if was := m.Problem(); !slices.Equal(was.Classes, p.Classes) {
		return nil, fmt.Errorf("continue: %w: want a model of the same classes, got task %s of %d", model.ErrTarget, was.Task, len(was.Classes))
	}
	e := &earlier{model: m, plan: m.Plan()}
	refused := &model.UnsupportedError{Format: "tree.Boosting", Feature: "continuing a model that is not one tree ensemble over its columns with the link of the objective"}
	ops := e.plan.Ops
	for len(ops) > 0 && ops[0].Kind == plan.OpLookup {
		e.lookups, ops = append(e.lookups, ops[0]), ops[1:]
	}
	if len(ops) == 0 || ops[0].Kind != plan.OpTrees || len(ops[0].Trees.Roots)%ops[0].Trees.Outputs != 0 {
		return nil, refused
	}
	e.trees = ops[0]
	var links []plan.OpKind
	for _, o := range ops[1:] {
		links = append(links, o.Kind)
	}
	slices.Sort(links)
	if !slices.Equal(links, linksOf(len(p.Classes), log)) || !e.rawIsTrees() {
		return nil, refused
	}
	return e, nil
}

// linksOf returns the operations that lead from raw scores to predictions, sorted.
func linksOf(classes int, log bool) []plan.OpKind {
	switch {
	case classes > 2:
		return []plan.OpKind{plan.OpArgmax, plan.OpSoftmax}
	case classes == 2:
		return []plan.OpKind{plan.OpArgmax, plan.OpComplement, plan.OpSigmoid}
	case log:
		return []plan.OpKind{plan.OpExp}
	default:
		return nil
	}
}

// rawIsTrees reports whether the raw scores are what the trees put out.
func (e *earlier) rawIsTrees() bool {
	register := int32(len(e.plan.Inputs) + len(e.lookups))
	n := 0
	for _, o := range e.plan.Outputs {
		if o.Name == model.RawColumn {
			if o.Register != register {
				return false
			}
			register++
			n++
		}
	}
	return n == e.trees.Trees.Outputs
}

func (e *earlier) rounds() int { return len(e.trees.Trees.Roots) / e.trees.Trees.Outputs }

// scoreRows is the number of rows that are scored between two looks at the context.
const scoreRows = 1 << 12

// start adds the raw scores of src, whose rows t has, to what its raw scores start from. Of a nil e it changes nothing.
func (e *earlier) start(ctx context.Context, t *table, src dataset.Source) (*table, error) {
	if e == nil {
		return t, nil
	}
	out := make([][]float64, e.trees.Trees.Outputs)
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return nil, fmt.Errorf("continue: %w", err)
		}
		for lo := 0; lo < b.NumRows(); lo += scoreRows {
			if err := e.scorePart(ctx, b.Slice(lo, min(lo+scoreRows, b.NumRows())), out); err != nil {
				return nil, fmt.Errorf("continue: %w", err)
			}
		}
	}
	for c := range t.offset {
		for i, v := range t.offset[c] {
			out[c][i] += v
		}
	}
	if len(out[0]) != t.rows {
		return nil, fmt.Errorf("continue: %w: want a source with the same rows each time", model.ErrNoRows)
	}
	t.offset = out
	return t, nil
}

// scorePart appends the raw scores of b, which it releases.
func (e *earlier) scorePart(ctx context.Context, b dataset.Batch, out [][]float64) error {
	defer b.Release()
	p, err := e.model.Predict(ctx, b)
	if err != nil {
		return err
	}
	defer p.Release()
	column, err := p.ByName(model.RawColumn)
	if err != nil {
		return err
	}
	list, ok := column.(*array.FixedSizeList)
	if !ok {
		return errors.New("raw scores are no list")
	}
	values, ok := list.ListValues().(*array.Float64)
	if !ok {
		return errors.New("raw scores are no float64")
	}
	for i, v := range values.Float64Values() {
		c := i % len(out)
		out[c] = append(out[c], v)
	}
	return nil
}

// splice adds the operations of e in front of new trees over the registers in, and returns the registers of the raw scores of both.
func (e *earlier) splice(b *plan.Builder, names []string, in plan.Ints, lookups []plan.Op, trees plan.Trees) plan.Ints {
	where := make([]int32, 0, len(e.plan.Inputs)+len(e.lookups)) // of each register of e
	for _, input := range e.plan.Inputs {
		where = append(where, int32(slices.Index(names, input.Name)))
	}
	for _, o := range e.lookups {
		o.In = plan.Ints{where[o.In[0]]}
		same := slices.IndexFunc(lookups, func(l plan.Op) bool {
			return l.In[0] == o.In[0] && l.Unseen == o.Unseen && slices.Equal(l.Values, o.Values)
		})
		if same >= 0 {
			where = append(where, int32(len(names)+same))
			continue
		}
		where = append(where, b.Add(o)[0])
	}
	feature := make([]int32, len(e.trees.In)) // where each input of e's trees is among the inputs of both
	in = slices.Clone(in)
	for i, r := range e.trees.In {
		at := slices.Index(in, where[r])
		if at < 0 {
			at = len(in)
			in = append(in, where[r])
		}
		feature[i] = int32(at)
	}
	old := *e.trees.Trees
	old.Feature = slices.Clone(old.Feature)
	for i, f := range old.Feature {
		old.Feature[i] = feature[f]
	}
	if joined, ok := joinTrees(&old, &trees); ok {
		return b.Add(plan.Op{Kind: plan.OpTrees, In: in, Trees: joined})
	}
	if old.Linear != nil {
		linear := *old.Linear
		linear.Feature = slices.Clone(linear.Feature)
		for i, f := range linear.Feature {
			linear.Feature[i] = feature[f]
		}
		old.Linear = &linear
	}
	first := b.Add(plan.Op{Kind: plan.OpTrees, In: in, Trees: &old})
	second := b.Add(plan.Op{Kind: plan.OpTrees, In: in, Trees: &trees})
	var raw plan.Ints
	for c := range first {
		raw = append(raw, b.Add(plan.Op{Kind: plan.OpLinear, In: plan.Ints{first[c], second[c]}, Shift: plan.Floats{0}, Coef: plan.Floats{1, 1}})...)
	}
	return raw
}

// joinTrees returns the ensemble of the trees of a and then those of b, whose base is 0, where a's trees add up as ours do.
func joinTrees(a, b *plan.Trees) (*plan.Trees, bool) {
	if a.Float32 || a.BaseLast || a.Vector || a.Aggregate != plan.Sum || a.Linear != nil || (a.Scale != 0 && a.Scale != 1) {
		return nil, false
	}
	out := *a
	nodes, leaves, words := int32(len(a.Feature)), int32(len(a.Leaf)), int32(len(a.Words))
	move := func(in, more plan.Ints) plan.Ints {
		in = slices.Clip(in)
		for _, c := range more {
			if c < 0 {
				c = ^(^c + leaves)
			} else {
				c += nodes
			}
			in = append(in, c)
		}
		return in
	}
	out.Roots, out.Left, out.Right = move(a.Roots, b.Roots), move(a.Left, b.Left), move(a.Right, b.Right)
	out.Feature, out.Threshold, out.Flags = slices.Concat(a.Feature, b.Feature), slices.Concat(a.Threshold, b.Threshold), slices.Concat(a.Flags, b.Flags)
	out.Words, out.Leaf = slices.Concat(a.Words, b.Words), slices.Concat(a.Leaf, b.Leaf)
	out.Cat = slices.Clip(a.Cat)
	for i, c := range b.Cat {
		if b.Flags[i]&plan.FlagCategorical != 0 {
			c += words
		}
		out.Cat = append(out.Cat, c)
	}
	if a.Target != nil {
		out.Target = slices.Clip(a.Target)
		for i := range b.Roots {
			out.Target = append(out.Target, int32(i%b.Outputs))
		}
	}
	out.Cover = nil
	if len(a.Cover) > 0 || len(a.Leaf) == 0 {
		out.Cover = slices.Concat(a.Cover[:min(len(a.Cover), int(nodes))], b.Cover[:len(b.Feature)], a.Cover[min(len(a.Cover), int(nodes)):], b.Cover[len(b.Feature):])
	}
	return &out, true
}

// addImportance adds the importance of e's columns to m's.
func (e *earlier) addImportance(m *Model) {
	for j, name := range e.model.Features {
		at := slices.Index(m.Features, name)
		if at < 0 {
			at = len(m.Features)
			m.Features, m.Gain, m.Splits = append(m.Features, name), append(m.Gain, 0), append(m.Splits, 0)
		}
		m.Gain[at] += e.model.Gain[j]
		m.Splits[at] += e.model.Splits[j]
	}
}
