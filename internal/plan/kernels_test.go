package plan_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/num"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// formulas has every operation on numbers as a plain formula over one row of three numbers. Both entrances must give its bits.
var formulas = []struct {
	name    string
	inputs  int
	op      plan.Op
	formula func(x []float64) []float64
}{
	{"impute", 3, plan.Op{Kind: plan.OpImpute, Fill: plan.Floats{7, nan, -1}}, func(x []float64) []float64 {
		fill := []float64{7, nan, -1}
		return each(x, func(j int, v float64) float64 {
			if math.IsNaN(v) {
				return fill[j]
			}
			return v
		})
	}},
	{"missing", 3, plan.Op{Kind: plan.OpMissing}, func(x []float64) []float64 {
		return each(x, func(_ int, v float64) float64 {
			if math.IsNaN(v) {
				return 1
			}
			return 0
		})
	}},
	{"affine", 3, plan.Op{Kind: plan.OpAffine, Shift: plan.Floats{1, 0, -0.3}, Scale: plan.Floats{3, -1, 1e-7}}, func(x []float64) []float64 {
		return []float64{(x[0] - 1) / 3, x[1] / -1, (x[2] + 0.3) / 1e-7}
	}},
	{"one hot", 1, plan.Op{Kind: plan.OpOneHot, Count: 4, Null: -1}, func(x []float64) []float64 { return hot(4, -1, x[0]) }},
	{"one hot with null", 1, plan.Op{Kind: plan.OpOneHot, Count: 4, Null: 3}, func(x []float64) []float64 { return hot(4, 3, x[0]) }},
	{"linear", 3, plan.Op{Kind: plan.OpLinear, Shift: plan.Floats{0.1, -2}, Coef: plan.Floats{1.1, 2.2, 3.3, -0.7, 0, 1e9}}, func(x []float64) []float64 {
		a, b := 0.1, -2.0
		for j, w := range []float64{1.1, 2.2, 3.3} {
			a += float64(w * x[j])
		}
		for j, w := range []float64{-0.7, 0, 1e9} {
			b += float64(w * x[j])
		}
		return []float64{a, b}
	}},
	{"sigmoid", 3, plan.Op{Kind: plan.OpSigmoid}, func(x []float64) []float64 {
		return each(x, func(_ int, v float64) float64 { return num.Sigmoid(v) })
	}},
	{"exp", 3, plan.Op{Kind: plan.OpExp}, func(x []float64) []float64 {
		return each(x, func(_ int, v float64) float64 { return num.Exp(v) })
	}},
	{"softmax", 3, plan.Op{Kind: plan.OpSoftmax}, func(x []float64) []float64 {
		top := max(x[0], x[1], x[2])
		e := each(x, func(_ int, v float64) float64 { return num.Exp(v - top) })
		sum := e[0] + e[1] + e[2]
		return each(e, func(_ int, v float64) float64 { return v / sum })
	}},
	{"linear in float32", 3, plan.Op{Kind: plan.OpLinear, Shift: plan.Floats{0.5, -3}, Coef: plan.Floats{1, 0.25, 3, -0.75, 0, 1 << 30}, Float32: true}, func(x []float64) []float64 {
		out := make([]float64, 2)
		for o, w := range [][]float32{{1, 0.25, 3}, {-0.75, 0, 1 << 30}} {
			sum := [2]float32{0.5, -3}[o]
			for j, v := range x {
				product := w[j] * float32(v)
				sum += product
			}
			out[o] = float64(sum)
		}
		return out
	}},
	{"sigmoid in float32", 3, plan.Op{Kind: plan.OpSigmoid, Float32: true}, func(x []float64) []float64 {
		return each(x, func(_ int, v float64) float64 {
			return float64(1 / (float32(num.Exp(min(-float64(float32(v)), float64(float32(88.7))))) + 1))
		})
	}},
	{"exp in float32", 3, plan.Op{Kind: plan.OpExp, Float32: true}, func(x []float64) []float64 {
		return each(x, func(_ int, v float64) float64 { return float64(float32(num.Exp(float64(float32(v))))) })
	}},
	{"softmax in float32", 3, plan.Op{Kind: plan.OpSoftmax, Float32: true}, func(x []float64) []float64 {
		top := max(float32(x[0]), float32(x[1]), float32(x[2]))
		e := each(x, func(_ int, v float64) float64 { return float64(float32(num.Exp(float64(float32(v) - top)))) })
		sum := e[0] + e[1] + e[2]
		return each(e, func(_ int, v float64) float64 { return float64(float32(v) / float32(sum)) })
	}},
	{"complement", 1, plan.Op{Kind: plan.OpComplement}, func(x []float64) []float64 { return []float64{1 - x[0], x[0]} }},
	{"argmax", 3, plan.Op{Kind: plan.OpArgmax}, func(x []float64) []float64 {
		best := 0
		for j := range x {
			if x[j] > x[best] {
				best = j
			}
		}
		return []float64{float64(best)}
	}},
}

func each(x []float64, f func(int, float64) float64) []float64 {
	out := make([]float64, len(x))
	for j, v := range x {
		out[j] = f(j, v)
	}
	return out
}

func hot(n, null int, x float64) []float64 {
	out := make([]float64, n)
	for c := range out {
		if (math.IsNaN(x) && c == null) || (x >= float64(c) && x < float64(c+1)) {
			out[c] = 1
		}
	}
	return out
}

func TestKernelsEqualPlainFormulas(t *testing.T) {
	const n = 1000 // more than a chunk
	for _, c := range formulas {
		t.Run(c.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			columns := make([][]float64, c.inputs)
			for j := range columns {
				columns[j] = values(r, n)
			}
			g := compile(t, build(t, c.inputs, c.op))
			b := batch(t, columns...)
			defer b.Release()
			got := run(t, g, b)
			for i := range n {
				x := make([]float64, c.inputs)
				for j := range x {
					x[j] = columns[j][i]
				}
				want, one := c.formula(x), row(g, numbers(x...)...)
				for k := range want {
					if !same(want[k], got[k][i]) || !same(want[k], one[k]) {
						t.Fatalf("row %d %v, output %d: batch %v, row %v, want %v", i, x, k, got[k][i], one[k], want[k])
					}
				}
			}
		})
	}
}

func TestConstant(t *testing.T) {
	b := plan.NewBuilder(plan.Input{Name: "a", Kind: plan.Number})
	for i, r := range b.Add(plan.Op{Kind: plan.OpConstant, Fill: plan.Floats{3, nan}}) {
		b.Output(string(rune('0'+i)), r)
	}
	b.Output("a", 0) // an input may be put out as it is
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	g := compile(t, p)
	if got := row(g, dataset.NumberValue(9)); got[0] != 3 || !math.IsNaN(got[1]) || got[2] != 9 {
		t.Errorf("row gives %v, want 3, NaN and 9", got)
	}
	in := batch(t, []float64{1, 2})
	defer in.Release()
	if got := run(t, g, in); got[0][1] != 3 || !math.IsNaN(got[1][0]) || got[2][1] != 2 {
		t.Errorf("batch gives %v, want 3, NaN and the input", got)
	}
}

func TestSoftmaxAndSigmoidAreProbabilities(t *testing.T) {
	// 1/(1+e+e²) and so on; the sum is 1 up to two roundings.
	got := row(compile(t, build(t, 3, plan.Op{Kind: plan.OpSoftmax})), numbers(1000, 1001, 1002)...)
	want := []float64{0.09003057317038046, 0.24472847105479764, 0.6652409557748218}
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-16 {
			t.Errorf("softmax gives %v, want %v", got, want)
		}
	}
	if got := row(compile(t, build(t, 1, plan.Op{Kind: plan.OpSigmoid})), numbers(0)...); got[0] != 0.5 {
		t.Errorf("sigmoid of 0 is %v, want 0.5", got[0])
	}
}

// Package time is the reference, over ±400 years, a whole cycle of the calendar on both sides.
func TestDatePartsEqualPackageTime(t *testing.T) {
	parts := []plan.Part{plan.Year, plan.Month, plan.Day, plan.YearDay, plan.Weekday, plan.Hour, plan.Minute, plan.Second}
	days := compile(t, build(t, 1, plan.Op{Kind: plan.OpDateParts, Parts: parts}))
	micros := compile(t, build(t, 1, plan.Op{Kind: plan.OpDateParts, Parts: parts, Micros: true}))
	ds, ms := days.NewRowScratch(), micros.NewRowScratch()
	value := make([]dataset.Value, 1)
	r := rand.New(rand.NewPCG(3, 4))
	const span = 400*365 + 97
	for day := -span; day <= span; day++ {
		second := r.Int64N(86_400)
		at := time.Unix(int64(day)*86_400+second, 0).UTC()
		want := [8]int{at.Year(), int(at.Month()), at.Day(), at.YearDay(), (int(at.Weekday()) + 6) % 7, at.Hour(), at.Minute(), at.Second()}
		value[0] = dataset.NumberValue(float64(day))
		days.Row(value, ds)
		value[0] = dataset.NumberValue(float64(at.UnixMicro()))
		micros.Row(value, ms)
		for i, w := range want {
			if got := micros.Output(ms, i); got != float64(w) {
				t.Fatalf("%s: the %s is %v, want %d", at, parts[i], got, w)
			}
			if i >= 5 {
				w = 0
			}
			if got := days.Output(ds, i); got != float64(w) {
				t.Fatalf("%s: of the date the %s is %v, want %d", at, parts[i], got, w)
			}
		}
	}
}

func TestDatePartsAtTheEdges(t *testing.T) {
	g := compile(t, build(t, 1, plan.Op{Kind: plan.OpDateParts, Parts: []plan.Part{plan.Year, plan.Second}, Micros: true}))
	for _, c := range []struct{ x, year, second float64 }{
		{-1, 1969, 59},
		{-0.5, 1969, 59},
		{999_999, 1970, 0},
		{1_000_000, 1970, 1},
		{253_402_214_400_000_000, 9999, 0}, // 9999-12-31
		{nan, nan, nan},
		{inf, nan, nan},
		{-inf, nan, nan},
		{1 << 62, nan, nan},
		{-math.MaxFloat64, nan, nan},
	} {
		if got := row(g, dataset.NumberValue(c.x)); !same(got[0], c.year) || !same(got[1], c.second) {
			t.Errorf("%v µs: year and second %v, want %v and %v", c.x, got, c.year, c.second)
		}
	}
}

// texts returns one column of words in each encoding. "" is null; a dictionary also says null by a null value.
func texts(t *testing.T, words []string) map[string]arrow.Array {
	t.Helper()
	mem := memory.DefaultAllocator
	plain, large := array.NewStringBuilder(mem), array.NewLargeStringBuilder(mem)
	codes, dictionary := array.NewInt16Builder(mem), array.NewStringBuilder(mem)
	code := map[string]int16{}
	dictionary.Append("not used")
	dictionary.AppendNull()
	for i, w := range words {
		if w == "" {
			plain.AppendNull()
			large.AppendNull()
			if i%2 == 0 {
				codes.AppendNull()
			} else {
				codes.Append(1)
			}
			continue
		}
		plain.Append(w)
		large.Append(w)
		if _, ok := code[w]; !ok {
			code[w] = int16(dictionary.Len())
			dictionary.Append(w)
		}
		codes.Append(code[w])
	}
	dt := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int16, ValueType: arrow.BinaryTypes.String}
	return map[string]arrow.Array{
		"utf8": plain.NewArray(), "large_utf8": large.NewArray(), "dictionary": array.NewDictionaryArray(dt, codes.NewArray(), dictionary.NewArray()),
	}
}

func TestLookupInEveryEncodingAndRow(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	words := make([]string, 700)
	for i := range words {
		words[i] = []string{"", "red", "green", "blue", "pink"}[r.IntN(5)]
	}
	for _, unseen := range []int32{-1, 0, 3} {
		g := compile(t, build(t, 0, plan.Op{Kind: plan.OpLookup, Values: []string{"blue", "green", "red"}, Unseen: unseen}))
		want := map[string]float64{"": nan, "blue": 0, "green": 1, "red": 2, "pink": float64(unseen)}
		if unseen < 0 {
			want["pink"] = nan
		}
		for encoding, column := range texts(t, words) {
			whole := newBatch(t, len(words), []dataset.Field{{Name: "t", Type: dataset.Utf8, Nullable: true}}, []arrow.Array{column})
			for _, from := range []int{0, 13} { // a slice starts within its dictionary's codes
				part := whole.Slice(from, len(words))
				got := run(t, g, part)[0]
				for i, x := range got {
					if w := want[words[from+i]]; !same(x, w) {
						t.Fatalf("unseen %d, %s, row %d: %v, want %v", unseen, encoding, from+i, x, w)
					}
				}
				part.Release()
			}
			whole.Release()
		}
		for w, x := range want {
			if got := row(g, dataset.Value{Valid: w != "", Text: w})[0]; !same(got, x) {
				t.Errorf("unseen %d, row entrance, %q: %v, want %v", unseen, w, got, x)
			}
		}
	}
}
