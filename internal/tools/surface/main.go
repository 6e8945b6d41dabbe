// Command surface writes down what a host gets from this repository, so that a
// change of it is seen in review: the exported API and the modules that come
// with it. It runs in the root of the repository.
//
//	surface api docs/api.txt                  # compare the file with the code
//	surface -write api docs/api.txt           # bring the file up to date
//	surface dependencies .ci/dependencies.txt # the same for modules
//	surface breaks OLD CHANGELOG.md           # what breaks since the tree in the folder OLD
//
// Compare and breaks end with status 1 and the differences, and with 2 when
// they could not look.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
)

// errDiffers is the answer "no", as against not being able to answer.
var errDiffers = errors.New("surface: differs")

func main() {
	write := flag.Bool("write", false, "write the file and compare nothing")
	dir := flag.String("dir", ".", "root of the repository")
	flag.Parse()

	report, err := run(*dir, *write, flag.Args())
	for _, line := range report {
		fmt.Println(line)
	}
	switch {
	case errors.Is(err, errDiffers):
		os.Exit(1)
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

// run does what the arguments ask for in the repository at dir, and returns
// what differs.
func run(dir string, write bool, args []string) ([]string, error) {
	switch {
	case len(args) == 2 && args[0] == "api":
		lines, err := api(dir)
		if err != nil {
			return nil, err
		}
		return record("api", args[1], lines, write)
	case len(args) == 2 && args[0] == "dependencies":
		lines, err := dependencies(dir)
		if err != nil {
			return nil, err
		}
		return record("dependencies", args[1], lines, write)
	case len(args) == 3 && args[0] == "breaks" && !write:
		return breaks(args[1], dir, args[2])
	default:
		return nil, errors.New("surface: want api FILE, dependencies FILE or breaks OLD CHANGELOG")
	}
}

// record writes lines to the file, or compares them with it.
func record(kind, file string, lines []string, write bool) ([]string, error) {
	if write {
		return nil, os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("surface: %w", err)
	}
	recorded := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if slices.Equal(recorded, lines) {
		return nil, nil
	}
	var report []string
	for _, l := range difference(recorded, lines) {
		report = append(report, "- "+l)
	}
	for _, l := range difference(lines, recorded) {
		report = append(report, "+ "+l)
	}
	if len(report) == 0 {
		report = []string{"the same lines, in another order or number"}
	}
	return append(report, file+" says - and the code says +; if that is meant: .ci/run -write "+kind), errDiffers
}

// difference returns the lines of a that are not in b, in order.
func difference(a, b []string) []string {
	in := make(map[string]bool, len(b))
	for _, l := range b {
		in[l] = true
	}
	return slices.DeleteFunc(slices.Clone(a), func(l string) bool { return in[l] })
}
