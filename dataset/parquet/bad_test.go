package parquet_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"
	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/parquet"
	"github.com/tidewheel/tidewheel/internal/alloc"
)

// readAll reads a whole file.
func readAll(t *testing.T, data []byte, o parquet.Options) (rows int, err error) {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	o.Allocator = mem
	src, err := parquet.NewSource(bytes.NewReader(data), int64(len(data)), o)
	if err != nil {
		return 0, err
	}
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			return rows, err
		}
		rows += b.NumRows()
	}
	return rows, nil
}

// withFooter returns data with a footer that change has been at.
func withFooter(t *testing.T, data []byte, change func(*format.FileMetaData)) []byte {
	t.Helper()
	at := len(data) - 8 - int(binary.LittleEndian.Uint32(data[len(data)-8:]))
	var md format.FileMetaData
	if err := thrift.Unmarshal(new(thrift.CompactProtocol), data[at:len(data)-8], &md); err != nil {
		t.Fatal(err)
	}
	change(&md)
	return fileOf(t, data[:at], &md)
}

// fileOf returns the file of pages, which stand behind the first magic bytes, and a footer.
func fileOf(t testing.TB, pages []byte, md *format.FileMetaData) []byte {
	t.Helper()
	footer, err := thrift.Marshal(new(thrift.CompactProtocol), md)
	if err != nil {
		t.Fatal(err)
	}
	out := append(bytes.Clone(pages), footer...)
	return append(binary.LittleEndian.AppendUint32(out, uint32(len(footer))), "PAR1"...)
}

func some[T any](v T) thrift.Null[T] { return thrift.Null[T]{V: v, Valid: true} }

// column is an optional element of a schema with children below it, a leaf of INT32 when there are none.
func column(name string, children int32) format.SchemaElement {
	e := format.SchemaElement{Name: name, RepetitionType: some(format.Optional)}
	if children > 0 {
		e.NumChildren = some(children)
	} else {
		e.Type = some(format.Int32)
	}
	return e
}

// schemaOnly is a file without rows of top-level columns, of which elements are all in order.
func schemaOnly(t testing.TB, columns int32, elements ...format.SchemaElement) []byte {
	t.Helper()
	root := format.SchemaElement{Name: "schema", NumChildren: some(columns)}
	return fileOf(t, []byte("PAR1"), &format.FileMetaData{Version: 1, Schema: append([]format.SchemaElement{root}, elements...)})
}

func TestCutFilesAreRefused(t *testing.T) {
	for name, data := range map[string][]byte{"flat": oneColumn(t, &pq.Zstd, 1), "lz4": oneColumn(t, &pq.Lz4Raw, 2), "nested": nestedFile(t, 100)} {
		if _, err := readAll(t, data, parquet.Options{}); err != nil {
			t.Fatal(err)
		}
		for i := range 50 {
			if _, err := readAll(t, data[:len(data)*i/50], parquet.Options{}); !errors.Is(err, dataset.ErrFormat) {
				t.Errorf("%s: cut at %d/50: error is %v", name, i, err)
			}
		}
	}
}

func TestDamagedNestedFilesNeverPanic(t *testing.T) {
	data := nestedFile(t, 60, pq.Compression(&pq.Uncompressed))
	for i := range data {
		damaged := bytes.Clone(data)
		damaged[i] ^= byte(1 << (i % 8))
		_, _ = readAll(t, damaged, parquet.Options{MaxPageBytes: 1 << 16, BatchRows: 7})
	}
}

// TestClaims has small files that say to be large.
func TestClaims(t *testing.T) {
	const many = 1 << 40
	for name, data := range map[string][]byte{"flat": oneColumn(t, &pq.Snappy, 1), "nested": nestedFile(t, 20)} {
		for what, change := range map[string]func(*format.FileMetaData){
			"rows":          func(md *format.FileMetaData) { md.NumRows, md.RowGroups[0].NumRows = many, many },
			"negative rows": func(md *format.FileMetaData) { md.RowGroups[0].NumRows = -many },
			"chunk's size": func(md *format.FileMetaData) {
				each(md, func(c *format.ColumnMetaData) { c.TotalCompressedSize = many })
			},
			"a size below 0": func(md *format.FileMetaData) { each(md, func(c *format.ColumnMetaData) { c.TotalCompressedSize = -1 }) },
			"no size":        func(md *format.FileMetaData) { each(md, func(c *format.ColumnMetaData) { c.TotalCompressedSize = 0 }) },
			"offset":         func(md *format.FileMetaData) { each(md, func(c *format.ColumnMetaData) { c.DataPageOffset = many }) },
			"both": func(md *format.FileMetaData) {
				each(md, func(c *format.ColumnMetaData) { c.DataPageOffset, c.TotalCompressedSize = math.MaxInt64-1, many })
			},
			"values": func(md *format.FileMetaData) {
				md.RowGroups[0].NumRows = many
				each(md, func(c *format.ColumnMetaData) { c.NumValues = many })
			},
			"no columns": func(md *format.FileMetaData) { md.RowGroups[0].Columns = nil },
		} {
			claims := withFooter(t, data, change)
			var err error
			if over := alloc.Bound(64<<20, func() { _, err = readAll(t, claims, parquet.Options{}) }); over != nil {
				t.Errorf("%s, %s: %v", name, what, over)
			}
			// The codec of a page that is a part of another chunk can be met first.
			if what == "chunk's size" && err == nil {
				continue
			}
			if !errors.Is(err, dataset.ErrFormat) && !errors.Is(err, dataset.ErrLimit) {
				t.Errorf("%s, %s: error is %v", name, what, err)
			}
		}
	}
}

func each(md *format.FileMetaData, f func(*format.ColumnMetaData)) {
	for i := range md.RowGroups[0].Columns {
		f(&md.RowGroups[0].Columns[i].MetaData)
	}
}

func TestSchemasOfMany(t *testing.T) {
	var wide []format.SchemaElement
	for i := range 100_000 {
		wide = append(wide, column(fmt.Sprintf("c%d", i), 0))
	}
	data := schemaOnly(t, int32(len(wide)), wide...)
	if _, err := readAll(t, data, parquet.Options{}); !errors.Is(err, dataset.ErrLimit) {
		t.Errorf("100,000 columns: %v", err)
	}
	wide = wide[:65_534]
	data = schemaOnly(t, int32(len(wide)), wide...)
	if _, err := parquet.NewSource(bytes.NewReader(data), int64(len(data)), parquet.Options{Columns: []string{"c65533", "c0"}}); err != nil {
		t.Errorf("two of 65,534 columns: %v", err)
	}
	for depth, kind := range map[int]error{7: nil, 12: dataset.ErrUnsupported, 60: dataset.ErrUnsupported, 1000: dataset.ErrLimit} {
		var deep []format.SchemaElement
		for range depth {
			deep = append(deep, column("d", 1))
		}
		data := schemaOnly(t, 1, append(deep, column("leaf", 0))...)
		if _, err := readAll(t, data, parquet.Options{}); !errors.Is(err, kind) {
			t.Errorf("%d deep: error is %v", depth, err)
		}
	}
	data = schemaOnly(t, 1, column("s", int32(len(wide))))
	if _, err := readAll(t, data, parquet.Options{}); !errors.Is(err, dataset.ErrFormat) {
		t.Errorf("a tree that does not end: error is %v", err)
	}
	data = schemaOnly(t, 1, append([]format.SchemaElement{column("s", int32(len(wide)))}, wide...)...)
	if _, err := readAll(t, data, parquet.Options{}); !errors.Is(err, dataset.ErrUnsupported) {
		t.Errorf("a struct of 65,534 fields: error is %v", err)
	}
}

func TestNames(t *testing.T) {
	for name, c := range map[string]struct {
		data    []byte
		flatten bool
		want    error
	}{
		"no name":                    {schemaOnly(t, 1, column("", 0)), false, dataset.ErrSchema},
		"twice":                      {schemaOnly(t, 2, column("a", 0), column("a", 0)), false, dataset.ErrSchema},
		"long":                       {schemaOnly(t, 1, column(string(make([]byte, 5000)), 0)), false, dataset.ErrSchema},
		"twice once flat":            {schemaOnly(t, 2, column("a", 1), column("b", 0), column("a.b", 0)), true, dataset.ErrSchema},
		"not twice before":           {schemaOnly(t, 2, column("a", 1), column("b", 0), column("a.b", 0)), false, nil},
		"a field of no name":         {schemaOnly(t, 1, column("a", 1), column("", 0)), false, dataset.ErrUnsupported},
		"a field twice":              {schemaOnly(t, 1, column("a", 2), column("b", 0), column("b", 0)), false, dataset.ErrUnsupported},
		"a field of odd signs":       {schemaOnly(t, 1, column("a", 1), column("b:c", 0)), false, dataset.ErrUnsupported},
		"a field of odd signs, flat": {schemaOnly(t, 1, column("a", 1), column("b:c", 0)), true, nil},
	} {
		if _, err := readAll(t, c.data, parquet.Options{Flatten: c.flatten}); !errors.Is(err, c.want) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	twice := schemaOnly(t, 3, column("a", 0), column("a", 0), column("b", 0))
	if _, err := readAll(t, twice, parquet.Options{Columns: []string{"b"}}); err != nil {
		t.Errorf("beside a name twice: %v", err)
	}
	if _, err := readAll(t, twice, parquet.Options{Columns: []string{"a"}}); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("a name twice: error is %v", err)
	}
}

// TestRefusedByName has what this package does not read, each refused with the column and the reason.
func TestRefusedByName(t *testing.T) {
	interval := column("i", 0)
	interval.Type, interval.TypeLength = some(format.FixedLenByteArray), some[int32](12)
	interval.ConvertedType.V, interval.ConvertedType.Valid = 21, true
	lzo := withFooter(t, oneColumn(t, &pq.Uncompressed, 1), func(md *format.FileMetaData) { each(md, func(c *format.ColumnMetaData) { c.Codec = format.LZO }) })
	key := withFooter(t, oneColumn(t, &pq.Uncompressed, 1), func(md *format.FileMetaData) {
		md.RowGroups[0].Columns[0].CryptoMetadata.Value = &format.EncryptionWithColumnKey{PathInSchema: []string{"V"}}
	})
	signed := withFooter(t, oneColumn(t, &pq.Uncompressed, 1), func(md *format.FileMetaData) { md.EncryptionAlgorithm.Value = &format.AesGcmV1{} })
	for name, c := range map[string]struct {
		data         []byte
		column, what string
	}{
		"interval":           {schemaOnly(t, 1, interval), "i", "an INTERVAL, which is no length of time"},
		"codec":              {lzo, "V", "compression LZO"},
		"an encrypted one":   {key, "V", "encryption"},
		"a signed footer":    {signed, "", "encryption"},
		"encrypted footer":   {[]byte("PARE00000000PARE"), "", "encryption"},
		"inside a struct":    {schemaOnly(t, 1, column("a", 1), interval), "a.i", "an INTERVAL, which is no length of time"},
		"a group of nothing": {schemaOnly(t, 1, format.SchemaElement{Name: "g", RepetitionType: some(format.Optional)}), "g", "a group without columns"},
	} {
		_, err := readAll(t, c.data, parquet.Options{})
		var refused *dataset.UnsupportedError
		if !errors.As(err, &refused) || *refused != (dataset.UnsupportedError{Format: "parquet", Column: c.column, What: c.what}) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

// TestKeysWithoutValues reads a footer in which a key stands alone, as the format allows, in each of the places where one can.
func TestKeysWithoutValues(t *testing.T) {
	plain := nestedFile(t, 30)
	want, err := readAll(t, plain, parquet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	keys := []format.KeyValue{{Key: "lonely", Value: "VALUE"}, {Key: "k", Value: "v"}}
	data := withFooter(t, plain, func(md *format.FileMetaData) {
		md.KeyValueMetadata = append(md.KeyValueMetadata, keys...)
		each(md, func(c *format.ColumnMetaData) { c.KeyValueMetadata = slices.Clone(keys) })
	})
	at := len(data) - 8 - int(binary.LittleEndian.Uint32(data[len(data)-8:]))
	field := append([]byte{0x18, 5}, "VALUE"...)
	footer := bytes.ReplaceAll(data[at:len(data)-8], field, nil)
	if lost := len(data) - 8 - at - len(footer); lost != 5*len(field) {
		t.Fatalf("%d bytes less", lost)
	}
	alone := append(bytes.Clone(data[:at]), footer...)
	alone = append(binary.LittleEndian.AppendUint32(alone, uint32(len(footer))), "PAR1"...)
	if got, err := readAll(t, alone, parquet.Options{}); err != nil || got != want {
		t.Errorf("%d rows, %v", got, err)
	}
}
