package dataset_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
)

type observed struct {
	At    *float64
	Known float64
	Day   time.Time `ml:"type=date32"`
	Text  string
}

func observedRows(t *testing.T, at, known []float64) dataset.Source {
	t.Helper()
	rows := make([]observed, len(at))
	for i := range rows {
		rows[i] = observed{At: &at[i], Known: known[i], Day: time.Unix(int64(at[i])*86400, 0).UTC()}
	}
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{BatchRows: 3})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// TestPurgedSplitByHand: rows at 0 … 9, each known 1.5 later, in 5 blocks of 2. Block 2 tests on 4 and 5, so that its window is [4, 6.5]. Row 3 ends at 4.5 and row 2
// at 3.5; rows 6 starts within the window; row 7 starts 0.5 behind it and row 8 1.5.
func TestPurgedSplitByHand(t *testing.T) {
	at := []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	known := make([]float64, len(at))
	for i := range at {
		known[i] = at[i] + 1.5
	}
	src := observedRows(t, at, known)
	for _, c := range []struct {
		o    dataset.PurgedOptions
		want string
	}{
		{dataset.PurgedOptions{Time: "At", Horizon: 1.5, Block: 2}, "[0 0 0 3 2 2 3 0 0 0]"},
		{dataset.PurgedOptions{Time: "At", Until: "Known", Block: 2}, "[0 0 0 3 2 2 3 0 0 0]"},
		{dataset.PurgedOptions{Time: "At", Horizon: 1.5, Block: 2, Embargo: 0.5}, "[0 0 0 3 2 2 3 3 0 0]"}, // 7 = 6.5 + 0.5: ends are inclusive
		{dataset.PurgedOptions{Time: "At", Horizon: 1.5, Block: 2, Embargo: 0.49}, "[0 0 0 3 2 2 3 0 0 0]"},
		{dataset.PurgedOptions{Time: "At", Horizon: 2, Block: 2}, "[0 0 3 3 2 2 3 3 0 0]"}, // row 2 ends at 4, row 7 starts at 7 = 5 + 2
		{dataset.PurgedOptions{Time: "At", Block: 2}, "[0 0 0 0 2 2 0 0 0 0]"},
		{dataset.PurgedOptions{Time: "At", Horizon: 1.5, Block: 0, Embargo: 1}, "[2 2 3 3 0 0 0 0 0 0]"},
		{dataset.PurgedOptions{Time: "At", Horizon: 1.5, Block: 4, Embargo: 100}, "[0 0 0 0 0 0 0 3 2 2]"},
		{dataset.PurgedOptions{Time: "At", Horizon: 1, Blocks: 2, Block: 1}, "[0 0 0 0 3 2 2 2 2 2]"},
		{dataset.PurgedOptions{Time: "Day", Horizon: 1, Blocks: 2, Block: 1}, "[0 0 0 0 3 2 2 2 2 2]"}, // days
		{dataset.PurgedOptions{Time: "At", Until: "At", Block: 1}, "[0 0 2 2 0 0 0 0 0 0]"},
	} {
		s, err := dataset.NewPurgedSplit(t.Context(), src, c.o)
		if err != nil {
			t.Errorf("%+v: %v", c.o, err)
			continue
		}
		if got := fmt.Sprintf("%d", s.Assignment); got != c.want {
			t.Errorf("%+v: got %s, want %s", c.o, got, c.want)
		}
		rows := 0
		for _, part := range []dataset.Source{s.Train, s.Validation, s.Test} {
			b, err := dataset.Cache(t.Context(), part)
			if err != nil {
				t.Fatal(err)
			}
			rows += b.NumRows()
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		}
		if rows != len(at)-s.Assignment.Count(dataset.PartPurged) {
			t.Errorf("%+v: %d rows in the parts", c.o, rows)
		}
	}
}

// TestPurgedSplitAgainstTheBook compares with the three conditions of López de Prado's snippet 7.1, row against row: a training row starts within the test window,
// ends within it, or envelops it.
func TestPurgedSplitAgainstTheBook(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 1))
	for trial := range 300 {
		n := 5 + random.IntN(60)
		at, known := make([]float64, n), make([]float64, n)
		for i := range at {
			at[i] = float64(random.IntN(n)) // with ties
			known[i] = at[i] + float64(random.IntN(5))
		}
		o := dataset.PurgedOptions{Time: "At", Until: "Known", Embargo: float64(random.IntN(4)), Blocks: 2 + random.IntN(4)}
		o.Block = random.IntN(o.Blocks)
		s, err := dataset.NewPurgedSplit(t.Context(), observedRows(t, at, known), o)
		if errors.Is(err, dataset.ErrSchema) {
			continue // no row is left to train or to test on
		}
		if err != nil {
			t.Fatal(err)
		}
		first, last := 1e9, -1e9
		var tested []float64
		for i, part := range s.Assignment {
			if part == dataset.PartTest {
				first, last = min(first, at[i]), max(last, known[i])
				tested = append(tested, at[i])
			}
		}
		last += o.Embargo
		for i, part := range s.Assignment {
			starts := first <= at[i] && at[i] <= last
			ends := first <= known[i] && known[i] <= last
			envelops := at[i] <= first && last <= known[i]
			want := dataset.PartTrain
			if starts || ends || envelops {
				want = dataset.PartPurged
			}
			if part != dataset.PartTest && part != want {
				t.Fatalf("trial %d %+v: row %d is in part %d, want %d", trial, o, i, part, want)
			}
			if part != dataset.PartTest && slices.Contains(tested, at[i]) {
				t.Fatalf("trial %d: one time is in two blocks", trial)
			}
		}
	}
}

// TestBlocksOfAPurgedSplitShareTheRows: without spans and ties every row is tested exactly once, in blocks of ceil or floor of n / blocks.
func TestBlocksOfAPurgedSplitShareTheRows(t *testing.T) {
	at := rand.New(rand.NewPCG(1, 2)).Perm(23)
	times := make([]float64, len(at))
	for i, v := range at {
		times[i] = float64(v)
	}
	tested := make([]int, len(at))
	for block := range 4 {
		s, err := dataset.NewPurgedSplit(t.Context(), observedRows(t, times, times), dataset.PurgedOptions{Time: "At", Blocks: 4, Block: block})
		if err != nil {
			t.Fatal(err)
		}
		if n := s.Assignment.Count(dataset.PartTest); n < 5 || n > 6 {
			t.Errorf("block %d has %d rows", block, n)
		}
		for i, part := range s.Assignment {
			if part == dataset.PartTest {
				tested[i]++
			}
		}
	}
	if slices.ContainsFunc(tested, func(n int) bool { return n != 1 }) {
		t.Errorf("rows are tested %v times", tested)
	}
}

func TestPurgedSplitRefuses(t *testing.T) {
	src := observedRows(t, []float64{0, 1, 2, 3}, []float64{1, 2, 3, 4})
	for _, c := range []struct {
		src  dataset.Source
		o    dataset.PurgedOptions
		text string
	}{
		{src, dataset.PurgedOptions{}, "option dataset.PurgedOptions.Time: want a column, got none"},
		{src, dataset.PurgedOptions{Time: "At", Blocks: 1, Horizon: -1, Embargo: -1, Until: "Known"}, "PurgedOptions.Blocks: want 2 or more, got 1"},
		{src, dataset.PurgedOptions{Time: "At", Horizon: 1, Until: "Known"}, "want 0 beside Until"},
		{src, dataset.PurgedOptions{Time: "At", Block: 5}, "want 0 to 4, got 5"},
		{src, dataset.PurgedOptions{Time: "nope"}, `column "nope"`},
		{src, dataset.PurgedOptions{Time: "Text"}, "want a numeric column"},
		{src, dataset.PurgedOptions{Time: "At", Until: "Day"}, `column "Day": want a type like float64, got type date32`},
		{src, dataset.PurgedOptions{Time: "Known", Until: "At"}, "got an earlier one in row 0"},
		{src, dataset.PurgedOptions{Time: "At", Horizon: 100, Blocks: 2}, "want at least one row to train on, got none of 4 rows"},
		{observedRows(t, []float64{1, 1, 1, 1}, []float64{1, 1, 1, 1}), dataset.PurgedOptions{Time: "At", Blocks: 2}, "at least one row to test on"},
		{observedRows(t, nil, nil), dataset.PurgedOptions{Time: "At"}, "none of 0 rows"},
	} {
		if _, err := dataset.NewPurgedSplit(t.Context(), c.src, c.o); err == nil || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%+v: error is %v", c.o, err)
		}
	}
	missing, err := dataset.FromStructs([]observed{{At: new(float64)}, {}}, dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dataset.NewPurgedSplit(t.Context(), missing, dataset.PurgedOptions{Time: "At"}); !errors.Is(err, dataset.ErrSchema) || !strings.Contains(err.Error(), "none in row 1") {
		t.Errorf("a null time: error is %v", err)
	}
}

func ExampleNewPurgedSplit() {
	type sale struct {
		Day     time.Time `ml:"type=date32"`
		Churned bool      // within 30 days
	}
	var rows []sale
	for day := range 365 {
		rows = append(rows, sale{Day: time.Date(2025, 1, 1+day, 0, 0, 0, 0, time.UTC)})
	}
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := dataset.NewPurgedSplit(context.Background(), src, dataset.PurgedOptions{Time: "Day", Horizon: 30, Embargo: 7, Block: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Assignment.Count(dataset.PartTrain), s.Assignment.Count(dataset.PartPurged), s.Assignment.Count(dataset.PartTest))
	// Output: 225 67 73
}
