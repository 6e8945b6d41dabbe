package selection_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/selection"
)

type member struct {
	Index int64
	Of    *string
}

func members(t testing.TB, groups ...string) dataset.Source {
	t.Helper()
	rows := make([]member, len(groups))
	for i := range rows {
		rows[i].Index = int64(i)
		if groups[i] != "" {
			rows[i].Of = &groups[i]
		}
	}
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{BatchRows: 7})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func TestGroupFoldsEqualScikitLearns(t *testing.T) {
	text, err := os.ReadFile("testdata/folds.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Groups []int   `json:"groups"`
		Tests  [][]int `json:"GroupKFold4"`
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(golden.Groups))
	for i, g := range golden.Groups {
		names[i] = fmt.Sprint(g)
	}
	folds, err := selection.Group{K: 4}.Folds(t.Context(), members(t, names...), model.Problem{Group: "Of"})
	if err != nil {
		t.Fatal(err)
	}
	if len(folds) != len(golden.Tests) {
		t.Fatalf("want %d folds, got %d", len(golden.Tests), len(folds))
	}
	for i, f := range folds {
		test := indices(t, f.Test)
		if !slices.Equal(test, golden.Tests[i]) {
			t.Errorf("fold %d: want %v, got %v", i, golden.Tests[i], test)
		}
		if len(test) != f.TestRows || f.TrainRows+f.TestRows != len(names) {
			t.Errorf("fold %d: counts differ from the rows", i)
		}
	}
}

func TestGroupRefusals(t *testing.T) {
	src := members(t, "a", "b", "a")
	for _, c := range []struct {
		s selection.Group
		p model.Problem
	}{{selection.Group{K: 2}, model.Problem{}}, {selection.Group{K: 3, Column: "Of"}, model.Problem{}}, {selection.Group{K: 1}, model.Problem{Group: "Of"}}} {
		var option *model.OptionError
		if _, err := c.s.Folds(t.Context(), src, c.p); !errors.As(err, &option) {
			t.Errorf("%+v: want an OptionError, got %v", c.s, err)
		}
	}
	for name, c := range map[string]struct {
		src    dataset.Source
		column string
	}{"an unknown column": {src, "nowhere"}, "a null": {members(t, "a", "", "b"), "Of"}} {
		if _, err := (selection.Group{K: 2, Column: c.column}).Folds(t.Context(), c.src, model.Problem{}); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%s: want ErrSchema, got %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (selection.Group{K: 2, Column: "Of"}).Folds(ctx, src, model.Problem{}); !errors.Is(err, context.Canceled) {
		t.Errorf("want context.Canceled, got %v", err)
	}
}

func ExampleGroup() {
	type visit struct {
		Customer string
		Amount   float64
	}
	src, err := dataset.FromStructs([]visit{{"ann", 1}, {"bob", 2}, {"ann", 3}, {"cyd", 4}, {"ann", 5}}, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	folds, err := selection.Group{K: 2, Column: "Customer"}.Folds(context.Background(), src, model.Problem{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range folds {
		fmt.Println(f.TrainRows, f.TestRows)
	}
	// Output:
	// 2 3
	// 3 2
}
