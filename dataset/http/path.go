package http

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
)

const (
	maxKeys   = 32      // of a path
	maxCursor = 8 << 10 // bytes of a cursor or URL
)

// parsePath returns the keys of a path: names between dots, or a JSON pointer (RFC 6901) when it begins with a slash. The empty path has none.
func parsePath(path, field string) ([]string, error) {
	bad := func(want string) error {
		return &dataset.OptionError{Field: field, Value: strconv.Quote(path), Want: want}
	}
	if path == "" {
		return nil, nil
	}
	var keys []string
	if rest, ok := strings.CutPrefix(path, "/"); ok {
		keys = strings.Split(rest, "/")
		for i, k := range keys {
			keys[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(k)
			if strings.Contains(strings.NewReplacer("~1", "", "~0", "").Replace(k), "~") {
				return nil, bad("a JSON pointer, in which ~ is ~0")
			}
		}
	} else {
		keys = strings.Split(path, ".")
		if slices.Contains(keys, "") {
			return nil, bad("keys between dots")
		}
	}
	if len(keys) > maxKeys {
		return nil, bad("at most " + strconv.Itoa(maxKeys) + " keys")
	}
	return keys, nil
}

// find returns the value at the path of keys in b, which is valid JSON, and false when it is not there. Of a key that is there twice the first counts.
func find(b []byte, keys []string) ([]byte, bool) {
	value := trim(b)
	for _, key := range keys {
		found := false
		for name, member := range members(value) {
			if name == key {
				value, found = member, true
				break
			}
		}
		if !found {
			return nil, false
		}
	}
	return value, true
}

// members gives the members of an object, nothing for another value.
func members(b []byte) func(yield func(string, []byte) bool) {
	return func(yield func(string, []byte) bool) {
		if b[0] != '{' {
			return
		}
		for i := space(b, 1); b[i] != '}'; {
			end := skip(b, i)
			name := text(b[i:end])
			i = space(b, space(b, end)+1) // behind the colon
			end = skip(b, i)
			if !yield(name, b[i:end]) {
				return
			}
			if i = space(b, end); b[i] == ',' {
				i = space(b, i+1)
			}
		}
	}
}

// elements gives the elements of an array.
func elements(b []byte) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for i := space(b, 1); b[i] != ']'; {
			end := skip(b, i)
			if !yield(b[i:end]) {
				return
			}
			if i = space(b, end); b[i] == ',' {
				i = space(b, i+1)
			}
		}
	}
}

// text returns the text of a string of valid JSON.
func text(quoted []byte) string {
	if strings.IndexByte(string(quoted), '\\') < 0 {
		return string(quoted[1 : len(quoted)-1])
	}
	var s string
	if json.Unmarshal(quoted, &s) != nil {
		return ""
	}
	return s
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func space(b []byte, i int) int {
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	return i
}

func trim(b []byte) []byte {
	b = b[space(b, 0):]
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// skip returns the end of the value of valid JSON that begins at i.
func skip(b []byte, i int) int {
	for depth := 0; i < len(b); {
		switch b[i] {
		case '"':
			for i++; b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',', ':', ' ', '\t', '\n', '\r':
		default: // a number or a word
			for i+1 < len(b) && strings.IndexByte(",:]} \t\n\r", b[i+1]) < 0 {
				i++
			}
		}
		i++
		if depth == 0 {
			return i
		}
	}
	return i
}

// scalar returns the text or number at a path of the answer, empty for what ends the pages.
func (p *page) scalar(path string) (string, error) {
	keys, err := parsePath(path, "path")
	if err != nil {
		return "", err
	}
	value, ok := find(p.body, keys)
	if !ok {
		return "", nil
	}
	if len(value) > maxCursor {
		return "", p.fault("a next page in at most "+strconv.Itoa(maxCursor)+" bytes", "more")
	}
	switch c := value[0]; {
	case c == '"':
		return text(value), nil
	case c == '-' || c >= '0' && c <= '9':
		return string(value), nil
	case c == 'n' || c == 'f':
		return "", nil
	default:
		return "", p.fault("a text or a number for the next page", "another value")
	}
}
