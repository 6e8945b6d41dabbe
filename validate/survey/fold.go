package survey

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
)

const (
	maxPaired  = 64   // columns of each kind that are drawn: the work of Pairs grows with their square
	rowHashes  = 2048 // rows by which duplicates are estimated
	cellHashes = 512  // values by which a column is called unique
	blockRows  = 2048 // rows that are looked at together, so that their hashes stay in the cache
)

// Surveyor is the fold behind a Survey: a dataset.Folder in bounded memory, at most 64 KB for a column and 2 × SampleRows rows of at most 128 columns. Use it with dataset.Run, beside a
// validate.Profiler in a dataset.Both; Of is the short way. Only New and UnmarshalBinary make a usable one. It is not safe for concurrent use.
type Surveyor struct {
	schema  *dataset.Schema
	options Options
	rows    int64
	columns []columnFold
	repeats smallest
	often   often
	gaps    gaps
	sample  sample
	drawn   []int // the columns of a row of the sample

	block   block // scratch of a block of rows
	row     []uint64
	cell    []uint64
	numbers [][]float64
	names   []float64
	texts   [][]uint64
}

type columnFold struct {
	personal bool
	place    int // in a row of the sample, -1 for none
	values   int64
	unique   smallest
	order    *order
	texts    *texts
	looks    *Looks // of integers
}

// order is an Order with the ends that merging needs.
type order struct {
	Order
	first, last float64
	n           int64
}

func (o *order) add(x float64) {
	o.merge(&order{first: x, last: x, n: 1})
}

func (o *order) merge(next *order) {
	switch {
	case next.n == 0:
		return
	case o.n == 0:
		*o = *next
		return
	case next.first > o.last:
		o.Rises++
	case next.first < o.last:
		o.Falls++
	default:
		o.Ties++
	}
	o.Rises += next.Rises
	o.Ties += next.Ties
	o.Falls += next.Falls
	o.last = next.last
	o.n += next.n
}

// New returns the fold of no rows of s. Errors: *dataset.OptionError, joined.
func New(s *dataset.Schema, o Options) (*Surveyor, error) {
	o, err := o.check(s)
	if err != nil {
		return nil, fmt.Errorf("survey: %w", err)
	}
	return start(s, o), nil
}

// Fresh returns the fold of no rows with the schema and the options of f. It may be called by several goroutines at once.
func (f *Surveyor) Fresh() *Surveyor { return start(f.schema, f.options) }

func start(s *dataset.Schema, o Options) *Surveyor {
	f := &Surveyor{schema: s, options: o, columns: make([]columnFold, s.Len()), repeats: newSmallest(rowHashes), gaps: newGaps()}
	numbers, texts := 0, 0
	for i, field := range s.Fields() {
		c := &f.columns[i]
		c.personal, c.place, c.unique = field.Personal, -1, newSmallest(cellHashes)
		if c.personal {
			continue
		}
		class := field.Type.Class()
		if field.Type.IsNumeric() {
			c.order = new(order)
		}
		if field.Type.IsText() {
			c.texts = newTexts()
		}
		if class == dataset.ClassInteger {
			c.looks = new(Looks)
		}
		switch {
		case field.Type.IsText() && (texts < maxPaired || field.Name == o.Target):
			texts++
		case field.Type.IsNumeric() && (numbers < maxPaired || field.Name == o.Target):
			numbers++
		default:
			continue
		}
		c.place = len(f.drawn)
		f.drawn = append(f.drawn, i)
	}
	f.sample = newSample(o.SampleRows, len(f.drawn))
	f.numbers, f.texts = make([][]float64, len(f.drawn)), make([][]uint64, len(f.drawn))
	return f
}

// Observe implements dataset.Folder. The batch must be of the surveyor's schema.
func (f *Surveyor) Observe(b dataset.Batch) error {
	if !b.Schema().Equal(f.schema) {
		return fmt.Errorf("survey: %w", &dataset.SchemaError{Want: "a batch of the surveyor's schema", Got: "another schema"})
	}
	for i := range f.columns {
		if t := f.columns[i].texts; t != nil {
			if err := t.observe(b.Column(i)); err != nil {
				return f.failed(i, err)
			}
		}
	}
	for from := 0; from < b.NumRows(); from += blockRows {
		rows := b.Slice(from, min(from+blockRows, b.NumRows()))
		err := f.observe(rows)
		rows.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *Surveyor) failed(i int, err error) error {
	return fmt.Errorf("survey: column %q: %w", f.schema.Field(i).Name, err)
}

// observe counts each distinct text once, in order of appearance, so that the encoding of the column does not matter.
func (t *texts) observe(column arrow.Array) error {
	list, err := dataset.NewTexts(column)
	if err != nil {
		return err
	}
	values, counts, _ := list.Counts()
	for i, v := range values {
		t.add(v, int64(counts[i]))
	}
	return nil
}

func (f *Surveyor) observe(b dataset.Batch) error {
	n := b.NumRows()
	f.row = slices.Grow(f.row[:0], n)[:n]
	f.cell = slices.Grow(f.cell[:0], n)[:n]
	clear(f.row)
	f.block.start(n)
	for i := range f.columns {
		if err := f.observeColumn(i, b.Column(i), n); err != nil {
			return f.failed(i, err)
		}
	}
	f.gaps.count(&f.block)
	f.names = f.names[:0]
	for i, h := range f.row {
		f.names = append(f.names, name(h))
		f.repeats.add(h, 1)
		if cells := f.sample.add(rowKey(f.options.Seed, h, f.rows+int64(i))); cells != nil {
			f.draw(cells, i)
		}
	}
	f.often.counts.AddSlice(f.names)
	f.rows += int64(n)
	return nil
}

// draw fills in the cells of row i of the block.
func (f *Surveyor) draw(cells []uint64, i int) {
	for k := range cells {
		if texts := f.texts[k]; texts != nil {
			cells[k] = texts[i]
			continue
		}
		x := f.numbers[k][i]
		cells[k] = missing
		if !math.IsNaN(x - x) { // finite
			cells[k] = math.Float64bits(x + 0) // -0 becomes +0
		}
	}
}

func (f *Surveyor) observeColumn(i int, column arrow.Array, n int) error {
	c := &f.columns[i]
	if err := hashes(column, f.cell); err != nil {
		return err
	}
	var numbers []float64
	if c.order != nil || f.schema.Field(i).Type.IsNumeric() {
		k := max(c.place, 0)
		if c.place < 0 {
			numbers = make([]float64, n)
		} else {
			numbers = slices.Grow(f.numbers[k][:0], n)[:n]
			f.numbers[k] = numbers
		}
		if err := dataset.Float64s(column, numbers); err != nil {
			return err
		}
	}
	absent := func(r int) bool { return f.cell[r] == nullHash }
	if numbers != nil {
		absent = func(r int) bool { return numbers[r] != numbers[r] }
	}
	if numbers != nil || column.NullN() > 0 || column.DataType().ID() == arrow.DICTIONARY {
		f.block.column(i, absent)
	}
	for r, h := range f.cell {
		f.row[r] = join(f.row[r], h)
		if absent(r) {
			continue
		}
		c.values++
		c.unique.add(h, 1)
		if c.order != nil {
			c.order.add(numbers[r])
		}
	}
	if c.looks != nil {
		c.looks.observe(column)
	}
	if c.texts != nil && c.place >= 0 {
		f.texts[c.place] = append(f.texts[c.place][:0], f.cell...)
		for r, h := range f.cell {
			if h == nullHash {
				f.texts[c.place][r] = missing
			}
		}
	}
	return nil
}

// observe looks at integers that have enough digits to say something.
func (l *Looks) observe(column arrow.Array) {
	values, ok := column.(*array.Int64)
	if !ok {
		return
	}
	for i := range values.Len() {
		if x := values.Value(i); x >= 1e10 && values.IsValid(i) {
			text := strconv.FormatInt(x, 10)
			if isNational(text) {
				l.National++
			} else if isCard(text) {
				l.Card++
			}
		}
	}
}

// Merge implements dataset.Folder. The two must have the same schema and options, else the error is a *dataset.SchemaError or a *dataset.OptionError.
func (f *Surveyor) Merge(next *Surveyor) error {
	if !next.schema.Equal(f.schema) {
		return fmt.Errorf("survey: merge: %w", &dataset.SchemaError{Want: "a surveyor of the same schema", Got: "another schema"})
	}
	if a, b := f.options, next.options; a.Seed != b.Seed || a.SampleRows != b.SampleRows || a.Target != b.Target {
		return fmt.Errorf("survey: merge: %w", &dataset.OptionError{Field: "survey.Options", Value: "others", Want: "the same seed, sample and target"})
	}
	f.rows += next.rows
	for i := range f.columns {
		c, o := &f.columns[i], &next.columns[i]
		c.values += o.values
		c.unique.merge(&o.unique)
		if c.order != nil {
			c.order.merge(o.order)
		}
		if c.looks != nil {
			c.looks.merge(o.looks)
		}
		if c.texts != nil {
			if err := c.texts.merge(o.texts); err != nil {
				return f.failed(i, err)
			}
		}
	}
	f.repeats.merge(&next.repeats)
	f.often.counts.Merge(&next.often.counts)
	f.sample.merge(&next.sample)
	if err := f.gaps.counts.Merge(next.gaps.counts); err != nil {
		return fmt.Errorf("survey: merge: %w", err)
	}
	return nil
}

// Survey returns what was found until now. The fold can be used further.
func (f *Surveyor) Survey() *Survey {
	s := &Survey{
		Version: version, Rows: f.rows, Columns: make([]Column, len(f.columns)), Duplicates: f.repeats.duplicates(f.rows, &f.often),
		Target: f.options.Target, Information: []Information{},
	}
	for i := range f.columns {
		field, c := f.schema.Field(i), &f.columns[i]
		out := &s.Columns[i]
		*out = Column{Name: field.Name, Type: field.Type, Personal: c.personal, Values: c.values, Unique: c.unique.unique()}
		if c.order != nil {
			o := c.order.Order
			out.Order = &o
		}
		if c.looks != nil {
			l := *c.looks
			out.Looks = &l
		}
		if c.texts != nil {
			c.texts.seal(out)
		}
	}
	f.gaps.seal(s, f.schema.Names())
	f.sample.cut()
	s.SampleRows = len(f.sample.rows)
	f.dependencies(s)
	return s
}
