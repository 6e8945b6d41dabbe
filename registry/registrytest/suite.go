// Package registrytest checks that a back end keeps the promises of registry.Store, and has a store that fails on purpose. It is for those who write a back end, for a
// bucket, a database or a service: call TestStore from a test of the implementation.
//
//	func TestStore(t *testing.T) {
//		registrytest.TestStore(t, registrytest.StoreTraits{}, func(t testing.TB) func() registry.Store {
//			dir := t.TempDir()
//			return func() registry.Store { return mine.Open(dir) }
//		})
//	}
//
// NewBundle makes a small bundle to put into a registry, and Faulty wraps a store so that one of its calls goes wrong.
package registrytest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/tidewheel/tidewheel/registry"
)

// StoreTraits says what the checks ask of the store under test. The zero value is ready to use.
type StoreTraits struct {
	Objects    int // objects in one listing, more than a page where the back end has pages; default 64
	LargeBytes int // size of the largest object that is put; default 8 MiB
	Writers    int // goroutines that write at once; default 8
	Stride     int // a fault strikes every so many calls of a registry's life, one life for each; 1 strikes each call; default 4
}

func (o StoreTraits) resolved() StoreTraits {
	for _, f := range []struct {
		field *int
		value int
	}{{&o.Objects, 64}, {&o.LargeBytes, 8 << 20}, {&o.Writers, 8}, {&o.Stride, 4}} {
		if *f.field <= 0 {
			*f.field = f.value
		}
	}
	return o
}

// TestStore runs every check, each as a subtest. empty makes a new, empty place for objects and returns the function that opens it: each of its calls gives a Store over the
// same objects, as a further process would have it (a store that lives in one value gives that value each time). A store that has a Close method is closed after
// each check. The checks of faults need a place for each call of a registry's life that goes wrong, some 60 in all.
func TestStore(t *testing.T, traits StoreTraits, empty func(t testing.TB) (open func() registry.Store)) {
	t.Helper()
	for _, c := range storeChecks() {
		t.Run(c.name, func(t *testing.T) {
			if err := c.do(t.Context(), traits, func() func() registry.Store { return empty(t) }); err != nil {
				t.Error(err)
			}
		})
	}
}

type storeCheck struct {
	name string
	run  func(ctx context.Context, p *place) error
}

// do runs a check on an empty place.
func (c storeCheck) do(ctx context.Context, traits StoreTraits, empty func() func() registry.Store) error {
	p := &place{traits: traits.resolved(), empty: empty}
	return p.with(func(p *place) error { return c.run(ctx, p) })
}

// with calls f with a new, empty place like p.
func (p *place) with(f func(*place) error) error {
	another := &place{traits: p.traits, empty: p.empty, opener: p.empty()}
	another.Store = another.open()
	return errors.Join(f(another), another.close())
}

// place is the objects of one check. Its Store is open from the start.
type place struct {
	registry.Store
	traits StoreTraits
	empty  func() func() registry.Store // makes a place
	opener func() registry.Store        // of this one
	opened []registry.Store
}

// open opens a further store over the same objects.
func (p *place) open() registry.Store {
	s := p.opener()
	p.opened = append(p.opened, s)
	return s
}

// close closes all that are open.
func (p *place) close() error {
	var errs []error
	for _, s := range p.opened {
		if c, ok := s.(interface{ Close() error }); ok {
			errs = append(errs, c.Close())
		}
	}
	p.opened = nil
	return errors.Join(errs...)
}

func (p *place) putAll(ctx context.Context, keys ...string) error {
	for _, key := range keys {
		if err := p.PutNew(ctx, key, []byte(key)); err != nil {
			return fmt.Errorf("PutNew of %q: %w", key, err)
		}
	}
	return nil
}

// want reports whether err is target.
func want(err, target error, call string) error {
	switch {
	case errors.Is(err, target):
		return nil
	case err == nil:
		return fmt.Errorf("%s: want the error %w, got none", call, target)
	default:
		return fmt.Errorf("%s: want the error %q, got: %w", call, target.Error(), err)
	}
}

func storeChecks() []storeCheck {
	return []storeCheck{
		{"what is put is got back to the byte, empty or with any bytes", readsBack},
		{"a key that is not there is not found, whatever is near it", notFound},
		{"a taken key is refused and keeps its object", taken},
		{"the bytes that were put stay the caller's", keepsNoReference},
		{"the bytes that are got are the caller's", givesCopies},
		{"a list has the whole keys that start with the prefix", listsPrefix},
		{"a list is in the order of bytes", listsInOrder},
		{"a long list is whole", listsAll},
		{"a key that breaks the rules is refused and one at their edge is not", keyRules},
		{"a cancelled context is an error and changes nothing", cancelled},
		{"of writers that collide one wins and the others find its object", oneWinner},
		{"a reader sees an object whole or not at all", neverPartly},
		{"a large object reads back", large},
		{"another who opens the store sees what was put at once", visible},
		{"what was put is there after closing and opening", durable},
		{"a registry lives in it", life},
		{"a registry in it is before or after a call that fails", failingCalls},
		{"a registry in it is not misled by a torn or stale read", badReads},
		{"a torn object in it is never taken for a whole one", tornWrites},
	}
}
