package http

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	nethttp "net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
)

// maxRedirects is how many are followed.
const maxRedirects = 5

// Requests says how requests are made. The zero value is ready to use.
type Requests struct {
	Client   *nethttp.Client              // makes the requests; nil is one of the package's own, whose connections end with the work; its CheckRedirect is not used
	Header   nethttp.Header               // sent with every request to the scheme, host and port of the URL, and to no other
	Prepare  func(*nethttp.Request) error // called before each request to there is sent, to sign or authorize it
	Timeout  time.Duration                // longest wait for a whole answer; in Fetch for its next bytes; 0 is 30 s
	Every    time.Duration                // shortest time between the starts of two requests; 0 is none
	Attempts int                          // how often one request is made at most; 0 is 5
	BaseWait time.Duration                // about the wait before the second; it doubles; 0 is 500 ms
	MaxWait  time.Duration                // longest wait before a further one; 0 is 30 s

	Clock func() time.Time                                 // nil is time.Now
	Sleep func(ctx context.Context, d time.Duration) error // waits for d or until ctx ends, and then returns its error; nil uses a timer
}

func (r Requests) check(of string) (Requests, []error) {
	var errs []error
	for _, d := range []struct {
		name  string
		value *time.Duration
		zero  time.Duration
	}{{"Timeout", &r.Timeout, 30 * time.Second}, {"Every", &r.Every, 0}, {"BaseWait", &r.BaseWait, 500 * time.Millisecond}, {"MaxWait", &r.MaxWait, 30 * time.Second}} {
		if *d.value < 0 {
			errs = append(errs, &dataset.OptionError{Field: of + "." + d.name, Value: d.value.String(), Want: "0 or more"})
		} else if *d.value == 0 {
			*d.value = d.zero
		}
	}
	if r.Attempts < 0 {
		errs = append(errs, &dataset.OptionError{Field: of + ".Attempts", Value: strconv.Itoa(r.Attempts), Want: "0 or more"})
	} else if r.Attempts == 0 {
		r.Attempts = 5
	}
	if r.Clock == nil {
		r.Clock = time.Now //nolint:forbidigo // the default of the Clock option
	}
	if r.Sleep == nil {
		r.Sleep = sleep
	}
	return r, errs
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// parseURL parses the URL that a caller gave.
func parseURL(text, field string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.Opaque != "" {
		return nil, &dataset.OptionError{Field: field, Value: "another text", Want: "an absolute URL of scheme https or http"}
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// redacted is how a URL is named in errors: without user, query and fragment.
func redacted(u *url.URL) string { return u.Scheme + "://" + u.Host + u.EscapedPath() }

func sameOrigin(a, b *url.URL) bool { return a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host) }

// StatusError is an answer with another status than was wanted.
type StatusError struct {
	URL        string // without user and query
	Status     int
	RetryAfter time.Duration // what the server asks to wait, 0 when it does not say
}

// Error implements error.
func (e *StatusError) Error() string {
	text := fmt.Sprintf("%s: status %d %s", e.URL, e.Status, nethttp.StatusText(e.Status))
	if e.RetryAfter > 0 {
		text += ", retry after " + e.RetryAfter.String()
	}
	return text
}

// transient is an error after which the request may be made again.
type transient struct {
	err   error
	after time.Duration // no earlier
}

// Error implements error.
func (t *transient) Error() string { return t.err.Error() }

// Unwrap returns the error itself.
func (t *transient) Unwrap() error { return t.err }

var errTimeout = errors.New("no answer in time")

// caller makes requests, one at a time.
type caller struct {
	Requests
	client *nethttp.Client
	own    *nethttp.Transport // nil for a client of the host
	leaves bool               // redirects may lead to other hosts
	last   time.Time          // the start of the request before
	random *rand.Rand
}

func newCaller(r Requests, leaves bool) *caller {
	c := &caller{Requests: r, leaves: leaves, random: rand.New(rand.NewPCG(uint64(r.Clock().UnixNano()), 0))}
	if r.Client == nil {
		c.own = &nethttp.Transport{Proxy: nethttp.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: 1 << 20}
		c.client = &nethttp.Client{Transport: c.own}
	} else {
		client := *r.Client
		c.client = &client
	}
	c.client.CheckRedirect = func(*nethttp.Request, []*nethttp.Request) error { return nethttp.ErrUseLastResponse }
	return c
}

// close ends the connections.
func (c *caller) close() {
	if c.own != nil {
		c.own.CloseIdleConnections()
	}
}

// exchange is one request: set adds headers, and use reads the answer, calling alive when it gets on.
type exchange struct {
	url *url.URL
	set func(nethttp.Header)
	use func(resp *nethttp.Response, alive func()) error
}

// do makes the request until it succeeds, fails for good or was made often enough.
func (c *caller) do(ctx context.Context, x exchange) error {
	for try := 1; ; try++ {
		if err := c.pace(ctx); err != nil {
			return err
		}
		err := c.once(ctx, x)
		if ctx.Err() != nil && err != nil {
			return ctx.Err()
		}
		var again *transient
		if !errors.As(err, &again) {
			return err
		}
		if try == c.Attempts || again.after > c.MaxWait {
			return fmt.Errorf("after %d of %d tries: %w", try, c.Attempts, err)
		}
		if err := c.Sleep(ctx, max(again.after, c.backoff(try))); err != nil {
			return err
		}
	}
}

// pace waits until the next request may start.
func (c *caller) pace(ctx context.Context) error {
	now := c.Clock()
	if wait := c.last.Add(c.Every).Sub(now); c.Every > 0 && !c.last.IsZero() && wait > 0 {
		if err := c.Sleep(ctx, wait); err != nil {
			return err
		}
		now = c.Clock()
	}
	c.last = now
	return nil
}

// backoff is the wait behind a try that failed: half of it is jitter.
func (c *caller) backoff(try int) time.Duration {
	d := c.MaxWait
	if try < 31 && c.BaseWait<<(try-1)>>(try-1) == c.BaseWait {
		d = min(d, c.BaseWait<<(try-1))
	}
	return d/2 + time.Duration(c.random.Int64N(int64(d/2)+1))
}

// once makes the request and follows redirects.
func (c *caller) once(ctx context.Context, x exchange) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	timer := time.AfterFunc(c.Timeout, func() { cancel(errTimeout) })
	defer timer.Stop()
	target := x.url
	for hop := 0; ; hop++ {
		resp, err := c.send(ctx, x, target)
		if err != nil {
			return fmt.Errorf("%s: %w", redacted(target), err)
		}
		if !isRedirect(resp.StatusCode) {
			err := x.use(resp, func() { timer.Reset(c.Timeout) })
			_ = resp.Body.Close()
			if err != nil && context.Cause(ctx) == errTimeout { //nolint:errorlint // it is set as it is
				err = &transient{err: fmt.Errorf("%s: %w", redacted(target), errTimeout)}
			}
			return err
		}
		_ = resp.Body.Close()
		if hop == maxRedirects {
			return fmt.Errorf("%s: more than %d redirects: %w", redacted(x.url), maxRedirects, dataset.ErrLimit)
		}
		if target, err = c.redirect(x.url, target, resp.Header.Get("Location")); err != nil {
			return err
		}
	}
}

func (c *caller) send(ctx context.Context, x exchange, target *url.URL) (*nethttp.Response, error) {
	req, err := nethttp.NewRequestWithContext(ctx, nethttp.MethodGet, target.String(), nil)
	if err != nil {
		return nil, errors.New("the request cannot be made")
	}
	if sameOrigin(x.url, target) {
		for name, values := range c.Header {
			req.Header[nethttp.CanonicalHeaderKey(name)] = append([]string(nil), values...)
		}
	}
	x.set(req.Header)
	if sameOrigin(x.url, target) && c.Prepare != nil {
		if err := c.Prepare(req); err != nil {
			return nil, fmt.Errorf("prepare: %w", err)
		}
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return nil, networkError(ctx, err)
	}
	return resp, nil
}

// networkError returns err as far as it is safe to tell: a *url.Error holds the query, and so do some of those within.
func networkError(ctx context.Context, err error) error {
	if context.Cause(ctx) == errTimeout { //nolint:errorlint // it is set as it is
		return &transient{err: errTimeout}
	}
	var op *net.OpError
	var cert *tls.CertificateVerificationError
	var timeout net.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &cert):
		return cert
	case errors.As(err, &op):
		return &transient{err: op}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &transient{err: io.ErrUnexpectedEOF}
	case errors.As(err, &timeout) && timeout.Timeout():
		return &transient{err: errTimeout}
	case strings.Contains(err.Error(), "Location header"):
		return &dataset.FormatError{Format: "http", Want: "a redirect to a URL", Got: "another text"}
	}
	text := err.Error()
	var outer *url.Error
	if errors.As(err, &outer) {
		text = outer.Err.Error()
	}
	if len(text) > 200 || strings.ContainsAny(text, "?@") { // it may hold what a URL has
		text = "another cause"
	}
	return &transient{err: errors.New("the connection fails: " + text)}
}

func isRedirect(status int) bool {
	switch status {
	case nethttp.StatusMovedPermanently, nethttp.StatusFound, nethttp.StatusSeeOther, nethttp.StatusTemporaryRedirect, nethttp.StatusPermanentRedirect:
		return true
	default:
		return false
	}
}

// redirect returns where location leads from the URL at, when that is allowed.
func (c *caller) redirect(first, at *url.URL, location string) (*url.URL, error) {
	bad := func(got string) error {
		return fmt.Errorf("%s: %w", redacted(at), &dataset.FormatError{Format: "http", Want: "a redirect to https, or from http to http", Got: got})
	}
	to, err := at.Parse(location)
	switch {
	case err != nil || location == "":
		return nil, bad("one to no URL")
	case to.Scheme != "https" && to.Scheme != "http" || to.Host == "":
		return nil, bad("one to another scheme")
	case at.Scheme == "https" && to.Scheme == "http":
		return nil, bad("one from https to http")
	case !c.leaves && !strings.EqualFold(first.Hostname(), to.Hostname()):
		return nil, fmt.Errorf("%s: %w", redacted(at), &dataset.FormatError{Format: "http", Want: "a redirect on the same host", Got: "one to another"})
	}
	to.User, to.Fragment, to.RawFragment = nil, "", ""
	if sameOrigin(first, to) {
		to.User = first.User
	}
	return to, nil
}

// statusError returns the error of an answer with a status that was not wanted.
func (c *caller) statusError(resp *nethttp.Response) error {
	err := &StatusError{URL: redacted(resp.Request.URL), Status: resp.StatusCode, RetryAfter: retryAfter(resp.Header.Get("Retry-After"), c.Clock())}
	switch resp.StatusCode {
	case nethttp.StatusRequestTimeout, nethttp.StatusTooEarly, nethttp.StatusTooManyRequests, nethttp.StatusInternalServerError, nethttp.StatusBadGateway,
		nethttp.StatusServiceUnavailable, nethttp.StatusGatewayTimeout:
		return &transient{err: err, after: err.RetryAfter}
	default:
		return err
	}
}

// retryAfter reads the header of that name: seconds or a date. What it cannot read is 0.
func retryAfter(text string, now time.Time) time.Duration {
	const most = 100 * 365 * 24 * time.Hour
	if seconds, err := strconv.ParseUint(text, 10, 63); err == nil {
		if seconds > uint64(most/time.Second) {
			return most
		}
		return time.Duration(seconds) * time.Second
	} else if errors.Is(err, strconv.ErrRange) {
		return most
	}
	if at, err := nethttp.ParseTime(text); err == nil {
		return min(max(at.Sub(now), 0), most)
	}
	return 0
}
