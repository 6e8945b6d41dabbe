//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package http

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// resumes says that a file that a fetch has left can be taken up, since it can be told that nobody writes it.
const resumes = true

// uniqueName is nothing where there are locks: all fetches of a name write one file, one after the other.
func uniqueName() string { return "" }

// tryLock takes the lock of an open file without waiting, and reports false when another holds it. The system gives it back when the file is closed or the process ends. A
// file system that knows no locks is an error, since two fetches could write one file.
func tryLock(f *os.File) (bool, error) {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		case !errors.Is(err, syscall.EINTR):
			return false, fmt.Errorf("lock %s: %w", f.Name(), err)
		}
	}
}
