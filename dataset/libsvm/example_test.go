package libsvm_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/libsvm"
)

func ExampleNewSource() {
	src, err := libsvm.NewSource(strings.NewReader("1 qid:7 1:0.5 3:2\n0 qid:7 2:1 # from the archive\n"), libsvm.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range src.Schema().Fields() {
		fmt.Printf("%s %s %q\n", f.Name, f.Type, f.Role)
	}
	for b, err := range src.Batches(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(b.Column(4))
	}
	// Output:
	// label int64 "target"
	// qid int64 "group"
	// f1 float64 ""
	// f2 float64 ""
	// f3 float64 ""
	// [2 0]
}

func ExampleCreate() {
	type row struct {
		Height float64 `ml:"name=height"`
		Weight float64 `ml:"name=weight"`
		Ill    bool    `ml:"name=ill,role=target"`
	}
	dir, err := os.MkdirTemp("", "libsvm")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	src, err := dataset.FromStructs([]row{{1.8, 80, false}, {1.6, 0, true}}, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	path := filepath.Join(dir, "people.libsvm")
	sink, err := libsvm.Create(path, src.Schema(), libsvm.WriteOptions{})
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
	// 0 1:1.8 2:80.0
	// 1 1:1.6
	// <nil>
}
