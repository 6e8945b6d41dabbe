package selection_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/selection"
)

type observed struct {
	Index     int64
	At, Known float64
}

func observedRows(t testing.TB, n int) dataset.Source {
	t.Helper()
	rows := make([]observed, n)
	for i := range rows {
		rows[i] = observed{Index: int64(i), At: float64(i), Known: float64(i) + 1.5}
	}
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// Rows at 0 … 8 in three blocks of three. A target is known 1.5 after its row, so the window of block 1 is [3, 6.5]: row 2 ends in it at 3.5, row 6 begins in it, and
// an embargo of half a unit takes row 7.
func TestPurgedFoldsByHand(t *testing.T) {
	src := observedRows(t, 9)
	tests := [][]int{{0, 1, 2}, {3, 4, 5}, {6, 7, 8}}
	for _, c := range []struct {
		s     selection.Purged
		train [][]int
	}{
		{selection.Purged{K: 3, Time: "At"}, [][]int{{3, 4, 5, 6, 7, 8}, {0, 1, 2, 6, 7, 8}, {0, 1, 2, 3, 4, 5}}},
		{selection.Purged{K: 3, Time: "At", Horizon: 1.5}, [][]int{{4, 5, 6, 7, 8}, {0, 1, 7, 8}, {0, 1, 2, 3, 4}}},
		{selection.Purged{K: 3, Time: "At", Until: "Known"}, [][]int{{4, 5, 6, 7, 8}, {0, 1, 7, 8}, {0, 1, 2, 3, 4}}},
		{selection.Purged{K: 3, Time: "At", Horizon: 1.5, Embargo: 0.5}, [][]int{{5, 6, 7, 8}, {0, 1, 8}, {0, 1, 2, 3, 4}}},
	} {
		folds, err := c.s.Folds(t.Context(), src, model.Problem{})
		if err != nil {
			t.Errorf("%+v: %v", c.s, err)
			continue
		}
		if len(folds) != len(tests) {
			t.Errorf("%+v: want %d folds, got %d", c.s, len(tests), len(folds))
			continue
		}
		for i, f := range folds {
			test, train := indices(t, f.Test), indices(t, f.Train)
			if !slices.Equal(test, tests[i]) || !slices.Equal(train, c.train[i]) {
				t.Errorf("%+v: fold %d: want train %v and test %v, got %v and %v", c.s, i, c.train[i], tests[i], train, test)
			}
			if len(test) != f.TestRows || len(train) != f.TrainRows {
				t.Errorf("%+v: fold %d: counts differ from the rows", c.s, i)
			}
		}
	}
}

func TestPurgedHasFiveFoldsUnlessTold(t *testing.T) {
	folds, err := selection.Purged{Time: "At"}.Folds(t.Context(), observedRows(t, 10), model.Problem{})
	if err != nil || len(folds) != 5 {
		t.Errorf("want 5 folds, got %d and error %v", len(folds), err)
	}
}

func TestPurgedRefusals(t *testing.T) {
	src := observedRows(t, 9)
	for _, s := range []selection.Purged{
		{K: 1, Time: "At"},
		{K: -1, Time: "At"},
		{K: 201, Time: "At"},
		{},
		{Time: "At", Horizon: -1},
		{Time: "At", Until: "Known", Horizon: 1},
		{Time: "At", Embargo: -1},
	} {
		var option *model.OptionError
		if _, err := s.Folds(t.Context(), src, model.Problem{}); !errors.As(err, &option) {
			t.Errorf("%+v: want an OptionError, got %v", s, err)
		}
	}
	for _, s := range []selection.Purged{
		{Time: "nowhere"},
		{K: 10, Time: "At"},               // a block without rows
		{K: 2, Time: "At", Horizon: 1000}, // all rows of the other block are purged
	} {
		if _, err := s.Folds(t.Context(), src, model.Problem{}); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%+v: want ErrSchema, got %v", s, err)
		}
	}
}

func ExamplePurged() {
	rows := make([]observed, 10) // one a day; whether a row was right is known 2 days later
	for i := range rows {
		rows[i].At = float64(i)
	}
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	folds, err := selection.Purged{K: 2, Time: "At", Horizon: 2}.Folds(context.Background(), src, model.Problem{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range folds {
		fmt.Println(f.TrainRows, f.TestRows)
	}
	// Output:
	// 3 5
	// 3 5
}
