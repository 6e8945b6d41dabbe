package plan

import (
	"math"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/num"
)

// textInput is a text register: a column of a batch, or values.
type textInput struct {
	column *dataset.Texts
	values []dataset.Value // used when column is nil
	start  int             // the row that is row 0 of the frame
}

func numberOf(v dataset.Value) float64 {
	if !v.Valid {
		return math.NaN()
	}
	return v.Number
}

func compileOp(o *Op, out, index int) kernel {
	base := registers{in: o.In, out: out}
	switch o.Kind {
	case OpLookup:
		unseen := float64(o.Unseen)
		if o.Unseen < 0 {
			unseen = math.NaN()
		}
		return &lookup{registers: base, codes: codesOf(o.Values), unseen: unseen, memo: index}
	case OpTerms:
		return &terms{base, o.Terms, codesOf(o.Values), o.width(), o.Scale}
	case OpImpute:
		return &impute{base, o.Fill}
	case OpMissing:
		return &missing{base}
	case OpAffine:
		return &affine{base, o.Shift, o.Scale}
	case OpOneHot:
		return &oneHot{base, int(o.Count), int(o.Null)}
	case OpDateParts:
		return &dateParts{base, o.Parts, o.Micros}
	case OpConstant:
		return &constant{base, o.Fill}
	case OpLinear:
		return &linear{base, o.Coef, o.Shift, o.Float32}
	case OpTrees:
		return newTrees(base, o.Trees)
	case OpSigmoid:
		return &each{base, o.link(num.Sigmoid, sigmoid32)}
	case OpExp:
		return &each{base, o.link(num.Exp, exp32)}
	case OpSoftmax:
		if o.Float32 {
			return &softmax32{base}
		}
		return &softmax{base}
	case OpComplement:
		return &complement{base}
	case OpMap, OpZip, OpSelect, OpReduce, OpTopK, OpTable, OpPick, OpPoints, OpCouple:
		return newMath(o, base)
	default: // check has refused every other kind
		return &argmax{base}
	}
}

// codesOf returns the place of each value.
func codesOf(values []string) map[string]float64 {
	codes := make(map[string]float64, len(values))
	for i, v := range values {
		codes[v] = float64(i)
	}
	return codes
}

// registers says where an operation reads and writes.
type registers struct {
	in  []int32
	out int // the first output
}

type lookup struct {
	registers
	codes  map[string]float64
	unseen float64
	memo   int
}

func (k *lookup) code(s string) float64 {
	if c, ok := k.codes[s]; ok {
		return c
	}
	return k.unseen
}

func (k *lookup) run(f *frame, n int) {
	t := &f.texts[k.in[0]]
	out := f.regs[k.out][:n]
	if t.column != nil && t.column.DictionaryLen() > 0 {
		if t.start == 0 {
			f.memo[k.memo] = k.dictionary(t.column, f.memo[k.memo][:0])
		}
		codes := f.memo[k.memo]
		for i := range out {
			out[i] = math.NaN()
			if !t.column.IsNull(t.start + i) {
				out[i] = codes[t.column.Code(t.start+i)]
			}
		}
		return
	}
	for i := range out {
		out[i] = math.NaN()
		if text, ok := t.at(i); ok {
			out[i] = k.code(text)
		}
	}
}

// dictionary maps each value of a dictionary once.
func (k *lookup) dictionary(t *dataset.Texts, codes []float64) []float64 {
	for j := range t.DictionaryLen() {
		codes = append(codes, k.code(t.DictionaryValue(j)))
	}
	return codes
}

type impute struct {
	registers
	fill []float64
}

func (k *impute) run(f *frame, n int) {
	for j, r := range k.in {
		out, fill := f.regs[k.out+j], k.fill[j]
		for i, x := range f.regs[r][:n] {
			if math.IsNaN(x) {
				x = fill
			}
			out[i] = x
		}
	}
}

type missing struct{ registers }

func (k *missing) run(f *frame, n int) {
	for j, r := range k.in {
		out := f.regs[k.out+j]
		for i, x := range f.regs[r][:n] {
			out[i] = 0
			if math.IsNaN(x) {
				out[i] = 1
			}
		}
	}
}

type affine struct {
	registers
	shift, scale []float64
}

func (k *affine) run(f *frame, n int) {
	for j, r := range k.in {
		out, shift, scale := f.regs[k.out+j], k.shift[j], k.scale[j]
		for i, x := range f.regs[r][:n] {
			out[i] = (x - shift) / scale
		}
	}
}

type oneHot struct {
	registers
	count, null int
}

func (k *oneHot) run(f *frame, n int) {
	for j := range k.count {
		clear(f.regs[k.out+j][:n])
	}
	for i, x := range f.regs[k.in[0]][:n] {
		switch {
		case math.IsNaN(x):
			if k.null >= 0 {
				f.regs[k.out+k.null][i] = 1
			}
		case x >= 0 && x < float64(k.count):
			f.regs[k.out+int(x)][i] = 1
		}
	}
}

type constant struct {
	registers
	fill []float64
}

func (k *constant) run(f *frame, n int) {
	for j, v := range k.fill {
		out := f.regs[k.out+j]
		for i := range n {
			out[i] = v
		}
	}
}

type linear struct {
	registers
	coef, intercept []float64
	float32         bool
}

func (k *linear) run(f *frame, n int) {
	p := len(k.in)
	for o, b := range k.intercept {
		out := f.regs[k.out+o][:n]
		for i := range out {
			out[i] = b
		}
		for j, r := range k.in {
			w := k.coef[o*p+j]
			if k.float32 {
				for i, x := range f.regs[r][:n] {
					product := float32(float32(w) * float32(x))
					out[i] = float64(float32(out[i]) + product)
				}
				continue
			}
			for i, x := range f.regs[r][:n] {
				out[i] += float64(w * x)
			}
		}
	}
}

type each struct {
	registers
	f func(float64) float64
}

func (k *each) run(f *frame, n int) {
	for j, r := range k.in {
		out := f.regs[k.out+j]
		for i, x := range f.regs[r][:n] {
			out[i] = k.f(x)
		}
	}
}

type softmax struct{ registers }

func (k *softmax) run(f *frame, n int) {
	for i := range n {
		top := math.Inf(-1)
		for _, r := range k.in {
			top = max(top, f.regs[r][i])
		}
		sum := 0.0
		for j, r := range k.in {
			e := num.Exp(f.regs[r][i] - top)
			f.regs[k.out+j][i] = e
			sum += e
		}
		for j := range k.in {
			f.regs[k.out+j][i] /= sum
		}
	}
}

type complement struct{ registers }

func (k *complement) run(f *frame, n int) {
	no, yes := f.regs[k.out], f.regs[k.out+1]
	for i, p := range f.regs[k.in[0]][:n] {
		no[i], yes[i] = 1-p, p
	}
}

type argmax struct{ registers }

func (k *argmax) run(f *frame, n int) {
	out := f.regs[k.out]
	for i := range n {
		best := 0
		for j, r := range k.in {
			if f.regs[r][i] > f.regs[k.in[best]][i] {
				best = j
			}
		}
		out[i] = float64(best)
	}
}

// dateParts takes calendar parts apart with the days-from-civil arithmetic of H. Hinnant ("chrono-compatible low-level date algorithms"), proleptic Gregorian.
type dateParts struct {
	registers
	parts  []Part
	micros bool
}

const (
	microsPerSecond = 1_000_000
	secondsPerDay   = 86_400
)

func (k *dateParts) run(f *frame, n int) {
	for i, x := range f.regs[k.in[0]][:n] {
		// Beyond ±2^53 the number form is rounded, by less than a millisecond within the bound, and the parts are those of the rounded moment.
		if !(math.Abs(x) < 1<<62) { // NaN too
			for j := range k.parts {
				f.regs[k.out+j][i] = math.NaN()
			}
			continue
		}
		day, second := int64(math.Floor(x)), int64(0)
		if k.micros {
			seconds := floorDiv(day, microsPerSecond)
			day = floorDiv(seconds, secondsPerDay)
			second = seconds - day*secondsPerDay
		}
		c := civilOf(day)
		for j, p := range k.parts {
			f.regs[k.out+j][i] = float64(c.part(p, day, second))
		}
	}
}

type civil struct{ year, month, day int64 }

func civilOf(days int64) civil {
	z := days + 719_468
	era := floorDiv(z, 146_097)
	doe := z - era*146_097
	yoe := (doe - doe/1460 + doe/36_524 - doe/146_096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	c := civil{year: yoe + era*400, month: mp + 3, day: doy - (153*mp+2)/5 + 1}
	if c.month > 12 {
		c.month -= 12
	}
	if c.month <= 2 {
		c.year++
	}
	return c
}

func (c civil) part(p Part, day, second int64) int64 {
	switch p {
	case Year:
		return c.year
	case Month:
		return c.month
	case Day:
		return c.day
	case YearDay:
		leap := c.year%4 == 0 && (c.year%100 != 0 || c.year%400 == 0)
		n := (367*c.month-362)/12 + c.day
		if c.month > 2 {
			n -= 2
			if leap {
				n++
			}
		}
		return n
	case Weekday:
		return day + 3 - 7*floorDiv(day+3, 7)
	case Hour:
		return second / 3600
	case Minute:
		return second / 60 % 60
	default:
		return second % 60
	}
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
