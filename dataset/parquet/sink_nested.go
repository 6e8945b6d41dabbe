package parquet

import (
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/parquet-go/parquet-go"

	"github.com/tidewheel/tidewheel/dataset"
)

// optionalNode returns the node of a column or of what is in one: optional, text dictionary encoded.
func optionalNode(t dataset.Type) (parquet.Node, error) {
	node, err := valueNode(t)
	if err != nil {
		return nil, err
	}
	if t.IsText() {
		node = parquet.Encoded(node, &parquet.RLEDictionary)
	}
	// Everything is optional: the schema says where a null is refused, and a sink writes what it is given.
	return parquet.Optional(node), nil
}

func valueNode(t dataset.Type) (parquet.Node, error) {
	if node, ok := nodeOf(t); ok {
		return node, nil
	}
	dt, err := t.Arrow()
	if err != nil {
		return nil, err
	}
	switch dt := dt.(type) {
	case *arrow.StructType:
		g := group{Group: parquet.Group{}}
		for _, f := range dt.Fields() {
			if _, ok := g.Group[f.Name]; ok {
				return nil, fmt.Errorf("two fields of one name in type %s: %w", t, dataset.ErrUnsupported)
			}
			if g.Group[f.Name], err = arrowNode(f.Type); err != nil {
				return nil, err
			}
			g.order = append(g.order, f.Name)
		}
		if len(g.order) == 0 {
			return nil, fmt.Errorf("type %s: %w", t, dataset.ErrUnsupported)
		}
		return g, nil
	case arrow.ListLikeType:
		element, err := arrowNode(dt.Elem())
		if err != nil {
			return nil, err
		}
		return parquet.List(element), nil
	default:
		return nil, fmt.Errorf("type %s: %w", t, dataset.ErrUnsupported)
	}
}

func arrowNode(dt arrow.DataType) (parquet.Node, error) {
	t, err := dataset.TypeOf(dt)
	if err != nil {
		return nil, err
	}
	return optionalNode(t)
}

// leavesOf returns how many columns of a file a type becomes.
func leavesOf(dt arrow.DataType) int {
	switch dt := dt.(type) {
	case *arrow.StructType:
		n := 0
		for _, f := range dt.Fields() {
			n += leavesOf(f.Type)
		}
		return n
	case arrow.ListLikeType:
		return leavesOf(dt.Elem())
	default:
		return 1
	}
}

// shredder cuts the values of a nested array into those of its leaves. All of it is optional, so that a value is one definition level above what holds it.
type shredder struct {
	array    arrow.Array
	children []*shredder
	offsets  func(i int) (start, end int64) // of a list
	value    func(i int) parquet.Value      // of a leaf
	leaf     int                            // the first one
	leaves   int
	lists    int // lists around the value
}

// newShredder returns the shredder of an array whose first leaf has a number and that is in some lists.
func newShredder(a arrow.Array, leaf, lists int) (*shredder, error) {
	s := &shredder{array: a, leaf: leaf, leaves: leavesOf(a.DataType()), lists: lists}
	var err error
	add := func(child arrow.Array, leaf, lists int) error {
		c, err := newShredder(child, leaf, lists)
		s.children = append(s.children, c)
		return err
	}
	switch a := a.(type) {
	case *array.Struct:
		for i := range a.NumField() {
			if err := add(a.Field(i), leaf, lists); err != nil {
				return nil, err
			}
			leaf += s.children[i].leaves
		}
	case array.ListLike:
		s.offsets = a.ValueOffsets
		err = add(a.ListValues(), leaf, lists+1)
	default:
		s.value, err = valueAt(a)
	}
	return s, err
}

// append appends value i to the values of the leaves.
func (s *shredder) append(out [][]parquet.Value, i, rep, def int) {
	switch {
	case s.value != nil:
		v := s.value(i)
		if !v.IsNull() {
			def++
		}
		out[s.leaf] = append(out[s.leaf], v.Level(rep, def, s.leaf))
	case s.array.IsNull(i):
		s.none(out, rep, def)
	case s.offsets == nil:
		for _, c := range s.children {
			c.append(out, i, rep, def+1)
		}
	default:
		from, to := s.offsets(i)
		if from == to {
			s.none(out, rep, def+1)
		}
		for k := from; k < to; k++ {
			s.children[0].append(out, int(k), rep, def+2)
			rep = s.lists + 1
		}
	}
}

// none appends that there is no value.
func (s *shredder) none(out [][]parquet.Value, rep, def int) {
	for leaf := s.leaf; leaf < s.leaf+s.leaves; leaf++ {
		out[leaf] = append(out[leaf], parquet.NullValue().Level(rep, def, leaf))
	}
}

// partRows are the rows of a column that are turned into values at once.
const partRows = 4096

// writeNested writes a nested column to the writers of the file, of which it begins at number leaf.
func writeNested(writers []*parquet.ColumnWriter, a arrow.Array, leaf int) error {
	s, err := newShredder(a, leaf, 0)
	if err != nil {
		return err
	}
	out := make([][]parquet.Value, leaf+s.leaves)
	for from := 0; from < a.Len(); from += partRows {
		for i := from; i < min(from+partRows, a.Len()); i++ {
			s.append(out, i, 0, 0)
		}
		for at := leaf; at < len(out); at++ {
			if _, err := writers[at].WriteRowValues(out[at]); err != nil {
				return err
			}
			out[at] = out[at][:0]
		}
	}
	return nil
}
