package servetest_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/serve/servetest"
)

// A host's own mux, of which the scoring path is one.
func ExampleTestHandler() {
	traits := servetest.HandlerTraits{Path: "/score", Limits: serve.Limits{MaxBytes: 1 << 20}}
	conforms := func(t *testing.T) {
		servetest.TestHandler(t, traits, func(t testing.TB, models *serve.Router) http.Handler {
			t.Helper()
			h, err := serve.NewHandler(models, serve.HandlerOptions{Limits: traits.Limits})
			if err != nil {
				t.Fatal(err)
			}
			mux := http.NewServeMux()
			mux.Handle("POST /score", h)
			return mux
		})
	}
	// In a file of tests, conforms is func TestRoutes.
	tests := []testing.InternalTest{{Name: "TestRoutes", F: conforms}}
	fmt.Println(len(tests), "test")
	// Output: 1 test
}

// An observer that counts rows.
func ExampleTestObserver() {
	traits := servetest.ObserverTraits{Rows: func(o serve.Observer) int64 { return o.(*counter).rows.Load() }} //nolint:forcetypeassert // it made them
	conforms := func(t *testing.T) {
		servetest.TestObserver(t, traits, func(testing.TB) serve.Observer { return new(counter) })
	}
	// In a file of tests, conforms is func TestCounter.
	tests := []testing.InternalTest{{Name: "TestCounter", F: conforms}}
	fmt.Println(len(tests), "test")
	// Output: 1 test
}
