package csv_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"reflect"
	"strconv"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
)

// TestEdgeCasesAreThoseOfPyarrowOrPandas compares with what pyarrow 26.0.1 and pandas 3.1.1 made of the same texts (testdata/gen/edge.py). Where ours is neither's the reason
// is here.
func TestEdgeCasesAreThoseOfPyarrowOrPandas(t *testing.T) {
	own := map[string]string{
		"text behind a closing quote": "refused: more likely a quote too many than text to join",
		"carriage returns alone":      "refused: no system writes them any more, and they are often half of a line end",
		"same names":                  "refused: names are how columns are found",
		"empty name":                  "refused: the same",
		"trailing delimiter":          "refused: the same",
		"beyond int64":                "text, since neither float64 nor int64 holds it",
		"line of spaces":              "a null, as a cell of spaces is among numbers",
		"overflow":                    "text, since infinity is another number",
		"NUL byte":                    "refused: no text has one",

		"empty quoted cell among numbers": "a null, as without quotes; integers stay integers beside nulls, as in pyarrow",
		"quoted null token among numbers": "the same",
		"spaces behind a closing quote":   "refused, as any text there",
		"backslash before a quote":        "refused: the same; a quote in quotes is doubled",
		"line end in a name":              "refused: names have no control characters",
		"two empty names":                 "refused: names are how columns are found",
		"bool between spaces":             "a bool, as a number between spaces is a number",
		"year 0":                          "a date: year 0 of ISO 8601",
		"offset behind a space":           "a time: PostgreSQL and Git write it so",
	}
	raw, err := os.ReadFile("testdata/edge.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name, Raw, Delimiter, Encoding string
		Pyarrow, Pandas                any
	}
	if err := json.Unmarshal(raw, &cases); err != nil || len(cases) < 160 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, c := range cases {
		got := any("error")
		o := csv.Options{Delimiter: c.Delimiter[0]}
		if c.Encoding == "latin-1" {
			o.Encoding = csv.EncodingLatin1
		}
		if src, err := csv.NewSource(bytes.NewReader(latin1(c.Raw)), o); err == nil {
			got = printed(t, src)
		}
		reason, different := own[c.Name]
		if same := reflect.DeepEqual(got, expected(c.Pyarrow)) || reflect.DeepEqual(got, expected(c.Pandas)); same == different {
			t.Errorf("%s: got %v, pyarrow %v, pandas %v; %s", c.Name, got, c.Pyarrow, c.Pandas, reason)
		}
	}
}

// latin1 returns the bytes that the characters of s are the numbers of.
func latin1(s string) []byte {
	var raw []byte
	for _, c := range s {
		raw = append(raw, byte(c))
	}
	return raw
}

// expected returns what a peer read with floats as their bits.
func expected(peer any) any {
	columns, ok := peer.([]any)
	if !ok {
		return "error"
	}
	for _, c := range columns {
		column := c.([]any)
		cells := column[2].([]any)
		for i, v := range cells {
			if text, ok := v.(string); ok && column[1] == "float64" {
				f, _ := strconv.ParseFloat(text, 64)
				cells[i] = strconv.FormatUint(math.Float64bits(f), 16)
			}
		}
	}
	return columns
}

// printed returns the columns of src as the script prints them.
func printed(t *testing.T, src dataset.Source) []any {
	t.Helper()
	var columns []any
	for _, f := range src.Schema().Fields() {
		columns = append(columns, []any{f.Name, string(f.Type), []any{}})
	}
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		for j := range columns {
			column := columns[j].([]any)
			for i := range b.NumRows() {
				column[2] = append(column[2].([]any), printedCell(b.Column(j), i))
			}
		}
	}
	return columns
}

func printedCell(a arrow.Array, i int) any {
	if a.IsNull(i) {
		return nil
	}
	switch a := a.(type) {
	case *array.Float64:
		return strconv.FormatUint(math.Float64bits(a.Value(i)), 16)
	case *array.Timestamp:
		v := time.UnixMicro(int64(a.Value(i))).UTC()
		layout := time.DateOnly + "T" + time.TimeOnly
		if v.Nanosecond() > 0 {
			layout += ".000000"
		}
		if a.DataType().(*arrow.TimestampType).TimeZone != "" {
			layout += "-07:00"
		}
		return v.Format(layout)
	default:
		return a.ValueStr(i)
	}
}
