package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/tidewheel/tidewheel/internal/atomicfile"
	"github.com/tidewheel/tidewheel/registry"
	"github.com/tidewheel/tidewheel/registry/store"
	"github.com/tidewheel/tidewheel/serve"
)

// OpenRegistry opens the registry of a directory. Close the store when done.
func OpenRegistry(ctx context.Context, dir string) (*registry.Registry, *store.Directory, error) {
	s, err := store.OpenDirectory(dir)
	if err != nil {
		return nil, nil, err
	}
	r, err := registry.Open(ctx, s, registry.Options{})
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return r, s, nil
}

// Register puts b into the registry of a directory, and returns the version's reference and the path of its bundle.
func Register(ctx context.Context, dir string, b *registry.Bundle) (ref, path string, err error) {
	r, s, err := OpenRegistry(ctx, dir)
	if err != nil {
		return "", "", err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	v, err := r.Register(ctx, b)
	if err != nil {
		return "", "", err
	}
	return v.Ref(), filepath.Join(dir, filepath.FromSlash(v.Key())), nil
}

// OpenModel opens a .tide bundle, DIR/NAME@ALIAS or DIR/NAME@VERSION of a registry, or a file that another tool wrote. What a file is says its beginning, not its name.
func OpenModel(ctx context.Context, ref string) (serve.Artifact, error) {
	if strings.Contains(filepath.Base(ref), "@") {
		return openVersion(ctx, ref)
	}
	kind, err := kindOfModel(ref)
	if err != nil {
		return nil, err
	}
	if kind == bundleFile {
		b, err := registry.ReadFile(ref)
		if err != nil {
			return nil, ReadError(ref, err)
		}
		return b, nil
	}
	f, err := openForeign(ref, kind)
	if err != nil {
		return nil, ReadError(ref, err)
	}
	return f, nil
}

// openVersion opens a version of a registry.
func openVersion(ctx context.Context, ref string) (serve.Artifact, error) {
	if _, err := os.Stat(filepath.Dir(ref)); err != nil {
		return nil, ReadError(filepath.Dir(ref), err)
	}
	r, s, err := OpenRegistry(ctx, filepath.Dir(ref))
	if err != nil {
		return nil, err
	}
	b, err := r.Load(ctx, filepath.Base(ref))
	if err := errors.Join(err, s.Close()); err != nil {
		return nil, ReadError(ref, err)
	}
	return b, nil
}

// ModelName makes a name for a model of the name of a column.
func ModelName(column string) string {
	name := strings.Map(func(r rune) rune {
		if (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z') || (r >= '0' && r <= '9') {
			return r
		}
		return '-'
	}, column)
	name = strings.Trim(name[:min(len(name), 64)], "-")
	if name == "" {
		return "model"
	}
	return name
}

// ReadError puts the path in front of an error that does not have it.
func ReadError(path string, err error) error {
	var inPath *os.PathError
	if errors.As(err, &inPath) {
		return fmt.Errorf("%s: %w", path, inPath.Err)
	}
	if strings.Contains(err.Error(), path) {
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
}

// CheckOutput refuses, before any work is done, the value of a flag that names a file to write when that is a directory, is in none, or is one of the files that are read.
// An empty path is no file.
func CheckOutput(name, path string, read ...string) error {
	if path == "" {
		return nil
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return fmt.Errorf("flag -%s: want a file in a directory that exists, got %q", name, path)
	}
	there, err := os.Stat(path)
	if err != nil {
		return nil //nolint:nilerr // the file is not there yet, or its writer says what is wrong with it
	}
	if there.IsDir() {
		return fmt.Errorf("flag -%s: want a file, got the directory %q", name, path)
	}
	for _, r := range read {
		if info, err := os.Stat(r); err == nil && os.SameFile(there, info) {
			return fmt.Errorf("flag -%s: want a file other than those that are read, got %q", name, path)
		}
	}
	return nil
}

// WriteFile writes a file whole or not at all.
func WriteFile(path string, text []byte) error {
	f, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	if _, err := f.Write(text); err != nil {
		return errors.Join(err, f.Abort())
	}
	return f.Commit()
}
