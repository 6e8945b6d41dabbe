package interchange_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/alloc"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/interchange"
)

// regressionOf returns the model that predicts a register of a plan over the numbers x and y and the text z.
func regressionOf(t testing.TB, add func(b *plan.Builder) int32) *model.Planned {
	t.Helper()
	b := plan.NewBuilder(plan.Input{Name: "x", Kind: plan.Number}, plan.Input{Name: "y y", Kind: plan.Number}, plan.Input{Name: "z", Kind: plan.Text})
	r := add(b)
	b.Output(model.PredictionColumn, r)
	b.Output(model.RawColumn, r)
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	s, err := dataset.NewSchema(dataset.Field{Name: "x", Type: dataset.Float64}, dataset.Field{Name: "y y", Type: dataset.Float64}, dataset.Field{Name: "z", Type: dataset.Utf8})
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.NewPredictor(model.Problem{Task: model.Regression, Target: "t"}, s, dataset.Field{Name: "t", Type: dataset.Float64}, p)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// oneSplit is a tree with one split of its first column.
func oneSplit(flags byte) plan.Trees {
	return plan.Trees{
		Outputs: 1, Base: plan.Floats{0}, Roots: plan.Ints{0}, Feature: plan.Ints{0}, Threshold: plan.Floats{0}, Left: plan.Ints{-1}, Right: plan.Ints{-2},
		Flags: plan.Bytes{flags}, Cat: plan.Ints{0}, Leaf: plan.Floats{1, 2},
	}
}

func TestWhatAFormCannotSayIsRefusedByName(t *testing.T) {
	over := func(column int32, change func(*plan.Trees)) func(b *plan.Builder) int32 {
		return func(b *plan.Builder) int32 {
			trees := oneSplit(plan.NodeFlags(false, true, plan.MissingNaN))
			change(&trees)
			return b.Add(plan.Op{Kind: plan.OpTrees, In: plan.Ints{column}, Trees: &trees})[0]
		}
	}
	none := func(*plan.Trees) {}
	lookup := func(o plan.Op) func(b *plan.Builder) int32 {
		return func(b *plan.Builder) int32 {
			o.Kind, o.In = plan.OpLookup, plan.Ints{2}
			trees := oneSplit(plan.NodeFlags(false, true, plan.MissingNaN))
			return b.Add(plan.Op{Kind: plan.OpTrees, In: b.Add(o), Trees: &trees})[0]
		}
	}
	for name, c := range map[string]struct {
		add             func(b *plan.Builder) int32
		lightGBM, graph string // what the error names; empty where it is written
	}{
		"trees":          {over(0, none), "", ""},
		"spaces":         {over(1, none), `column "y y"`, ""},
		"float32":        {over(0, func(t *plan.Trees) { t.Float32 = true }), "sums in float32", ""},
		"mean":           {over(0, func(t *plan.Trees) { t.Aggregate = plan.Mean }), "what follows the mean", ""},
		"based mean":     {over(0, func(t *plan.Trees) { t.Aggregate, t.Base[0] = plan.Mean, 1 }), "a mean with a constant", ""},
		"least":          {over(0, func(t *plan.Trees) { t.Aggregate, t.BaseLast = plan.Min, true }), "or take their mean", "trees of which one is picked"},
		"equality":       {over(0, func(t *plan.Trees) { t.Flags[0] |= plan.FlagEqual }), "a comparison other than", ""},
		"shared leaf":    {over(0, func(t *plan.Trees) { t.Right[0] = -1 }), "below two parents", ""},
		"infinite leaf":  {over(0, func(t *plan.Trees) { t.Leaf[0] = math.Inf(1) }), "not finite", ""},
		"base":           {over(0, func(t *plan.Trees) { t.Base[0] = 0.1 }), "", ""},
		"texts":          {lookup(plan.Op{Values: []string{"a", "b"}, Unseen: -1}), "", ""},
		"other texts":    {lookup(plan.Op{Values: []string{"a"}, Unseen: 1}), "the step lookup", ""},
		"the empty text": {lookup(plan.Op{Values: []string{""}, Unseen: -1}), "", `a category "" of column "z"`},
		"linear": {func(b *plan.Builder) int32 {
			return b.Add(plan.Op{Kind: plan.OpLinear, In: plan.Ints{0}, Shift: plan.Floats{1}, Coef: plan.Floats{2}})[0]
		}, "a model without trees", ""},
		"constant": {func(b *plan.Builder) int32 { return b.Add(plan.Op{Kind: plan.OpConstant, Fill: plan.Floats{1}})[0] }, "a model without trees", ""},
		"dates": {func(b *plan.Builder) int32 {
			return b.Add(plan.Op{Kind: plan.OpDateParts, In: plan.Ints{0}, Parts: []plan.Part{plan.Year}})[0]
		}, "a model without trees", "the step date_parts"},
		"terms": {func(b *plan.Builder) int32 {
			return b.Add(plan.Op{Kind: plan.OpTerms, In: plan.Ints{2}, Count: 2, Terms: &plan.Terms{Least: 1, Most: 1}})[0]
		}, "a model without trees", "the step terms"},
		"graphs": {func(b *plan.Builder) int32 {
			return b.Add(plan.Op{Kind: plan.OpMap, In: plan.Ints{0}, Math: &plan.Math{Func: plan.FuncErf}})[0]
		}, "a model without trees", "the step map erf"},
		"an own link": {func(b *plan.Builder) int32 {
			trees := oneSplit(0)
			return b.Add(plan.Op{Kind: plan.OpSigmoid, In: b.Add(plan.Op{Kind: plan.OpExp, In: b.Add(plan.Op{Kind: plan.OpTrees, In: plan.Ints{0}, Trees: &trees})})})[0]
		}, "a link that no objective has", ""},
	} {
		m := regressionOf(t, c.add)
		for form, want := range map[string]string{"lightgbm": c.lightGBM, "onnx": c.graph} {
			write := map[string]func(io.Writer, *model.Planned) error{"lightgbm": interchange.WriteLightGBM, "onnx": interchange.WriteONNX}[form]
			var text bytes.Buffer
			var bad *model.UnsupportedError
			err := write(&text, m)
			if want == "" && err != nil {
				t.Errorf("%s %s: %v", form, name, err)
			}
			if want != "" && (!errors.As(err, &bad) || !strings.Contains(bad.Feature, want) || text.Len() > 0) {
				t.Errorf("%s %s: want %q, got %v", form, name, want, err)
			}
		}
	}
}

// A graph in which a zero is missing, or a category a fraction, needs steps before the trees; the reader of graphs says the same as the trees.
func TestWrittenNodesMeanTheSame(t *testing.T) {
	numbers := []float64{math.NaN(), 0, math.Copysign(0, -1), 1e-36, -1e-36, 1e-34, -1e-34, 0.5, -0.5, 1, 1.5, 2, 7.9, 31, 32, 33, 64.2, -1, -3, 1e300, -1e300, math.Inf(1), math.Inf(-1)}
	for name, m := range nodes(t) {
		var file, text bytes.Buffer
		if err := errors.Join(interchange.WriteONNX(&file, m), interchange.WriteLightGBM(&text, m)); err != nil {
			t.Fatal(err)
		}
		graph, err := interchange.ONNX(&file, interchange.ONNXOptions{Schema: m.Signature().Input})
		if err != nil {
			t.Fatal(err)
		}
		again, err := interchange.LightGBM(&text, interchange.LightGBMOptions{Schema: m.Signature().Input})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range numbers {
			want := predictionAt(m, x)
			if a, b := predictionAt(graph, x), predictionAt(again, x); a != want || b != want {
				t.Errorf("%s, x %g: want %g, got %g from ONNX and %g from LightGBM", name, x, want, a, b)
			}
		}
	}
}

// nodes returns models of one node each: every kind of node, at several thresholds.
func nodes(t testing.TB) map[string]*model.Planned {
	t.Helper()
	out := map[string]*model.Planned{}
	for _, threshold := range []float64{-1, 0, 1, math.MaxFloat64} {
		for flags := range byte(12) {
			trees := oneSplit(flags)
			trees.Threshold[0], trees.Words = threshold, plan.Words{2, 1<<31 | 5, 2}
			name := fmt.Sprintf("node_%d_%g", flags, threshold)
			out[name] = regressionOf(t, func(b *plan.Builder) int32 {
				return b.Add(plan.Op{Kind: plan.OpTrees, In: plan.Ints{0}, Trees: &trees})[0]
			})
		}
	}
	return out
}

// predictionAt returns the prediction for x in the column x.
func predictionAt(m *model.Planned, x float64) float64 {
	row := dataset.NewRow(m.Signature().Input)
	for i := range row.Values {
		row.Values[i] = dataset.NumberValue(0)
		if row.Schema.Field(i).Type.IsText() {
			row.Values[i] = dataset.TextValue("a")
		}
	}
	row.Values[row.Schema.Index("x")] = dataset.NumberValue(x)
	var out model.Output
	m.NewRowScorer().Score(row, &out)
	return out.Prediction.Number
}

// FuzzWrite checks that what was read is written in both forms without a panic, or refused by name, and that LightGBM's form reads back with the same scores.
func FuzzWrite(f *testing.F) {
	f.Add(stump)
	f.Add(shares)
	for _, name := range []string{"multiclass", "rf", "zero_as_missing"} {
		s := text(f, name)
		f.Add(s[:strings.Index(s, "end of trees")+len("end of trees")])
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := interchange.LightGBM(strings.NewReader(s), interchange.LightGBMOptions{MaxBytes: 1 << 18})
		if err != nil {
			return
		}
		var file, text bytes.Buffer
		if over := alloc.Bound(64<<20+2000*len(s), func() {
			file.Reset()
			text.Reset()
			if err = interchange.WriteONNX(&file, m); err == nil || errors.Is(err, model.ErrUnsupported) {
				err = interchange.WriteLightGBM(&text, m)
			}
		}); over != nil {
			t.Fatal(over)
		}
		if errors.Is(err, model.ErrUnsupported) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		again, err := interchange.LightGBM(&text, interchange.LightGBMOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range []float64{math.NaN(), 0, 1, -1e9, 3.5} {
			var want, got model.Output
			row := dataset.NewRow(m.Signature().Input)
			for i := range row.Values {
				row.Values[i] = dataset.NumberValue(x)
			}
			m.NewRowScorer().Score(row, &want)
			again.NewRowScorer().Score(row, &got)
			if fmt.Sprint(want) != fmt.Sprint(got) {
				t.Errorf("at %g: want %v, got %v", x, want, got)
			}
		}
	})
}

// A model leaves as a graph and comes back.
func ExampleWriteONNX() {
	file, err := os.Open("testdata/lgb_binary.txt")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	m, err := interchange.LightGBM(file, interchange.LightGBMOptions{Classes: []string{"stays", "leaves"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	var graph bytes.Buffer
	if err := interchange.WriteONNX(&graph, m); err != nil {
		fmt.Println(err)
		return
	}
	again, err := interchange.ONNX(&graph, interchange.ONNXOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range []*model.Planned{m, again} {
		row := dataset.NewRow(m.Signature().Input)
		row.Values[row.Schema.Index("age")] = dataset.NumberValue(1.5)
		row.Values[row.Schema.Index("shop")] = dataset.NumberValue(2)
		var out model.Output
		m.NewRowScorer().Score(row, &out)
		fmt.Printf("%s %.3f\n", out.Prediction.Text, out.Probability)
	}
	// Output:
	// leaves [0.305 0.695]
	// leaves [0.305 0.695]
}
