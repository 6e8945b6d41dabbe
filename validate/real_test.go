package validate_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/validate"
)

func realSource(t *testing.T, name string) *csv.Source {
	t.Helper()
	root := os.Getenv("TIDEWHEEL_DATA")
	if root == "" {
		t.Skip("TIDEWHEEL_DATA is not set")
	}
	src, err := csv.Open(filepath.Join(root, name), csv.Options{})
	must(t, err)
	return src
}

// inferred returns the validator that a reference gives: its own inferred schema, guarded by its sealed profile.
func inferred(t *testing.T, ref dataset.Source) *validate.Validator {
	t.Helper()
	text, err := profileOf(t, ref).MarshalJSON()
	must(t, err)
	if size := len(text) * 20 / max(ref.Schema().Len(), 20); size > 75_000 {
		t.Errorf("%d bytes of profile for 20 columns", size)
	}
	sealed, err := validate.ParseProfile(text)
	must(t, err)
	s, err := validate.Infer(sealed, validate.InferOptions{})
	must(t, err)
	v, err := validate.New(s, validate.ValidatorOptions{Reference: sealed})
	must(t, err)
	return v
}

// Real sets, dependent columns as they are: of the half of the rows that the schema and the guard have not seen, at least 99 % are neither refused nor flagged.
func TestCleanRealRowsPass(t *testing.T) {
	for _, name := range []string{
		"abalone", "adult-train", "bike-sharing", "california-housing", "compas", "diamond", "electricity", "german-credit", "mammography", "satellite", "telescope",
		"titanic",
	} {
		t.Run(name, func(t *testing.T) {
			halves, err := dataset.NewSplit(t.Context(), realSource(t, name+".csv"), dataset.SplitOptions{Test: 0.5, Seed: 1})
			must(t, err)
			r, err := inferred(t, halves.Train).Check(t.Context(), halves.Test)
			must(t, err)
			if (r.RowsBad+r.RowsFlagged)*100 > r.Rows {
				t.Errorf("%d rows refused and %d flagged of %d: %+v", r.RowsBad, r.RowsFlagged, r.Rows, r.Findings)
			}
			t.Logf("%d rows refused and %d flagged of %d", r.RowsBad, r.RowsFlagged, r.Rows)
		})
	}
}

// The same from the training file to the published test file of adult.
func TestAdultTestKeepsTheSchemaOfAdultTrain(t *testing.T) {
	r, err := inferred(t, realSource(t, "adult-train.csv")).Check(t.Context(), realSource(t, "adult-test.csv"))
	must(t, err)
	if (r.RowsBad+r.RowsFlagged)*100 > r.Rows || r.Rows != 16_281 {
		t.Errorf("%d rows refused and %d flagged of %d: %+v", r.RowsBad, r.RowsFlagged, r.Rows, r.Findings)
	}
}

// The stated power on real columns: at least these shares of the changed rows are flagged.
func TestGuardOnRealRows(t *testing.T) {
	for _, c := range []struct {
		file, column, other string // other: the two are swapped; else the column is multiplied by 100
		share               float64
	}{
		{"adult-train", "age", "", 0.99},
		{"adult-train", "fnlwgt", "", 0.99},
		{"adult-train", "hours_per_week", "", 0.98},
		{"california-housing", "median_house_value", "", 0.99},
		{"california-housing", "total_rooms", "", 0.95},
		{"bike-sharing", "temp", "", 0.98},
		{"adult-train", "age", "fnlwgt", 0.99},
		{"adult-train", "education_num", "hours_per_week", 0.9},
		{"adult-train", "workclass", "education", 0.9},
		{"adult-train", "sex", "race", 0.99},
		{"california-housing", "latitude", "longitude", 0.99},
		{"california-housing", "median_income", "housing_median_age", 0.7},
	} {
		t.Run(c.file+"/"+c.column+"/"+c.other, func(t *testing.T) {
			src, err := dataset.Cache(t.Context(), realSource(t, c.file+".csv"))
			must(t, err)
			defer src.Close()
			p := profileOf(t, src)
			v, err := validate.New(src.Schema(), validate.ValidatorOptions{Reference: p})
			must(t, err)
			r, err := v.Check(t.Context(), dataset.Map(src, src.Schema(), func(_ context.Context, b dataset.Batch) (dataset.Batch, error) {
				return spoil(b, c.column, c.other)
			}))
			must(t, err)
			t.Logf("%.3f", float64(r.RowsFlagged)/float64(r.Rows))
			if float64(r.RowsFlagged) < c.share*float64(r.Rows) {
				t.Errorf("%d of %d rows flagged, want %v", r.RowsFlagged, r.Rows, c.share)
			}
			rule, named := validate.RuleUnitScale, c.column
			if c.other != "" {
				rule = validate.RuleSwappedColumns
			}
			if !r.Has(rule, named) {
				t.Errorf("no finding names column %q", named)
			}
		})
	}
}

// spoil swaps two columns, or multiplies one by 100.
func spoil(b dataset.Batch, column, other string) (dataset.Batch, error) {
	columns := slices.Clone(b.Record().Columns())
	i := b.Schema().Index(column)
	if other != "" {
		j := b.Schema().Index(other)
		columns[i], columns[j] = columns[j], columns[i]
		return dataset.NewBatch(b.Schema(), columns, b.NumRows())
	}
	values := make([]float64, b.NumRows())
	if err := dataset.Float64s(columns[i], values); err != nil {
		return dataset.Batch{}, err
	}
	out := array.NewBuilder(memory.DefaultAllocator, columns[i].DataType())
	defer out.Release()
	for _, x := range values {
		switch out := out.(type) {
		case *array.Int64Builder:
			out.Append(int64(100 * x))
		case *array.Float64Builder:
			out.Append(100 * x)
		}
	}
	columns[i] = out.NewArray()
	defer columns[i].Release()
	return dataset.NewBatch(b.Schema(), columns, b.NumRows())
}

// The faults of the fixture on a real table, under an inferred schema: a row of adult-test in a file of twenty, spoilt in the text of the file.
func TestFaultsOnRealRows(t *testing.T) {
	v := inferred(t, realSource(t, "adult-train.csv"))
	text, err := os.ReadFile(filepath.Join(os.Getenv("TIDEWHEEL_DATA"), "adult-test.csv"))
	must(t, err)
	const spoilt = 3
	cell := func(name, value string) func([][]string) {
		return func(rows [][]string) { rows[spoilt+1][slices.Index(rows[0], name)] = value }
	}
	every := func(f func(row []string) []string) func([][]string) {
		return func(rows [][]string) {
			for i := range rows {
				rows[i] = f(rows[i])
			}
		}
	}
	for _, c := range []struct {
		name     string
		spoil    func(rows [][]string)
		severity validate.Severity
		rule     validate.Rule
		column   string
	}{
		{"missing column", every(func(r []string) []string { return r[1:] }), validate.Refused, validate.RuleMissingColumn, "age"},
		{"renamed column", func(rows [][]string) { rows[0][0] = "Age" }, validate.Refused, validate.RuleMissingColumn, "age"},
		{"text that is no number", cell("age", "forty"), validate.Refused, validate.RuleType, "age"},
		{"null", cell("age", ""), validate.Refused, validate.RuleNull, "age"},
		{"infinity", cell("age", "-inf"), validate.Refused, validate.RuleNonFinite, "age"},
		{"out of range", cell("age", "500"), validate.Refused, validate.RuleAboveMax, "age"},
		{"unseen category", cell("marital_status", "Engaged"), validate.Refused, validate.RuleOneOf, "marital_status"},
		{"misspelt category", cell("sex", "Femal"), validate.Refused, validate.RuleOneOf, "sex"},
		{"fraction", cell("education_num", "9.5"), validate.Refused, validate.RuleFraction, "education_num"},
		{"null category", cell("sex", ""), validate.Refused, validate.RuleNull, "sex"},
		{"negative", cell("capital_gain", "-5"), validate.Refused, validate.RuleBelowMin, "capital_gain"},
		{"extra column", every(func(r []string) []string { return append(slices.Clone(r), "note") }), validate.Counted, validate.RuleExtraColumn, "note"},
		{"reordered columns", every(func(r []string) []string { r = slices.Clone(r); slices.Reverse(r); return r }), validate.Counted, validate.RuleReorderedColumns, ""},
		{"number as text beside one that is none", cell("age", "forty"), validate.Counted, validate.RuleTextAsNumber, "age"},
		{"unit changed", cell("fnlwgt", "19000000"), validate.Flagged, validate.RuleUnitScale, "fnlwgt"},
		{"swapped columns", func(rows [][]string) {
			i, j := slices.Index(rows[0], "age"), slices.Index(rows[0], "fnlwgt")
			rows[spoilt+1][i], rows[spoilt+1][j] = rows[spoilt+1][j], rows[spoilt+1][i]
		}, validate.Flagged, validate.RuleSwappedColumns, "age"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var rows [][]string
			for _, line := range strings.SplitN(string(text), "\n", 22)[:21] {
				rows = append(rows, strings.Split(strings.TrimSpace(line), ","))
			}
			c.spoil(rows)
			var file strings.Builder
			for _, r := range rows {
				file.WriteString(strings.Join(r, ",") + "\n")
			}
			src, err := csv.NewSource(strings.NewReader(file.String()), csv.Options{})
			must(t, err)
			r, err := v.Check(t.Context(), src)
			must(t, err)
			at := slices.IndexFunc(r.Findings, func(f validate.Finding) bool {
				return f.Rule == c.rule && f.Severity == c.severity && f.Column == c.column
			})
			if at < 0 {
				t.Fatalf("no finding: %+v", r.Findings)
			}
			if f := r.Findings[at]; f.Count == 1 && f.FirstRows[0] != spoilt {
				t.Errorf("row %v, want %d", f.FirstRows, spoilt)
			}
		})
	}
}
