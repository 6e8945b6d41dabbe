package survey

import (
	"cmp"
	"math"
	"slices"

	"github.com/tidewheel/tidewheel/internal/sketch"
)

// sample draws rows: those whose keys are the smallest. A key is a hash of the seed, of the row and of its place in its fold, so that every row has the same chance, equal ones too, and
// the draw depends on rows and chunks alone.
type sample struct {
	k     int
	width int    // cells of a row
	limit uint64 // keys from here on are not drawn
	rows  []drawn
	cells []uint64 // of the drawn rows, width each: the bits of a number, or the hash of a text; missing for none
}

// drawn is a row: its key, and where its cells begin.
type drawn struct {
	key uint64
	at  int
}

// missing is the cell that is null or NaN: the bits of math.NaN().
const missing = 0x7FF8000000000001

func newSample(k, width int) sample { return sample{k: k, width: width, limit: math.MaxUint64} }

func rowKey(seed, row uint64, place int64) uint64 {
	return sketch.HashUint64(sketch.HashUint64(row+uint64(place)*0x9e3779b97f4a7c15) ^ sketch.HashUint64(seed))
}

// add draws a row when its key is small, and returns its cells to be filled, else nil.
func (s *sample) add(key uint64) []uint64 {
	if key >= s.limit {
		return nil
	}
	if len(s.rows) >= 2*s.k {
		s.cut()
		if key >= s.limit {
			return nil
		}
	}
	at := len(s.cells)
	s.rows = append(s.rows, drawn{key, at})
	s.cells = slices.Grow(s.cells, s.width)[:at+s.width]
	return s.cells[at:]
}

// cut keeps the k rows of the smallest keys, in order of keys; of equal keys the first ones.
func (s *sample) cut() {
	slices.SortStableFunc(s.rows, func(a, b drawn) int { return cmp.Compare(a.key, b.key) })
	if len(s.rows) > s.k {
		s.limit = s.rows[s.k].key
		s.rows = s.rows[:s.k]
	}
	cells := make([]uint64, 0, len(s.rows)*s.width)
	for i := range s.rows {
		cells = append(cells, s.cells[s.rows[i].at:][:s.width]...)
		s.rows[i].at = i * s.width
	}
	s.cells = cells
}

func (s *sample) merge(o *sample) {
	s.limit = min(s.limit, o.limit)
	for _, r := range o.rows {
		if cells := s.add(r.key); cells != nil {
			copy(cells, o.cells[r.at:])
		}
	}
	s.cut()
}

// column returns cell j of every row.
func (s *sample) column(j int) []uint64 {
	out := make([]uint64, len(s.rows))
	for i, r := range s.rows {
		out[i] = s.cells[r.at+j]
	}
	return out
}
