package http

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	nethttp "net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
)

// Dataset is a file of a public data set, as the caller writes it down.
type Dataset struct {
	Name    string // of the file in the cache: a plain name that does not begin with a dot
	URL     string // https, or http
	SHA256  string // pins the content: 64 hexadecimal digits; empty takes what comes and reports it
	Licence string // under which the data may be used: an SPDX identifier or a note; must not be empty
	Bytes   int64  // the size, when it is known; 0 is not
}

// FetchOptions says how a file is fetched. The zero value is ready to use.
type FetchOptions struct {
	Requests
	MaxBytes   int64         // of the file; 0 is 2 GiB
	RequirePin bool          // refuses a Dataset without SHA256
	Offline    bool          // never asks the network: the file is in the cache or fs.ErrNotExist
	MaxAge     time.Duration // for how long a file that is not pinned is taken from the cache unasked; 0 asks each time whether it has changed
}

// File is a file that Fetch brought or found.
type File struct {
	Path    string    // in the cache
	SHA256  string    // of the content, 64 hexadecimal digits: pin it
	Bytes   int64     // the size
	Pinned  bool      // SHA256 is what the Dataset asked for
	Cached  bool      // the content was there already
	Licence string    // of the Dataset
	URL     string    // without user and query
	Fetched time.Time // when the content came, or was last said to be unchanged; zero when unknown
}

// ErrChecksum says that a file is not the one that its Dataset pins.
var ErrChecksum = errors.New("another content than pinned")

// ChecksumError is a file whose digest or size is not that of its Dataset. It wraps ErrChecksum.
type ChecksumError struct {
	Name      string
	Want, Got string // digests, or sizes
}

// Error implements error.
func (e *ChecksumError) Error() string {
	return fmt.Sprintf("%s: want %s, got %s: %v", e.Name, e.Want, e.Got, ErrChecksum)
}

// Is reports whether target is ErrChecksum.
func (e *ChecksumError) Is(target error) bool { return target == ErrChecksum }

func (d Dataset) check(o FetchOptions) (*url.URL, FetchOptions, error) {
	requests, errs := o.check("http.Requests")
	o.Requests = requests
	bad := func(field, value, want string) {
		errs = append(errs, &dataset.OptionError{Field: "http." + field, Value: value, Want: want})
	}
	u, err := parseURL(d.URL, "http.Dataset.URL")
	if err != nil {
		errs = append(errs, err)
	}
	if d.Name == "" || len(d.Name) > 200 || d.Name[0] == '.' || d.Name != filepath.Base(d.Name) || !filepath.IsLocal(d.Name) || strings.ContainsFunc(d.Name, func(r rune) bool {
		return r < ' ' || r == 0x7f || strings.ContainsRune(`/\:*?"<>|`, r)
	}) {
		bad("Dataset.Name", strconv.Quote(d.Name), "a plain file name of at most 200 bytes that does not begin with a dot")
	}
	if raw, err := hex.DecodeString(d.SHA256); d.SHA256 != "" && (err != nil || len(raw) != sha256.Size) {
		bad("Dataset.SHA256", strconv.Itoa(len(d.SHA256))+" bytes", "64 hexadecimal digits or nothing")
	}
	if d.SHA256 == "" && o.RequirePin {
		bad("Dataset.SHA256", "empty", "a digest, which RequirePin asks for")
	}
	if strings.TrimSpace(d.Licence) == "" {
		bad("Dataset.Licence", "empty", "under which licence the data may be used")
	}
	if d.Bytes < 0 {
		bad("Dataset.Bytes", strconv.FormatInt(d.Bytes, 10), "0 or more")
	}
	if o.MaxBytes < 0 {
		bad("FetchOptions.MaxBytes", strconv.FormatInt(o.MaxBytes, 10), "0 or more")
	} else if o.MaxBytes == 0 {
		o.MaxBytes = 2 << 30
	}
	if o.MaxAge < 0 {
		bad("FetchOptions.MaxAge", o.MaxAge.String(), "0 or more")
	}
	return u, o, errors.Join(errs...)
}

// Fetch returns the file of d in the folder dir, which it makes when there is none, and brings it there when it has to.
//
// A file whose content has the pinned digest is taken as it is, without a request. One that is not pinned is asked for with If-None-Match and If-Modified-Since, and taken
// when it has not changed. Each time the whole file is read for its digest.
//
// The content is written beside the file and appears whole, with its digest checked, or not at all. What a fetch that failed or was killed has written is gone on
// with, where the server has ranges and says that nothing has changed, or the digest will tell. Where the system has flock, only one of several fetches of a name loads it at a time, in
// all processes, and the others wait for it; elsewhere each loads its own, from the start.
//
// Nothing outside dir is written or read, also when a link in it leads there. Redirects may lead to other hosts, without the caller's headers, and never from https to http. It errors with
// *dataset.OptionError, *StatusError, *ChecksumError, dataset.ErrLimit for a file that is larger than it may be, *dataset.FormatError for a page of HTML
// where the name says otherwise, and errors of network and disk.
func Fetch(ctx context.Context, dir string, d Dataset, o FetchOptions) (File, error) {
	u, o, err := d.check(o)
	if err != nil {
		return File{}, fmt.Errorf("http: fetch: %w", err)
	}
	d.SHA256 = strings.ToLower(d.SHA256)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return File{}, fmt.Errorf("http: fetch: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return File{}, fmt.Errorf("http: fetch: %w", err)
	}
	defer root.Close()
	f := &fetch{root: root, dir: dir, d: d, o: o, url: u}
	file, err := f.run(ctx)
	if err != nil {
		return File{}, fmt.Errorf("http: fetch %s: %w", d.Name, err)
	}
	return file, nil
}

// fetch is one call of Fetch.
type fetch struct {
	root *os.Root
	dir  string
	d    Dataset
	o    FetchOptions
	url  *url.URL

	old       note   // of the content in the cache that may still be right; its SHA256 is empty when there is none
	unique    string // in the name of part, where there are no locks
	part      *os.File
	size      int64 // of what is in part
	sum       hash.Hash
	validator note // of what is in part
	asked     bool // the request under way asks for the rest of part
	resumed   bool // part has bytes of several answers
	unchanged bool // the server says so of old
}

func (f *fetch) run(ctx context.Context) (File, error) {
	if file, ok, err := f.cached(ctx); ok || err != nil {
		return file, err
	}
	if f.o.Offline {
		return File{}, fmt.Errorf("not in the cache: %w", fs.ErrNotExist)
	}
	if err := f.lock(ctx); err != nil {
		return File{}, err
	}
	file, err := f.locked(ctx)
	return file, errors.Join(err, f.unlock())
}

// locked loads the file while no other does.
func (f *fetch) locked(ctx context.Context) (File, error) {
	if file, ok, err := f.cached(ctx); ok || err != nil { // another has brought it meanwhile
		return file, err
	}
	if err := f.takeUp(ctx); err != nil {
		return File{}, err
	}
	if f.size > 0 && f.d.SHA256 != "" && f.verify() == nil { // killed between its last byte and its name
		return f.finish()
	}
	c := newCaller(f.o.Requests, true)
	defer c.close()
	for {
		if err := c.do(ctx, exchange{url: f.url, set: f.ask, use: func(resp *nethttp.Response, alive func()) error { return f.use(c, resp, alive) }}); err != nil {
			return File{}, err
		}
		if f.unchanged {
			f.old.Fetched, f.old.Licence = f.o.Clock().UTC(), f.d.Licence
			if err := writeNote(f.root, f.noteName(), f.old); err != nil {
				return File{}, err
			}
			return f.file(f.old, true), nil
		}
		err := f.verify()
		if err == nil {
			return f.finish()
		}
		resumed := f.resumed
		if err := f.restart(); err != nil {
			return File{}, err
		}
		if !resumed {
			return File{}, err
		}
	}
}

// finish gives the file its name.
func (f *fetch) finish() (File, error) {
	n := f.validator
	n.SHA256, n.Bytes, n.Licence, n.Fetched = hex.EncodeToString(f.sum.Sum(nil)), f.size, f.d.Licence, f.o.Clock().UTC()
	if err := f.commit(n); err != nil {
		return File{}, err
	}
	return f.file(n, false), nil
}

func (f *fetch) file(n note, cached bool) File {
	return File{
		Path: filepath.Join(f.dir, f.d.Name), SHA256: n.SHA256, Bytes: n.Bytes, Pinned: f.d.SHA256 != "", Cached: cached,
		Licence: f.d.Licence, URL: redacted(f.url), Fetched: n.Fetched,
	}
}

// ask sets the conditions of a request.
func (f *fetch) ask(h nethttp.Header) {
	h.Set("Accept-Encoding", "identity")
	f.asked = f.size > 0
	switch {
	case f.asked:
		h.Set("Range", "bytes="+strconv.FormatInt(f.size, 10)+"-")
		if v := f.validator.strong(); v != "" {
			h.Set("If-Range", v)
		}
	case f.old.SHA256 != "":
		if f.old.ETag != "" {
			h.Set("If-None-Match", f.old.ETag)
		}
		if f.old.LastModified != "" {
			h.Set("If-Modified-Since", f.old.LastModified)
		}
	}
}

// use takes an answer.
func (f *fetch) use(c *caller, resp *nethttp.Response, alive func()) error {
	switch {
	case resp.StatusCode == nethttp.StatusNotModified && f.old.SHA256 != "" && !f.asked:
		f.unchanged = true
		return nil
	case resp.StatusCode == nethttp.StatusRequestedRangeNotSatisfiable && f.asked:
		return f.again(resp, "the range is refused")
	case resp.StatusCode == nethttp.StatusPartialContent && f.asked:
		if !f.isRest(resp.Header.Get("Content-Range")) {
			return f.again(resp, "another range comes than that to the end")
		}
		f.resumed = true
	case resp.StatusCode == nethttp.StatusOK:
		if err := f.restart(); err != nil {
			return err
		}
		f.validator = newNote(f.url, resp.Header)
		if err := writeNote(f.root, f.resumeName(), f.validator); err != nil {
			return err
		}
	default:
		return c.statusError(resp)
	}
	if err := f.checkAnswer(resp); err != nil {
		return err
	}
	return f.copy(resp, alive)
}

// isRest reports whether a header Content-Range is that of all that is missing. A server may give less, which without a pin nobody would see.
func (f *fetch) isRest(header string) bool {
	var from, to, total int64
	n, err := fmt.Sscanf(header, "bytes %d-%d/%d", &from, &to, &total)
	return err == nil && n == 3 && from == f.size && to == total-1 && from <= to
}

// again throws away what there is, for another try.
func (f *fetch) again(resp *nethttp.Response, why string) error {
	if err := f.restart(); err != nil {
		return err
	}
	return &transient{err: fmt.Errorf("%s: %s: %w", redacted(resp.Request.URL), why, &dataset.FormatError{Format: "http", Want: "the rest of the file", Got: "status " + strconv.Itoa(resp.StatusCode)})}
}

// checkAnswer refuses what cannot be the file.
func (f *fetch) checkAnswer(resp *nethttp.Response) error {
	at := redacted(resp.Request.URL)
	lower := strings.ToLower(f.d.Name)
	switch encoding := strings.ToLower(resp.Header.Get("Content-Encoding")); {
	case encoding == "", encoding == "identity":
	case strings.HasSuffix(encoding, "gzip") && strings.HasSuffix(lower, ".gz"): // some servers say so of a file that is one
	default:
		return fmt.Errorf("%s: content encoding: want none, got another: %w", at, dataset.ErrUnsupported)
	}
	if media := strings.ToLower(resp.Header.Get("Content-Type")); strings.HasPrefix(media, "text/html") && !strings.Contains(lower, ".htm") {
		return wrongType(resp, "the file", "a page of HTML")
	}
	if resp.ContentLength > f.limit()-f.size {
		return f.tooLarge(at)
	}
	return nil
}

// limit is how many bytes the file may have.
func (f *fetch) limit() int64 {
	if f.d.Bytes > 0 {
		return min(f.o.MaxBytes, f.d.Bytes)
	}
	return f.o.MaxBytes
}

func (f *fetch) tooLarge(at string) error {
	return fmt.Errorf("%s: more than %d bytes: %w", at, f.limit(), dataset.ErrLimit)
}

// copy appends the answer to part.
func (f *fetch) copy(resp *nethttp.Response, alive func()) error {
	at := redacted(resp.Request.URL)
	p := make([]byte, 64<<10)
	for {
		n, err := resp.Body.Read(p)
		if f.size+int64(n) > f.limit() {
			return f.tooLarge(at)
		}
		if n > 0 {
			alive()
			if _, err := f.part.WriteAt(p[:n], f.size); err != nil {
				return err
			}
			f.sum.Write(p[:n])
			f.size += int64(n)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return &transient{err: fmt.Errorf("%s: the answer breaks off after %d bytes: %w", at, f.size, io.ErrUnexpectedEOF)}
		}
	}
}

// verify compares what there is with the Dataset.
func (f *fetch) verify() error {
	if f.d.Bytes > 0 && f.size != f.d.Bytes {
		return &ChecksumError{Name: f.d.Name, Want: fmt.Sprintf("%d bytes", f.d.Bytes), Got: fmt.Sprintf("%d bytes", f.size)}
	}
	if got := hex.EncodeToString(f.sum.Sum(nil)); f.d.SHA256 != "" && got != f.d.SHA256 {
		return &ChecksumError{Name: f.d.Name, Want: "SHA-256 " + f.d.SHA256, Got: got}
	}
	return nil
}

// restart empties part.
func (f *fetch) restart() error {
	f.size, f.sum, f.resumed = 0, sha256.New(), false
	return f.part.Truncate(0)
}
