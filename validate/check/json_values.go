package check

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
)

// field reads the value of a field.
func (p parser) field(v reflect.Value, text []byte, depth int) error {
	switch v.Interface().(type) {
	case time.Duration:
		var s string
		if err := exactly(text, &s); err != nil {
			return err
		}
		d, err := time.ParseDuration(s)
		if err != nil {
			return wrong("a duration such as 36h", "another text")
		}
		v.SetInt(int64(d))
		return nil
	case dataset.Operator:
		var s string
		if err := exactly(text, &s); err != nil {
			return err
		}
		at := slices.Index(signs(), s)
		if at < 0 {
			return wrong("one of == != < <= > >=", "another text")
		}
		v.SetUint(uint64(at))
		return nil
	case dataset.Value:
		return value(v, text)
	}
	switch v.Kind() {
	case reflect.Interface:
		return p.inner(v, text, depth)
	case reflect.Slice:
		items, err := elements(text)
		if err != nil {
			return err
		}
		v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
		for i, item := range items {
			if err := p.field(v.Index(i), item, depth); err != nil {
				return fmt.Errorf("[%d]: %w", i, err)
			}
		}
		return nil
	default:
		return exactly(text, v.Addr().Interface())
	}
}

// inner reads a check in a check, or the name of a source.
func (p parser) inner(v reflect.Value, text []byte, depth int) error {
	if v.Type() == reflect.TypeFor[Check]() {
		c, err := p.check(text, depth-1)
		if err == nil {
			v.Set(reflect.ValueOf(c))
		}
		return err
	}
	var name string
	if err := exactly(text, &name); err != nil {
		return err
	}
	if p.o.Source == nil {
		return option("ParseOptions.Source", "nil", "what opens sources")
	}
	src, err := p.o.Source(name)
	if err == nil && src != nil {
		v.Set(reflect.ValueOf(src))
	}
	return err
}

func value(v reflect.Value, text []byte) error {
	var number float64
	if exactly(text, &number) == nil {
		v.Set(reflect.ValueOf(dataset.NumberValue(number)))
		return nil
	}
	var s string
	if exactly(text, &s) != nil {
		return wrong("a number or a text", "another value")
	}
	v.Set(reflect.ValueOf(dataset.TextValue(s)))
	return nil
}

// exactly reads a text, number or truth, which must be there and of the type.
func exactly(text []byte, to any) error {
	want := fmt.Sprintf("a value for %v", reflect.TypeOf(to).Elem())
	if len(text) == 0 {
		return wrong(want, "none")
	}
	if string(text) == "null" {
		return wrong(want, "null")
	}
	if _, named := to.(encoding.TextUnmarshaler); named && text[0] != '"' {
		return wrong("a text", "another value")
	}
	if json.Unmarshal(text, to) != nil { // its error may hold the value
		return wrong(want, "another value")
	}
	return nil
}

// object reads an object whose keys stand once.
func object(text []byte) (map[string]json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, wrong("a JSON object", "something else")
	}
	out := make(map[string]json.RawMessage)
	for dec.More() {
		t, err := dec.Token()
		name, ok := t.(string)
		var value json.RawMessage
		if err != nil || !ok || dec.Decode(&value) != nil {
			return nil, wrong("a JSON object", "something else")
		}
		if _, again := out[name]; again {
			return nil, wrong("each key once", "one twice")
		}
		out[name] = value
	}
	return out, closed(dec)
}

// elements reads an array.
func elements(text []byte) ([]json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	if t, err := dec.Token(); err != nil || t != json.Delim('[') {
		return nil, wrong("a JSON array", "something else")
	}
	var out []json.RawMessage
	for dec.More() {
		var value json.RawMessage
		if dec.Decode(&value) != nil {
			return nil, wrong("a JSON array", "something else")
		}
		out = append(out, value)
	}
	return out, closed(dec)
}

// closed reads the end of an object or array, which ends the text.
func closed(dec *json.Decoder) error {
	if _, err := dec.Token(); err != nil {
		return wrong("JSON that ends", "a text that is cut")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return wrong("one JSON value", "more behind it")
	}
	return nil
}
