package check

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
)

// Freshness wants the latest date or time of a column to be at most MaxAge ago. A column without one is not fresh.
type Freshness struct {
	Column string           // a column of dates (their midnight in UTC) or timestamps (naive ones are UTC)
	MaxAge time.Duration    // above 0
	Clock  func() time.Time // what now is when Run starts; required
}

func (c Freshness) plan() (plan, error) {
	err := errors.Join(named("Freshness.Column", c.Column), clock("Freshness.Clock", c.Clock))
	if c.MaxAge <= 0 {
		err = errors.Join(err, option("Freshness.MaxAge", c.MaxAge.String(), "above 0"))
	}
	return plan{
		rule: "freshness", needs: needs(moment, c.Column), want: "a time of the last " + c.MaxAge.String(), got: "only earlier ones", whole: true,
		prepare: atStart(func() func() part {
			oldest := float64(c.Clock().Add(-c.MaxAge).UnixMicro())
			return func() part { return &latest{at: math.Inf(-1), oldest: oldest} }
		}),
	}, err
}

// NotFuture wants no date or time after now.
type NotFuture struct {
	Column string           // a column of dates (their midnight in UTC) or timestamps (naive ones are UTC)
	Clock  func() time.Time // what now is when Run starts; required
}

func (c NotFuture) plan() (plan, error) {
	return plan{
		rule: "not_future", needs: needs(moment, c.Column), want: "a time that has come", got: "a later one",
		prepare: atStart(func() func() part {
			now := float64(c.Clock().UnixMicro())
			return rows(func(v *view) error {
				x, unit, err := v.moments(0)
				for i := range x {
					if x[i]*unit > now {
						v.bad(i)
					}
				}
				return err
			})
		}),
	}, errors.Join(named("NotFuture.Column", c.Column), clock("NotFuture.Clock", c.Clock))
}

func clock(field string, c func() time.Time) error {
	if c == nil {
		return option(field, "nil", "a clock, such as time.Now")
	}
	return nil
}

// atStart makes the state of a check when Run starts.
func atStart(begin func() func() part) func(context.Context, dataset.RunOptions) (func() part, error) {
	return func(context.Context, dataset.RunOptions) (func() part, error) { return begin(), nil }
}

// latest is the latest time of a column in µs.
type latest struct{ at, oldest float64 }

func (l *latest) observe(v *view) error {
	x, unit, err := v.moments(0)
	for _, n := range x {
		if t := n * unit; t > l.at {
			l.at = t
		}
	}
	return err
}

func (l *latest) merge(next part, _ int64, _ *rowset) { l.at = max(l.at, as[*latest](next).at) }

func (l *latest) finish(*rowset) bool { return l.at < l.oldest }
