package main

import (
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
)

func TestWhatEveryProgramPromises(t *testing.T) {
	clitest.Keep(t, app(), clitest.Promises{
		Files: clitest.RegisterFlights,
		Cases: []clitest.Case{
			{Args: "-model models/late@latest -data january.csv"},
			{Args: "-model models/late@1 -data july.csv -out scored.parquet -raw -contributions"},
		},
		Good: clitest.Case{Args: "-model models/late@latest -data february.csv -out scored.csv"},
	})
}
