package plan

import (
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
)

// chunk is the number of rows that the batch entrance runs at a time: small enough that the registers of a usual plan stay in the cache.
const (
	chunk      = 256
	treesChunk = 1024    // of a plan with trees, which then come into the cache less often
	maxCells   = 1 << 22 // of a batch's registers, 32 MiB: a plan with very many registers runs in smaller chunks
)

// Program is a compiled Plan. It is immutable and safe for concurrent use; each goroutine brings its own Scratch.
type Program struct {
	plan      *Plan
	kernels   []kernel
	registers int
	chunk     int
}

// kernel runs one operation over the n rows of a frame.
type kernel interface{ run(f *frame, n int) }

// frame holds the registers while kernels run.
type frame struct {
	regs  [][]float64     // per register, at least n values
	texts []textInput     // per input, used for the text ones
	memo  [][]float64     // per operation: the codes of a batch's dictionary, for a lookup
	trees []*treesScratch // per operation, for trees
	terms termsScratch
}

// Scratch is the memory of one execution at a time. Not safe for concurrent use.
type Scratch struct{ frame }

// Compile prepares p for execution. It errors as Decode does when p is not valid.
func Compile(p *Plan) (*Program, error) {
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("plan: compile: %w", err)
	}
	g := &Program{plan: p, registers: len(p.Inputs), chunk: chunk}
	for i := range p.Ops {
		o := &p.Ops[i]
		k := compileOp(o, g.registers, i)
		if t, ok := k.(*trees); ok {
			t.index = i
			g.chunk = treesChunk
		}
		g.kernels = append(g.kernels, k)
		g.registers += o.width()
	}
	return g, nil
}

// Plan returns the plan that was compiled. It must not be changed.
func (g *Program) Plan() *Plan { return g.plan }

// NewRowScratch returns the memory that Row needs.
func (g *Program) NewRowScratch() *Scratch { return g.scratch(1) }

func (g *Program) scratch(n int) *Scratch {
	s := &Scratch{}
	s.memo = make([][]float64, len(g.kernels))
	s.trees = make([]*treesScratch, len(g.kernels))
	for i, k := range g.kernels {
		if k, ok := k.(*trees); ok {
			s.trees[i] = k.scratch(n)
		}
	}
	s.texts = make([]textInput, len(g.plan.Inputs))
	s.regs = make([][]float64, g.registers)
	all := make([]float64, n*g.registers)
	for i := range s.regs {
		s.regs[i] = all[i*n : (i+1)*n : (i+1)*n]
	}
	return s
}

// Row runs the program on one row: values has one value for each of the plan's Inputs, in their order. The results are read with Scratch.Output. It allocates
// nothing.
func (g *Program) Row(values []dataset.Value, s *Scratch) {
	for i, in := range g.plan.Inputs {
		if in.Kind == Text {
			s.texts[i] = textInput{values: values[i : i+1]}
		} else {
			s.regs[i][0] = numberOf(values[i])
		}
	}
	for _, k := range g.kernels {
		k.run(&s.frame, 1)
	}
}

// Output returns the value of output i after Row.
func (g *Program) Output(s *Scratch, i int) float64 { return s.regs[g.plan.Outputs[i].Register][0] }

// Column is the values of one input: Numbers with NaN for null, or Texts for a text input.
type Column struct {
	Numbers []float64
	Texts   []dataset.Value
}

// Columns runs the program on n rows that are no batch: columns has one column of n values for each of the plan's Inputs, in their order. It writes output i of
// row r to out[i][r]. A program that scores only rows and columns links no batch.
func (g *Program) Columns(columns []Column, n int, out [][]float64) {
	s, chunk := g.batchScratch(n)
	numbers := make([][]float64, len(columns))
	for i, c := range columns {
		numbers[i] = c.Numbers
		s.texts[i] = textInput{values: c.Texts}
	}
	g.run(s, chunk, numbers, out, n)
}

// Batch runs the program on every row of b, whose columns are found by name, and writes output i of row r to out[i][r]. The columns must have the kinds that
// the plan's inputs ask for (*dataset.SchemaError otherwise).
func (g *Program) Batch(b dataset.Batch, out [][]float64) error {
	n := b.NumRows()
	s, chunk := g.batchScratch(n)
	numbers := make([][]float64, len(g.plan.Inputs))
	for i, in := range g.plan.Inputs {
		c, err := b.ByName(in.Name)
		if err != nil {
			return fmt.Errorf("plan: batch: %w", err)
		}
		if in.Kind == Text {
			t, err := dataset.NewTexts(c)
			if err != nil {
				return fmt.Errorf("plan: batch: column %q: %w", in.Name, err)
			}
			s.texts[i] = textInput{column: &t}
			continue
		}
		numbers[i] = make([]float64, n)
		if err := dataset.Float64s(c, numbers[i]); err != nil {
			return fmt.Errorf("plan: batch: column %q: %w", in.Name, err)
		}
	}
	g.run(s, chunk, numbers, out, n)
	return nil
}

// batchScratch returns the memory that n rows need, and how many rows it takes at a time.
func (g *Program) batchScratch(n int) (s *Scratch, rows int) {
	rows = min(g.chunk, max(1, maxCells/max(1, g.registers)))
	return g.scratch(min(n, rows)), rows
}

// run runs the kernels over n rows, chunk rows at a time. numbers has the values of the number inputs, nil for a text one.
func (g *Program) run(s *Scratch, chunk int, numbers [][]float64, out [][]float64, n int) {
	for start := 0; start < n; start += chunk {
		rows := min(chunk, n-start)
		for i := range numbers {
			if numbers[i] != nil {
				s.regs[i] = numbers[i][start : start+rows]
			}
			s.texts[i].start = start
		}
		for _, k := range g.kernels {
			k.run(&s.frame, rows)
		}
		for i, o := range g.plan.Outputs {
			copy(out[i][start:start+rows], s.regs[o.Register][:rows])
		}
	}
}
