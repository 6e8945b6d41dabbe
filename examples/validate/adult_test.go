package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
)

// spoilt is a cell of the data that is made wrong.
type spoilt struct {
	row          int // from 0
	column, text string
	rule         string
}

// wrongCells are faults of single cells, each in a row of its own.
func wrongCells() []spoilt {
	return []spoilt{
		{17, "age", "430", "above_max"},
		{401, "age", "-5", "below_min"},
		{16280, "age", "forty", "type"},
		{1234, "age", "39.5", "fraction"},
		{5000, "age", "", "null"},
		{42, "sex", "Femail", "one_of"},
		{43, "sex", "", "null"},
		{0, "workclass", "private", "one_of"},
		{9999, "education", "Bachelorss", "one_of"},
		{777, "marital_status", "Unknown", "one_of"},
		{778, "relationship", "Husband ", "one_of"},
		{12000, "income", ">50", "one_of"},
		{3000, "hours_per_week", "4000", "above_max"},
		{3001, "hours_per_week", "40h", "type"},
		{3002, "education_num", "1300", "above_max"},
		{3003, "capital_gain", "-2174", "below_min"},
		{3004, "fnlwgt", "226802000", "above_max"},
		{3005, "capital_loss", "1e400", "overflow"},
	}
}

// adult returns the test file of the adult data with some cells replaced.
func adult(t *testing.T, path string, cells []spoilt) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cells {
		records[1+c.row][slices.Index(records[0], c.column)] = c.text
	}
	var b strings.Builder
	if err := csv.NewWriter(&b).WriteAll(records); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The rules that the training half of the adult data suggests pass its test half, and name every cell that is spoilt in it, with row, column and rule, and no other.
func TestAdultWithPlantedFaults(t *testing.T) {
	data := os.Getenv("TIDEWHEEL_DATA")
	if data == "" {
		t.Skip("TIDEWHEEL_DATA is not set")
	}
	reference, test := filepath.Join(data, "adult-train.csv"), filepath.Join(data, "adult-test.csv")
	dir := t.TempDir()
	schema := filepath.Join(dir, "schema.json")
	r := clitest.JSON(t, app(), 0, "-reference", reference, "-data", test, "-write-schema", schema)
	if r["rows"] != 16281.0 || r["rows_bad"] != 0.0 || r["rows_flagged"] != 0.0 {
		t.Errorf("clean rows: got %v", r)
	}
	cells, aside := wrongCells(), filepath.Join(dir, "aside.csv")
	bad := clitest.File(t, "bad.csv", adult(t, test, cells))
	r = clitest.JSON(t, app(), 1, "-reference", reference, "-schema", schema, "-data", bad, "-quarantine", aside)
	if r["rows_bad"] != float64(len(cells)) || r["rows_flagged"] != 0.0 {
		t.Errorf("%v refused and %v flagged, want %d and none", r["rows_bad"], r["rows_flagged"], len(cells))
	}
	var want, got []string
	for _, c := range cells {
		want = append(want, fmt.Sprintf("%d %s: %s", c.row, c.column, c.rule))
	}
	text, err := os.ReadFile(aside)
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records[1:] {
		got = append(got, record[len(record)-2]+" "+record[len(record)-1])
	}
	byRow := func(a, b string) int {
		x, _ := strconv.Atoi(strings.Fields(a)[0])
		y, _ := strconv.Atoi(strings.Fields(b)[0])
		return x - y
	}
	slices.SortFunc(want, byRow)
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for _, f := range r["findings"].([]any) {
		f := f.(map[string]any)
		n := 0
		for _, c := range cells {
			if f["rule"] == c.rule && f["column"] == c.column {
				n++
			}
		}
		scaled := f["rule"] == "unit_scale" && slices.ContainsFunc(cells, func(c spoilt) bool { // the reference says why a number is too large
			return c.rule == "above_max" && c.column == f["column"] && slices.Equal(f["first_rows"].([]any), []any{float64(c.row)})
		})
		if f["severity"] == "refused" && f["count"] != float64(n) || f["severity"] == "flagged" && !scaled {
			t.Errorf("want %d: %v", n, f)
		}
	}
}

// The faults of whole columns in the same file.
func TestAdultWithWrongColumns(t *testing.T) {
	data := os.Getenv("TIDEWHEEL_DATA")
	if data == "" {
		t.Skip("TIDEWHEEL_DATA is not set")
	}
	reference := filepath.Join(data, "adult-train.csv")
	clean := adult(t, filepath.Join(data, "adult-test.csv"), nil)
	header, _, _ := strings.Cut(clean, "\n")
	column := func(change func(fields []string) []string) string {
		var b strings.Builder
		for line := range strings.Lines(clean) {
			b.WriteString(strings.Join(change(strings.Split(strings.TrimSuffix(line, "\n"), ",")), ",") + "\n")
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		text, severity, rule, column string
		status                       int
	}{
		"missing":   {column(func(f []string) []string { return f[1:] }), "refused", "missing_column", "age", 1},
		"renamed":   {strings.Replace(clean, "age,", "years,", 1), "refused", "missing_column", "age", 1},
		"extra":     {column(func(f []string) []string { return append(f, f[0]+"x") }), "counted", "extra_column", "incomex", 0},
		"reordered": {column(func(f []string) []string { slices.Reverse(f); return f }), "counted", "reordered_columns", "", 0},
		"swapped": {
			strings.Replace(clean, "age,workclass,fnlwgt", "fnlwgt,workclass,age", 1), "refused", "above_max", "age", 1, // ages and weights in each other's place
		},
	} {
		if name == "extra" {
			c.column = strings.Split(header, ",")[0] + "x"
		}
		r := clitest.JSON(t, app(), c.status, "-reference", reference, "-data", clitest.File(t, "rows.csv", c.text))
		if !has(r, c.severity, c.rule, c.column, 16281) {
			t.Errorf("%s: want %s %s of %q in every row, got %v", name, c.severity, c.rule, c.column, r["findings"])
		}
	}
}
