package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/tidewheel/tidewheel/examples/internal/cli"
)

// figures are what a step computed, by name.
type figures map[string]any

// step is one step of the life as JSON shows it: {"name","ok","seconds",…figures}.
type step struct {
	Name    string
	OK      bool
	Seconds float64
	Figures figures
}

// MarshalJSON implements json.Marshaler.
func (s step) MarshalJSON() ([]byte, error) {
	flat := map[string]any{"name": s.Name, "ok": s.OK, "seconds": s.Seconds}
	maps.Copy(flat, s.Figures)
	return json.Marshal(flat)
}

// unmetError is what a step returns when it ran and what it checks does not hold.
type unmetError string

func (e unmetError) Error() string { return string(e) }

// step runs one step and records it. A step that did not hold ends the life with exit status 1, one that could not run with its error.
func (l *life) step(ctx context.Context, name string, do func(context.Context) (figures, error)) error {
	l.Stage(name)
	start := time.Now()
	f, err := do(ctx)
	s := step{Name: name, OK: err == nil, Seconds: time.Since(start).Seconds(), Figures: f}
	if err != nil {
		if s.Figures == nil {
			s.Figures = figures{}
		}
		s.Figures["error"] = err.Error()
	}
	l.result.Steps = append(l.result.Steps, s)
	l.Stage("")
	if !l.JSON {
		l.tell(s)
	}
	var unmet unmetError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &unmet):
		return cli.ErrFailed
	default:
		return fmt.Errorf("step %s: %w", name, err)
	}
}

// tell prints a step for people.
func (l *life) tell(s step) {
	mark := "ok"
	if !s.OK {
		mark = "NOT OK"
	}
	var parts []string
	for _, k := range cli.SortedKeys(s.Figures) {
		v := s.Figures[k]
		if n, ok := v.(float64); ok {
			v = cli.Text(n)
		}
		parts = append(parts, fmt.Sprintf("%s %v", strings.ReplaceAll(k, "_", " "), v))
	}
	cli.Printf(l.Out, "%-15s %-6s %6.2f s  %s\n", s.Name, mark, s.Seconds, strings.Join(parts, ", "))
}
