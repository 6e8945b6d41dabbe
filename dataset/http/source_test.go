package http_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	nethttp "net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow/memory"
	"go.uber.org/goleak"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/datasettest"
	"github.com/tidewheel/tidewheel/dataset/http"
	"github.com/tidewheel/tidewheel/dataset/jsonl"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type item struct {
	ID   *int64  `json:"id" ml:"name=id"`
	Name *string `json:"name" ml:"name=name"`
}

func items(n int) []item {
	out := make([]item, n)
	for i := range out {
		id, name := int64(i), "n\n"+strconv.Itoa(i)
		out[i] = item{ID: &id, Name: &name}
	}
	return out
}

// api serves items in pages of 7.
func api(list []item) nethttp.Handler {
	return nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		const size = 7
		q := r.URL.Query()
		number := func(name string) int {
			n, _ := strconv.Atoi(q.Get(name))
			return n
		}
		from := number("offset") + number("after") + size*max(number("page")-1, 0)
		to := min(from+size, len(list))
		from = min(from, to)
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		answer := map[string]any{"data": map[string]any{"items": list[from:to]}}
		next := map[string]any{}
		if to < len(list) {
			next["cursor"] = to
			next["url"] = "/items?after=" + strconv.Itoa(to)
			w.Header().Add("Link", fmt.Sprintf(`<items?after=%d>; rel="next"`, to))
		} else {
			next["cursor"], next["url"] = nil, ""
		}
		answer["next"] = next
		out := io.Writer(w)
		if r.Header.Get("Accept-Encoding") == "gzip" {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			defer z.Close()
			out = z
		}
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		_ = enc.Encode(answer)
	})
}

func serve(t testing.TB, h nethttp.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func serveFunc(t testing.TB, f nethttp.HandlerFunc) *httptest.Server {
	t.Helper()
	return serve(t, f)
}

// serveTLS serves over https, and says nothing of clients that do not trust it.
func serveTLS(t testing.TB, f nethttp.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(f)
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// answers serves a fixed answer.
func answers(t testing.TB, contentType, body string) *httptest.Server {
	t.Helper()
	return serveFunc(t, func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(w, body)
	})
}

func schema(t testing.TB) *dataset.Schema {
	t.Helper()
	s, err := dataset.SchemaOf[item]()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// read returns the number of rows that src gives and the error it ends with.
func read(ctx context.Context, src dataset.Source) (rows int, err error) {
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return rows, err
		}
		rows += b.NumRows()
	}
	return rows, nil
}

// open makes a source and reads it.
func open(ctx context.Context, address string, o http.Options) (rows int, err error) {
	src, err := http.NewSource(ctx, address, o)
	if err != nil {
		return 0, err
	}
	return read(ctx, src)
}

func TestSources(t *testing.T) {
	const n = 50
	server := serve(t, api(items(n)))
	structs, err := dataset.FromStructs(items(n), dataset.StructsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want, err := dataset.Digest(t.Context(), structs, dataset.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, paging := range []http.Paging{
		http.Link{},
		http.NextURL{Path: "next.url"},
		http.Cursor{Path: "/next/cursor", Parameter: "after"},
		http.Offset{Parameter: "offset", LimitParameter: "limit", Limit: 1000},
		http.Pages{Parameter: "page", First: 1, SizeParameter: "size", Size: 7},
	} {
		for _, s := range []*dataset.Schema{nil, schema(t)} {
			t.Run(fmt.Sprintf("%T, schema %t", paging, s != nil), func(t *testing.T) {
				o := http.Options{Records: "data.items", Paging: paging, Rows: jsonl.Options{Schema: s, BatchRows: 10}}
				src, err := http.NewSource(t.Context(), server.URL+"/items", o)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := dataset.Digest(t.Context(), src, dataset.RunOptions{}); err != nil || got != want {
					t.Errorf("want the digest of the structs, got %s, %v", got, err)
				}
				if _, isLink := paging.(http.Link); s != nil && !isLink {
					return // the suite has seen it
				}
				datasettest.TestSource(t, datasettest.SourceTraits{Rows: n}, func(mem memory.Allocator) (dataset.Source, error) {
					o := o
					o.Rows.Allocator = mem
					return http.NewSource(t.Context(), server.URL+"/items", o)
				})
			})
		}
	}
}

func TestAnswers(t *testing.T) {
	const rows = `{"id":1}`
	var deep strings.Builder
	for range 100 {
		deep.WriteString(`{"a":[`)
	}
	for _, c := range []struct {
		name, contentType, body, records string
		rows                             int
		err                              error
		says                             string
	}{
		{"an array", "application/json", `[{"id":1},{"id":2}]`, "", 2, nil, ""},
		{"a byte order mark", "application/json", "\ufeff[{\"id\":1}]", "", 1, nil, ""},
		{"no content type", "", `[{"id":1}]`, "", 1, nil, ""},
		{"a type that ends in json", "application/vnd.x+json", `[{"id":1}]`, "", 1, nil, ""},
		{"JSON lines", "application/x-ndjson", rows + "\n" + rows + "\n\n", "", 2, nil, ""},
		{"no JSON lines", "application/x-ndjson", "\n", "", 0, nil, ""},
		{"a path", "application/json", `{"a":{"b":[` + rows + `]}}`, "a.b", 1, nil, ""},
		{"null instead of an array", "application/json", `{"a":null}`, "a", 0, nil, ""},
		{"line ends within a record", "application/json", "[{\n\"id\"\n:\n1}\n,\n{\"id\":2}]", "", 2, nil, ""},
		{"HTML", "text/html; charset=utf-8", "<html>", "", 0, dataset.ErrFormat, "status 200: http: want JSON, got text/html"},
		{"a type that is none", "x/" + strings.Repeat("y", 200), "[]", "", 0, dataset.ErrFormat, "another type"},
		{"no JSON", "application/json", `[{"id":1]`, "", 0, dataset.ErrFormat, "want JSON"},
		{"no array", "application/json", rows, "", 0, dataset.ErrFormat, "want an array"},
		{"no such key", "application/json", rows, "data", 0, dataset.ErrFormat, "no such key"},
		{"records that are no objects", "application/json", `[{"id":1},[]]`, "", 0, dataset.ErrFormat, "another value as number 2"},
		{"a value of another type", "application/json", `[{"id":1},{"id":"x"}]`, "", 0, dataset.ErrFormat, `line 2: column "id"`},
		{"a record with a key twice", "application/json", `[{"id":1,"id":2}]`, "", 0, dataset.ErrFormat, "line 1"},
		{"no UTF-8", "application/json", "[{\"id\":1,\"x\":\"\xff\"}]", "", 0, dataset.ErrFormat, "UTF-8"},
		{"deep JSON", "application/json", "[" + deep.String() + "1" + strings.Repeat("]}", 100) + "]", "", 0, dataset.ErrLimit, ""},
		{"deeper JSON", "application/json", strings.Repeat("[", 100_000), "", 0, dataset.ErrFormat, ""},
		{"a large answer", "application/json", "[" + strings.Repeat(" ", 2<<20) + "]", "", 0, dataset.ErrLimit, "more than 1048576 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := dataset.NewSchema(dataset.Field{Name: "id", Type: dataset.Int64})
			if err != nil {
				t.Fatal(err)
			}
			server := serveFunc(t, func(w nethttp.ResponseWriter, _ *nethttp.Request) {
				w.Header()["Content-Type"] = nil
				if c.contentType != "" {
					w.Header().Set("Content-Type", c.contentType)
				}
				_, _ = io.WriteString(w, c.body)
			})
			got, err := open(t.Context(), server.URL+"/p?key=SECRET", http.Options{Records: c.records, Rows: jsonl.Options{Schema: s}, MaxPageBytes: 1 << 20})
			if got != c.rows || !errors.Is(err, c.err) || err != nil && (!strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "SECRET")) {
				t.Errorf("want %d rows and %v, %q, got %d, %v", c.rows, c.err, c.says, got, err)
			}
		})
	}
	empty := answers(t, "application/json", "[]")
	if _, err := http.NewSource(t.Context(), empty.URL, http.Options{}); !errors.Is(err, dataset.ErrSchema) {
		t.Errorf("nothing to infer from: got %v", err)
	}
}

// A small answer that becomes a large one is not decompressed beyond the limit.
func TestABombIsRefused(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	zeros := make([]byte, 1<<20)
	for range 8 {
		if _, err := z.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for _, encoding := range []string{"gzip", "br"} {
		server := serveFunc(t, func(w nethttp.ResponseWriter, _ *nethttp.Request) {
			w.Header().Set("Content-Encoding", encoding)
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(bomb.Bytes())
		})
		_, err := open(t.Context(), server.URL, http.Options{MaxPageBytes: 1 << 20})
		if want := map[string]error{"gzip": dataset.ErrLimit, "br": dataset.ErrUnsupported}[encoding]; !errors.Is(err, want) {
			t.Errorf("%s: want %v, got %v", encoding, want, err)
		}
	}
	server := serveFunc(t, func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = io.WriteString(w, "this is no gzip at all")
	})
	if _, err := open(t.Context(), server.URL, http.Options{}); !errors.Is(err, dataset.ErrFormat) {
		t.Errorf("got %v", err)
	}
}

// clock is a time that only sleeping moves.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
}

func newClock() *clock { return &clock{now: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)} }

func (c *clock) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.slept = append(c.slept, d)
	return ctx.Err()
}

func (c *clock) requests() http.Requests { return http.Requests{Clock: c.time, Sleep: c.sleep} }

func TestRequestsAreMadeAgain(t *testing.T) {
	for _, c := range []struct {
		name   string
		faults []func(w nethttp.ResponseWriter) // then all is well
		rows   int
		status int
		waits  []time.Duration // the least
		calls  int
	}{
		{"nothing fails", nil, 1, 0, nil, 1},
		{"busy", []func(nethttp.ResponseWriter){status(503, ""), status(500, ""), status(429, "7")}, 1, 0, []time.Duration{250 * time.Millisecond, 500 * time.Millisecond, 7 * time.Second}, 4},
		{"a date", []func(nethttp.ResponseWriter){status(503, "Fri, 01 May 2026 00:00:20 GMT")}, 1, 0, []time.Duration{20 * time.Second}, 2},
		{"answers that break off", []func(nethttp.ResponseWriter){breakOff, breakOff}, 1, 0, []time.Duration{0, 0}, 3},
		{"too long a wait", []func(nethttp.ResponseWriter){status(429, "31")}, 0, 429, nil, 1},
		{"always busy", []func(nethttp.ResponseWriter){status(503, ""), status(503, ""), status(503, ""), status(503, ""), status(503, "")}, 0, 503, make([]time.Duration, 4), 5},
		{"not found", []func(nethttp.ResponseWriter){status(404, "1")}, 0, 404, nil, 1},
		{"unauthorized", []func(nethttp.ResponseWriter){status(401, "")}, 0, 401, nil, 1},
		{"no content", []func(nethttp.ResponseWriter){status(204, "")}, 0, 204, nil, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			calls := 0
			server := serveFunc(t, func(w nethttp.ResponseWriter, _ *nethttp.Request) {
				calls++
				if calls <= len(c.faults) {
					c.faults[calls-1](w)
					return
				}
				_, _ = io.WriteString(w, `[{"id":1}]`)
			})
			k := newClock()
			rows, err := open(t.Context(), server.URL+"/x?key=SECRET", http.Options{Requests: k.requests()})
			var wrong *http.StatusError
			if rows != c.rows || (err != nil) != (c.status != 0) || err != nil && (!errors.As(err, &wrong) || wrong.Status != c.status || wrong.URL != server.URL+"/x") {
				t.Errorf("want %d rows, status %d, got %d, %v", c.rows, c.status, rows, err)
			}
			if calls != c.calls || len(k.slept) != len(c.waits) {
				t.Fatalf("want %d calls and %d waits, got %d, %v", c.calls, len(c.waits), calls, k.slept)
			}
			for i, d := range k.slept {
				if d < c.waits[i] || d > 30*time.Second {
					t.Errorf("wait %d: want %v or more, got %v", i, c.waits[i], d)
				}
			}
			if err != nil && strings.Contains(err.Error(), "SECRET") {
				t.Error("the error tells the query")
			}
		})
	}
}

func status(code int, after string) func(nethttp.ResponseWriter) {
	return func(w nethttp.ResponseWriter) {
		if after != "" {
			w.Header().Set("Retry-After", after)
		}
		w.WriteHeader(code)
	}
}

func breakOff(w nethttp.ResponseWriter) {
	w.Header().Set("Content-Length", "100")
	_, _ = io.WriteString(w, "[{")
	panic(nethttp.ErrAbortHandler)
}

func TestTheNetworkFails(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	k := newClock()
	_, err := open(t.Context(), strings.Replace(gone.URL, "//", "//user:PASSWORD@", 1)+"/x?key=SECRET", http.Options{Requests: k.requests()})
	if err == nil || len(k.slept) != 4 || strings.Contains(err.Error(), "SECRET") || strings.Contains(err.Error(), "PASSWORD") || !strings.Contains(err.Error(), gone.URL+"/x") {
		t.Errorf("got %v after %d waits", err, len(k.slept))
	}

	plain := answers(t, "application/json", "[]")
	_, err = open(t.Context(), strings.Replace(plain.URL, "http://", "https://", 1)+"/x?key=SECRET", http.Options{Requests: newClock().requests()})
	if err == nil || strings.Contains(err.Error(), "SECRET") || !strings.Contains(err.Error(), "HTTP response to HTTPS client") {
		t.Errorf("https where http is spoken: got %v", err)
	}
	for _, text := range []string{"Get https://x/?key=SECRET", "user:SECRET@x", strings.Repeat("SECRET", 100)} {
		requests := newClock().requests()
		requests.Client = &nethttp.Client{Transport: failing{errors.New(text)}}
		if _, err := open(t.Context(), "https://x", http.Options{Requests: requests}); err == nil || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("got %v", err)
		}
	}

	stall := make(chan struct{})
	server := serveFunc(t, func(_ nethttp.ResponseWriter, r *nethttp.Request) {
		select {
		case <-stall:
		case <-r.Context().Done():
		}
	})
	defer close(stall)
	requests := k.requests()
	requests.Timeout, requests.Attempts = 20*time.Millisecond, 2
	if _, err := open(t.Context(), server.URL, http.Options{Requests: requests}); err == nil || !strings.Contains(err.Error(), "no answer in time") || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := open(ctx, server.URL, http.Options{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// failing is a transport that does nothing else.
type failing struct{ err error }

// RoundTrip implements net/http.RoundTripper.
func (f failing) RoundTrip(*nethttp.Request) (*nethttp.Response, error) { return nil, f.err }

func TestRequestsKeepTheirPace(t *testing.T) {
	server := serve(t, api(items(30)))
	k := newClock()
	requests := k.requests()
	requests.Every = time.Second
	if rows, err := open(t.Context(), server.URL, http.Options{Requests: requests, Records: "data.items", Paging: http.Link{}}); rows != 30 || err != nil {
		t.Fatalf("got %d, %v", rows, err)
	}
	if want := slices.Repeat([]time.Duration{time.Second}, 4); !slices.Equal(k.slept, want) {
		t.Errorf("want waits %v between 5 pages, got %v", want, k.slept)
	}
}

func TestHeadersGoToTheirHostAlone(t *testing.T) {
	var got []string
	note := func(r *nethttp.Request) {
		got = append(got, r.Header.Get("X-Key")+r.Header.Get("X-Signed")+r.Header.Get("Authorization"))
	}
	other := serveFunc(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		note(r)
		_, _ = io.WriteString(w, "[{\"id\":1}]")
	})
	elsewhere := strings.Replace(other.URL, "127.0.0.1", "localhost", 1)
	server := serveFunc(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		note(r)
		switch r.URL.Path {
		case "/leave":
			nethttp.Redirect(w, r, elsewhere+"/?key=SECRET", nethttp.StatusFound)
		case "/stay":
			nethttp.Redirect(w, r, "/end?key=SECRET", nethttp.StatusTemporaryRedirect)
		case "/loop":
			nethttp.Redirect(w, r, "/loop?key=SECRET", nethttp.StatusFound)
		case "/nowhere":
			w.Header().Set("Location", "http://[bad/?key=SECRET")
			w.WriteHeader(nethttp.StatusFound)
		case "/empty":
			w.WriteHeader(nethttp.StatusFound)
		case "/file":
			w.Header().Set("Location", "file:///etc/passwd")
			w.WriteHeader(nethttp.StatusMovedPermanently)
		case "/link":
			w.Header().Set("Link", "<"+other.URL+"/?key=SECRET>; rel=next")
			_, _ = io.WriteString(w, "[{\"id\":1}]")
		default:
			_, _ = io.WriteString(w, "[{\"id\":1}]")
		}
	})
	o := http.Options{Paging: http.Link{}, Requests: http.Requests{
		Header:  nethttp.Header{"x-key": {"k"}},
		Prepare: func(r *nethttp.Request) error { r.Header.Set("X-Signed", "s"); return nil },
	}}
	for _, c := range []struct {
		path, want string
		err        error
		sent       []string
	}{
		{"/stay", "", nil, []string{"ks", "ks"}},
		{"/leave", "same host", dataset.ErrFormat, []string{"ks"}},
		{"/loop", "more than 5 redirects", dataset.ErrLimit, slices.Repeat([]string{"ks"}, 6)},
		{"/nowhere", "a redirect", dataset.ErrFormat, []string{"ks"}},
		{"/empty", "a redirect", dataset.ErrFormat, []string{"ks"}},
		{"/file", "another scheme", dataset.ErrFormat, []string{"ks"}},
		{"/link", "same scheme, host and port", dataset.ErrFormat, []string{"ks"}},
	} {
		got = nil
		_, err := open(t.Context(), server.URL+c.path, o)
		if !errors.Is(err, c.err) || err != nil && (!strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "SECRET")) {
			t.Errorf("%s: want %q, got %v", c.path, c.want, err)
		}
		if !slices.Equal(got, c.sent) {
			t.Errorf("%s: want %q sent, got %q", c.path, c.sent, got)
		}
	}
	got = nil
	o.Prepare = func(*nethttp.Request) error { return errors.New("no key") }
	if _, err := open(t.Context(), server.URL, o); err == nil || len(got) > 0 {
		t.Errorf("got %v, %q", err, got)
	}
	got = nil
	o.Prepare, o.Header = nil, nil
	if _, err := open(t.Context(), strings.Replace(server.URL, "//", "//user:pw@", 1)+"/stay", o); err != nil || !slices.Equal(got, []string{"Basic dXNlcjpwdw==", "Basic dXNlcjpwdw=="}) {
		t.Errorf("got %q, %v", got, err)
	}

	// A redirect from https to http is not followed, also on the same host.
	secure := serveTLS(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		nethttp.Redirect(w, r, "http://"+r.Host, nethttp.StatusFound)
	})
	o.Client = secure.Client()
	if _, err := open(t.Context(), secure.URL, o); err == nil || !strings.Contains(err.Error(), "from https to http") {
		t.Errorf("got %v", err)
	}
	o.Client = nil
	k := newClock()
	o.Clock, o.Sleep = k.time, k.sleep
	if _, err := open(t.Context(), secure.URL, o); err == nil || len(k.slept) > 0 {
		t.Errorf("a certificate of nobody: got %v after %d waits", err, len(k.slept))
	}
}

func TestPagesThatDoNotEnd(t *testing.T) {
	calls := 0
	server := serveFunc(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		calls++
		n := calls
		if r.URL.Path == "/same" {
			n = 0
		}
		cursor := map[string]string{"/loop": `"a"`, "/same": "null", "/object": `{}`, "/long": `"` + strings.Repeat("x", 9000) + `"`}[r.URL.Path]
		if cursor == "" {
			cursor = strconv.Itoa(calls)
		}
		_, _ = fmt.Fprintf(w, `{"rows":[{"id":%d,"name":"x"}],"next":%s}`, n, cursor)
	})
	for _, c := range []struct {
		path   string
		paging http.Paging
		want   string
		err    error
	}{
		{"/new", http.Cursor{Path: "next", Parameter: "after"}, "more than 20 pages", dataset.ErrLimit},
		{"/loop", http.Cursor{Path: "next", Parameter: "after"}, "was there before", dataset.ErrFormat},
		{"/same", http.Pages{Parameter: "page"}, "the one before again", dataset.ErrFormat},
		{"/object", http.Cursor{Path: "next", Parameter: "after"}, "a text or a number", dataset.ErrFormat},
		{"/long", http.Cursor{Path: "next", Parameter: "after"}, "at most 8192 bytes", dataset.ErrFormat},
	} {
		calls = 0
		_, err := open(t.Context(), server.URL+c.path, http.Options{Records: "rows", Paging: c.paging, MaxPages: 20})
		if !errors.Is(err, c.err) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: want %q, got %v", c.path, c.want, err)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	_, err := http.NewSource(t.Context(), "ftp://x", http.Options{
		Requests: http.Requests{Timeout: -1, Every: -1, BaseWait: -1, MaxWait: -1, Attempts: -1},
		Records:  "a..b", Paging: http.Cursor{}, Rows: jsonl.Options{BatchRows: -1}, MaxPages: -1, MaxPageBytes: -1,
	})
	for _, field := range []string{
		"Requests.Timeout", "Requests.Every", "Requests.BaseWait", "Requests.MaxWait", "Requests.Attempts", "NewSource address", "Options.Records",
		"Cursor.Parameter", "jsonl.Options.BatchRows", "Options.MaxPages", "Options.MaxPageBytes",
	} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s is not refused: %v", field, err)
		}
	}
	var option *dataset.OptionError
	for _, paging := range []http.Paging{http.Cursor{Parameter: "x", Path: "a..b"}, http.NextURL{Path: "a..b"}, http.Offset{}, http.Offset{Parameter: "x", Limit: 3}, http.Pages{}, http.Pages{Parameter: "x", First: -1}} {
		if _, err := http.NewSource(t.Context(), "https://x", http.Options{Paging: paging}); !errors.As(err, &option) {
			t.Errorf("%#v: got %v", paging, err)
		}
	}
	for _, address := range []string{"", "x", "https://", "https:x", "file:///x", "https://x:y:z/?key=SECRET", "//x"} {
		if _, err := http.NewSource(t.Context(), address, http.Options{}); !errors.As(err, &option) || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%q: got %v", address, err)
		}
	}
}
