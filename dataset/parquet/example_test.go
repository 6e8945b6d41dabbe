package parquet_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/parquet"
)

func ExampleOpen() {
	type flight struct {
		Carrier string `ml:"name=carrier"`
		Delay   *int32 `ml:"name=delay,unit=minute"`
	}
	dir, err := os.MkdirTemp("", "parquet")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path, late := filepath.Join(dir, "flights.parquet"), int32(15)
	rows, err := dataset.FromStructs([]flight{{Carrier: "UA", Delay: &late}, {Carrier: "B6"}}, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	sink, err := parquet.Create(path, rows.Schema(), parquet.WriteOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sink.Close()
	if _, err := dataset.Copy(context.Background(), sink, rows); err != nil {
		fmt.Println(err)
		return
	}
	src, err := parquet.Open(path, parquet.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	delay, _ := src.Schema().Lookup("delay")
	fmt.Println(src.NumRows(), delay.Type, delay.Unit)
	// Output: 2 int32 minute
}

func ExampleSource_Scan() {
	type row struct {
		At time.Time `ml:"name=at"`
		X  float64   `ml:"name=x"`
	}
	dir, err := os.MkdirTemp("", "parquet")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "rows.parquet")
	rows, err := dataset.FromStructs([]row{{X: 1}, {X: 2}, {X: 3}}, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	sink, err := parquet.Create(path, rows.Schema(), parquet.WriteOptions{Compression: parquet.Snappy})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sink.Close()
	if _, err := dataset.Copy(context.Background(), sink, rows); err != nil {
		fmt.Println(err)
		return
	}
	src, err := parquet.Open(path, parquet.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	view, err := src.Scan(context.Background(), dataset.ScanOptions{
		Columns: []string{"x"}, Filter: []dataset.Predicate{{Column: "x", Operator: dataset.Greater, Value: dataset.NumberValue(1)}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for b, err := range view.Batches(context.Background()) {
		fmt.Println(b.Column(0), err)
	}
	// Output: [2 3] <nil>
}

// A column of structs is read as it is, or as a column for each of its fields.
func ExampleOptions_flatten() {
	dir, err := os.MkdirTemp("", "parquet")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "visits.parquet")
	s, err := dataset.NewSchema(dataset.Field{Name: "place", Type: "struct<city:utf8,at:list<float64>>", Nullable: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	rows := array.NewRecordBuilder(memory.DefaultAllocator, s.Arrow())
	defer rows.Release()
	for _, line := range []string{`{"place":{"city":"Bern","at":[46.9,7.4]}}`, `{"place":null}`} {
		if err := rows.UnmarshalJSON([]byte(line)); err != nil {
			fmt.Println(err)
			return
		}
	}
	b, err := dataset.FromRecord(rows.NewRecord(), s)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer b.Release()
	sink, err := parquet.Create(path, s, parquet.WriteOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sink.Close()
	if err := errors.Join(sink.Write(context.Background(), b), sink.Commit(context.Background())); err != nil {
		fmt.Println(err)
		return
	}
	src, err := parquet.Open(path, parquet.Options{Flatten: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	for b, err := range src.Batches(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		for i, name := range b.Schema().Names() {
			fmt.Println(name, b.Column(i))
		}
	}
	// Output:
	// place.city ["Bern" (null)]
	// place.at [[46.9 7.4] (null)]
}
