package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// probedRows is the number of rows that each bundle scores.
const probedRows = 10_000

// drawBatch returns rows of s: nulls, NaN and infinities, texts that the plan does not know, whole ranges of bits, and the plan's own numbers with their neighbours.
func drawBatch(s *dataset.Schema, p *plan.Plan) (dataset.Batch, error) {
	r := rand.New(rand.NewPCG(3, 4))
	columns := make([]arrow.Array, s.Len())
	defer func() {
		for _, c := range columns {
			if c != nil {
				c.Release()
			}
		}
	}()
	numbers, words := constants(p), vocabulary(p)
	for i, f := range s.Fields() {
		dt, err := f.Type.Arrow()
		if err != nil {
			return dataset.Batch{}, err
		}
		b := array.NewBuilder(memory.DefaultAllocator, dt)
		for range probedRows {
			if r.IntN(16) == 0 {
				b.AppendNull()
				continue
			}
			if err := appendDrawn(b, r, numbers, words); err != nil {
				b.Release()
				return dataset.Batch{}, err
			}
		}
		columns[i] = b.NewArray()
		b.Release()
	}
	return dataset.NewBatch(s, columns, probedRows)
}

// appendDrawn appends a value of the builder's type.
func appendDrawn(b array.Builder, r *rand.Rand, numbers []float64, words []string) error {
	whole := int64(r.IntN(80) - 5)
	if r.IntN(8) == 0 {
		whole = int64(r.Uint64()) >> r.IntN(64)
	}
	switch b := b.(type) {
	case *array.Float64Builder:
		b.Append(argument(r, numbers))
	case *array.Int64Builder:
		b.Append(whole)
	case *array.Int32Builder:
		b.Append(int32(whole))
	case *array.BooleanBuilder:
		b.Append(whole&1 == 1)
	case *array.Date32Builder:
		b.Append(arrow.Date32(int32(r.Uint32()) >> r.IntN(20)))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(int64(r.Uint64()) >> r.IntN(40)))
	case *array.StringBuilder:
		b.Append(words[r.IntN(len(words))])
	case *array.BinaryDictionaryBuilder:
		return b.AppendString(words[r.IntN(len(words))])
	default:
		return fmt.Errorf("no values for a column of %s", b.Type())
	}
	return nil
}

// constants returns the numbers of a plan with their neighbours, and the special ones.
func constants(p *plan.Plan) []float64 {
	out := specials()
	add := func(list []float64) {
		for _, v := range list {
			out = append(out, v, math.Nextafter(v, math.Inf(1)), math.Nextafter(v, math.Inf(-1)))
		}
	}
	for _, o := range p.Ops {
		add(o.Fill)
		add(o.Shift)
		if o.Trees != nil {
			add(o.Trees.Threshold)
		}
	}
	return out
}

// vocabulary returns the texts of a plan, and some that it does not know.
func vocabulary(p *plan.Plan) []string {
	out := []string{"", "unseen", "Überraschung"}
	for _, o := range p.Ops {
		out = append(out, o.Values...)
		if o.Kind == plan.OpTerms {
			out = append(out, "MANY words, many Words: İ ΟΔΟΣ "+strings.Join(o.Values[:min(9, len(o.Values))], "; "))
		}
	}
	return out
}

func numberOf(v dataset.Value) float64 {
	if !v.Valid {
		return math.NaN()
	}
	return v.Number
}
