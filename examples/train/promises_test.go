package main

import (
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
)

func TestWhatEveryProgramPromises(t *testing.T) {
	clitest.Keep(t, app(), clitest.Promises{
		Cases: []clitest.Case{
			{Args: "-data january.csv -target late -model dummy"},
			{Args: "-data january.csv -target late -model linear -drop id,flight,arr_delay -time time -folds 3 -sample 400 -export model.onnx"},
			{Args: `-data january.csv -target arr_delay -model gbdt -params '{"trees":5,"l2":0.5}' -test february.csv -drop id -registry models -name late`},
			{Args: "-data january.csv -target origin -model auto -test february.csv -drop id,dest,carrier -out model.tide"},
			{Args: "-data january.csv -target late -model dummy -test february.csv -sensitive origin"},
		},
		Good: clitest.Case{Args: "-data january.csv -target late -model dummy -test february.csv -drop id,flight,arr_delay -sensitive origin -weight distance -time time -folds 2 -sample 500 -out model.tide"},
	})
}
