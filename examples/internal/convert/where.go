package convert

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// grammar is what -where reads, for its help.
const grammar = "column op value, of == != < <= > >=, or column is [not] null; joined by and, or (and binds tighter). Columns and texts with spaces stand in quotes"

// test is one comparison of -where.
type test struct {
	column string
	null   bool // is null or, with not, is not null
	not    bool
	op     dataset.Operator
	value  string
	number dataset.Value // value, as the column's type has it
}

// condition is a list of lists: a row is kept when every test of one of them holds.
type condition [][]test

// parseWhere reads the text of -where.
func parseWhere(text string) (condition, error) {
	p := &whereParser{}
	if err := p.split(text); err != nil {
		return nil, err
	}
	out := condition{nil}
	for {
		t, err := p.test()
		if err != nil {
			return nil, err
		}
		out[len(out)-1] = append(out[len(out)-1], t)
		switch w := p.next(); {
		case w.end:
			return out, nil
		case w.is("or"), w.is("||"):
			out = append(out, nil)
		case !w.is("and") && !w.is("&&"):
			return nil, bad("and, or, or the end", w)
		}
	}
}

// word is a part of -where.
type word struct {
	text   string
	quoted bool
	end    bool
}

func (w word) is(text string) bool { return !w.quoted && !w.end && strings.EqualFold(w.text, text) }

type whereParser struct{ words []word }

func (p *whereParser) next() word {
	if len(p.words) == 0 {
		return word{end: true}
	}
	w := p.words[0]
	p.words = p.words[1:]
	return w
}

// split cuts text into words, operators and quoted texts.
func (p *whereParser) split(text string) error {
	const operators = "=!<>&|"
	for i := 0; i < len(text); {
		from := i
		switch c := text[i]; {
		case c == ' ' || c == '\t' || c == '\n':
			i++
			continue
		case c == '"' || c == '\'' || c == '`':
			var b strings.Builder
			for i++; ; i++ {
				if i == len(text) {
					return errors.New("flag -where: want a closing quote, got the end")
				}
				if text[i] == c {
					if i++; i == len(text) || text[i] != c {
						break
					}
				}
				b.WriteByte(text[i])
			}
			p.words = append(p.words, word{text: b.String(), quoted: true})
			continue
		case strings.IndexByte(operators, c) >= 0:
			for i < len(text) && strings.IndexByte(operators, text[i]) >= 0 {
				i++
			}
		default:
			for i < len(text) && !strings.ContainsRune(operators+" \t\n\"'`", rune(text[i])) {
				i++
			}
		}
		p.words = append(p.words, word{text: text[from:i]})
	}
	return nil
}

func bad(want string, got word) error {
	if got.end {
		return fmt.Errorf("flag -where: want %s, got the end; -h explains it", want)
	}
	return fmt.Errorf("flag -where: want %s, got %q; -h explains it", want, got.text)
}

func (p *whereParser) test() (test, error) {
	name := p.next()
	if name.end {
		return test{}, bad("a column", name)
	}
	t := test{column: name.text}
	op := p.next()
	if op.is("is") {
		w := p.next()
		if t.null = true; w.is("not") {
			t.not = true
			w = p.next()
		}
		if !w.is("null") {
			return test{}, bad("null or not null", w)
		}
		return t, nil
	}
	at := slices.Index([]string{"==", "!=", "<", "<=", ">", ">="}, op.text) // in the order of dataset.Operator
	if op.text == "=" {
		at = 0
	}
	if at < 0 || op.quoted || op.end {
		return test{}, bad("== != < <= > >= or is", op)
	}
	value := p.next()
	if value.end {
		return test{}, bad("a value", value)
	}
	t.op, t.value = dataset.Operator(at), value.text
	return t, nil
}

// columns returns the columns that the condition reads.
func (c condition) columns() []string {
	var out []string
	for _, all := range c {
		for _, t := range all {
			if !slices.Contains(out, t.column) {
				out = append(out, t.column)
			}
		}
	}
	return out
}

// bind reads the values as the columns of s have them.
func (c condition) bind(s *dataset.Schema) error {
	for _, all := range c {
		for i := range all {
			f, ok := s.Lookup(all[i].column)
			if !ok {
				return fmt.Errorf("flag -where: want a column of the data, got %q", all[i].column)
			}
			if err := all[i].bind(f); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *test) bind(f dataset.Field) error {
	if t.null {
		return nil
	}
	var v float64
	var ok bool
	switch f.Type.Class() {
	case dataset.ClassText:
		t.number = dataset.TextValue(t.value)
		return nil
	case dataset.ClassBool:
		is, isBool := cell.Bool([]byte(t.value))
		if v, ok = 0, isBool; is {
			v = 1
		}
		if !ok {
			v, ok = cell.Float([]byte(t.value))
		}
	case dataset.ClassDate:
		var days int32
		days, ok = cell.Date([]byte(t.value))
		v = float64(days)
	case dataset.ClassTime:
		var micros int64
		micros, _, ok = cell.Time([]byte(t.value))
		v = float64(micros)
	case dataset.ClassInteger, dataset.ClassFloat, dataset.ClassDecimal:
		v, ok = cell.Float([]byte(t.value))
	default:
		return fmt.Errorf("flag -where: want a column of numbers, texts, dates or times, got %q of type %s, which can only be null or not", t.column, f.Type)
	}
	if !ok {
		return fmt.Errorf("flag -where: want a value of type %s for column %q, got %q", f.Type, t.column, t.value)
	}
	t.number = dataset.NumberValue(v)
	return nil
}

// scan returns the rows of src that hold the condition, with its columns among others. Comparisons that all must hold are handed to the source, which may skip what cannot
// hold them.
func (c condition) scan(ctx context.Context, src dataset.Source, columns []string) (dataset.Source, error) {
	rest := c
	o := dataset.ScanOptions{Columns: columns}
	if len(c) == 0 {
		return dataset.Scan(ctx, src, o)
	}
	if len(c) == 1 {
		rest = condition{nil}
		for _, t := range c[0] {
			if t.null {
				rest[0] = append(rest[0], t)
			} else {
				o.Filter = append(o.Filter, t.predicate())
			}
		}
	}
	out, err := dataset.Scan(ctx, src, o)
	if err != nil || len(rest[0]) == 0 {
		return out, err
	}
	return dataset.Map(out, out.Schema(), func(_ context.Context, b dataset.Batch) (dataset.Batch, error) {
		keep, err := rest.holds(b)
		if err != nil {
			return dataset.Batch{}, err
		}
		return dataset.Filter(nil, b, keep)
	}), nil
}

// holds returns which rows of b hold the condition.
func (c condition) holds(b dataset.Batch) ([]bool, error) {
	keep := make([]bool, b.NumRows())
	for _, all := range c {
		some := make([]bool, b.NumRows())
		for i := range some {
			some[i] = true
		}
		for _, t := range all {
			if err := t.narrow(b, some); err != nil {
				return nil, err
			}
		}
		for i, s := range some {
			keep[i] = keep[i] || s
		}
	}
	return keep, nil
}

// narrow clears what does not hold the test.
func (t test) narrow(b dataset.Batch, keep []bool) error {
	if !t.null {
		m, err := dataset.NewMatcher(b.Schema(), []dataset.Predicate{t.predicate()})
		if err != nil {
			return err
		}
		return m.Narrow(b, keep)
	}
	column, err := b.ByName(t.column)
	if err != nil {
		return err
	}
	for i := range keep {
		keep[i] = keep[i] && column.IsNull(i) != t.not
	}
	return nil
}

// predicate is a test that is not about null, as a scan takes it.
func (t test) predicate() dataset.Predicate {
	return dataset.Predicate{Column: t.column, Operator: t.op, Value: t.number}
}
