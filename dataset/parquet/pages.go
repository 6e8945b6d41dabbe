package parquet

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
)

// columnReader appends the rows of one column chunk to a builder.
type columnReader struct {
	name   string
	pages  parquet.Pages
	page   parquet.Page
	levels []byte // definition levels of the page's rows still to come; nil when every row has a value
	left   int    // rows of the page still to come
	valid  []bool
	values valueColumn
}

// valueColumn holds the present values of a page and appends them.
type valueColumn interface {
	// load takes the values of a page and returns how many there are. They alias the page.
	load(p parquet.Page, present int) (int, error)
	// emit appends n rows; valid is nil when all of them have a value.
	emit(n int, valid []bool) error
}

// read appends n rows.
func (r *columnReader) read(n int) error {
	for n > 0 {
		if r.left == 0 {
			if err := r.next(); err != nil {
				return err
			}
			continue
		}
		k := min(n, r.left)
		var valid []bool
		if r.levels != nil {
			valid = r.mask(k)
		}
		if err := r.values.emit(k, valid); err != nil {
			return err
		}
		r.left -= k
		n -= k
	}
	return nil
}

// mask turns the next k definition levels into validity, nil when no row is null.
func (r *columnReader) mask(k int) []bool {
	if cap(r.valid) < k {
		r.valid = make([]bool, k)
	}
	valid, nulls := r.valid[:k], false
	for i, level := range r.levels[:k] {
		valid[i] = level == 1
		nulls = nulls || level != 1
	}
	r.levels = r.levels[k:]
	if !nulls {
		return nil
	}
	return valid
}

// next reads the next page.
func (r *columnReader) next() error {
	r.release()
	page, err := r.pages.ReadPage()
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return formatError(r.name, "as many rows as the row group", "fewer")
	}
	if err != nil {
		return formatError(r.name, "pages that can be read", err.Error())
	}
	r.page = page
	r.left = int(page.NumRows())
	present := r.left
	r.levels = nil
	if levels := page.DefinitionLevels(); len(levels) > 0 {
		if len(levels) != r.left {
			return formatError(r.name, fmt.Sprintf("%d definition levels", r.left), fmt.Sprint(len(levels)))
		}
		present = 0
		for _, level := range levels {
			if level == 1 {
				present++
			}
		}
		r.levels = levels
	}
	if r.left == 0 {
		return nil
	}
	got, err := r.values.load(page, present)
	if err != nil {
		return err
	}
	if got != present {
		return formatError(r.name, fmt.Sprintf("%d values in a page", present), fmt.Sprint(got))
	}
	return nil
}

func (r *columnReader) release() {
	if r.page != nil {
		parquet.Release(r.page)
		r.page = nil
	}
}

func (r *columnReader) close() error {
	r.release()
	return r.pages.Close()
}

// typed is the valueColumn of Arrow values of one Go type.
type typed[D any] struct {
	decode func(p parquet.Page, present int) ([]D, error)
	put    func(values []D, valid []bool) error
	dense  []D // present values still to come
	spread []D
}

func (t *typed[D]) load(p parquet.Page, present int) (int, error) {
	var err error
	t.dense, err = t.decode(p, present)
	return len(t.dense), err
}

func (t *typed[D]) emit(n int, valid []bool) error {
	if valid == nil {
		values := t.dense[:n]
		t.dense = t.dense[n:]
		return t.put(values, nil)
	}
	if cap(t.spread) < n {
		t.spread = make([]D, n)
	}
	out, k := t.spread[:n], 0
	for i, ok := range valid {
		if ok {
			out[i] = t.dense[k]
			k++
		} else {
			var zero D
			out[i] = zero
		}
	}
	t.dense = t.dense[k:]
	return t.put(out, valid)
}
