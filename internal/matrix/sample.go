package matrix

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/tidewheel/tidewheel/dataset"
)

// Again reads the features of a source whose rows were too many to be held. Its methods may be called for different columns at once.
type Again struct {
	Missing []bool // per column: a row of a weight above zero has no value
	rows    int
	columns []Column
	coders  []*coder
}

// ReadSample is Read of a source of any length. Of at most keep rows it returns all, and no Again. Of more, the features of the table are those of keep rows of a
// weight above zero, or of all if they are fewer: every set of that size is equally likely, by random alone and whatever the batches are. Everything else in the
// table is of all rows. The features of all rows are then read with Again, from the same source. The request must not be Compact.
func ReadSample(ctx context.Context, src dataset.Source, r Request, keep int, random *rand.Rand) (*Table, *Again, error) {
	t := &reader{request: r, table: &Table{}}
	if err := t.prepare(src.Schema()); err != nil {
		return nil, nil, fmt.Errorf("matrix: read: %w", err)
	}
	t.sample = &sample{keep: keep, random: random, missing: make([]bool, len(r.Columns))}
	for b, err := range src.Batches(ctx) {
		if err == nil {
			err = t.batch(ctx, b)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("matrix: read: %w", err)
		}
	}
	if err := t.finish(); err != nil {
		return nil, nil, fmt.Errorf("matrix: read: %w", err)
	}
	if !t.sample.on {
		return t.table, nil, nil
	}
	a := &Again{Missing: t.sample.missing, rows: t.table.Rows, columns: t.table.Columns, coders: t.coders}
	for j, c := range a.coders {
		if c != nil && !c.closed {
			for code, v := range a.columns[j].Vocabulary {
				c.codes[v] = int32(code)
			}
		}
	}
	return t.table, a, nil
}

// Range calls do for each batch of the source with the number of the batch's first row. It errors when the rows are not as many as they were.
func (a *Again) Range(ctx context.Context, src dataset.Source, do func(b dataset.Batch, first int) error) error {
	first := 0
	for b, err := range src.Batches(ctx) {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil && b.NumRows() > a.rows-first {
			err = fmt.Errorf("%w: want the %d rows of the first time, got more", dataset.ErrSchema, a.rows)
		}
		if err == nil {
			err = do(b, first)
		}
		if err != nil {
			return fmt.Errorf("matrix: read again: %w", err)
		}
		first += b.NumRows()
	}
	if first < a.rows {
		return fmt.Errorf("matrix: read again: %w: want the %d rows of the first time, got %d", dataset.ErrSchema, a.rows, first)
	}
	return nil
}

// Numbers writes the values of the numeric column j to dst, which has a place for each row of the batch.
func (a *Again) Numbers(b dataset.Batch, j int, dst []float64) error {
	column, err := b.ByName(a.columns[j].Field.Name)
	if err != nil {
		return err
	}
	return dataset.Float64s(column, dst)
}

// Codes writes the codes of the text column j to dst, which has a place for each row of the batch. It errors on a text that was not there the first time.
func (a *Again) Codes(b dataset.Batch, j int, dst []int32) error {
	column, err := b.ByName(a.columns[j].Field.Name)
	if err != nil {
		return err
	}
	c := a.coders[j]
	if _, err := c.read(column, dst); err != nil {
		return err
	}
	if len(c.codes) > len(a.columns[j].Vocabulary) {
		return &dataset.SchemaError{Column: c.field.Name, Want: "the values of the first time", Got: "another one"}
	}
	return nil
}

// sample chooses rows to keep the features of (Vitter 1985, algorithm R). It begins when the rows are more than are kept; before, all are.
type sample struct {
	keep    int
	random  *rand.Rand
	on      bool
	seen    int // rows of a weight above zero
	moves   []move
	numbers [][]float64 // per numeric column
	codes   [][]int32   // per text column
	missing []bool
	scratch []int32
}

// move is a row of a batch that is kept, in the place of another or of none.
type move struct{ row, to int }

// begin takes over what was read so far.
func (r *reader) begin() {
	s := r.sample
	s.on = true
	var weight []float64
	if r.request.Weight != "" {
		weight = r.weights.join()
		r.weights.parts = [][]float64{weight}
	}
	before := r.table.Rows
	for i := range before {
		if weight == nil || weight[i] > 0 {
			s.seen++
		}
	}
	s.numbers, s.codes = make([][]float64, len(r.coders)), make([][]int32, len(r.coders))
	for j, coder := range r.coders {
		if coder != nil {
			s.codes[j] = heavy(r.codes[j].join(), weight, s.keep)
			for _, code := range s.codes[j] {
				s.missing[j] = s.missing[j] || code < 0
			}
			continue
		}
		var c Column
		r.numbers[j].join(&c)
		s.numbers[j] = heavy(c.Numbers, weight, s.keep)
		for _, v := range s.numbers[j] {
			s.missing[j] = s.missing[j] || v != v
		}
	}
}

// heavy returns the values of rows with a weight above zero, with room for size of them.
func heavy[T any](values []T, weight []float64, size int) []T {
	out := make([]T, 0, size)
	if weight == nil {
		return append(out, values...)
	}
	for i, v := range values {
		if weight[i] > 0 {
			out = append(out, v)
		}
	}
	return out
}

// choose says which of the next n rows are kept.
func (s *sample) choose(n int, weight []float64) {
	s.moves = s.moves[:0]
	for i := range n {
		if weight != nil && !(weight[i] > 0) {
			continue
		}
		to := s.seen
		if s.seen >= s.keep {
			to = int(s.random.Uint64N(uint64(s.seen + 1)))
		}
		if to < s.keep {
			s.moves = append(s.moves, move{i, to})
		}
		s.seen++
	}
}

// kept puts the chosen ones of some values to those kept.
func kept[T any](to, values []T, moves []move) []T {
	for _, m := range moves {
		if m.to == len(to) {
			to = append(to, values[m.row])
		} else {
			to[m.to] = values[m.row]
		}
	}
	return to
}
