package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
)

func TestWhatEveryProgramPromises(t *testing.T) {
	multiclass, err := os.ReadFile(filepath.Join(interchangeData, "lgb_multiclass.txt"))
	if err != nil {
		t.Fatal(err)
	}
	clitest.Keep(t, app(), clitest.Promises{
		Files: func(t *testing.T) {
			t.Helper()
			clitest.RegisterFlights(t)
			for name, text := range map[string]string{"classes.txt": string(multiclass), "rows.csv": "age,shop,spend,delta,kind\n1,2,3,4,1\n,,,,\ninf,1,1,1,1\n"} {
				if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		},
		Cases: []clitest.Case{
			{Args: "-model models/late@latest -data january.csv -rows 2 -svg reasons.svg"},
			{Args: "-model classes.txt -data rows.csv"},
		},
		Good: clitest.Case{Args: "-model models/late@latest -data february.csv -from 3 -rows 2 -svg reasons.svg"},
	})
}
