package csv_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
)

func ExampleNewSource() {
	src, err := csv.NewSource(strings.NewReader("name,age\nAda,36\nAlan,\n"), csv.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range src.Schema().Fields() {
		fmt.Println(f.Name, f.Type, f.Nullable)
	}
	for b, err := range src.Batches(context.Background()) {
		fmt.Println(b.NumRows(), "rows", err)
	}
	// Output:
	// name utf8 false
	// age int64 true
	// 2 rows <nil>
}

func ExampleCreate() {
	type person struct {
		Name string `ml:"name=name"`
		Age  *int32 `ml:"name=age"`
	}
	dir, err := os.MkdirTemp("", "csv")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	src, err := dataset.FromStructs([]person{{Name: "Lovelace, Ada"}}, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	path := filepath.Join(dir, "people.csv")
	sink, err := csv.Create(path, src.Schema(), csv.WriteOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sink.Close()
	if _, err := dataset.Copy(context.Background(), sink, src); err != nil {
		fmt.Println(err)
		return
	}
	text, err := os.ReadFile(path)
	fmt.Print(string(text), err)
	// Output:
	// name,age
	// "Lovelace, Ada",
	// <nil>
}
