package http_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	nethttp "net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/http"
)

// content is n bytes that do not repeat soon.
func content(n, version int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "%d,%d\n", version, i)
	}
	return b.Bytes()[:n]
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// host serves a file that can change and answers that break off.
type host struct {
	mu     sync.Mutex
	body   []byte
	etag   string
	breaks int // bytes behind which the next answers break off; 0 is never
	times  int // how many of them
	ranges bool
	asked  []string // of each request: its Range, If-Range and If-None-Match
	gate   chan struct{}
}

// ServeHTTP implements net/http.Handler.
func (h *host) ServeHTTP(w nethttp.ResponseWriter, r *nethttp.Request) {
	h.mu.Lock()
	h.asked = append(h.asked, strings.Join([]string{r.Header.Get("Range"), r.Header.Get("If-Range"), r.Header.Get("If-None-Match")}, "|"))
	body, etag, ranges, breaks, gate := h.body, h.etag, h.ranges, 0, h.gate
	if h.times > 0 {
		h.times--
		breaks = h.breaks
	}
	h.mu.Unlock()
	if gate != nil {
		<-gate
	}
	if etag != "" {
		w.Header().Set("ETag", etag)
	}
	if !ranges {
		r.Header.Del("Range")
	}
	w.Header().Set("Content-Type", "text/csv")
	if breaks > 0 {
		nethttp.ServeContent(&breaking{ResponseWriter: w, left: breaks}, r, "", time.Time{}, bytes.NewReader(body))
		panic(nethttp.ErrAbortHandler)
	}
	nethttp.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// breaking lets some bytes through.
type breaking struct {
	nethttp.ResponseWriter
	left int
}

// Write implements io.Writer.
func (b *breaking) Write(p []byte) (int, error) {
	n := min(len(p), b.left)
	b.left -= n
	if n, err := b.ResponseWriter.Write(p[:n]); err != nil {
		return n, err
	}
	if n < len(p) {
		if f, ok := b.ResponseWriter.(nethttp.Flusher); ok {
			f.Flush()
		}
		return n, io.ErrClosedPipe
	}
	return n, nil
}

func (h *host) requests() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := h.asked
	h.asked = nil
	return out
}

func fetchOptions() http.FetchOptions {
	return http.FetchOptions{Requests: newClock().requests()}
}

// files returns the names in a folder.
func files(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestAPinnedFileIsFetchedOnce(t *testing.T) {
	h := &host{body: content(300_000, 1)}
	server := serve(t, h)
	dir := filepath.Join(t.TempDir(), "cache")
	d := http.Dataset{Name: "a.csv", URL: strings.Replace(server.URL, "//", "//user:PASSWORD@", 1) + "/x?key=SECRET", SHA256: strings.ToUpper(digest(h.body)), Licence: "CC BY 4.0", Bytes: 300_000}
	o := fetchOptions()
	for i := range 3 {
		got, err := http.Fetch(t.Context(), dir, d, o)
		want := http.File{
			Path: filepath.Join(dir, "a.csv"), SHA256: digest(h.body), Bytes: 300_000, Pinned: true, Cached: i > 0, Licence: "CC BY 4.0", URL: server.URL + "/x", Fetched: o.Clock().UTC(),
		}
		if err != nil || got != want {
			t.Fatalf("want %+v, got %+v, %v", want, got, err)
		}
	}
	if n := len(h.requests()); n != 1 {
		t.Errorf("want one request, got %d", n)
	}
	body, err := os.ReadFile(filepath.Join(dir, "a.csv"))
	if err != nil || !bytes.Equal(body, h.body) {
		t.Errorf("%d bytes, %v", len(body), err)
	}
	if want := []string{".a.csv.json", "a.csv"}; !slices.Equal(files(t, dir), want) {
		t.Errorf("want files %q, got %q", want, files(t, dir))
	}
	for _, name := range files(t, dir) {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || bytes.Contains(text, []byte("SECRET")) || bytes.Contains(text, []byte("PASSWORD")) {
			t.Errorf("%s tells the URL, %v", name, err)
		}
	}
	// A file that was spoilt is fetched again.
	if err := os.WriteFile(filepath.Join(dir, "a.csv"), []byte("spoilt"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := http.Fetch(t.Context(), dir, d, o); err != nil || got.Cached {
		t.Errorf("got %+v, %v", got, err)
	}
	// Another content than pinned leaves what was there.
	d.SHA256 = digest(nil)
	d.Bytes = 0
	var sum *http.ChecksumError
	if _, err := http.Fetch(t.Context(), dir, d, o); !errors.Is(err, http.ErrChecksum) || !errors.As(err, &sum) || sum.Got != digest(h.body) || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("got %v", err)
	}
	d.SHA256, d.Bytes = digest(h.body), 300_001
	d.Name = "b.csv"
	if _, err := http.Fetch(t.Context(), dir, d, o); !errors.Is(err, http.ErrChecksum) {
		t.Errorf("another size: got %v", err)
	}
	if want := []string{".a.csv.json", "a.csv"}; !slices.Equal(files(t, dir), want) {
		t.Errorf("want files %q, got %q", want, files(t, dir))
	}
}

func TestAFileThatIsNotPinnedIsAskedFor(t *testing.T) {
	h := &host{body: content(1000, 1), etag: `"one"`}
	server := serve(t, h)
	dir := t.TempDir()
	d := http.Dataset{Name: "a.csv", URL: server.URL, Licence: "unknown"}
	k := newClock()
	o := http.FetchOptions{Requests: k.requests()}
	step := func(name string, cached bool, want string, asked ...string) {
		t.Helper()
		got, err := http.Fetch(t.Context(), dir, d, o)
		if err != nil || got.Cached != cached || got.SHA256 != want || got.Pinned || !got.Fetched.Equal(k.time()) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
		if got := h.requests(); !slices.Equal(got, asked) {
			t.Errorf("%s: want requests %q, got %q", name, asked, got)
		}
	}
	first, second := digest(h.body), digest(content(1000, 2))
	step("first", false, first, "||")
	_ = k.sleep(t.Context(), time.Hour)
	step("unchanged", true, first, `||"one"`)
	h.body, h.etag = content(1000, 2), `"two"`
	step("changed", false, second, `||"one"`)
	o.MaxAge = time.Hour
	step("young", true, second)
	o.MaxAge = 0
	if err := os.WriteFile(filepath.Join(dir, "a.csv"), []byte("spoilt"), 0o600); err != nil {
		t.Fatal(err)
	}
	step("spoilt", false, second, "||")
	if err := os.WriteFile(filepath.Join(dir, ".a.csv.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	step("without a note", false, second, "||")
	d.URL += "/other"
	step("another address", false, second, "||")
	o.Offline = true
	step("offline", true, second)
	d.Name = "b.csv"
	if _, err := http.Fetch(t.Context(), dir, d, o); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("offline and not there: got %v", err)
	}
	o.RequirePin = true
	var option *dataset.OptionError
	if _, err := http.Fetch(t.Context(), dir, d, o); !errors.As(err, &option) {
		t.Errorf("got %v", err)
	}
}

func TestWhatBrokeOffIsGoneOnWith(t *testing.T) {
	const n = 1_000_000
	body := content(n, 1)
	for _, c := range []struct {
		name   string
		etag   string
		ranges bool
		pinned bool
		change bool // the content changes while it breaks off
		asked  []string
	}{
		{name: "a strong validator", etag: `"one"`, ranges: true, asked: []string{"||", `bytes=200000-|"one"|`, `bytes=400000-|"one"|`}},
		{name: "a pin alone", ranges: true, pinned: true, asked: []string{"||", "bytes=200000-||", "bytes=400000-||"}},
		{name: "a server without ranges", etag: `"one"`, pinned: true, asked: []string{"||", `bytes=200000-|"one"|`, `bytes=200000-|"one"|`}},
		{name: "the content changes", etag: `"one"`, ranges: true, change: true, asked: []string{"||", `bytes=200000-|"one"|`, `bytes=200000-|"two"|`}},
		{name: "the content changes and nothing says so", ranges: true, pinned: true, change: true, asked: []string{"||", "bytes=200000-||", "bytes=400000-||", "||"}},
	} {
		for _, calls := range []int{1, 3} { // in one call, and in one for each try, as if the process had ended
			t.Run(fmt.Sprintf("%s, %d calls", c.name, calls), func(t *testing.T) {
				h := &host{body: body, etag: c.etag, ranges: c.ranges, breaks: 200_000, times: 2}
				server := serve(t, h)
				dir := t.TempDir()
				d := http.Dataset{Name: "a.csv", URL: server.URL, Licence: "x"}
				o := fetchOptions()
				want := body
				if c.change {
					want = content(n, 2)
				}
				if c.pinned {
					d.SHA256 = digest(want)
				}
				o.Sleep = func(context.Context, time.Duration) error {
					h.mu.Lock()
					defer h.mu.Unlock()
					if h.body = want; c.change && c.etag != "" {
						h.etag = `"two"`
					}
					return nil
				}
				var got http.File
				var err error
				for call := range calls {
					if calls > 1 {
						o.Attempts = 1
						if call > 0 {
							_ = o.Sleep(t.Context(), 0)
						}
					}
					got, err = http.Fetch(t.Context(), dir, d, o)
					if call < calls-1 && err == nil {
						t.Fatal("want an answer that breaks off")
					}
				}
				if err != nil || got.SHA256 != digest(want) || got.Bytes != n {
					t.Errorf("got %+v, %v", got, err)
				}
				if got := h.requests(); !slices.Equal(got, c.asked) {
					t.Errorf("want requests %q, got %q", c.asked, got)
				}
				if want := []string{".a.csv.json", "a.csv"}; !slices.Equal(files(t, dir), want) {
					t.Errorf("want files %q, got %q", want, files(t, dir))
				}
			})
		}
	}
}

// A server may give less than was asked for, or something else: then the file is fetched anew.
func TestARangeThatIsNotTheRest(t *testing.T) {
	body := content(1000, 1)
	for _, given := range []string{"bytes 400-800/1000", "bytes 300-999/1000", "bytes 400-999/*", "400-999/1000", "", "bytes 400-9999999999999999999/1000"} {
		calls := 0
		server := serveFunc(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
			calls++
			w.Header().Set("ETag", `"x"`)
			if r.Header.Get("Range") != "" {
				w.Header().Set("Content-Range", given)
				w.WriteHeader(nethttp.StatusPartialContent)
				_, _ = w.Write(body[400:801])
				return
			}
			w.Header().Set("Content-Length", "1000")
			if calls == 1 {
				_, _ = w.Write(body[:400])
				if f, ok := w.(nethttp.Flusher); ok {
					f.Flush()
				}
				panic(nethttp.ErrAbortHandler)
			}
			_, _ = w.Write(body)
		})
		got, err := http.Fetch(t.Context(), t.TempDir(), http.Dataset{Name: "a", URL: server.URL, Licence: "x"}, fetchOptions())
		if err != nil || got.SHA256 != digest(body) || calls != 3 {
			t.Errorf("%q: got %+v after %d calls, %v", given, got, calls, err)
		}
	}
}

func TestWhatWasWholeOnlyNeedsItsName(t *testing.T) {
	h := &host{body: content(1000, 1), ranges: true, breaks: 999, times: 1}
	server := serve(t, h)
	dir := t.TempDir()
	d := http.Dataset{Name: "a.csv", URL: server.URL, Licence: "x", SHA256: digest(h.body)}
	o := fetchOptions()
	o.Attempts = 1
	if _, err := http.Fetch(t.Context(), dir, d, o); err == nil {
		t.Fatal("want an answer that breaks off")
	}
	part := filepath.Join(dir, ".a.csv.part")
	if err := os.WriteFile(part, h.body, 0o600); err != nil {
		t.Fatal(err)
	}
	h.requests()
	if got, err := http.Fetch(t.Context(), dir, d, o); err != nil || got.Cached || len(h.requests()) != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
	// More than there can be is refused by the server, and fetched anew.
	d.SHA256 = digest(content(500, 1))
	h.body = content(500, 1)
	if err := errors.Join(os.WriteFile(part, content(1000, 1), 0o600), os.Rename(filepath.Join(dir, ".a.csv.json"), filepath.Join(dir, ".a.csv.resume"))); err != nil {
		t.Fatal(err)
	}
	o.Attempts = 2
	if got, err := http.Fetch(t.Context(), dir, d, o); err != nil || got.Bytes != 500 || len(h.requests()) != 2 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestFetchesOfOneNameLoadItOnce(t *testing.T) {
	h := &host{body: content(100_000, 1), gate: make(chan struct{})}
	server := serve(t, h)
	dir := t.TempDir()
	d := http.Dataset{Name: "a.csv", URL: server.URL, Licence: "x", SHA256: digest(h.body)}
	var wait sync.WaitGroup
	cached := make(chan bool, 8)
	waiting := make(chan struct{}, 1)
	for range cap(cached) {
		wait.Go(func() {
			got, err := http.Fetch(t.Context(), dir, d, http.FetchOptions{Requests: http.Requests{Sleep: func(ctx context.Context, _ time.Duration) error {
				select {
				case waiting <- struct{}{}:
				default:
				}
				time.Sleep(time.Millisecond)
				return ctx.Err()
			}}})
			if err != nil {
				t.Error(err)
			}
			cached <- got.Cached
		})
	}
	<-waiting // one at least has met the lock
	close(h.gate)
	wait.Wait()
	loaded := 0
	for range cap(cached) {
		if !<-cached {
			loaded++
		}
	}
	if n := len(h.requests()); n != 1 || loaded != 1 {
		t.Errorf("want one request, got %d, and %d that loaded the file", n, loaded)
	}

	// Who waits ends with its context.
	h.gate = make(chan struct{})
	d.Name = "b.csv"
	wait.Go(func() { _, _ = http.Fetch(t.Context(), dir, d, http.FetchOptions{}) })
	for len(h.requests()) == 0 {
		time.Sleep(time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := http.Fetch(ctx, dir, d, http.FetchOptions{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	close(h.gate)
	wait.Wait()
}

func TestFilesThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	served := func(header map[string]string, body []byte) string {
		return serveFunc(t, func(w nethttp.ResponseWriter, _ *nethttp.Request) {
			for k, v := range header {
				w.Header().Set(k, v)
			}
			_, _ = w.Write(body)
			if f, ok := w.(nethttp.Flusher); ok {
				f.Flush() // without a length
			}
		}).URL + "/?key=SECRET"
	}
	sized := serve(t, &host{body: content(5000, 1)}).URL
	for _, c := range []struct {
		name  string
		d     http.Dataset
		bytes int64
		err   error
		says  string
	}{
		{"larger than said", http.Dataset{URL: sized, Bytes: 4999}, 0, dataset.ErrLimit, "more than 4999 bytes"},
		{"larger than allowed", http.Dataset{URL: sized}, 4999, dataset.ErrLimit, "more than 4999 bytes"},
		{"larger than allowed, without a length", http.Dataset{URL: served(nil, content(5000, 1))}, 4999, dataset.ErrLimit, "more than 4999 bytes"},
		{"a page of HTML", http.Dataset{URL: served(map[string]string{"Content-Type": "text/html; charset=utf-8"}, []byte("<html>log in</html>"))}, 0, dataset.ErrFormat, "status 200: http: want the file, got a page of HTML"},
		{"an encoding", http.Dataset{URL: served(map[string]string{"Content-Encoding": "gzip"}, []byte("x"))}, 0, dataset.ErrUnsupported, "content encoding"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.d.Name, c.d.Licence = "a.csv", "x"
			o := fetchOptions()
			o.MaxBytes = c.bytes
			_, err := http.Fetch(t.Context(), dir, c.d, o)
			if !errors.Is(err, c.err) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "SECRET") {
				t.Errorf("want %v, %q, got %v", c.err, c.says, err)
			}
			if _, err := os.Stat(filepath.Join(dir, "a.csv")); err == nil {
				t.Error("a file that is refused is there")
			}
		})
	}
	// A compressed file that its server calls encoded is what it is.
	got, err := http.Fetch(t.Context(), dir, http.Dataset{Name: "a.csv.gz", Licence: "x", URL: served(map[string]string{"Content-Encoding": "x-gzip"}, []byte("\x1f\x8b"))}, fetchOptions())
	if err != nil || got.Bytes != 2 {
		t.Errorf("got %+v, %v", got, err)
	}
	var wrong *http.StatusError
	if _, err := http.Fetch(t.Context(), dir, http.Dataset{Name: "b", Licence: "x", URL: serveFunc(t, nethttp.NotFound).URL}, fetchOptions()); !errors.As(err, &wrong) || wrong.Status != 404 {
		t.Errorf("got %v", err)
	}
}

func TestNothingLeavesTheCache(t *testing.T) {
	h := &host{body: content(100, 1)}
	server := serve(t, h)
	outside := t.TempDir()
	secret := filepath.Join(outside, "secret")
	if err := os.WriteFile(secret, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, link := range []string{"a.csv", ".a.csv.part", ".a.csv.json.tmp", ".a.csv.resume.tmp"} {
		for _, target := range []string{secret, "../" + filepath.Base(outside) + "/secret"} {
			dir := filepath.Join(filepath.Dir(outside), "cache-"+link)
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
				t.Fatal(err)
			}
			if _, err := http.Fetch(t.Context(), dir, http.Dataset{Name: "a.csv", URL: server.URL, Licence: "x"}, fetchOptions()); err == nil {
				t.Errorf("%s as a link: no error", link)
			}
			if text, err := os.ReadFile(secret); err != nil || string(text) != "kept" {
				t.Fatalf("%s as a link: the file outside holds %q, %v", link, text, err)
			}
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}
	}
	var option *dataset.OptionError
	for _, name := range []string{"", ".", "..", "../x", "a/b", "/x", ".hidden", `a\b`, "a:b", "a\x00", "a\n", strings.Repeat("x", 201)} {
		if _, err := http.Fetch(t.Context(), outside, http.Dataset{Name: name, URL: server.URL, Licence: "x"}, fetchOptions()); !errors.As(err, &option) || option.Field != "http.Dataset.Name" {
			t.Errorf("name %q: got %v", name, err)
		}
	}
	_, err := http.Fetch(t.Context(), outside, http.Dataset{Name: "x", URL: "ftp://x", SHA256: "12", Bytes: -1}, http.FetchOptions{MaxBytes: -1, MaxAge: -1, Requests: http.Requests{Attempts: -1}})
	for _, field := range []string{"Dataset.URL", "Dataset.SHA256", "Dataset.Licence", "Dataset.Bytes", "FetchOptions.MaxBytes", "FetchOptions.MaxAge", "Requests.Attempts"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s is not refused: %v", field, err)
		}
	}
	if _, err := http.Fetch(t.Context(), secret, http.Dataset{Name: "x", URL: server.URL, Licence: "x"}, fetchOptions()); err == nil {
		t.Error("a file is a folder")
	}
}

func TestAFetchIsRedirectedWithoutItsHeaders(t *testing.T) {
	var got []string
	other := serveFunc(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		got = append(got, r.Header.Get("X-Key"))
		_, _ = w.Write([]byte("x"))
	})
	elsewhere := strings.Replace(other.URL, "127.0.0.1", "localhost", 1)
	server := serveFunc(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		got = append(got, r.Header.Get("X-Key"))
		nethttp.Redirect(w, r, elsewhere, nethttp.StatusSeeOther)
	})
	o := fetchOptions()
	o.Header = nethttp.Header{"X-Key": {"k"}}
	if _, err := http.Fetch(t.Context(), t.TempDir(), http.Dataset{Name: "a", URL: server.URL, Licence: "x"}, o); err != nil || !slices.Equal(got, []string{"k", ""}) {
		t.Errorf("got %q, %v", got, err)
	}
	secure := serveTLS(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		nethttp.Redirect(w, r, other.URL, nethttp.StatusSeeOther)
	})
	o.Client = secure.Client()
	if _, err := http.Fetch(t.Context(), t.TempDir(), http.Dataset{Name: "a", URL: secure.URL, Licence: "x"}, o); err == nil || !strings.Contains(err.Error(), "from https to http") {
		t.Errorf("got %v", err)
	}
}

func TestAFetchThatStallsIsNotWaitedFor(t *testing.T) {
	server := serveFunc(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		w.Header().Set("Content-Length", "10")
		_, _ = w.Write([]byte("x"))
		if f, ok := w.(nethttp.Flusher); ok {
			f.Flush()
		}
		<-r.Context().Done()
	})
	o := fetchOptions()
	o.Timeout, o.Attempts = 20*time.Millisecond, 2
	if _, err := http.Fetch(t.Context(), t.TempDir(), http.Dataset{Name: "a", URL: server.URL, Licence: "x"}, o); err == nil || !strings.Contains(err.Error(), "no answer in time") {
		t.Errorf("got %v", err)
	}
}
