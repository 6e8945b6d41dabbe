// Package selection divides rows into folds and cross-validates.
//
//	KFold         k folds of rows, in order or shuffled
//	Stratified    k folds with the shares of the classes
//	Group         k folds that keep groups of rows together
//	TimeSeries    k folds that train on the past and test on what comes next
//	Purged        k folds of time that train on what tells nothing about the test
//	Given         folds that the caller states, row by row
//	CrossValidate the metrics of an estimator over folds, with intervals
//
// A fold is two views of a rewindable source; rows are never copied. A Recipe fits its features inside each fold, so nothing of a test part reaches them.
package selection

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
)

const (
	defaultFolds = 5   // for a K of 0
	maxFolds     = 200 // a row's fold is one byte
)

// Fold is one division of rows. Both are views of the divided source, in its order.
type Fold struct {
	Train, Test         dataset.Source
	TrainRows, TestRows int
}

// Splitter divides rows into folds. src must be rewindable and give the same rows each time. Implementations are immutable values.
type Splitter interface {
	Folds(ctx context.Context, src dataset.Source, p model.Problem) ([]Fold, error)
}

// KFold tests on each of K parts of nearly equal size. In order, the parts are runs of rows, as in sklearn.model_selection.KFold.
type KFold struct {
	K       int    // 2 to 200; 0 is 5
	Shuffle bool   // draw the parts at random
	Seed    uint64 // of the draw
}

// Folds implements Splitter. Fewer rows than K are a *model.OptionError.
func (k KFold) Folds(ctx context.Context, src dataset.Source, _ model.Problem) ([]Fold, error) {
	n, err := countRows(ctx, src)
	if err != nil {
		return nil, fmt.Errorf("selection: k-fold: %w", err)
	}
	folds, err := checkK("KFold.K", k.K, n)
	if err != nil {
		return nil, err
	}
	part := make(dataset.Assignment, n)
	at := 0
	for f := range folds {
		size := n / folds
		if f < n%folds {
			size++
		}
		for range size {
			part[at] = uint8(f)
			at++
		}
	}
	if k.Shuffle {
		shuffle(part, k.Seed)
	}
	return foldsOf(src, part, folds), nil
}

// Stratified tests on each of K parts, with each class's rows spread evenly over them. Without Shuffle it divides as sklearn.model_selection.StratifiedKFold.
type Stratified struct {
	K       int    // 2 to 200; 0 is 5
	Shuffle bool   // draw each class's rows at random
	Seed    uint64 // of the draw
}

// Folds implements Splitter. It errors with model.ErrTarget for a problem without classes, or a class with fewer rows than folds.
func (k Stratified) Folds(ctx context.Context, src dataset.Source, p model.Problem) ([]Fold, error) {
	if len(p.Classes) == 0 {
		return nil, fmt.Errorf("selection: stratified: %w: want classes, got a regression", model.ErrTarget)
	}
	classes, err := readClasses(ctx, src, p)
	if err != nil {
		return nil, fmt.Errorf("selection: stratified: %w", err)
	}
	folds, err := checkK("Stratified.K", k.K, len(classes))
	if err != nil {
		return nil, err
	}
	part, err := stratify(classes, len(p.Classes), folds)
	if err != nil {
		return nil, err
	}
	if k.Shuffle {
		shuffleWithin(part, classes, len(p.Classes), k.Seed)
	}
	return foldsOf(src, part, folds), nil
}

// stratify gives each class the number of rows in each fold that every folds-th row of the rows sorted by class would have, classes numbered as they are met. Within a
// class the rows come in order. This is scikit-learn's allocation.
func stratify(classes []int32, k, folds int) (dataset.Assignment, error) {
	order := make([]int, k)
	for i := range order {
		order[i] = -1
	}
	met := 0
	counts := make([]int, k)
	for _, c := range classes {
		if order[c] < 0 {
			order[c] = met
			met++
		}
		counts[order[c]]++
	}
	next := make([][]int, met) // rows left of a class, per fold
	start := 0
	for c := range met {
		if counts[c] < folds {
			return nil, fmt.Errorf("selection: stratified: %w: want at least %d rows of each class, got %d", model.ErrTarget, folds, counts[c])
		}
		next[c] = make([]int, folds)
		for i := start; i < start+counts[c]; i++ {
			next[c][i%folds]++
		}
		start += counts[c]
	}
	part := make(dataset.Assignment, len(classes))
	fold := make([]int, met)
	for i, class := range classes {
		c := order[class]
		for next[c][fold[c]] == 0 {
			fold[c]++
		}
		next[c][fold[c]]--
		part[i] = uint8(fold[c])
	}
	return part, nil
}

// TimeSeries cuts the rows into K+1 runs in time and tests on each run but the first, training on all before it. Without Time the rows are taken to be in the order
// of time, as in sklearn.model_selection.TimeSeriesSplit. Rows that share the time at a cut all go to the later run.
type TimeSeries struct {
	K    int    // 1 to 200; 0 is 5
	Time string // a numeric, date or timestamp column
}

// Folds implements Splitter. It errors with dataset.ErrSchema for a row without a time.
func (k TimeSeries) Folds(ctx context.Context, src dataset.Source, _ model.Problem) ([]Fold, error) {
	times, err := readTimes(ctx, src, k.Time)
	if err != nil {
		return nil, fmt.Errorf("selection: time series: %w", err)
	}
	folds := k.K
	if folds == 0 {
		folds = defaultFolds
	}
	if folds < 1 || folds > maxFolds || len(times) < folds+1 {
		return nil, &model.OptionError{Field: "selection.TimeSeries.K", Value: strconv.Itoa(folds), Want: fmt.Sprintf("1 to %d and fewer than the %d rows", maxFolds, len(times))}
	}
	order := make([]int32, len(times))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(times[a], times[b]) })
	part := make(dataset.Assignment, len(times))
	n := len(times)
	size := n / (folds + 1)
	for f := range folds {
		cut := n - (folds-f)*size
		for cut > 0 && times[order[cut]] == times[order[cut-1]] {
			cut--
		}
		for _, row := range order[cut:] {
			part[row] = uint8(f + 1)
		}
	}
	out := make([]Fold, folds)
	for f := range folds {
		var past []uint8
		for p := range f + 1 {
			past = append(past, uint8(p))
		}
		out[f] = fold(src, part, past, uint8(f+1))
	}
	return out, nil
}

// Given tests on the parts that Part states for each row, 0 to K-1.
type Given struct{ Part dataset.Assignment }

// Folds implements Splitter.
func (g Given) Folds(_ context.Context, src dataset.Source, _ model.Problem) ([]Fold, error) {
	if len(g.Part) == 0 {
		return nil, &model.OptionError{Field: "selection.Given.Part", Value: "no rows", Want: "a part for each row"}
	}
	k := int(slices.Max(g.Part)) + 1
	if k < 2 || k > maxFolds {
		return nil, &model.OptionError{Field: "selection.Given.Part", Value: strconv.Itoa(k) + " parts", Want: fmt.Sprintf("2 to %d", maxFolds)}
	}
	return foldsOf(src, g.Part, k), nil
}

func foldsOf(src dataset.Source, part dataset.Assignment, k int) []Fold {
	out := make([]Fold, k)
	for f := range k {
		var train []uint8
		for p := range k {
			if p != f {
				train = append(train, uint8(p))
			}
		}
		out[f] = fold(src, part, train, uint8(f))
	}
	return out
}

func fold(src dataset.Source, part dataset.Assignment, train []uint8, test uint8) Fold {
	return Fold{
		Train: part.Part(src, train...), Test: part.Part(src, test),
		TrainRows: part.Count(train...), TestRows: part.Count(test),
	}
}

func checkK(field string, k, rows int) (int, error) { return checkCount(field, k, rows, "rows") }

// checkCount returns the number of folds of n rows or groups.
func checkCount(field string, k, n int, what string) (int, error) {
	if k == 0 {
		k = defaultFolds
	}
	if k < 2 || k > maxFolds || k > n {
		return 0, &model.OptionError{Field: "selection." + field, Value: strconv.Itoa(k), Want: fmt.Sprintf("2 to %d and at most the %d %s", maxFolds, n, what)}
	}
	return k, nil
}

func shuffle(part dataset.Assignment, seed uint64) {
	rand.New(rand.NewPCG(seed, 0xf01d)).Shuffle(len(part), func(i, j int) { part[i], part[j] = part[j], part[i] })
}

// shuffleWithin permutes the parts among the rows of each class.
func shuffleWithin(part dataset.Assignment, classes []int32, k int, seed uint64) {
	rows := make([][]int32, k)
	for i, c := range classes {
		rows[c] = append(rows[c], int32(i))
	}
	rng := rand.New(rand.NewPCG(seed, 0xf01d))
	for _, r := range rows {
		rng.Shuffle(len(r), func(i, j int) { part[r[i]], part[r[j]] = part[r[j]], part[r[i]] })
	}
}

func countRows(ctx context.Context, src dataset.Source) (int, error) {
	n := 0
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return 0, err
		}
		n += b.NumRows()
	}
	return n, nil
}

func readClasses(ctx context.Context, src dataset.Source, p model.Problem) ([]int32, error) {
	f, ok := src.Schema().Lookup(p.Target)
	if !ok {
		return nil, &dataset.SchemaError{Column: p.Target, Want: "the target among the columns", Got: "no such column"}
	}
	target, err := dataset.Select(ctx, src, p.Target)
	if err != nil {
		return nil, err
	}
	var out []int32
	for b, err := range target.Batches(ctx) {
		if err != nil {
			return nil, err
		}
		out = append(out, make([]int32, b.NumRows())...)
		if err := p.ReadClasses(f, b.Column(0), out[len(out)-b.NumRows():]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// readTimes returns the number form of a column, or the row numbers for no column.
func readTimes(ctx context.Context, src dataset.Source, column string) ([]float64, error) {
	var out []float64
	if column != "" {
		var err error
		if src, err = dataset.Select(ctx, src, column); err != nil {
			return nil, err
		}
	}
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return nil, err
		}
		at := len(out)
		out = append(out, make([]float64, b.NumRows())...)
		if column != "" {
			if err := dataset.Float64s(b.Column(0), out[at:]); err != nil {
				return nil, fmt.Errorf("column %q: %w", column, err)
			}
			if i := slices.IndexFunc(out[at:], math.IsNaN); i >= 0 {
				return nil, &dataset.SchemaError{Column: column, Want: "a time in every row", Got: fmt.Sprintf("none in row %d", at+i)}
			}
			continue
		}
		for i := range out[at:] {
			out[at+i] = float64(at + i)
		}
	}
	return out, nil
}
