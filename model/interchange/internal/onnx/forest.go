package onnx

import (
	"math"

	"github.com/tidewheel/tidewheel/internal/plan"
)

// builder lays a forest out as a plan has it.
type builder struct {
	f     *forest
	t     *plan.Trees
	where []int32 // of each node: its place in t, ^ of a leaf
	met   []bool
	wide  int // values of a leaf
}

// forest returns the ensemble as an operation's parameters.
func (c *compiler) forest(f *forest, inputs int) (*plan.Trees, error) {
	b := &builder{f: f, where: make([]int32, len(f.modes)), met: make([]bool, len(f.modes))}
	b.t = &plan.Trees{Outputs: f.outputs, Base: make(plan.Floats, f.outputs), Float32: f.single}
	vector := f.outputs > 1 && !f.apart()
	b.wide = 1
	if vector {
		b.wide = f.outputs
		b.t.Vector = true
	}
	for _, root := range f.roots {
		if err := c.tree(b, root, inputs); err != nil {
			return nil, err
		}
	}
	if !vector && f.outputs > 1 {
		for _, root := range f.roots {
			output, _ := f.only(root, len(f.modes))
			b.t.Target = append(b.t.Target, int32(max(0, output)))
		}
	}
	return b.t, nil
}

// apart reports whether each tree has weights for one output alone.
func (f *forest) apart() bool {
	left := len(f.modes) // trees that share nodes are refused later
	for _, root := range f.roots {
		output, steps := f.only(root, left)
		if left -= steps; output == -2 || left < 0 {
			return false
		}
	}
	return true
}

// only returns the one output of a tree, -1 for none and -2 for several, and how many nodes it looked at, at most one more than most.
func (f *forest) only(root int32, most int) (output, steps int) {
	found := -1
	stack := []int32{root}
	for len(stack) > 0 && steps <= most {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		steps++
		if f.modes[at] != modeLeaf {
			stack = append(stack, f.left[at], f.right[at])
			continue
		}
		for _, w := range f.weights[at] {
			if found >= 0 && found != w.output {
				return -2, steps
			}
			found = w.output
		}
	}
	return found, steps
}

// tree lays one tree out, parents before their children.
func (c *compiler) tree(b *builder, root int32, inputs int) error {
	f, t := b.f, b.t
	order := []int32{root}
	first := int32(len(t.Feature))
	nodes := first
	for i := 0; i < len(order); i++ {
		at := order[i]
		if b.met[at] {
			return c.bad("trees", "a node with two parents or a cycle")
		}
		b.met[at] = true
		if f.modes[at] == modeLeaf {
			if err := c.leaf(b, at); err != nil {
				return err
			}
			continue
		}
		b.where[at] = nodes
		nodes++
		order = append(order, f.left[at], f.right[at])
	}
	t.Roots = append(t.Roots, b.where[root])
	for _, at := range order {
		if f.modes[at] == modeLeaf {
			continue
		}
		if f.features[at] < 0 || f.features[at] >= int64(inputs) {
			return c.bad("features of the input", "others")
		}
		if err := c.branch(b, at); err != nil {
			return err
		}
	}
	return nil
}

func (c *compiler) leaf(b *builder, at int32) error {
	if err := c.spend(b.wide); err != nil {
		return err
	}
	values := make([]float64, b.wide)
	seen := make(map[int]bool, len(b.f.weights[at]))
	for _, w := range b.f.weights[at] {
		if seen[w.output] {
			return c.refuse("several weights of a leaf for one output")
		}
		seen[w.output] = true
		x := w.value
		if b.f.single {
			x = float64(float32(x))
		}
		if b.wide == 1 {
			values[0] = x
		} else {
			values[w.output] = x
		}
	}
	b.where[at] = ^int32(len(b.t.Leaf) / b.wide)
	b.t.Leaf = append(b.t.Leaf, values...)
	return nil
}

// branch appends a node. A plan's node sends x <= threshold left; the others are that one with sides exchanged or the next number as its threshold.
func (c *compiler) branch(b *builder, at int32) error {
	f, t := b.f, b.t
	value := f.values[at]
	if f.single {
		value = float64(float32(value))
	}
	if value-value != 0 && f.modes[at] != modeMember {
		return c.refuse("a threshold that is not finite")
	}
	left, right := b.where[f.left[at]], b.where[f.right[at]]
	nanLeft := f.missing[at]
	flags, set := byte(0), int32(0)
	switch f.modes[at] {
	case modeLT:
		value = b.below(value)
	case modeGT:
		left, right, nanLeft = right, left, !nanLeft
	case modeGTE:
		left, right, nanLeft = right, left, !nanLeft
		value = b.below(value)
	case modeEQ:
		flags = plan.FlagEqual
	case modeNEQ:
		// NaN differs from everything, so it goes to the true side whatever is said of missing values.
		left, right, nanLeft = right, left, false
		flags = plan.FlagEqual
	case modeMember:
		flags = plan.FlagMember
		members := f.member[at]
		set = int32(len(t.Words))
		t.Words = append(t.Words, uint32(len(members)), uint32(len(t.Members)))
		t.Members = append(t.Members, members...)
	}
	t.Feature = append(t.Feature, int32(f.features[at]))
	t.Threshold = append(t.Threshold, value)
	t.Left, t.Right = append(t.Left, left), append(t.Right, right)
	t.Flags = append(t.Flags, flags|plan.NodeFlags(false, nanLeft, plan.MissingNaN))
	t.Cat = append(t.Cat, set)
	return nil
}

// below returns the largest number less than x: x < value is x <= below(value).
func (b *builder) below(x float64) float64 {
	if b.f.single {
		return float64(math.Nextafter32(float32(x), float32(math.Inf(-1))))
	}
	return math.Nextafter(x, math.Inf(-1))
}
