package repair_test

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/validate/repair"
)

// copied is a source whose batches are copies in an allocator of its own.
type copied struct {
	dataset.Source
	mem memory.Allocator
}

func (c copied) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return dataset.Map(c.Source, c.Schema(), func(_ context.Context, b dataset.Batch) (dataset.Batch, error) {
		var columns []arrow.Array
		defer func() {
			for _, a := range columns {
				a.Release()
			}
		}()
		for _, a := range b.Record().Columns() {
			twice, err := array.Concatenate([]arrow.Array{a, a}, c.mem)
			if err != nil {
				return dataset.Batch{}, err
			}
			columns = append(columns, array.NewSlice(twice, 0, int64(a.Len())))
			twice.Release()
		}
		return dataset.NewBatch(c.Schema(), columns, b.NumRows())
	}).Batches(ctx)
}

func TestPersonalValuesAreHashed(t *testing.T) {
	f := dataset.Field{Name: "name", Type: dataset.Utf8, Nullable: true, Personal: true}
	src := column(t, f, 10, " Ann", "Bob", "null")
	list := []repair.Repair{repair.Trim{Column: "name"}, repair.Impute{Column: "name", Value: dataset.TextValue("unknown")}}
	r, err := repair.New(list, repair.Options{})
	must(t, err)
	var option *dataset.OptionError
	if _, err := r.Apply(src, new(memorySink)); !errors.As(err, &option) {
		t.Errorf("without a key: got %v", err)
	}
	if _, err := r.Apply(src, nil); err != nil {
		t.Errorf("without a ledger: got %v", err)
	}
	key := []byte("0123456789abcdef")
	out, ledger := repaired(t, src, repair.Options{Key: key}, list...)
	// hmac.new(b"0123456789abcdef", (4).to_bytes(8, "big") + b"name" + b" Ann", "sha256").hexdigest() of Python 3
	const ann = "eb9bb6517ac6e7640c5302bdcd0e4c6df435fb718717ad1ccd30e2fbaad4d53c"
	if got := repair.Hash(key, "name", " Ann"); got != ann {
		t.Errorf("got %s", got)
	}
	got := texts(t, ledger.source(t))
	want := []string{
		"0|name|trim|" + ann + "|" + repair.Hash(key, "name", "Ann") + "|true",
		"2|name|impute|null|" + repair.Hash(key, "name", "unknown") + "|true",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	back, err := repair.Undo(out, ledger.source(t), repair.UndoOptions{})
	must(t, err)
	if got := texts(t, back); !slices.Equal(got, []string{"Ann", "Bob", "null"}) {
		t.Errorf("undone: got %q", got)
	}
	// The mark may come from the schema of the rules alone.
	plain := column(t, field("name", dataset.Utf8), 10, " Ann")
	_, ledger = repaired(t, plain, repair.Options{Schema: src.Schema(), Key: key}, list...)
	if got := strings.Join(texts(t, ledger.source(t)), ""); strings.Contains(got, "Ann") {
		t.Errorf("got %q", got)
	}
}

func TestDedupeLooksAtRepairedCells(t *testing.T) {
	src := column(t, field("x", dataset.Utf8), 2, "a", "A", " a", "b", "B ", "a", "c")
	out, ledger := repaired(t, src, repair.Options{}, repair.Dedupe{}, repair.Trim{Column: "x"}, repair.Case{Column: "x"})
	if got := texts(t, out); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("got %q", got)
	}
	want := []string{"1||dedupe|null|null|false", "2||dedupe|null|null|false", "4||dedupe|null|null|false", "5||dedupe|null|null|false"}
	if got := texts(t, ledger.source(t)); !slices.Equal(got, want) {
		t.Errorf("ledger: got %q", got)
	}
	back, err := repair.Undo(out, ledger.source(t), repair.UndoOptions{})
	must(t, err)
	if got := texts(t, back); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("undone: got %q", got)
	}
	r, err := repair.New([]repair.Repair{repair.Dedupe{}}, repair.Options{MaxKeys: 2})
	must(t, err)
	few, err := r.Apply(src, nil)
	must(t, err)
	if _, err := dataset.Cache(t.Context(), few); !errors.Is(err, dataset.ErrLimit) {
		t.Errorf("too many rows: got %v", err)
	}
}

func TestSummary(t *testing.T) {
	src := column(t, field("x", dataset.Utf8), 3, " a", "A", " B", "a", "c")
	r, err := repair.New([]repair.Repair{repair.Trim{Column: "x"}, repair.Case{Column: "x"}, repair.Dedupe{}}, repair.Options{})
	must(t, err)
	out, err := r.Apply(src, nil)
	must(t, err)
	kept, err := dataset.Cache(t.Context(), out)
	must(t, err)
	defer kept.Close()
	s := out.Summary()
	want := []repair.Count{{Column: "x", Rule: "trim", Cells: 1}, {Column: "x", Rule: "trim+lower", Cells: 1}}
	if s.Rows != 5 || s.RowsOut != 3 || s.Changed != 2 || s.Cells != 2 || !slices.Equal(s.Counts, want) {
		t.Errorf("got %+v", s)
	}
}

func TestALedgerIsWrittenOnce(t *testing.T) {
	r, err := repair.New([]repair.Repair{repair.Trim{Column: "x"}}, repair.Options{})
	must(t, err)
	ledger := new(memorySink)
	out, err := r.Apply(column(t, field("x", dataset.Utf8), 1, " a", " b"), ledger)
	must(t, err)
	for _, err := range out.Batches(t.Context()) {
		must(t, err)
		break
	}
	if ledger.committed {
		t.Error("committed before the end")
	}
	if _, err := dataset.Cache(t.Context(), out); !errors.Is(err, dataset.ErrConsumed) {
		t.Errorf("a second range: got %v", err)
	}
	broken := &memorySink{fail: 2}
	if out, err = r.Apply(column(t, field("x", dataset.Utf8), 1, " a", " b", "c"), broken); err != nil {
		t.Fatal(err)
	}
	if _, err := dataset.Cache(t.Context(), out); !errors.Is(err, errDisk) || broken.committed {
		t.Errorf("a ledger that fails: got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if out, err = r.Apply(column(t, field("x", dataset.Utf8), 1, " a"), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := dataset.Cache(ctx, out); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
}

// A ledger that went through a file undoes as well, also values that only look like null or like numbers.
func TestALedgerFromAFileUndoes(t *testing.T) {
	src := column(t, field("x", dataset.Utf8), 10, " 007", "null", " ", " NA ", "\tx\ny")
	out, ledger := repaired(t, src, repair.Options{}, repair.Trim{Column: "x"}, repair.Impute{Column: "x", Value: dataset.TextValue("NULL")})
	s, err := repair.LedgerSchema()
	must(t, err)
	path := t.TempDir() + "/ledger.csv"
	sink, err := csv.Create(path, s, csv.WriteOptions{})
	must(t, err)
	_, err = dataset.Copy(t.Context(), sink, ledger.source(t))
	must(t, err)
	must(t, sink.Close())
	file, err := csv.Open(path, csv.Options{Schema: s})
	must(t, err)
	back, err := repair.Undo(out, file, repair.UndoOptions{})
	must(t, err)
	if got, want := texts(t, back), texts(t, src); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestUndoRefusesAnotherLedger(t *testing.T) {
	rows := orders(rand.New(rand.NewPCG(3, 3)), 60)
	out, ledger := repaired(t, source(t, rows, 7), repair.Options{}, repair.Smooth{Column: "amount"})
	for name, other := range map[string]dataset.Source{
		"of other values": source(t, rows, 7),
		"of more rows":    source(t, rows[:1], 7),
	} {
		back, err := repair.Undo(other, ledger.source(t), repair.UndoOptions{})
		must(t, err)
		if _, err := dataset.Cache(t.Context(), back); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	list := ledger.batches
	ledger.batches = []dataset.Batch{list[1], list[0]}
	back, err := repair.Undo(out, ledger.source(t), repair.UndoOptions{})
	must(t, err)
	if _, err := dataset.Cache(t.Context(), back); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("out of order: got %v", err)
	}
	if _, err := repair.Undo(out, out, repair.UndoOptions{}); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("no ledger: got %v", err)
	}
	if _, err := repair.Undo(out, ledger.source(t), repair.UndoOptions{Schema: ledger.source(t).Schema()}); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("another schema: got %v", err)
	}
}

// Distances by the definition, without a bound.
func distance(a, b []rune) int {
	if len(a) == 0 || len(b) == 0 {
		return len(a) + len(b)
	}
	d := min(distance(a[1:], b), distance(a, b[1:])) + 1
	wrong := 1
	if a[0] == b[0] {
		wrong = 0
	}
	d = min(d, distance(a[1:], b[1:])+wrong)
	if len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0] {
		d = min(d, distance(a[2:], b[2:])+1)
	}
	return d
}

func TestNearestByTheDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	word := func() string {
		w := make([]byte, 3+rng.IntN(6))
		for i := range w {
			w[i] = "ab"[rng.IntN(2)]
		}
		return string(w)
	}
	for range 15 {
		categories := []string{word(), word(), word(), word()}
		slices.Sort(categories)
		categories = slices.Compact(categories)
		var in, want []string
		for range 15 {
			x := word()
			in = append(in, x)
			best, least, ties := x, 3, 0
			for _, c := range categories {
				switch d := distance([]rune(x), []rune(c)); {
				case d > min(2, len(c)/4):
				case d < least:
					best, least, ties = c, d, 1
				case d == least:
					ties++
				}
			}
			if ties > 1 {
				best = x
			}
			want = append(want, best)
		}
		out, _ := repaired(t, column(t, field("x", dataset.Utf8), 100, in...), repair.Options{}, repair.Nearest{Column: "x", Categories: categories, Distance: 2})
		if got := texts(t, out); !slices.Equal(got, want) {
			t.Fatalf("%q of %q: got %q, want %q", in, categories, got, want)
		}
	}
}
