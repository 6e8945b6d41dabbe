// Package targets lists the architectures whose bits the tests compare with those of the host, and what runs their programs here.
package targets

import (
	"os"
	"path/filepath"
	"runtime"
)

// Target is an architecture.
type Target struct {
	OS, Arch string
	Tags     string
	Run      []string // what runs its programs: the program comes behind it, and the program's arguments last
}

// wasi runs a program of WASI's first preview under Node.js, which lets it see the folder that is its argument, if there is one.
const wasi = `const { WASI } = require("node:wasi");
const [program, folder] = process.argv.slice(2);
const see = folder ? { args: ["program", "/folder"], preopens: { "/folder": folder } } : { args: ["program"] };
const host = new WASI({ version: "preview1", ...see });
WebAssembly.instantiate(require("node:fs").readFileSync(program), host.getImportObject()).then((r) => (process.exitCode = host.start(r.instance)));
`

// List returns what asked, the value of TIDEWHEEL_PORTABLE, asks for: nothing where it is empty, the rarer architectures too where it is "all". What it asks for must be
// there. root is GOROOT; a script goes into the folder scratch.
func List(asked, root, scratch string) ([]Target, error) {
	if asked == "" {
		return nil, nil
	}
	script := filepath.Join(scratch, "wasi.js")
	if err := os.WriteFile(script, []byte(wasi), 0o600); err != nil {
		return nil, err
	}
	list := []Target{
		{OS: "linux", Arch: "arm64", Run: []string{"qemu-aarch64"}},
		{OS: "linux", Arch: "arm", Run: []string{"qemu-arm"}},
		{OS: "wasip1", Arch: "wasm", Run: []string{"node", "--no-warnings", "--no-turbo-fast-api-calls", script}}, // with them, WASI of Node.js 20 crashes once memory has grown
		{OS: "js", Arch: "wasm", Run: []string{"node", "--stack-size=8192", filepath.Join(root, "lib", "wasm", "wasm_exec_node.js")}},
		{OS: runtime.GOOS, Arch: runtime.GOARCH, Tags: "tinygo"}, // the small build; see docs/benchmarks.md
	}
	if asked == "all" {
		list = append(
			list,
			Target{OS: "linux", Arch: "386"}, // runs by itself where amd64 does; qemu-i386 cannot start Go's threads
			Target{OS: "linux", Arch: "ppc64le", Run: []string{"qemu-ppc64le"}},
			Target{OS: "linux", Arch: "riscv64", Run: []string{"qemu-riscv64"}},
			Target{OS: "linux", Arch: "s390x", Run: []string{"qemu-s390x"}}, // big-endian
		)
	}
	return list, nil
}

// String names a target.
func (t Target) String() string {
	if t.Tags != "" {
		return t.OS + "/" + t.Arch + " " + t.Tags
	}
	return t.OS + "/" + t.Arch
}

// Command returns the command line that runs a program of t.
func (t Target) Command(program string, args ...string) []string {
	return append(append(append([]string{}, t.Run...), program), args...)
}
