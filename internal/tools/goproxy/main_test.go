package main

import (
	"archive/zip"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// This repository itself is a module that hosts can get: the size of its zip and the names of its files, also of those in testdata, are what modules admit.
func TestTheCommittedTreeIsAModule(t *testing.T) {
	if _, err := publish(filepath.Join("..", "..", ".."), "HEAD", t.TempDir(), "v0.1.0"); err != nil {
		t.Error(err)
	}
}

// The committed tree of a repository with a nested module and an uncommitted
// file is published twice: what is listed, what is in the zip, and the bytes.
func TestPublish(t *testing.T) {
	repo := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":            "module example.test/Sdk\n\ngo 1.25.0\n",
		"sdk.go":            "// Package sdk is published.\npackage sdk\n",
		"LICENSE":           "free\n",
		"nested/go.mod":     "module example.test/Sdk/nested\n",
		"nested/nested.go":  "package nested\n",
		"testdata/left.bin": "\x00\x01",
	} {
		file := filepath.Join(repo, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	git(t, repo, "init", "-q")
	git(t, repo, "add", ".")
	git(t, repo, "-c", "user.name=a", "-c", "user.email=a@example.test", "commit", "-q", "-m", "one")
	if err := os.WriteFile(filepath.Join(repo, "later.go"), []byte("package sdk\n"), 0o644); err != nil {
		t.Fatal(err)
	}

	proxy := filepath.Join(t.TempDir(), "proxy")
	var archives [][]byte
	for _, version := range []string{"v0.1.0", "v0.10.0", "v0.2.0", "v0.1.0"} {
		m, err := publish(repo, "HEAD", proxy, version)
		if err != nil {
			t.Fatal(err)
		}
		if m.Path != "example.test/Sdk" || m.Version != version {
			t.Fatalf("published %s", m)
		}
		if version == "v0.1.0" {
			archives = append(archives, read(t, proxy, "v0.1.0.zip"))
		}
	}

	if got, want := string(read(t, proxy, "list")), "v0.1.0\nv0.2.0\nv0.10.0\n"; got != want {
		t.Errorf("list: got %q, want %q", got, want)
	}
	if got, want := string(read(t, proxy, "v0.1.0.info")), `{"Version":"v0.1.0"}`; got != want {
		t.Errorf("info: got %s, want %s", got, want)
	}
	if got, want := string(read(t, proxy, "v0.1.0.mod")), "module example.test/Sdk\n\ngo 1.25.0\n"; got != want {
		t.Errorf("mod: got %q, want %q", got, want)
	}
	if !bytes.Equal(archives[0], archives[1]) {
		t.Error("the same commit gave two different archives")
	}
	want := []string{"LICENSE", "go.mod", "sdk.go", "testdata/left.bin"}
	for i := range want {
		want[i] = "example.test/Sdk@v0.1.0/" + want[i]
	}
	if got := names(t, archives[0]); !slices.Equal(got, want) {
		t.Errorf("zip: got %q, want %q", got, want)
	}
}

func TestPublishRefuses(t *testing.T) {
	empty, proxy := t.TempDir(), t.TempDir()
	for name, c := range map[string]struct{ repo, proxy, version string }{
		"a relative proxy":          {empty, "proxy", "v0.1.0"},
		"a version without a patch": {empty, proxy, "v0.1"},
		"a version without a v":     {empty, proxy, "0.1.0"},
		"a folder without a go.mod": {empty, proxy, "v0.1.0"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := publish(c.repo, "HEAD", c.proxy, c.version); err == nil {
				t.Error("no error")
			}
		})
	}
	if left, err := os.ReadDir(proxy); err != nil || len(left) != 0 {
		t.Errorf("the proxy holds %d entries after refusals, error %v", len(left), err)
	}
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %s: %v\n%s", args[0], err, out)
	}
}

func read(t *testing.T, proxy, name string) []byte {
	t.Helper()
	// "!s" is the proxy protocol's spelling of an upper-case S.
	data, err := os.ReadFile(filepath.Join(proxy, "example.test", "!sdk", "@v", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func names(t *testing.T, archive []byte) []string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range r.File {
		out = append(out, f.Name)
	}
	slices.Sort(out)
	return out
}
