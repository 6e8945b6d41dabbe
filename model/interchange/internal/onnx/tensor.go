package onnx

import (
	"math"
	"slices"
)

// kind is what a tensor holds.
type kind uint8

const (
	single kind = iota + 1
	double
	whole // int32 and int64
	boolean
	text
)

// kindOf returns the kind of a data type of TensorProto, 0 for one that is not supported.
func kindOf(dataType int64) kind {
	switch dataType {
	case typeFloat:
		return single
	case typeDouble:
		return double
	case typeInt32, typeInt64:
		return whole
	case typeBool:
		return boolean
	case typeString:
		return text
	default:
		return 0
	}
}

func (k kind) String() string {
	return [...]string{"unknown", "float", "double", "integer", "bool", "string"}[k]
}

func (k kind) isFloat() bool { return k == single || k == double }

// tensor is a value of the graph: constant, or one register for each value of a row, row by row of its dims.
type tensor struct {
	kind kind
	dims []int // at axis rows: how many values of a row lie along it, mostly 1
	rows int   // the axis that counts rows; -1 for a constant

	nums []float64 // of a constant; in a whole one NaN stands for the number of rows
	strs []string  // of a constant text
	regs []int32   // of the others
	dict []string  // of a text of registers: they hold places in dict, or are text inputs themselves for nil

	domain  []float64 // every number that a value can be, in an order that means something; nil for unknown
	bounded bool      // known to be no mere score: it does not grow with what scores are made of
	raw     *tensor   // the scores that a link made this of, if known
	link    link      // which one
	classes *labels   // of a ZipMap
	sumOf   *tensor   // what this is the sum of, over one axis that is kept
	open    *openText // of a text of registers that is an input in some rows
	stacked bool      // the first two axes are one: rows behind rows, which only Reshape takes
}

// link is what makes probabilities of scores.
type link uint8

const (
	logisticLink link = iota + 1 // of each score
	softmaxLink
)

// labels are the classes of a classifier, numbers or texts.
type labels struct {
	nums  []float64
	texts []string
}

func (l *labels) len() int { return len(l.nums) + len(l.texts) }

func constant(k kind, dims []int, nums []float64) *tensor {
	return &tensor{kind: k, dims: dims, rows: -1, nums: nums, bounded: true}
}

func (t *tensor) isConst() bool { return t.rows < 0 && t.regs == nil }

// size returns how many values there are: of a constant, or of a row.
func (t *tensor) size() int { return sizeOf(t.dims) }

func sizeOf(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

// strides returns the step of each axis.
func strides(dims []int) []int {
	out := make([]int, len(dims))
	step := 1
	for i := len(dims) - 1; i >= 0; i-- {
		out[i] = step
		step *= dims[i]
	}
	return out
}

// take returns the tensor of these dims whose value i is value at[i] of t.
func (t *tensor) take(at, dims []int, rows int) *tensor {
	out := &tensor{kind: t.kind, dims: dims, rows: rows, dict: t.dict, domain: t.domain, bounded: t.bounded}
	same := len(at) == t.size()
	for i, j := range at {
		same = same && i == j
	}
	if same {
		out.raw, out.link, out.classes = t.raw, t.link, t.classes
	}
	switch {
	case t.open != nil:
		flat := []int{len(at)}
		out.open = &openText{t.open.cond.take(at, flat, t.open.cond.flatRows()), t.open.yes.take(at, flat, t.open.yes.flatRows()), t.open.no.take(at, flat, t.open.no.flatRows())}
	case t.regs != nil:
		out.regs = pickAll(t.regs, at)
	case t.kind == text:
		out.strs = pickAll(t.strs, at)
	default:
		out.nums = pickAll(t.nums, at)
	}
	return out
}

// flatRows is the axis of rows of t in one axis.
func (t *tensor) flatRows() int { return min(t.rows, 0) }

func pickAll[T any](v []T, at []int) []T {
	out := make([]T, len(at))
	for i, j := range at {
		out[i] = v[j]
	}
	return out
}

// with returns t in other dims, which hold as many values.
func (t *tensor) with(dims []int, rows int) *tensor {
	out := *t
	out.dims, out.rows = dims, rows
	return &out
}

// as returns t as another kind of the same numbers.
func (t *tensor) as(k kind) *tensor {
	out := *t
	out.kind = k
	return &out
}

// openText is a text that is yes where cond is not 0, else no. Each has as many values as the text, in one axis.
type openText struct {
	cond, yes, no *tensor
}

// scalar returns the one value of a constant.
func (t *tensor) scalar() (float64, bool) {
	if t == nil || !t.isConst() || t.kind == text || len(t.nums) != 1 {
		return 0, false
	}
	return t.nums[0], true
}

// axis returns the place of an axis that may count from the end.
func axis(a int64, rank int) (int, bool) {
	if a < 0 {
		a += int64(rank)
	}
	return int(a), a >= 0 && a < int64(rank)
}

// walk calls f with the places of dims in order, as one list of indexes that is reused.
func walk(dims []int, f func(at []int)) {
	if sizeOf(dims) == 0 {
		return
	}
	at := make([]int, len(dims))
	for {
		f(at)
		i := len(dims) - 1
		for ; i >= 0; i-- {
			if at[i]++; at[i] < dims[i] {
				break
			}
			at[i] = 0
		}
		if i < 0 {
			return
		}
	}
}

func dot(at, strides []int) int {
	n := 0
	for i, a := range at {
		n += a * strides[i]
	}
	return n
}

// ones returns rank dims of 1.
func ones(rank int) []int { return slices.Repeat([]int{1}, rank) }

func isCount(x float64) bool { return math.IsNaN(x) }
