package plan_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// everything is a plan with every operation: a text t, a number a and a timestamp b.
func everything(t testing.TB) *plan.Plan {
	t.Helper()
	b := plan.NewBuilder(plan.Input{Name: "t", Kind: plan.Text}, plan.Input{Name: "a", Kind: plan.Number}, plan.Input{Name: "b", Kind: plan.Number})
	code := b.Add(plan.Op{Kind: plan.OpLookup, In: plan.Ints{0}, Values: []string{"<é>", "", "x"}, Unseen: -1})
	hot := b.Add(plan.Op{Kind: plan.OpOneHot, In: code, Count: 4, Null: 3})
	gone := b.Add(plan.Op{Kind: plan.OpMissing, In: plan.Ints{1}})
	filled := b.Add(plan.Op{Kind: plan.OpImpute, In: plan.Ints{1}, Fill: plan.Floats{0.1}})
	scaled := b.Add(plan.Op{Kind: plan.OpAffine, In: filled, Shift: plan.Floats{1. / 3}, Scale: plan.Floats{1e-3}})
	parts := b.Add(plan.Op{Kind: plan.OpDateParts, In: plan.Ints{2}, Parts: []plan.Part{plan.Month, plan.Hour}, Micros: true})
	one := b.Add(plan.Op{Kind: plan.OpConstant, Fill: plan.Floats{1}})
	all := append(append(append(append(append(plan.Ints{}, hot...), gone...), scaled...), parts...), one...)
	line := b.Add(plan.Op{Kind: plan.OpLinear, In: all, Shift: plan.Floats{0.5}, Coef: plan.Floats{1, 2, 3, 4, 5, 6, 7, 8, 9}})
	r := rand.New(rand.NewPCG(9, 10))
	_, tr := forest(r, 9, len(all), 3)
	raw := b.Add(plan.Op{Kind: plan.OpTrees, In: all, Trees: tr})
	soft := b.Add(plan.Op{Kind: plan.OpSoftmax, In: raw})
	p := b.Add(plan.Op{Kind: plan.OpSigmoid, In: line})
	two := b.Add(plan.Op{Kind: plan.OpComplement, In: p})
	b.Output("class", b.Add(plan.Op{Kind: plan.OpArgmax, In: soft})[0])
	b.Output("exp", b.Add(plan.Op{Kind: plan.OpExp, In: raw[:1]})[0])
	for i, reg := range append(append(plan.Ints{}, soft...), two...) {
		b.Output(fmt.Sprintf("probability %d", i), reg)
	}
	known := b.Add(plan.Op{Kind: plan.OpTerms, In: plan.Ints{0}, Values: []string{"<é>", "unseen"}, Scale: plan.Floats{1, 0.3}, Terms: &plan.Terms{Least: 1, Most: 2, Lower: true, Sublinear: true, Norm: 2}})
	hashed := b.Add(plan.Op{Kind: plan.OpTerms, In: plan.Ints{0}, Count: 3, Terms: &plan.Terms{Least: 1, Most: 1, Signed: true}})
	for i, reg := range append(known, hashed...) {
		b.Output(fmt.Sprintf("term %d", i), reg)
	}
	out, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func encode(t testing.TB, p *plan.Plan) []byte {
	t.Helper()
	text, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestThePlanSurvivesItsTextForm(t *testing.T) {
	p := everything(t)
	text := encode(t, p)
	back, err := plan.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	if again := encode(t, back); !bytes.Equal(text, again) {
		t.Errorf("the text of a decoded plan differs:\n%s\n%s", text, again)
	}
	g, h := compile(t, p), compile(t, back)
	for _, s := range []string{"x", "", "<é>", "never met"} {
		in := []dataset.Value{dataset.TextValue(s), dataset.NumberValue(0.7), dataset.NumberValue(1e15)}
		a, b := row(g, in...), row(h, in...)
		for i := range a {
			if !same(a[i], b[i]) {
				t.Errorf("output %d of %q: %v and, after decoding, %v", i, s, a[i], b[i])
			}
		}
	}
	if bytes.Contains(text, []byte("\n")) || !bytes.Contains(text, []byte("<é>")) {
		t.Error("want one line, and texts as they are")
	}
}

func b64(b ...byte) string { return base64.StdEncoding.EncodeToString(b) }

func TestDecodeIsStrict(t *testing.T) {
	zero := b64(0, 0, 0, 0)
	op := func(s string) string {
		return `{"tidewheel.plan":1,"inputs":[{"name":"a","kind":"number"},{"name":"t","kind":"text"}],"ops":[` + s + `],"outputs":[]}`
	}
	tree := func(s string) string {
		return op(`{"op":"trees","in":"` + zero + `","trees":{"outputs":1,"base":"` + b64(make([]byte, 8)...) + `",` + s + `}}`)
	}
	float := b64(make([]byte, 8)...)
	for name, text := range map[string]string{
		"nothing":                     ``,
		"null":                        `null`,
		"a list":                      `[]`,
		"no version":                  `{}`,
		"another version":             `{"tidewheel.plan":2}`,
		"an unknown key":              `{"tidewheel.plan":1,"code":"x"}`,
		"an unknown key of an op":     op(`{"op":"missing","in":"` + zero + `","code":"x"}`),
		"more behind":                 `{"tidewheel.plan":1} {}`,
		"cut short":                   `{"tidewheel.plan":1,"inputs":[`,
		"an input twice":              `{"tidewheel.plan":1,"inputs":[{"name":"a","kind":"number"},{"name":"a","kind":"number"}]}`,
		"an input of no kind":         `{"tidewheel.plan":1,"inputs":[{"name":"a"}]}`,
		"an output of no register":    `{"tidewheel.plan":1,"outputs":[{"name":"a","register":0}]}`,
		"a negative output":           `{"tidewheel.plan":1,"inputs":[{"name":"a","kind":"number"}],"outputs":[{"name":"a","register":-1}]}`,
		"a text put out":              `{"tidewheel.plan":1,"inputs":[{"name":"a","kind":"text"}],"outputs":[{"name":"a","register":0}]}`,
		"an unknown op":               op(`{"op":"exec","in":"` + zero + `"}`),
		"an op without input":         op(`{"op":"missing","in":""}`),
		"a register too high":         op(`{"op":"missing","in":"` + b64(2, 0, 0, 0) + `"}`),
		"a negative register":         op(`{"op":"missing","in":"` + b64(255, 255, 255, 255) + `"}`),
		"a number of text":            op(`{"op":"missing","in":"` + b64(1, 0, 0, 0) + `"}`),
		"a lookup of a number":        op(`{"op":"lookup","in":"` + zero + `","values":["a"]}`),
		"a value twice":               op(`{"op":"lookup","in":"` + b64(1, 0, 0, 0) + `","values":["a","a"]}`),
		"unseen too high":             op(`{"op":"lookup","in":"` + b64(1, 0, 0, 0) + `","values":["a"],"unseen":2}`),
		"terms of a number":           op(`{"op":"terms","in":"` + zero + `","count":1,"terms":{"least":1,"most":1}}`),
		"terms without parameters":    op(`{"op":"terms","in":"` + b64(1, 0, 0, 0) + `","count":1}`),
		"no terms":                    op(`{"op":"terms","in":"` + b64(1, 0, 0, 0) + `","terms":{"least":1,"most":1}}`),
		"a term twice":                op(`{"op":"terms","in":"` + b64(1, 0, 0, 0) + `","values":["a","a"],"terms":{"least":1,"most":1}}`),
		"terms and places":            op(`{"op":"terms","in":"` + b64(1, 0, 0, 0) + `","values":["a"],"count":1,"terms":{"least":1,"most":1}}`),
		"signed terms":                op(`{"op":"terms","in":"` + b64(1, 0, 0, 0) + `","values":["a"],"terms":{"least":1,"most":1,"signed":true}}`),
		"terms of no words":           op(`{"op":"terms","in":"` + b64(1, 0, 0, 0) + `","count":1,"terms":{"least":0,"most":1}}`),
		"terms of many words":         op(`{"op":"terms","in":"` + b64(1, 0, 0, 0) + `","count":1,"terms":{"least":1,"most":9}}`),
		"too many places":             op(`{"op":"terms","in":"` + b64(1, 0, 0, 0) + `","count":65537,"terms":{"least":1,"most":1}}`),
		"an unknown norm":             op(`{"op":"terms","in":"` + b64(1, 0, 0, 0) + `","count":1,"terms":{"least":1,"most":1,"norm":3}}`),
		"half the weights":            op(`{"op":"terms","in":"` + b64(1, 0, 0, 0) + `","count":2,"scale":"` + float + `","terms":{"least":1,"most":1}}`),
		"half a number":               op(`{"op":"missing","in":"` + b64(0, 0) + `"}`),
		"base64 that is none":         op(`{"op":"missing","in":"AAAA*"}`),
		"base64 with bits left over":  op(`{"op":"missing","in":"AAAAAB=="}`),
		"numbers as a list":           op(`{"op":"missing","in":[0]}`),
		"impute without fill":         op(`{"op":"impute","in":"` + zero + `"}`),
		"affine by zero":              op(`{"op":"affine","in":"` + zero + `","shift":"` + float + `","scale":"` + float + `"}`),
		"one hot of nothing":          op(`{"op":"one_hot","in":"` + zero + `","null":-1}`),
		"one hot too wide":            op(`{"op":"one_hot","in":"` + zero + `","count":2147483647}`),
		"null beside one hot":         op(`{"op":"one_hot","in":"` + zero + `","count":1,"null":1}`),
		"too many registers":          op(strings.Repeat(`{"op":"one_hot","in":"`+zero+`","count":1000000},`, 2) + `{"op":"missing","in":"` + zero + `"}`),
		"no parts":                    op(`{"op":"date_parts","in":"` + zero + `"}`),
		"an unknown part":             op(`{"op":"date_parts","in":"` + zero + `","parts":["week"]}`),
		"a constant with input":       op(`{"op":"constant","in":"` + zero + `","fill":"` + float + `"}`),
		"linear without coefficients": op(`{"op":"linear","in":"` + zero + `","shift":"` + float + `"}`),
		"complement of two":           op(`{"op":"complement","in":"` + b64(0, 0, 0, 0, 0, 0, 0, 0) + `"}`),
		"no trees":                    op(`{"op":"trees","in":"` + zero + `"}`),
		"trees of no output":          op(`{"op":"trees","in":"` + zero + `","trees":{"outputs":0}}`),
		"a root that is not there":    tree(`"roots":"` + zero + `"`),
		"a leaf that is not there":    tree(`"roots":"` + b64(255, 255, 255, 255) + `"`),
		"arrays of other lengths":     tree(`"roots":"","feature":"` + zero + `"`),
		"a tree that is a circle": tree(`"roots":"` + zero + `","feature":"` + zero + `","threshold":"` + float + `","left":"` + zero + `","right":"` + zero +
			`","flags":"` + b64(0) + `","cat":"` + zero + `","leaf":"` + float + `"`),
		"a feature that is not there": tree(`"roots":"` + zero + `","feature":"` + b64(1, 0, 0, 0) + `","threshold":"` + float + `","left":"` + b64(255, 255, 255, 255) +
			`","right":"` + b64(255, 255, 255, 255) + `","flags":"` + b64(0) + `","cat":"` + zero + `","leaf":"` + float + `"`),
		"a category set too long": tree(`"roots":"` + zero + `","feature":"` + zero + `","threshold":"` + float + `","left":"` + b64(255, 255, 255, 255) +
			`","right":"` + b64(255, 255, 255, 255) + `","flags":"` + b64(1) + `","cat":"` + zero + `","words":"` + b64(255, 255, 255, 255) + `","leaf":"` + float + `"`),
		"a fourth way to be missing": tree(`"roots":"` + zero + `","feature":"` + zero + `","threshold":"` + float + `","left":"` + b64(255, 255, 255, 255) +
			`","right":"` + b64(255, 255, 255, 255) + `","flags":"` + b64(12) + `","cat":"` + zero + `","leaf":"` + float + `"`),
	} {
		if p, err := plan.Decode([]byte(text)); !errors.Is(err, plan.ErrInvalid) || p != nil {
			t.Errorf("%s: got %v and error %v, want plan.ErrInvalid", name, p, err)
		}
	}
	if _, err := plan.Decode([]byte(op(`{"op":"missing","in":"` + zero + `"}`))); err != nil {
		t.Errorf("the frame of these texts is itself refused: %v", err)
	}
}

func TestBuildRefusesWhatDecodeRefuses(t *testing.T) {
	b := plan.NewBuilder(plan.Input{Name: "t", Kind: plan.Text})
	b.Add(plan.Op{Kind: plan.OpLookup, In: plan.Ints{0}, Values: []string{"\xff"}})
	if _, err := b.Build(); !errors.Is(err, plan.ErrInvalid) {
		t.Errorf("a value that is not UTF-8: got error %v, want plan.ErrInvalid", err)
	}
	b = plan.NewBuilder(plan.Input{Name: "a", Kind: plan.Number})
	b.Add(plan.Op{Kind: plan.OpTrees, In: plan.Ints{0}, Trees: &plan.Trees{Outputs: 1, Base: plan.Floats{0}, Scale: nan}})
	if _, err := b.Build(); !errors.Is(err, plan.ErrInvalid) {
		t.Errorf("a scale that is NaN: got error %v, want plan.ErrInvalid", err)
	}
	if _, err := plan.Compile(&plan.Plan{Version: 1, Ops: []plan.Op{{Kind: plan.OpArgmax}}}); !errors.Is(err, plan.ErrInvalid) {
		t.Errorf("compile: got error %v, want plan.ErrInvalid", err)
	}
}

// first makes x (a + 1) and y (missing a) of a; second makes z = x·2 + q of x and q.
func twoPlans(t *testing.T) (first, second *plan.Plan) {
	t.Helper()
	b := plan.NewBuilder(plan.Input{Name: "unread", Kind: plan.Number}, plan.Input{Name: "a", Kind: plan.Number})
	b.Output("x", b.Add(plan.Op{Kind: plan.OpAffine, In: plan.Ints{1}, Shift: plan.Floats{-1}, Scale: plan.Floats{1}})[0])
	b.Output("y", b.Add(plan.Op{Kind: plan.OpMissing, In: plan.Ints{1}})[0])
	first, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	b = plan.NewBuilder(plan.Input{Name: "q", Kind: plan.Number}, plan.Input{Name: "x", Kind: plan.Number})
	b.Output("z", b.Add(plan.Op{Kind: plan.OpLinear, In: plan.Ints{1, 0}, Shift: plan.Floats{0}, Coef: plan.Floats{2, 1}})[0])
	if second, err = b.Build(); err != nil {
		t.Fatal(err)
	}
	return first, second
}

func names(p *plan.Plan) string {
	var s []string
	for _, in := range p.Inputs {
		s = append(s, in.Name)
	}
	s = append(s, "→")
	for _, o := range p.Outputs {
		s = append(s, o.Name)
	}
	return strings.Join(s, " ")
}

func TestComposeBindsByNameAndDropsWhatNobodyReads(t *testing.T) {
	first, second := twoPlans(t)
	p, err := plan.Compose(first, second)
	if err != nil {
		t.Fatal(err)
	}
	if got := names(p); got != "a q → z" || len(p.Ops) != 2 {
		t.Errorf("%s with %d operations, want a q → z with 2", got, len(p.Ops))
	}
	if got := row(compile(t, p), numbers(4, 100)...); got[0] != 110 {
		t.Errorf("z of a = 4 and q = 100 is %v, want (4+1)·2 + 100", got[0])
	}
	if names(first) != "unread a → x y" || names(second) != "q x → z" {
		t.Error("compose changed its arguments")
	}
}

func TestChainKeepsOutputsOfTheFirst(t *testing.T) {
	first, second := twoPlans(t)
	p, err := plan.Chain(first, second, []string{"y", "x"})
	if err != nil {
		t.Fatal(err)
	}
	if got := names(p); got != "a q → y x z" {
		t.Errorf("%s, want a q → y x z", got)
	}
	if got := row(compile(t, p), numbers(nan, 1)...); got[0] != 1 || got[1] == got[1] || got[2] == got[2] {
		t.Errorf("of a missing a: %v, want 1, NaN, NaN", got)
	}
	if _, err := plan.Chain(first, second, []string{"nothing"}); !errors.Is(err, plan.ErrInvalid) {
		t.Errorf("an unknown output: got error %v, want plan.ErrInvalid", err)
	}
}

func TestComposeWithAnInputOfTheFirst(t *testing.T) {
	first, _ := twoPlans(t)
	b := plan.NewBuilder(plan.Input{Name: "a", Kind: plan.Number}, plan.Input{Name: "y", Kind: plan.Number})
	b.Output("sum", b.Add(plan.Op{Kind: plan.OpLinear, In: plan.Ints{0, 1}, Shift: plan.Floats{0}, Coef: plan.Floats{1, 10}})[0])
	second, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Compose(first, second)
	if err != nil {
		t.Fatal(err)
	}
	if got := row(compile(t, p), numbers(3)...); names(p) != "a → sum" || got[0] != 3 {
		t.Errorf("%s gives %v, want a → sum and 3", names(p), got)
	}
}

func TestComposeRefusesTextForANumber(t *testing.T) {
	first, _ := twoPlans(t)
	second := build(t, 0, plan.Op{Kind: plan.OpLookup, Values: []string{"v"}})
	second.Inputs[0].Name = "x" // a text that the first makes as a number
	if _, err := plan.Compose(first, second); !errors.Is(err, plan.ErrInvalid) {
		t.Errorf("got error %v, want plan.ErrInvalid", err)
	}
}
