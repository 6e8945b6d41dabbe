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
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/registry"
)

// MaxObjectBytes is the largest object that a store takes and gives.
const MaxObjectBytes = registry.MaxBundleBytes + 64<<20

// tempPrefix starts the name of a file in writing. No key has an element that starts so.
const tempPrefix = ".new-"

// Directory keeps objects as files below one directory. It is safe for concurrent use by any number of processes on a file system with hard links. No key reaches
// outside the directory: paths are resolved through os.Root. A process that is killed in PutNew can leave a file whose name starts with ".new-"; it is no object, disturbs
// nothing, and Clean removes it.
type Directory struct{ root *os.Root }

// OpenDirectory opens the store of a directory, which is made when it is not there. Close it when done.
func OpenDirectory(dir string) (*Directory, error) {
	if err := makeFolder(filepath.Clean(dir)); err != nil {
		return nil, fmt.Errorf("store: open directory: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("store: open directory: %w", err)
	}
	return &Directory{root: root}, nil
}

// makeFolder is os.MkdirAll that makes what it makes durable.
func makeFolder(dir string) error {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent := filepath.Dir(dir)
	if err := makeFolder(parent); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o750); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	f, err := os.Open(parent)
	if err != nil {
		return err
	}
	return flush(f)
}

// flush makes the names in a folder durable, and closes it. Windows has no such thing.
func flush(folder *os.File) error {
	var err error
	if runtime.GOOS != "windows" {
		err = folder.Sync()
	}
	return errors.Join(err, folder.Close())
}

// Close gives the directory back. It is idempotent.
func (d *Directory) Close() error { return d.root.Close() }

// Get implements registry.Store.
func (d *Directory) Get(ctx context.Context, key string) ([]byte, error) {
	if err := check(ctx, "get", key); err != nil {
		return nil, err
	}
	info, err := d.root.Stat(key)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || err == nil && info.IsDir() {
		return nil, fmt.Errorf("store: get: %s: %w", key, registry.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("store: get: %w", err)
	}
	if info.Size() > MaxObjectBytes {
		return nil, fmt.Errorf("store: get: %s: %w", key, dataset.ErrLimit)
	}
	text, err := d.root.ReadFile(key)
	if err != nil {
		return nil, fmt.Errorf("store: get: %w", err)
	}
	return text, nil
}

// PutNew implements registry.Store. It writes a file beside the others, syncs it, and gives it its name by a hard link, which fails when the name is taken; then it syncs
// the folders.
func (d *Directory) PutNew(ctx context.Context, key string, data []byte) error {
	if err := checkPut(ctx, key, data); err != nil {
		return err
	}
	if _, err := d.root.Lstat(key); err == nil {
		return fmt.Errorf("store: put: %s: %w", key, registry.ErrExists) // known before anything is written
	}
	if err := d.root.MkdirAll(path.Dir(key), 0o750); err != nil {
		return fmt.Errorf("store: put: %w", err)
	}
	temp := path.Join(path.Dir(key), tempPrefix+rand.Text())
	if err := d.write(temp, data); err != nil {
		return errors.Join(fmt.Errorf("store: put: %w", err), ignoreMissing(d.root.Remove(temp)))
	}
	err := d.root.Link(temp, key)
	_ = d.root.Remove(temp) // whether or not this works, the object is there or is not; Clean finds what is left
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("store: put: %s: %w", key, registry.ErrExists)
	}
	if err != nil {
		return fmt.Errorf("store: put: %w", err)
	}
	if err := d.syncFolders(key); err != nil {
		return fmt.Errorf("store: put: %w", err)
	}
	return nil
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

// syncFolders makes a new name durable, and the folders on the way to it, which may be new too.
func (d *Directory) syncFolders(key string) error {
	for dir := path.Dir(key); ; dir = path.Dir(dir) {
		f, err := d.root.Open(dir)
		if err != nil {
			return err
		}
		if err := flush(f); err != nil {
			return err
		}
		if dir == "." {
			return nil
		}
	}
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// List implements registry.Store.
func (d *Directory) List(ctx context.Context, prefix string) ([]string, error) {
	var out []string
	err := d.walk(ctx, prefix, func(name string, _ fs.DirEntry) error {
		if strings.HasPrefix(name, prefix) && registry.ValidKey(name) {
			out = append(out, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("store: list: %w", err)
	}
	slices.Sort(out)
	return out, nil
}

// Clean removes what killed writers have left behind, files in writing that were last changed before the given time, and returns how many. No object is touched. Choose a
// time before which no living writer can have begun, an hour ago or more: a writer whose file is taken away fails and changes nothing.
func (d *Directory) Clean(ctx context.Context, before time.Time) (int, error) {
	removed := 0
	err := d.walk(ctx, "", func(name string, entry fs.DirEntry) error {
		if !strings.HasPrefix(entry.Name(), tempPrefix) {
			return nil
		}
		info, err := entry.Info()
		if err == nil && info.ModTime().Before(before) {
			if err = d.root.Remove(name); err == nil {
				removed++
			}
		}
		return ignoreMissing(err)
	})
	if err != nil {
		return removed, fmt.Errorf("store: clean: %w", err)
	}
	return removed, nil
}

// walk calls f for the files in and below the folder that prefix begins with.
func (d *Directory) walk(ctx context.Context, prefix string, f func(name string, entry fs.DirEntry) error) error {
	start := path.Dir(prefix)
	if start != "." && !registry.ValidKey(start) {
		return ctx.Err() // no key starts with it
	}
	return fs.WalkDir(d.root.FS(), start, func(name string, entry fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil && entry.Type().IsRegular() {
			return f(name, entry)
		}
		return ignoreMissing(err)
	})
}

// Memory keeps objects in memory. It is safe for concurrent use. The zero value is an empty store.
type Memory struct {
	mu      sync.Mutex
	objects map[string][]byte
}

// Get implements registry.Store.
func (m *Memory) Get(ctx context.Context, key string) ([]byte, error) {
	if err := check(ctx, "get", key); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	text, ok := m.objects[key]
	if !ok {
		return nil, fmt.Errorf("store: get: %s: %w", key, registry.ErrNotFound)
	}
	return slices.Clone(text), nil
}

// PutNew implements registry.Store.
func (m *Memory) PutNew(ctx context.Context, key string, data []byte) error {
	if err := checkPut(ctx, key, data); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.objects[key]; ok {
		return fmt.Errorf("store: put: %s: %w", key, registry.ErrExists)
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

func check(ctx context.Context, operation, key string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("store: %s: %w", operation, err)
	}
	if !registry.ValidKey(key) {
		return fmt.Errorf("store: %s: key of %d bytes: want path elements of letters, digits, '.', '_' and '-', none starting with '.'", operation, len(key))
	}
	return nil
}

func checkPut(ctx context.Context, key string, data []byte) error {
	if err := check(ctx, "put", key); err != nil {
		return err
	}
	if len(data) > MaxObjectBytes {
		return fmt.Errorf("store: put: %s: want at most %d bytes, got %d: %w", key, MaxObjectBytes, len(data), dataset.ErrLimit)
	}
	return nil
}
