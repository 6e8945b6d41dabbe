package main

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
)

const list = `{"tidewheel.checks": 1, "checks": [
	{"check": "unique", "columns": ["x", "z"]},
	{"check": "terms", "of": {"check": "between", "column": "z", "max": 99}, "severity": "flagged", "at_most": 0},
	{"check": "references", "columns": ["c"], "to": "colors.csv"},
	{"check": "expression", "rule": "r_is_small", "text": "r < 1000"},
	{"check": "row_count", "min": 1000}
]}`

// has reports whether an object of -json has a finding.
func has(r map[string]any, severity, rule, column string, count int) bool {
	findings, _ := r["findings"].([]any)
	for _, f := range findings {
		if f, _ := f.(map[string]any); f["severity"] == severity && f["rule"] == rule && f["column"] == column && f["count"] == float64(count) {
			return true
		}
	}
	return false
}

func TestChecks(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	reference := file("reference.csv", clitest.Rows(0, 800))
	checks, junit := file("checks.json", list), filepath.Join(dir, "report.xml")
	file("colors.csv", "c\nred\nblue\n")
	bad := file("bad.csv", "x,z,c,y,r\n1,1,red,no,7\n1,1,red,no,7\n2,99.5,blue,no,7\n3,3,purple,no,7\n4,4,red,no,5000\n")
	args := []string{"-reference", reference, "-data", bad, "-checks", checks, "-junit", junit}
	r := clitest.JSON(t, app(), 1, args...)
	for _, want := range []struct {
		severity, rule, column string
		count                  int
	}{
		{"refused", "one_of", "c", 1},
		{"refused", "unique", "x", 2},
		{"flagged", "between", "z", 1},
		{"refused", "references", "c", 1},
		{"refused", "r_is_small", "r", 1},
		{"refused", "row_count", "", 5},
	} {
		if !has(r, want.severity, want.rule, want.column, want.count) {
			t.Errorf("want %v in %v", want, r)
		}
	}
	if r["ok"] != false || r["rows_bad"] != 5.0 {
		t.Errorf("got %v", r)
	}
	var suites struct {
		Failures int `xml:"failures,attr"`
		Suite    struct {
			Name string `xml:"name,attr"`
		} `xml:"testsuite"`
	}
	text, err := os.ReadFile(junit)
	if err == nil {
		err = xml.Unmarshal(text, &suites)
	}
	if err != nil || suites.Suite.Name != "bad.csv" || suites.Failures < 6 {
		t.Errorf("%+v, %v", suites, err)
	}
	aside := filepath.Join(dir, "aside.csv")
	clitest.JSON(t, app(), 1, append(args, "-quarantine", aside)...)
	if text, err := os.ReadFile(aside); err != nil || strings.Count(string(text), "\n") != 3 || !strings.Contains(string(text), "c: one_of") {
		t.Errorf("aside: %s, %v", text, err)
	}
	good := file("good.json", `{"tidewheel.checks": 1, "checks": [{"check": "row_count", "max": 400}]}`)
	if r := clitest.JSON(t, app(), 0, "-reference", reference, "-data", file("good.csv", clitest.Rows(800, 400)), "-checks", good); r["ok"] != true {
		t.Errorf("got %v", r)
	}
	clitest.Refuses(t, app(), []string{"-reference", reference, "-data", bad, "-checks", file("broken.json", `{"tidewheel.checks": 1, "checks": [{"check": "nope"}]}`)}, "broken.json")
	clitest.Refuses(t, app(), []string{"-reference", reference, "-data", bad, "-checks", file("far.json", strings.ReplaceAll(list, "colors.csv", "../colors.csv"))}, "far.json")
	clitest.Refuses(t, app(), []string{"-reference", reference, "-data", bad, "-checks", file("swapped.json", `{"tidewheel.checks": 1, "checks": [{"check": "between", "column": "x", "min": 2, "max": 1}]}`)}, "swapped.json")
	clitest.Refuses(t, app(), []string{"-reference", reference, "-checks", checks, "-write-schema", filepath.Join(dir, "s.json")}, "-data")
	clitest.Refuses(t, app(), []string{"-reference", reference, "-data", bad, "-junit", checks, "-checks", checks}, "-junit")
	clitest.Refuses(t, app(), []string{"-reference", reference, "-data", bad, "-junit", "a.xml", "-quarantine", "a.xml"}, "-junit", "-quarantine")
}
