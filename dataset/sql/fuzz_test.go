package sql_test

import (
	"database/sql"
	"database/sql/driver"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	tsql "github.com/tidewheel/tidewheel/dataset/sql"
	"github.com/tidewheel/tidewheel/internal/alloc"
)

// FuzzValues gives what a driver may give as text to every type.
func FuzzValues(f *testing.F) {
	for _, seed := range []string{"", "1", "-0.5", "1e3", "true", "2024-02-29", "2024-02-29T12:00:00.000001+01:00", "99999999999999999999999999999999999999", `{"a":[1]}`, "\xff\x00", "NaN"} {
		f.Add([]byte(seed))
	}
	types := []dataset.Type{
		dataset.Bool, dataset.Int8, dataset.Int64, dataset.Uint64, dataset.Float32, dataset.Float64, dataset.Utf8, dataset.LargeUtf8, dataset.Dictionary, dataset.Binary,
		dataset.Date32, dataset.JSON, dataset.Timestamp, dataset.TimeUTC, dataset.Decimal128(38, 10),
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		for _, typ := range types {
			mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
			s, err := dataset.NewSchema(dataset.Field{Name: "a", Type: typ})
			if err != nil {
				t.Fatal(err)
			}
			db := sql.OpenDB(&fake{columns: []fakeColumn{{name: "a"}}, rows: [][]driver.Value{{value}, {string(value)}, {nil}}})
			src, err := tsql.NewSource(t.Context(), db, "SELECT", tsql.Options{Schema: s, MaxValueBytes: 1 << 12, Allocator: mem})
			if err != nil {
				t.Fatal(err)
			}
			if over := alloc.Bound(1<<20+100*len(value), func() {
				for b, err := range src.Batches(t.Context()) {
					if err == nil && (b.NumRows() != 3 || b.Column(0).IsNull(0) || b.Column(0).IsNull(1) || !b.Column(0).IsNull(2)) {
						t.Errorf("%s: a value is lost", typ)
					}
				}
			}); over != nil {
				t.Fatal(over)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			mem.AssertSize(t, 0)
		}
	})
}
