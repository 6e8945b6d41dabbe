package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// Drainer ends a server without losing the requests of clients that keep their connections: http.Server.Shutdown closes an idle connection at once, and a request
// that is on its way over it is reset. Make one with NewDrainer around the handler of the server. It is safe for concurrent use.
type Drainer struct {
	handler  http.Handler
	draining atomic.Bool
}

// NewDrainer returns a Drainer that answers with handler.
func NewDrainer(handler http.Handler) *Drainer { return &Drainer{handler: handler} }

// ServeHTTP implements http.Handler. While the server drains, each answer asks the client to close its connection.
func (d *Drainer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if d.draining.Load() {
		w.Header().Set("Connection", "close")
	}
	d.handler.ServeHTTP(w, r)
}

// Shutdown closes listener, goes on answering for grace on the connections that there are, each of which ends with its next answer, and then shuts server down: it
// waits for the requests that are under way until ctx ends. It errors with ctx's error when some were not answered by then. A connection on which no request came
// within grace is closed, and one that the server had not accepted yet is reset: let clients be sent elsewhere first. The server's Serve returns net.ErrClosed as soon as listener is closed.
func (d *Drainer) Shutdown(ctx context.Context, server *http.Server, listener net.Listener, grace time.Duration) error {
	closed := listener.Close() // first, so that no client that lets go of its connection is in the queue for a new one
	d.draining.Store(true)
	if errors.Is(closed, net.ErrClosed) {
		closed = nil
	}
	wait := time.NewTimer(grace)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-ctx.Done():
	}
	if err := server.Shutdown(ctx); err != nil {
		return fmt.Errorf("serve: shut down: %w", errors.Join(err, closed, server.Close()))
	}
	return closed
}
