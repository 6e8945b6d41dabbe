package contract

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
)

// ParseJSONSchema reads the JSON Schema of an object and returns the schema of rows that are such objects, columns in the order of its properties, and every keyword that it has
// no place for. It takes the types, properties, required, enum and const of texts, minimum, maximum and their exclusive forms, pattern, lengths of texts up to 1,000, formats date
// and date-time, base64 content, items, description, references within the document, and null as one of two alternatives; a property that is not required may be null.
// A property whose type is not one of these is a JSON column. Integers are int64 and numbers float64, as nothing says how large they are; whatever is left out widens what is
// accepted. Rows of a Validator may also hold what it converts: a number where a text is wanted, or a text that is one.
//
// Errors: a *dataset.FormatError for what is no JSON object, has a key twice, is no schema of an object or has keywords of the wrong kind of value; dataset.ErrLimit above 16 MiB,
// 64 levels or what a dataset.Schema holds; *dataset.SchemaError for names and rules that a dataset.Schema refuses.
func ParseJSONSchema(data []byte) (*dataset.Schema, []Loss, error) {
	s, l, err := readJSONSchema(data)
	if err != nil {
		return nil, nil, fmt.Errorf("contract: parse JSON Schema: %w", err)
	}
	return s, l, nil
}

func readJSONSchema(data []byte) (*dataset.Schema, []Loss, error) {
	doc, err := parse("JSON Schema", data)
	if err != nil {
		return nil, nil, err
	}
	r := jsonReader{root: doc}
	top := r.follow(doc)
	bad := func(want, got string) (*dataset.Schema, []Loss, error) {
		return nil, nil, &dataset.FormatError{Format: "JSON Schema", Want: want, Got: got}
	}
	if t, ok := top.get("type"); ok && (t.kind != kindString || t.text != "object") {
		return bad(`"type": "object"`, "another type")
	}
	properties, ok := top.get("properties")
	if !ok || properties.kind != kindObject {
		return bad("an object of properties", "none")
	}
	required := map[string]bool{}
	if n, ok := top.get("required"); ok {
		names, ok := n.strings(nil)
		if !ok {
			return bad("names of required properties", "another value")
		}
		for _, name := range names {
			required[name] = true
		}
	}
	r.top(top, properties, required)
	fields := make([]dataset.Field, 0, len(properties.keys))
	for i, name := range properties.keys {
		r.column = name
		f := dataset.Field{Name: name, Nullable: !required[name]}
		r.field(&f, properties.items[i])
		fields = append(fields, f)
	}
	if r.copied > maxCopied {
		return nil, nil, fmt.Errorf("references to more than %d keywords: %w", maxCopied, dataset.ErrLimit)
	}
	s, err := dataset.NewSchema(fields...)
	return s, r.list, err
}

// jsonReader makes fields of the parts of one document.
type jsonReader struct {
	losses
	root   node
	copied int // keywords that references brought, of which there may be maxCopied
}

const (
	maxCopied = 1 << 20
	maxNested = 8 // lists of lists
)

// top notes the keywords of the whole object.
func (r *jsonReader) top(top, properties node, required map[string]bool) {
	for i, key := range top.keys {
		v := top.items[i]
		switch key {
		case "$schema", "type", "properties", "$defs", "definitions":
		case "required":
			for _, name := range v.items {
				if _, ok := properties.get(name.text); !ok && required[name.text] {
					r.add(key, "left out: a required member that is no property")
					required[name.text] = false // once
				}
			}
		case "additionalProperties":
			if v.kind != kindBool || v.text != "true" {
				r.add(key, "left out: further columns are dropped and counted")
			}
		default:
			r.add(key, "left out")
		}
	}
}

// follow returns what a chain of references within the document leads to, n itself where it has none or leads nowhere.
func (r *jsonReader) follow(n node) node {
	for range maxDepth {
		ref, ok := n.get("$ref")
		path, local := strings.CutPrefix(ref.text, "#/")
		if !ok || !local {
			return n
		}
		at, found := r.root, false
		for part := range strings.SplitSeq(path, "/") {
			part = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
			if at, found = at.get(part); !found {
				return n
			}
		}
		n = r.withSiblings(at, n)
	}
	return n
}

// withSiblings returns target with the keywords beside the reference to it.
func (r *jsonReader) withSiblings(target, n node) node {
	if r.copied += len(target.keys) + len(n.keys); r.copied > maxCopied {
		return node{}
	}
	out := node{kind: kindObject}
	for i, key := range n.keys {
		if key != "$ref" {
			out.set(key, n.items[i])
		}
	}
	for i, key := range target.keys {
		if _, ok := out.get(key); !ok {
			out.set(key, target.items[i])
		}
	}
	return out
}

// orNull takes the null out of two alternatives.
func (r *jsonReader) orNull(n node, f *dataset.Field) node {
	n = r.follow(n)
	for _, key := range []string{"anyOf", "oneOf"} {
		list, ok := n.get(key)
		if !ok || len(list.items) != 2 {
			continue
		}
		for i, item := range list.items {
			if t, ok := item.get("type"); !ok || t.text != "null" || len(item.keys) != 1 {
				continue
			}
			rest := node{kind: kindObject}
			for j, k := range n.keys {
				if k != key {
					rest.set(k, n.items[j])
				}
			}
			f.Nullable = true
			return r.withSiblings(r.follow(list.items[1-i]), rest)
		}
	}
	return n
}

func has(n node, key string) bool {
	_, ok := n.get(key)
	return ok
}

// field reads the schema of one property. Bounds and texts follow once the type is known.
func (r *jsonReader) field(f *dataset.Field, n node) {
	n = r.orNull(n, f)
	if n.kind == kindBool { // true is any value, false none
		f.Type, f.Nullable = dataset.JSON, true
		if n.text == "false" {
			r.add("false", "left out: a property that must not be there")
		}
		return
	}
	base := f.Nullable
	names, nulls := typeNames(n)
	switch {
	case nulls:
		f.Nullable = true
	case names == nil && !has(n, "enum") && !has(n, "const"):
		f.Nullable = true // no type takes null too
	}
	f.Type = r.typeOf(n, names, 0)
	x := &lengths{low: 0, high: -1}
	for i, key := range n.keys {
		if r.known(f, key) {
			continue
		}
		if !r.number(f, key, n.items[i]) && !r.text(f, key, n.items[i], x) {
			r.add(key, "left out")
		}
	}
	x.finish(f, &r.losses)
	if r.enum(f, n) {
		return
	}
	if null := nullable(n); names == nil {
		f.Nullable = base || null
	} else {
		f.Nullable = base || null && nulls
	}
}

// nullable reports whether null is one of the values that a schema lists.
func nullable(n node) bool {
	list, _ := n.get("enum")
	if c, single := n.get("const"); single {
		list = array(c)
	}
	for _, v := range list.items {
		if v.kind == kindNull {
			return true
		}
	}
	return false
}

// known says which keywords typeOf and enum have read.
func (r *jsonReader) known(f *dataset.Field, key string) bool {
	switch key {
	case "type", "enum", "const":
		return true
	case "format":
		return f.Type == dataset.Date32 || f.Type == dataset.TimeUTC
	case "contentEncoding":
		return f.Type == dataset.Binary
	case "items", "minItems", "maxItems":
		return f.Type.Class() == dataset.ClassList
	default:
		return false
	}
}

// typeNames returns the types that a schema names but null, nil for none, and whether null is one.
func typeNames(n node) (names []string, nulls bool) {
	t, ok := n.get("type")
	if !ok {
		return nil, false
	}
	all := []string{t.text}
	if t.kind == kindArray {
		all, _ = t.strings(nil)
	}
	for _, name := range all {
		if name == "null" {
			nulls = true
		} else {
			names = append(names, name)
		}
	}
	return names, nulls
}

func (r *jsonReader) typeOf(n node, names []string, depth int) dataset.Type {
	name := ""
	switch {
	case len(names) == 1:
		name = names[0]
	case len(names) == 2 && (names[0] == "integer" && names[1] == "number" || names[0] == "number" && names[1] == "integer"):
		name = "number"
	case len(names) == 0 && textsOnly(n):
		name = "string"
	}
	format, _ := n.get("format")
	encoding, _ := n.get("contentEncoding")
	switch {
	case name == "boolean":
		return dataset.Bool
	case name == "integer":
		return dataset.Int64
	case name == "number":
		return dataset.Float64
	case name == "string" && format.text == "date":
		return dataset.Date32
	case name == "string" && format.text == "date-time":
		return dataset.TimeUTC
	case name == "string" && encoding.text == "base64":
		return dataset.Binary
	case name == "string":
		return dataset.Utf8
	case name == "array":
		if t, ok := r.listOf(n, depth+1); ok {
			return t
		}
	}
	if has(n, "type") && len(names) < 5 {
		r.add("type", "a JSON column: no type of a column takes just these values")
	}
	return dataset.JSON
}

func textsOnly(n node) bool {
	list, ok := n.get("enum")
	if c, single := n.get("const"); single {
		list, ok = array(c), true
	}
	var nulls bool
	values, texts := list.strings(&nulls)
	return ok && texts && len(values) > 0
}

// listOf returns the type of an array whose elements are plain and may be null.
func (r *jsonReader) listOf(n node, depth int) (dataset.Type, bool) {
	items, _ := n.get("items")
	items = r.follow(items)
	names, _ := typeNames(items)
	if len(names) != 1 || names[0] == "object" || depth > maxNested {
		return "", false
	}
	elem := r.typeOf(items, names, depth)
	if elem == dataset.JSON {
		return "", false
	}
	for _, key := range items.keys {
		if f := (dataset.Field{Type: elem}); !r.known(&f, key) {
			r.add("items", "the rule "+strconv.Quote(key)+" of the elements is left out")
		}
	}
	low, lowOK := n.get("minItems")
	high, highOK := n.get("maxItems")
	a, _ := low.float()
	b, _ := high.float()
	t := dataset.List(elem)
	if lowOK && highOK && a == b && a >= 1 && a == math.Trunc(a) && a <= 1<<20 {
		t = dataset.FixedSizeList(elem, int(a))
	} else if lowOK || highOK {
		r.add("minItems, maxItems", "left out: the length of a list is one or any")
	}
	parsed, err := dataset.ParseType(string(t))
	return parsed, err == nil
}

// number reads the bounds of a numeric column.
func (r *jsonReader) number(f *dataset.Field, key string, v node) bool {
	class := f.Type.Class()
	x, ok := v.float()
	if !ok || class != dataset.ClassInteger && class != dataset.ClassFloat {
		return false
	}
	switch key {
	case "minimum":
		raise(f, x)
	case "maximum":
		lower(f, x)
	case "exclusiveMinimum":
		raise(f, after(x, class, math.Inf(1)))
	case "exclusiveMaximum":
		lower(f, after(x, class, math.Inf(-1)))
	default:
		return false
	}
	return true
}

// after returns the next value of a class in a direction.
func after(x float64, class dataset.Class, towards float64) float64 {
	if class == dataset.ClassInteger && math.Abs(x) < exact64 {
		if towards > 0 {
			return math.Floor(x) + 1
		}
		return math.Ceil(x) - 1
	}
	return math.Nextafter(x, towards)
}

func raise(f *dataset.Field, x float64) {
	if f.Min == nil || x > *f.Min {
		f.Min = &x
	}
}

func lower(f *dataset.Field, x float64) {
	if f.Max == nil || x < *f.Max {
		f.Max = &x
	}
}

// text reads the rules of texts and the description of any column.
func (r *jsonReader) text(f *dataset.Field, key string, v node, x *lengths) bool {
	switch {
	case key == "description" && v.kind == kindString:
		f.Description = v.text
		return true
	case key == "pattern" && v.kind == kindString && f.Type == dataset.Utf8:
		x.pattern(f, v.text, false, &r.losses)
		return true
	case key == "minLength" || key == "maxLength":
		return f.Type == dataset.Utf8 && x.set(key, v)
	default:
		return false
	}
}

// enum reads the categories of a text column, and reports whether there are no listed values.
func (r *jsonReader) enum(f *dataset.Field, n node) bool {
	list, ok := n.get("enum")
	if c, single := n.get("const"); single {
		list, ok = array(c), true
	}
	if !ok {
		return true
	}
	var nulls bool
	values, textual := list.strings(&nulls)
	if !textual || f.Type != dataset.Utf8 || len(values) == 0 {
		r.add("enum", "left out: categories are texts")
		return false
	}
	f.OneOf = values
	return false
}

// lengths are the bounds on the length of a text, which become a pattern where it has no other.
type lengths struct {
	low, high int
	given     bool
}

func (x *lengths) set(key string, v node) bool {
	n, err := strconv.ParseInt(v.text, 10, 32)
	if v.kind != kindNumber || err != nil || n < 0 {
		return false
	}
	x.given = true
	if key == "minLength" {
		x.low = int(n)
	} else {
		x.high = int(n)
	}
	return true
}

func (x *lengths) pattern(f *dataset.Field, p string, whole bool, l *losses) {
	re2, note, ok := readPattern(p, whole)
	if !ok {
		l.add("pattern", "left out: RE2 does not have its syntax")
		return
	}
	if f.Pattern = re2; note != "" {
		l.add("pattern", note)
	}
}

func (x *lengths) finish(f *dataset.Field, l *losses) {
	if !x.given {
		return
	}
	p, ok := lengthPattern(x.low, x.high)
	if !ok || f.Pattern != "" {
		l.add("minLength, maxLength", "left out: the column has a pattern, or they are beyond 1,000 or contradict each other")
		return
	}
	f.Pattern = p
}
