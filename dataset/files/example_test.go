package files_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/dataset/files"
)

func ExampleGlob() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	for day, text := range map[string]string{"day=1": "id,price\n1,2.5\n2,3\n", "day=2": "id,price\n3,1.5\n"} {
		_ = os.Mkdir(filepath.Join(dir, day), 0o700)
		_ = os.WriteFile(filepath.Join(dir, day, "sales.csv"), []byte(text), 0o600)
	}
	src, err := files.Glob(filepath.Join(dir, "day=*", "*.csv"), func(path string) (dataset.Source, error) {
		return csv.Open(path, csv.Options{Types: map[string]dataset.Type{"price": dataset.Float64}})
	}, files.Options{Partitions: []dataset.Field{{Name: "day", Type: dataset.Int32}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	type sale struct {
		ID    int64   `ml:"name=id"`
		Price float64 `ml:"name=price"`
		Day   int32   `ml:"name=day"`
	}
	for s, err := range dataset.Rows[sale](context.Background(), src) {
		fmt.Println(s.ID, s.Price, s.Day, err)
	}
	// Output:
	// 1 2.5 1 <nil>
	// 2 3 1 <nil>
	// 3 1.5 2 <nil>
}

func ExampleDir() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	_ = os.WriteFile(filepath.Join(dir, "b.csv"), []byte("id\n2\n"), 0o600)
	_ = os.WriteFile(filepath.Join(dir, "a.csv"), []byte("id\n1\n"), 0o600)
	src, err := files.Dir(dir, func(path string) (dataset.Source, error) { return csv.Open(path, csv.Options{}) }, files.Options{NameColumn: "file"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(src.Names(), src.Schema().Names())
	// Output: [a.csv b.csv] [id file]
}
