package fit

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
)

func TestCountsAreBounded(t *testing.T) {
	of := func(from, n int) *Counts {
		s, err := dataset.NewSchema(dataset.Field{Name: "c", Type: dataset.Utf8})
		if err != nil {
			t.Fatal(err)
		}
		c, ones := newCounts(s), make([]int64, n)
		c.of[0] = make(map[string]*int64, n)
		for i := range ones {
			ones[i] = 1
			c.of[0][strconv.Itoa(from+i)] = &ones[i]
		}
		return c
	}
	c := of(0, maxDistinct)
	if err := c.Merge(of(0, 10)); err != nil || c.Count(0, "9") != 2 {
		t.Errorf("texts that are there already: error %v and count %d, want 2", err, c.Count(0, "9"))
	}
	if err := c.Merge(of(maxDistinct, 1)); !errors.Is(err, dataset.ErrLimit) || !strings.Contains(err.Error(), `"c"`) {
		t.Errorf("one distinct text too many: got error %v, want dataset.ErrLimit that names the column", err)
	}
}

func TestFieldsOfAStep(t *testing.T) {
	s, err := dataset.NewSchema(
		dataset.Field{Name: "n", Type: dataset.Int64},
		dataset.Field{Name: "t", Type: dataset.Dictionary},
		dataset.Field{Name: "d", Type: dataset.Date32},
	)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		check func(*dataset.Schema) ([]dataset.Field, error)
		takes string
	}{"numeric": {Numeric, "n"}, "text": {Text, "t"}, "temporal": {Temporal, "d"}} {
		for _, column := range s.Names() {
			one, err := s.Select(column)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.check(one); (err == nil) != (column == c.takes) || (err != nil && !errors.Is(err, dataset.ErrSchema)) {
				t.Errorf("%s: column %s: got error %v", name, column, err)
			}
		}
		none, err := s.Select()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.check(none); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%s: no column: got error %v, want dataset.ErrSchema", name, err)
		}
	}
}
