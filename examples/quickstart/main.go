// Quickstart is the life of one model on real data, in one command: flights of 2013 from New York, and which of them will arrive late.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/tidewheel/tidewheel/examples/internal/cli"
)

func main() { app().Main() }

func app() cli.App { return appOf((*life).story) }

// appOf is the program with a story of its own.
func appOf(story func(*life) []part) cli.App {
	return cli.App{
		Name:    "quickstart",
		Summary: "lives the life of one model on real data: from a file to a model that serves, is watched, and is replaced when its data change",
		Example: "quickstart -out late -serve",
		Setup: func(p *cli.Program) func(context.Context) error {
			l := &life{Program: p}
			p.StringVar(&l.dir, "out", "", "`directory` for the bundle, its card and the registry; a temporary one when empty")
			p.BoolVar(&l.keepServing, "serve", false, "keep serving when the story is over, until interrupted")
			p.StringVar(&l.addr, "addr", "127.0.0.1:0", "`address` to serve at")
			return func(ctx context.Context) error { return l.run(ctx, story(l)) }
		},
	}
}

// result is what -json prints.
type result struct {
	Steps       []step     `json:"steps"`
	AUC         cli.Number `json:"auc"`
	BaselineAUC cli.Number `json:"baseline_auc"`
	Bundle      string     `json:"bundle"`
	Card        string     `json:"card"`
}

// part is a named step of the story.
type part struct {
	name string
	do   func(context.Context) (figures, error)
}

// story is the whole life.
func (l *life) story() []part {
	return []part{
		{"ingest", l.ingest},
		{"profile", l.describe},
		{"validate", l.validate},
		{"split", l.split},
		{"compare", l.compare},
		{"cross_validate", l.crossValidate},
		{"evaluate", l.evaluate},
		{"gate", l.gate},
		{"seal", l.seal},
		{"register", l.register},
		{"serve", l.serve},
		{"score", l.score},
		{"watch", l.watch},
		{"alarm", l.alarm},
		{"refit", l.refit},
		{"gate_refit", l.gateRefit},
		{"swap", l.swap},
		{"retire", l.retire},
	}
}

func (l *life) run(ctx context.Context, story []part) (err error) {
	if _, err := net.ResolveTCPAddr("tcp", l.addr); err != nil {
		return fmt.Errorf("flag -addr: want an address to listen at, got %q: %w", l.addr, err)
	}
	if l.dir == "" {
		if l.dir, err = os.MkdirTemp("", "quickstart"); err != nil {
			return err
		}
	} else if err := os.MkdirAll(l.dir, 0o750); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }() //nolint:contextcheck // what is open is closed when ctx is done, too
	if !l.JSON {
		cli.Printf(l.Out, "Flights from New York in 2013: which of them arrive 15 minutes late or more?\n\n")
	}
	for _, s := range story {
		if err := l.step(ctx, s.name, s.do); err != nil {
			return errors.Join(l.finish(), err)
		}
	}
	if err := l.finish(); err != nil || !l.keepServing {
		return err
	}
	cli.Printf(l.Err, "serving at http://%s, interrupt to end\n", l.listener.Addr())
	<-ctx.Done()
	return nil
}

// finish prints the result. In JSON all of it comes at once; the story for people is printed step by step.
func (l *life) finish() error {
	return l.Print(l.result, func(w io.Writer) {
		cli.Printf(w, "\nAUC %s on flights it had not seen; the baseline has %s\nbundle %s\ncard   %s\n", cli.Text(float64(l.result.AUC)),
			cli.Text(float64(l.result.BaselineAUC)), l.result.Bundle, l.result.Card)
	})
}
