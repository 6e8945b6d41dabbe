package repair_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/repair"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

// faulty returns rows of the fixture, which keep its schema, with these behind them.
func faulty(t *testing.T, good int, lines ...string) dataset.Source {
	t.Helper()
	ref, err := validatetest.Reference(nil, 9, good)
	must(t, err)
	defer ref.Close()
	all := []string{strings.Join(ref.Schema().Names(), ",")}
	for _, line := range texts(t, ref) {
		all = append(all, strings.ReplaceAll(strings.ReplaceAll(line, "|", ","), "null", ""))
	}
	src, err := csv.NewSource(strings.NewReader(strings.Join(append(all, lines...), "\n")), csv.Options{})
	must(t, err)
	kept, err := dataset.Cache(t.Context(), src)
	must(t, err)
	return kept
}

func TestWhatIsProposedRepairsWhatIsExplained(t *testing.T) {
	s, err := validatetest.Schema()
	must(t, err)
	ref, err := validatetest.Reference(nil, 1, 5000)
	must(t, err)
	defer ref.Close()
	p, err := validate.ProfileOf(t.Context(), ref, validate.ProfileOptions{})
	must(t, err)
	v, err := validate.New(s, validate.ValidatorOptions{Reference: p})
	must(t, err)
	src := faulty(t, 200,
		"-5,5000,41,24,DE,web,true",     // 200: clipped to 0
		"42.5,5000,150,24,DE,web,true",  // 201: to 100
		"42.5,5000,41,24,DE,shpo,true",  // 202: shop
		"42.5,5000,41,24, de,web,true",  // 203: DE
		"42.5,5000,41,24,XX,web,true",   // 204: left
		"42.5,5000,41,24,,web,true",     // 205: the most frequent country
		"42.5,5000,,24,DE,web,true",     // 206: the median age
		"42.5,500000,41,24,DE,web,true", // 207: cents
	)
	before, err := v.Check(t.Context(), src)
	must(t, err)
	proposal, err := repair.Propose(before, s, src.Schema(), repair.ProposeOptions{Reference: p})
	must(t, err)
	if len(proposal.Left) > 0 {
		t.Errorf("left: %+v", proposal.Left)
	}
	out, ledger := repaired(t, src, repair.Options{Schema: s}, proposal.Repairs...)
	country, err := repair.ImputeFrom(p, "country", repair.Mode)
	must(t, err)
	want := []string{
		"200|amount|clip|-5.0|0.0|false", "201|age|clip|150|100|false", "202|channel|nearest|shpo|shop|false", "203|country|trim+nearest| de|DE|false",
		"205|country|impute|null|" + country.Value.Text + "|false", "206|age|impute|null|", "207|credit_limit|rescale|500000.0|5000.0|false",
	}
	got := texts(t, ledger.source(t))
	if len(got) != len(want) {
		t.Fatalf("ledger: got %q", got)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("ledger: got %q, want %q", got[i], want[i])
		}
	}
	after, err := v.Check(t.Context(), out)
	must(t, err)
	if after.RowsBad != 1 || after.Has(validate.RuleUnitScale, "credit_limit") || !after.Has(validate.RuleOneOf, "country") {
		t.Errorf("after: %d refused, %d flagged: %+v", after.RowsBad, after.RowsFlagged, after.Findings)
	}
	worse, err := repair.QualityOf(s, nil, before)
	must(t, err)
	better, err := repair.QualityOf(s, nil, after)
	must(t, err)
	if !(worse.Score < better.Score) {
		t.Errorf("quality %v before, %v after", worse.Score, better.Score)
	}
}

func TestWhatIsNotExplainedIsLeft(t *testing.T) {
	zero := 0.0
	s, err := dataset.NewSchema(
		dataset.Field{Name: "amount", Type: dataset.Float64, Min: &zero, Unit: "EUR"},
		dataset.Field{Name: "day", Type: dataset.Date32},
		dataset.Field{Name: "name", Type: dataset.Utf8, Pattern: "[A-Z][a-z]+", Personal: true},
		dataset.Field{Name: "paid", Type: dataset.Utf8, OneOf: []string{"yes", "no"}, Role: dataset.Target},
		dataset.Field{Name: "gone", Type: dataset.Int64},
	)
	must(t, err)
	text := "amount,day,name,paid\n" + strings.Repeat("1,2026-01-02,Ann,yes\n", 60) + "x,02.01.2026, ann,yess\n,2026-01-02,Bob,no\n-1,2026-01-02,Bob,no\n"
	src, err := csv.NewSource(strings.NewReader(text), csv.Options{})
	must(t, err)
	kept, err := dataset.Cache(t.Context(), src)
	must(t, err)
	cents, err := kept.Schema().With(dataset.Field{Name: "amount", Type: dataset.Utf8, Nullable: true, Unit: "cent"})
	must(t, err)
	feed := dataset.Map(kept, cents, func(_ context.Context, b dataset.Batch) (dataset.Batch, error) { return b.As(cents) })
	v, err := validate.New(s, validate.ValidatorOptions{})
	must(t, err)
	report, err := v.Check(t.Context(), feed)
	must(t, err)
	propose := func(o repair.ProposeOptions) (repairs int, left []string) {
		p, err := repair.Propose(report, s, feed.Schema(), o)
		must(t, err)
		for _, l := range p.Left {
			left = append(left, l.Finding.Column+" "+string(l.Finding.Rule)+": "+l.Why)
		}
		return len(p.Repairs), left
	}
	// A text column has no numbers to convert, so the unit is left as well. What the missing column hides is not checked.
	n, left := propose(repair.ProposeOptions{Units: []repair.Unit{{From: "cent", To: "EUR", Factor: 0.01}}, Layouts: []string{"02.01.2006"}})
	if n != 0 || !slices.Contains(left, "gone missing_column: the source has no such column") || !slices.Contains(left, "amount unit: no unit listed explains it") {
		t.Errorf("got %d repairs, left %q", n, left)
	}
	narrow, err := s.Without("gone")
	must(t, err)
	v, err = validate.New(narrow, validate.ValidatorOptions{})
	must(t, err)
	if report, err = v.Check(t.Context(), feed); err != nil {
		t.Fatal(err)
	}
	n, left = propose(repair.ProposeOptions{})
	want := []string{
		"amount null: there is no reference to impute from", "amount type: no repair explains it", "day type: no repair explains it", "name pattern: the column is personal",
		"paid one_of: the column is no feature: its role is target", "amount unit: no unit listed explains it",
	}
	if n != 1 || !slices.Equal(left, want) {
		t.Errorf("got %d repairs, left %q, want %q", n, left, want)
	}
	n, left = propose(repair.ProposeOptions{Personal: true, Layouts: []string{"02.01.2006"}})
	if n != 3 || len(left) != 4 {
		t.Errorf("with layouts and personal columns: got %d repairs, left %q", n, left)
	}
	_, left = propose(repair.ProposeOptions{MaxShare: 0.001})
	if !slices.Contains(left, "amount below_min: it is in more than 0.001 of the rows") {
		t.Errorf("with a small share: left %q", left)
	}
	var option *dataset.OptionError
	_, err = repair.Propose(report, s, feed.Schema(), repair.ProposeOptions{MaxShare: 2, Statistic: 9, Distance: -1, Units: []repair.Unit{{}}})
	if !errors.As(err, &option) || strings.Count(err.Error(), "\n") < 4 {
		t.Errorf("bad options: got %v", err)
	}
}

func TestAUnitThatIsDeclaredIsConverted(t *testing.T) {
	f := dataset.Field{Name: "x", Type: dataset.Float64, Unit: "EUR"}
	s, err := dataset.NewSchema(f)
	must(t, err)
	f.Unit = "cent"
	src := column(t, f, 10, "100", "250")
	v, err := validate.New(s, validate.ValidatorOptions{})
	must(t, err)
	report, err := v.Check(t.Context(), src)
	must(t, err)
	p, err := repair.Propose(report, s, src.Schema(), repair.ProposeOptions{Units: []repair.Unit{{From: "USD", To: "EUR", Factor: 0.9}, {From: "cent", To: "EUR", Factor: 0.01}}})
	must(t, err)
	out, _ := repaired(t, src, repair.Options{}, p.Repairs...)
	if got := texts(t, out); !slices.Equal(got, []string{"1.0", "2.5"}) || len(p.Left) > 0 {
		t.Errorf("got %q, left %+v", got, p.Left)
	}
}
