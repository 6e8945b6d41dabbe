package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
)

// Group is what a contribution is attributed to: one raw column of the model's input, or the several columns that a feature was made of.
type Group struct {
	Columns  []string // in the order of the input schema
	Personal bool     // one of them is personal
}

// Name returns the columns' names with " & " between them.
func (g Group) Name() string { return strings.Join(g.Columns, " & ") }

// additive is the explained outputs of a plan as sums: constants, values times coefficients, and outputs of tree ensembles times factors.
type additive struct {
	plan    *plan.Plan
	groups  []Group
	outputs []output
	slots   []int32 // registers that are read
	forests []forestOp
	origin  []origin
	depends [][]int32 // per register: the plan inputs it is made of, ascending
	sums    []bool    // per register: it is made of a sum over columns
	columns []int     // per plan input: its index in the input schema
	schema  *dataset.Schema
	byKey   map[string]int // groups by their columns
	slotOf  map[int32]int32
}

// output is one explained number.
type output struct {
	register int32
	bias     float64
	values   []valuePart
	trees    []treePart
	guards   []int32 // slots: a row in which one is not 0 has no score
}

type valuePart struct {
	slot  int32
	group int32
	coef  float64
}

type treePart struct {
	forest int
	output int // of the forest
	factor float64
}

// forestOp is a tree operation that an explained output depends on.
type forestOp struct {
	op     int
	trees  *plan.Trees
	slots  []int32 // per input of the operation that a node reads: the slot of its value; -1 for one that none reads
	groups []int32
}

// origin says which operation puts out a register.
type origin struct {
	op    int // -1: a plan input
	index int // among its outputs
}

// newAdditive takes the explained outputs of p apart: its raw scores, else its probabilities, else its prediction.
func newAdditive(p *plan.Plan, input *dataset.Schema) (*additive, error) {
	a := &additive{plan: p, schema: input, byKey: make(map[string]int), slotOf: make(map[int32]int32)}
	for _, f := range input.Fields() {
		a.byKey[key([]int{len(a.groups)})] = len(a.groups)
		a.groups = append(a.groups, Group{Columns: []string{f.Name}, Personal: f.Personal})
	}
	for i, in := range p.Inputs {
		a.columns = append(a.columns, input.Index(in.Name))
		a.origin = append(a.origin, origin{op: -1, index: i})
		a.depends = append(a.depends, []int32{int32(i)})
	}
	registers := len(p.Inputs)
	for i := range p.Ops {
		registers += p.Ops[i].Width()
	}
	a.sums = make([]bool, registers)
	for i := range p.Ops {
		a.follow(i)
	}
	for _, name := range []string{model.RawColumn, model.ProbabilityColumn, model.PredictionColumn} {
		for _, o := range p.Outputs {
			if o.Name != name {
				continue
			}
			out := output{register: o.Register}
			if err := a.take(&out); err != nil {
				return nil, err
			}
			a.outputs = append(a.outputs, out)
		}
		if len(a.outputs) > 0 {
			return a, nil
		}
	}
	return a, nil
}

// follow appends the outputs of operation i with the plan inputs that they are made of.
func (a *additive) follow(i int) {
	o := &a.plan.Ops[i]
	n := o.Width()
	for j := range n {
		var made []int32
		sums := o.Kind == plan.OpLinear || o.Kind == plan.OpPoints || o.Kind == plan.OpTrees
		for _, r := range sources(o, j, n) {
			made = append(made, a.depends[r]...)
			a.sums[len(a.origin)] = a.sums[len(a.origin)] || a.sums[r]
		}
		slices.Sort(made)
		made = slices.Compact(made)
		a.sums[len(a.origin)] = a.sums[len(a.origin)] || (sums && len(made) > 1)
		a.origin = append(a.origin, origin{op: i, index: j})
		a.depends = append(a.depends, made)
	}
}

// sources returns the registers that output j of the n of an operation is made of.
func sources(o *plan.Op, j, n int) []int32 {
	switch o.Kind {
	case plan.OpImpute, plan.OpMissing, plan.OpAffine, plan.OpSigmoid, plan.OpExp, plan.OpMap:
		return o.In[j : j+1]
	case plan.OpZip:
		return []int32{o.In[j], o.In[n+j]}
	case plan.OpSelect:
		return []int32{o.In[j], o.In[n+j], o.In[2*n+j]}
	case plan.OpReduce:
		g := int(o.Math.Group)
		return o.In[j*g : (j+1)*g]
	case plan.OpTable:
		return o.In[j/int(o.Math.Width):][:1]
	default:
		return o.In
	}
}

// take takes the register of out apart as far as it is a sum: registers are visited from the last back, each with the factor that it counts with in all.
func (a *additive) take(out *output) error {
	factor := make([]float64, out.register+1)
	factor[out.register] = 1
	for r := out.register; r >= 0; r-- {
		if factor[r] == 0 {
			continue
		}
		from := a.origin[r]
		if from.op < 0 {
			a.value(out, r, factor[r])
			continue
		}
		if a.plan.Ops[from.op].Kind == plan.OpTrees {
			if err := a.tree(out, from, factor[r]); err != nil {
				return err
			}
			continue
		}
		if a.expand(out, from, factor[r], factor) {
			continue
		}
		if a.sums[r] {
			return a.refuse(from.op, r)
		}
		a.value(out, r, factor[r])
	}
	if len(out.values) == 1 && len(out.trees) == 0 {
		if r := a.slots[out.values[0].slot]; len(a.depends[r]) > 1 {
			return a.refuse(a.origin[r].op, r)
		}
	}
	return nil
}

func (a *additive) refuse(op int, register int32) error {
	return &model.UnsupportedError{
		Format:  "explain",
		Feature: fmt.Sprintf("a score with a part that is no sum over columns: the output of operation %q of %d columns", a.plan.Ops[op].Kind, len(a.depends[register])),
	}
}

// value adds a value times a coefficient, its own part of the sum.
func (a *additive) value(out *output, register int32, factor float64) {
	out.values = append(out.values, valuePart{slot: a.slot(register), group: a.group(register), coef: factor})
}

func (a *additive) tree(out *output, from origin, factor float64) error {
	at := slices.IndexFunc(a.forests, func(f forestOp) bool { return f.op == from.op })
	if at < 0 {
		f, err := a.forest(from.op)
		if err != nil {
			return err
		}
		at = len(a.forests)
		a.forests = append(a.forests, f)
	}
	t := a.forests[at].trees
	base := t.Base[from.index]
	if t.BaseLast {
		out.bias += factor * base
	}
	if t.Aggregate == plan.Mean {
		factor /= float64(len(t.Roots))
	}
	if t.Scale != 0 {
		factor *= t.Scale
	}
	if !t.BaseLast {
		out.bias += factor * base
	}
	out.trees = append(out.trees, treePart{forest: at, output: from.index, factor: factor})
	return nil
}

func (a *additive) forest(op int) (forestOp, error) {
	o := &a.plan.Ops[op]
	t := o.Trees
	unsupported := func(what string) (forestOp, error) {
		return forestOp{}, &model.UnsupportedError{Format: "explain", Feature: what}
	}
	switch {
	case t.Linear != nil:
		return unsupported("trees with linear models in their leaves")
	case t.Aggregate != plan.Sum && t.Aggregate != plan.Mean:
		return unsupported(fmt.Sprintf("trees whose aggregate is %q", t.Aggregate))
	}
	f := forestOp{op: op, trees: t, slots: make([]int32, len(o.In)), groups: make([]int32, len(o.In))}
	for j := range f.slots {
		f.slots[j] = -1
	}
	for _, j := range t.Feature {
		if f.slots[j] < 0 {
			f.slots[j], f.groups[j] = a.slot(o.In[j]), a.group(o.In[j])
		}
	}
	return f, nil
}

// slot returns the place of a register among those that are read.
func (a *additive) slot(register int32) int32 {
	s, ok := a.slotOf[register]
	if !ok {
		s = int32(len(a.slots))
		a.slots = append(a.slots, register)
		a.slotOf[register] = s
	}
	return s
}

// group returns the group of the columns that a register is made of.
func (a *additive) group(register int32) int32 {
	var columns []int
	for _, i := range a.depends[register] {
		columns = append(columns, a.columns[i])
	}
	slices.Sort(columns)
	k := key(columns)
	g, ok := a.byKey[k]
	if !ok {
		g = len(a.groups)
		a.byKey[k] = g
		var made Group
		for _, c := range columns {
			f := a.schema.Field(c)
			made.Columns = append(made.Columns, f.Name)
			made.Personal = made.Personal || f.Personal
		}
		a.groups = append(a.groups, made)
	}
	return int32(g)
}

func key(columns []int) string { return fmt.Sprint(columns) }

// reader returns a plan with the slots as its outputs, then the explained outputs where asked. Operations behind the last one that is needed are left out.
func (a *additive) reader(scores bool) (*plan.Program, error) {
	p := &plan.Plan{Version: plan.Version, Inputs: a.plan.Inputs}
	last := -1
	put := func(register int32) {
		last = max(last, a.origin[register].op)
		p.Outputs = append(p.Outputs, plan.Output{Register: register})
	}
	for _, r := range a.slots {
		put(r)
	}
	if scores {
		for _, o := range a.outputs {
			put(o.register)
		}
	}
	p.Ops = a.plan.Ops[:last+1]
	g, err := plan.Compile(p)
	if err != nil {
		return nil, fmt.Errorf("explain: %w", err)
	}
	return g, nil
}
