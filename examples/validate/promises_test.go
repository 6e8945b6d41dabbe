package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
)

func TestWhatEveryProgramPromises(t *testing.T) {
	reference, bad := clitest.File(t, "reference.csv", clitest.Rows(0, 800)), clitest.File(t, "bad.csv", clitest.Rows(800, 40)+"-900,50,red,yes,7\n")
	clitest.Keep(t, app(), clitest.Promises{
		Files: func(t *testing.T) {
			t.Helper()
			if err := os.WriteFile("checks.json", []byte(`{"tidewheel.checks": 1, "checks": [{"check": "row_count", "min": 1}]}`), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		Cases: []clitest.Case{
			{Args: "-reference january.csv -data january.csv"},
			{Args: "-reference january.csv -data february.csv"},
			{Args: "-reference january.csv -data july.csv -quarantine bad.csv -checks checks.json -junit report.xml", Status: 1},
			{Args: "-reference january.csv -data july.csv -repair mended.csv", Status: 1},
			{Args: "-reference " + filepath.ToSlash(reference) + " -data " + filepath.ToSlash(bad) + " -repair mended.csv", Status: 1},
		},
		Good: clitest.Case{Args: "-reference january.csv -data february.csv -write-schema rules.json -quarantine bad.csv -checks checks.json -junit report.xml"},
	})
}
