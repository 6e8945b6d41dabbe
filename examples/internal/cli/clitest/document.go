package clitest

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// document is what docs/json.md says of a program.
type document struct {
	statuses []int
	keys     map[string]*key // by path, such as .columns[].name
}

// key is a key of the JSON that a program prints.
type key struct {
	types        []string // number, string, bool, list, object, null
	optional     bool     // may be absent
	seen, absent bool     // in the cases
}

// readDocument reads the table of exit statuses and the tables of keys of a program.
//
// A row of a table of keys is `key`, its type and words. A key that starts with a dot or a bracket is of the last one that does not; name[] is an item of a list, and * is a name that the data has. A
// row may have several keys of one type. A type ends in ? when the key may be absent.
func readDocument(t *testing.T, path, program string) document {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d := document{keys: make(map[string]*key)}
	section, base := "", ""
	for line := range strings.Lines(string(text)) {
		if title, ok := strings.CutPrefix(strings.TrimSpace(line), "## "); ok {
			section, base = title, ""
			continue
		}
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) < 4 || !strings.HasPrefix(strings.TrimSpace(cells[1]), "`") {
			continue
		}
		names := quoted(cells[1])
		switch {
		case section == "Exit status" && slices.Contains(names, program):
			for status, cell := range cells[2 : len(cells)-1] {
				if strings.TrimSpace(cell) != "–" {
					d.statuses = append(d.statuses, status)
				}
			}
		case section == program:
			for _, name := range names {
				if !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "[") {
					name = "." + name
					base = name
				} else {
					name = base + name
				}
				d.add(t, name, strings.TrimSpace(cells[2]))
			}
		}
	}
	if len(d.keys) == 0 || len(d.statuses) == 0 {
		t.Fatalf("%s: want the keys and the exit statuses of %s, got %d and %d", path, program, len(d.keys), len(d.statuses))
	}
	return d
}

// quoted returns what stands between backquotes.
func quoted(cell string) []string {
	var out []string
	for i, part := range strings.Split(cell, "`") {
		if i%2 == 1 {
			out = append(out, part)
		}
	}
	return out
}

func (d document) add(t *testing.T, path, words string) {
	t.Helper()
	plain, optional := strings.CutSuffix(words, "?")
	types := strings.Split(strings.ReplaceAll(plain, " or ", ", "), ", ")
	for _, kind := range types {
		if !slices.Contains([]string{"number", "string", "bool", "list", "object", "null"}, kind) {
			t.Fatalf("key %s: want types, got %q", path, words)
		}
	}
	if d.keys[path] != nil {
		t.Fatalf("key %s: documented twice", path)
	}
	d.keys[path] = &key{types: types, optional: optional}
	for { // the list of name[] itself
		list, ok := strings.CutSuffix(path, "[]")
		if !ok || d.keys[list] != nil {
			return
		}
		d.keys[list], d.keys[path].optional = &key{types: []string{"list"}, optional: optional}, false
		path = list
	}
}

// reporter is what of testing.T the checks need, so that they can be tried with planted faults.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
}

// check compares a decoded JSON value with the document.
func (d document) check(t reporter, path string, v any) {
	t.Helper()
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			d.meet(t, path+"[]", item)
		}
	case map[string]any:
		for name, k := range d.keys {
			parent, last, ok := cutLast(name)
			if _, there := v[last]; !ok || parent != path || there || last == "*" {
				continue
			}
			k.absent = true
			if !k.optional {
				t.Errorf("key %s: documented and absent", name)
			}
		}
		for name, value := range v {
			at := path + "." + name
			if d.keys[at] == nil && d.keys[path+".*"] != nil {
				at = path + ".*"
			}
			d.meet(t, at, value)
		}
	}
}

// cutLast cuts a path before its last name; ok is false for an item of a list.
func cutLast(path string) (parent, name string, ok bool) {
	i := strings.LastIndexByte(path, '.')
	if i < 0 || strings.HasSuffix(path, "[]") {
		return "", "", false
	}
	return path[:i], path[i+1:], true
}

// meet checks the type of a value and what is within.
func (d document) meet(t reporter, path string, v any) {
	t.Helper()
	k := d.keys[path]
	if k == nil {
		t.Errorf("key %s: printed and not documented", path)
		return
	}
	k.seen = true
	if kind := kindOf(v); !slices.Contains(k.types, kind) {
		t.Errorf("key %s: want %v, got a %s", path, k.types, kind)
	}
	d.check(t, path, v)
}

func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case float64:
		return "number"
	case string:
		return "string"
	case bool:
		return "bool"
	case []any:
		return "list"
	case map[string]any:
		return "object"
	default:
		return fmt.Sprintf("%T", v)
	}
}

// complete wants every key to have been seen, and every optional one to have been absent.
func (d document) complete(t reporter) {
	t.Helper()
	for name, k := range d.keys {
		if !k.seen {
			t.Errorf("key %s: documented, and no case shows it", name)
		}
		if k.optional && !k.absent {
			t.Errorf("key %s: said to be absent at times, and no case shows that", name)
		}
	}
}
