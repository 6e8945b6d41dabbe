package browsertest

import (
	"bytes"
	"strings"
	"testing"
)

// Every fault that the checks look for is found in a page that has it, and a page without one passes.
func TestPlantedFaultsAreFound(t *testing.T) {
	window := browser(t)
	const good = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>t</title><meta name="viewport" content="width=device-width">
<style>:focus-visible{outline:3px solid red}body{font:14px sans-serif}</style></head><body><h1>A page</h1><p>Some <a href="#x">text</a>.</p>
<div id="x" style="overflow-x:auto"><table><caption>c</caption><tr><th scope="col">h</th></tr><tr><td><div style="width:900px">wide in its box</div></td></tr></table></div>BODY</body></html>`
	for _, c := range []struct{ fault, body string }{
		{"", ""},
		{"console", `<script>console.error("no")</script>`},
		{"console", `<script>throw new Error("no")</script>`},
		{"request", `<img alt="" src="http://127.0.0.1:9/x.png">`},
		{"request", `<link rel="stylesheet" href="http://127.0.0.1:9/x.css">`},
		{"request", `<p style="background:url(http://127.0.0.1:9/x.png)">x</p>`},
		{"wide", `<div style="width:3000px">x</div>`},
		{"outside", `<div style="width:3000px">x</div>`},
		{"outside", `<p style="margin-left:-30px">x</p>`},
		{"cut", `<p style="overflow:hidden;height:8px">cut off below</p>`},
		{"overlap", `<section><h2>One</h2><p style="margin-top:-20px">over it</p></section>`},
		{"overlap", `<svg role="img" aria-label="l" width="100" height="40"><title>t</title><text x="5" y="20">one</text><text x="10" y="22">two</text></svg>`},
		{"drawn outside", `<svg role="img" aria-label="l" width="100" height="40"><title>t</title><text x="80" y="20">one two three</text></svg>`},
		{"drawn outside", `<svg role="img" aria-label="l" width="100" height="40"><title>t</title><path d="M0 0h200v9z"/></svg>`},
		{"unlabelled", `<svg width="100" height="40"><text x="8" y="20">one</text></svg>`},
		{"sticks out", `<table><caption>c</caption><tr><td style="max-width:20px;white-space:nowrap">long text here</td></tr></table>`},
		{"small", `<p style="font-size:10px">x</p>`},
		{"small", `<svg role="img" aria-label="l" viewBox="0 0 400 80" width="200" height="40"><title>t</title><text x="5" y="20" font-size="14">one</text></svg>`},
		{"faint", `<p style="color:#999">x</p>`},
		{"scheme", `<style>body{background:#222;color:#eee}a{color:#9cf}</style>`},
		{"pale", `<svg role="img" aria-label="l" width="100" height="40"><title>t</title><path class="bars" fill="#ddd" d="M0 0h20v9z"/></svg>`},
		{"focus", `<style>a{outline:none!important}</style>`},
		{"focus", `<button style="position:fixed;left:-200px">x</button>`},
		{"heading", `<h4>x</h4>`},
		{"heading", `<h1>x</h1>`},
		{"caption", `<table><tr><td>x</td></tr></table>`},
		{"scope", `<table><caption>c</caption><tr><th>x</th></tr></table>`},
		{"twice", `<p id="x">x</p>`},
		{"leads nowhere", `<a href="#nowhere">x</a>`},
	} {
		name := c.fault
		if name == "" {
			name = "none"
		}
		t.Run(name, func(t *testing.T) {
			problems, png := look(window, t, save(t, "planted.html", []byte(strings.Replace(good, "BODY", c.body, 1))), view{telephone, "light"})
			if !bytes.HasPrefix(png, []byte("\x89PNG")) {
				t.Error("want a picture")
			}
			if c.fault == "" {
				if len(problems) > 0 {
					t.Errorf("want nothing, got %q", problems)
				}
				return
			}
			for _, p := range problems {
				if strings.HasPrefix(p, c.fault+": ") {
					return
				}
			}
			t.Errorf("%s: want %s, got %q", c.body, c.fault, problems)
		})
	}
}
