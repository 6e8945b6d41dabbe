package expression

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"

	"github.com/tidewheel/tidewheel/dataset"
)

// builtins returns the functions of the language that are left to it: pure, and no longer at work than their texts are long.
func builtins() []string {
	return []string{
		"abs", "ceil", "floor", "round", "max", "min", "int", "float", "duration",
		"len", "upper", "lower", "trim", "trimPrefix", "trimSuffix", "hasPrefix", "hasSuffix", "indexOf", "lastIndexOf",
	}
}

// tree is what is known of an expression; it implements ast.Visitor.
type tree struct {
	schema *dataset.Schema
	uses   map[string]int  // of a column by its name
	named  map[string]int  // of a column by column("name")
	asked  map[string]bool // columns in missing(column)
	bare   map[string]int  // of a function's name that is not called
	err    error           // what is not allowed
	faults map[file.Location]error
}

func newTree(s *dataset.Schema) *tree {
	return &tree{
		schema: s, uses: make(map[string]int), named: make(map[string]int), asked: make(map[string]bool), bare: make(map[string]int),
		faults: make(map[file.Location]error),
	}
}

// Names of an environment that are no identifiers of the language.
const (
	byName  = "column "
	ifThere = "missing "
)

// options declares the columns and functions.
func (t *tree) options() []expr.Option {
	env := make(map[string]any)
	for _, f := range t.schema.Fields() {
		env[ifThere+f.Name] = false
		if zero := zeroOf(f.Type); zero != nil {
			env[byName+f.Name] = zero
			if !isFunction(f.Name) {
				env[f.Name] = zero
			}
		}
	}
	options := []expr.Option{expr.Env(env), expr.AsBool(), expr.DisableAllBuiltins(), expr.Patch(t)}
	for _, name := range builtins() {
		options = append(options, expr.EnableBuiltin(name))
	}
	return append(options, functions()...)
}

// columns returns the columns of the expression in the order of the schema.
func (t *tree) columns() []column {
	var out []column
	for _, f := range t.schema.Fields() {
		c := column{field: f, zero: zeroOf(f.Type), asked: t.asked[f.Name], missingKey: ifThere + f.Name}
		if t.uses[f.Name] > 0 {
			c.keys = append(c.keys, f.Name)
		}
		if t.named[f.Name] > 0 {
			c.keys = append(c.keys, byName+f.Name)
		}
		if c.asked || len(c.keys) > 0 {
			out = append(out, c)
		}
	}
	return out
}

// refuse notes the first thing that is not allowed.
func (t *tree) refuse(what, want string) {
	if t.err == nil {
		t.err = &dataset.OptionError{Field: "expression.text", Value: what, Want: want}
	}
}

// Visit implements ast.Visitor. It is called for the leaves first.
func (t *tree) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		t.identifier(n)
	case *ast.CallNode:
		t.call(node, n)
	case *ast.BinaryNode:
		t.binary(n)
	case *ast.BuiltinNode:
		if !slices.Contains(builtins(), n.Name) { // those with a loop are of the grammar
			t.refuse("the function "+n.Name, "a function of package expression")
		}
		t.fault(n, "a value that "+n.Name+" takes", n.Arguments...)
	case *ast.UnaryNode:
		t.fault(n, "a value that "+n.Operator+" takes", n.Node)
	case *ast.ConditionalNode:
		t.fault(n.Cond, "a condition", n.Cond)
	case *ast.SliceNode:
		t.fault(n, "a text", n.Node)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.StringNode, *ast.ConstantNode, *ast.ArrayNode:
	case *ast.NilNode:
		t.refuse("nil", "missing(column)")
	default:
		t.refuse(strings.TrimPrefix(fmt.Sprintf("%T", n), "*ast."), "no variables, loops, members, maps and sequences")
	}
}

func (t *tree) identifier(n *ast.IdentifierNode) {
	if isFunction(n.Value) {
		t.bare[n.Value]++
		return
	}
	if t.known(n, n.Value) {
		t.uses[n.Value]++
	}
}

// known notes a fault of a column that is not there, or has no value in the language.
func (t *tree) known(at ast.Node, name string) bool {
	f, ok := t.schema.Lookup(name)
	switch {
	case !ok:
		t.faults[at.Location()] = &dataset.SchemaError{Column: name, Want: "a column of the schema", Got: "no such column"}
	case zeroOf(f.Type) == nil:
		t.faults[at.Location()] = &dataset.SchemaError{Column: name, Want: "a number, text, date or time", Got: string(f.Type)}
	default:
		return true
	}
	return false
}

func (t *tree) call(node *ast.Node, n *ast.CallNode) {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok || !isFunction(callee.Value) {
		t.refuse("a call of something else", "a function of package expression")
		return
	}
	t.bare[callee.Value]--
	switch callee.Value {
	case "column":
		if name, ok := argument[*ast.StringNode](t, n); ok {
			if t.known(n, name.Value) {
				t.named[name.Value]++
			}
			patch(node, &ast.IdentifierNode{Value: byName + name.Value}, t.zero(name.Value))
		}
	case "missing":
		if name, ok := argument[*ast.IdentifierNode](t, n); ok {
			t.missing(node, name)
		}
	case "date":
		if text, ok := argument[*ast.StringNode](t, n); ok {
			at, err := parseDate(text.Value)
			if err != nil {
				t.refuse("date with another text", `date("2006-01-02") or date("2006-01-02T15:04:05Z")`)
			}
			patch(node, &ast.ConstantNode{Value: at}, at)
		}
	default:
		t.fault(n, "a value that "+callee.Value+" takes", n.Arguments...)
	}
}

// argument returns the only argument of a call.
func argument[N ast.Node](t *tree, n *ast.CallNode) (N, bool) {
	var none N
	if len(n.Arguments) == 1 {
		if arg, ok := n.Arguments[0].(N); ok {
			return arg, true
		}
	}
	t.refuse("a call of column, missing or date with something else", `column("name"), missing(column) and date("2006-01-02")`)
	return none, false
}

func patch(node *ast.Node, to ast.Node, value any) {
	ast.Patch(node, to)
	if value != nil {
		to.SetType(reflect.TypeOf(value))
	}
}

func (t *tree) zero(column string) any {
	f, _ := t.schema.Lookup(column)
	return zeroOf(f.Type)
}

// missing takes back the use of a column that is only asked for.
func (t *tree) missing(node *ast.Node, n *ast.IdentifierNode) {
	name, named := strings.CutPrefix(n.Value, byName)
	f, ok := t.schema.Lookup(name)
	switch {
	case !ok:
		t.err = cmp.Or[error](t.err, &dataset.SchemaError{Column: name, Want: "a column of the schema", Got: "no such column"})
		return
	case zeroOf(f.Type) == nil:
	case named:
		t.named[name]--
	default:
		t.uses[name]--
	}
	t.asked[name] = true
	patch(node, &ast.IdentifierNode{Value: ifThere + name}, false)
}

func (t *tree) binary(n *ast.BinaryNode) {
	switch n.Operator {
	case "matches":
		if _, ok := n.Right.(*ast.StringNode); !ok {
			t.refuse("matches without a pattern", "a pattern that is written out")
		}
	case "..", "??", "|":
		t.refuse("the operator "+n.Operator, "none of .. ?? |")
	case "in":
		if _, ok := n.Right.(*ast.ArrayNode); !ok {
			t.refuse("in without a list", "a list that is written out")
		}
	}
	t.fault(n, fmt.Sprintf("a value that %s takes beside %v", n.Operator, n.Right.Type()), n.Left)
	if t.columnIn(n.Left) == "" {
		t.fault(n, fmt.Sprintf("a value that %s takes beside %v", n.Operator, n.Left.Type()), n.Right)
	}
}

// fault notes what is wrong if an operator, function or condition does not take what it is given: the first column of it is named.
func (t *tree) fault(at ast.Node, want string, given ...ast.Node) {
	for _, n := range given {
		name := t.columnIn(n)
		if name == "" {
			continue
		}
		got := n.Type().String()
		if _, direct := n.(*ast.IdentifierNode); direct {
			f, _ := t.schema.Lookup(name)
			got = string(f.Type)
		}
		for _, place := range [...]ast.Node{n, at} { // a function's fault is its argument's
			if _, ok := t.faults[place.Location()]; !ok {
				t.faults[place.Location()] = &dataset.SchemaError{Column: name, Want: want, Got: got}
			}
		}
	}
}

// columnIn returns the first column below a node, nothing for none.
func (t *tree) columnIn(n ast.Node) string {
	found := ""
	ast.Find(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.IdentifierNode); ok {
			name := strings.TrimPrefix(id.Value, byName)
			if _, ok := t.schema.Lookup(name); ok {
				found = name
			}
		}
		return found != ""
	})
	return found
}

// uncalled refuses a column that has the name of a function and stands alone.
func (t *tree) uncalled() {
	for _, f := range t.schema.Fields() {
		if t.bare[f.Name] > 0 {
			t.refuse("a column that has the name of a function", `column("`+f.Name+`")`)
		}
	}
}
