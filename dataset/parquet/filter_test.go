package parquet_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"
	pq "github.com/parquet-go/parquet-go"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/parquet"
)

// event is a row of a file whose pages and row groups are small.
type event struct {
	ID    int64    `parquet:"id"`
	Small int32    `parquet:"small,int(8)"`
	Big   uint64   `parquet:"big"`
	Score float64  `parquet:"score"`
	Ratio *float32 `parquet:"ratio,optional"`
	Name  *string  `parquet:"name,optional,dict"`
	Long  string   `parquet:"long,delta"`
	Flag  bool     `parquet:"flag"`
	At    int64    `parquet:"at,timestamp(millisecond)"`
	Cost  int64    `parquet:"cost,decimal(2:18)"`
}

func events(n int) []event {
	r := rand.New(rand.NewPCG(1, 2))
	rows := make([]event, n)
	for i := range rows {
		rows[i] = event{
			ID: int64(i), Small: int32(i/100%256 - 128), Big: math.MaxUint64 - uint64(i), Score: float64(i/50) / 4, Long: fmt.Sprintf("row %06d of the file", i),
			Flag: i/1000%2 == 0, At: 1_700_000_000_000 + int64(i)*1000, Cost: int64(i) * 7,
		}
		if i/500%4 != 1 { // some pages have nothing but nulls
			ratio, name := float32(r.NormFloat64()), fmt.Sprintf("name-%d", i/700)
			rows[i].Ratio, rows[i].Name = &ratio, &name
		}
		if i%997 == 0 {
			rows[i].Score = math.NaN()
		}
	}
	return rows
}

func eventFile(t testing.TB, rows []event, o ...pq.WriterOption) []byte {
	t.Helper()
	var out bytes.Buffer
	w := pq.NewGenericWriter[event](&out, append([]pq.WriterOption{
		pq.MaxRowsPerRowGroup(3000), pq.PageBufferSize(1024), pq.BloomFilters(pq.SplitBlockFilter(10, "id"), pq.SplitBlockFilter(10, "name"), pq.SplitBlockFilter(10, "score"), pq.SplitBlockFilter(10, "small")),
	}, o...)...)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestFilteringGivesTheRowsOfAFullScan draws predicates on every column, around the values of the file, and compares with a scan that passes over nothing.
func TestFilteringGivesTheRowsOfAFullScan(t *testing.T) {
	const n = 7_000
	for version := 1; version <= 2; version++ {
		data := eventFile(t, events(n), pq.DataPageVersion(version))
		r := rand.New(rand.NewPCG(3, uint64(version)))
		for round := range 16 {
			var filter []dataset.Predicate
			for range 1 + r.IntN(2) {
				i := r.IntN(n)
				p := dataset.Predicate{Operator: dataset.Operator(r.IntN(6))}
				number := func(name string, v float64) { p.Column, p.Value = name, dataset.NumberValue(v) }
				text := func(name, v string) { p.Column, p.Value = name, dataset.TextValue(v) }
				switch r.IntN(10) {
				case 0:
					number("id", float64(i)+float64(r.IntN(2))/2)
				case 1:
					number("small", float64(r.IntN(300)-150))
				case 2:
					number("big", float64(math.MaxUint64-uint64(i)))
				case 3:
					number("score", []float64{float64(i/50) / 4, math.NaN(), math.Inf(1), math.Inf(-1), 0, math.Copysign(0, -1)}[r.IntN(6)])
				case 4:
					number("ratio", r.NormFloat64())
				case 5:
					text("name", fmt.Sprintf("name-%d", i/700))
				case 6:
					text("long", fmt.Sprintf("row %06d of the file", i)[:r.IntN(18)])
				case 7:
					number("flag", float64(r.IntN(2)))
				case 8:
					number("at", float64(1_700_000_000_000_000+i*1_000_000))
				default:
					number("cost", float64(i*7)/100)
				}
				filter = append(filter, p)
			}
			o := dataset.ScanOptions{Filter: filter}
			if round%2 == 0 {
				o.Columns = []string{"long", "ratio", "id"}
			}
			mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
			open := func(workers int) dataset.Source {
				src, err := parquet.NewSource(bytes.NewReader(data), int64(len(data)), parquet.Options{Workers: workers, BatchRows: 1 + r.IntN(2000), Allocator: mem})
				if err != nil {
					t.Fatal(err)
				}
				return src
			}
			plain, err := dataset.ScanBatches(open(1), o)
			if err != nil {
				t.Fatal(err)
			}
			want, err := printedRows(plain)
			if err != nil {
				t.Fatal(err)
			}
			for _, workers := range []int{1, 3} {
				src, err := dataset.Scan(t.Context(), open(workers), o)
				if err != nil {
					t.Fatal(err)
				}
				got, err := printedRows(src)
				if err != nil || !slices.Equal(got, want) || !src.Schema().Equal(plain.Schema()) {
					t.Fatalf("pages of version %d, %+v, %d workers: want %d rows, got %d, %v", version, filter, workers, len(want), len(got), err)
				}
			}
			mem.AssertSize(t, 0)
		}
	}
}

func TestWhatAFilterPassesOver(t *testing.T) {
	data := eventFile(t, events(30_000))
	for _, c := range []struct {
		name                        string
		filter                      dataset.Predicate
		rows, read, pruned, skipped int64 // skipped: at least
	}{
		{"statistics", dataset.Predicate{Column: "id", Operator: dataset.Less, Value: dataset.NumberValue(3000)}, 3000, 1, 9, 0},
		{"statistics of texts", dataset.Predicate{Column: "long", Operator: dataset.GreaterEqual, Value: dataset.TextValue("row 027")}, 3000, 1, 9, 0},
		{"statistics of decimals", dataset.Predicate{Column: "cost", Operator: dataset.Greater, Value: dataset.NumberValue(29_999 * 7 / 100.)}, 0, 1, 9, 0},
		{"the index of pages", dataset.Predicate{Column: "id", Operator: dataset.Equal, Value: dataset.NumberValue(10_000)}, 1, 1, 9, 20},
		{"a Bloom filter of integers", dataset.Predicate{Column: "small", Operator: dataset.Equal, Value: dataset.NumberValue(-128)}, 200, 2, 8, 0},
		{"a Bloom filter of texts", dataset.Predicate{Column: "name", Operator: dataset.Equal, Value: dataset.TextValue("name-1x")}, 0, 0, 10, 0},
		{"a Bloom filter of numbers", dataset.Predicate{Column: "score", Operator: dataset.Equal, Value: dataset.NumberValue(7.1)}, 0, 0, 10, 0},
		{"nothing", dataset.Predicate{Column: "ratio", Operator: dataset.Greater, Value: dataset.NumberValue(0)}, -1, 10, 0, 0},
	} {
		var count parquet.Counters
		src, err := parquet.NewSource(bytes.NewReader(data), int64(len(data)), parquet.Options{Counters: &count})
		if err != nil {
			t.Fatal(err)
		}
		some, err := dataset.Scan(t.Context(), src, dataset.ScanOptions{Filter: []dataset.Predicate{c.filter}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := printedRows(some)
		if err != nil || (c.rows >= 0 && int64(len(got)) != c.rows) {
			t.Errorf("%s: want %d rows, got %d, %v", c.name, c.rows, len(got), err)
		}
		if count.RowGroupsRead.Load() != c.read || count.RowGroupsPruned.Load() != c.pruned || count.PagesSkipped.Load() < c.skipped {
			t.Errorf("%s: read %d row groups, passed over %d and %d pages", c.name, count.RowGroupsRead.Load(), count.RowGroupsPruned.Load(), count.PagesSkipped.Load())
		}
	}
}

// TestStatisticsThatCannotBeTrusted has statistics of NaN, and writes what a filter would lose if they were taken for bounds.
func TestStatisticsThatCannotBeTrusted(t *testing.T) {
	type row struct {
		V float64 `parquet:"v"`
	}
	for _, values := range [][]float64{{math.NaN(), 1, 2}, {1, math.NaN(), 2}, {math.NaN(), math.NaN()}, {math.Copysign(0, -1), 0}, {0}} {
		var out bytes.Buffer
		w := pq.NewGenericWriter[row](&out)
		for _, v := range values {
			if _, err := w.Write([]row{{v}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		src, err := parquet.NewSource(bytes.NewReader(out.Bytes()), int64(out.Len()), parquet.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for op := dataset.Equal; op <= dataset.GreaterEqual; op++ {
			for _, v := range []float64{0, math.Copysign(0, -1), 1, 2, 3, -1, math.NaN()} {
				o := dataset.ScanOptions{Filter: []dataset.Predicate{{Column: "v", Operator: op, Value: dataset.NumberValue(v)}}}
				plain, err1 := dataset.ScanBatches(src, o)
				fast, err2 := dataset.Scan(t.Context(), src, o)
				if err := errors.Join(err1, err2); err != nil {
					t.Fatal(err)
				}
				want, err1 := printedRows(plain)
				got, err2 := printedRows(fast)
				if err := errors.Join(err1, err2); err != nil || !slices.Equal(got, want) {
					t.Errorf("%v, operator %d, %v: want %d rows, got %d, %v", values, op, v, len(want), len(got), err)
				}
			}
		}
	}
}

func TestAFilterThatDoesNotFitIsRefused(t *testing.T) {
	data := eventFile(t, events(10))
	src, err := parquet.NewSource(bytes.NewReader(data), int64(len(data)), parquet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []dataset.ScanOptions{
		{Columns: []string{"none"}},
		{Filter: []dataset.Predicate{{Column: "none", Value: dataset.NumberValue(1)}}},
		{Filter: []dataset.Predicate{{Column: "id"}}},
		{Columns: []string{"id"}, Filter: []dataset.Predicate{{Column: "id", Operator: 99, Value: dataset.NumberValue(1)}}},
	} {
		if _, err := dataset.Scan(t.Context(), src, o); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%+v: error is %v", o, err)
		}
	}
}

// TestBloomFiltersAreWritten writes a file in which the statistics of a column say nothing.
func TestBloomFiltersAreWritten(t *testing.T) {
	s := flat(t)
	b := flatBatch(t, s, 0, 400)
	defer b.Release()
	path := filepath.Join(t.TempDir(), "a.parquet")
	write(t, path, parquet.WriteOptions{Bloom: []string{"c11", "c4"}}, s, b)
	var option *dataset.OptionError
	if _, err := parquet.Create(path, s, parquet.WriteOptions{Bloom: []string{"none"}}); !errors.As(err, &option) {
		t.Errorf("a column that is not there: error is %v", err)
	}
	for text, want := range map[string]int64{"l7": 0, "l7x": 1} {
		var count parquet.Counters
		src, err := parquet.Open(path, parquet.Options{Counters: &count})
		if err != nil {
			t.Fatal(err)
		}
		some, err := dataset.Scan(t.Context(), src, dataset.ScanOptions{Filter: []dataset.Predicate{{Column: "c11", Value: dataset.TextValue(text)}}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := printedRows(some)
		if err != nil || int64(len(got)) != 1-want || count.RowGroupsPruned.Load() != want {
			t.Errorf("%s: %d rows, %d row groups passed over, %v", text, len(got), count.RowGroupsPruned.Load(), err)
		}
	}
}

// printedRows returns every row of src as text, NaN included.
func printedRows(src dataset.Source) (out []string, err error) {
	for b, err := range src.Batches(context.Background()) {
		if err != nil {
			return nil, err
		}
		for i := range b.NumRows() {
			var w strings.Builder
			for j := range b.Schema().Len() {
				if c := b.Column(j); c.IsNull(i) {
					w.WriteString("|null")
				} else {
					w.WriteString("|" + c.ValueStr(i))
				}
			}
			out = append(out, w.String())
		}
	}
	return out, nil
}
