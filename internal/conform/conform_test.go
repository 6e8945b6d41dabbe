package conform_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/conform"
)

func option(field, value, want string) error {
	return &dataset.OptionError{Field: field, Value: value, Want: want}
}

func TestRefusedFindsConstructorsThatDoNotSayAll(t *testing.T) {
	both := []string{"a.Options.X", "a.Options.Y"}
	for name, c := range map[string]struct {
		err  error
		want bool // whether the constructor is right
	}{
		"both, joined and wrapped": {fmt.Errorf("a: new: %w", errors.Join(option(both[1], "2", "1"), option(both[0], "-1", "0 or more"))), true},
		"one field twice":          {errors.Join(option(both[0], "-1", "0"), option(both[0], "-1", "even"), option(both[1], "2", "1")), true},
		"no error":                 {nil, false},
		"the first only":           {option(both[0], "-1", "0 or more"), false},
		"one too many":             {errors.Join(option(both[0], "-1", "0"), option(both[1], "2", "1"), option("a.Options.Z", "2", "1")), false},
		"nothing wanted":           {errors.Join(option(both[0], "-1", ""), option(both[1], "2", "1")), false},
		"nothing got":              {errors.Join(option(both[0], "", "0"), option(both[1], "2", "1")), false},
		"another error":            {errors.New("x and y are bad"), false},
	} {
		err := conform.Refused([]conform.Refusal{{Fields: both, New: func() error { return c.err }}})
		if (err == nil) != c.want {
			t.Errorf("%s: got error %v", name, err)
		}
	}
}

func everyType(t *testing.T) *dataset.Schema {
	t.Helper()
	low, high := 3.0, 5.0
	var fields []dataset.Field
	for i, typ := range []dataset.Type{
		dataset.Bool, dataset.Int8, dataset.Uint16, dataset.Int64, dataset.Float32, dataset.Float64, dataset.Utf8, dataset.Dictionary,
		dataset.Date32, dataset.TimeUTC, dataset.Decimal128(10, 2),
	} {
		fields = append(fields, dataset.Field{Name: fmt.Sprintf("c%d", i), Type: typ, Nullable: i%2 == 0})
	}
	fields = append(fields, dataset.Field{Name: "low", Type: dataset.Float64, Min: &low, Max: &high},
		dataset.Field{Name: "one of", Type: dataset.Utf8, OneOf: []string{"only"}})
	s, err := dataset.NewSchema(fields...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func contents(t *testing.T, s *dataset.Schema, r conform.Rows) string {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	src, err := r.Source(mem, s)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = src.Close() }()
	if src.NumRows() != r.N {
		t.Errorf("%d rows, want %d", src.NumRows(), r.N)
	}
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		for j, f := range s.Fields() {
			if n := b.Column(j).NullN(); n > 0 && !f.Nullable {
				t.Errorf("column %q: %d nulls", f.Name, n)
			}
		}
	}
	text, err := conform.Contents(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestRowsAreThoseOfTheirSeed(t *testing.T) {
	s := everyType(t)
	usual := conform.Rows{N: 50, Batch: 50, Seed: 1, PlainText: true}
	want := contents(t, s, usual)
	if got := contents(t, s, usual); got != want {
		t.Error("the same seed gives other rows")
	}
	for name, r := range map[string]conform.Rows{
		"another seed": {N: 50, Batch: 50, Seed: 2, PlainText: true},
		"in reverse":   {N: 50, Batch: 50, Seed: 1, PlainText: true, Reverse: true},
		"unseen":       {N: 50, Batch: 50, Seed: 1, PlainText: true, Unseen: true},
		"distinct":     {N: 50, Batch: 50, Seed: 1, PlainText: true, Distinct: true},
	} {
		if got := contents(t, s, r); got == want {
			t.Errorf("%s: the same rows", name)
		}
	}
	if contents(t, s, conform.Rows{Batch: 1}) != "" {
		t.Error("no rows have contents")
	}
}

func TestNoneLeftKnowsItsOwnGoroutines(t *testing.T) {
	stop := make(chan struct{})
	others := make(chan struct{})
	go func() { <-others }() // ends while NoneLeft runs, and does not make up for the one that is left
	broken := errors.New("broken")
	err := conform.NoneLeft(t.Context(), func(context.Context) error {
		close(others)
		go func() { go func() { <-stop }() }()
		return broken
	})
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "goroutines are left") || !strings.Contains(err.Error(), "TestNoneLeft") {
		t.Errorf("a goroutine that goes on: error is %v", err)
	}
	defer close(stop)
	err = conform.NoneLeft(t.Context(), func(context.Context) error {
		go func() { time.Sleep(20 * time.Millisecond) }()
		return nil
	})
	if err != nil {
		t.Errorf("beside a goroutine of another: %v", err)
	}
}

func TestWatchedSources(t *testing.T) {
	src, err := conform.Rows{N: 50, Batch: 10, Seed: 1}.Source(memory.DefaultAllocator, everyType(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = src.Close() }()
	count := func(ctx context.Context, s dataset.Source) (batches, rows int, err error) {
		for b, err := range s.Batches(ctx) {
			if err != nil {
				return batches, rows, err
			}
			batches, rows = batches+1, rows+b.NumRows()
		}
		return batches, rows, nil
	}
	broken := errors.New("broken")
	if n, _, err := count(t.Context(), &conform.Watched{Source: src, Err: broken}); n != 2 || !errors.Is(err, broken) {
		t.Errorf("a source that fails: %d batches and error %v, want 2 and its own", n, err)
	}
	if n, rows, err := count(t.Context(), &conform.Watched{Source: src, Empty: true}); n != 15 || rows != 50 || err != nil {
		t.Errorf("with empty batches: %d batches of %d rows and error %v, want 15 of 50", n, rows, err)
	}
	ctx, cancelling, pulled := conform.Cancelling(t.Context(), src, 3)
	n, _, err := count(ctx, cancelling)
	if p := pulled(); n != 4 || p != 4 || !errors.Is(err, context.Canceled) {
		t.Errorf("a context that ends: %d batches of %d asked for, and error %v, want 4 and 4", n, p, err)
	}
	once := &conform.Once{Source: src}
	if n, _, err := count(t.Context(), once); n != 5 || err != nil {
		t.Errorf("once: %d batches and error %v", n, err)
	}
	if _, _, err := count(t.Context(), once); !errors.Is(err, dataset.ErrConsumed) {
		t.Errorf("twice: got error %v, want dataset.ErrConsumed", err)
	}
	before, err := conform.Contents(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		conform.Scribble(b)
	}
	if after, err := conform.Contents(t.Context(), src); err != nil || string(after) == string(before) {
		t.Errorf("scribbled rows stay as they were, or have error %v", err)
	}
}

func TestMemoryIsCounted(t *testing.T) {
	var kept []byte
	n, err := conform.Allocated(func() error {
		kept = make([]byte, 1<<20)
		return nil
	})
	if err != nil || n < 1<<20 || n > 1<<20+1<<16 {
		t.Errorf("a megabyte counts as %d bytes, error %v", n, err)
	}
	before := conform.Live()
	kept = make([]byte, 8<<20)
	if grown := conform.Live() - before; grown < 7<<20 || grown > 9<<20 {
		t.Errorf("eight megabytes count as %d bytes more", grown)
	}
	kept[0] = 1
}
