package metric

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"sync"

	"github.com/tidewheel/tidewheel/dataset"
)

// BootstrapOptions sets how Bootstrap draws. The zero value is ready to use.
type BootstrapOptions struct {
	// Seed of the random numbers. Default 0, which is a seed like any other.
	Seed uint64
	// Resamples is the number of draws, at least 20. Default 1000.
	Resamples int
	// Level of the interval, in (0, 1). Default 0.95.
	Level float64
	// Workers is the number of goroutines. Default GOMAXPROCS; 1 starts none. Results do not depend on it.
	Workers int
}

// redraws is how often a draw without a value (one class only, say) is repeated.
const redraws = 100

// Bootstrap returns a metric of n rows with its percentile bootstrap interval: value receives row numbers, first
// 0 to n-1 for the estimate and then n draws with replacement for each resample, and returns the metric of these rows.
//
// value must be safe for concurrent use unless Workers is 1, must depend on the rows alone and may keep nothing of the
// slice. A draw for which it returns ErrOneClass or ErrEmpty is drawn anew, up to 100 times.
// The same seed gives the same bits for any number of workers. Cost: Resamples+1 calls of value. Intervals of few rows are
// somewhat too narrow: those of 95 % for an RMSE hold the truth in about 93 % of samples of 100 rows.
// Errors: ErrEmpty for no rows, *dataset.OptionError for an option, or what value returns.
// Source: Efron & Tibshirani (1993), ch. 13, with quantiles interpolated as numpy.quantile does by default.
func Bootstrap(n int, o BootstrapOptions, value func(rows []int) (float64, error)) (Interval, error) {
	many := func(rows []int, out []float64) error {
		v, err := value(rows)
		out[0] = v
		return err
	}
	o, err := o.withDefaults("BootstrapOptions")
	if err != nil {
		return Interval{}, fmt.Errorf("metric: bootstrap: %w", err)
	}
	result, err := bootstrap(n, 1, o, many)
	if err != nil {
		return Interval{}, err
	}
	return result[0], nil
}

// withDefaults errors with a *dataset.OptionError for each field out of range; options is the name of the struct that the fields are from.
func (o BootstrapOptions) withDefaults(options string) (BootstrapOptions, error) {
	if o.Resamples == 0 {
		o.Resamples = 1000
	}
	if o.Level == 0 {
		o.Level = 0.95
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	var errs []error
	bad := func(field, value, want string) {
		errs = append(errs, &dataset.OptionError{Field: "metric." + options + "." + field, Value: value, Want: want})
	}
	if o.Resamples < 20 {
		bad("Resamples", strconv.Itoa(o.Resamples), "at least 20")
	}
	if !(o.Level > 0 && o.Level < 1) {
		bad("Level", strconv.FormatFloat(o.Level, 'g', -1, 64), "a number between 0 and 1, both excluded")
	}
	if o.Workers < 0 {
		bad("Workers", strconv.Itoa(o.Workers), "0 or more")
	}
	return o, errors.Join(errs...)
}

// bootstrap is Bootstrap for m metrics of the same draws. The options have their defaults.
func bootstrap(n, m int, o BootstrapOptions, values func(rows []int, out []float64) error) ([]Interval, error) {
	if n < 1 {
		return nil, fmt.Errorf("metric: bootstrap: %w", ErrEmpty)
	}
	estimate := make([]float64, m)
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	if err := values(rows, estimate); err != nil {
		return nil, err
	}
	draws := make([]float64, o.Resamples*m) // resample-major
	workers := min(o.Workers, o.Resamples)
	failed := make([]error, workers)
	run := func(worker int) {
		rows := make([]int, n)
		for b := worker; b < o.Resamples; b += workers {
			if err := draw(rand.New(rand.NewPCG(o.Seed, uint64(b))), rows, draws[b*m:(b+1)*m], values); err != nil {
				failed[worker] = err
				return
			}
		}
	}
	var wait sync.WaitGroup
	for w := 1; w < workers; w++ {
		wait.Go(func() { run(w) })
	}
	run(0)
	wait.Wait()
	for _, err := range failed {
		if err != nil {
			return nil, err
		}
	}
	return percentiles(estimate, draws, o.Level), nil
}

// draw fills rows at random until they have a value.
func draw(random *rand.Rand, rows []int, out []float64, values func(rows []int, out []float64) error) error {
	var err error
	for range redraws {
		for i := range rows {
			rows[i] = random.IntN(len(rows))
		}
		err = values(rows, out)
		if !errors.Is(err, ErrOneClass) && !errors.Is(err, ErrEmpty) {
			return err
		}
	}
	return fmt.Errorf("metric: bootstrap: %d draws without a value: %w", redraws, err)
}

func percentiles(estimate, draws []float64, level float64) []Interval {
	m := len(estimate)
	result := make([]Interval, m)
	one := make([]float64, len(draws)/m)
	for j, v := range estimate {
		for b := range one {
			one[b] = draws[b*m+j]
		}
		slices.Sort(one)
		result[j] = Interval{v, quantile(one, (1-level)/2), quantile(one, 0.5+level/2)}
	}
	return result
}

// quantile interpolates between the order statistics of sorted values; NaN if one is NaN (they sort first).
func quantile(sorted []float64, q float64) float64 {
	if sorted[0] != sorted[0] {
		return math.NaN()
	}
	at := float64(q * float64(len(sorted)-1))
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + float64((at-float64(i))*(sorted[i+1]-sorted[i]))
}
