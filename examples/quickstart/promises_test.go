package main

import (
	"context"
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
)

func TestWhatEveryProgramPromises(t *testing.T) {
	short := appOf(func(l *life) []part {
		return []part{{"ingest", l.ingest}}
	})
	unmet := appOf(func(l *life) []part {
		return []part{{"gate", func(context.Context) (figures, error) { return figures{"gates": 1}, unmetError("want more") }}}
	})
	clitest.Keep(t, app(), clitest.Promises{
		Cases: []clitest.Case{
			{Args: "-out late"},
			{Args: "-out late", App: &unmet, Status: 1},
		},
		Until: "serving at",
		Good:  clitest.Case{Args: "-out late", App: &short},
	})
}
