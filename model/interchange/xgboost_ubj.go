package interchange

import (
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/tidewheel/tidewheel/dataset"
)

// ubjReader decodes the Universal Binary JSON that XGBoost writes: big-endian, arrays of one type with their length in front.
type ubjReader struct {
	data []byte
	at   int
}

func (r *ubjReader) bad(want, got string) error {
	return &dataset.FormatError{Format: xgBoost, Want: fmt.Sprintf("byte %d: %s", r.at, want), Got: got}
}

// next takes the next byte, 0 at the end.
func (r *ubjReader) next() byte {
	c := r.peek()
	r.at++
	return c
}

func (r *ubjReader) peek() byte {
	if r.at >= len(r.data) {
		return 0
	}
	return r.data[r.at]
}

// ubjSize returns the bytes of a number by its marker, 0 for what is none.
func ubjSize(marker byte) int {
	switch marker {
	case 'i', 'U', 'C':
		return 1
	case 'I':
		return 2
	case 'l', 'd':
		return 4
	case 'L', 'D':
		return 8
	default:
		return 0
	}
}

// decode returns the number in b.
func decode(marker byte, b []byte) float64 {
	switch marker {
	case 'i':
		return float64(int8(b[0]))
	case 'U', 'C':
		return float64(b[0])
	case 'I':
		return float64(int16(binary.BigEndian.Uint16(b)))
	case 'l':
		return float64(int32(binary.BigEndian.Uint32(b)))
	case 'd':
		return float64(math.Float32frombits(binary.BigEndian.Uint32(b)))
	case 'D':
		return math.Float64frombits(binary.BigEndian.Uint64(b))
	default:
		return float64(int64(binary.BigEndian.Uint64(b)))
	}
}

// count takes a length, which is an integer from 0 to the bytes that are left divided by size.
func (r *ubjReader) count(size int) (int, error) {
	marker := r.next()
	n := ubjSize(marker)
	if n == 0 || marker == 'd' || marker == 'D' || marker == 'C' || len(r.data)-r.at < n {
		return 0, r.bad("a length", "something else")
	}
	x := decode(marker, r.data[r.at:])
	r.at += n
	if x < 0 || x > float64((len(r.data)-r.at)/size) {
		return 0, r.bad("a length within the file", "another")
	}
	return int(x), nil
}

// document decodes the whole file.
func (r *ubjReader) document() (*xvalue, error) {
	v, err := r.value(0, true)
	if err == nil && r.at != len(r.data) {
		return nil, r.bad("the end", "more")
	}
	return v, err
}

// value decodes a value, or reads past it and returns nil when keep is false.
func (r *ubjReader) value(depth int, keep bool) (*xvalue, error) {
	if depth > maxDepth {
		return nil, r.bad(fmt.Sprintf("at most %d values in each other", maxDepth), "more")
	}
	switch marker := r.next(); marker {
	case '{':
		return r.object(depth, keep)
	case '[':
		return r.array(depth, keep)
	case 'Z':
		return &xvalue{}, nil
	case 'S':
		s, err := r.string()
		if err != nil || !keep {
			return nil, err
		}
		return &xvalue{kind: xtext, text: s}, nil
	default:
		x, err := r.number(marker)
		if err != nil || !keep {
			return nil, err
		}
		return &xvalue{kind: xnumber, number: x}, nil
	}
}

func (r *ubjReader) number(marker byte) (float64, error) {
	switch marker {
	case 'T':
		return 1, nil
	case 'F':
		return 0, nil
	}
	n := ubjSize(marker)
	if n == 0 || len(r.data)-r.at < n {
		return 0, r.bad("a value", "something else")
	}
	x := decode(marker, r.data[r.at:])
	r.at += n
	return x, nil
}

func (r *ubjReader) string() (string, error) {
	n, err := r.count(1)
	if err != nil {
		return "", err
	}
	b := r.data[r.at : r.at+n]
	if !utf8.Valid(b) {
		return "", r.bad("a text in UTF-8", "another")
	}
	r.at += n
	return string(b), nil
}

func (r *ubjReader) object(depth int, keep bool) (*xvalue, error) {
	v := newObject(keep)
	for r.peek() != '}' {
		key, err := r.string()
		if err != nil {
			return nil, err
		}
		field, err := r.value(depth+1, keep && !skipped(key))
		if err != nil {
			return nil, err
		}
		if keep {
			if _, twice := v.fields[key]; twice {
				return nil, r.bad("each key once", "one twice")
			}
			v.fields[key] = field
		}
	}
	r.at++
	return v, nil
}

func (r *ubjReader) array(depth int, keep bool) (*xvalue, error) {
	v := &xvalue{kind: xnumbers}
	switch r.peek() {
	case '$':
		r.at++
		return r.typed(keep)
	case '#':
		r.at++
		n, err := r.count(1)
		if err != nil {
			return nil, err
		}
		for range n {
			if err := r.element(v, depth, keep); err != nil {
				return nil, err
			}
		}
		return v, nil
	}
	for r.peek() != ']' {
		if err := r.element(v, depth, keep); err != nil {
			return nil, err
		}
	}
	r.at++
	return v, nil
}

// typed decodes an array of one type of number.
func (r *ubjReader) typed(keep bool) (*xvalue, error) {
	marker := r.next()
	size := ubjSize(marker)
	if size == 0 || r.next() != '#' {
		return nil, r.bad("an array of numbers with its length", "something else")
	}
	n, err := r.count(size)
	if err != nil {
		return nil, err
	}
	v := &xvalue{kind: xnumbers}
	if keep {
		v.numbers = make([]float64, n)
		for i := range v.numbers {
			v.numbers[i] = decode(marker, r.data[r.at+i*size:])
		}
	}
	r.at += n * size
	return v, nil
}

// element decodes the next element of an array.
func (r *ubjReader) element(v *xvalue, depth int, keep bool) error {
	e, err := r.value(depth+1, keep)
	if err != nil || !keep {
		return err
	}
	if e.kind == xnumber {
		v.numbers = append(v.numbers, e.number)
	} else {
		v.kind = xlist
		v.list = append(v.list, e)
	}
	if len(v.list) > 0 && len(v.numbers) > 0 {
		return r.bad("an array of one kind", "numbers and others")
	}
	return nil
}
