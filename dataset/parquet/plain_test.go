package parquet_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/encoding"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/parquet"
)

// drawn is a column of a random file.
type drawn struct {
	name string
	node pq.Node
	draw func(r *rand.Rand) pq.Value
}

// everyEncoding returns a column, required and optional, of every physical type in every encoding that the library writes for it.
func everyEncoding() []drawn {
	text := func(r *rand.Rand) pq.Value {
		b := make([]byte, []int{r.IntN(4), 8, r.IntN(40)}[r.IntN(3)])
		for i := range b {
			b[i] = byte('a' + r.IntN(3))
		}
		return pq.ByteArrayValue(b)
	}
	kinds := []struct {
		name      string
		node      pq.Node
		draw      func(r *rand.Rand) pq.Value
		encodings []encoding.Encoding
	}{
		{"bool", pq.Leaf(pq.BooleanType), func(r *rand.Rand) pq.Value { return pq.BooleanValue(r.IntN(5) == 0) }, []encoding.Encoding{&pq.Plain}},
		{"int32", pq.Leaf(pq.Int32Type), func(r *rand.Rand) pq.Value { return pq.Int32Value(int32(r.Uint32()) >> r.IntN(32)) }, []encoding.Encoding{&pq.Plain, &pq.DeltaBinaryPacked, &pq.RLEDictionary}},
		{"int64", pq.Leaf(pq.Int64Type), func(r *rand.Rand) pq.Value { return pq.Int64Value(int64(r.Uint64()) >> r.IntN(64)) }, []encoding.Encoding{&pq.Plain, &pq.DeltaBinaryPacked, &pq.RLEDictionary}},
		{"code", pq.Leaf(pq.Int64Type), func(r *rand.Rand) pq.Value { return pq.Int64Value(int64(r.IntN(3))) }, []encoding.Encoding{&pq.RLEDictionary}},
		{"float", pq.Leaf(pq.FloatType), func(r *rand.Rand) pq.Value { return pq.FloatValue(float32(r.NormFloat64())) }, []encoding.Encoding{&pq.Plain, &pq.ByteStreamSplit, &pq.RLEDictionary}},
		{"double", pq.Leaf(pq.DoubleType), func(r *rand.Rand) pq.Value { return pq.DoubleValue(math.Round(r.NormFloat64() * 8)) }, []encoding.Encoding{&pq.Plain, &pq.ByteStreamSplit, &pq.RLEDictionary}},
		{"bytes", pq.Leaf(pq.ByteArrayType), text, []encoding.Encoding{&pq.Plain, &pq.DeltaLengthByteArray, &pq.DeltaByteArray, &pq.RLEDictionary}},
		{"text", pq.String(), func(r *rand.Rand) pq.Value {
			return pq.ByteArrayValue([]byte([]string{"", "é", "plain", "longer than sixteen bytes"}[r.IntN(4)]))
		}, []encoding.Encoding{&pq.Plain, &pq.RLEDictionary}},
		{"fixed", pq.Leaf(pq.FixedLenByteArrayType(5)), func(r *rand.Rand) pq.Value {
			return pq.FixedLenByteArrayValue([]byte{byte(r.IntN(2)), 1, byte(r.IntN(4)), 3, 4})
		}, []encoding.Encoding{&pq.Plain, &pq.DeltaByteArray, &pq.RLEDictionary}},
	}
	var out []drawn
	for _, k := range kinds {
		for _, e := range k.encodings {
			name := k.name + " " + e.String()
			out = append(out, drawn{name, pq.Encoded(k.node, e), k.draw}, drawn{name + " optional", pq.Optional(pq.Encoded(k.node, e)), k.draw})
		}
	}
	return out
}

// ordered is a group whose columns keep their order.
type ordered struct {
	pq.Group
	names []string
}

// Fields implements parquet.Node.
func (g ordered) Fields() []pq.Field {
	fields := g.Group.Fields()
	slices.SortFunc(fields, func(a, b pq.Field) int { return slices.Index(g.names, a.Name()) - slices.Index(g.names, b.Name()) })
	return fields
}

func randomFile(t *testing.T, r *rand.Rand, columns []drawn, o ...pq.WriterOption) []byte {
	t.Helper()
	root := ordered{Group: pq.Group{}}
	for _, c := range columns {
		root.Group[c.name] = c.node
		root.names = append(root.names, c.name)
	}
	var out bytes.Buffer
	w := pq.NewGenericWriter[any](&out, append(o, pq.NewSchema("random", root))...)
	for range 3 { // row groups
		rows := 300 + r.IntN(500)
		for j, c := range columns {
			values := make([]pq.Value, rows)
			for i, share := 0, 0; i < rows; i++ {
				if i%64 == 0 {
					share = []int{0, 0, 10, 50, 100}[r.IntN(5)]
				}
				switch optional := c.node.Optional(); {
				case optional && r.IntN(100) < share:
					values[i] = pq.NullValue().Level(0, 0, j)
				case optional:
					values[i] = c.draw(r).Level(0, 1, j)
				default:
					values[i] = c.draw(r).Level(0, 0, j)
				}
			}
			if _, err := w.ColumnWriters()[j].WriteRowValues(values); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// libraryValues reads a column value by value through the library.
func libraryValues(t *testing.T, data []byte, column int) (out []string) {
	t.Helper()
	f, err := pq.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range f.RowGroups() {
		pages := g.ColumnChunks()[column].Pages()
		for {
			p, err := pages.ReadPage()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			values := make([]pq.Value, p.NumValues())
			if n, err := p.Values().ReadValues(values); n < len(values) {
				t.Fatal(n, err)
			}
			for _, v := range values {
				if v.IsNull() {
					out = append(out, "null")
				} else if v.Kind() == pq.ByteArray || v.Kind() == pq.FixedLenByteArray {
					out = append(out, string(v.ByteArray()))
				} else {
					out = append(out, fmt.Sprint(v))
				}
			}
		}
		if err := pages.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func plainCell(a arrow.Array, i int) string {
	if a.IsNull(i) {
		return "null"
	}
	switch a := a.(type) {
	case *array.Binary:
		return string(a.Value(i))
	case *array.Dictionary:
		return a.Dictionary().ValueStr(a.GetValueIndex(i))
	case *array.Float32:
		return fmt.Sprint(a.Value(i))
	case *array.Float64:
		return fmt.Sprint(a.Value(i))
	default:
		return a.ValueStr(i)
	}
}

// TestValuesAreThoseOfTheLibrary compares with parquet-go 0.32, which reads value by value, for files of every encoding, codec and page version.
func TestValuesAreThoseOfTheLibrary(t *testing.T) {
	columns := everyEncoding()
	codecs := []compress.Codec{&pq.Uncompressed, &pq.Snappy, &pq.Gzip, &pq.Zstd, &pq.Brotli}
	for round := range 10 {
		r := rand.New(rand.NewPCG(7, uint64(round)))
		data := randomFile(t, r, columns, pq.DataPageVersion(1+round%2), pq.Compression(codecs[round/2]), pq.PageBufferSize(100+r.IntN(3000)), pq.DictionaryMaxBytes(int64(50+r.IntN(4000))))
		mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
		var texts []string
		if round%3 == 1 {
			texts = []string{"text PLAIN", "text RLE_DICTIONARY optional"}
		}
		want := make([][]string, len(columns))
		for j := range columns {
			want[j] = libraryValues(t, data, j)
		}
		for _, workers := range []int{1, 3} {
			src, err := parquet.NewSource(bytes.NewReader(data), int64(len(data)), parquet.Options{BatchRows: 1 + r.IntN(500), Workers: workers, Allocator: mem, Dictionary: texts})
			if err != nil {
				t.Fatal(err)
			}
			got := make([][]string, len(columns))
			for b, err := range src.Batches(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				for j := range columns {
					for i := range b.NumRows() {
						got[j] = append(got[j], plainCell(b.Column(j), i))
					}
				}
			}
			mem.AssertSize(t, 0)
			for j, c := range columns {
				if !slices.Equal(got[j], want[j]) {
					t.Errorf("round %d, column %s: values differ, %d and %d", round, c.name, len(want[j]), len(got[j]))
				}
			}
		}
	}
}

// TestDictionariesAreKept reads texts as dictionaries: where a chunk has one, batches share it.
func TestDictionariesAreKept(t *testing.T) {
	s := flat(t)
	b := flatBatch(t, s, 0, 300)
	defer b.Release()
	path := t.TempDir() + "/a.parquet"
	write(t, path, parquet.WriteOptions{}, s, b)
	for _, o := range []parquet.Options{{AllDictionaries: true}, {Dictionary: []string{"z, with a comma", "c11"}}} {
		o.BatchRows = 100
		src, err := parquet.Open(path, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"z, with a comma", "c11"} {
			if f, _ := src.Schema().Lookup(name); f.Type != dataset.Dictionary {
				t.Errorf("%s: type %s", name, f.Type)
			}
		}
		if f, _ := src.Schema().Lookup("c15"); f.Type != dataset.JSON {
			t.Errorf("JSON became %s", f.Type)
		}
		row := 0
		for got, err := range src.Batches(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			column, want := got.Column(0).(*array.Dictionary), b.Column(0)
			if column.Dictionary().Len() != 240 {
				t.Errorf("dictionary of %d values", column.Dictionary().Len())
			}
			for i := range got.NumRows() {
				if plainCell(column, i) != plainCell(want, row) {
					t.Fatalf("row %d: want %s, got %s", row, plainCell(want, row), plainCell(column, i))
				}
				row++
			}
		}
	}
	var option *dataset.OptionError
	if _, err := parquet.Open(path, parquet.Options{Dictionary: []string{"none", "c4"}}); !errors.As(err, &option) {
		t.Errorf("error is %v", err)
	}
}
