package plan

import (
	"math"
	"slices"
)

// zeroBound is LightGBM's kZeroThreshold, the largest magnitude that counts as zero: the float32 nearest to 1e-35, as a float64.
const zeroBound = 1.0000000180025095e-35

// trees runs an ensemble.
type trees struct {
	registers
	t *Trees
}

func newTrees(base registers, t *Trees) *trees { return &trees{registers: base, t: t} }

// run adds the trees in order to each output. The loop is over trees outside and rows inside; a row's additions are in tree order either way.
func (k *trees) run(f *frame, n int) {
	t := k.t
	k.start(f, n)
	for i, root := range t.Roots {
		if t.Vector {
			for r := range n {
				leaf := int(k.leaf(f.regs, root, r))
				for o, v := range t.Leaf[leaf*t.Outputs : (leaf+1)*t.Outputs] {
					out := f.regs[k.out+o]
					out[r] = t.add(out[r], v)
				}
			}
			continue
		}
		out := f.regs[k.out+t.target(i)][:n]
		for r := range out {
			leaf := k.leaf(f.regs, root, r)
			out[r] = t.add(out[r], k.value(f.regs, leaf, r))
		}
	}
	k.finish(f, n)
}

// start sets the outputs to what the first tree is added to.
func (k *trees) start(f *frame, n int) {
	for o, b := range k.t.Base {
		switch {
		case k.t.Aggregate == Min:
			b = math.Inf(1)
		case k.t.Aggregate == Max:
			b = math.Inf(-1)
		case k.t.BaseLast:
			b = 0
		}
		out := f.regs[k.out+o][:n]
		for i := range out {
			out[i] = b
		}
	}
}

// finish makes the outputs of the aggregates.
func (k *trees) finish(f *frame, n int) {
	t := k.t
	for o, b := range t.Base {
		out := f.regs[k.out+o][:n]
		for i := range out {
			x := out[i]
			if t.Aggregate == Mean {
				x = t.round(x / float64(len(t.Roots)))
			}
			if t.Scale != 0 {
				x = t.round(x * t.Scale)
			}
			if t.BaseLast {
				x = t.round(x + b)
			}
			out[i] = x
		}
	}
}

// add puts the value of a tree to those before it.
func (t *Trees) add(to, value float64) float64 {
	switch t.Aggregate {
	case Min:
		return min(to, value)
	case Max:
		return max(to, value)
	default:
		return t.round(to + value)
	}
}

func (t *Trees) round(x float64) float64 {
	if t.Float32 {
		return float64(float32(x))
	}
	return x
}

// leaf walks row r of the registers from a node to a leaf.
func (k *trees) leaf(regs [][]float64, at int32, r int) int32 {
	for at >= 0 {
		if k.t.GoesLeft(at, regs[k.in[k.t.Feature[at]]][r]) {
			at = k.t.Left[at]
		} else {
			at = k.t.Right[at]
		}
	}
	return ^at
}

// value returns what a leaf that is no vector gives to row r.
func (k *trees) value(regs [][]float64, leaf int32, r int) float64 {
	l := k.t.Linear
	if l == nil {
		return k.t.Leaf[leaf]
	}
	sum := l.Const[leaf]
	for i := l.Start[leaf]; i < l.Start[leaf+1]; i++ {
		x := regs[k.in[l.Feature[i]]][r]
		if math.IsNaN(x) {
			return k.t.Leaf[leaf]
		}
		sum += float64(l.Coef[i] * x)
	}
	return sum
}

// GoesLeft reports whether a node sends x left. It is the meaning of a node; every faster form gives the same answers.
func (t *Trees) GoesLeft(node int32, x float64) bool {
	if t.Float32 {
		x = float64(float32(x))
	}
	flags := t.Flags[node]
	defaultLeft := flags&FlagDefaultLeft != 0
	if flags&FlagCategorical != 0 {
		if flags&FlagStrict != 0 {
			if math.IsNaN(x) {
				return defaultLeft
			}
			if x < 0 {
				return false
			}
		}
		return t.category(t.Cat[node], x)
	}
	switch missingOf(flags) {
	case MissingNaN:
		if math.IsNaN(x) {
			return defaultLeft
		}
	case MissingZero:
		if math.IsNaN(x) || (x >= -zeroBound && x <= zeroBound) {
			return defaultLeft
		}
	default:
		if math.IsNaN(x) {
			x = 0
		}
	}
	switch {
	case flags&FlagEqual != 0:
		return x == t.Threshold[node]
	case flags&FlagMember != 0:
		_, found := slices.BinarySearch(t.members(node), x)
		return found
	default:
		return x <= t.Threshold[node]
	}
}

// members returns the numbers of a Member node.
func (t *Trees) members(node int32) []float64 {
	at := t.Cat[node]
	n, first := int(t.Words[at]), int(t.Words[at+1])
	return t.Members[first : first+n]
}

// category reports whether the category x is in the bit set at an offset of Words.
func (t *Trees) category(at int32, x float64) bool {
	n := t.Words[at]
	if !(x > -1 && x < min(float64(n)*32, 1<<31)) { // NaN fails too
		return false
	}
	c := uint32(int32(x))
	return t.Words[at+1+int32(c/32)]>>(c%32)&1 == 1
}
