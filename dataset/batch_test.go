package dataset_test

import (
	"context"
	"errors"
	"iter"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

func TestBatchChecksItsColumns(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	b := everyTypeBatch(t, mem)
	defer b.Release()
	s := b.Schema()
	for name, bad := range map[string]func() (dataset.Batch, error){
		"too few":      func() (dataset.Batch, error) { return dataset.NewBatch(s, b.Record().Columns()[1:], 6) },
		"other length": func() (dataset.Batch, error) { return dataset.NewBatch(s, b.Record().Columns(), 5) },
		"other type": func() (dataset.Batch, error) {
			swapped := append([]arrow.Array{}, b.Record().Columns()...)
			swapped[0], swapped[1] = swapped[1], swapped[0]
			return dataset.NewBatch(s, swapped, 6)
		},
		"record of other names": func() (dataset.Batch, error) {
			other, err := dataset.NewSchema(dataset.Field{Name: "x", Type: dataset.Bool})
			if err != nil {
				t.Fatal(err)
			}
			one, err := b.Select("c0")
			if err != nil {
				t.Fatal(err)
			}
			defer one.Release()
			return one.As(other)
		},
		"select": func() (dataset.Batch, error) { return b.Select("nope") },
	} {
		if got, err := bad(); !errors.Is(err, dataset.ErrSchema) || !got.IsZero() {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
	var facts *dataset.SchemaError
	if _, err := b.ByName("nope"); !errors.As(err, &facts) || facts.Column != "nope" {
		t.Errorf("error is %v", err)
	}
	var zero dataset.Batch
	zero.Retain()
	zero.Release()
	if !zero.IsZero() || zero.NumRows() != 0 || zero.Schema() != nil {
		t.Error("the zero batch is not empty")
	}
}

func TestBatchViews(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	b := everyTypeBatch(t, mem)
	defer b.Release()
	lines := jsonLines(t, b)
	part := b.Slice(1, 4)
	defer part.Release()
	if got := jsonLines(t, part); !reflect.DeepEqual(got, lines[1:4]) {
		t.Errorf("slice is %v", got)
	}
	two, err := part.Select("c11", "c4")
	if err != nil {
		t.Fatal(err)
	}
	defer two.Release()
	if got := jsonLines(t, two); got[0] != `{"c11":"t1","c4":1}` {
		t.Errorf("selection is %v", got)
	}
	renamed, err := two.Schema().With(dataset.Field{Name: "c11", Type: dataset.Dictionary, Nullable: true, Unit: "x"})
	if err != nil {
		t.Fatal(err)
	}
	as, err := two.As(renamed)
	if err != nil {
		t.Fatal(err)
	}
	defer as.Release()
	if as.Schema().Field(0).Unit != "x" {
		t.Error("the schema did not change")
	}
}

func TestNumbersOfEveryNumericType(t *testing.T) {
	b := everyTypeBatch(t, memory.DefaultAllocator)
	defer b.Release()
	row := dataset.NewRow(b.Schema())
	want := map[string]float64{
		"c0": 0, "c1": 3, "c2": 3, "c3": 3, "c4": 3, "c5": 3, "c6": 3, "c7": 3, "c8": 3, "c9": 3.5, "c10": 3.25, "c15": 19726, "c17": 1704067203e6, "c18": 1704067203e6, "c19": 12.343,
	}
	for i, f := range b.Schema().Fields() {
		values := make([]float64, b.NumRows())
		err := dataset.Float64s(b.Column(i), values)
		if !f.Type.IsNumeric() {
			if !errors.Is(err, dataset.ErrSchema) {
				t.Errorf("%s: error is %v", f.Type, err)
			}
			continue
		}
		if err != nil || values[3] != want[f.Name] || !math.IsNaN(values[2]) {
			t.Errorf("%s: got %v, %v", f.Type, values, err)
		}
		if one, err := dataset.Float64At(b.Column(i), 3); err != nil || one != want[f.Name] {
			t.Errorf("%s: got %v, %v", f.Type, one, err)
		}
		if err := dataset.Float64s(b.Column(i), values[1:]); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%s: error is %v", f.Type, err)
		}
	}
	for i, missing := range map[int]bool{2: true, 3: false} {
		if err := b.ReadRow(i, row); err != nil {
			t.Fatal(err)
		}
		for j, v := range row.Values {
			if v.IsMissing() != missing {
				t.Errorf("row %d, column %s: %+v", i, b.Schema().Field(j).Name, v)
			}
		}
	}
	if row.Schema != b.Schema() || b.ReadRow(0, dataset.Row{}) == nil {
		t.Error("a row without values was read")
	}
}

func TestTextsOfEveryEncoding(t *testing.T) {
	for _, typ := range []arrow.DataType{
		arrow.BinaryTypes.String, arrow.BinaryTypes.LargeString,
		&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Uint8, ValueType: arrow.BinaryTypes.String},
		&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int64, ValueType: arrow.BinaryTypes.LargeString},
	} {
		mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
		var column arrow.Array
		var err error
		if dict, ok := typ.(*arrow.DictionaryType); ok { // the second value of the dictionary is null
			values, _, e := array.FromJSON(mem, dict.ValueType, strings.NewReader(`["b",null,"a"]`))
			if e != nil {
				t.Fatal(e)
			}
			codes, _, e := array.FromJSON(mem, dict.IndexType, strings.NewReader(`[2,1,null,0,2]`))
			if e != nil {
				t.Fatal(e)
			}
			column = array.NewDictionaryArray(typ, codes, values)
			values.Release()
			codes.Release()
		} else if column, _, err = array.FromJSON(mem, typ, strings.NewReader(`["a",null,null,"b","a"]`)); err != nil {
			t.Fatal(err)
		}
		texts, err := dataset.NewTexts(column)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i := range texts.Len() {
			if texts.IsNull(i) {
				got = append(got, "∅")
				continue
			}
			got = append(got, texts.Value(i))
			if texts.DictionaryLen() > 0 && texts.DictionaryValue(texts.Code(i)) != texts.Value(i) {
				t.Errorf("%s: code %d is another value", typ, texts.Code(i))
			}
		}
		if strings.Join(got, "") != "a∅∅ba" || texts.Value(2) != "" {
			t.Errorf("%s: got %v", typ, got)
		}
		column.Release()
		mem.AssertSize(t, 0)
	}
	if _, err := dataset.NewTexts(array.NewNull(1)); !errors.Is(err, dataset.ErrSchema) || (dataset.Texts{}).Len() != 0 {
		t.Errorf("error is %v", err)
	}
}

// oneShot can be ranged once.
type oneShot struct {
	dataset.Source
	used bool
}

func (o *oneShot) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		if o.used {
			yield(dataset.Batch{}, dataset.ErrConsumed)
			return
		}
		o.used = true
		o.Source.Batches(ctx)(yield)
	}
}

func TestCacheMakesASourceRewindable(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	src, err := dataset.FromStructs(splitRows(10), dataset.StructsOptions{BatchRows: 3, Allocator: mem})
	if err != nil {
		t.Fatal(err)
	}
	once := &oneShot{Source: src}
	held, err := dataset.Cache(t.Context(), once)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := scanAll[splitRow](t, held); len(got) != 10 || held.NumRows() != 10 {
			t.Errorf("%d rows", len(got))
		}
	}
	if _, err := dataset.Cache(t.Context(), once); !errors.Is(err, dataset.ErrConsumed) {
		t.Errorf("error is %v", err)
	}
	if _, err := dataset.Cache(t.Context(), failing{src, 2, errors.New("broken")}); err == nil {
		t.Error("no error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range held.Batches(ctx) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
	}
	for range 2 {
		if err := held.Close(); err != nil {
			t.Error(err)
		}
	}
	if other := batchOf(t, runRows(1)); true {
		if _, err := dataset.NewBatches(src.Schema(), other); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("error is %v", err)
		}
	}
}

func TestMapReleasesWhatItYields(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	src, err := dataset.FromStructs(splitRows(10), dataset.StructsOptions{BatchRows: 2, Allocator: mem})
	if err != nil {
		t.Fatal(err)
	}
	out, err := src.Schema().Select("ID")
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	mapped := dataset.Map(src, out, func(_ context.Context, b dataset.Batch) (dataset.Batch, error) {
		if calls++; calls%2 == 0 {
			return dataset.Batch{}, nil
		}
		return b.Select("ID")
	})
	if got := scanAll[struct{ ID int64 }](t, mapped); len(got) != 6 {
		t.Errorf("%d rows", len(got))
	}
	for _, err := range mapped.Batches(t.Context()) {
		if err != nil {
			t.Error(err)
		}
		break
	}
	broken := errors.New("broken")
	for _, source := range []dataset.Source{
		dataset.Map(src, out, func(context.Context, dataset.Batch) (dataset.Batch, error) { return dataset.Batch{}, broken }),
		dataset.Map(failing{src, 0, broken}, out, nil),
	} {
		n := 0
		for b, err := range source.Batches(t.Context()) {
			if n++; !errors.Is(err, broken) || !b.IsZero() {
				t.Errorf("got %v, %v", b, err)
			}
		}
		if n != 1 {
			t.Errorf("%d items", n)
		}
	}
}

// memorySink counts what reaches it.
type memorySink struct {
	rows      int
	committed bool
	fail      error
}

func (m *memorySink) Write(_ context.Context, b dataset.Batch) error {
	m.rows += b.NumRows()
	return m.fail
}
func (m *memorySink) Commit(context.Context) error { m.committed = true; return nil }
func (m *memorySink) Close() error                 { return nil }

func TestCopyCommitsOnlyTheWhole(t *testing.T) {
	src := structSource(t, splitRows(10), 3)
	broken := errors.New("broken")
	var sink memorySink
	if n, err := dataset.Copy(t.Context(), &sink, src); err != nil || n != 10 || !sink.committed {
		t.Errorf("%d rows, %v", n, err)
	}
	for _, c := range []struct {
		sink memorySink
		src  dataset.Source
	}{{memorySink{fail: broken}, src}, {memorySink{}, failing{src, 1, broken}}} {
		if _, err := dataset.Copy(t.Context(), &c.sink, c.src); !errors.Is(err, broken) || c.sink.committed {
			t.Errorf("committed is %v, %v", c.sink.committed, err)
		}
	}
}
