package servetest_test

import (
	"net/http"
	"testing"

	"go.uber.org/goleak"

	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/serve/openinference"
	"github.com/tidewheel/tidewheel/serve/servetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestHandlerOfRows(t *testing.T) {
	servetest.TestHandler(t, servetest.HandlerTraits{}, func(t testing.TB, models *serve.Router) http.Handler {
		t.Helper()
		h, err := serve.NewHandler(models, serve.HandlerOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return h
	})
}

func TestHandlerOfTensors(t *testing.T) {
	servetest.TestHandler(t, servetest.HandlerTraits{Protocol: servetest.Tensors}, func(t testing.TB, models *serve.Router) http.Handler {
		t.Helper()
		h, err := openinference.NewHandler(models, openinference.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return h
	})
}

// A host's own mux, limits and credentials.
func TestMountedHandler(t *testing.T) {
	limits := serve.Limits{MaxBytes: 20_000, MaxRows: 100}
	authorize, err := serve.BearerToken("0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	traits := servetest.HandlerTraits{Path: "/payments/score", Credentials: "Bearer 0123456789abcdef", Limits: limits}
	servetest.TestHandler(t, traits, func(t testing.TB, models *serve.Router) http.Handler {
		t.Helper()
		h, err := serve.NewHandler(models, serve.HandlerOptions{Model: servetest.ModelName, Authorize: authorize, Limits: limits})
		if err != nil {
			t.Fatal(err)
		}
		mux := http.NewServeMux()
		mux.Handle("POST /payments/score", h)
		return mux
	})
}
