package libsvm

import (
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/bitutil"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// table gathers the rows of a batch: what the lines hold, not what they leave out, so that its memory follows from the text until the columns are built.
type table struct {
	schema *dataset.Schema
	o      Options
	rows   int
	place  []int32   // of a feature among the columns, -1 where it is not wanted
	column []int32   // of each value
	value  []float64 // in the order of rows
	ends   []int     // of the rows in column and value
	words  []wordColumn
}

// wordColumn is a column of labels or groups.
type wordColumn struct {
	at     int // among the columns
	name   string
	build  array.Builder
	append func([]byte) bool
}

func newTable(s *dataset.Schema, o Options) *table {
	t := &table{schema: s, o: o}
	for i, f := range s.Fields() {
		n, ok := featureNumber(f.Name)
		if !ok {
			build := array.NewBuilder(o.Allocator, s.Arrow().Field(i).Type)
			t.words = append(t.words, wordColumn{at: i, name: f.Name, build: build, append: cell.Appender(build)})
			continue
		}
		for len(t.place) <= int(n) {
			t.place = append(t.place, -1)
		}
		t.place[n] = int32(i)
	}
	return t
}

func (t *table) release() {
	for _, w := range t.words {
		w.build.Release()
	}
}

// add takes the parser's row.
func (t *table) add(p *parser) error {
	for _, w := range t.words {
		text := p.row.label
		if w.name == groupColumn {
			if text = p.row.group; text == nil {
				return p.fail(groupColumn, "a qid in every line", "a line without")
			}
		}
		if !w.append(text) {
			return p.fail(w.name, string(t.schema.Field(w.at).Type), "another number")
		}
	}
	for k, n := range p.row.feature {
		if int(n) < len(t.place) && t.place[n] >= 0 {
			t.column, t.value = append(t.column, t.place[n]), append(t.value, p.row.value[k])
		}
	}
	t.ends = append(t.ends, len(t.column))
	t.rows++
	return nil
}

// batch builds the columns and starts again. The caller owns the batch.
func (t *table) batch() (dataset.Batch, error) {
	columns := make([]arrow.Array, t.schema.Len())
	defer func() {
		for _, c := range columns {
			if c != nil {
				c.Release()
			}
		}
	}()
	for _, w := range t.words {
		columns[w.at] = w.build.NewArray()
	}
	values, valid := make([][]float64, len(columns)), make([][]byte, len(columns))
	buffers := make([][]*memory.Buffer, len(columns))
	for j := range columns {
		if columns[j] != nil {
			continue
		}
		data := newBuffer(t.o.Allocator, t.rows*arrow.Float64SizeBytes)
		values[j], buffers[j] = arrow.Float64Traits.CastFromBytes(data.Bytes()), []*memory.Buffer{nil, data}
		if t.o.AbsentNull {
			buffers[j][0] = newBuffer(t.o.Allocator, int(bitutil.BytesForBits(int64(t.rows))))
			valid[j] = buffers[j][0].Bytes()
		}
	}
	k := 0
	for i, end := range t.ends {
		for ; k < end; k++ {
			j := t.column[k]
			values[j][i] = t.value[k]
			if valid[j] != nil {
				bitutil.SetBit(valid[j], i)
			}
		}
	}
	for j, b := range buffers {
		if b == nil {
			continue
		}
		nulls := 0
		if valid[j] != nil {
			nulls = array.UnknownNullCount
		}
		data := array.NewData(arrow.PrimitiveTypes.Float64, t.rows, b, nil, nulls, 0)
		columns[j] = array.NewFloat64Data(data)
		data.Release()
		for _, x := range b {
			if x != nil {
				x.Release()
			}
		}
	}
	n := t.rows
	t.rows, t.column, t.value, t.ends = 0, t.column[:0], t.value[:0], t.ends[:0]
	b, err := dataset.NewBatch(t.schema, columns, n)
	if err != nil {
		return dataset.Batch{}, fmt.Errorf("batch: %w", err)
	}
	return b, nil
}

// newBuffer returns a zeroed buffer of n bytes.
func newBuffer(mem memory.Allocator, n int) *memory.Buffer {
	buf := memory.NewResizableBuffer(mem)
	buf.Resize(n)
	clear(buf.Bytes())
	return buf
}
