//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// lock takes the lock of an open file without waiting. busy says that another holds it. A file system that knows no locks gives none to anyone, so that
// nothing is ever stale there.
func lock(f *os.File) (held, busy bool, err error) {
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	switch {
	case err == nil:
		return true, false, nil
	case errors.Is(err, syscall.EWOULDBLOCK):
		return false, true, nil
	case errors.Is(err, syscall.ENOSYS), errors.Is(err, syscall.ENOTSUP), errors.Is(err, syscall.EOPNOTSUPP), errors.Is(err, syscall.EINVAL):
		return false, false, nil
	default:
		return false, false, err
	}
}

// createLocked creates a file that must not be there and locks it. Between the two another process may take it for stale: then it is that one's to remove, and the
// error is fs.ErrExist.
func createLocked(name string, mode fs.FileMode) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return nil, err
	}
	held, busy, err := lock(f)
	switch {
	case err != nil:
		_ = f.Close()
		_ = os.Remove(name)
		return nil, fmt.Errorf("lock %s: %w", name, err)
	case busy, held && !stands(f, name):
		_ = f.Close()
		return nil, fs.ErrExist
	}
	return f, nil
}

// removeStale removes the file of a writer that has ended. Only who holds the lock of a file removes or renames it, so that the file under the name is still the
// locked one when it is removed.
func removeStale(name string) left {
	f, err := os.OpenFile(name, os.O_RDWR|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return absent
		}
		return living
	}
	defer func() { _ = f.Close() }()
	if held, _, err := lock(f); err != nil || !held || !stands(f, name) || os.Remove(name) != nil {
		return living
	}
	return removed
}

// stands reports whether f is the regular file that stands under name.
func stands(f *os.File, name string) bool {
	here, err1 := f.Stat()
	there, err2 := os.Lstat(name)
	return err1 == nil && err2 == nil && here.Mode().IsRegular() && os.SameFile(here, there)
}

// rename gives the file its name and only then its lock back. What Sync wrote no Close loses.
func (f *File) rename() error {
	err := os.Rename(f.temp.Name(), f.path)
	if err == nil {
		_ = f.temp.Close()
	}
	return err
}

// discard removes the file and only then gives its lock back: afterwards the name may be another writer's.
func (f *File) discard() error {
	err := os.Remove(f.temp.Name())
	if e := f.temp.Close(); err == nil {
		err = e
	}
	return err
}
