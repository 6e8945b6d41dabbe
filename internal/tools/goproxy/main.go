// Command goproxy publishes the committed tree of a module as one version in a
// file module proxy, so that `go get` can be tried before a tag exists.
//
//	go run -C internal/tools ./goproxy -proxy /abs/proxy -version v0.1.0
//	cd /an/empty/folder && go mod init example.test/host
//	GOPROXY="file:///abs/proxy,$(go env GOPROXY)" GONOSUMDB=github.com/tidewheel \
//	  GOMODCACHE=/abs/fresh go get github.com/tidewheel/tidewheel@v0.1.0
//
// Only what is committed is published, nested modules are left out, and the
// same commit gives the same bytes. Use a fresh GOMODCACHE for each run: go
// keeps a version it has once seen.
package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
	modzip "golang.org/x/mod/zip"
)

func main() {
	repo := flag.String("repo", filepath.Join("..", ".."), "root of the git repository; the module is its go.mod")
	proxy := flag.String("proxy", "", "folder of the file module proxy, absolute; made when absent")
	version := flag.String("version", "v0.1.0", "version to publish")
	revision := flag.String("revision", "HEAD", "git revision to publish")
	flag.Parse()

	m, err := publish(*repo, *revision, *proxy, *version)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	fmt.Printf("%s in file://%s\n", m, filepath.ToSlash(*proxy))
}

// publish writes list, info, mod and zip of the module at the root of repo, as
// it is in revision, and returns what it published. A version already there is
// replaced.
func publish(repo, revision, proxy, version string) (module.Version, error) {
	if !filepath.IsAbs(proxy) {
		return module.Version{}, errors.New("goproxy: -proxy: want an absolute path")
	}
	if semver.Canonical(version) != version {
		return module.Version{}, fmt.Errorf("goproxy: -version: want vMAJOR.MINOR.PATCH, got %q", version)
	}
	// The module's path is needed before the archive of the revision can be
	// made, and the revision's own go.mod is inside that archive: the path is
	// read from the work tree and then compared.
	local, err := os.ReadFile(filepath.Join(repo, "go.mod"))
	if err != nil {
		return module.Version{}, fmt.Errorf("goproxy: %w", err)
	}
	path := modfile.ModulePath(local)
	if path == "" {
		return module.Version{}, errors.New("goproxy: go.mod: no module line")
	}
	m := module.Version{Path: path, Version: version}
	var archive bytes.Buffer
	if err := modzip.CreateFromVCS(&archive, m, repo, revision, ""); err != nil {
		return module.Version{}, fmt.Errorf("goproxy: %w", err)
	}
	mod, err := fileInZip(archive.Bytes(), m.String()+"/go.mod")
	if err != nil {
		return module.Version{}, err
	}
	if committed := modfile.ModulePath(mod); committed != path {
		return module.Version{}, fmt.Errorf("goproxy: go.mod: want module %s, got %s in %s", path, committed, revision)
	}
	return m, write(proxy, m, mod, archive.Bytes())
}

func fileInZip(archive []byte, name string) ([]byte, error) {
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, fmt.Errorf("goproxy: %w", err)
	}
	f, err := r.Open(name)
	if err != nil {
		return nil, fmt.Errorf("goproxy: not committed: %w", err)
	}
	defer f.Close()
	return io.ReadAll(f)
}

// write lays the four files out as https://go.dev/ref/mod#goproxy-protocol asks.
func write(proxy string, m module.Version, mod, archive []byte) error {
	escaped, err := module.EscapePath(m.Path)
	if err != nil {
		return fmt.Errorf("goproxy: %w", err)
	}
	dir := filepath.Join(proxy, filepath.FromSlash(escaped), "@v")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("goproxy: %w", err)
	}
	list, err := versions(filepath.Join(dir, "list"), m.Version)
	if err != nil {
		return err
	}
	// No time: it is optional, and without it a commit has one form.
	info, err := json.Marshal(struct{ Version string }{m.Version})
	if err != nil {
		return fmt.Errorf("goproxy: %w", err)
	}
	for _, f := range []struct {
		name string
		data []byte
	}{
		{m.Version + ".info", info},
		{m.Version + ".mod", mod},
		{m.Version + ".zip", archive},
		{"list", list}, // last: a version that is listed is complete
	} {
		if err := os.WriteFile(filepath.Join(dir, f.name), f.data, 0o644); err != nil {
			return fmt.Errorf("goproxy: %w", err)
		}
	}
	return nil
}

// versions returns the content of the list file with version in it.
func versions(list, version string) ([]byte, error) {
	old, err := os.ReadFile(list)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("goproxy: %w", err)
	}
	all := append(strings.Fields(string(old)), version)
	semver.Sort(all)
	return []byte(strings.Join(slices.Compact(all), "\n") + "\n"), nil
}
