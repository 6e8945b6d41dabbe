package dfa

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// What may be spent on building an automaton.
const (
	maxInst    = 2_000   // instructions of the program
	maxClasses = 128     // classes of runes
	maxSteps   = 300_000 // instructions looked at
)

// These conditions are about what stands before a place alone.
const before = syntax.EmptyBeginLine | syntax.EmptyBeginText

// What stands before a place, as a rune that is like it to every condition.
const (
	begin   = -1
	newline = '\n'
	letter  = 'a'
	other   = ' '
)

func like(r rune) rune {
	switch {
	case r == '\n':
		return newline
	case syntax.IsWordChar(r):
		return letter
	default:
		return other
	}
}

// builder makes the automaton of a program. A state is the set of instructions that wait for a rune, or for a condition on what comes next, and what stands before
// the place if such a condition asks for it.
type builder struct {
	prog     *syntax.Prog
	m        *Matcher
	known    map[string]state
	sets     []set // of the states from first on
	steps    int
	anchored bool // a match begins at the begin of the text or not at all

	met   []uint32 // by instruction, the walk that met it last
	walk  uint32
	stack []uint32
}

type set struct {
	before rune
	at     []uint32
}

func build(prog *syntax.Prog) (*Matcher, bool) {
	if len(prog.Inst) > maxInst {
		return nil, false
	}
	b := &builder{prog: prog, m: new(Matcher), known: make(map[string]state), met: make([]uint32, len(prog.Inst))}
	if !b.classes() {
		return nil, false
	}
	b.anchored = len(b.follow([]uint32{uint32(prog.Start)}, ^syntax.EmptyBeginText, true)) == 0
	b.m.ascii = make([][utf8.RuneSelf]state, first)
	b.m.wide = make([]state, int(first)*b.m.n)
	b.m.atEnd = []bool{dead: false, accept: true}
	b.m.start = b.state(begin, nil)
	for i := 0; i < len(b.sets); i++ {
		if len(b.sets) > MaxStates-int(first) || b.steps > maxSteps {
			return nil, false
		}
		b.row(b.sets[i])
	}
	return b.m, b.steps <= maxSteps
}

// classes cuts all runes into ranges that no instruction and no condition tells apart, and gives ranges that are the same to all of them one class.
func (b *builder) classes() bool {
	tests, conditions := b.tests()
	var cuts []rune
	for _, in := range tests {
		cuts = append(cuts, ends(in)...)
	}
	if conditions {
		cuts = append(cuts, '\n', '\n'+1, '0', '9'+1, 'A', 'Z'+1, '_', '_'+1, 'a', 'z'+1)
	}
	cuts = slices.DeleteFunc(append(cuts, 0), func(r rune) bool { return r > unicode.MaxRune })
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	if b.steps += len(cuts) * len(tests); b.steps > maxSteps {
		return false
	}
	b.m.cuts, b.m.class = cuts, make([]uint8, len(cuts))
	known := make(map[string]uint8)
	var signature []byte
	for i, r := range cuts {
		signature = signature[:0]
		if conditions {
			signature = append(signature, byte(like(r)))
		}
		for _, in := range tests {
			verdict := byte(0)
			if in.MatchRune(r) {
				verdict = 1
			}
			signature = append(signature, verdict)
		}
		class, ok := known[string(signature)]
		if !ok {
			if len(known) == maxClasses {
				return false
			}
			class = uint8(len(known))
			known[string(signature)] = class
		}
		b.m.class[i] = class
	}
	b.m.n = len(known)
	return true
}

// tests returns an instruction of each kind that looks at a rune, and whether there are conditions.
func (b *builder) tests() (tests []*syntax.Inst, conditions bool) {
	known := make(map[string]bool)
	for i := range b.prog.Inst {
		in := &b.prog.Inst[i]
		switch in.Op {
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			key := binary.AppendUvarint(nil, uint64(in.Arg))
			for _, r := range in.Rune {
				key = binary.AppendUvarint(key, uint64(r))
			}
			if !known[string(key)] {
				known[string(key)] = true
				tests = append(tests, in)
			}
		case syntax.InstEmptyWidth:
			conditions = true
		default: // looks at nothing
		}
	}
	return tests, conditions
}

// ends returns the runes at which the verdict of an instruction may change.
func ends(in *syntax.Inst) []rune {
	var out []rune
	if len(in.Rune) == 1 {
		r := in.Rune[0]
		out = append(out, r, r+1)
		if syntax.Flags(in.Arg)&syntax.FoldCase != 0 {
			for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
				out = append(out, f, f+1)
			}
		}
		return out
	}
	for i := 0; i+1 < len(in.Rune); i += 2 {
		out = append(out, in.Rune[i], in.Rune[i+1]+1)
	}
	return out
}

// row fills in where a state goes.
func (b *builder) row(s set) {
	next, filled := make([]state, b.m.n), make([]bool, b.m.n)
	for i, r := range b.m.cuts {
		if class := b.m.class[i]; !filled[class] && b.steps <= maxSteps {
			filled[class], next[class] = true, b.next(s, r)
		}
	}
	b.m.wide = append(b.m.wide, next...)
	var row [utf8.RuneSelf]state
	for r := range row {
		row[r] = next[b.m.classOf(rune(r))]
	}
	b.m.ascii = append(b.m.ascii, row)
	_, matched := b.resolve(s, -1)
	b.m.atEnd = append(b.m.atEnd, matched)
}

// next returns the state behind s once r was read.
func (b *builder) next(s set, r rune) state {
	waiting, matched := b.resolve(s, r)
	if matched {
		return accept
	}
	var out []uint32
	b.steps += len(waiting)
	for _, pc := range waiting {
		if in := &b.prog.Inst[pc]; in.MatchRune(r) {
			out = append(out, in.Out)
		}
	}
	return b.state(like(r), out)
}

// resolve returns what of s waits for a rune, and whether s is a match, when r comes next, -1 for the end.
func (b *builder) resolve(s set, r rune) (waiting []uint32, matched bool) {
	waiting = b.follow(s.at, syntax.EmptyOpContext(s.before, r), true)
	return waiting, slices.ContainsFunc(waiting, func(pc uint32) bool { return b.prog.Inst[pc].Op == syntax.InstMatch })
}

// state returns the state of the instructions from, and of a match that begins here.
func (b *builder) state(behind rune, from []uint32) state {
	s := set{other, b.follow(append(from, uint32(b.prog.Start)), syntax.EmptyOpContext(behind, other), false)}
	if len(s.at) == 0 && b.anchored {
		return dead
	}
	slices.Sort(s.at)
	b.steps += 8 * len(s.at)
	var key []byte
	for _, pc := range s.at {
		switch in := &b.prog.Inst[pc]; in.Op {
		case syntax.InstMatch:
			return accept
		case syntax.InstEmptyWidth:
			s.before = behind
		default: // waits for a rune
		}
		key = binary.LittleEndian.AppendUint32(key, pc)
	}
	if s.before != other && !b.asks(s.at) {
		s.before = other
	}
	key = binary.LittleEndian.AppendUint32(key, uint32(s.before))
	to, ok := b.known[string(key)]
	if !ok {
		to = first + state(len(b.sets))
		b.known[string(key)] = to
		b.sets = append(b.sets, s)
	}
	return to
}

// asks reports whether what stands before a place may decide what comes of the instructions at.
func (b *builder) asks(at []uint32) bool {
	b.walk++
	b.stack = b.stack[:0]
	for _, pc := range at {
		if b.prog.Inst[pc].Op == syntax.InstEmptyWidth {
			b.stack = append(b.stack, pc)
		}
	}
	for len(b.stack) > 0 {
		pc := b.pop()
		if b.met[pc] == b.walk {
			continue
		}
		b.met[pc] = b.walk
		switch in := &b.prog.Inst[pc]; in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			b.stack = append(b.stack, in.Out, in.Arg)
		case syntax.InstCapture, syntax.InstNop:
			b.stack = append(b.stack, in.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(in.Arg)&^(syntax.EmptyEndLine|syntax.EmptyEndText) != 0 {
				return true
			}
			b.stack = append(b.stack, in.Out)
		default: // no condition
		}
	}
	return false
}

func (b *builder) pop() uint32 {
	pc := b.stack[len(b.stack)-1]
	b.stack = b.stack[:len(b.stack)-1]
	b.steps++
	return pc
}

// follow returns the instructions that wait for a rune, and matches, which are reached from some by conditions that hold. Unless all conditions are known, those
// about what comes next wait too.
func (b *builder) follow(from []uint32, holds syntax.EmptyOp, all bool) []uint32 {
	b.walk++
	b.stack = append(b.stack[:0], from...)
	var out []uint32
	for len(b.stack) > 0 {
		pc := b.pop()
		if b.met[pc] == b.walk {
			continue
		}
		b.met[pc] = b.walk
		switch in := &b.prog.Inst[pc]; in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			b.stack = append(b.stack, in.Out, in.Arg)
		case syntax.InstCapture, syntax.InstNop:
			b.stack = append(b.stack, in.Out)
		case syntax.InstFail:
		case syntax.InstEmptyWidth:
			switch asked := syntax.EmptyOp(in.Arg); {
			case !all && asked&^before != 0:
				out = append(out, pc)
			case asked&^holds == 0:
				b.stack = append(b.stack, in.Out)
			}
		default:
			out = append(out, pc)
		}
	}
	return out
}
