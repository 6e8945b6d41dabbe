package repair

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/tidewheel/tidewheel/dataset"
)

// pieceRows is the number of rows that are repaired at once, and of a batch of the ledger.
const pieceRows = 8192

// Summary counts what a range has repaired.
type Summary struct {
	Rows    int64 // rows that were read
	RowsOut int64 // rows that were passed on; the others were left out by Dedupe
	Changed int64 // rows passed on with a changed cell
	Cells   int64 // changed cells
	Counts  []Count
}

// Count is the number of changed cells of a column by a rule; columns in order of the schema, then rules by name.
type Count struct {
	Column string `json:"column"`
	Rule   string `json:"rule"` // as in the ledger
	Cells  int64  `json:"cells"`
}

// Repaired is a source of repaired rows.
type Repaired struct {
	r      *Repairer
	src    dataset.Source
	schema *dataset.Schema
	ledger *ledger
	ranged atomic.Bool

	mu      sync.Mutex
	summary Summary
}

// Apply returns the rows of src, repaired, in their order: all but those that a Dedupe leaves out. Its schema is that of src but for the units of a Convert.
//
// Every changed cell and every row left out is a row of the ledger, which is of LedgerSchema, and is written before the row is yielded; the ledger is committed,
// not closed, when the range comes to its end. A ledger can be committed once, so with one a second range yields dataset.ErrConsumed. Without one (nil) the
// result can be ranged as often, and as concurrently, as src.
//
// It holds a batch of src and, beside it, the changes of 8,192 rows; a Smooth and a Dedupe say what they hold. A column without repairs is passed on uncopied. It
// errors with *dataset.SchemaError, joined, for columns that src lacks or whose type a repair cannot read, and with *dataset.OptionError for a ledger without a key where a personal column
// is repaired.
func (r *Repairer) Apply(src dataset.Source, into dataset.Sink) (*Repaired, error) {
	schema, err := r.output(src.Schema())
	if err != nil {
		return nil, fmt.Errorf("repair: apply: %w", err)
	}
	out := &Repaired{r: r, src: src, schema: schema}
	_, err = r.chains(src.Schema(), schema)
	out.ledger, err = r.newLedger(src.Schema(), into, err)
	if r.dedupe != nil {
		_, bad := src.Schema().Select(r.dedupe.By...)
		err = errors.Join(err, bad)
	}
	if err != nil {
		return nil, fmt.Errorf("repair: apply: %w", err)
	}
	return out, nil
}

// repairs reports whether a repair may change cells of a column.
func (r *Repairer) repairs(name string) bool {
	return r.cells[name] != nil || r.converts[name] != nil || r.smooths[name] != nil
}

// output returns the schema of the repaired rows.
func (r *Repairer) output(src *dataset.Schema) (*dataset.Schema, error) {
	var fields []dataset.Field
	var errs []error
	for _, f := range src.Fields() {
		c := r.converts[f.Name]
		if c == nil {
			continue
		}
		f, convert, err := c.apply(f)
		if err == nil && convert {
			fields = append(fields, f)
		}
		errs = append(errs, err)
	}
	for _, name := range r.names() {
		if src.Index(name) < 0 {
			errs = append(errs, &dataset.SchemaError{Column: name, Want: "a column to repair", Got: "no such column"})
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return src.With(fields...)
}

// names returns the repaired columns in order of their names.
func (r *Repairer) names() []string {
	var names []string
	for name := range r.cells {
		names = append(names, name)
	}
	for name := range r.converts {
		names = append(names, name)
	}
	for name := range r.smooths {
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// chains binds the repairs of cells to the columns of a source, in their order.
func (r *Repairer) chains(src, out *dataset.Schema) ([]*chain, error) {
	var chains []*chain
	var errs []error
	for i, f := range src.Fields() {
		if s := r.smooths[f.Name]; s != nil && !smoothable(f.Type) {
			errs = append(errs, unfit(target{field: f}, "a column of numbers, dates or times for smooth"))
		}
		c := &chain{at: i, field: f, as: f.Type, numeric: f.Type.IsNumeric()}
		if out.Field(i).Unit != f.Unit {
			c.convert = r.converts[f.Name]
		}
		if r.o.Schema != nil && f.Type.IsText() {
			if as, ok := r.o.Schema.Lookup(f.Name); ok {
				c.as = as.Type
			}
		}
		for _, p := range r.cells[f.Name] {
			step, err := p.bind(target{f, c.as})
			if err != nil {
				errs = append(errs, err)
				continue
			}
			c.steps = append(c.steps, step)
		}
		if c.convert != nil || len(c.steps) > 0 {
			chains = append(chains, c)
		}
	}
	return chains, errors.Join(errs...)
}

func (r *Repairer) newLedger(src *dataset.Schema, into dataset.Sink, err error) (*ledger, error) {
	l := &ledger{sink: into, source: src, personal: make([]bool, src.Len()), key: r.o.Key, mem: r.o.Allocator}
	s, bad := LedgerSchema()
	l.schema, err = s, errors.Join(err, bad)
	for i, f := range src.Fields() {
		l.personal[i] = f.Personal
		if r.o.Schema != nil {
			mine, _ := r.o.Schema.Lookup(f.Name)
			l.personal[i] = f.Personal || mine.Personal
		}
		if l.personal[i] && into != nil && len(r.o.Key) == 0 && r.repairs(f.Name) {
			err = errors.Join(err, option("Options.Key", "none", "a key, since column "+strconv.Quote(f.Name)+" is personal"))
		}
	}
	return l, err
}

// Schema implements dataset.Source.
func (d *Repaired) Schema() *dataset.Schema { return d.schema }

// Summary returns the counts of the range that came to its end last, zeros before the first. It is safe for concurrent use.
func (d *Repaired) Summary() Summary {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.summary
	s.Counts = slices.Clone(s.Counts)
	return s
}

// Batches implements dataset.Source.
func (d *Repaired) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		if d.ledger.sink != nil && d.ranged.Swap(true) {
			yield(dataset.Batch{}, fmt.Errorf("repair: apply: a ledger was written already: %w", dataset.ErrConsumed))
			return
		}
		run := &run{d: d, ctx: ctx, counts: make(map[Count]int64)}
		run.yield = func(b dataset.Batch) bool {
			run.stopped = !yield(b, nil)
			return !run.stopped
		}
		err := run.all()
		switch {
		case run.stopped:
		case err != nil:
			yield(dataset.Batch{}, fmt.Errorf("repair: apply: %w", err))
		default:
			d.mu.Lock()
			d.summary = run.summary(d.schema)
			d.mu.Unlock()
		}
	}
}

// piece is some rows on their way.
type piece struct {
	batch   dataset.Batch // owned by the piece; zero when no row is left
	rows    []int64       // the address of each of its rows
	changes []change      // of its rows, and of rows that were left out
	open    int           // numbers of it that are not smoothed yet
	smooth  [][]float64   // for each smoothed column, its numbers
}

// errStop ends a range whose rows are not wanted any more.
var errStop = errors.New("stop")

// run is one range.
type run struct {
	d        *Repaired
	ctx      context.Context //nolint:containedctx // of one call, which run is the body of
	chains   []*chain
	smoother *smoother
	rows     int64 // read
	out      int64
	changed  int64
	counts   map[Count]int64
	yield    func(dataset.Batch) bool
	stopped  bool
}

func (r *run) all() (err error) {
	d := r.d
	if r.chains, err = d.r.chains(d.src.Schema(), d.schema); err != nil {
		return err
	}
	r.smoother = newSmoother(d.r.smooths, d.schema, d.r.o.Allocator, r.pass)
	defer r.smoother.close()
	if d.r.dedupe != nil {
		err = r.dedupe()
	} else {
		err = r.pieces(r.smoother.take)
	}
	if err == nil {
		err = r.smoother.end()
	}
	if err == nil && r.stopped {
		err = errStop
	}
	if err == nil && d.ledger.sink != nil {
		err = d.ledger.sink.Commit(r.ctx)
	}
	return err
}

// pieces passes on the rows of the source with their cells repaired. The piece goes with the call.
func (r *run) pieces(take func(*piece) error) error {
	for b, err := range r.d.src.Batches(r.ctx) {
		if err != nil {
			return err
		}
		for from := 0; from < b.NumRows(); from += pieceRows {
			p, err := r.piece(b, from, min(from+pieceRows, b.NumRows()))
			if err == nil {
				err = take(p)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// piece repairs the cells of some rows of b.
func (r *run) piece(b dataset.Batch, from, to int) (*piece, error) {
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	part := b.Slice(from, to)
	defer part.Release()
	p := &piece{rows: make([]int64, to-from)}
	for i := range p.rows {
		p.rows[i] = r.rows + int64(i)
	}
	columns := slices.Clone(part.Record().Columns())
	var made []arrow.Array
	defer func() {
		for _, a := range made {
			a.Release()
		}
	}()
	for _, c := range r.chains {
		a, changes, err := c.apply(r.d.r.o.Allocator, columns[c.at])
		if err != nil {
			return nil, fmt.Errorf("column %q: rows from %d: %w", c.field.Name, r.rows, err)
		}
		made = append(made, a)
		columns[c.at] = a
		for i := range changes {
			changes[i].row += r.rows
		}
		p.changes = append(p.changes, changes...)
	}
	r.rows += int64(to - from)
	var err error
	p.batch, err = dataset.NewBatch(r.d.schema, columns, to-from)
	return p, err
}

// pass writes what was done to a piece to the ledger, and yields its rows. It takes the piece over.
func (r *run) pass(p *piece) error {
	defer p.batch.Release()
	slices.SortFunc(p.changes, func(a, b change) int { return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.column, b.column)) })
	if err := r.d.ledger.write(r.ctx, p.changes); err != nil {
		return err
	}
	row := int64(-1)
	for _, c := range p.changes {
		if c.column < 0 {
			continue
		}
		if c.row != row {
			row = c.row
			r.changed++
		}
		r.counts[Count{Column: r.d.schema.Field(c.column).Name, Rule: c.rule}]++
	}
	r.out += int64(len(p.rows))
	if len(p.rows) > 0 && !r.yield(p.batch) {
		return errStop
	}
	return nil
}

func (r *run) summary(s *dataset.Schema) Summary {
	out := Summary{Rows: r.rows, RowsOut: r.out, Changed: r.changed}
	for c, n := range r.counts {
		c.Cells = n
		out.Counts = append(out.Counts, c)
		out.Cells += n
	}
	slices.SortFunc(out.Counts, func(a, b Count) int {
		return cmp.Or(cmp.Compare(s.Index(a.Column), s.Index(b.Column)), cmp.Compare(a.Rule, b.Rule))
	})
	return out
}
