package gocode

import (
	"fmt"
	"math"
	"strings"

	"github.com/tidewheel/tidewheel/internal/plan"
)

// forest writes the function of a tree operation, and one for each of its trees.
func (c *coder) forest(op int, o *plan.Op, out int) error {
	t := o.Trees
	f := &treeCoder{coder: c, trees: t, op: op}
	var head strings.Builder
	fmt.Fprintf(&head, "func forest%d(v *registers) {\n", op)
	if len(t.Roots) > 0 {
		var list []string
		for _, r := range o.In {
			list = append(list, f.round(fmt.Sprintf("v[%d]", r)))
		}
		fmt.Fprintf(&head, "x := [...]float64{%s}\n", strings.Join(list, ", "))
	}
	for k, b := range t.Base {
		fmt.Fprintf(&head, "v[%d] = %s\n", out+k, number(f.start(b)))
	}
	for i, root := range t.Roots {
		if t.Vector {
			fmt.Fprintf(&head, "{\nleaf := tree%d_%d(&x)\n", op, i)
			for k := range t.Outputs {
				fmt.Fprintf(&head, "v[%d] = %s\n", out+k, f.add(fmt.Sprintf("v[%d]", out+k), fmt.Sprintf("leaf[%d]", k)))
			}
			head.WriteString("}\n")
		} else {
			to := fmt.Sprintf("v[%d]", out+target(t, i))
			fmt.Fprintf(&head, "%s = %s\n", to, f.add(to, fmt.Sprintf("tree%d_%d(&x)", op, i)))
		}
		if err := f.tree(i, root, len(o.In)); err != nil {
			return err
		}
	}
	for k, b := range t.Base {
		f.finish(&head, fmt.Sprintf("v[%d]", out+k), b)
	}
	head.WriteString("}\n\n")
	c.functions.WriteString(head.String())
	c.functions.WriteString(f.sets.String())
	c.functions.WriteString(f.text.String())
	return nil
}

func target(t *plan.Trees, tree int) int {
	if t.Target != nil {
		return int(t.Target[tree])
	}
	return tree % t.Outputs
}

// treeCoder writes the trees of an operation.
type treeCoder struct {
	*coder
	trees *plan.Trees
	op    int
	text  strings.Builder
	sets  strings.Builder
}

// start returns what the first tree is added to.
func (f *treeCoder) start(base float64) float64 {
	switch {
	case f.trees.Aggregate == plan.Min:
		return math.Inf(1)
	case f.trees.Aggregate == plan.Max:
		return math.Inf(-1)
	case f.trees.BaseLast:
		return 0
	default:
		return base
	}
}

// add returns the expression that puts the value of a tree to those before it.
func (f *treeCoder) add(to, value string) string {
	switch f.trees.Aggregate {
	case plan.Min:
		return fmt.Sprintf("min(%s, %s)", to, value)
	case plan.Max:
		return fmt.Sprintf("max(%s, %s)", to, value)
	default:
		return f.round(to + " + " + value)
	}
}

func (f *treeCoder) round(x string) string {
	if f.trees.Float32 {
		return "single(" + x + ")"
	}
	return x
}

// finish writes what becomes of the sum of an output.
func (f *treeCoder) finish(w *strings.Builder, to string, base float64) {
	t := f.trees
	if t.Aggregate == plan.Mean {
		fmt.Fprintf(w, "%s = %s\n", to, f.round(fmt.Sprintf("%s / %d", to, len(t.Roots))))
	}
	if t.Scale != 0 {
		fmt.Fprintf(w, "%s = %s\n", to, f.round(fmt.Sprintf("float64(%s * %s)", to, number(t.Scale))))
	}
	if t.BaseLast {
		fmt.Fprintf(w, "%s = %s\n", to, f.round(fmt.Sprintf("%s + %s", to, number(base))))
	}
}

// tree writes the function of a tree.
func (f *treeCoder) tree(i int, root int32, inputs int) error {
	result := "float64"
	if f.trees.Vector {
		result = fmt.Sprintf("[%d]float64", f.trees.Outputs)
	}
	fmt.Fprintf(&f.text, "func tree%d_%d(x *[%d]float64) %s {\n", f.op, i, inputs, result)
	err := f.walk(root, 0)
	f.text.WriteString("}\n\n")
	return err
}

// walk writes a node and what is below it: the left side within, the right side behind.
func (f *treeCoder) walk(at int32, depth int) error {
	for ; at >= 0; at = f.trees.Right[at] {
		if f.nodes++; f.nodes > maxNodes {
			return unsupported("trees of over %d nodes", maxNodes)
		}
		if depth > maxDepth {
			return unsupported("a tree deeper than %d", maxDepth)
		}
		fmt.Fprintf(&f.text, "if %s {\n", f.condition(at))
		if err := f.walk(f.trees.Left[at], depth+1); err != nil {
			return err
		}
		f.text.WriteString("}\n")
	}
	f.leaf(^at)
	return nil
}

// leaf writes what a leaf returns.
func (f *treeCoder) leaf(leaf int32) {
	t := f.trees
	switch {
	case t.Vector:
		var list []string
		for _, v := range t.Leaf[int(leaf)*t.Outputs : (int(leaf)+1)*t.Outputs] {
			list = append(list, number(v))
		}
		fmt.Fprintf(&f.text, "return [%d]float64{%s}\n", t.Outputs, strings.Join(list, ", "))
	case t.Linear != nil:
		f.linearLeaf(leaf)
	default:
		fmt.Fprintf(&f.text, "return %s\n", number(t.Leaf[leaf]))
	}
}

func (f *treeCoder) linearLeaf(leaf int32) {
	l := f.trees.Linear
	sum, missing := []string{number(l.Const[leaf])}, []string(nil)
	for i := l.Start[leaf]; i < l.Start[leaf+1]; i++ {
		x := fmt.Sprintf("x[%d]", l.Feature[i])
		missing = append(missing, x+" != "+x)
		sum = append(sum, fmt.Sprintf("float64(%s*%s)", number(l.Coef[i]), x))
	}
	if missing != nil {
		fmt.Fprintf(&f.text, "if %s {\nreturn %s\n}\n", strings.Join(missing, " || "), number(f.trees.Leaf[leaf]))
	}
	fmt.Fprintf(&f.text, "return %s\n", strings.Join(sum, " + "))
}

// condition returns the expression of going left, with the answers of plan.Trees.GoesLeft.
func (f *treeCoder) condition(at int32) string {
	t := f.trees
	flags := t.Flags[at]
	x := fmt.Sprintf("x[%d]", t.Feature[at])
	defaultLeft := flags&plan.FlagDefaultLeft != 0
	if flags&plan.FlagCategorical != 0 {
		in := f.categories(at, x)
		switch {
		case flags&plan.FlagStrict == 0:
			return in
		case defaultLeft:
			return fmt.Sprintf("%s != %s || (%s >= 0 && %s)", x, x, x, in)
		default:
			return fmt.Sprintf("%s >= 0 && %s", x, in)
		}
	}
	var is string
	left, threshold := false, t.Threshold[at] // left: where 0 goes
	switch {
	case flags&plan.FlagEqual != 0:
		is, left = fmt.Sprintf("%s == %s", x, number(threshold)), threshold == 0
	case flags&plan.FlagMember != 0:
		is, left = f.members(at, x)
	default:
		is, left = fmt.Sprintf("%s <= %s", x, number(threshold)), threshold >= 0
	}
	switch plan.Missing(flags >> 2 & 3) {
	case plan.MissingZero:
		if defaultLeft {
			return fmt.Sprintf("zero(%s) || %s", x, is)
		}
		return fmt.Sprintf("!zero(%s) && %s", x, is)
	case plan.MissingNaN:
		left = defaultLeft
	default:
	}
	switch {
	case !left:
		return is // false for NaN
	case flags&(plan.FlagEqual|plan.FlagMember) == 0 && threshold == threshold:
		return fmt.Sprintf("!(%s > %s)", x, number(threshold))
	default:
		return fmt.Sprintf("%s != %s || %s", x, x, is)
	}
}

// categories returns the expression of being in a set of categories.
func (f *treeCoder) categories(at int32, x string) string {
	start := f.trees.Cat[at]
	words := f.trees.Words[start+1 : start+1+int32(f.trees.Words[start])]
	switch len(words) {
	case 0:
		return "false"
	case 1:
		return fmt.Sprintf("few(%s, 32, %#x)", x, words[0])
	case 2:
		return fmt.Sprintf("few(%s, 64, %#x)", x, uint64(words[1])<<32|uint64(words[0]))
	}
	var list []string
	for _, w := range words {
		list = append(list, fmt.Sprintf("%#x", w))
	}
	return fmt.Sprintf("many(%s, %s[:])", x, f.set("uint32", list))
}

// members returns the expression of being one of a set of numbers, and whether 0 is.
func (f *treeCoder) members(at int32, x string) (is string, zero bool) {
	start := f.trees.Cat[at]
	n, first := f.trees.Words[start], f.trees.Words[start+1]
	var list []string
	for _, v := range f.trees.Members[first : first+n] {
		list = append(list, number(v))
		zero = zero || v == 0
	}
	return fmt.Sprintf("member(%s, %s[:])", x, f.set("float64", list)), zero
}

// set declares a set and returns its name.
func (f *treeCoder) set(kind string, list []string) string {
	name := fmt.Sprintf("set%d", f.coder.sets)
	f.coder.sets++
	fmt.Fprintf(&f.sets, "var %s = [...]%s{%s}\n\n", name, kind, strings.Join(list, ", "))
	return name
}
