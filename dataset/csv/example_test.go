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

func ExampleDetect() {
	dir, err := os.MkdirTemp("", "csv")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "prices.txt")
	if err := os.WriteFile(path, []byte("article;price;sold\npen;1.250,50;?\nink;9,90;7\n"), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	dialect, err := csv.Detect(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(dialect)
	src, err := csv.Open(path, dialect.Options(csv.Options{}))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range src.Report().Columns {
		fmt.Printf("%s is %s, %d nulls: %s\n", c.Name, c.Type, c.Nulls, c.Why())
	}
	// Output:
	// encoding UTF-8: all characters are valid
	// delimiter ';': 3 of 3 records have 3 cells, 33 % of them values
	// quote '"': 0 cells stand in it
	// numbers: a decimal comma and thousands apart by '.' make 2 columns numbers, the most
	// null token "?": without it column 3 has only values
	// header: the cells of the first record are texts, none empty, no two the same
	// article is utf8, 0 nulls: utf8 from line 2
	// price is float64, 0 nulls: float64 from line 2
	// sold is int64, 1 nulls: int64 from line 3
}
