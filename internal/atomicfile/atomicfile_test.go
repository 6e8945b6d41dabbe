package atomicfile_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
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

// locks says where Create can tell a file that is being written from one whose writer has ended.
func locks() bool {
	return runtime.GOOS != "windows" && runtime.GOOS != "js" && runtime.GOOS != "wasip1"
}

// TestFilesOfKilledWritersAreRemoved leaves files as a killed writer does: under their other name, and locked by nobody.
func TestFilesOfKilledWritersAreRemoved(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	living := create(t, path, "living") // .a.0.tmp
	for i := 1; i < 4; i++ {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf(".a.%d.tmp", i)), []byte("dead"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	second := create(t, path, "second")
	if got, want := files(t, dir), 2; locks() && got != want {
		t.Errorf("%d files are there, want those of the two writers", got)
	}
	for _, c := range []struct {
		f    *atomicfile.File
		want string
	}{{second, "second"}, {living, "living"}} {
		if err := c.f.Commit(); err != nil {
			t.Fatal(err)
		}
		if got := content(t, path); got != c.want {
			t.Errorf("content is %q", got)
		}
	}
	if got := files(t, dir); locks() && got != 1 {
		t.Errorf("%d files are left", got)
	}
}

func TestManyKilledWritersDoNotFillTheNames(t *testing.T) {
	if !locks() {
		return
	}
	dir := t.TempDir()
	for i := range 10_000 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf(".a.%d.tmp", i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := create(t, filepath.Join(dir, "a"), "x")
	if err := f.Commit(); err != nil || files(t, dir) != 1 {
		t.Errorf("%d files are left, %v", files(t, dir), err)
	}
}

// TestOddThingsUnderTheOtherName: what is no file of a writer stays.
func TestOddThingsUnderTheOtherName(t *testing.T) {
	dir := t.TempDir()
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, ".a.0.tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, filepath.Join(dir, ".a.1.tmp")); err != nil && locks() {
		t.Fatal(err)
	}
	f := create(t, filepath.Join(dir, "a"), "x")
	if err := f.Commit(); err != nil || content(t, victim) != "kept" {
		t.Errorf("the link's target is %q, %v", content(t, victim), err)
	}
	if got := content(t, filepath.Join(dir, "a")); got != "x" {
		t.Errorf("content is %q", got)
	}
}

// TestWritersOfOneNameDoNotDisturbEachOther: each commit succeeds while others clean up, and the content is always that of one writer.
func TestWritersOfOneNameDoNotDisturbEachOther(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			for i := range 20 {
				f, err := atomicfile.Create(path)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := fmt.Fprintf(f, "%d", w); err != nil {
					t.Error(err)
				}
				end := f.Commit
				if i%3 == 0 {
					end = f.Abort
				}
				if err := end(); err != nil {
					t.Error(err)
				}
				if text, err := os.ReadFile(path); i%3 > 0 && (err != nil || len(text) != 1) {
					t.Errorf("%d bytes, %v", len(text), err)
				}
			}
		})
	}
	all.Wait()
	if got := files(t, dir); got != 1 {
		t.Errorf("%d files are left", got)
	}
}
