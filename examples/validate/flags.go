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
	if c.quarantine != "" || c.repair != "" || c.html != "" {
		if err := c.Require("data"); err != nil {
			return err
		}
	}
	outputs := []struct{ flag, path string }{{"write-schema", c.write}, {"quarantine", c.quarantine}, {"repair", c.repair}, {"repair", c.ledger()}, {"html", c.html}}
	for i, a := range outputs {
		for _, b := range outputs[:i] {
			if a.path != "" && filepath.Clean(a.path) == filepath.Clean(b.path) {
				return fmt.Errorf("flags -%s, -%s: want two files, got %q twice", b.flag, a.flag, a.path)
			}
		}
	}
	return errors.Join(
		cli.CheckOutput("write-schema", c.write, c.reference, c.schema, c.data),
		cli.CheckOutput("quarantine", c.quarantine, c.reference, c.schema, c.data),
		lab.CheckCreate("repair", c.repair, c.reference, c.schema, c.data),
		cli.CheckOutput("repair", c.ledger(), c.reference, c.schema, c.data),
		cli.CheckPage(c.html, c.reference, c.schema, c.data),
	)
}
