package check_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate/check"
)

// BenchmarkRun checks 135,537 rows by cells, by pairs of columns and by keys.
func BenchmarkRun(b *testing.B) {
	src, err := dataset.FromStructs(clean(), dataset.StructsOptions{})
	if err != nil {
		b.Fatal(err)
	}
	cached, err := dataset.Cache(b.Context(), src)
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := cached.Close(); err != nil {
			b.Error(err)
		}
	}()
	for name, checks := range map[string][]check.Check{
		"cells": {
			check.NotNull{Column: "Score"},
			check.Between{Column: "Score", Max: 100},
			check.Finite{Column: "Score"},
			check.Whole{Column: "Seq"},
			check.InSet{Column: "Text", Texts: []string{"red", "green"}},
			check.Length{Column: "Other", Min: 1, Max: 10},
			check.Increasing{Column: "Seq"},
		},
		"pairs":   {check.Compare{Left: "id", Operator: dataset.LessEqual, Right: "Seq"}, check.Compare{Left: "Text", Operator: dataset.NotEqual, Right: "Other", Texts: true}},
		"pattern": {check.Matches{Column: "Other", Pattern: "[a-z]{3,5}"}},
		"keys":    {check.Unique{Columns: []string{"id"}}},
	} {
		b.Run(name, func(b *testing.B) {
			c, err := check.New(checks, check.Options{Workers: 1})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Run(b.Context(), cached); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(events)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
}

type sale struct {
	ID       int64
	Customer int64
	Code     string
	Country  string
	State    string
	Amount   *float64
	Discount float64
	Quantity int32
	Net      float64
	Score    *float64
	Ordered  time.Time
	Shipped  *time.Time
}

// salesOf returns seeded rows with about 3 % nulls, and a fault of each check in some of them.
func salesOf(n int) []sale {
	rng := rand.New(rand.NewPCG(26, 1))
	out := make([]sale, n)
	day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range out {
		amount, score := float64(rng.IntN(100_000))/100, rng.Float64()
		ordered := day.Add(time.Duration(i) * time.Second)
		shipped := ordered.Add(time.Duration(rng.IntN(100)) * time.Hour)
		out[i] = sale{
			ID: int64(i), Customer: int64(rng.IntN(n)), Code: fmt.Sprintf("%c%c-%04d", 'A'+rng.IntN(26), 'A'+rng.IntN(26), rng.IntN(10_000)),
			Country: []string{"DE", "FR", "IT", "ES", "NL"}[rng.IntN(5)], State: []string{"open", "paid", "sent"}[rng.IntN(3)],
			Amount: &amount, Discount: float64(rng.IntN(50)) / 100, Quantity: int32(1 + rng.IntN(20)), Net: amount - rng.Float64(), Score: &score, Ordered: ordered, Shipped: &shipped,
		}
		if rng.IntN(33) == 0 {
			out[i].Amount = nil
		}
		if rng.IntN(33) == 0 {
			out[i].Score = nil
		}
		if rng.IntN(33) == 0 {
			out[i].Shipped = nil
		}
		switch rng.IntN(10_000) {
		case 0:
			out[i].ID = int64(rng.IntN(i + 1))
		case 1:
			out[i].Code = "ab-12345"
		case 2:
			out[i].Country = "XX"
		case 3:
			out[i].Net += 1000
		case 4:
			out[i].Quantity = -1
		}
	}
	return out
}

// twentySix is the checks of the goal: types, shares of nulls, ranges, sets, a pattern, a key, an order of rows and comparisons of columns.
func twentySix() []check.Check {
	checks := []check.Check{
		check.Between{Column: "Amount", Min: 0, Max: 1000},
		check.Between{Column: "Discount", Min: 0, Max: 0.5},
		check.Between{Column: "Quantity", Min: 1, Max: 20},
		check.Between{Column: "Net", Min: -1, Max: 1000},
		check.Between{Column: "Score", Min: 0, Max: 1},
		check.InSet{Column: "Country", Texts: []string{"DE", "FR", "IT", "ES", "NL"}},
		check.InSet{Column: "State", Texts: []string{"open", "paid", "sent"}},
		check.Matches{Column: "Code", Pattern: "[A-Z]{2}-[0-9]{4}"},
		check.Unique{Columns: []string{"ID"}},
		check.Increasing{Column: "Ordered"},
		check.Compare{Left: "Net", Operator: dataset.LessEqual, Right: "Amount"},
		check.DateOrder{Columns: []string{"Ordered", "Shipped"}},
	}
	for _, c := range []string{"Amount", "Score", "Shipped"} {
		checks = append(checks, check.NullShare{Column: c, Max: 0.05})
	}
	for c, typ := range map[string]dataset.Type{
		"ID": dataset.Int64, "Customer": dataset.Int64, "Code": dataset.Utf8, "Country": dataset.Utf8, "State": dataset.Utf8, "Amount": dataset.Float64, "Discount": dataset.Float64, "Quantity": dataset.Int32,
		"Net": dataset.Float64, "Ordered": dataset.TimeUTC, "Shipped": dataset.TimeUTC,
	} {
		checks = append(checks, check.HasType{Column: c, Types: []dataset.Type{typ}})
	}
	return checks
}

// BenchmarkTwentySix checks a million rows by 26 checks, and by each kind of them, with one goroutine and the address of every row.
func BenchmarkTwentySix(b *testing.B) {
	const n = 1_000_000
	src, err := dataset.FromStructs(salesOf(n), dataset.StructsOptions{})
	if err != nil {
		b.Fatal(err)
	}
	cached, err := dataset.Cache(b.Context(), src)
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := cached.Close(); err != nil {
			b.Error(err)
		}
	}()
	all := twentySix()
	suites := map[string][]check.Check{"all": all, "customers": {check.Unique{Columns: []string{"Customer"}}}, "codes": {check.Unique{Columns: []string{"Code"}}}}
	for _, c := range all[:13] {
		name := fmt.Sprintf("%T", c)
		suites[name] = append(suites[name], c)
	}
	for name, checks := range suites {
		b.Run(name, func(b *testing.B) {
			c, err := check.New(checks, check.Options{Workers: 1})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Run(b.Context(), cached); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
