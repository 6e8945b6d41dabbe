package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.uber.org/zap"

	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/monitor"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/serve/openinference"
)

// references returns what to serve.
func (s *serving) references(ctx context.Context) ([]string, error) {
	var refs []string
	for _, m := range s.models {
		if s.registry == "" && strings.Contains(m, "@") && !strings.ContainsAny(m, `/\`) {
			return nil, fmt.Errorf("flag -registry: want the directory that holds %q, got none", m)
		}
		if s.registry != "" && strings.Contains(m, "@") && filepath.Dir(m) == "." {
			m = filepath.Join(s.registry, m)
		}
		refs = append(refs, m)
	}
	if len(refs) > 0 || s.registry == "" {
		if len(refs) == 0 {
			return nil, errors.New("flags -model, -registry: want one of them or both, got neither")
		}
		return refs, nil
	}
	if _, err := os.Stat(s.registry); err != nil { // which opening would make
		return nil, cli.ReadError(s.registry, err)
	}
	r, st, err := cli.OpenRegistry(ctx, s.registry)
	if err != nil {
		return nil, err
	}
	defer func() { _ = st.Close() }() // read only
	names, err := r.Models(ctx)
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		ref := n + "@prod"
		if _, err := r.Find(ctx, ref); err != nil {
			ref = n + "@latest"
		}
		refs = append(refs, filepath.Join(s.registry, ref))
	}
	if len(refs) == 0 {
		return nil, fmt.Errorf("flag -registry: want a registry with models, got %s without any", s.registry)
	}
	return refs, nil
}

// mux loads the models and returns the handler of all paths: /v2, /score/NAME, /score when there is one model, /metrics of all and /metrics/NAME.
func (s *serving) mux(ctx context.Context, refs []string, logger *zap.Logger) (http.Handler, []string, error) {
	authorize, err := s.authorize()
	if err != nil {
		return nil, nil, err
	}
	router := serve.NewRouter()
	v2, err := openinference.NewHandler(router, openinference.Options{Authorize: authorize, Logger: logger})
	if err != nil {
		return nil, nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/v2", v2)
	mux.Handle("/v2/", v2)
	var names []string
	var watchers []*monitor.Monitor
	for _, ref := range refs {
		a, err := cli.OpenModel(ctx, ref)
		if err != nil {
			return nil, nil, err
		}
		var o serve.Options
		if slices.Contains(names, a.Name()) {
			return nil, nil, fmt.Errorf("flag -model: want models of different names, got %q twice", a.Name())
		}
		if a.Profile() != nil {
			watcher, err := monitor.New(a.Profile(), monitor.Options{Model: a.Name(), Version: a.Digest(), WindowRows: s.window})
			if err != nil {
				return nil, nil, err
			}
			o.Observers = []serve.Observer{watcher}
			mux.Handle("GET /metrics/"+a.Name(), authorized(authorize, watcher.Handler()))
			watchers = append(watchers, watcher)
		}
		m, err := serve.NewModel(a, o)
		if err != nil {
			return nil, nil, err
		}
		router.Swap(m)
		h, err := serve.NewHandler(router, serve.HandlerOptions{Model: a.Name(), Authorize: authorize, Logger: logger})
		if err != nil {
			return nil, nil, err
		}
		mux.Handle("/score/"+a.Name(), h)
		if len(refs) == 1 {
			mux.Handle("/score", h)
		}
		names = append(names, a.Name())
	}
	mux.Handle("GET /metrics", authorized(authorize, monitor.Handler(watchers...)))
	return mux, names, nil
}

// authorize returns the check of the token, nil for none.
func (s *serving) authorize() (func(*http.Request) error, error) {
	if s.token == "" {
		return nil, nil
	}
	text, err := os.ReadFile(s.token)
	if err != nil {
		return nil, cli.ReadError(s.token, err)
	}
	check, err := serve.BearerToken(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, fmt.Errorf("flag -token: %s: %w", s.token, err)
	}
	return check, nil
}

// authorized answers 401 where the check of the token, if any, fails.
func authorized(check func(*http.Request) error, h http.Handler) http.Handler {
	if check == nil {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if check(r) != nil {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, http.StatusText(http.StatusUnauthorized), http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r)
	})
}
