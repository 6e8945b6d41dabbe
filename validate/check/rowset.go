package check

import (
	"iter"
	"math/bits"

	"github.com/tidewheel/tidewheel/dataset"
)

// rowset is a set of row addresses: a bit for each row of those chunks that have one.
type rowset struct {
	pages [][]uint64
	n     int64
}

const pageRows = dataset.ChunkRows

func (s *rowset) add(row int64) {
	p := int(row / pageRows)
	for len(s.pages) <= p {
		s.pages = append(s.pages, nil)
	}
	if s.pages[p] == nil {
		s.pages[p] = make([]uint64, pageRows/64)
	}
	at := row % pageRows
	if word := &s.pages[p][at/64]; *word&(1<<(at%64)) == 0 {
		*word |= 1 << (at % 64)
		s.n++
	}
}

// has reports whether a row is in the set.
func (s *rowset) has(row int64) bool {
	p, at := int(row/pageRows), row%pageRows
	return p < len(s.pages) && s.pages[p] != nil && s.pages[p][at/64]&(1<<(at%64)) != 0
}

// all gives the rows in ascending order.
func (s *rowset) all() iter.Seq[int64] {
	return func(yield func(int64) bool) {
		for p, page := range s.pages {
			for w, word := range page {
				for ; word != 0; word &= word - 1 {
					if !yield(int64(p)*pageRows + int64(w*64+bits.TrailingZeros64(word))) {
						return
					}
				}
			}
		}
	}
}

// join adds the rows of o, each offset rows further on.
func (s *rowset) join(o *rowset, offset int64) {
	if offset%pageRows == 0 {
		s.joinPages(o, int(offset/pageRows))
		return
	}
	for row := range o.all() {
		s.add(offset + row)
	}
}

// joinPages is join for whole pages.
func (s *rowset) joinPages(o *rowset, offset int) {
	for p, page := range o.pages {
		if page == nil {
			continue
		}
		for len(s.pages) <= offset+p {
			s.pages = append(s.pages, nil)
		}
		mine := &s.pages[offset+p]
		if *mine == nil {
			*mine = make([]uint64, pageRows/64)
		}
		for w, word := range page {
			s.n += int64(bits.OnesCount64(word &^ (*mine)[w]))
			(*mine)[w] |= word
		}
	}
}
