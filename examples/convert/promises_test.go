package main

import (
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
)

func TestWhatEveryProgramPromises(t *testing.T) {
	clitest.Keep(t, app(), clitest.Promises{
		Cases: []clitest.Case{{Args: "-in january.csv -out january.parquet"}},
		Good:  clitest.Case{Args: "-in january.csv -out january.parquet -columns distance,carrier -where 'distance > 500' -dedupe carrier -sample 3"},
	})
}
