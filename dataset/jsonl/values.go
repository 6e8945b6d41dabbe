package jsonl

import (
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// setter appends a value to a builder, and reports false for one that is none of its type; the builder is then of no use.
type setter func(v value) bool

// newSetter returns the setter of a builder, nil for a type that JSON does not hold. In a mixed column numbers and bools are texts as they are written.
func newSetter(b array.Builder, t dataset.Type, mixed bool, depth int) setter {
	switch b := b.(type) {
	case *array.ListBuilder:
		return listSetter(b, b.ValueBuilder(), -1, depth)
	case *array.FixedSizeListBuilder:
		return listSetter(b, b.ValueBuilder(), int(b.Type().(*arrow.FixedSizeListType).Len()), depth)
	case *array.StructBuilder:
		return structSetter(b, depth)
	}
	put := cell.Appender(b)
	if put == nil {
		return nil
	}
	class := t.Class()
	return func(v value) bool {
		switch {
		case v.kind == kindNull:
			b.AppendNull()
			return true
		case class == dataset.ClassJSON:
			return put(v.raw)
		case class == dataset.ClassText && mixed && (v.kind == kindNumber || v.kind == kindBool):
			return put(v.raw)
		case class == dataset.ClassText:
			return v.kind == kindString && put(v.text)
		case v.kind == kindString:
			return put(cell.Trim(v.text))
		case v.kind == kindNumber:
			return class <= dataset.ClassDecimal && put(v.raw)
		default:
			return v.kind == kindBool && class == dataset.ClassBool && put(v.raw)
		}
	}
}

// innerType returns the type of what lists and structs hold.
func innerType(b array.Builder) dataset.Type {
	t, _ := dataset.TypeOf(b.Type()) // the builder is of a schema
	return t
}

// listSetter sets lists, of n elements when n is not below 0.
func listSetter(b interface {
	array.Builder
	Append(valid bool)
}, elements array.Builder, n, depth int,
) setter {
	set := newSetter(elements, innerType(elements), false, depth)
	if set == nil {
		return nil
	}
	p := parser{maxDepth: depth}
	return func(v value) bool {
		if v.kind == kindNull {
			b.AppendNull()
			return true
		}
		if v.kind != kindNested || v.raw[0] != '[' {
			return false
		}
		b.Append(true)
		count, ok := 0, true
		err := p.elements(v.raw, func(v value) error {
			count++
			ok = ok && set(v)
			return nil
		})
		return err == nil && ok && (n < 0 || n == count)
	}
}

// structSetter sets structs: members by their keys, others are dropped, absent ones are null.
func structSetter(b *array.StructBuilder, depth int) setter {
	st := b.Type().(*arrow.StructType)
	sets, index := make([]setter, b.NumField()), make(map[string]int, b.NumField())
	for i := range sets {
		if sets[i] = newSetter(b.FieldBuilder(i), innerType(b.FieldBuilder(i)), false, depth); sets[i] == nil {
			return nil
		}
		index[st.Field(i).Name] = i
	}
	p := parser{maxDepth: depth}
	met := make([]bool, len(sets))
	return func(v value) bool {
		if v.kind == kindNull {
			b.AppendNull()
			return true
		}
		if v.kind != kindNested || v.raw[0] != '{' {
			return false
		}
		b.Append(true)
		clear(met)
		ok := true
		err := p.object(v.raw, func(key []byte, v value) error {
			if i, wanted := index[string(key)]; wanted {
				ok = ok && !met[i] && sets[i](v)
				met[i] = true
			}
			return nil
		})
		for i, m := range met {
			if !m {
				b.FieldBuilder(i).AppendNull()
			}
		}
		return err == nil && ok
	}
}

// checkTypes errors for a column of s that JSON does not hold.
func checkTypes(s *dataset.Schema) error {
	rb := array.NewRecordBuilder(memory.DefaultAllocator, s.Arrow())
	defer rb.Release()
	for i, f := range s.Fields() {
		if newSetter(rb.Field(i), f.Type, false, 1) == nil {
			return fmt.Errorf("column %q: type %s in %s: %w", f.Name, f.Type, jsonLines, dataset.ErrUnsupported)
		}
	}
	return nil
}
