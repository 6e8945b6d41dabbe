package check_test

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/check"
)

const orders = `id,state,amount,refund,paid
1,paid,20,0,2026-03-01
2,open,15,0,
3,paid,12,14,
4,paid,9,0,2026-03-02
4,open,9,1,
`

func Example() {
	src, err := csv.NewSource(strings.NewReader(orders), csv.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := check.New([]check.Check{
		check.Unique{Columns: []string{"id"}},
		check.Terms{Check: check.Compare{Left: "refund", Operator: dataset.LessEqual, Right: "amount"}, Severity: validate.Flagged},
		check.Terms{Check: check.Holds{Column: "refund", Value: dataset.NumberValue(0)}, AtMost: 0.5},
		check.When{Column: "state", Value: dataset.TextValue("paid"), Then: check.NotNull{Column: "paid"}},
		check.Matches{Column: "state", Pattern: "open|paid"},
	}, check.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := c.Run(context.Background(), src)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, f := range r.Report.Findings {
		fmt.Println(f.Severity, f.Rule, f.Column, slices.Collect(r.Rows(i)), "want", f.Want)
	}
	fmt.Println(r.Report.RowsBad, "rows refused,", r.Report.RowsFlagged, "flagged")
	// Output:
	// refused unique id [3 4] want other values in every row
	// refused not_null paid [2] want a value, where state is equal to a constant
	// flagged compare refund [2] want a value at most that of amount
	// counted holds refund [2 4] want a value that is equal to a constant
	// 3 rows refused, 0 flagged
}

// unlikely is a rule of the host's; a model that scores rows has the same form.
type unlikely struct{}

func (unlikely) Judge(b dataset.Batch, bad []bool) error {
	amount, refund := b.Column(0).(*array.Int64), b.Column(1).(*array.Int64)
	for i := range bad {
		bad[i] = 10*refund.Value(i) > amount.Value(i)
	}
	return nil
}

func ExampleOwn() {
	src, err := csv.NewSource(strings.NewReader(orders), csv.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := check.New([]check.Check{check.Own{Rule: "large_refund", Columns: []string{"amount", "refund"}, Judge: unlikely{}}}, check.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := c.Run(context.Background(), src)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Report.Findings[0].Rule, r.Report.Findings[0].FirstRows)
	// Output: large_refund [2 4]
}

// A file of checks can be kept beside the data.
func ExampleParse() {
	list, err := check.Parse([]byte(`{"tidewheel.checks": 1, "checks": [
		{"check": "unique", "columns": ["id"]},
		{"check": "terms", "of": {"check": "between", "column": "amount", "min": 10}, "severity": "flagged"}
	]}`), check.ParseOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	src, err := csv.NewSource(strings.NewReader(orders), csv.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := check.New(list, check.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := c.Run(context.Background(), src)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, f := range r.Report.Findings {
		fmt.Println(f.Severity, f.Rule, slices.Collect(r.Rows(i)))
	}
	// Output:
	// refused unique [3 4]
	// flagged between [3 4]
}
