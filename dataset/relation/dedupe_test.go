package relation_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/relation"
)

const repeated = `id:int64 x:float64 s:dictionary
	1 0.5 a
	2 NaN b
	1 0.5 a
	2 NaN b
	1 0.5 b
	. . .
	3 0 c
	. . .
	3 -0 c
	. NaN .`

func TestDedupe(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	for _, c := range []struct {
		o    relation.DedupeOptions
		want string
		kept int64
	}{
		{relation.DedupeOptions{}, "1 0.5 a\n2 NaN b\n1 0.5 b\n. . .\n3 0 c\n. NaN .", 6},
		{relation.DedupeOptions{Keep: relation.KeepLast}, "1 0.5 a\n2 NaN b\n1 0.5 b\n. . .\n3 -0 c\n. NaN .", 6},
		{relation.DedupeOptions{By: []string{"id"}}, "1 0.5 a\n2 NaN b\n. . .\n3 0 c", 4},
		{relation.DedupeOptions{By: []string{"id"}, Keep: relation.KeepLast}, "2 NaN b\n1 0.5 b\n3 -0 c\n. NaN .", 4},
		{relation.DedupeOptions{By: []string{"s", "id"}}, "1 0.5 a\n2 NaN b\n1 0.5 b\n. . .\n3 0 c", 5},
		{relation.DedupeOptions{By: []string{}}, "1 0.5 a", 1},
	} {
		for _, batch := range []int{1, 3, 100} {
			c.o.Allocator = mem
			src, err := relation.Dedupe(table(t, mem, batch, repeated), c.o)
			if err != nil {
				t.Fatal(err)
			}
			if l := src.Ledger(); l != (relation.Ledger{}) {
				t.Errorf("ledger before a range is %+v", l)
			}
			equal(t, fmt.Sprintf("%+v, batches of %d", c.o, batch), src, c.want)
			if l := src.Ledger(); l != (relation.Ledger{Rows: 10, Kept: c.kept}) {
				t.Errorf("%+v: ledger is %+v", c.o, l)
			}
		}
	}
}

func TestDedupeRefuses(t *testing.T) {
	src := table(t, memory.DefaultAllocator, 3, repeated)
	for field, o := range map[string]relation.DedupeOptions{"Keep": {Keep: 7}, "MaxKeys": {MaxKeys: -1}} {
		_, err := relation.Dedupe(src, o)
		optionError(t, err, field)
	}
	_, err := relation.Dedupe(src, relation.DedupeOptions{By: []string{"none"}})
	schemaError(t, "no column", err, `column "none"`)
	for _, keep := range []relation.Keep{relation.KeepFirst, relation.KeepLast} {
		d, err := relation.Dedupe(src, relation.DedupeOptions{MaxKeys: 4, Keep: keep})
		if err == nil {
			_, err = read(t.Context(), d)
		}
		if !errors.Is(err, dataset.ErrLimit) {
			t.Errorf("more than MaxKeys: got %v", err)
		}
	}
}

func TestDedupeIsASource(t *testing.T) {
	for _, keep := range []relation.Keep{relation.KeepFirst, relation.KeepLast} {
		suite(t, 6, func(mem memory.Allocator, batch int) (dataset.Source, error) {
			return relation.Dedupe(table(t, mem, batch, repeated), relation.DedupeOptions{Keep: keep, Allocator: mem})
		})
	}
}
