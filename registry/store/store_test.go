package store_test

import (
	"context"
	"fmt"
	"os"

	"github.com/tidewheel/tidewheel/registry/store"
)

func ExampleOpenDirectory() {
	dir, err := os.MkdirTemp("", "registry")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	s, err := store.OpenDirectory(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = s.Close() }()
	ctx := context.Background()
	fmt.Println(s.PutNew(ctx, "notes/one", []byte("first")))
	fmt.Println(s.PutNew(ctx, "notes/one", []byte("second")))
	text, err := s.Get(ctx, "notes/one")
	fmt.Println(string(text), err)
	// Output:
	// <nil>
	// store: notes/one: already there
	// first <nil>
}

func ExampleMemory() {
	var s store.Memory
	ctx := context.Background()
	if err := s.PutNew(ctx, "notes/two", nil); err != nil {
		fmt.Println(err)
	}
	fmt.Println(s.List(ctx, "notes/"))
	// Output: [notes/two] <nil>
}
