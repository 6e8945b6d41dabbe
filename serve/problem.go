package serve

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/validate"
)

// problem is a problem document of RFC 9457.
type problem struct {
	Type   string         `json:"type"`
	Title  string         `json:"title"`
	Status int            `json:"status"`
	Detail string         `json:"detail,omitempty"`
	Errors []problemError `json:"errors,omitempty"`

	rows, refused int
}

type problemError struct {
	Row   int           `json:"row"`
	Field string        `json:"field,omitempty"`
	Rule  validate.Rule `json:"rule"`
	Other string        `json:"other,omitempty"`
}

func newProblem(status int, detail string) *problem {
	return &problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail}
}

func refusedProblem(e *RefusedError) *problem {
	p := newProblem(http.StatusUnprocessableEntity, fmt.Sprintf("%d of %d rows break a rule of the schema; none was scored", e.Refused, e.Rows))
	p.Type, p.Title = "urn:tidewheel:problem:refused-rows", "Rows refused"
	p.rows, p.refused = e.Rows, e.Refused
	for _, f := range e.Findings {
		p.Errors = append(p.Errors, problemError{Row: f.Row, Field: f.Field, Rule: f.Rule, Other: f.Other})
	}
	return p
}

func (p *problem) write(w http.ResponseWriter) {
	text, err := json.Marshal(p)
	if err != nil { // a struct of texts and numbers always has a form
		text = nil
	}
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	h.Set("X-Content-Type-Options", "nosniff")
	switch p.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "Bearer")
	case http.StatusMethodNotAllowed:
		h.Set("Allow", http.MethodPost)
	case http.StatusUnsupportedMediaType:
		h.Set("Accept-Post", "application/json")
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(text) // the client has gone: nobody is left to tell
}

// WriteProblem answers a request with the problem document of RFC 9457 that Handler would give for err, an error of a Scorer or Model: status 422 with fields and
// rules for a *RefusedError, 413 over a limit, 503 for ErrNoModel and an ended context, 400 for malformed JSON, and 500 for any other. It is for hosts that decode
// requests themselves.
func WriteProblem(w http.ResponseWriter, err error) {
	p := problemOf(err)
	if p.Status == http.StatusBadRequest && !errors.Is(err, dataset.ErrFormat) {
		p = newProblem(http.StatusInternalServerError, "")
	}
	p.write(w)
}
