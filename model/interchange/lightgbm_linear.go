package interchange

import "github.com/tidewheel/tidewheel/internal/plan"

// addLinear reads the linear models of the leaves of a tree, or gives the leaves their constants in an ensemble that has some.
func (m *boosted) addLinear(s section, leaves int) error {
	t := &m.trees
	linear, err := s.integer("is_linear", 0, 1)
	if v, ok := s["is_linear"]; !ok {
		linear = 0 // version 3 before linear trees
	} else if err != nil {
		return v.bad("is_linear", "0 or 1", "another value")
	}
	if linear == 0 && t.Linear == nil {
		return nil
	}
	if t.Linear == nil {
		before := len(t.Leaf) - leaves
		t.Linear = &plan.Linear{Const: append(plan.Floats(nil), t.Leaf[:before]...), Start: make(plan.Ints, before+1)}
	}
	l := t.Linear
	if linear == 0 {
		l.Const = append(l.Const, t.Leaf[len(t.Leaf)-leaves:]...)
		for range leaves {
			l.Start = append(l.Start, int32(len(l.Feature)))
		}
		return nil
	}
	constants, err := list(s, "leaf_const", leaves, finite)
	if err != nil {
		return err
	}
	counts, err := list(s, "num_features", leaves, integer)
	if err != nil {
		return err
	}
	total := 0
	for _, c := range counts {
		if total += int(c); c < 0 || int(c) > len(m.features) || len(l.Feature)+total > maxLeaves {
			return s["num_features"].bad("num_features", "numbers of features", "others")
		}
		l.Start = append(l.Start, int32(len(l.Feature)+total))
	}
	features, err := list(s, "leaf_features", total, integer)
	if err != nil {
		return err
	}
	for _, f := range features {
		if f < 0 || int(f) >= len(m.features) {
			return s["leaf_features"].bad("leaf_features", "features of the file", "others")
		}
	}
	coefficients, err := list(s, "leaf_coeff", total, finite)
	if err != nil {
		return err
	}
	l.Const, l.Feature, l.Coef = append(l.Const, constants...), append(l.Feature, features...), append(l.Coef, coefficients...)
	return nil
}
