// Benchmark measures the stages of tidewheel on generated rows or on a file of the user's own: time, CPU time, allocations, memory, and what came out.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
)

func main() { app().Main() }

func app() cli.App {
	return cli.App{
		Name:    "benchmark",
		Summary: "measures a stage of the lifecycle on generated rows or on a file",
		Example: "benchmark -suite train -data january.csv -target late -repeat 2 -json",
		Setup: func(p *cli.Program) func(context.Context) error {
			b := &bench{Program: p}
			p.StringVar(&b.suite, "suite", "", "`suite` to run: "+suites)
			p.StringVar(&b.data, "data", "", "`file` of rows: "+lab.Formats+"; generated rows when it is empty")
			p.StringVar(&b.target, "target", "", "`column` to predict, for train, stream, score and predict; that of the generated rows when it is empty")
			p.StringVar(&b.model, "model", "", "`model` to score instead of one fitted here: "+cli.ModelUsage)
			p.IntVar(&b.rows, "rows", 0, "`number` of rows to generate; 0 is 100,000")
			p.IntVar(&b.repeat, "repeat", 5, "`number` of runs of each case, of which the median is taken")
			p.StringVar(&b.kind, "kind", "numbers", "`kind` of the rows that train and stream generate: numbers, some of them missing, or mixed, which has texts too")
			p.IntVar(&b.columns, "columns", 0, "`number` of features that train and stream generate; 0 is 30")
			p.IntVar(&b.leaves, "leaves", 0, "`number` of leaves of a tree of boosting in train and stream; 0 is 31")
			p.StringVar(&b.only, "case", "", "`cases` to run, separated by commas; all when it is empty")
			p.StringVar(&b.write, "write", "", "`file` to write the generated rows of the suite to, without measuring")
			p.BoolVar(&b.quick, "quick", false, "one run on 4,000 rows, unless -repeat or -rows say more")
			return b.run
		},
	}
}

const suites = "ingest, profile, validate, train, stream, score or predict"

type bench struct {
	*cli.Program
	suite, data, target, model, only, write, kind string
	rows, repeat, columns, leaves                 int
	quick                                         bool

	types *dataset.Schema // of the file that ingest reads, once it is known
	dir   string          // for files, removed at the end
	close []func() error  // of what the suite holds
}

// find returns what readies the cases of the suite, and the rows that it generates.
func (b *bench) find(ctx context.Context) (func(context.Context) ([]*job, error), func(rows int, seed uint64) (dataset.Source, error), error) {
	switch b.suite {
	case "ingest":
		return b.ingest, orders, nil
	case "profile":
		return b.profile, orders, nil
	case "validate":
		return b.validate, parcels, nil
	case "train", "stream":
		generate, run := labelled, b.train
		if b.kind == "mixed" {
			generate = sales
		}
		if b.columns > 0 {
			generate = narrow(ctx, generate, b.columns)
		}
		if b.suite == "stream" {
			run = b.stream
		}
		return run, generate, nil
	case "score":
		return b.score, labelled, nil
	case "predict":
		return b.predict, mixed, nil
	default:
		return nil, nil, fmt.Errorf("flag -suite: want "+suites+", got %q", b.suite)
	}
}

func (b *bench) run(ctx context.Context) (err error) {
	suite, generate, err := b.find(ctx)
	if err != nil {
		return err
	}
	if err := b.settle(); err != nil {
		return err
	}
	if b.write != "" {
		return b.writeRows(ctx, generate)
	}
	if b.dir, err = os.MkdirTemp("", "benchmark"); err != nil {
		return err
	}
	defer func() {
		for _, f := range slices.Backward(b.close) {
			err = errors.Join(err, f())
		}
		err = errors.Join(err, os.RemoveAll(b.dir))
	}()
	b.Stage("preparing")
	if b.data == "" {
		b.data = b.file("rows.csv")
		if err := write(ctx, b.data, generate, b.rows, b.Seed); err != nil {
			return err
		}
	}
	jobs, err := suite(ctx)
	if err != nil {
		return err
	}
	if jobs, err = b.chosen(jobs); err != nil {
		return err
	}
	return b.measureAll(ctx, jobs)
}
