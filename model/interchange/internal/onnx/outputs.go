package onnx

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
)

// answers sorts the outputs of a graph.
type answers struct {
	label  *tensor // a class for each row
	scores *tensor // numbers for each row, of classes or of a regression
	raw    *tensor // of a model written here: the scores of anomalies, or quantiles
}

func (r *reader) answers(outputs []valueProto) (answers, error) {
	var a answers
	var names []string
	fits := len(outputs) > 0
	for _, o := range outputs {
		t := r.c.values[o.name]
		if t == nil {
			return a, malformed("outputs that a node makes", fmt.Sprintf("%q", short(o.name)))
		}
		names = append(names, strconv.Quote(short(o.name)))
		if t.rows < 0 || t.regs == nil || sizeOf(t.dims[:t.rows]) != 1 {
			return a, unsupported(fmt.Sprintf("output %q, which is not of rows", short(o.name)))
		}
		switch {
		case r.hasRaw(outputs) && o.name == model.RawColumn && t.kind.isFloat():
			a.raw = t
		case t.kind.isFloat() && a.scores == nil:
			a.scores = t
		case !t.kind.isFloat() && a.label == nil && t.size() == 1:
			a.label = t
		default:
			fits = false
		}
	}
	if a.label != nil && a.scores == nil && a.label.kind == whole && a.label.domain == nil {
		a.label, a.scores = nil, a.label
	}
	if a.label == nil && a.scores != nil && a.scores.size() > 1 && a.scores.classes == nil && len(r.options.Classes) != a.scores.size() {
		fits = false
	}
	if !fits || !r.rawFits(a) {
		return a, unsupported("outputs " + strings.Join(names, ", ") + ": want a number, or a class with or without scores")
	}
	return a, nil
}

// rawFits reports whether raw scores stand beside a number, and one beside that of an anomaly.
func (r *reader) rawFits(a answers) bool {
	return a.raw == nil || (a.scores != nil && a.scores.size() == 1 && a.scores.classes == nil && (r.task != model.Anomaly.String() || a.raw.size() == 1))
}

// hasRaw reports whether the outputs are a number and raw scores beside it, which only models written here have.
func (r *reader) hasRaw(outputs []valueProto) bool {
	has := func(name string) bool {
		return slices.ContainsFunc(outputs, func(o valueProto) bool { return o.name == name })
	}
	return len(outputs) == 2 && has(model.PredictionColumn) && has(model.RawColumn) && (r.task == model.Anomaly.String() || r.task == model.Regression.String())
}

// number returns the task of a model that answers a number.
func (r *reader) number(a answers) (model.Task, error) {
	switch {
	case r.options.Classes != nil:
		return 0, &model.OptionError{Field: optionsName + ".Classes", Value: fmt.Sprintf("%d names", len(r.options.Classes)), Want: "none for a regression"}
	case r.task == model.Anomaly.String() && a.raw != nil:
		return model.Anomaly, nil
	case r.task == model.Ranking.String():
		return model.Ranking, nil
	default:
		return model.Regression, nil
	}
}

// predictor ends the plan.
func (r *reader) predictor(outputs []valueProto) (*model.Planned, error) {
	a, err := r.answers(outputs)
	if err != nil {
		return nil, err
	}
	problem := model.Problem{Task: model.Regression, Target: r.options.Target}
	for _, f := range r.fields {
		problem.Features = append(problem.Features, f.Name)
	}
	target := dataset.Field{Name: r.options.Target, Type: dataset.Float64, Role: dataset.Target}
	var results []result
	if a.label == nil && a.scores.size() == 1 && a.scores.classes == nil {
		if problem.Task, err = r.number(a); err != nil {
			return nil, err
		}
		results = []result{{model.PredictionColumn, a.scores.regs}}
		if a.raw != nil {
			results = append(results, result{model.RawColumn, a.raw.regs})
		}
		if problem.Task == model.Anomaly {
			problem.Target, target = "", dataset.Field{Type: dataset.Float64}
		}
	} else {
		if results, target.Type, err = r.classification(a, &problem); err != nil {
			return nil, err
		}
	}
	r.output(results)
	if r.c.err != nil {
		return nil, r.c.err
	}
	p, err := r.c.b.Build()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", malformed("parameters that fit", "others"), err)
	}
	schema := r.options.Schema
	if schema == nil {
		if schema, err = dataset.NewSchema(r.fields...); err != nil && r.options.Features == nil {
			return nil, fmt.Errorf("%w: %w", malformed("inputs with the names of columns", "others"), err)
		} else if err != nil {
			return nil, err
		}
	}
	return model.NewPredictor(problem, schema, target, p)
}

// result is registers of an output column.
type result struct {
	name string
	regs []int32
}

// output names the results. A missing value of an input that must not miss, an integer, bool or string, makes all of them missing.
func (r *reader) output(results []result) {
	c := r.c
	slices.Sort(c.nulls)
	nulls := slices.Compact(c.nulls)
	var all []int32
	for _, o := range results {
		all = append(all, o.regs...)
	}
	if len(nulls) > 0 && c.err == nil {
		asked := c.math(plan.OpMap, plan.Math{Func: plan.FuncIsNaN}, nulls, len(nulls))
		any1 := c.math(plan.OpReduce, plan.Math{Func: plan.FuncLargest, Group: int32(len(asked))}, asked, 1)
		none := c.add(plan.Op{Kind: plan.OpConstant, Fill: plan.Floats{math.NaN()}}, 1)
		n := len(all)
		all = c.math(plan.OpSelect, plan.Math{}, slices.Concat(slices.Repeat(any1, n), slices.Repeat(none, n), all), n)
	}
	if c.err != nil {
		return
	}
	for _, o := range results {
		for range o.regs {
			c.b.Output(o.name, all[0])
			all = all[1:]
		}
	}
}

// classification returns the results of classes and the type of the target, and completes the problem.
func (r *reader) classification(a answers, problem *model.Problem) ([]result, dataset.Type, error) {
	l, t, err := r.classes(a)
	if err != nil {
		return nil, "", err
	}
	k := l.len()
	if k < 2 || k > maxDomain {
		return nil, "", unsupported(fmt.Sprintf("%d classes", k))
	}
	problem.Task = model.Multiclass
	if k == 2 {
		problem.Task = model.Binary
	}
	for _, x := range l.nums {
		problem.Classes = append(problem.Classes, model.ClassText(t, x))
	}
	problem.Classes = append(problem.Classes, l.texts...)
	if names := r.options.Classes; names != nil {
		sorted := slices.Clone(names)
		slices.Sort(sorted)
		if different := len(slices.Compact(sorted)); len(names) != k || different != k {
			return nil, "", &model.OptionError{
				Field: optionsName + ".Classes", Value: fmt.Sprintf("%d names, %d of them distinct", len(names), different), Want: fmt.Sprintf("the names of the %d classes", k),
			}
		}
		problem.Classes, t = names, dataset.Utf8
	}
	place, err := r.place(a, l)
	if err != nil {
		return nil, "", err
	}
	results := []result{{model.PredictionColumn, place.regs}}
	if a.scores != nil && a.scores.bounded && a.scores.size() == k {
		results = append(results, result{model.ProbabilityColumn, a.scores.regs})
		return append(results, r.raws(a.scores, k)...), t, nil
	}
	// Nothing says how sure the model is: its class has probability 1.
	c := r.c
	sure, err := c.indicators(place, sequence(k), double, 0, 1)
	if err != nil {
		return nil, "", err
	}
	zero, err := c.zip(plan.FuncMul, place, number(double, 0), double)
	if err != nil {
		return nil, "", err
	}
	zero.dims = append(zero.dims, 1)
	if sure, err = c.zip(plan.FuncAdd, sure, zero, double); err != nil {
		return nil, "", err
	}
	results = append(results, result{model.ProbabilityColumn, sure.regs})
	if a.scores != nil {
		results = append(results, result{model.RawColumn, a.scores.regs})
	}
	return results, t, nil
}

// raws returns the scores that probabilities were made of: the log odds of the second of two classes, one for each of more.
func (r *reader) raws(p *tensor, k int) []result {
	raw := p.raw
	switch {
	case raw == nil || raw.rows < 0 || len(raw.regs) != raw.size():
		return nil
	case k > 2 && raw.size() == k:
		return []result{{model.RawColumn, raw.regs}}
	case k == 2 && p.link == logisticLink && raw.size() == 1:
		return []result{{model.RawColumn, raw.regs}}
	case k == 2 && p.link == logisticLink && raw.size() == 2:
		return []result{{model.RawColumn, raw.regs[1:]}}
	case k == 2 && raw.size() == 2:
		odds := r.c.math(plan.OpZip, plan.Math{Func: plan.FuncSub}, []int32{raw.regs[1], raw.regs[0]}, 1)
		return []result{{model.RawColumn, odds}}
	}
	return nil
}

// classes returns the classes in order, with the type of the target.
func (r *reader) classes(a answers) (*labels, dataset.Type, error) {
	var l *labels
	switch {
	case a.scores != nil && a.scores.classes != nil:
		l = a.scores.classes
	case a.label == nil:
		return &labels{nums: sequence(a.scores.size())}, dataset.Int64, nil
	case a.label.domain == nil:
		return nil, "", unsupported("a label whose classes do not follow from the graph")
	case a.label.kind == text:
		l = &labels{}
		for _, code := range a.label.domain {
			if code >= 0 && code < float64(len(a.label.dict)) {
				l.texts = append(l.texts, a.label.dict[int(code)])
			}
		}
	default:
		l = &labels{nums: slices.Clone(a.label.domain)}
	}
	if a.label != nil && (a.label.kind == text) != (l.texts != nil) {
		return nil, "", unsupported("a label of another type than the classes of the scores")
	}
	if a.label != nil && a.label.kind == boolean {
		return l, dataset.Bool, nil
	}
	if l.texts != nil {
		return l, dataset.Utf8, nil
	}
	for i, x := range l.nums {
		if x != math.Trunc(x) || slices.Contains(l.nums[:i], x) {
			return nil, "", unsupported("classes that are not distinct whole numbers")
		}
	}
	return l, dataset.Int64, nil
}

// place returns the index of each row's class.
func (r *reader) place(a answers, l *labels) (*tensor, error) {
	c := r.c
	if a.label == nil {
		return c.reduce(plan.FuncArgMax, a.scores.with([]int{1, a.scores.size()}, 0), []int{1}, false)
	}
	flat := a.label.with([]int{1}, 0)
	o := table{keys: l.nums, rest: []float64{math.NaN()}, width: 1, kind: whole}
	if l.texts != nil {
		places := map[string]int{}
		for i, s := range l.texts {
			if _, ok := places[s]; ok {
				return nil, unsupported("a class twice")
			}
			places[s] = i
		}
		for code, s := range flat.dict {
			if i, ok := places[s]; ok {
				o.keys = append(o.keys, float64(code))
				o.values = append(o.values, float64(i))
			}
		}
		if flat.dict == nil {
			return nil, unsupported("a string input as the label")
		}
	} else {
		o.values = sequence(len(l.nums))
	}
	return c.table(flat, o)
}
