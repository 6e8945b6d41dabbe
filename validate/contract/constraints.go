package contract

import (
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
)

// Constraints returns the constraints.json of SageMaker Model Monitor for s, and what it cannot say. The format knows whole numbers, fractions, texts and what is none of these; whether
// a column is complete, whether a number is never negative, and the domain of a text. All else is lost, and the thresholds of a monitor stay its defaults.
//
// ParseConstraints of the result is s but for the rules that the losses name; in particular, without a loss it is s.
func Constraints(s *dataset.Schema) ([]byte, []Loss) {
	var l losses
	features := node{kind: kindArray}
	for _, f := range s.Fields() {
		l.column = f.Name
		features.items = append(features.items, feature(f, &l))
	}
	var doc node
	doc.set("version", digitsOf("0"))
	doc.set("features", features)
	return doc.encode(), l.list
}

func feature(f dataset.Field, l *losses) node {
	var n node
	n.set("name", text(f.Name))
	name, exact := inferredType(f.Type)
	number := name == "Integral" || name == "Fractional"
	n.set("inferred_type", text(name))
	if f.Type != exact {
		l.add("type", string(f.Type)+" is "+name)
	}
	if f.Nullable {
		n.set("completeness", digitsOf("0.0"))
	} else {
		n.set("completeness", digitsOf("1.0"))
	}
	positive := number && f.Min != nil && *f.Min >= 0
	if positive {
		var c node
		c.set("is_non_negative", boolean(true))
		n.set("num_constraints", c)
	}
	if f.Min != nil && (!positive || *f.Min != 0) {
		l.add("min", "left out: a number is never negative or anything")
	}
	l.dropped(f.Max != nil, "max")
	if len(f.OneOf) > 0 {
		if f.Unseen == dataset.UnseenReject {
			var c node
			c.set("domains", texts(f.OneOf))
			n.set("string_constraints", c)
		} else {
			l.add("one_of", "left out: a domain refuses what the column takes as unseen")
		}
	}
	l.dropped(f.Pattern != "", "pattern")
	l.dropped(f.Description != "", "description")
	fieldMarks(f, l)
	return n
}

// ParseConstraints reads a constraints.json of SageMaker Model Monitor and returns the schema of its features, and what it has no place for: a share of nulls between none and all, the
// settings of the monitor, an unknown type, which becomes a JSON column, and whatever else it says. What is left out widens what is accepted.
//
// Errors: a *dataset.FormatError for what is no JSON object, has a key twice or has no features with names; dataset.ErrLimit above 16 MiB, 64 levels or what a dataset.Schema holds;
// *dataset.SchemaError for names and rules that a dataset.Schema refuses.
func ParseConstraints(data []byte) (*dataset.Schema, []Loss, error) {
	s, l, err := readConstraintsFile(data)
	if err != nil {
		return nil, nil, fmt.Errorf("contract: parse constraints: %w", err)
	}
	return s, l, nil
}

func readConstraintsFile(data []byte) (*dataset.Schema, []Loss, error) {
	doc, err := parse("constraints", data)
	if err != nil {
		return nil, nil, err
	}
	list, ok := doc.get("features")
	if !ok || list.kind != kindArray {
		return nil, nil, &dataset.FormatError{Format: "constraints", Want: "an array of features", Got: "none"}
	}
	var l losses
	for _, key := range doc.keys {
		if key != "version" && key != "features" {
			l.add(key, "left out")
		}
	}
	fields := make([]dataset.Field, 0, len(list.items))
	for _, item := range list.items {
		name, ok := item.get("name")
		if !ok || name.kind != kindString {
			return nil, nil, &dataset.FormatError{Format: "constraints", Want: "a name of each feature", Got: "none"}
		}
		l.column = name.text
		fields = append(fields, readFeature(name.text, item, &l))
	}
	s, err := dataset.NewSchema(fields...)
	return s, l.list, err
}

func readFeature(name string, n node, l *losses) dataset.Field {
	f := dataset.Field{Name: name, Nullable: true, Type: dataset.JSON}
	switch t, _ := n.get("inferred_type"); t.text {
	case "Integral":
		f.Type = dataset.Int64
	case "Fractional":
		f.Type = dataset.Float64
	case "String":
		f.Type = dataset.Utf8
	default:
		l.add("inferred_type", "a JSON column: the type is not known")
	}
	for i, key := range n.keys {
		v := n.items[i]
		switch key {
		case "name", "inferred_type":
		case "completeness":
			share, ok := v.float()
			f.Nullable = !ok || share < 1
			if !ok || share > 0 && share < 1 || share < 0 || share > 1 {
				l.add(key, "left out: a column may hold nulls or not")
			}
		case "num_constraints":
			readParts(key, v, l, func(part string, v node) bool {
				if part != "is_non_negative" || v.kind != kindBool || !f.Type.IsNumeric() {
					return false
				}
				if v.text == "true" {
					raise(&f, 0)
				}
				return true
			})
		case "string_constraints":
			readParts(key, v, l, func(part string, v node) bool {
				values, ok := v.strings(nil)
				if part != "domains" || !ok || len(values) == 0 || f.Type != dataset.Utf8 {
					return false
				}
				f.OneOf = values
				return true
			})
		default:
			l.add(key, "left out")
		}
	}
	return f
}

// readParts gives each member of an object to take, and notes those that it does not.
func readParts(key string, n node, l *losses, take func(part string, v node) bool) {
	if n.kind != kindObject {
		l.add(key, "left out")
	}
	for i, part := range n.keys {
		if !take(part, n.items[i]) {
			l.add(key+"."+part, "left out")
		}
	}
}
