package dataset

import (
	"context"
	"fmt"
	"iter"
	"reflect"
)

// Rows returns the rows of src as values of the struct type T, one after the other. Every field of T must be a column of src by SchemaOf's name; other columns are not
// read, and a Scanner skips them. Values are converted only without loss, as ScanStructs does; text is copied, so that a row may be kept. An error ends the sequence: it is the
// last item and its row is T's zero value. A struct type or columns that do not fit are found before a batch is read, ErrSchema or ErrUnsupported.
//
//	for p, err := range dataset.Rows[Payment](ctx, src) { … }
//
// It holds the rows of one batch. It can be ranged as often, and as concurrently, as src.
func Rows[T any](ctx context.Context, src Source) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		_, own, err := structColumns(reflect.TypeFor[T]())
		if err == nil {
			src, err = Select(ctx, src, own.Names()...)
		}
		if err != nil {
			yield(none, fmt.Errorf("dataset: rows: %w", err))
			return
		}
		var rows []T
		for b, err := range src.Batches(ctx) {
			if err == nil {
				rows, err = ScanStructs(b, rows[:0])
			}
			if err != nil {
				yield(none, err)
				return
			}
			for _, r := range rows {
				if !yield(r, nil) {
					return
				}
			}
		}
	}
}
