package lab

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
)

// Expand returns the files that a flag names: each name as it is, and the files that match each pattern in the order of their names.
func Expand(name string, patterns []string) ([]string, error) {
	var out []string
	for _, p := range patterns {
		if !strings.ContainsAny(p, "*?[") {
			out = append(out, p)
			continue
		}
		found, err := filepath.Glob(p)
		if err != nil || len(found) == 0 {
			return nil, fmt.Errorf("flag -%s: want files or a pattern that some match, got %q", name, p)
		}
		out = append(out, found...)
	}
	return out, nil
}

// OpenMany opens files of rows that belong together. A column of delimited text whose type differs from file to file is read as what holds all: float64 of numbers, else text.
func OpenMany(paths []string, n Nested) ([]dataset.Source, error) {
	sources := make([]dataset.Source, len(paths))
	for i, path := range paths {
		var err error
		if sources[i], err = openData(path, options{Nested: n}); err != nil {
			return nil, cli.ReadError(path, err)
		}
	}
	if len(paths) == 1 {
		return sources, nil
	}
	common := commonTypes(sources)
	for i, path := range paths {
		types := make(map[string]dataset.Type)
		for _, f := range sources[i].Schema().Fields() {
			if t, ok := common[f.Name]; ok && t != f.Type {
				types[f.Name] = t
			}
		}
		if _, delimited := sources[i].(*csv.Source); delimited && len(types) > 0 {
			again, err := openData(path, options{types: types})
			if err != nil {
				return nil, cli.ReadError(path, err)
			}
			sources[i] = again
		}
	}
	return sources, nil
}

// commonTypes returns the type of each column that holds its values in all sources.
func commonTypes(sources []dataset.Source) map[string]dataset.Type {
	out := make(map[string]dataset.Type)
	for _, src := range sources {
		empty := make(map[string]bool) // columns without a value, which fit any type
		if text, ok := src.(*csv.Source); ok && text.Report() != nil {
			for _, c := range text.Report().Columns {
				empty[c.Name] = len(c.Steps) == 0
			}
		}
		for _, f := range src.Schema().Fields() {
			t, known := out[f.Name]
			switch {
			case empty[f.Name]:
			case !known || t == f.Type:
				out[f.Name] = f.Type
			case isNumber(t) && isNumber(f.Type):
				out[f.Name] = dataset.Float64
			default:
				out[f.Name] = dataset.Utf8
			}
		}
	}
	return out
}

func isNumber(t dataset.Type) bool {
	c := t.Class()
	return c == dataset.ClassInteger || c == dataset.ClassFloat
}
