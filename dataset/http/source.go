package http

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"mime"
	nethttp "net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/jsonl"
)

// Options says how an API is read. The zero value reads one answer that is an array of objects.
type Options struct {
	Requests
	Records      string        // path of the array of objects in an answer, "data.items" or as a JSON pointer "/data/items"; empty is the answer itself
	Paging       Paging        // how the next page is found; nil is one page
	Rows         jsonl.Options // how objects become rows; without a Schema the first page gives it
	MaxPages     int           // more are an error; 0 is 10,000
	MaxPageBytes int           // of an answer, decompressed; 0 is 64 MiB
}

// Source reads an API. It can be ranged again, by one goroutine at a time; each range asks the server again.
type Source struct {
	start  *url.URL
	o      Options
	path   []string
	schema *dataset.Schema

	mu   sync.Mutex
	kept *page     // the first, until the first range takes it
	last time.Time // when it was asked for
}

// NewSource returns the source of the API at address. It makes a request when the schema is to be inferred: from the first page, which the first range
// uses too. Every column is nullable then, and a later page that has other values is a *dataset.FormatError; a first page without a record is a *dataset.SchemaError. The
// answer of an API may also be JSON lines, by its content type; then Records is not looked at. Errors are *dataset.OptionError for bad options, *StatusError,
// *dataset.FormatError for answers that are not what was asked for, with dataset.ErrLimit those that are too large, and those of the network.
func NewSource(ctx context.Context, address string, o Options) (*Source, error) {
	s, err := newSource(address, o)
	if err != nil {
		return nil, fmt.Errorf("http: new source: %w", err)
	}
	if s.schema == nil {
		if err := s.infer(ctx); err != nil {
			return nil, fmt.Errorf("http: new source: %w", err)
		}
	}
	return s, nil
}

func newSource(address string, o Options) (*Source, error) {
	requests, errs := o.check("http.Requests")
	o.Requests = requests
	u, err := parseURL(address, "http.NewSource address")
	if err != nil {
		errs = append(errs, err)
	}
	for _, n := range []struct {
		name  string
		value *int
		zero  int
	}{{"MaxPages", &o.MaxPages, 10_000}, {"MaxPageBytes", &o.MaxPageBytes, 64 << 20}} {
		if *n.value < 0 {
			errs = append(errs, &dataset.OptionError{Field: "http.Options." + n.name, Value: strconv.Itoa(*n.value), Want: "0 or more"})
		} else if *n.value == 0 {
			*n.value = n.zero
		}
	}
	if o.Paging != nil {
		if err := o.Paging.check(); err != nil {
			errs = append(errs, err)
		}
	}
	path, err := parsePath(o.Records, "http.Options.Records")
	if err != nil {
		errs = append(errs, err)
		err = nil
	}
	if o.Rows.Records != "" {
		errs = append(errs, &dataset.OptionError{Field: "http.Options.Rows.Records", Value: strconv.Quote(o.Rows.Records), Want: "nothing, since Options.Records says it"})
	}
	rows := o.Rows
	if rows.Schema == nil {
		rows.Schema, err = dataset.NewSchema() // to check the other options
	}
	if err == nil {
		_, err = jsonl.NewSource(strings.NewReader(""), rows)
	}
	if err != nil {
		errs = append(errs, err)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	s := &Source{start: u, o: o, path: path, schema: o.Rows.Schema}
	if o.Paging != nil {
		o.Paging.first(s.start)
	}
	return s, nil
}

// infer takes the schema from the first page and keeps the page.
func (s *Source) infer(ctx context.Context) error {
	c := newCaller(s.o.Requests, false)
	defer c.close()
	first, err := s.get(ctx, c, &page{start: s.start, url: s.start})
	if err != nil {
		return err
	}
	src, err := jsonl.NewSource(bytes.NewReader(first.text), s.o.Rows)
	if err != nil {
		return fmt.Errorf("%s: %w", redacted(s.start), err)
	}
	fields := src.Schema().Fields()
	if len(fields) == 0 {
		return fmt.Errorf("%s: %w", redacted(s.start), &dataset.SchemaError{Want: "a record on the first page to infer columns from, or a Schema", Got: "none"})
	}
	for i := range fields {
		fields[i].Nullable = true
	}
	if s.schema, err = dataset.NewSchema(fields...); err != nil {
		return err
	}
	s.kept, s.last = first, c.last
	return nil
}

// Schema implements dataset.Source.
func (s *Source) Schema() *dataset.Schema { return s.schema }

// Batches implements dataset.Source. A batch has rows of as many pages as it holds.
func (s *Source) Batches(ctx context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) {
		c := newCaller(s.o.Requests, false)
		defer c.close()
		r := &reader{next: func(before *page) (*page, error) { return s.after(ctx, c, before) }}
		s.mu.Lock()
		r.first, s.kept = s.kept, nil
		c.last = s.last
		s.mu.Unlock()
		rows := s.o.Rows
		rows.Schema = s.schema
		src, err := jsonl.NewSource(r, rows)
		if err != nil {
			yield(dataset.Batch{}, fmt.Errorf("http: %w", err))
			return
		}
		for b, err := range src.Batches(ctx) {
			if err != nil {
				if r.err != nil && errors.Is(err, r.err) { // without the words of who met it
					err = fmt.Errorf("http: read: %w", r.err)
				} else {
					err = fmt.Errorf("http: read %s: %w", redacted(s.start), err)
				}
				yield(dataset.Batch{}, err)
				return
			}
			if !yield(b, nil) {
				return
			}
		}
	}
}

// reader is the lines of all pages.
type reader struct {
	next  func(before *page) (*page, error)
	first *page // when it is there already
	page  *page
	rest  []byte
	seen  map[string]bool
	err   error
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.err == nil {
			r.err = r.turn()
		}
		if r.err != nil {
			return 0, r.err
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// turn goes to the next page.
func (r *reader) turn() (err error) {
	if r.first != nil {
		r.page, r.first = r.first, nil
	} else if r.page, err = r.next(r.page); err != nil {
		return err
	}
	address := r.page.url.String()
	if r.seen[address] {
		return r.page.fault("another page each time", "one that was there before")
	}
	if r.seen == nil {
		r.seen = make(map[string]bool)
	}
	r.seen[address] = true
	r.rest = r.page.text
	r.page.text = nil
	return nil
}

// after returns the page behind another, the first behind none, and io.EOF behind the last.
func (s *Source) after(ctx context.Context, c *caller, before *page) (*page, error) {
	if before == nil {
		return s.get(ctx, c, &page{start: s.start, url: s.start})
	}
	if s.o.Paging == nil {
		return nil, io.EOF
	}
	to, err := s.o.Paging.next(before)
	if err != nil {
		return nil, err
	}
	if to == nil {
		return nil, io.EOF
	}
	if before.number+1 == s.o.MaxPages {
		return nil, fmt.Errorf("%s: more than %d pages: %w", redacted(s.start), s.o.MaxPages, dataset.ErrLimit)
	}
	p, err := s.get(ctx, c, &page{start: s.start, url: to, number: before.number + 1, before: before.before + before.records})
	if err == nil && p.records > 0 && p.digest == before.digest {
		return nil, p.fault("another page each time", "the one before again")
	}
	return p, err
}

// get asks for a page and finds its records.
func (s *Source) get(ctx context.Context, c *caller, p *page) (*page, error) {
	err := c.do(ctx, exchange{
		url: p.url,
		set: func(h nethttp.Header) {
			h.Set("Accept-Encoding", "gzip") // by hand, so that what it holds is bounded
			if h.Get("Accept") == "" {
				h.Set("Accept", "application/json")
			}
		},
		use: func(resp *nethttp.Response, _ func()) error { return s.use(c, p, resp) },
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

func (s *Source) use(c *caller, p *page, resp *nethttp.Response) error {
	if resp.StatusCode != nethttp.StatusOK {
		return c.statusError(resp)
	}
	p.header = resp.Header
	isLines, err := contentType(resp)
	if err != nil {
		return err
	}
	body, err := readBody(resp, s.o.MaxPageBytes)
	if err != nil {
		return err
	}
	p.body, p.digest = body, sha256.Sum256(body)
	if isLines {
		p.body = []byte("null")
		if body = bytes.TrimSpace(body); len(body) > 0 {
			p.text = append(body, '\n')
			p.records = bytes.Count(p.text, []byte{'\n'})
		}
		return nil
	}
	p.body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	if !json.Valid(p.body) {
		return p.fault("JSON", "other text")
	}
	return p.split(s.path)
}

// contentType checks that an answer says to be JSON, and reports whether it is JSON lines.
func contentType(resp *nethttp.Response) (isLines bool, err error) {
	header := resp.Header.Get("Content-Type")
	if header == "" {
		return false, nil
	}
	media, _, err := mime.ParseMediaType(header)
	switch {
	case err != nil || len(media) > 100:
		media = "another type"
	case media == "application/x-ndjson" || media == "application/jsonl" || media == "application/x-jsonlines" || media == "application/json-lines":
		return true, nil
	case media == "application/json" || media == "text/json" || media == "text/plain" || strings.HasSuffix(media, "+json"):
		return false, nil
	}
	return false, wrongType(resp, "JSON", media)
}

func wrongType(resp *nethttp.Response, want, media string) error {
	return fmt.Errorf("%s: status %d: %w", redacted(resp.Request.URL), resp.StatusCode, &dataset.FormatError{Format: "http", Want: want, Got: media})
}

// readBody returns the answer, decompressed, of at most limit bytes.
func readBody(resp *nethttp.Response, limit int) ([]byte, error) {
	at := redacted(resp.Request.URL)
	over := fmt.Errorf("%s: answer of more than %d bytes: %w", at, limit, dataset.ErrLimit)
	if resp.ContentLength > int64(limit) {
		return nil, over
	}
	var body io.Reader = resp.Body
	switch encoding := strings.ToLower(resp.Header.Get("Content-Encoding")); encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(io.LimitReader(resp.Body, int64(limit)))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", at, bodyError(err))
		}
		defer z.Close()
		body = z
	default:
		return nil, fmt.Errorf("%s: content encoding: want gzip or none, got another: %w", at, dataset.ErrUnsupported)
	}
	out, err := io.ReadAll(io.LimitReader(body, int64(limit)+1))
	if len(out) > limit {
		return nil, over
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", at, bodyError(err))
	}
	return out, nil
}

// bodyError is the error of an answer that broke off, which may be whole the next time, or is no gzip.
func bodyError(err error) error {
	if errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) {
		return &dataset.FormatError{Format: "http", Want: "gzip, as the answer says", Got: "other bytes"}
	}
	return &transient{err: fmt.Errorf("the answer breaks off: %w", io.ErrUnexpectedEOF)}
}

// split finds the records of an answer, which is valid JSON, and makes a line of each.
func (p *page) split(path []string) error {
	array, ok := find(p.body, path)
	if !ok {
		return p.fault("records at the path of Options.Records", "no such key")
	}
	switch array[0] {
	case '[':
	case 'n': // some servers give null for no records
		return nil
	default:
		return p.fault("an array of records at the path of Options.Records", "another value")
	}
	p.text = make([]byte, 0, len(array)+1)
	for record := range elements(array) {
		if record[0] != '{' {
			return p.fault("objects as records", "another value as number "+strconv.Itoa(p.records+1))
		}
		from := len(p.text)
		p.text = append(p.text, record...)
		for i := from; i < len(p.text); i++ {
			if p.text[i] == '\n' {
				p.text[i] = '\r' // as much a space
			}
		}
		p.text = append(p.text, '\n')
		p.records++
	}
	return nil
}
