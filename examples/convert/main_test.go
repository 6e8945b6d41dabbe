package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
)

const rows = "n,c,d,b\n1,a,2024-01-01,true\n2,,2024-01-02,false\n3,b c,2024-01-03,true\n,d,2024-01-04,\n"

// converted returns the text that a line of the program writes.
func converted(t *testing.T, in, name string, args ...string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), name)
	clitest.JSON(t, app(), 0, append([]string{"-in", in, "-out", out}, args...)...)
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestRowsAndColumns(t *testing.T) {
	in := clitest.File(t, "rows.csv", rows)
	for _, c := range []struct {
		where, want string
	}{
		{"n > 1", "n\n2\n3\n"},
		{"n>1 and n<=2", "n\n2\n"},
		{"n != 2", "n\n1\n3\n"},
		{"c == 'b c'", "n\n3\n"},
		{`"c" = "b c" || n = 1`, "n\n1\n3\n"},
		{"c is null", "n\n2\n"},
		{"c is not null and n is not null", "n\n1\n3\n"},
		{"n is null or n < 2", "n\n1\nNA\n"},
		{"n is null or c < b && n >= 1", "n\n1\nNA\n"},
		{"d >= 2024-01-03 && n IS NOT NULL", "n\n3\n"},
		{"b == true", "n\n1\n3\n"},
		{"b == 0 or d == 2024-01-01", "n\n1\n2\n"},
		{"c == 'it''s'", "n\n"},
	} {
		if got := converted(t, in, "out.csv", "-columns", "n", "-where", c.where); got != c.want {
			t.Errorf("%s: got %q, want %q", c.where, got, c.want)
		}
	}
	if got := converted(t, in, "out.jsonl", "-columns", "c,n", "-where", "n<3"); got != "{\"c\":\"a\",\"n\":1}\n{\"c\":null,\"n\":2}\n" {
		t.Errorf("columns: got %q", got)
	}
	if got := converted(t, in, "out.arff", "-columns", "c,n,d", "-where", "n<3"); got != "@relation rows\n@attribute c string\n@attribute n integer\n@attribute d date \"yyyy-MM-dd\"\n@data\na,1,2024-01-01\n?,2,2024-01-02\n" {
		t.Errorf("ARFF: got %q", got)
	}
	r := clitest.JSON(t, app(), 0, "-in", in, "-out", filepath.Join(t.TempDir(), "out.tsv"), "-where", "n > 1")
	if r["rows_in"] != 4.0 || r["rows_out"] != 2.0 {
		t.Errorf("got %v", r)
	}
}

// Rows that a Parquet file lets be skipped count as read.
func TestRowsOfParquetAreCounted(t *testing.T) {
	in, out := clitest.File(t, "rows.csv", rows), filepath.Join(t.TempDir(), "rows.parquet")
	clitest.JSON(t, app(), 0, "-in", in, "-out", out)
	r := clitest.JSON(t, app(), 0, "-in", out, "-out", filepath.Join(t.TempDir(), "out.arrow"), "-where", "n >= 3")
	if r["rows_in"] != 4.0 || r["rows_out"] != 1.0 {
		t.Errorf("got %v", r)
	}
}

func TestBadInput(t *testing.T) {
	in, dir := clitest.File(t, "rows.csv", rows), t.TempDir()
	out := filepath.Join(dir, "out.csv")
	clitest.Refuses(t, app(), nil, "-in")
	clitest.Refuses(t, app(), []string{"-in", in}, "-out")
	clitest.Refuses(t, app(), []string{"-in", in, "-out", filepath.Join(dir, "out.xls")}, "-out", ".parquet", "out.xls")
	clitest.Refuses(t, app(), []string{"-in", in, "-out", filepath.Join(dir, "out.parquet.gz")}, "-out", "out.parquet.gz")
	clitest.Refuses(t, app(), []string{"-in", in, "-out", in}, "-out")
	clitest.Refuses(t, app(), []string{"-in", "absent.csv", "-out", out}, "absent.csv")
	clitest.Refuses(t, app(), []string{"-in", clitest.File(t, "rows.xls", "x"), "-out", out}, "rows.xls", ".parquet")
	clitest.Refuses(t, app(), []string{"-in", clitest.File(t, "rows", "\x1f\x8b"), "-out", out}, ".csv.gz")
	clitest.Refuses(t, app(), []string{"-in", in, "-out", out, "-columns", "n,x"}, "-columns", "x")
	clitest.Refuses(t, app(), []string{"-in", in, "-out", out, "-columns", "n,n"}, "-columns", "n")
	clitest.Refuses(t, app(), []string{"-in", in, "-out", out, "-sql", "x"}, "-query")
	clitest.Refuses(t, app(), []string{"-in", in, "-out", out, "-sql", "x", "-query", "y"}, "-sql")
	clitest.Refuses(t, app(), []string{"-out", out, "-sql", "x", "-query", "y"}, "-sql", "examples/convert/databases")
	for where, want := range map[string]string{
		"n": "the end", "n >": "a value", "n >> 1": ">>", "n > x": "int64", "x > 1": `"x"`, "d > 1": "date32", "b == 2x": "bool", "n > 1 n": "and", "n is": "null",
		"n is not 1": "null", "c == 'a": "quote", "and": "the end", "n '>' 1": "==", "n > 1 or": "a column", " ": "a column",
	} {
		clitest.Refuses(t, app(), []string{"-in", in, "-out", out, "-where", where}, "-where", want)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a refused line has written")
	}
}

// Content says the format where a name does not.
func TestFormatsByContent(t *testing.T) {
	for name, text := range map[string]string{
		"commas": "a,b\n1,2\n", "semicolons": "a;b\n1;2\n", "semicolons.csv": "a;b\n1;2\n", "tabs.data": "a\tb\n1\t2\n", "lines": "{\"a\":1,\"b\":2}\n", "lines.ndjson": "{\"a\":1,\"b\":2}\n",
	} {
		if got := converted(t, clitest.File(t, name, text), "out.csv"); got != "a,b\n1,2\n" {
			t.Errorf("%s: got %q", name, got)
		}
	}
	if got := converted(t, clitest.File(t, "ranking", "2 qid:1 1:1 # x\n"), "out.csv"); got != "label,qid,f1\n2,1,1.0\n" {
		t.Errorf("libsvm: got %q", got)
	}
	if got := converted(t, clitest.File(t, "weather.txt", "% by hand\n@RELATION w\n@attribute a {x,y}\n@attribute b real\n@data\ny,?\n"), "out.csv"); got != "a,b\ny,\n" {
		t.Errorf("ARFF: got %q", got)
	}
	for _, ext := range []string{"parquet", "arrow"} {
		in := clitest.File(t, "rows.csv", rows)
		bare := filepath.Join(t.TempDir(), "out."+ext)
		clitest.JSON(t, app(), 0, "-in", in, "-out", bare)
		if err := os.Rename(bare, bare+".csv"); err != nil {
			t.Fatal(err)
		}
		if got := converted(t, bare+".csv", "out.csv", "-columns", "n", "-where", "n<3"); got != "n\n1\n2\n" {
			t.Errorf("%s: got %q", ext, got)
		}
	}
}

func TestManyFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a1.csv": "x,y,z\n1,a,\n2,b,\n", "a2.csv": "x,y,z\n0.5,3,7\n2,b,8\n", "b.csv": "x,y,z\n2,b,8\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pattern := filepath.Join(dir, "a*.csv")
	if got := converted(t, pattern, "out.jsonl"); got != `{"x":1.0,"y":"a","z":null}
{"x":2.0,"y":"b","z":null}
{"x":0.5,"y":"3","z":7}
{"x":2.0,"y":"b","z":8}
` {
		t.Errorf("a pattern: got %s", got)
	}
	both := pattern + "," + filepath.Join(dir, "b.csv")
	r := clitest.JSON(t, app(), 0, "-in", both, "-out", filepath.Join(dir, "out.parquet"), "-where", "x == 2")
	if r["rows_in"] != 5.0 || r["rows_out"] != 3.0 {
		t.Errorf("got %v", r)
	}
	for keys, want := range map[string]string{"x": "y\na\nb\n3\n", "all": "y\na\nb\n3\n", "x,z": "y\na\nb\n3\nb\n"} {
		if got := converted(t, both, "out.csv", "-columns", "y", "-dedupe", keys); got != want {
			t.Errorf("-dedupe %s: got %q", keys, got)
		}
	}
	first := converted(t, both, "out.csv", "-sample", "2")
	if again := converted(t, both, "out.csv", "-sample", "2"); again != first || len(first) < len("x,y,z\n1,a,\n") {
		t.Errorf("-sample: got %q, then %q", first, again)
	}
	out := filepath.Join(dir, "out.csv")
	clitest.Refuses(t, app(), []string{"-in", filepath.Join(dir, "c*.csv"), "-out", out}, "-in", "c*.csv")
	clitest.Refuses(t, app(), []string{"-in", pattern + "," + clitest.File(t, "rows.csv", rows), "-out", out}, "-in", "rows.csv")
	clitest.Refuses(t, app(), []string{"-in", pattern, "-out", filepath.Join(dir, "a1.csv")}, "-out", "a1.csv")
	clitest.Refuses(t, app(), []string{"-in", pattern, "-out", out, "-sample", "-1"}, "-sample", "-1")
	clitest.Refuses(t, app(), []string{"-in", pattern, "-out", out, "-dedupe", "q"}, "-dedupe", "q")
}

func TestNestedRows(t *testing.T) {
	in := clitest.File(t, "page.json", `{"page":1,"data":{"items":[{"id":1,"user":{"name":"Ada"}},{"id":2,"user":null}]}}`)
	if got := converted(t, in, "out.csv", "-records", "data.items", "-flatten"); got != "id,user.name\n1,Ada\n2,\n" {
		t.Errorf("flat: got %q", got)
	}
	if got := converted(t, in, "out.jsonl", "-records", "data.items", "-where", "user is not null"); got != "{\"id\":1,\"user\":{\"name\":\"Ada\"}}\n" {
		t.Errorf("nested: got %q", got)
	}
	if got := converted(t, in, "out.json", "-records", "data.items", "-flatten"); got != "[\n{\"id\":1,\"user.name\":\"Ada\"},\n{\"id\":2,\"user.name\":null}\n]\n" {
		t.Errorf("a document: got %q", got)
	}
	out := filepath.Join(t.TempDir(), "out.csv")
	clitest.Refuses(t, app(), []string{"-in", in, "-out", out, "-records", "data.rows"}, "page.json", "Records")
	clitest.Refuses(t, app(), []string{"-in", clitest.File(t, "rows.csv", rows), "-out", out, "-records", "data"}, "-records", "rows.csv")
}
