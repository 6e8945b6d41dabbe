package plan

// Plain returns g with trees that are walked node by node in tree order, as Trees says: the reference of the packed form.
func Plain(g *Program) *Program {
	out := *g
	out.kernels = nil
	for _, k := range g.kernels {
		if t, ok := k.(*trees); ok {
			f := &forest{registers: t.registers, t: t.t}
			f.keys.slots = 1
			for i, root := range t.t.Roots {
				f.blocks = append(f.blocks, block{plain: root, output: int32(t.t.target(i))})
			}
			k = &trees{forest: f, index: t.index}
		}
		out.kernels = append(out.kernels, k)
	}
	return &out
}

// Unpacked returns the number of trees of g that did not fit the packed form.
func Unpacked(g *Program) int {
	n := 0
	for _, k := range g.kernels {
		if t, ok := k.(*trees); ok {
			for i := range t.blocks {
				if !t.blocks[i].packed {
					n++
				}
			}
		}
	}
	return n
}
