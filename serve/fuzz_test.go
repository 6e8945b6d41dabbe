package serve_test

import (
	"encoding/json"
	"testing"

	"github.com/tidewheel/tidewheel/internal/alloc"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/serve/internal/fixture"
)

// FuzzHandler feeds bytes to the JSON endpoint: it answers with 200, 400, 413 or 422, in JSON, and never panics.
func FuzzHandler(f *testing.F) {
	h := newHandler(f, artifact(f, fixture.Options{}), serve.HandlerOptions{Limits: serve.Limits{MaxRows: 50}})
	row := rowJSON(orders(1, 1)[0])
	for _, s := range []string{row, "[" + row + "," + row + "]", `{"amount":NaN,"x":{"y":[1]},"at":"2024-01-01T00:00:00Z"}`, `[{}]`, `{"country":1e999}`, ``} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		var status int
		var text string
		if over := alloc.Bound(4<<20+1000*len(body), func() { status, _, text = post(t, h, body) }); over != nil {
			t.Fatal(over)
		}
		if (status != 200 && status != 400 && status != 413 && status != 422) || !json.Valid([]byte(text)) {
			t.Errorf("%q: %d %s", body, status, text)
		}
	})
}
