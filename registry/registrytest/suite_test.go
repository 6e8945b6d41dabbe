package registrytest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/registry"
	"github.com/tidewheel/tidewheel/registry/store"
)

func memory(testing.TB) func() registry.Store {
	s := &store.Memory{}
	return func() registry.Store { return s }
}

func TestStores(t *testing.T) {
	t.Run("memory", func(t *testing.T) { TestStore(t, StoreTraits{Stride: 1}, memory) })
	t.Run("faulty without a fault", func(t *testing.T) {
		TestStore(t, StoreTraits{}, func(testing.TB) func() registry.Store {
			s := &Faulty{Store: &store.Memory{}}
			return func() registry.Store { return s }
		})
	})
}

// loose is a store without a rule: it takes every key, replaces objects, and keeps and gives its own bytes.
type loose struct {
	mu      sync.Mutex
	objects map[string][]byte
}

func (l *loose) Get(_ context.Context, key string) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if data, ok := l.objects[key]; ok {
		return data, nil
	}
	return nil, registry.ErrNotFound
}

func (l *loose) PutNew(_ context.Context, key string, data []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.objects == nil {
		l.objects = make(map[string][]byte)
	}
	l.objects[key] = data
	return nil
}

func (l *loose) List(_ context.Context, prefix string) ([]string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for key := range l.objects {
		if strings.HasPrefix(key, prefix) {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out, nil
}

// planted is a store with a bug in one of its methods, or in its Close.
type planted struct {
	registry.Store
	get   func(ctx context.Context, key string) ([]byte, error)
	put   func(ctx context.Context, key string, data []byte) error
	list  func(ctx context.Context, prefix string) ([]string, error)
	close func()
}

func (p *planted) Get(ctx context.Context, key string) ([]byte, error) {
	if p.get != nil {
		return p.get(ctx, key)
	}
	return p.Store.Get(ctx, key)
}

func (p *planted) PutNew(ctx context.Context, key string, data []byte) error {
	if p.put != nil {
		return p.put(ctx, key, data)
	}
	return p.Store.PutNew(ctx, key, data)
}

func (p *planted) List(ctx context.Context, prefix string) ([]string, error) {
	if p.list != nil {
		return p.list(ctx, prefix)
	}
	return p.Store.List(ctx, prefix)
}

func (p *planted) Close() error {
	if p.close != nil {
		p.close()
	}
	return nil
}

// once makes places that are opened as one value.
func once(plant func(p *planted)) func() func() registry.Store {
	return func() func() registry.Store {
		p := &planted{Store: &store.Memory{}}
		plant(p)
		return func() registry.Store { return p }
	}
}

func bugs() map[string]func() func() registry.Store {
	return map[string]func() func() registry.Store{
		"what is put is got back to the byte, empty or with any bytes": once(func(p *planted) {
			p.get = func(ctx context.Context, key string) ([]byte, error) { // an empty object is taken for none
				data, err := p.Store.Get(ctx, key)
				if err == nil && len(data) == 0 {
					err = registry.ErrNotFound
				}
				return data, err
			}
		}),
		"a key that is not there is not found, whatever is near it": once(func(p *planted) {
			p.get = func(ctx context.Context, key string) ([]byte, error) { // a folder reads as an empty object
				if keys, err := p.List(ctx, key+"/"); err == nil && len(keys) > 0 {
					return nil, nil
				}
				return p.Store.Get(ctx, key)
			}
		}),
		"a taken key is refused and keeps its object": once(func(p *planted) {
			p.put = func(ctx context.Context, key string, data []byte) error { // the same bytes again are well
				if old, err := p.Store.Get(ctx, key); err == nil && bytes.Equal(old, data) {
					return nil
				}
				return p.Store.PutNew(ctx, key, data)
			}
		}),
		"the bytes that were put stay the caller's": once(func(p *planted) { p.Store = &loose{} }),
		"the bytes that are got are the caller's": once(func(p *planted) {
			inner := &loose{}
			p.Store = inner
			p.put = func(ctx context.Context, key string, data []byte) error {
				return inner.PutNew(ctx, key, bytes.Clone(data))
			}
		}),
		"a list has the whole keys that start with the prefix": once(func(p *planted) {
			p.list = func(ctx context.Context, prefix string) ([]string, error) { // a prefix is taken for a folder
				return p.Store.List(ctx, strings.TrimSuffix(prefix, "/")+"/")
			}
		}),
		"a list is in the order of bytes": once(func(p *planted) {
			p.list = func(ctx context.Context, prefix string) ([]string, error) { // the order of a walk over folders
				keys, err := p.Store.List(ctx, prefix)
				slices.SortFunc(keys, func(a, b string) int { return slices.Compare(strings.Split(a, "/"), strings.Split(b, "/")) })
				return keys, err
			}
		}),
		"a long list is whole": once(func(p *planted) {
			p.list = func(ctx context.Context, prefix string) ([]string, error) { // the first page only
				keys, err := p.Store.List(ctx, prefix)
				return keys[:min(len(keys), 50)], err
			}
		}),
		"a key that breaks the rules is refused and one at their edge is not": once(func(p *planted) { p.Store = &loose{} }),
		"a cancelled context is an error and changes nothing": once(func(p *planted) {
			p.put = func(ctx context.Context, key string, data []byte) error { // it says so and puts all the same
				return errors.Join(p.Store.PutNew(context.WithoutCancel(ctx), key, data), ctx.Err())
			}
		}),
		"of writers that collide one wins and the others find its object": once(func(p *planted) {
			inner := &loose{}
			p.Store = inner
			p.put = func(ctx context.Context, key string, data []byte) error { // looks first and puts later
				if _, err := inner.Get(ctx, key); err == nil {
					return registry.ErrExists
				}
				time.Sleep(time.Millisecond)
				return inner.PutNew(ctx, key, data)
			}
		}),
		"a reader sees an object whole or not at all": once(func(p *planted) {
			inner := &loose{}
			p.Store = inner
			p.put = func(ctx context.Context, key string, data []byte) error { // puts the object in two steps
				err := inner.PutNew(ctx, key, data[:len(data)/2])
				time.Sleep(5 * time.Millisecond)
				return errors.Join(err, inner.PutNew(ctx, key, data))
			}
		}),
		"a large object reads back": once(func(p *planted) {
			p.put = func(ctx context.Context, key string, data []byte) error {
				return p.Store.PutNew(ctx, key, data[:min(len(data), 1<<20)])
			}
		}),
		"another who opens the store sees what was put at once": caching,
		"what was put is there after closing and opening": once(func(p *planted) {
			p.close = func() { p.Store = &store.Memory{} } // what was put was never written
		}),
		"a registry lives in it": once(func(p *planted) {
			p.get = func(ctx context.Context, key string) ([]byte, error) { // bundles pass through a text filter
				data, err := p.Store.Get(ctx, key)
				if strings.HasSuffix(key, ".tide") {
					data = bytes.ToValidUTF8(data, []byte("?"))
				}
				return data, err
			}
		}),
		"a registry in it is before or after a call that fails": once(func(p *planted) {
			last := ""
			p.put = func(ctx context.Context, key string, data []byte) error {
				if key == last {
					return errors.New("duplicate request") // which a second try after a lost answer is
				}
				last = key
				return p.Store.PutNew(ctx, key, data)
			}
		}),
		"a registry in it is not misled by a torn or stale read": once(func(p *planted) { p.Store = &loose{} }), // writes over what was not seen
		"a torn object in it is never taken for a whole one":     once(func(p *planted) { p.Store = &loose{} }), // puts the whole one in its place
	}
}

// caching is a place whose stores remember for ever that a key was not there.
func caching() func() registry.Store {
	shared := &store.Memory{}
	return func() registry.Store {
		var missing sync.Map
		return &planted{Store: shared, get: func(ctx context.Context, key string) ([]byte, error) {
			if _, ok := missing.Load(key); ok {
				return nil, registry.ErrNotFound
			}
			data, err := shared.Get(ctx, key)
			if err != nil {
				missing.Store(key, true)
			}
			return data, err
		}}
	}
}

func TestEachPlantedBugFailsItsCheck(t *testing.T) {
	all := bugs()
	for _, c := range storeChecks() {
		t.Run(c.name, func(t *testing.T) {
			open, ok := all[c.name]
			if !ok {
				t.Fatal("no bug is planted")
			}
			err := c.do(t.Context(), StoreTraits{Stride: 1}, open)
			if err == nil {
				t.Fatal("the bug passes")
			}
			t.Log(err)
		})
	}
	if len(all) != len(storeChecks()) {
		t.Errorf("want a bug for each of %d checks, got %d", len(storeChecks()), len(all))
	}
}
