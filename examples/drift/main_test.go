package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
)

func TestAShiftedColumnDriftsAndOthersDoNot(t *testing.T) {
	rows := clitest.Rows(0, 2000)
	reference := clitest.File(t, "reference.csv", rows)
	same := clitest.File(t, "same.csv", clitest.Rows(2000, 2000))
	shifted := clitest.File(t, "shifted.csv", strings.ReplaceAll(rows, ",green,", ",red,"))
	r := clitest.JSON(t, app(), 0, "-reference", reference, "-current", same, "-target", "y", "-fail")
	if r["drifted"] != 0.0 {
		t.Errorf("want nothing drifted, got %v", r["drifted_columns"])
	}
	r = clitest.JSON(t, app(), 1, "-reference", reference, "-current", shifted, "-target", "y", "-fail")
	if names, _ := r["drifted_columns"].([]any); !slices.Equal(names, []any{"c"}) {
		t.Errorf("want column c drifted, got %v", names)
	}
	if _, out, _ := clitest.Run(t, app(), "-reference", reference, "-current", shifted); !strings.Contains(out, "distribution") {
		t.Errorf("got %s", out)
	}
}

// What cannot be compared is not called unchanged: a column without values misses them, and one that is gone or of another kind fails.
func TestWhatCannotBeComparedFails(t *testing.T) {
	rows := clitest.Rows(0, 300)
	reference := clitest.File(t, "reference.csv", rows)
	for name, edit := range map[string]func(cells []string) []string{
		"drifted_columns": func(c []string) []string { c[0] = ""; return c },         // x is null in every row
		"changed_columns": func(c []string) []string { c[0] = "n" + c[0]; return c }, // x is text
		"missing_columns": func(c []string) []string { return c[1:] },
	} {
		lines := strings.Split(strings.TrimSuffix(rows, "\n"), "\n")
		for i := range lines {
			if i > 0 || name == "missing_columns" {
				lines[i] = strings.Join(edit(strings.Split(lines[i], ",")), ",")
			}
		}
		current := clitest.File(t, "current.csv", strings.Join(lines, "\n")+"\n")
		r := clitest.JSON(t, app(), 1, "-reference", reference, "-current", current, "-fail")
		if got, _ := r[name].([]any); !slices.Equal(got, []any{"x"}) {
			t.Errorf("%s: got %v", name, r)
		}
	}
}

func TestBadInput(t *testing.T) {
	file := clitest.File(t, "rows.csv", clitest.Rows(0, 50))
	clitest.Refuses(t, app(), nil, "-reference")
	clitest.Refuses(t, app(), []string{"-reference", file}, "-current")
	clitest.Refuses(t, app(), []string{"-reference", file, "-current", "absent.csv"}, "absent.csv")
	clitest.Refuses(t, app(), []string{"-reference", file, "-current", file, "-target", "nope"}, "-target", "nope")
	clitest.Refuses(t, app(), []string{"-reference", file, "-current", clitest.File(t, "header.csv", "x,z,c,y,r\n")}, "header.csv", "row")
}

func TestPage(t *testing.T) {
	rows := clitest.Rows(0, 2000)
	reference, shifted := clitest.File(t, "reference.csv", rows), clitest.File(t, "shifted.csv", strings.ReplaceAll(rows, ",green,", ",red,"))
	clitest.Page(t, app(), 1, []string{"-reference", reference, "-current", shifted, "-target", "y", "-fail"}, "shifted.csv against reference.csv", "1 of ", "Share of rows by value")
}
