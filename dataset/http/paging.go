package http

import (
	"crypto/sha256"
	"fmt"
	nethttp "net/http"
	"net/url"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
)

// Paging says how the page behind another is found: Link, NextURL, Cursor, Offset or Pages. nil is an API of one page.
type Paging interface {
	check() error
	// first sets what the first request needs.
	first(u *url.URL)
	// next returns the URL behind a page, nil at the end.
	next(p *page) (*url.URL, error)
}

// Link follows the links of relation next in the header Link of RFC 8288. The page without one is the last.
type Link struct{}

// NextURL follows the URL, absolute or relative, at a path of each answer. The page without one, or with null or an empty text, is the last.
type NextURL struct {
	Path string // as Options.Records
}

// Cursor sends the text or number at a path of each answer as a parameter of the next request. The page without one, or with null, false or an empty text, is the last.
type Cursor struct {
	Path      string // as Options.Records
	Parameter string // of the query
}

// Offset sends the number of records before the page. The first page without a record is the last, so a server that gives fewer than were asked for loses none.
type Offset struct {
	Parameter      string // of the query, with the offset
	LimitParameter string // of the query, with the Limit; empty sends none
	Limit          int    // how many records are asked for; 0 sends none
}

// Pages sends the number of the page. The first page without a record is the last.
type Pages struct {
	Parameter     string // of the query, with the number
	First         int    // the number of the first page, usually 1
	SizeParameter string // of the query, with the Size; empty sends none
	Size          int    // how many records are asked for; 0 sends none
}

// page is an answer.
type page struct {
	start   *url.URL // of the source
	url     *url.URL // of this page
	header  nethttp.Header
	body    []byte
	text    []byte // its records, a line each
	records int    // in it
	before  int    // records in the pages before
	number  int    // of pages before
	digest  [sha256.Size]byte
}

func (Link) check() error      { return nil }
func (Link) first(*url.URL)    {}
func (NextURL) first(*url.URL) {}
func (Cursor) first(*url.URL)  {}

func (n NextURL) check() error {
	_, err := parsePath(n.Path, "http.NextURL.Path")
	return err
}

func (c Cursor) check() error {
	if c.Parameter == "" {
		return &dataset.OptionError{Field: "http.Cursor.Parameter", Value: "empty", Want: "the name of a parameter"}
	}
	_, err := parsePath(c.Path, "http.Cursor.Path")
	return err
}

func (o Offset) check() error {
	if o.Parameter == "" || o.Limit < 0 || (o.Limit > 0) != (o.LimitParameter != "") {
		return &dataset.OptionError{Field: "http.Offset", Value: "another one", Want: "a Parameter, and a Limit with its LimitParameter or neither"}
	}
	return nil
}

func (p Pages) check() error {
	if p.Parameter == "" || p.First < 0 || p.Size < 0 || (p.Size > 0) != (p.SizeParameter != "") {
		return &dataset.OptionError{Field: "http.Pages", Value: "another one", Want: "a Parameter, and a Size with its SizeParameter or neither"}
	}
	return nil
}

func (Link) next(p *page) (*url.URL, error) {
	target, err := nextLink(p.header.Values("Link"))
	if err != nil || target == "" {
		return nil, err
	}
	return p.resolve(target)
}

func (n NextURL) next(p *page) (*url.URL, error) {
	target, err := p.scalar(n.Path)
	if err != nil || target == "" {
		return nil, err
	}
	return p.resolve(target)
}

func (c Cursor) next(p *page) (*url.URL, error) {
	cursor, err := p.scalar(c.Path)
	if err != nil || cursor == "" {
		return nil, err
	}
	return with(p.start, c.Parameter, cursor), nil
}

func (o Offset) first(u *url.URL) {
	*u = *with(u, o.Parameter, "0")
	if o.Limit > 0 {
		*u = *with(u, o.LimitParameter, strconv.Itoa(o.Limit))
	}
}

func (o Offset) next(p *page) (*url.URL, error) {
	if p.records == 0 {
		return nil, nil //nolint:nilnil // the end
	}
	return with(p.url, o.Parameter, strconv.Itoa(p.before+p.records)), nil
}

func (p Pages) first(u *url.URL) {
	*u = *with(u, p.Parameter, strconv.Itoa(p.First))
	if p.Size > 0 {
		*u = *with(u, p.SizeParameter, strconv.Itoa(p.Size))
	}
}

func (p Pages) next(at *page) (*url.URL, error) {
	if at.records == 0 {
		return nil, nil //nolint:nilnil // the end
	}
	return with(at.url, p.Parameter, strconv.Itoa(p.First+at.number+1)), nil
}

// with returns u with a parameter of its query set.
func with(u *url.URL, parameter, value string) *url.URL {
	out := *u
	q := out.Query()
	q.Set(parameter, value)
	out.RawQuery = q.Encode()
	return &out
}

// resolve returns the URL that a page names, which must be of the same origin as the source: what it is sent is for that one.
func (p *page) resolve(target string) (*url.URL, error) {
	to, err := p.url.Parse(target)
	if err != nil || to.Opaque != "" {
		return nil, p.fault("a next page at a URL", "another text")
	}
	if !sameOrigin(to, p.start) {
		return nil, p.fault("a next page of the same scheme, host and port", "one of another")
	}
	to.User, to.Fragment, to.RawFragment = p.start.User, "", ""
	return to, nil
}

func (p *page) fault(want, got string) error {
	return fmt.Errorf("%s: page %d: %w", redacted(p.url), p.number+1, &dataset.FormatError{Format: "http", Want: want, Got: got})
}
