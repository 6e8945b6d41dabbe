package dataset_test

import (
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
)

func BenchmarkRowReader(b *testing.B) {
	rows := payments()
	s, err := dataset.SchemaOf[payment]()
	if err != nil {
		b.Fatal(err)
	}
	r, err := dataset.NewRowReader[payment](s)
	if err != nil {
		b.Fatal(err)
	}
	row := dataset.NewRow(s)
	b.ReportAllocs()
	for b.Loop() {
		r.Read(&rows[0], row)
	}
}

func BenchmarkTake(b *testing.B) {
	batch := batchOf(b, runRows(dataset.ChunkRows))
	rows := make([]int32, 0, dataset.ChunkRows/2)
	for i := 0; i < dataset.ChunkRows; i += 2 {
		rows = append(rows, int32(i))
	}
	b.ReportAllocs()
	for b.Loop() {
		got, err := dataset.Take(nil, batch, rows)
		if err != nil {
			b.Fatal(err)
		}
		got.Release()
	}
}
