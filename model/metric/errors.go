package metric

import (
	"errors"
	"fmt"
	"math"
)

// Sentinels that a caller acts on. Compare with errors.Is.
var (
	// ErrEmpty says that there are no rows, or none with a weight above zero.
	ErrEmpty = errors.New("no rows")
	// ErrLength says that slices differ in length or do not have the shape asked for.
	ErrLength = errors.New("wrong length")
	// ErrNonFinite says that a number is NaN or infinite.
	ErrNonFinite = errors.New("number is not finite")
	// ErrOneClass says that fewer than two classes occur in the rows, so that the metric has no value.
	ErrOneClass = errors.New("fewer than two classes")
	// ErrRange says that a number is finite but outside the range that its meaning allows, as a probability above 1,
	// a negative weight or a class code that is not below the number of classes.
	ErrRange = errors.New("number out of range")
)

// column is a named slice with the range its values must keep.
type column struct {
	name      string
	values    []float64
	low, high float64
}

// anyNumber is a column of finite numbers.
func anyNumber(name string, values []float64) column {
	return column{name, values, -math.MaxFloat64, math.MaxFloat64}
}

// probabilities is a column of numbers in [0, 1].
func probabilities(values []float64) column { return column{"probability", values, 0, 1} }

// Weights other than 0 stay in this range, so that their squares and sums keep all of their bits.
const smallestWeight, largestWeight = 1e-100, 1e100

// check verifies that there are rows, that every column has n of them within its range and that the weights, unless
// nil, are valid and not all zero.
func check(operation string, n int, weight []float64, columns ...column) error {
	if n == 0 {
		return fmt.Errorf("metric: %s: %w", operation, ErrEmpty)
	}
	for _, c := range columns {
		if err := checkColumn(operation, n, c); err != nil {
			return err
		}
	}
	if weight == nil {
		return nil
	}
	if err := checkColumn(operation, n, column{"weight", weight, 0, largestWeight}); err != nil {
		return err
	}
	positive := false
	for i, w := range weight {
		if w > 0 && w < smallestWeight {
			return fmt.Errorf("metric: %s: %w: weight, row %d: want 0 or at least %g", operation, ErrRange, i, smallestWeight)
		}
		positive = positive || w > 0
	}
	if !positive {
		return fmt.Errorf("metric: %s: %w with a weight above zero", operation, ErrEmpty)
	}
	return nil
}

func checkColumn(operation string, n int, c column) error {
	if len(c.values) != n {
		return fmt.Errorf("metric: %s: %w: %s: want %d rows, got %d", operation, ErrLength, c.name, n, len(c.values))
	}
	for i, v := range c.values {
		if v >= c.low && v <= c.high {
			continue
		}
		return badValue(operation, c, i, v)
	}
	return nil
}

// badValue is the error of a value of a column that is out of its range.
func badValue(operation string, c column, row int, v float64) error {
	if v != v || math.IsInf(v, 0) {
		return fmt.Errorf("metric: %s: %w: %s, row %d", operation, ErrNonFinite, c.name, row)
	}
	return fmt.Errorf("metric: %s: %w: %s, row %d: want at least %g and at most %g", operation, ErrRange, c.name, row,
		c.low, c.high)
}

// checkCodes verifies that class codes are in [0, k).
func checkCodes[C Code](operation, name string, codes []C, k int) error {
	for i, c := range codes {
		if c < 0 || int(c) >= k {
			return fmt.Errorf("metric: %s: %w: %s, row %d: want a code in [0, %d)", operation, ErrRange, name, i, k)
		}
	}
	return nil
}

// checkFraction verifies that an argument is strictly between 0 and 1.
func checkFraction(operation, name string, v float64) error {
	if !(v > 0 && v < 1) {
		return fmt.Errorf("metric: %s: %w: %s: want a number between 0 and 1, both excluded", operation, ErrRange, name)
	}
	return nil
}

// sameLength verifies that a slice of another type has n rows.
func sameLength(operation, name string, got, n int) error {
	if got != n {
		return fmt.Errorf("metric: %s: %w: %s: want %d rows, got %d", operation, ErrLength, name, n, got)
	}
	return nil
}
