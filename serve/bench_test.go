package serve_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/serve/internal/fixture"
)

func BenchmarkScoreInto(b *testing.B) {
	s, err := serve.New[order](artifact(b, fixture.Options{}), serve.Options{Observers: []serve.Observer{new(counter)}})
	if err != nil {
		b.Fatal(err)
	}
	rows := orders(256, 1)
	var p serve.Prediction
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := s.ScoreInto(b.Context(), &rows[i%len(rows)], &p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkScoreIntoParallel(b *testing.B) {
	s, err := serve.New[order](artifact(b, fixture.Options{}), serve.Options{})
	if err != nil {
		b.Fatal(err)
	}
	rows := orders(256, 1)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		var p serve.Prediction
		for i := 0; pb.Next(); i++ {
			if err := s.ScoreInto(b.Context(), &rows[i%len(rows)], &p); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func benchmarkHandler(b *testing.B, body string) {
	h := newHandler(b, artifact(b, fixture.Options{}), serve.HandlerOptions{})
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/score", strings.NewReader(body)))
		if w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
}

func BenchmarkHandlerOneRow(b *testing.B) { benchmarkHandler(b, rowJSON(orders(1, 1)[0])) }

func BenchmarkHandlerHundredRows(b *testing.B) {
	var parts []string
	for _, o := range orders(100, 1) {
		parts = append(parts, rowJSON(o))
	}
	benchmarkHandler(b, "["+strings.Join(parts, ",")+"]")
}
