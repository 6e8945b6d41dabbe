package lab

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/tidewheel/tidewheel/dataset"
)

// SampleQueries returns whole queries of src, of at most n rows together, in their order: the first of all queries shuffled by seed that fit. It holds them in
// memory until Close. Every query has as good a chance as any other, and in its place, whatever its rows.
func SampleQueries(ctx context.Context, src dataset.Source, group string, n int, seed uint64) (*dataset.Batches, error) {
	only, err := dataset.Select(ctx, src, group)
	if err != nil {
		return nil, err
	}
	queries := dataset.NewNumbering()
	var rows []int // of each query
	var codes []int32
	number := func(b dataset.Batch) error {
		column, err := b.ByName(group)
		if err != nil {
			return err
		}
		codes = append(codes[:0], make([]int32, b.NumRows())...)
		return queries.Codes(column, codes)
	}
	for b, err := range only.Batches(ctx) {
		if err == nil {
			err = number(b)
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, make([]int, queries.Len()-len(rows))...)
		for _, q := range codes {
			rows[q]++
		}
	}
	if queries.Null() >= 0 {
		return nil, fmt.Errorf("flag -group: %w", &dataset.SchemaError{Column: group, Want: "a query in every row", Got: "a missing value"})
	}
	keep := make([]bool, len(rows))
	left := n
	for _, q := range rand.New(rand.NewPCG(seed, 1)).Perm(len(rows)) {
		if rows[q] > left {
			if left == n {
				return nil, fmt.Errorf("flag -sample: want room for a query at least, got %d, where one has %d rows", n, rows[q])
			}
			break
		}
		keep[q] = true
		left -= rows[q]
	}
	chosen := dataset.Map(src, src.Schema(), func(_ context.Context, b dataset.Batch) (dataset.Batch, error) {
		if err := number(b); err != nil {
			return dataset.Batch{}, err
		}
		if queries.Len() > len(rows) {
			return dataset.Batch{}, errors.New("flag -sample: want the same rows each time the file is read, got more queries")
		}
		in := make([]bool, len(codes))
		for i, q := range codes {
			in[i] = keep[q]
		}
		return dataset.Filter(nil, b, in)
	})
	return dataset.Cache(ctx, chosen)
}
