package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// target is an architecture with what runs its programs here.
type target struct {
	os, arch string
	run      []string // the program comes behind it, and the folder last
	tags     string
}

// wasi runs a program of WASI's first preview under Node.js, which lets it see one folder.
const wasi = `const { WASI } = require("node:wasi");
const [program, folder] = process.argv.slice(2);
const host = new WASI({ version: "preview1", args: ["prober", "/bundles"], preopens: { "/bundles": folder } });
WebAssembly.instantiate(require("node:fs").readFileSync(program), host.getImportObject()).then((r) => host.start(r.instance));
`

// targets returns what TIDEWHEEL_PORTABLE asks for: nothing where it is not set, the rarer architectures too where it is "all". What it asks for must be there.
func targets(t *testing.T) []target {
	t.Helper()
	asked := os.Getenv("TIDEWHEEL_PORTABLE")
	if asked == "" {
		return nil
	}
	script := filepath.Join(t.TempDir(), "wasi.js")
	if err := os.WriteFile(script, []byte(wasi), 0o600); err != nil {
		t.Fatal(err)
	}
	root := strings.TrimSpace(string(command(t, nil, "go", "env", "GOROOT")))
	list := []target{
		{os: "linux", arch: "arm64", run: []string{"qemu-aarch64"}},
		{os: "linux", arch: "arm", run: []string{"qemu-arm"}},
		{os: "wasip1", arch: "wasm", run: []string{"node", "--no-warnings", "--no-turbo-fast-api-calls", script}}, // with them, WASI of Node.js 20 crashes once memory has grown
		{os: "js", arch: "wasm", run: []string{"node", "--stack-size=8192", filepath.Join(root, "lib", "wasm", "wasm_exec_node.js")}},
		{os: runtime.GOOS, arch: runtime.GOARCH, tags: "tinygo"}, // the small build; see docs/benchmarks.md
	}
	if asked == "all" {
		list = append(
			list,
			target{os: "linux", arch: "386"}, // runs by itself where amd64 does; qemu-i386 cannot start Go's threads
			target{os: "linux", arch: "ppc64le", run: []string{"qemu-ppc64le"}},
			target{os: "linux", arch: "riscv64", run: []string{"qemu-riscv64"}},
			target{os: "linux", arch: "s390x", run: []string{"qemu-s390x"}}, // big-endian
		)
	}
	return list
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
func build(t *testing.T, x target, flags ...string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "prober")
	args := append([]string{"build", "-tags", x.tags, "-o", program}, flags...)
	command(t, []string{"CGO_ENABLED=0", "GOOS=" + x.os, "GOARCH=" + x.arch}, "go", append(args, ".")...)
	return program
}

// at returns the command line that runs a program of x.
func (x target) at(program, dir string) (name string, args []string) {
	line := append(append([]string{}, x.run...), program, dir)
	return line[0], line[1:]
}

func TestBitsAreTheSameEverywhere(t *testing.T) {
	dir := writeBundles(t)
	var text strings.Builder
	if err := run([]string{dir}, &text); err != nil {
		t.Fatal(err)
	}
	want := text.String()
	if n := strings.Count(want, "\n"); n != 26 {
		t.Errorf("%d lines, want 10 of functions and 16 of bundles:\n%s", n, want)
	}
	for _, x := range targets(t) {
		t.Run(strings.Trim(x.os+"/"+x.arch+" "+x.tags, " "), func(t *testing.T) {
			t.Parallel()
			name, args := x.at(build(t, x), dir)
			got := strings.SplitAfter(string(command(t, nil, name, args...)), "\n")
			for i, line := range strings.SplitAfter(want, "\n") {
				if i >= len(got) || got[i] != line {
					t.Errorf("line %d is another than here, which is\n%s", i, line)
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
	for _, x := range targets(t) {
		if x.arch != "arm64" {
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
		list := filepath.Join(t.TempDir(), "overlay.json")
		if err := os.WriteFile(list, must(json.Marshal(map[string]any{"Replace": overlay}))(t), 0o600); err != nil {
			t.Fatal(err)
		}
		name, args := x.at(build(t, x, "-overlay", list), dir)
		out, stderr, err := try(t, nil, name, args...)
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
