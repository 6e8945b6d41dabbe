// Package store has the back ends of a registry: a directory of the local file system, and memory.
//
// Callers open one and pass it to registry.Open. Implementers of another back end write registry.Store and run registrytest.TestStore.
package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/registry"
)

// MaxObjectBytes is the largest object that Get returns.
const MaxObjectBytes = registry.MaxBundleBytes + 64<<20

// Directory keeps objects as files below one directory. It is safe for concurrent use by any number of processes on a file system with hard links. No key reaches
// outside the directory: paths are resolved through os.Root.
type Directory struct{ root *os.Root }

// OpenDirectory opens the store of a directory, which is made when it is not there. Close it when done.
func OpenDirectory(dir string) (*Directory, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("store: open directory: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("store: open directory: %w", err)
	}
	return &Directory{root: root}, nil
}

// Close gives the directory back. It is idempotent.
func (d *Directory) Close() error { return d.root.Close() }

// Get implements registry.Store.
func (d *Directory) Get(ctx context.Context, key string) ([]byte, error) {
	if err := check(ctx, key); err != nil {
		return nil, err
	}
	info, err := d.root.Stat(key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("store: %s: %w", key, registry.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if info.Size() > MaxObjectBytes {
		return nil, fmt.Errorf("store: %s: %w", key, dataset.ErrLimit)
	}
	text, err := d.root.ReadFile(key)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	return text, nil
}

// PutNew implements registry.Store. It writes a file beside the others, syncs it, and gives it its name by a hard link, which fails when the name is taken.
func (d *Directory) PutNew(ctx context.Context, key string, data []byte) error {
	if err := check(ctx, key); err != nil {
		return err
	}
	if err := d.root.MkdirAll(path.Dir(key), 0o750); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	temp := path.Join(path.Dir(key), ".new-"+rand.Text())
	if err := d.write(temp, data); err != nil {
		return errors.Join(fmt.Errorf("store: %w", err), ignoreMissing(d.root.Remove(temp)))
	}
	err := d.root.Link(temp, key)
	if errors.Is(err, fs.ErrExist) {
		err = fmt.Errorf("%s: %w", key, registry.ErrExists)
	}
	if err := errors.Join(err, d.root.Remove(temp)); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return d.sync(path.Dir(key))
}

func (d *Directory) write(name string, data []byte) error {
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// sync makes a new name durable. Where directories cannot be synced (Windows) the link itself is all there is.
func (d *Directory) sync(dir string) error {
	f, err := d.root.Open(dir)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	_ = f.Sync()
	return f.Close()
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// List implements registry.Store. prefix must end in a slash or be empty.
func (d *Directory) List(ctx context.Context, prefix string) ([]string, error) {
	var out []string
	start := strings.TrimSuffix(prefix, "/")
	if start == "" {
		start = "."
	}
	err := fs.WalkDir(d.root.FS(), start, func(name string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && ctx.Err() != nil {
			err = ctx.Err()
		}
		if err == nil && entry.Type().IsRegular() && validKey(name) {
			out = append(out, name)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("store: list %s: %w", prefix, err)
	}
	slices.Sort(out)
	return out, nil
}

// Memory keeps objects in memory. It is safe for concurrent use. The zero value is an empty store.
type Memory struct {
	mu      sync.Mutex
	objects map[string][]byte
}

// Get implements registry.Store.
func (m *Memory) Get(ctx context.Context, key string) ([]byte, error) {
	if err := check(ctx, key); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	text, ok := m.objects[key]
	if !ok {
		return nil, fmt.Errorf("store: %s: %w", key, registry.ErrNotFound)
	}
	return slices.Clone(text), nil
}

// PutNew implements registry.Store.
func (m *Memory) PutNew(ctx context.Context, key string, data []byte) error {
	if err := check(ctx, key); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.objects[key]; ok {
		return fmt.Errorf("store: %s: %w", key, registry.ErrExists)
	}
	if m.objects == nil {
		m.objects = make(map[string][]byte)
	}
	m.objects[key] = slices.Clone(data)
	return nil
}

// List implements registry.Store.
func (m *Memory) List(ctx context.Context, prefix string) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("store: list: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []string
	for key := range m.objects {
		if strings.HasPrefix(key, prefix) {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out, nil
}

func check(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if !validKey(key) {
		return fmt.Errorf("store: key of %d bytes: want path elements of letters, digits, '.', '_' and '-', none starting with '.'", len(key))
	}
	return nil
}

func validKey(key string) bool {
	ok, err := regexp.MatchString(`\A[a-zA-Z0-9_-][a-zA-Z0-9._-]*(/[a-zA-Z0-9_-][a-zA-Z0-9._-]*)*\z`, key)
	return ok && err == nil && len(key) <= 512
}
