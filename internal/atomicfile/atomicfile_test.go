package atomicfile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/tidewheel/tidewheel/internal/atomicfile"
)

func files(t *testing.T, dir string) int {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func create(t *testing.T, path, text string) *atomicfile.File {
	t.Helper()
	f, err := atomicfile.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return f
}

func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}

func TestCommitReplacesAndAbortLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	for _, want := range []string{"one", "two"} {
		f := create(t, path, want)
		if got := content(t, path); got == want {
			t.Error("visible before the commit")
		}
		if err := f.Commit(); err != nil {
			t.Fatal(err)
		}
		if got := content(t, path); got != want {
			t.Errorf("content is %q", got)
		}
		if err := f.Abort(); err != nil || f.Commit() == nil {
			t.Errorf("after a commit: abort gives %v", err)
		}
		if _, err := f.Write([]byte("late")); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("write after a commit gives %v", err)
		}
	}
	first, second := create(t, path, "x"), create(t, path, "y")
	for _, f := range []*atomicfile.File{first, second, first} {
		if err := f.Abort(); err != nil {
			t.Error(err)
		}
	}
	if err := first.Commit(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("commit after abort gives %v", err)
	}
	if got := content(t, path); got != "two" || files(t, dir) != 1 {
		t.Errorf("content is %q among %d files", got, files(t, dir))
	}
}

func TestCreateRefuses(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "no", "such")} {
		if _, err := atomicfile.Create(path); err == nil {
			t.Errorf("%s: no error", path)
		}
	}
	if files(t, dir) != 0 {
		t.Error("something is left")
	}
}

func TestFailedRenameRemovesTheFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	f := create(t, path, "x")
	if err := os.MkdirAll(filepath.Join(path, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err == nil {
		t.Error("no error")
	}
	if files(t, dir) != 1 {
		t.Error("the file is left")
	}
}
