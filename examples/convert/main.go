// Convert turns rows of any source into a file of any format.
package main

import (
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/convert"
)

func main() { app().Main() }

func app() cli.App { return convert.App(nil) }
