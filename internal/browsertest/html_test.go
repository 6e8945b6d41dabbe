package browsertest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// maxBytes is what a report may be long.
const maxBytes = 300_000

// malformed returns what is wrong with the marks of a page: one that is not closed or closes another, and whatever could
// bring something from outside or run.
func malformed(page []byte) []string {
	void := []string{"meta", "br", "hr", "link", "img", "input"}
	empty := []string{"path"}
	var open, found []string
	say := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	z := html.NewTokenizer(bytes.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if !errors.Is(z.Err(), io.EOF) {
				say("%v", z.Err())
			}
			if len(open) > 0 {
				say("not closed: %q", open)
			}
			return found
		case html.StartTagToken:
			tag := z.Token()
			found = append(found, suspicious(tag)...)
			if !slices.Contains(void, tag.Data) {
				open = append(open, tag.Data)
			}
		case html.SelfClosingTagToken:
			tag := z.Token()
			found = append(found, suspicious(tag)...)
			if !slices.Contains(empty, tag.Data) {
				say("<%s/>", tag.Data)
			}
		case html.EndTagToken:
			name := z.Token().Data
			if len(open) == 0 || open[len(open)-1] != name {
				say("</%s> in %q", name, open)
				return found
			}
			open = open[:len(open)-1]
		case html.TextToken, html.CommentToken, html.DoctypeToken:
		}
	}
}

// suspicious returns what of an element runs or comes from elsewhere.
func suspicious(tag html.Token) []string {
	var found []string
	if slices.Contains([]string{"script", "link", "img", "iframe", "object", "embed", "base", "form", "image", "use", "video", "audio"}, tag.Data) {
		found = append(found, "<"+tag.Data+">")
	}
	for _, a := range tag.Attr {
		switch {
		case strings.HasPrefix(a.Key, "on"), a.Key == "src", a.Key == "style", a.Key == "srcset":
			found = append(found, a.Key)
		case a.Key == "href" && !strings.HasPrefix(a.Val, "#"):
			found = append(found, "href "+a.Val)
		}
	}
	return found
}

func TestReportsAreWellFormed(t *testing.T) {
	for _, p := range pages(t) {
		for _, problem := range malformed(p.html) {
			t.Errorf("%s: %s", p.name, problem)
		}
		if len(p.html) > maxBytes {
			t.Errorf("%s: want at most %d bytes, got %d", p.name, maxBytes, len(p.html))
		}
		t.Logf("%s: %d bytes", p.name, len(p.html))
		for _, text := range []string{"http://", "https://", "url(", "@import", "<!--"} {
			if bytes.Contains(p.html, []byte(text)) {
				t.Errorf("%s: want no %q", p.name, text)
			}
		}
		if !bytes.Contains(p.html, []byte("default-src &#39;none&#39;")) && !bytes.Contains(p.html, []byte("default-src 'none'")) {
			t.Errorf("%s: want a Content-Security-Policy", p.name)
		}
	}
}

func TestMalformedIsFound(t *testing.T) {
	for _, page := range []string{"<p>", "<p></b></p>", "</p>", "<p/>", "<script></script>", `<p onclick="x"></p>`, `<a href="https://example.org"></a>`, `<img src="x">`, `<p style="x"></p>`} {
		if malformed([]byte(page)) == nil {
			t.Errorf("%s: want a fault", page)
		}
	}
	if found := malformed([]byte(`<!DOCTYPE html><meta charset="utf-8"><p>a<br>b &lt;script&gt;</p>`)); found != nil {
		t.Errorf("got %q", found)
	}
}
