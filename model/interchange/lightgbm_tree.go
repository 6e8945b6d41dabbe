package interchange

import (
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// maxLeaves bounds the leaves of one tree and of the whole ensemble: their numbers are int32.
const maxLeaves = 1 << 30

// addTree appends a tree; line is where it starts.
func (m *boosted) addTree(s section, line int64) error {
	leaves, err := s.integer("num_leaves", 1, maxLeaves)
	if err != nil {
		return at(err, line)
	}
	t := &m.trees
	nodeBase, leafBase := len(t.Feature), len(t.Leaf)
	if leafBase+leaves > maxLeaves {
		return &dataset.FormatError{Format: lightGBM, Line: line, Want: "at most " + strconv.Itoa(maxLeaves) + " leaves", Got: "more"}
	}
	values, err := list(s, "leaf_value", leaves, finite)
	if err != nil {
		return at(err, line)
	}
	t.Leaf = append(t.Leaf, values...)
	if err := m.addCounts(s, leaves); err != nil {
		return at(err, line)
	}
	if err := m.addLinear(s, leaves); err != nil {
		return at(err, line)
	}
	if leaves == 1 {
		t.Roots = append(t.Roots, ^int32(leafBase))
		return nil
	}
	t.Roots = append(t.Roots, int32(nodeBase))
	if err := m.addNodes(s, leaves, int32(nodeBase), int32(leafBase)); err != nil {
		return at(err, line)
	}
	return nil
}

// addCounts appends the rows of training that reached each node and leaf. A file whose trees do not all tell has none.
func (m *boosted) addCounts(s section, leaves int) error {
	if leaves == 1 {
		m.leafCounts = append(m.leafCounts, 0) // not asked for
		return nil
	}
	_, hasNodes := s["internal_count"]
	_, hasLeaves := s["leaf_count"]
	if !hasNodes || !hasLeaves {
		return nil
	}
	nodes, err := list(s, "internal_count", leaves-1, finite)
	if err != nil {
		return err
	}
	counts, err := list(s, "leaf_count", leaves, finite)
	if err != nil {
		return err
	}
	m.nodeCounts, m.leafCounts = append(m.nodeCounts, nodes...), append(m.leafCounts, counts...)
	return nil
}

// at gives an error without a line the line of the tree.
func at(err error, line int64) error {
	if f, ok := err.(*dataset.FormatError); ok && f.Line == 0 { //nolint:errorlint // made here, not wrapped
		f.Line = line
	}
	return err
}

func (m *boosted) addNodes(s section, leaves int, nodeBase, leafBase int32) error {
	n := leaves - 1
	features, err := list(s, "split_feature", n, integer)
	if err != nil {
		return err
	}
	thresholds, err := list(s, "threshold", n, number)
	if err != nil {
		return err
	}
	types, err := list(s, "decision_type", n, integer)
	if err != nil {
		return err
	}
	left, err := m.children(s, "left_child", leaves, nodeBase, leafBase)
	if err != nil {
		return err
	}
	right, err := m.children(s, "right_child", leaves, nodeBase, leafBase)
	if err != nil {
		return err
	}
	categories, err := m.categories(s)
	if err != nil {
		return err
	}
	t := &m.trees
	for i, d := range types {
		if features[i] < 0 || int(features[i]) >= len(m.features) {
			return s["split_feature"].bad("split_feature", "a feature of the file", "another number")
		}
		// Bit 0 categorical, bit 1 default left, bits 2 and 3 the kind of missing value: the flags of a plan.
		if d < 0 || d>>2 > int32(plan.MissingNaN) {
			return s["decision_type"].bad("decision_type", "a number from 0 to 11", "another")
		}
		set := int32(0)
		if d&plan.FlagCategorical != 0 {
			k := thresholds[i]
			if !(k >= 0 && k < float64(len(categories))) || k != float64(int(k)) {
				return s["threshold"].bad("threshold", "the number of a category set at a categorical node", "another")
			}
			set = categories[int(k)]
		}
		t.Flags = append(t.Flags, byte(d))
		t.Cat = append(t.Cat, set)
	}
	t.Feature = append(t.Feature, features...)
	t.Threshold = append(t.Threshold, thresholds...)
	t.Left = append(t.Left, left...)
	t.Right = append(t.Right, right...)
	return nil
}

// children reads one side's children and numbers them through the ensemble.
func (m *boosted) children(s section, key string, leaves int, nodeBase, leafBase int32) ([]int32, error) {
	out, err := list(s, key, leaves-1, integer)
	if err != nil {
		return nil, err
	}
	for i, c := range out {
		switch {
		case int(c) >= leaves-1 || int(^c) >= leaves || (c >= 0 && int(c) <= i):
			return nil, s[key].bad(key, "a leaf of the tree or a node behind its parent", "another number")
		case c < 0:
			out[i] = ^(^c + leafBase)
		default:
			out[i] = c + nodeBase
		}
	}
	return out, nil
}

// categories appends the bit sets of a tree and returns where each is.
func (m *boosted) categories(s section) ([]int32, error) {
	n, err := s.integer("num_cat", 0, maxLeaves)
	if err != nil || n == 0 {
		return nil, err
	}
	bounds, err := list(s, "cat_boundaries", n+1, integer)
	if err != nil {
		return nil, err
	}
	v := s["cat_boundaries"]
	for i, b := range bounds {
		if b < 0 || (i == 0 && b != 0) || (i > 0 && b < bounds[i-1]) {
			return nil, v.bad("cat_boundaries", "ascending numbers from 0", "others")
		}
	}
	words, err := list(s, "cat_threshold", int(bounds[n]), word)
	if err != nil {
		return nil, err
	}
	t := &m.trees
	if len(t.Words)+len(words)+n > maxLeaves {
		return nil, v.bad("cat_threshold", "at most "+strconv.Itoa(maxLeaves)+" words", "more")
	}
	out := make([]int32, n)
	for i := range out {
		set := words[bounds[i]:bounds[i+1]]
		out[i] = int32(len(t.Words))
		t.Words = append(append(t.Words, uint32(len(set))), set...)
	}
	return out, nil
}
