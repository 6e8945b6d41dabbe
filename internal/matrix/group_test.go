package matrix_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/matrix"
)

func TestGroupsAreNumberedAsTheyAreMet(t *testing.T) {
	mem := memory.DefaultAllocator
	part := func(groups ...string) []arrow.Array {
		one := make([]float64, len(groups))
		whole := make([]int64, len(groups))
		return []arrow.Array{numbers(mem, one...), integers(mem, whole...), texts(mem, groups...), numbers(mem, one...), numbers(mem, one...)}
	}
	src := source(t, fields(nil, ""), part("x", "y"), part("x"), part("z", "y"))
	defer src.Close()
	got, err := matrix.Read(t.Context(), src, matrix.Request{Columns: []string{"a"}, Group: "s"})
	if err != nil || !slices.Equal(got.Group, []int32{0, 1, 0, 2, 1}) {
		t.Errorf("got %v, %v", got.Group, err)
	}
	if got, err = matrix.Read(t.Context(), src, matrix.Request{Columns: []string{"a"}}); err != nil || got.Group != nil {
		t.Errorf("without a group: got %v, %v", got.Group, err)
	}
	missing := source(t, fields(nil, ""), part("x", "-"))
	defer missing.Close()
	for name, src := range map[string]*dataset.Batches{"s": missing, "z": src} {
		if _, err := matrix.Read(t.Context(), src, matrix.Request{Group: name}); !errors.Is(err, dataset.ErrSchema) || !strings.Contains(err.Error(), `"`+name+`"`) {
			t.Errorf("group %q: want an ErrSchema that names it, got %v", name, err)
		}
	}
}
