package main

import (
	"fmt"
	"go/types"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/exp/apidiff"
)

// breaks returns what apidiff calls an incompatible change between the public
// packages of the module in the folder old and those at dir, and is content
// when the changelog's first version has a part "Breaking" that names each:
// package.Name or package.Type.Name, or package for one that is gone.
func breaks(old, dir, changelog string) ([]string, error) {
	before, module, err := load(old)
	if err != nil {
		return nil, err
	}
	after, _, err := load(dir)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(changelog)
	if err != nil {
		return nil, fmt.Errorf("surface: %w", err)
	}
	said := breaking(string(text))
	var report []string
	answer := error(nil)
	for _, b := range incompatible(module, before, after) {
		note := "said in " + path.Base(changelog)
		if !says(said, b.name) {
			answer = errDiffers
			note = "NOT SAID: no word of " + b.name + ` under "Breaking" in ` + path.Base(changelog)
		}
		report = append(report, b.text, "\t"+note)
	}
	return report, answer
}

// broken is one incompatible change.
type broken struct {
	name string // as the changelog has it
	text string // as apidiff has it
}

// incompatible returns the changes of apidiff that are not compatible, sorted.
func incompatible(module string, before, after []*types.Package) []broken {
	var found []broken
	for _, p := range before {
		was, is := apidiff.Module{Path: module, Packages: []*types.Package{p}}, apidiff.Module{Path: module}
		for _, q := range after {
			if q.Path() == p.Path() {
				is.Packages = []*types.Package{q}
			}
		}
		for _, c := range apidiff.ModuleChanges(&was, &is).Changes {
			if c.Compatible {
				continue
			}
			b := broken{name: p.Name(), text: c.Message}
			if len(is.Packages) > 0 {
				b.name += "." + symbol(c.Message)
			}
			found = append(found, b)
		}
	}
	slices.SortFunc(found, func(a, b broken) int { return strings.Compare(a.text, b.text) })
	return found
}

// symbol returns the name at the head of a message of apidiff without its
// package: Name, Type.Name or (*Type).Name; a method that a type has through
// an embedded one is that type's.
func symbol(message string) string {
	head, _, _ := strings.Cut(message, ":")
	head, part, _ := strings.Cut(head, ", ")
	if strings.HasPrefix(head, "./") {
		head = head[strings.LastIndex(head, "/")+1:]
		_, head, _ = strings.Cut(head, ".")
	}
	if of, ok := strings.CutPrefix(part, "method set of "); ok {
		head = of + head[strings.LastIndex(head, "."):]
	}
	return strings.NewReplacer("(", "", ")", "", "*", "").Replace(head)
}

// breaking returns the part "Breaking" of the first version of a changelog.
func breaking(text string) string {
	var version int // how many versions were seen
	var inside bool
	var b strings.Builder
	for line := range strings.Lines(text) {
		switch {
		case strings.HasPrefix(line, "## "):
			version++
			inside = false
		case strings.HasPrefix(line, "### "):
			inside = version == 1 && strings.TrimSpace(line[4:]) == "Breaking"
		case inside:
			b.WriteString(line)
		}
	}
	return b.String()
}

// says reports whether the text has the name as a whole: not as the start or
// the end of a longer one.
func says(text, name string) bool {
	return regexp.MustCompile(`(^|[^\w./])` + regexp.QuoteMeta(name) + `($|[^\w.]|\.($|\s))`).MatchString(text)
}
