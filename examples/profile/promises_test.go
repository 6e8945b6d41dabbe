package main

import (
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
)

func TestWhatEveryProgramPromises(t *testing.T) {
	clitest.Keep(t, app(), clitest.Promises{
		Cases: []clitest.Case{{Args: "-data january.csv"}, {Args: "-data january.csv -target late"}},
		Good:  clitest.Case{Args: "-data january.csv"},
	})
}
