package plan

import (
	"math"
	"math/bits"
	"slices"
)

// kind says how the values of a feature become keys.
type kind uint8

const (
	numeric    kind = iota // by the thresholds below the value
	categories             // by the whole number, as LightGBM casts
	strict                 // by the whole number, as XGBoost casts
	members                // by the number itself
)

func kindOf(flags byte) kind {
	switch flags & flagMode {
	case 0:
		return numeric
	case FlagCategorical:
		return categories
	case FlagCategorical | FlagStrict:
		return strict
	default:
		return members
	}
}

// treatment says what a slot makes of missing values.
type treatment struct {
	missing Missing
	right   bool // they get the key that goes right, not the one that goes left
}

type groupKey struct {
	feature int32
	kind    kind
}

type slotKey struct {
	group int32
	treatment
}

// keyGroup makes the keys of one feature in one way.
type keyGroup struct {
	register int32
	kind     kind
	n        int      // number of thresholds, members or categories
	sorted   []uint64 // the sortable forms of the thresholds or members
	table    uint32   // where they are in the table
	steps    int32    // of a search in the table
	slots    []slotOf
}

// slotOf is a slot with the keys of a group.
type slotOf struct {
	at        uint16 // its place in the keys of a block of rows
	nan, zero uint16 // all ones when NaN gets another key, and when NaN and 0 do
	key       uint16 // that key
}

// keyMaker makes the keys of rows.
type keyMaker struct {
	groups []keyGroup
	table  []uint64 // of each group 2^steps - 1 sorted numbers, filled up with the largest
	slots  int
	single bool // inputs are rounded to float32
}

// sortable maps numbers but NaN to integers of the same order, with one integer for both zeros.
func sortable(x float64) uint64 { return order(math.Float64bits(x + 0)) }

func order(b uint64) uint64 { return b ^ (uint64(int64(b)>>63) | 1<<63) }

const (
	magnitude    = 1<<63 - 1
	infinityBits = 0x7ff << 52
	orderOfZero  = 1 << 63
	zeroBits     = 0x38aa95a5c0000000 // of zeroBound
)

// gather makes the groups.
func (p *packer) gather() {
	t := p.t
	sorted := make(map[groupKey][]uint64)
	counts := make(map[groupKey]int) // of categories, or more than maxKey when there are too many numbers
	budget := 4*(len(t.Members)+len(t.Feature)) + 1<<16
	var order []groupKey
	for i, f := range t.Feature {
		k := groupKey{f, kindOf(t.Flags[i])}
		if _, ok := counts[k]; !ok {
			order = append(order, k)
			counts[k] = 0
		}
		switch k.kind {
		case numeric:
			if x := t.Threshold[i]; !math.IsNaN(x) {
				sorted[k] = append(sorted[k], sortable(x))
			}
		case members:
			set := t.numbers(int32(i))
			if budget -= len(set); budget < 0 {
				counts[k] = maxKey + 1
				continue
			}
			for _, x := range set {
				sorted[k] = append(sorted[k], sortable(x))
			}
		default:
			counts[k] = max(counts[k], t.categories(int32(i)))
		}
	}
	p.keys.single = t.Float32
	for _, k := range order {
		p.gathered(k, sorted[k], counts[k])
	}
}

// gathered adds the groups of one feature and kind: one, or of very many thresholds several, each with a part of them.
func (p *packer) gathered(k groupKey, v []uint64, count int) {
	slices.Sort(v)
	v = slices.Compact(v)
	if (k.kind == members && len(v) > maxKey) || count > maxKey {
		return // nodes of this feature are not packed
	}
	p.groups[k] = int32(len(p.keys.groups))
	for {
		part := v[:min(len(v), maxKey)]
		v = v[len(part):]
		g := keyGroup{register: p.in[k.feature], kind: k.kind, n: len(part), sorted: part}
		if k.kind == strict || k.kind == categories {
			g.n = count
		}
		p.keys.groups = append(p.keys.groups, g)
		if len(v) == 0 {
			return
		}
	}
}

// finish lays the numbers to search in out in one table, and puts groups of like searches together.
func (m *keyMaker) finish() {
	var ordered []keyGroup // by kind and steps; by counting, which links no sort of groups
	for k := range members + 1 {
		for steps := range int32(bits.Len(maxKey) + 1) {
			for i := range m.groups {
				if g := &m.groups[i]; g.kind == k && len(g.slots) > 0 && bits.Len(uint(len(g.sorted))) == int(steps) {
					g.steps = steps
					ordered = append(ordered, *g)
				}
			}
		}
	}
	m.groups = ordered
	for i := range m.groups {
		g := &m.groups[i]
		g.table = uint32(len(m.table))
		m.table = append(m.table, g.sorted...)
		for range 1<<g.steps - len(g.sorted) {
			m.table = append(m.table, math.MaxUint64)
		}
		g.sorted = nil
	}
}

// stride returns the number of keys of a block of rows.
func (m *keyMaker) stride() int { return m.slots * lanes }

// rows makes the keys of n rows: those of row r are at r/lanes*stride + slot*lanes + r%lanes.
func (m *keyMaker) rows(regs [][]float64, n int, keys []uint16) {
	stride := m.stride()
	for i := range m.groups {
		g := &m.groups[i]
		column := regs[g.register][:n]
		for to := keys; len(column) > 0; to = to[stride:] {
			rows := column[:min(lanes, len(column))]
			column = column[len(rows):]
			if g.kind == numeric || g.kind == members {
				m.search(g, rows, to[:stride])
			} else {
				m.categories(g, rows, to[:stride])
			}
		}
	}
}

// put puts the key of a row into the slots of the group. nan is all ones for NaN, zero for NaN and what counts as 0.
func (g *keyGroup) put(key, nan, zero uint16, to []uint16) {
	for _, s := range g.slots {
		other := nan&s.nan | zero&s.zero
		to[s.at] = key&^other | s.key&other
	}
}

// categories makes the keys of the rows of a block by their categories.
func (m *keyMaker) categories(g *keyGroup, rows []float64, to []uint16) {
	for i, x := range rows {
		if m.single {
			x = float64(float32(x))
		}
		key, nan := uint16(g.n+1), uint16(0)
		switch {
		case x != x:
			nan = math.MaxUint16
		case x > -1 && x < float64(g.n) && (x >= 0 || g.kind != strict):
			key = uint16(int32(x)) + 1
		}
		g.put(key, nan, nan, to[i:])
	}
}

// search makes the keys of the rows of a block by the places of their numbers among the sorted numbers of the group; that of NaN is that of 0.
func (m *keyMaker) search(g *keyGroup, rows []float64, to []uint16) {
	table := m.table[g.table : g.table+1<<g.steps]
	for i, x := range rows {
		if m.single {
			x = float64(float32(x))
		}
		b := math.Float64bits(x + 0) // one zero
		size := b & magnitude
		nan := uint64(int64(infinityBits-size) >> 63)
		zero := nan | uint64(int64(size-zeroBits-1)>>63)
		u := order(b)&^nan | orderOfZero&nan
		at := uint64(0)
		for half := uint64(len(table)) >> 1; half > 0; half >>= 1 {
			_, below := bits.Sub64(table[at+half-1], u, 0)
			at += half & -below
		}
		if g.kind == members && table[at] != u {
			at = uint64(g.n)
		}
		g.put(uint16(at)+1, uint16(nan), uint16(zero), to[i:])
	}
}

// categories returns a number that is above every category of a node's set, the least one as far as the last word tells.
func (t *Trees) categories(node int32) int {
	at := t.Cat[node]
	n := min(t.Words[at], maxKey)
	if n == 0 || t.Words[at+int32(n)] == 0 {
		return 32 * int(n)
	}
	return 32*int(n-1) + bits.Len32(t.Words[at+int32(n)])
}
