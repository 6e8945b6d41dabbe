package plan

import (
	"cmp"
	"math"
	"slices"
)

// lanes is the number of walks that are under way at a time: rows in a block of trees, or blocks of trees for one row.
const lanes = 8

// Limits of the packed form. A tree that exceeds them is walked plainly.
const (
	maxKey     = 1<<16 - 3       // thresholds or members of a group
	maxSlots   = 1<<16/lanes - 1 // of an ensemble
	blockNodes = 2048            // that a block of trees should not exceed, so that it stays in the first-level cache: 32 KiB
	blockTrees = laneLeaves - 1
	linePairs  = 4 // children of a group: 64 bytes
)

// forest is an ensemble packed for speed. It gives the bits of Trees.
//
// Comparing numbers is done once per row and feature: a feature's value becomes a small integer, its key, so that every node is one comparison of integers.
// The key of a numeric feature is 1 + the number of distinct thresholds below x: x <= T[i] exactly when the key is at most i+1. The key of a categorical feature
// is 1 + the category, or 1 + the number of categories for any other. Key 0 goes left at every node and the largest key right, which serves the default
// sides of missing values: as a feature may have nodes of either side, it has a slot for its keys for each treatment of missing values that occurs.
//
// A node is 64 bits. From the lowest: 16 of lanes times its slot; 16 of the distance to its left child, which has the right child behind it; 6 of the bit of the
// key that it looks at, from the top: shiftKey for all bits; 8 of the number of its tree in the block; one that is set when it has a set; 16 of the key up to which a row
// goes left. What a set says to the keys of its feature is known beforehand, so that a set is a bit of a key like others, made of the key of the feature before a row
// walks through the block (answers).
//
// The walk of a row goes through all trees of a block without a stop: the left child of a leaf is the root of the next tree, and that of the end of a block is
// itself. On its way it adds the value of each node to the row's sum; that of an inner node is -0, which changes no number. Leaf and end have the largest key to
// go left always, and read the keys of slot 0, which are always 0. The walk of one row through several blocks writes down each node in the place of its tree, where a
// leaf stays.
//
// Blocks hold trees of one output, in tree order, so the additions to it are made in that order.
type forest struct {
	registers
	t       *Trees
	keys    keyMaker
	nodes   []uint64
	values  []float64 // per node
	singles []float32 // with Float32, in place of values
	leaves  []int32   // per node: the leaf, where a leaf is more than a value to add
	blocks  []block
	answers []answers
	table   []uint16 // of the answers
	words   int      // that the answers of a block need at most
}

// block is some trees of a forest.
type block struct {
	nodes, end uint32 // the first node, and the end of the block
	trees      int32
	output     int32
	packed     bool
	plain      int32 // the root in Trees of a tree that could not be packed

	answers, answersEnd int32 // of its sets
}

// Where the parts of a node begin.
const (
	shiftNext = 16
	shiftBit  = 32
	shiftTree = 38
	setBit    = 1 << 47
	shiftKey  = 48
)

// Nodes but for their slots, distances and trees.
const (
	alwaysLeft = (1<<16-1)<<shiftKey | shiftKey<<shiftBit
	byBit      = (1<<15-1)<<shiftKey | setBit // right when the top bit of the key is 1
)

// packer builds a forest.
type packer struct {
	forest
	slots    map[slotKey]int32
	groups   map[groupKey]int32 // the first group of a feature and kind; a feature with very many thresholds has more behind it
	unfolded int                // nodes that may still be unfolded: trees may share nodes, and unfolded they may be too many
	room     int                // bytes that sets may still take

	// Of the block that is open:
	sets       []setNode
	counts     []int32 // of sets by slot
	blockWords int
	buffer     []bool
}

// pack returns the packed form of an ensemble.
func pack(base registers, t *Trees) *forest {
	p := &packer{forest: forest{registers: base, t: t}, slots: make(map[slotKey]int32), groups: make(map[groupKey]int32)}
	p.room = 128*(len(t.Words)+len(t.Feature)) + 1<<20
	p.unfolded = 2*len(t.Feature) + 1<<16
	p.gather()
	p.keys.slots = 1
	order := make([]int32, len(t.Roots))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(t.target(int(a)), t.target(int(b))) })
	most := min(max(1, (len(t.Roots)/t.Outputs+rowLanes-1)/rowLanes), blockTrees) // so that one row has work for all lanes
	var b *block
	for _, i := range order {
		output := int32(t.target(int(i)))
		if b != nil && b.output == output && int(b.trees) < most && p.tree(t.Roots[i], b, blockNodes) {
			continue
		}
		p.close(b)
		b = p.open(output)
		if !p.tree(t.Roots[i], b, math.MaxInt) {
			*b = block{output: output, plain: t.Roots[i]}
			b = nil
		}
	}
	p.close(b)
	p.finishSets()
	p.keys.finish()
	return &p.forest
}

func (p *packer) open(output int32) *block {
	p.blocks = append(p.blocks, block{nodes: uint32(len(p.nodes)), output: output, packed: true})
	return &p.blocks[len(p.blocks)-1]
}

// close puts the end behind a block.
func (p *packer) close(b *block) {
	if b != nil {
		p.closeSets(b)
		b.end = uint32(len(p.nodes))
		p.put(alwaysLeft|uint64(b.trees)<<shiftTree, math.Copysign(0, -1), -1)
	}
}

func (p *packer) put(node uint64, value float64, leaf int32) {
	p.nodes = append(p.nodes, node)
	switch {
	case !p.simple():
		p.leaves = append(p.leaves, leaf)
	case p.t.Float32:
		p.singles = append(p.singles, float32(value))
	default:
		p.values = append(p.values, value)
	}
}

// simple says that a leaf is a value to add.
func (f *forest) simple() bool {
	return !f.t.Vector && f.t.Linear == nil && f.t.Aggregate != Min && f.t.Aggregate != Max
}

// tree appends a tree to a block. It reports false, and leaves the block as it was, when the block would have more nodes than most.
//
// Nodes lie in groups of about a cache line: a node's children, and below them those that a row most likely meets, as far as the cover of the trees tells.
func (p *packer) tree(root int32, b *block, most int) bool {
	first, sets := len(p.nodes), len(p.sets)
	codes := []int32{root} // of the nodes that have a place
	p.place(root)
	var near, far []int32 // nodes whose children have no place yet, of this group and of earlier ones
	if root >= 0 {
		far = append(far, 0)
	}
	for len(near)+len(far) > 0 {
		near, far = append(near, far[len(far)-1]), far[:len(far)-1]
		for pairs := 0; pairs < linePairs && len(near) > 0; pairs++ {
			i := p.likeliest(near, codes)
			at := near[i]
			near = slices.Delete(near, i, i+1)
			node, ok := p.node(codes[at], int32(first)+at)
			if p.unfolded--; !ok || p.unfolded < 0 || len(codes) > min(1<<16-3, most-(first-int(b.nodes))-2) {
				p.forget(sets)
				p.nodes = p.nodes[:first]
				p.leaves, p.singles, p.values = p.leaves[:min(first, len(p.leaves))], p.singles[:min(first, len(p.singles))], p.values[:min(first, len(p.values))]
				return false
			}
			p.nodes[first+int(at)] = node | uint64(len(codes)-int(at))<<shiftNext
			for _, c := range [2]int32{p.t.Left[codes[at]], p.t.Right[codes[at]]} {
				if c >= 0 {
					near = append(near, int32(len(codes)))
				}
				codes = append(codes, c)
				p.place(c)
			}
		}
		slices.Reverse(near)
		near, far = near[:0], append(far, near...)
	}
	for i, code := range codes {
		p.nodes[first+i] |= uint64(b.trees) << shiftTree
		if code < 0 {
			p.nodes[first+i] |= uint64(len(codes)-i) << shiftNext
		}
	}
	b.trees++
	return true
}

// likeliest returns the index in places of the node that most rows met in training; the first when nothing is known.
func (p *packer) likeliest(places, codes []int32) int {
	best := 0
	if len(p.t.Cover) > 0 {
		for i, at := range places {
			if p.t.Cover[codes[at]] > p.t.Cover[codes[places[best]]] {
				best = i
			}
		}
	}
	return best
}

// place appends a leaf, or room for a node.
func (p *packer) place(code int32) {
	switch {
	case code >= 0:
		p.put(0, math.Copysign(0, -1), -1)
	case p.simple():
		p.put(alwaysLeft, p.t.Leaf[^code], ^code)
	default:
		p.put(alwaysLeft, 0, ^code)
	}
}

// node packs a node, whose place is at, but for the distance to its children.
func (p *packer) node(i, at int32) (uint64, bool) {
	g, key, ok := p.group(i)
	if !ok {
		return 0, false
	}
	slot, ok := p.slot(g, p.missing(i))
	if !ok {
		return 0, false
	}
	if p.keys.groups[g].kind == numeric {
		return uint64(key)<<shiftKey | shiftKey<<shiftBit | uint64(slot*lanes), true
	}
	return byBit, p.reserve(setNode{at, i, g, slot})
}

// numbers returns the numbers that an Equal or a Member node sends left.
func (t *Trees) numbers(node int32) []float64 {
	if t.Flags[node]&FlagMember != 0 {
		return t.members(node)
	}
	if x := t.Threshold[node]; !math.IsNaN(x) {
		return t.Threshold[node : node+1]
	}
	return nil
}

// missing returns what a node does to missing values, of which its slot must have the keys.
func (p *packer) missing(i int32) treatment {
	flags := p.t.Flags[i]
	m := missingOf(flags)
	switch {
	case flags&FlagStrict != 0:
		m = MissingNaN
	case flags&FlagCategorical != 0:
		m = MissingNone // these keys have NaN as no category
	}
	return treatment{missing: m, right: m != MissingNone && flags&FlagDefaultLeft == 0}
}

// group returns the group that a node's keys are of, and the node's key.
func (p *packer) group(i int32) (group int32, key int, ok bool) {
	kind := kindOf(p.t.Flags[i])
	group, ok = p.groups[groupKey{p.t.Feature[i], kind}]
	if !ok || kind != numeric {
		return group, 0, ok
	}
	threshold := p.t.Threshold[i]
	if math.IsNaN(threshold) {
		return group, 0, true
	}
	s := sortable(threshold)
	for {
		sorted := p.keys.groups[group].sorted
		if at, found := slices.BinarySearch(sorted, s); found {
			return group, at + 1, true
		}
		group++ // a feature's further groups follow, and one of them has it
	}
}

func (p *packer) slot(group int32, t treatment) (int32, bool) {
	k := slotKey{group, t}
	s, ok := p.slots[k]
	if !ok {
		if s = int32(p.keys.slots); int(s)+p.words >= maxSlots {
			return 0, false
		}
		p.slots[k] = s
		p.counts = append(p.counts, make([]int32, int(s)+1-len(p.counts))...)
		g := &p.keys.groups[group]
		to := slotOf{at: uint16(s * lanes)}
		switch t.missing {
		case MissingNaN:
			to.nan = math.MaxUint16
		case MissingZero:
			to.zero = math.MaxUint16
		case MissingNone:
		}
		if t.right {
			to.key = uint16(g.n + 1)
		}
		g.slots = append(g.slots, to)
		p.keys.slots = int(s) + 1
	}
	return s, true
}
