package clitest

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli"
)

// Page runs a program with -html, wants the exit status and the same output as without, and a page of at most 300 KB that has the texts and asks for nothing.
func Page(t *testing.T, app cli.App, want int, args []string, texts ...string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.html")
	status, out, errs := Run(t, app, append([]string{"-html", file}, args...)...)
	if _, plain, _ := Run(t, app, args...); status != want || out != plain || errs != "" {
		t.Errorf("%s: want exit status %d and what it prints without -html, got %d, %q, %q", app.Name, want, status, out, errs)
	}
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(page) > 300_000 || !bytes.HasPrefix(page, []byte("<!DOCTYPE html>")) {
		t.Errorf("%s: want a page of at most 300 KB, got %d bytes", app.Name, len(page))
	}
	for _, text := range texts {
		if !bytes.Contains(page, []byte(text)) {
			t.Errorf("%s: want %q on the page", app.Name, text)
		}
	}
	for _, bad := range []string{"<script", "http:", "https:", "src=", "url("} {
		if bytes.Contains(page, []byte(bad)) {
			t.Errorf("%s: want no %q on the page", app.Name, bad)
		}
	}
	for _, path := range []string{"page.txt", filepath.Join(t.TempDir(), "absent", "page.html")} {
		status, out, errs := Run(t, app, append([]string{"-html", path}, args...)...)
		if status != cli.BadInput || out != "" || !strings.Contains(errs, "-html") {
			t.Errorf("%s: -html %s: want exit status 2 and the flag, got %d, %q, %q", app.Name, path, status, out, errs)
		}
	}
}
