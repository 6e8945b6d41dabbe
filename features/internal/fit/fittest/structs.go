package fittest

import (
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
)

// Structs returns rows as a source.
func Structs[T any](t *testing.T, rows ...T) dataset.Source {
	t.Helper()
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return src
}
