package http

import (
	"encoding/json"
	nethttp "net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/internal/alloc"
)

func TestNextLink(t *testing.T) {
	for _, c := range []struct {
		values []string
		want   string
		bad    bool
	}{
		{nil, "", false},
		{[]string{""}, "", false},
		{[]string{`<https://a/?page=2>; rel="next"`}, "https://a/?page=2", false},
		{[]string{`<a>; rel=prev, <b>; rel=next`, `<c>; rel="last"`}, "b", false},
		{[]string{`<a>;rel="first   NEXT";title="x, <y>; rel=\"next\""`}, "a", false},
		{[]string{`<a>; rel="prev"; rel="next"`}, "", false}, // the first counts
		{[]string{`<a>; rel="next"; anchor="#x"`}, "", false},
		{[]string{`<a>; title`, `<b> ; REL = next ,`}, "b", false},
		{[]string{`<a,b;c>; rel=next`}, "a,b;c", false},
		{[]string{`<a>; rel=next, <a>; rel=next`}, "a", false},
		{[]string{`<a>; rel=next, <b>; rel=next`}, "", true},
		{[]string{`a; rel=next`}, "", true},
		{[]string{`<a; rel=next`}, "", true},
		{[]string{`<a>; rel="next`}, "", true},
		{[]string{`<a>; rel=`}, "", true},
		{[]string{`<a> rel=next`}, "", true},
	} {
		got, err := nextLink(c.values)
		if got != c.want || (err != nil) != c.bad {
			t.Errorf("%q: want %q, got %q, %v", c.values, c.want, got, err)
		}
	}
}

func FuzzNextLink(f *testing.F) {
	f.Add(`<https://a/?page=2>; rel="next", <b>; rel=last; title="x\"y"`)
	f.Add(`<a>; rel="prev next"; anchor=x,,<b> ;rel = next`)
	f.Fuzz(func(t *testing.T, text string) {
		if over := alloc.Bound(1<<20+40*len(text), func() {
			target, err := nextLink([]string{text})
			if err == nil && target != "" && !strings.Contains(text, "<"+target+">") {
				t.Errorf("target %q is not in the header", target)
			}
		}); over != nil {
			t.Fatal(over)
		}
	})
}

func TestPaths(t *testing.T) {
	body := []byte(" {\"a\" : {\"b.c\":[1, {\"x\":\"]\\\"}\"} ,[]], \"\\u0062\":-1e5}, \"d/e~\":null, \"\":true}\n")
	for _, c := range []struct {
		path, want string
		found      bool
	}{
		{"", strings.TrimSpace(string(body)), true},
		{"a.b", "-1e5", true},
		{"/a/b.c", `[1, {"x":"]\"}"} ,[]]`, true},
		{"/d~1e~0", "null", true},
		{"/", "true", true},
		{"a.c", "", false},
		{"a.b.c", "", false},
	} {
		keys, err := parsePath(c.path, "path")
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := find(body, keys); string(got) != c.want || ok != c.found {
			t.Errorf("%q: want %q, got %q, %v", c.path, c.want, got, ok)
		}
	}
	var got []string
	array, _ := find(body, []string{"a", "b.c"})
	for e := range elements(array) {
		got = append(got, string(e))
	}
	if want := []string{"1", `{"x":"]\"}"}`, "[]"}; !slices.Equal(got, want) {
		t.Errorf("want %q, got %q", want, got)
	}
	for _, bad := range []string{"a..b", ".", "/a~", "/a~2", strings.Repeat("a.", maxKeys) + "a"} {
		if _, err := parsePath(bad, "path"); err == nil {
			t.Errorf("%q is a path", bad)
		}
	}
}

// What is found is what encoding/json finds, where keys are there once.
func FuzzFind(f *testing.F) {
	f.Add([]byte(`{"a":{"b":[1,{"x":"]\""},[]]}}`), "a.b")
	f.Add([]byte(` [ "\\" , {} ] `), "")
	f.Add([]byte(`{"\u0061":false}`), "/a")
	f.Fuzz(func(t *testing.T, body []byte, path string) {
		keys, err := parsePath(path, "path")
		if err != nil || !json.Valid(body) {
			return
		}
		var got []byte
		var found bool
		if over := alloc.Bound(1<<20+100*len(body)+10*len(path), func() {
			got, found = find(body, keys)
			if found && got[0] == '[' {
				for e := range elements(got) {
					if !json.Valid(e) {
						t.Errorf("element %q", e)
					}
				}
			}
		}); over != nil {
			t.Fatal(over)
		}
		want, ok := json.RawMessage(trim(body)), true
		for _, key := range keys {
			var object map[string]json.RawMessage
			if want[0] != '{' || json.Unmarshal(want, &object) != nil {
				ok = false
				break
			}
			n := 0
			for range members(want) {
				n++
			}
			if n != len(object) {
				return // a key is there twice, or two that are no UTF-8 become one
			}
			if want, ok = object[key]; !ok {
				break
			}
		}
		if found != ok || ok && string(got) != string(trim(want)) {
			t.Fatalf("%q in %q: want %q, %v, got %q, %v", path, body, want, ok, got, found)
		}
		if ok && want[0] == '[' {
			var list []json.RawMessage
			if err := json.Unmarshal(want, &list); err != nil {
				t.Fatal(err)
			}
			n := 0
			for e := range elements(got) {
				if string(e) != string(trim(list[n])) {
					t.Fatalf("element %d: want %q, got %q", n, list[n], e)
				}
				n++
			}
			if n != len(list) {
				t.Fatalf("want %d elements, got %d", len(list), n)
			}
		}
	})
}

func FuzzCursor(f *testing.F) {
	f.Add([]byte(`{"next":"abc"}`), `<b>; rel=next`)
	f.Add([]byte(`{"next":12}`), ``)
	f.Add([]byte(`{"next":"//other/"}`), `<http:x>; rel=next`)
	f.Fuzz(func(t *testing.T, body []byte, link string) {
		if !json.Valid(body) {
			return
		}
		start, err := url.Parse("https://host.example/path?key=1")
		if err != nil {
			t.Fatal(err)
		}
		p := &page{start: start, url: start, header: nethttp.Header{"Link": {link}}, body: body, records: 1}
		for _, paging := range []Paging{Link{}, NextURL{Path: "next"}, Cursor{Path: "next", Parameter: "after"}, Offset{Parameter: "o"}, Pages{Parameter: "p"}} {
			to, err := paging.next(p)
			if err == nil && to != nil && (to.Scheme != "https" || !strings.EqualFold(to.Host, "host.example") || to.User != nil) {
				t.Fatalf("%T leads to %q", paging, to)
			}
		}
	})
}

func FuzzNote(f *testing.F) {
	u, err := url.Parse("https://host.example/path?key=1")
	if err != nil {
		f.Fatal(err)
	}
	n := newNote(u, nethttp.Header{"Etag": {`"x"`}, "Last-Modified": {"Mon, 02 Jan 2006 15:04:05 GMT"}})
	n.SHA256, n.Fetched = strings.Repeat("0", 64), time.Unix(1, 0).UTC()
	text, err := json.Marshal(n)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"tidewheel.fetch":1}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if over := alloc.Bound(1<<20+20*len(text), func() { n = decodeNote(text, u) }); over != nil {
			t.Fatal(over)
		}
		if n.Version == 0 && !reflect.DeepEqual(n, note{}) {
			t.Fatal("half a note")
		}
		if strings.ContainsAny(n.ETag+n.LastModified, "\r\n") {
			t.Fatal("a note breaks a header")
		}
	})
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	const century = 100 * 365 * 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"": 0, "x": 0, "-1": 0, "0": 0, "1.5": 0, "120": 2 * time.Minute, "99999999999999999999": century, "9999999999": century,
		"Fri, 01 May 2026 00:01:00 GMT": time.Minute, "Thu, 30 Apr 2026 00:00:00 GMT": 0,
	} {
		if got := retryAfter(text, now); got != want {
			t.Errorf("%q: want %v, got %v", text, want, got)
		}
	}
}

func TestBackoffDoublesWithJitterAndIsBounded(t *testing.T) {
	c := newCaller(Requests{BaseWait: time.Second, MaxWait: 10 * time.Second, Clock: func() time.Time { return time.Unix(1, 0) }}, false)
	different := map[time.Duration]bool{}
	for try, most := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 4: 8 * time.Second, 5: 10 * time.Second, 30: 10 * time.Second, 1000: 10 * time.Second} {
		for range 50 {
			d := c.backoff(try)
			if d < most/2 || d > most {
				t.Fatalf("try %d: want %v to %v, got %v", try, most/2, most, d)
			}
			different[d] = true
		}
	}
	if len(different) < 50 {
		t.Errorf("want jitter, got %d waits", len(different))
	}
}
