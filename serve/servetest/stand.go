package servetest

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

// stand is the handler under test with its models, for one check.
type stand struct {
	*material
	ctx      context.Context //nolint:containedctx // of one check, which is one call
	router   *serve.Router
	models   [2]*serve.Model
	handler  http.Handler
	observed *tally
}

// tally is an observer that counts.
type tally struct{ rows atomic.Int64 }

// Observe implements serve.Observer.
func (t *tally) Observe(dataset.Row, model.Output) { t.rows.Add(1) }

// request is a request that scores; body is read as it is.
func (s *stand) request(ctx context.Context, body io.Reader) *http.Request {
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, s.traits.Path, body)
	r.Header.Set("Content-Type", "application/json")
	if s.traits.Credentials != "" {
		r.Header.Set("Authorization", s.traits.Credentials)
	}
	return r
}

// send has the handler answer a request. A panic is the answer of status 0.
func (s *stand) send(r *http.Request) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			a = answer{text: fmt.Sprintf("panic: %v", p)}
		}
	}()
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return answer{status: w.Code, head: w.Header(), text: w.Body.String()}
}

func (s *stand) post(body string) answer { return s.send(s.request(s.ctx, strings.NewReader(body))) }

// cells returns the shared row i, untyped.
func (s *stand) cells(i int) []validatetest.Cell { return s.rows[i].Cells() }

// score sends a body and wants results.
func (s *stand) score(body string) (answer, error) {
	a := s.post(body)
	if a.status != http.StatusOK {
		return a, a.unexpected(http.StatusOK)
	}
	if err := s.dialect.read(&a); err != nil {
		return a, fmt.Errorf("answer of %d bytes: %w", len(a.text), err)
	}
	return a, nil
}

// refuse sends a body and wants one of the statuses and nothing scored.
func (s *stand) refuse(what, body string, statuses ...int) (answer, error) {
	return s.refused(what, s.request(s.ctx, strings.NewReader(body)), statuses...)
}

func (s *stand) refused(what string, r *http.Request, statuses ...int) (answer, error) {
	before := s.observed.rows.Load()
	a := s.send(r)
	if err := a.is(statuses...); err != nil {
		return a, fmt.Errorf("%s: %w", what, err)
	}
	if n := s.observed.rows.Load() - before; n != 0 {
		return a, fmt.Errorf("%s: want no row scored, got %d", what, n)
	}
	if r.Method == http.MethodHead || a.text == "" {
		return a, nil
	}
	// A body that is not the protocol's (a mux answers an unknown method in words) says nothing.
	_ = s.dialect.read(&a)
	return a, nil
}

// is returns an error unless the status is one of these.
func (a answer) is(statuses ...int) error {
	if slices.Contains(statuses, a.status) {
		return nil
	}
	return a.unexpected(statuses...)
}

func (a answer) unexpected(want ...int) error {
	return fmt.Errorf("want status %d, got %d: %.300s", want, a.status, a.text)
}

// says reports whether the answer names a rule about a field of a row.
func (a answer) says(row int, field, rule string) bool {
	return strings.Contains(a.said, fmt.Sprintf("row %d, field %q: %s", row, field, rule))
}

// same returns an error unless got holds the bits of want.
func same(got, want []result) error {
	if len(got) != len(want) {
		return fmt.Errorf("want %d results, got %d", len(want), len(got))
	}
	for i, w := range want {
		if g := got[i]; g.class != w.class || math.Float64bits(g.positive) != math.Float64bits(w.positive) {
			return fmt.Errorf("result %d: other bits than the typed entrance gives", i)
		}
	}
	return nil
}
