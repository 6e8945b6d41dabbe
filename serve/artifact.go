package serve

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/validate"
)

// Artifact is what is served; a registry.Bundle is one. Its methods return the same values each time, and what they return is not changed.
type Artifact interface {
	Name() string               // of the model
	Digest() string             // of its bytes: its version
	Schema() *dataset.Schema    // the rules of the rows; holds every column that the predictor reads
	Predictor() *model.Planned  // the model
	Profile() *validate.Profile // the reference for the magnitude guard; nil for none
}

// Observer sees every row that is scored, with the result, in the call that scores it. in and out are borrowed: valid until Observe returns. It is called from
// many goroutines at once, and must neither block nor allocate if scoring is not to. A monitor.Monitor is one.
type Observer interface {
	Observe(in dataset.Row, out model.Output)
}

// Options says how a Model serves. The zero value is ready to use.
type Options struct {
	Observers []Observer // called in order for each scored row; default: none
}

// ErrRefused says that a row breaks a rule of the schema and was not scored. Its facts are in a *RefusedError.
var ErrRefused = errors.New("row refused")

// ErrNoModel says that no model of that name is being served.
var ErrNoModel = errors.New("no such model")

// RuleNoAnswer refuses a row that keeps every rule of the schema and to which the model gives no number and no class all the same, as to a missing value that its
// features do not fill in.
const RuleNoAnswer validate.Rule = "no_answer"

// Finding is what one rule met in a row: names and rules, never values.
type Finding struct {
	Row      int               // of the request, from 0
	Field    string            // empty when the rule is about the row
	Rule     validate.Rule     // stable names
	Severity validate.Severity // counted and flagged rows are scored, refused ones are not
	Other    string            // the second field of a swap
}

// maxFindings bounds the findings of one error.
const maxFindings = 100

// RefusedError lists the rules that refused rows. It wraps ErrRefused.
type RefusedError struct {
	Rows     int       // rows in the request
	Refused  int       // of them, refused
	Findings []Finding // those that refuse, by row and then by field; at most 100
}

// Error implements error.
func (e *RefusedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "serve: %d of %d rows refused", e.Refused, e.Rows)
	for i, f := range e.Findings {
		if i == 8 {
			fmt.Fprintf(&b, "; and %d more", len(e.Findings)-i)
			break
		}
		fmt.Fprintf(&b, "; row %d, field %q: %s", f.Row, f.Field, f.Rule)
	}
	return b.String()
}

// Is reports whether target is ErrRefused.
func (e *RefusedError) Is(target error) bool { return target == ErrRefused }

// Limits bounds what an HTTP entrance accepts. The zero value is ready to use.
type Limits struct {
	MaxBytes     int64 // of a request's body; default 8 MiB
	MaxRows      int   // of a request; default 10,000
	MaxDepth     int   // of objects and arrays within each other; default 16
	MaxTextBytes int   // of one text, number or key; default 65,536
}

// Resolve returns l with the defaults in place of zeros, for packages that implement a protocol. It errors with a *dataset.OptionError for each negative field.
func (l Limits) Resolve() (Limits, error) {
	out := Limits{MaxBytes: 8 << 20, MaxRows: 10_000, MaxDepth: 16, MaxTextBytes: 1 << 16}
	var errs []error
	set := func(name string, got int64, put func()) {
		if got < 0 {
			errs = append(errs, &dataset.OptionError{Field: "serve.Limits." + name, Value: fmt.Sprint(got), Want: "0 or more"})
		} else if got > 0 {
			put()
		}
	}
	set("MaxBytes", l.MaxBytes, func() { out.MaxBytes = l.MaxBytes })
	set("MaxRows", int64(l.MaxRows), func() { out.MaxRows = l.MaxRows })
	set("MaxDepth", int64(l.MaxDepth), func() { out.MaxDepth = l.MaxDepth })
	set("MaxTextBytes", int64(l.MaxTextBytes), func() { out.MaxTextBytes = l.MaxTextBytes })
	return out, errors.Join(errs...)
}
