package servetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tidewheel/tidewheel/serve"
)

func slowBody(s *stand) error {
	body := s.dialect.write(false, s.cells(0))
	reader, writer := io.Pipe()
	ended := make(chan answer, 1)
	go func() { ended <- s.send(s.request(s.ctx, unsized{reader})) }()
	if _, err := io.WriteString(writer, body[:len(body)/2]); err != nil {
		return err
	}
	others := make(chan error, 1)
	go func() { others <- s.each(4, func(i int) error { return s.right(i, 0) }) }()
	err := errors.New("want other requests answered while a body is slow, got none within " + s.patience.String())
	select {
	case err = <-others:
		others = nil
	case <-time.After(s.patience):
	}
	before := s.observed.rows.Load()
	writer.CloseWithError(io.ErrUnexpectedEOF) // the client goes away
	select {
	case a := <-ended:
		if err == nil && (a.status == http.StatusOK || a.status == 0) {
			err = fmt.Errorf("half a body: want it refused, got status %d", a.status)
		}
	case <-time.After(soon):
		return errors.Join(err, errors.New("want the request ended with its body, got it waiting"))
	}
	if others != nil {
		err = errors.Join(err, <-others)
	} else if s.observed.rows.Load() != before {
		err = errors.Join(err, errors.New("want no row of half a body scored, got one"))
	}
	return err
}

// each calls f for 0 … n-1 at once and joins the errors.
func (s *stand) each(n int, f func(i int) error) error {
	errs := make([]error, n)
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() { errs[i] = f(i) })
	}
	wait.Wait()
	return errors.Join(errs...)
}

// right sends row i and wants the answer of a version of the model.
func (s *stand) right(i, version int) error {
	i %= len(s.rows)
	a, err := s.score(s.dialect.write(false, s.cells(i)))
	if err != nil {
		return err
	}
	if a.version != s.models[version].Digest() {
		return fmt.Errorf("want version %q, got %q", s.models[version].Digest(), a.version)
	}
	return same(a.results, s.want[version][i:i+1])
}

func observedOnce(s *stand) error {
	for i, body := range []string{s.dialect.write(false, s.cells(0)), s.all()} {
		before := s.observed.rows.Load()
		a, err := s.score(body)
		if err != nil {
			return err
		}
		if got := s.observed.rows.Load() - before; got != int64(len(a.results)) {
			return fmt.Errorf("request %d: want %d rows observed, got %d", i, len(a.results), got)
		}
	}
	return nil
}

func concurrent(s *stand) error {
	return s.each(8, func(g int) error {
		for n := range 20 {
			if err := s.right(7*n+g, 0); err != nil {
				return err
			}
		}
		return nil
	})
}

func swapIsSeen(s *stand) error {
	for n := range 6 {
		for range 2 {
			if err := s.right(5, n%2); err != nil {
				return fmt.Errorf("after %d swaps: %w", n, err)
			}
		}
		s.router.Swap(s.models[(n+1)%2])
	}
	return nil
}

func swapSplitsNothing(s *stand) error {
	body := s.all()
	var done atomic.Bool
	var swaps sync.WaitGroup
	swaps.Go(func() {
		for n := 1; !done.Load(); n++ {
			s.router.Swap(s.models[n%2])
			time.Sleep(50 * time.Microsecond)
		}
	})
	err := s.each(4, func(int) error {
		for range 25 {
			a, err := s.score(body)
			if err != nil {
				return err
			}
			version := 0
			if a.version == s.models[1].Digest() {
				version = 1
			}
			if a.version != s.models[version].Digest() {
				return fmt.Errorf("want one of two versions, got %q", a.version)
			}
			if err := same(a.results, s.want[version]); err != nil {
				return err
			}
		}
		return nil
	})
	done.Store(true)
	swaps.Wait()
	return err
}

// grace is longer than a client takes from one answer to its next request, on a busy machine too.
const grace = 2 * time.Second

// drains ends a server under clients that keep their connections. Each is answered before the server ends: a connection that waits to be accepted is reset with the listener.
func drains(s *stand) error {
	listener, err := new(net.ListenConfig).Listen(s.ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	drainer := serve.NewDrainer(s.handler)
	server := serve.NewServer("", drainer, serve.ServerOptions{})
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	answered := make([]atomic.Int64, 4)
	clients := make(chan error, 1)
	go func() {
		clients <- s.each(len(answered), func(g int) error {
			return s.client("http://"+listener.Addr().String()+s.traits.Path, g, &answered[g])
		})
	}()
	var stopped error
	for g := 0; g < len(answered); {
		if answered[g].Load() >= 25 {
			g++
			continue
		}
		select {
		case stopped = <-clients: // all of them failed before there was anything to drain
			g = len(answered)
			clients <- nil
		case <-time.After(time.Millisecond):
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), 2*soon)
	defer cancel()
	err = drainer.Shutdown(ctx, server, listener, grace)
	err = errors.Join(stopped, err, <-clients)
	if served := <-ended; !errors.Is(served, net.ErrClosed) && !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// client asks without a pause until nobody listens.
func (s *stand) client(url string, g int, answered *atomic.Int64) error {
	transport := &http.Transport{MaxIdleConnsPerHost: 1}
	defer transport.CloseIdleConnections()
	client := http.Client{Transport: transport, Timeout: 2 * soon}
	body := s.dialect.write(false, s.cells(g))
	for {
		r, err := http.NewRequestWithContext(context.WithoutCancel(s.ctx), http.MethodPost, url, strings.NewReader(body))
		if err != nil {
			return err
		}
		r.GetBody = nil // so that the client does not send it again by itself
		r.Header.Set("Content-Type", "application/json")
		if s.traits.Credentials != "" {
			r.Header.Set("Authorization", s.traits.Credentials)
		}
		resp, err := client.Do(r)
		var refused *net.OpError
		switch {
		case errors.As(err, &refused) && refused.Op == "dial":
			return nil // nobody listens any more
		case err != nil:
			return fmt.Errorf("a request was lost: %w", err)
		}
		_, err = io.Copy(io.Discard, resp.Body)
		if err = errors.Join(err, resp.Body.Close()); err != nil {
			return fmt.Errorf("an answer was cut off: %w", err)
		}
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("a request was not scored: want status 200, got %d", resp.StatusCode)
		}
		answered.Add(1)
	}
}
