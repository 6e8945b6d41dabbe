// Serve answers for one or more models over HTTP: the Open Inference Protocol, a plain JSON endpoint, and metrics.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/serve"
)

func main() { app().Main() }

// Once the program is told to end it serves on for grace, while clients let go of their connections; what is then under way may take as long as drain.
const (
	grace = 250 * time.Millisecond
	drain = 20 * time.Second
)

func app() cli.App {
	return cli.App{
		Name:    "serve",
		Summary: "serves models over HTTP, with every row checked and watched; SIGTERM drains and ends it",
		Example: "serve -model models/late@latest -addr 127.0.0.1:0",
		Setup: func(p *cli.Program) func(context.Context) error {
			s := &serving{Program: p}
			p.Func("model", "`model` to serve, repeatable: NAME@ALIAS of -registry, "+cli.ModelUsage, func(v string) error {
				s.models = append(s.models, v)
				return nil
			})
			p.StringVar(&s.registry, "registry", "", "`directory` of a registry; without -model it serves what every model's alias prod, or else latest, points at")
			p.StringVar(&s.addr, "addr", "127.0.0.1:8080", "`address` to listen at; port 0 takes a free one")
			p.StringVar(&s.token, "token", "", "`file` of a token that requests must bear; health checks need none")
			p.StringVar(&s.cert, "tls-cert", "", "`file` of a certificate, PEM")
			p.StringVar(&s.key, "tls-key", "", "`file` of its key, PEM")
			p.IntVar(&s.window, "window", 0, "rows of a monitoring `window`; 0 is 2,000")
			return s.run
		},
	}
}

type serving struct {
	*cli.Program
	models                           []string
	registry, addr, token, cert, key string
	window                           int
}

func (s *serving) run(ctx context.Context) error {
	if (s.cert == "") != (s.key == "") {
		return errors.New("flags -tls-cert, -tls-key: want both or neither, got one")
	}
	refs, err := s.references(ctx)
	if err != nil {
		return err
	}
	logger := zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(s.Err), zap.InfoLevel))
	mux, names, err := s.mux(ctx, refs, logger)
	if err != nil {
		return err
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", s.addr)
	if err != nil {
		return fmt.Errorf("flag -addr: want an address to listen at, got %q: %w", s.addr, err)
	}
	drainer := serve.NewDrainer(mux)
	server := serve.NewServer(s.addr, drainer, serve.ServerOptions{})
	ended := make(chan error, 1)
	go func() {
		if s.cert != "" {
			ended <- server.ServeTLS(listener, s.cert, s.key)
		} else {
			ended <- server.Serve(listener)
		}
	}()
	ready := map[string]any{"address": listener.Addr().String(), "models": names}
	if err := s.Print(ready, func(w io.Writer) {
		cli.Printf(w, "serving %s at %s\n", strings.Join(names, ", "), listener.Addr())
	}); err != nil {
		return err
	}
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	return drainer.Shutdown(bounded, server, listener, grace)
}
