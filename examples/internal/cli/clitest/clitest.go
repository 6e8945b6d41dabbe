// Package clitest runs example programs in tests.
package clitest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli"
)

// Run runs a program and returns its exit status and what it printed.
func Run(t *testing.T, app cli.App, args ...string) (status int, out, errs string) {
	t.Helper()
	return RunContext(t.Context(), app, args...)
}

// RunContext is Run under a context.
func RunContext(ctx context.Context, app cli.App, args ...string) (status int, out, errs string) {
	var stdout, stderr bytes.Buffer
	status = app.Run(ctx, args, &stdout, &stderr)
	return status, stdout.String(), stderr.String()
}

// JSON runs a program with -json, wants the exit status, and decodes its object.
func JSON(t *testing.T, app cli.App, want int, args ...string) map[string]any {
	t.Helper()
	status, out, errs := Run(t, app, append([]string{"-json"}, args...)...)
	if status != want {
		t.Fatalf("%s %v: want exit status %d, got %d: %s%s", app.Name, args, want, status, out, errs)
	}
	var v map[string]any
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		t.Fatalf("%s %v: want a JSON object, got %q", app.Name, args, out)
	}
	return v
}

// Refuses wants exit status 2, nothing on standard output, and one line on standard error that starts with the program's name and holds every one of the texts.
func Refuses(t *testing.T, app cli.App, args []string, texts ...string) {
	t.Helper()
	status, out, errs := Run(t, app, args...)
	line, rest, _ := strings.Cut(errs, "\n")
	if status != cli.BadInput || out != "" || rest != "" || !strings.HasPrefix(line, app.Name+": ") {
		t.Errorf("%s %v: want exit status 2 and one line of error, got %d, %q, %q", app.Name, args, status, out, errs)
	}
	for _, text := range texts {
		if !strings.Contains(line, text) {
			t.Errorf("%s %v: want %q in the error, got %q", app.Name, args, text, line)
		}
	}
}

// File writes a file into the test's folder and returns its path.
func File(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Rows returns n rows of CSV with a header: x and z, numbers; c, one of three categories; y, yes or no, which x and c decide but for one row in ten; r, a number that x,
// z and c decide. They depend on start alone.
func Rows(start, n int) string {
	var b strings.Builder
	b.WriteString("x,z,c,y,r\n")
	for i := start; i < start+n; i++ {
		x := float64(i*7919%1000) / 100
		z := float64(i*104729%997) / 10
		c := []string{"red", "green", "blue"}[i%3]
		yes := x+3*float64(i%3) > 8
		if i%10 == 0 {
			yes = !yes
		}
		fmt.Fprintf(&b, "%g,%g,%s,%s,%g\n", x, z, c, map[bool]string{true: "yes", false: "no"}[yes], x*x+z/10+5*float64(i%3))
	}
	return b.String()
}
