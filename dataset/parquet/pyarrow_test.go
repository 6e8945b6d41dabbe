package parquet_test

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/datasettest"
	"github.com/tidewheel/tidewheel/dataset/parquet"
	decimals "github.com/tidewheel/tidewheel/internal/cell"
)

// value returns column name of row i as testdata/gen/make.py states it.
func value(name string, i int) any {
	micros := func(v int64) string { return time.UnixMicro(v).UTC().Format("2006-01-02 15:04:05.999999") }
	switch name {
	case "b":
		return i%3 == 0
	case "i8":
		return i%100 - 50
	case "u16":
		return i * 131
	case "u32":
		return 1<<32 - 1 - int64(i)
	case "u64":
		return 1<<64 - 1 - uint64(i)
	case "i64":
		return -(1 << 62) + int64(i)
	case "f32":
		return float64(i) / 4
	case "f64":
		return float64(i) / 3
	case "s":
		return strings.Repeat("é", i%5)
	case "cat":
		return []string{"DE", "FR", "US"}[i%3]
	case "bin":
		return string([]byte{byte(i), 255})
	case "fix":
		return string([]byte{1, 2, byte(i)})
	case "date":
		return time.Unix(int64(i)*40*86400, 0).UTC().Format(time.DateOnly)
	case "ms":
		return micros((1_700_000_000_000 + int64(i)) * 1000)
	case "us", "ns":
		return micros(1_700_000_000_000_000 + int64(i))
	case "d9":
		return fmt.Sprint(i - 250)
	case "d38":
		return new(big.Int).Mul(big.NewInt(int64(-i)), new(big.Int).Exp(big.NewInt(10), big.NewInt(34), nil)).String()
	default:
		return i
	}
}

func printed(a arrow.Array, i int) string {
	switch a := a.(type) {
	case *array.Binary:
		return string(a.Value(i))
	case *array.Decimal128:
		return string(decimals.AppendDecimal(nil, a.Value(i), 0))
	case *array.Timestamp:
		return time.UnixMicro(int64(a.Value(i))).UTC().Format("2006-01-02 15:04:05.999999")
	case *array.Float32:
		return fmt.Sprint(a.Value(i))
	case *array.Float64:
		return fmt.Sprint(a.Value(i))
	default:
		return a.ValueStr(i)
	}
}

func TestFilesOfPyarrow(t *testing.T) {
	const types = "id:int32 b:bool i8:int8 u16:uint16 u32:uint32 u64:uint64 i64:int64 f32:float32 f64:float64 s:utf8 cat:utf8 bin:binary fix:binary date:date32 " +
		"ms:timestamp[us,UTC] us:timestamp[us] ns:timestamp[us,UTC] d9:decimal128(9,2) d38:decimal128(38,4)"
	for _, name := range []string{"types-v1.parquet", "types-v2.parquet"} {
		for _, rows := range []int{0, 7, 299} {
			mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
			src, err := parquet.Open(filepath.Join("testdata", name), parquet.Options{BatchRows: rows, Allocator: mem})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range src.Schema().Fields() {
				got = append(got, f.Name+":"+string(f.Type))
			}
			if strings.Join(got, " ") != types {
				t.Fatalf("%s: columns are %v", name, got)
			}
			at := 0
			for b, err := range src.Batches(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				for j, f := range b.Schema().Fields() {
					for i := range b.NumRows() {
						if null := (at+i)%7 == 6 && f.Name != "id"; b.Column(j).IsNull(i) != null {
							t.Fatalf("%s: row %d, column %s: null is %v", name, at+i, f.Name, !null)
						} else if want := fmt.Sprint(value(f.Name, at+i)); !null && printed(b.Column(j), i) != want {
							t.Fatalf("%s: row %d, column %s: got %s, want %s", name, at+i, f.Name, printed(b.Column(j), i), want)
						}
					}
				}
				at += b.NumRows()
			}
			if at != 500 {
				t.Errorf("%s: %d rows", name, at)
			}
			mem.AssertSize(t, 0)
		}
	}
}

// TestMoreOfPyarrow reads columns that are nested, times of day, or finer than a microsecond. The last are refused, and in the way of no other column.
func TestMoreOfPyarrow(t *testing.T) {
	path := filepath.Join("testdata", "refused.parquet")
	src, err := parquet.Open(path, parquet.Options{Columns: []string{"tags", "place", "at", "id"}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := lines(src)
	want := []string{`{"at":1,"id":1,"place":{"x":1},"tags":["a"]}`, `{"at":2,"id":2,"place":null,"tags":null}`}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	if at, _ := src.Schema().Lookup("at"); at.Type != dataset.Int64 || at.Unit != "us" {
		t.Errorf("time of day: %+v", at)
	}
	src, err = parquet.Open(path, parquet.Options{Columns: []string{"fine"}})
	if err != nil {
		t.Fatal(err)
	}
	var refused *dataset.UnsupportedError
	if _, err := lines(src); !errors.As(err, &refused) || !errors.Is(err, dataset.ErrUnsupported) || refused.Column != "fine" {
		t.Errorf("nanoseconds: error is %v", err)
	}
}

func TestRangeEndsWithItsContext(t *testing.T) {
	src, err := parquet.Open(filepath.Join("testdata", "types-v1.parquet"), parquet.Options{BatchRows: 10})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	var last error
	for _, err := range src.Batches(ctx) {
		if n++; n == 3 {
			cancel()
		}
		last = err
	}
	if n != 4 || !errors.Is(last, context.Canceled) {
		t.Errorf("%d batches, error %v", n, last)
	}
}

func TestSourceKeepsItsPromises(t *testing.T) {
	for _, name := range []string{"types-v1.parquet", "types-v2.parquet"} {
		datasettest.TestSource(t, datasettest.SourceTraits{Rows: 500}, func(mem memory.Allocator) (dataset.Source, error) {
			return parquet.Open(filepath.Join("testdata", name), parquet.Options{BatchRows: 70, Allocator: mem})
		})
	}
}

// TestFlights reads the table of examples/quickstart, whose README states the rows and nulls.
func TestFlights(t *testing.T) {
	src, err := parquet.Open(filepath.Join("..", "..", "examples", "quickstart", "data", "flights.parquet"), parquet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows, nulls := 0, map[string]int{}
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		rows += b.NumRows()
		for j, f := range b.Schema().Fields() {
			nulls[f.Name] += b.Column(j).NullN()
		}
	}
	if rows != 50_000 || nulls["wind_gust"] != 38_151 || nulls["plane_year"] != 8_140 || nulls["late"] != 0 || len(nulls) != 20 {
		t.Errorf("%d rows, nulls %v", rows, nulls)
	}
}
