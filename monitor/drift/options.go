package drift

import (
	"errors"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/sketch"
)

const defaultAlpha = 0.03 // so that reports stay under 5 % with p-values that are approximate for small samples

// Options says how Compare works. The zero value is ready to use.
type Options struct {
	Columns []string // columns to compare, in this order; nil is all that both sources have, in the reference's order
	Scores  []string // columns that hold a model's answers, which drift at half the effect
	Alpha   float64  // level of the adjusted p-values, in (0, 0.5]; 0 is 0.03
	// ExactRows is the number of values of a numeric column up to which they are kept and sorted, 8 bytes each; beyond, a sketch with 1 % error in rank stands for
	// them. 1,024 to 2^28; 0 is 2,097,152, or as many as make 8,388,608 values on a side (64 MiB) where more than four columns are numeric.
	ExactRows int
	Workers   int              // goroutines; 0 is GOMAXPROCS, 1 starts none
	Allocator memory.Allocator // for re-cut batches; nil is Go's
}

func (o Options) resolve() (Options, error) {
	var errs []error
	bad := func(field, value, want string) {
		errs = append(errs, &dataset.OptionError{Field: "drift.Options." + field, Value: value, Want: want})
	}
	if o.Alpha == 0 {
		o.Alpha = defaultAlpha
	}
	if !(o.Alpha > 0 && o.Alpha <= 0.5) {
		bad("Alpha", strconv.FormatFloat(o.Alpha, 'g', -1, 64), "a number above 0, at most 0.5")
	}
	if o.ExactRows != 0 && (o.ExactRows < sketch.MinValues || o.ExactRows > sketch.MaxValues) {
		bad("ExactRows", strconv.Itoa(o.ExactRows), "1024 to 268435456")
	}
	if o.Workers < 0 {
		bad("Workers", strconv.Itoa(o.Workers), "0 or more")
	}
	return o, errors.Join(errs...)
}

// exactRows returns ExactRows or, where it is 0, what is taken for a side.
func (o Options) exactRows(s *dataset.Schema) int {
	if o.ExactRows != 0 {
		return o.ExactRows
	}
	numeric := 0
	for _, f := range s.Fields() {
		if kindOf(f.Type) == kindNumber {
			numeric++
		}
	}
	return sketch.ValuesLimit(numeric)
}
