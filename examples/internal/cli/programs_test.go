package cli_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// programs returns the names of the folders of examples that hold a program.
func programs(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "*", "main.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("want programs, got %v, %v", files, err)
	}
	var out []string
	for _, f := range files {
		out = append(out, filepath.Base(filepath.Dir(f)))
	}
	return out
}

// keeps reports whether a test of the folder calls clitest.Keep with its program.
func keeps(t *testing.T, folder string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, f := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), f, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 3 {
				return true
			}
			if f, ok := call.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Keep" {
				program, ok := call.Args[1].(*ast.CallExpr)
				if ok {
					name, ok := program.Fun.(*ast.Ident)
					found = found || ok && name.Name == "app"
				}
			}
			return true
		})
	}
	return found
}

// A new program is tried as the others are, and stands in the README and in docs/json.md; what is gone stands there no more.
func TestEveryProgramIsTriedAndDocumented(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	readme, document := read("README.md"), read(filepath.Join("docs", "json.md"))
	all := programs(t)
	for _, name := range all {
		if !keeps(t, filepath.Join(root, "examples", name)) {
			t.Errorf("%s: want a test that calls clitest.Keep(t, app(), …), got none", name)
		}
		if !strings.Contains(readme, "./examples/"+name) {
			t.Errorf("%s: want it in the README", name)
		}
	}
	for line := range strings.Lines(document) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "## "); ok && name != "Exit status" && !slices.Contains(all, name) {
			t.Errorf("docs/json.md: want the keys of programs, got those of %q", name)
		}
	}
}
