package validate_test

import (
	"io"
	"math"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/validate"
)

// writings are values, near misses and the ends of ranges of every type.
const writings = `1|0|-1|+1|01|007|3.0|3.5|-3.000|1e3|1E3|1e-3|.5|5.|.|-|-.0|-0|+0.0|1e400|-1e400|1e39|inf|Inf|+inf|-Infinity|INF|0x10|1_000|NaN|٣|--1|+-1|1 2|` +
	`true|True|TRUE|tRUE|false|False|t|T|yes|2006-01-02|0000-01-01|9999-12-31|10000-01-01|2006-1-2|2006-02-30|2006-01-02 15:04|2006-01-02T15:04|` +
	`2006-01-02T15:04Z|2006-01-02T15:04:05|2006-01-02T15:04:05.1|2006-01-02T15:04:05.123456|2006-01-02T15:04:05.1234567|2006-01-02T15:04:05.1234560|` +
	`2006-01-02T15:04:05Z|2006-01-02T15:04:05+01:00|2006-01-02T15:04:05+0100|2006-01-02T15:04:05+01|2006-01-02T24:00|2006-01-02T23:59:60|` +
	`2006-01-02T15:04:05,5|2006-01-02T15:04:05z|2006-01-02t15:04:05|0001-01-01T00:00:00+01:00|0000-01-01T00:00:00+01:00|9999-12-31T23:59:59-01:00|` +
	`2006-01-02T15:04:05.Z|2006-01-02T15:04-00:00|2006-01-02T15:04+24:00|127|128|-128|-129|255|256|32768|65536|2147483648|4294967296|` +
	`9223372036854775807|9223372036854775808|18446744073709551615|18446744073709551616|9007199254740993|9007199254740993.0|9007199254740993e0|` +
	`18446744073709551615.00|1e18|1e19|123.45|123.456|12345678.90|1e2|1.230|-0.01|99999999.99|100000000|1.5e-1`

// A text is refused as a cell of a CSV file exactly when it is refused as a cell of a request, and else it is the same value, to the bit. Infinities are values of
// a file, which the rules then refuse.
func TestATextMeansTheSameInAFileAndInARequest(t *testing.T) {
	for _, typ := range []dataset.Type{
		dataset.Bool, dataset.Int8, dataset.Int16, dataset.Int32, dataset.Int64, dataset.Uint8, dataset.Uint16, dataset.Uint32, dataset.Uint64, dataset.Float32,
		dataset.Float64, dataset.Date32, dataset.Timestamp, dataset.TimeUTC, dataset.Decimal128(10, 2),
	} {
		field := dataset.Field{Name: "a", Type: typ, Nullable: true}
		s, err := dataset.NewSchema(field)
		must(t, err)
		accepted := 0
		for text := range strings.SplitSeq(writings, "|") {
			inFile := readCell(t, s, text)
			inRequest, verdict := validate.ParseCell(field, text)
			if verdict.Rule == validate.RuleNonFinite && math.IsInf(inFile.Number, 0) {
				continue
			}
			if inFile.Valid != inRequest.Valid || math.Float64bits(inFile.Number) != math.Float64bits(inRequest.Number) {
				t.Errorf("%s, %q: in a file %v, in a request %v (%s)", typ, text, inFile, inRequest, verdict.Rule)
			}
			if inFile.Valid {
				accepted++
			}
		}
		if accepted == 0 {
			t.Errorf("%s: no text is a value", typ)
		}
	}
}

// readCell returns the value of a file of one cell, the null when it is refused.
func readCell(t *testing.T, s *dataset.Schema, text string) dataset.Value {
	t.Helper()
	src, err := csv.NewSource(io.MultiReader(strings.NewReader("a\n\""+text+"\"\n")), csv.Options{Schema: s, NullTokens: []string{}})
	must(t, err)
	row := dataset.NewRow(s)
	for b, err := range src.Batches(t.Context()) {
		if err == nil {
			must(t, b.ReadRow(0, row))
		}
	}
	return row.Values[0]
}
