package tree

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/matrix"
	"github.com/tidewheel/tidewheel/model"
)

// binned is the columns of a table as bins.
type binned struct {
	binners []*binner
	words   words
}

// bin turns the columns of a table into bins, of these binners or, where they are nil, of its own.
func (t *table) bin(ctx context.Context, binners []*binner, p *parameters) (err error) {
	if t.binned != nil {
		return nil
	}
	if binners == nil {
		if binners, err = newBinners(ctx, t.columns, sampleIndex(t.rows, p.seed), p); err != nil {
			return err
		}
	}
	w, err := binColumns(ctx, t.columns, binners, t.rows, p.workers)
	if err != nil {
		return err
	}
	t.binned = &binned{binners, w}
	return nil
}

func newBinners(ctx context.Context, columns []column, sample []int32, p *parameters) ([]*binner, error) {
	binners := make([]*binner, len(columns))
	err := matrix.Parallel(ctx, p.workers, len(binners), func(f, _ int) {
		binners[f] = newBinner(columns[f], sample, p.maxBins)
	})
	return binners, err
}

// reading is how the rows of a training are read. Up to keep rows are held as they are. Of more, the bounds of bins and the categories that have one are
// found in a sample, and the source is ranged a second time, batch by batch, into bins.
type reading struct {
	*parameters
	problem model.Problem
	names   []string
	keep    int // rows that are held as they are, at most; the size of the sample
}

func (r *reading) first(ctx context.Context, src dataset.Source) (*matrix.Table, *matrix.Again, error) {
	return matrix.ReadSample(ctx, src, request(r.problem, r.names), r.keep, newRandom(r.seed, streamBins))
}

// train reads the rows to train on. The columns of the first result have no values where the table is binned.
func (r *reading) train(ctx context.Context, src dataset.Source) (*matrix.Table, *table, error) {
	m, again, err := r.first(ctx, src)
	if err != nil {
		return nil, nil, err
	}
	t := newTable(m, len(r.problem.Classes))
	if again == nil {
		return m, t, nil
	}
	for j := range t.columns {
		t.columns[j].missing = again.Missing[j]
	}
	binners, err := newBinners(ctx, t.columns, nil, r.parameters)
	if err != nil {
		return nil, nil, err
	}
	t.drop(m)
	t.binned = &binned{binners, newWords(len(binners), t.rows)}
	return m, t, r.second(ctx, src, again, t.binned, nil)
}

// validation reads the rows to validate with; a category that those to train on do not have is missing.
func (r *reading) validation(ctx context.Context, src dataset.Source, of *matrix.Table, train *table) (*table, error) {
	m, again, err := r.first(ctx, src)
	if err != nil {
		return nil, err
	}
	codes := make([][]int32, len(m.Columns))
	for j := range m.Columns {
		codes[j] = recoding(&m.Columns[j], &of.Columns[j])
		recode(m.Columns[j].Codes, codes[j])
	}
	t := newTable(m, len(r.problem.Classes))
	if again == nil {
		return t, nil
	}
	if err := train.bin(ctx, nil, r.parameters); err != nil {
		return nil, err
	}
	t.drop(m)
	t.binned = &binned{train.binned.binners, newWords(len(m.Columns), t.rows)}
	return t, r.second(ctx, src, again, t.binned, codes)
}

// drop lets go of values.
func (t *table) drop(m *matrix.Table) {
	t.columns = nil
	forget(m)
}

// forget lets go of the values of the columns.
func forget(m *matrix.Table) {
	for j := range m.Columns {
		m.Columns[j].Numbers, m.Columns[j].Codes = nil, nil
	}
}

// featuresOf returns the columns to learn from, at least one.
func featuresOf(t model.Training) ([]string, error) {
	names, err := t.Problem.Columns(t.Rows.Schema())
	if err == nil && len(names) == 0 {
		err = &dataset.SchemaError{Want: "at least one feature", Got: "none"}
	}
	return names, err
}

// checkRows refuses more rows than can be numbered.
func (t *table) checkRows() error {
	if t.rows > math.MaxInt32 {
		return fmt.Errorf("%w: %d rows, want at most %d", dataset.ErrLimit, t.rows, math.MaxInt32)
	}
	return nil
}

// second fills in the bins of the rows of src. codes says what the codes of each column become; nil for what they are.
func (r *reading) second(ctx context.Context, src dataset.Source, again *matrix.Again, to *binned, codes [][]int32) error {
	w, binners := to.words, to.binners
	crew := newCrew(r.workers)
	crew.open()
	defer crew.close()
	buffers, errs := make([]column, r.workers), make([]error, len(w))
	return again.Range(ctx, src, func(b dataset.Batch, first int) error {
		n := b.NumRows()
		err := crew.do(ctx, 0, len(w), func(g, worker int) {
			for f := 8 * g; f < min(8*g+8, len(binners)) && errs[g] == nil; f++ {
				c := column{}
				if binners[f].categorical() {
					c.codes = room(&buffers[worker].codes, n)
					if errs[g] = again.Codes(b, f, c.codes); codes != nil {
						recode(c.codes, codes[f])
					}
				} else {
					c.numeric = room(&buffers[worker].numeric, n)
					errs[g] = again.Numbers(b, f, c.numeric)
				}
				if errs[g] == nil {
					binners[f].fill(c, w[g][first:first+n], 8*(f&7))
				}
			}
		})
		return errors.Join(append(errs, err)...)
	})
}

// room returns n values of a buffer, which grows where it must.
func room[T any](buffer *[]T, n int) []T {
	if cap(*buffer) < n {
		*buffer = make([]T, n)
	}
	return (*buffer)[:n]
}

// recoding returns what the codes of a column become in another's vocabulary, nil where they stay; a category that is not there is missing.
func recoding(c, other *matrix.Column) []int32 {
	if !c.IsText() || slices.Equal(c.Vocabulary, other.Vocabulary) {
		return nil
	}
	index := make(map[string]int32, len(other.Vocabulary))
	for i, v := range other.Vocabulary {
		index[v] = int32(i)
	}
	to := make([]int32, len(c.Vocabulary)+1)
	to[len(c.Vocabulary)] = int32(len(other.Vocabulary)) // what is outside the vocabulary, where that is a category
	for i, v := range c.Vocabulary {
		to[i] = -1
		if k, ok := index[v]; ok {
			to[i] = k
		}
	}
	return to
}

func recode(codes, to []int32) {
	if to == nil {
		return
	}
	for i, k := range codes {
		if k >= 0 {
			codes[i] = to[k]
		}
	}
}
