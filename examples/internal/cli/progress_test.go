package cli_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/csv"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
)

// reading is a program that reads a file twice, slowly the first time, and then prints.
func reading(path string) cli.App {
	return cli.App{
		Name: "reading", Refresh: 10 * time.Microsecond,
		Setup: func(p *cli.Program) func(context.Context) error {
			return func(ctx context.Context) error {
				p.Stage("opening")
				time.Sleep(5 * time.Millisecond)
				src, err := csv.Open(path, csv.Options{BatchRows: 100})
				if err != nil {
					return err
				}
				watched := p.Watch(path, src)
				p.Stage("reading")
				for range 2 {
					one, err := dataset.Select(ctx, watched, "x")
					if err != nil {
						return err
					}
					for _, err := range one.Batches(ctx) {
						if err != nil {
							return err
						}
						time.Sleep(2 * time.Millisecond)
					}
				}
				if err := p.Still(func() error { time.Sleep(5 * time.Millisecond); return nil }); err != nil {
					return err
				}
				p.Stage("reading in rounds")
				for i := range 5 {
					p.Round(i+1, 5)
					time.Sleep(2 * time.Millisecond)
				}
				return p.Print(1, func(w io.Writer) { cli.Printf(w, "done\n") })
			}
		},
	}
}

func TestProgressShowsStagesRowsAndTheirShare(t *testing.T) {
	defer goleak.VerifyNone(t)
	path := clitest.File(t, "rows.csv", clitest.Rows(0, 1000))
	master, terminal := clitest.OpenTerminal(t)
	if terminal == nil {
		return // this system has none that a test can make
	}
	var shown bytes.Buffer
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(&shown, master) // the end of a terminal is an error
	}()
	var out bytes.Buffer
	status := reading(path).Run(t.Context(), nil, &out, terminal)
	_ = terminal.Close()
	<-read
	_ = master.Close()
	if status != 0 || out.String() != "done\n" {
		t.Fatalf("got %d, %q", status, out.String())
	}
	for _, want := range []string{"opening", "reading", "%", "(500", "[", "reading in rounds", "(3)"} {
		if !strings.Contains(shown.String(), want) {
			t.Errorf("want %q, got %q", want, shown.String())
		}
	}
	for line := range strings.SplitSeq(shown.String(), "\r") {
		if text := strings.TrimSpace(line); text != "" && !strings.Contains(text, "opening") && !strings.Contains(text, "reading") || len(line) > 80 {
			t.Errorf("want the stage in every line of at most 80 characters, got %q", line)
		}
	}
	if rest := shown.String()[strings.LastIndex(strings.TrimRight(shown.String(), "\r"), "\r"):]; strings.TrimSpace(rest) != "" {
		t.Errorf("want the line taken away, got %q", rest)
	}
}

// Nothing is shown in a pipe, in a file, in memory, or on a terminal that cannot go back.
func TestProgressIsForTerminalsOnly(t *testing.T) {
	defer goleak.VerifyNone(t)
	path := clitest.File(t, "rows.csv", clitest.Rows(0, 300))
	file, err := os.Create(clitest.File(t, "errors", ""))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if status := reading(path).Run(t.Context(), nil, io.Discard, file); status != 0 {
		t.Errorf("a file: got %d", status)
	}
	if info, err := file.Stat(); err != nil || info.Size() != 0 {
		t.Errorf("a file: want nothing in it, got %d bytes, %v", info.Size(), err)
	}
	if status, _, errs := clitest.Run(t, reading(path)); status != 0 || errs != "" {
		t.Errorf("memory: got %d, %q", status, errs)
	}
	master, terminal := clitest.OpenTerminal(t)
	if terminal == nil {
		return // this system has none that a test can make
	}
	t.Setenv("TERM", "dumb")
	if status := reading(path).Run(t.Context(), nil, io.Discard, terminal); status != 0 {
		t.Errorf("a dumb terminal: got %d", status)
	}
	_, _ = terminal.WriteString("end\n")
	var b [64]byte
	n, err := master.Read(b[:])
	if err != nil || !strings.HasPrefix(string(b[:n]), "end") {
		t.Errorf("a dumb terminal: want nothing, got %q, %v", b[:n], err)
	}
	_, _ = terminal.Close(), master.Close()
}
