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
	test := func(t *testing.T) {
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
	fmt.Println(test != nil, servetest.ModelName) // go test runs it
	// Output: true payments
}

// An observer that counts rows.
func ExampleTestObserver() {
	traits := servetest.ObserverTraits{Rows: func(o serve.Observer) int64 { return o.(*counter).rows.Load() }} //nolint:forcetypeassert // it made them
	test := func(t *testing.T) {
		servetest.TestObserver(t, traits, func(testing.TB) serve.Observer { return new(counter) })
	}
	o := new(counter)
	traits.Rows(o)
	fmt.Println(test != nil, traits.Rows(o))
	// Output: true 0
}
