package main

import (
	"os"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
)

func TestWhatEveryProgramPromises(t *testing.T) {
	clitest.Keep(t, app(), clitest.Promises{
		Files: func(t *testing.T) {
			t.Helper()
			text, err := os.ReadFile("july.csv")
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.SplitAfter(string(text), "\n") // flight is another name, origin holds numbers
			lines[0] = strings.Replace(lines[0], "flight", "number", 1)
			other := strings.NewReplacer("EWR", "1", "JFK", "2", "LGA", "3").Replace(strings.Join(lines, ""))
			if err := os.WriteFile("other.csv", []byte(other), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		Cases: []clitest.Case{
			{Args: "-reference january.csv -current january.csv -fail"},
			{Args: "-reference january.csv -current july.csv -target late"},
			{Args: "-reference january.csv -current july.csv -prediction late -fail", Status: 1},
			{Args: "-reference other.csv -current january.csv -fail", Status: 1},
		},
		Good: clitest.Case{Args: "-reference january.csv -current july.csv -target late -prediction dep_delay"},
	})
}
