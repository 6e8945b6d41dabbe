package csv

import (
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// inference finds the types of columns from every cell, and keeps what it reads on the way.
//
// Workers read the cells of a block as what the blocks before have been, and as something wider where a cell does not fit. Blocks are then taken in order: the kind of a
// column changes at the first row that does not fit it, and a block that was read as another kind is read again, so that nothing depends on who was first. What was kept of
// a column before its kind changed is read again at the end, together with nothing else.
type inference struct {
	o      *Options
	kinds  [kindText + 1]column // how a column of each kind is read
	forced map[int]column

	mu   sync.Mutex
	seen []kind // of each column, by any worker

	columns []guess
	rows    int64
	short   int64
	left    int64
	part    bool       // there are records behind those that types are inferred from
	keep    *assembler // nil when nothing is kept any more
	kept    [][]arrow.Array
	bytes   int
	next    place // of the first row that is not kept
	block   *block
	taken   int // rows of block that are in keep or kept
}

// place is where a row starts in the text.
type place struct{ at, line int64 }

// guess is what a column has been so far, in order.
type guess struct {
	name    string
	kind    kind
	nulls   int64
	bare    bool  // some null is one where the column is text
	trimmed bool  // some null is none there
	stale   int64 // rows from the start that were kept as another kind
	steps   []Step
}

func newInference(header []string, o *Options, shared *shared) *inference {
	in := &inference{o: o, forced: make(map[int]column), seen: make([]kind, len(header)), columns: make([]guess, len(header))}
	for k := range in.kinds {
		in.kinds[k] = infers("", 0, kind(k), shared)
	}
	if o.KeepBytes > 0 {
		in.keep = &assembler{builders: make([]builder, len(header)), limit: o.BatchRows, mem: memory.DefaultAllocator, flush: in.flush}
	}
	for j, name := range header {
		in.columns[j].name = name
		if t, ok := o.Types[name]; ok {
			f := dataset.Field{Name: name, Type: t}
			in.forced[j] = o.reads(f, j, shared)
			if in.keep != nil {
				dt, _ := t.Arrow() // checked before
				in.keep.builders[j] = newBuilder(dt, memory.DefaultAllocator)
			}
		}
	}
	return in
}

// kindOf returns what a cell that is not null is by itself.
func (in *inference) kindOf(text []byte) kind {
	if _, ok := cell.Bool(text); ok {
		return kindBool
	}
	number, ok := text, true
	if n := in.kinds[kindInt].notation; n != nil {
		number, ok = n.plain(nil, text)
	}
	if ok {
		if _, ok := cell.Float(number); ok {
			if !cell.IsInteger(number) {
				return kindFloat
			}
			if _, err := strconv.ParseInt(cell.Text(number), 10, 64); err != nil {
				return kindHuge
			}
			return kindInt
		}
	}
	if _, ok := cell.Date(text); ok {
		return kindDate
	}
	switch _, zoned, ok := cell.Time(text); {
	case ok && zoned:
		return kindZoned
	case ok:
		return kindNaive
	default:
		return kindText
	}
}

// as reads column j of b as kind k, or as what holds its cells as well. It calls changed before each change, with the row that wants it.
func (in *inference) as(b *block, j int, k kind, changed func(k kind, r int)) kind {
	for {
		c := in.kinds[k]
		c.from = j
		r := c.read(b, &b.vectors[j])
		if r == b.rows {
			return k
		}
		raw, _ := b.cell(r, j)
		wider := join(k, in.kindOf(cell.Trim(raw)))
		if wider == k {
			wider = kindText
		}
		if k = wider; changed != nil {
			changed(k, r)
		}
	}
}

// parse reads the columns of a block.
func (in *inference) parse(b *block) {
	in.mu.Lock()
	seen := slices.Clone(in.seen)
	in.mu.Unlock()
	b.vectors = sized(b.vectors, len(seen))
	for j := range seen {
		if c, ok := in.forced[j]; ok {
			in.parseForced(b, j, &c)
		} else {
			seen[j] = in.as(b, j, seen[j], nil)
		}
	}
	in.mu.Lock()
	for j, k := range seen {
		in.seen[j] = join(in.seen[j], k)
	}
	in.mu.Unlock()
}

// parseForced reads a column whose type is given. Where a cell is no value, the range that reads it again says so; here only nulls are looked for.
func (in *inference) parseForced(b *block, j int, c *column) {
	v := &b.vectors[j]
	if c.read(b, v) == b.rows {
		return
	}
	v.nulls, v.bare, v.failed = v.nulls[:0], false, true
	for r := range b.rows {
		raw, mark := b.cell(r, j)
		c.null(v, raw, cell.Trim(raw), mark, r)
	}
}

// merge takes the next block.
func (in *inference) merge(b *block) error {
	for j := range in.columns {
		g, v := &in.columns[j], &b.vectors[j]
		if _, ok := in.forced[j]; !ok {
			if v.kind != g.kind {
				g.kind = in.as(b, j, g.kind, func(k kind, r int) { in.change(g, j, k, b.lineOf(r)) })
			}
			if g.kind == kindHuge {
				g.stale = in.rows + int64(b.rows)
			}
		} else if v.failed {
			in.drop()
		}
		g.nulls += int64(len(v.nulls))
		g.bare, g.trimmed = g.bare || v.bare, g.trimmed || v.trimmed
	}
	in.rows += int64(b.rows)
	in.short += b.short
	in.left += b.left
	if b.err != nil {
		return b.err
	}
	if in.keep != nil {
		in.block, in.taken = b, in.keep.limit-in.keep.rows
		if err := in.keep.add(b); err != nil {
			return err
		}
	}
	if in.part = b.used < b.size; in.part {
		return errStop
	}
	return nil
}

// change makes the kind of a column k, of which it had none or a narrower one.
func (in *inference) change(g *guess, j int, k kind, line int64) {
	g.steps = append(g.steps, Step{Line: line, Type: k.typ(), Huge: k == kindHuge})
	if g.kind != kindNone || k == kindText && g.trimmed {
		g.stale = in.rows
	}
	g.kind = k
	if in.keep == nil {
		return
	}
	in.keep.builders[j] = nil
	if k != kindHuge {
		dt, _ := k.typ().Arrow() // always a type
		in.keep.builders[j] = newBuilder(dt, memory.DefaultAllocator)
		in.keep.builders[j].placeholders(in.keep.rows)
	}
}

// flush keeps a batch, unless that would be too much.
func (in *inference) flush(columns []arrow.Array, _ int) error {
	for _, c := range columns {
		if c == nil {
			continue
		}
		for _, buffer := range c.Data().Buffers() {
			if buffer != nil {
				in.bytes += buffer.Len()
			}
		}
	}
	if in.bytes > in.o.KeepBytes {
		in.keep = nil
		return nil
	}
	in.kept = append(in.kept, columns)
	if in.block != nil {
		in.next = in.block.place(in.taken)
		in.taken += in.o.BatchRows
	}
	return nil
}

// place returns where row r starts, or the text behind the last one.
func (b *block) place(r int) place {
	at := b.used
	if r < b.rows {
		at = int(b.spans[r*b.width].from)
		if b.mark(r*b.width) == quoted {
			at--
		}
	}
	return place{at: b.at + int64(at), line: b.lineAt(at)}
}

// drop stops keeping.
func (in *inference) drop() { in.keep, in.kept = nil, nil }

// field returns the field of column j.
func (in *inference) field(j int) dataset.Field {
	g := &in.columns[j]
	f := dataset.Field{Name: g.name, Type: g.kind.typ(), Nullable: g.nulls > 0 || in.part}
	if c, ok := in.forced[j]; ok {
		f.Type = c.typ
	}
	if f.Type.IsText() || f.Type == dataset.JSON {
		f.Nullable = g.bare || in.part
		if _, ok := in.forced[j]; !ok && g.trimmed && g.kind != kindText { // the cells are texts
			g.stale = in.rows
		}
	}
	return f
}

// infer reads the records behind the header that types are inferred from. It sets the schema, the report and what is kept.
func (s *Source) infer(cut *cutter, header []string) error {
	in := newInference(header, &s.o, s.shared)
	split := s.o.splitter()
	if cut.width = len(header); s.o.InferBytes > 0 {
		split.until = int64(s.o.InferBytes)
		cut.split.until = split.until
	}
	p := &pipeline{cut: cut, workers: s.o.Workers, merge: in.merge, parse: func(b *block) {
		split.split(b, len(header))
		in.parse(b)
	}}
	if err := p.run(untilEnd); err != nil {
		return err
	}
	fields := make([]dataset.Field, len(header))
	for j := range header {
		fields[j] = in.field(j)
	}
	var err error
	if s.schema, err = dataset.NewSchema(fields...); err != nil {
		return err
	}
	s.report = in.report(s.schema)
	if in.part {
		s.origin = fmt.Sprintf(", as inferred from the first %d records", in.rows)
	}
	whole := in.keep != nil && !in.part
	if whole {
		in.block = nil // there is nothing behind it
		if err := in.keep.end(); err != nil {
			return err
		}
		whole = in.keep != nil
	}
	list, err := s.complete(in)
	s.kept = &keeper{list: list, next: in.next, whole: whole}
	return err
}
