//go:build linux

package membound_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// programs are built once for a test.
type programs struct{ dir string }

func build(t *testing.T, names ...string) programs {
	t.Helper()
	dir := t.TempDir()
	args := []string{"build", "-ldflags=-s -w", "-o", dir + string(filepath.Separator)}
	for _, n := range names {
		args = append(args, "github.com/tidewheel/tidewheel/examples/"+n)
	}
	if out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return programs{dir}
}

// usage is what a process took: the most memory that was resident, as the kernel counts it, and time. A process starts with the peak of the one that starts it,
// about 25 MiB here, so that smaller peaks are not seen.
type usage struct {
	peakMiB   float64
	cpu, wall time.Duration
}

// result is what all programs print.
type result struct {
	Rows        int `json:"rows"`
	RowsCurrent int `json:"rows_current"`
	Refused     int `json:"refused"`
	RowsBad     int `json:"rows_bad"`
	DataRows    int `json:"data_rows"`
}

// run runs a program with -json on two processors and returns what it printed and took. env is added to the environment.
func (p programs) run(t *testing.T, env []string, name string, args ...string) (result, usage) {
	t.Helper()
	out, errs, u, err := p.start(t, env, name, args...)
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) { // 1: rows are refused, or columns drifted
		t.Fatalf("%s %s: %v\n%.2000s", name, strings.Join(args, " "), err, errs)
	}
	var r result
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return r, u
}

func (p programs) start(t *testing.T, env []string, name string, args ...string) (out, errs []byte, u usage, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(p.dir, name), append([]string{"-json", "-workers", "2"}, args...)...)
	cmd.Env = append(append(os.Environ(), "GOMAXPROCS=2", "GOGC="), env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	begin := time.Now()
	err = cmd.Run()
	u = usage{wall: time.Since(begin), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	taken, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		t.Fatal("want the usage of a process, got none")
	}
	u.peakMiB = float64(taken.Maxrss) / (1 << 10) // KiB on Linux
	return stdout.Bytes(), stderr.Bytes(), u, err
}
