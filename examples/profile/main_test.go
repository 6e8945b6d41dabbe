package main

import (
	"math"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
)

func TestFiguresByHand(t *testing.T) {
	file := clitest.File(t, "rows.csv", "n,c\n1,a\n2,a\n3,b\n4,\n,a\n")
	r := clitest.JSON(t, app(), 0, "-data", file)
	columns, _ := r["columns"].([]any)
	if r["rows"] != 5.0 || len(columns) != 2 {
		t.Fatalf("got %v", r)
	}
	n, c := columns[0].(map[string]any), columns[1].(map[string]any)
	for name, want := range map[string]float64{"count": 4, "nulls": 1, "distinct": 4, "min": 1, "max": 4, "mean": 2.5, "std": math.Sqrt(5.0 / 3)} {
		if got, ok := n[name].(float64); !ok || math.Abs(got-want) > 1e-12 {
			t.Errorf("n: want %s %g, got %v", name, want, n[name])
		}
	}
	top, _ := c["top"].([]any)
	if first, ok := top[0].(map[string]any); !ok || first["value"] != "a" || first["count"] != 3.0 {
		t.Errorf("c: want a three times, got %v", top)
	}
	if _, out, _ := clitest.Run(t, app(), "-data", file); !strings.Contains(out, "5 rows, 2 columns") {
		t.Errorf("got %s", out)
	}
}

func TestBadInput(t *testing.T) {
	clitest.Refuses(t, app(), nil, "-data")
	clitest.Refuses(t, app(), []string{"-data", "absent.csv"}, "absent.csv")
	clitest.Refuses(t, app(), []string{"-data", clitest.File(t, "empty.csv", "")}, "empty.csv", "empty file")
	header := clitest.File(t, "header.csv", "x,z,c,y,r\n")
	clitest.Refuses(t, app(), []string{"-data", header}, "header.csv", "row")
}
