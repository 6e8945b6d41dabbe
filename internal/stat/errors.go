package stat

import "errors"

// Errors of this package; each is wrapped with the operation, the lengths and the positions, without any value of the data.
var (
	// ErrEmpty is the error of a sample or a count vector that holds nothing.
	ErrEmpty = errors.New("no values")
	// ErrLength is the error of count vectors that differ in length.
	ErrLength = errors.New("lengths differ")
	// ErrNonFinite is the error of a NaN, or of an infinity where a distance is measured.
	ErrNonFinite = errors.New("value is not finite")
	// ErrOption is the error of an option or a probability out of its range.
	ErrOption = errors.New("out of range")
)
