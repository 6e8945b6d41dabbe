package openinference

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"

	"go.uber.org/zap"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/serve/internal/wire"
)

// Options says how a Handler answers. The zero value is ready to use.
type Options struct {
	Name      string                    // of the server, in GET /v2; default "tidewheel"
	Limits    serve.Limits              // of an inference request
	Authorize func(*http.Request) error // an error refuses the request with status 401; default: all may ask. Health is open to all. See serve.BearerToken
	Logger    *zap.Logger               // one line for a refused request, names and counts only; nil is silent
}

// Handler is the http.Handler of the protocol. It is safe for concurrent use. Errors are {"error":"…"} with status 400 for a request that is malformed or has a
// refused row, 401, 404 for an unknown path, model or version, 405, 413 over a limit, 415 for another type than JSON (a request without a type counts as JSON) and
// 503 when the client gave up or no model is there to be ready. They hold names and rules, never values.
type Handler struct {
	router  *serve.Router
	options Options
}

// NewHandler returns the handler of the models in router. It errors with a *dataset.OptionError for each bad option.
func NewHandler(router *serve.Router, o Options) (*Handler, error) {
	var err error
	if o.Limits, err = o.Limits.Resolve(); err != nil {
		return nil, fmt.Errorf("openinference: new handler: %w", err)
	}
	if router == nil {
		return nil, fmt.Errorf("openinference: new handler: %w", &dataset.OptionError{Field: "router", Value: "nil", Want: "a router"})
	}
	if o.Name == "" {
		o.Name = "tidewheel"
	}
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	return &Handler{router: router, options: o}, nil
}

// statusError is a refusal by the protocol.
type statusError struct {
	status int
	text   string
}

func (e *statusError) Error() string { return e.text }

func bad(format string, args ...any) error {
	return &statusError{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

func notFound(what string) error { return &statusError{http.StatusNotFound, what} }

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, answer, err := h.route(w, r)
	if err != nil {
		status = statusOf(err)
		answer = append(wire.AppendText([]byte(`{"error":`), errorText(err)), '}')
		h.options.Logger.Info("request refused", zap.Int("status", status))
	}
	head := w.Header()
	if head.Get(lengthHeader) == "" {
		head.Set("Content-Type", "application/json")
	}
	head.Set("Content-Length", strconv.Itoa(len(answer)))
	if status == http.StatusUnauthorized {
		head.Set("WWW-Authenticate", "Bearer")
	}
	w.WriteHeader(status)
	_, _ = w.Write(answer) //nolint:gosec // JSON by its type, with < > & escaped; and when the client has gone, nobody is left to tell
}

// route answers one request.
func (h *Handler) route(w http.ResponseWriter, r *http.Request) (int, []byte, error) {
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if path[0] != "v2" {
		return 0, nil, notFound("unknown path")
	}
	path = path[1:]
	if len(path) == 2 && path[0] == "health" {
		return h.health(w, r, path[1])
	}
	if h.options.Authorize != nil && h.options.Authorize(r) != nil {
		return 0, nil, &statusError{http.StatusUnauthorized, "want valid credentials"}
	}
	if len(path) == 0 {
		return h.get(w, r, h.server)
	}
	if path[0] != "models" || len(path) < 2 || len(path) > 5 {
		return 0, nil, notFound("unknown path")
	}
	m, err := h.router.Model(path[1])
	if err != nil || path[1] == "" {
		return 0, nil, notFound("unknown model")
	}
	path = path[2:]
	if len(path) >= 2 && path[0] == "versions" {
		if v := path[1]; v != m.Digest() && "sha256:"+v != m.Digest() {
			return 0, nil, notFound("unknown version of the model")
		}
		path = path[2:]
	}
	return h.model(w, r, m, path)
}

func (h *Handler) model(w http.ResponseWriter, r *http.Request, m *serve.Model, path []string) (int, []byte, error) {
	switch {
	case len(path) == 0:
		return h.get(w, r, newView(m).metadata)
	case len(path) == 1 && path[0] == "ready":
		return h.get(w, r, func() []byte { return append(wire.AppendText([]byte(`{"name":`), m.Name()), `,"ready":true}`...) })
	case len(path) == 1 && path[0] == "infer":
		if r.Method != http.MethodPost {
			return 0, nil, notAllowed(w, http.MethodPost)
		}
		answer, err := h.infer(w, r, newView(m))
		return http.StatusOK, answer, err
	default:
		return 0, nil, notFound("unknown path")
	}
}

func notAllowed(w http.ResponseWriter, methods string) error {
	w.Header().Set("Allow", methods)
	return &statusError{http.StatusMethodNotAllowed, "want method " + methods}
}

func (h *Handler) get(w http.ResponseWriter, r *http.Request, answer func() []byte) (int, []byte, error) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return 0, nil, notAllowed(w, "GET, HEAD")
	}
	return http.StatusOK, answer(), nil
}

// health answers with a body, which some clients read, and a status, which the others do.
func (h *Handler) health(w http.ResponseWriter, r *http.Request, what string) (int, []byte, error) {
	switch what {
	case "live":
		return h.get(w, r, func() []byte { return []byte(`{"live":true}`) })
	case "ready":
		if len(h.router.Models()) == 0 && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
			return http.StatusServiceUnavailable, []byte(`{"ready":false}`), nil
		}
		return h.get(w, r, func() []byte { return []byte(`{"ready":true}`) })
	default:
		return 0, nil, notFound("unknown path")
	}
}

// server answers GET /v2.
func (h *Handler) server() []byte {
	b := wire.AppendText([]byte(`{"name":`), h.options.Name)
	return append(wire.AppendText(append(b, `,"version":`...), version()), `,"extensions":["binary_tensor_data"]}`...)
}

// version returns the version of this module in the host's program.
func version() string {
	const module = "github.com/tidewheel/tidewheel"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == module && m.Version != "" {
			return m.Version
		}
	}
	return "unknown"
}

// octets is the type of a body with binary data behind its JSON.
const octets = "application/octet-stream"

// infer scores the rows of a request.
func (h *Handler) infer(w http.ResponseWriter, r *http.Request, v *view) ([]byte, error) {
	if !wire.IsJSON(r) && (r.Header.Get(lengthHeader) == "" || r.Header.Get("Content-Type") != octets) {
		return nil, &statusError{http.StatusUnsupportedMediaType, "want application/json in UTF-8, not compressed"}
	}
	body, err := wire.Body(w, r, h.options.Limits.MaxBytes)
	if err != nil {
		return nil, err
	}
	text, data, err := split(r, body)
	if err != nil {
		return nil, err
	}
	q, err := decode(v, text, data, h.options.Limits)
	if err != nil {
		return nil, err
	}
	rows, err := q.rows(v)
	if err != nil {
		return nil, err
	}
	out := make([]serve.Prediction, len(rows))
	if err := v.model.ScoreRows(r.Context(), rows, out); err != nil {
		return nil, err
	}
	head, tail := v.respond(q, rows, out)
	if tail != nil {
		w.Header().Set(lengthHeader, strconv.Itoa(len(head)))
		w.Header().Set("Content-Type", octets)
	}
	return append(head, tail...), nil
}

func statusOf(err error) int {
	var status *statusError
	switch {
	case errors.As(err, &status):
		return status.status
	case errors.Is(err, dataset.ErrLimit):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable
	default:
		return http.StatusBadRequest
	}
}

// errorText returns what the client may know of an error.
func errorText(err error) string {
	var (
		status  *statusError
		refused *serve.RefusedError
		format  *dataset.FormatError
	)
	switch {
	case errors.As(err, &status), errors.As(err, &refused), errors.As(err, &format), errors.Is(err, dataset.ErrLimit), errors.Is(err, dataset.ErrSchema):
		return err.Error()
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "the request was given up"
	default:
		return "the request could not be read"
	}
}
