package check_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/check"
)

// feed has 6 rows: row 1 breaks the schema, row 2 a check, row 3 both, row 4 a check that flags, and the text in row 1 makes a column of text.
const feed = "id,amount,limit,note\n1,10,100,a\n2,ten,100,b\n3,200,100,c\n3,-5,-10,d\n5,50,100,zz\n6,60,100,e\n"

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestRunWithCountsEachRowOnce(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	zero := 0.0
	s, err := dataset.NewSchema(dataset.Field{Name: "id", Type: dataset.Int64}, dataset.Field{Name: "amount", Type: dataset.Float64, Min: &zero}, dataset.Field{Name: "limit", Type: dataset.Float64})
	ok(t, err)
	v, err := validate.New(s, validate.ValidatorOptions{Allocator: mem})
	ok(t, err)
	c, err := check.New([]check.Check{
		check.Compare{Left: "amount", Operator: dataset.LessEqual, Right: "limit"},
		check.Terms{Check: check.Length{Column: "note", Max: 1}, Severity: validate.Flagged},
	}, check.Options{Allocator: mem})
	ok(t, err)
	open := func(text string) dataset.Source {
		src, err := csv.NewSource(strings.NewReader(text), csv.Options{Allocator: mem})
		ok(t, err)
		cached, err := dataset.Cache(t.Context(), src)
		ok(t, err)
		t.Cleanup(func() { ok(t, cached.Close()) })
		return cached
	}
	src := open(feed)
	r, err := c.RunWith(t.Context(), v, src)
	ok(t, err)
	if r.OK || r.Rows != 6 || r.RowsBad != 3 || r.RowsFlagged != 1 {
		t.Errorf("%+v", r)
	}
	var rules []string
	for _, f := range r.Findings {
		rules = append(rules, f.Column+" "+string(f.Rule))
		if f.Column == "amount" && f.Other == "limit" && !slices.Equal(f.FirstRows, []int64{2, 3}) {
			t.Errorf("%+v", f)
		}
	}
	for _, want := range []string{"amount type", "amount below_min", "note extra_column"} {
		if !slices.Contains(rules, want) {
			t.Errorf("want %s among %q", want, rules)
		}
	}
	if slices.ContainsFunc(r.Findings, func(f validate.Finding) bool { return strings.HasPrefix(f.Column, "verdict") }) {
		t.Errorf("the verdict is told: %+v", r.Findings)
	}
	ok(t, src.(*dataset.Batches).Close())

	missing := open("id,limit,note\n1,100,a\n2,100,zz\n")
	r, err = c.RunWith(t.Context(), v, missing)
	ok(t, err)
	if r.OK || r.RowsBad != 2 || r.RowsFlagged != 0 || !r.Has(validate.RuleMissingColumn, "amount") || !r.Has("length", "note") {
		t.Errorf("%+v", r)
	}
	ok(t, missing.(*dataset.Batches).Close())

	unread := open("id,amount,limit,note\n2024-01-01,1,100,a\n2024-01-02,1,1,zz\n") // dates are no integers
	r, err = c.RunWith(t.Context(), v, unread)
	ok(t, err)
	if r.RowsBad != 2 || !r.Has(validate.RuleColumnType, "id") || !r.Has("length", "note") || r.Has("compare", "amount") {
		t.Errorf("%+v", r)
	}
	ok(t, unread.(*dataset.Batches).Close())

	none := open("other,note\n1,zz\n") // no column of the schema
	r, err = c.RunWith(t.Context(), v, none)
	ok(t, err)
	if r.RowsBad != 1 || !r.Has(validate.RuleMissingColumn, "limit") || !r.Has("length", "note") {
		t.Errorf("%+v", r)
	}
	ok(t, none.(*dataset.Batches).Close())

	good := open("id,amount,limit,note\n1,10,100,a\n")
	r, err = c.RunWith(t.Context(), v, good)
	ok(t, err)
	if !r.OK || r.RowsBad != 0 || r.RowsFlagged != 0 {
		t.Errorf("%+v", r)
	}
	ok(t, good.(*dataset.Batches).Close())
}
