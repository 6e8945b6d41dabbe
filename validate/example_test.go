package validate_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

// A feed is checked against rules written by hand. The file's own types do not matter: each cell is read as what the schema wants.
func ExampleValidator_Check() {
	zero := 0.0
	schema, err := dataset.NewSchema(
		dataset.Field{Name: "amount", Type: dataset.Float64, Min: &zero},
		dataset.Field{Name: "country", Type: dataset.Utf8, OneOf: []string{"DE", "FR"}},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	feed, err := csv.NewSource(strings.NewReader("country,amount\nDE,10\nDE,-3\nfr,20\nFR,ten\n"), csv.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	v, err := validate.New(schema, validate.ValidatorOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := v.Check(context.Background(), feed)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.RowsBad, "of", report.Rows, "rows refused")
	for _, f := range report.Findings {
		fmt.Printf("%s %s %s, rows %v: want %s, got %s\n", f.Severity, f.Rule, f.Column, f.FirstRows, f.Want, f.Got)
	}
	// Output:
	// 3 of 4 rows refused
	// refused below_min amount, rows [1]: want at least 0, got a smaller value
	// refused type amount, rows [3]: want a value of type float64, got something else
	// refused one_of country, rows [2]: want one of 2 categories, got another text
	// counted text_as_number amount, rows [0 1 2]: want type float64, got its text
	// counted reordered_columns , rows [0 1 2 3]: want the schema's order, got another order
}

// The rules come from data, and rows are checked one by one as they are served.
func ExampleValidator_CheckRow() {
	ctx := context.Background()
	reference, err := validatetest.Reference(nil, 1, 20_000)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer reference.Close()
	profile, err := validate.ProfileOf(ctx, reference, validate.ProfileOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	v, err := validate.New(reference.Schema(), validate.ValidatorOptions{Reference: profile})
	if err != nil {
		fmt.Println(err)
		return
	}
	payments, err := dataset.NewRowReader[validatetest.Payment](v.Schema())
	if err != nil {
		fmt.Println(err)
		return
	}
	row := dataset.NewRow(v.Schema())
	var result validate.RowResult

	cents := validatetest.ValidPayment()
	cents.Amount *= 100
	payments.Read(&cents, row)
	v.CheckRow(row, &result)
	for _, f := range result.Findings {
		fmt.Println(f.Severity, f.Rule, v.Describe(f).Column)
	}

	child := validatetest.ValidPayment()
	child.Age = 7
	payments.Read(&child, row)
	v.CheckRow(row, &result)
	fmt.Println(result.OK(), result.Findings[0].Rule)
	// Output:
	// flagged unit_scale amount
	// false below_min
}

// A schema is proposed from what data looks like, for a person to review.
func ExampleInfer() {
	reference, err := validatetest.Reference(nil, 1, 20_000)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer reference.Close()
	bare, err := dataset.NewSchema(dataset.Field{Name: "age", Type: dataset.Int32}, dataset.Field{Name: "channel", Type: dataset.Utf8})
	if err != nil {
		fmt.Println(err)
		return
	}
	src := dataset.Map(reference, bare, func(_ context.Context, b dataset.Batch) (dataset.Batch, error) {
		two, err := b.Select("age", "channel")
		if err != nil {
			return dataset.Batch{}, err
		}
		defer two.Release()
		return two.As(bare)
	})
	profile, err := validate.ProfileOf(context.Background(), src, validate.ProfileOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	age, _ := profile.Column("age")
	fmt.Println(age.Number.Min, age.Number.Quantiles[50], age.Number.Max, age.Distinct)
	schema, err := validate.Infer(profile, validate.InferOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := schema.MarshalJSON()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(text))
	// Output:
	// 18 53 87 70
	// {"tidewheel.schema":1,"fields":[{"name":"age","type":"int32","min":0,"max":122},{"name":"channel","type":"utf8","one_of":["app","shop","web"]}]}
}
