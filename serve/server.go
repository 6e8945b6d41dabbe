package serve

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/tidewheel/tidewheel/dataset"
)

// ServerOptions bounds what a client may take of a server. The zero value is ready to use.
type ServerOptions struct {
	ReadHeaderTimeout time.Duration // for the head of a request; default 5 s
	ReadTimeout       time.Duration // for a whole request; default 30 s
	WriteTimeout      time.Duration // from the end of the head to the end of the answer; default 60 s
	IdleTimeout       time.Duration // between two requests of a connection; default 2 min
	MaxHeaderBytes    int           // default 64 KiB
	Logger            *zap.Logger   // for net/http's own complaints about connections; nil is silent
}

// NewServer returns a server of handler with the time and size limits that http.Server leaves open. It does not listen: that is the host's call, and so is
// Shutdown, which lets requests that are under way finish. Negative options count as zero.
func NewServer(addr string, handler http.Handler, o ServerOptions) *http.Server {
	or := func(v, standard time.Duration) time.Duration {
		if v > 0 {
			return v
		}
		return standard
	}
	if o.MaxHeaderBytes <= 0 {
		o.MaxHeaderBytes = 64 << 10
	}
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	return &http.Server{
		Addr:              addr,
		Handler:           handler,
		ReadHeaderTimeout: or(o.ReadHeaderTimeout, 5*time.Second),
		ReadTimeout:       or(o.ReadTimeout, 30*time.Second),
		WriteTimeout:      or(o.WriteTimeout, time.Minute),
		IdleTimeout:       or(o.IdleTimeout, 2*time.Minute),
		MaxHeaderBytes:    o.MaxHeaderBytes,
		ErrorLog:          zap.NewStdLog(o.Logger),
	}
}

// ErrUnauthorized says that a request has no valid credentials.
var ErrUnauthorized = errors.New("unauthorized")

// BearerToken returns an Authorize function that lets a request pass whose header is "Authorization: Bearer token". The time it takes does not depend on where a
// wrong token differs. It errors for a token of less than 16 bytes, which can be guessed.
func BearerToken(token string) (func(*http.Request) error, error) {
	if len(token) < 16 {
		return nil, fmt.Errorf("serve: bearer token: %w", &dataset.OptionError{Field: "token", Value: fmt.Sprintf("%d bytes", len(token)), Want: "at least 16 bytes"})
	}
	want := sha256.Sum256([]byte(token))
	return func(r *http.Request) error {
		scheme, credentials, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		got := sha256.Sum256([]byte(credentials))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 || !strings.EqualFold(scheme, "Bearer") {
			return ErrUnauthorized
		}
		return nil
	}, nil
}
