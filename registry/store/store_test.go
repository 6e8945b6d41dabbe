package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/registry"
	"github.com/tidewheel/tidewheel/registry/registrytest"
	"github.com/tidewheel/tidewheel/registry/store"
)

func TestMemory(t *testing.T) {
	registrytest.TestStore(t, registrytest.StoreTraits{Stride: 8}, func(testing.TB) func() registry.Store {
		s := new(store.Memory)
		return func() registry.Store { return s }
	})
}

func TestDirectory(t *testing.T) {
	traits := registrytest.StoreTraits{Stride: 8} // a directory waits for the disk
	registrytest.TestStore(t, traits, func(t testing.TB) func() registry.Store {
		t.Helper()
		dir := t.TempDir()
		return func() registry.Store {
			s, err := store.OpenDirectory(dir)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
	})
}

func TestOpenDirectoryMakesTheFolderOrSaysWhyNot(t *testing.T) {
	dir := t.TempDir()
	s, err := store.OpenDirectory(filepath.Join(dir, "a", "b", "c"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.PutNew(t.Context(), "k", nil), s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "a", "b", "c", "k")); err != nil || !info.Mode().IsRegular() {
		t.Errorf("the object is no file: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"file", "file/below"} {
		if _, err := store.OpenDirectory(filepath.Join(dir, at)); err == nil {
			t.Errorf("%s: want an error", at)
		}
	}
	if _, err := s.Get(t.Context(), "k"); err == nil || errors.Is(err, registry.ErrNotFound) {
		t.Errorf("a closed store gives %v", err)
	}
	if err := s.PutNew(t.Context(), "l", nil); err == nil {
		t.Error("a closed store takes an object")
	}
}

func TestObjectsBeyondTheLimitAreRefused(t *testing.T) {
	dir := t.TempDir()
	s, err := store.OpenDirectory(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f, err := os.Create(filepath.Join(dir, "large"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(store.MaxObjectBytes+1), f.Close()); err != nil { // takes no place on the disk
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), "large"); !errors.Is(err, dataset.ErrLimit) {
		t.Errorf("got %v", err)
	}
}

// What a killed writer leaves is no object, and goes when the host says so; a file that is written now stays.
func TestCleanRemovesWhatKilledWritersLeft(t *testing.T) {
	dir := t.TempDir()
	s, err := store.OpenDirectory(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx := t.Context()
	if err := s.PutNew(ctx, "a/object", []byte("x")); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for name, age := range map[string]time.Duration{"a/.new-old": 2 * time.Hour, ".new-old": 3 * time.Hour, "a/.new-living": 0} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.WriteFile(path, []byte("half"), 0o600), os.Chtimes(path, now.Add(-age), now.Add(-age))); err != nil {
			t.Fatal(err)
		}
	}
	if keys, err := s.List(ctx, ""); err != nil || len(keys) != 1 {
		t.Errorf("got %q, %v", keys, err)
	}
	if n, err := s.Clean(ctx, now.Add(-time.Hour)); n != 2 || err != nil {
		t.Errorf("want 2 files removed, got %d, %v", n, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "a", ".new-living")); err != nil {
		t.Errorf("a file in writing is gone: %v", err)
	}
	if text, err := s.Get(ctx, "a/object"); string(text) != "x" || err != nil {
		t.Errorf("the object: %v", err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := s.Clean(ended, now); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

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
	// store: put: notes/one: already there
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
