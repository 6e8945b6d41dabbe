//go:build unix

package postgres_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/sql/postgres"
)

// batch returns a batch of one column of a type, whose values are texts as Arrow has them, and a null.
func batch(t *testing.T, typ dataset.Type, values ...string) dataset.Batch {
	t.Helper()
	s, err := dataset.NewSchema(dataset.Field{Name: "v", Type: typ, Nullable: true})
	if err != nil {
		t.Fatal(err)
	}
	rb := array.NewRecordBuilder(memory.DefaultAllocator, s.Arrow())
	defer rb.Release()
	for _, v := range values {
		if d, ok := rb.Field(0).(*array.BinaryDictionaryBuilder); ok {
			err = d.AppendString(v)
		} else {
			err = rb.Field(0).AppendValueFromString(v)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	rb.Field(0).AppendNull()
	b, err := dataset.FromRecord(rb.NewRecord(), s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t *testing.T, name, table string, b dataset.Batch) error {
	t.Helper()
	sink, err := postgres.Create(t.Context(), name, table, b.Schema(), postgres.WriteOptions{})
	if err != nil {
		return err
	}
	defer sink.Close()
	if err := sink.Write(t.Context(), b); err != nil {
		return err
	}
	return sink.Commit(t.Context())
}

// What is written is read by the server: its own text of each value is the reference.
func TestWhatIsWrittenIsWhatTheServerHas(t *testing.T) {
	database(t, "DROP TYPE IF EXISTS hue", "CREATE TYPE hue AS ENUM ('red', 'blue')")
	for _, c := range []struct {
		typ    dataset.Type
		column string
		values []string
		want   []string // nil: the same
	}{
		{dataset.Bool, "bool", []string{"true", "false"}, nil},
		{dataset.Int8, "int2", []string{"-128", "127"}, nil},
		{dataset.Int16, "int4", []string{"-32768"}, nil},
		{dataset.Int32, "int8", []string{"-2147483648"}, nil},
		{dataset.Int64, "int8", []string{"-9223372036854775808", "9223372036854775807"}, nil},
		{dataset.Int64, "int2", []string{"-32768"}, nil},
		{dataset.Int64, "numeric", []string{"-9223372036854775808", "0"}, nil},
		{dataset.Uint8, "int2", []string{"255"}, nil},
		{dataset.Uint16, "int4", []string{"65535"}, nil},
		{dataset.Uint32, "int8", []string{"4294967295"}, nil},
		{dataset.Uint64, "int8", []string{"9223372036854775807"}, nil},
		{dataset.Uint64, "numeric(20)", []string{"18446744073709551615", "1"}, nil},
		{dataset.Float32, "float4", []string{"0.1", "-1e-30"}, nil},
		{dataset.Float32, "float8", []string{"0.5"}, nil},
		{dataset.Float64, "float8", []string{"0.1", "1e-300", "NaN", "-Infinity"}, nil},
		{dataset.Decimal128(12, 2), "numeric(12,2)", []string{"-1234567890.12", "0.05", "0.00", "100000.00", "9999.99"}, nil},
		{dataset.Decimal128(38, 0), "numeric", []string{"99999999999999999999999999999999999999", "-10000", "0"}, nil},
		{dataset.Decimal128(38, 38), "numeric", []string{"0.00000000000000000000000000000000000001"}, nil},
		{dataset.Decimal128(9, 5), "numeric", []string{"0.00010", "1234.56780", "-0.00001"}, nil},
		{dataset.Utf8, "text", []string{"", "é\n\\.\t"}, nil},
		{dataset.LargeUtf8, "varchar", []string{"x"}, nil},
		{dataset.Dictionary, "text", []string{"x", "y", "x"}, nil},
		{dataset.Utf8, "hue", []string{"red", "blue"}, nil},
		{dataset.Utf8, "uuid", []string{"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}, nil},
		{dataset.JSON, "json", []string{`{"b": 1}`}, nil},
		{dataset.JSON, "jsonb", []string{`{"b":1}`}, []string{`{"b": 1}`}},
		{dataset.Binary, "bytea", []string{"AP8="}, []string{`\x00ff`}},
		{dataset.Date32, "date", []string{"2024-02-29", "0001-01-01", "9999-12-31"}, nil},
		{dataset.Timestamp, "timestamp", []string{"1969-12-31T23:59:59.999999"}, []string{"1969-12-31 23:59:59.999999"}},
		{dataset.TimeUTC, "timestamptz", []string{"2024-02-29T12:00:00Z"}, []string{"2024-02-29 12:00:00+00"}},
		{dataset.List(dataset.Int32), "int4[]", []string{"[1,null,-3]", "[]"}, []string{"{1,NULL,-3}", "{}"}},
		{dataset.List(dataset.Utf8), "text[]", []string{`["x","a,b"]`}, []string{`{x,"a,b"}`}},
		{dataset.FixedSizeList(dataset.Float32, 2), "float4[]", []string{"[0.5,1]"}, []string{"{0.5,1}"}},
	} {
		name := database(t, "DROP TABLE IF EXISTS w", "CREATE TABLE w (n serial, v "+c.column+")", "ALTER DATABASE postgres SET timezone = 'UTC'")
		if err := write(t, name, "w", batch(t, c.typ, c.values...)); err != nil {
			t.Errorf("%s as %s: %v", c.typ, c.column, err)
			continue
		}
		src, err := postgres.Open(t.Context(), name, "SELECT v::text FROM w ORDER BY n", postgres.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if c.want == nil {
			c.want = c.values
		}
		if got, err := lines(t.Context(), src); err != nil || !slices.Equal(got, append(slices.Clone(c.want), "∅")) {
			t.Errorf("%s as %s: got %q, %v", c.typ, c.column, got, err)
		}
	}
}

func TestWhatATableDoesNotHold(t *testing.T) {
	for _, c := range []struct {
		typ    dataset.Type
		column string
		value  string
		want   error
	}{
		{dataset.Int64, "int2", "32768", dataset.ErrSchema},
		{dataset.Int64, "int4", "-2147483649", dataset.ErrSchema},
		{dataset.Uint64, "int8", "9223372036854775808", dataset.ErrSchema},
		{dataset.Utf8, "text", "\xff", dataset.ErrSchema},
		{dataset.Utf8, "uuid", "a0eebc99", dataset.ErrSchema},
		{dataset.Utf8, "uuid", "g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", dataset.ErrSchema},
		{dataset.List(dataset.Int64), "int2[]", "[32768]", dataset.ErrSchema},
		{dataset.Int64, "text", "1", dataset.ErrUnsupported},
		{dataset.Float64, "float4", "1", dataset.ErrUnsupported},
		{dataset.Utf8, "int4", "1", dataset.ErrUnsupported},
		{dataset.Timestamp, "timestamptz", "2024-01-01T00:00:00", dataset.ErrUnsupported},
		{dataset.List(dataset.Int64), "text[]", "[1]", dataset.ErrUnsupported},
		{dataset.List(dataset.Int64), "point", "[1]", dataset.ErrUnsupported},
	} {
		name := database(t, "DROP TABLE IF EXISTS w", "CREATE TABLE w (v "+c.column+")")
		if err := write(t, name, "w", batch(t, c.typ, c.value)); !errors.Is(err, c.want) || !strings.Contains(err.Error(), `column "v"`) {
			t.Errorf("%s as %s: error is %v", c.typ, c.column, err)
		}
	}
	name := database(t, "DROP TABLE IF EXISTS w", "CREATE TABLE w (v int4 NOT NULL)")
	for what, err := range map[string]error{
		"a null":             write(t, name, "w", batch(t, dataset.Int32, "1")),
		"no table":           write(t, name, "nowhere", batch(t, dataset.Int32, "1")),
		"no column":          write(t, name, "w", renamed(t, batch(t, dataset.Int32, "1"))),
		"an empty name":      write(t, name, "", batch(t, dataset.Int32, "1")),
		"a name with quotes": write(t, name, `w"; DROP TABLE w; --`, batch(t, dataset.Int32, "1")),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	if got := count(t, name, "w"); got != "0" {
		t.Errorf("%s rows", got)
	}
	s, err := dataset.NewSchema()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := postgres.Create(t.Context(), name, "w", s, postgres.WriteOptions{Namespace: "\x00"}); !errors.Is(err, dataset.ErrSchema) || !strings.Contains(err.Error(), "WriteOptions.Namespace") {
		t.Errorf("error is %v", err)
	}
}

func renamed(t *testing.T, b dataset.Batch) dataset.Batch {
	t.Helper()
	s, err := dataset.NewSchema(dataset.Field{Name: "other", Type: b.Schema().Field(0).Type, Nullable: true})
	if err != nil {
		t.Fatal(err)
	}
	out, err := dataset.NewBatch(s, []arrow.Array{b.Column(0)}, b.NumRows())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func count(t *testing.T, name, table string) string {
	t.Helper()
	src, err := postgres.Open(t.Context(), name, "SELECT count(*) FROM "+table, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := lines(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	return rows[0]
}

func TestOneTransaction(t *testing.T) {
	name := database(t, "DROP SCHEMA IF EXISTS other CASCADE", "CREATE SCHEMA other", `CREATE TABLE other."a ""b"" c" (id int8, "x; --" text DEFAULT 'd', f float8)`)
	const table = `other."a ""b"" c"`
	type rowOf struct {
		ID int64    `ml:"name=id"`
		F  *float64 `ml:"name=f"`
	}
	many := make([]rowOf, 200_000)
	for i := range many {
		many[i].ID = int64(i)
		if f := math.Sqrt(float64(i)); i%3 > 0 {
			many[i].F = &f
		}
	}
	src, err := dataset.FromStructs(many, dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	p := pool(t, name)
	create := func(ctx context.Context) *postgres.Sink {
		sink, err := postgres.NewSink(ctx, p, `a "b" c`, src.Schema(), postgres.WriteOptions{Namespace: "other"})
		if err != nil {
			t.Fatal(err)
		}
		return sink
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for what, end := range map[string]func(*postgres.Sink, dataset.Batch) error{
		"close": func(k *postgres.Sink, _ dataset.Batch) error {
			return errors.Join(k.Close(), errors.New("none is wanted"))
		},
		"cancelled write":  func(k *postgres.Sink, b dataset.Batch) error { return k.Write(ended, b) },
		"cancelled commit": func(k *postgres.Sink, _ dataset.Batch) error { return k.Commit(ended) },
		"another schema":   func(k *postgres.Sink, _ dataset.Batch) error { return k.Write(t.Context(), batch(t, dataset.Int8)) },
	} {
		sink := create(t.Context())
		for b, err := range src.Batches(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if err := sink.Write(t.Context(), b); err != nil {
				t.Fatal(err)
			}
			if err := end(sink, b); err == nil {
				t.Errorf("%s: no error", what)
			}
			if sink.Write(t.Context(), b) == nil || sink.Commit(t.Context()) == nil {
				t.Errorf("%s: the sink goes on", what)
			}
			break
		}
		if err := sink.Close(); err != nil {
			t.Error(err)
		}
		if got := count(t, name, table); got != "0" {
			t.Errorf("%s: %s rows", what, got)
		}
	}
	sink := create(t.Context())
	defer sink.Close()
	if n, err := dataset.Copy(t.Context(), sink, src); err != nil || n != int64(len(many)) {
		t.Fatalf("%d rows, %v", n, err)
	}
	if sink.Commit(t.Context()) == nil || sink.Close() != nil || sink.Close() != nil {
		t.Error("a sink goes on after its Commit")
	}
	if stat := p.Stat(); stat.AcquiredConns() != 0 {
		t.Errorf("%d connections are not given back", stat.AcquiredConns())
	}
	back, err := postgres.Open(t.Context(), name, "SELECT id, f FROM "+table+" WHERE \"x; --\" = 'd' ORDER BY id", postgres.Options{Schema: src.Schema()})
	if err != nil {
		t.Fatal(err)
	}
	want, err := dataset.Digest(t.Context(), src, dataset.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := dataset.Digest(t.Context(), back, dataset.RunOptions{}); err != nil || got != want {
		t.Errorf("the digest is %v, want %v, %v", got, want, err)
	}
}
