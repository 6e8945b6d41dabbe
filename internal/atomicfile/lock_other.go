//go:build !darwin && !dragonfly && !freebsd && !illumos && !linux && !netbsd && !openbsd

package atomicfile

import (
	"errors"
	"io/fs"
	"os"
)

func createLocked(name string, mode fs.FileMode) (*os.File, error) {
	return os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
}

// removeStale removes nothing: without locks a file may have a writer.
func removeStale(name string) left {
	if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
		return absent
	}
	return living
}

// rename closes the file first, since Windows renames no open one.
func (f *File) rename() error {
	if err := f.temp.Close(); err != nil {
		return err
	}
	return os.Rename(f.temp.Name(), f.path)
}

// discard closes the file first, since Windows removes no open one.
func (f *File) discard() error {
	_ = f.temp.Close() // which rename may have done
	return os.Remove(f.temp.Name())
}
