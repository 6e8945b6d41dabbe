package conform

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/decimal128"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

// Rows says which rows to make. Row i of a seed is the same whatever the batches: nulls and NaN where the field takes them, numbers that come more than once and
// lie in the field's range, categories of OneOf or a few letters. Text stands behind dictionaries, whose codes differ from batch to batch, and plain in each third batch.
type Rows struct {
	N, Batch  int // rows, and rows of a batch
	Seed      uint64
	Unseen    bool // with categories that stand nowhere else
	Reverse   bool // the rows in reverse order
	PlainText bool // text not behind dictionaries
	Distinct  bool // numbers and texts that hardly ever come twice
}

// cell is one value: null, a number, or a text.
type cell struct {
	null   bool
	number float64
	text   string
}

// Source makes the rows of schema as batches in memory. The caller closes it.
func (d Rows) Source(mem memory.Allocator, schema *dataset.Schema) (*dataset.Batches, error) {
	rows, fields := make([][]cell, d.N), schema.Fields()
	for i := range rows {
		r := rand.New(rand.NewPCG(d.Seed, uint64(i)))
		rows[i] = make([]cell, len(fields))
		for j, f := range fields {
			rows[i][j] = d.cell(r, f)
		}
	}
	if d.Reverse {
		slices.Reverse(rows)
	}
	var list []dataset.Batch
	defer func() {
		for _, b := range list {
			b.Release()
		}
	}()
	for at := 0; at < len(rows); at += d.Batch {
		b, err := d.batch(mem, schema, rows[at:min(at+d.Batch, len(rows))], len(list))
		if err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	return dataset.NewBatches(schema, list...)
}

func (d Rows) cell(r *rand.Rand, f dataset.Field) cell {
	missing, u, word := r.Float64() < 0.1, r.Float64(), r.IntN(8)
	if missing && f.Nullable {
		if f.Type.Class() == dataset.ClassFloat && word == 0 {
			return cell{number: math.NaN()}
		}
		return cell{null: true}
	}
	if f.Type.IsText() {
		switch {
		case d.Distinct:
			return cell{text: strconv.FormatUint(r.Uint64(), 36)}
		case d.Unseen && u < 0.1:
			return cell{text: "never met " + string(rune('a'+word))}
		case len(f.OneOf) > 0:
			return cell{text: f.OneOf[word%len(f.OneOf)]}
		default:
			return cell{text: string(rune('s' - word))}
		}
	}
	x := makeNumber(f, u)
	if c := f.Type.Class(); (c == dataset.ClassFloat || c == dataset.ClassDecimal) && !d.Distinct {
		x = math.Round(x*4) / 4 // values come more than once
	}
	return cell{number: x}
}

func makeNumber(f dataset.Field, u float64) float64 {
	low, high := -50.0, 50.0
	switch f.Type.Class() {
	case dataset.ClassBool:
		return math.Round(u)
	case dataset.ClassDate:
		low, high = -100_000, 100_000
	case dataset.ClassTime:
		low, high = -4e15, 4e15
	default:
	}
	if f.Type == dataset.Uint8 || f.Type == dataset.Uint16 || f.Type == dataset.Uint32 || f.Type == dataset.Uint64 {
		low = 0
	}
	if f.Min != nil {
		low = *f.Min
	}
	if f.Max != nil {
		high = *f.Max
	}
	x := low + float64(u*(high-low))
	if c := f.Type.Class(); c != dataset.ClassFloat && c != dataset.ClassDecimal {
		return math.Round(x)
	}
	return x
}

// batch makes batch number k, of rows.
func (d Rows) batch(mem memory.Allocator, schema *dataset.Schema, rows [][]cell, k int) (dataset.Batch, error) {
	columns := make([]arrow.Array, schema.Len())
	defer func() {
		for _, c := range columns {
			if c != nil {
				c.Release()
			}
		}
	}()
	for j, f := range schema.Fields() {
		cells := make([]cell, len(rows))
		for i := range rows {
			cells[i] = rows[i][j]
		}
		var err error
		if f.Type.IsText() && (d.PlainText || k%3 == 2) {
			columns[j] = plainColumn(mem, cells)
		} else if f.Type.IsText() {
			columns[j], err = dictionaryColumn(mem, cells, k)
		} else {
			columns[j], err = numberColumn(mem, f, cells)
		}
		if err != nil {
			return dataset.Batch{}, err
		}
	}
	return dataset.NewBatch(schema, columns, len(rows))
}

func plainColumn(mem memory.Allocator, cells []cell) arrow.Array {
	b := array.NewStringBuilder(mem)
	defer b.Release()
	for _, c := range cells {
		if c.null {
			b.AppendNull()
		} else {
			b.Append(c.text)
		}
	}
	return b.NewArray()
}

// dictionaryColumn gives the values codes in another order for each k.
func dictionaryColumn(mem memory.Allocator, cells []cell, k int) (arrow.Array, error) {
	b := array.NewDictionaryBuilder(mem, &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String})
	defer b.Release()
	d, ok := b.(*array.BinaryDictionaryBuilder)
	if !ok {
		return nil, fmt.Errorf("dictionary builder of type %T", b)
	}
	words := array.NewStringBuilder(mem)
	defer words.Release()
	for i := range 12 {
		words.Append(string(rune('h' + (i*5+k*7)%12)))
	}
	w := words.NewStringArray()
	defer w.Release()
	if err := d.InsertStringDictValues(w); err != nil {
		return nil, err
	}
	for _, c := range cells {
		if c.null {
			d.AppendNull()
		} else if err := d.AppendString(c.text); err != nil {
			return nil, err
		}
	}
	return d.NewArray(), nil
}

func numberColumn(mem memory.Allocator, f dataset.Field, cells []cell) (arrow.Array, error) {
	dt, err := f.Type.Arrow()
	if err != nil {
		return nil, err
	}
	decimal, _ := dt.(*arrow.Decimal128Type)
	b := array.NewBuilder(mem, dt)
	defer b.Release()
	b.Reserve(len(cells))
	for _, c := range cells {
		if c.null {
			b.AppendNull()
			continue
		}
		switch b := b.(type) {
		case *array.BooleanBuilder:
			b.Append(c.number != 0)
		case *array.Date32Builder:
			b.Append(arrow.Date32(c.number))
		case *array.TimestampBuilder:
			b.Append(arrow.Timestamp(c.number))
		case *array.Decimal128Builder:
			v, err := decimal128.FromFloat64(c.number, decimal.Precision, decimal.Scale)
			if err != nil {
				return nil, err
			}
			b.Append(v)
		case *array.Float64Builder:
			b.Append(c.number)
		case *array.Float32Builder:
			b.Append(float32(c.number))
		default:
			if err := b.AppendValueFromString(fmt.Sprint(int64(c.number))); err != nil {
				return nil, err
			}
		}
	}
	return b.NewArray(), nil
}
