package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/internal/portable/targets"
)

// list returns what TIDEWHEEL_PORTABLE asks for.
func list(t *testing.T) []targets.Target {
	t.Helper()
	root := strings.TrimSpace(string(command(t, nil, "go", "env", "GOROOT")))
	return must(targets.List(os.Getenv("TIDEWHEEL_PORTABLE"), root, t.TempDir()))(t)
}

// command returns what a program writes. Its failure ends the test.
func command(t *testing.T, env []string, name string, args ...string) []byte {
	t.Helper()
	out, stderr, err := try(t, env, name, args...)
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, stderr)
	}
	return out
}

func try(t *testing.T, env []string, name string, args ...string) (out []byte, stderr string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), env...)
	var text strings.Builder
	cmd.Stderr = &text
	out, err = cmd.Output()
	return out, text.String(), err
}

// build returns the path of the prober, built for x.
func build(t *testing.T, x targets.Target, flags ...string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "prober")
	args := append([]string{"build", "-tags", x.Tags, "-o", program}, flags...)
	command(t, []string{"CGO_ENABLED=0", "GOOS=" + x.OS, "GOARCH=" + x.Arch}, "go", append(args, ".")...)
	return program
}

func TestBitsAreTheSameEverywhere(t *testing.T) {
	dir := writeBundles(t)
	var text strings.Builder
	if err := run([]string{dir}, &text); err != nil {
		t.Fatal(err)
	}
	want := text.String()
	if n := strings.Count(want, "\n"); n != 36 {
		t.Errorf("%d lines, want 10 of functions and 26 of bundles:\n%s", n, want)
	}
	for _, x := range list(t) {
		t.Run(x.String(), func(t *testing.T) {
			t.Parallel()
			line := x.Command(build(t, x), dir)
			got := strings.SplitAfter(string(command(t, nil, line[0], line[1:]...)), "\n")
			for i, here := range strings.SplitAfter(want, "\n") {
				if i >= len(got) || got[i] != here {
					t.Errorf("line %d is another than here, which is\n%s", i, here)
				}
			}
		})
	}
}

// rounded is a product that is rounded before it is added to.
var rounded = regexp.MustCompile(`float64\(([^()]*\*[^()]*)\)`)

// With the explicit roundings of package num taken out, its functions have other bits on arm64, whose compiler then fuses products with additions: the comparison
// can fail. A bundle whose model ends in such a function refuses itself there.
func TestWithoutExplicitRoundingBitsDiffer(t *testing.T) {
	for _, x := range list(t) {
		if x.Arch != "arm64" {
			continue
		}
		dir, overlay := writeBundles(t), map[string]string{}
		files := must(filepath.Glob(filepath.Join("..", "..", "num", "*.go")))(t)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text := must(os.ReadFile(file))(t)
			fused := filepath.Join(t.TempDir(), filepath.Base(file))
			if err := os.WriteFile(fused, rounded.ReplaceAll(text, []byte("($1)")), 0o600); err != nil {
				t.Fatal(err)
			}
			overlay[must(filepath.Abs(file))(t)] = fused
		}
		replaced := filepath.Join(t.TempDir(), "overlay.json")
		if err := os.WriteFile(replaced, must(json.Marshal(map[string]any{"Replace": overlay}))(t), 0o600); err != nil {
			t.Fatal(err)
		}
		line := x.Command(build(t, x, "-overlay", replaced), dir)
		out, stderr, err := try(t, nil, line[0], line[1:]...)
		var want strings.Builder
		if err := probeNumbers(&want); err != nil {
			t.Fatal(err)
		}
		for _, function := range []string{"exp", "expm1", "tanh", "sigmoid", "softmax"} {
			same := regexp.MustCompile(`num\.` + function + ` .*\n`).FindString(want.String())
			if same == "" || !strings.Contains(string(out), "num."+function+" ") || strings.Contains(string(out), same) {
				t.Errorf("%s: fused products give the same bits", function)
			}
		}
		if err == nil || !strings.Contains(stderr, "scores to other bits here") {
			t.Errorf("the bundles open with other arithmetic: error %v", err)
		}
	}
}
