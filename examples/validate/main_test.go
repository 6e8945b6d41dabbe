package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
)

func TestGoodRowsPassAndBadRowsAreNamed(t *testing.T) {
	reference := clitest.File(t, "reference.csv", clitest.Rows(0, 800))
	good := clitest.File(t, "good.csv", clitest.Rows(800, 400))
	r := clitest.JSON(t, app(), 0, "-reference", reference, "-data", good)
	if r["ok"] != true || r["rows"] != 400.0 || r["rows_bad"] != 0.0 {
		t.Errorf("good rows: got %v", r)
	}
	dir := t.TempDir()
	schema, aside := filepath.Join(dir, "schema.json"), filepath.Join(dir, "bad.csv")
	bad := clitest.File(t, "bad.csv", clitest.Rows(800, 40)+"5,50,purple,yes,7\n-900,50,red,yes,7\n")
	r = clitest.JSON(t, app(), 1, "-reference", reference, "-data", bad, "-write-schema", schema, "-quarantine", aside)
	rules := make(map[any]any)
	findings, _ := r["findings"].([]any)
	for _, f := range findings {
		f := f.(map[string]any)
		if f["severity"] == "refused" {
			rules[f["rule"]] = f["column"]
			if rows, ok := f["first_rows"].([]any); !ok || len(rows) != 1 || rows[0].(float64) < 40 {
				t.Errorf("want the row's address, got %v", f)
			}
		}
	}
	if r["rows_bad"] != 2.0 || rules["one_of"] != "c" || rules["below_min"] != "x" {
		t.Errorf("bad rows: got %v", r)
	}
	text, err := os.ReadFile(schema)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dataset.ParseSchema(text); err != nil {
		t.Error(err)
	}
	src, err := lab.OpenData(aside, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := lab.CountRows(t.Context(), src); err != nil || n != 2 {
		t.Errorf("want 2 rows aside, got %d, %v", n, err)
	}
	if r := clitest.JSON(t, app(), 1, "-schema", schema, "-data", bad); r["rows_bad"] != 2.0 {
		t.Errorf("by the written schema: got %v", r)
	}
	if _, out, _ := clitest.Run(t, app(), "-schema", schema, "-data", bad); !strings.Contains(out, "2 refused") {
		t.Errorf("got %s", out)
	}
}

func TestBadInput(t *testing.T) {
	good := clitest.File(t, "good.csv", clitest.Rows(0, 50))
	clitest.Refuses(t, app(), nil, "-reference", "-schema")
	clitest.Refuses(t, app(), []string{"-reference", good}, "-data")
	clitest.Refuses(t, app(), []string{"-reference", good, "-data", "absent.csv"}, "absent.csv")
	clitest.Refuses(t, app(), []string{"-schema", clitest.File(t, "s.json", `{"tidewheel.schema":9,"fields":[]}`), "-data", good}, "s.json", "version")
	header := clitest.File(t, "header.csv", "x,z,c,y,r\n")
	clitest.Refuses(t, app(), []string{"-reference", good, "-data", header}, "header.csv", "row")
}

// A column that the data lacks is a finding and not unreadable input, also when it is text, and one bad cell does not make a file of JSON lines unreadable.
func TestFaultsOfWholeFilesAreFindings(t *testing.T) {
	reference := clitest.File(t, "reference.csv", clitest.Rows(0, 800))
	find := func(r map[string]any, rule, column string) bool {
		findings, _ := r["findings"].([]any)
		for _, f := range findings {
			if f, _ := f.(map[string]any); f["rule"] == rule && f["column"] == column {
				return true
			}
		}
		return false
	}
	missing := clitest.File(t, "missing.csv", "x,z,y,r\n5,50,yes,7\n")
	if r := clitest.JSON(t, app(), 1, "-reference", reference, "-data", missing); !find(r, "missing_column", "c") || r["rows_bad"] != 1.0 {
		t.Errorf("missing column: got %v", r)
	}
	lines := `{"x":5,"z":50,"c":"red","y":"yes","r":7}` + "\n"
	mixed := clitest.File(t, "mixed.jsonl", lines+`{"x":"5.5","z":true,"c":"red","y":"yes","r":"seven"}`+"\n"+lines)
	if r := clitest.JSON(t, app(), 1, "-reference", reference, "-data", mixed); !find(r, "text_as_number", "x") || !find(r, "type", "r") || r["rows_bad"] != 1.0 {
		t.Errorf("mixed kinds: got %v", r)
	}
}

// What is explained is repaired in a file of its own, with a ledger that takes it back; the rest is left and named.
func TestRepair(t *testing.T) {
	reference := clitest.File(t, "reference.csv", clitest.Rows(0, 800))
	bad := clitest.File(t, "bad.csv", clitest.Rows(800, 60)+"-900,50,red,yes,7\n5,50,gren,yes,7\n5,50,purple,yes,7\n5,,red,yes,7\n")
	out := filepath.Join(t.TempDir(), "mended.csv")
	r := clitest.JSON(t, app(), 1, "-reference", reference, "-data", bad, "-repair", out)
	repaired, _ := r["repaired"].(map[string]any)
	before, _ := r["quality"].(map[string]any)
	after, _ := repaired["quality"].(map[string]any)
	if r["rows_bad"] != 4.0 || repaired["rows_bad"] != 1.0 || repaired["ok"] != false || repaired["cells"] != 3.0 || repaired["rows_changed"] != 3.0 {
		t.Errorf("got %v", r)
	}
	if low, high := before["score"].(float64), after["score"].(float64); low >= high || high >= 1 {
		t.Errorf("quality %v before and %v after", low, high)
	}
	text, err := os.ReadFile(filepath.Join(filepath.Dir(out), "mended.ledger.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"row,column,rule,old,new,hashed\n60,x,clip,-900.0,", "\n61,c,nearest,gren,green,false\n63,z,impute,,"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("want %q in the ledger, got %q", want, text)
		}
	}
	if r := clitest.JSON(t, app(), 1, "-reference", reference, "-data", out); r["rows_bad"] != 1.0 || r["rows"] != 64.0 {
		t.Errorf("the repaired file: got %v", r)
	}
	if _, text, _ := clitest.Run(t, app(), "-reference", reference, "-data", bad, "-repair", out); !strings.Contains(text, "repaired: 3 cells in 3 rows, 1 rows still refused") {
		t.Errorf("got %s", text)
	}
	clitest.Refuses(t, app(), []string{"-reference", reference, "-repair", out, "-write-schema", "s.json"}, "-data")
	clitest.Refuses(t, app(), []string{"-reference", reference, "-data", bad, "-repair", "mended.doc"}, "-repair")
	clitest.Refuses(t, app(), []string{"-reference", reference, "-data", bad, "-repair", "a.csv", "-quarantine", "a.ledger.csv"}, "-quarantine", "-repair")
}

func TestPage(t *testing.T) {
	reference, bad := clitest.File(t, "reference.csv", clitest.Rows(0, 800)), clitest.File(t, "bad.csv", clitest.Rows(800, 40)+"5,50,purple,yes,7\n-900,50,red,yes,7\n")
	clitest.Page(t, app(), 1, []string{"-reference", reference, "-data", bad}, "bad.csv", "2 of 42 rows refused", "one_of", "The columns of the schema", "What the score loses", "Distances from the reference")
	checks := clitest.File(t, "checks.json", `{"tidewheel.checks": 1, "checks": [{"check": "outliers", "column": "x", "method": "iqr"}, {"check": "row_count", "max": 7}]}`)
	text := clitest.File(t, "text.csv", clitest.Rows(800, 40)+"many,50,red,yes,7\n")
	clitest.Page(t, app(), 1, []string{"-reference", reference, "-data", text, "-checks", checks}, "row_count", "of 41 rows refused", `<th scope="row" class="d"><bdi>x</bdi></th><td><span class="badge good">unchanged</span>`)
	narrow := clitest.File(t, "narrow.csv", "x,z\n1,2\n")
	clitest.Page(t, app(), 1, []string{"-reference", reference, "-data", narrow}, "missing_column", "Against the reference")
	mended := filepath.Join(t.TempDir(), "mended.csv")
	clitest.Page(t, app(), 1, []string{"-reference", reference, "-data", bad, "-repair", mended}, "after repair")
	clitest.Refuses(t, app(), []string{"-reference", reference, "-html", "page.html", "-write-schema", "schema.json"}, "-data")
	clitest.Refuses(t, app(), []string{"-reference", reference, "-data", bad, "-html", "page.html", "-write-schema", "page.html"}, "-html")
}
