package datetime

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/features"
	"github.com/tidewheel/tidewheel/features/internal/fit"
	"github.com/tidewheel/tidewheel/internal/plan"
)

// Part is a calendar part. Its text ends the name of the column that it becomes.
type Part string

// The parts, with their ranges. Hour, Minute and Second are of timestamps only.
const (
	Year    Part = "year"
	Month   Part = "month"   // 1 to 12
	Day     Part = "day"     // of the month, 1 to 31
	YearDay Part = "yearday" // 1 to 366
	Weekday Part = "weekday" // 0 Monday to 6 Sunday
	Hour    Part = "hour"    // 0 to 23
	Minute  Part = "minute"  // 0 to 59
	Second  Part = "second"  // 0 to 59
)

func (p Part) valid() bool {
	return slices.Contains([]Part{Year, Month, Day, YearDay, Weekday, Hour, Minute, Second}, p)
}

func (p Part) ofDay() bool { return p == Hour || p == Minute || p == Second }

// PartsOptions says which parts to make. The zero value makes year, month, day and weekday, and of a timestamp the hour as well.
type PartsOptions struct {
	Parts []Part // each at most once, in the order of the columns; nil is Year, Month, Day, Weekday, Hour
}

// Parts is a features.Fitter that replaces date and timestamp columns by calendar parts. Safe for concurrent use.
type Parts struct{ parts []Part }

// NewParts returns the Parts of o. It returns every bad option as a *dataset.OptionError, joined.
func NewParts(o PartsOptions) (*Parts, error) {
	var errs []error
	for i, p := range o.Parts {
		if !p.valid() || slices.Contains(o.Parts[:i], p) {
			errs = append(errs, &dataset.OptionError{Field: fmt.Sprintf("datetime.PartsOptions.Parts[%d]", i), Value: strconv.Quote(string(p)), Want: "a known part, once"})
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("datetime: new parts: %w", err)
	}
	parts := slices.Clone(o.Parts)
	if len(parts) == 0 {
		parts = []Part{Year, Month, Day, Weekday, Hour}
	}
	return &Parts{parts: parts}, nil
}

// Fit implements features.Fitter. It looks at the schema alone and reads no row. Each column becomes its parts, float64 columns named <column>_<part>, null where it was
// null; a date has no Hour, Minute or Second. Parts of a column with the role of time are features.
//
// Parts are exact to the second for all dates and, of timestamps, from 1684 to 2255; further out a timestamp's number form is rounded, by less than a millisecond within
// 146,000 years of 1970, beyond which the parts are null. It errors with dataset.ErrSchema for a column that is no date or timestamp, and for a date when only Hour, Minute
// or Second are asked for.
func (p *Parts) Fit(ctx context.Context, train dataset.Source) (features.Transformer, error) {
	t, err := p.fit(train.Schema())
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("datetime: fit: %w", err)
	}
	return t, nil
}

func (p *Parts) fit(s *dataset.Schema) (*features.Fitted, error) {
	fields, err := fit.Temporal(s)
	if err != nil {
		return nil, err
	}
	b := plan.NewBuilder(fit.Inputs(fields)...)
	var makes []dataset.Field
	for i, f := range fields {
		op := plan.Op{Kind: plan.OpDateParts, In: plan.Ints{int32(i)}, Micros: f.Type.Class() == dataset.ClassTime}
		for _, part := range p.parts {
			if op.Micros || !part.ofDay() {
				op.Parts = append(op.Parts, plan.Part(part))
			}
		}
		if len(op.Parts) == 0 {
			return nil, &dataset.SchemaError{Column: f.Name, Want: "a timestamp, which has hours, minutes and seconds", Got: "type " + string(f.Type)}
		}
		for k, r := range b.Add(op) {
			m := fit.Made(f, f.Name+"_"+string(op.Parts[k]), f.Nullable)
			if m.Role == dataset.Time {
				m.Role = dataset.Feature
			}
			makes = append(makes, m)
			b.Output(m.Name, r)
		}
	}
	pl, err := b.Build()
	if err != nil {
		return nil, err
	}
	return features.NewFitted(fields, makes, pl)
}
