package synthetic_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/datasettest"
	"github.com/tidewheel/tidewheel/internal/conform"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/check"
	"github.com/tidewheel/tidewheel/validate/synthetic"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

// The Validator finds nothing in rows made from any schema, but nulls where they are allowed.
func TestRowsKeepTheRulesOfRandomSchemas(t *testing.T) {
	for seed := range uint64(30) {
		s := randomSchema(t, seed)
		mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
		rows, err := synthetic.New(s, 300, synthetic.Options{Seed: seed, Allocator: mem, BatchRows: 100 + int(seed)})
		must(t, err)
		r, err := validator(t, s, nil).Check(t.Context(), rows)
		must(t, err)
		if !r.OK || r.Rows != 300 || r.RowsFlagged != 0 {
			t.Errorf("seed %d: %+v", seed, r)
		}
		for _, f := range r.Findings {
			if f.Rule != validate.RuleNull || f.Severity != validate.Counted || f.Count > 60 {
				t.Errorf("seed %d: %+v", seed, f)
			}
		}
		mem.AssertSize(t, 0)
	}
}

func paymentProfile(t testing.TB) *validate.Profile {
	t.Helper()
	src, err := validatetest.Reference(nil, 1, 20_000)
	must(t, err)
	defer src.Close()
	p, err := validate.ProfileOf(t.Context(), src, validate.ProfileOptions{})
	must(t, err)
	return p
}

// With a profile the rows have its nulls, its quantiles and its shares, and its guard is quiet.
func TestRowsLookLikeTheirProfile(t *testing.T) {
	p := paymentProfile(t)
	s, err := validatetest.Schema()
	must(t, err)
	rows, err := synthetic.New(s, 20_000, synthetic.Options{Seed: 3, Profile: p})
	must(t, err)
	r, err := validator(t, s, p).Check(t.Context(), rows)
	must(t, err)
	if !r.OK || r.RowsFlagged != 0 {
		t.Errorf("%+v", r)
	}
	got, err := validate.ProfileOf(t.Context(), rows, validate.ProfileOptions{})
	must(t, err)
	for _, want := range p.Columns() {
		c, _ := got.Column(want.Name)
		if a, b := share(c), share(want); math.Abs(a-b) > 0.01 {
			t.Errorf("%s: share of nulls %.3f, want %.3f", want.Name, a, b)
		}
		if want.Number != nil {
			for _, q := range []int{10, 50, 90} {
				spread := want.Number.Quantiles[99] - want.Number.Quantiles[1]
				if a, b := c.Number.Quantiles[q], want.Number.Quantiles[q]; math.Abs(a-b) > 0.06*spread {
					t.Errorf("%s: quantile %d is %v, want %v", want.Name, q, a, b)
				}
			}
		}
		if want.Text != nil && math.Abs(float64(c.Top[0].Count-want.Top[0].Count)) > 600 {
			t.Errorf("%s: the most frequent %d times, want %d", want.Name, c.Top[0].Count, want.Top[0].Count)
		}
	}
}

func share(c validate.ColumnProfile) float64 { return float64(c.Nulls) / float64(c.Rows) }

func TestUniqueColumns(t *testing.T) {
	low, high := 10.0, 1009.0
	fields := []dataset.Field{
		{Name: "number", Type: dataset.Int16, Min: &low, Max: &high},
		{Name: "wide", Type: dataset.Int64},
		{Name: "float", Type: dataset.Float32, Nullable: true},
		{Name: "decimal", Type: dataset.Decimal128(9, 2)},
		{Name: "day", Type: dataset.Date32},
		{Name: "time", Type: dataset.TimeUTC},
		{Name: "word", Type: dataset.Utf8},
		{Name: "code", Type: dataset.Dictionary, Pattern: `[A-Z]\d{2,3}`},
		{Name: "hash", Type: dataset.Binary},
	}
	s, err := dataset.NewSchema(fields...)
	must(t, err)
	rows, err := synthetic.New(s, 1000, synthetic.Options{Unique: s.Names(), BatchRows: 300})
	must(t, err)
	var checks []check.Check
	for _, f := range fields {
		checks = append(checks, check.Unique{Columns: []string{f.Name}})
	}
	c, err := check.New(checks, check.Options{})
	must(t, err)
	r, err := c.Run(t.Context(), rows)
	must(t, err)
	if !r.Report.OK {
		t.Errorf("%+v", r.Report.Findings)
	}
	if v, err := validator(t, s, nil).Check(t.Context(), rows); err != nil || !v.OK {
		t.Errorf("%+v, %v", v, err)
	}
	_, err = synthetic.New(s, 1001, synthetic.Options{Unique: []string{"number"}})
	var few *dataset.SchemaError
	if !errors.As(err, &few) || few.Column != "number" {
		t.Errorf("more rows than values: %v", err)
	}
	key, err := dataset.NewSchema(dataset.Field{Name: "id", Type: dataset.Utf8, Role: dataset.Key, Pattern: "[ab]{3}"})
	must(t, err)
	if _, err := synthetic.New(key, 8, synthetic.Options{}); err != nil {
		t.Errorf("all of a small language: %v", err)
	}
	if _, err := synthetic.New(key, 9, synthetic.Options{}); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("more than a language has: %v", err)
	}
	if _, err := synthetic.New(key, 9, synthetic.Options{Unique: []string{}}); err != nil {
		t.Errorf("a key that may repeat: %v", err)
	}
}

// A cell follows from the seed, its column's name and its row.
func TestCellsFollowFromTheirAddress(t *testing.T) {
	s := randomSchema(t, 9)
	contents := func(s *dataset.Schema, n int64, o synthetic.Options) []byte {
		t.Helper()
		rows, err := synthetic.New(s, n, o)
		must(t, err)
		cached, err := dataset.Cache(t.Context(), rows)
		must(t, err)
		defer cached.Close()
		var out []byte
		for b, err := range cached.Batches(t.Context()) {
			must(t, err)
			for i := range b.NumRows() {
				for j := range b.Schema().Len() {
					out = append(out, b.Column(j).ValueStr(i)...)
				}
				out = append(out, '\n')
			}
		}
		return out
	}
	want := contents(s, 200, synthetic.Options{Seed: 5})
	if !bytes.Equal(contents(s, 200, synthetic.Options{Seed: 5, BatchRows: 7}), want) {
		t.Error("batches change the rows")
	}
	if !bytes.HasPrefix(want, contents(s, 100, synthetic.Options{Seed: 5})) {
		t.Error("further rows change the first ones")
	}
	if bytes.Equal(contents(s, 200, synthetic.Options{Seed: 6}), want) {
		t.Error("another seed gives the same rows")
	}
	one, err := s.Select(s.Field(s.Len() - 1).Name)
	must(t, err)
	if got := contents(one, 200, synthetic.Options{Seed: 5}); !bytes.HasSuffix(bytes.SplitN(want, []byte("\n"), 2)[0], bytes.SplitN(got, []byte("\n"), 2)[0]) {
		t.Error("further columns change a column")
	}
}

func TestRowsAreASource(t *testing.T) {
	s := randomSchema(t, 12)
	open := func(mem memory.Allocator) (*synthetic.Rows, error) {
		return synthetic.New(s, 500, synthetic.Options{Allocator: mem, BatchRows: 60})
	}
	datasettest.TestSource(t, datasettest.SourceTraits{Rows: 500}, func(mem memory.Allocator) (dataset.Source, error) { return open(mem) })
	datasettest.TestSource(t, datasettest.SourceTraits{Rows: 500}, func(mem memory.Allocator) (dataset.Source, error) {
		rows, err := open(mem)
		if err != nil {
			return nil, err
		}
		return synthetic.Break(rows, synthetic.BreakOptions{Share: 0.3})
	})
}

func TestBadOptions(t *testing.T) {
	s := randomSchema(t, 1)
	option := func(f string) string { return "synthetic." + f }
	refuse := func(fields []string, n int64, o synthetic.Options) conform.Refusal {
		return conform.Refusal{Fields: fields, New: func() error { _, err := synthetic.New(s, n, o); return err }}
	}
	rows, err := synthetic.New(s, 100, synthetic.Options{})
	must(t, err)
	broken := func(fields []string, o synthetic.BreakOptions) conform.Refusal {
		return conform.Refusal{Fields: fields, New: func() error { _, err := synthetic.Break(rows, o); return err }}
	}
	faults := option("BreakOptions.Faults")
	must(t, conform.Refused([]conform.Refusal{
		refuse([]string{option("New.n"), option("Options.NullShare"), option("Options.BatchRows"), option("Options.MaxRepeat"), option("Options.Unique")}, -1,
			synthetic.Options{NullShare: math.NaN(), BatchRows: -1, MaxRepeat: -1, Unique: []string{"absent"}}),
		refuse([]string{option("New.n")}, 1<<41, synthetic.Options{}),
		broken([]string{option("BreakOptions.Share"), option("BreakOptions.Columns")}, synthetic.BreakOptions{Share: 2, Columns: []string{"absent"}}),
		broken([]string{faults}, synthetic.BreakOptions{Faults: []synthetic.Fault{synthetic.UnitChange}}), // there is no profile
		broken([]string{faults}, synthetic.BreakOptions{Faults: []synthetic.Fault{"no fault"}}),
		broken([]string{faults}, synthetic.BreakOptions{Faults: []synthetic.Fault{synthetic.MissingColumn, synthetic.ExtraColumn}}),
	}))
}

func TestColumnsThatNothingFits(t *testing.T) {
	low, high := 0.2, 0.8
	for name, f := range map[string]dataset.Field{
		"no integer between":  {Type: dataset.Int64, Min: &low, Max: &high},
		"no decimal between":  {Type: dataset.Decimal128(5, 0), Min: &low, Max: &high},
		"a pattern of none":   {Type: dataset.Utf8, Pattern: `a\bb`},
		"a pattern too long":  {Type: dataset.Utf8, Pattern: `((a{30}){30}){1,}b{1000}b{1000}b{1000}b{1000}`},
		"no category matches": {Type: dataset.Utf8, Pattern: `a`, OneOf: []string{"b", "c"}},
	} {
		f.Name = "x"
		s, err := dataset.NewSchema(f)
		must(t, err)
		if _, err := synthetic.New(s, 10, synthetic.Options{}); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%s: got error %v", name, err)
		}
	}
	p := paymentProfile(t)
	s, err := dataset.NewSchema(dataset.Field{Name: "amount", Type: dataset.Utf8})
	must(t, err)
	if _, err := synthetic.New(s, 10, synthetic.Options{Profile: p}); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("another type than the profile: %v", err)
	}
}

// The ends of types and bounds at the edge of what they hold.
func TestExtremeBounds(t *testing.T) {
	for i, f := range []dataset.Field{
		bounded(dataset.Float64, -math.MaxFloat64, math.MaxFloat64),
		bounded(dataset.Float32, -math.MaxFloat64, math.MaxFloat64),
		bounded(dataset.Float32, 0.1, 0.1000001),
		bounded(dataset.Float64, 5, 5),
		bounded(dataset.Int64, -1e30, 1e30),
		bounded(dataset.Uint64, 1<<63, 1e30),
		bounded(dataset.Int64, 1<<62, 1<<62+4096),
		bounded(dataset.Date32, -1e9, 1e9),
		bounded(dataset.TimeUTC, -1e18, 1e18),
		bounded(dataset.Decimal128(38, 0), -1e30, 1e30),
		bounded(dataset.Decimal128(38, 38), -1, 1),
		bounded(dataset.Decimal128(10, 2), 0.1, 0.3),
		bounded(dataset.Decimal128(4, 2), -0.01, 0),
		bounded(dataset.Bool, 1, 1),
	} {
		s, err := dataset.NewSchema(f)
		must(t, err)
		rows, err := synthetic.New(s, 500, synthetic.Options{Seed: uint64(i)})
		must(t, err)
		v := validator(t, s, nil)
		if r, err := v.Check(t.Context(), rows); err != nil || len(r.Findings) > 0 {
			t.Errorf("%s from %v to %v: %+v, %v", f.Type, *f.Min, *f.Max, r, err)
		}
		broken, err := synthetic.Break(rows, synthetic.BreakOptions{Share: 0.5})
		must(t, err)
		r, err := v.Check(t.Context(), broken)
		must(t, err)
		if err := broken.Compare(r); err != nil {
			t.Errorf("%s from %v to %v: %v", f.Type, *f.Min, *f.Max, err)
		}
	}
}

func bounded(typ dataset.Type, low, high float64) dataset.Field {
	return dataset.Field{Name: "x", Type: typ, Min: &low, Max: &high}
}

// What a pattern's texts are made of is bounded, whatever it repeats, and they match.
func FuzzPattern(f *testing.F) {
	for _, p := range append([]string{`((a*)*)*`, strings.Repeat("(", 200) + strings.Repeat(")*", 200), strings.Repeat("(x", 90) + strings.Repeat("*)+", 90), `((){30}){30}`, `(((\w{0,9}){0,9}){0,9}){0,1}`, `(?s).*`, `[[:cntrl:]]`, `\x{10FFFF}`, `$`, `(|a)+`, `(?:a?b?c?d?){1000}`, `(?:a?b?c?d?){200}`, `(?:[a-z]?\b){300}x`}, patterns...) {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		s, err := dataset.NewSchema(dataset.Field{Name: "x", Type: dataset.Utf8, Pattern: pattern})
		if err != nil || len(pattern) > 1000 {
			return
		}
		rows, err := synthetic.New(s, 8, synthetic.Options{})
		if err != nil {
			return
		}
		v, err := validate.New(s, validate.ValidatorOptions{Workers: 1})
		must(t, err)
		for b, err := range rows.Batches(t.Context()) {
			must(t, err)
			texts, err := dataset.NewTexts(b.Column(0))
			must(t, err)
			for i := range texts.Len() {
				if n := len(texts.Value(i)); n > 64<<10 {
					t.Errorf("a text of %d bytes", n)
				}
			}
			if r, err := v.CheckBatch(b); err != nil || !r.Report.OK {
				t.Errorf("%+v, %v", r, err)
			}
		}
		broken, err := synthetic.Break(rows, synthetic.BreakOptions{Share: 1})
		must(t, err)
		r, err := v.Check(t.Context(), broken)
		must(t, err)
		must(t, broken.Compare(r))
	})
}

func ExampleNew() {
	low, high := 18.0, 99.0
	s, err := dataset.NewSchema(
		dataset.Field{Name: "id", Type: dataset.Utf8, Role: dataset.Key, Pattern: `[A-Z]{2}-\d{4}`},
		dataset.Field{Name: "age", Type: dataset.Int32, Min: &low, Max: &high},
		dataset.Field{Name: "country", Type: dataset.Utf8, OneOf: []string{"DE", "FR"}},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	rows, err := synthetic.New(s, 3, synthetic.Options{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	type customer struct {
		ID      string `ml:"name=id"`
		Age     int32  `ml:"name=age"`
		Country string `ml:"name=country"`
	}
	for c, err := range dataset.Rows[customer](context.Background(), rows) {
		fmt.Println(c.ID, c.Age, c.Country, err)
	}
	// Output:
	// SD-2808 30 DE <nil>
	// YA-3263 53 DE <nil>
	// DO-3676 61 FR <nil>
}
