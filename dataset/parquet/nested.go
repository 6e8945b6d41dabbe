package parquet

import (
	"fmt"
	"io"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/parquet-go/parquet-go"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/arrays"
)

// assembler makes the Arrow array of a node from what the readers of its leaves hold.
type assembler struct {
	node     *node
	dt       arrow.DataType
	reader   *leafReader // of the node, or of the first leaf below it
	children []*assembler
}

func newAssembler(r io.ReaderAt, n *node, dt arrow.DataType, o Options) (*assembler, []*leafReader, error) {
	a := &assembler{node: n, dt: dt}
	if n.shape == leafShape {
		l := n.leaf
		l.name = n.path()
		v, err := l.values(dt, l.layout(o.MaxPageBytes))
		if err != nil {
			return nil, nil, err
		}
		a.reader = &leafReader{node: n, r: r, limit: o.MaxPageBytes, mem: o.Allocator, counts: o.Counters, values: v}
		return a, []*leafReader{a.reader}, nil
	}
	var readers []*leafReader
	for i, c := range n.children {
		child, more, err := newAssembler(r, c, elementOf(dt, i), o)
		if err != nil {
			return nil, nil, err
		}
		readers = append(readers, more...)
		a.children = append(a.children, child)
	}
	a.reader = readers[0]
	return a, readers, nil
}

// elementOf returns the type of child i of a struct, or of the elements of a list.
func elementOf(dt arrow.DataType, i int) arrow.DataType {
	switch dt := dt.(type) {
	case *arrow.StructType:
		return dt.Field(i).Type
	case arrow.ListLikeType:
		return dt.Elem()
	default:
		return dt
	}
}

// data returns the values of the batch, owned by the caller.
func (a *assembler) data(mem memory.Allocator) (arrow.ArrayData, error) {
	switch a.node.shape {
	case structShape:
		return a.structs(mem)
	case listShape:
		return a.lists(mem)
	default:
		d := a.reader.array.Data()
		d.Retain()
		return d, nil
	}
}

// has reports whether value i is not null.
func (v validity) has(i int) bool { return v.bits[i/8]>>(i%8)&1 == 1 }

// slots returns which values of the node there are, and, of a list, where each starts among the elements.
func (a *assembler) slots() (v validity, offsets []int32) {
	n, rep, def := a.node, a.reader.rep, a.reader.def
	rep = rep[:len(def)]
	v.bits = make([]byte, len(def)/8+1)
	starts := make([]int32, len(def)+1)
	present, elements := 0, 0
	for i, d := range def {
		own := one(int(rep[i]) <= n.rep) & one(int(d) >= n.exists)
		value := own & one(int(d) >= n.def)
		starts[v.rows] = int32(elements)
		v.bits[v.rows>>3] |= byte(value << (v.rows & 7))
		v.rows += own
		present += value
		elements += one(int(rep[i]) <= n.items) & one(int(d) >= n.filled)
	}
	starts[v.rows] = int32(elements)
	v.nulls = v.rows - present
	v.bits = v.bits[:(v.rows+7)/8]
	return v, append([]int32(nil), starts[:v.rows+1]...)
}

// nestedData returns the data of values with children, of which it keeps its own references.
func nestedData(dt arrow.DataType, mem memory.Allocator, v validity, offsets []int32, children ...arrow.ArrayData) arrow.ArrayData {
	buffers := make([]*memory.Buffer, 1, 2)
	if v.nulls > 0 {
		buffers[0] = arrays.Buffer(v.bits, mem)
		defer buffers[0].Release()
	}
	if offsets != nil {
		b := arrays.Buffer(arrow.GetBytes(offsets), mem)
		defer b.Release()
		buffers = append(buffers, b)
	}
	return array.NewData(dt, v.rows, buffers, children, v.nulls, 0)
}

func (a *assembler) structs(mem memory.Allocator) (arrow.ArrayData, error) {
	n := a.node
	v, _ := a.slots()
	var fields []arrow.ArrayData
	defer func() {
		for _, f := range fields {
			f.Release()
		}
	}()
	var uneven error
	for _, c := range a.children {
		d, err := c.data(mem)
		if err != nil {
			return nil, err
		}
		fields = append(fields, d)
		if d.Len() != v.rows {
			uneven = formatError(n.path(), fmt.Sprintf("%d values of each field", v.rows), fmt.Sprint(d.Len()))
		}
	}
	if uneven != nil {
		return nil, uneven
	}
	return nestedData(a.dt, mem, v, nil, fields...), nil
}

func (a *assembler) lists(mem memory.Allocator) (arrow.ArrayData, error) {
	n := a.node
	v, offsets := a.slots()
	elements := offsets[v.rows]
	values, err := a.children[0].data(mem)
	if err != nil {
		return nil, err
	}
	defer values.Release()
	if values.Len() != int(elements) {
		return nil, formatError(n.path(), fmt.Sprintf("%d elements", elements), fmt.Sprint(values.Len()))
	}
	if dt, ok := a.dt.(*arrow.FixedSizeListType); ok {
		return a.fixedLists(mem, dt, v, offsets, values)
	}
	return nestedData(a.dt, mem, v, offsets, values), nil
}

// fixedLists makes lists of one length, in which a null list has elements too.
func (a *assembler) fixedLists(mem memory.Allocator, dt *arrow.FixedSizeListType, v validity, offsets []int32, values arrow.ArrayData) (arrow.ArrayData, error) {
	size := dt.Len()
	for i := range v.rows {
		if k := offsets[i+1] - offsets[i]; k != size && v.has(i) {
			return nil, formatError(a.node.path(), fmt.Sprintf("lists of %d elements", size), fmt.Sprintf("one of %d", k))
		}
	}
	if v.nulls > 0 {
		padded, err := pad(mem, v, offsets, values, int(size))
		if err != nil {
			return nil, err
		}
		defer padded.Release()
		values = padded
	}
	return nestedData(dt, mem, v, nil, values), nil
}

// pad puts size nulls where a list is null.
func pad(mem memory.Allocator, v validity, offsets []int32, values arrow.ArrayData, size int) (arrow.ArrayData, error) {
	if int64(v.rows)*int64(size) > math.MaxInt32 {
		return nil, fmt.Errorf("a batch of more than %d elements, want fewer rows: %w", math.MaxInt32, dataset.ErrLimit)
	}
	whole := array.MakeFromData(values)
	defer whole.Release()
	gap := array.MakeArrayOfNull(mem, whole.DataType(), size)
	defer gap.Release()
	var parts []arrow.Array
	defer func() { release(parts) }()
	for i := 0; i < v.rows; {
		from := i
		for i < v.rows && v.has(i) {
			i++
		}
		if i > from {
			parts = append(parts, array.NewSlice(whole, int64(offsets[from]), int64(offsets[i])))
			continue
		}
		gap.Retain()
		parts = append(parts, gap)
		i++
	}
	out, err := array.Concatenate(parts, mem)
	if err != nil {
		return nil, err
	}
	defer out.Release()
	out.Data().Retain()
	return out.Data(), nil
}

// nested is a column with others inside, or one that was inside.
type nested struct {
	root    *assembler
	readers []*leafReader
	mem     memory.Allocator
	schema  *dataset.Schema // of a batch of the column alone
	pending int             // rows to pass over before the next one is read
}

func newNested(n *node, r io.ReaderAt, dt arrow.DataType, o Options) (column, error) {
	t, err := dataset.TypeOf(dt)
	if err != nil {
		return nil, err
	}
	s, err := dataset.NewSchema(dataset.Field{Name: n.name, Type: t, Nullable: true})
	if err != nil {
		return nil, err
	}
	root, readers, err := newAssembler(r, n, dt, o)
	if err != nil {
		return nil, err
	}
	return &nested{root: root, readers: readers, mem: o.Allocator, schema: s}, nil
}

func (c *nested) begin(f *parquet.File, group int) error {
	c.pending = 0
	for _, r := range c.readers {
		if err := r.begin(f, group); err != nil {
			return err
		}
	}
	return nil
}

func (c *nested) read(w *worker, n int, keep []int32) (arrow.Array, error) {
	defer func() {
		for _, r := range c.readers {
			if r.array != nil {
				r.array.Release()
				r.array = nil
			}
		}
	}()
	for _, r := range c.readers {
		if c.pending > 0 {
			if err := r.pass(w, c.pending); err != nil {
				return nil, err
			}
		}
		var err error
		if r.array, err = r.read(w, n); err != nil {
			return nil, err
		}
	}
	c.pending = 0
	d, err := c.root.data(c.mem)
	if err != nil {
		return nil, err
	}
	defer d.Release()
	if d.Len() != n {
		return nil, formatError(c.root.node.path(), fmt.Sprintf("%d rows", n), fmt.Sprint(d.Len()))
	}
	a := array.MakeFromData(d)
	if keep == nil {
		return a, nil
	}
	defer a.Release()
	return c.take(a, keep)
}

// take returns the rows of an array at positions.
func (c *nested) take(a arrow.Array, keep []int32) (arrow.Array, error) {
	whole, err := dataset.NewBatch(c.schema, []arrow.Array{a}, a.Len())
	if err != nil {
		return nil, err
	}
	defer whole.Release()
	taken, err := dataset.Take(c.mem, whole, keep)
	if err != nil {
		return nil, err
	}
	defer taken.Release()
	out := taken.Column(0)
	out.Retain()
	return out, nil
}

func (c *nested) skip(n int) { c.pending += n }

func (c *nested) close() {
	for _, r := range c.readers {
		r.values.release()
	}
}
