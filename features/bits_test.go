package features_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// flights makes n rows of columns(t) in batches of unlike sizes. Each batch has a dictionary of its own, in an order of its own, now and then plain text. Numbers and texts are
// null now and then; with unseen, some texts are met nowhere else.
func flights(t testing.TB, s *dataset.Schema, n int, seed uint64, unseen bool) *dataset.Batches {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0))
	var list []dataset.Batch
	for at := 0; at < n; {
		rows := min(n-at, 1+r.IntN(4000))
		list = append(list, flightBatch(t, s, r, rows, unseen))
		at += rows
	}
	src, err := dataset.NewBatches(s, list...)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range list {
		b.Release()
	}
	return src
}

func flightBatch(t testing.TB, s *dataset.Schema, r *rand.Rand, rows int, unseen bool) dataset.Batch {
	t.Helper()
	mem := memory.DefaultAllocator
	distance, seats, at := array.NewFloat64Builder(mem), array.NewInt32Builder(mem), array.NewTimestampBuilder(mem, &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"})
	origin := array.NewStringBuilder(mem)
	words := []string{"AA", "B6", "DL", "EV", "UA", "US", "WN", "YV"}
	if unseen {
		words = append(words, "ZZ", "")
	}
	r.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
	carriers := array.NewStringBuilder(mem)
	carriers.AppendValues(words, nil)
	codes := array.NewInt8Builder(mem)
	plain := array.NewStringBuilder(mem)
	for range rows {
		if r.IntN(8) == 0 {
			distance.AppendNull()
			codes.AppendNull()
			plain.AppendNull()
			at.AppendNull()
		} else {
			distance.Append(r.ExpFloat64() * 1000)
			c := r.IntN(len(words))
			codes.Append(int8(c))
			plain.Append(words[c])
			at.Append(arrow.Timestamp(r.Int64N(8e15) - 4e15))
		}
		if o := r.IntN(6); o == 5 {
			origin.AppendNull()
		} else if o == 4 && unseen {
			origin.Append("XXX")
		} else {
			origin.Append([]string{"EWR", "JFK", "LGA", "SWF", "ISP"}[o])
		}
		seats.Append(r.Int32N(400))
	}
	var carrier arrow.Array = array.NewDictionaryArray(&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}, codes.NewArray(), carriers.NewArray())
	if r.IntN(4) == 0 {
		carrier = plain.NewArray()
	}
	b, err := dataset.NewBatch(s, []arrow.Array{distance.NewArray(), carrier, at.NewArray(), origin.NewArray(), seats.NewArray()}, rows)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// modelPlan is a made-up model over columns: a linear one and boosted trees of depth three, both through a sigmoid.
func modelPlan(t *testing.T, names []string) *plan.Plan {
	t.Helper()
	r := rand.New(rand.NewPCG(21, 22))
	var inputs []plan.Input
	var in plan.Ints
	for i, name := range names {
		inputs = append(inputs, plan.Input{Name: name, Kind: plan.Number})
		in = append(in, int32(i))
	}
	coef := make(plan.Floats, len(in))
	for i := range coef {
		coef[i] = r.NormFloat64()
	}
	tr := &plan.Trees{Outputs: 1, Base: plan.Floats{0.125}}
	for range 40 {
		root, leaf := int32(len(tr.Feature)), int32(len(tr.Leaf))
		tr.Roots = append(tr.Roots, root)
		for k := range int32(7) {
			tr.Feature = append(tr.Feature, r.Int32N(int32(len(in))))
			tr.Threshold = append(tr.Threshold, r.NormFloat64())
			tr.Flags = append(tr.Flags, plan.NodeFlags(false, r.IntN(2) == 0, plan.Missing(r.IntN(3))))
			tr.Cat = append(tr.Cat, 0)
			left, right := root+2*k+1, root+2*k+2
			if k >= 3 {
				left, right = ^(leaf + 2*(k-3)), ^(leaf + 2*(k-3) + 1)
			}
			tr.Left, tr.Right = append(tr.Left, left), append(tr.Right, right)
		}
		for range 8 {
			tr.Leaf = append(tr.Leaf, r.NormFloat64()/10)
		}
	}
	b := plan.NewBuilder(inputs...)
	line := b.Add(plan.Op{Kind: plan.OpLinear, In: in, Shift: plan.Floats{-0.5}, Coef: coef})
	raw := b.Add(plan.Op{Kind: plan.OpTrees, In: in, Trees: tr})
	for i, reg := range b.Add(plan.Op{Kind: plan.OpSigmoid, In: append(line, raw...)}) {
		b.Output([]string{"linear", "trees"}[i], reg)
	}
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func sameBits(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || (math.IsNaN(a) && math.IsNaN(b))
}

// The promise of the plan: a row scored alone and the same row in a batch give the same bits, through every family and a model, with nulls, with categories that
// training never met, and with dictionaries whose codes differ from batch to batch.
func TestRowAndBatchGiveTheSameBitsOn100000Rows(t *testing.T) {
	s := columns(t)
	train := flights(t, s, 20_000, 1, false)
	defer train.Close()
	fitted, err := usual(t).Fit(t.Context(), train)
	if err != nil {
		t.Fatal(err)
	}
	made, err := fitted.Output(s)
	if err != nil {
		t.Fatal(err)
	}
	model := modelPlan(t, made.Names())
	whole, err := plan.Chain(fitted.Plan(), model, made.Names())
	if err != nil {
		t.Fatal(err)
	}
	g, err := plan.Compile(whole)
	if err != nil {
		t.Fatal(err)
	}
	second, err := plan.Compile(model)
	if err != nil {
		t.Fatal(err)
	}
	test := flights(t, s, 100_000, 2, true)
	defer test.Close()

	scratch, row, values := g.NewRowScratch(), dataset.NewRow(s), make([]dataset.Value, len(whole.Inputs))
	total, missing := 0, 0
	for b, err := range test.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		n := b.NumRows()
		got := results(t, g, b, n)
		stepwise, err := features.Transform(t.Context(), fitted, b)
		if err != nil {
			t.Fatal(err)
		}
		inSteps := results(t, second, stepwise, n)
		stepwise.Release()
		for i := range n {
			if err := b.ReadRow(i, row); err != nil {
				t.Fatal(err)
			}
			for k, in := range whole.Inputs {
				values[k] = row.Values[s.Index(in.Name)]
				if values[k].IsMissing() {
					missing++
				}
			}
			g.Row(values, scratch)
			for k, o := range whole.Outputs {
				if one := g.Output(scratch, k); !sameBits(one, got[k][i]) {
					t.Fatalf("row %d, %s: %v alone, %v in a batch", total+i, o.Name, one, got[k][i])
				}
			}
			for k := range inSteps {
				if j := len(got) - len(inSteps) + k; !sameBits(inSteps[k][i], got[j][i]) {
					t.Fatalf("row %d, %s: %v in two steps, %v in one plan", total+i, whole.Outputs[j].Name, inSteps[k][i], got[j][i])
				}
			}
		}
		total += n
	}
	if total != 100_000 || missing < 10_000 {
		t.Errorf("%d rows with %d missing values, want 100000 rows with many", total, missing)
	}
	if n := testing.AllocsPerRun(100, func() { g.Row(values, scratch) }); n != 0 {
		t.Errorf("%v allocations a row, want 0", n)
	}
}

func results(t *testing.T, g *plan.Program, b dataset.Batch, n int) [][]float64 {
	t.Helper()
	out := make([][]float64, len(g.Plan().Outputs))
	for i := range out {
		out[i] = make([]float64, n)
	}
	if err := g.Batch(b, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// A category's numbers depend on its text alone, not on its code or encoding.
func TestEncodingOfTextDoesNotMatter(t *testing.T) {
	s := columns(t)
	train := flights(t, s, 5000, 3, false)
	defer train.Close()
	fitted, err := usual(t).Fit(t.Context(), train)
	if err != nil {
		t.Fatal(err)
	}
	g, err := plan.Compile(fitted.Plan())
	if err != nil {
		t.Fatal(err)
	}
	carrier := s.Index("carrier")
	for b, err := range train.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		texts, err := dataset.NewTexts(b.Column(carrier))
		if err != nil {
			t.Fatal(err)
		}
		plain := array.NewLargeStringBuilder(memory.DefaultAllocator)
		for i := range texts.Len() {
			if texts.IsNull(i) {
				plain.AppendNull()
			} else {
				plain.Append(texts.Value(i))
			}
		}
		all := make([]arrow.Array, s.Len())
		for j := range all {
			all[j] = b.Column(j)
		}
		all[carrier] = plain.NewArray()
		other, err := dataset.NewBatch(s, all, b.NumRows())
		if err != nil {
			t.Fatal(err)
		}
		want, got := results(t, g, b, b.NumRows()), results(t, g, other, b.NumRows())
		other.Release()
		for k := range want {
			for i := range want[k] {
				if !sameBits(want[k][i], got[k][i]) {
					t.Fatalf("row %d, %s: %v, want %v", i, fitted.Plan().Outputs[k].Name, got[k][i], want[k][i])
				}
			}
		}
	}
}
