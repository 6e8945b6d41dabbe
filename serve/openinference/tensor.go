package openinference

import (
	"errors"
	"fmt"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/serve/internal/wire"
	"github.com/tidewheel/tidewheel/validate"
)

// read reads the data of a tensor into columns, row by row; the first of them is column first of the schema.
func (q *request) read(v *view, t *tensor, columns []cells, first int) error {
	n := t.shape[0]
	if n > q.limits.MaxRows {
		return fmt.Errorf("shape: want at most %d rows: %w", q.limits.MaxRows, dataset.ErrLimit)
	}
	want, p, got := n*len(columns), len(columns), 0
	element := func() error {
		if got++; got > want {
			return errElements
		}
		j := (got - 1) % p
		value, verdict, err := t.element(&v.fields[first+j], q.limits.MaxTextBytes)
		columns[j].add(value, verdict)
		return err
	}
	var err error
	if t.size >= 0 {
		err = t.elements(element)
	} else {
		err = t.nested(t.shape, element)
	}
	if err == nil && got != want {
		err = errElements
	}
	if errors.Is(err, errElements) {
		return bad("input %q: want data that fill the shape %d", v.label(t), t.shape)
	}
	return err
}

// label returns the name of a tensor that is a column; a client's other names are not repeated.
func (v *view) label(t *tensor) string {
	if v.model.Schema().Index(t.name) >= 0 {
		return t.name
	}
	return "0"
}

// errElements says that data do not fill a shape.
var errElements = errors.New("data do not fill the shape")

// nested reads an array of elements, flat, or nested as the shape says.
func (t *tensor) nested(shape []int, element func() error) error {
	r, n, flat := t.reader, 0, false
	err := r.Items(func() error {
		n++
		scalar := r.Peek() != wire.Array
		flat = flat || (n == 1 && scalar)
		switch {
		case scalar != flat:
			return errElements
		case flat:
			return element()
		case len(shape) < 2 || n > shape[0]:
			return errElements
		default:
			return t.inner(shape[1:], element)
		}
	})
	if err == nil && !flat && n != shape[0] {
		return errElements
	}
	return err
}

// inner reads what is nested: an array of exactly the shape.
func (t *tensor) inner(shape []int, element func() error) error {
	r, n := t.reader, 0
	err := r.Items(func() error {
		if n++; n > shape[0] {
			return errElements
		}
		if len(shape) == 1 {
			return element()
		}
		if r.Peek() != wire.Array {
			return errElements
		}
		return t.inner(shape[1:], element)
	})
	if err == nil && n != shape[0] {
		return errElements
	}
	return err
}

// element reads one element as a value of f. A number that its integer datatype cannot hold is refused as one of the column would be.
func (t *tensor) element(f *dataset.Field, maxText int) (dataset.Value, validate.Verdict, error) {
	if t.size >= 0 {
		return t.binaryElement(f, maxText)
	}
	r := t.reader
	if r.Peek() == wire.Array {
		return dataset.Value{}, validate.Verdict{}, errElements
	}
	if t.bounds == "" || t.bounds == f.Type || r.Peek() != wire.Number {
		return wire.Cell(r, f)
	}
	text, err := r.Number()
	if err != nil {
		return dataset.Value{}, validate.Verdict{}, err
	}
	if _, verdict := validate.ParseCell(dataset.Field{Type: t.bounds}, text); verdict.Severity == validate.Refused {
		return dataset.Value{}, verdict, nil
	}
	v, verdict := wire.NumberCell(f, text)
	return v, verdict, nil
}
