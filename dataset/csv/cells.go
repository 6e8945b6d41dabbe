package csv

import (
	"bytes"
	"math/bits"
)

// bytesOf returns the word that has c in each byte.
func bytesOf(c byte) uint64 { return uint64(c) * ones }

// skip returns where the next record starts at or behind from: lines without a byte and comments are none.
func (s *splitter) skip(text []byte, from, size int, returns *int) int {
	for from < size {
		switch c := text[from]; {
		case c == '\n':
			from++
		case c == '\r' && text[from+1] == '\n' && from+1 < size:
			from += 2
			*returns++
		case c == s.comment && c != 0:
			from += bytes.IndexByte(text[from:], '\n') + 1
		default:
			return from
		}
	}
	return from
}

// split finds the cells of the records of b, width of each; of the first record alone, whatever it has, when width is 0. It returns the bytes it took.
func (s *splitter) split(b *block, width int) int {
	if !b.found {
		s.begin(b, width)
		b.used, b.start, b.returns = s.cells(b)
	}
	s.check(b)
	return b.used
}

func (s *splitter) begin(b *block, width int) {
	b.quote, b.spans, b.marks, b.width, b.rows, b.err, b.short, b.left = s.quote, b.spans[:0], b.marks[:0], width, 0, nil, 0, 0
	b.escapes = b.escapes[:0]
}

// stop returns where in b no record is wanted that starts there or behind it.
func (s *splitter) stop(b *block) int {
	return int(max(0, min(s.until-b.at, int64(b.size))))
}

// cells finds the cells of the whole records of b, and returns used, start and returns of b. A byte is in quotes when an odd number of them stands up to it, as long as quotes that open
// stand where cells start. A cell with another one is looked at by itself.
func (s *splitter) cells(b *block) (used, start, returns int) {
	text, delim, quote := b.buf[:b.size+slack], s.delim, s.quote
	delims, quotes := bytesOf(delim), bytesOf(quote)
	stop := s.stop(b)
	spans, first, header := b.spans, 0, b.width == 0
	from := s.skip(text, 0, b.size, &returns)
	start = from
	inside, before := uint64(0), uint64(1) // all ones in quotes; 1 where a cell can start
	for p := from; p <= b.size && start < stop; {
		q, n := masks(text[p:p+64], delims, quotes)
		in := inside
		if q != 0 {
			in ^= parity(q)
		}
		at, m, odd := p, n&^in, q&in&^(n<<1|before)
		p, inside, before = p+64, uint64(int64(in)>>63), n>>63
		if odd != 0 {
			m &= odd&-odd - 1
		}
		for m != 0 {
			k := len(b.escapes) - 1
			escaped := k >= 0 && b.escapes[k].cell == len(spans)
			if !escaped {
				if spans, m, from = s.delimited(text, spans, m, at, from); m == 0 {
					break
				}
			}
			to := at + bits.TrailingZeros64(m)
			if to >= b.size && b.more {
				return start, start, returns // the record goes on
			}
			f, t := from, to
			if text[to] == '\n' && t > f && text[t-1] == '\r' {
				t--
				returns++
			}
			if text[f] == quote {
				if text[t-1] != quote {
					b.spans = spans
					s.quoteFault(b, first, f, start)
					return start, start, returns
				}
				f++
				t--
				if escaped {
					t -= b.escapes[k].doubled
				}
			}
			spans = append(spans, span{uint32(f), uint32(t)})
			m &= m - 1
			if from = to + 1; text[to] == delim {
				continue
			}
			b.spans = spans
			if used, ok := s.record(b, first, start, from); !ok {
				if used < from && text[from-2] == '\r' { // it is not among what was used
					returns--
				}
				return used, start, returns
			}
			if header {
				return from, from, returns
			}
			next := s.skip(text, from, b.size, &returns)
			if next >= stop {
				return next, next, returns
			}
			if next != from {
				from, p, m, odd, inside, before = next, next, 0, 0, 0, 1
			}
			spans, start, first = b.spans, next, len(b.spans)
		}
		if odd != 0 {
			if p = s.behind(b, len(spans), from, at+bits.TrailingZeros64(odd)); p < 0 {
				break
			}
			inside, before = 0, 0
		}
	}
	if b.spans = spans; start < stop && !b.more { // an open quote, or text behind one that closes
		s.quoteFault(b, first, from, start)
	}
	b.spans = spans[:first]
	return start, start, returns
}

// delimited appends the cells that end at delimiters, up to one that ends a line or has text behind its closing quote. Their ends are the bits of m, which are those of 64 bytes at at; from
// is where the first of them starts. It returns what is left of both.
func (s *splitter) delimited(text []byte, spans []span, m uint64, at, from int) ([]span, uint64, int) {
	delim, quote := s.delim, s.quote
	for ; m != 0; m &= m - 1 {
		to := at + bits.TrailingZeros64(m)
		if text[to] != delim {
			break
		}
		f, t := from, to
		if text[f] == quote {
			if text[t-1] != quote {
				break
			}
			f++
			t--
		}
		spans = append(spans, span{uint32(f), uint32(t)})
		from = to + 1
	}
	return spans, m, from
}

// behind returns where dense goes on behind the quotes of the cell at from, of which the one at odd stands where none opens; below 0 when there is text behind the one that closes.
func (s *splitter) behind(b *block, n, from, odd int) int {
	text := b.buf[:b.size+slack]
	if text[from] != s.quote {
		for text[odd] != s.delim && text[odd] != '\n' {
			odd++
		}
		return odd
	}
	if k := len(b.escapes); k > 0 && b.escapes[k-1].cell == n {
		b.more = false
		return -1
	}
	end, doubled := s.closing(b, from)
	b.escapes = append(b.escapes, escape{n, end, doubled})
	return end + 1
}

// record counts the record of the cells from first on, which starts at start and ends before end. It reports false when it is at fault; used is end when nothing but the number of cells
// is wrong so far, else start.
func (s *splitter) record(b *block, first, start, end int) (used int, ok bool) {
	if len(b.escapes) > 0 {
		s.unescape(b)
	}
	n := len(b.spans) - first
	if b.width == 0 {
		b.width = n
	}
	if n != b.width {
		if used, ok := s.unequal(b, first, start, end, n); !ok {
			return used, false
		}
	}
	b.rows = len(b.spans) / b.width
	return end, true
}

// unescape writes each doubled quote of the record's cells once. What is left of a cell is filled with quotes, so that line ends can still be counted.
func (s *splitter) unescape(b *block) {
	for _, e := range b.escapes {
		if s.dry || e.doubled == 0 {
			continue
		}
		at := int(b.spans[e.cell].from)
		to := at
		for at < e.end {
			n := bytes.IndexByte(b.buf[at:e.end], s.quote) + 1
			if n == 0 {
				n = e.end - at
			}
			copy(b.buf[to:], b.buf[at:at+n])
			to += n
			at += n + 1
		}
		for ; to < e.end; to++ {
			b.buf[to] = s.quote
		}
	}
	b.escapes = b.escapes[:0]
}

// closing returns where the closing quote of the cell in quotes at p is, the end of the text without one, and how many doubled quotes the cell holds.
func (s *splitter) closing(b *block, p int) (at, doubled int) {
	quotes := bytesOf(s.quote)
	for at = p + 1; ; doubled++ {
		at = nextQuote(b.buf[:b.size], at, quotes)
		if at == b.size || b.buf[at+1] != s.quote {
			return at, doubled
		}
		at += 2
	}
}

// quoteFault says what is wrong with the quotes of the cell that starts at p, unless a cell before it in its record is at fault, of which first is the first. It drops the record.
func (s *splitter) quoteFault(b *block, first, p, start int) {
	at, _ := s.closing(b, p)
	b.err = s.faultOf(b, first, start, len(b.spans)-first)
	switch {
	case b.err != nil:
	case at == b.size && b.size-p-1 > 2*s.maxField+2: // doubled quotes take twice their length
		b.err = s.tooLong(b.lineAt(start))
	case at == b.size:
		b.err = formatError(b.lineAt(start), "", "a closing quote", "the end of the file")
	case b.buf[at+1] == '\r':
		b.err = loneReturn(b.lineAt(start))
	default:
		b.err = formatError(b.lineAt(at+1), "", "a delimiter or a line end behind a closing quote", "other text")
	}
	b.spans = b.spans[:first]
}

func loneReturn(line int64) error { return formatError(line, "", `line ends \n or \r\n`, `a lone \r`) }
