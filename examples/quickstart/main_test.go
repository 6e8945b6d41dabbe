package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/examples/internal/cli/clitest"
	"github.com/tidewheel/tidewheel/registry"
)

func TestTheWholeLife(t *testing.T) {
	dir := t.TempDir()
	asked := appOf(func(l *life) []part {
		parts := l.story()
		for i := range parts {
			if parts[i].name == "swap" {
				parts[i].do = func(ctx context.Context) (figures, error) {
					defer scrape(ctx, t, "http://"+l.listener.Addr().String()+"/metrics")()
					return l.swap(ctx)
				}
			}
		}
		return parts
	})
	r := clitest.JSON(t, asked, 0, "-out", dir)
	steps, _ := r["steps"].([]any)
	if len(steps) != 18 {
		t.Fatalf("want 18 steps, got %d", len(steps))
	}
	figures := make(map[string]map[string]any)
	for _, s := range steps {
		step, ok := s.(map[string]any)
		if !ok || step["ok"] != true || len(step) < 4 {
			t.Fatalf("want a step that is ok and has a figure, got %v", s)
		}
		figures[step["name"].(string)] = step
	}
	for _, c := range []struct {
		step, figure string
		want         any
	}{
		{"ingest", "rows", 50000.0},
		{"validate", "refused", 0.0},
		{"validate", "faults_refused", figures["validate"]["faults_planted"]},
		{"score", "equal_bits", figures["score"]["rows"]},
		{"swap", "version", 2.0},
		{"retire", "journal_entries", 5.0},
	} {
		if got := figures[c.step][c.figure]; got != c.want {
			t.Errorf("%s: want %s %v, got %v", c.step, c.figure, c.want, got)
		}
	}
	if auc, base := r["auc"].(float64), r["baseline_auc"].(float64); auc < base+0.1 {
		t.Errorf("want an AUC well above the baseline's, got %g and %g", auc, base)
	}
	b, err := registry.ReadFile(r["bundle"].(string))
	if err != nil {
		t.Fatal(err)
	}
	if b.Digest() != figures["seal"]["digest"] {
		t.Errorf("want the bundle of step seal, got %s", b.Digest())
	}
	card, err := os.ReadFile(filepath.Join(dir, "late.md"))
	if err != nil || !strings.Contains(string(card), b.Digest()) {
		t.Errorf("want a card of the bundle, got %v", err)
	}
}

// scrape asks for the metrics again and again until the function that it returns is called.
func scrape(ctx context.Context, t *testing.T, url string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan int)
	go func() {
		answers := 0
		for ctx.Err() == nil {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
			if err != nil {
				break
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				continue
			}
			if _, err := io.Copy(io.Discard, resp.Body); err == nil && resp.StatusCode == http.StatusOK {
				answers++
			}
			_ = resp.Body.Close() // read only
		}
		done <- answers
	}()
	return func() {
		cancel()
		if <-done == 0 {
			t.Error("want metrics while the model is swapped, got none")
		}
	}
}

func TestTheStoryForPeopleAndTheSameDigestForTwoWorkers(t *testing.T) {
	dir, toSeal := t.TempDir(), appOf(func(l *life) []part { return l.story()[:9] })
	status, out, errs := clitest.Run(t, toSeal, "-out", dir, "-workers", "1")
	if status != 0 || !strings.Contains(out, "seal") || strings.Contains(out, "NOT OK") {
		t.Fatalf("got %d %s %s", status, out, errs)
	}
	b, err := registry.ReadFile(filepath.Join(dir, "late.tide"))
	if err != nil {
		t.Fatal(err)
	}
	if r := clitest.JSON(t, toSeal, 0, "-out", t.TempDir(), "-workers", "2"); !strings.Contains(out, b.Digest()) || find(r, "seal")["digest"] != b.Digest() {
		t.Errorf("want one digest for 1 and 2 workers")
	}
}

func find(r map[string]any, name string) map[string]any {
	steps, _ := r["steps"].([]any)
	for _, s := range steps {
		if step, ok := s.(map[string]any); ok && step["name"] == name {
			return step
		}
	}
	return nil
}

func TestBadInput(t *testing.T) {
	clitest.Refuses(t, app(), []string{"-nope"}, "-nope")
	clitest.Refuses(t, app(), []string{"-out", clitest.File(t, "file", "x")}, "directory")
}
