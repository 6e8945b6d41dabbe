package dataset_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
)

type splitRow struct {
	ID    int64
	Class *string
	Time  time.Time
	Group int32
}

func splitRows(n int) []splitRow {
	rows := make([]splitRow, n)
	for i := range rows {
		rows[i] = splitRow{ID: int64(i), Time: time.Unix(int64((i*7)%n/2), 0), Group: int32(i % 7)}
		switch {
		case i%10 == 0:
			rows[i].Class = text("rare")
		case i%10 != 1:
			rows[i].Class = text("common")
		}
	}
	return rows
}

func structSource[T any](t testing.TB, rows []T, batch int) dataset.Source {
	t.Helper()
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{BatchRows: batch})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func scanAll[T any](t testing.TB, src dataset.Source) []T {
	t.Helper()
	var out []T
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if out, err = dataset.ScanStructs(b, out); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// TestSplitSizes has the sizes of sklearn.model_selection.train_test_split, ceil(share·n) for the part drawn (scikit-learn 1.9, _validate_shuffle_split).
func TestSplitSizes(t *testing.T) {
	for _, c := range []struct {
		n, validation, test int
		o                   dataset.SplitOptions
	}{
		{10, 0, 2, dataset.SplitOptions{}},
		{11, 0, 3, dataset.SplitOptions{}},
		{103, 0, 26, dataset.SplitOptions{Test: 0.25}},
		{103, 11, 21, dataset.SplitOptions{Test: 0.2, Validation: 0.1}},
		{103, 31, 0, dataset.SplitOptions{Validation: 0.3}},
		{103, 11, 21, dataset.SplitOptions{Test: 0.2, Validation: 0.1, Stratify: "Class"}},
		{2, 0, 1, dataset.SplitOptions{}},
	} {
		var first dataset.Assignment
		for _, batch := range []int{0, 1, 4} {
			src := structSource(t, splitRows(c.n), batch)
			s, err := dataset.NewSplit(t.Context(), src, c.o)
			if err != nil {
				t.Fatal(err)
			}
			train, validation, test := scanAll[splitRow](t, s.Train), scanAll[splitRow](t, s.Validation), scanAll[splitRow](t, s.Test)
			if len(validation) != c.validation || len(test) != c.test || len(train) != c.n-c.validation-c.test {
				t.Errorf("%d rows, %+v: %d, %d, %d", c.n, c.o, len(train), len(validation), len(test))
			}
			if first == nil {
				first = s.Assignment
			}
			if !slices.Equal(first, s.Assignment) {
				t.Errorf("batches of %d rows change the split", batch)
			}
			if !slices.IsSortedFunc(train, func(a, b splitRow) int { return int(a.ID - b.ID) }) {
				t.Error("the rows of a part are out of order")
			}
		}
	}
}

func TestSplitSeedDecidesTheRows(t *testing.T) {
	src := structSource(t, splitRows(200), 0)
	of := func(seed uint64) dataset.Assignment {
		s, err := dataset.NewSplit(t.Context(), src, dataset.SplitOptions{Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		return s.Assignment
	}
	if !slices.Equal(of(1), of(1)) || slices.Equal(of(1), of(2)) {
		t.Error("the seed does not decide")
	}
	// Each row must be drawn with probability 0.2: over 300 seeds a row's count is binomial with mean 60 and standard deviation 6.9; 5.5 deviations allow for 200 rows.
	counts := make([]int, 200)
	for seed := range uint64(300) {
		for i, p := range of(seed) {
			counts[i] += int(p) / int(dataset.PartTest)
		}
	}
	if lo, hi := slices.Min(counts), slices.Max(counts); lo < 22 || hi > 98 {
		t.Errorf("rows are drawn %d to %d times of 300, want about 60", lo, hi)
	}
}

func TestSplitStratifiedKeepsShares(t *testing.T) {
	src := structSource(t, splitRows(1000), 64)
	s, err := dataset.NewSplit(t.Context(), src, dataset.SplitOptions{Test: 0.25, Validation: 0.2, Stratify: "Class", Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	for name, part := range map[string]dataset.Source{"test": s.Test, "validation": s.Validation, "train": s.Train} {
		rows := scanAll[splitRow](t, part)
		counts := map[string]int{}
		for _, r := range rows {
			if r.Class == nil {
				counts["null"]++
			} else {
				counts[*r.Class]++
			}
		}
		if n := len(rows); counts["rare"] != n/10 || counts["null"] != n/10 || counts["common"] != n*8/10 {
			t.Errorf("%s has %v of %d", name, counts, n)
		}
	}
}

func TestSplitByTimeTrainsOnTheEarliest(t *testing.T) {
	src := structSource(t, splitRows(101), 10)
	s, err := dataset.NewSplit(t.Context(), src, dataset.SplitOptions{Test: 0.2, Validation: 0.2, Time: "Time"})
	if err != nil {
		t.Fatal(err)
	}
	span := func(part dataset.Source) (first, last time.Time, n int) {
		rows := scanAll[splitRow](t, part)
		first, last = rows[0].Time, rows[0].Time
		for _, r := range rows {
			if r.Time.Before(first) {
				first = r.Time
			}
			if r.Time.After(last) {
				last = r.Time
			}
		}
		return first, last, len(rows)
	}
	_, trainLast, trainN := span(s.Train)
	validationFirst, validationLast, validationN := span(s.Validation)
	testFirst, _, testN := span(s.Test)
	if !trainLast.Before(validationFirst) || !validationLast.Before(testFirst) {
		t.Errorf("parts overlap in time: train to %v, validation %v to %v, test from %v", trainLast, validationFirst, validationLast, testFirst)
	}
	if testN < 21 || testN > 22 || trainN+validationN+testN != 101 {
		t.Errorf("sizes are %d, %d, %d", trainN, validationN, testN)
	}
}

func TestSplitByGroupKeepsGroupsTogether(t *testing.T) {
	src := structSource(t, splitRows(700), 50)
	s, err := dataset.NewSplit(t.Context(), src, dataset.SplitOptions{Test: 0.2, Validation: 0.1, Group: "Group"})
	if err != nil {
		t.Fatal(err)
	}
	part := map[int32]string{}
	for name, p := range map[string]dataset.Source{"test": s.Test, "validation": s.Validation, "train": s.Train} {
		for _, r := range scanAll[splitRow](t, p) {
			if old, ok := part[r.Group]; ok && old != name {
				t.Fatalf("group %d is in %s and %s", r.Group, old, name)
			}
			part[r.Group] = name
		}
	}
	if s.Assignment.Count(dataset.PartTest) != 200 || s.Assignment.Count(dataset.PartValidation) != 100 {
		t.Errorf("sizes are %d and %d", s.Assignment.Count(dataset.PartTest), s.Assignment.Count(dataset.PartValidation))
	}
}

func TestSplitRefuses(t *testing.T) {
	src := structSource(t, splitRows(20), 0)
	var option *dataset.OptionError
	for _, o := range []dataset.SplitOptions{{Test: -1}, {Test: 1}, {Test: 0.5, Validation: 0.5}, {Time: "Time", Group: "Group"}} {
		if _, err := dataset.NewSplit(t.Context(), src, o); !errors.As(err, &option) {
			t.Errorf("%+v: error is %v", o, err)
		}
	}
	for _, o := range []dataset.SplitOptions{{Stratify: "nope"}, {Time: "Class"}} {
		if _, err := dataset.NewSplit(t.Context(), src, o); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%+v: error is %v", o, err)
		}
	}
	for _, n := range []int{0, 1} {
		if _, err := dataset.NewSplit(t.Context(), structSource(t, splitRows(n), 0), dataset.SplitOptions{}); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%d rows: error is %v", n, err)
		}
	}
	constant := structSource(t, []struct{ T int }{{1}, {1}, {1}}, 0)
	if _, err := dataset.NewSplit(t.Context(), constant, dataset.SplitOptions{Time: "T"}); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("one time: error is %v", err)
	}
}

func TestPartIsAViewThatChecksItsLength(t *testing.T) {
	rows := splitRows(30)
	src := structSource(t, rows, 4)
	a := make(dataset.Assignment, 30)
	for i := range a {
		a[i] = uint8(i % 3)
	}
	view := a.Part(src, 0, 2)
	for range 2 {
		if got := scanAll[splitRow](t, view); len(got) != 20 || got[1].ID != 2 || got[2].ID != 3 {
			t.Fatalf("view has %d rows", len(got))
		}
	}
	narrow, err := dataset.Scan(t.Context(), view, dataset.ScanOptions{
		Columns: []string{"Group"}, Filter: []dataset.Predicate{{Column: "ID", Operator: dataset.Less, Value: dataset.NumberValue(10)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := scanAll[struct{ Group int32 }](t, narrow); len(got) != 7 {
		t.Errorf("scan gives %d rows", len(got))
	}
	for _, n := range []int{29, 31, 0} {
		var last error
		for _, err := range make(dataset.Assignment, n).Part(src, 0).Batches(t.Context()) {
			last = err
		}
		if !errors.Is(last, dataset.ErrSchema) {
			t.Errorf("%d assigned: error is %v", n, last)
		}
	}
}

func ExampleNewSplit() {
	type row struct{ X float64 }
	src, err := dataset.FromStructs(make([]row, 10), dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	split, err := dataset.NewSplit(context.Background(), src, dataset.SplitOptions{Test: 0.25, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(split.Assignment.Count(dataset.PartTrain), split.Assignment.Count(dataset.PartTest))
	// Output: 7 3
}
