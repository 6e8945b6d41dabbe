package jsonl

import (
	"errors"
	"io"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/internal/cell"
)

// guess is what the values of a key allow so far.
type guess struct {
	name     string
	kind     kind // null until a value was met
	fraction bool // a number that is no int64
	mixed    bool // scalars of several kinds: text
	met      int64
	nulls    bool
}

// infer reads every line and returns the schema.
func infer(l *lineReader) (*dataset.Schema, error) {
	var guesses []*guess
	index := map[string]*guess{}
	rows := int64(0)
	for {
		_, err := l.next(func(key []byte, v value) error {
			g := index[string(key)]
			if g == nil {
				g = &guess{name: string(key)}
				index[g.name] = g
				guesses = append(guesses, g)
			}
			g.met++
			return g.observe(v, l.line)
		})
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		rows++
	}
	fields := make([]dataset.Field, len(guesses))
	for i, g := range guesses {
		fields[i] = dataset.Field{Name: g.name, Type: g.typ(), Nullable: g.nulls || g.met < rows}
	}
	return dataset.NewSchema(fields...)
}

func (g *guess) observe(v value, line int64) error {
	if v.kind == kindNull {
		g.nulls = true
		return nil
	}
	if g.kind == kindNull {
		g.kind = v.kind
	}
	if g.kind != v.kind && g.kind != kindNested && v.kind != kindNested {
		g.mixed = true
		return nil
	}
	if g.kind != v.kind {
		return formatError(line, g.name, g.kind.String()+", as in the lines before", v.kind.String())
	}
	if v.kind == kindNumber {
		if _, ok := cell.Float(v.raw); !ok {
			return formatError(line, g.name, "a number within float64", "a larger one")
		}
	}
	if v.kind == kindNumber && !g.fraction {
		if !cell.IsInteger(v.raw) {
			g.fraction = true
		} else if _, ok := cell.Int(v.raw); !ok {
			g.fraction = true
		}
	}
	return nil
}

func (g *guess) typ() dataset.Type {
	if g.mixed {
		return dataset.Utf8
	}
	switch g.kind {
	case kindBool:
		return dataset.Bool
	case kindNumber:
		if g.fraction {
			return dataset.Float64
		}
		return dataset.Int64
	case kindNested:
		return dataset.JSON
	default:
		return dataset.Utf8
	}
}
