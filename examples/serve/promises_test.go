package main

import (
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
)

func TestWhatEveryProgramPromises(t *testing.T) {
	clitest.Keep(t, app(), clitest.Promises{
		Files: clitest.RegisterFlights,
		Cases: []clitest.Case{
			{Args: "-model models/late@latest -addr 127.0.0.1:0"},
			{Args: "-registry models -addr 127.0.0.1:0"},
		},
		Good:  clitest.Case{Args: "-registry models -model late@1 -addr 127.0.0.1:0"},
		Until: "late",
		Quick: true,
	})
}
