package serve

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"go.uber.org/zap"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/serve/internal/wire"
	"github.com/tidewheel/tidewheel/validate"
)

// HandlerOptions says how a Handler answers. The zero value is ready to use.
type HandlerOptions struct {
	Model     string                    // the name of the model; default: the router's only one
	Limits    Limits                    // of a request
	Authorize func(*http.Request) error // an error refuses the request with status 401; default: every request may score. See BearerToken
	Logger    *zap.Logger               // one line for a request that is not answered with scores, names and counts only; nil is silent
}

// Handler scores the rows of a POST: one JSON object, or an array of them, with a member for each column of the schema. It is safe for concurrent use, and
// answers at whatever path the host puts it.
//
// A number column takes a number, a text column a text, a bool column true or false, a date column "2006-01-02", a timestamp column RFC 3339 text; null where a
// value is missing. Numbers are read exactly, and rounded once when the column's type asks for it. The answer to one row is
//
//	{"model":"flights","version":"sha256:…","classes":["false","true"],"prediction":false,"probability":[0.9,0.1],"raw":[-2.2],"findings":[…]}
//
// and to many {"model":…,"version":…,"classes":[…],"predictions":[{"prediction":…,"probability":[…],"raw":[…],"findings":[…]},…]}, in their order. A regression has
// neither classes nor probability. A number that is not finite is null. findings is there when the row was accepted with something to say: a list of
// {"field","rule","severity"}, with severity counted or flagged.
//
// Every other answer is a problem document of RFC 9457 (application/problem+json): 400 for what is no JSON or has a key twice, 401, 405, 413 over a limit, 415 for
// another type, 422 with errors [{"row","field","rule"}] when the schema's rules refuse a row (no row of the request is scored then), 503 when the model does not
// serve, or none was named and not exactly one serves. It holds names and rules, never values.
type Handler struct {
	router  *Router
	options HandlerOptions
}

// NewHandler returns the handler of the models in router. It errors with a *dataset.OptionError for each bad option.
func NewHandler(router *Router, o HandlerOptions) (*Handler, error) {
	var err error
	if o.Limits, err = o.Limits.Resolve(); err != nil {
		return nil, fmt.Errorf("serve: new handler: %w", err)
	}
	if router == nil {
		return nil, fmt.Errorf("serve: new handler: %w", &dataset.OptionError{Field: "router", Value: "nil", Want: "a router"})
	}
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	return &Handler{router, o}, nil
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := h.answer(w, r)
	if err != nil {
		p := problemOf(err)
		h.options.Logger.Info("request refused", zap.Int("status", p.Status), zap.String("model", h.options.Model), zap.Int("rows", p.rows), zap.Int("rows_refused", p.refused))
		p.write(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	_, _ = w.Write(answer) // when the client has gone, nobody is left to tell
}

func (h *Handler) answer(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if h.options.Authorize != nil {
		if err := h.options.Authorize(r); err != nil {
			return nil, &statusError{http.StatusUnauthorized, "want valid credentials"}
		}
	}
	if r.Method != http.MethodPost {
		return nil, &statusError{http.StatusMethodNotAllowed, "want POST"}
	}
	if !wire.IsJSON(r) {
		return nil, &statusError{http.StatusUnsupportedMediaType, "want application/json in UTF-8, not compressed"}
	}
	m, err := h.router.Model(h.options.Model)
	if err != nil {
		return nil, err
	}
	body, err := wire.Body(w, r, h.options.Limits.MaxBytes)
	if err != nil {
		return nil, err
	}
	return m.answer(r.Context(), body, h.options.Limits)
}

// answer scores the rows of a body and returns the JSON of the result.
func (m *Model) answer(ctx context.Context, body string, l Limits) ([]byte, error) {
	rows, many, err := m.decode(body, l)
	if err != nil {
		return nil, err
	}
	out := make([]Prediction, len(rows))
	if err := m.ScoreRows(ctx, rows, out); err != nil {
		return nil, err
	}
	b := make([]byte, 0, 256+128*len(rows))
	b = wire.AppendText(append(b, `{"model":`...), m.name)
	b = wire.AppendText(append(b, `,"version":`...), m.digest)
	if m.classes != nil {
		b = append(b, `,"classes":[`...)
		for i, c := range m.classes {
			if i > 0 {
				b = append(b, ',')
			}
			b = wire.AppendText(b, c)
		}
		b = append(b, ']')
	}
	if !many {
		b = m.appendPrediction(append(b, ','), &out[0], rows[0].Extra)
		return append(b, '}'), nil
	}
	b = append(b, `,"predictions":[`...)
	for i := range out {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(m.appendPrediction(append(b, '{'), &out[i], rows[i].Extra), '}')
	}
	return append(b, ']', '}'), nil
}

// appendPrediction appends the members of one result, without the braces; extra is the name of a column that the schema lacks.
func (m *Model) appendPrediction(b []byte, p *Prediction, extra string) []byte {
	b = append(b, `"prediction":`...)
	switch t := m.target; {
	case t.IsText():
		b = wire.AppendText(b, p.Value.Text)
	case t.Class() == dataset.ClassBool:
		b = strconv.AppendBool(b, p.Value.Number != 0)
	default:
		b = wire.AppendNumber(b, p.Value.Number)
	}
	if p.Index >= 0 {
		b = wire.AppendNumbers(append(b, `,"probability":`...), p.Probability)
	}
	if len(p.Raw) > 0 {
		b = wire.AppendNumbers(append(b, `,"raw":`...), p.Raw)
	}
	for i, f := range p.Findings {
		b = append(b, []string{`,"findings":[`, `,`}[min(i, 1)]...)
		d := m.Describe(0, f)
		if f.Rule == validate.RuleExtraColumn {
			d.Field = extra
		}
		b = appendFinding(b, d)
	}
	if len(p.Findings) > 0 {
		b = append(b, ']')
	}
	return b
}

func appendFinding(b []byte, d Finding) []byte {
	b = wire.AppendText(append(b, `{"field":`...), d.Field)
	b = wire.AppendText(append(b, `,"rule":`...), string(d.Rule))
	b = wire.AppendText(append(b, `,"severity":`...), d.Severity.String())
	if d.Other != "" {
		b = wire.AppendText(append(b, `,"other":`...), d.Other)
	}
	return append(b, '}')
}

// statusError is a refusal by the protocol.
type statusError struct {
	status int
	detail string
}

func (e *statusError) Error() string { return "serve: " + e.detail }

// problemOf returns the problem document of an error.
func problemOf(err error) *problem {
	var (
		refused *RefusedError
		status  *statusError
		format  *dataset.FormatError
	)
	switch {
	case errors.As(err, &refused):
		return refusedProblem(refused)
	case errors.As(err, &status):
		return newProblem(status.status, status.detail)
	case errors.Is(err, dataset.ErrLimit):
		return newProblem(http.StatusRequestEntityTooLarge, err.Error())
	case errors.As(err, &format):
		return newProblem(http.StatusBadRequest, format.Error())
	case errors.Is(err, ErrNoModel):
		return newProblem(http.StatusServiceUnavailable, "no such model serves")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return newProblem(http.StatusServiceUnavailable, "the request was given up")
	default: // reading the body failed
		return newProblem(http.StatusBadRequest, "the request could not be read")
	}
}
