package postgres

import (
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/alloc"
)

// FuzzValues gives the same bytes as a value of every form to every type that it can be read as.
func FuzzValues(f *testing.F) {
	for _, seed := range []string{
		"", "\x01", "\x01{}", "\x00\x07", "\x00\x00\x00\x07", "\x7f\xff\xff\xff", "\x00\x00\x00\x00\x00\x00\x00\x07",
		"\x00\x02\x00\x00\x00\x00\x00\x02\x00\x0c\x0d\x48", "\x00\x00\x00\x00\xc0\x00\x00\x00", "\x00\x01\x7f\xff\x40\x00\x00\x00\x00\x01", "\x00\x01\x80\x00\x00\x00\x00\x00\x27\x0f",
		"\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x17\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x04\x00\x00\x00\x07",
		"\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x17\x7f\xff\xff\xff\x00\x00\x00\x01",
		"0123456789abcdef",
	} {
		f.Add([]byte(seed))
	}
	types := []dataset.Type{
		dataset.Bool, dataset.Int8, dataset.Int64, dataset.Uint64, dataset.Float32, dataset.Float64, dataset.Utf8, dataset.LargeUtf8, dataset.Dictionary, dataset.Binary,
		dataset.Date32, dataset.JSON, dataset.Timestamp, dataset.TimeUTC, dataset.Decimal128(38, 10), dataset.Decimal128(5, 0), dataset.List(dataset.Int32), dataset.FixedSizeList(dataset.Utf8, 2),
		dataset.List(dataset.Decimal128(38, 18)),
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
		defer mem.AssertSize(t, 0)
		for _, typ := range types {
			dt, err := typ.Arrow()
			if err != nil {
				t.Fatal(err)
			}
			for from := formBool; from <= formArray; from++ {
				b := array.NewBuilder(mem, dt)
				if put := newPut(b, from, formNumeric+from%4, true); put != nil {
					read(t, b, put, value)
				}
				b.Release()
			}
		}
	})
}

func read(t *testing.T, b array.Builder, put put, value []byte) {
	t.Helper()
	var bad string
	if over := alloc.Bound(1<<20+100*len(value), func() { bad = put(value) }); over != nil {
		t.Fatal(over)
	}
	if bad == "" && b.Len() != 1 {
		t.Errorf("%s has %d values", b.Type(), b.Len())
	}
}
