package postgres

import (
	"errors"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

// Options says how the result of a query is read. The zero value is ready to use.
type Options struct {
	Args          []any                   // of the query's $1, $2 …, as pgx takes them
	Schema        *dataset.Schema         // columns wanted, found by name in the result, in any order; others are dropped; nil takes those of the result
	Types         map[string]dataset.Type // types of some columns where no Schema is given
	MaxValueBytes int                     // longest value; 0 is 16 MiB
	MaxRowBytes   int                     // longest row as the server sends it, for Open: a pool's connections are the host's; 0 is 256 MiB
	BatchRows     int                     // rows of a batch; 0 is dataset.ChunkRows; a batch of long values has fewer
	Allocator     memory.Allocator        // for the batches; nil is Go's
}

// maxRowBytes is the default of Options.MaxRowBytes.
const maxRowBytes = 256 << 20

// maxBatchBytes is what the values of a batch may reach before it ends.
const maxBatchBytes = 64 << 20

// check returns o with its defaults filled in.
func (o Options) check() (Options, error) {
	var errs []error
	for _, n := range []struct {
		name  string
		value *int
		zero  int
	}{{"MaxValueBytes", &o.MaxValueBytes, 16 << 20}, {"MaxRowBytes", &o.MaxRowBytes, maxRowBytes}, {"BatchRows", &o.BatchRows, dataset.ChunkRows}} {
		if *n.value < 0 {
			errs = append(errs, &dataset.OptionError{Field: "postgres.Options." + n.name, Value: strconv.Itoa(*n.value), Want: "0 or more"})
		} else if *n.value == 0 {
			*n.value = n.zero
		}
	}
	if o.Schema != nil && len(o.Types) > 0 {
		errs = append(errs, &dataset.OptionError{Field: "postgres.Options.Types", Value: "types beside a Schema", Want: "one of the two"})
	}
	if o.Allocator == nil {
		o.Allocator = memory.DefaultAllocator
	}
	return o, errors.Join(errs...)
}
