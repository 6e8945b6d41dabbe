package expression

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/check"
)

// MaxBytes is how long the text of an expression may be.
const MaxBytes = 4096

// memory is what the language's own account may hold for one row: elements of lists.
const memory = 10_000

// Options says how an expression is made. The zero value is ready to use.
type Options struct {
	MaxNodes int // how many operators, names and constants there may be; 0 is 500
}

// New returns the check, under the name rule, that text is true in every row of a source with the columns of s. Errors are *dataset.OptionError for an empty rule, and
// for a text that is too long or not of the language; *dataset.SchemaError, with the column, what is wanted of it and its type, for what does not fit s.
func New(rule validate.Rule, text string, s *dataset.Schema, o Options) (check.Own, error) {
	var errs []error
	if rule == "" {
		errs = append(errs, &dataset.OptionError{Field: "expression.rule", Value: "an empty name", Want: "a name"})
	}
	if o.MaxNodes < 0 {
		errs = append(errs, &dataset.OptionError{Field: "expression.Options.MaxNodes", Value: strconv.Itoa(o.MaxNodes), Want: "0 or more"})
	}
	if len(text) == 0 || len(text) > MaxBytes {
		errs = append(errs, &dataset.OptionError{Field: "expression.text", Value: fmt.Sprintf("%d bytes", len(text)), Want: fmt.Sprintf("1 to %d", MaxBytes)})
	}
	if o.MaxNodes == 0 {
		o.MaxNodes = 500
	}
	if len(errs) == 0 {
		j, err := compile(text, s, uint(max(o.MaxNodes, 1)))
		if err == nil {
			return check.Own{Rule: rule, Columns: j.names(), Judge: j}, nil
		}
		errs = append(errs, err)
	}
	return check.Own{}, fmt.Errorf("expression: new check: %w", errors.Join(errs...))
}

// judge is a compiled expression. It is immutable.
type judge struct {
	program *vm.Program
	columns []column
}

func (j *judge) names() []string {
	out := make([]string, len(j.columns))
	for k, c := range j.columns {
		out[k] = c.field.Name
	}
	return out
}

func compile(text string, s *dataset.Schema, nodes uint) (*judge, error) {
	tree := newTree(s)
	options := append(tree.options(), expr.MaxNodes(nodes))
	program, err := expr.Compile(text, options...)
	if tree.err == nil {
		tree.uncalled()
	}
	if tree.err != nil {
		return nil, tree.err
	}
	if err != nil {
		return nil, tree.explain(err)
	}
	j := &judge{program: program, columns: tree.columns()}
	if len(j.columns) == 0 {
		return nil, &dataset.OptionError{Field: "expression.text", Value: "no column", Want: "a condition on columns"}
	}
	return j, nil
}

// Judge implements check.Judge.
func (j *judge) Judge(b dataset.Batch, bad []bool) error {
	readers := make([]reader, len(j.columns))
	for k := range j.columns {
		r, err := j.columns[k].read(b.Column(k))
		if err != nil {
			return fmt.Errorf("expression: judge: %w", err)
		}
		readers[k] = r
	}
	env := make(map[string]any)
	machine := vm.VM{MemoryBudget: memory}
rows:
	for i := range bad {
		for k := range readers {
			c := &j.columns[k]
			missing := readers[k].missing(i)
			if missing && !c.asked {
				continue rows
			}
			if c.asked {
				env[c.missingKey] = missing
			}
			if len(c.keys) == 0 {
				continue
			}
			x := c.zero
			if !missing {
				x = readers[k].value(i)
			}
			for _, key := range c.keys {
				env[key] = x
			}
		}
		out, err := machine.Run(j.program, env)
		holds, _ := out.(bool)
		bad[i] = err != nil || !holds // the text of an error may hold values of the row
	}
	return nil
}

// explain says what is wrong with an expression that does not compile.
func (t *tree) explain(err error) error {
	var at *file.Error
	if !errors.As(err, &at) {
		return &dataset.OptionError{Field: "expression.text", Value: err.Error(), Want: "an expression that is true or false"}
	}
	place := fmt.Sprintf("line %d, column %d", at.Line, at.Column+1)
	if found, ok := t.faults[at.Location]; ok {
		return fmt.Errorf("%s: %w", place, found)
	}
	return &dataset.OptionError{Field: "expression.text", Value: at.Message + ", " + place, Want: "the language of package expression"}
}
