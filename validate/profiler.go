package validate

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/sketch"
)

// Bounds of what a Profiler keeps for one column.
const (
	textSlots = 1024 // distinct texts counted at once, as many as numbers; beyond, counts are lower bounds
	tailSlots = 16   // smallest and largest values kept exactly
	maxText   = 128  // bytes of the longest text that is listed
)

// ProfileOptions says how a profile is made. The zero value is ready to use.
type ProfileOptions struct {
	Workers   int              // goroutines that fold; 0 is GOMAXPROCS, 1 starts none
	Allocator memory.Allocator // for re-cut batches; nil is Go's
}

// ProfileOf reads src once and returns the profile of its columns. The bits depend on the rows and the schema alone, not on workers or on the reader's batches.
// It holds a bounded number of values for each column. Errors are those of src, and *dataset.OptionError.
func ProfileOf(ctx context.Context, src dataset.Source, o ProfileOptions) (*Profile, error) {
	if o.Workers < 0 {
		return nil, fmt.Errorf("validate: profile: %w",
			&dataset.OptionError{Field: "validate.ProfileOptions.Workers", Value: strconv.Itoa(o.Workers), Want: "0 or more"})
	}
	p, err := dataset.Run(ctx, src, func() *Profiler { return NewProfiler(src.Schema()) }, dataset.RunOptions(o))
	if err != nil {
		return nil, fmt.Errorf("validate: profile: %w", err)
	}
	return p.Profile(), nil
}

// Profiler is the fold behind a Profile: a dataset.Folder, mergeable, in bounded memory. Use it with dataset.Run, alone or beside other folds in a dataset.Both;
// ProfileOf is the short way. Only NewProfiler makes a usable one. It is not safe for concurrent use.
type Profiler struct {
	schema  *dataset.Schema
	rows    int64
	columns []columnFold
	numbers []float64 // scratch of one chunk
}

// NewProfiler returns the fold of no rows of s.
func NewProfiler(s *dataset.Schema) *Profiler {
	p := &Profiler{schema: s, columns: make([]columnFold, s.Len())}
	for i := range p.columns {
		f := s.Field(i)
		c := &p.columns[i]
		c.personal = f.Personal
		switch {
		case f.Type.IsNumeric():
			c.kind, c.integral = kindNumber, true
		case f.Type.IsText():
			c.kind = kindText
			if !f.Personal {
				// The limits are within those of the sketch, so there is no error.
				c.top, _ = sketch.NewTopK(sketch.TopKOptions{Capacity: textSlots, MaxValueBytes: maxText})
			}
		case hasLength(f.Type.Class()):
			c.kind = kindLength
		}
	}
	return p
}

type columnKind uint8

const (
	kindOther columnKind = iota // nulls only
	kindNumber
	kindText
	kindLength // nulls and lengths
)

type columnFold struct {
	kind     columnKind
	personal bool
	nulls    int64
	nan      int64
	infinite int64
	distinct sketch.Distinct

	moments   sketch.Moments
	quantiles sketch.Quantiles
	values    sketch.TopNumbers
	integral  bool
	tails     tails

	top     *sketch.TopK
	lengths lengths
}

// Observe implements dataset.Folder. The batch must be of the profiler's schema.
func (p *Profiler) Observe(b dataset.Batch) error {
	if !b.Schema().Equal(p.schema) {
		return fmt.Errorf("validate: profile: %w", &dataset.SchemaError{Want: "a batch of the profile's schema", Got: "another schema"})
	}
	p.rows += int64(b.NumRows())
	for i := range p.columns {
		var err error
		switch c := &p.columns[i]; c.kind {
		case kindNumber:
			err = p.observeNumbers(c, b.Column(i))
		case kindText:
			err = c.observeTexts(b.Column(i))
		case kindLength:
			err = c.observeLengths(b.Column(i))
		default:
			c.nulls += int64(b.Column(i).NullN())
		}
		if err != nil {
			return fmt.Errorf("validate: profile: column %q: %w", p.schema.Field(i).Name, err)
		}
	}
	return nil
}

func (p *Profiler) observeNumbers(c *columnFold, column arrow.Array) error {
	n := column.Len()
	p.numbers = slices.Grow(p.numbers[:0], n)[:n]
	if err := dataset.Float64s(column, p.numbers); err != nil {
		return err
	}
	nulls := column.NullN()
	c.nulls += int64(nulls)
	kept := p.numbers[:0]
	for i, x := range p.numbers {
		switch {
		case nulls > 0 && column.IsNull(i):
		case math.IsNaN(x):
			c.nan++
		case math.IsInf(x, 0):
			c.infinite++
		default:
			kept = append(kept, x+0) // -0 becomes +0
		}
	}
	for _, x := range kept {
		c.distinct.AddFloat64(x)
	}
	if c.personal {
		return nil
	}
	c.moments.AddSlice(kept)
	c.quantiles.AddSlice(kept)
	c.values.AddSlice(kept)
	for _, x := range kept {
		c.integral = c.integral && x == math.Trunc(x)
		c.tails.add(x)
	}
	return nil
}

// observeTexts counts each distinct text of the chunk once, in order of appearance, so that the encoding of the column does not matter.
func (c *columnFold) observeTexts(column arrow.Array) error {
	texts, err := dataset.NewTexts(column)
	if err != nil {
		return err
	}
	values, counts, nulls := texts.Counts()
	c.nulls += nulls
	for i, v := range values {
		c.distinct.AddString(v)
		if !c.personal {
			c.top.AddN(v, counts[i])
			c.lengths.add(int64(utf8.RuneCountInString(v)), int64(counts[i]))
		}
	}
	return nil
}

// Merge implements dataset.Folder.
func (p *Profiler) Merge(next *Profiler) error {
	if !next.schema.Equal(p.schema) {
		return fmt.Errorf("validate: profile: merge: %w", &dataset.SchemaError{Want: "a profile of the same schema", Got: "another schema"})
	}
	p.rows += next.rows
	for i := range p.columns {
		if err := p.columns[i].merge(&next.columns[i]); err != nil {
			return fmt.Errorf("validate: profile: merge: column %q: %w", p.schema.Field(i).Name, err)
		}
	}
	return nil
}

func (c *columnFold) merge(o *columnFold) error {
	c.nulls += o.nulls
	c.nan += o.nan
	c.infinite += o.infinite
	c.distinct.Merge(&o.distinct)
	c.moments.Merge(&o.moments)
	c.quantiles.Merge(&o.quantiles)
	c.integral = c.integral && o.integral
	c.tails.merge(&o.tails)
	c.lengths.merge(o.lengths)
	c.values.Merge(&o.values)
	if c.top != nil {
		return c.top.Merge(o.top)
	}
	return nil
}

// tails keeps the smallest and the largest values, both nearest the end first.
type tails struct {
	low, high   [tailSlots]float64
	nLow, nHigh int
}

func (t *tails) add(x float64) {
	t.addLow(x)
	t.addHigh(x)
}

func (t *tails) addLow(x float64) {
	if t.nLow < tailSlots || x < t.low[tailSlots-1] {
		t.nLow = insert(&t.low, t.nLow, x, func(a, b float64) bool { return a < b })
	}
}

func (t *tails) addHigh(x float64) {
	if t.nHigh < tailSlots || x > t.high[tailSlots-1] {
		t.nHigh = insert(&t.high, t.nHigh, x, func(a, b float64) bool { return a > b })
	}
}

func insert(list *[tailSlots]float64, n int, x float64, before func(a, b float64) bool) int {
	at := min(n, tailSlots-1)
	for at > 0 && before(x, list[at-1]) {
		list[at] = list[at-1]
		at--
	}
	list[at] = x
	return min(n+1, tailSlots)
}

func (t *tails) merge(o *tails) {
	for _, x := range o.low[:o.nLow] {
		t.addLow(x)
	}
	for _, x := range o.high[:o.nHigh] {
		t.addHigh(x)
	}
}

// lengths sums lengths of values, of texts in characters.
type lengths struct {
	n, sum, shortest, longest int64
}

func (l *lengths) add(length, n int64) {
	l.merge(lengths{n: n, sum: n * length, shortest: length, longest: length})
}

func (l *lengths) merge(o lengths) {
	switch {
	case o.n == 0:
		return
	case l.n == 0:
		*l = o
		return
	}
	l.n += o.n
	l.sum += o.sum
	l.shortest = min(l.shortest, o.shortest)
	l.longest = max(l.longest, o.longest)
}
