package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate/check"
)

// parcel is a row of 21 columns with rules that a schema says and rules that it cannot say. A column that may miss values misses 3 % of them.
type parcel struct {
	ID        int64      `ml:"name=id"`
	Code      string     `ml:"name=code"`
	Email     *string    `ml:"name=email"`
	Country   *string    `ml:"name=country"`
	Status    *string    `ml:"name=status"`
	Store     int64      `ml:"name=store"`
	Quantity  int64      `ml:"name=quantity"`
	Age       *int64     `ml:"name=age"`
	Price     *float64   `ml:"name=price"`
	Discount  *float64   `ml:"name=discount"`
	Weight    *float64   `ml:"name=weight"`
	Rating    *float64   `ml:"name=rating"`
	Latitude  *float64   `ml:"name=latitude"`
	Note      *string    `ml:"name=note"`
	Net       float64    `ml:"name=net"`
	Tax       float64    `ml:"name=tax"`
	Gross     *float64   `ml:"name=gross"`
	Low       *float64   `ml:"name=low"`
	High      float64    `ml:"name=high"`
	Ordered   time.Time  `ml:"name=ordered,type=timestamp[us]"`
	Delivered *time.Time `ml:"name=delivered,type=timestamp[us]"`
}

// The rules of a parcel that generator and checks share.
const (
	stores, countries = 200, 30
	mostNote          = 40
	codePattern       = "[A-Z]{2}-[0-9]{6}-[0-9]"
	emailPattern      = "[a-z0-9.]+@[a-z0-9-]+\\.(com|org|net)"
)

func states() []string { return []string{"ordered", "packed", "sent", "delivered", "returned"} }

func parcelID(i int) int64 { return 1000 + 3*int64(i) }

func parcelCode(i int) string {
	return fmt.Sprintf("%c%c-%06d-%d", 'A'+i%26, 'A'+i/26%26, i%1_000_000, i/1_000_000%10)
}

// parcels are rows of parcel, of which one in 240 breaks a rule.
func parcels(rows int, seed uint64) (dataset.Source, error) { return newParcels(rows, seed, true) }

func newParcels(rows int, seed uint64, spoilt bool) (dataset.Source, error) {
	start := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	faults, states := faults(), states()
	return newGenerated(rows, seed, func(i int, r *rand.Rand) parcel {
		cents := func(scale float64) float64 { return math.Round(scale*100*r.Float64()) / 100 }
		p := parcel{
			ID: parcelID(i), Code: parcelCode(i), Email: some(r, fmt.Sprintf("user.%d@mail-%02d.%s", r.IntN(1_000_000), r.IntN(50), []string{"com", "org", "net"}[r.IntN(3)])),
			Country: some(r, country(r.IntN(countries))), Status: &states[r.IntN(len(states))], Store: 1 + r.Int64N(stores), Quantity: 1 + r.Int64N(20),
			Age: some(r, 18+r.Int64N(80)), Price: some(r, cents(500)), Discount: some(r, cents(0.5)), Weight: some(r, 0.01+r.ExpFloat64()), Rating: some(r, cents(5)),
			Latitude: some(r, 180*r.Float64()-90), Note: some(r, fmt.Sprintf("left at door %d, floor %d", r.IntN(90), r.IntN(12))),
			Net: cents(1000), Tax: cents(200), High: 50 + cents(50), Ordered: start.Add(time.Duration(i) * 17 * time.Second),
		}
		p.Gross, p.Low = some(r, math.Round(100*(p.Net+p.Tax))/100), some(r, cents(50))
		if at := p.Ordered.Add(time.Duration(1+r.IntN(500)) * time.Hour); *p.Status == "delivered" || r.IntN(100) > 2 {
			p.Delivered = &at
		}
		if k := faultOf(i, seed, len(faults)); spoilt && k >= 0 {
			faults[k].spoil(&p, i)
		}
		return p
	})
}

func country(k int) string { return fmt.Sprintf("C%02d", k) }

// some is v, but for the 3 % that are missing.
func some[T any](r *rand.Rand, v T) *T {
	if r.IntN(100) < 3 {
		return nil
	}
	return &v
}

// fault is a way in which a row breaks a rule. It is found by the named checks, in the row itself and, where both is set, by the first of them in the row before too.
type fault struct {
	checks []string
	both   bool
	spoil  func(p *parcel, i int)
}

// faultEvery is the number of rows that have one with each fault: only every fourth row can be spoilt, so that no two faults are neighbours.
const faultEvery = 6000

// faultOf returns which of n faults a row has, -1 for none.
func faultOf(i int, seed uint64, n int) int {
	if i%4 != 2 {
		return -1
	}
	h := (uint64(i) + seed<<32) * 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	if k := int((h ^ h>>31) % (faultEvery / 4)); k < n {
		return k
	}
	return -1
}

func faults() []fault {
	number := func(name string, to func(*parcel) **float64, v float64) fault {
		return fault{checks: []string{name}, spoil: func(p *parcel, _ int) { *to(p) = &v }}
	}
	text := func(name string, to func(*parcel) **string, v string) fault {
		return fault{checks: []string{name}, spoil: func(p *parcel, _ int) { *to(p) = &v }}
	}
	whole := func(name string, to func(*parcel) *int64, v int64) fault {
		return fault{checks: []string{name}, spoil: func(p *parcel, _ int) { *to(p) = v }}
	}
	return []fault{
		{checks: []string{"status_not_null"}, spoil: func(p *parcel, _ int) { p.Status = nil }},
		whole("quantity_between", func(p *parcel) *int64 { return &p.Quantity }, 0),
		whole("quantity_between", func(p *parcel) *int64 { return &p.Quantity }, 10_000),
		{checks: []string{"age_between"}, spoil: func(p *parcel, _ int) { v := int64(-1); p.Age = &v }},
		{checks: []string{"age_between"}, spoil: func(p *parcel, _ int) { v := int64(181); p.Age = &v }},
		number("price_between", func(p *parcel) **float64 { return &p.Price }, 50_000),
		number("price_between", func(p *parcel) **float64 { return &p.Price }, -0.01),
		number("discount_between", func(p *parcel) **float64 { return &p.Discount }, 25),
		number("latitude_between", func(p *parcel) **float64 { return &p.Latitude }, -90.001),
		number("weight_positive", func(p *parcel) **float64 { return &p.Weight }, 0),
		text("country_in_set", func(p *parcel) **string { return &p.Country }, "c01"),
		text("country_in_set", func(p *parcel) **string { return &p.Country }, ""),
		text("status_in_set", func(p *parcel) **string { return &p.Status }, "Sent"),
		whole("store_in_set", func(p *parcel) *int64 { return &p.Store }, stores+1),
		{checks: []string{"code_matches"}, spoil: func(p *parcel, i int) { p.Code = parcelCode(i)[:9] + "-X" }},
		text("email_matches", func(p *parcel) **string { return &p.Email }, "user.mail-01.com"),
		text("email_matches", func(p *parcel) **string { return &p.Email }, "user@mail-01.com "),
		text("note_length", func(p *parcel) **string { return &p.Note }, "left with the neighbours on the other side of the street"),
		{checks: []string{"id_unique", "id_increasing"}, both: true, spoil: func(p *parcel, i int) { p.ID = parcelID(i - 1) }},
		{checks: []string{"code_unique"}, both: true, spoil: func(p *parcel, i int) { p.Code = parcelCode(i - 1) }},
		{checks: []string{"id_increasing"}, spoil: func(p *parcel, i int) { p.ID = parcelID(i-2) + 1 }},
		number("low_high", func(p *parcel) **float64 { return &p.Low }, 500),
		{checks: []string{"ordered_delivered"}, spoil: func(p *parcel, _ int) { at := p.Ordered.Add(-time.Microsecond); p.Delivered = &at }},
		number("gross_sum", func(p *parcel) **float64 { return &p.Gross }, 5000),
		{checks: []string{"delivered_has_time"}, spoil: func(p *parcel, _ int) { s := "delivered"; p.Status, p.Delivered = &s, nil }},
	}
}

// planted returns the rows that break each check, ascending.
func planted(rows int, seed uint64) map[string][]int64 {
	all := make(map[string][]int64)
	faults := faults()
	for i := range rows {
		k := faultOf(i, seed, len(faults))
		if k < 0 {
			continue
		}
		for c, name := range faults[k].checks {
			if faults[k].both && c == 0 {
				all[name] = append(all[name], int64(i-1))
			}
			all[name] = append(all[name], int64(i))
		}
	}
	return all
}

// parcelCheck is one of the checks of parcels under the name that it has in every tool.
type parcelCheck struct {
	name  string
	check check.Check
	whole bool // it is of the whole column, and no row has an address
}

// parcelChecks are the checks of parcels, of which one of a whole column fails: ratings miss 3 % and not 2 %.
func parcelChecks() []parcelCheck {
	var codes []string
	for k := range countries {
		codes = append(codes, country(k))
	}
	var numbers []float64
	for k := range stores {
		numbers = append(numbers, float64(k+1))
	}
	between := func(column string, low, high float64) parcelCheck {
		return parcelCheck{name: column + "_between", check: check.Between{Column: column, Min: low, Max: high}}
	}
	typed := func(column string, t dataset.Type) parcelCheck {
		return parcelCheck{name: column + "_type", check: check.HasType{Column: column, Types: []dataset.Type{t}}, whole: true}
	}
	nulls := func(column string, most float64) parcelCheck {
		return parcelCheck{name: column + "_null_share", check: check.NullShare{Column: column, Max: most}, whole: true}
	}
	return []parcelCheck{
		typed("id", dataset.Int64),
		typed("price", dataset.Float64),
		typed("ordered", dataset.Timestamp),
		{name: "id_not_null", check: check.NotNull{Column: "id"}},
		{name: "status_not_null", check: check.NotNull{Column: "status"}},
		nulls("weight", 0.05),
		nulls("rating", 0.02),
		between("quantity", 1, 20),
		between("age", 0, 120),
		between("price", 0, 500),
		between("discount", 0, 0.5),
		between("latitude", -90, 90),
		{name: "weight_positive", check: check.Holds{Column: "weight", Operator: dataset.Greater, Value: dataset.NumberValue(0)}},
		{name: "country_in_set", check: check.InSet{Column: "country", Texts: codes}},
		{name: "status_in_set", check: check.InSet{Column: "status", Texts: states()}},
		{name: "store_in_set", check: check.InSet{Column: "store", Numbers: numbers}},
		{name: "code_matches", check: check.Matches{Column: "code", Pattern: codePattern}},
		{name: "email_matches", check: check.Matches{Column: "email", Pattern: emailPattern}},
		{name: "note_length", check: check.Length{Column: "note", Min: 1, Max: mostNote}},
		{name: "id_unique", check: check.Unique{Columns: []string{"id"}}},
		{name: "code_unique", check: check.Unique{Columns: []string{"code"}}},
		{name: "id_increasing", check: check.Increasing{Column: "id", Strictly: true}},
		{name: "low_high", check: check.Compare{Left: "low", Operator: dataset.LessEqual, Right: "high"}},
		{name: "ordered_delivered", check: check.DateOrder{Columns: []string{"ordered", "delivered"}}},
		{name: "gross_sum", check: check.RowSum{Columns: []string{"net", "tax"}, Total: "gross", Within: 0.005}},
		{name: "delivered_has_time", check: check.When{Column: "status", Operator: dataset.Equal, Value: dataset.TextValue("delivered"), Then: check.NotNull{Column: "delivered"}}},
	}
}

// addresses are the rows that each check found, by its name; a check of a whole column that fails has the address 0 alone.
type addresses map[string][]int64

// runChecks runs the checks of parcels over src and writes down every row.
func runChecks(ctx context.Context, src dataset.Source, workers int) (addresses, error) {
	named := parcelChecks()
	list := make([]check.Check, len(named))
	for i, c := range named {
		list[i] = c.check
	}
	c, err := check.New(list, check.Options{Workers: workers})
	if err != nil {
		return nil, err
	}
	r, err := c.Run(ctx, src)
	if err != nil {
		return nil, err
	}
	all := make(addresses)
	for i, f := range r.Report.Findings {
		n := named[r.Check(i)]
		if n.whole {
			all[n.name] = []int64{0}
			continue
		}
		rows := make([]int64, 0, f.Count)
		for row := range r.Rows(i) {
			rows = append(rows, row)
		}
		all[n.name] = rows
	}
	return all, nil
}

// quality is the number of rows found, and the sum of their addresses, each times the number of its check, so that a row more, less or of another check shows.
func (a addresses) quality() map[string]float64 {
	found, sum := 0, 0.0
	for k, c := range parcelChecks() {
		found += len(a[c.name])
		for _, row := range a[c.name] {
			sum += float64(k+1) * float64(row)
		}
	}
	return map[string]float64{"found": float64(found), "addresses": sum}
}
