package page

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strconv"
	"strings"
	"time"
)

// Limit is the largest size of a page in bytes.
const Limit = 300_000

const (
	itemBudget = 288_000 // bytes of a page up to which items are added; the rest is for the ends of lists
	navCost    = 60      // bytes of a link in the list of contents beside its text
	navChars   = 40      // characters of a link in the list of contents
	nameChars  = 48      // characters of a name or a text of the data that are seen without unfolding it
)

// Document is a page.
type Document struct {
	Kind     string    // what the page is: "Data profile"
	Title    string    // what it is about; may be a text of the data
	Made     time.Time // when; the zero time is not shown
	Verdict  *Verdict
	Facts    []Fact
	Sections []Section
}

// Tone says how a text is meant; a sign stands beside each colour.
type Tone string

// The tones.
const (
	Plain Tone = ""
	Good  Tone = "good"
	Warn  Tone = "warn"
	Bad   Tone = "bad"
)

// Verdict is the answer of a page in one line.
type Verdict struct {
	Tone         Tone
	Text, Detail string
}

// Fact is a figure with its name.
type Fact struct {
	Name, Value string
	Note        string // smaller, below it
	Tone        Tone
}

// Section is a part of a page with a heading. Its Items come after its Blocks, as many as the page has room for, and a line says how many were left out.
type Section struct {
	ID      string // unique on the page, of letters, digits and hyphens
	Heading string // may be a text of the data where Data is set
	Data    bool
	Badges  []Badge
	Intro   string // a sentence below the heading
	Blocks  []Block
	Items   []Section
	Noun    string // what an item is, for the line about those that were left out: "column"
	Missing int64  // items beyond Items that are left out too
}

// Badge is a short mark beside a heading.
type Badge struct {
	Text string
	Tone Tone
}

// Block is one of its fields.
type Block struct {
	Facts  []Fact
	Table  *Table
	Figure *Figure
	Text   string
}

// Table is a table. Rows beyond MaxBytes of the page are left out, and a line says how many.
type Table struct {
	Caption  string
	Head     []Head
	Rows     [][]Cell
	RowHead  bool // the first cell of a row names it
	MaxBytes int  // 0 is 24,000
	Missing  int64
	Noun     string // what a row is, for the line about those that were left out; empty is "row"
}

// Head is the heading of a column.
type Head struct {
	Text   string
	Number bool
}

// Cell is a cell of a table.
type Cell struct {
	Text   string
	Data   bool // a text of the data: cut where it is long, with the rest behind it
	Number bool
	Wrap   bool   // a text of the page that may take several lines
	Link   string // the ID of a section
	Tone   Tone
	Bar    float64 // a share that is drawn as a bar beside the text; 0 is none
}

// Figure is a chart with its caption.
type Figure struct {
	Caption string
	Note    string
	Chart   *Chart
	Legend  []string // names of series in the order of their colours; may be texts of the data
}

// N returns a cell of a number.
func N(s string) Cell { return Cell{Text: s, Number: true} }

// T returns a cell of a text of the page.
func T(s string) Cell { return Cell{Text: s} }

// D returns a cell of a text of the data.
func D(s string) Cell { return Cell{Text: s, Data: true} }

//go:embed page.html
var pageHTML string

//go:embed style.css
var styleCSS string

// link is an entry of the list of contents.
type link struct {
	ID    string
	Text  string
	Items []link
}

// frame is what the outer template takes.
type frame struct {
	*Document
	Policy string
	Nav    []link
	Body   []template.HTML // sections that are written already
}

// Write writes the page to w, once, when all of it is there. Errors are those of w.
func Write(w io.Writer, d *Document) error {
	for room := itemBudget; ; {
		out, err := d.layOut(room)
		if err != nil {
			return err
		}
		over := len(out) - Limit
		if over <= 0 || room <= 0 { // a name that leads nowhere takes more room than a link
			_, err = w.Write(out)
			return err
		}
		room -= over + 1_000
	}
}

// layOut returns the page with items as long as it has fewer bytes than room.
func (d *Document) layOut(room int) ([]byte, error) {
	style := strings.TrimSpace(styleCSS)
	drawn := map[string]bool{}
	linked := func(string) bool { return true } // until it is known what there is room for
	functions := funcs()
	functions["linked"] = func(id string) bool { return linked(id) }
	t, err := template.New("page").Funcs(functions).Parse(strings.Replace(pageHTML, "STYLE", style, 1))
	if err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	sum := sha256.Sum256([]byte(style))
	f := frame{Document: d, Policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"}
	p := printer{template: t, room: room}
	p.size = p.execute("page", f).Len()
	for _, s := range d.Sections { // what is always there
		p.size += p.execute("section", s).Len() + navCost + len(s.Heading)
		f.Nav = append(f.Nav, link{ID: s.ID, Text: s.Heading})
		drawn[s.ID] = true
	}
	items := make([][]byte, len(d.Sections))
	for i, s := range d.Sections { // what there is room for
		items[i], f.Nav[i].Items = p.items(s)
	}
	for _, nav := range f.Nav {
		for _, item := range nav.Items {
			drawn[item.ID] = true
		}
	}
	linked = func(id string) bool { return drawn[id] }
	for i, s := range d.Sections {
		body := p.execute("section", s).String() + string(items[i]) + "</section>\n"
		f.Body = append(f.Body, template.HTML(body)) //nolint:gosec // its parts were written by html/template just above
	}
	out := p.execute("page", f)
	if p.err != nil {
		return nil, fmt.Errorf("page: %w", p.err)
	}
	return out.Bytes(), nil
}

// printer executes templates and keeps count of what they wrote.
type printer struct {
	template *template.Template
	size     int
	room     int // bytes up to which items are added
	err      error
}

func (p *printer) execute(name string, data any) *bytes.Buffer {
	var b bytes.Buffer
	if err := p.template.ExecuteTemplate(&b, name, data); err != nil && p.err == nil {
		p.err = err
	}
	return &b
}

// items writes the items of a section that there is room for.
func (p *printer) items(s Section) ([]byte, []link) {
	var out bytes.Buffer
	var nav []link
	for i, item := range s.Items {
		b := p.execute("item", item)
		text := Short(item.Heading, navChars)
		cost := b.Len() + navCost + escaped(text) + len(item.ID)
		if p.size+cost > p.room {
			s.Missing += int64(len(s.Items) - i)
			break
		}
		p.size += cost
		out.Write(b.Bytes())
		nav = append(nav, link{ID: item.ID, Text: text})
	}
	if s.Missing > 0 {
		out.Write(p.execute("left", leftOut(s.Missing, s.Noun, "drawn, so that the page stays small")).Bytes())
	}
	return out.Bytes(), nav
}

// leftOut says that n things are not there.
func leftOut(n int64, noun, done string) string {
	if noun == "" {
		noun = "row"
	}
	if n == 1 {
		return "1 more " + noun + " is not " + done + "."
	}
	return Count(n) + " more " + noun + "s are not " + done + "."
}

// funcs are the functions of the templates.
func funcs() template.FuncMap {
	return template.FuncMap{
		"clip":  func(s string) text { return clip(s, nameChars) },
		"short": func(s string) string { return Short(s, nameChars) },
		"date":  func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") },
		"fit":   fit,
		"bar":   bar,
		"sign":  sign,
		"class": func(i int) string { return "s" + strconv.Itoa(i%seriesColours) },
	}
}

// fitted is a table as far as there is room for it.
type fitted struct {
	*Table
	Left string
}

// fit cuts the rows of a table to its bytes.
func fit(t *Table) fitted {
	room := t.MaxBytes
	if room == 0 {
		room = 24_000
	}
	cut := *t
	for i, row := range t.Rows {
		room -= len("\n<tr></tr>")
		for _, c := range row {
			room -= c.size()
		}
		if room < 0 && i > 0 {
			cut.Rows = t.Rows[:i]
			cut.Missing += int64(len(t.Rows) - i)
			break
		}
	}
	if cut.Missing == 0 {
		return fitted{Table: &cut}
	}
	return fitted{Table: &cut, Left: leftOut(cut.Missing, t.Noun, "listed")}
}

// size returns about how many bytes a cell takes on the page, and not fewer.
func (c Cell) size() int {
	n := len(`<th scope="row" class="d w"></th>`)
	if c.Number {
		n = len(`<td class="n"></td>`)
	}
	if c.Link != "" {
		n += len(`<a href="#"></a>`) + len(c.Link)
	}
	if c.Tone != Plain {
		n += len(`<span class="badge good"></span>`)
	}
	if c.Bar > 0 {
		n += len(`<svg class="bar" width="48" height="8" aria-hidden="true"><path d="M0 0h48.5v8H0z"/></svg>`)
	}
	if !c.Data {
		return n + escaped(c.Text)
	}
	shown := clip(c.Text, nameChars)
	n += len("<bdi></bdi>") + escaped(shown.Short)
	if shown.Full != "" {
		n += len(`<details class="long"><summary></summary><bdi class="full"></bdi> <span class="more"></span></details>`) + escaped(shown.Full) + len(shown.More)
	}
	return n
}

// escaped returns the bytes of a text once html/template has written it.
func escaped(s string) int {
	return len(template.HTMLEscapeString(s)) + strings.Count(s, "+")*len("&#43;")
}

// barWidth is the width of a full bar in a cell.
const barWidth = 48

// bar returns the path of a bar in a cell.
func bar(share float64) string {
	return "M0 0h" + decimal(max(0.5, min(share, 1)*barWidth)) + "v8H0z"
}

// sign returns what stands before a text of a tone, for those who do not see its colour.
func sign(t Tone) string {
	switch t {
	case Good:
		return "✓"
	case Warn:
		return "!"
	case Bad:
		return "✕"
	default:
		return ""
	}
}
