package main

import (
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
)

func TestWhatEveryProgramPromises(t *testing.T) {
	clitest.Keep(t, app(), clitest.Promises{
		Files: func(t *testing.T) {
			t.Helper()
			clitest.RegisterFlights(t)
			clitest.ScoreFlights(t)
		},
		Cases: []clitest.Case{
			{Args: "-data scored.parquet -actual late -probability probability_true"},
			{Args: "-data scored.parquet -actual late -predicted prediction -resamples 20"},
			{Args: "-data january.csv -actual arr_delay -predicted dep_delay"},
			{Args: "-data scored.parquet -actual late -predicted prediction -group origin"},
		},
		Good: clitest.Case{Args: "-data scored.parquet -actual late -probability probability_true -predicted prediction -weight distance -group origin -resamples 20"},
	})
}
