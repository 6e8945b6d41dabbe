package lab

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime/debug"

	"github.com/tidewheel/tidewheel/dataset"
)

// Sample returns n of the rows of src, of which there are more, in their order; every set of n is equally likely. It holds them in memory until Close.
func Sample(ctx context.Context, src dataset.Source, rows, n int, seed uint64) (*dataset.Batches, error) {
	r := rand.New(rand.NewPCG(seed, 1))
	left, wanted := rows, n
	chosen := dataset.Map(src, src.Schema(), func(_ context.Context, b dataset.Batch) (dataset.Batch, error) {
		keep := make([]bool, b.NumRows())
		for i := range keep {
			if left < 1 {
				return dataset.Batch{}, errors.New("flag -sample: want the same rows each time the file is read, got more")
			}
			if keep[i] = r.Uint64N(uint64(left)) < uint64(wanted); keep[i] {
				wanted--
			}
			left--
		}
		return dataset.Filter(nil, b, keep)
	})
	return dataset.Cache(ctx, chosen)
}

// WantMemory refuses to learn a model from more rows than fit into the memory limit of the process, when it has one. A fit holds about 16 bytes for each feature
// of a row, as numbers and as what becomes of them, and 64 for the row; gbdt, which reads many rows straight into bins, a byte for each feature and 96.
func WantMemory(model string, rows, features int) error {
	limit := debug.SetMemoryLimit(-1)
	row := int64(16*features + 64)
	if model == "gbdt" {
		row = int64(features + 7 + 96)
	}
	if limit == math.MaxInt64 || int64(rows) <= limit/row {
		return nil
	}
	return fmt.Errorf("flag -data: want at most %d rows of %d features with %d MiB of memory, got %d rows: -sample %d learns from some of them",
		limit/row, features, limit>>20, rows, limit/row/2)
}
