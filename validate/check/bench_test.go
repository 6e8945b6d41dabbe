package check_test

import (
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate/check"
)

// BenchmarkRun checks 135,537 rows by cells, by pairs of columns and by keys.
func BenchmarkRun(b *testing.B) {
	src, err := dataset.FromStructs(clean(), dataset.StructsOptions{})
	if err != nil {
		b.Fatal(err)
	}
	cached, err := dataset.Cache(b.Context(), src)
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := cached.Close(); err != nil {
			b.Error(err)
		}
	}()
	for name, checks := range map[string][]check.Check{
		"cells": {
			check.NotNull{Column: "Score"},
			check.Between{Column: "Score", Max: 100},
			check.Finite{Column: "Score"},
			check.Whole{Column: "Seq"},
			check.InSet{Column: "Text", Texts: []string{"red", "green"}},
			check.Length{Column: "Other", Min: 1, Max: 10},
			check.Increasing{Column: "Seq"},
		},
		"pairs":   {check.Compare{Left: "id", Operator: dataset.LessEqual, Right: "Seq"}, check.Compare{Left: "Text", Operator: dataset.NotEqual, Right: "Other", Texts: true}},
		"pattern": {check.Matches{Column: "Other", Pattern: "[a-z]{3,5}"}},
		"keys":    {check.Unique{Columns: []string{"id"}}},
	} {
		b.Run(name, func(b *testing.B) {
			c, err := check.New(checks, check.Options{Workers: 1})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Run(b.Context(), cached); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(events)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
}
