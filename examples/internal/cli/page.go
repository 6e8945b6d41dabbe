package cli

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// PageUsage explains the flag -html.
const PageUsage = "`file` to write a page for people to, that ends in .html"

// CheckPage refuses, before any work is done, a value of -html that could not be written, or that is one of the files that are read. An empty path is no page.
func CheckPage(path string, read ...string) error {
	if ext := strings.ToLower(filepath.Ext(path)); path != "" && ext != ".html" && ext != ".htm" {
		return fmt.Errorf("flag -html: want a name that ends in .html, got %q", path)
	}
	return CheckOutput("html", path, read...)
}

// WritePage writes what page writes to the file of -html, whole or not at all. An empty path is no page.
func WritePage(path string, page func(io.Writer) error) error {
	if path == "" {
		return nil
	}
	var b bytes.Buffer
	if err := page(&b); err != nil {
		return fmt.Errorf("flag -html: %w", err)
	}
	if err := WriteFile(path, b.Bytes()); err != nil {
		return fmt.Errorf("flag -html: %w", err)
	}
	return nil
}
