package expression_test

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/validate/check"
	"github.com/tidewheel/tidewheel/validate/expression"
)

const orders = `id,state,amount,refund
1,paid,20,0
2,open,15,3
3,paid,12,14
4,paid,,1
`

func Example() {
	src, err := csv.NewSource(strings.NewReader(orders), csv.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	refund, err := expression.New("refund_of_sale", `refund <= amount && (state == "paid" || refund == 0)`, src.Schema(), expression.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := check.New([]check.Check{refund}, check.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := c.Run(context.Background(), src)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Report.Findings[0].Rule, slices.Collect(r.Rows(0)))
	// Output: refund_of_sale [1 2]
}

// What does not fit the columns is an error before a row is read.
func ExampleNew() {
	src, err := csv.NewSource(strings.NewReader(orders), csv.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = expression.New("open_orders", `state > 3`, src.Schema(), expression.Options{})
	fmt.Println(err)
	// Output: expression: new check: line 1, column 7: column "state": want a value that > takes beside int, got utf8
}
