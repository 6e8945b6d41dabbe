// Package datetime takes dates and timestamps apart into calendar parts.
//
//	parts, err := datetime.NewParts(datetime.PartsOptions{Parts: []datetime.Part{datetime.Month, datetime.Weekday}})
//	step := features.Step{Columns: features.Temporal(), Fitter: parts}
//
// makes of the column departure the columns departure_month and departure_weekday. Parts are those of the proleptic Gregorian calendar in UTC; a naive timestamp is
// taken as its wall clock reads. Everything becomes the plan operation date_parts, so one row at serving time is taken apart as a batch is.
package datetime
