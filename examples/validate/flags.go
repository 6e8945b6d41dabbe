package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/tidewheel/tidewheel/examples/internal/cli"
)

// checkOutputs refuses to write where it could not, or over what is read.
func (c *checking) checkOutputs() error {
	if c.quarantine != "" || c.html != "" {
		if err := c.Require("data"); err != nil {
			return err
		}
	}
	if c.write != "" && filepath.Clean(c.write) == filepath.Clean(c.quarantine) {
		return fmt.Errorf("flags -write-schema, -quarantine: want two files, got %q twice", c.write)
	}
	if c.html != "" && filepath.Clean(c.html) == filepath.Clean(c.write) {
		return fmt.Errorf("flags -write-schema, -html: want two files, got %q twice", c.html)
	}
	return errors.Join(
		cli.CheckOutput("write-schema", c.write, c.reference, c.schema, c.data),
		cli.CheckOutput("quarantine", c.quarantine, c.reference, c.schema, c.data),
		cli.CheckPage(c.html, c.reference, c.schema, c.data),
	)
}
