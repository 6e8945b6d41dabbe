package browsertest

import (
	"context"
	_ "embed"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

//go:embed check.js
var checkJS string

//go:embed focus.js
var focusJS string

const (
	telephone = 360  // CSS pixels
	desk      = 1440 // CSS pixels
	height    = 900
	maxShot   = 3200 // pixels of the height of a screenshot
	tabs      = 15   // elements that the focus is led to on every page
)

// browser starts Chromium and returns its first window, from which others are opened. It ends with the test.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Fatal("want a browser, found none: install the package chromium (apt-get install chromium)")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.DisableGPU)
	if os.Geteuid() == 0 {
		opts = append(opts, chromedp.NoSandbox) // Chromium refuses root otherwise
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...) //nolint:usetesting // the browser is stopped by the clean-up, after the test's context has ended
	t.Cleanup(stop)
	window, stop := chromedp.NewContext(alloc)
	t.Cleanup(stop)
	if err := chromedp.Do(window); err != nil {
		t.Fatal("want a browser that starts: ", err)
	}
	return window
}

// look opens a page at a width and a colour scheme, and returns what is wrong with it and a picture of it.
func look(window context.Context, t *testing.T, file string, v view) (problems []string, png []byte) {
	t.Helper()
	tab, stop := chromedp.NewContext(window)
	defer stop()
	var mu sync.Mutex
	note := func(s string) {
		mu.Lock()
		defer mu.Unlock()
		problems = append(problems, s)
	}
	target := (&url.URL{Scheme: "file", Path: filepath.ToSlash(file)}).String()
	messages := chromedp.Console(tab)
	requests := chromedp.Events(tab, network.RequestWillBeSent)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.IsException() || m.Type == chromedp.ConsoleError || m.Type == chromedp.ConsoleWarning {
				note("console: " + m.Text)
			}
		}
	}()
	go func() {
		for r, err := range requests {
			if err != nil {
				return
			}
			if got, _, _ := strings.Cut(r.Request.URL, "#"); got != target {
				note("request: " + r.Request.URL)
			}
		}
	}()
	ctx, cancel := context.WithTimeout(tab, time.Minute)
	defer cancel()
	fatal := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	fatal(err)
	_, err = chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: v.scheme}}})
	fatal(err)
	fatal(chromedp.Do(ctx, chromedp.EmulateViewport(v.width, height), chromedp.Navigate(target)))
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](checkJS))
	fatal(err)
	// The same with all that can be unfolded.
	unfolded, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`document.querySelectorAll("details").forEach((d) => { d.open = true }), `+strings.TrimSpace(checkJS)))
	fatal(err)
	for _, f := range slices.Concat(found, unfolded) {
		note(f)
	}
	fatal(chromedp.Do(ctx, chromedp.Navigate(target)))
	for range tabs {
		if v.scheme != "light" { // the ring has another colour, and is no other ring
			break
		}
		fatal(chromedp.Do(ctx, chromedp.KeyEvent("\t")))
		state, err := chromedp.Run(ctx, chromedp.Evaluate[string](focusJS))
		fatal(err)
		if state == "" {
			break
		}
		if state != "ok" {
			note(state)
		}
	}
	tall, err := chromedp.Run(ctx, chromedp.Evaluate[int64](`document.activeElement.blur(), document.querySelectorAll('*').forEach((e) => e.scrollTo(0, 0)), scrollTo(0, 0), document.documentElement.scrollHeight`))
	fatal(err)
	fatal(chromedp.Do(ctx, chromedp.EmulateViewport(v.width, min(tall, maxShot))))
	png, err = chromedp.Run(ctx, chromedp.CaptureScreenshot())
	fatal(err)
	mu.Lock()
	defer mu.Unlock()
	return problems, png
}

// view is a way in which a page is opened.
type view struct {
	width  int64
	scheme string
}

func views() []view {
	return []view{{telephone, "light"}, {telephone, "dark"}, {desk, "light"}, {desk, "dark"}}
}

// Every report, of plain and of hostile data, reads well at both widths, light and dark.
func TestReportsReadWell(t *testing.T) {
	window := browser(t)
	shots := os.Getenv("TIDEWHEEL_SCREENSHOTS")
	if shots == "" {
		shots = t.TempDir()
	} else if err := os.MkdirAll(shots, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, p := range pages(t) {
		t.Run(p.name, func(t *testing.T) {
			file := save(t, p.name+".html", p.html)
			for _, v := range views() {
				problems, png := look(window, t, file, v)
				for _, problem := range problems {
					t.Errorf("%d px, %s: %s", v.width, v.scheme, problem)
				}
				shot := filepath.Join(shots, fmt.Sprintf("%s-%d-%s.png", p.name, v.width, v.scheme))
				if err := os.WriteFile(shot, small(t, png), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// save writes a file into a folder of the test.
func save(t *testing.T, name string, text []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}
