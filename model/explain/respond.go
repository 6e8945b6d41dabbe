package explain

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
)

// respond returns what is looked at of p's answers to in, outputs × rows: raw scores if asked, else the probability of the second of two classes, the
// probabilities of all of more classes, or a regression's predictions.
func respond(ctx context.Context, p model.Predictor, in dataset.Batch, raw bool) ([][]float64, error) {
	out, err := p.Predict(ctx, in)
	if err != nil {
		return nil, err
	}
	defer out.Release()
	if out.NumRows() != in.NumRows() {
		return nil, &dataset.SchemaError{Want: fmt.Sprintf("%d predicted rows", in.NumRows()), Got: strconv.Itoa(out.NumRows())}
	}
	name := model.PredictionColumn
	if out.Schema().Index(model.ProbabilityColumn) >= 0 {
		name = model.ProbabilityColumn
	}
	if raw {
		name = model.RawColumn
	}
	column, err := out.ByName(name)
	if err != nil {
		return nil, err
	}
	list, ok := column.(*array.FixedSizeList)
	if !ok {
		values := make([]float64, column.Len())
		return [][]float64{values}, dataset.Float64s(column, values)
	}
	n, width := list.Len(), int(list.DataType().(*arrow.FixedSizeListType).Len()) //nolint:forcetypeassert // what a FixedSizeList has
	flat := make([]float64, n*width)
	if n > 0 {
		from, _ := list.ValueOffsets(0)
		values := array.NewSlice(list.ListValues(), from, from+int64(n*width))
		defer values.Release()
		if err := dataset.Float64s(values, flat); err != nil {
			return nil, err
		}
	}
	var outputs [][]float64
	for k := range width {
		if name == model.ProbabilityColumn && width == 2 && k == 0 {
			continue
		}
		values := make([]float64, n)
		for i := range values {
			values[i] = flat[i*width+k]
		}
		outputs = append(outputs, values)
	}
	return outputs, nil
}

// replace returns b with a column in the place of the one of its name. The caller owns the result.
func replace(b dataset.Batch, f dataset.Field, column arrow.Array) (dataset.Batch, error) {
	s, err := b.Schema().With(f)
	if err != nil {
		return dataset.Batch{}, err
	}
	columns := make([]arrow.Array, s.Len())
	for i := range columns {
		columns[i] = b.Column(i)
	}
	columns[s.Index(f.Name)] = column
	return dataset.NewBatch(s, columns, b.NumRows())
}

// newColumn returns values as a column of f's type; where they are numbers that a numeric type does not hold, of float64. The returned field says which.
func newColumn(f dataset.Field, values []dataset.Value) (dataset.Field, arrow.Array, error) {
	f.Nullable = f.Nullable || slices.ContainsFunc(values, func(v dataset.Value) bool { return !v.Valid })
	if f.Type.IsText() {
		f.Type = dataset.Utf8
		b := array.NewStringBuilder(memory.DefaultAllocator)
		defer b.Release()
		for _, v := range values {
			if v.Valid {
				b.Append(v.Text)
			} else {
				b.AppendNull()
			}
		}
		return f, b.NewArray(), nil
	}
	if !f.Type.IsNumeric() {
		return f, nil, &dataset.SchemaError{Column: f.Name, Want: "a numeric or text column", Got: "type " + string(f.Type)}
	}
	c := f.Type.Class()
	if c != dataset.ClassDate && c != dataset.ClassTime && !holds(f.Type, values) {
		f.Type = dataset.Float64
	}
	dt, err := f.Type.Arrow()
	if err != nil {
		return f, nil, err
	}
	b := array.NewBuilder(memory.DefaultAllocator, dt)
	defer b.Release()
	for _, v := range values {
		if err := appendNumber(b, v); err != nil {
			return f, nil, fmt.Errorf("column %q: %w", f.Name, err)
		}
	}
	return f, b.NewArray(), nil
}

// holds reports whether a numeric type has all the numbers.
func holds(t dataset.Type, values []dataset.Value) bool {
	low, high, whole := 0.0, 0.0, true
	switch t {
	case dataset.Float64:
		return true
	case dataset.Float32:
		whole, low, high = false, -math.MaxFloat32, math.MaxFloat32
	case dataset.Bool:
		high = 1
	case dataset.Int8:
		low, high = math.MinInt8, math.MaxInt8
	case dataset.Int16:
		low, high = math.MinInt16, math.MaxInt16
	case dataset.Int32:
		low, high = math.MinInt32, math.MaxInt32
	case dataset.Int64:
		low, high = -1<<53, 1<<53
	case dataset.Uint8:
		high = math.MaxUint8
	case dataset.Uint16:
		high = math.MaxUint16
	case dataset.Uint32:
		high = math.MaxUint32
	case dataset.Uint64:
		high = 1 << 53
	default: // decimals
		return false
	}
	for _, v := range values {
		switch {
		case !v.Valid:
		case !(v.Number >= low && v.Number <= high), whole && v.Number != math.Trunc(v.Number), !whole && float64(float32(v.Number)) != v.Number:
			return false
		}
	}
	return true
}

func appendNumber(b array.Builder, v dataset.Value) error {
	if v.IsMissing() {
		b.AppendNull()
		return nil
	}
	switch b := b.(type) {
	case *array.Float64Builder:
		b.Append(v.Number)
	case *array.Float32Builder:
		b.Append(float32(v.Number))
	case *array.BooleanBuilder:
		b.Append(v.Number != 0)
	case *array.Date32Builder:
		b.Append(arrow.Date32(v.Number))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(v.Number))
	default:
		return b.AppendValueFromString(strconv.FormatFloat(v.Number, 'f', -1, 64))
	}
	return nil
}

// repeat returns n times the same value.
func repeat(v dataset.Value, n int) []dataset.Value {
	out := make([]dataset.Value, n)
	for i := range out {
		out[i] = v
	}
	return out
}

// with returns b with every row's value of a column set.
func with(b dataset.Batch, column string, values []dataset.Value) (dataset.Batch, error) {
	f, ok := b.Schema().Lookup(column)
	if !ok {
		return dataset.Batch{}, &dataset.SchemaError{Column: column, Want: "it in the batch", Got: "no such column"}
	}
	f, made, err := newColumn(f, values)
	if err != nil {
		return dataset.Batch{}, err
	}
	defer made.Release()
	return replace(b, f, made)
}
