package csv

import (
	"encoding/binary"
	"math"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// Each function here is a loop over one column of a block: words of 8 bytes where a cell has the usual form, and the plain reading of internal/cell for every
// other cell, which alone decides what is a value.

// other reads row r the plain way, as an integer.
func (c *column) other(b *block, v *vector, r int) bool {
	raw, mark := b.cell(r, c.from)
	text := cell.Trim(raw)
	if c.null(v, raw, text, mark, r) {
		return true
	}
	text, ok := c.plain(v, text)
	if ok {
		v.integers[r], ok = c.integer(text)
	}
	return ok
}

func (c *column) others(b *block, v *vector) int {
	for r := range b.rows {
		if !c.other(b, v, r) {
			return r
		}
	}
	return b.rows
}

// wholes reads integers.
func (c *column) wholes(b *block, v *vector) int {
	text, spans, out := b.buf, b.spans, v.integers[:b.rows]
	i, width := c.from, b.width
	for r := range out {
		s := spans[i]
		i += width
		n := s.to - s.from
		w := word(text[s.from:]) ^ zeros
		switch {
		case n-1 < 8:
			if w <<= 64 - 8*n; notDigits(w) == 0 {
				if x := number(w); x <= c.high {
					out[r] = int64(x)
					continue
				}
			}
		case n-9 < 8:
			rest := (word(text[s.from+8:]) ^ zeros) << (128 - 8*n)
			if notDigits(w)|notDigits(rest) == 0 {
				tail := n - 8
				if x := number(w)*c.decimals.whole[tail] + number(rest); x <= c.high {
					out[r] = int64(x)
					continue
				}
			}
		}
		if !c.other(b, v, r) {
			return r
		}
	}
	return b.rows
}

// numbers reads floats.
func (c *column) numbers(b *block, v *vector) int {
	buf, spans, out := b.buf, b.spans, v.floats[:b.rows]
	narrow := c.typ == dataset.Float32
	i, width := c.from, b.width
	for r := range out {
		s := spans[i]
		i += width
		if !c.slow && s.from < s.to {
			if x, ok := c.decimals.read(buf, int(s.from), int(s.to)); ok && (!narrow || !math.IsInf(float64(float32(x)), 0)) {
				out[r] = x
				continue
			}
		}
		raw, mark := b.cell(r, c.from)
		text := cell.Trim(raw)
		if c.null(v, raw, text, mark, r) {
			continue
		}
		text, ok := c.plain(v, text)
		if ok {
			out[r], ok = c.float(text)
		}
		if !ok {
			return r
		}
	}
	return b.rows
}

// exact reads decimals.
func (c *column) exact(b *block, v *vector) int {
	for r := range b.rows {
		raw, mark := b.cell(r, c.from)
		text := cell.Trim(raw)
		if c.null(v, raw, text, mark, r) {
			continue
		}
		text, ok := c.plain(v, text)
		if ok {
			v.decimals[r], ok = cell.Decimal(text, c.precision, c.scale)
		}
		if !ok {
			return r
		}
	}
	return b.rows
}

// none reads nulls, and huge integers, whose values are not wanted yet.
func (c *column) none(b *block, v *vector) int {
	for r := range b.rows {
		raw, mark := b.cell(r, c.from)
		text := cell.Trim(raw)
		if !c.null(v, raw, text, mark, r) && !c.isValue(v, text) {
			return r
		}
	}
	return b.rows
}

// bools reads true and false.
func (c *column) bools(b *block, v *vector) int {
	const yes, no = 't' | 'r'<<8 | 'u'<<16 | 'e'<<24, 'f' | 'a'<<8 | 'l'<<16 | 's'<<24 | 'e'<<32
	text, spans, out := b.buf, b.spans, v.integers[:b.rows]
	i, width := c.from, b.width
	for r := range out {
		s := spans[i]
		i += width
		w := word(text[s.from:])
		switch n := s.to - s.from; {
		case n == 4 && uint32(w) == yes:
			out[r] = 1
		case n == 5 && w<<24 == no<<24:
			out[r] = 0
		default:
			if !c.other(b, v, r) {
				return r
			}
		}
	}
	return b.rows
}

// texts copies texts.
func (c *column) texts(b *block, v *vector) int {
	text, spans := b.buf, b.spans
	v.ends = sized(v.ends, b.rows)
	ends := v.ends
	data, at := v.data[:cap(v.data)], 0
	i, width := c.from, b.width
	for r := range ends {
		s := spans[i]
		n := int(s.to - s.from)
		if n <= c.nulls.longest && (c.nulls.has(text[s.from:s.to]) && b.mark(i) != quoted || n == 0 && b.mark(i) == missing) {
			v.nulls = append(v.nulls, uint32(r))
			ends[r] = uint32(at)
			i += width
			continue
		}
		i += width
		if at+n+16 > len(data) {
			data = append(data, make([]byte, max(n+16, len(data)))...)
			data = data[:cap(data)]
		}
		if n <= 16 {
			d, t := data[at:at+16], text[s.from:s.from+16]
			binary.LittleEndian.PutUint64(d, word(t))
			binary.LittleEndian.PutUint64(d[8:], word(t[8:]))
		} else {
			copy(data[at:], text[s.from:s.to])
		}
		at += n
		ends[r] = uint32(at)
	}
	v.data, v.bare = data[:at], len(v.nulls) > 0
	return b.rows
}
