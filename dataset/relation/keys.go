package relation

import (
	"fmt"
	"hash/maphash"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/canon"
)

// keyRows reads the key of each row of one batch.
type keyRows struct {
	cells []canon.Cell
	buf   []byte
}

// rowsOf returns the keys of the named columns of b, borrowed from it.
func rowsOf(b dataset.Batch, names []string) (*keyRows, error) {
	k := &keyRows{}
	for _, name := range names {
		c, err := b.ByName(name)
		if err != nil {
			return nil, err
		}
		cell := canon.Key(c)
		if cell == nil {
			return nil, fmt.Errorf("column %q: arrow type %s: %w", name, c.DataType(), dataset.ErrUnsupported)
		}
		k.cells = append(k.cells, cell)
	}
	return k, nil
}

// at returns the bytes of the key of row i, valid until the next call, and whether none of its columns is null.
func (k *keyRows) at(i int) (key []byte, ok bool) {
	key, ok = k.buf[:0], true
	for _, cell := range k.cells {
		from := len(key)
		key = cell(key, i)
		ok = ok && key[from] != 0
	}
	k.buf = key
	return key, ok
}

// coder gives the keys the numbers 0, 1, 2 … in the order in which they are met.
type coder struct {
	wholes wholes // of a single column of integers, dates or timestamps
	others map[string]int32
	buf    []int64
}

func newCoder() *coder { return &coder{wholes: newWholes(), others: make(map[string]int32)} }

func (c *coder) len() int { return c.wholes.n + len(c.others) }

// code appends the number of the key of each row of b to dst, -1 for a key that has a null and, unless it is to be added, for one that was not met.
func (c *coder) code(dst []int32, b dataset.Batch, names []string, add bool) ([]int32, error) {
	if len(names) == 1 {
		column, err := b.ByName(names[0])
		if err != nil {
			return dst, err
		}
		if values, ok := canon.Integers(column, c.buf); ok {
			switch column.DataType().ID() {
			case arrow.INT64, arrow.UINT64, arrow.TIMESTAMP: // they are the batch's
			default:
				c.buf = values
			}
			return c.wholes.code(dst, values, column, add), nil
		}
	}
	keys, err := rowsOf(b, names)
	if err != nil {
		return dst, err
	}
	for i := range b.NumRows() {
		code := int32(-1)
		if key, ok := keys.at(i); ok {
			met := false
			if code, met = c.others[string(key)]; !met {
				if code = -1; add {
					code = int32(len(c.others))
					c.others[string(key)] = code
				}
			}
		}
		dst = append(dst, code)
	}
	return dst, nil
}

// wholes gives integers their numbers. It is a table with open addresses, since a map takes half of the time of a join. No result depends on where a key stands, so the
// multiplier may differ from run to run: nobody can choose keys that meet.
type wholes struct {
	slots []slot
	n     int
	mul   uint64
	shift int
}

// slot is a key and one more than its number; 0 is a free place.
type slot struct {
	key  int64
	code int32
}

func newWholes() wholes {
	return wholes{slots: make([]slot, 64), mul: maphash.Bytes(maphash.MakeSeed(), nil) | 1, shift: 64 - 6}
}

// place returns where v stands, or the free place where it would.
func (w *wholes) place(v int64) int {
	at := int(uint64(v) * w.mul >> w.shift)
	for w.slots[at].code != 0 && w.slots[at].key != v {
		at = (at + 1) & (len(w.slots) - 1)
	}
	return at
}

func (w *wholes) code(dst []int32, values []int64, column arrow.Array, add bool) []int32 {
	at := len(dst)
	dst = slices.Grow(dst, len(values))[:at+len(values)]
	nulls := column.NullN() > 0
	for i, v := range values {
		if nulls && column.IsNull(i) {
			dst[at+i] = -1
			continue
		}
		place := w.place(v)
		if w.slots[place].code == 0 && add {
			if 2*w.n >= len(w.slots) {
				w.grow()
				place = w.place(v)
			}
			w.n++
			w.slots[place] = slot{v, int32(w.n)}
		}
		dst[at+i] = w.slots[place].code - 1
	}
	return dst
}

func (w *wholes) grow() {
	old := w.slots
	w.slots = make([]slot, 2*len(old))
	w.shift--
	for _, s := range old {
		if s.code != 0 {
			w.slots[w.place(s.key)] = s
		}
	}
}

// checkKeys checks that the key columns are there and that their types go together.
func checkKeys(left, right *dataset.Schema, leftOn, rightOn []string) error {
	for i := range leftOn {
		l, ok := left.Lookup(leftOn[i])
		if !ok {
			return fmt.Errorf("left: %w", &dataset.SchemaError{Column: leftOn[i], Want: "a column to join on", Got: "no such column"})
		}
		r, ok := right.Lookup(rightOn[i])
		if !ok {
			return fmt.Errorf("right: %w", &dataset.SchemaError{Column: rightOn[i], Want: "a column to join on", Got: "no such column"})
		}
		if class := l.Type.Class(); class == dataset.ClassList || class == dataset.ClassStruct {
			return fmt.Errorf("left: %w", &dataset.SchemaError{Column: leftOn[i], Want: "a key that is one value", Got: "type " + string(l.Type)})
		}
		if !alike(l.Type, r.Type) {
			return fmt.Errorf("right: %w", &dataset.SchemaError{Column: rightOn[i], Want: "a type like " + string(l.Type), Got: "type " + string(r.Type)})
		}
	}
	return nil
}

// alike reports whether equal values of two types have equal keys.
func alike(a, b dataset.Type) bool {
	signed := func(t dataset.Type) bool {
		return t == dataset.Int8 || t == dataset.Int16 || t == dataset.Int32 || t == dataset.Int64
	}
	switch class := a.Class(); {
	case a == b:
		return true
	case class != b.Class():
		return false
	case class == dataset.ClassInteger: // a uint64 beyond int64 has the bits of a negative number
		return !(a == dataset.Uint64 && signed(b)) && !(b == dataset.Uint64 && signed(a))
	case class == dataset.ClassTime: // the zone is only how it is shown
		return a != dataset.Timestamp && b != dataset.Timestamp
	default:
		return class == dataset.ClassText || class == dataset.ClassFloat
	}
}
