package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"unicode/utf8"
)

// Version is the major version of the plan format; a reader refuses any other.
const Version = 1

// ErrInvalid says that a plan is not one: the text of a decoded plan, or the operations that were put together.
var ErrInvalid = errors.New("invalid plan")

// Limits of a plan.
const (
	MaxBytes     = 1 << 30 // of the JSON form
	maxInputs    = 100_000
	maxRegisters = 1 << 20
	maxOps       = 1 << 16
)

// Kind says what an input register holds.
type Kind string

// The kinds of input.
const (
	Number Kind = "number" // the number form of a numeric column, NaN for null
	Text   Kind = "text"   // a text column
)

// Input is a column that the plan reads, by name.
type Input struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
}

// Output is a register under a name.
type Output struct {
	Name     string `json:"name"`
	Register int32  `json:"register"`
}

// Plan is a scoring program as data. Build one with a Builder, decode one with Decode, run one with Compile. A Plan that was handed out is not changed.
type Plan struct {
	Version int      `json:"tidewheel.plan"`
	Inputs  []Input  `json:"inputs"`
	Ops     []Op     `json:"ops"`
	Outputs []Output `json:"outputs"`
}

// OpKind names an operation.
type OpKind string

// The operations of version 1. x is an input value of a row; every operation but lookup and terms reads and writes numbers.
const (
	OpLookup     OpKind = "lookup"     // text to the index of its value in Values
	OpTerms      OpKind = "terms"      // text to how often each of Values, or of hashed places, comes in it, see Terms
	OpImpute     OpKind = "impute"     // x, or Fill[j] where x is NaN
	OpMissing    OpKind = "missing"    // 1 where x is NaN, else 0
	OpAffine     OpKind = "affine"     // (x - Shift[j]) / Scale[j]
	OpOneHot     OpKind = "one_hot"    // Count columns: 1 in column x
	OpDateParts  OpKind = "date_parts" // calendar parts of a date or timestamp
	OpConstant   OpKind = "constant"   // the numbers of Fill, for every row
	OpLinear     OpKind = "linear"     // Shift[o] + sum over j of Coef[o][j] x_j, for each output o
	OpTrees      OpKind = "trees"      // a tree ensemble
	OpSigmoid    OpKind = "sigmoid"    // 1 / (1 + exp(-x))
	OpSoftmax    OpKind = "softmax"    // over all inputs
	OpExp        OpKind = "exp"        // exp(x)
	OpComplement OpKind = "complement" // two columns of one probability p: 1-p, p
	OpArgmax     OpKind = "argmax"     // the index of the largest input, the first of equals
)

// Op is one operation. In are the registers it reads. Its outputs get the next free registers, in order.
type Op struct {
	Kind   OpKind   `json:"op"`
	In     Ints     `json:"in"`
	Values []string `json:"values,omitempty"` // lookup, terms
	Unseen int32    `json:"unseen,omitempty"` // lookup: the code of a text not in Values; -1 is missing
	Fill   Floats   `json:"fill,omitempty"`   // impute: per input; constant: per output
	Shift  Floats   `json:"shift,omitempty"`  // affine: per input; linear: per output
	Scale  Floats   `json:"scale,omitempty"`  // affine: per input; terms: per output, or empty
	Coef   Floats   `json:"coef,omitempty"`   // linear: outputs × inputs, row by row
	Count  int32    `json:"count,omitempty"`  // one_hot: number of columns; terms: number of hashed places, 0 with Values
	Null   int32    `json:"null,omitempty"`   // one_hot: the column of a missing value, -1 for none (all zero)
	Parts  []Part   `json:"parts,omitempty"`  // date_parts
	Micros bool     `json:"micros,omitempty"` // date_parts: x is in microseconds, not days
	Trees  *Trees   `json:"trees,omitempty"`  // trees
	Math   *Math    `json:"math,omitempty"`   // the operations of imported graphs, see OpMap
	Terms  *Terms   `json:"terms,omitempty"`  // terms

	Float32 bool `json:"float32,omitempty"` // linear, sigmoid, softmax, exp: in float32, as XGBoost computes; parameters are float32 numbers
}

// Part is a calendar part, in UTC.
type Part string

// The parts, with their ranges.
const (
	Year    Part = "year"
	Month   Part = "month"   // 1 to 12
	Day     Part = "day"     // 1 to 31
	YearDay Part = "yearday" // 1 to 366
	Weekday Part = "weekday" // 0 Monday to 6 Sunday
	Hour    Part = "hour"    // 0 to 23
	Minute  Part = "minute"  // 0 to 59
	Second  Part = "second"  // 0 to 59
)

// Width returns the number of registers that o puts out.
func (o *Op) Width() int { return o.width() }

// width is Width.
func (o *Op) width() int {
	if o.Math != nil {
		return o.mathWidth()
	}
	switch o.Kind {
	case OpTerms:
		return o.termsWidth()
	case OpOneHot:
		return int(o.Count)
	case OpDateParts:
		return len(o.Parts)
	case OpConstant:
		return len(o.Fill)
	case OpLinear:
		return len(o.Shift)
	case OpTrees:
		if o.Trees == nil {
			return 0
		}
		return o.Trees.Outputs
	case OpComplement:
		return 2
	case OpArgmax:
		return 1
	default:
		return len(o.In)
	}
}

// Encode returns the canonical JSON form.
func (p *Plan) Encode() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(p); err != nil {
		return nil, fmt.Errorf("plan: encode: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Decode reads the JSON form and checks it. It is strict: an unknown version, key or operation, and every index out of range, is an error that wraps
// ErrInvalid. What it allocates is bounded by the length of text.
func Decode(text []byte) (*Plan, error) {
	if len(text) > MaxBytes {
		return nil, fmt.Errorf("plan: decode: %w: %d bytes, want at most %d", ErrInvalid, len(text), MaxBytes)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	var p Plan
	if err := dec.Decode(&p); err != nil {
		return nil, fmt.Errorf("plan: decode: %w: %w", ErrInvalid, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("plan: decode: %w: more behind the plan", ErrInvalid)
	}
	if p.Version != Version {
		return nil, fmt.Errorf("plan: decode: %w: version %d, want %d", ErrInvalid, p.Version, Version)
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("plan: decode: %w", err)
	}
	return &p, nil
}

// check verifies every index and length.
func (p *Plan) check() error {
	if len(p.Inputs) > maxInputs || len(p.Ops) > maxOps {
		return invalid("%d inputs and %d operations, want at most %d and %d", len(p.Inputs), len(p.Ops), maxInputs, maxOps)
	}
	names := make(map[string]bool, len(p.Inputs))
	for _, in := range p.Inputs {
		if names[in.Name] || !utf8.ValidString(in.Name) || (in.Kind != Number && in.Kind != Text) {
			return invalid("input %q: want a unique name in UTF-8 and kind number or text", in.Name)
		}
		names[in.Name] = true
	}
	registers := len(p.Inputs)
	for i := range p.Ops {
		o := &p.Ops[i]
		for _, r := range o.In {
			if r < 0 || int(r) >= registers {
				return invalid("operation %d (%s): register %d, want one of the %d before it", i, o.Kind, r, registers)
			}
			if text := int(r) < len(p.Inputs) && p.Inputs[r].Kind == Text; text != (o.Kind == OpLookup || o.Kind == OpTerms) {
				return invalid("operation %d (%s): a text register where a number is read, or the reverse", i, o.Kind)
			}
		}
		if err := o.check(); err != nil {
			return fmt.Errorf("operation %d (%s): %w", i, o.Kind, err)
		}
		if registers += o.width(); registers > maxRegisters {
			return invalid("over %d registers", maxRegisters)
		}
	}
	for _, out := range p.Outputs {
		if out.Register < 0 || int(out.Register) >= registers {
			return invalid("output %q: register %d, want one of %d", out.Name, out.Register, registers)
		}
		if int(out.Register) < len(p.Inputs) && p.Inputs[out.Register].Kind == Text {
			return invalid("output %q: a text register, want a number", out.Name)
		}
		if !utf8.ValidString(out.Name) {
			return invalid("output %q: want a name in UTF-8", out.Name)
		}
	}
	return nil
}

func (o *Op) check() error {
	n := len(o.In)
	ok := n > 0
	switch o.Kind {
	case OpLookup:
		ok = n == 1 && o.Unseen >= -1 && int(o.Unseen) <= len(o.Values) && distinct(o.Values)
	case OpImpute:
		ok = ok && len(o.Fill) == n
	case OpAffine:
		ok = ok && len(o.Shift) == n && len(o.Scale) == n && nonZero(o.Scale)
	case OpOneHot:
		ok = n == 1 && o.Count > 0 && o.Count <= maxRegisters && o.Null >= -1 && o.Null < o.Count
	case OpDateParts:
		ok = n == 1 && len(o.Parts) > 0 && validParts(o.Parts)
	case OpConstant:
		ok = n == 0 && len(o.Fill) > 0
	case OpLinear:
		ok = len(o.Shift) > 0 && len(o.Coef) == n*len(o.Shift)
	case OpTrees:
		return o.checkTrees()
	case OpComplement:
		ok = n == 1
	case OpMissing, OpSigmoid, OpSoftmax, OpExp, OpArgmax:
	case OpMap, OpZip, OpSelect, OpReduce, OpTopK, OpTable, OpPick, OpPoints, OpCouple, OpTerms:
		return o.checkMath()
	default:
		return invalid("unknown operation")
	}
	if !ok || !o.plain() {
		return invalid("parameters do not fit its inputs")
	}
	return nil
}

func (o *Op) checkMath() error {
	n := len(o.In)
	if n == 0 || o.Float32 || !o.mathFits(n) && !o.termsFit(n) {
		return invalid("parameters do not fit its inputs")
	}
	return nil
}

func (o *Op) checkTrees() error {
	if len(o.In) == 0 || o.Trees == nil || o.Math != nil || o.Float32 {
		return invalid("want inputs and trees")
	}
	if err := o.Trees.check(len(o.In)); err != nil {
		return err
	}
	return o.Trees.checkCover()
}

func validParts(parts []Part) bool {
	for _, p := range parts {
		switch p {
		case Year, Month, Day, YearDay, Weekday, Hour, Minute, Second:
		default:
			return false
		}
	}
	return true
}

func nonZero(v []float64) bool {
	for _, x := range v {
		if x == 0 || math.IsNaN(x) {
			return false
		}
	}
	return true
}

// distinct reports whether the values are valid UTF-8, as JSON needs, and differ.
func distinct(v []string) bool {
	seen := make(map[string]bool, len(v))
	for _, s := range v {
		if seen[s] || !utf8.ValidString(s) {
			return false
		}
		seen[s] = true
	}
	return true
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

// Builder puts a plan together.
type Builder struct {
	plan Plan
	next int32
}

// NewBuilder starts a plan with these inputs; input i is register i.
func NewBuilder(inputs ...Input) *Builder {
	return &Builder{plan: Plan{Version: Version, Inputs: append([]Input(nil), inputs...)}, next: int32(len(inputs))}
}

// Add appends an operation and returns the registers of its outputs.
func (b *Builder) Add(o Op) Ints {
	b.plan.Ops = append(b.plan.Ops, o)
	out := make(Ints, o.width())
	for i := range out {
		out[i] = b.next
		b.next++
	}
	return out
}

// Output names a register.
func (b *Builder) Output(name string, register int32) {
	b.plan.Outputs = append(b.plan.Outputs, Output{Name: name, Register: register})
}

// Build checks the plan and returns it.
func (b *Builder) Build() (*Plan, error) {
	p := b.plan
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("plan: build: %w", err)
	}
	return &p, nil
}
