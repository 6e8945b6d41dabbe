package main

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"

	"github.com/tidewheel/tidewheel/examples/internal/cli"
)

// settle checks the flags and fills in what was not given.
func (b *bench) settle() error {
	switch {
	case b.rows < 0:
		return fmt.Errorf("flag -rows: want 0 or more, got %d", b.rows)
	case b.kind != "numbers" && b.kind != "mixed":
		return fmt.Errorf("flag -kind: want numbers or mixed, got %q", b.kind)
	case b.columns < 0:
		return fmt.Errorf("flag -columns: want 0 or more, got %d", b.columns)
	case b.leaves < 0 || b.leaves == 1:
		return fmt.Errorf("flag -leaves: want 2 or more, or 0, got %d", b.leaves)
	case (b.kind != "numbers" || b.columns > 0) && (b.data != "" || b.suite != "train" && b.suite != "stream"):
		return errors.New("flags -kind and -columns: want -suite train or stream, without -data")
	case b.repeat < 1:
		return fmt.Errorf("flag -repeat: want 1 or more, got %d", b.repeat)
	case b.data != "" && b.rows != 0:
		return errors.New("flag -rows: want no -data, whose rows are all read, got both")
	case b.data != "" && b.target == "" && slices.Contains([]string{"train", "stream", "score", "predict"}, b.suite):
		return b.Require("target")
	case b.data == "" && b.target != "" && b.target != labelledTarget:
		return fmt.Errorf("flag -target: want %q for the rows that are generated without -data, got %q", labelledTarget, b.target)
	case b.model != "" && b.suite != "score" && b.suite != "predict":
		return errors.New("flag -model: want -suite score or predict")
	}
	if b.target == "" {
		b.target = labelledTarget
	}
	if b.rows == 0 {
		b.rows = 100_000
		if b.quick {
			b.rows = 4_000
		}
	}
	if b.quick {
		given := false
		b.Visit(func(f *flag.Flag) { given = given || f.Name == "repeat" })
		if !given {
			b.repeat = 1
		}
	}
	return nil
}

// chosen returns the jobs that -case names.
func (b *bench) chosen(jobs []*job) ([]*job, error) {
	names := cli.List(b.only)
	var known []string
	for _, j := range jobs {
		known = append(known, j.name)
	}
	for _, n := range names {
		if !slices.Contains(known, n) {
			return nil, fmt.Errorf("flag -case: want %s, got %q", strings.Join(slices.Compact(known), ", "), n)
		}
	}
	return slices.DeleteFunc(jobs, func(j *job) bool { return len(names) > 0 && !slices.Contains(names, j.name) }), nil
}
