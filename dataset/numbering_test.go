package dataset_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

func TestNumbersAreGivenInTheOrderOfMeeting(t *testing.T) {
	mem := memory.DefaultAllocator
	build := func(b array.Builder, texts ...string) arrow.Array {
		defer b.Release()
		for _, s := range texts {
			if s == "" {
				b.AppendNull()
			} else if err := b.AppendValueFromString(s); err != nil {
				t.Fatal(err)
			}
		}
		return b.NewArray()
	}
	for name, c := range map[string]struct {
		first, second arrow.Array
		want          []int32
	}{
		// Two integers that are one number as a float64 are two values.
		"int64":  {build(array.NewInt64Builder(mem), "9007199254740993", "", "9007199254740992"), build(array.NewInt64Builder(mem), "9007199254740993", "5", ""), []int32{0, 1, 2, 0, 3, 1}},
		"uint64": {build(array.NewUint64Builder(mem), "18446744073709551615", "", "18446744073709551614"), build(array.NewUint64Builder(mem), "18446744073709551615", "5", ""), []int32{0, 1, 2, 0, 3, 1}},
		"float":  {build(array.NewFloat64Builder(mem), "-0", "NaN", "2"), build(array.NewFloat64Builder(mem), "0", "3", ""), []int32{0, 1, 2, 0, 3, 1}},
		"utf8":   {build(array.NewStringBuilder(mem), "b", "", "a"), build(array.NewStringBuilder(mem), "b", "c", ""), []int32{0, 1, 2, 0, 3, 1}},
		"bool":   {build(array.NewBooleanBuilder(mem), "true", "", "false"), build(array.NewBooleanBuilder(mem), "true", "false", ""), []int32{0, 1, 2, 0, 2, 1}},
	} {
		m := dataset.NewNumbering()
		got := make([]int32, 6)
		for i, column := range []arrow.Array{c.first, c.second} {
			if err := m.Codes(column, got[3*i:3*i+3]); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			column.Release()
		}
		if !slices.Equal(got, c.want) || m.Null() != 1 || m.Len() != int(slices.Max(c.want))+1 {
			t.Errorf("%s: want %v, got %v, %d values, null %d", name, c.want, got, m.Len(), m.Null())
		}
	}
}

func ExampleNumbering() {
	type row struct {
		Query string `ml:"name=query"`
	}
	src, err := dataset.FromStructs([]row{{"tide"}, {"wheel"}, {"tide"}}, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	queries := dataset.NewNumbering()
	for b, err := range src.Batches(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		codes := make([]int32, b.NumRows())
		if err := queries.Codes(b.Column(0), codes); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(codes, queries.Len())
	}
	// Output: [0 1 0] 2
}
