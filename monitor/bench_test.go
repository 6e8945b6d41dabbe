package monitor_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/monitor"
)

// benchmarkRows are rows of 23 numbers and 5 texts, as in the peers' measurement.
func benchmarkRows(b *testing.B) (*monitor.Monitor, []dataset.Row) {
	var f []dataset.Field
	for i := range 23 {
		f = append(f, dataset.Field{Name: fmt.Sprintf("x%d", i), Type: dataset.Float64})
	}
	for i := range 5 {
		f = append(f, dataset.Field{Name: fmt.Sprintf("c%d", i), Type: dataset.Utf8})
	}
	s := schemaOf(b, f...)
	rng := rand.New(rand.NewPCG(1, 1))
	draw := func(_ int, row dataset.Row) {
		for j := range 23 {
			row.Values[j] = dataset.NumberValue(rng.NormFloat64())
		}
		for j := range 5 {
			row.Values[23+j] = dataset.TextValue(categoryNames[rng.IntN(20)])
		}
	}
	m := newMonitor(b, profileOf(b, s, 10_000, draw), monitor.Options{})
	rows := make([]dataset.Row, 1024)
	for i := range rows {
		rows[i] = dataset.NewRow(s)
		draw(i, rows[i])
	}
	return m, rows
}

func BenchmarkObserve(b *testing.B) {
	m, rows := benchmarkRows(b)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		m.Observe(rows[i&1023], none)
		i++
	}
}

func BenchmarkObserveParallel(b *testing.B) {
	m, rows := benchmarkRows(b)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			m.Observe(rows[i&1023], none)
		}
	})
}

func BenchmarkRoll(b *testing.B) {
	m, rows := benchmarkRows(b)
	b.ReportAllocs()
	for b.Loop() {
		m.Observe(rows[0], none)
		m.Roll()
	}
}
