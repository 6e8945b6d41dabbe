package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
)

// checkOutputs refuses to write where it could not, or over what is read.
func (c *checking) checkOutputs() error {
	if c.quarantine != "" || c.repair != "" || c.html != "" || c.junit != "" || c.checks != "" {
		if err := c.Require("data"); err != nil {
			return err
		}
	}
	outputs := []struct{ flag, path string }{{"write-schema", c.write}, {"quarantine", c.quarantine}, {"repair", c.repair}, {"repair", c.ledger()}, {"junit", c.junit}, {"html", c.html}}
	for i, a := range outputs {
		for _, b := range outputs[:i] {
			if a.path != "" && filepath.Clean(a.path) == filepath.Clean(b.path) {
				return fmt.Errorf("flags -%s, -%s: want two files, got %q twice", b.flag, a.flag, a.path)
			}
		}
	}
	reads := []string{c.reference, c.schema, c.data, c.checks}
	return errors.Join(
		cli.CheckOutput("write-schema", c.write, reads...),
		cli.CheckOutput("quarantine", c.quarantine, reads...),
		lab.CheckCreate("repair", c.repair, reads...),
		cli.CheckOutput("repair", c.ledger(), reads...),
		cli.CheckOutput("junit", c.junit, reads...),
		cli.CheckPage(c.html, reads...),
	)
}
