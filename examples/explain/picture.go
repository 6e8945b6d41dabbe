package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/model/explain"
)

// The sizes of a picture, in pixels, and the most columns that it shows one by one.
const (
	wide       = 860
	labelWidth = 300
	numberSide = 100
	lineHeight = 28
	top        = 64
	shownMost  = 12
	labelMost  = 42 // characters
)

// Colours of Okabe and Ito, which colour-blind people can tell apart.
const (
	raisesColour = "#d55e00"
	lowersColour = "#0072b2"
)

// bar is a line of a picture: from where to where it goes.
type bar struct {
	label    string
	from, to float64
}

// picture is a waterfall: from the score without any column to the score of the row.
type picture struct {
	title     string
	base, raw float64
	bars      []bar
}

func newPicture(x *lab.Explaining, r *result) (*picture, error) {
	first := r.first
	templates := make(map[string]string)
	for _, g := range x.Groups() {
		templates[g.Name()] = "{column} = {value}"
	}
	all, err := x.NewReasoner(explain.ReasonOptions{Top: shownMost, Templates: templates})
	if err != nil {
		return nil, err
	}
	p := &picture{base: x.Base()[first.output], raw: first.raw, title: fmt.Sprintf("Row %d: raw score %s", first.number, cli.Text(first.raw))}
	if classes := x.Classes(); classes != nil {
		p.title += " of class " + classes[first.output]
	}
	at := p.base
	for _, reason := range all.Reasons(first.row, first.output) {
		p.bars = append(p.bars, bar{all.Text(first.row, reason), at, at + reason.Contribution})
		at += reason.Contribution
	}
	if len(p.bars) == shownMost {
		p.bars = append(p.bars, bar{"all other columns", at, p.raw})
	}
	return p, nil
}

// svg returns the picture, which asks for nothing from outside.
func (p *picture) svg() []byte {
	low, high := min(p.base, p.raw), max(p.base, p.raw)
	for _, b := range p.bars {
		low, high = min(low, b.to), max(high, b.to)
	}
	if low == high {
		high = low + 1
	}
	x := func(v float64) float64 {
		return labelWidth + numberSide + (v-low)/(high-low)*(wide-labelWidth-2*numberSide)
	}
	height := top + lineHeight*(len(p.bars)+2) + 20
	var w bytes.Buffer
	cli.Printf(&w, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" font-family="sans-serif" font-size="14">`+"\n", wide, height, wide, height)
	cli.Printf(&w, "<title>%s</title>\n<desc>%s</desc>\n", escape(p.title), escape(p.describe()))
	cli.Printf(&w, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", wide, height)
	text := func(x, y float64, anchor, s string) {
		cli.Printf(&w, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="#222222">%s</text>`+"\n", x, y, anchor, escape(s))
	}
	cli.Printf(&w, `<text x="16" y="32" font-size="18" fill="#222222">%s</text>`+"\n", escape(p.title))
	line := func(i int) float64 { return top + float64(i*lineHeight) }
	mark := func(i int, label string, v float64) {
		text(labelWidth, line(i)+18, "end", label)
		cli.Printf(&w, `<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" stroke="#222222" stroke-width="3"/>`+"\n", x(v), x(v), line(i)+3, line(i)+25)
		text(x(v)+8, line(i)+18, "start", cli.Text(v))
	}
	mark(0, "without any column", p.base)
	for i, b := range p.bars {
		colour, anchor, at := raisesColour, "start", x(b.to)+6
		if b.to < b.from {
			colour, anchor, at = lowersColour, "end", x(b.to)-6
		}
		text(labelWidth, line(i+1)+18, "end", shorten(b.label))
		cli.Printf(&w, `<rect x="%.1f" y="%.1f" width="%.1f" height="20" fill="%s"/>`+"\n", min(x(b.from), x(b.to)), line(i+1)+4, max(1, max(x(b.from), x(b.to))-min(x(b.from), x(b.to))), colour)
		text(at, line(i+1)+18, anchor, signed(b.to-b.from))
		cli.Printf(&w, `<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" stroke="#999999" stroke-dasharray="3 3"/>`+"\n", x(b.from), x(b.from), line(i), line(i+1)+4)
	}
	mark(len(p.bars)+1, "raw score", p.raw)
	w.WriteString("</svg>\n")
	return w.Bytes()
}

// describe says in words what is drawn.
func (p *picture) describe() string {
	parts := []string{"From " + cli.Text(p.base) + " without any column"}
	for _, b := range p.bars {
		parts = append(parts, b.label+": "+signed(b.to-b.from))
	}
	return strings.Join(append(parts, "to "+cli.Text(p.raw)), "; ") + "."
}

// signed writes a contribution in the three digits that its reason has.
func signed(v float64) string { return fmt.Sprintf("%+.3g", v) }

func shorten(s string) string {
	if utf8.RuneCountInString(s) <= labelMost {
		return s
	}
	return string([]rune(s)[:labelMost-1]) + "…"
}

func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	return b.String()
}
