package validate_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// Every pair of types that can meet: what each cell becomes, and by which rule. Cells are written as text; "-" is a null of the source.
func TestConformCells(t *testing.T) {
	dec := dataset.Decimal128(6, 2)
	berlin := dataset.TimestampIn("Europe/Berlin")
	for _, c := range []struct {
		from, to dataset.Type
		cells    string // of the source, between spaces
		want     string // of the result
		rules    string // of each cell, "." for none
	}{
		{
			dataset.Utf8, dataset.Int64, "12 -3 9223372036854775807 9223372036854775808 4.0 4.5 x 1e400 0x10 1_0 -", "12 -3 9223372036854775807 - 4 - - - - - -",
			"text_as_number text_as_number text_as_number overflow text_as_number fraction type overflow type type null",
		},
		{dataset.Utf8, dataset.Uint64, "18446744073709551615 -1", "18446744073709551615 -", "text_as_number overflow"},
		{dataset.Utf8, dataset.Int8, "127 128", "127 -", "text_as_number overflow"},
		{dataset.Dictionary, dataset.Float64, "0.5 inf NaN 1e3", "0.5 - - 1000", "text_as_number non_finite non_finite text_as_number"},
		{dataset.Utf8, dataset.Bool, "true 0 yes", "true false -", "text_as_number text_as_number type"},
		{dataset.Utf8, dataset.Date32, "2024-02-29 2023-02-29", "2024-02-29 -", "text_as_number type"},
		{
			dataset.Utf8, dataset.Timestamp, "2024-01-02T03:04:05 2024-01-02T03:04:05Z 2024-01-02T03:04 2024-01-02", "2024-01-02 03:04:05Z - 2024-01-02 03:04:00Z 2024-01-02 00:00:00Z",
			"text_as_number type text_as_number text_as_number",
		},
		{dataset.Utf8, dataset.TimeUTC, "2024-01-02T03:04:05+01:00 2024-01-02T03:04:05", "2024-01-02 02:04:05Z -", "text_as_number type"},
		{dataset.Utf8, dec, "1234.5 -0.01 1.005 12345 1e2", "1234.5 -0.01 - - -", "text_as_number text_as_number fraction overflow type"},
		{dataset.Int64, dataset.Int8, "5 200 -", "5 - -", ". overflow null"},
		{dataset.Int64, dataset.Float64, "5 9007199254740993", "5 -", ". overflow"},
		{dataset.Uint64, dataset.Int64, "7 18446744073709551615", "7 -", ". overflow"},
		{dataset.Int64, dataset.Bool, "0 1 2", "false true -", "number_as_bool number_as_bool type"},
		{dataset.Int64, dataset.Utf8, "7 -8", "7 -8", "number_as_text number_as_text"},
		{dataset.Int64, dec, "7 99999", "7 -", ". overflow"},
		{dataset.Float64, dataset.Int32, "4 4.5 NaN +Inf 3e9", "4 - - - -", "float_as_integer fraction nan_as_null non_finite overflow"},
		{dataset.Float64, dataset.Float32, "0.5 1e300 -Inf NaN", "0.5 - -Inf NaN", ". overflow non_finite nan_as_null"},
		{dataset.Float32, dataset.Float64, "0.5 NaN", "0.5 NaN", ". nan_as_null"},
		{dataset.Float64, dec, "1.25 1.255", "1.25 -", ". fraction"},
		{dataset.Float64, dataset.Utf8, "1.5 100000", "1.5 100000", "number_as_text number_as_text"},
		{dataset.Bool, dataset.Int64, "true false", "1 0", "bool_as_number bool_as_number"},
		{dataset.Bool, dataset.Utf8, "true", "true", "number_as_text"},
		{dec, dataset.Float64, "1.25", "1.25", "."},
		{dec, dataset.Decimal128(4, 1), "1.20 1.25", "1.2 -", ". fraction"},
		{dec, dataset.Int64, "3.00 3.50", "3 -", ". fraction"},
		{dataset.Date32, dataset.TimeUTC, "2024-01-02", "2024-01-02 00:00:00Z", "number_form_change"},
		{dataset.Date32, dataset.Utf8, "2024-01-02", "2024-01-02", "number_as_text"},
		{dataset.TimeUTC, dataset.Date32, "2024-01-02T00:00:00 2024-01-02T00:00:01", "2024-01-02 -", "number_form_change fraction"},
		{berlin, dataset.TimeUTC, "2024-01-02T03:04:05", "2024-01-02 03:04:05Z", "."},
		{dataset.LargeUtf8, dataset.Utf8, "a b", "a b", ". ."},
		{dataset.Utf8, dataset.JSON, "{}", "{}", "."},
	} {
		t.Run(string(c.from)+" to "+string(c.to), func(t *testing.T) {
			mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
			defer mem.AssertSize(t, 0)
			b := oneColumn(t, mem, c.from, strings.Fields(c.cells))
			defer b.Release()
			s, err := dataset.NewSchema(dataset.Field{Name: "x", Type: c.to, Nullable: true})
			must(t, err)
			v, err := validate.New(s, validate.ValidatorOptions{Allocator: mem})
			must(t, err)
			out, result, err := v.Conform(b)
			must(t, err)
			defer out.Release()
			if got := cellTexts(out); got != c.want {
				t.Errorf("cells %s, want %s", got, c.want)
			}
			for i, rule := range strings.Fields(c.rules) {
				if rule == "." {
					if result.Rows[i] != validate.Clean {
						t.Errorf("row %d is %v: %+v", i, result.Rows[i], result.Report.Findings)
					}
				} else if !slices.ContainsFunc(result.Report.Findings, func(f validate.Finding) bool {
					return f.Rule == validate.Rule(rule) && slices.Contains(f.FirstRows, int64(i))
				}) {
					t.Errorf("row %d: no %s: %+v", i, rule, result.Report.Findings)
				}
			}
		})
	}
}

func oneColumn(t *testing.T, mem memory.Allocator, typ dataset.Type, cells []string) dataset.Batch {
	t.Helper()
	s, err := dataset.NewSchema(dataset.Field{Name: "x", Type: typ, Nullable: true})
	must(t, err)
	b := array.NewRecordBuilder(mem, s.Arrow())
	defer b.Release()
	for _, cell := range cells {
		if cell == "-" {
			b.Field(0).AppendNull()
		} else {
			must(t, b.Field(0).AppendValueFromString(cell))
		}
	}
	out, err := dataset.FromRecord(b.NewRecord(), s)
	must(t, err)
	return out
}

// cellTexts returns the cells of the first column by Arrow's own text, nulls as "-".
func cellTexts(b dataset.Batch) string {
	c := b.Column(0)
	out := make([]string, c.Len())
	for i := range out {
		if out[i] = "-"; c.IsValid(i) {
			out[i] = c.ValueStr(i)
		}
	}
	return strings.Join(out, " ")
}

// Every width of integer to every other, and to and from floats and texts.
func TestConformIntegers(t *testing.T) {
	types := []dataset.Type{
		dataset.Int8, dataset.Int16, dataset.Int32, dataset.Int64, dataset.Uint8, dataset.Uint16, dataset.Uint32, dataset.Uint64, dataset.Float32, dataset.Float64,
		dataset.Utf8,
	}
	for _, from := range types {
		for _, to := range types {
			s, err := dataset.NewSchema(dataset.Field{Name: "x", Type: to})
			must(t, err)
			v, err := validate.New(s, validate.ValidatorOptions{})
			must(t, err)
			b := oneColumn(t, memory.DefaultAllocator, from, []string{"0", "127"})
			out, result, err := v.Conform(b)
			must(t, err)
			if got := cellTexts(out); got != "0 127" || !result.Report.OK {
				t.Errorf("%s to %s: %s, %+v", from, to, got, result.Report)
			}
		}
	}
}

// Columns whose type can never become the wanted one refuse the file, and so do naive times where instants are wanted.
func TestConformRefusesWholeColumns(t *testing.T) {
	for _, c := range [][2]dataset.Type{
		{dataset.Int64, dataset.Date32},
		{dataset.Float64, dataset.TimeUTC},
		{dataset.Timestamp, dataset.TimeUTC},
		{dataset.TimeUTC, dataset.Timestamp},
		{dataset.Date32, dataset.Int64},
		{dataset.Utf8, dataset.Binary},
		{dataset.Binary, dataset.Utf8},
		{dataset.TimeUTC, dataset.Utf8},
	} {
		b := oneColumn(t, memory.DefaultAllocator, c[0], []string{"-", "-"})
		s, err := dataset.NewSchema(dataset.Field{Name: "x", Type: c[1], Nullable: true})
		must(t, err)
		v, err := validate.New(s, validate.ValidatorOptions{})
		must(t, err)
		out, result, err := v.Conform(b)
		must(t, err)
		if !out.IsZero() || result.Report.RowsBad != 2 || !result.Report.Has(validate.RuleColumnType, "x") {
			t.Errorf("%s to %s: %+v", c[0], c[1], result.Report)
		}
	}
}

func TestStructuralFindings(t *testing.T) {
	want, err := dataset.NewSchema(
		dataset.Field{Name: "Net Amount", Type: dataset.Float64, Unit: "EUR"}, dataset.Field{Name: "b", Type: dataset.Int64, Nullable: true})
	must(t, err)
	v, err := validate.New(want, validate.ValidatorOptions{})
	must(t, err)
	src := tableOf(t, column{dataset.Field{Name: "net_amount", Type: dataset.Float64}, []float64{}}, column{dataset.Field{Name: "c", Type: dataset.Utf8}, []string{}})
	r, err := v.Check(t.Context(), src)
	must(t, err)
	text, err := json.Marshal(r)
	must(t, err)
	// A file of a header alone still says what is wrong with it; the renamed column is named.
	const golden = `{"ok":false,"rows":0,"rows_bad":0,"rows_flagged":0,"findings":[` +
		`{"rule":"missing_column","column":"Net Amount","severity":"refused","count":0,"share":0,"first_rows":[],"want":"a column of type float64","got":"no such column, but column \"net_amount\""},` +
		`{"rule":"missing_column","column":"b","severity":"refused","count":0,"share":0,"first_rows":[],"want":"a column of type int64","got":"no such column"},` +
		`{"rule":"extra_column","column":"c","severity":"counted","count":0,"share":0,"first_rows":[],"want":"no such column","got":"a column of type utf8"},` +
		`{"rule":"extra_column","column":"net_amount","severity":"counted","count":0,"share":0,"first_rows":[],"want":"no such column","got":"a column of type float64"}]}`
	if string(text) != golden {
		t.Errorf("%s", text)
	}
	var back validate.Report
	must(t, json.Unmarshal(text, &back))

	src = tableOf(t,
		column{dataset.Field{Name: "Net Amount", Type: dataset.Float64, Unit: "cent"}, []float64{1}}, column{dataset.Field{Name: "b", Type: dataset.Int64}, []int64{1}})
	r, err = v.Check(t.Context(), src)
	must(t, err)
	if !r.OK || r.RowsFlagged != 1 || !r.Has(validate.RuleUnit, "Net Amount") {
		t.Errorf("another unit: %+v", r)
	}
}

func TestPatternAndUnseen(t *testing.T) {
	s, err := dataset.NewSchema(
		dataset.Field{Name: "code", Type: dataset.Utf8, Pattern: "a|[0-9]{2}"},
		dataset.Field{Name: "other", Type: dataset.Dictionary, OneOf: []string{"x"}, Unseen: dataset.UnseenOther},
		dataset.Field{Name: "missing", Type: dataset.Utf8, OneOf: []string{"x"}, Unseen: dataset.UnseenMissing},
	)
	must(t, err)
	v, err := validate.New(s, validate.ValidatorOptions{})
	must(t, err)
	src := tableOf(t, column{dataset.Field{Name: "code", Type: dataset.Utf8}, []string{"a", "12", "123", "ab", "a\n"}},
		column{dataset.Field{Name: "other", Type: dataset.Utf8}, []string{"x", "y", "x", "x", "x"}},
		column{dataset.Field{Name: "missing", Type: dataset.Utf8}, []string{"y", "y", "x", "x", "x"}})
	r, err := v.Check(t.Context(), src)
	must(t, err)
	got := []string{}
	for _, f := range r.Findings {
		got = append(got, fmt.Sprint(f.Rule, " ", f.Column, " ", f.Severity, " ", f.FirstRows))
	}
	want := []string{"pattern code refused [2 3 4]", "unseen_as_other other counted [1]", "unseen_as_missing missing counted [0 1]"}
	if !slices.Equal(got, want) || r.RowsBad != 3 {
		t.Errorf("%q", got)
	}
}

// A row that comes from an untyped entrance may hold what no typed column can.
func TestCheckRowOfAnyOrigin(t *testing.T) {
	s, err := dataset.NewSchema(dataset.Field{Name: "n", Type: dataset.Int8}, dataset.Field{Name: "b", Type: dataset.Bool}, dataset.Field{Name: "d", Type: dataset.Date32})
	must(t, err)
	v, err := validate.New(s, validate.ValidatorOptions{})
	must(t, err)
	var r validate.RowResult
	v.CheckRow(dataset.Row{Schema: s, Values: []dataset.Value{dataset.NumberValue(200), dataset.NumberValue(2), dataset.NumberValue(0.5)}}, &r)
	want := []validate.RowFinding{
		{Rule: validate.RuleOverflow, Severity: validate.Refused, Column: 0, Other: -1},
		{Rule: validate.RuleType, Severity: validate.Refused, Column: 1, Other: -1},
		{Rule: validate.RuleFraction, Severity: validate.Refused, Column: 2, Other: -1},
	}
	if !slices.Equal(r.Findings, want) || r.OK() {
		t.Errorf("%+v", r.Findings)
	}
	v.CheckRow(dataset.Row{Schema: s}, &r)
	if len(r.Findings) != 3 || r.Findings[2].Rule != validate.RuleMissingColumn {
		t.Errorf("a row without values: %+v", r.Findings)
	}
}

func TestNewRefuses(t *testing.T) {
	number := profileOf(t, tableOf(t, column{dataset.Field{Name: "x", Type: dataset.Float64}, []float64{1}}))
	s, err := dataset.NewSchema(dataset.Field{Name: "x", Type: dataset.Utf8})
	must(t, err)
	if _, err := validate.New(s, validate.ValidatorOptions{Reference: number}); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("a reference of another type: %v", err)
	}
	var bad *dataset.OptionError
	if _, err := validate.New(s, validate.ValidatorOptions{Workers: -1}); !errors.As(err, &bad) {
		t.Errorf("workers -1: %v", err)
	}
}

// Reports do not depend on workers or on the reader's batches, and rows are addressed over the whole source.
func TestCheckAddressesRowsOverTheWholeSource(t *testing.T) {
	cells := make([]float64, 200_000)
	for i := range cells {
		cells[i] = 1
		if i%50_000 == 49_999 {
			cells[i] = math.NaN()
		}
	}
	src := tableOf(t, column{dataset.Field{Name: "x", Type: dataset.Float64}, cells})
	var reports []string
	for _, workers := range []int{1, 4} {
		v, err := validate.New(src.Schema(), validate.ValidatorOptions{Workers: workers})
		must(t, err)
		r, err := v.Check(t.Context(), src)
		must(t, err)
		text, _ := json.Marshal(r)
		reports = append(reports, string(text))
		if want := []int64{49_999, 99_999, 149_999, 199_999}; len(r.Findings) != 1 || !slices.Equal(r.Findings[0].FirstRows, want) || r.RowsBad != 4 {
			t.Errorf("%s", text)
		}
	}
	if reports[0] != reports[1] {
		t.Error("workers change the report")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	v, err := validate.New(src.Schema(), validate.ValidatorOptions{})
	must(t, err)
	if _, err := v.Check(ctx, src); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
