package interchange

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
	"github.com/tidewheel/tidewheel/model"
)

// feature is a column as a file describes it.
type feature struct {
	name    string
	texts   []string    // the categories by their codes, where the file holds them and they are texts
	numbers plan.Floats // the same, where they are numbers other than their codes
	kind    string      // the type in the file's own words, for errors; empty where it says nothing
	lost    string      // why the categories cannot be told, where the file does not hold them right
	codes   int         // how many codes it had in training, at least, where the file says so
}

// column is a feature that is bound to a column of the input.
type column struct {
	feature
	text  bool // the column has texts: a lookup gives the codes
	table bool // the column has numbers that are categories: a table gives the codes
}

// binding is what the options of every reader say of the columns.
type binding struct {
	options string // the type of the options, for errors
	schema  *dataset.Schema
	target  string
	classes []string
	unseen  dataset.Unseen // what the tool does with a category that it did not meet in training
}

// bind returns the columns of the features and the schema that they are in: the one given or, without one, a nullable column for each feature. That is float64
// for numbers and codes, utf8 for categories that are texts and int64 for those that are whole numbers.
func (b binding) bind(features []feature, format string) ([]column, *dataset.Schema, error) {
	columns := make([]column, len(features))
	if b.schema == nil {
		fields := make([]dataset.Field, len(features))
		for i, f := range features {
			if f.lost != "" {
				return nil, nil, f.unsupported(format, f.lost)
			}
			columns[i] = column{feature: f, text: f.texts != nil, table: f.numbers != nil}
			fields[i] = dataset.Field{Name: f.name, Type: dataset.Float64, Nullable: true}
			switch {
			case f.texts != nil:
				fields[i].Type, fields[i].OneOf, fields[i].Unseen = dataset.Utf8, f.texts, b.unseen
			case f.numbers != nil && !slices.ContainsFunc(f.numbers, func(x float64) bool { return x != math.Trunc(x) || math.Abs(x) > 1<<53 }):
				fields[i].Type = dataset.Int64
			}
		}
		s, err := dataset.NewSchema(fields...)
		return columns, s, err
	}
	for i, f := range features {
		field, ok := b.schema.Lookup(f.name)
		if !ok {
			return nil, nil, &dataset.SchemaError{Column: f.name, Want: "every feature of the file in the schema", Got: "no such column"}
		}
		var err error
		if columns[i], err = f.bind(field, format); err != nil {
			return nil, nil, err
		}
	}
	return columns, b.schema, nil
}

// bind binds a feature to a column of a schema.
func (f feature) bind(field dataset.Field, format string) (column, error) {
	c := column{feature: f}
	switch {
	case field.Type.IsText() && f.lost != "":
		return c, f.unsupported(format, f.lost)
	case field.Type.IsText() && f.texts != nil:
		c.text = true
	case field.Type.IsText() && f.numbers != nil:
		c.text, c.texts = true, make([]string, len(f.numbers))
		for i, v := range f.numbers {
			c.texts[i] = strconv.FormatFloat(v, 'f', -1, 64)
		}
	case field.Type.IsText() || !field.Type.IsNumeric():
		want := "a numeric column"
		if f.kind != "" {
			want += ", as the file says " + strconv.Quote(f.kind)
		}
		return c, &dataset.SchemaError{Column: f.name, Want: want, Got: "type " + string(field.Type)}
	case f.numbers != nil:
		c.table = true
	case passForCodes(f.texts, nil):
		return c, &model.UnsupportedError{Format: format, Feature: fmt.Sprintf("codes in column %q: its categories are texts that read as numbers, want a text column", f.name)}
	}
	return c, nil
}

// problem returns what the model answers, with its target's field. classes is 0 for a regression.
func (b binding) problem(task model.Task, classes int, features []feature) (model.Problem, dataset.Field, error) {
	if b.target == "" {
		b.target = "target"
	}
	problem := model.Problem{Task: task, Target: b.target}
	for _, f := range features {
		problem.Features = append(problem.Features, f.name)
	}
	target := dataset.Field{Name: b.target, Type: dataset.Float64, Role: dataset.Target}
	if classes > 0 {
		target.Type = dataset.Int64
		for k := range classes {
			problem.Classes = append(problem.Classes, strconv.Itoa(k))
		}
	}
	if b.classes == nil {
		return problem, target, nil
	}
	distinct := slices.Clone(b.classes)
	slices.Sort(distinct)
	distinct = slices.Compact(distinct)
	if len(b.classes) != classes || len(distinct) != classes {
		return problem, target, &model.OptionError{
			Field: b.options + ".Classes", Value: fmt.Sprintf("%d names, %d of them distinct", len(b.classes), len(distinct)),
			Want: fmt.Sprintf("the names of the %d classes", classes),
		}
	}
	problem.Classes, target.Type = b.classes, dataset.Utf8
	return problem, target, nil
}

// inputs starts a plan that reads the columns and returns the register of each as a number: a code for a text.
func inputs(columns []column) (*plan.Builder, plan.Ints) {
	in := make([]plan.Input, len(columns))
	for i, c := range columns {
		in[i] = plan.Input{Name: c.name, Kind: plan.Number}
		if c.text {
			in[i].Kind = plan.Text
		}
	}
	b := plan.NewBuilder(in...)
	registers := make(plan.Ints, len(columns))
	for i, c := range columns {
		registers[i] = int32(i)
		switch {
		case c.text:
			registers[i] = b.Add(plan.Op{Kind: plan.OpLookup, In: plan.Ints{int32(i)}, Values: c.texts, Unseen: -1})[0]
		case c.table:
			codes := make(plan.Floats, len(c.numbers))
			for k := range codes {
				codes[k] = float64(k)
			}
			m := &plan.Math{Width: 1, Keys: c.numbers, Values: codes, Default: plan.Floats{math.NaN()}}
			registers[i] = b.Add(plan.Op{Kind: plan.OpTable, In: plan.Ints{int32(i)}, Math: m})[0]
		}
	}
	return b, registers
}

func (f *feature) unsupported(format, what string) error {
	return &model.UnsupportedError{Format: format, Feature: fmt.Sprintf("categories of %q: %s", shorten(f.name), what)}
}

// categories gives a feature its categories, texts or numbers, by their codes.
func (f *feature) categories(texts []string, numbers []float64, format string) error {
	if len(texts) > 0 {
		seen := make(map[string]bool, len(texts))
		for _, s := range texts {
			if seen[s] || !utf8.ValidString(s) {
				return f.unsupported(format, "a text twice or not in UTF-8")
			}
			seen[s] = true
		}
		f.texts = texts
		return nil
	}
	codes, seen := true, make(map[float64]bool, len(numbers))
	for i, v := range numbers {
		codes = codes && v == float64(i)
		if seen[v] || math.IsNaN(v) || math.IsInf(v, 0) {
			return f.unsupported(format, "a number twice or not finite")
		}
		seen[v] = true
	}
	if !codes {
		f.numbers = numbers
	}
	return nil
}
