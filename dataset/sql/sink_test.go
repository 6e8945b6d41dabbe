package sql_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	tsql "github.com/tidewheel/tidewheel/dataset/sql"
)

type payment struct {
	ID   int64
	Note *string
}

func payments(t *testing.T, n int) dataset.Source {
	t.Helper()
	note := `it's "quoted"; DROP TABLE x`
	rows := make([]payment, n)
	for i := range rows {
		rows[i].ID = int64(i)
		if i%2 == 1 {
			rows[i].Note = &note
		}
	}
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{BatchRows: 1500})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func TestRowsAreInsertedInOneTransaction(t *testing.T) {
	f := &fake{}
	src := payments(t, 3001)
	sink, err := tsql.NewSink(t.Context(), f.db(t), "t", src.Schema(), tsql.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	if n, err := dataset.Copy(t.Context(), sink, src); err != nil || n != 3001 {
		t.Fatalf("%d rows, %v", n, err)
	}
	if err := sink.Close(); err != nil || f.commits != 1 || f.backs != 0 {
		t.Errorf("%d commits, %d rollbacks, %v", f.commits, f.backs, err)
	}
	next := int64(0)
	for i, args := range f.given {
		if rows := strings.Count(f.executed[i], "(?, ?)"); rows*2 != len(args) || rows > 1000 {
			t.Errorf("%d rows of %d values", rows, len(args))
		}
		for j := 0; j < len(args); j += 2 {
			if args[j].Value != next || (args[j+1].Value == nil) != (next%2 == 0) {
				t.Fatalf("row %d: got %v, %v", next, args[j].Value, args[j+1].Value)
			}
			next++
		}
	}
	if next != 3001 || len(f.given) != 5 {
		t.Errorf("%d rows in %d statements", next, len(f.given))
	}
	if sink.Commit(t.Context()) == nil || sink.Write(t.Context(), dataset.Batch{}) == nil || f.commits != 1 {
		t.Error("a sink goes on after its Commit")
	}
}

func TestWhatEndsASinkRollsBack(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, end := range map[string]func(sink *tsql.Sink, b dataset.Batch) error{
		"close": func(sink *tsql.Sink, _ dataset.Batch) error {
			_ = sink.Close()
			return errors.New("no error is wanted")
		},
		"cancelled write":    func(sink *tsql.Sink, b dataset.Batch) error { return sink.Write(ended, b) },
		"cancelled commit":   func(sink *tsql.Sink, _ dataset.Batch) error { return sink.Commit(ended) },
		"another schema":     func(sink *tsql.Sink, b dataset.Batch) error { return sink.Write(t.Context(), other(t)) },
		"the database fails": func(sink *tsql.Sink, b dataset.Batch) error { return sink.Write(t.Context(), b) },
	} {
		f := &fake{failExec: 2}
		src := payments(t, 3)
		sink, err := tsql.NewSink(t.Context(), f.db(t), "t", src.Schema(), tsql.WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for b, err := range src.Batches(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if err := sink.Write(t.Context(), b); err != nil {
				t.Fatal(err)
			}
			if err := end(sink, b); err == nil {
				t.Errorf("%s: no error", name)
			}
			if err := sink.Write(t.Context(), b); !errors.Is(err, sql.ErrTxDone) {
				t.Errorf("%s: a Write after it: error is %v", name, err)
			}
		}
		if sink.Commit(t.Context()) == nil || f.commits != 0 || f.backs != 1 {
			t.Errorf("%s: %d commits, %d rollbacks", name, f.commits, f.backs)
		}
		if err := sink.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The context of the sink is that of its transaction.
	f := &fake{}
	ctx, stop := context.WithCancel(t.Context())
	src := payments(t, 3)
	sink, err := tsql.NewSink(ctx, f.db(t), "t", src.Schema(), tsql.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	stop()
	if sink.Commit(t.Context()) == nil || f.commits != 0 {
		t.Error("a sink commits after its context ended")
	}
}

func other(t *testing.T) dataset.Batch {
	t.Helper()
	s, err := dataset.NewSchema(dataset.Field{Name: "other", Type: dataset.Int64})
	if err != nil {
		t.Fatal(err)
	}
	b := array.NewInt64Builder(memory.DefaultAllocator)
	defer b.Release()
	b.Append(1)
	column := b.NewArray()
	defer column.Release()
	batch, err := dataset.NewBatch(s, []arrow.Array{column}, 1)
	if err != nil {
		t.Fatal(err)
	}
	return batch
}

func TestNamesAreQuoted(t *testing.T) {
	for d, want := range map[tsql.Dialect]string{
		tsql.Standard:   "INSERT INTO \"n\".\"a`b\"\"c]d\" (\"x; --\", \"q\"\"\") VALUES (?, ?), (?, ?)",
		tsql.PostgreSQL: "INSERT INTO \"n\".\"a`b\"\"c]d\" (\"x; --\", \"q\"\"\") VALUES ($1, $2), ($3, $4)",
		tsql.MySQL:      "INSERT INTO `n`.`a``b\"c]d` (`x; --`, `q\"`) VALUES (?, ?), (?, ?)",
		tsql.SQLServer:  "INSERT INTO [n].[a`b\"c]]d] ([x; --], [q\"]) VALUES (@p1, @p2), (@p3, @p4)",
	} {
		f := &fake{}
		src, err := dataset.FromStructs([]struct {
			A int64 `ml:"name='x; --'"`
			B int64 `ml:"name='q\"'"`
		}{{1, 2}, {3, 4}}, dataset.StructsOptions{})
		if err != nil {
			t.Fatal(err)
		}
		sink, err := tsql.NewSink(t.Context(), f.db(t), "a`b\"c]d", src.Schema(), tsql.WriteOptions{Dialect: d, Namespace: "n"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := dataset.Copy(t.Context(), sink, src); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(f.executed, []string{want}) {
			t.Errorf("want %s, got %s", want, f.executed)
		}
	}
}

func TestSinksThatCannotBe(t *testing.T) {
	one := dataset.Field{Name: "a", Type: dataset.Int64}
	var many []dataset.Field
	for i := range 2001 {
		many = append(many, dataset.Field{Name: fmt.Sprint(i), Type: dataset.Int64})
	}
	for name, c := range map[string]struct {
		table  string
		fields []dataset.Field
		o      tsql.WriteOptions
		want   string
	}{
		"table":      {"", []dataset.Field{one}, tsql.WriteOptions{}, "the name of a table"},
		"NUL":        {"a\x00", []dataset.Field{one}, tsql.WriteOptions{}, "NUL"},
		"namespace":  {"t", []dataset.Field{one}, tsql.WriteOptions{Namespace: "\x00"}, "WriteOptions.Namespace"},
		"dialect":    {"t", []dataset.Field{one}, tsql.WriteOptions{Dialect: 9}, "WriteOptions.Dialect"},
		"no columns": {"t", nil, tsql.WriteOptions{}, "a column"},
		"columns":    {"t", many, tsql.WriteOptions{}, "at most 2000 columns"},
		"list":       {"t", []dataset.Field{{Name: "l", Type: dataset.List(dataset.Int8)}}, tsql.WriteOptions{}, `column "l": type list<int8>`},
	} {
		s, err := dataset.NewSchema(c.fields...)
		if err != nil {
			t.Fatal(err)
		}
		f := &fake{}
		if _, err := tsql.NewSink(t.Context(), f.db(t), c.table, s, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

// written returns what a driver gets for one value of a type, which append gives.
func written(t *testing.T, typ dataset.Type, d tsql.Dialect, add func(array.Builder)) (any, error) {
	t.Helper()
	s, err := dataset.NewSchema(dataset.Field{Name: "a", Type: typ, Nullable: true})
	if err != nil {
		t.Fatal(err)
	}
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	rb := array.NewRecordBuilder(mem, s.Arrow())
	defer rb.Release()
	add(rb.Field(0))
	b, err := dataset.FromRecord(rb.NewRecord(), s)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Release()
	f := &fake{}
	sink, err := tsql.NewSink(t.Context(), f.db(t), "t", s, tsql.WriteOptions{Dialect: d})
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	if err := sink.Write(t.Context(), b); err != nil {
		return nil, err
	}
	return f.given[0][0].Value, nil
}

func TestValuesForDrivers(t *testing.T) {
	text := func(v string) func(array.Builder) {
		return func(b array.Builder) {
			if err := b.AppendValueFromString(v); err != nil {
				t.Fatal(err)
			}
		}
	}
	stamp := func(v int64) func(array.Builder) {
		return func(b array.Builder) {
			if s, ok := b.(*array.TimestampBuilder); ok {
				s.Append(arrow.Timestamp(v))
			}
		}
	}
	float := func(v float64) func(array.Builder) {
		return func(b array.Builder) {
			if s, ok := b.(*array.Float64Builder); ok {
				s.Append(v)
			}
		}
	}
	const year12000 = 316516204800000000
	for _, c := range []struct {
		typ     dataset.Type
		dialect tsql.Dialect
		add     func(array.Builder)
		want    any // nil: refused
	}{
		{dataset.Bool, 0, text("true"), true},
		{dataset.Int64, 0, text("-9223372036854775808"), int64(math.MinInt64)},
		{dataset.Int32, 0, text("-7"), int64(-7)},
		{dataset.Int16, 0, text("-7"), int64(-7)},
		{dataset.Int8, 0, text("-7"), int64(-7)},
		{dataset.Uint64, 0, text("7"), int64(7)},
		{dataset.Uint64, 0, text("18446744073709551615"), "18446744073709551615"},
		{dataset.Uint32, 0, text("7"), int64(7)},
		{dataset.Uint16, 0, text("7"), int64(7)},
		{dataset.Uint8, 0, text("7"), int64(7)},
		{dataset.Float32, 0, text("0.5"), 0.5},
		{dataset.Float64, 0, float(math.Inf(1)), math.Inf(1)},
		{dataset.Float64, tsql.Standard, float(math.NaN()), nil},
		{dataset.Utf8, 0, text("é"), "é"},
		{dataset.Dictionary, 0, text("é"), "é"},
		{dataset.LargeUtf8, 0, text("é"), "é"},
		{dataset.Utf8, 0, text("\xff"), nil},
		{dataset.JSON, 0, text("{}"), "{}"},
		{dataset.Decimal128(38, 2), 0, text("123456789012345678901234567890123456.78"), "123456789012345678901234567890123456.78"},
		{dataset.Date32, 0, text("2024-02-29"), "2024-02-29"},
		{dataset.Date32, 0, func(b array.Builder) {
			if s, ok := b.(*array.Date32Builder); ok {
				s.Append(year12000 / 86400 / 1000000)
			}
		}, nil},
		{dataset.Timestamp, tsql.MySQL, stamp(1e15 + 1), "2001-09-09 01:46:40.000001"},
		{dataset.Timestamp, 0, stamp(year12000), nil},
		{dataset.TimeUTC, tsql.Standard, stamp(1e15 + 1), "2001-09-09 01:46:40.000001+00:00"},
		{dataset.TimeUTC, tsql.PostgreSQL, stamp(1e15 + 1), time.UnixMicro(1e15 + 1).UTC()},
		{dataset.TimeUTC, 0, stamp(year12000), nil},
	} {
		got, err := written(t, c.typ, c.dialect, c.add)
		if c.want != nil && (err != nil || !reflect.DeepEqual(got, c.want)) {
			t.Errorf("%s: want %v, got %v, %v", c.typ, c.want, got, err)
		}
		if c.want == nil && !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%s: got %v, %v", c.typ, got, err)
		}
		if got, err := written(t, c.typ, c.dialect, func(b array.Builder) { b.AppendNull() }); got != nil || err != nil {
			t.Errorf("null %s: got %v, %v", c.typ, got, err)
		}
	}
	if got, err := written(t, dataset.Float64, tsql.PostgreSQL, float(math.NaN())); err != nil || !reflect.ValueOf(got).CanFloat() {
		t.Errorf("NaN: got %v, %v", got, err)
	}
	if got, err := written(t, dataset.Binary, 0, func(b array.Builder) {
		if s, ok := b.(*array.BinaryBuilder); ok {
			s.Append([]byte{0, 255})
		}
	}); err != nil || !reflect.DeepEqual(got, []byte{0, 255}) {
		t.Errorf("binary: got %v, %v", got, err)
	}
}
