package plan_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/alloc"
	"github.com/tidewheel/tidewheel/internal/plan"
)

func TestRowAllocatesNothing(t *testing.T) {
	g := compile(t, everything(t))
	s := g.NewRowScratch()
	in := []dataset.Value{dataset.TextValue("x"), dataset.NumberValue(1), {}}
	sum := 0.0
	if n := testing.AllocsPerRun(100, func() {
		g.Row(in, s)
		sum += g.Output(s, 0)
	}); n != 0 {
		t.Errorf("%v allocations a row, want 0", n)
	}
}

func TestBatchWithoutRows(t *testing.T) {
	g := compile(t, build(t, 1, plan.Op{Kind: plan.OpMissing}))
	b := batch(t, []float64{})
	defer b.Release()
	if got := run(t, g, b); len(got[0]) != 0 {
		t.Errorf("%d rows, want none", len(got[0]))
	}
}

func TestBatchNamesTheColumnThatDoesNotFit(t *testing.T) {
	number := compile(t, build(t, 1, plan.Op{Kind: plan.OpMissing}))
	text := compile(t, build(t, 0, plan.Op{Kind: plan.OpLookup, Values: []string{"v"}}))
	column := texts(t, []string{"v"})["utf8"]
	words := newBatch(t, 1, []dataset.Field{{Name: "a", Type: dataset.Utf8}}, []arrow.Array{column})
	defer words.Release()
	b := batch(t, []float64{1})
	defer b.Release()
	for name, c := range map[string]struct {
		g *plan.Program
		b dataset.Batch
	}{"a column that is not there": {text, b}, "text for a number": {number, words}} {
		out := [][]float64{make([]float64, 1)}
		if err := c.g.Batch(c.b, out); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%s: got error %v, want dataset.ErrSchema", name, err)
		}
	}
}

// Rows that are no batch, more of them than one chunk holds, score to the bits of the row entrance.
func TestColumnsEqualRows(t *testing.T) {
	const n = 600
	g := compile(t, everything(t))
	r := rand.New(rand.NewPCG(15, 16))
	words := make([]dataset.Value, n)
	for i := range words {
		words[i] = []dataset.Value{{}, dataset.TextValue("x"), dataset.TextValue(""), dataset.TextValue("unseen")}[r.IntN(4)]
	}
	columns := []plan.Column{{Texts: words}, {Numbers: values(r, n)}, {Numbers: values(r, n)}}
	got := make([][]float64, len(g.Plan().Outputs))
	for i := range got {
		got[i] = make([]float64, n)
	}
	g.Columns(columns, n, got)
	for i := range n {
		for j, want := range row(g, words[i], dataset.NumberValue(columns[1].Numbers[i]), dataset.NumberValue(columns[2].Numbers[i])) {
			if !same(got[j][i], want) {
				t.Errorf("row %d, output %d: %v, alone %v", i, j, got[j][i], want)
			}
		}
	}
	g.Columns([]plan.Column{{}, {}, {}}, 0, make([][]float64, len(got)))
}

// A plan with very many registers runs in smaller chunks, to the same bits.
func TestWidePlan(t *testing.T) {
	const width, n = 100_000, 300
	b := plan.NewBuilder(plan.Input{Name: "a", Kind: plan.Number})
	hot := b.Add(plan.Op{Kind: plan.OpOneHot, In: plan.Ints{0}, Count: width, Null: -1})
	b.Output("last", hot[width-1])
	b.Output("seven", hot[7])
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, n)
	x[40], x[41], x[299] = 7, width-1, 7
	in := batch(t, x)
	defer in.Release()
	got := run(t, compile(t, p), in)
	for i := range n {
		if (got[0][i] == 1) != (x[i] == width-1) || (got[1][i] == 1) != (x[i] == 7) {
			t.Errorf("row %d of %v: %v and %v", i, x[i], got[0][i], got[1][i])
		}
	}
}

// FuzzDecode: no text makes Decode, Compile, Row or Batch panic, and what decodes has one text form.
func FuzzDecode(f *testing.F) {
	f.Add(encode(f, everything(f)))
	for _, c := range formulas {
		f.Add(encode(f, build(f, c.inputs, c.op)))
	}
	f.Add(encode(f, build(f, 1, plan.Op{Kind: plan.OpDateParts, Parts: []plan.Part{plan.YearDay, plan.Weekday}})))
	f.Add([]byte(`{"tidewheel.plan":1}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var p *plan.Plan
		var err error
		if over := alloc.Bound(1<<20+2000*len(text), func() { p, err = plan.Decode(text) }); over != nil {
			t.Fatal(over)
		}
		if err != nil {
			if !errors.Is(err, plan.ErrInvalid) {
				t.Fatalf("got error %v, want plan.ErrInvalid", err)
			}
			return
		}
		canonical := encode(t, p)
		back, err := plan.Decode(canonical)
		if err != nil {
			t.Fatalf("its own text is refused: %v", err)
		}
		if again := encode(t, back); string(again) != string(canonical) {
			t.Fatal("two text forms of one plan")
		}
		g := compile(t, p)
		for _, x := range []float64{nan, inf, -inf, 0, -1, 1e300, 3, 1 << 40} {
			in := make([]dataset.Value, len(p.Inputs))
			for i := range in {
				in[i] = dataset.Value{Valid: true, Number: x, Text: "x"}
			}
			row(g, in...)
		}
		row(g, make([]dataset.Value, len(p.Inputs))...)
	})
}

func benchmarkForest(b *testing.B) (*plan.Program, [][]float64) {
	b.Helper()
	r := rand.New(rand.NewPCG(11, 12))
	const features = 20
	_, tr := forest(r, 100, features, 1)
	for i := range tr.Flags { // as boosting on numbers emits them
		tr.Flags[i] = plan.NodeFlags(false, i%2 == 0, plan.MissingNaN)
	}
	columns := make([][]float64, features)
	for j := range columns {
		columns[j] = values(r, 8192)
	}
	return compile(b, build(b, features, plan.Op{Kind: plan.OpTrees, Trees: tr})), columns
}

func BenchmarkBatchTrees(b *testing.B) {
	g, columns := benchmarkForest(b)
	in := batch(b, columns...)
	defer in.Release()
	out := [][]float64{make([]float64, in.NumRows())}
	b.SetBytes(int64(8 * in.NumRows() * len(columns)))
	b.ReportAllocs()
	for b.Loop() {
		if err := g.Batch(in, out); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRowTrees(b *testing.B) {
	g, columns := benchmarkForest(b)
	s := g.NewRowScratch()
	in := make([]dataset.Value, len(columns))
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		for j := range in {
			in[j] = dataset.NumberValue(columns[j][i%8192])
		}
		g.Row(in, s)
		i++
	}
}

func BenchmarkRowEverything(b *testing.B) {
	g := compile(b, everything(b))
	s := g.NewRowScratch()
	in := []dataset.Value{dataset.TextValue("x"), dataset.NumberValue(1), dataset.NumberValue(1e15)}
	b.ReportAllocs()
	for b.Loop() {
		g.Row(in, s)
	}
}

func BenchmarkDecode(b *testing.B) {
	r := rand.New(rand.NewPCG(13, 14))
	_, tr := forest(r, 500, 20, 1)
	text := encode(b, build(b, 20, plan.Op{Kind: plan.OpTrees, Trees: tr}))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := plan.Decode(text); err != nil {
			b.Fatal(err)
		}
	}
}
