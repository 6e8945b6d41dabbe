package explain

// shapScratch is the memory of one row at a time.
type shapScratch struct {
	left  []uint8   // per node of the operation: the row goes left
	state []uint8   // per edge
	down  []float64 // per edge and point: the product of the factors above, times the point's weight
	up    []float64 // per edge and point: the sum over the leaves below
}

func newShapScratch(f *forest) *shapScratch {
	return &shapScratch{left: make([]uint8, len(f.t.Feature)), state: make([]uint8, f.edges), down: make([]float64, f.cells), up: make([]float64, f.cells)}
}

// decide notes for each node of a tree whether x, the values of the operation's inputs that are read, goes left.
func (f *forest) decide(nodes []int32, x []float64, left []uint8) {
	for _, i := range nodes {
		left[i] = 0
		if f.t.GoesLeft(i, x[f.place[i]]) {
			left[i] = 1
		}
	}
}

// shap adds the values of one tree to phi, outputs × features. x has the value of each of f.features.
func (f *forest) shap(s *shapTree, x, phi []float64, w *shapScratch) {
	if s.root < 0 {
		return
	}
	f.decide(s.nodes, x, w.left)
	s.descend(w)
	p := len(f.features)
	from, to := f.outputsOf(s)
	for o := from; o < to; o++ {
		f.ascend(s, o, w, phi[o*p:(o+1)*p])
	}
}

// descend sets the states of the edges and the products of their factors.
func (s *shapTree) descend(w *shapScratch) {
	n := s.points
	state := w.state[:len(s.edges)]
	for i := range s.edges {
		e := &s.edges[i]
		k := 1 ^ w.left[e.node] ^ e.left
		if e.ancestor >= 0 && state[e.ancestor] != stateWith {
			k = stateAlready
		}
		state[i] = k
		above := s.weights
		if e.parent >= 0 {
			above = w.down[int(e.parent)*n:]
		}
		at := (i*states + int(k)) * 2 * n
		times := s.tables[at : at+n : at+n]
		down := w.down[i*n : i*n+n : i*n+n]
		above = above[:len(down)]
		times = times[:len(down)]
		for q := range down {
			down[q] = above[q] * times[q]
		}
	}
}

// ascend adds the values of an output of a tree to phi, which has one for each feature.
func (f *forest) ascend(s *shapTree, o int, w *shapScratch, phi []float64) {
	n := s.points
	state := w.state[:len(s.edges)]
	for i := len(s.edges) - 1; i >= 0; i-- {
		e := &s.edges[i]
		up := w.up[i*n : i*n+n : i*n+n]
		if e.leaf >= 0 {
			v := leafValue(f.t, e.leaf, o)
			down := w.down[i*n:]
			down = down[:len(up)]
			for q := range up {
				up[q] = down[q] * v
			}
		}
		if k := state[i]; k != stateAlready {
			at := (i*states+int(k))*2*n + n
			derivative := s.tables[at : at+n : at+n]
			derivative = derivative[:len(up)]
			sum := 0.0
			for q, g := range up {
				sum += float64(g * derivative[q])
			}
			phi[e.place] += sum
		}
		if e.parent < 0 {
			continue
		}
		to := w.up[int(e.parent)*n:]
		to = to[:len(up)]
		if e.left == 0 { // a node's right edge comes first on the way up
			copy(to, up)
			continue
		}
		for q, g := range up {
			to[q] += g
		}
	}
}
