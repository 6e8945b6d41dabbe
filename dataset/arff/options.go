package arff

import (
	"errors"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

// Options says how the text is read. The zero value is ready to use.
type Options struct {
	Schema       *dataset.Schema  // columns wanted, found by name, and the types that they are read as; others are dropped; nil takes all of the header
	Weight       string           // column of the weights behind rows, float64 of the role weight behind the others, 1 where a row has none; empty refuses weights
	MaxLineBytes int              // longest line; 0 is 16 MiB
	MaxColumns   int              // most attributes; 0 is 10,000
	BatchRows    int              // rows of a batch; 0 is dataset.ChunkRows, fewer where there are many columns: 4 Mi values, or one row
	Allocator    memory.Allocator // for the batches; nil is Go's
}

func (o Options) check() (Options, error) {
	var errs []error
	for _, n := range []struct {
		name  string
		value *int
		zero  int
	}{{"MaxLineBytes", &o.MaxLineBytes, 16 << 20}, {"MaxColumns", &o.MaxColumns, 10_000}, {"BatchRows", &o.BatchRows, 0}} {
		if *n.value < 0 {
			errs = append(errs, &dataset.OptionError{Field: "arff.Options." + n.name, Value: strconv.Itoa(*n.value), Want: "0 or more"})
		} else if *n.value == 0 {
			*n.value = n.zero
		}
	}
	if o.Allocator == nil {
		o.Allocator = memory.DefaultAllocator
	}
	return o, errors.Join(errs...)
}
