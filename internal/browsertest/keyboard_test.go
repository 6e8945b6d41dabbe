package browsertest

import (
	"context"
	_ "embed"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

//go:embed keyboard.js
var keyboardJS string

// step is where the focus is after a key.
type step struct {
	At    int    `json:"at"`  // among what can be reached
	End   bool   `json:"end"` // it has left the page
	Name  string `json:"name"`
	Tag   string `json:"tag"`
	Fault string `json:"fault"` // what is wrong with how it is seen
}

// hands uses a page by the keyboard alone, and returns what does not work: each thing that can be used is reached by Tab, in its order and with a ring that is seen; Enter unfolds and
// folds what can be unfolded; the first link leads to the content.
func hands(window context.Context, t *testing.T, file string, v view) []string {
	t.Helper()
	tab, stop := chromedp.NewContext(window)
	defer stop()
	ctx, cancel := context.WithTimeout(tab, 2*time.Minute)
	defer cancel()
	h := hand{t: t, ctx: ctx}
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: v.scheme}}})
	h.fatal(err)
	target := (&url.URL{Scheme: "file", Path: filepath.ToSlash(file)}).String()
	h.fatal(chromedp.Do(ctx, chromedp.EmulateViewport(v.width, height), chromedp.Navigate(target)))
	h.walk()
	h.fatal(chromedp.Do(ctx, chromedp.Navigate(target)))
	h.skip()
	return h.problems
}

// hand is a keyboard with what did not work by it.
type hand struct {
	t        *testing.T
	ctx      context.Context //nolint:containedctx // of one call of hands
	problems []string
}

func (h *hand) fatal(err error) {
	if err != nil {
		h.t.Helper()
		h.t.Fatal(err)
	}
}

func (h *hand) say(format string, args ...any) {
	h.problems = append(h.problems, fmt.Sprintf(format, args...))
}

func (h *hand) press(key string) { h.fatal(chromedp.Do(h.ctx, chromedp.KeyEvent(key))) }

// walk leads the focus through the page.
func (h *hand) walk() {
	n, err := chromedp.Run(h.ctx, chromedp.Evaluate[int](keyboardJS))
	h.fatal(err)
	next, unfolded := 0, 0
	for range 2*n + 50 { // boxes that scroll are reached besides
		h.press("\t")
		s, err := chromedp.Run(h.ctx, chromedp.Evaluate[step](`step()`))
		h.fatal(err)
		if s.End {
			break
		}
		if s.Fault != "" {
			h.say("ring: %s %s", s.Name, s.Fault)
		}
		switch {
		case s.At < 0:
		case s.At < next:
			h.say("order: %s comes after number %d", s.Name, next)
		default:
			if s.At > next {
				h.say("reach: %d of %d things before %s are not reached", s.At-next, n, s.Name)
			}
			next = s.At + 1
		}
		if s.Tag == "SUMMARY" && unfolded < 3 {
			unfolded++
			h.unfold(s.Name)
		}
		if len(h.problems) > 10 {
			return
		}
	}
	if next < n {
		h.say("reach: the last %d of %d things are not reached", n-next, n)
	}
}

// unfold opens and closes what has the focus.
func (h *hand) unfold(name string) {
	for _, want := range []bool{true, false} {
		h.press("\r")
		open, err := chromedp.Run(h.ctx, chromedp.Evaluate[bool](`document.activeElement.parentElement.open === true`))
		h.fatal(err)
		if open != want {
			h.say("enter: %s: want open %v, got %v", name, want, open)
			return
		}
	}
}

// skip follows the first link, which leads past the list of contents.
func (h *hand) skip() {
	h.press("\t")
	h.press("\r")
	at, err := chromedp.Run(h.ctx, chromedp.Evaluate[string](`document.activeElement.id`))
	h.fatal(err)
	if at != "main" {
		h.say("skip: want the focus in the content, got %q", at)
	}
}

// Every page can be used without a pointer, dark and light.
func TestReportsNeedNoPointer(t *testing.T) {
	window := browser(t)
	for _, p := range pages(t) {
		if slices.Contains([]string{"profile-wide", "skew-hostile", "profile-hostile"}, p.name) {
			continue // hundreds of the same things
		}
		t.Run(p.name, func(t *testing.T) {
			file := save(t, p.name+".html", p.html)
			for _, v := range []view{{telephone, "dark"}, {desk, "light"}} {
				for _, problem := range hands(window, t, file, v) {
					t.Errorf("%d px, %s: %s", v.width, v.scheme, problem)
				}
			}
		})
	}
}

// Every fault of a page that has no use for a pointer is found.
func TestPlantedFaultsOfKeysAreFound(t *testing.T) {
	window := browser(t)
	const good = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>t</title><meta name="viewport" content="width=device-width"><style>:focus-visible{outline:3px solid #b00}</style></head>
<body style="background:#fff"><a href="#main">Skip</a><main id="main" tabindex="-1"><p><a href="#x">one</a></p><details id="x"><summary>more</summary><p><a href="#main">folded away</a></p></details>BODY</main></body></html>`
	for _, c := range []struct{ fault, body string }{
		{"", ""},
		{"reach", `<a href="#x" tabindex="-1">no</a>`},
		{"order", `<a href="#x" tabindex="1">first</a>`},
		{"ring", `<style>summary{outline:none!important}</style>`},
		{"ring", `<style>:focus-visible{outline-color:#eee!important}</style>`},
		{"ring", `<button style="position:fixed;left:-200px">x</button>`},
		{"enter", `<script>document.querySelector("summary").addEventListener("click", (e) => e.preventDefault())</script>`},
		{"skip", `<script>document.querySelector("main").removeAttribute("tabindex")</script>`},
	} {
		name := c.fault
		if name == "" {
			name = "none"
		}
		t.Run(name, func(t *testing.T) {
			problems := hands(window, t, save(t, "planted.html", []byte(strings.Replace(good, "BODY", c.body, 1))), view{telephone, "light"})
			if c.fault == "" {
				if len(problems) > 0 {
					t.Errorf("want nothing, got %q", problems)
				}
				return
			}
			if !slices.ContainsFunc(problems, func(p string) bool { return strings.HasPrefix(p, c.fault+": ") }) {
				t.Errorf("%s: want %s, got %q", c.body, c.fault, problems)
			}
		})
	}
}
