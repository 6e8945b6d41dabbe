package arch_test

import (
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the folder of the root module, seen from this package.
var root = filepath.Join("..", "..")

func TestTreeKeepsTheTable(t *testing.T) {
	pkgs := list(t)
	for _, v := range check(pkgs) {
		t.Errorf("%s: package %s: %s", v.rule, v.pkg, v.imports)
	}

	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal(run(t, "go", "mod", "edit", "-json"), &mod); err != nil {
		t.Fatal(err)
	}
	var required []string
	for _, r := range mod.Require {
		if !r.Indirect {
			required = append(required, r.Path)
		}
	}
	for _, v := range checkModules(required) {
		t.Errorf("%s: %s: %s", v.rule, v.pkg, v.imports)
	}
}

func TestEveryPackageHasOneComment(t *testing.T) {
	for _, p := range list(t) {
		var with []string
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			if f.Doc == nil {
				continue
			}
			with = append(with, name)
			if want := "Package " + p.Name + " "; p.Name != "main" && !strings.HasPrefix(f.Doc.Text(), want) {
				t.Errorf("%s/%s: the package comment does not begin with %q", relative(p.ImportPath), name, want)
			}
		}
		if len(with) != 1 {
			t.Errorf("%s: %d files with a package comment %q, want 1", relative(p.ImportPath), len(with), with)
		}
	}
}

// modules.txt is what CI loops over: a nested module that it lacks is unseen.
func TestNestedModulesAreListed(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "modules.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	err = filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && file != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if dir := filepath.Dir(file); d.Name() == "go.mod" && dir != root {
			rel, err := filepath.Rel(root, dir)
			found = append(found, filepath.ToSlash(rel))
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Fields(string(text)); !slices.Equal(found, want) {
		t.Errorf("modules.txt lists %q, the tree has %q, in this order", want, found)
	}
}

// list returns the packages of the root module. One that does not build is
// listed too: it is another test's failure.
func list(t *testing.T) []pkg {
	t.Helper()
	out := run(t, "go", "list", "-e", "-json=ImportPath,Name,Dir,GoFiles,TestGoFiles,XTestGoFiles,Imports,TestImports,XTestImports,Deps", "./...")
	var pkgs []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		// The cache of test results sees the files that this process looks at,
		// not those that go list read.
		for _, name := range slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles) {
			if _, err := os.Stat(filepath.Join(p.Dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		pkgs = append(pkgs, p)
	}
}

func run(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = root
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, args[0], err, stderr.String())
	}
	return out
}
