package csv_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
)

func BenchmarkSource(b *testing.B) {
	var text strings.Builder
	text.WriteString("id,x,y,when,name,flag\n")
	for i := range 20_000 {
		fmt.Fprintf(&text, "%d,%d.%d,%g,2024-01-01 00:00:%02d,name %d,%t\n", i, i, i%1000, float64(i)/7, i%60, i%100, i%2 == 0)
	}
	inferred, err := csv.NewSource(strings.NewReader(text.String()), csv.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for name, o := range map[string]csv.Options{"given schema": {Schema: inferred.Schema()}, "inferred": {}} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(text.Len()))
			b.ReportAllocs()
			for b.Loop() {
				src, err := csv.NewSource(strings.NewReader(text.String()), o)
				if err != nil {
					b.Fatal(err)
				}
				drain(b, src)
			}
		})
	}
}

func drain(b *testing.B, src dataset.Source) {
	b.Helper()
	for _, err := range src.Batches(b.Context()) {
		if err != nil {
			b.Fatal(err)
		}
	}
}
