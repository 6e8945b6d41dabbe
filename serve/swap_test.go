package serve_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"weak"

	"go.uber.org/goleak"

	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/serve/internal/fixture"
)

// swapped is two versions of a model with what they say of the rows that clients send.
type swapped struct {
	artifacts [2]*fixture.Artifact
	rows      []order
	want      map[string][]float64 // raw scores by version
}

func newSwapped(t *testing.T) *swapped {
	t.Helper()
	s := &swapped{rows: orders(50, 4), want: make(map[string][]float64)}
	for i := range s.artifacts {
		s.artifacts[i] = artifact(t, fixture.Options{Version: i})
		_, _, s.want[s.artifacts[i].Digest()] = expected(t, s.artifacts[i], s.rows)
	}
	return s
}

// check returns an error unless raw is what the version says of a row, to the bit.
func (s *swapped) check(row int, version string, raw []float64) error {
	want, ok := s.want[version]
	if !ok || !sameBits(raw, want[3*row:3*row+3]) {
		return fmt.Errorf("row %d: version %q, or the score of another version than it says", row, version)
	}
	return nil
}

// put swaps new models in n times, each when the one before has answered somebody, and gives what it takes out to gone.
func (s *swapped) put(t *testing.T, n int, answered *atomic.Int64, swap func(*serve.Model) (*serve.Model, error), gone func(*serve.Model)) {
	t.Helper()
	for k := range n {
		m, err := serve.NewModel(s.artifacts[(k+1)%2], serve.Options{Observers: []serve.Observer{new(counter)}})
		if err != nil {
			t.Error(err)
			return
		}
		before := answered.Load()
		old, err := swap(m)
		if err != nil || old == nil {
			t.Errorf("swap %d: want the model before, got %v", k, err)
			return
		}
		gone(old)
		for until := time.Now().Add(5 * time.Second); answered.Load() == before && time.Now().Before(until); {
			time.Sleep(20 * time.Microsecond)
		}
	}
}

func TestAThousandSwapsUnderLoadFailNoRequest(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	const swaps = 1000
	s := newSwapped(t)
	first := newModel(t, s.artifacts[0], serve.Options{})
	router := serve.NewRouter(first)
	scorer, err := serve.Bind[order](first)
	if err != nil {
		t.Fatal(err)
	}
	h, err := serve.NewHandler(router, serve.HandlerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	// Both warm up, so that what is allocated once is there before the heap is measured.
	var typed, web atomic.Int64
	if err := errors.Join(s.asks(ctx, server, 0, 20, &web), s.scores(ctx, scorer, 0, 200, &typed)); err != nil {
		t.Fatal(err)
	}
	before := heap()
	var old struct {
		sync.Mutex
		models []weak.Pointer[serve.Model]
	}
	gone := func(m *serve.Model) {
		old.Lock()
		defer old.Unlock()
		old.models = append(old.models, weak.Make(m))
	}
	var clients, swappers sync.WaitGroup
	var done atomic.Bool
	for g := range 2 {
		clients.Go(func() {
			for !done.Load() && !t.Failed() {
				if err := s.asks(ctx, server, g, 10, &web); err != nil {
					t.Error(err)
				}
			}
		})
		clients.Go(func() {
			for !done.Load() && !t.Failed() {
				if err := s.scores(ctx, scorer, g, 20, &typed); err != nil {
					t.Error(err)
				}
				time.Sleep(100 * time.Microsecond) // or the clients over HTTP get no turn on a machine of two cores
			}
		})
	}
	swappers.Go(func() {
		s.put(t, swaps, &web, func(m *serve.Model) (*serve.Model, error) { return router.Swap(m), nil }, gone)
	})
	swappers.Go(func() { s.put(t, swaps, &typed, scorer.Swap, gone) })
	swappers.Wait()
	done.Store(true)
	clients.Wait()
	t.Logf("%d answers over HTTP and %d of the scorer during 2 × %d swaps", web.Load(), typed.Load(), swaps)
	if m, err := router.Model("fixture"); err != nil || m.Digest() != s.artifacts[0].Digest() || scorer.Model().Digest() != s.artifacts[0].Digest() {
		t.Errorf("the last models do not serve: %v", err)
	}
	server.Close()
	s.collected(t, old.models, before)
	runtime.KeepAlive(router)
	runtime.KeepAlive(scorer)
}

// asks sends n rows over HTTP.
func (s *swapped) asks(ctx context.Context, server *httptest.Server, g, n int, answered *atomic.Int64) error {
	for k := range n {
		row := (k*7 + g) % len(s.rows)
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL, strings.NewReader(rowJSON(s.rows[row])))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/json")
		resp, err := server.Client().Do(r)
		if err != nil {
			return err
		}
		text, err := io.ReadAll(resp.Body)
		if err = errors.Join(err, resp.Body.Close()); err != nil {
			return err
		}
		a, err := parsed(string(text))
		if err != nil || resp.StatusCode != http.StatusOK {
			return fmt.Errorf("row %d: status %d, %w", row, resp.StatusCode, err)
		}
		if err := s.check(row, a.Version, a.Raw); err != nil {
			return err
		}
		answered.Add(1)
	}
	return nil
}

// scores has the scorer score n rows.
func (s *swapped) scores(ctx context.Context, scorer *serve.Scorer[order], g, n int, answered *atomic.Int64) error {
	var p serve.Prediction
	for k := range n {
		row := (k*7 + g) % len(s.rows)
		if err := scorer.ScoreInto(ctx, &s.rows[row], &p); err != nil {
			return fmt.Errorf("row %d: %w", row, err)
		}
		if err := s.check(row, p.Version, p.Raw); err != nil {
			return err
		}
		answered.Add(1)
	}
	return nil
}

// heap returns the bytes in use after a collection.
func heap() uint64 {
	var m runtime.MemStats
	for range 3 { // what is pooled goes with the second
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// collected wants the models that were taken out gone, and the heap as it was but for 1 MiB. A model takes about 6 KiB, so that what 2,000 of them leave shows.
func (s *swapped) collected(t *testing.T, models []weak.Pointer[serve.Model], before uint64) {
	t.Helper()
	held := func() (n int) {
		for _, m := range models {
			if m.Value() != nil {
				n++
			}
		}
		return n
	}
	after, alive := heap(), held()
	for until := time.Now().Add(20 * time.Second); (after > before+1<<20 || alive > 0) && time.Now().Before(until); after, alive = heap(), held() {
		time.Sleep(10 * time.Millisecond)
	}
	if after > before+1<<20 {
		t.Errorf("the heap has %d bytes, %d before the swaps", after, before)
	}
	if len(models) != 2000 || alive != 0 {
		t.Errorf("%d of %d models that were taken out are still held", alive, len(models))
	}
}
