package gocode

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tidewheel/tidewheel/internal/plan"
)

// op writes an operation whose first output is register out.
func (c *coder) op(i int, o *plan.Op, out int, fields []string) error {
	if o.Float32 && !slices.Contains([]plan.OpKind{plan.OpLinear, plan.OpSigmoid, plan.OpExp, plan.OpSoftmax}, o.Kind) {
		return unsupported("operation %q in float32", o.Kind)
	}
	switch o.Kind {
	case plan.OpLookup:
		c.line("v[%d] = lookup%d(r.%s)", out, i, fields[o.In[0]])
		c.lookup(i, o)
	case plan.OpConstant:
		for j, x := range o.Fill {
			c.line("v[%d] = %s", out+j, number(x))
		}
	case plan.OpOneHot:
		c.line("oneHot(v[%d:%d], v[%d], %d)", out, out+int(o.Count), o.In[0], o.Null)
	case plan.OpLinear:
		c.linear(o, out)
	case plan.OpTrees:
		c.line("forest%d(&v)", i)
		return c.forest(i, o, out)
	case plan.OpSoftmax:
		for j, r := range o.In {
			c.line("v[%d] = v[%d]", out+j, r)
		}
		c.line("%s(v[%d:%d])", link("softmax", o), out, out+len(o.In))
	case plan.OpComplement:
		c.line("v[%d], v[%d] = 1-v[%d], v[%d]", out, out+1, o.In[0], o.In[0])
	case plan.OpArgmax:
		var list []string
		for _, r := range o.In {
			list = append(list, fmt.Sprintf("v[%d]", r))
		}
		c.line("v[%d] = argmax(%s)", out, strings.Join(list, ", "))
	case plan.OpZip:
		return c.zip(o, out)
	case plan.OpTable:
		if o.Math.Width != 1 || len(o.Math.Keys) == 0 {
			return unsupported("operation %q without keys or of several numbers", o.Kind)
		}
		for j, r := range o.In {
			c.line("v[%d] = table%d(v[%d])", out+j, i, r)
		}
		c.table(i, o.Math)
	default:
		return c.each(o, out)
	}
	return nil
}

// link returns the name of a function, or of its form in float32.
func link(name string, o *plan.Op) string {
	if o.Float32 {
		return name + "Single"
	}
	return name
}

// each writes an operation that gives a number for each input.
func (c *coder) each(o *plan.Op, out int) error {
	for j, r := range o.In {
		x := fmt.Sprintf("v[%d]", r)
		switch {
		case o.Kind == plan.OpImpute:
			x = fmt.Sprintf("impute(%s, %s)", x, number(o.Fill[j]))
		case o.Kind == plan.OpMissing:
			x = fmt.Sprintf("missing(%s)", x)
		case o.Kind == plan.OpAffine:
			x = fmt.Sprintf("(%s - %s) / %s", x, number(o.Shift[j]), number(o.Scale[j]))
		case o.Kind == plan.OpSigmoid:
			x = fmt.Sprintf("%s(%s)", link("sigmoid", o), x)
		case o.Kind == plan.OpExp:
			x = fmt.Sprintf("%s(%s)", link("exp", o), x)
		case o.Kind == plan.OpMap && o.Math.Func == plan.FuncAbs && !o.Math.Float32:
			x = fmt.Sprintf("math.Abs(%s)", x)
		case o.Kind == plan.OpMap:
			return unsupported("operation %q of function %q", o.Kind, o.Math.Func)
		default:
			return unsupported("operation %q", o.Kind)
		}
		c.line("v[%d] = %s", out+j, x)
	}
	return nil
}

// zip writes an operation of pairs of numbers.
func (c *coder) zip(o *plan.Op, out int) error {
	form := map[plan.Func]string{plan.FuncMul: "v[%d] = float64(v[%d] * v[%d])", plan.FuncGreater: "v[%d] = greater(v[%d], v[%d])", plan.FuncPow: "v[%d] = pow(v[%d], v[%d])"}[o.Math.Func]
	if form == "" || o.Math.Float32 {
		return unsupported("operation %q of function %q", o.Kind, o.Math.Func)
	}
	half := len(o.In) / 2
	for j, r := range o.In[:half] {
		c.line(form, out+j, r, o.In[half+j])
	}
	return nil
}

// linear writes sums of products in the order in which a plan adds them.
func (c *coder) linear(o *plan.Op, out int) {
	for k, b := range o.Shift {
		c.line("v[%d] = %s", out+k, number(b))
		for j, r := range o.In {
			w := number(o.Coef[k*len(o.In)+j])
			if o.Float32 {
				c.line("v[%d] = addSingle(v[%d], %s, v[%d])", out+k, out+k, w, r)
			} else {
				c.line("v[%d] += float64(%s * v[%d])", out+k, w, r)
			}
		}
	}
}

// lookup writes the function that gives a text its code.
func (c *coder) lookup(i int, o *plan.Op) {
	f := &c.functions
	fmt.Fprintf(f, "func lookup%d(text *string) float64 {\nif text == nil {\nreturn math.NaN()\n}\nswitch *text {\n", i)
	for code, value := range o.Values {
		fmt.Fprintf(f, "case %q:\nreturn %d\n", value, code)
	}
	unseen := fmt.Sprint(o.Unseen)
	if o.Unseen < 0 {
		unseen = "math.NaN()"
	}
	fmt.Fprintf(f, "default:\nreturn %s\n}\n}\n\n", unseen)
}

// table writes the function that gives one number for another.
func (c *coder) table(i int, m *plan.Math) {
	f := &c.functions
	fmt.Fprintf(f, "func table%d(x float64) float64 {\nswitch {\n", i)
	for k, key := range m.Keys {
		if key != key {
			fmt.Fprintf(f, "case x != x:\nreturn %s\n", number(m.Values[k]))
		} else {
			fmt.Fprintf(f, "case x == %s:\nreturn %s\n", number(key), number(m.Values[k]))
		}
	}
	fmt.Fprintf(f, "default:\nreturn %s\n}\n}\n\n", number(m.Default[0]))
}
