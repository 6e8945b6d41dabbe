package datetime_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/datetime"
	"github.com/tidewheel/tidewheel/features/featurestest"
	"github.com/tidewheel/tidewheel/features/internal/fit/fittest"
	"github.com/tidewheel/tidewheel/internal/plan"
)

var every = []datetime.Part{
	datetime.Year, datetime.Month, datetime.Day, datetime.YearDay, datetime.Weekday, datetime.Hour, datetime.Minute, datetime.Second,
}

func newParts(t *testing.T, parts ...datetime.Part) *datetime.Parts {
	t.Helper()
	p, err := datetime.NewParts(datetime.PartsOptions{Parts: parts})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func schema(t *testing.T, fields ...dataset.Field) *dataset.Schema {
	t.Helper()
	s, err := dataset.NewSchema(fields...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func empty(t *testing.T, s *dataset.Schema) dataset.Source {
	t.Helper()
	src, err := dataset.NewBatches(s)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func TestPartsConform(t *testing.T) {
	s := schema(t,
		dataset.Field{Name: "day", Type: dataset.Date32, Nullable: true},
		dataset.Field{Name: "at", Type: dataset.TimeUTC, Nullable: true},
		dataset.Field{Name: "clock", Type: dataset.Timestamp, Nullable: true},
	)
	for name, p := range map[string]*datetime.Parts{"the usual parts": newParts(t), "every part": newParts(t, every...)} {
		t.Run(name, func(t *testing.T) {
			traits := featurestest.Traits{Schema: s, NoLearning: true, Rows: 1000, Options: refusals()}
			featurestest.TestTransformer(t, traits, func(*testing.T, memory.Allocator) features.Fitter { return p })
		})
	}
}

func refusals() []featurestest.Refusal {
	refused := func(fields []string, parts ...datetime.Part) featurestest.Refusal {
		return fittest.Refused("datetime.PartsOptions", func() error { _, err := datetime.NewParts(datetime.PartsOptions{Parts: parts}); return err }, fields...)
	}
	return []featurestest.Refusal{
		refused([]string{"Parts[0]"}, "century"),
		refused([]string{"Parts[1]"}, datetime.Hour, datetime.Hour),
		refused([]string{"Parts[0]", "Parts[2]"}, "", datetime.Year, datetime.Year),
	}
}

// Package time is the reference.
func TestPartsEqualPackageTime(t *testing.T) {
	s := schema(t, dataset.Field{Name: "at", Type: dataset.TimeUTC})
	tr, err := newParts(t, every...).Fit(t.Context(), empty(t, s))
	if err != nil {
		t.Fatal(err)
	}
	g, err := plan.Compile(tr.Plan())
	if err != nil {
		t.Fatal(err)
	}
	scratch := g.NewRowScratch()
	for _, text := range []string{"1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2000-02-29T12:34:56Z", "1900-03-01T00:00:01Z", "2255-01-01T08:09:10Z", "1684-06-30T20:15:00Z"} {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		g.Row([]dataset.Value{dataset.NumberValue(float64(at.UnixMicro()))}, scratch)
		want := []int{at.Year(), int(at.Month()), at.Day(), at.YearDay(), (int(at.Weekday()) + 6) % 7, at.Hour(), at.Minute(), at.Second()}
		for i, w := range want {
			if got := g.Output(scratch, i); got != float64(w) {
				t.Errorf("%s: %s is %v, want %d", text, every[i], got, w)
			}
		}
	}
	g.Row([]dataset.Value{{}}, scratch)
	if got := g.Output(scratch, 0); !math.IsNaN(got) {
		t.Errorf("the year of null is %v, want a missing value", got)
	}
}

func TestOutputNamesAndRoles(t *testing.T) {
	s := schema(t, dataset.Field{Name: "day", Type: dataset.Date32, Role: dataset.Time}, dataset.Field{Name: "at", Type: dataset.Timestamp, Nullable: true, Sensitive: true})
	tr, err := newParts(t).Fit(t.Context(), empty(t, s))
	if err != nil {
		t.Fatal(err)
	}
	out, err := tr.Output(s)
	if err != nil {
		t.Fatal(err)
	}
	want := "day_year day_month day_day day_weekday at_year at_month at_day at_weekday at_hour"
	if got := strings.Join(out.Names(), " "); got != want {
		t.Errorf("columns %q, want %q", got, want)
	}
	if f := out.Field(0); f.Role != dataset.Feature || f.Nullable {
		t.Errorf("field %+v, want a feature without nulls", f)
	}
	if f := out.Field(4); !f.Nullable || !f.Sensitive {
		t.Errorf("field %+v, want one with nulls that is sensitive", f)
	}
	// A date counts days and a timestamp microseconds: one is never taken for the other.
	swapped := schema(t, dataset.Field{Name: "day", Type: dataset.Timestamp}, dataset.Field{Name: "at", Type: dataset.Date32})
	if _, err := tr.Output(swapped); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("output of swapped types: got error %v, want dataset.ErrSchema", err)
	}
}

func TestPartsRefuse(t *testing.T) {
	for name, c := range map[string]struct {
		parts []datetime.Part
		typ   dataset.Type
	}{
		"a number":           {nil, dataset.Int64},
		"text":               {nil, dataset.Utf8},
		"the hour of a date": {[]datetime.Part{datetime.Hour}, dataset.Date32},
	} {
		if _, err := newParts(t, c.parts...).Fit(t.Context(), empty(t, schema(t, dataset.Field{Name: "a", Type: c.typ}))); !errors.Is(err, dataset.ErrSchema) {
			t.Errorf("%s: got error %v, want dataset.ErrSchema", name, err)
		}
	}
}
