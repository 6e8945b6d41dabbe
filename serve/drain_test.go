package serve_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/serve"
)

// TestDrainLosesNoRequest has clients that ask without a pause over kept connections; each request is answered, or refused because nobody listens any more.
func TestDrainLosesNoRequest(t *testing.T) {
	d := serve.NewDrainer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) }))
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := serve.NewServer("", d, serve.ServerOptions{})
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	var lost atomic.Int64
	answered := make([]atomic.Int64, 4)
	var clients sync.WaitGroup
	for g := range answered {
		clients.Go(func() {
			client := http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}, Timeout: 10 * time.Second}
			for {
				// POST, which the client does not send again by itself.
				req, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodPost, "http://"+listener.Addr().String(), http.NoBody)
				if err != nil {
					t.Error(err)
					return
				}
				resp, err := client.Do(req)
				switch {
				case errors.Is(err, syscall.ECONNREFUSED):
					return
				case err != nil:
					lost.Add(1)
					return
				}
				_, _ = io.Copy(io.Discard, resp.Body) // or the connection is not kept
				_ = resp.Body.Close()
				answered[g].Add(1)
			}
		})
	}
	for g := range answered { // a connection that waits to be accepted is reset with the listener
		for answered[g].Load() < 50 && lost.Load() == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	if err := d.Shutdown(t.Context(), server, listener, 2*time.Second); err != nil {
		t.Error(err)
	}
	clients.Wait()
	if err := <-ended; !errors.Is(err, net.ErrClosed) && !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
	if lost.Load() != 0 {
		t.Errorf("%d requests were lost", lost.Load())
	}
}

func TestShutdownEndsWithItsContext(t *testing.T) {
	inside, done := make(chan struct{}), make(chan struct{})
	d := serve.NewDrainer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { close(inside); <-done }))
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := serve.NewServer("", d, serve.ServerOptions{})
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	var waiting sync.WaitGroup
	waiting.Go(func() {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+listener.Addr().String(), http.NoBody)
		client := http.Client{Timeout: 10 * time.Second}
		if resp, err := client.Do(req); err == nil {
			_ = resp.Body.Close()
			t.Error("want the request cut off")
		}
	})
	<-inside
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := d.Shutdown(ctx, server, listener, time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	close(done)
	waiting.Wait()
	<-ended
}
