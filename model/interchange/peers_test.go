package interchange_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestScoresEqualThePeers has the tools themselves make more cases and checks every one, where TIDEWHEEL_PEERS is 1. It installs the tools of the versions in
// examples/benchmark/peers/requirements.txt into a virtual environment of its own, or uses the Python that TIDEWHEEL_PYTHON names. With -v it prints a table of
// what came out, as in docs/interchange.md. TIDEWHEEL_CASES names a folder of cases that were made before.
func TestScoresEqualThePeers(t *testing.T) {
	dir := os.Getenv("TIDEWHEEL_CASES")
	if dir == "" {
		dir = makeCases(t)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.case.json"))
	if err != nil || len(files) < 50 {
		t.Fatalf("want 50 cases or more, got %d (%v)", len(files), err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".case.json")
		t.Run(name, func(t *testing.T) {
			c := readCase(t, f)
			worst := c.check(t, dir)
			t.Logf("| %s | %s | %s |", name, c.Tool, c.outcome(worst))
		})
	}
}

// outcome says in words how a case that passed came out.
func (c toolCase) outcome(worst float64) string {
	switch {
	case c.Refused != "":
		return "refused by name: " + c.Refused
	case worst == 0:
		return "exact"
	default:
		return fmt.Sprintf("raw scores exact, predictions within %.1g", worst)
	}
}

// peersPython returns a Python that has the tools.
func peersPython(t *testing.T) string {
	t.Helper()
	if os.Getenv("TIDEWHEEL_PEERS") != "1" {
		t.Skip("TIDEWHEEL_PEERS is not 1")
	}
	python := os.Getenv("TIDEWHEEL_PYTHON")
	if python == "" {
		venv := filepath.Join(t.TempDir(), "venv")
		command(t, "python3", "-m", "venv", venv)
		python = filepath.Join(venv, "bin", "python")
		command(t, python, "-m", "pip", "install", "--quiet", "--requirement", filepath.FromSlash("../../examples/benchmark/peers/requirements.txt"))
	}
	return python
}

func makeCases(t *testing.T) string {
	t.Helper()
	python, dir := peersPython(t), t.TempDir()
	command(t, python, "-B", filepath.Join("testdata", "gen", "more_cases.py"), dir)
	return dir
}

func command(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}
