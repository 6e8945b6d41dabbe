package csv_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
)

type row struct {
	I   int64
	F   float64
	G   *float32
	S   string
	N   *string
	B   *bool
	T   time.Time
	D   *time.Time `ml:"type=date32"`
	Cat string     `ml:"type=dictionary"`
}

func rows() []row {
	text := func(s string) *string { return &s }
	yes, small, day := true, float32(0.1), time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC)
	return []row{
		{1, 0.1, &small, "", text(""), &yes, time.UnixMicro(1).UTC(), &day, "a"},
		{math.MinInt64, math.Inf(-1), nil, "a,b\n\"c\"", nil, nil, time.UnixMicro(-1).UTC(), nil, ""},
		{math.MaxInt64, 5e-324, nil, "NA", text("NA"), nil, time.UnixMicro(1e15).UTC(), nil, "b"},
		{0, math.Copysign(0, -1), nil, " x\r", text("é;\t|"), nil, time.UnixMicro(0).UTC(), nil, "a"},
		{0, 123456789012345680, nil, "\ufeff", nil, nil, time.UnixMicro(0).UTC(), nil, "1"},
	}
}

func TestWhatIsWrittenReadsBack(t *testing.T) {
	for name, o := range map[string]csv.WriteOptions{"a.csv": {}, "a.tsv": {}, "a.tab": {}, "a.TSV.gz": {}, "a.tsv.zst": {}, "a.csv.gz": {}, "a.txt": {Delimiter: '|'}, "b.tsv": {Delimiter: ';'}} {
		mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
		path := filepath.Join(t.TempDir(), name)
		src, err := dataset.FromStructs(rows(), dataset.StructsOptions{BatchRows: 2})
		if err != nil {
			t.Fatal(err)
		}
		sink, err := csv.Create(path, src.Schema(), o)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := dataset.Copy(t.Context(), sink, src); err != nil || n != 5 {
			t.Fatalf("%d rows, %v", n, err)
		}
		if err := sink.Close(); err != nil {
			t.Error(err)
		}
		back, err := csv.Open(path, csv.Options{Schema: src.Schema(), BatchRows: 3, Allocator: mem, Delimiter: o.Delimiter})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			var got []row
			for b, err := range back.Batches(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				if got, err = dataset.ScanStructs(b, got); err != nil {
					t.Fatal(err)
				}
			}
			if want := rows(); !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		}
		mem.AssertSize(t, 0)
		inferred, err := csv.Open(path, csv.Options{Delimiter: o.Delimiter})
		if err != nil {
			t.Fatal(err)
		}
		var types []string
		for _, f := range inferred.Schema().Fields() {
			types = append(types, string(f.Type))
		}
		if got := strings.Join(types, " "); got != "int64 float64 float64 utf8 utf8 bool timestamp[us,UTC] date32 utf8" {
			t.Errorf("inferred %s", got)
		}
	}
}

func TestDelimitersAreThoseOfTheName(t *testing.T) {
	src, err := dataset.FromStructs([]row{{I: 1, S: "x\ty"}}, dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	narrow, err := dataset.Select(t.Context(), src, "I", "S")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a.tsv": "I\tS\n1\t\"x\ty\"\n", "a.TAB": "I\tS\n1\t\"x\ty\"\n", "a.csv": "I,S\n1,x\ty\n", "a.txt": "I,S\n1,x\ty\n"} {
		path := filepath.Join(t.TempDir(), name)
		sink, err := csv.Create(path, narrow.Schema(), csv.WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := dataset.Copy(t.Context(), sink, narrow); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s: got %q, want %q, %v", name, got, want, err)
		}
		back, err := csv.Open(path, csv.Options{})
		if err != nil || back.Schema().Len() != 2 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNothingIsThereWithoutCommit(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.csv")
	s := schema(t, dataset.Field{Name: "a", Type: dataset.Utf8, Nullable: true})
	sink, err := csv.Create(path, s, csv.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := sink.Commit(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("commit: %v", err)
	}
	if err := sink.Close(); err != nil {
		t.Error(err)
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 0 {
		t.Errorf("left: %v, %v", list, err)
	}
}

func TestNullInAFileOfOneColumn(t *testing.T) {
	type one struct{ A *string }
	src, err := dataset.FromStructs(make([]one, 2), dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.csv")
	sink, err := csv.Create(path, src.Schema(), csv.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	if _, err := dataset.Copy(t.Context(), sink, src); err != nil {
		t.Fatal(err)
	}
	back, err := csv.Open(path, csv.Options{Schema: src.Schema()})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := cells(back); err != nil || !reflect.DeepEqual(got, [][]string{{"∅"}, {"∅"}}) {
		t.Errorf("got %v, %v", got, err)
	}
}
