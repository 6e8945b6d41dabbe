package main

import (
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
)

func TestWhatEveryProgramPromises(t *testing.T) {
	clitest.Keep(t, app(), clitest.Promises{
		Cases: []clitest.Case{
			{Args: "-suite ingest -quick -rows 200"},
			{Args: "-suite profile -quick -rows 200"},
			{Args: "-suite validate -quick -rows 200"},
			{Args: "-suite train -quick -rows 200"},
			{Args: "-suite stream -quick -rows 200"},
			{Args: "-suite score -quick -rows 200"},
			{Args: "-suite predict -quick -rows 200"},
		},
		Good: clitest.Case{Args: "-suite train -data january.csv -target late -repeat 1 -case linear -workers 1"},
	})
}
