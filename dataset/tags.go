package dataset

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// tagKey is the struct tag that carries a column's rules.
const tagKey = "ml"

// fieldFromTag returns the field that a struct tag describes, starting from the defaults in f. The tag is a list of items between commas: a key alone or
// key=value; a value that holds a comma stands in single quotes, where two of them are one.
func fieldFromTag(f Field, tag string) (Field, error) {
	items, err := splitTag(tag)
	if err != nil {
		return f, err
	}
	seen := make(map[string]bool, len(items))
	for _, it := range items {
		if seen[it.key] {
			return f, fmt.Errorf("tag key %q twice: %w", it.key, ErrSchema)
		}
		seen[it.key] = true
		if err := it.apply(&f); err != nil {
			return f, err
		}
	}
	return f, nil
}

type tagItem struct {
	key, value string
	hasValue   bool
}

// splitTag cuts a tag into its items. Spaces around an item and its key are ignored.
func splitTag(tag string) ([]tagItem, error) {
	var items []tagItem
	for rest := tag; strings.TrimSpace(rest) != ""; {
		end := strings.IndexAny(rest, ",=")
		if end < 0 || rest[end] == ',' {
			if end < 0 {
				end = len(rest)
			}
			items = append(items, tagItem{key: strings.TrimSpace(rest[:end])})
			rest = rest[min(end+1, len(rest)):]
			continue
		}
		it := tagItem{key: strings.TrimSpace(rest[:end]), hasValue: true}
		rest = rest[end+1:]
		if !strings.HasPrefix(rest, "'") {
			it.value, rest, _ = strings.Cut(rest, ",")
			items = append(items, it)
			continue
		}
		var ok bool
		if it.value, rest, ok = cutQuoted(rest[1:]); !ok {
			return nil, fmt.Errorf("tag key %q: want a closing quote and then a comma or the end: %w", it.key, ErrSchema)
		}
		items = append(items, it)
	}
	return items, nil
}

// cutQuoted returns the value up to the closing quote and what stands behind the comma after it.
func cutQuoted(s string) (value, rest string, ok bool) {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '\'')
		if i < 0 {
			return "", "", false
		}
		b.WriteString(s[:i])
		s = s[i+1:]
		if !strings.HasPrefix(s, "'") {
			break
		}
		b.WriteByte('\'')
		s = s[1:]
	}
	s = strings.TrimSpace(s)
	if s == "" {
		return b.String(), "", true
	}
	s, ok = strings.CutPrefix(s, ",")
	return b.String(), s, ok
}

func (it tagItem) apply(f *Field) error {
	flags := map[string]*bool{"personal": &f.Personal, "sensitive": &f.Sensitive, "nullable": &f.Nullable}
	if flag, ok := flags[it.key]; ok {
		if it.hasValue {
			return fmt.Errorf("tag key %q takes no value: %w", it.key, ErrSchema)
		}
		*flag = true
		return nil
	}
	switch it.key {
	case "name", "type", "role", "unit", "min", "max", "oneof", "unseen", "pattern", "purpose", "description":
		if !it.hasValue {
			return fmt.Errorf("tag key %q wants a value: %w", it.key, ErrSchema)
		}
	default:
		return fmt.Errorf("unknown tag key %q: %w", it.key, ErrSchema)
	}
	return it.set(f)
}

func (it tagItem) set(f *Field) error {
	switch it.key {
	case "name":
		f.Name = it.value
	case "type":
		t, err := ParseType(it.value)
		if err != nil {
			return err
		}
		f.Type = t
	case "role":
		f.Role = Role(it.value)
		if it.value == "feature" {
			f.Role = Feature
		}
	case "unit":
		f.Unit = it.value
	case "min", "max":
		v, err := strconv.ParseFloat(it.value, 64)
		if err != nil {
			return fmt.Errorf("tag key %q: want a number: %w", it.key, ErrSchema)
		}
		if it.key == "min" {
			f.Min = &v
		} else {
			f.Max = &v
		}
	case "oneof":
		f.OneOf = strings.Split(it.value, "|")
	case "unseen":
		f.Unseen = Unseen(it.value)
		if it.value == "reject" {
			f.Unseen = UnseenReject
		}
	case "pattern":
		f.Pattern = it.value
	case "purpose":
		f.Purpose = it.value
	case "description":
		f.Description = it.value
	}
	return nil
}

// structError names the Go field that cannot be a column.
func structError(t reflect.Type, field, want, got string) error {
	return fmt.Errorf("dataset: struct %s: field %s: want %s, got %s: %w", t, field, want, got, ErrSchema)
}
