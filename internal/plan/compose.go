package plan

// Compose returns the plan that runs first and then second, with second's inputs bound by name: to first's output of that name, else to first's input of that
// name, else to a new input. Its outputs are second's. Operations whose results nobody reads are dropped, and so are inputs that are then unread.
func Compose(first, second *Plan) (*Plan, error) { return Chain(first, second, nil) }

// Chain is Compose with the outputs of first named in keep put out before those of second.
func Chain(first, second *Plan, keep []string) (*Plan, error) {
	outputs := make(map[string]int32, len(first.Outputs))
	for _, o := range first.Outputs {
		outputs[o.Name] = o.Register
	}
	inputs := append([]Input(nil), first.Inputs...)
	known := make(map[string]int32, len(inputs))
	for i, in := range inputs {
		known[in.Name] = int32(i)
	}
	for _, in := range second.Inputs {
		if _, ok := outputs[in.Name]; ok {
			continue
		}
		if _, ok := known[in.Name]; !ok {
			known[in.Name] = int32(len(inputs))
			inputs = append(inputs, in)
		}
	}
	b := NewBuilder(inputs...)
	from := b.splice(first, func(i int) int32 { return int32(i) })
	to := b.splice(second, func(i int) int32 {
		name := second.Inputs[i].Name
		if r, ok := outputs[name]; ok {
			return from[r]
		}
		return known[name]
	})
	for _, name := range keep {
		r, ok := outputs[name]
		if !ok {
			return nil, invalid("chain: no output %q to keep", name)
		}
		b.Output(name, from[r])
	}
	for _, o := range second.Outputs {
		b.Output(o.Name, to[o.Register])
	}
	p, err := b.Build()
	if err != nil {
		return nil, err
	}
	return p.prune()
}

// splice appends p's operations with input i read from register input(i), and returns where each register of p went.
func (b *Builder) splice(p *Plan, input func(int) int32) []int32 {
	where := make([]int32, 0, len(p.Inputs)+len(p.Ops))
	for i := range p.Inputs {
		where = append(where, input(i))
	}
	for _, o := range p.Ops {
		in := make(Ints, len(o.In))
		for j, r := range o.In {
			in[j] = where[r]
		}
		o.In = in
		where = append(where, b.Add(o)...)
	}
	return where
}

// prune drops what no output needs.
func (p *Plan) prune() (*Plan, error) {
	starts := make([]int, len(p.Ops))
	registers := len(p.Inputs)
	for i := range p.Ops {
		starts[i] = registers
		registers += p.Ops[i].width()
	}
	needed := make([]bool, registers)
	for _, o := range p.Outputs {
		needed[o.Register] = true
	}
	keep := make([]bool, len(p.Ops))
	for i := len(p.Ops) - 1; i >= 0; i-- {
		for r := range p.Ops[i].width() {
			keep[i] = keep[i] || needed[starts[i]+r]
		}
		if keep[i] {
			for _, r := range p.Ops[i].In {
				needed[r] = true
			}
		}
	}
	var inputs []Input
	where := make([]int32, registers)
	for i, in := range p.Inputs {
		if needed[i] {
			where[i] = int32(len(inputs))
			inputs = append(inputs, in)
		}
	}
	b := NewBuilder(inputs...)
	for i, o := range p.Ops {
		if !keep[i] {
			continue
		}
		in := make(Ints, len(o.In))
		for j, r := range o.In {
			in[j] = where[r]
		}
		o.In = in
		for r, at := range b.Add(o) {
			where[starts[i]+r] = at
		}
	}
	for _, o := range p.Outputs {
		b.Output(o.Name, where[o.Register])
	}
	return b.Build()
}
