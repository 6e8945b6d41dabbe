package clitest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/examples/internal/cli"
)

// Promises is what a program is tried with by Keep.
type Promises struct {
	Files func(t *testing.T) // writes the files that Example and Cases name into the folder where the test stands; Flights are there already
	Cases []Case             // with -json; together they show every key that docs/json.md has and every exit status
	Until string             // for a program that serves: what it prints when it is ready and may end
	Quick bool               // nothing it does takes long, so that it shows no progress
	Good  Case               // a command line that is right, in which Keep spoils each flag in turn
}

// Case is one run of a program.
type Case struct {
	Args   string   // a line as a shell reads it, without -json
	Status int      // the exit status
	App    *cli.App // in place of the program; nil is the program
}

// Keep tries what every program promises: -h explains each flag and has an example that works; the JSON has the keys, of the types, that docs/json.md says; the exit
// statuses are those it says; progress is on a terminal and nowhere else; a bad flag is refused in one line and nothing is half written.
func Keep(t *testing.T, app cli.App, p Promises) {
	t.Helper()
	doc := readDocument(t, filepath.Join("..", "..", "docs", "json.md"), app.Name)
	flights := flights(t)
	stand := func(t *testing.T) {
		t.Helper()
		t.Chdir(t.TempDir())
		for name, text := range flights {
			write(t, name, text)
		}
		if p.Files != nil {
			p.Files(t)
		}
	}
	t.Run("help has an example that works", func(t *testing.T) {
		stand(t)
		p.help(t, app)
	})
	t.Run("the documented keys and exit statuses are those there are", func(t *testing.T) {
		stand(t)
		statuses := []int{cli.BadInput} // of the bad flags below
		for _, c := range p.Cases {
			statuses = append(statuses, p.keys(t, doc, app, c))
		}
		doc.complete(t)
		if slices.Sort(statuses); !slices.Equal(slices.Compact(statuses), doc.statuses) {
			t.Errorf("want the documented exit statuses %v, got %v", doc.statuses, slices.Compact(statuses))
		}
	})
	t.Run("progress is for terminals", func(t *testing.T) {
		stand(t)
		p.progress(t, app)
	})
	t.Run("bad values of flags are refused in one line", func(t *testing.T) {
		stand(t)
		p.spoil(t, app)
	})
}

// refresh is how often progress is drawn here, so that short work shows some.
const refresh = 100 * time.Microsecond

// help runs -h, and then its example.
func (p Promises) help(t *testing.T, app cli.App) {
	t.Helper()
	status, out, errs := Run(t, app, "-h")
	if status != cli.Done || errs != "" || !strings.Contains(out, app.Summary) || !strings.Contains(out, app.Example) {
		t.Errorf("-h: want exit status 0 and an example on standard output, got %d, %s%s", status, out, errs)
	}
	for _, name := range flagNames(app) {
		if !strings.Contains(out, "  -"+name) {
			t.Errorf("-h: want flag -%s, got none", name)
		}
	}
	words := Words(app.Example)
	if len(words) == 0 || words[0] != app.Name {
		t.Fatalf("want an example that starts with %s, got %q", app.Name, app.Example)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	app.Refresh = refresh
	if errs := p.shown(t, app, r, w, words[1:]); errs != "" && p.Until == "" {
		t.Errorf("%s: want nothing on standard error, got %q", app.Example, errs)
	}
}

// keys runs a case, compares what it prints with the document, and returns the exit status.
func (p Promises) keys(t *testing.T, doc document, app cli.App, c Case) int {
	t.Helper()
	if c.App != nil {
		app = *c.App
	}
	status, out, errs := p.run(t, app, append([]string{"-json"}, Words(c.Args)...))
	if status != c.Status {
		t.Errorf("%s: want exit status %d, got %d: %s", c.Args, c.Status, status, errs)
	}
	dec := json.NewDecoder(strings.NewReader(out))
	for n := 0; ; n++ {
		var v map[string]any
		err := dec.Decode(&v)
		if errors.Is(err, io.EOF) && (n > 0 || status == cli.BadInput) {
			return status
		}
		if err != nil {
			t.Fatalf("%s: want JSON objects, got %q, %v", c.Args, out, err)
		}
		doc.check(t, "", v)
	}
}

// progress runs Good with standard error at a terminal, where the system has one. help has run the example with a pipe.
func (p Promises) progress(t *testing.T, app cli.App) {
	t.Helper()
	app.Refresh = refresh
	if p.Good.App != nil {
		app = *p.Good.App
		app.Refresh = refresh
	}
	args := Words(p.Good.Args)
	master, terminal := OpenTerminal(t)
	if terminal == nil {
		return // this system has none that a test can make
	}
	text := p.shown(t, app, master, terminal, args)
	switch {
	case p.Quick:
		if strings.ContainsRune(strings.ReplaceAll(text, "\r\n", "\n"), '\r') { // a terminal writes \r\n for a new line
			t.Errorf("a terminal: want nothing on standard error, got %q", text)
		}
	case !strings.Contains(text, "\r") || !strings.Contains(text, "s]"):
		t.Errorf("a terminal: want progress, got %q", text)
	case strings.Contains(text, "\x1b"):
		t.Errorf("a terminal: want neither colours nor other escape sequences, got %q", text)
	case strings.Trim(text[strings.LastIndexByte(strings.TrimSuffix(text, "\r"), '\r'):], " \r") != "":
		t.Errorf("a terminal: want the line taken away at the end, got %q", text)
	}
}

// shown runs the program with its standard error at w and returns what comes out of r.
func (p Promises) shown(t *testing.T, app cli.App, r, w *os.File, args []string) string {
	t.Helper()
	ctx, out, errs, cancel := p.watch(t)
	defer cancel()
	var read sync.WaitGroup
	read.Go(func() { _, _ = io.Copy(errs, r) }) // the end of a terminal is an error
	status := app.Run(ctx, args, out, w)
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	read.Wait()
	_ = r.Close()
	if status != cli.Done {
		t.Errorf("%v: want exit status 0, got %d: %s", args, status, errs.String())
	}
	if strings.ContainsRune(out.String(), '\r') {
		t.Errorf("%v: want no progress on standard output, got %q", args, out.String())
	}
	return errs.String()
}

// run runs the program.
func (p Promises) run(t *testing.T, app cli.App, args []string) (status int, out, errs string) {
	t.Helper()
	ctx, stdout, stderr, cancel := p.watch(t)
	defer cancel()
	status = app.Run(ctx, args, stdout, stderr)
	return status, stdout.String(), stderr.String()
}

// watch returns a context that ends once one of the outputs holds Until.
func (p Promises) watch(t *testing.T) (ctx context.Context, out, errs *watching, cancel func()) {
	t.Helper()
	ctx, cancel = context.WithTimeout(t.Context(), time.Minute)
	return ctx, &watching{until: p.Until, end: cancel}, &watching{until: p.Until, end: cancel}, cancel
}

// watching is a buffer that calls end once it holds until.
type watching struct {
	mu    sync.Mutex
	text  bytes.Buffer
	until string
	end   func()
}

// Write implements io.Writer.
func (w *watching) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text.Write(b)
	if w.until != "" && strings.Contains(w.text.String(), w.until) {
		w.end()
	}
	return len(b), nil
}

// String returns what was written.
func (w *watching) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// Words splits a line as a shell does, by spaces outside of single quotes.
func Words(line string) []string {
	var out []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			out = append(out, part)
			continue
		}
		out = append(out, strings.Fields(part)...)
	}
	return out
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
