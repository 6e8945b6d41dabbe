package matrix

import (
	"math"
	"slices"
)

// stack gathers a column whose length is not known yet: parts of at least minPart values, joined once.
type stack[T any] struct {
	parts [][]T
	n     int
}

const minPart = 8192

// push returns the room for the next n values.
func (s *stack[T]) push(n int) []T {
	s.n += n
	last := len(s.parts) - 1
	if last < 0 || cap(s.parts[last])-len(s.parts[last]) < n {
		s.parts = append(s.parts, make([]T, 0, max(n, minPart)))
		last++
	}
	at := len(s.parts[last])
	s.parts[last] = s.parts[last][:at+n]
	return s.parts[last][at:]
}

// join returns all values and forgets them.
func (s *stack[T]) join() []T {
	parts := s.parts
	s.parts = nil
	if len(parts) == 1 {
		return parts[0]
	}
	out := make([]T, 0, s.n)
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// numbers gathers a numeric column, as long as it is compact without its zeros.
type numbers struct {
	compact bool
	n       int
	dense   stack[float64]
	rows    stack[int32]
	values  stack[float64]
}

// sparseShare is how many values a compact column has for one that is not zero, at least.
const sparseShare = 4

// room returns where to write the next n values; of a compact column it is scratch.
func (c *numbers) room(n int, scratch *[]float64) []float64 {
	if !c.compact {
		return c.dense.push(n)
	}
	*scratch = slices.Grow((*scratch)[:0], n)[:n]
	return *scratch
}

// keep takes the values that were written to room.
func (c *numbers) keep(values []float64) {
	if !c.compact {
		return
	}
	filled := 0
	for _, v := range values {
		if v != 0 {
			filled++
		}
	}
	if sparseShare*(c.rows.n+filled) > c.n+len(values) || c.n+len(values) > math.MaxInt32 {
		c.expand()
		copy(c.dense.push(len(values)), values)
		return
	}
	rows, kept := c.rows.push(filled), c.values.push(filled)
	at := 0
	for i, v := range values {
		if v != 0 {
			rows[at], kept[at] = int32(c.n+i), v
			at++
		}
	}
	c.n += len(values)
}

// expand ends being compact.
func (c *numbers) expand() {
	var column Column
	c.join(&column)
	c.compact = false
	for done := 0; done < c.n; done += minPart {
		part := c.dense.push(min(minPart, c.n-done))
		for len(column.Rows) > 0 && int(column.Rows[0]) < done+len(part) {
			part[int(column.Rows[0])-done] = column.Values[0]
			column.Rows, column.Values = column.Rows[1:], column.Values[1:]
		}
	}
}

// join gives the values to the column and forgets them.
func (c *numbers) join(to *Column) {
	if c.compact {
		to.Rows, to.Values = c.rows.join(), c.values.join()
	} else {
		to.Numbers = c.dense.join()
	}
}
