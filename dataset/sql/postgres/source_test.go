//go:build unix

package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/datasettest"
	"github.com/tidewheel/tidewheel/dataset/sql/postgres"
)

// read returns the columns as "name type" and the rows as text.
func read(t *testing.T, query string, o postgres.Options) (columns string, rows []string, err error) {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	o.Allocator = mem
	src, err := postgres.Open(t.Context(), database(t), query, o)
	if err != nil {
		return "", nil, err
	}
	var names []string
	for _, c := range src.Schema().Fields() {
		names = append(names, c.Name+" "+string(c.Type))
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
			cells := make([]string, b.Schema().Len())
			for j := range cells {
				c := b.Column(j)
				switch d, coded := c.(*array.Dictionary); {
				case c.IsNull(i):
					cells[j] = "∅"
				case coded:
					cells[j] = d.Dictionary().ValueStr(d.GetValueIndex(i))
				default:
					cells[j] = c.ValueStr(i)
				}
			}
			rows = append(rows, strings.Join(cells, "|"))
		}
	}
	return rows, nil
}

func TestTypesAndValues(t *testing.T) {
	database(t, "CREATE TYPE mood AS ENUM ('sad', 'happy')", "CREATE DOMAIN positive AS int CHECK (VALUE > 0)")
	for _, c := range []struct {
		expression string
		typ        dataset.Type
		want       string
	}{
		{"true", dataset.Bool, "true"},
		{"(-32768)::int2", dataset.Int16, "-32768"},
		{"(-2147483648)::int4", dataset.Int32, "-2147483648"},
		{"9223372036854775807::int8", dataset.Int64, "9223372036854775807"},
		{"4294967295::oid", dataset.Int64, "4294967295"},
		{"7::positive", dataset.Int32, "7"},
		{"0.1::float4", dataset.Float32, "0.1"},
		{"'-Infinity'::float8", dataset.Float64, "-Inf"},
		{"1e-300::float8", dataset.Float64, "1e-300"},
		{"'NaN'::float4", dataset.Float32, "NaN"},
		{"12345.67::numeric(12,2)", dataset.Decimal128(12, 2), "12345.67"},
		{"0.00001::numeric(12,5)", dataset.Decimal128(12, 5), "1e-05"},
		{"(-5000000)::numeric(12,0)", dataset.Decimal128(12, 0), "-5000000"},
		{"99999999999999999999999999999999999999::numeric(38,0)", dataset.Decimal128(38, 0), "99999999999999999999999999999999999999"},
		{"10/3::numeric", dataset.Decimal128(38, 18), "3.3333333333333333"},
		{"'é\n'::text", dataset.Utf8, "é\n"},
		{"'x'::varchar(3)", dataset.Utf8, "x"},
		{"'x'::char(3)", dataset.Utf8, "x  "},
		{"'x'", dataset.Utf8, "x"},
		{"'happy'::mood", dataset.Utf8, "happy"},
		{`'\x00ff'::bytea`, dataset.Binary, "AP8="},
		{"'2024-02-29'::date", dataset.Date32, "2024-02-29"},
		{"'0001-01-01'::date", dataset.Date32, "0001-01-01"},
		{"'13:14:15.5'::time", dataset.Utf8, "13:14:15.5"},
		{"'24:00'::time", dataset.Utf8, "24:00:00"},
		{"'1969-12-31 23:59:59.999999'::timestamp", dataset.Timestamp, "1969-12-31 23:59:59.999999Z"},
		{"'2024-02-29 12:00+01'::timestamptz", dataset.TimeUTC, "2024-02-29 11:00:00Z"},
		{`'{"b": 1,  "a":[]}'::json`, dataset.JSON, `{"b": 1,  "a":[]}`},
		{`'{"b": 1,  "a":[]}'::jsonb`, dataset.JSON, `{"a": [], "b": 1}`},
		{"'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid", dataset.Utf8, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
		{"ARRAY[1,NULL,-3]", dataset.List(dataset.Int32), "[1,null,-3]"},
		{"ARRAY[1,2]::int8[]", dataset.List(dataset.Int64), "[1,2]"},
		{"ARRAY[0.5,1]::float4[]", dataset.List(dataset.Float32), "[0.5,1]"},
		{"ARRAY['x','']", dataset.List(dataset.Utf8), `["x",""]`},
		{"ARRAY[]::float8[]", dataset.List(dataset.Float64), "[]"},
		{"ARRAY[true]", dataset.List(dataset.Bool), "[true]"},
	} {
		columns, rows, err := read(t, "SELECT v FROM (VALUES (1), (2)) i(n) LEFT JOIN (SELECT "+c.expression+" AS v, 1 AS n) q USING (n) ORDER BY n", postgres.Options{})
		if err != nil || columns != "v "+string(c.typ) || !slices.Equal(rows, []string{c.want, "∅"}) {
			t.Errorf("%s: got %s %q, %v", c.expression, columns, rows, err)
		}
	}
}

func TestOtherTypesThanTheNaturalOnes(t *testing.T) {
	for _, c := range []struct {
		expression string
		typ        dataset.Type
		want       string // empty: refused
	}{
		{"7::int8", dataset.Int8, "7"},
		{"128::int8", dataset.Int8, ""},
		{"-1", dataset.Uint64, ""},
		{"255::int2", dataset.Uint8, "255"},
		{"9007199254740993::int8", dataset.Float64, ""},
		{"3", dataset.Float64, "3"},
		{"3", dataset.Decimal128(5, 2), "3"},
		{"1000", dataset.Decimal128(5, 2), ""},
		{"0.5::float8", dataset.Float32, "0.5"},
		{"1e300::float8", dataset.Float32, ""},
		{"0.5::float4", dataset.Float64, "0.5"},
		{"0.1::numeric", dataset.Float64, "0.1"},
		{"'NaN'::numeric", dataset.Float64, "NaN"},
		{"'Infinity'::numeric", dataset.Float64, ""},
		{"'NaN'::numeric", dataset.Decimal128(5, 2), ""},
		{"1e400::numeric", dataset.Float64, ""},
		{"12300::numeric", dataset.Int32, "12300"},
		{"-9223372036854775808::numeric", dataset.Int64, "-9223372036854775808"},
		{"0.5::numeric", dataset.Int32, ""},
		{"0.5::numeric", dataset.Decimal128(3, 0), ""},
		{"0.50::numeric", dataset.Decimal128(3, 1), "0.5"},
		{"1e37::numeric", dataset.Decimal128(38, 0), "10000000000000000000000000000000000000"},
		{"1e38::numeric", dataset.Decimal128(38, 0), ""},
		{"0::numeric", dataset.Decimal128(3, 1), "0"},
		{"'x'", dataset.Dictionary, "x"},
		{"'x'", dataset.LargeUtf8, "x"},
		{"'{}'", dataset.JSON, "{}"},
		{"now()::timestamptz - now()::timestamptz + '2024-01-01 00:00Z'::timestamptz", dataset.TimestampIn("Europe/Paris"), "2024-01-01 01:00:00+0100"},
		{"'infinity'::timestamptz", dataset.TimeUTC, ""},
		{"'-infinity'::date", dataset.Date32, ""},
		{"ARRAY[1,2,3]::float4[]", dataset.FixedSizeList(dataset.Float32, 3), "[1,2,3]"},
		{"ARRAY[1,2]::float4[]", dataset.FixedSizeList(dataset.Float32, 3), ""},
		{"ARRAY[ARRAY[1]]", dataset.List(dataset.Int32), ""},
		{"ARRAY[1000]", dataset.List(dataset.Int8), ""},
	} {
		_, rows, err := read(t, "SELECT "+c.expression+" AS v", postgres.Options{Types: map[string]dataset.Type{"v": c.typ}})
		if c.want != "" && (err != nil || !slices.Equal(rows, []string{c.want})) {
			t.Errorf("%s as %s: got %q, %v", c.expression, c.typ, rows, err)
		}
		if c.want == "" && (!errors.Is(err, dataset.ErrSchema) || !strings.Contains(err.Error(), `row 1: column "v": want `+string(c.typ))) {
			t.Errorf("%s as %s: got %q, %v", c.expression, c.typ, rows, err)
		}
	}
}

// The server's own text of each number is the reference.
func TestDecimalsAreExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	values := []string{"0", "1", "9999", "10000", "0.0001", "100000000", "-0.1", "1234567890.123456789", "12345678901234567890.123456789012345678"}
	for range 2000 {
		n := new(big.Int)
		for range 1 + r.IntN(4) {
			n.Lsh(n, uint(r.IntN(30))).Add(n, big.NewInt(r.Int64N(1<<30)))
		}
		digits := n.String()
		if len(digits) > 20 {
			digits = digits[:20]
		}
		values = append(values, strings.Repeat("-", r.IntN(2))+digits+"."+fmt.Sprintf("%018d", r.Int64N(1e18))[:r.IntN(19)]+"0")
	}
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	src, err := postgres.Open(t.Context(), database(t), "SELECT v, trim_scale(v)::text FROM unnest($1::text[]) AS t(x), LATERAL (SELECT x::numeric AS v) AS q", postgres.Options{
		Args: []any{values}, BatchRows: 100, Allocator: mem,
	})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := lines(t.Context(), src)
	if err != nil || len(rows) != len(values) {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, row := range rows {
		if got, want, _ := strings.Cut(row, "|"); got != want {
			t.Errorf("%s: got %s, want %s", values[i], got, want)
		}
	}
}

func TestColumns(t *testing.T) {
	wanted, err := dataset.NewSchema(dataset.Field{Name: "b", Type: dataset.Utf8}, dataset.Field{Name: "a", Type: dataset.Int64, Unit: "EUR"})
	if err != nil {
		t.Fatal(err)
	}
	if columns, rows, err := read(t, "SELECT 1 AS a, '(1,2)'::point AS c, 'x' AS b", postgres.Options{Schema: wanted}); err != nil || columns != "b utf8,a int64" || !slices.Equal(rows, []string{"x|1"}) {
		t.Errorf("got %s %q, %v", columns, rows, err)
	}
	for query, want := range map[string]string{
		"SELECT 1 AS a":                     `column "b"`,
		"SELECT 1 AS a, 2 AS a, 'x' AS b":   `column "a": want unique`,
		"SELECT '1'::text AS a, 'x' AS b":   "type 25 as int64",
		"SELECT 1 AS a, interval '1d' AS b": "type interval as utf8",
	} {
		if _, _, err := read(t, query, postgres.Options{Schema: wanted}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v", query, err)
		}
	}
	for query, want := range map[string]error{
		"SELECT 1 AS a, 2 AS a": dataset.ErrSchema,
		`SELECT 1 AS "` + strings.Repeat("a", 63) + `", interval '1d' AS i`: dataset.ErrUnsupported,
		"SELECT '(1,2)'::point AS p":                                        dataset.ErrUnsupported,
		"SELECT '12.5'::money AS p":                                         dataset.ErrUnsupported,
		"SELECT 1::numeric(50,2) AS p":                                      dataset.ErrUnsupported,
		"SELECT 1::numeric(5,-2) AS p":                                      dataset.ErrUnsupported,
	} {
		if _, _, err := read(t, query, postgres.Options{}); !errors.Is(err, want) {
			t.Errorf("%s: error is %v", query, err)
		}
	}
	if _, _, err := read(t, "SELECT 1 AS a", postgres.Options{Types: map[string]dataset.Type{"z": dataset.Int64}}); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("a type of no column: error is %v", err)
	}
	if columns, rows, err := read(t, "SELECT FROM generate_series(1, 3)", postgres.Options{}); err != nil || columns != "" || len(rows) != 3 {
		t.Errorf("no columns: got %q, %d rows, %v", columns, len(rows), err)
	}
	if columns, rows, err := read(t, "SELECT 1 AS a WHERE false", postgres.Options{}); err != nil || columns != "a int32" || len(rows) != 0 {
		t.Errorf("no rows: got %q, %q, %v", columns, rows, err)
	}
	if _, rows, err := read(t, "SELECT $1::int + 1 AS a, $2 || 'x' AS b", postgres.Options{Args: []any{41, "y"}}); err != nil || !slices.Equal(rows, []string{"42|yx"}) {
		t.Errorf("arguments: got %q, %v", rows, err)
	}
}

func TestErrors(t *testing.T) {
	if _, _, err := read(t, "SELEC", postgres.Options{}); err == nil || !strings.Contains(err.Error(), "syntax error") {
		t.Errorf("error is %v", err)
	}
	if _, _, err := read(t, "SELECT 1 / (i - 1) AS v FROM generate_series(1, 9) i", postgres.Options{}); err == nil || !strings.Contains(err.Error(), "division by zero") {
		t.Errorf("in the first row: error is %v", err)
	}
	_, rows, err := read(t, "SELECT 1 / (5 - i) AS v FROM generate_series(1, 9) i", postgres.Options{BatchRows: 2})
	if err == nil || !strings.Contains(err.Error(), "division by zero") || len(rows) != 4 {
		t.Errorf("got %d rows, %v", len(rows), err)
	}
	if _, _, err := read(t, "SELECT repeat('x', i) AS v FROM generate_series(4, 5) i", postgres.Options{MaxValueBytes: 4}); !errors.Is(err, dataset.ErrLimit) || !strings.Contains(err.Error(), `row 2: column "v": 5 bytes`) {
		t.Errorf("error is %v", err)
	}
	if _, _, err := read(t, "SELECT repeat('x', 60000) AS v, repeat('x', 60000) AS w", postgres.Options{MaxRowBytes: 100_000}); !errors.Is(err, dataset.ErrLimit) {
		t.Errorf("a long row: error is %v", err)
	}
	src, err := postgres.Open(t.Context(), database(t), "SELECT repeat('x', 15000000) AS v FROM generate_series(1, 7)", postgres.Options{})
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
	_, err = postgres.Open(t.Context(), database(t), "SELECT 1", postgres.Options{MaxValueBytes: -1, MaxRowBytes: -1, BatchRows: -1, Schema: src.Schema(), Types: map[string]dataset.Type{"a": dataset.Utf8}})
	for _, field := range []string{"MaxValueBytes", "MaxRowBytes", "BatchRows", "Types"} {
		if err == nil || !strings.Contains(err.Error(), "postgres.Options."+field) {
			t.Errorf("%s: error is %v", field, err)
		}
	}
	if _, err := postgres.Open(t.Context(), "postgres://u:secret@h:x/", "SELECT 1", postgres.Options{}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("error is %v", err)
	}
	if _, err := postgres.Open(t.Context(), "host=/none user=u", "SELECT 1", postgres.Options{}); err == nil {
		t.Error("no server: no error")
	}
	if src, err = postgres.Open(t.Context(), database(t)+" default_query_exec_mode=simple_protocol", "SELECT 1", postgres.Options{}); err == nil {
		_, err = lines(t.Context(), src)
	}
	if !errors.Is(err, dataset.ErrUnsupported) {
		t.Errorf("results in text: error is %v", err)
	}
}

func TestTextsOfOtherEncodings(t *testing.T) {
	src, err := postgres.Open(t.Context(), database(t)+" client_encoding=LATIN1", "SELECT U&'\\00e9' AS v", postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lines(t.Context(), src); !errors.Is(err, dataset.ErrSchema) || !strings.Contains(err.Error(), "not UTF-8") {
		t.Errorf("error is %v", err)
	}
}

func TestCancellation(t *testing.T) {
	name := database(t)
	src, err := postgres.Open(t.Context(), name, "SELECT i, CASE WHEN i = 5 THEN pg_sleep(60)::text END AS s FROM generate_series(1, 9) i", postgres.Options{BatchRows: 2})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	started := time.Now()
	if _, err := lines(ctx, src); !errors.Is(err, context.DeadlineExceeded) || time.Since(started) > 10*time.Second {
		t.Errorf("after %v: error is %v", time.Since(started), err)
	}
	ended, stop := context.WithCancel(t.Context())
	stop()
	if _, err := postgres.Open(ended, name, "SELECT 1", postgres.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	// What is left early does not read the rest: of this result there would be 40 GB.
	for _, from := range []string{"dialed", "pooled"} {
		query := "SELECT repeat('x', 1000) AS v, generate_series(1, 40000000) AS i"
		src, err := postgres.Open(t.Context(), name, query, postgres.Options{BatchRows: 10})
		if from == "pooled" {
			src, err = postgres.NewSource(t.Context(), pool(t, name), query, postgres.Options{BatchRows: 10})
		}
		if err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		for _, err := range src.Batches(t.Context()) {
			if err != nil {
				t.Error(err)
			}
			break
		}
		if took := time.Since(started); took > 10*time.Second {
			t.Errorf("%s: it took %v", from, took)
		}
	}
}

func TestSourcesKeepTheirPromises(t *testing.T) {
	name := database(t)
	const query = "SELECT i AS a, CASE WHEN i % 7 <> 0 THEN repeat('x', i % 3) END AS b, (i / 4.0)::numeric(9,3) AS c FROM generate_series(1, 50) i"
	t.Run("dialed", func(t *testing.T) {
		datasettest.TestSource(t, datasettest.SourceTraits{Rows: 50}, func(mem memory.Allocator) (dataset.Source, error) {
			return postgres.Open(t.Context(), name, query, postgres.Options{BatchRows: 8, Allocator: mem})
		})
	})
	t.Run("pooled", func(t *testing.T) {
		p := pool(t, name)
		if err := p.Ping(t.Context()); err != nil { // its goroutines are there before a check counts them
			t.Fatal(err)
		}
		datasettest.TestSource(t, datasettest.SourceTraits{Rows: 50}, func(mem memory.Allocator) (dataset.Source, error) {
			return postgres.NewSource(t.Context(), p, query, postgres.Options{BatchRows: 8, Allocator: mem})
		})
	})
}

func TestAServerThatGoesAway(t *testing.T) {
	name := database(t)
	src, err := postgres.Open(t.Context(), name, "SELECT repeat('x', 1000) AS v, generate_series(1, 1000000) AS i", postgres.Options{BatchRows: 10})
	if err != nil {
		t.Fatal(err)
	}
	batches, last := 0, error(nil)
	for _, err := range src.Batches(t.Context()) {
		if last = err; err == nil && batches == 0 {
			database(t, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%generate_series(1, 1000000)%' AND pid <> pg_backend_pid()")
		}
		batches++
	}
	if last == nil || batches < 2 {
		t.Errorf("%d batches, %v", batches, last)
	}
}
