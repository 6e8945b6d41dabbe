// Package validatetest has a suite and a fixture for hosts. TestFold is what a dataset.Folder, a statistic over more than one batch, must pass:
//
//	validatetest.TestFold(t, validatetest.FoldTraits[*Mine]{Schema: columns, Same: same}, func() *Mine { return NewMine(columns) })
//
// The fixture is that of wrong rows: a schema, rows that keep it, and one valid row spoilt in every way that a served row goes wrong, with what each must meet.
// Every entrance of a host (typed, JSON, batch file) runs the same table, so that none lets through what another refuses.
//
//	for _, f := range validatetest.Faults() {
//		text, ok := f.JSON() // or f.Batch, f.Row, f.Payment
//		…                    // the answer must have a finding f.Rule about f.Column of severity f.Severity
//	}
//
// The rows come from a seed; there is no file.
package validatetest

import (
	"math"
	"math/rand/v2"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

// Payment is a row of the fixture as a host's own type.
type Payment struct {
	Amount  float64  `ml:"name=amount,unit=EUR,min=0"`
	Limit   float64  `ml:"name=credit_limit,unit=EUR,min=0"`
	Age     int32    `ml:"name=age,min=18,max=100"`
	Tenure  *float64 `ml:"name=tenure,unit=month,min=0"`
	Country string   `ml:"name=country,oneof=DE|FR|NL|US"`
	Channel string   `ml:"name=channel,oneof=app|shop|web"`
	Member  bool     `ml:"name=member"`
}

// Schema returns the fixture's schema, the one of Payment. Every column but tenure is never null, and every category outside OneOf is rejected.
func Schema() (*dataset.Schema, error) {
	zero, youngest, oldest := 0.0, 18.0, 100.0
	return dataset.NewSchema(
		dataset.Field{Name: "amount", Type: dataset.Float64, Unit: "EUR", Min: &zero},
		dataset.Field{Name: "credit_limit", Type: dataset.Float64, Unit: "EUR", Min: &zero},
		dataset.Field{Name: "age", Type: dataset.Int32, Min: &youngest, Max: &oldest},
		dataset.Field{Name: "tenure", Type: dataset.Float64, Nullable: true, Unit: "month", Min: &zero},
		dataset.Field{Name: "country", Type: dataset.Utf8, OneOf: []string{"DE", "FR", "NL", "US"}},
		dataset.Field{Name: "channel", Type: dataset.Utf8, OneOf: []string{"app", "shop", "web"}},
		dataset.Field{Name: "member", Type: dataset.Bool},
	)
}

// ValidPayment returns the row that Faults spoils.
func ValidPayment() Payment {
	tenure := 24.0
	return Payment{Amount: 42.5, Limit: 5000, Age: 41, Tenure: &tenure, Country: "DE", Channel: "web", Member: true}
}

// Payments returns n rows that keep the schema, the same for the same seed: amounts from 5 to 400 with most below 60, limits from 1,000 to 10,000, and one tenure
// in ten null.
func Payments(seed uint64, n int) []Payment {
	rng := rand.New(rand.NewPCG(seed, 0x7a11))
	rows := make([]Payment, n)
	for i := range rows {
		p := &rows[i]
		p.Amount = math.Round(100*min(5+20*rng.ExpFloat64(), 400)) / 100
		p.Limit = 1000 + 500*float64(rng.IntN(19))
		p.Age = int32(18 + rng.IntN(70))
		if rng.IntN(10) > 0 {
			months := float64(rng.IntN(120))
			p.Tenure = &months
		}
		p.Country = []string{"DE", "FR", "NL", "US"}[rng.IntN(4)]
		p.Channel = []string{"app", "shop", "web"}[rng.IntN(3)]
		p.Member = rng.IntN(2) == 0
	}
	return rows
}

// Reference returns the rows of Payments as a source of batches in memory of at most 10,000 rows. The caller closes it. mem is for the columns; nil is Go's.
func Reference(mem memory.Allocator, seed uint64, n int) (*dataset.Batches, error) {
	s, err := Schema()
	if err != nil {
		return nil, err
	}
	var list []dataset.Batch
	defer func() {
		for _, b := range list {
			b.Release()
		}
	}()
	for rows := Payments(seed, n); len(rows) > 0; {
		k := min(len(rows), 10_000)
		b, err := batchOf(mem, s, recordsOf(rows[:k]))
		if err != nil {
			return nil, err
		}
		list = append(list, b)
		rows = rows[k:]
	}
	return dataset.NewBatches(s, list...)
}

// Cells returns the row as untyped cells, in the order of the schema.
func (p Payment) Cells() []Cell {
	tenure := Cell{Column: "tenure"}
	if p.Tenure != nil {
		tenure = number("tenure", *p.Tenure)
	}
	return []Cell{
		number("amount", p.Amount), number("credit_limit", p.Limit), number("age", float64(p.Age)), tenure,
		text("country", p.Country), text("channel", p.Channel),
		{Column: "member", Kind: Bool, Bool: p.Member},
	}
}
