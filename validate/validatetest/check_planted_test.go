package validatetest

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/conform"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/check"
)

// strict is a judge that finds x above 20 and the text s, and the place where a bug can be planted.
type strict struct {
	bug func(b dataset.Batch, bad []bool) error // behind Judge
}

func (s strict) Judge(b dataset.Batch, bad []bool) error {
	row := dataset.NewRow(b.Schema())
	for i := range bad {
		if err := b.ReadRow(i, row); err != nil {
			return err
		}
		bad[i] = isBad(row)
	}
	if s.bug != nil {
		return s.bug(b, bad)
	}
	return nil
}

func isBad(row dataset.Row) bool {
	x, c := row.Values[row.Schema.Index("x")], row.Values[row.Schema.Index("c")]
	return x.Valid && x.Number > 20 || c.Text == "s"
}

func (s strict) check() check.Check {
	return check.Own{Rule: "strict", Columns: []string{"x", "c"}, Judge: s}
}

func strictTraits(t *testing.T) CheckTraits {
	t.Helper()
	s, err := dataset.NewSchema(dataset.Field{Name: "id", Type: dataset.Int64}, dataset.Field{Name: "c", Type: dataset.Utf8, Nullable: true},
		dataset.Field{Name: "x", Type: dataset.Float64, Nullable: true})
	if err != nil {
		t.Fatal(err)
	}
	return CheckTraits{Schema: s, Bad: isBad, Rows: 70_000}
}

func TestAFaultlessCheckPasses(t *testing.T) {
	TestCheck(t, strictTraits(t), strict{}.check)
}

// The checks of package check keep the promises too.
func TestOurChecksPass(t *testing.T) {
	traits := strictTraits(t)
	traits.Rows = 2000
	for name, c := range map[string]check.Check{
		"between": check.Between{Column: "x", Min: -20, Max: 20},
		"matches": check.Matches{Column: "c", Pattern: "[l-q]"},
		"terms":   check.Terms{Check: check.Length{Column: "c", Min: 2}, Severity: validate.Flagged, AtMost: 0.01},
	} {
		t.Run(name, func(t *testing.T) {
			byRow := traits
			byRow.Bad = nil
			TestCheck(t, byRow, func() check.Check { return c })
		})
	}
	for name, c := range map[string]check.Check{
		"unique":    check.Unique{Columns: []string{"c", "x"}},
		"outliers":  check.Outliers{Column: "x", Factor: 1},
		"row count": check.RowCount{Min: 1, Max: 2},
	} {
		t.Run(name, func(t *testing.T) {
			whole := traits
			whole.Bad, whole.Neighbours = nil, true
			TestCheck(t, whole, func() check.Check { return c })
		})
	}
}

// plantedChecks has a bug for each promise, by its name.
func plantedChecks(t *testing.T) map[string]func() check.Check {
	t.Helper()
	var calls atomic.Int64
	planted := func(bug func(b dataset.Batch, bad []bool) error) func() check.Check { return strict{bug}.check }
	simple := func(bug func(b dataset.Batch, bad []bool)) func() check.Check {
		return planted(func(b dataset.Batch, bad []bool) error { bug(b, bad); return nil })
	}
	counting := simple(func(_ dataset.Batch, bad []bool) {
		for i := range bad {
			bad[i] = calls.Add(1)%7 == 0
		}
	})
	coded := simple(func(b dataset.Batch, bad []bool) {
		bad[0] = bad[0] != (b.Column(1).DataType().ID() == arrow.DICTIONARY)
	})
	var kept []float64
	return map[string]func() check.Check{
		"the same rows give the same findings": counting,
		"it finds the rows that it must":       simple(func(_ dataset.Batch, bad []bool) { bad[len(bad)/2] = !bad[len(bad)/2] }),
		"1, 2 and 8 workers find the same":     counting,
		"the reader's batches change nothing":  coded,
		"each row is judged by itself":         simple(func(_ dataset.Batch, bad []bool) { bad[0] = len(bad) > 1 }),
		"nulls and NaN are taken":              planted(refuseNulls),
		"text behind codes is the same text":   coded,
		"a slice of a batch is its own rows":   simple(ignoreOffset),
		"batches stay as they were":            simple(func(b dataset.Batch, _ []bool) { b.Column(0).(*array.Float64).Float64Values()[0] = 12345 }),
		"several runs at once find the same":   counting,
		"findings name a rule and hold no values": func() check.Check {
			return check.Own{Rule: validate.Rule("not " + aText(t)), Columns: []string{"x", "c"}, Judge: strict{}}
		},
		"batches are borrowed": simple(func(b dataset.Batch, bad []bool) {
			if kept == nil {
				kept = b.Column(0).(*array.Float64).Float64Values()
			}
			bad[0] = kept[0] == b.Column(0).(*array.Float64).Value(0)
		}),
		"a column that is not there is a finding": func() check.Check { return check.RowCount{Min: 1, Max: 2} },
		"under a condition it looks at the rows that hold it": simple(func(_ dataset.Batch, bad []bool) {
			for i := range bad {
				bad[i] = len(bad) == 600
			}
		}),
		"a run that ends early gives its error and leaves nothing behind": counting,
	}
}

func refuseNulls(b dataset.Batch, _ []bool) error {
	if b.Column(1).NullN() == b.NumRows() {
		return errors.New("a column of nulls")
	}
	return nil
}

// ignoreOffset reads the values of x from the beginning of their buffer.
func ignoreOffset(b dataset.Batch, bad []bool) {
	values := arrow.Float64Traits.CastFromBytes(b.Column(0).Data().Buffers()[1].Bytes())
	for i := range bad {
		bad[i] = values[i] > 20
	}
}

// aText is a text of the rows that the promise about values looks at.
func aText(t *testing.T) string {
	t.Helper()
	src, err := conform.Rows{N: 600, Batch: 600, Seed: 12, Distinct: true, PlainText: true}.Source(memory.DefaultAllocator, strictTraits(t).Schema)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		texts, err := dataset.NewTexts(b.Column(1))
		if err != nil {
			t.Fatal(err)
		}
		for i := range texts.Len() {
			if len(texts.Value(i)) > 6 {
				return texts.Value(i)
			}
		}
	}
	return ""
}

func TestEveryPromiseOfAChecksFindsItsPlantedBug(t *testing.T) {
	planted, traits := plantedChecks(t), strictTraits(t)
	for _, c := range checkChecks(traits) {
		b, ok := planted[c.name]
		if !ok {
			t.Errorf("no planted bug for promise %q", c.name)
			continue
		}
		if err := c.against(t.Context(), traits, b); err == nil {
			t.Errorf("promise %q did not find its planted bug", c.name)
		} else {
			t.Logf("%s: %.150s", c.name, err)
		}
	}
}

func TestABatchThatACheckKeepsIsFound(t *testing.T) {
	traits := strictTraits(t)
	var kept []dataset.Batch
	keeping := strict{func(b dataset.Batch, _ []bool) error {
		b.Retain()
		kept = append(kept, b)
		return nil
	}}
	if err := checkChecks(traits)[0].against(t.Context(), traits, keeping.check); err == nil {
		t.Error("a batch went unnoticed")
	}
	for _, b := range kept {
		b.Release()
	}
}

func TestTraitsChoosePromises(t *testing.T) {
	full := strictTraits(t)
	all := len(checkChecks(full))
	numbers, err := full.Schema.Without("c")
	if err != nil {
		t.Fatal(err)
	}
	if got := len(checkChecks(CheckTraits{Schema: numbers, Neighbours: true})); got != all-5 { // the oracle, alone, slices, codes, the condition
		t.Errorf("%d promises of a check of neighbours among numbers, want %d", got, all-5)
	}
}
