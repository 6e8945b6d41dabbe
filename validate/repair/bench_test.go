package repair_test

import (
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate/repair"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

// BenchmarkApply is of rows of which few are repaired, as in a feed, and of a series that is smoothed.
func BenchmarkApply(b *testing.B) {
	src, err := validatetest.Reference(nil, 1, 200_000)
	if err != nil {
		b.Fatal(err)
	}
	defer src.Close()
	for name, list := range map[string][]repair.Repair{
		"cells": {
			repair.Clip{Column: "amount", Min: 0, Max: 300},
			repair.Impute{Column: "tenure", Value: dataset.NumberValue(24)},
			repair.Trim{Column: "country"},
			repair.Nearest{Column: "channel", Categories: []string{"app", "shop", "web"}},
		},
		"series": {repair.Smooth{Column: "amount"}},
		"rows":   {repair.Dedupe{By: []string{"amount", "credit_limit"}}},
	} {
		b.Run(name, func(b *testing.B) {
			r, err := repair.New(list, repair.Options{})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				out, err := r.Apply(src, new(discard))
				if err != nil {
					b.Fatal(err)
				}
				for _, err := range out.Batches(b.Context()) {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(src.NumRows())*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
