package parquet_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	pq "github.com/parquet-go/parquet-go"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/parquet"
	"github.com/tidewheel/tidewheel/internal/alloc"
)

// flat has one column of each type that Parquet files hold without nesting; the names are in no order.
func flat(t testing.TB) *dataset.Schema {
	t.Helper()
	low := 0.0
	fields := []dataset.Field{{Name: "z, with a comma", Type: dataset.Utf8, Nullable: true, OneOf: []string{"t0", "t1", "é"}, Unseen: dataset.UnseenOther}}
	for i, typ := range []dataset.Type{
		dataset.Bool, dataset.Int8, dataset.Int16, dataset.Int32, dataset.Int64, dataset.Uint8, dataset.Uint16, dataset.Uint32, dataset.Uint64,
		dataset.Float32, dataset.Float64, dataset.LargeUtf8, dataset.Dictionary, dataset.Binary, dataset.Date32, dataset.JSON,
		dataset.Timestamp, dataset.TimeUTC, dataset.TimestampIn("Europe/Paris"), dataset.Decimal128(38, 3), dataset.Decimal128(5, 5),
	} {
		fields = append(fields, dataset.Field{Name: fmt.Sprintf("c%d", i), Type: typ, Nullable: true, Personal: i == 3})
	}
	fields[4].Min = &low
	s, err := dataset.NewSchema(fields...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func flatBatch(t testing.TB, s *dataset.Schema, from, n int) dataset.Batch {
	t.Helper()
	b := array.NewRecordBuilder(memory.DefaultAllocator, s.Arrow())
	defer b.Release()
	for i := from; i < from+n; i++ {
		line := fmt.Sprintf(`{"z, with a comma":"t%d","c0":%t,"c1":%d,"c2":%d,"c3":%d,"c4":%d,"c5":%d,"c6":%d,"c7":%d,"c8":%d,"c9":%d.5,"c10":-%d.25,"c11":"l%d","c12":"d%d",`+
			`"c13":"YWI=","c14":"2024-01-0%d","c15":"{\"a\":%d}","c16":"2024-01-01 00:00:0%d","c17":"1924-01-01 00:00:00.00000%d","c18":"2024-01-01 00:00:0%d","c19":"-12345678901234567890.34%d","c20":"0.0000%d"}`,
			i, i%2 == 0, i%100-50, -i, i, int64(i)<<40, i%256, i, i, uint64(math.MaxUint64)-uint64(i), i, i, i, i%3, i%9+1, i, i%10, i%10, i%10, i%10, i%10)
		if i%5 == 3 {
			line = `{}`
		}
		if err := b.UnmarshalJSON([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	rec := b.NewRecord()
	out, err := dataset.FromRecord(rec, s)
	if err != nil {
		rec.Release()
		t.Fatal(err)
	}
	return out
}

// lines returns every row of src as JSON.
func lines(src dataset.Source) (out []string, err error) {
	for b, err := range src.Batches(context.Background()) {
		if err != nil {
			return nil, err
		}
		var w strings.Builder
		if err := array.RecordToJSON(b.Record(), &w); err != nil {
			return nil, err
		}
		if b.NumRows() > 0 {
			out = append(out, strings.Split(strings.TrimSuffix(w.String(), "\n"), "\n")...)
		}
	}
	return out, nil
}

func write(t testing.TB, path string, o parquet.WriteOptions, s *dataset.Schema, batches ...dataset.Batch) {
	t.Helper()
	src, err := dataset.NewBatches(s, batches...)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	sink, err := parquet.Create(path, s, o)
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	if _, err := dataset.Copy(t.Context(), sink, src); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsWrittenReadsBack(t *testing.T) {
	s := flat(t)
	var batches []dataset.Batch
	var want []string
	for _, size := range []int{1, 200, 0, 3, 96} {
		b := flatBatch(t, s, len(want), size)
		defer b.Release()
		batches = append(batches, b)
		var w strings.Builder
		if err := array.RecordToJSON(b.Record(), &w); err != nil {
			t.Fatal(err)
		}
		if size > 0 {
			want = append(want, strings.Split(strings.TrimSuffix(w.String(), "\n"), "\n")...)
		}
	}
	for _, o := range []parquet.WriteOptions{{}, {Compression: parquet.Snappy, RowGroupRows: 100}, {Compression: parquet.Uncompressed, RowGroupRows: 1}} {
		path := filepath.Join(t.TempDir(), "a.parquet")
		write(t, path, o, s, batches...)
		for _, rows := range []int{0, 7, 64} {
			mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
			src, err := parquet.Open(path, parquet.Options{BatchRows: rows, Allocator: mem})
			if err != nil {
				t.Fatal(err)
			}
			if !src.Schema().Equal(s) || src.NumRows() != 300 {
				t.Fatalf("schema or %d rows differ", src.NumRows())
			}
			for range 2 {
				got, err := lines(src)
				if err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("%+v, batches of %d: %d rows differ from %d", o, rows, len(got), len(want))
				}
			}
			mem.AssertSize(t, 0)
		}
	}
}

func TestSameBatchesGiveTheSameBytes(t *testing.T) {
	s := flat(t)
	b := flatBatch(t, s, 0, 100)
	defer b.Release()
	var first []byte
	for range 2 {
		path := filepath.Join(t.TempDir(), "a.parquet")
		write(t, path, parquet.WriteOptions{}, s, b)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = data
		}
		if !bytes.Equal(first, data) {
			t.Error("bytes differ")
		}
	}
}

func TestScanReadsOnlyTheWanted(t *testing.T) {
	s := flat(t)
	b := flatBatch(t, s, 0, 50)
	defer b.Release()
	path := filepath.Join(t.TempDir(), "a.parquet")
	write(t, path, parquet.WriteOptions{RowGroupRows: 20}, s, b)
	src, err := parquet.Open(path, parquet.Options{Columns: []string{"c3", "c0", "c10"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(src.Schema().Names(), " "); got != "c3 c0 c10" {
		t.Errorf("columns are %s", got)
	}
	view, err := dataset.Scan(t.Context(), src, dataset.ScanOptions{
		Columns: []string{"c10"}, Filter: []dataset.Predicate{{Column: "c3", Operator: dataset.GreaterEqual, Value: dataset.NumberValue(46)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := lines(view); err != nil || !reflect.DeepEqual(got, []string{`{"c10":-46.25}`, `{"c10":-47.25}`, `{"c10":-49.25}`}) {
		t.Errorf("got %v, %v", got, err)
	}
	none, err := dataset.Select(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for b, err := range none.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		rows += b.NumRows()
	}
	if rows != 50 {
		t.Errorf("%d rows of no column", rows)
	}
	if _, err := parquet.Open(path, parquet.Options{Columns: []string{"nope"}}); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("error is %v", err)
	}
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	empty, err := dataset.NewSchema()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parquet.Create(filepath.Join(dir, "a"), empty, parquet.WriteOptions{}); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("no columns: error is %v", err)
	}
	var option *dataset.OptionError
	if _, err := parquet.Create(filepath.Join(dir, "a"), flat(t), parquet.WriteOptions{Compression: 9, RowGroupRows: -1}); !errors.As(err, &option) {
		t.Errorf("options: error is %v", err)
	}
	if _, err := parquet.Open(dir, parquet.Options{BatchRows: -1, MaxFooterBytes: -1, MaxPageBytes: -1}); !errors.As(err, &option) {
		t.Errorf("options: error is %v", err)
	}
	for _, path := range []string{dir, filepath.Join(dir, "none")} {
		if _, err := parquet.Open(path, parquet.Options{}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error is %v", path, err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

// TestDamagedFilesNeverPanic cuts a file at many lengths and flips the bits of many bytes; FuzzOpen goes further. A cut is always an error. A flipped byte must not panic; in the data of an
// uncompressed page without a checksum it may go unseen.
func TestDamagedFilesNeverPanic(t *testing.T) {
	s := flat(t)
	b := flatBatch(t, s, 0, 10)
	defer b.Release()
	path := filepath.Join(t.TempDir(), "a.parquet")
	write(t, path, parquet.WriteOptions{Compression: parquet.Uncompressed}, s, b)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	read := func(data []byte) error {
		mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
		defer mem.AssertSize(t, 0)
		src, err := parquet.NewSource(bytes.NewReader(data), int64(len(data)), parquet.Options{Allocator: mem})
		if err == nil {
			_, err = lines(src)
		}
		return err
	}
	if err := read(data); err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(data); n += 61 {
		if err := read(data[:n]); err == nil {
			t.Errorf("cut at %d of %d: no error", n, len(data))
		}
	}
	for i := 0; i < len(data); i += 11 {
		damaged := bytes.Clone(data)
		damaged[i] ^= 0xff
		_ = read(damaged)
	}
}

func FuzzOpen(f *testing.F) {
	s := flat(f)
	b := flatBatch(f, s, 0, 5)
	defer b.Release()
	path := filepath.Join(f.TempDir(), "a.parquet")
	write(f, path, parquet.WriteOptions{Compression: parquet.Snappy}, s, b)
	data, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("PAR1PAR1\x00\x00\x00\x00PAR1"))
	f.Add(nestedFile(f, 3))
	f.Add(oneColumn(f, &pq.Lz4Raw, 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, flatten := range []bool{false, true} {
			fuzzOpen(t, data, parquet.Options{MaxPageBytes: 1 << 16, Flatten: flatten})
		}
	})
}

func fuzzOpen(t *testing.T, data []byte, o parquet.Options) {
	t.Helper()
	var src *parquet.Source
	var err error
	if over := alloc.Bound(4<<20+1000*len(data), func() {
		src, err = parquet.NewSource(bytes.NewReader(data), int64(len(data)), o)
	}); over != nil {
		t.Fatal(over)
	}
	if err != nil || src.NumRows() > 1<<16 {
		return
	}
	leaves, lists := 0, 0
	for _, f := range src.Schema().Fields() {
		leaves += 1 + strings.Count(string(f.Type), ",")
		lists += strings.Count(string(f.Type), "list<") * (1 + strings.Count(string(f.Type), ","))
	}
	// A run says many rows in few bytes, so that the rows count, each page may be as large as the limit, and lists may have as many elements.
	limit := 16<<20 + 1000*len(data) + leaves*(4<<16+500*int(src.NumRows())) + lists*(64<<16)
	if over := alloc.Bound(limit, func() {
		for _, err := range src.Batches(t.Context()) {
			if err != nil {
				return
			}
		}
	}); over != nil {
		t.Fatal(over)
	}
}
