package interchange

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
)

// onnxFormat is the name of the format, also in errors of the writer.
const onnxFormat = "onnx"

// WriteONNX writes m as an ONNX graph of the operators of ai.onnx 17 and ai.onnx.ml 5 (ONNX 1.16): steps before the model, trees, linear
// models, links and classes.
//
// Each column that m reads is an input [N, 1] of its own under its name: double for numbers, whole numbers, bools, dates and times, with NaN for missing; string for
// texts, with "" for missing. Outputs: "prediction" [N], double of a regression, otherwise the classes as string, int64, double or bool, and "probability" [N, k] in class
// order, double; raw scores stay behind, but for "raw" [N, k] of anomalies and of the quantiles of a forest. A row that has no answer here has a class there and probabilities that are NaN.
// The metadata tidewheel.task has the task, by which ONNX reads anomalies, quantiles and rankings as what they were.
//
// The graph computes in double, and in float where the model does, as one that XGBoost trained. Answers differ by the order of sums and by exp: within 1e-12 of
// those here, relative to the sum of the magnitudes, in float within 1e-5. Compared with onnxruntime 1.31.1.
//
// What ONNX cannot say is a *model.UnsupportedError by name: parts of dates, linear leaves, operations of imported graphs beyond arithmetic, a
// text "" among the categories. Nothing is then written. Memory is a few times that of the file, which is at most 1 GiB (dataset.ErrLimit).
func WriteONNX(w io.Writer, m *model.Planned) error {
	file, err := onnxFile(m)
	if err == nil {
		_, err = w.Write(file)
	}
	if err != nil {
		return fmt.Errorf("interchange: write onnx: %w", err)
	}
	return nil
}

// place is a register: a column of a tensor of doubles.
type place struct {
	tensor        string
	column, width int
}

type onnxWriter struct {
	graph
	p         *plan.Plan
	registers []place
	rows      string // the number of rows as a list of one
}

func onnxFile(m *model.Planned) ([]byte, error) {
	w := &onnxWriter{p: m.Plan()}
	for _, in := range w.p.Inputs {
		elem := elemDouble
		if in.Kind == plan.Text {
			elem = elemString
		}
		if in.Name == "" || in.Name[0] == '/' || slices.Contains([]string{model.PredictionColumn, model.ProbabilityColumn, model.RawColumn}, in.Name) {
			return nil, unsupportedONNX(fmt.Sprintf("column %q: a name of the graph's own", shorten(in.Name)))
		}
		w.value(11, in.Name, elem, 1)
		w.registers = append(w.registers, place{in.Name, 0, 1})
	}
	if len(w.p.Inputs) == 0 {
		return nil, unsupportedONNX("a model without columns")
	}
	for i := range w.p.Ops {
		o := &w.p.Ops[i]
		out, err := w.op(o)
		if err != nil {
			return nil, err
		}
		for j := range o.Width() {
			w.registers = append(w.registers, place{out, j, o.Width()})
		}
		if len(w.message) > math.MaxInt32/2 {
			return nil, fmt.Errorf("a graph over %d bytes: %w", math.MaxInt32/2, dataset.ErrLimit)
		}
	}
	return w.outputs(m)
}

func unsupportedONNX(what string) error {
	return &model.UnsupportedError{Format: onnxFormat, Feature: "writing " + what}
}

// outputs adds what the graph answers.
func (w *onnxWriter) outputs(m *model.Planned) ([]byte, error) {
	byName := map[string]plan.Ints{}
	for _, o := range w.p.Outputs {
		byName[o.Name] = append(byName[o.Name], o.Register)
	}
	prediction := w.gather(byName[model.PredictionColumn])
	flat := w.ints(-1)
	if classes := m.Problem().Classes; len(classes) > 0 {
		elem, list, err := w.classes(m.Signature().Output.Field(0), classes)
		if err != nil {
			return nil, err
		}
		index := w.node("Reshape", []string{w.cast(prediction, elemInt64), flat})
		w.named("", "Gather", []string{list, index}, model.PredictionColumn)
		w.value(12, model.PredictionColumn, elem, 0)
	} else {
		w.named("", "Reshape", []string{prediction, flat}, model.PredictionColumn)
		w.value(12, model.PredictionColumn, elemDouble, 0)
	}
	if r := byName[model.ProbabilityColumn]; len(r) > 0 {
		w.named("", "Identity", []string{w.gather(r)}, model.ProbabilityColumn)
		w.value(12, model.ProbabilityColumn, elemDouble, len(r))
	}
	if r := byName[model.RawColumn]; m.Problem().Task == model.Anomaly || (len(m.Problem().Classes) == 0 && len(r) > 1) { // what rows are compared by, or quantiles
		w.named("", "Identity", []string{w.gather(r)}, model.RawColumn)
		w.value(12, model.RawColumn, elemDouble, len(r))
	}
	return w.file(m.Problem().Task.String()), nil
}

// classes adds the list of the classes in their own type.
func (w *onnxWriter) classes(f dataset.Field, classes []string) (elem int, name string, err error) {
	bad := unsupportedONNX("classes of type " + string(f.Type))
	numbers := make([]float64, len(classes))
	for i, c := range classes {
		switch f.Type.Class() {
		case dataset.ClassText:
			continue
		case dataset.ClassBool:
			numbers[i] = map[string]float64{"true": 1}[c]
			continue
		case dataset.ClassInteger, dataset.ClassFloat:
		default:
			return 0, "", bad
		}
		if numbers[i], err = strconv.ParseFloat(c, 64); err != nil || (f.Type.Class() == dataset.ClassInteger && math.Abs(numbers[i]) > 1<<53) {
			return 0, "", bad
		}
	}
	switch f.Type.Class() {
	case dataset.ClassText:
		return elemString, w.initializer(func(name string) message { return tensor(name, nil, classes) }), nil
	case dataset.ClassBool:
		list := make([]bool, len(classes))
		for i, v := range numbers {
			list[i] = v != 0
		}
		return elemBool, w.initializer(func(name string) message { return tensor(name, nil, list) }), nil
	case dataset.ClassFloat:
		return elemDouble, w.doubles(nil, numbers), nil
	default:
		list := make([]int64, len(classes))
		for i, v := range numbers {
			list[i] = int64(v)
		}
		return elemInt64, w.ints(list...), nil
	}
}

// gather returns a tensor whose columns are the registers.
func (w *onnxWriter) gather(registers plan.Ints) string {
	var parts []string
	for i := 0; i < len(registers); {
		first := w.registers[registers[i]]
		n := 1
		for i+n < len(registers) && w.registers[registers[i+n]].tensor == first.tensor {
			n++
		}
		whole := n == first.width
		columns := make([]int64, n)
		for k := range n {
			c := w.registers[registers[i+k]].column
			columns[k], whole = int64(c), whole && c == k
		}
		if whole {
			parts = append(parts, first.tensor)
		} else {
			parts = append(parts, w.node("Gather", []string{first.tensor, w.ints(columns...)}, intAttribute("axis", 1)))
		}
		i += n
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return w.node("Concat", parts, intAttribute("axis", 1))
}

func (w *onnxWriter) cast(x string, elem int) string {
	return w.node("Cast", []string{x}, intAttribute("to", elem))
}

// row adds a constant of one row.
func (w *onnxWriter) row(v []float64) string { return w.doubles([]int{1, len(v)}, v) }

// op adds an operation and returns the tensor of its results.
func (w *onnxWriter) op(o *plan.Op) (string, error) {
	link := o.Kind == plan.OpSigmoid || o.Kind == plan.OpSoftmax || o.Kind == plan.OpExp
	if o.Float32 && !link {
		return "", unsupportedONNX(fmt.Sprintf("the step %s in float32", o.Kind))
	}
	if o.Kind == plan.OpLookup {
		return w.lookup(o)
	}
	if o.Kind == plan.OpConstant {
		return w.constant(o.Fill), nil
	}
	x := w.gather(o.In)
	if link {
		return w.link(o, x), nil
	}
	switch o.Kind {
	case plan.OpImpute:
		return w.node("Where", []string{w.node("IsNaN", []string{x}), w.row(o.Fill), x}), nil
	case plan.OpMissing:
		return w.cast(w.node("IsNaN", []string{x}), elemDouble), nil
	case plan.OpAffine:
		return w.node("Div", []string{w.node("Sub", []string{x, w.row(o.Shift)}), w.row(o.Scale)}), nil
	case plan.OpOneHot:
		return w.oneHot(o, x), nil
	case plan.OpLinear:
		return w.linear(o, x), nil
	case plan.OpTrees:
		return w.trees(o.Trees, x, len(o.In))
	case plan.OpComplement:
		return w.node("Concat", []string{w.node("Sub", []string{w.row([]float64{1}), x}), x}, intAttribute("axis", 1)), nil
	case plan.OpArgmax:
		return w.cast(w.node("ArgMax", []string{x}, intAttribute("axis", 1)), elemDouble), nil
	case plan.OpMap, plan.OpZip:
		return w.arithmetic(o)
	case plan.OpTable, plan.OpReduce, plan.OpTopK:
		return w.quantiles(o)
	default:
		return "", unsupportedONNX("the step " + string(o.Kind))
	}
}

// link turns raw scores into what is predicted, in float where the model does.
func (w *onnxWriter) link(o *plan.Op, x string) string {
	if o.Float32 {
		x = w.cast(x, elemFloat)
	}
	switch o.Kind {
	case plan.OpSigmoid:
		x = w.node("Sigmoid", []string{x})
	case plan.OpSoftmax:
		x = w.node("Softmax", []string{x}, intAttribute("axis", 1))
	default:
		x = w.node("Exp", []string{x})
	}
	if o.Float32 {
		x = w.cast(x, elemDouble)
	}
	return x
}

// lookup gives texts their codes; "" is a missing text.
func (w *onnxWriter) lookup(o *plan.Op) (string, error) {
	if slices.Contains(o.Values, "") {
		return "", unsupportedONNX(fmt.Sprintf(`a category "" of column %q: it says missing`, shorten(w.p.Inputs[o.In[0]].Name)))
	}
	keys, codes := append(slices.Clone(o.Values), ""), make([]float64, len(o.Values)+1)
	for i := range o.Values {
		codes[i] = float64(i)
	}
	unseen := math.NaN()
	if codes[len(o.Values)] = math.NaN(); o.Unseen >= 0 {
		unseen = float64(o.Unseen)
	}
	out := w.name()
	w.named(treesDomain, "LabelEncoder", []string{w.registers[o.In[0]].tensor}, out, tensorAttribute("keys_tensor", tensor("keys", nil, keys)),
		tensorAttribute("values_tensor", tensor("values", nil, codes)), tensorAttribute("default_tensor", tensor("default", nil, []float64{unseen})))
	return out, nil
}

// constant gives every row the same numbers.
func (w *onnxWriter) constant(v []float64) string {
	if w.rows == "" {
		w.rows = w.node("Gather", []string{w.node("Shape", []string{w.p.Inputs[0].Name}), w.ints(0)})
	}
	shape := w.node("Concat", []string{w.rows, w.ints(1)}, intAttribute("axis", 0))
	return w.node("Expand", []string{w.row(v), shape})
}

// oneHot compares the code with each column's number.
func (w *onnxWriter) oneHot(o *plan.Op, x string) string {
	codes := make([]float64, o.Count)
	for i := range codes {
		codes[i] = float64(i)
	}
	if o.Null >= 0 {
		x = w.node("Where", []string{w.node("IsNaN", []string{x}), w.row([]float64{float64(o.Null)}), x})
	}
	return w.cast(w.node("Equal", []string{w.node("Floor", []string{x}), w.row(codes)}), elemDouble)
}

func (w *onnxWriter) linear(o *plan.Op, x string) string {
	n, k := len(o.In), len(o.Shift)
	if n == 0 {
		return w.constant(o.Shift)
	}
	weights := make([]float64, n*k) // inputs × outputs
	for i := range k {
		for j := range n {
			weights[j*k+i] = o.Coef[i*n+j]
		}
	}
	product := "MatMul"
	if n == 1 { // the same numbers; onnxruntime makes one operation of a division by a number and the MatMul behind it, with a float32 factor
		product = "Mul"
	}
	return w.node("Add", []string{w.node(product, []string{x, w.doubles([]int{n, k}, weights)}), w.row(o.Shift)})
}

// arithmetic adds functions of one or two numbers.
func (w *onnxWriter) arithmetic(o *plan.Op) (string, error) {
	name := map[plan.Func]string{plan.FuncAbs: "Abs", plan.FuncNeg: "Neg", plan.FuncExp: "Exp", plan.FuncLog: "Log", plan.FuncSqrt: "Sqrt", plan.FuncSigmoid: "Sigmoid", plan.FuncTanh: "Tanh"}
	in := []string{""}
	if o.Kind == plan.OpZip {
		name = map[plan.Func]string{plan.FuncAdd: "Add", plan.FuncSub: "Sub", plan.FuncMul: "Mul", plan.FuncDiv: "Div", plan.FuncGreater: "Greater", plan.FuncPow: "Pow"}
		half := len(o.In) / 2
		in = []string{w.gather(o.In[:half]), w.gather(o.In[half:])}
	} else {
		in[0] = w.gather(o.In)
	}
	op := name[o.Math.Func]
	if op == "" || o.Math.Float32 {
		return "", unsupportedONNX(fmt.Sprintf("the step %s %s", o.Kind, o.Math.Func))
	}
	out := w.node(op, in)
	if op == "Greater" {
		out = w.cast(out, elemDouble)
	}
	return out, nil
}
