// Package atomicfile writes files that become visible whole or not at all.
package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// bufferBytes is what is gathered before it goes to the system.
const bufferBytes = 1 << 18

// maxTries bounds the search for a free name beside the target.
const maxTries = 10_000

// File is a file in writing. Until Commit it has another name beside its target, and what was there before is untouched. Not safe for concurrent use.
type File struct {
	path   string
	temp   *os.File
	buffer *bufio.Writer
	done   bool
}

// Create starts the file that Commit will put at path, in the same folder, so that the rename is atomic. A target that exists must be a regular file; the
// new file takes its permissions. Call Commit or Abort: a process that is killed before leaves the file under its other name, .NAME.N.tmp. Where the system has
// flock, every writer holds a lock on its file, which ends with its process; Create removes the files of that name, from N = 0 to the first N that is free, that
// nobody holds. Elsewhere they stay, and the next writer takes the next N.
func Create(path string) (*File, error) {
	mode := fs.FileMode(0o666)
	old, err := os.Stat(path)
	switch {
	case err == nil && !old.Mode().IsRegular():
		return nil, fmt.Errorf("create %s: want a regular file or none, got %s", path, kind(old.Mode()))
	case err == nil:
		mode = old.Mode().Perm()
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("create %s: %w", path, err)
	}
	dir, base := filepath.Split(path)
	name := func(i int) string { return filepath.Join(dir, fmt.Sprintf(".%s.%d.tmp", base, i)) }
	for i := range maxTries {
		removeStale(name(i))
		temp, err := createLocked(name(i), mode)
		if err == nil {
			for i++; removeStale(name(i)) != absent; i++ {
			}
			return &File{path: path, temp: temp, buffer: bufio.NewWriterSize(temp, bufferBytes)}, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("create %s: %w", path, err)
		}
	}
	return nil, fmt.Errorf("create %s: want a free name beside it, got %d that are taken", path, maxTries)
}

// left is what removeStale met.
type left uint8

const (
	absent  left = iota // no file of that name
	removed             // a file that nobody wrote any more
	living              // a file that someone may be writing
)

func kind(m fs.FileMode) string {
	if m.IsDir() {
		return "a directory"
	}
	return "a special file"
}

// Write implements io.Writer. Small writes are gathered. After a Commit or an Abort it fails.
func (f *File) Write(p []byte) (int, error) {
	if f.done {
		return 0, fmt.Errorf("write %s: %w", f.path, fs.ErrClosed)
	}
	return f.buffer.Write(p)
}

// Commit flushes the file to the disk, gives it its name and flushes the folder. On an error the file is removed and the target is as it was. After a
// Commit or an Abort it fails.
func (f *File) Commit() error {
	if f.done {
		return fmt.Errorf("commit %s: %w", f.path, fs.ErrClosed)
	}
	f.done = true
	err := f.buffer.Flush()
	if err == nil {
		err = f.temp.Sync()
	}
	if err == nil {
		err = f.rename()
	}
	if err != nil {
		_ = f.discard()
		return fmt.Errorf("commit %s: %w", f.path, err)
	}
	return syncFolder(filepath.Dir(f.path))
}

// Abort removes what was written. It is idempotent and does nothing after a Commit.
func (f *File) Abort() error {
	if f.done {
		return nil
	}
	f.done = true
	return f.discard()
}

// syncFolder makes a rename durable where the system can: Windows has no flush of a folder.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if e := d.Close(); err == nil {
		err = e
	}
	return err
}
