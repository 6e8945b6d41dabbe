package onnx

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

// docs/interchange.md lists the operators that are read, all of them and no other.
func TestTheDocumentListsTheOperators(t *testing.T) {
	text, err := os.ReadFile("../../../../docs/interchange.md")
	if err != nil {
		t.Fatal(err)
	}
	table := regexp.MustCompile(`(?s)\| \| operators \|\n.*?\n\n`).FindString(string(text))
	var listed []string
	for _, cell := range regexp.MustCompile(`(?m)^\|[^|]*\|([^|]*)\|$`).FindAllStringSubmatch(table, -1)[2:] {
		listed = append(listed, regexp.MustCompile(`[A-Z]\w+`).FindAllString(regexp.MustCompile(`\([^)]*\)`).ReplaceAllString(cell[1], ""), -1)...)
	}
	var known []string
	for _, ops := range operators() {
		for name := range ops {
			known = append(known, name)
		}
	}
	slices.Sort(listed)
	slices.Sort(known)
	if !slices.Equal(listed, known) {
		t.Errorf("the document lists %d\n%v\nthe code knows %d\n%v", len(listed), listed, len(known), known)
	}
}
