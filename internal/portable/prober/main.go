// Prober scores rows by the sealed bundles of a folder through every entrance, evaluates package num over sweeps, and prints digests of the bits. On every
// architecture it prints the same lines.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/tidewheel/tidewheel/registry"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:forbidigo // a program of its own
	}
}

func run(args []string, out io.Writer) error {
	if len(args) != 1 {
		return fmt.Errorf("prober: want the folder of the bundles, got %d arguments", len(args))
	}
	if err := probeNumbers(out); err != nil {
		return err
	}
	files, err := os.ReadDir(args[0])
	if err != nil {
		return err
	}
	for _, f := range files { // in the order of their names
		b, err := registry.ReadFile(filepath.Join(args[0], f.Name()))
		if err != nil {
			return err
		}
		if err := probeBundle(out, b); err != nil {
			return fmt.Errorf("prober: %s: %w", f.Name(), err)
		}
	}
	return nil
}
