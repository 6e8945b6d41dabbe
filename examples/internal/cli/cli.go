// Package cli holds what the example programs share: flags, printing, exit status, and opening a file by its name. Nothing here is meant to be imported by a host.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// The exit status of a program.
const (
	Done     = 0 // it did its job
	Failed   = 1 // what it checks does not hold: invalid data, a gate unmet, drift with -fail
	BadInput = 2 // bad flags or unreadable input
)

// ErrFailed is returned by a program whose check failed. Its result is printed already, so it puts nothing on standard error.
var ErrFailed = errors.New("check failed")

// Program is a command with its flags. Every program has -json, -seed and -workers.
type Program struct {
	*flag.FlagSet
	Out     io.Writer // for results
	Err     io.Writer // for errors and progress
	JSON    bool
	Seed    uint64
	Workers int

	refresh  time.Duration
	progress *progress // nil when nothing long was begun, or standard error is no terminal
}

// App is what a program is before it has arguments.
type App struct {
	Name    string
	Summary string                                       // one sentence
	Example string                                       // a line to copy
	Setup   func(p *Program) func(context.Context) error // declares flags and returns what to do once they are parsed
	Refresh time.Duration                                // how often progress is drawn at most; 0 is five times a second
}

// Main runs the program with the arguments of the process and exits. SIGINT and SIGTERM end the context.
func (a App) Main() {
	respectMemoryLimit()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := a.Run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// Run is Main without the process: it returns the exit status.
func (a App) Run(ctx context.Context, args []string, out, errs io.Writer) int {
	p := &Program{FlagSet: flag.NewFlagSet(a.Name, flag.ContinueOnError), Out: out, Err: errs, refresh: a.Refresh}
	p.SetOutput(io.Discard)
	p.BoolVar(&p.JSON, "json", false, "print JSON")
	p.Uint64Var(&p.Seed, "seed", 1, "`seed` of every random choice")
	p.IntVar(&p.Workers, "workers", 0, "`number` of workers; 0 is one for each core")
	body := a.Setup(p)
	err := p.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		p.SetOutput(out)
		Printf(out, "%s: %s\n\nExample:\n  %s\n\nFlags:\n", a.Name, a.Summary, a.Example)
		p.PrintDefaults()
		return Done
	case err == nil && p.NArg() > 0:
		err = fmt.Errorf("want flags only, got %d arguments; -h explains them", p.NArg())
	case err == nil && p.Workers < 0:
		err = fmt.Errorf("flag -workers: want 0 or more, got %d", p.Workers)
	}
	if err == nil {
		err = body(ctx)
	}
	if p.progress != nil {
		p.progress.stop()
	}
	switch {
	case err == nil:
		return Done
	case errors.Is(err, ErrFailed):
		return Failed
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		Printf(errs, "%s: interrupted\n", a.Name)
		return BadInput
	default:
		Printf(errs, "%s: %s\n", a.Name, strings.ReplaceAll(err.Error(), "\n", "; "))
		return BadInput
	}
}

// Printf prints to a terminal or a pipe, whose failure nobody could be told of.
func Printf(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }

// Print writes v as one JSON object when -json was given, else what text prints.
func (p *Program) Print(v any, text func(w io.Writer)) error {
	p.Stage("") // it may be the same terminal
	if !p.JSON {
		text(p.Out)
		return nil
	}
	return p.PrintJSON(v)
}

// PrintJSON writes v as one line of JSON.
func (p *Program) PrintJSON(v any) error {
	enc := json.NewEncoder(p.Out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// Number is a number that JSON shows as null when it is NaN or infinite.
type Number float64

// MarshalJSON implements json.Marshaler.
func (n Number) MarshalJSON() ([]byte, error) {
	if v := float64(n); math.IsNaN(v) || math.IsInf(v, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// Require returns an error that names the first of the flags that is empty.
func (p *Program) Require(names ...string) error {
	for _, n := range names {
		if p.Lookup(n).Value.String() == "" {
			return fmt.Errorf("flag -%s: want a value, got none; -h explains it", n)
		}
	}
	return nil
}

// List splits the value of a flag at commas and drops empty parts.
func List(s string) []string {
	var out []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
