package features

import (
	"context"
	"fmt"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// Selector picks columns of a schema. The zero value picks every column with the role of a feature.
type Selector struct {
	Names   []string        // these columns, whatever their role and type; nil is any name
	Classes []dataset.Class // of these classes; nil is any. Used without Names
	Role    dataset.Role    // of this role; the zero value is Feature. Used without Names
}

// Columns selects by name. A name that is not in the schema is an error when the pipeline is fitted.
func Columns(names ...string) Selector { return Selector{Names: names} }

// Numeric selects the features that read as numbers and are neither dates nor timestamps.
func Numeric() Selector {
	return Selector{Classes: []dataset.Class{dataset.ClassBool, dataset.ClassInteger, dataset.ClassFloat, dataset.ClassDecimal}}
}

// Categorical selects the text features.
func Categorical() Selector { return Selector{Classes: []dataset.Class{dataset.ClassText}} }

// Temporal selects the features that are dates or timestamps.
func Temporal() Selector {
	return Selector{Classes: []dataset.Class{dataset.ClassDate, dataset.ClassTime}}
}

// Select returns the names that the selector picks from s, in the order of Names or else of the schema.
func (c Selector) Select(s *dataset.Schema) ([]string, error) {
	if c.Names != nil {
		for _, n := range c.Names {
			if s.Index(n) < 0 {
				return nil, fmt.Errorf("features: select: %w", &dataset.SchemaError{Column: n, Want: "a column of the schema", Got: "no such column"})
			}
		}
		return slices.Clone(c.Names), nil
	}
	var out []string
	for _, f := range s.Fields() {
		if f.Role == c.Role && (c.Classes == nil || slices.Contains(c.Classes, f.Type.Class())) {
			out = append(out, f.Name)
		}
	}
	return out, nil
}

// Step is one step of a pipeline: what to fit on which columns. A step whose selector picks nothing is left out.
type Step struct {
	Columns Selector
	Fitter  Fitter
}

// Pipeline is a Fitter that runs its steps one after the other, each on the columns as the steps before it left them.
type Pipeline struct{ steps []Step }

// NewPipeline returns the pipeline of steps. A step without a Fitter is a *dataset.OptionError.
func NewPipeline(steps ...Step) (*Pipeline, error) {
	for i, s := range steps {
		if s.Fitter == nil {
			return nil, fmt.Errorf("features: new pipeline: %w",
				&dataset.OptionError{Field: fmt.Sprintf("features.Step[%d].Fitter", i), Value: "nil", Want: "a Fitter"})
		}
	}
	return &Pipeline{steps: slices.Clone(steps)}, nil
}

// Fit implements Fitter. It ranges train once or more for each step, so train must be rewindable. The result's plan is the plan of the whole pipeline.
func (p *Pipeline) Fit(ctx context.Context, train dataset.Source) (Transformer, error) {
	out := &FittedPipeline{plan: &plan.Plan{Version: plan.Version}}
	src := train
	for i, step := range p.steps {
		names, err := step.Columns.Select(src.Schema())
		if err != nil {
			return nil, fmt.Errorf("features: pipeline: step %d: %w", i, err)
		}
		if len(names) == 0 {
			continue
		}
		t, err := fitStep(ctx, step.Fitter, src, names)
		if err != nil {
			return nil, fmt.Errorf("features: pipeline: step %d: %w", i, err)
		}
		if src, err = Apply(t, src); err != nil {
			return nil, fmt.Errorf("features: pipeline: step %d: %w", i, err)
		}
		if out.plan, err = chain(out.plan, t.Plan()); err != nil {
			return nil, fmt.Errorf("features: pipeline: step %d: %w", i, err)
		}
		out.steps = append(out.steps, t)
	}
	return out, nil
}

func fitStep(ctx context.Context, f Fitter, src dataset.Source, names []string) (Transformer, error) {
	columns, err := dataset.Select(ctx, src, names...)
	if err != nil {
		return nil, err
	}
	return f.Fit(ctx, columns)
}

// chain returns the plan of first and then second, with the outputs of both where second does not replace them.
func chain(first, second *plan.Plan) (*plan.Plan, error) {
	replaced := make(map[string]bool)
	for _, in := range second.Inputs {
		replaced[in.Name] = true
	}
	var keep []string
	for _, o := range first.Outputs {
		if !replaced[o.Name] {
			keep = append(keep, o.Name)
		}
	}
	return plan.Chain(first, second, keep)
}

// FittedPipeline is the Transformer that a Pipeline fits. It is immutable and safe for concurrent use.
type FittedPipeline struct {
	steps []Transformer
	plan  *plan.Plan
}

// Plan implements Transformer.
func (p *FittedPipeline) Plan() *plan.Plan { return p.plan }

// Output implements Transformer.
func (p *FittedPipeline) Output(in *dataset.Schema) (*dataset.Schema, error) {
	var err error
	for _, t := range p.steps {
		if in, err = t.Output(in); err != nil {
			return nil, err
		}
	}
	return in, nil
}
