package servetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/serve"
)

// bug makes a handler with one fault.
type bug func(models *serve.Router, o serve.HandlerOptions) http.Handler

func whole(models *serve.Router, o serve.HandlerOptions) http.Handler {
	h, err := serve.NewHandler(models, o)
	if err != nil {
		panic(err)
	}
	return h
}

// before plants middleware that sees the request; it answers itself when it returns false.
func before(f func(w http.ResponseWriter, r *http.Request) bool) bug {
	return func(models *serve.Router, o serve.HandlerOptions) http.Handler {
		next := whole(models, o)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if f(w, r) {
				next.ServeHTTP(w, r)
			}
		})
	}
}

// body plants middleware that changes the body on its way in.
func body(f func(text string) string) bug {
	return before(func(_ http.ResponseWriter, r *http.Request) bool {
		text, _ := io.ReadAll(r.Body)
		changed := f(string(text))
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(changed)), int64(len(changed))
		return true
	})
}

// after plants middleware that changes the answer.
func after(f func(r *http.Request, a *httptest.ResponseRecorder, text string) string) bug {
	return func(models *serve.Router, o serve.HandlerOptions) http.Handler {
		next := whole(models, o)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			a := httptest.NewRecorder()
			next.ServeHTTP(a, r)
			text := f(r, a, a.Body.String())
			maps.Copy(w.Header(), a.Header())
			if a.Header().Get("Content-Length") != "" {
				w.Header().Set("Content-Length", strconv.Itoa(len(text)))
			}
			w.WriteHeader(a.Code)
			_, _ = io.WriteString(w, text)
		})
	}
}

// around plants a handler in front of the whole one.
func around(f func(next http.Handler, w http.ResponseWriter, r *http.Request)) bug {
	return func(models *serve.Router, o serve.HandlerOptions) http.Handler {
		next := whole(models, o)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f(next, w, r) })
	}
}

// one has next score a text.
func one(next http.Handler, r *http.Request, text string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	again := r.Clone(r.Context())
	again.Body, again.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
	next.ServeHTTP(w, again)
	return w
}

// singly scores the rows of an array one by one.
func singly(next http.Handler, r *http.Request, text string) (version string, parts []string) {
	var rows []json.RawMessage
	if json.Unmarshal([]byte(text), &rows) != nil {
		return "", nil
	}
	for _, row := range rows {
		w := one(next, r, string(row))
		time.Sleep(20 * time.Microsecond)
		var a map[string]json.RawMessage
		if w.Code != http.StatusOK || json.Unmarshal(w.Body.Bytes(), &a) != nil {
			return "", nil
		}
		version = string(a["version"])
		parts = append(parts, fmt.Sprintf(`{"prediction":%s,"probability":%s}`, a["prediction"], a["probability"]))
	}
	return version, parts
}

// sink keeps an allocation from being optimized away.
type sink struct{ b atomic.Pointer[[]byte] }

func handlerBugs() map[string]bug {
	number := regexp.MustCompile(`0\.\d{6}\d*`)
	findings := regexp.MustCompile(`,"findings":\[[^]]*\]`)
	var kept sink
	return map[string]bug{
		"one row gives the bits of the typed entrance": after(func(_ *http.Request, _ *httptest.ResponseRecorder, text string) string {
			return number.ReplaceAllStringFunc(text, func(s string) string { return s[:8] }) // six digits are enough
		}),
		"many rows are answered in their order": after(func(_ *http.Request, _ *httptest.ResponseRecorder, text string) string {
			var a map[string]any
			if json.Unmarshal([]byte(text), &a) != nil {
				return text
			}
			if p, ok := a["predictions"].([]any); ok {
				slices.Reverse(p) // as they were ready
			}
			again, _ := json.Marshal(a)
			return string(again)
		}),
		"columns in any order give the same answer": before(func(w http.ResponseWriter, r *http.Request) bool {
			text, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(text))
			if !bytes.HasPrefix(text, []byte(`{"amount"`)) {
				w.WriteHeader(http.StatusUnprocessableEntity)
				return false
			}
			return true
		}),
		"no rows are no results": body(func(text string) string {
			if text == "[]" {
				return "[{}]"
			}
			return text
		}),
		"none of the sixteen wrong rows is silent": after(func(_ *http.Request, _ *httptest.ResponseRecorder, text string) string {
			return findings.ReplaceAllString(text, "") // clients did not ask for them
		}),
		"a number that is not finite is refused in every spelling": body(func(text string) string { return strings.ReplaceAll(text, "-Infinity", "0") }),
		"an array for a number is refused": body(func(text string) string {
			return strings.NewReplacer("[[", "", "42.5,1]]", "42.5").Replace(text)
		}),
		"one refused row refuses the request and no row is scored": around(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
			text, _ := io.ReadAll(r.Body)
			singly(next, r, string(text)) // the good ones
			r.Body = io.NopCloser(bytes.NewReader(text))
			next.ServeHTTP(w, r)
		}),
		"a malformed body is refused": body(func(text string) string {
			var first json.RawMessage // what is behind it is not looked at
			if json.NewDecoder(strings.NewReader(text)).Decode(&first) != nil {
				return text
			}
			return string(first)
		}),
		"a deep body is refused at once": before(func(w http.ResponseWriter, r *http.Request) bool {
			text, _ := io.ReadAll(r.Body)
			if r.Body = io.NopCloser(bytes.NewReader(text)); bytes.Count(text, []byte("[")) > 1000 {
				panic("stack") // what a parser that calls itself ends with, and cannot be recovered from
			}
			return true
		}),
		"a body of the largest size is read and one byte more is not": func(models *serve.Router, o serve.HandlerOptions) http.Handler {
			return http.MaxBytesHandler(whole(models, o), 1<<20)
		},
		"an endless body is not read to its end": around(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r)
			_, _ = io.Copy(io.Discard, r.Body) // to keep the connection
		}),
		"the most rows are scored and one more are not": func(models *serve.Router, o serve.HandlerOptions) http.Handler {
			o.Limits.MaxRows = 20_000
			return whole(models, o)
		},
		"a request takes memory in proportion to its bytes": before(func(http.ResponseWriter, *http.Request) bool {
			b := make([]byte, 256<<20) // a buffer that will do for all
			kept.b.Store(&b)
			kept.b.Store(nil)
			return true
		}),
		"a type that is not JSON is refused": before(func(_ http.ResponseWriter, r *http.Request) bool {
			r.Header.Del("Content-Type")
			return true
		}),
		"a request without a type counts as JSON": before(func(w http.ResponseWriter, r *http.Request) bool {
			if r.Header.Get("Content-Type") == "" {
				w.WriteHeader(http.StatusUnsupportedMediaType)
				return false
			}
			return true
		}),
		"another method than POST is refused": before(func(_ http.ResponseWriter, r *http.Request) bool {
			r.Method = http.MethodPost
			return true
		}),
		"a request without credentials is refused and nothing is scored": func(models *serve.Router, o serve.HandlerOptions) http.Handler {
			o.Authorize = func(r *http.Request) error {
				if got := r.Header.Get("Authorization"); got == "" || !strings.HasPrefix(bearer, got) && !strings.HasPrefix(got, bearer) {
					return serve.ErrUnauthorized
				}
				return nil
			}
			return whole(models, o)
		},
		"a model that is not there is refused": func(models *serve.Router, o serve.HandlerOptions) http.Handler {
			return whole(serve.NewRouter(models.Models()...), o) // those of the start
		},
		"a request that was given up is not scored": around(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(context.WithoutCancel(r.Context())))
		}),
		"a slow body keeps nobody waiting": func(models *serve.Router, o serve.HandlerOptions) http.Handler {
			next, mu := whole(models, o), new(sync.Mutex)
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				next.ServeHTTP(w, r)
			})
		},
		"each scored row is observed once": around(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
			text, _ := io.ReadAll(r.Body)
			one(next, r, string(text)) // a try first
			r.Body = io.NopCloser(bytes.NewReader(text))
			next.ServeHTTP(w, r)
		}),
		"requests at the same time get their own answers": func(models *serve.Router, o serve.HandlerOptions) http.Handler {
			var buffer atomic.Pointer[string] // one for all
			return after(func(_ *http.Request, _ *httptest.ResponseRecorder, text string) string {
				buffer.Store(&text)
				time.Sleep(100 * time.Microsecond)
				return *buffer.Load()
			})(models, o)
		},
		"the next request after a swap is scored by the new model": func(models *serve.Router, o serve.HandlerOptions) http.Handler {
			var cache sync.Map
			next := whole(models, o)
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				text, _ := io.ReadAll(r.Body)
				found, _ := cache.LoadOrStore(string(text), one(next, r, string(text)))
				a, _ := found.(*httptest.ResponseRecorder)
				w.WriteHeader(a.Code)
				_, _ = io.WriteString(w, a.Body.String())
			})
		},
		"a swap under load splits no answer": around(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
			text, _ := io.ReadAll(r.Body)
			version, parts := singly(next, r, string(text))
			_, _ = fmt.Fprintf(w, `{"version":%s,"predictions":[%s]}`, version, strings.Join(parts, ","))
		}),
		"no answer holds a value of a refused row": func(models *serve.Router, o serve.HandlerOptions) http.Handler {
			next := whole(models, o)
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				text, _ := io.ReadAll(r.Body)
				a := one(next, r, string(text))
				w.WriteHeader(a.Code)
				_, _ = io.WriteString(w, a.Body.String())
				if a.Code != http.StatusOK {
					_, _ = w.Write(text) // helps to find the fault
				}
			})
		},
		"an answer says its type and its length": after(func(_ *http.Request, a *httptest.ResponseRecorder, text string) string {
			a.Header().Set("Content-Type", "text/plain")
			return text
		}),
		"a server that drains loses no request": before(func(w http.ResponseWriter, _ *http.Request) bool {
			if w.Header().Get("Connection") == "close" { // somebody else shall answer
				w.WriteHeader(http.StatusServiceUnavailable)
				return false
			}
			return true
		}),
	}
}

const bearer = "Bearer 0123456789abcdef"

func TestEachPlantedBugFailsItsCheck(t *testing.T) {
	open, err := newMaterial(t.Context(), HandlerTraits{})
	if err != nil {
		t.Fatal(err)
	}
	closed, err := newMaterial(t.Context(), HandlerTraits{Credentials: bearer})
	if err != nil {
		t.Fatal(err)
	}
	open.patience = 100 * time.Millisecond // the bug lets nobody through, however long one waits
	all := handlerBugs()
	for _, c := range handlerChecks() {
		t.Run(c.name, func(t *testing.T) {
			plant, ok := all[c.name]
			if !ok {
				t.Fatal("no bug is planted")
			}
			m := open
			if c.when != nil {
				m = closed
			}
			err := c.against(t.Context(), m, func(models *serve.Router) http.Handler { return plant(models, serve.HandlerOptions{}) })
			if err == nil {
				t.Fatal("the bug passes")
			}
			t.Logf("%.300s", err)
		})
	}
	if len(all) != len(handlerChecks()) {
		t.Errorf("want a bug for each of %d checks, got %d", len(handlerChecks()), len(all))
	}
}
