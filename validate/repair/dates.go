package repair

import (
	"errors"
	"strings"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// Dates writes texts that are dates or times in other layouts as tidewheel reads them: 2006-01-02, and times as 2006-01-02T15:04:05.999999, with a Z in UTC when As
// has a zone. A text that is such a date already stays; so does one that no layout reads, and one that two layouts read differently, such as 01/02/2026 where
// both orders are listed.
type Dates struct {
	Column  string       // a text column
	Layouts []string     // one or more, of package time, with day, month and all four digits of the year; for a type with a zone also the offset
	As      dataset.Type // Date32, Timestamp, or a timestamp with a zone; "" is Date32
}

func (r Dates) plan() (plan, error) {
	if r.As == "" {
		r.As = dataset.Date32
	}
	err := named("Dates.Column", r.Column)
	if class := r.As.Class(); class != dataset.ClassDate && class != dataset.ClassTime {
		return plan{}, errors.Join(err, option("Dates.As", string(r.As), "a type of dates or times"))
	}
	if len(r.Layouts) == 0 {
		err = errors.Join(err, option("Dates.Layouts", "none", "one or more"))
	}
	for _, layout := range r.Layouts {
		if want := r.want(layout); want != "" {
			err = errors.Join(err, option("Dates.Layouts", layout, want))
		}
	}
	field := dataset.Field{Name: r.Column, Type: r.As}
	return texts("dates", r.Column, func(s string) string {
		if _, v := validate.ParseCell(field, s); v.Severity != validate.Refused {
			return s
		}
		if to, ok := r.read(strings.TrimFunc(s, blank)); ok {
			return to
		}
		return s
	}), err
}

// want says what a layout lacks, nothing when it is good: it must read back what it writes.
func (r Dates) want(layout string) string {
	zone := time.FixedZone("", -int(90*time.Minute/time.Second))
	for _, at := range []time.Time{
		time.Date(1931, 2, 11, 0, 0, 0, 0, time.UTC), time.Date(2068, 12, 3, 0, 0, 0, 0, time.UTC), time.Date(2004, 10, 25, 0, 0, 0, 0, zone),
	} {
		back, err := time.Parse(layout, at.Format(layout))
		if err != nil || back.Format(time.DateOnly) != at.Format(time.DateOnly) {
			return "a layout with day, month and four digits of the year"
		}
		_, offset := back.Zone()
		if _, wanted := at.Zone(); r.zoned() && offset != wanted {
			return "a layout with an offset"
		}
	}
	return ""
}

func (r Dates) zoned() bool { return r.As.Class() == dataset.ClassTime && r.As != dataset.Timestamp }

// read returns the text of the one date that the layouts read in s.
func (r Dates) read(s string) (string, bool) {
	found := ""
	for _, layout := range r.Layouts {
		at, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		text, ok := r.write(at)
		if !ok || found != "" && found != text {
			return "", false
		}
		found = text
	}
	return found, found != ""
}

func (r Dates) write(at time.Time) (string, bool) {
	switch {
	case at.Year() < 0 || at.Year() > 9999 || at.Nanosecond()%1000 != 0:
		return "", false
	case r.As.Class() == dataset.ClassDate:
		return at.Format(time.DateOnly), at.Hour() == 0 && at.Minute() == 0 && at.Second() == 0 && at.Nanosecond() == 0
	case r.zoned():
		at = at.UTC()
		return at.Format("2006-01-02T15:04:05.999999Z"), at.Year() >= 0 && at.Year() <= 9999
	default:
		return at.Format("2006-01-02T15:04:05.999999"), true
	}
}
