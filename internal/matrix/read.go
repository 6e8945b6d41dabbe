package matrix

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/tidewheel/tidewheel/dataset"
)

// Sentinels of Read. Package model exports them under the same names.
var (
	// ErrTarget says that the target has missing values or a type that does not fit.
	ErrTarget = errors.New("target does not fit the task")
	// ErrNonFinite says that an infinity, or a missing value where none is accepted, was met.
	ErrNonFinite = errors.New("value is not finite")
	// ErrNoRows says that no row has a weight above zero.
	ErrNoRows = errors.New("no rows")
)

// maxVocabulary bounds the categories of a text column.
const maxVocabulary = 1 << 20

// ReadClasses writes the class index of each row's target into dst; model.Problem has one.
type ReadClasses func(f dataset.Field, column arrow.Array, dst []int32) error

// Request says what to read. The zero value of each flag is the stricter choice.
type Request struct {
	Columns []string    // the features, in this order
	Target  string      // empty: none
	Classes ReadClasses // how a target of classes reads; nil: the target is a number
	Weight  string      // empty: none
	Offset  string      // a column of numbers or of fixed-size lists of them; empty: none
	Group   string      // the column of groups, in which a missing value is refused; empty: none
	Missing bool        // null and NaN are accepted in features, as NaN or code -1
	Text    bool        // text features are accepted, as codes
	Compact bool        // numeric features that are mostly zero are held without their zeros
}

// Table is rows in memory, column by column. It is not changed after Read.
type Table struct {
	Rows      int
	Columns   []Column
	Target    []float64   // finite; nil when the target is classes or there is none
	Class     []int32     // nil when the target is a number or there is none
	Weight    []float64   // finite and >= 0, not all zero; nil when every row counts one
	Offset    [][]float64 // finite: one slice of numbers, or one for each place of the lists; nil when there is none
	WeightSum float64     // the sum of Weight in row order, or Rows
	Group     []int32     // the groups of the rows, numbered in the order in which they are met; nil without a column of groups
}

// Column is a feature: Numbers of a numeric column (NaN for missing), or Codes of a text column. With Request.Compact a numeric column of which at most a quarter
// is not zero has no Numbers but Rows, ascending, and their Values.
//
// A code is an index into Vocabulary, -1 for missing. Vocabulary is the field's OneOf where it has one, else the values met, sorted by bytes. With OneOf, a
// text outside it is missing, or, where the field's Unseen is other, has the code len(Vocabulary).
type Column struct {
	Field      dataset.Field
	Numbers    []float64
	Rows       []int32
	Values     []float64
	Codes      []int32
	Vocabulary []string
}

// IsText reports whether the column holds codes.
func (c *Column) IsText() bool { return c.Field.Type.IsText() }

// Expand writes the values of a compact column to dst, which has room for every row.
func (c *Column) Expand(dst []float64) {
	clear(dst)
	for i, row := range c.Rows {
		dst[row] = c.Values[i]
	}
}

// Read ranges src once and returns the table. Memory is 8 bytes for each number, 12 for each that is not zero in a compact column, and 4 for each code or class, and one column more while columns are joined.
//
// Errors: *dataset.SchemaError, which Is dataset.ErrSchema and names the column, for an absent column, a type that does not read as a number, and a value that
// is not accepted; beside it ErrNonFinite for an infinity, a missing feature without Request.Missing, and a weight that is not finite or below zero, ErrTarget
// for a missing or non-numeric target. ErrNoRows without rows, or when all weights are zero. ctx is looked at for each column of each batch.
func Read(ctx context.Context, src dataset.Source, r Request) (*Table, error) {
	t := &reader{request: r, table: &Table{}}
	if err := t.prepare(src.Schema()); err != nil {
		return nil, fmt.Errorf("matrix: read: %w", err)
	}
	for b, err := range src.Batches(ctx) {
		if err == nil {
			err = t.batch(ctx, b)
		}
		if err != nil {
			return nil, fmt.Errorf("matrix: read: %w", err)
		}
	}
	if err := t.finish(); err != nil {
		return nil, fmt.Errorf("matrix: read: %w", err)
	}
	return t.table, nil
}

// reader gathers a table.
type reader struct {
	request        Request
	table          *Table
	target, weight dataset.Field
	coders         []*coder // per column; nil for a numeric one
	numbers        []numbers
	scratch        []float64
	codes          []stack[int32]
	targets        stack[float64]
	classes        stack[int32]
	weights        stack[float64]
	offsets        []stack[float64] // one a place
	groups         *groups          // nil for none
	sample         *sample          // nil: every row is kept
}

func (r *reader) prepare(s *dataset.Schema) error {
	r.table.Columns = make([]Column, len(r.request.Columns))
	r.coders = make([]*coder, len(r.request.Columns))
	r.numbers, r.codes = make([]numbers, len(r.request.Columns)), make([]stack[int32], len(r.request.Columns))
	for j, name := range r.request.Columns {
		f, err := lookup(s, name)
		if err != nil {
			return err
		}
		switch {
		case f.Type.IsNumeric():
		case f.Type.IsText() && r.request.Text:
			r.coders[j] = newCoder(f)
		default:
			return &dataset.SchemaError{Column: name, Want: "a numeric feature; encode it first", Got: "type " + string(f.Type)}
		}
		r.table.Columns[j].Field = f
		r.numbers[j].compact = r.request.Compact
	}
	var err error
	if r.request.Target != "" {
		if r.target, err = lookup(s, r.request.Target); err != nil {
			return err
		}
		if r.request.Classes == nil && !r.target.Type.IsNumeric() {
			return fmt.Errorf("%w: %w", ErrTarget, &dataset.SchemaError{Column: r.target.Name, Want: "a numeric target", Got: "type " + string(r.target.Type)})
		}
	}
	if r.request.Offset != "" {
		if r.offsets, err = newOffsets(s, r.request.Offset); err != nil {
			return err
		}
	}
	if r.request.Group != "" {
		if r.groups, err = newGroups(s, r.request.Group); err != nil {
			return err
		}
	}
	if r.request.Weight == "" {
		return nil
	}
	if r.weight, err = lookup(s, r.request.Weight); err != nil {
		return err
	}
	if !r.weight.Type.IsNumeric() {
		return &dataset.SchemaError{Column: r.weight.Name, Want: "a numeric weight", Got: "type " + string(r.weight.Type)}
	}
	return nil
}

func lookup(s *dataset.Schema, name string) (dataset.Field, error) {
	f, ok := s.Lookup(name)
	if !ok {
		return f, &dataset.SchemaError{Column: name, Want: "it among the columns", Got: "no such column"}
	}
	return f, nil
}

// batch appends the rows of b.
func (r *reader) batch(ctx context.Context, b dataset.Batch) error {
	n := b.NumRows()
	if s := r.sample; s != nil && !s.on && r.table.Rows+n > s.keep {
		r.begin()
	}
	r.table.Rows += n
	weight, err := r.readWeight(b, n)
	if err != nil {
		return err
	}
	if r.sample != nil && r.sample.on {
		r.sample.choose(n, weight)
	}
	for j := range r.table.Columns {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.feature(b, j, weight); err != nil {
			return err
		}
	}
	if r.request.Target != "" {
		if err := r.readTarget(b, n); err != nil {
			return err
		}
	}
	if r.request.Offset != "" {
		if err := r.readOffset(b, n); err != nil {
			return err
		}
	}
	if r.groups != nil {
		if err := r.groups.batch(b); err != nil {
			return err
		}
	}
	return nil
}

// readWeight returns the weights of the rows of b, nil when every row counts one.
func (r *reader) readWeight(b dataset.Batch, n int) ([]float64, error) {
	if r.request.Weight == "" {
		return nil, nil
	}
	column, err := b.ByName(r.weight.Name)
	if err != nil {
		return nil, err
	}
	weights := r.weights.push(n)
	if err := dataset.Float64s(column, weights); err != nil {
		return nil, err
	}
	for _, w := range weights {
		if !(w >= 0) || math.IsInf(w, 1) {
			return nil, notFinite(r.weight.Name, "a finite weight of at least 0", "another value")
		}
		r.table.WeightSum += w
	}
	return weights, nil
}

// feature reads column j.
func (r *reader) feature(b dataset.Batch, j int, weight []float64) error {
	c := &r.table.Columns[j]
	column, err := b.ByName(c.Field.Name)
	if err != nil {
		return err
	}
	n := b.NumRows()
	missing := 0
	if r.coders[j] != nil {
		missing, err = r.readCodes(column, j, n, weight)
	} else {
		missing, err = r.readNumbers(column, j, n, weight)
	}
	if err != nil {
		return err
	}
	if missing > 0 && !r.request.Missing {
		return notFinite(c.Field.Name, "a value in every row; impute it first", fmt.Sprintf("%d missing of %d", missing, n))
	}
	return nil
}

func (r *reader) readCodes(column arrow.Array, j, n int, weight []float64) (missing int, err error) {
	if s := r.sample; s != nil && s.on {
		s.scratch = slices.Grow(s.scratch[:0], n)[:n]
		missing, err = r.coders[j].read(column, s.scratch)
		if err != nil {
			return 0, err
		}
		s.codes[j] = kept(s.codes[j], s.scratch, s.moves)
		for i, code := range s.scratch {
			s.missing[j] = s.missing[j] || (code < 0 && (weight == nil || weight[i] > 0))
		}
		return missing, nil
	}
	return r.coders[j].read(column, r.codes[j].push(n))
}

func (r *reader) readNumbers(column arrow.Array, j, n int, weight []float64) (missing int, err error) {
	sampled := r.sample != nil && r.sample.on
	var numbers []float64
	if sampled {
		r.scratch = slices.Grow(r.scratch[:0], n)[:n]
		numbers = r.scratch
	} else {
		numbers = r.numbers[j].room(n, &r.scratch)
	}
	if err := dataset.Float64s(column, numbers); err != nil {
		return 0, err
	}
	for i, v := range numbers {
		if math.IsInf(v, 0) {
			return 0, notFinite(r.table.Columns[j].Field.Name, "finite numbers", "an infinity")
		}
		if math.IsNaN(v) {
			missing++
			if sampled && (weight == nil || weight[i] > 0) {
				r.sample.missing[j] = true
			}
		}
	}
	if sampled {
		r.sample.numbers[j] = kept(r.sample.numbers[j], numbers, r.sample.moves)
	} else {
		r.numbers[j].keep(numbers)
	}
	return missing, nil
}

func (r *reader) readTarget(b dataset.Batch, n int) error {
	column, err := b.ByName(r.target.Name)
	if err != nil {
		return err
	}
	if r.request.Classes != nil {
		return r.request.Classes(r.target, column, r.classes.push(n))
	}
	targets := r.targets.push(n)
	if err := dataset.Float64s(column, targets); err != nil {
		return err
	}
	for _, v := range targets {
		if math.IsInf(v, 0) {
			return notFinite(r.target.Name, "finite numbers", "an infinity")
		}
		if math.IsNaN(v) {
			return fmt.Errorf("%w: %w", ErrTarget, &dataset.SchemaError{Column: r.target.Name, Want: "a target in every row", Got: "a missing value"})
		}
	}
	return nil
}

func (r *reader) finish() error {
	if r.request.Weight == "" {
		r.table.WeightSum = float64(r.table.Rows)
	}
	if r.table.Rows == 0 {
		return ErrNoRows
	}
	if r.table.WeightSum == 0 {
		return fmt.Errorf("%w: %w", ErrNoRows, &dataset.SchemaError{Column: r.weight.Name, Want: "a weight above 0 in some row", Got: "only zeros"})
	}
	if math.IsInf(r.table.WeightSum, 1) {
		return notFinite(r.weight.Name, "weights with a finite sum", "an infinite one")
	}
	for j := range r.table.Columns {
		c := &r.table.Columns[j]
		coder, sampled := r.coders[j], r.sample != nil && r.sample.on
		switch {
		case coder != nil && sampled:
			c.Codes = r.sample.codes[j]
		case coder != nil:
			c.Codes = r.codes[j].join()
		case sampled:
			c.Numbers = r.sample.numbers[j]
		default:
			r.numbers[j].join(c)
		}
		if coder != nil {
			c.Vocabulary = coder.finish(c.Codes)
		}
	}
	switch {
	case r.request.Target == "":
	case r.request.Classes != nil:
		r.table.Class = r.classes.join()
	default:
		r.table.Target = r.targets.join()
	}
	if r.request.Weight != "" {
		r.table.Weight = r.weights.join()
	}
	for c := range r.offsets {
		r.table.Offset = append(r.table.Offset, r.offsets[c].join())
	}
	if r.groups != nil {
		r.table.Group = r.groups.codes.join()
	}
	return nil
}

func notFinite(column, want, got string) error {
	return fmt.Errorf("%w: %w", ErrNonFinite, &dataset.SchemaError{Column: column, Want: want, Got: got})
}
