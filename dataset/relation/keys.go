package relation

import (
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/internal/canon"
)

// keyRows reads the key of each row of one batch.
type keyRows struct {
	columns []arrow.Array
	whole   func(i int) int64 // of a single column of integers, dates or timestamps; nil for other keys
	cells   []canon.Cell
	buf     []byte
}

// rowsOf returns the keys of the named columns of b, borrowed from it. plain says that a single column of integers is read as such.
func rowsOf(b dataset.Batch, names []string, plain bool) (*keyRows, error) {
	k := &keyRows{}
	for _, name := range names {
		c, err := b.ByName(name)
		if err != nil {
			return nil, err
		}
		k.columns = append(k.columns, c)
	}
	if len(names) == 1 && plain {
		if k.whole = canon.Integers(k.columns[0]); k.whole != nil {
			return k, nil
		}
	}
	for j, c := range k.columns {
		cell := canon.Key(c)
		if cell == nil {
			return nil, fmt.Errorf("column %q: arrow type %s: %w", names[j], c.DataType(), dataset.ErrUnsupported)
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
	wholes map[int64]int32
	others map[string]int32
}

func newCoder() *coder {
	return &coder{wholes: make(map[int64]int32), others: make(map[string]int32)}
}

func (c *coder) len() int { return len(c.wholes) + len(c.others) }

// code appends the number of the key of each row of b to dst, -1 for a key that has a null and, unless it is to be added, for one that was not met.
func (c *coder) code(dst []int32, b dataset.Batch, names []string, add bool) ([]int32, error) {
	keys, err := rowsOf(b, names, true)
	if err != nil {
		return dst, err
	}
	for i := range b.NumRows() {
		var code int32
		var met, ok bool
		if keys.whole != nil {
			if ok = keys.columns[0].IsValid(i); ok {
				v := keys.whole(i)
				if code, met = c.wholes[v]; !met && add {
					code, met = int32(c.len()), true
					c.wholes[v] = code
				}
			}
		} else {
			var key []byte
			if key, ok = keys.at(i); ok {
				if code, met = c.others[string(key)]; !met && add {
					code, met = int32(c.len()), true
					c.others[string(key)] = code
				}
			}
		}
		if !met {
			code = -1
		}
		dst = append(dst, code)
	}
	return dst, nil
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
