package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
)

// Every public file of rows that a reader takes can be described, and what cannot is refused in one line.
func TestEveryPublicFileIsDescribedOrRefused(t *testing.T) {
	root := os.Getenv("TIDEWHEEL_DATA")
	if root == "" {
		t.Skip("want TIDEWHEEL_DATA")
	}
	described := 0
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if ext := filepath.Ext(path); err != nil || e.IsDir() || ext != ".csv" && ext != ".libsvm" && ext != ".parquet" {
			return err
		}
		src, err := lab.OpenData(path, nil)
		readable := err == nil
		if readable {
			n, err := lab.CountRows(t.Context(), src)
			readable = err == nil && n > 0
		}
		if !readable {
			clitest.Refuses(t, app(), []string{"-data", path}, filepath.Base(path))
			return nil
		}
		if status, _, errs := clitest.Run(t, app(), "-json", "-data", path); status != 0 {
			t.Errorf("%s: %s", path, errs)
		}
		described++
		return nil
	})
	if err != nil || described < 60 {
		t.Errorf("%d described, %v", described, err)
	}
}
