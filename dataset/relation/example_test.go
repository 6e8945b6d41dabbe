package relation_test

import (
	"context"
	"fmt"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/relation"
)

func day(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }

func ExampleAsOfJoin() {
	type payment struct {
		At      time.Time
		Account string
		Amount  float64
	}
	type balance struct {
		At      time.Time
		Account string
		Balance float64
	}
	payments, _ := dataset.FromStructs([]payment{{day(2), "a", 9}, {day(5), "b", 4}, {day(8), "a", 7}}, dataset.StructsOptions{})
	balances, _ := dataset.FromStructs([]balance{{day(1), "a", 100}, {day(6), "b", 50}, {day(7), "a", 80}}, dataset.StructsOptions{})
	known, err := relation.AsOfJoin(payments, balances, relation.AsOfOptions{Time: "At", By: []string{"Account"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	type row struct {
		Account string
		Amount  float64
		Balance *float64
	}
	for r, err := range dataset.Rows[row](context.Background(), known) {
		if err == nil && r.Balance != nil {
			fmt.Println(r.Account, r.Amount, *r.Balance)
		} else {
			fmt.Println(r.Account, r.Amount, "unknown", err)
		}
	}
	// Output:
	// a 9 100
	// b 4 unknown <nil>
	// a 7 80
}

func ExampleJoin() {
	type order struct {
		ID       int64
		Customer string
	}
	type customer struct {
		Customer, City string
	}
	orders, _ := dataset.FromStructs([]order{{1, "x"}, {2, "y"}, {3, "x"}}, dataset.StructsOptions{})
	customers, _ := dataset.FromStructs([]customer{{"x", "Bonn"}, {"z", "Lyon"}}, dataset.StructsOptions{})
	src, err := relation.Join(orders, customers, relation.JoinOptions{On: []string{"Customer"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	type row struct {
		ID   int64
		City string
	}
	for r, err := range dataset.Rows[row](context.Background(), src) {
		fmt.Println(r.ID, r.City, err)
	}
	// Output:
	// 1 Bonn <nil>
	// 3 Bonn <nil>
}

func ExampleDedupe() {
	type click struct {
		User string
		Page int64
	}
	clicks, _ := dataset.FromStructs([]click{{"a", 1}, {"b", 1}, {"a", 2}, {"a", 1}}, dataset.StructsOptions{})
	src, err := relation.Dedupe(clicks, relation.DedupeOptions{By: []string{"User"}, Keep: relation.KeepLast})
	if err != nil {
		fmt.Println(err)
		return
	}
	for c, err := range dataset.Rows[click](context.Background(), src) {
		fmt.Println(c.User, c.Page, err)
	}
	fmt.Printf("%+v\n", src.Ledger())
	// Output:
	// b 1 <nil>
	// a 1 <nil>
	// {Rows:4 Kept:2}
}
