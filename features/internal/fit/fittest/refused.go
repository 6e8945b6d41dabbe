package fittest

import "github.com/tidewheel/tidewheel/features/featurestest"

// Refused is a call of a constructor that must refuse the fields of options, which is "scale.MinMaxOptions".
func Refused(options string, construct func() error, fields ...string) featurestest.Refusal {
	r := featurestest.Refusal{New: construct}
	for _, f := range fields {
		r.Fields = append(r.Fields, options+"."+f)
	}
	return r
}
