package registrytest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/tidewheel/tidewheel/registry"
)

func readsBack(ctx context.Context, p *place) error {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for key, data := range map[string][]byte{"any": every, "empty": {}, "nil": nil, "deep/er/still": []byte("\r\n"), "one": {0}} {
		if err := p.PutNew(ctx, key, data); err != nil {
			return fmt.Errorf("PutNew of %d bytes: %w", len(data), err)
		}
		if err := holds(ctx, p, key, data); err != nil {
			return err
		}
	}
	return nil
}

// holds reports whether s gives data for key.
func holds(ctx context.Context, s registry.Store, key string, data []byte) error {
	got, err := s.Get(ctx, key)
	if err != nil {
		return fmt.Errorf("Get of %q: %w", key, err)
	}
	if !bytes.Equal(got, data) {
		return fmt.Errorf("Get of %q: want the %d bytes that were put, got %d", key, len(data), len(got))
	}
	return nil
}

func notFound(ctx context.Context, p *place) error {
	look := func(keys ...string) error {
		for _, key := range keys {
			got, err := p.Get(ctx, key)
			if err := want(err, registry.ErrNotFound, "Get of "+key); err != nil {
				return err
			}
			if got != nil {
				return fmt.Errorf("Get of %s: want no bytes beside the error, got %d", key, len(got))
			}
		}
		return nil
	}
	if err := look("a", "a/b"); err != nil {
		return err
	}
	if err := p.putAll(ctx, "a/b/c"); err != nil {
		return err
	}
	return look("a", "a/b", "a/b/c/d", "a/b/cc", "b")
}

func taken(ctx context.Context, p *place) error {
	if err := p.putAll(ctx, "k/one"); err != nil {
		return err
	}
	for _, data := range []string{"another", "k/one", ""} {
		if err := want(p.PutNew(ctx, "k/one", []byte(data)), registry.ErrExists, "PutNew of a key that is there"); err != nil {
			return err
		}
		if err := holds(ctx, p, "k/one", []byte("k/one")); err != nil {
			return err
		}
	}
	return nil
}

func keepsNoReference(ctx context.Context, p *place) error {
	data := []byte("as it was")
	if err := p.PutNew(ctx, "k", data); err != nil {
		return err
	}
	clear(data)
	return holds(ctx, p, "k", []byte("as it was"))
}

func givesCopies(ctx context.Context, p *place) error {
	if err := p.putAll(ctx, "k"); err != nil {
		return err
	}
	got, err := p.Get(ctx, "k")
	if err != nil {
		return err
	}
	clear(got)
	return holds(ctx, p, "k", []byte("k"))
}

// lists reports whether the list of a prefix is keys.
func lists(ctx context.Context, s registry.Store, prefix string, keys ...string) error {
	got, err := s.List(ctx, prefix)
	if err != nil {
		return fmt.Errorf("List of %q: %w", prefix, err)
	}
	if !slices.Equal(got, keys) {
		return fmt.Errorf("List of %q: want %d keys %.300q, got %d keys %.300q", prefix, len(keys), keys, len(got), got)
	}
	return nil
}

func listsPrefix(ctx context.Context, p *place) error {
	if err := lists(ctx, p, ""); err != nil {
		return err
	}
	if err := p.putAll(ctx, "ab/1", "ab/2", "ab/c/3", "abc/4", "b"); err != nil {
		return err
	}
	for prefix, keys := range map[string][]string{
		"": {"ab/1", "ab/2", "ab/c/3", "abc/4", "b"}, "ab/": {"ab/1", "ab/2", "ab/c/3"}, "ab": {"ab/1", "ab/2", "ab/c/3", "abc/4"},
		"ab/c": {"ab/c/3"}, "ab/c/": {"ab/c/3"}, "b": {"b"}, "b/": nil, "c": nil, "ab/1/": nil, "/": nil, "../": nil, "ab//": nil,
	} {
		if err := lists(ctx, p, prefix, keys...); err != nil {
			return err
		}
	}
	return nil
}

func listsInOrder(ctx context.Context, p *place) error {
	keys := []string{"a-b", "a.b", "a/b", "a/b.c", "a0", "a00", "a_b", "k/000000000010", "k/000000000009"}
	if err := p.putAll(ctx, keys...); err != nil {
		return err
	}
	slices.Sort(keys)
	return lists(ctx, p, "", keys...)
}

func listsAll(ctx context.Context, p *place) error {
	keys := make([]string, p.traits.Objects)
	for i := range keys {
		keys[i] = fmt.Sprintf("many/%06d", i)
	}
	if err := p.putAll(ctx, keys...); err != nil {
		return err
	}
	return lists(ctx, p, "many/", keys...)
}

func keyRules(ctx context.Context, p *place) error {
	for _, key := range []string{
		"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", ".a", "a/.b", "a b", `a\b`, "a:b", "a%2fb", "a\x00", "a\n", "ä",
		strings.Repeat("a", 256), strings.Repeat("a/", 256) + "a",
	} {
		if err := p.PutNew(ctx, key, []byte("x")); err == nil {
			return fmt.Errorf("PutNew of the key %.40q: want an error", key)
		}
		if _, err := p.Get(ctx, key); err == nil {
			return fmt.Errorf("Get of the key %.40q: want an error", key)
		}
	}
	if err := lists(ctx, p, ""); err != nil {
		return err
	}
	long := strings.Repeat("a", 255)
	for _, key := range []string{"a", "-", "_", "a..b", "0/1", "A-Z_a-z.0-9", long, "b/" + long + "/" + strings.Repeat("b", 254)} {
		if err := p.PutNew(ctx, key, []byte("x")); err != nil {
			return fmt.Errorf("PutNew of the key %.40q: %w", key, err)
		}
		if err := holds(ctx, p, key, []byte("x")); err != nil {
			return err
		}
	}
	return nil
}

func cancelled(ctx context.Context, p *place) error {
	if err := p.putAll(ctx, "there"); err != nil {
		return err
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if err := want(p.PutNew(ended, "new", nil), context.Canceled, "PutNew"); err != nil {
		return err
	}
	if _, err := p.Get(ended, "there"); !errors.Is(err, context.Canceled) {
		return want(err, context.Canceled, "Get")
	}
	for _, prefix := range []string{"", "there", "none/"} {
		if _, err := p.List(ended, prefix); !errors.Is(err, context.Canceled) {
			return want(err, context.Canceled, "List of "+prefix)
		}
	}
	return lists(ctx, p, "", "there")
}

// oneWinner lets writers, every second one over a store of its own, put other bytes under the same keys.
func oneWinner(ctx context.Context, p *place) error {
	const rounds = 8
	stores := make([]registry.Store, p.traits.Writers)
	for i := range stores {
		stores[i] = p.Store
		if i%2 == 1 {
			stores[i] = p.open()
		}
	}
	for round := range rounds {
		key, wait := fmt.Sprintf("race/%d", round), sync.WaitGroup{}
		results, start := make([]error, len(stores)), make(chan struct{})
		found := make([][]byte, len(stores))
		for i, s := range stores {
			wait.Go(func() {
				<-start
				results[i] = s.PutNew(ctx, key, fmt.Appendf(nil, "%d of %d", i, len(stores)))
				if results[i] == nil || errors.Is(results[i], registry.ErrExists) {
					var err error
					if found[i], err = s.Get(ctx, key); err != nil {
						results[i] = fmt.Errorf("Get after PutNew: %w", err)
					}
				}
			})
		}
		close(start)
		wait.Wait()
		winner := slices.Index(results, nil)
		if winner < 0 {
			return fmt.Errorf("%d writers of one key: want one that succeeds, got none, the first with: %w", len(stores), results[0])
		}
		for i, err := range results {
			if i == winner {
				continue
			}
			if err := want(err, registry.ErrExists, "PutNew of a writer that collides"); err != nil {
				return err
			}
		}
		for i, got := range found {
			if string(got) != fmt.Sprintf("%d of %d", winner, len(stores)) {
				return fmt.Errorf("Get of writer %d: want the bytes of the one that won, got others", i)
			}
		}
	}
	return nil
}

// neverPartly reads while an object is written.
func neverPartly(ctx context.Context, p *place) error {
	const rounds = 6
	data := bytes.Repeat([]byte("0123456789abcdef"), 1<<14)
	for round := range rounds {
		key, done := fmt.Sprintf("whole/%d", round), make(chan error, 1)
		go func() { done <- p.PutNew(ctx, key, data) }()
		var err error
		for writing := true; writing; {
			select {
			case err = <-done:
				writing = false
			default:
			}
			got, readErr := p.Get(ctx, key)
			if readErr == nil && !bytes.Equal(got, data) {
				readErr = fmt.Errorf("Get while PutNew runs: want all or nothing, got %d of %d bytes", len(got), len(data))
			}
			keys, listErr := p.List(ctx, "whole/")
			if len(keys) > round+1 {
				listErr = fmt.Errorf("List while PutNew runs: want at most %d keys, got %d", round+1, len(keys))
			}
			if !writing && errors.Is(readErr, registry.ErrNotFound) {
				return fmt.Errorf("Get after PutNew: %w", readErr)
			}
			if readErr != nil && !errors.Is(readErr, registry.ErrNotFound) || listErr != nil {
				if writing {
					err = <-done
				}
				return errors.Join(readErr, listErr, err)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func large(ctx context.Context, p *place) error {
	data := make([]byte, p.traits.LargeBytes)
	for i := range data {
		data[i] = byte(i * i >> 8)
	}
	if err := p.PutNew(ctx, "large", data); err != nil {
		return err
	}
	return holds(ctx, p, "large", data)
}

func visible(ctx context.Context, p *place) error {
	other := p.open()
	for _, key := range []string{"a/1", "a/2"} {
		if _, err := other.Get(ctx, key); !errors.Is(err, registry.ErrNotFound) {
			return want(err, registry.ErrNotFound, "Get before PutNew")
		}
		if err := p.putAll(ctx, key); err != nil {
			return err
		}
		if err := want(other.PutNew(ctx, key, nil), registry.ErrExists, "PutNew through another"); err != nil {
			return err
		}
		if err := holds(ctx, other, key, []byte(key)); err != nil {
			return err
		}
	}
	return lists(ctx, other, "a/", "a/1", "a/2")
}

func durable(ctx context.Context, p *place) error {
	if err := p.putAll(ctx, "a/1", "b"); err != nil {
		return err
	}
	if err := p.close(); err != nil {
		return fmt.Errorf("Close: %w", err)
	}
	s := p.open()
	for _, key := range []string{"a/1", "b"} {
		if err := holds(ctx, s, key, []byte(key)); err != nil {
			return err
		}
	}
	return lists(ctx, s, "", "a/1", "b")
}

// life lets two registries work over the objects by turns.
func life(ctx context.Context, p *place) error {
	var bundles []*registry.Bundle
	for i := range 2 {
		b, err := NewBundle("life", i)
		if err != nil {
			return err
		}
		bundles = append(bundles, b)
	}
	first, err := registry.Open(ctx, p, registry.Options{})
	if err != nil {
		return err
	}
	second, err := registry.Open(ctx, p.open(), registry.Options{})
	if err != nil {
		return err
	}
	for i, r := range []*registry.Registry{first, second} {
		v, err := r.Register(ctx, bundles[i])
		if err != nil {
			return err
		}
		if v.Number != i+1 {
			return fmt.Errorf("register: want version %d, got %d", i+1, v.Number)
		}
	}
	if err := first.SetAlias(ctx, registry.Move{Model: "life", Alias: "prod", Version: 2}); err != nil {
		return err
	}
	if err := second.Retire(ctx, "life", 1, "replaced"); err != nil {
		return err
	}
	b, err := second.Load(ctx, "life@prod")
	if err != nil {
		return err
	}
	if b.Digest() != bundles[1].Digest() {
		return errors.New("load: want the bundle that the alias is at, got another")
	}
	n, err := first.Verify(ctx)
	if err == nil && n != 4 {
		err = fmt.Errorf("verify: want 4 entries, got %d", n)
	}
	return err
}
