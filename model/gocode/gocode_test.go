package gocode_test

import (
	"bytes"
	"errors"
	"go/ast"
	"go/format"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/gocode"
)

// planned returns a regression over two numbers and a text that ends in an operation.
func planned(t *testing.T, columns [3]string, o plan.Op) *model.Planned {
	t.Helper()
	b := plan.NewBuilder(plan.Input{Name: columns[0], Kind: plan.Number}, plan.Input{Name: columns[1], Kind: plan.Number}, plan.Input{Name: columns[2], Kind: plan.Text})
	code := b.Add(plan.Op{Kind: plan.OpLookup, In: plan.Ints{2}, Values: []string{"a", "b"}, Unseen: -1})[0]
	sum := b.Add(plan.Op{Kind: plan.OpLinear, In: plan.Ints{0, 1, code}, Shift: plan.Floats{0.5}, Coef: plan.Floats{2, -3, 0.25}})[0]
	if o.In == nil {
		o.In = plan.Ints{sum}
	}
	last := b.Add(o)
	b.Output(model.PredictionColumn, last[0])
	b.Output(model.RawColumn, sum)
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	s, err := dataset.NewSchema(dataset.Field{Name: columns[0], Type: dataset.Float64}, dataset.Field{Name: columns[1], Type: dataset.Float64}, dataset.Field{Name: columns[2], Type: dataset.Utf8})
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.NewPredictor(model.Problem{Task: model.Regression, Target: "y"}, s, dataset.Field{Name: "y", Type: dataset.Float64}, p)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func write(t *testing.T, m *model.Planned) string {
	t.Helper()
	var b strings.Builder
	if err := gocode.Write(&b, m, gocode.Options{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTheFileIsFormattedAndTheSameEachTime(t *testing.T) {
	t.Parallel()
	m := planned(t, [3]string{"a b", "a-b", "für */"}, plan.Op{Kind: plan.OpSigmoid})
	text := write(t, m)
	formatted, err := format.Source([]byte(text))
	if err != nil || string(formatted) != text {
		t.Errorf("want what gofmt writes, got error %v", err)
	}
	for range 5 {
		if write(t, m) != text {
			t.Fatal("want the same bytes each time")
		}
	}
	for _, want := range []string{"// Code generated ", "\tAB ", "\tAB_2 ", "\tFür "} {
		if !strings.Contains(text, want) {
			t.Errorf("want %q in the file", want)
		}
	}
	if strings.Contains(text, "tidewheel\"") || strings.Contains(text, "func softmax") || strings.Contains(text, "zeroBound") {
		t.Error("want the standard library and what the model needs only")
	}
}

func TestWhatIsNotCoveredIsRefusedByName(t *testing.T) {
	t.Parallel()
	columns := [3]string{"x", "y", "z"}
	chain := &plan.Trees{Outputs: 1, Base: plan.Floats{0}, Roots: plan.Ints{0}, Leaf: plan.Floats{1, 2}}
	for i := range 1200 {
		left := int32(i + 1)
		if i == 1199 {
			left = ^0
		}
		chain.Feature, chain.Threshold, chain.Flags = append(chain.Feature, 0), append(chain.Threshold, float64(-i)), append(chain.Flags, 0)
		chain.Left, chain.Right, chain.Cat = append(chain.Left, left), append(chain.Right, ^1), append(chain.Cat, 0)
	}
	shared := &plan.Trees{Outputs: 1, Base: plan.Floats{0}, Roots: plan.Ints{0}, Leaf: plan.Floats{1}}
	for i := range 30 { // 2^30 nodes when each side has its own
		next := int32(i + 1)
		if i == 29 {
			next = ^0
		}
		shared.Feature, shared.Threshold, shared.Flags = append(shared.Feature, 0), append(shared.Threshold, 0), append(shared.Flags, 0)
		shared.Left, shared.Right, shared.Cat = append(shared.Left, next), append(shared.Right, next), append(shared.Cat, 0)
	}
	for want, o := range map[string]plan.Op{
		`operation "terms"`:                 {Kind: plan.OpTerms, In: plan.Ints{2}, Count: 2, Terms: &plan.Terms{Least: 1, Most: 1}},
		`operation "date_parts"`:            {Kind: plan.OpDateParts, Parts: []plan.Part{plan.Year}},
		`operation "map" of function "erf"`: {Kind: plan.OpMap, Math: &plan.Math{Func: plan.FuncErf}},
		`operation "zip" of function "mod"`: {Kind: plan.OpZip, In: plan.Ints{0, 1}, Math: &plan.Math{Func: plan.FuncMod}},
		`operation "reduce"`:                {Kind: plan.OpReduce, In: plan.Ints{0, 1}, Math: &plan.Math{Func: plan.FuncSum, Group: 2}},
		`operation "table"`:                 {Kind: plan.OpTable, Math: &plan.Math{Width: 1, Values: plan.Floats{1}, Default: plan.Floats{0}}},
		"deeper than 1000":                  {Kind: plan.OpTrees, Trees: chain},
		"over 262144 nodes":                 {Kind: plan.OpTrees, Trees: shared},
		"over 16384 values":                 {Kind: plan.OpOneHot, Count: 20_000, Null: -1},
	} {
		var unsupported *model.UnsupportedError
		var b bytes.Buffer
		if err := gocode.Write(&b, planned(t, columns, o), gocode.Options{}); !errors.As(err, &unsupported) || !strings.Contains(err.Error(), want) || b.Len() > 0 {
			t.Errorf("want %q refused and nothing written, got %v and %d bytes", want, err, b.Len())
		}
	}
	for _, name := range []string{"main", "_", "a b", "func", "1x"} {
		var bad *model.OptionError
		if err := gocode.Write(&bytes.Buffer{}, planned(t, columns, plan.Op{Kind: plan.OpExp}), gocode.Options{Package: name}); !errors.As(err, &bad) {
			t.Errorf("package %q: want an option error, got %v", name, err)
		}
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestErrorsOfTheWriterAreReturned(t *testing.T) {
	t.Parallel()
	if err := gocode.Write(failing{}, planned(t, [3]string{"x", "y", "z"}, plan.Op{Kind: plan.OpExp}), gocode.Options{}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("want the writer's error, got %v", err)
	}
}

// A parameter that this package does not know of would be left out in silence: whoever adds one must look here first.
func TestAllParametersOfOperationsAreKnown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		of   any
		want string
	}{
		{plan.Op{}, "Kind In Values Unseen Fill Shift Scale Coef Count Null Parts Micros Trees Math Terms Float32"},
		{plan.Trees{}, "Outputs Base Roots Feature Threshold Left Right Flags Cat Words Leaf Scale Float32 BaseLast Vector Target Aggregate Members Linear Cover"},
		{plan.Linear{}, "Const Start Feature Coef"},
		{plan.Math{}, "Func Params Group Count Width Float32 Keys Values Default Points"},
	} {
		var got []string
		for _, f := range reflect.VisibleFields(reflect.TypeOf(c.of)) {
			got = append(got, f.Name)
		}
		want := strings.Fields(c.want)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%T: want %v, got %v", c.of, want, got)
		}
	}
}

// The functions of kernels.txt are those of internal/num but for the case of their names.
func TestKernelsAreThoseOfNum(t *testing.T) {
	t.Parallel()
	declared := func(text string) map[string]string {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, "", text, 0)
		if err != nil {
			t.Fatal(err)
		}
		out := make(map[string]string)
		for _, d := range f.Decls {
			var b bytes.Buffer
			if err := printer.Fprint(&b, fset, d); err != nil {
				t.Fatal(err)
			}
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.CONST {
				for _, s := range g.Specs {
					v, ok := s.(*ast.ValueSpec)
					if ok && len(v.Values) == 1 {
						b.Reset()
						if err := printer.Fprint(&b, fset, v.Values[0]); err != nil {
							t.Fatal(err)
						}
						out[v.Names[0].Name] = b.String()
					}
				}
				continue
			}
			name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(b.String(), "func "), "var "), "(")
			out[strings.Fields(name)[0]] = strings.ToLower(b.String())
		}
		return out
	}
	num := make(map[string]string)
	for _, name := range []string{"exp.go", "double.go", "tables.go", "log.go", "pow.go"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "internal", "num", name))
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range declared(string(text)) {
			num[strings.ToLower(k[:1])+k[1:]] = v
		}
	}
	text, err := os.ReadFile("kernels.txt")
	if err != nil {
		t.Fatal(err)
	}
	kernels := declared("package kernels\n\n" + string(text))
	if len(kernels) < 25 {
		t.Errorf("want at least 25 declarations, got %d", len(kernels))
	}
	for k, v := range kernels {
		if num[k] != v {
			t.Errorf("%s: want\n%s\ngot\n%s", k, num[k], v)
		}
	}
}
