package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// listed is what go list says of a package.
type listed struct {
	ImportPath string
	Name       string
	Deps       []string
	ForTest    string
	Standard   bool
	Module     *struct {
		Path, Version string
		Main          bool
		Replace       *struct{ Path, Version string }
	}
}

// needs maps a module with its version to the packages that need it.
type needs map[string]map[string]bool

func (n needs) add(module, pkg string) {
	if n[module] == nil {
		n[module] = make(map[string]bool)
	}
	n[module][pkg] = true
}

// dependencies returns the modules that come with the root module at dir, each
// with the public packages that link it, those that its other packages and its
// tests add, and those of each module of modules.txt.
func dependencies(dir string) ([]string, error) {
	lines := []string{"The modules that come with a package, written by .ci/run -write dependencies and compared by .ci/run dependencies."}
	public, rest, tests := make(needs), make(needs), make(needs)
	// A module that only one of them needs is listed.
	for _, platform := range []string{"linux/amd64", "darwin/arm64", "windows/amd64", "js/wasm", "wasip1/wasm"} {
		if err := scan(dir, platform, public, rest, tests); err != nil {
			return nil, err
		}
	}
	lines = append(lines, "", "root module: module, version, public packages that link it")
	for _, m := range slices.Sorted(maps.Keys(public)) {
		for _, p := range slices.Sorted(maps.Keys(public[m])) {
			lines = append(lines, m+" "+p)
		}
	}
	lines = append(lines, "", "root module: programs and internal packages link also")
	lines = append(lines, without(rest, public)...)
	lines = append(lines, "", "root module: tests link also")
	lines = append(lines, without(tests, public, rest)...)

	text, err := os.ReadFile(filepath.Join(dir, "modules.txt"))
	if err != nil {
		return nil, fmt.Errorf("surface: %w", err)
	}
	for nested := range strings.FieldsSeq(string(text)) {
		all := make(needs)
		if err := scan(filepath.Join(dir, nested), "linux/amd64", all, all, all); err != nil {
			return nil, err
		}
		lines = append(lines, "", nested+": its packages and tests link (the tools that it pins are in its go.mod)")
		lines = append(lines, without(all)...)
	}
	return lines, nil
}

// without returns the modules of n that none of the others has, sorted.
func without(n needs, others ...needs) []string {
	var lines []string
	for _, m := range slices.Sorted(maps.Keys(n)) {
		if !slices.ContainsFunc(others, func(o needs) bool { return o[m] != nil }) {
			lines = append(lines, m)
		}
	}
	return lines
}

// scan adds what the packages of the module at dir link on a platform.
func scan(dir, platform string, public, rest, tests needs) error {
	found, err := list(dir, platform)
	if err != nil {
		return err
	}
	module := make(map[string]string) // of a package
	for _, p := range found {
		if m := p.Module; m != nil && !m.Main {
			module[p.ImportPath] = m.Path + " " + m.Version
			if m.Replace != nil {
				module[p.ImportPath] = strings.TrimSpace(m.Path + " => " + m.Replace.Path + " " + m.Replace.Version)
			}
		}
	}
	for _, p := range found {
		if p.Standard || p.Module == nil || !p.Module.Main {
			continue
		}
		into := rest
		switch {
		case p.ForTest != "" || strings.HasSuffix(p.ImportPath, ".test"):
			into = tests
		case isPublic(p.ImportPath, p.Name):
			into = public
		}
		for _, dep := range p.Deps {
			if m := module[dep]; m != "" {
				into.add(m, p.ImportPath)
			}
		}
	}
	return nil
}

func list(dir, platform string) ([]listed, error) {
	goos, goarch, _ := strings.Cut(platform, "/")
	cmd := exec.Command("go", "list", "-deps", "-test", "-json=ImportPath,Name,Deps,ForTest,Standard,Module", "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0", "GOWORK=off")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("surface: go list in %s for %s: %w\n%s", dir, platform, err, stderr.Bytes())
	}
	var found []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return found, nil
		} else if err != nil {
			return nil, fmt.Errorf("surface: go list: %w", err)
		}
		found = append(found, p)
	}
}
