package parquet

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"github.com/tidewheel/tidewheel/dataset"
)

// shape is how a node of the tree of columns becomes Arrow's.
type shape uint8

const (
	leafShape shape = iota
	structShape
	listShape
)

// node is a column of a file, or one inside a nested column, in the way that its values become Arrow's. A list of Parquet, which is a group around a repeated field
// or a repeated field alone, is one node.
//
// A value of the node stands at each entry of a leaf below it whose repetition level is at most rep and whose definition level is at least exists. It is not null
// where the definition level is def or more. A list has an element at each entry with a repetition level of at most items and a definition level of at least filled.
type node struct {
	name          string
	parent        *node
	shape         shape
	nullable      bool
	rep, exists   int
	def           int
	items, filled int
	children      []*node // of a struct its fields, of a list its element
	leaf          leaf    // of a leaf
	typ           dataset.Type
	refused       string // why it cannot be read
	at            *node  // that is the reason
	inside        *node  // in a struct, of which Options.Flatten has made the column
}

// path returns the names from the top-level column down, with points between.
func (n *node) path() string {
	if n.parent == nil {
		return n.name
	}
	return n.parent.path() + "." + n.name
}

// levels are the levels at which a node's parent has a value.
type levels struct{ rep, exists, def int }

// forest reads the elements of a file's schema into the trees of its top-level columns.
type forest struct {
	elements []format.SchemaElement
	leaves   int
}

// maxDepth bounds the nesting of columns.
const maxDepth = 64

// element is an element of the schema with those below it.
type element struct {
	*format.SchemaElement
	children []element
	index    int // of a leaf among those of the file
}

// columnTrees returns the top-level columns in order and the number of leaves below them.
func columnTrees(elements []format.SchemaElement) ([]*node, error) {
	if len(elements) == 0 {
		return nil, formatError("", "a root column", "none")
	}
	f := forest{elements: elements[1:]}
	var out []*node
	for len(f.elements) > 0 {
		e, err := f.next(0)
		if err != nil {
			return nil, err
		}
		n := field(e, levels{}, nil)
		out = append(out, n)
	}
	if int(elements[0].NumChildren.V) != len(out) {
		return nil, formatError("", fmt.Sprintf("%d columns", elements[0].NumChildren.V), fmt.Sprint(len(out)))
	}
	return out, nil
}

// next takes an element and all below it.
func (f *forest) next(depth int) (element, error) {
	if len(f.elements) == 0 {
		return element{}, formatError("", "a tree of columns", "one that does not end")
	}
	if depth > maxDepth {
		return element{}, fmt.Errorf("columns nested deeper than %d: %w", maxDepth, dataset.ErrLimit)
	}
	e := element{SchemaElement: &f.elements[0], index: f.leaves}
	f.elements = f.elements[1:]
	n := int(e.NumChildren.V)
	if n <= 0 {
		f.leaves++
		return e, nil
	}
	for range n {
		child, err := f.next(depth + 1)
		if err != nil {
			return e, err
		}
		e.children = append(e.children, child)
	}
	return e, nil
}

// annotation is what a group is said to be.
type annotation uint8

const (
	noAnnotation annotation = iota
	listAnnotation
	mapAnnotation
)

func (e element) annotation() annotation {
	switch e.LogicalType.Value.(type) {
	case *format.ListType:
		return listAnnotation
	case *format.MapType:
		return mapAnnotation
	case nil:
	default:
		return noAnnotation
	}
	if e.ConvertedType.Valid {
		switch e.ConvertedType.V {
		case deprecated.List:
			return listAnnotation
		case deprecated.Map, deprecated.MapKeyValue:
			return mapAnnotation
		default:
		}
	}
	return noAnnotation
}

func (e element) repeated() bool {
	return e.RepetitionType.Valid && e.RepetitionType.V == format.Repeated
}

// field returns the node of an element whose parent has a value at the levels up. A repeated field without an annotation around it is a list of required elements.
func field(e element, up levels, parent *node) *node {
	if !e.repeated() {
		return e.value(up, parent, e.RepetitionType.Valid && e.RepetitionType.V == format.Optional)
	}
	n := &node{name: e.Name, parent: parent, shape: listShape, rep: up.rep, exists: up.exists, def: up.def}
	n.list(e.value(n.open(), n, false))
	return n
}

// open makes the node a list of elements one level down, and returns the levels of those.
func (n *node) open() levels {
	n.items, n.filled = n.rep+1, n.def+1
	return levels{rep: n.items, exists: n.filled, def: n.filled}
}

// list sets the element of a list.
func (n *node) list(item *node) {
	n.children = []*node{item}
	n.typ, n.refused, n.at = dataset.List(item.typ), item.refused, item.at
	n.bounded()
}

// bounded refuses a type that is nested deeper than those of package dataset.
func (n *node) bounded() {
	if n.refused != "" {
		n.typ = ""
		return
	}
	t, err := dataset.ParseType(string(n.typ))
	if err != nil {
		n.refuse("nested columns of a type that is too deep or too long")
		return
	}
	n.typ = t
}

func (n *node) refuse(why string) { n.typ, n.refused, n.at = "", why, n }

// value returns the node of an element as one value, whatever its repetition.
func (e element) value(up levels, parent *node, nullable bool) *node {
	n := &node{name: e.Name, parent: parent, nullable: nullable, rep: up.rep, exists: up.exists, def: up.def}
	if nullable {
		n.def++
	}
	switch {
	case len(e.children) == 0:
		n.leaf = leafOf(e.SchemaElement, e.index)
		n.leaf.nullable = nullable
		n.typ, n.refused, n.at = n.leaf.typ, n.leaf.refused, n
		if !e.Type.Valid {
			n.refuse("a group without columns")
		}
	case e.annotation() == listAnnotation:
		e.listOf(n)
	case e.annotation() == mapAnnotation:
		e.mapOf(n)
	default:
		n.fields(e.children)
	}
	return n
}

// fields makes the node a struct.
func (n *node) fields(children []element) {
	n.shape = structShape
	up := levels{rep: n.rep, exists: n.exists, def: n.def}
	for _, c := range children {
		n.children = append(n.children, field(c, up, n))
	}
	n.sum()
}

// sum sets the type of a struct.
func (n *node) sum() {
	parts, seen := make([]string, len(n.children)), make(map[string]bool, len(n.children))
	n.refused = ""
	for i, c := range n.children {
		switch {
		case c.refused != "":
			n.typ, n.refused, n.at = "", c.refused, c.at
			return
		case c.name == "" || strings.TrimSpace(c.name) != c.name || strings.ContainsAny(c.name, ",:<>()[]\x00\n\r"):
			n.refuse("a field of a struct without a name or with one of the signs ,:<>()[] in it")
			return
		case seen[c.name]:
			n.refuse("a struct with two fields of one name")
			return
		}
		seen[c.name] = true
		parts[i] = c.name + ":" + string(c.typ)
	}
	n.typ = dataset.Type("struct<" + strings.Join(parts, ",") + ">")
	n.bounded()
}

// listOf reads a group that is annotated as a list.
// Source: Apache Parquet, LogicalTypes.md, "Lists" with its rules for older files, of which the name of the repeated group is the last.
func (e element) listOf(n *node) {
	n.shape = listShape
	if len(e.children) != 1 || !e.children[0].repeated() {
		n.refuse("a list that is not one repeated field")
		return
	}
	r := e.children[0]
	up := n.open()
	switch {
	case len(r.children) != 1, r.annotation() != noAnnotation, r.children[0].repeated(), r.Name == "array", r.Name == e.Name+"_tuple":
		n.list(r.value(up, n, false))
	default:
		n.list(field(r.children[0], up, n))
	}
}

// mapOf reads a group that is annotated as a map: a list of structs of key and value, or of keys when there are no values.
func (e element) mapOf(n *node) {
	n.shape = listShape
	if len(e.children) != 1 || !e.children[0].repeated() || len(e.children[0].children) == 0 || len(e.children[0].children) > 2 {
		n.refuse("a map that is not one repeated group of keys and values")
		return
	}
	r := e.children[0]
	up := n.open()
	if len(r.children) == 1 {
		n.list(field(r.children[0], up, n))
		return
	}
	entry := &node{name: r.Name, parent: n, rep: up.rep, exists: up.exists, def: up.def}
	entry.fields(r.children)
	entry.children[0].name, entry.children[1].name = "key", "value"
	if entry.refused == "" || entry.at == entry {
		entry.sum()
	}
	n.list(entry)
}

// appendLeaves appends the leaves below the node in order.
func (n *node) appendLeaves(out []*node) []*node {
	if n.shape == leafShape {
		return append(out, n)
	}
	for _, c := range n.children {
		out = c.appendLeaves(out)
	}
	return out
}

// flattened returns the columns that are left when the fields of structs are columns named by path. A list stays one.
func flattened(columns []*node) (out []*node) {
	for _, n := range columns {
		out = n.flatten(out, "", false)
	}
	return out
}

// longestPath is more than the name of a column may have; what is behind it does not matter.
const longestPath = 1 << 10

func (n *node) flatten(out []*node, prefix string, nullable bool) []*node {
	name := prefix + n.name
	name = name[:min(len(name), longestPath)]
	nullable = nullable || n.nullable
	if n.shape == structShape {
		for _, c := range n.children {
			out = c.flatten(out, name+".", nullable)
		}
		return out
	}
	column := *n
	column.name, column.nullable, column.parent, column.inside = name, nullable, nil, n
	return append(out, &column)
}

// encrypted is why a file or a column is refused that cannot be read without a key.
const encrypted = "encryption"

func unsupported(column, what string) error {
	return &dataset.UnsupportedError{Format: "parquet", Column: column, What: what}
}

// column returns the reader of the column as arrays of type dt, its own or another that fits.
func (n *node) column(r io.ReaderAt, dt arrow.DataType, o Options) (column, error) {
	if n.shape == leafShape && n.def <= 1 {
		l := n.leaf
		l.name, l.nullable = n.name, n.def == 1
		return l.column(r, dt, o)
	}
	return newNested(n, r, dt, o)
}

// stated returns the leaf whose statistics are those of the column, one outside every file when they are none or of other values than the column's.
func (n *node) stated() leaf {
	if n.shape != leafShape || n.leaf.form != ownForm {
		return leaf{index: math.MaxInt}
	}
	return n.leaf
}

// declared returns the rules of the column in the file's own schema. One that was inside a struct has those of the struct on privacy, and its description.
func (n *node) declared(own *dataset.Schema) (dataset.Field, bool) {
	if f, ok := own.Lookup(n.name); ok || n.inside == nil {
		return f, ok
	}
	var names []string
	for p := n.inside; p != nil; p = p.parent {
		names = append(names, p.name)
	}
	slices.Reverse(names)
	f, ok := own.Lookup(names[0])
	dt, err := f.Type.Arrow()
	if !ok || err != nil {
		return f, false
	}
	for _, name := range names[1:] {
		st, ok := dt.(*arrow.StructType)
		if !ok {
			return f, false
		}
		field, ok := st.FieldByName(name)
		if !ok {
			return f, false
		}
		dt = field.Type
	}
	t, err := dataset.TypeOf(dt)
	return dataset.Field{
		Name: n.name, Type: t, Nullable: n.nullable, Unit: f.Unit, Personal: f.Personal, Sensitive: f.Sensitive, Purpose: f.Purpose, Description: f.Description,
	}, err == nil
}

// fits reports whether a type that the file's own schema declares is the column's: in another encoding of text, another zone, or with the length of its lists.
func (n *node) fits(t dataset.Type) bool {
	if t == n.typ || t.IsText() && n.typ.IsText() || t.Class() == dataset.ClassTime && n.typ == dataset.TimeUTC && t != dataset.Timestamp {
		return true
	}
	dt, err := t.Arrow()
	return err == nil && n.shape != leafShape && n.holds(dt)
}

// holds is fits for what is inside a nested column.
func (n *node) holds(dt arrow.DataType) bool {
	switch dt := dt.(type) {
	case *arrow.StructType:
		if n.shape != structShape || dt.NumFields() != len(n.children) {
			return false
		}
		for i, c := range n.children {
			if c.name != dt.Field(i).Name || !c.holds(dt.Field(i).Type) {
				return false
			}
		}
		return true
	case arrow.ListLikeType:
		return n.shape == listShape && n.children[0].holds(dt.Elem())
	default:
		t, err := dataset.TypeOf(dt)
		return err == nil && n.shape == leafShape && (t == n.typ || n.fits(t))
	}
}
