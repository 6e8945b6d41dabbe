package fit

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/plan"
)

type row struct {
	X float64  `ml:"name=x"`
	Y *float64 `ml:"name=y"`
	C *string  `ml:"name=c"`
}

func rows(t *testing.T, columns ...string) dataset.Source {
	t.Helper()
	y, p, q := 4.0, "p", "q"
	made := []row{{1, &y, &q}, {2, nil, &p}, {6, nil, nil}, {3, &y, &q}}
	src, err := dataset.FromStructs(made, dataset.StructsOptions{BatchRows: 3})
	if err != nil {
		t.Fatal(err)
	}
	out, err := dataset.Select(t.Context(), src, columns...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The moments are by hand: of 1, 2, 6, 3 the mean is 3, and of 4, 4 it is 4.
func TestRunLearnsAStatisticOfEachColumn(t *testing.T) {
	c, err := Run(t.Context(), rows(t, "x", "y"), 2, func() *Moments { return new(Moments) })
	if err != nil {
		t.Fatal(err)
	}
	for j, want := range []struct {
		mean, low, high float64
		missing         int64
	}{{3, 1, 6, 0}, {4, 4, 4, 2}} {
		mean, _ := c.Of[j].Mean()
		low, _ := c.Of[j].Min()
		high, _ := c.Of[j].Max()
		if mean != want.mean || low != want.low || high != want.high || c.Missing[j] != want.missing {
			t.Errorf("column %d: mean %v of %v to %v and %d missing, want %+v", j, mean, low, high, c.Missing[j], want)
		}
	}
	whole, part := new(Moments), new(Moments)
	whole.Add(1)
	part.Add(5)
	if whole.Merge(part); whole.Count() != 2 {
		t.Errorf("%d values after a merge of two", whole.Count())
	}
}

func TestRunRefuses(t *testing.T) {
	src, err := dataset.FromStructs([]row{{X: 1}, {X: math.Inf(-1)}}, dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	numbers, err := dataset.Select(t.Context(), src, "x")
	if err != nil {
		t.Fatal(err)
	}
	var se *dataset.SchemaError
	if _, err := Run(t.Context(), numbers, 1, func() *Moments { return new(Moments) }); !errors.As(err, &se) || se.Column != "x" || !strings.Contains(se.Got, "1 infinite") {
		t.Errorf("an infinity: got error %v, want a *dataset.SchemaError about x", err)
	}
	if _, err := Run(t.Context(), rows(t, "c"), 1, func() *Moments { return new(Moments) }); err == nil {
		t.Error("texts were read as numbers")
	}
	if _, err := RunCounts(t.Context(), rows(t, "x"), 1); err == nil {
		t.Error("numbers were read as texts")
	}
}

func TestRunCountsTexts(t *testing.T) {
	c, err := RunCounts(t.Context(), rows(t, "c"), 2)
	if err != nil {
		t.Fatal(err)
	}
	if c.Count(0, "q") != 2 || c.Count(0, "p") != 1 || c.Count(0, "r") != 0 || c.Distinct(0) != 2 || c.Nulls[0] != 1 {
		t.Errorf("%d q, %d p, %d r, %d texts and %d nulls, want 2, 1, 0, 2 and 1", c.Count(0, "q"), c.Count(0, "p"), c.Count(0, "r"), c.Distinct(0), c.Nulls[0])
	}
	if got := c.Categories(0, dataset.Field{}); !slices.Equal(got, []string{"p", "q"}) {
		t.Errorf("categories %q, want them by bytes", got)
	}
	if got := c.Categories(0, dataset.Field{OneOf: []string{"q", "z", "p"}}); !slices.Equal(got, []string{"q", "z", "p"}) {
		t.Errorf("categories %q, want those of the field in its order", got)
	}
}

func TestWhatAStepMakes(t *testing.T) {
	from := dataset.Field{
		Name: "a", Type: dataset.Utf8, Nullable: true, Role: dataset.Time, Unit: "m", Sensitive: true, Personal: true, Purpose: "audit", Description: "of a",
	}
	want := dataset.Field{
		Name: "a_made", Type: dataset.Float64, Role: dataset.Time, Sensitive: true, Personal: true, Purpose: "audit", Description: "of a",
	}
	if got := Made(from, "a_made", false); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	in := Inputs([]dataset.Field{{Name: "a", Type: dataset.Dictionary}, {Name: "b", Type: dataset.Date32}})
	if !reflect.DeepEqual(in, []plan.Input{{Name: "a", Kind: plan.Text}, {Name: "b", Kind: plan.Number}}) {
		t.Errorf("inputs %+v", in)
	}
	if got := Registers(3); !slices.Equal(got, plan.Ints{0, 1, 2}) {
		t.Errorf("registers %v, want 0, 1, 2", got)
	}
}

func TestPersonalColumnsAndBadOptionsAreNamed(t *testing.T) {
	err := NotPersonal([]dataset.Field{{Name: "a"}, {Name: "b", Personal: true}, {Name: "c", Personal: true}})
	if !errors.Is(err, dataset.ErrSchema) || strings.Contains(err.Error(), `"a"`) || !strings.Contains(err.Error(), `"b"`) || !strings.Contains(err.Error(), `"c"`) {
		t.Errorf("got error %v, want one about b and c", err)
	}
	if err := NotPersonal([]dataset.Field{{Name: "a"}}); err != nil {
		t.Errorf("no personal column: got error %v", err)
	}
	var oe *dataset.OptionError
	if err := CheckWorkers("x.Options.Workers", -1); !errors.As(err, &oe) || oe.Field != "x.Options.Workers" || oe.Value != "-1" {
		t.Errorf("got error %v, want a *dataset.OptionError about Workers", err)
	}
	if err := CheckWorkers("x.Options.Workers", 0); err != nil {
		t.Errorf("no workers: got error %v", err)
	}
}
