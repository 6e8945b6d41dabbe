// Command coverage sums coverage profiles of go test into a table of packages
// and compares it with the least that is allowed.
//
//	coverage -total 80 -package 70 own.out helpers.out
//
// A statement counts as covered when one of the profiles has it so. A profile
// made with go test -coverprofile has each package as its own tests cover it;
// one made with -coverpkg adds packages as the tests of others cover them.
// It ends with status 1 when something is too low, and with 2 when it could not
// look.
package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
)

func main() {
	total := flag.Float64("total", 80, "least percentage of all statements")
	each := flag.Float64("package", 70, "least percentage of the statements of a package")
	flag.Parse()

	sum := make(profile)
	for _, file := range flag.Args() {
		text, err := os.ReadFile(file)
		if err == nil {
			err = sum.add(string(text))
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "coverage:", file, err)
			os.Exit(2)
		}
	}
	table, low := sum.judge(*total, *each)
	for _, line := range slices.Concat(table, low) {
		fmt.Println(line)
	}
	if len(low) > 0 {
		os.Exit(1)
	}
}

// profile maps a block, which is FILE:FROM,TO, to its statements.
type profile map[string]block

type block struct {
	statements int
	covered    bool
}

// add reads the text of a profile into p.
func (p profile) add(text string) error {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "mode: ") {
			continue
		}
		words := strings.Fields(line)
		if len(words) != 3 {
			return fmt.Errorf("want FILE:FROM,TO STATEMENTS COUNT, got %q", line)
		}
		statements, err := strconv.Atoi(words[1])
		if err != nil {
			return err
		}
		count, err := strconv.ParseUint(words[2], 10, 64)
		if err != nil {
			return err
		}
		p[words[0]] = block{statements, p[words[0]].covered || count > 0}
	}
	return nil
}

// tally counts statements.
type tally struct{ covered, all int }

func (t tally) percent() float64 { return 100 * float64(t.covered) / float64(t.all) }

// judge returns one line for each package and one for all, and one for each of
// these that is too low. One statement that is not covered is allowed anywhere:
// the one of a function main, which ends the process.
func (p profile) judge(total, each float64) (table, low []string) {
	var sum tally
	packages := make(map[string]tally)
	for place, b := range p {
		file, _, _ := strings.Cut(place, ":")
		t := packages[path.Dir(file)]
		t.all += b.statements
		sum.all += b.statements
		if b.covered {
			t.covered += b.statements
			sum.covered += b.statements
		}
		packages[path.Dir(file)] = t
	}
	say := func(name string, t tally, least float64) {
		table = append(table, fmt.Sprintf("%6.1f %% of %5d  %s", t.percent(), t.all, name))
		if t.percent() < least && t.all-t.covered > 1 {
			low = append(low, fmt.Sprintf("TOO LOW: %s: %.1f %%, want at least %g %%", name, t.percent(), least))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(packages)) {
		if packages[name].all > 0 {
			say(name, packages[name], each)
		}
	}
	if sum.all == 0 {
		return nil, []string{"TOO LOW: no statement in the profiles"}
	}
	say("total", sum, total)
	return table, low
}
