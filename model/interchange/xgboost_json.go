package interchange

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/tidewheel/tidewheel/dataset"
)

// jsonReader decodes the JSON that XGBoost writes: standard JSON, and the numbers NaN, Infinity and -Infinity.
type jsonReader struct {
	text []byte
	at   int
}

func (r *jsonReader) bad(want, got string) error {
	line := 1 + bytes.Count(r.text[:min(r.at, len(r.text))], []byte("\n"))
	return &dataset.FormatError{Format: xgBoost, Line: int64(line), Want: fmt.Sprintf("byte %d: %s", r.at, want), Got: got}
}

// peek returns the next byte that is no space, 0 at the end.
func (r *jsonReader) peek() byte {
	for r.at < len(r.text) {
		switch c := r.text[r.at]; c {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return c
		}
	}
	return 0
}

func (r *jsonReader) expect(c byte) error {
	if r.peek() != c {
		return r.bad(strconv.Quote(string(c)), "something else")
	}
	r.at++
	return nil
}

// document decodes the whole text.
func (r *jsonReader) document() (*xvalue, error) {
	v, err := r.value(0, true)
	if err != nil {
		return nil, err
	}
	if r.peek() != 0 || r.at < len(r.text) {
		return nil, r.bad("the end", "more text")
	}
	return v, nil
}

// value decodes a value, or reads past it and returns nil when keep is false.
func (r *jsonReader) value(depth int, keep bool) (*xvalue, error) {
	if depth > maxDepth {
		return nil, r.bad(fmt.Sprintf("at most %d values in each other", maxDepth), "more")
	}
	switch c := r.peek(); c {
	case '{':
		return r.object(depth, keep)
	case '[':
		return r.array(depth, keep)
	case '"':
		s, err := r.string()
		if err != nil || !keep {
			return nil, err
		}
		return &xvalue{kind: xtext, text: s}, nil
	case 'n':
		if !r.word("null") {
			return nil, r.bad("a value", "something else")
		}
		return &xvalue{}, nil
	default:
		x, err := r.number(c)
		if err != nil || !keep {
			return nil, err
		}
		return &xvalue{kind: xnumber, number: x}, nil
	}
}

func (r *jsonReader) object(depth int, keep bool) (*xvalue, error) {
	v := newObject(keep)
	r.at++
	if r.peek() == '}' {
		r.at++
		return v, nil
	}
	for {
		if r.peek() != '"' {
			return nil, r.bad("a key", "something else")
		}
		key, err := r.string()
		if err != nil {
			return nil, err
		}
		if err := r.expect(':'); err != nil {
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
		if r.peek() == '}' {
			r.at++
			return v, nil
		}
		if err := r.expect(','); err != nil {
			return nil, err
		}
	}
}

func (r *jsonReader) array(depth int, keep bool) (*xvalue, error) {
	v := &xvalue{kind: xnumbers}
	r.at++
	if r.peek() == ']' {
		r.at++
		return v, nil
	}
	for {
		switch c := r.peek(); c {
		case '{', '[', '"', 'n':
			element, err := r.value(depth+1, keep)
			if err != nil {
				return nil, err
			}
			if keep {
				v.kind = xlist
				v.list = append(v.list, element)
			}
		default:
			x, err := r.number(c)
			if err != nil {
				return nil, err
			}
			if keep {
				v.numbers = append(v.numbers, x)
			}
		}
		if len(v.list) > 0 && len(v.numbers) > 0 {
			return nil, r.bad("an array of one kind", "numbers and others")
		}
		if r.peek() == ']' {
			r.at++
			return v, nil
		}
		if err := r.expect(','); err != nil {
			return nil, err
		}
	}
}

func (r *jsonReader) string() (string, error) {
	start := r.at
	plain := true
	for r.at++; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; {
		case c == '"':
			r.at++
			text := r.text[start:r.at]
			if plain && utf8.Valid(text) {
				return string(text[1 : len(text)-1]), nil
			}
			var s string
			if err := json.Unmarshal(text, &s); err != nil || !utf8.Valid(text) {
				return "", r.bad("a text in UTF-8", "another")
			}
			return s, nil
		case c == '\\':
			plain = false
			r.at++
		case c < ' ':
			return "", r.bad("a text", "a control character")
		}
	}
	return "", r.bad("the end of a text", "the end of the file")
}

// word takes w where it is next.
func (r *jsonReader) word(w string) bool {
	if !bytes.HasPrefix(r.text[min(r.at, len(r.text)):], []byte(w)) {
		return false
	}
	r.at += len(w)
	return true
}

// number decodes a number, which begins with c, or a truth.
func (r *jsonReader) number(c byte) (float64, error) {
	switch {
	case c == 't' && r.word("true"):
		return 1, nil
	case c == 'f' && r.word("false"):
		return 0, nil
	case c == 'N' && r.word("NaN"):
		return math.NaN(), nil
	case c == 'I' && r.word("Infinity"):
		return math.Inf(1), nil
	case c == '-' && r.word("-Infinity"):
		return math.Inf(-1), nil
	}
	start, whole := r.at, true
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; {
		case c >= '0' && c <= '9', c == '-', c == '+':
		case c == '.', c == 'e', c == 'E':
			whole = false
		default:
			return r.parse(start, whole)
		}
	}
	return r.parse(start, whole)
}

// parse reads an integer exactly and any other number as XGBoost does, as a float32.
func (r *jsonReader) parse(start int, whole bool) (float64, error) {
	text := string(r.text[start:r.at])
	if whole {
		if i, err := strconv.ParseInt(text, 10, 64); err == nil {
			return float64(i), nil
		}
	}
	x, err := strconv.ParseFloat(text, 32)
	if err != nil {
		return 0, r.bad("a value", "something else")
	}
	return x, nil
}
