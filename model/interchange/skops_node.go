package interchange

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
)

// skopsObject is an estimator: its class and its attributes. The zero value, of a file that was refused, has none.
type skopsObject struct {
	s     *skops
	name  string // the whole name of the type
	class string
	attrs map[string]any
}

// node returns a node of the tree and its content.
func (s *skops) node(v any) (n map[string]any, loader, name string) {
	n, ok := v.(map[string]any)
	if !ok {
		s.malformed("schema.json: a node", "another value")
		return nil, "", ""
	}
	loader, _ = n["__loader__"].(string)
	module, _ := n["__module__"].(string)
	class, _ := n["__class__"].(string)
	return n, loader, module + "." + class
}

// attributes returns the content of a DictNode.
func (s *skops) attributes(v any) map[string]any {
	n, loader, _ := s.node(v)
	content, ok := n["content"].(map[string]any)
	if !ok || loader != "DictNode" {
		s.malformed("schema.json: attributes in a DictNode", "another node")
	}
	return content
}

// object returns an estimator of the list of types.
func (s *skops) object(v any) skopsObject {
	n, loader, name := s.node(v)
	o := skopsObject{s: s}
	if s.types == nil {
		s.types = skopsTypes()
	}
	known, ok := s.types[name]
	ok = ok || isBooster(name)
	if s.err == nil && (loader != "ObjectNode" || !ok) {
		s.unsupported("type %s", strconv.Quote(shortenEnd(name)))
	}
	if s.err != nil {
		return o
	}
	o.name, o.class, o.attrs = name, name[strings.LastIndexByte(name, '.')+1:], s.attributes(n["content"])
	if isBooster(name) { // with any attribute: its parameters of training, and other words for them
		return o
	}
	var unknown []string
	for key := range o.attrs {
		if !slices.Contains(known, key) && !slices.Contains(skopsCommon(), key) {
			unknown = append(unknown, key)
		}
	}
	if len(unknown) > 0 {
		s.unsupported("attribute %s of %s", strconv.Quote(shorten(slices.Min(unknown))), o.class)
	}
	if version, _ := o.value("_sklearn_version").(string); !strings.HasPrefix(version, "1.9.") {
		s.unsupported("%s of scikit-learn %s, want 1.9", o.class, strconv.Quote(shorten(version)))
	}
	return o
}

// shortenEnd keeps the end of a name, where the class is.
func shortenEnd(name string) string {
	if parts := strings.Split(name, "."); len(name) > 80 {
		return "…" + shorten(parts[len(parts)-1])
	}
	return name
}

func (o skopsObject) has(key string) bool { return o.attrs[key] != nil }

// need returns an attribute that must be there: without it the estimator is not fitted.
func (o skopsObject) need(key string) any {
	v := o.attrs[key]
	if v == nil && o.s.err == nil {
		o.s.malformed(o.class+": the attribute "+key, "none")
	}
	return v
}

// value returns an attribute that is a number, a text, a bool or None: float64, string, bool or nil. It is an errored value when it is of another type.
func (o skopsObject) value(key string) any { return o.s.value(o.need(key)) }

func (s *skops) value(v any) any {
	if s.err != nil {
		return nil
	}
	n, loader, name := s.node(v)
	if loader == "NdArrayNode" && name != "numpy.ndarray" { // a number of numpy's
		if a := s.array(v); s.err == nil && len(a.numbers) == 1 {
			return a.numbers[0]
		}
	}
	text, ok := n["content"].(string)
	if loader != "JsonNode" || !ok {
		s.malformed("schema.json: a number, a text, a bool or None", "another node")
		return nil
	}
	switch text {
	case "NaN":
		return math.NaN()
	case "Infinity":
		return math.Inf(1)
	case "-Infinity":
		return math.Inf(-1)
	}
	var x any
	if err := json.Unmarshal([]byte(text), &x); err != nil {
		s.malformed("schema.json: a value in JSON", "another text")
		return nil
	}
	switch x.(type) {
	case nil, bool, float64, string:
		return x
	default:
		s.malformed("schema.json: a number, a text, a bool or None", "a list or an object")
		return nil
	}
}

// number returns an attribute that is a number.
func (o skopsObject) number(key string) float64 {
	x, ok := o.value(key).(float64)
	if !ok && o.s.err == nil {
		o.s.malformed(o.class+": a number in "+key, "another value")
	}
	return x
}

// count returns an attribute that is a whole number from 1 to most.
func (o skopsObject) count(key string, most int) int {
	x := o.number(key)
	if o.s.err == nil && !(x >= 1 && x <= float64(most) && x == math.Trunc(x)) {
		o.s.malformed(o.class+": a number from 1 to "+strconv.Itoa(most)+" in "+key, "another")
		return 1
	}
	return int(max(1, x))
}

// flag returns an attribute that is a bool.
func (o skopsObject) flag(key string) bool {
	x, ok := o.value(key).(bool)
	if !ok && o.s.err == nil {
		o.s.malformed(o.class+": a bool in "+key, "another value")
	}
	return x
}

// text returns an attribute that is a text.
func (o skopsObject) text(key string) string {
	x, ok := o.value(key).(string)
	if !ok && o.s.err == nil {
		o.s.malformed(o.class+": a text in "+key, "another value")
	}
	return x
}

// none refuses an attribute that is not None.
func (o skopsObject) none(keys ...string) {
	for _, key := range keys {
		if v := o.need(key); o.s.err == nil {
			if _, loader, _ := o.s.node(v); loader != "JsonNode" || o.s.value(v) != nil {
				o.s.unsupported("%s of %s: want None", key, o.class)
			}
		}
	}
}

// isNone reports whether an attribute is None.
func (o skopsObject) isNone(key string) bool {
	v := o.need(key)
	if o.s.err != nil {
		return true
	}
	_, loader, _ := o.s.node(v)
	return loader == "JsonNode" && o.s.value(v) == nil
}

// one returns an attribute that must be one of some texts.
func (o skopsObject) one(key string, of ...string) string {
	x := o.text(key)
	if o.s.err == nil && !slices.Contains(of, x) {
		o.s.unsupported("%s %s of %s: want %s", key, strconv.Quote(shorten(x)), o.class, strings.Join(of, " or "))
	}
	return x
}

// list returns the nodes of an attribute that is a list or a tuple.
func (o skopsObject) list(key string) []any { return o.s.list(o.need(key)) }

func (s *skops) list(v any) []any {
	if s.err != nil {
		return nil
	}
	n, loader, _ := s.node(v)
	items, ok := n["content"].([]any)
	if !ok || (loader != "ListNode" && loader != "TupleNode") {
		s.malformed("schema.json: a list", "another node")
	}
	return items
}

// array returns an attribute that is an array.
func (o skopsObject) array(key string) *skopsArray { return o.s.array(o.need(key)) }

// array returns an array; it is empty after an error.
func (s *skops) array(v any) *skopsArray {
	empty := &skopsArray{shape: []int{0}}
	if s.err != nil {
		return empty
	}
	n, loader, _ := s.node(v)
	kind, _ := n["type"].(string)
	name, _ := n["file"].(string)
	items, isList := n["content"].([]any)
	switch {
	case loader == "NdArrayNode" && kind == "numpy":
		data, err := s.file.read(name)
		if err == nil {
			var a *skopsArray
			if a, err = parseNPY(data); err == nil {
				return a
			}
		}
		s.fail(err)
	case loader == "NdArrayNode" && kind == "json" && isList:
		a, texts, numbers := &skopsArray{shape: []int{len(items)}, whole: true}, false, false
		for _, item := range items {
			x := s.value(item)
			_, text := x.(string)
			a.append(x)
			texts, numbers = texts || text, numbers || !text && !a.missing[len(a.missing)-1]
		}
		switch {
		case texts && numbers:
			s.unsupported("an array of numbers and texts")
		case texts:
			a.numbers = nil
		default:
			a.texts = nil
		}
		if s.err == nil {
			return a
		}
	default:
		s.malformed("schema.json: an array", "another node")
	}
	return empty
}

// append appends an object of an array of objects: a missing one is NaN and an empty text.
func (a *skopsArray) append(x any) {
	text, number := "", math.NaN()
	switch x := x.(type) {
	case string:
		text = x
	case bool:
		a.bools, number = true, 0
		if x {
			number = 1
		}
	case float64:
		number = x
		a.whole = a.whole && (x != x || x == math.Trunc(x))
	}
	_, is := x.(string)
	a.texts, a.numbers, a.missing = append(a.texts, text), append(a.numbers, number), append(a.missing, !is && number != number)
}

// steps returns the estimators of a pipeline, nil for a step that passes its input on.
func (s *skops) steps(o skopsObject) []any {
	var out []any
	for _, v := range o.list("steps") {
		items := s.list(v)
		if s.err == nil && len(items) != 2 {
			s.malformed("Pipeline: steps of a name and an estimator", "others")
		}
		if s.err != nil {
			return nil
		}
		out = append(out, s.estimatorOr(items[1], "passthrough"))
	}
	return out
}

// estimatorOr returns a node of an estimator, nil for one of the words or None.
func (s *skops) estimatorOr(v any, word string) any {
	if _, loader, _ := s.node(v); loader != "JsonNode" {
		return v
	}
	if x := s.value(v); s.err == nil && x != nil && x != word {
		s.fail(&dataset.FormatError{Format: skopsFormat, Want: "an estimator or " + word, Got: "another value"})
	}
	return nil
}
