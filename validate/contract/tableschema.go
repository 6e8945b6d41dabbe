package contract

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
)

// profile2 names version 2 of Table Schema in a descriptor.
const profile2 = "https://datapackage.org/profiles/2.0/tableschema.json"

// TableSchemaOptions says which form of a descriptor TableSchema writes. The zero value is ready to use.
type TableSchemaOptions struct {
	Version int // of the standard: 1 (2017), or 2 (2024), which lets a file have further columns; 0 is 2
}

// TableSchema returns the Table Schema descriptor of Frictionless for s, and what it cannot say. What is lost: roles, units, marks and purposes; types where several have one
// form; and categories of a column that takes unseen ones. Bounds of dates and UTC times are written as such. Version 1 asks for exactly the columns of the schema in their order.
//
// ParseTableSchema of the result is s but for the rules that the losses name; in particular, without a loss it is s. The only error is a *dataset.OptionError.
func TableSchema(s *dataset.Schema, o TableSchemaOptions) ([]byte, []Loss, error) {
	if o.Version < 0 || o.Version > 2 {
		return nil, nil, fmt.Errorf("contract: table schema: %w",
			&dataset.OptionError{Field: "contract.TableSchemaOptions.Version", Value: strconv.Itoa(o.Version), Want: "1, 2 or 0"})
	}
	var l losses
	var doc node
	if o.Version == 1 {
		l.add("columns", "asked for exactly, in their order: version 1 has no other way")
	} else {
		doc.set("$schema", text(profile2))
		doc.set("fieldsMatch", text("subset"))
	}
	fields := node{kind: kindArray}
	for _, f := range s.Fields() {
		l.column = f.Name
		fields.items = append(fields.items, tableField(f, &l))
	}
	doc.set("fields", fields)
	return doc.encode(), l.list, nil
}

func tableField(f dataset.Field, l *losses) node {
	var n, c node
	n.set("name", text(f.Name))
	tableType(f.Type, &n, l)
	if f.Description != "" {
		n.set("description", text(f.Description))
	}
	if !f.Nullable {
		c.set("required", boolean(true))
	}
	if f.Min != nil {
		tableBound("minimum", f.Type, *f.Min, &c, l)
	}
	if f.Max != nil {
		tableBound("maximum", f.Type, *f.Max, &c, l)
	}
	if len(f.OneOf) > 0 {
		if f.Unseen == dataset.UnseenReject {
			c.set("enum", texts(f.OneOf))
		} else {
			l.add("one_of", "left out: enum refuses what the column takes as unseen")
		}
	}
	if f.Pattern != "" {
		tablePattern(f.Pattern, &c, l)
	}
	fieldMarks(f, l)
	if c.kind == kindObject {
		n.set("constraints", c)
	}
	return n
}

// tablePattern writes a pattern, in brackets where it has alternatives, since tools put anchors around it.
func tablePattern(pattern string, c *node, l *losses) {
	p, ok := commonPattern(pattern)
	if !ok || strings.Contains(p, "(?:") {
		l.add("pattern", "left out: not in the syntax that RE2 and XML Schema share")
		return
	}
	if strings.Contains(p, "|") {
		p = "(" + p + ")"
	}
	c.set("pattern", text(p))
	if p != pattern {
		l.add("pattern", "written in the syntax of XML Schema")
	}
}

func tableType(t dataset.Type, n *node, l *losses) {
	name, format, exact := "any", "", dataset.JSON
	switch t.Class() {
	case dataset.ClassBool:
		name, exact = "boolean", dataset.Bool
	case dataset.ClassInteger:
		name, exact = "integer", dataset.Int64
	case dataset.ClassFloat, dataset.ClassDecimal:
		name, exact = "number", dataset.Float64
	case dataset.ClassText:
		name, exact = "string", dataset.Utf8
	case dataset.ClassBinary:
		name, format, exact = "string", "binary", dataset.Binary
	case dataset.ClassDate:
		name, exact = "date", dataset.Date32
	case dataset.ClassTime:
		name, exact = "datetime", dataset.TimeUTC
	case dataset.ClassList:
		name, exact = "array", ""
	case dataset.ClassStruct:
		name, exact = "object", ""
	default: // JSON is any
	}
	n.set("type", text(name))
	if format != "" {
		n.set("format", text(format))
	}
	if t != exact {
		l.add("type", string(t)+" is "+name)
	}
}

// tableBound writes a bound as a value of the column's type.
func tableBound(key string, t dataset.Type, x float64, c *node, l *losses) {
	const years = 9990 * 365.0 // what four digits can say, in days
	switch class := t.Class(); {
	case class == dataset.ClassInteger && x == math.Trunc(x), class == dataset.ClassFloat, class == dataset.ClassDecimal:
		c.set(key, number(x))
	case class == dataset.ClassDate && x == math.Trunc(x) && x > -1900*365 && x < years-1970*365:
		c.set(key, text(time.Unix(int64(x)*86400, 0).UTC().Format(time.DateOnly)))
	case t == dataset.TimeUTC && math.Mod(x, 1e6) == 0 && x > -1900*365*microsOfDay && x < (years-1970*365)*microsOfDay:
		c.set(key, text(time.UnixMicro(int64(x)).UTC().Format("2006-01-02T15:04:05Z")))
	default:
		l.add(key[:3], "left out: no value of the type "+string(t)+" in a descriptor")
	}
}

// ParseTableSchema reads a Table Schema descriptor of version 1 or 2 and returns the schema of its fields, and every property that it has no place for. It takes the types boolean,
// integer, number, string, date, datetime, year and any with their default formats, strings of format binary, and the constraints required, minimum, maximum and their exclusive
// forms, enum of texts, pattern, and lengths up to 1,000; categories of texts as an enum. Types without a column type of their own become texts, arrays and objects JSON columns.
// Whatever is left out widens what is accepted.
//
// Errors: a *dataset.FormatError for what is no JSON object, has a key twice or has no fields with names; dataset.ErrLimit above 16 MiB, 64 levels or what a dataset.Schema holds;
// *dataset.SchemaError for names and rules that a dataset.Schema refuses.
func ParseTableSchema(data []byte) (*dataset.Schema, []Loss, error) {
	s, l, err := readTableSchema(data)
	if err != nil {
		return nil, nil, fmt.Errorf("contract: parse Table Schema: %w", err)
	}
	return s, l, nil
}

func readTableSchema(data []byte) (*dataset.Schema, []Loss, error) {
	doc, err := parse("Table Schema", data)
	if err != nil {
		return nil, nil, err
	}
	list, ok := doc.get("fields")
	if !ok || list.kind != kindArray {
		return nil, nil, &dataset.FormatError{Format: "Table Schema", Want: "an array of fields", Got: "none"}
	}
	var l losses
	for i, key := range doc.keys {
		switch v := doc.items[i]; key {
		case "fields", "$schema":
		case "fieldsMatch":
			if v.text != "subset" {
				l.add(key, "left out: columns are taken by name, and further ones are dropped and counted")
			}
		default:
			l.add(key, "left out")
		}
	}
	fields := make([]dataset.Field, 0, len(list.items))
	for _, item := range list.items {
		name, ok := item.get("name")
		if !ok || name.kind != kindString {
			return nil, nil, &dataset.FormatError{Format: "Table Schema", Want: "a name of each field", Got: "none"}
		}
		l.column = name.text
		fields = append(fields, readTableField(name.text, item, &l))
	}
	s, err := dataset.NewSchema(fields...)
	return s, l.list, err
}

func readTableField(name string, n node, l *losses) dataset.Field {
	f := dataset.Field{Name: name, Nullable: true}
	t, ok := n.get("type")
	if !ok {
		t.text = "string" // the default of both versions
	}
	format, _ := n.get("format")
	f.Type = readTableType(t.text, format.text, l)
	for i, key := range n.keys {
		switch v := n.items[i]; {
		case key == "name", key == "type":
		case key == "description" && v.kind == kindString:
			f.Description = v.text
		case key == "format" && (v.text == "default" || v.text == "binary" && f.Type == dataset.Binary):
		case key == "constraints" && v.kind == kindObject:
			readConstraints(&f, v, l)
		case key == "categories" && f.Type == dataset.Utf8:
			readCategories(&f, key, v, l)
		default:
			l.add(key, "left out")
		}
	}
	return f
}

func readTableType(name, format string, l *losses) dataset.Type {
	switch name {
	case "boolean":
		return dataset.Bool
	case "integer":
		return dataset.Int64
	case "year":
		l.add("type", "a year is an integer of any size")
		return dataset.Int64
	case "number":
		return dataset.Float64
	case "date", "datetime":
		if format != "" && format != "default" { // a text that the reader of the file turns into a time, or not
			l.add("type", "a "+name+" of another format is a text")
			return dataset.Utf8
		}
		if name == "date" {
			return dataset.Date32
		}
		return dataset.TimeUTC
	case "string":
		if format == "binary" {
			return dataset.Binary
		}
		return dataset.Utf8
	case "any":
		return dataset.JSON
	case "array", "object", "geojson":
		l.add("type", "a JSON column")
		return dataset.JSON
	default:
		l.add("type", "a text")
		return dataset.Utf8
	}
}

func readConstraints(f *dataset.Field, c node, l *losses) {
	x := &lengths{low: 0, high: -1}
	for i, key := range c.keys {
		v, ok := c.items[i], false
		switch key {
		case "required":
			f.Nullable = v.kind != kindBool || v.text != "true"
			ok = v.kind == kindBool
		case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum":
			ok = readBound(f, key, v)
		case "enum":
			readCategories(f, key, v, l)
			ok = true
		case "pattern":
			if ok = v.kind == kindString && f.Type == dataset.Utf8; ok {
				x.pattern(f, v.text, true, l)
			}
		case "minLength", "maxLength":
			ok = f.Type == dataset.Utf8 && x.set(key, v)
		case "unique":
			ok = v.kind == kindBool && v.text == "false"
		}
		if !ok {
			l.add(key, "left out")
		}
	}
	x.finish(f, l)
}

// readCategories takes the values of enum, or of categories, whose members may be objects with a value.
func readCategories(f *dataset.Field, key string, v node, l *losses) {
	items := slices.Clone(v.items)
	for i, item := range items {
		if value, ok := item.get("value"); ok {
			items[i] = value
			l.add(key, "labels are left out")
		}
	}
	values, ok := array(items...).strings(nil)
	if !ok || v.kind != kindArray || f.Type != dataset.Utf8 || len(values) == 0 || f.OneOf != nil {
		l.add(key, "left out: categories are texts, and given once")
		return
	}
	f.OneOf = values
}

// readBound takes a number, or a date or time as text, also a number as text, which version 1 allows.
func readBound(f *dataset.Field, key string, v node) bool {
	class := f.Type.Class()
	x, err := boundValue(class, v)
	if err != nil {
		return false
	}
	switch key {
	case "minimum":
		raise(f, x)
	case "maximum":
		lower(f, x)
	case "exclusiveMinimum":
		raise(f, after(x, whole(class), math.Inf(1)))
	default:
		lower(f, after(x, whole(class), math.Inf(-1)))
	}
	return true
}

// whole maps dates and times to the integers that count them.
func whole(c dataset.Class) dataset.Class {
	if c == dataset.ClassFloat {
		return c
	}
	return dataset.ClassInteger
}

func boundValue(class dataset.Class, v node) (float64, error) {
	refused := errors.New("no bound")
	if v.kind != kindNumber && v.kind != kindString {
		return 0, refused
	}
	switch class {
	case dataset.ClassInteger, dataset.ClassFloat:
		x, err := strconv.ParseFloat(v.text, 64)
		if err == nil && x-x != 0 {
			return 0, refused
		}
		return x, err
	case dataset.ClassDate:
		t, err := time.Parse(time.DateOnly, v.text)
		return float64(t.Unix() / 86400), err
	case dataset.ClassTime:
		t, err := time.Parse(time.RFC3339, v.text)
		return float64(t.UnixMicro()), err
	default:
		return 0, refused
	}
}
