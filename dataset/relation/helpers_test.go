package relation_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/datasettest"
)

// table returns a source of text: the first line has columns as name:type, the others their values, with a point for null. Batches have batch rows.
func table(t *testing.T, mem memory.Allocator, batch int, text string) dataset.Source {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(text), "\n")
	var fields []dataset.Field
	for c := range strings.FieldsSeq(lines[0]) {
		name, typ, _ := strings.Cut(c, ":")
		fields = append(fields, dataset.Field{Name: name, Type: dataset.Type(typ), Nullable: true})
	}
	s, err := dataset.NewSchema(fields...)
	if err != nil {
		t.Fatal(err)
	}
	cells := make([][]string, len(lines)-1)
	for i, line := range lines[1:] {
		if cells[i] = strings.Fields(line); len(cells[i]) != s.Len() {
			t.Fatalf("row %d has %d cells", i, len(cells[i]))
		}
	}
	return dataset.Map(tick{s, (len(cells) + batch - 1) / batch}, s, func(ctx context.Context, b dataset.Batch) (dataset.Batch, error) {
		k := int(b.Column(0).(*array.Int64).Value(0))
		rb := array.NewRecordBuilder(mem, s.Arrow())
		defer rb.Release()
		for _, row := range cells[k*batch : min((k+1)*batch, len(cells))] {
			for j, c := range row {
				if c == "." {
					rb.Field(j).AppendNull()
				} else if err := rb.Field(j).AppendValueFromString(strings.TrimPrefix(c, "'")); err != nil {
					return dataset.Batch{}, err
				}
			}
		}
		return dataset.FromRecord(rb.NewRecord(), s)
	})
}

// tick yields n batches of one number; what a Map makes of them has another schema.
type tick struct {
	schema *dataset.Schema
	n      int
}

func (k tick) Schema() *dataset.Schema { return k.schema }

func (k tick) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		type number struct{ N int64 }
		rows := make([]number, k.n)
		for i := range rows {
			rows[i].N = int64(i)
		}
		src, err := dataset.FromStructs(rows, dataset.StructsOptions{BatchRows: 1})
		if err != nil {
			yield(dataset.Batch{}, err)
			return
		}
		src.Batches(ctx)(yield)
	}
}

// rows returns what src gives, a line for each row.
func rows(t *testing.T, src dataset.Source) string {
	t.Helper()
	out, err := read(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func read(ctx context.Context, src dataset.Source) (string, error) {
	var out strings.Builder
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return "", err
		}
		if !b.Schema().Equal(src.Schema()) {
			return "", errors.New("a batch has another schema")
		}
		for i := range b.NumRows() {
			for j := range b.Schema().Len() {
				c := b.Column(j)
				v := "."
				if d, ok := c.(*array.Dictionary); ok && !c.IsNull(i) {
					v = d.Dictionary().ValueStr(d.GetValueIndex(i))
				} else if !c.IsNull(i) {
					v = c.ValueStr(i)
				}
				if j > 0 {
					out.WriteByte(' ')
				}
				out.WriteString(v)
			}
			out.WriteByte('\n')
		}
	}
	return out.String(), nil
}

// equal compares rows with a text whose lines may be indented.
func equal(t *testing.T, name string, got dataset.Source, want string) {
	t.Helper()
	var lines strings.Builder
	for line := range strings.SplitSeq(strings.TrimSpace(want), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			lines.WriteString(line + "\n")
		}
	}
	if g := rows(t, got); g != lines.String() {
		t.Errorf("%s:\ngot\n%swant\n%s", name, g, lines.String())
	}
}

// suite runs the checks of sources on what make returns for any size of batch.
func suite(t *testing.T, n int, make func(mem memory.Allocator, batch int) (dataset.Source, error)) {
	t.Helper()
	for _, batch := range []int{1, 3, 100} {
		t.Run(fmt.Sprintf("batches of %d", batch), func(t *testing.T) {
			datasettest.TestSource(t, datasettest.SourceTraits{Rows: n}, func(mem memory.Allocator) (dataset.Source, error) { return make(mem, batch) })
		})
	}
}

func schemaError(t *testing.T, what string, err error, parts ...string) {
	t.Helper()
	if !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("%s: got error %v", what, err)
		return
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("%s: got error %q, without %q", what, err, p)
		}
	}
}

func optionError(t *testing.T, err error, field string) {
	t.Helper()
	var o *dataset.OptionError
	if !errors.As(err, &o) || !strings.HasSuffix(o.Field, field) {
		t.Errorf("%s: got error %v", field, err)
	}
}
