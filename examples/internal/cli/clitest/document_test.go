package clitest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// recorder keeps what a check complains of.
type recorder struct{ errors []string }

// Helper implements reporter.
func (r *recorder) Helper() {}

// Errorf implements reporter.
func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

const table = "## Exit status\n\n| program | 0 | 1 | 2 |\n|---|---|---|---|\n| `other` `demo` | done | – | bad |\n\n## demo\n\n| key | type | value |\n|---|---|---|\n" +
	"| `rows` | number | rows |\n| `items[]` | object | items |\n| `.name`, `.other` | string or null? | names |\n| `by` | object | data |\n| `by.*[]` | number | pairs |\n"

// Each fault that a program or the document can have is named; what is right is not.
func TestTheDocumentFindsPlantedFaults(t *testing.T) {
	path := File(t, "json.md", table)
	item := func(name any) map[string]any { return map[string]any{"name": name, "other": "o"} }
	good := map[string]any{"rows": 1.0, "items": []any{item("a"), map[string]any{}}, "by": map[string]any{"x": []any{1.0, 2.0}}}
	for name, c := range map[string]struct {
		edit func(v map[string]any)
		want string
	}{
		"nothing wrong":         {func(map[string]any) {}, ""},
		"an undocumented key":   {func(v map[string]any) { v["more"] = 1.0 }, ".more: printed and not documented"},
		"an undocumented below": {func(v map[string]any) { v["items"] = []any{map[string]any{"size": 1.0}, item("a")} }, ".items[].size: printed and not documented"},
		"a missing key":         {func(v map[string]any) { delete(v, "rows") }, ".rows: documented and absent"},
		"another type":          {func(v map[string]any) { v["rows"] = "1" }, ".rows: want [number], got a string"},
		"another type below":    {func(v map[string]any) { v["items"] = []any{item(true), map[string]any{}} }, ".items[].name: want [string null], got a bool"},
		"null for a list":       {func(v map[string]any) { v["items"] = nil }, ".items: want [list], got a null"},
		"a key never shown":     {func(v map[string]any) { v["items"] = []any{map[string]any{}} }, ".items[].name: documented, and no case shows it"},
		"a key never absent":    {func(v map[string]any) { v["items"] = []any{item("a")} }, ".items[].name: said to be absent at times"},
	} {
		d := readDocument(t, path, "demo")
		if !slices.Equal(d.statuses, []int{0, 2}) {
			t.Fatalf("want statuses 0 and 2, got %v", d.statuses)
		}
		v := maps.Clone(good)
		c.edit(v)
		var r recorder
		d.check(&r, "", v)
		d.complete(&r)
		if all := strings.Join(r.errors, "\n"); c.want == "" && all != "" || !strings.Contains(all, c.want) {
			t.Errorf("%s: want %q, got %q", name, c.want, all)
		}
	}
}

func TestWordsAreThoseOfAShell(t *testing.T) {
	if got := Words(`train -params '{"a": 1}'  -x y`); !slices.Equal(got, []string{"train", "-params", `{"a": 1}`, "-x", "y"}) {
		t.Errorf("got %q", got)
	}
}
