package jsonl_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/jsonl"
)

func ExampleNewSource() {
	text := "{\"name\":\"Ada\",\"age\":36}\n{\"name\":\"Alan\"}\n"
	src, err := jsonl.NewSource(strings.NewReader(text), jsonl.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range src.Schema().Fields() {
		fmt.Println(f.Name, f.Type, f.Nullable)
	}
	// Output:
	// name utf8 false
	// age int64 true
}

func ExampleCreate() {
	type person struct {
		Name string     `ml:"name=name"`
		Born *time.Time `ml:"name=born,type=date32"`
	}
	born := time.Date(1815, 12, 10, 0, 0, 0, 0, time.UTC)
	dir, err := os.MkdirTemp("", "jsonl")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	src, err := dataset.FromStructs([]person{{Name: "Ada", Born: &born}, {Name: "Alan"}}, dataset.StructsOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	path := filepath.Join(dir, "people.jsonl")
	sink, err := jsonl.Create(path, src.Schema(), jsonl.WriteOptions{})
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
	// {"name":"Ada","born":"1815-12-10"}
	// {"name":"Alan","born":null}
	// <nil>
}
