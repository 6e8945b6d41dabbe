package contract

import (
	"strconv"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
)

// dialect is the meta-schema of what JSONSchema writes.
const dialect = "https://json-schema.org/draft/2020-12/schema"

// JSONSchema returns the JSON Schema, draft 2020-12, of a row of s as an object, and what it cannot say.
//
// A column that is never null is required; a nullable one may be null or absent. Further members are allowed, as Validator counts and drops them. Integers have the range of
// their type, dates and times a format, binary columns are base64. A pattern is written only where its syntax is shared by RE2 and ECMA-262. What is lost: roles, units, marks
// and purposes; types where several have one form in JSON; bounds of dates and times; and categories of a column that takes unseen ones.
//
// ParseJSONSchema of the result is s but for the rules that the losses name; in particular, without a loss it is s.
func JSONSchema(s *dataset.Schema) ([]byte, []Loss) {
	var l losses
	var properties node
	properties.kind = kindObject
	var required []string
	for _, f := range s.Fields() {
		l.column = f.Name
		properties.set(f.Name, jsonField(f, &l))
		if !f.Nullable {
			required = append(required, f.Name)
		}
	}
	var doc node
	doc.set("$schema", text(dialect))
	doc.set("type", text("object"))
	doc.set("properties", properties)
	if required != nil {
		doc.set("required", texts(required))
	}
	return doc.encode(), l.list
}

func jsonField(f dataset.Field, l *losses) node {
	n := jsonType(f.Type, f.Nullable, l)
	if f.Description != "" {
		n.set("description", text(f.Description))
	}
	jsonBounds(f, &n, l)
	if len(f.OneOf) > 0 {
		if f.Unseen == dataset.UnseenReject {
			list := texts(f.OneOf)
			if f.Nullable {
				list.items = append(list.items, node{})
			}
			n.set("enum", list)
		} else {
			l.add("one_of", "left out: enum refuses what the column takes as unseen")
		}
	}
	if f.Pattern != "" {
		if p, ok := commonPattern(f.Pattern); ok {
			n.set("pattern", text("^(?:"+p+")$"))
			if p != f.Pattern {
				l.add("pattern", "written in the syntax of ECMA-262")
			}
		} else {
			l.add("pattern", "left out: not in the syntax that RE2 and ECMA-262 share")
		}
	}
	fieldMarks(f, l)
	return n
}

// fieldMarks notes the rules of a field that neither format says.
func fieldMarks(f dataset.Field, l *losses) {
	l.dropped(f.Role != dataset.Feature, "role")
	l.dropped(f.Unit != "", "unit")
	l.dropped(f.Unseen != dataset.UnseenReject, "unseen")
	l.dropped(f.Personal, "personal")
	l.dropped(f.Sensitive, "sensitive")
	l.dropped(f.Purpose != "", "purpose")
}

// jsonBounds writes the bounds of a number: those of the field, and those of an integer type where they are tighter.
func jsonBounds(f dataset.Field, n *node, l *losses) {
	class := f.Type.Class()
	if class != dataset.ClassInteger && class != dataset.ClassFloat && class != dataset.ClassDecimal {
		if f.Min != nil {
			l.add("min", "left out: JSON Schema has no bounds for this type")
		}
		if f.Max != nil {
			l.add("max", "left out: JSON Schema has no bounds for this type")
		}
		return
	}
	low, high := typeRange(f.Type)
	ofType := class == dataset.ClassInteger && f.Type != dataset.Int64
	switch {
	case f.Min != nil && (!ofType || *f.Min >= low):
		n.set("minimum", number(*f.Min))
	case ofType && (f.Max == nil || *f.Max >= low):
		n.set("minimum", digitsOf(strconv.FormatFloat(low, 'f', 0, 64)))
		l.add("min", "the least value of the type")
	}
	switch {
	case f.Max != nil && (!ofType || *f.Max <= high):
		n.set("maximum", number(*f.Max))
	case !ofType || f.Min != nil && *f.Min > high: // nothing is both
	case f.Type == dataset.Uint64:
		n.set("maximum", digitsOf("18446744073709551615"))
		l.add("max", "the greatest value of the type")
	default:
		n.set("maximum", digitsOf(strconv.FormatFloat(high, 'f', 0, 64)))
		l.add("max", "the greatest value of the type")
	}
}

// jsonType returns the keywords of a type.
func jsonType(t dataset.Type, nullable bool, l *losses) node {
	var n node
	n.kind = kindObject
	typed := func(name string) {
		if nullable {
			n.set("type", array(text(name), text("null")))
		} else {
			n.set("type", text(name))
		}
	}
	// As other is what the type is read back as.
	as := func(other string) { l.add("type", string(t)+" is "+other) }
	switch t.Class() {
	case dataset.ClassBool:
		typed("boolean")
	case dataset.ClassInteger:
		typed("integer")
		if t != dataset.Int64 {
			as("an integer of its range")
		}
	case dataset.ClassFloat:
		typed("number")
		if t != dataset.Float64 {
			as("a number")
		}
	case dataset.ClassDecimal:
		typed("number")
		as("a number of any precision")
	case dataset.ClassText:
		typed("string")
		if t != dataset.Utf8 {
			as("a string")
		}
	case dataset.ClassBinary:
		typed("string")
		n.set("contentEncoding", text("base64"))
	case dataset.ClassDate:
		typed("string")
		n.set("format", text("date"))
	case dataset.ClassTime:
		typed("string")
		if t == dataset.Timestamp {
			as("a string: JSON Schema has no time without a zone")
			break
		}
		n.set("format", text("date-time"))
		if t != dataset.TimeUTC {
			as("a time without its zone")
		}
	case dataset.ClassList:
		typed("array")
		jsonItems(t, &n, l)
	case dataset.ClassStruct:
		typed("object")
		as("an object of any members")
	default: // JSON
		if !nullable {
			n.set("type", texts([]string{"boolean", "number", "string", "array", "object"}))
		}
	}
	return n
}

// jsonItems writes what the elements of a list are, which may be null.
func jsonItems(t dataset.Type, n *node, l *losses) {
	elem, size := listElem(t)
	var inner losses
	n.set("items", jsonType(elem, true, &inner))
	if size > 0 {
		n.set("minItems", number(float64(size)))
		n.set("maxItems", number(float64(size)))
	}
	if len(inner.list) > 0 || elem.Class() == dataset.ClassJSON {
		l.add("type", string(t)+" is an array of what JSON has")
	}
}

// listElem returns the element type of a list, and its length where that is fixed.
func listElem(t dataset.Type) (elem dataset.Type, size int) {
	s := string(t)
	if body, ok := strings.CutPrefix(s, "list<"); ok {
		return dataset.Type(strings.TrimSuffix(body, ">")), 0
	}
	at := strings.LastIndexByte(s, '[')
	size, err := strconv.Atoi(strings.TrimSuffix(s[at+1:], "]"))
	if err != nil {
		return "", 0
	}
	return dataset.Type(strings.TrimSuffix(strings.TrimPrefix(s[:at], "fixed_size_list<"), ">")), size
}
