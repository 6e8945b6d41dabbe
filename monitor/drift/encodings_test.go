package drift_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/monitor/drift"
)

// encoded returns one column of texts, nil for null, in the encoding of the type.
func encoded(t *testing.T, typ dataset.Type, values []*string) *dataset.Batches {
	t.Helper()
	dt, err := typ.Arrow()
	if err != nil {
		t.Fatal(err)
	}
	b := array.NewBuilder(memory.DefaultAllocator, dt)
	defer b.Release()
	for _, v := range values {
		switch b := b.(type) {
		case *array.BinaryDictionaryBuilder:
			if v == nil {
				b.AppendNull()
			} else if err := b.AppendString(*v); err != nil {
				t.Fatal(err)
			}
		case *array.BinaryBuilder:
			if v == nil {
				b.AppendNull()
			} else {
				b.Append([]byte(*v))
			}
		case *array.StringBuilder:
			if v == nil {
				b.AppendNull()
			} else {
				b.Append(*v)
			}
		default:
			t.Fatalf("no builder for %T", b)
		}
	}
	s, err := dataset.NewSchema(dataset.Field{Name: "c", Type: typ, Nullable: true})
	if err != nil {
		t.Fatal(err)
	}
	column := b.NewArray()
	defer column.Release()
	batch, err := dataset.NewBatch(s, []arrow.Array{column}, len(values))
	if err != nil {
		t.Fatal(err)
	}
	defer batch.Release()
	src, err := dataset.NewBatches(s, batch)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.Close() })
	return src
}

// drawn returns n texts of k, every seventh null.
func drawn(rng *rand.Rand, n, k int) []*string {
	out := make([]*string, n)
	for i := range out {
		if i%7 > 0 {
			v := fmt.Sprint("k", rng.IntN(k))
			out[i] = &v
		}
	}
	return out
}

func TestEncodingOfTextDoesNotMatter(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	x, y := drawn(rng, dataset.ChunkRows+100, 30), drawn(rng, 3000, 31)
	plain := compare(t, encoded(t, dataset.Utf8, x), encoded(t, dataset.Utf8, y), drift.Options{})
	coded := compare(t, encoded(t, dataset.Dictionary, x), encoded(t, dataset.Dictionary, y), drift.Options{})
	coded.Columns[0].Type = plain.Columns[0].Type
	if !reflect.DeepEqual(plain, coded) {
		t.Errorf("plain %+v, dictionary %+v", plain.Columns[0], coded.Columns[0])
	}
}

// Bytes have no distribution, but they can go missing.
func TestColumnsWithoutDistributionAreWatchedForMissing(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	x := drawn(rng, dataset.ChunkRows+100, 3)
	r := compare(t, encoded(t, dataset.Binary, x), encoded(t, dataset.Binary, slices.Repeat([]*string{nil}, 200)), drift.Options{})
	if c := r.Columns[0]; c.Verdict != drift.Missing || c.P != nil || c.NCurrent != 0 || c.MissingCurrent != 1 || r.Judged != 1 {
		t.Errorf("%+v", c)
	}
	if c := compare(t, encoded(t, dataset.Binary, x), encoded(t, dataset.Binary, x[:5000]), drift.Options{}).Columns[0]; c.Verdict != drift.Excluded {
		t.Errorf("%+v", c)
	}
}

// More distinct texts than are told apart: most rows hold one of four, which are compared as ever.
func TestManyTextsAreCountedInBoundedMemory(t *testing.T) {
	side := func(n, heavy int) *dataset.Batches {
		values := make([]*string, n)
		for i := range values {
			v := fmt.Sprint("rare", i)
			if i%100 < 70 {
				v = fmt.Sprint("k", i%heavy)
			}
			values[i] = &v
		}
		return encoded(t, dataset.Utf8, values)
	}
	same := compare(t, side(40_000, 4), side(30_000, 4), drift.Options{}).Columns[0]
	if same.Verdict != drift.Unchanged || same.Exact || same.UnseenShare != nil {
		t.Errorf("%+v", same)
	}
	if other := compare(t, side(40_000, 4), side(30_000, 3), drift.Options{}).Columns[0]; other.Verdict != drift.Distribution {
		t.Errorf("%+v", other)
	}
}
