package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
)

// Every public file that a reader takes is converted to each format that holds its columns, and back: the content is the same. What is refused is refused in one line.
func TestPublicFiles(t *testing.T) {
	root := os.Getenv("TIDEWHEEL_DATA")
	if root == "" {
		t.Skip("want TIDEWHEEL_DATA")
	}
	converted, refused, variants := 0, 0, 0
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		ext := filepath.Ext(path)
		if ext != ".csv" && ext != ".libsvm" && ext != ".parquet" {
			return nil
		}
		if strings.Contains(path, "shredded_variant") {
			if variants++; variants%10 > 0 { // they are much alike
				return nil
			}
		}
		content := ""
		src, err := lab.OpenData(path, nil)
		if err == nil {
			content, err = dataset.Digest(t.Context(), src, dataset.RunOptions{})
		}
		if err != nil {
			refused++
			if !typed(err) {
				t.Errorf("%s: an error of no kind: %v", path, err)
			}
			return nil
		}
		for _, name := range []string{"out.parquet", "out.arrow", "out.jsonl"} {
			if convertsBack(t, path, src.Schema(), content, name) {
				converted++
			}
		}
		return nil
	})
	if err != nil || converted < 180 {
		t.Errorf("%d converted, %d refused, %v", converted, refused, err)
	}
	t.Logf("%d conversions, %d files refused", converted, refused)
}

func typed(err error) bool {
	for _, kind := range []error{dataset.ErrFormat, dataset.ErrUnsupported, dataset.ErrSchema, dataset.ErrLimit} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// convertsBack reports whether a file was converted, or could not be for a reason that is said.
func convertsBack(t *testing.T, path string, s *dataset.Schema, content, name string) bool {
	t.Helper()
	out := filepath.Join(t.TempDir(), name)
	status, _, errs := clitest.Run(t, app(), "-in", path, "-out", out)
	if status != 0 {
		for _, reason := range []string{"unsupported", "a finite number", "a year of four digits"} { // which JSON and Parquet do not have
			if strings.Contains(errs, reason) {
				return false
			}
		}
		t.Errorf("%s to %s: %s", path, name, errs)
		return false
	}
	back, err := lab.OpenData(out, s)
	if err != nil {
		t.Errorf("%s to %s: %v", path, name, err)
		return false
	}
	got, err := dataset.Digest(t.Context(), back, dataset.RunOptions{})
	if nan := strings.Contains(filepath.Base(path), "nan") && name == "out.jsonl"; err != nil || got != content && !nan { // JSON has null for NaN
		t.Errorf("%s to %s: the content is another: %v", path, name, err)
	}
	return true
}
