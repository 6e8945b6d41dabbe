package main

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// library is a module with something of each kind that api writes down.
var library = map[string]string{
	"go.mod": "module example.test/lib\n\ngo 1.25.0\n",
	"lib.go": `// Package lib is public.
package lib

import "io"

const Limit = 10

var ErrGone = io.ErrUnexpectedEOF

func Open(name string, o Options) (*File, error) { return nil, nil }

type Options struct {
	Size int ` + "`json:\"size\"`" + `
	hidden bool
}

type base struct{}

func (base) Close() error { return nil }

type File struct{ base }

func (*File) Read(p []byte) (int, error) { return 0, nil }

type Reader interface{ Read(p []byte) (int, error) }

type Pair[K comparable, V any] struct{ Key K; Value V }

type Number interface{ ~int | ~float64 }

type Text = string

func inside() {}
`,
	"internal/own/own.go": "package own\n\nfunc Hidden() {}\n",
	"cmd/prog/main.go":    "package main\n\nfunc main() {}\n\ntype Options struct{}\n",
	"sub/sub.go":          "package sub\n\nimport \"example.test/lib\"\n\nfunc Of(o lib.Options) lib.Pair[string, int] { return lib.Pair[string, int]{} }\n",
}

func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// planted returns the library with one text in place of another.
func planted(t *testing.T, file, before, after string) map[string]string {
	t.Helper()
	files := maps.Clone(library)
	files[file] = strings.ReplaceAll(files[file], before, after)
	if files[file] == library[file] {
		t.Fatalf("%q is not in %s", before, file)
	}
	return files
}

func TestAPIHasOneLineForEachFact(t *testing.T) {
	got, err := api(write(t, library))
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(`lib, const Limit untyped int = 10
lib, func Open(name string, o Options) (*File, error)
lib, method (*File) Read(p []byte) (int, error)
lib, method (File) Close() error
lib, type File struct
lib, type File struct, unexported fields
lib, type Number interface{~int | ~float64}
lib, type Options struct
lib, type Options struct, Size int `+"`json:\"size\"`"+`
lib, type Options struct, unexported fields
lib, type Pair struct, Key K
lib, type Pair struct, Value V
lib, type Pair[K comparable, V any] struct
lib, type Reader interface
lib, type Reader interface, Read(p []byte) (int, error)
lib, type Text = string
lib, var ErrGone error
sub, func Of(o lib.Options) lib.Pair[string, int]`, "\n")
	if !slices.Equal(got[1:], want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got[1:], "\n"), strings.Join(want, "\n"))
	}
}

// Each change of the API is seen, and apidiff calls those that break a host
// what they are; a change inside is not seen.
func TestPlantedChanges(t *testing.T) {
	before := write(t, library)
	file := filepath.Join(t.TempDir(), "api.txt")
	if _, err := run(before, true, []string{"api", file}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file, from, to string
		breaks         string // the name that the changelog must have; empty when nothing breaks
		unseen         bool
	}{
		"nothing":               {file: "lib.go", from: "is public", to: "is still public", unseen: true},
		"unexported function":   {file: "lib.go", from: "inside()", to: "within()", unseen: true},
		"internal package":      {file: "internal/own/own.go", from: "Hidden", to: "Other", unseen: true},
		"program":               {file: "cmd/prog/main.go", from: "Options", to: "Other", unseen: true},
		"new function":          {file: "lib.go", from: "func inside", to: "func Another() {}\n\nfunc inside"},
		"new field":             {file: "lib.go", from: "Size int", to: "Other int; Size int"},
		"function's parameter":  {file: "lib.go", from: "name string, o", to: "name []byte, o", breaks: "lib.Open"},
		"field gone":            {file: "lib.go", from: "Size int", to: "size int", breaks: "lib.Options.Size"},
		"method gone":           {file: "lib.go", from: "func (*File) Read", to: "func (*File) read", breaks: "lib.File.Read"},
		"embedded method gone":  {file: "lib.go", from: ") Close", to: ") close", breaks: "lib.File.Close"},
		"interface grows":       {file: "lib.go", from: "type Reader interface{", to: "type Reader interface{ Close() error; ", breaks: "lib.Reader.Close"},
		"value of a constant":   {file: "lib.go", from: "Limit = 10", to: "Limit = 11", breaks: "lib.Limit"},
		"constraint":            {file: "lib.go", from: "V any", to: "V comparable", breaks: "lib.Pair"},
		"package below":         {file: "sub/sub.go", from: "func Of(o lib.Options)", to: "func Of(o *lib.Options)", breaks: "sub.Of"},
		"package turned inside": {file: "sub/sub.go", from: "package sub", to: "package main", breaks: "sub"},
		"key in JSON":           {file: "lib.go", from: "json:\"size\"", to: "json:\"bytes\""},
	} {
		t.Run(name, func(t *testing.T) {
			after := write(t, planted(t, c.file, c.from, c.to))
			out, err := run(after, false, []string{"api", file})
			if c.unseen {
				if err != nil {
					t.Errorf("got %v\n%s", err, strings.Join(out, "\n"))
				}
				return
			}
			if !errors.Is(err, errDiffers) || !strings.Contains(strings.Join(out, "\n"), "-write api") {
				t.Errorf("compare: got %v\n%s", err, strings.Join(out, "\n"))
			}

			changelog := filepath.Join(t.TempDir(), "CHANGELOG.md")
			saying := func(text string) error {
				if err := os.WriteFile(changelog, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
				out, err = run(after, false, []string{"breaks", before, changelog})
				return err
			}
			if c.breaks == "" {
				if err := saying("## Unreleased\n"); err != nil || len(out) > 0 {
					t.Errorf("breaks: got %v\n%s", err, strings.Join(out, "\n"))
				}
				return
			}
			line := "- `" + c.breaks + "` is another; write X.\n"
			for _, silent := range []string{
				"## Unreleased\n### Added\n" + line,
				"## Unreleased\n### Breaking\n- something.\n## v0.1.0\n### Breaking\n" + line,
				"## Unreleased\n### Breaking\n- `" + c.breaks + "Else` is another.\n",
			} {
				if err := saying(silent); !errors.Is(err, errDiffers) || !strings.Contains(strings.Join(out, "\n"), c.breaks) {
					t.Errorf("breaks: got %v with %q\n%s", err, silent, strings.Join(out, "\n"))
				}
			}
			if err := saying("## Unreleased\n### Added\n- more.\n\n### Breaking\n" + line + "\n## v0.1.0\n"); err != nil {
				t.Errorf("breaks: got %v though said\n%s", err, strings.Join(out, "\n"))
			}
		})
	}
}

func TestRecordSeesOrderAndNumber(t *testing.T) {
	file := filepath.Join(t.TempDir(), "list.txt")
	lines := []string{"head", "a", "b"}
	if _, err := record("list", file, lines, true); err != nil {
		t.Fatal(err)
	}
	if _, err := record("list", file, lines, false); err != nil {
		t.Error(err)
	}
	for _, other := range [][]string{{"head", "b", "a"}, {"head", "a", "b", "b"}, {"head", "a"}, {"head", "a", "b", "c"}} {
		if _, err := record("list", file, other, false); !errors.Is(err, errDiffers) {
			t.Errorf("%v: got %v", other, err)
		}
	}
}

// A module with a dependency of its package, of its program and of its test,
// all in the folder, and a nested module.
func TestDependencies(t *testing.T) {
	files := map[string]string{
		"go.mod":           "module example.test/lib\n\ngo 1.25.0\n",
		"modules.txt":      "nested\n",
		"lib.go":           "package lib\n\nimport _ \"example.test/a\"\n",
		"lib_windows.go":   "package lib\n\nimport _ \"example.test/w\"\n",
		"lib_test.go":      "package lib_test\n\nimport _ \"example.test/t\"\n",
		"prog/main.go":     "package main\n\nimport _ \"example.test/p\"\n\nfunc main() {}\n",
		"nested/go.mod":    "module example.test/lib/nested\n\ngo 1.25.0\n\nrequire example.test/t v1.0.0\n\nreplace example.test/t => ../.deps/t\n",
		"nested/nested.go": "package nested\n\nimport _ \"example.test/t\"\n",
	}
	for _, d := range []string{"a", "w", "t", "p"} {
		files[".deps/"+d+"/go.mod"] = "module example.test/" + d + "\n\ngo 1.25.0\n"
		files[".deps/"+d+"/d.go"] = "package " + d + "\n"
		files["go.mod"] += "\nrequire example.test/" + d + " v1.0.0\n\nreplace example.test/" + d + " => ./.deps/" + d + "\n"
	}
	got, err := dependencies(write(t, files))
	if err != nil {
		t.Fatal(err)
	}
	want := `root module: module, version, public packages that link it
example.test/a => ./.deps/a example.test/lib
example.test/w => ./.deps/w example.test/lib

root module: programs and internal packages link also
example.test/p => ./.deps/p

root module: tests link also
example.test/t => ./.deps/t

nested: its packages and tests link (the tools that it pins are in its go.mod)
example.test/t => ../.deps/t`
	if text := strings.Join(got[2:], "\n"); text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

func TestRunSaysWhatItWants(t *testing.T) {
	for _, args := range [][]string{nil, {"api"}, {"breaks", "a"}, {"nothing", "file"}} {
		if _, err := run(".", false, args); err == nil || errors.Is(err, errDiffers) {
			t.Errorf("%v: got %v", args, err)
		}
	}
}
