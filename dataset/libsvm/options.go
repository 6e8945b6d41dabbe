package libsvm

import (
	"errors"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

// Options says how the text is read. The zero value is ready to use.
type Options struct {
	Schema       *dataset.Schema  // columns wanted: label, qid and f with a number; other features are dropped; nil infers
	Base         Base             // the number of the first feature; the zero value finds it
	Features     int              // number of features; larger numbers in the file are refused; 0 is as many as the file has
	AbsentNull   bool             // a feature that a line leaves out is null and not 0
	MaxLineBytes int              // longest line; 0 is 16 MiB
	MaxColumns   int              // most columns; 0 is 10,000
	BatchRows    int              // rows of a batch; 0 is dataset.ChunkRows, fewer where rows are long: 4 Mi values, or one row
	Allocator    memory.Allocator // for the batches; nil is Go's
}

// Base is the number that the first feature has in a file.
type Base uint8

// The bases.
const (
	DetectBase Base = iota // 0 when a line has a feature of that number, else 1
	OneBased
	ZeroBased
)

// maxFeature is the largest number of a feature that is read.
const maxFeature = 1<<31 - 1

func (o Options) check() (Options, error) {
	var errs []error
	bad := func(field, value, want string) {
		errs = append(errs, &dataset.OptionError{Field: "libsvm.Options." + field, Value: value, Want: want})
	}
	for _, n := range []struct {
		name  string
		value *int
		zero  int
	}{{"MaxLineBytes", &o.MaxLineBytes, 16 << 20}, {"MaxColumns", &o.MaxColumns, 10_000}, {"BatchRows", &o.BatchRows, 0}, {"Features", &o.Features, 0}} {
		if *n.value < 0 {
			bad(n.name, strconv.Itoa(*n.value), "0 or more")
		} else if *n.value == 0 {
			*n.value = n.zero
		}
	}
	if o.Base > ZeroBased {
		bad("Base", strconv.Itoa(int(o.Base)), "a known base")
	}
	if o.Schema != nil && (o.Features > 0 || o.Base != DetectBase) {
		bad("Schema", "a schema beside Features or Base", "one of the two")
	}
	if o.Features > o.MaxColumns {
		bad("Features", strconv.Itoa(o.Features), "at most MaxColumns, "+strconv.Itoa(o.MaxColumns))
	}
	if o.Allocator == nil {
		o.Allocator = memory.DefaultAllocator
	}
	return o, errors.Join(errs...)
}
