package relation_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/relation"
)

// golden is a case of testdata/golden.json, which testdata/gen/relation.py writes with pandas 3.1.1 (as-of joins) and polars 2.1.0 (the others). Rows are compared as they are.
type golden struct {
	Op, How     string
	On          []string
	Strict      bool
	Tolerance   float64
	Left, Right string
	Want        []string
}

func (g golden) source(left, right dataset.Source) (dataset.Source, error) {
	switch g.Op {
	case "join":
		kind := map[string]relation.JoinKind{"inner": relation.InnerJoin, "left": relation.LeftJoin, "semi": relation.SemiJoin, "anti": relation.AntiJoin}[g.How]
		return relation.Join(left, right, relation.JoinOptions{On: g.On, Kind: kind, Suffix: "_right"})
	case "asof":
		direction := map[string]relation.Direction{"backward": relation.Backward, "forward": relation.Forward, "nearest": relation.Nearest}[g.How]
		return relation.AsOfJoin(left, right, relation.AsOfOptions{Time: "t", By: g.On, Direction: direction, Strict: g.Strict, Tolerance: g.Tolerance})
	case "dedupe":
		return relation.Dedupe(left, relation.DedupeOptions{By: g.On, Keep: map[string]relation.Keep{"first": relation.KeepFirst, "last": relation.KeepLast}[g.How]})
	case "concat":
		return relation.Concat(relation.ConcatOptions{ByName: true}, left, right)
	default:
		return nil, fmt.Errorf("case %q", g.Op)
	}
}

func TestPandasAndPolarsGiveTheSame(t *testing.T) {
	text, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []golden }
	if err := json.Unmarshal(text, &file); err != nil || len(file.Cases) != 78 {
		t.Fatalf("%d cases, %v", len(file.Cases), err)
	}
	for i, g := range file.Cases {
		for _, batch := range []int{1, 4, 100} {
			left := table(t, memory.DefaultAllocator, batch, g.Left)
			right := left
			if g.Right != "" {
				right = table(t, memory.DefaultAllocator, batch, g.Right)
			}
			src, err := g.source(left, right)
			if err != nil {
				t.Fatalf("case %d: %v", i, err)
			}
			if got, want := rows(t, src), strings.Join(append(g.Want, ""), "\n"); got != want {
				t.Errorf("case %d, %+v, batches of %d:\ngot\n%swant\n%s", i, g, batch, got, want)
			}
		}
	}
}
