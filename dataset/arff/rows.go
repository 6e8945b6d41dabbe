package arff

import (
	"bytes"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// rows fills the builders of a batch.
type rows struct {
	*reader
	columns []column // of the attributes, those that are not wanted with a nil append
	weight  func([]byte) bool
	used    []bool // attributes that a sparse row has
}

// column is where the values of an attribute go.
type column struct {
	append func([]byte) bool
	null   func()
	absent []byte // what a sparse row leaves out; nil is null
}

// newRows binds the attributes of the header to the builders of schema s.
func newRows(r *reader, s *dataset.Schema, rb *array.RecordBuilder) (*rows, error) {
	out := &rows{reader: r, columns: make([]column, len(r.attributes)), used: make([]bool, len(r.attributes))}
	left := make(map[string]int, s.Len())
	for i, name := range s.Names() {
		left[name] = i
	}
	for i, a := range r.attributes {
		at, ok := left[a.field.Name]
		if !ok {
			continue
		}
		delete(left, a.field.Name)
		b := rb.Field(at)
		c := column{append: cell.Appender(b), null: b.AppendNull}
		switch class := s.Field(at).Type.Class(); {
		case a.kind == date && (class == dataset.ClassDate || class == dataset.ClassTime):
			c.append = dates(a.date, b)
		case a.kind == numeric:
			c.absent = []byte("0")
		case a.kind == nominal:
			c.absent = []byte(a.field.OneOf[0])
		}
		out.columns[i] = c
	}
	if at, ok := left[r.o.Weight]; ok && r.o.Weight != "" {
		delete(left, r.o.Weight)
		out.weight = cell.Appender(rb.Field(at))
	}
	for _, name := range s.Names() {
		if _, missing := left[name]; missing {
			return nil, &dataset.SchemaError{Column: name, Want: "an attribute of the header", Got: "no such attribute"}
		}
	}
	return out, nil
}

// dates returns the function that appends a date of format f.
func dates(f dateFormat, b array.Builder) func([]byte) bool {
	return func(text []byte) bool {
		micros, ok := f.parse(string(text))
		switch b := b.(type) {
		case *array.Date32Builder:
			day := micros / 86_400_000_000
			if micros < day*86_400_000_000 {
				day--
			}
			b.Append(arrow.Date32(day))
		case *array.TimestampBuilder:
			b.Append(arrow.Timestamp(micros))
		}
		return ok
	}
}

// add reads the line that is ready.
func (r *rows) add() error {
	var err error
	if r.scan.take('{') {
		err = r.sparse()
	} else {
		err = r.dense()
	}
	if err != nil {
		return err
	}
	if !r.rest() {
		return r.fail("", fmt.Sprintf("%d values", len(r.attributes)), "more")
	}
	return nil
}

// put appends a value of attribute i.
func (r *rows) put(i int, v value) error {
	a, c := &r.attributes[i], &r.columns[i]
	switch {
	case c.append == nil:
		return nil
	case v.isMissing() || a.kind == numeric && bytes.EqualFold(v.text, []byte("nan")):
		c.null()
		return nil
	case a.kind == nominal && !a.values[string(v.text)]:
		return r.fail(a.field.Name, "one of the declared values", "another")
	case !c.append(v.text):
		if a.kind == date {
			return r.fail(a.field.Name, "a date of the declared format", "another text")
		}
		return r.fail(a.field.Name, "a value of the column's type", "another text")
	}
	return nil
}

// dense reads values in the order of the attributes.
func (r *rows) dense() error {
	stop := ","
	if bytes.IndexByte(r.scan.text, ',') < 0 && len(r.attributes) > 1 {
		stop = " \t"
	}
	for i := range r.attributes {
		if i > 0 {
			if r.scan.space(); stop == "," && !r.scan.take(',') {
				return r.fail(r.attributes[i].field.Name, fmt.Sprintf("%d values with commas between", len(r.attributes)), "fewer, or text behind a quote")
			}
		}
		v, want := r.scan.word(stop)
		if want != "" {
			return r.fail(r.attributes[i].field.Name, want, "another text or the end of the line")
		}
		if err := r.put(i, v); err != nil {
			return err
		}
	}
	return r.weigh()
}

// sparse reads pairs of an attribute's number and a value, behind the opening brace.
func (r *rows) sparse() error {
	clear(r.used)
	last := -1
	for r.scan.space(); !r.scan.take('}'); {
		i, ok := r.number()
		if !ok || i <= last || i >= len(r.attributes) || !r.scan.space() {
			return r.fail("", fmt.Sprintf("numbers of attributes below %d in increasing order, each with a value behind", len(r.attributes)), "another text or number")
		}
		v, want := r.scan.word(",}")
		if want != "" {
			return r.fail(r.attributes[i].field.Name, want, "another text or the end of the line")
		}
		if err := r.put(i, v); err != nil {
			return err
		}
		last, r.used[i] = i, true
		if r.scan.space(); r.scan.take(',') {
			r.scan.space()
		} else if r.scan.end() || r.scan.text[r.scan.at] != '}' {
			return r.fail(r.attributes[i].field.Name, "a comma or a closing brace", "another text or the end of the line")
		}
	}
	for i, used := range r.used {
		switch c := &r.columns[i]; {
		case used || c.append == nil:
		case c.absent == nil:
			c.null()
		case !c.append(c.absent):
			return r.fail(r.attributes[i].field.Name, "a value of the column's type", "0, left out")
		}
	}
	return r.weigh()
}

// number reads the number of an attribute.
func (r *rows) number() (int, bool) {
	from, n := r.scan.at, 0
	for s := &r.scan; s.at < len(s.text) && s.text[s.at]-'0' <= 9 && n < 1<<24; s.at++ {
		n = n*10 + int(s.text[s.at]-'0')
	}
	return n, r.scan.at > from
}

// weigh reads the weight behind a row.
func (r *rows) weigh() error {
	v := value{text: []byte("1")}
	at := r.scan.at
	r.scan.space()
	if r.scan.take(',') {
		r.scan.space()
	}
	if r.scan.take('{') {
		if r.o.Weight == "" {
			return r.fail("", "a row without a weight, since Options.Weight names no column for it", "one with")
		}
		var want string
		if v, want = r.scan.word("}"); want != "" || !r.scan.take('}') {
			return r.fail(r.o.Weight, "a weight and a closing brace", "another text")
		}
	} else {
		r.scan.at = at
	}
	if r.weight != nil && !r.weight(v.text) {
		return r.fail(r.o.Weight, "a number", "another text")
	}
	return nil
}
