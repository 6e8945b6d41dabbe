package ipc_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/ipc"
)

func ExampleOpen() {
	src, err := ipc.Open(filepath.Join("testdata", "types.arrow"), ipc.Options{Columns: []string{"s", "tutc"}}) // as pyarrow wrote it
	if err != nil {
		fmt.Println(err)
		return
	}
	rows := 0
	for b, err := range src.Batches(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		rows += b.NumRows()
	}
	for _, f := range src.Schema().Fields() {
		fmt.Println(f.Name, f.Type)
	}
	fmt.Println(rows, "rows")
	// Output:
	// s utf8
	// tutc timestamp[us,UTC]
	// 4 rows
}

func ExampleCreate() {
	type Payment struct {
		Amount float64 `ml:"unit=EUR,min=0"`
		Note   *string
	}
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	ctx, path := context.Background(), filepath.Join(dir, "payments.arrow")
	src, err := dataset.FromStructs([]Payment{{Amount: 1.5}, {Amount: 2}}, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	sink, err := ipc.Create(path, src.Schema(), ipc.WriteOptions{Compression: ipc.Zstd})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sink.Close()
	rows, err := dataset.Copy(ctx, sink, src)
	if err != nil {
		fmt.Println(err)
		return
	}
	back, err := ipc.Open(path, ipc.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	amount, _ := back.Schema().Lookup("Amount")
	fmt.Println(rows, amount.Unit, *amount.Min)
	// Output: 2 EUR 0
}
