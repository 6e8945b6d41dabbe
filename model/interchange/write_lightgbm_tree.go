package interchange

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// treeWriter writes the trees of a plan in LightGBM's form.
type treeWriter struct {
	t        *plan.Trees
	features []column
	trees    strings.Builder
	sizes    []int
	leaves   int // written
	ranges   [][2]float64
	codes    []int // per feature the largest code of a set, -1 for none
}

// check refuses what LightGBM's trees do not have.
func (w *treeWriter) check() error {
	t := w.t
	switch {
	case t.Float32:
		return unsupportedWrite("sums in float32")
	case t.BaseLast, t.Aggregate != plan.Sum && t.Aggregate != plan.Mean, t.Scale != 0 && t.Scale != 1, t.Vector && t.Linear != nil:
		return unsupportedWrite("an ensemble that does not add numbers, or take their mean")
	case t.Aggregate == plan.Mean && slices.ContainsFunc(t.Base, func(b float64) bool { return b != 0 }):
		return unsupportedWrite("a mean with a constant in front")
	case !t.Vector && len(t.Roots)%t.Outputs != 0:
		return unsupportedWrite("outputs of different numbers of trees")
	case t.Linear != nil && (len(t.Roots) == 0 || slices.ContainsFunc(t.Base, func(b float64) bool { return b != 0 })):
		return unsupportedWrite("linear leaves with a constant in front")
	}
	for i, o := range t.Target {
		if int(o) != i%t.Outputs {
			return unsupportedWrite("trees that do not take turns")
		}
	}
	for i, f := range t.Flags {
		if f&^15 != 0 || t.Threshold[i] != t.Threshold[i] {
			return unsupportedWrite("a comparison other than <= and sets of categories")
		}
	}
	for _, x := range t.Leaf {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return unsupportedWrite("leaves that are not finite")
		}
	}
	w.ranges, w.codes = make([][2]float64, len(w.features)), make([]int, len(w.features))
	for i := range w.ranges {
		w.ranges[i], w.codes[i] = [2]float64{math.Inf(1), math.Inf(-1)}, -1
	}
	return nil
}

// count returns the number of trees of the file, which add to one output each.
func (w *treeWriter) count() int {
	if w.t.Vector {
		return max(1, len(w.t.Roots)) * w.t.Outputs
	}
	return max(len(w.t.Roots), w.t.Outputs)
}

// value returns what a leaf adds to the output of tree i of the file.
func (w *treeWriter) value(i int, leaf int32) float64 {
	if w.t.Vector {
		return w.t.Leaf[int(leaf)*w.t.Outputs+i%w.t.Outputs]
	}
	return w.t.Leaf[leaf]
}

// tree writes tree i of the file, or where there is none the constant that its output has without trees.
func (w *treeWriter) tree(i int) error {
	t, at := w.t, i
	if t.Vector {
		at = i / t.Outputs
	}
	base := 0.0
	if i < t.Outputs {
		base = t.Base[i]
	}
	if at >= len(t.Roots) {
		w.put(i, fmt.Sprintf("num_leaves=1\nnum_cat=0\nleaf_value=%s\nis_linear=0\nshrinkage=1\n", decimal(base)))
		return nil
	}
	nodes, leaves, err := w.reach(t.Roots[at])
	if err != nil {
		return err
	}
	if w.leaves += len(leaves); w.leaves > maxLeaves {
		return fmt.Errorf("over %d leaves: %w", maxLeaves, dataset.ErrLimit)
	}
	values := make([]string, len(leaves))
	for k, l := range leaves {
		values[k] = decimal(base + w.value(i, l))
	}
	if len(nodes) == 0 {
		if l := t.Linear; l != nil && (l.Start[leaves[0]] != l.Start[leaves[0]+1] || l.Const[leaves[0]] != t.Leaf[leaves[0]]) {
			return unsupportedWrite("a linear tree of one leaf")
		}
		w.put(i, fmt.Sprintf("num_leaves=1\nnum_cat=0\nleaf_value=%s\nis_linear=0\nshrinkage=1\n", values[0]))
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "num_leaves=%d\n", len(leaves))
	w.nodes(&b, nodes, leaves)
	fmt.Fprintf(&b, "leaf_value=%s\n", strings.Join(values, " "))
	if counts := w.counts(nodes, leaves); counts != nil {
		fmt.Fprintf(&b, "leaf_count=%s\ninternal_count=%s\n", spaced(counts[len(nodes):]), spaced(counts[:len(nodes)]))
	}
	w.linear(&b, leaves)
	b.WriteString("shrinkage=1\n")
	w.put(i, b.String())
	return nil
}

func (w *treeWriter) put(i int, text string) {
	before := w.trees.Len()
	fmt.Fprintf(&w.trees, "Tree=%d\n%s\n\n", i, text)
	w.sizes = append(w.sizes, w.trees.Len()-before)
}

// reach returns the nodes and leaves below a root, in ascending order.
func (w *treeWriter) reach(root int32) (nodes, leaves []int32, err error) {
	seen := map[int32]bool{}
	for todo := []int32{root}; len(todo) > 0; {
		c := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[c] {
			return nil, nil, unsupportedWrite("a node or leaf below two parents")
		}
		seen[c] = true
		if c < 0 {
			leaves = append(leaves, ^c)
			continue
		}
		nodes = append(nodes, c)
		todo = append(todo, w.t.Left[c], w.t.Right[c])
	}
	slices.Sort(nodes)
	slices.Sort(leaves)
	return nodes, leaves, nil
}

// nodes writes the splits of a tree.
func (w *treeWriter) nodes(b *strings.Builder, nodes, leaves []int32) {
	t := w.t
	child := func(c int32) string {
		if c < 0 {
			k, _ := slices.BinarySearch(leaves, ^c)
			return strconv.Itoa(^k)
		}
		k, _ := slices.BinarySearch(nodes, c)
		return strconv.Itoa(k)
	}
	var features, types []int
	var thresholds, left, right []string
	bounds, words := []int{0}, []uint32(nil)
	for _, n := range nodes {
		f := int(t.Feature[n])
		features, types = append(features, f), append(types, int(t.Flags[n]))
		left, right = append(left, child(t.Left[n])), append(right, child(t.Right[n]))
		if t.Flags[n]&plan.FlagCategorical == 0 {
			thresholds = append(thresholds, decimal(t.Threshold[n]))
			w.ranges[f] = [2]float64{min(w.ranges[f][0], t.Threshold[n]), max(w.ranges[f][1], t.Threshold[n])}
			continue
		}
		thresholds = append(thresholds, strconv.Itoa(len(bounds)-1))
		at := t.Cat[n]
		set := t.Words[at+1 : at+1+int32(t.Words[at])]
		if len(set) == 0 {
			set = []uint32{0}
		}
		w.codes[f] = max(w.codes[f], 0)
		for i, word := range set {
			if word != 0 {
				w.codes[f] = max(w.codes[f], 32*i+bits.Len32(word)-1)
			}
		}
		words = append(words, set...)
		bounds = append(bounds, len(words))
	}
	fmt.Fprintf(b, "num_cat=%d\nsplit_feature=%s\nthreshold=%s\ndecision_type=%s\nleft_child=%s\nright_child=%s\n", len(bounds)-1,
		spaced(features), strings.Join(thresholds, " "), spaced(types), strings.Join(left, " "), strings.Join(right, " "))
	if len(bounds) > 1 {
		fmt.Fprintf(b, "cat_boundaries=%s\ncat_threshold=%s\n", spaced(bounds), spaced(words))
	}
}

// counts returns the rows of each node and leaf, nil where they are not whole numbers.
func (w *treeWriter) counts(nodes, leaves []int32) []int {
	c := w.t.Cover
	if len(c) == 0 || len(nodes) == 0 {
		return nil
	}
	out := make([]int, 0, len(nodes)+len(leaves))
	add := func(x float64) {
		if x >= 0 && x <= math.MaxInt32 && x == math.Trunc(x) {
			out = append(out, int(x))
		}
	}
	for _, n := range nodes {
		add(c[n])
	}
	for _, l := range leaves {
		add(c[len(w.t.Feature)+int(l)])
	}
	if len(out) != len(nodes)+len(leaves) {
		return nil
	}
	return out
}

// linear writes the linear models of the leaves.
func (w *treeWriter) linear(b *strings.Builder, leaves []int32) {
	l := w.t.Linear
	if l == nil {
		b.WriteString("is_linear=0\n")
		return
	}
	var constants, coefficients []string
	var counts, features []int
	for _, leaf := range leaves {
		constants = append(constants, decimal(l.Const[leaf]))
		counts = append(counts, int(l.Start[leaf+1]-l.Start[leaf]))
		for i := l.Start[leaf]; i < l.Start[leaf+1]; i++ {
			features, coefficients = append(features, int(l.Feature[i])), append(coefficients, decimal(l.Coef[i]))
		}
	}
	fmt.Fprintf(b, "is_linear=1\nleaf_const=%s\nnum_features=%s\nleaf_features=%s\nleaf_coeff=%s\n", strings.Join(constants, " "), spaced(counts), spaced(features),
		strings.Join(coefficients, " "))
}

// columns returns the names of the features, what the file says of their values, and the categories of pandas columns.
func (w *treeWriter) columns() (names, infos []string, pandas []any, err error) {
	coded := false
	for i, c := range w.features {
		names = append(names, c.name)
		info := "none"
		switch {
		case c.text || c.table:
			codes := make([]string, max(len(c.texts), len(c.numbers)))
			for k := range codes {
				codes[k] = strconv.Itoa(k)
			}
			info = strings.Join(codes, ":")
			if c.text {
				pandas = append(pandas, c.texts)
			} else {
				pandas = append(pandas, []float64(c.numbers))
			}
		case w.codes[i] >= 0:
			coded, info = true, "0:"+strconv.Itoa(max(1, w.codes[i]))
		case w.ranges[i][0] <= w.ranges[i][1]:
			info = "[" + decimal(w.ranges[i][0]) + ":" + decimal(w.ranges[i][1]) + "]"
		}
		infos = append(infos, info)
	}
	if coded && pandas != nil {
		return nil, nil, nil, unsupportedWrite("categories that are texts beside categories that are codes")
	}
	return names, infos, pandas, nil
}

// decimal returns the shortest decimal that reads back as x, in the words of C.
func decimal(x float64) string {
	switch {
	case math.IsInf(x, 1):
		return "inf"
	case math.IsInf(x, -1):
		return "-inf"
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

func spaced[T int | uint32](list []T) string {
	var b strings.Builder
	for i, x := range list {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strconv.FormatInt(int64(x), 10))
	}
	return b.String()
}
