package sql_test

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/datasettest"
	tsql "github.com/tidewheel/tidewheel/dataset/sql"
)

// read returns the columns as "name type?" and the rows as text.
func read(t *testing.T, f *fake, o tsql.Options) (columns string, rows []string, err error) {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	o.Allocator = mem
	src, err := tsql.NewSource(t.Context(), f.db(t), "SELECT", o)
	if err != nil {
		return "", nil, err
	}
	var names []string
	for _, c := range src.Schema().Fields() {
		name := c.Name + " " + string(c.Type)
		if c.Nullable {
			name += "?"
		}
		names = append(names, name)
	}
	rows, err = lines(t.Context(), src)
	return strings.Join(names, ","), rows, err
}

func lines(ctx context.Context, src dataset.Source) (rows []string, err error) {
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return rows, err
		}
		for i := range b.NumRows() {
			var cells []string
			for j := range b.Schema().Len() {
				c := b.Column(j)
				switch d, coded := c.(*array.Dictionary); {
				case c.IsNull(i):
					cells = append(cells, "∅")
				case coded:
					cells = append(cells, d.Dictionary().ValueStr(d.GetValueIndex(i)))
				default:
					cells = append(cells, c.ValueStr(i))
				}
			}
			rows = append(rows, strings.Join(cells, "|"))
		}
	}
	return rows, nil
}

var (
	goInt16   = reflect.TypeFor[int16]()
	goInt64   = reflect.TypeFor[int64]()
	goUint64  = reflect.TypeFor[uint64]()
	goFloat32 = reflect.TypeFor[float32]()
	goFloat64 = reflect.TypeFor[float64]()
	goString  = reflect.TypeFor[string]()
	goBytes   = reflect.TypeFor[sql.RawBytes]()
	goAny     = reflect.TypeFor[any]()
)

func TestTypesOfDatabases(t *testing.T) {
	for _, c := range []struct {
		column fakeColumn
		want   dataset.Type
	}{
		// PostgreSQL by pgx
		{fakeColumn{typ: "INT2", scan: goInt16}, dataset.Int16},
		{fakeColumn{typ: "INT8", scan: goInt64}, dataset.Int64},
		{fakeColumn{typ: "FLOAT4", scan: goFloat32}, dataset.Float32},
		{fakeColumn{typ: "FLOAT8", scan: goFloat64}, dataset.Float64},
		{fakeColumn{typ: "BOOL", scan: reflect.TypeFor[bool]()}, dataset.Bool},
		{fakeColumn{typ: "NUMERIC", scan: goFloat64, precision: 12, scale: 2}, dataset.Decimal128(12, 2)},
		{fakeColumn{typ: "NUMERIC", scan: goFloat64}, dataset.Decimal128(38, 18)},
		{fakeColumn{typ: "NUMERIC", scan: goString, precision: math.MaxInt64, scale: math.MaxInt64}, dataset.Decimal128(38, 18)},
		{fakeColumn{typ: "TEXT", scan: goString}, dataset.Utf8},
		{fakeColumn{typ: "BYTEA", scan: reflect.TypeFor[[]byte]()}, dataset.Binary},
		{fakeColumn{typ: "JSONB", scan: goString}, dataset.JSON},
		{fakeColumn{typ: "UUID", scan: goString}, dataset.Utf8},
		{fakeColumn{typ: "DATE", scan: reflect.TypeFor[time.Time]()}, dataset.Date32},
		{fakeColumn{typ: "TIMESTAMP", scan: reflect.TypeFor[time.Time]()}, dataset.Timestamp},
		{fakeColumn{typ: "TIMESTAMPTZ", scan: reflect.TypeFor[time.Time]()}, dataset.TimeUTC},
		{fakeColumn{typ: "_INT4", scan: goString}, dataset.Utf8},
		{fakeColumn{typ: "INT4RANGE", scan: goString}, dataset.Utf8},
		// MySQL
		{fakeColumn{typ: "UNSIGNED BIGINT", scan: goUint64}, dataset.Uint64},
		{fakeColumn{typ: "UNSIGNED INT", scan: reflect.TypeFor[uint32]()}, dataset.Uint32},
		{fakeColumn{typ: "UNSIGNED TINYINT", scan: reflect.TypeFor[uint8]()}, dataset.Uint8},
		{fakeColumn{typ: "TINYINT", scan: reflect.TypeFor[int8]()}, dataset.Int8},
		{fakeColumn{typ: "BIGINT", scan: reflect.TypeFor[sql.NullInt64]()}, dataset.Int64},
		{fakeColumn{typ: "DOUBLE", scan: reflect.TypeFor[sql.NullFloat64]()}, dataset.Float64},
		{fakeColumn{typ: "VARCHAR", scan: reflect.TypeFor[sql.NullString]()}, dataset.Utf8},
		{fakeColumn{typ: "BLOB", scan: goBytes}, dataset.Binary},
		{fakeColumn{typ: "DECIMAL", scan: goBytes, precision: 65, scale: 30}, ""},
		{fakeColumn{typ: "DATETIME", scan: reflect.TypeFor[sql.NullTime]()}, dataset.Timestamp},
		{fakeColumn{typ: "YEAR", scan: reflect.TypeFor[uint16]()}, dataset.Uint16},
		{fakeColumn{typ: "GEOMETRY", scan: goBytes}, dataset.Binary},
		// SQL Server, Snowflake, Oracle
		{fakeColumn{typ: "BIT", scan: reflect.TypeFor[bool]()}, dataset.Bool},
		{fakeColumn{typ: "MONEY", scan: goBytes}, dataset.Decimal128(19, 4)},
		{fakeColumn{typ: "DATETIMEOFFSET", scan: reflect.TypeFor[time.Time]()}, dataset.TimeUTC},
		{fakeColumn{typ: "NVARCHAR", scan: goString}, dataset.Utf8},
		{fakeColumn{typ: "TIMESTAMP_TZ", scan: reflect.TypeFor[time.Time]()}, dataset.TimeUTC},
		{fakeColumn{typ: "TIMESTAMP(6) WITH TIME ZONE", scan: reflect.TypeFor[time.Time]()}, dataset.TimeUTC},
		// SQLite, whose type of Go is that of the first row's value
		{fakeColumn{typ: "INTEGER", scan: goFloat64}, dataset.Int64},
		{fakeColumn{typ: "REAL", scan: goInt64}, dataset.Float64},
		{fakeColumn{typ: "decimal(10, 3)", scan: goFloat64}, dataset.Decimal128(10, 3)},
		{fakeColumn{typ: "NUMERIC(5)", scan: goInt64}, dataset.Decimal128(5, 0)},
		{fakeColumn{typ: "VARCHAR(20)", scan: goInt64}, dataset.Utf8},
		{fakeColumn{typ: "BLOB", scan: goString}, dataset.Binary},
		// nobody's
		{fakeColumn{typ: "ODD", scan: goAny}, dataset.Utf8},
		{fakeColumn{typ: "ODD", scan: reflect.TypeFor[*int32]()}, dataset.Int32},
		{fakeColumn{typ: "ODD", scan: goInt16}, dataset.Int16},
		{fakeColumn{}, dataset.Utf8},
	} {
		c.column.name = "a"
		columns, _, err := read(t, &fake{columns: []fakeColumn{c.column}}, tsql.Options{})
		if want := "a " + string(c.want) + "?"; c.want != "" && (err != nil || columns != want) {
			t.Errorf("%+v: want %s, got %s, %v", c.column, want, columns, err)
		}
		if c.want == "" && (!errors.Is(err, dataset.ErrUnsupported) || !strings.Contains(err.Error(), `column "a"`)) {
			t.Errorf("%+v: error is %v", c.column, err)
		}
	}
}

func at(text string) time.Time {
	v, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return v
}

// ours is a decimal of a driver's own.
type ours struct{ text string }

// String implements fmt.Stringer.
func (o ours) String() string { return o.text }

type named string

func TestValues(t *testing.T) {
	summer, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		summer = time.FixedZone("Europe/Paris", 7200)
	}
	for _, c := range []struct {
		typ  dataset.Type
		from driver.Value
		want string // empty: refused
	}{
		{dataset.Bool, true, "true"},
		{dataset.Bool, int64(1), "true"},
		{dataset.Bool, []byte("0"), "false"},
		{dataset.Bool, int64(2), ""},
		{dataset.Int64, int64(math.MinInt64), "-9223372036854775808"},
		{dataset.Int64, []byte("12"), "12"},
		{dataset.Int64, 3.0, "3"},
		{dataset.Int64, 3.5, ""},
		{dataset.Int64, true, ""},
		{dataset.Int64, math.NaN(), ""},
		{dataset.Int64, 1e300, ""},
		{dataset.Int8, int64(-128), "-128"},
		{dataset.Int8, int64(128), ""},
		{dataset.Uint8, int64(-1), ""},
		{dataset.Uint64, int64(-1), ""},
		{dataset.Uint64, uint64(math.MaxUint64), "18446744073709551615"},
		{dataset.Uint64, "18446744073709551615", "18446744073709551615"},
		{dataset.Uint16, int32(65535), "65535"},
		{dataset.Float64, 0.1, "0.1"},
		{dataset.Float64, "0.1", "0.1"},
		{dataset.Float64, int64(1<<53 + 1), ""},
		{dataset.Float64, int64(1 << 53), "9.007199254740992e+15"},
		{dataset.Float64, uint64(math.MaxUint64), ""},
		{dataset.Float64, float32(0.5), "0.5"},
		{dataset.Float64, math.Inf(1), "+Inf"},
		{dataset.Float32, 0.5, "0.5"},
		{dataset.Float32, 1e300, ""},
		{dataset.Float64, true, ""},
		{dataset.Utf8, "x\x00é", "x\x00é"},
		{dataset.Utf8, []byte("y"), "y"},
		{dataset.Utf8, named("z"), "z"},
		{dataset.Utf8, "\xff", ""},
		{dataset.Utf8, int64(1), ""},
		{dataset.Dictionary, "", ""},
		{dataset.Binary, []byte{0, 0xff}, "AP8="},
		{dataset.Binary, sql.RawBytes("a"), "YQ=="},
		{dataset.JSON, []byte(`{"a":1}`), `{"a":1}`},
		{dataset.JSON, map[string]any{}, ""},
		{dataset.Decimal128(38, 10), "12345678901234567890123456.7890123456", "12345678901234567890123456.7890123456"},
		{dataset.Decimal128(10, 2), []byte("-0.50"), "-0.5"},
		{dataset.Decimal128(10, 2), "0.005", ""},
		{dataset.Decimal128(10, 2), 0.1, "0.1"},
		{dataset.Decimal128(10, 2), float32(0.1), "0.1"},
		{dataset.Decimal128(10, 2), int64(7), "7"},
		{dataset.Decimal128(10, 2), ours{"1.25"}, "1.25"},
		{dataset.Decimal128(20, 0), big.NewInt(1 << 62), "4611686018427387904"},
		{dataset.Decimal128(10, 2), at("2026-01-02T00:00:00Z"), ""},
		{dataset.Date32, at("2024-02-29T00:00:00+01:00"), "2024-02-29"},
		{dataset.Date32, at("1969-12-31T00:00:00Z"), "1969-12-31"},
		{dataset.Date32, at("2024-02-29T01:00:00Z"), ""},
		{dataset.Date32, "2024-02-29", "2024-02-29"},
		{dataset.Date32, int64(1), ""},
		{dataset.TimeUTC, at("2024-02-29T12:00:00.000001+01:00"), "2024-02-29 11:00:00.000001Z"},
		{dataset.TimeUTC, "2024-02-29 12:00:00", ""},
		{dataset.TimeUTC, at("2024-02-29T12:00:00.000000001Z"), ""},
		{dataset.Timestamp, at("2024-02-29T12:00:00.000001+01:00"), "2024-02-29 12:00:00.000001Z"},
		{dataset.Timestamp, time.Date(2024, 7, 1, 0, 30, 0, 0, summer), "2024-07-01 00:30:00Z"},
		{dataset.Timestamp, []byte("2024-02-29 12:00:00"), "2024-02-29 12:00:00Z"},
		{dataset.Timestamp, time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC), ""},
		{dataset.Timestamp, "0000-00-00 00:00:00", ""},
	} {
		s, err := dataset.NewSchema(dataset.Field{Name: "a", Type: c.typ, Nullable: true})
		if err != nil {
			t.Fatal(err)
		}
		_, rows, err := read(t, &fake{columns: []fakeColumn{{name: "x"}, {name: "a"}}, rows: [][]driver.Value{{nil, nil}, {nil, c.from}}}, tsql.Options{Schema: s})
		if c.want == "" && c.typ == dataset.Dictionary {
			if err != nil || !slices.Equal(rows, []string{"∅", ""}) {
				t.Errorf("%s from %T: got %q, %v", c.typ, c.from, rows, err)
			}
			continue
		}
		if c.want != "" && (err != nil || !slices.Equal(rows, []string{"∅", c.want})) {
			t.Errorf("%s from %T: want %q, got %q, %v", c.typ, c.from, c.want, rows, err)
		}
		if text := fmt.Sprint(err); c.want == "" && (!errors.Is(err, dataset.ErrSchema) || !strings.Contains(text, `row 2: column "a"`)) {
			t.Errorf("%s from %T: got %q, %v", c.typ, c.from, rows, err)
		}
	}
}

func TestTimesOfSeveralZonesAreNoWallClock(t *testing.T) {
	f := &fake{columns: []fakeColumn{{name: "a", typ: "DATETIME"}}, rows: [][]driver.Value{{at("2024-01-01T00:00:00+01:00")}, {nil}, {at("2024-01-01T00:00:00+02:00")}}}
	if _, _, err := read(t, f, tsql.Options{}); !errors.Is(err, dataset.ErrSchema) || !strings.Contains(err.Error(), "row 3: column \"a\": want timestamp[us], got times of several zones") {
		t.Errorf("error is %v", err)
	}
	f.rows = f.rows[:2]
	if _, rows, err := read(t, f, tsql.Options{}); err != nil || !slices.Equal(rows, []string{"2024-01-01 00:00:00Z", "∅"}) {
		t.Errorf("got %q, %v", rows, err)
	}
}

func TestRowsDecideWhatTheDriverDoesNotKnow(t *testing.T) {
	f := &fake{
		columns: []fakeColumn{{name: "i"}, {name: "f"}, {name: "s"}, {name: "b"}, {name: "t"}, {name: "n"}, {name: "known", typ: "DECIMAL(4,1)"}, {name: "given"}},
		rows: [][]driver.Value{
			{nil, int64(1), "x", []byte("y"), at("2026-01-01T00:00:00Z"), nil, "1.5", int64(1)},
			{int64(2), 1.5, nil, nil, nil, nil, nil, nil},
		},
	}
	columns, rows, err := read(t, f, tsql.Options{Types: map[string]dataset.Type{"given": dataset.Bool}})
	if want := "i int64?,f float64?,s utf8?,b binary?,t timestamp[us,UTC]?,n utf8?,known decimal128(4,1)?,given bool?"; err != nil || columns != want {
		t.Errorf("want %s, got %s, %v", want, columns, err)
	}
	if want := []string{"∅|1|x|eQ==|2026-01-01 00:00:00Z|∅|1.5|true", "2|1.5|∅|∅|∅|∅|∅|∅"}; !slices.Equal(rows, want) {
		t.Errorf("want %q, got %q", want, rows)
	}
	f.rows = append(f.rows, []driver.Value{"secret", nil, nil, nil, nil, nil, nil, nil})
	_, _, err = read(t, f, tsql.Options{})
	if want := `row 3: column "i": want values of type int64, got one of type string`; !errors.Is(err, dataset.ErrSchema) || !strings.Contains(err.Error(), want) {
		t.Errorf("error is %v", err)
	}
	f.rows = [][]driver.Value{{map[string]int{}, nil, nil, nil, nil, nil, nil, nil}}
	if _, _, err = read(t, f, tsql.Options{}); !errors.Is(err, dataset.ErrSchema) || !strings.Contains(err.Error(), "want a value of a known type") {
		t.Errorf("error is %v", err)
	}
	// A value behind the rows that decided is refused when its row comes.
	f.rows = nil
	for range 1000 {
		f.rows = append(f.rows, []driver.Value{int64(1), nil, nil, nil, nil, nil, nil, nil})
	}
	f.rows = append(f.rows, []driver.Value{"secret", nil, nil, nil, nil, nil, nil, nil})
	_, _, err = read(t, f, tsql.Options{})
	if want := `sql: read: row 1001: column "i": want int64, got a string that is none`; err == nil || err.Error() != want {
		t.Errorf("want %s, got %v", want, err)
	}
}

func TestColumns(t *testing.T) {
	wanted, err := dataset.NewSchema(dataset.Field{Name: "b", Type: dataset.Utf8}, dataset.Field{Name: "a", Type: dataset.Int64, Unit: "EUR"})
	if err != nil {
		t.Fatal(err)
	}
	row := func(names ...string) *fake {
		f := &fake{rows: [][]driver.Value{make([]driver.Value, len(names))}}
		for i, name := range names {
			f.columns = append(f.columns, fakeColumn{name: name, typ: "INT", notNull: true})
			f.rows[0][i] = int64(i)
			if name == "b" {
				f.rows[0][i] = "x"
			}
		}
		return f
	}
	if columns, rows, err := read(t, row("a", "c", "b", "", ""), tsql.Options{Schema: wanted}); err != nil || columns != "b utf8,a int64" || !slices.Equal(rows, []string{"x|0"}) {
		t.Errorf("got %s %q, %v", columns, rows, err)
	}
	for name, f := range map[string]*fake{"missing": row("a"), "twice": row("a", "b", "a")} {
		if _, _, err := read(t, f, tsql.Options{Schema: wanted}); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	for name, f := range map[string]*fake{"twice": row("a", "a"), "empty": row("a", "")} {
		if _, _, err := read(t, f, tsql.Options{}); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	for _, o := range []tsql.Options{{}, {Schema: wanted}} {
		o.MaxColumns = 2
		if _, _, err := read(t, row("a", "b", "c"), o); !errors.Is(err, dataset.ErrLimit) {
			t.Errorf("3 columns: error is %v", err)
		}
	}
	if columns, rows, err := read(t, row(), tsql.Options{}); err != nil || columns != "" || len(rows) != 1 {
		t.Errorf("no columns: got %q, %q, %v", columns, rows, err)
	}
	none := row("a")
	none.rows = nil
	if columns, rows, err := read(t, none, tsql.Options{}); err != nil || columns != "a int64" || len(rows) != 0 {
		t.Errorf("no rows: got %q, %q, %v", columns, rows, err)
	}
	if _, _, err := read(t, row("a"), tsql.Options{Types: map[string]dataset.Type{"z": dataset.Int64}}); !errors.Is(err, dataset.ErrSchema) || !strings.Contains(err.Error(), `"z"`) {
		t.Errorf("a type of no column: error is %v", err)
	}
	if _, _, err := read(t, row("a"), tsql.Options{Types: map[string]dataset.Type{"a": dataset.List(dataset.Int64)}}); !errors.Is(err, dataset.ErrUnsupported) {
		t.Errorf("a list: error is %v", err)
	}
}

func TestLimitsAndOptions(t *testing.T) {
	f := &fake{columns: []fakeColumn{{name: "a", typ: "TEXT"}}, rows: [][]driver.Value{{"1234"}, {"12345"}}}
	if _, _, err := read(t, f, tsql.Options{MaxValueBytes: 4}); !errors.Is(err, dataset.ErrLimit) || !strings.Contains(err.Error(), "row 2: column \"a\": 5 bytes") {
		t.Errorf("error is %v", err)
	}
	// A batch of large texts ends before its rows.
	huge := bytes.Repeat([]byte{'x'}, 15<<20)
	f.rows = slices.Repeat([][]driver.Value{{huge}}, 7)
	src, err := tsql.NewSource(t.Context(), f.db(t), "SELECT", tsql.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var sizes []int
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, b.NumRows())
	}
	if !slices.Equal(sizes, []int{5, 2}) {
		t.Errorf("batches of %d rows", sizes)
	}
	_, err = tsql.NewSource(t.Context(), f.db(t), "SELECT", tsql.Options{MaxValueBytes: -1, MaxColumns: -1, BatchRows: -1, Schema: src.Schema(), Types: map[string]dataset.Type{"a": dataset.Utf8}})
	for _, field := range []string{"MaxValueBytes", "MaxColumns", "BatchRows", "Types"} {
		if err == nil || !strings.Contains(err.Error(), "sql.Options."+field) {
			t.Errorf("%s: error is %v", field, err)
		}
	}
}

func TestErrorsOfTheDriver(t *testing.T) {
	f := &fake{columns: []fakeColumn{{name: "a", typ: "INT"}}, rows: slices.Repeat([][]driver.Value{{int64(1)}}, 9), failAt: 6, fail: errFake}
	_, rows, err := read(t, f, tsql.Options{BatchRows: 2})
	if !errors.Is(err, errFake) || len(rows) != 4 { // a batch that is not whole is not given
		t.Errorf("got %d rows, %v", len(rows), err)
	}
	if _, err := tsql.NewSource(t.Context(), f.db(t), "a syntax error", tsql.Options{}); !errors.Is(err, errFake) {
		t.Errorf("error is %v", err)
	}
	f = &fake{columns: []fakeColumn{{name: "a"}}, failAt: 1, fail: errFake}
	if _, _, err := read(t, f, tsql.Options{}); !errors.Is(err, errFake) {
		t.Errorf("while rows decide: error is %v", err)
	}
}

func TestCancellation(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f := &fake{columns: []fakeColumn{{name: "a", typ: "INT"}}, rows: slices.Repeat([][]driver.Value{{int64(1)}}, 9), hang: 5, hangs: cancel}
	src, err := tsql.NewSource(t.Context(), f.db(t), "SELECT", tsql.Options{BatchRows: 2})
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := lines(ctx, src); !errors.Is(err, context.Canceled) || len(rows) != 4 {
		t.Errorf("got %d rows, %v", len(rows), err)
	}
	ended, stop := context.WithCancel(t.Context())
	stop()
	if _, err := tsql.NewSource(ended, f.db(t), "SELECT", tsql.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

func TestEachRangeRunsTheQuery(t *testing.T) {
	f := &fake{columns: []fakeColumn{{name: "a", typ: "INT"}}, rows: [][]driver.Value{{int64(1)}}}
	s, err := dataset.NewSchema(dataset.Field{Name: "a", Type: dataset.Int64})
	if err != nil {
		t.Fatal(err)
	}
	db := f.db(t)
	src, err := tsql.NewSource(t.Context(), db, "SELECT", tsql.Options{Schema: s, Args: []any{7, "x"}})
	if err != nil || f.queries != 0 {
		t.Fatalf("%d queries, %v", f.queries, err)
	}
	for n := 1; n < 3; n++ {
		if _, err := lines(t.Context(), src); err != nil || f.queries != n || len(f.args) != 2 || f.args[0].Value != int64(7) {
			t.Errorf("%d queries with %v, %v", f.queries, f.args, err)
		}
	}
	// Within a transaction a range that is left early leaves the transaction as it is.
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	src, err = tsql.NewSource(t.Context(), tx, "SELECT", tsql.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Error(err)
		}
		break
	}
	if rows, err := lines(t.Context(), src); err != nil || len(rows) != 1 {
		t.Errorf("got %d rows, %v", len(rows), err)
	}
	if err := tx.Commit(); err != nil {
		t.Error(err)
	}
}

func TestSourceKeepsItsPromises(t *testing.T) {
	f := &fake{columns: []fakeColumn{{name: "a", typ: "INT"}, {name: "b", typ: "TEXT"}, {name: "c", typ: "DECIMAL", precision: 9, scale: 3}}}
	for i := range 50 {
		f.rows = append(f.rows, []driver.Value{int64(i), strings.Repeat("x", i%3), fmt.Sprintf("%d.5", i)})
	}
	f.rows[7] = []driver.Value{nil, nil, nil}
	db := f.db(t)
	datasettest.TestSource(t, datasettest.SourceTraits{Rows: 50}, func(mem memory.Allocator) (dataset.Source, error) {
		return tsql.NewSource(t.Context(), db, "SELECT", tsql.Options{BatchRows: 8, Allocator: mem})
	})
}
