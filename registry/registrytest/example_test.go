package registrytest_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/tidewheel/tidewheel/registry"
	"github.com/tidewheel/tidewheel/registry/registrytest"
	"github.com/tidewheel/tidewheel/registry/store"
)

func ExampleFaulty() {
	ctx := context.Background()
	s := &registrytest.Faulty{Store: &store.Memory{}, Fault: registrytest.LoseAnswer, Call: 1}
	err := s.PutNew(ctx, "notes/one", []byte("first"))
	fmt.Println(errors.Is(err, registrytest.ErrFault))
	text, err := s.Get(ctx, "notes/one")
	fmt.Println(string(text), err)
	// Output:
	// true
	// first <nil>
}

func ExampleNewBundle() {
	ctx := context.Background()
	b, err := registrytest.NewBundle("demo", 7)
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := registry.Open(ctx, &store.Memory{}, registry.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	v, err := r.Register(ctx, b)
	fmt.Println(v.Ref(), b.Lineage().Commit, err)
	// Output: demo@1 7 <nil>
}
