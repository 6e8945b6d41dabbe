package cell_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/cell"
)

func schema(t *testing.T, types ...dataset.Type) *dataset.Schema {
	t.Helper()
	fields := make([]dataset.Field, len(types))
	for i, typ := range types {
		fields[i] = dataset.Field{Name: "x" + string(rune('a'+i)), Type: typ, Nullable: true}
	}
	s, err := dataset.NewSchema(fields...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCheckTypesNamesWhatTextDoesNotHold(t *testing.T) {
	all := schema(t, dataset.Bool, dataset.Int8, dataset.Uint64, dataset.Float32, dataset.Utf8, dataset.LargeUtf8, dataset.Dictionary, dataset.Date32,
		dataset.TimeUTC, dataset.JSON, dataset.Decimal128(10, 2))
	if err := cell.CheckTypes(all, "this text"); err != nil {
		t.Error(err)
	}
	for _, typ := range []dataset.Type{dataset.Binary, dataset.List(dataset.Int8)} {
		err := cell.CheckTypes(schema(t, dataset.Int8, typ), "this text")
		if !errors.Is(err, dataset.ErrUnsupported) || !strings.Contains(err.Error(), `"xb": type `+string(typ)+" in this text") {
			t.Errorf("%s: %v", typ, err)
		}
	}
}

// Every appender takes a text of its type and refuses one that is none, and what it appended is printed as it was.
func TestWhatIsAppendedIsPrinted(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	for typ, text := range map[dataset.Type]string{
		dataset.Bool: "true", dataset.Int8: "-128", dataset.Int16: "32767", dataset.Int32: "-7", dataset.Int64: "9223372036854775807", dataset.Uint8: "255",
		dataset.Uint16: "65535", dataset.Uint32: "4294967295", dataset.Uint64: "18446744073709551615", dataset.Date32: "2024-02-29",
		dataset.TimeUTC: "2024-02-29T01:02:03.000004Z", dataset.Timestamp: "2024-02-29T01:02:03", dataset.Decimal128(10, 2): "-12.50",
	} {
		s := schema(t, typ)
		rb := array.NewRecordBuilder(mem, s.Arrow())
		if !cell.Appender(rb.Field(0))([]byte(text)) {
			t.Errorf("%s: %q is refused", typ, text)
		}
		b, err := cell.NewBatch(rb, s, 1)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := cell.Printer(b.Column(0))(nil, 0); !ok || string(got) != text {
			t.Errorf("%s: want %q, got %q", typ, text, got)
		}
		b.Release()
		if cell.Appender(rb.Field(0))([]byte("nothing of the kind")) {
			t.Errorf("%s takes any text", typ)
		}
		rb.Release()
	}
}

func TestABatchWithoutColumnsHasItsRows(t *testing.T) {
	s := schema(t)
	rb := array.NewRecordBuilder(memory.DefaultAllocator, s.Arrow())
	defer rb.Release()
	b, err := cell.NewBatch(rb, s, 3)
	if err != nil || b.NumRows() != 3 {
		t.Fatalf("want 3 rows, got %d, %v", b.NumRows(), err)
	}
	b.Release()
}
