package plan

import (
	"math"
	"slices"
)

// zeroBound is LightGBM's kZeroThreshold, the largest magnitude that counts as zero: the float32 nearest to 1e-35, as a float64.
const zeroBound = 1.0000000180025095e-35

// trees runs an ensemble: packed, but for trees that could not be.
type trees struct {
	*forest
	index int // of its operation
}

func newTrees(base registers, t *Trees) *trees { return &trees{forest: pack(base, t)} }

// rowLanes is the number of blocks that one row walks through at a time: what the registers of most processors hold.
const rowLanes = 6

// laneLeaves is the room that a lane needs for the leaves of a block, and one more that is written at its end; a power of two.
const laneLeaves = 64

// treesScratch is the memory that trees need.
type treesScratch struct {
	keys   []uint16 // of all rows
	lanes  []uint16 // of 8 walks through blocks with sets: keys of values, and the answers of the sets behind them
	leaves leafLog
}

func (f *forest) scratch(n int) *treesScratch {
	s := &treesScratch{keys: make([]uint16, (n+lanes-1)/lanes*f.keys.stride())}
	if f.words > 0 {
		s.lanes = make([]uint16, f.keys.stride()+f.words*lanes)
	}
	return s
}

// run adds the trees to each output. The loop is over blocks of trees outside and rows inside; a row's additions are in tree order either way.
func (k *trees) run(f *frame, n int) {
	k.start(f, n)
	s := f.trees[k.index]
	k.keys.rows(f.regs, n, s.keys)
	switch {
	case n < lanes/2 || !k.simple():
		for r := range n {
			k.row(f, s, r)
		}
	case k.t.Float32:
		runBlocks(k, f, k.singles, n)
	default:
		runBlocks(k, f, k.values, n)
	}
	k.finish(f, n)
}

// runBlocks adds the trees to n rows, several rows at a time.
func runBlocks[F float32 | float64](k *trees, f *frame, values []F, n int) {
	s, stride := f.trees[k.index], k.keys.stride()
	for i := range k.blocks {
		b := &k.blocks[i]
		out := f.regs[k.out+int(b.output)][:n]
		if !b.packed {
			for r := range out {
				k.add(f, b, r, k.leaf(f.regs, b.plain, r))
			}
			continue
		}
		nodes, values := k.nodes[b.nodes:b.end+1], values[b.nodes:b.end+1]
		for r := 0; r < n; r += lanes {
			var sums [lanes]F
			rows := out[r:min(r+lanes, n)]
			for j, x := range rows {
				sums[j] = F(x)
			}
			keys := s.keys[r/lanes*stride:][:stride]
			if b.answers < b.answersEnd {
				copy(s.lanes, keys)
				for j := range rows {
					k.answer(b, s.lanes, j)
				}
				walkRowsSets(nodes, values, s.lanes, &sums)
			} else {
				walkRows(nodes, values, keys, &sums)
			}
			for j := range rows {
				rows[j] = float64(sums[j])
			}
		}
	}
}

// row adds the trees to row r, walking through several blocks at a time.
func (k *trees) row(f *frame, s *treesScratch, r int) {
	keys := s.keys[r/lanes*k.keys.stride()+r%lanes:]
	if k.words > 0 {
		for at := 0; at < k.keys.stride(); at += lanes {
			for j, key := 0, keys[at]; j < rowLanes; j++ {
				s.lanes[at+j] = key
			}
		}
	}
	for first := 0; first < len(k.blocks); {
		if b := &k.blocks[first]; !b.packed {
			k.add(f, b, r, k.leaf(f.regs, b.plain, r))
			first++
			continue
		}
		var from start
		n, sets := 0, false
		for ; n < rowLanes && first+n < len(k.blocks) && k.blocks[first+n].packed; n++ {
			b := &k.blocks[first+n]
			from[n] = b.nodes
			if b.answers < b.answersEnd {
				sets = true
				k.answer(b, s.lanes, n)
			}
		}
		for j := n; j < rowLanes; j++ {
			from[j] = k.blocks[first].end
		}
		if sets {
			walkBlocksSets(k.nodes, s.lanes, &from, &s.leaves)
		} else {
			walkBlocks(k.nodes, keys, &from, &s.leaves)
		}
		for j := range n {
			b := &k.blocks[first+j]
			k.addNodes(f, b, r, s.leaves[j*laneLeaves:][:b.trees])
		}
		first += n
	}
}

// addNodes adds the leaves at some nodes of a block to row r.
func (k *trees) addNodes(f *frame, b *block, r int, nodes []uint32) {
	to := &f.regs[k.out+int(b.output)][r]
	switch {
	case !k.simple():
		for _, node := range nodes {
			k.add(f, b, r, k.leaves[node])
		}
	case k.t.Float32:
		sum := float32(*to)
		for _, node := range nodes {
			sum += k.singles[node]
		}
		*to = float64(sum)
	default:
		sum := *to
		for _, node := range nodes {
			sum += k.values[node]
		}
		*to = sum
	}
}

// add adds a leaf to row r.
func (k *trees) add(f *frame, b *block, r int, leaf int32) {
	if k.t.Vector {
		for o, v := range k.t.Leaf[int(leaf)*k.t.Outputs : (int(leaf)+1)*k.t.Outputs] {
			out := f.regs[k.out+o]
			out[r] = k.t.add(out[r], v)
		}
		return
	}
	out := f.regs[k.out+int(b.output)]
	out[r] = k.t.add(out[r], k.value(f.regs, leaf, r))
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
	if n == 0 || !(x > -1 && x < min(float64(n)*32, 1<<31)) { // NaN fails too
		return false
	}
	c := uint32(int32(x))
	return t.Words[at+1+int32(c/32)]>>(c%32)&1 == 1
}
