package ranging_test

import (
	"errors"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/ranging"
)

func TestBatches(t *testing.T) {
	broken := errors.New("broken")
	read := func(emit func(dataset.Batch) bool) error {
		for range 3 {
			if !emit(dataset.Batch{}) {
				return errors.New("nobody hears of this")
			}
		}
		return broken
	}
	var errs []error
	for _, err := range ranging.Batches("csv: read a.csv", read) {
		errs = append(errs, err)
	}
	if len(errs) != 4 || errs[2] != nil || !errors.Is(errs[3], broken) || errs[3].Error() != "csv: read a.csv: broken" {
		t.Errorf("got %v", errs)
	}
	n := 0
	for _, err := range ranging.Batches("csv: read a.csv", read) {
		if n++; n == 2 {
			break
		}
		if err != nil {
			t.Error(err)
		}
	}
	if n != 2 {
		t.Errorf("%d batches before the end", n)
	}
}

func TestScan(t *testing.T) {
	src, err := dataset.FromStructs([]struct{ A, B int64 }{{1, 2}, {3, 4}}, dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	names := func(s *dataset.Schema) (out []string) {
		for _, f := range s.Fields() {
			out = append(out, f.Name)
		}
		return out
	}
	a, b := names(src.Schema())[0], names(src.Schema())[1]
	narrowed := 0
	scan := func(o dataset.ScanOptions) (dataset.Source, error) {
		return ranging.Scan("csv: scan a.csv", src, o, func(s *dataset.Schema) (dataset.Source, error) {
			narrowed++
			return dataset.Select(t.Context(), src, names(s)...)
		})
	}
	if out, err := scan(dataset.ScanOptions{}); err != nil || narrowed != 0 || out.Schema().Len() != 2 {
		t.Errorf("nothing asked: %v, narrowed %d times", err, narrowed)
	}
	out, err := scan(dataset.ScanOptions{Columns: []string{b}, Filter: []dataset.Predicate{{Column: a, Operator: dataset.Equal, Value: dataset.NumberValue(3)}}})
	if err != nil || narrowed != 1 || len(names(out.Schema())) != 1 || names(out.Schema())[0] != b {
		t.Fatalf("got %v, %v, narrowed %d times", out, err, narrowed)
	}
	rows := 0
	for batch, err := range out.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		rows += batch.NumRows()
	}
	if rows != 1 {
		t.Errorf("%d rows", rows)
	}
	var unfit *dataset.SchemaError
	if _, err := scan(dataset.ScanOptions{Columns: []string{"nothing"}}); !errors.As(err, &unfit) {
		t.Errorf("got %v", err)
	}
}

func TestFlush(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	s, err := dataset.NewSchema(dataset.Field{Name: "a", Type: dataset.Int64})
	if err != nil {
		t.Fatal(err)
	}
	rb := array.NewRecordBuilder(mem, s.Arrow())
	defer rb.Release()
	for _, want := range []bool{true, false} {
		rb.Field(0).(*array.Int64Builder).AppendValues([]int64{1, 2}, nil)
		rows := 0
		more, err := ranging.Flush(rb, s, 2, func(b dataset.Batch) bool {
			rows = b.NumRows()
			return want
		})
		if err != nil || more != want || rows != 2 {
			t.Errorf("%d rows, %v, %v", rows, more, err)
		}
	}
}

func TestBatchRows(t *testing.T) {
	for _, c := range [][3]int{{7, 1000, 7}, {0, 1, dataset.ChunkRows}, {0, 0, dataset.ChunkRows}, {0, 1 << 10, 1 << 12}, {0, 1 << 23, 1}} {
		if got := ranging.BatchRows(c[0], c[1]); got != c[2] {
			t.Errorf("%v: got %d", c, got)
		}
	}
}
