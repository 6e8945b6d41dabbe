package tidewheel_test

import (
	"os"
	"strings"
	"testing"
)

// The README's programs are the bodies of checked Examples, and the output below each is theirs.
func TestReadmeProgramsAreExamples(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(text), "```")
	found := 0
	for _, c := range []struct{ path, name, file string }{
		{"example_test.go", "tidewheel_test", ""},
		{"model/interchange/example_readme_test.go", "interchange_test", "testdata/lgb_binary.txt"},
	} {
		source, err := os.ReadFile(c.path)
		if err != nil {
			t.Fatal(err)
		}
		program, output := split(string(source))
		program = strings.Replace(program, "package "+c.name, "package main", 1)
		program = strings.Replace(program, "func Example()", "func main()", 1)
		if c.file != "" {
			program = strings.Replace(program, c.file, "model.txt", 1)
		}
		for i, b := range blocks {
			if b == "go\n"+program {
				found++
				if got := strings.TrimSpace(blocks[i+2]); got != output {
					t.Errorf("%s: want the output\n%s\nin the README, got\n%s", c.path, output, got)
				}
				if c.file == "" && strings.Count(program, "\n") > 40 {
					t.Errorf("%s: want at most 40 lines, got %d", c.path, strings.Count(program, "\n"))
				}
			}
		}
	}
	if found != 2 {
		t.Errorf("want both programs in the README as they stand in the examples, got %d", found)
	}
}

// split takes the output comment out of an example's source.
func split(source string) (program, output string) {
	var kept, out []string
	inOutput := false
	for line := range strings.Lines(source) {
		trimmed := strings.TrimSpace(line)
		switch rest, ok := strings.CutPrefix(trimmed, "// Output:"); {
		case ok:
			inOutput = true
			out = append(out, strings.TrimSpace(rest))
		case inOutput && strings.HasPrefix(trimmed, "//"):
			out = append(out, strings.TrimSpace(strings.TrimPrefix(trimmed, "//")))
		default:
			inOutput = false
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, ""), strings.TrimSpace(strings.Join(out, "\n"))
}
