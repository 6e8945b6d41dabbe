//go:build linux

package membound_test

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/tree"
)

// Of TestTrainingMemory: variables of the rows to train on, 300,000 by default, and of the process that does, and the columns.
const (
	trainingRows    = "TIDEWHEEL_TREE_ROWS"
	trainingProcess = "TIDEWHEEL_TREE_PROCESS"
	trainingColumns = 28
)

// generated is rows made while they are ranged.
type generated struct {
	schema *dataset.Schema
	rows   int
}

func newGenerated(rows int) (*generated, error) {
	fields := make([]dataset.Field, 0, trainingColumns+1)
	for j := range trainingColumns {
		fields = append(fields, dataset.Field{Name: "x" + strconv.Itoa(j), Type: dataset.Float64})
	}
	s, err := dataset.NewSchema(append(fields, dataset.Field{Name: "y", Type: dataset.Bool, Role: dataset.Target})...)
	return &generated{s, rows}, err
}

func (g *generated) Schema() *dataset.Schema { return g.schema }

func (g *generated) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		r := rand.New(rand.NewPCG(1, 1))
		for done := 0; done < g.rows; done += 8192 {
			b, err := g.batch(r, min(8192, g.rows-done))
			if err == nil {
				err = ctx.Err()
			}
			if more := yield(b, err); err != nil || !more {
				return
			}
			b.Release()
		}
	}
}

func (g *generated) batch(r *rand.Rand, n int) (dataset.Batch, error) {
	numbers := array.NewFloat64Builder(memory.DefaultAllocator)
	defer numbers.Release()
	target := array.NewBooleanBuilder(memory.DefaultAllocator)
	defer target.Release()
	columns := make([]arrow.Array, 0, trainingColumns+1)
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	sum := make([]float64, n)
	for j := range trainingColumns {
		for i := range n {
			v := r.NormFloat64()
			sum[i] += v * float64(j%3)
			numbers.Append(v)
		}
		columns = append(columns, numbers.NewArray())
	}
	for _, s := range sum {
		target.Append(s > 0)
	}
	columns = append(columns, target.NewArray())
	return dataset.NewBatch(g.schema, columns, n)
}

// TestTrainingMemory trains a boosting in a process of its own and reads the most memory that was resident from the kernel. 10,000,000 rows take less than 1.2 GB;
// fewer take no more for a row, beside what the process and a sample of 200,000 rows take.
func TestTrainingMemory(t *testing.T) {
	rows := 300_000
	if v := os.Getenv(trainingRows); v != "" {
		var err error
		if rows, err = strconv.Atoi(v); err != nil {
			t.Fatal(err)
		}
	}
	if os.Getenv(trainingProcess) != "" {
		trainGenerated(t, rows)
		return
	}
	if testing.Short() {
		rows = 250_000
	}
	program := filepath.Join(t.TempDir(), "training.test") // without the race detector, which takes memory of its own
	if out, err := exec.CommandContext(t.Context(), "go", "test", "-c", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("go test -c: %v\n%s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), program, "-test.run=^TestTrainingMemory$", "-test.v")
	cmd.Env = append(os.Environ(), trainingProcess+"=1", trainingRows+"="+strconv.Itoa(rows), "GOMAXPROCS=2", "GOGC=", "GOMEMLIMIT=1000MiB")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_, text, _ := strings.Cut(string(out), "peak ")
	var peakKiB int
	if _, err := fmt.Sscan(text, &peakKiB); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	mb := float64(peakKiB) * 1024 / 1e6
	t.Logf("%d rows of %d columns: %.0f MB", rows, trainingColumns, mb)
	if limit := 200 + 100*float64(rows)/1e6; mb > limit {
		t.Errorf("%.0f MB, want at most %.0f", mb, limit)
	}
}

func trainGenerated(t *testing.T, rows int) {
	t.Helper()
	src, err := newGenerated(rows)
	if err != nil {
		t.Fatal(err)
	}
	p, err := model.NewProblem(t.Context(), src, "y", model.ProblemOptions{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := tree.NewBoosting(tree.BoostingOptions{Trees: 3, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Fit(t.Context(), model.Training{Problem: p, Rows: src}); err != nil {
		t.Fatal(err)
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, peak, _ := bytes.Cut(status, []byte("VmHWM:"))
	t.Logf("peak %s", peak[:bytes.IndexByte(peak, '\n')])
}
