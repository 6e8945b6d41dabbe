package main

import (
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
)

func TestWhatEveryProgramPromises(t *testing.T) {
	clitest.Keep(t, app(), clitest.Promises{
		Cases: []clitest.Case{
			{Args: "-reference january.csv -data january.csv"},
			{Args: "-reference january.csv -data february.csv"},
			{Args: "-reference january.csv -data july.csv -quarantine bad.csv", Status: 1},
		},
		Good: clitest.Case{Args: "-reference january.csv -data february.csv -write-schema rules.json -quarantine bad.csv"},
	})
}
