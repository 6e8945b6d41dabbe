package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	_ "modernc.org/sqlite"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/datasettest"
	tsql "github.com/tidewheel/tidewheel/dataset/sql"
)

// open returns a database in a file of the test's own, in which the statements are executed.
func open(t *testing.T, statements ...string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	return db
}

// read returns the columns as "name type" and the rows as text.
func read(t *testing.T, db tsql.Querier, query string, o tsql.Options) (columns string, rows []string, err error) {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	o.Allocator = mem
	src, err := tsql.NewSource(t.Context(), db, query, o)
	if err != nil {
		return "", nil, err
	}
	var names []string
	for _, c := range src.Schema().Fields() {
		names = append(names, c.Name+" "+string(c.Type))
	}
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			return strings.Join(names, ","), rows, err
		}
		for i := range b.NumRows() {
			cells := make([]string, b.Schema().Len())
			for j := range cells {
				if cells[j] = b.Column(j).ValueStr(i); b.Column(j).IsNull(i) {
					cells[j] = "∅"
				}
			}
			rows = append(rows, strings.Join(cells, "|"))
		}
	}
	return strings.Join(names, ","), rows, nil
}

func TestDeclaredTypes(t *testing.T) {
	db := open(t,
		`CREATE TABLE t (i INTEGER, r REAL, x TEXT, v VARCHAR(20), b BLOB, o BOOLEAN, d DATE, w DATETIME, n DECIMAL(10,2), j JSON, u BIGINT)`,
		`INSERT INTO t VALUES (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
		`INSERT INTO t VALUES (9223372036854775807, 1, 'é', 'x', x'00ff', 1, '2024-02-29', '2024-02-29 12:00:00.000001', 12345.67, '{"a":1}', -1)`,
		`INSERT INTO t VALUES (0, 0.1, '', 'y', x'', 0, '0001-01-01', '1969-12-31 23:59:59', 7, '[]', 1)`,
	)
	columns, rows, err := read(t, db, "SELECT * FROM t", tsql.Options{BatchRows: 2})
	if want := "i int64,r float64,x utf8,v utf8,b binary,o bool,d date32,w timestamp[us],n decimal128(10,2),j json,u int64"; err != nil || columns != want {
		t.Errorf("got %s, %v", columns, err)
	}
	if want := []string{
		"∅|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅",
		`9223372036854775807|1|é|x|AP8=|true|2024-02-29|2024-02-29 12:00:00.000001Z|12345.67|{"a":1}|-1`,
		"0|0.1||y||false|0001-01-01|1969-12-31 23:59:59Z|7|[]|1",
	}; !slices.Equal(rows, want) {
		t.Errorf("got %q", rows)
	}
}

// SQLite has types of values, not of columns.
func TestOneColumnOfSeveralTypes(t *testing.T) {
	db := open(t, "CREATE TABLE t (i INTEGER, x)", "INSERT INTO t VALUES (1, 1), (2, 2.5), ('three', 'y')")
	for query, want := range map[string]string{
		"SELECT i FROM t":                    `sql: read: row 3: column "i": want int64, got a string that is none`,
		"SELECT x FROM t":                    `sql: new source: row 3: column "x": want values of type float64, got one of type string`,
		"SELECT i + 0.5 AS i FROM t":         "",
		"SELECT x FROM t WHERE i <> 'three'": "",
	} {
		_, _, err := read(t, db, query, tsql.Options{})
		if got := fmt.Sprint(err); want != "" && (got != want || !errors.Is(err, dataset.ErrSchema)) || want == "" && err != nil {
			t.Errorf("%s: error is %s", query, got)
		}
	}
	columns, rows, err := read(t, db, "SELECT CAST(x AS TEXT) AS x, count(*) AS n, NULL AS z FROM t GROUP BY 1", tsql.Options{})
	if err != nil || columns != "x utf8,n int64,z utf8" || !slices.Equal(rows, []string{"1|1|∅", "2.5|1|∅", "y|1|∅"}) {
		t.Errorf("got %s %q, %v", columns, rows, err)
	}
	// A row that is none of the type that the first 1,000 say.
	if _, _, err := read(t, db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1001) SELECT CASE WHEN i > 1000 THEN 'x' ELSE i END AS v FROM n", tsql.Options{}); err == nil ||
		!strings.Contains(err.Error(), `row 1001: column "v"`) {
		t.Errorf("error is %v", err)
	}
	if _, _, err := read(t, db, "SELECT 1 AS a, 2 AS a", tsql.Options{}); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("error is %v", err)
	}
	if _, _, err := read(t, db, "SELECT nothing", tsql.Options{}); err == nil {
		t.Error("no such column: no error")
	}
}

type everything struct {
	Key     int64 `ml:"role=key"`
	Bool    *bool
	Small   *int8
	Int     *int64
	Uint    *uint64
	Single  *float32
	Float   *float64
	Text    *string
	Code    *string `ml:"type=dictionary"`
	JSON    *string `ml:"type=json"`
	Bytes   []byte
	Day     *time.Time `ml:"type=date32"`
	Clock   *time.Time `ml:"type=timestamp[us]"`
	Instant *time.Time
}

func TestWhatIsWrittenReadsBack(t *testing.T) {
	at := time.UnixMicro(1e15 + 1).UTC()
	rows := []everything{
		{
			1, new(true), new(int8(-128)), new(int64(math.MinInt64)), new(uint64(1<<53 + 1)), new(float32(0.1)), new(0.1), new("é\x01\n'\""), new("a"), new(`{"x":[1,2]}`),
			[]byte{0, 255},
			new(time.Unix(86400, 0).UTC()), &at, &at,
		},
		{Key: 2},
		{
			3, new(false), new(int8(127)), new(int64(math.MaxInt64)), new(uint64(0)), new(float32(math.MaxFloat32)), new(math.Inf(-1)), new(""), new(""), new("[]"), []byte("x"),
			new(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)), new(time.UnixMicro(-1).UTC()), new(time.UnixMicro(253402300799999999).UTC()),
		},
	}
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{BatchRows: 2})
	if err != nil {
		t.Fatal(err)
	}
	db := open(t, `CREATE TABLE "a ""b""" ("Key" INTEGER PRIMARY KEY, "Bool" BOOLEAN, "Small" INTEGER, "Int" INTEGER, "Uint" INTEGER, "Single" REAL, "Float" REAL, "Text" TEXT, "Code" TEXT,
		"JSON" TEXT, "Bytes" BLOB, "Day" DATE, "Clock" DATETIME, "Instant" TIMESTAMP)`)
	sink, err := tsql.NewSink(t.Context(), db, `a "b"`, src.Schema(), tsql.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	if n, err := dataset.Copy(t.Context(), sink, src); err != nil || n != 3 {
		t.Fatalf("%d rows, %v", n, err)
	}
	back, err := tsql.NewSource(t.Context(), db, `SELECT * FROM "a ""b""" ORDER BY "Key"`, tsql.Options{Schema: src.Schema()})
	if err != nil {
		t.Fatal(err)
	}
	want, err := dataset.Digest(t.Context(), src, dataset.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := dataset.Digest(t.Context(), back, dataset.RunOptions{}); err != nil || got != want {
		t.Errorf("digest %s, want %s, %v", got, want, err)
	}
}

func numbers(t *testing.T, from, to int) dataset.Source {
	t.Helper()
	type row struct {
		N int64
		X *string
	}
	rows := make([]row, to-from)
	for i := range rows {
		rows[i].N = int64(from + i)
		if i%2 == 0 {
			rows[i].X = new(fmt.Sprint("row ", i))
		}
	}
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{BatchRows: 700})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func TestTransactions(t *testing.T) {
	db := open(t, "PRAGMA journal_mode = WAL", `CREATE TABLE t (N INTEGER PRIMARY KEY, X TEXT)`)
	count := func() string {
		_, rows, err := read(t, db, "SELECT count(*) AS n FROM t", tsql.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return rows[0]
	}
	src := numbers(t, 0, 2500)
	create := func(ctx context.Context) *tsql.Sink {
		sink, err := tsql.NewSink(ctx, db, "t", src.Schema(), tsql.WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return sink
	}
	sink := create(t.Context())
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if err := sink.Write(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		if got := count(); got != "0" {
			t.Errorf("%s rows before Commit", got)
		}
	}
	if err := sink.Close(); err != nil || count() != "0" {
		t.Errorf("%s rows after Close, %v", count(), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	sink = create(ctx)
	cancel()
	if _, err := dataset.Copy(ctx, sink, src); !errors.Is(err, context.Canceled) || count() != "0" {
		t.Errorf("%s rows of a cancelled copy, %v", count(), err)
	}
	sink = create(t.Context())
	if n, err := dataset.Copy(t.Context(), sink, src); err != nil || n != 2500 || count() != "2500" {
		t.Errorf("%d rows written, %s there, %v", n, count(), err)
	}
	// A key twice, in the last batch.
	sink = create(t.Context())
	if _, err := dataset.Copy(t.Context(), sink, numbers(t, -1500, 1)); err == nil || count() != "2500" {
		t.Errorf("%s rows, %v", count(), err)
	}
	if err := sink.Close(); err != nil {
		t.Error(err)
	}
	// Within a transaction every range sees one state.
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, rows, err := read(t, tx, "SELECT count(*) AS n FROM t", tsql.Options{}); err != nil || rows[0] != "2500" {
		t.Fatalf("got %q, %v", rows, err)
	}
	sink = create(t.Context())
	if _, err := dataset.Copy(t.Context(), sink, numbers(t, 2500, 2600)); err != nil || count() != "2600" {
		t.Errorf("%s rows, %v", count(), err)
	}
	if _, rows, err := read(t, tx, "SELECT count(*) AS n FROM t", tsql.Options{}); err != nil || rows[0] != "2500" {
		t.Errorf("got %q, %v", rows, err)
	}
}

const series = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "

// A million rows of some 80 bytes pass, of which a batch is in memory.
func TestALargeResultIsStreamed(t *testing.T) {
	rows := 1_000_000
	if testing.Short() {
		rows = 100_000
	}
	src, err := tsql.NewSource(t.Context(), open(t), series+"SELECT i, i * 0.5 AS half, 'a text of some length, number ' || i AS text, CASE WHEN i % 7 THEN i END AS gap FROM n",
		tsql.Options{Args: []any{rows}, BatchRows: 8192})
	if err != nil {
		t.Fatal(err)
	}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, most, n, sum := heap(), uint64(0), 0, int64(0)
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if n%(8192*16) == 0 {
			most = max(most, heap())
		}
		n += b.NumRows()
		if ids, ok := b.Column(0).(*array.Int64); ok {
			for _, v := range ids.Int64Values() {
				sum += v
			}
		}
	}
	if n != rows || sum != int64(rows)*int64(rows+1)/2 {
		t.Errorf("%d rows, sum %d", n, sum)
	}
	if most > before+8<<20 {
		t.Errorf("%d bytes more in use than before", most-before)
	}
}

func TestCancellation(t *testing.T) {
	src, err := tsql.NewSource(t.Context(), open(t), series+"SELECT count(*) AS n FROM n", tsql.Options{Args: []any{int64(1e12)}, Schema: one(t)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	started := time.Now()
	for _, err := range src.Batches(ctx) {
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v", err)
		}
	}
	if took := time.Since(started); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}

func one(t *testing.T) *dataset.Schema {
	t.Helper()
	s, err := dataset.NewSchema(dataset.Field{Name: "n", Type: dataset.Int64})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSourceKeepsItsPromises(t *testing.T) {
	db := open(t, "CREATE TABLE t (a INTEGER, b TEXT, c DECIMAL(9,3))",
		"INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50) SELECT i, CASE WHEN i % 7 THEN 'x' || i % 3 END, i / 4.0 FROM n")
	datasettest.TestSource(t, datasettest.SourceTraits{Rows: 50}, func(mem memory.Allocator) (dataset.Source, error) {
		return tsql.NewSource(t.Context(), db, "SELECT * FROM t ORDER BY a", tsql.Options{BatchRows: 8, Allocator: mem})
	})
}
