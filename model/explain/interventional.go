package explain

import "github.com/tidewheel/tidewheel/internal/plan"

// background is the rows that an interventional explanation compares with, as the ways they go.
type background struct {
	*forest
	rows int
	left []uint8   // per row and node: it goes left
	mean []float64 // per output: the mean of what the trees give
	all  []int32   // the nodes
}

func newBackground(f *forest, slots []int32, columns [][]float64, n int) *background {
	b := &background{forest: f, rows: n, left: make([]uint8, n*len(f.t.Feature)), mean: make([]float64, f.t.Outputs)}
	nodes := len(f.t.Feature)
	x := make([]float64, len(f.features))
	sums := make([]float64, f.t.Outputs)
	for i := range nodes {
		b.all = append(b.all, int32(i))
	}
	for r := range n {
		for j, s := range slots {
			x[j] = columns[s][r]
		}
		left := b.left[r*nodes : (r+1)*nodes]
		f.decide(b.all, x, left)
		clear(sums)
		for i, root := range f.t.Roots {
			leaf := walk(f.t, root, left)
			if o := treeOutput(f.t, i); o >= 0 {
				sums[o] += leafValue(f.t, leaf, o)
				continue
			}
			for o := range sums {
				sums[o] += leafValue(f.t, leaf, o)
			}
		}
		for o, v := range sums {
			b.mean[o] += (v - b.mean[o]) / float64(r+1)
		}
	}
	return b
}

// walk returns the leaf below a node.
func walk(t *plan.Trees, at int32, left []uint8) int32 {
	for at >= 0 {
		if left[at] == 1 {
			at = t.Left[at]
		} else {
			at = t.Right[at]
		}
	}
	return ^at
}

// mixScratch is the memory of one walk through the mixtures of two rows.
type mixScratch struct {
	t      *plan.Trees
	place  []int32
	x, z   []uint8   // per node: the row and the background row go left
	from   []uint8   // per feature: where the path took it from
	weight []float64 // share of a and c below shares
	out    int
	phi    []float64
}

const (
	fromBoth = iota // no split yet has parted the two rows
	fromRow
	fromBackground
)

func newMixScratch(f *forest) *mixScratch {
	m := &mixScratch{t: f.t, place: f.place, from: make([]uint8, len(f.features)), weight: make([]float64, shares*shares)}
	for a := 1; a < shares; a++ {
		for c := range shares {
			m.weight[a*shares+c] = share(a, c)
		}
	}
	return m
}

// row adds the values of x, the mean over the background, to phi.
func (b *background) row(x, phi []float64, s *shapScratch, m *mixScratch) {
	nodes, p := len(b.t.Feature), len(b.features)
	b.decide(b.all, x, s.left)
	m.x = s.left
	for r := range b.rows {
		m.z = b.left[r*nodes : (r+1)*nodes]
		for i, root := range b.t.Roots {
			from, to := 0, b.t.Outputs
			if o := treeOutput(b.t, i); o >= 0 {
				from, to = o, o+1
			}
			for o := from; o < to; o++ {
				m.out, m.phi = o, phi[o*p:(o+1)*p]
				m.walk(root, 0, 0)
			}
		}
	}
	for i := range phi {
		phi[i] /= float64(b.rows)
	}
}

// walk follows the row, the background row, or both where they part, and adds to phi. a features on the path are the row's and c the background's, of those that
// the two rows go different ways at. It returns the sums over the leaves below of their values times the weight of one of the a and of one of the c features: the
// Shapley values of a game that pays where all of a and none of c are known are (a-1)! c! / (a+c)! and -a! (c-1)! / (a+c)!.
func (m *mixScratch) walk(at int32, a, c int) (with, without float64) {
	for at >= 0 {
		x, z := m.x[at], m.z[at]
		place := m.place[at]
		take := x
		if x != z {
			switch m.from[place] {
			case fromBackground:
				take = z
			case fromBoth:
				return m.part(at, x, a, c)
			}
		}
		if take == 1 {
			at = m.t.Left[at]
		} else {
			at = m.t.Right[at]
		}
	}
	v := leafValue(m.t, ^at, m.out)
	if a > 0 {
		with = v * m.share(a, c)
	}
	if c > 0 {
		without = v * m.share(c, a)
	}
	return with, without
}

// part follows both rows from a node at which they part for the first time on its feature.
func (m *mixScratch) part(at int32, x uint8, a, c int) (with, without float64) {
	place := m.place[at]
	own, other := m.t.Left[at], m.t.Right[at]
	if x == 0 {
		own, other = other, own
	}
	m.from[place] = fromRow
	with1, without1 := m.walk(own, a+1, c)
	m.from[place] = fromBackground
	with2, without2 := m.walk(other, a, c+1)
	m.from[place] = fromBoth
	m.phi[place] += with1 - without2
	return with1 + with2, without1 + without2
}

// shares is how many of the weights are kept.
const shares = 32

// share returns (a-1)! c! / (a+c)!.
func (m *mixScratch) share(a, c int) float64 {
	if a < shares && c < shares {
		return m.weight[a*shares+c]
	}
	return share(a, c)
}

func share(a, c int) float64 {
	w := 1 / float64(a) // (a-1)! 0! / a!
	for k := 1; k <= c; k++ {
		w *= float64(k) / float64(a+k)
	}
	return w
}
