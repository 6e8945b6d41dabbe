package model_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/decimal128"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
)

// logit is the plan of a binary model of x whose log odds are x itself.
func logit(t *testing.T) *plan.Plan {
	t.Helper()
	b := plan.NewBuilder(plan.Input{Name: "x", Kind: plan.Number})
	raw := b.Add(plan.Op{Kind: plan.OpLinear, In: plan.Ints{0}, Coef: plan.Floats{1}, Shift: plan.Floats{0}})
	p := b.Add(plan.Op{Kind: plan.OpComplement, In: b.Add(plan.Op{Kind: plan.OpSigmoid, In: raw})})
	b.Output(model.PredictionColumn, b.Add(plan.Op{Kind: plan.OpArgmax, In: p})[0])
	b.Output(model.ProbabilityColumn, p[0])
	b.Output(model.ProbabilityColumn, p[1])
	b.Output(model.RawColumn, raw[0])
	return must[*plan.Plan](t)(b.Build())
}

// double is the plan of a regression of x whose prediction is 2x.
func double(t *testing.T) *plan.Plan {
	t.Helper()
	b := plan.NewBuilder(plan.Input{Name: "x", Kind: plan.Number})
	b.Output(model.PredictionColumn, b.Add(plan.Op{Kind: plan.OpLinear, In: plan.Ints{0}, Coef: plan.Floats{2}, Shift: plan.Floats{0}})[0])
	return must[*plan.Plan](t)(b.Build())
}

func number(t *testing.T) *dataset.Schema {
	t.Helper()
	return must[*dataset.Schema](t)(dataset.NewSchema(
		dataset.Field{Name: "y", Type: dataset.Bool}, dataset.Field{Name: "x", Type: dataset.Float64, Nullable: true, Unit: "m"}))
}

type point struct {
	X *float64 `ml:"name=x"`
}

func points(t *testing.T, values ...float64) dataset.Source {
	t.Helper()
	rows := make([]point, len(values))
	for i := range values {
		rows[i].X = &values[i]
	}
	return source(t, rows...)
}

// predict returns the answers to the first batch of src.
func predict(t *testing.T, p model.Predictor, src dataset.Source) dataset.Batch {
	t.Helper()
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		out := must[dataset.Batch](t)(p.Predict(t.Context(), b))
		t.Cleanup(out.Release)
		return out
	}
	t.Fatal("no batch")
	return dataset.Batch{}
}

func TestPredictionsHaveTheTargetsType(t *testing.T) {
	binary := func(classes ...string) model.Problem {
		return model.Problem{Task: model.Binary, Target: "y", Classes: classes}
	}
	scaled := &arrow.Decimal128Type{Precision: 5, Scale: 2}
	for _, c := range []struct {
		target  dataset.Type
		problem model.Problem
		want    string // of x = -1 and 1
		as      dataset.Type
	}{
		{dataset.Bool, binary("false", "true"), "[false true]", dataset.Bool},
		{dataset.Int32, binary("-7", "9"), "[-7 9]", dataset.Int32},
		{dataset.Uint64, binary("0", "9007199254740992"), "[0 9007199254740992]", dataset.Uint64},
		{dataset.Float64, binary("0.5", "100"), "[0.5 100]", dataset.Float64},
		{dataset.Float32, binary("0.10000000149011612", "1"), "[0.1 1]", dataset.Float32},
		{dataset.Utf8, binary("no", "yes"), `["no" "yes"]`, dataset.Utf8},
		{dataset.Dictionary, binary("no", "yes"), `["no" "yes"]`, dataset.Utf8},
		{dataset.LargeUtf8, binary("no", "yes"), `["no" "yes"]`, dataset.Utf8},
		{dataset.Date32, binary("0", "19000"), "[1970-01-01 2022-01-08]", dataset.Date32},
		{dataset.TimeUTC, binary("0", "1000000"), "[1970-01-01 00:00:00Z 1970-01-01 00:00:01Z]", dataset.TimeUTC},
		{dataset.Decimal128(5, 2), binary("0.1", "1.25"), "", dataset.Decimal128(5, 2)},
	} {
		p, err := model.NewPredictor(c.problem, number(t), dataset.Field{Name: "y", Type: c.target, Unit: "m"}, logit(t))
		if err != nil {
			t.Errorf("%s: %v", c.target, err)
			continue
		}
		out := predict(t, p, points(t, -1, 1))
		if f := out.Schema().Field(0); f.Type != c.as || f.Unit != "" {
			t.Errorf("%s: the prediction has type %s", c.target, f.Type)
		}
		if d, ok := out.Column(0).(*array.Decimal128); ok {
			for i, v := range []float64{0.1, 1.25} {
				if want := must[decimal128.Num](t)(decimal128.FromFloat64(v, scaled.Precision, scaled.Scale)); d.Value(i) != want {
					t.Errorf("%s: row %d is %v, want %v", c.target, i, d.Value(i), want)
				}
			}
		} else if got := texts(out.Column(0)); got != c.want {
			t.Errorf("%s: got %s, want %s", c.target, got, c.want)
		}
	}
	p := must[*model.Planned](t)(model.NewPredictor(model.Problem{Task: model.Regression, Target: "y"}, number(t), dataset.Field{Name: "y", Type: dataset.Int64, Unit: "m"}, double(t)))
	out := predict(t, p, points(t, 1.25, -3))
	if got, f := texts(out.Column(0)), out.Schema().Field(0); got != "[2.5 -6]" || f.Type != dataset.Float64 || f.Unit != "m" || out.Schema().Len() != 1 {
		t.Errorf("regression: got %s of type %s and unit %q", got, f.Type, f.Unit)
	}
}

// texts writes a column; text in quotes.
func texts(c arrow.Array) string {
	out := make([]string, c.Len())
	for i := range out {
		out[i] = c.ValueStr(i)
		if c.DataType().ID() == arrow.STRING {
			out[i] = `"` + out[i] + `"`
		}
	}
	return "[" + strings.Join(out, " ") + "]"
}

func TestAClassThatTheTypeCannotHoldIsRefused(t *testing.T) {
	for _, c := range []struct {
		t     dataset.Type
		class string
	}{
		{dataset.Bool, "yes"},
		{dataset.Int8, "300"},
		{dataset.Uint8, "-1"},
		{dataset.Float64, "many"},
		{dataset.Date32, "2022-01-08"},
		{dataset.TimeUTC, "noon"},
		{dataset.Decimal128(3, 1), "1000"},
		{dataset.Binary, "1"},
	} {
		problem := model.Problem{Task: model.Binary, Target: "y", Classes: []string{c.class, "1"}}
		p, err := model.NewPredictor(problem, number(t), dataset.Field{Name: "y", Type: c.t}, logit(t))
		if !errors.Is(err, model.ErrTarget) || p != nil {
			t.Errorf("%s: got error %v, want model.ErrTarget alone", c.t, err)
		}
	}
}

func TestSignatureAndProblem(t *testing.T) {
	problem := model.Problem{Task: model.Binary, Target: "y", Classes: []string{"no", "yes"}}
	p := must[*model.Planned](t)(model.NewPredictor(problem, number(t), dataset.Field{Name: "y", Type: dataset.Utf8}, logit(t)))
	problem.Classes[0] = "changed"
	p.Problem().Classes[1] = "changed"
	if got := p.Problem().Classes; !slices.Equal(got, []string{"no", "yes"}) {
		t.Errorf("the classes of a predictor became %q", got)
	}
	if in := p.Signature().Input; !slices.Equal(in.Names(), []string{"x"}) || in.Field(0).Unit != "m" {
		t.Errorf("input %q, want x with its rules", in.Names())
	}
	out := p.Signature().Output
	if !slices.Equal(out.Names(), []string{"prediction", "probability", "raw"}) || !slices.Equal(out.Field(0).OneOf, []string{"no", "yes"}) ||
		out.Field(1).Type != dataset.FixedSizeList(dataset.Float64, 2) || out.Field(2).Type != dataset.FixedSizeList(dataset.Float64, 1) {
		t.Errorf("output %q of types %s, %s", out.Names(), out.Field(1).Type, out.Field(2).Type)
	}
}

func TestNewPredictorRefuses(t *testing.T) {
	target := dataset.Field{Name: "y", Type: dataset.Utf8}
	outputs := func(names ...string) *plan.Plan {
		b := plan.NewBuilder(plan.Input{Name: "x", Kind: plan.Number})
		for _, n := range names {
			b.Output(n, 0)
		}
		return must[*plan.Plan](t)(b.Build())
	}
	two := []string{"no", "yes"}
	for name, c := range map[string]struct {
		classes []string
		plan    *plan.Plan
	}{
		"no output":                     {nil, &plan.Plan{Version: plan.Version, Inputs: []plan.Input{{Name: "x", Kind: plan.Number}}}},
		"no prediction":                 {two, outputs("probability", "probability")},
		"the prediction not first":      {nil, outputs("raw", "prediction")},
		"two predictions":               {nil, outputs("prediction", "prediction")},
		"one probability of two":        {two, outputs("prediction", "probability")},
		"probabilities of a regression": {nil, outputs("prediction", "probability", "probability")},
		"raw before probability":        {two, outputs("prediction", "raw", "probability", "probability")},
		"another output":                {nil, outputs("prediction", "score")},
		"not a plan":                    {nil, &plan.Plan{Version: 99}},
	} {
		p, err := model.NewPredictor(model.Problem{Target: "y", Classes: c.classes}, number(t), target, c.plan)
		if err == nil || p != nil {
			t.Errorf("%s: got a predictor, %v, or no error", name, p)
		}
	}
	texts := must[*dataset.Schema](t)(dataset.NewSchema(dataset.Field{Name: "x", Type: dataset.Utf8}))
	other := must[*dataset.Schema](t)(dataset.NewSchema(dataset.Field{Name: "z", Type: dataset.Float64}))
	for name, s := range map[string]*dataset.Schema{"a text for a number": texts, "an absent column": other} {
		if _, err := model.NewPredictor(model.Problem{Target: "y"}, s, target, double(t)); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%s: got error %v, want dataset.ErrSchema", name, err)
		}
	}
}

func TestPredictRefusesOtherUnitsOfTime(t *testing.T) {
	p := must[*model.Planned](t)(model.NewPredictor(model.Problem{Task: model.Regression, Target: "y"}, number(t), dataset.Field{Name: "y", Type: dataset.Float64}, double(t)))
	type row struct {
		X int32 `ml:"name=x"`
	}
	if out := predict(t, p, source(t, row{4})); texts(out.Column(0)) != "[8]" {
		t.Error("an integer does not read as a number")
	}
	for _, typ := range []dataset.Type{dataset.Date32, dataset.TimeUTC, dataset.Utf8} {
		s := must[*dataset.Schema](t)(dataset.NewSchema(dataset.Field{Name: "x", Type: typ}))
		b := array.NewRecordBuilder(memory.DefaultAllocator, s.Arrow())
		defer b.Release()
		rec := b.NewRecord()
		defer rec.Release()
		in := must[dataset.Batch](t)(dataset.FromRecord(rec, s))
		if _, err := p.Predict(t.Context(), in); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("a column of type %s: got error %v, want dataset.ErrSchema", typ, err)
		}
	}
}

func TestARowWithoutAnAnswer(t *testing.T) {
	problem := model.Problem{Task: model.Binary, Target: "y", Classes: []string{"no", "yes"}}
	p := must[*model.Planned](t)(model.NewPredictor(problem, number(t), dataset.Field{Name: "y", Type: dataset.Utf8}, logit(t)))
	out := predict(t, p, points(t, 1, math.NaN(), -1))
	if c := out.Column(0); c.NullN() != 1 || !c.IsNull(1) || texts(c) != `["yes" "(null)" "no"]` {
		t.Errorf("got %s, want a null for the row that is NaN", texts(c))
	}
	var o model.Output
	s, row := p.NewRowScorer(), dataset.NewRow(p.Signature().Input)
	for _, v := range []dataset.Value{{}, dataset.NumberValue(math.NaN())} {
		row.Values[0] = v
		s.Score(row, &o)
		if o.Class != -1 || o.Prediction.Valid || !math.IsNaN(o.Probability[0]) || !math.IsNaN(o.Raw[0]) {
			t.Errorf("missing x: class %d, prediction %v, probability %v", o.Class, o.Prediction, o.Probability)
		}
	}
	row.Values[0] = dataset.NumberValue(2)
	if s.Score(row, &o); o.Class != 1 || o.Prediction.Text != "yes" || o.Raw[0] != 2 {
		t.Errorf("after a row without an answer: class %d, prediction %v", o.Class, o.Prediction)
	}
	regression := must[*model.Planned](t)(model.NewPredictor(model.Problem{Task: model.Regression, Target: "y"}, number(t), dataset.Field{Name: "y", Type: dataset.Float64}, double(t)))
	if got := texts(predict(t, regression, points(t, math.NaN(), 1)).Column(0)); got != "[NaN 2]" {
		t.Errorf("regression: got %s", got)
	}
	// A plan may put out an index that is none of the classes.
	b := plan.NewBuilder(plan.Input{Name: "x", Kind: plan.Number})
	half := b.Add(plan.Op{Kind: plan.OpConstant, Fill: plan.Floats{0.5}})
	b.Output(model.PredictionColumn, 0)
	b.Output(model.ProbabilityColumn, half[0])
	b.Output(model.ProbabilityColumn, half[0])
	odd := must[*model.Planned](t)(model.NewPredictor(problem, number(t), dataset.Field{Name: "y", Type: dataset.Utf8}, must[*plan.Plan](t)(b.Build())))
	if got := texts(predict(t, odd, points(t, -1, 0, 1, 2, math.Inf(1), math.NaN())).Column(0)); got != `["(null)" "no" "yes" "(null)" "(null)" "(null)"]` {
		t.Errorf("an index that is no class: got %s", got)
	}
}

func TestATieGoesToTheFirstClass(t *testing.T) {
	problem := model.Problem{Task: model.Binary, Target: "y", Classes: []string{"no", "yes"}}
	p := must[*model.Planned](t)(model.NewPredictor(problem, number(t), dataset.Field{Name: "y", Type: dataset.Utf8}, logit(t)))
	if got := texts(predict(t, p, points(t, 0)).Column(0)); got != `["no"]` {
		t.Errorf("got %s at a probability of one half", got)
	}
}

func TestRowScorerAllocatesNothingAndAgrees(t *testing.T) {
	for name, c := range map[string]struct {
		problem model.Problem
		plan    *plan.Plan
		t       dataset.Type
	}{
		"text":       {model.Problem{Task: model.Binary, Target: "y", Classes: []string{"no", "yes"}}, logit(t), dataset.Utf8},
		"bool":       {model.Problem{Task: model.Binary, Target: "y", Classes: []string{"false", "true"}}, logit(t), dataset.Bool},
		"regression": {model.Problem{Task: model.Regression, Target: "y"}, double(t), dataset.Float64},
	} {
		p := must[*model.Planned](t)(model.NewPredictor(c.problem, number(t), dataset.Field{Name: "y", Type: c.t}, c.plan))
		values := []float64{-700, -1e-300, 0, 0.1, 36.7, 709}
		out := predict(t, p, points(t, values...))
		s, row := p.NewRowScorer(), dataset.NewRow(p.Signature().Input)
		whole := dataset.NewRow(out.Schema())
		var o model.Output
		for i, x := range values {
			row.Values[0] = dataset.NumberValue(x)
			if n := testing.AllocsPerRun(100, func() { s.Score(row, &o) }); n != 0 {
				t.Errorf("%s: %v allocations a row", name, n)
			}
			if err := out.ReadRow(i, whole); err != nil {
				t.Fatal(err)
			}
			want := whole.Values[0]
			if c.t == dataset.Bool {
				want.Text = model.ClassText(c.t, want.Number)
			}
			if o.Prediction != want {
				t.Errorf("%s, x = %v: got %v, want %v", name, x, o.Prediction, want)
			}
			if len(o.Probability) == 0 {
				continue
			}
			list, ok := out.Column(1).(*array.FixedSizeList)
			if !ok {
				t.Fatalf("probability is a %T", out.Column(1))
			}
			for k, v := range o.Probability {
				if batch := list.ListValues().(*array.Float64).Value(2*i + k); math.Float64bits(v) != math.Float64bits(batch) {
					t.Errorf("%s, x = %v: probability %v, in a batch %v", name, x, v, batch)
				}
			}
		}
	}
}

func TestPredictHonoursItsContext(t *testing.T) {
	p := must[*model.Planned](t)(model.NewPredictor(model.Problem{Task: model.Regression, Target: "y"}, number(t), dataset.Field{Name: "y", Type: dataset.Float64}, double(t)))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for b, err := range points(t, 1).Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if out, err := p.Predict(ctx, b); !errors.Is(err, context.Canceled) || !out.IsZero() {
			t.Errorf("got error %v, want context.Canceled and no batch", err)
		}
	}
}
