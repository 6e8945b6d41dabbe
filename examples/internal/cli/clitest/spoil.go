package clitest

import (
	"flag"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli"
)

// flagNames returns the flags of a program.
func flagNames(app cli.App) []string {
	p := &cli.Program{FlagSet: flag.NewFlagSet(app.Name, flag.ContinueOnError), Out: io.Discard, Err: io.Discard}
	_ = app.Setup(p)
	names := []string{"json", "seed", "workers"}
	p.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	return names
}

// spoil runs Good without each of its flags, and with each flag at values that are mostly bad. Whatever that comes to: no panic, no input that changes, nothing left behind by a line that is refused, and that in one
// line that names the flag or its value.
func (p Promises) spoil(t *testing.T, app cli.App) {
	t.Helper()
	good := Words(p.Good.Args)
	if p.Good.App != nil {
		app = *p.Good.App
	}
	values := []string{"", "absent/absent.csv", "folder", "nowhere", "-1", "NaN", "1e999", "rows.xls", "x,x", ",", "a\nb", "\x00", "garbage.csv", "garbage.tide", "cut.parquet"}
	for _, arg := range good { // each input as each flag's value, an output's too
		if info, err := os.Stat(arg); err == nil && !info.IsDir() {
			values = append(values, arg)
		}
	}
	inputs := tree(t)
	if err := os.Mkdir("folder", 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, "garbage.csv", "a,b\n\x00\xff\n1\n")
	write(t, "garbage.tide", "PK\x03\x04")
	write(t, "cut.parquet", "PAR1")
	s := spoiling{promises: p, app: app, inputs: inputs}
	for i, arg := range good {
		if name, ok := strings.CutPrefix(arg, "-"); ok && i+1 < len(good) && !strings.HasPrefix(good[i+1], "-") {
			s.try(t, name, "", slices.Delete(slices.Clone(good), i, i+2))
		}
	}
	for _, name := range flagNames(app) {
		for _, v := range values {
			s.try(t, name, v, append(slices.Clone(good), "-"+name+"="+v))
		}
	}
	s.try(t, "h", "over", append(slices.Clone(good), "left", "over"))
}

type spoiling struct {
	promises Promises
	app      cli.App
	inputs   map[string]string // that no run may change
}

// try runs the program with args, of which name is at value.
func (s spoiling) try(t *testing.T, name, value string, args []string) {
	t.Helper()
	before := tree(t)
	status, out, errs := s.promises.run(t, s.app, args)
	after := tree(t)
	for path, text := range s.inputs {
		if after[path] != text {
			t.Fatalf("-%s=%q: exit status %d, and the input %s is another", name, value, status, path)
		}
	}
	if status != cli.BadInput {
		return
	}
	for path := range after {
		if _, there := before[path]; !there {
			t.Errorf("-%s=%q: exit status 2, and %s was written", name, value, path)
		}
	}
	line, rest, _ := strings.Cut(errs, "\n")
	if out != "" || rest != "" || !strings.HasPrefix(line, s.app.Name+": ") {
		t.Errorf("-%s=%q: want one line of error and nothing else, got %q, %q", name, value, errs, out)
	}
	named := strings.Contains(line, "-"+name)
	for _, part := range append(strings.Split(value, ","), value) { // an item of a list stands for it
		for _, form := range []string{part, strings.Trim(strconv.Quote(part), `"`), strings.ReplaceAll(part, "\n", "; ")} {
			named = named || part != "" && strings.Contains(line, form)
		}
	}
	if !named {
		t.Errorf("-%s=%q: want an error with the flag or its value, got %q", name, value, line)
	}
}

// tree returns the text of every file, and the folders, below the folder where the test stands.
func tree(t *testing.T) map[string]string {
	t.Helper()
	out := make(map[string]string)
	here := os.DirFS(".")
	err := fs.WalkDir(here, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			out[path] = ""
			return nil
		}
		text, err := fs.ReadFile(here, path)
		out[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
