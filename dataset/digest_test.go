package dataset_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/datasettest"
	"github.com/tidewheel/tidewheel/dataset/ipc"
	"github.com/tidewheel/tidewheel/dataset/parquet"
)

type digestRow struct {
	ID    int64
	Name  sql.Null[string] `ml:"type=dictionary"`
	Text  string
	Score sql.Null[float64]
	OK    sql.Null[bool]
	Small int8
}

func digestRows(n int) []digestRow {
	out := make([]digestRow, n)
	for i := range out {
		out[i] = digestRow{ID: int64(i) * 7, Text: fmt.Sprintf("row \"%d\", é\n", i%97), Small: int8(i)}
		out[i].Name = sql.Null[string]{V: fmt.Sprintf("name %d", i%5), Valid: i%3 > 0}
		out[i].Score = sql.Null[float64]{V: float64(i) / 7, Valid: i%4 > 0}
		out[i].OK = sql.Null[bool]{V: i%2 == 0, Valid: i%5 > 0}
	}
	return out
}

func digest(t *testing.T, src dataset.Source, o dataset.RunOptions) string {
	t.Helper()
	d, err := dataset.Digest(t.Context(), src, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTheSameRowsHaveOneDigestFromEveryFormat(t *testing.T) {
	src, err := dataset.FromStructs(digestRows(1000), dataset.StructsOptions{BatchRows: 300})
	if err != nil {
		t.Fatal(err)
	}
	want := digest(t, src, dataset.RunOptions{})
	for name, sinks := range map[string]datasettest.Sinks{
		"a.csv": csvSinks(), "a.csv.gz": csvSinks(), "a.tsv": csvSinks(), "a.jsonl": jsonlSinks(), "a.jsonl.zst": jsonlSinks(),
		"a.parquet": parquetSinks(parquet.WriteOptions{}), "a.arrow": ipcSinks(ipc.WriteOptions{}), "a.arrows": ipcSinks(ipc.WriteOptions{Compression: ipc.Zstd}),
	} {
		path := filepath.Join(t.TempDir(), name)
		sink, err := sinks.Create(path, src.Schema())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := dataset.Copy(t.Context(), sink, src); err != nil {
			t.Fatal(err)
		}
		mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
		back, err := sinks.Open(mem, path, src.Schema())
		if err != nil {
			t.Fatal(err)
		}
		if got := digest(t, back, dataset.RunOptions{Allocator: mem}); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
		mem.AssertSize(t, 0)
	}
}

func TestDigestDependsOnRowsAlone(t *testing.T) {
	rows := digestRows(2*dataset.ChunkRows + 5)
	of := func(rows []digestRow, batch, workers int) string {
		src, err := dataset.FromStructs(rows, dataset.StructsOptions{BatchRows: batch})
		if err != nil {
			t.Fatal(err)
		}
		return digest(t, src, dataset.RunOptions{Workers: workers})
	}
	want := of(rows, 1000, 1)
	if got := of(rows, 70000, 4); got != want {
		t.Errorf("other batches and workers give %s, want %s", got, want)
	}
	rows[100].Score.V++ // under a null
	if rows[100].Score.Valid || of(rows, 1000, 1) != want {
		t.Error("what is behind a null counts")
	}
	for what, change := range map[string]func(r []digestRow){
		"a value":       func(r []digestRow) { r[dataset.ChunkRows+1].ID++ },
		"a null":        func(r []digestRow) { r[3].Name.Valid = !r[3].Name.Valid },
		"an empty text": func(r []digestRow) { r[4].Name = sql.Null[string]{Valid: !r[4].Name.Valid} },
		"the order":     func(r []digestRow) { r[0], r[1] = r[1], r[0] },
	} {
		other := append([]digestRow{}, rows...)
		change(other)
		if of(other, 1000, 1) == want {
			t.Errorf("%s does not count", what)
		}
	}
	if of(rows[:100], 7, 1) == of(rows[:99], 7, 1) || of(nil, 1, 1) == of(rows[:1], 1, 1) {
		t.Error("the number of rows does not count")
	}
}

// nestedBatch has lists and structs, at an offset when shifted.
func nestedBatch(t *testing.T, mem memory.Allocator, shifted bool) dataset.Batch {
	t.Helper()
	s, err := dataset.NewSchema(dataset.Field{Name: "l", Type: "list<struct<x:int32,y:utf8>>", Nullable: true}, dataset.Field{Name: "f", Type: "fixed_size_list<float32>[2]", Nullable: true},
		dataset.Field{Name: "d", Type: "decimal128(9,2)"}, dataset.Field{Name: "b", Type: dataset.Binary})
	if err != nil {
		t.Fatal(err)
	}
	rb := array.NewRecordBuilder(mem, s.Arrow())
	defer rb.Release()
	from := 0
	if shifted {
		from = -2
	}
	for i := from; i < 6; i++ {
		for _, b := range rb.Fields() {
			appendNested(b, i)
		}
	}
	rec := rb.NewRecord()
	defer rec.Release()
	part := rec.NewSlice(int64(-from), rec.NumRows())
	b, err := dataset.FromRecord(part, s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func appendNested(b array.Builder, i int) {
	switch b := b.(type) {
	case *array.ListBuilder:
		if i%3 == 2 {
			b.AppendNull()
			return
		}
		b.Append(true)
		for k := range (i + 3) % 3 {
			appendNested(b.ValueBuilder(), i+k)
		}
	case *array.StructBuilder:
		b.Append(i%4 != 1)
		for k := range b.NumField() {
			appendNested(b.FieldBuilder(k), i+k)
		}
	case *array.FixedSizeListBuilder:
		b.Append(i%2 == 0)
		for k := range 2 {
			appendNested(b.ValueBuilder(), i+k)
		}
	case *array.Int32Builder:
		b.Append(int32(i))
	case *array.Float32Builder:
		b.Append(float32(i) / 3)
	case *array.StringBuilder:
		b.Append(fmt.Sprint("text ", i))
	case *array.BinaryBuilder:
		b.Append([]byte{byte(i)})
	default:
		_ = b.AppendValueFromString(fmt.Sprintf("%d.25", i+2))
	}
}

func TestDigestOfNestedColumns(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	var got []string
	for _, shifted := range []bool{false, true} {
		b := nestedBatch(t, mem, shifted)
		src, err := dataset.NewBatches(b.Schema(), b)
		b.Release()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, digest(t, src, dataset.RunOptions{Allocator: mem}))
		_ = src.Close()
	}
	if got[0] != got[1] {
		t.Errorf("an offset gives %s, want %s", got[1], got[0])
	}
}

func TestDigestOfSchemas(t *testing.T) {
	of := func(fields ...dataset.Field) string {
		s, err := dataset.NewSchema(fields...)
		if err != nil {
			t.Fatal(err)
		}
		src, err := dataset.NewBatches(s)
		if err != nil {
			t.Fatal(err)
		}
		return digest(t, src, dataset.RunOptions{})
	}
	a := of(dataset.Field{Name: "a", Type: dataset.Utf8})
	for _, same := range []dataset.Field{{Name: "a", Type: dataset.Dictionary, Role: dataset.Key}, {Name: "a", Type: dataset.LargeUtf8, Nullable: true, Unit: "u"}} {
		if of(same) != a {
			t.Errorf("%+v counts", same)
		}
	}
	for _, other := range []dataset.Field{{Name: "b", Type: dataset.Utf8}, {Name: "a", Type: dataset.JSON}, {Name: "a", Type: dataset.Int64}} {
		if of(other) == a {
			t.Errorf("%+v does not count", other)
		}
	}
}

func TestDigestErrors(t *testing.T) {
	src, err := dataset.FromStructs(digestRows(10), dataset.StructsOptions{BatchRows: 3})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if d, err := dataset.Digest(ctx, src, dataset.RunOptions{}); !errors.Is(err, context.Canceled) || d != "" {
		t.Errorf("got %q, %v", d, err)
	}
}

func TestRows(t *testing.T) {
	rows := digestRows(10)
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{BatchRows: 3})
	if err != nil {
		t.Fatal(err)
	}
	type narrow struct {
		Text string
		ID   int32
	}
	i := 0
	for r, err := range dataset.Rows[narrow](t.Context(), src) {
		if err != nil || r.Text != rows[i].Text || int64(r.ID) != rows[i].ID {
			t.Fatalf("row %d: %+v, %v", i, r, err)
		}
		if i++; i == 8 {
			break
		}
	}
	for name, seq := range map[string]func() error{
		"a column that is not there": func() error { return firstError(dataset.Rows[struct{ Other int64 }](t.Context(), src)) },
		"a null":                     func() error { return firstError(dataset.Rows[struct{ Name string }](t.Context(), src)) },
		"a text for a number":        func() error { return firstError(dataset.Rows[struct{ Text int64 }](t.Context(), src)) },
	} {
		if err := seq(); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if err := firstError(dataset.Rows[struct{ ID complex128 }](t.Context(), src)); err == nil {
		t.Error("a complex number: no error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := firstError(dataset.Rows[narrow](ctx, src)); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context: got %v", err)
	}
}

func firstError[T any](seq func(yield func(T, error) bool)) (err error) {
	for _, e := range seq {
		err = e
	}
	return err
}

func ExampleRows() {
	type payment struct {
		ID     int64
		Amount float64
	}
	src, _ := dataset.FromStructs([]payment{{1, 9.5}, {2, 3}}, dataset.StructsOptions{})
	for p, err := range dataset.Rows[payment](context.Background(), src) {
		fmt.Println(p.ID, p.Amount, err)
	}
	// Output:
	// 1 9.5 <nil>
	// 2 3 <nil>
}

func ExampleDigest() {
	type payment struct {
		ID     int64
		Amount float64
	}
	src, _ := dataset.FromStructs([]payment{{1, 9.5}, {2, 3}}, dataset.StructsOptions{BatchRows: 1})
	digest, err := dataset.Digest(context.Background(), src, dataset.RunOptions{})
	fmt.Println(digest[:19], err)
	// Output: sha256:ac95cb4f38ba <nil>
}
