package servetest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/serve/internal/fixture"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

// ModelName is the name under which the suite's model serves.
const ModelName = "payments"

// HandlerTraits says how the handler under test is reached and what it promises. They choose the checks. The zero value is for a serve.Handler without options.
type HandlerTraits struct {
	Protocol    Protocol     // of rows and answers; default Rows
	Path        string       // of the URL that scores; default "/" for Rows and "/v2/models/payments/infer" for Tensors
	Credentials string       // the Authorization header that lets a request pass; empty: all may score
	Limits      serve.Limits // of a request, as the handler has them; 64 rows and 16 KiB at least
}

// TestHandler runs every check against the handlers that newHandler returns, each a subtest. newHandler gets a router with one model, named ModelName, of the
// schema of validatetest.Payment; the handler must score by the model that the router has when the request comes. Every request must pass through whatever
// stands before scoring where the handler is mounted.
func TestHandler(t *testing.T, traits HandlerTraits, newHandler func(t testing.TB, models *serve.Router) http.Handler) {
	t.Helper()
	m, err := newMaterial(t.Context(), traits)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range handlerChecks() {
		if c.when != nil && !c.when(traits) {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			if err := c.against(t.Context(), m, func(r *serve.Router) http.Handler { return newHandler(t, r) }); err != nil {
				t.Error(err)
			}
		})
	}
}

// handlerCheck is one promise. run returns an error when the handler breaks it. when chooses by traits; nil is always.
type handlerCheck struct {
	name string
	run  func(*stand) error
	when func(HandlerTraits) bool
}

func handlerChecks() []handlerCheck {
	closed := func(t HandlerTraits) bool { return t.Credentials != "" }
	return []handlerCheck{
		{"one row gives the bits of the typed entrance", oneRow, nil},
		{"many rows are answered in their order", manyRows, nil},
		{"columns in any order give the same answer", anyOrder, nil},
		{"no rows are no results", noRows, nil},
		{"none of the sixteen wrong rows is silent", sixteenFaults, nil},
		{"a number that is not finite is refused in every spelling", nonFinite, nil},
		{"an array for a number is refused", arrayForNumber, nil},
		{"one refused row refuses the request and no row is scored", allOrNone, nil},
		{"a malformed body is refused", malformed, nil},
		{"a deep body is refused at once", deepBody, nil},
		{"a body of the largest size is read and one byte more is not", bodySize, nil},
		{"an endless body is not read to its end", endlessBody, nil},
		{"the most rows are scored and one more are not", mostRows, nil},
		{"a request takes memory in proportion to its bytes", boundedMemory, nil},
		{"a type that is not JSON is refused", contentTypes, nil},
		{"a request without a type counts as JSON", noContentType, nil},
		{"another method than POST is refused", methods, nil},
		{"a request without credentials is refused and nothing is scored", credentials, closed},
		{"a model that is not there is refused", noModel, nil},
		{"a request that was given up is not scored", givenUp, nil},
		{"a slow body keeps nobody waiting", slowBody, nil},
		{"each scored row is observed once", observedOnce, nil},
		{"requests at the same time get their own answers", concurrent, nil},
		{"the next request after a swap is scored by the new model", swapIsSeen, nil},
		{"a swap under load splits no answer", swapSplitsNothing, nil},
		{"no answer holds a value of a refused row", noValues, nil},
		{"an answer says its type and its length", answerHead, nil},
		{"a server that drains loses no request", drains, nil},
	}
}

// against runs the check on a new handler, and turns a panic into an error.
func (c handlerCheck) against(ctx context.Context, m *material, newHandler func(*serve.Router) http.Handler) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	s := &stand{ctx: ctx, material: m, observed: new(tally)}
	for i, a := range m.artifacts {
		if s.models[i], err = serve.NewModel(a, serve.Options{Observers: []serve.Observer{s.observed}}); err != nil {
			return err
		}
	}
	s.router = serve.NewRouter(s.models[0])
	if s.handler = newHandler(s.router); s.handler == nil {
		return errors.New("want a handler, got nil")
	}
	return c.run(s)
}

// material is what all checks of a run share.
type material struct {
	traits    HandlerTraits
	limits    serve.Limits // with the defaults
	dialect   dialect
	artifacts [2]*fixture.Artifact // two versions
	rows      []validatetest.Payment
	want      [2][]result   // of rows, for each version
	patience  time.Duration // for others while a body is slow
}

const (
	sharedRows = 64
	leastBytes = 16 << 10 // of Limits: they hold the shared rows
)

func newMaterial(ctx context.Context, traits HandlerTraits) (*material, error) {
	m := &material{traits: traits, dialect: dialectOf(traits.Protocol), patience: soon}
	if m.traits.Path == "" {
		m.traits.Path = m.dialect.path
	}
	var err error
	if m.limits, err = traits.Limits.Resolve(); err != nil {
		return nil, err
	}
	if m.limits.MaxRows < sharedRows || m.limits.MaxBytes < leastBytes {
		return nil, fmt.Errorf("servetest: %w", &dataset.OptionError{Field: "servetest.HandlerTraits.Limits", Value: "less", Want: "64 rows and 16 KiB at least"})
	}
	src, err := validatetest.Reference(nil, 1, 20_000)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	profile, err := validate.ProfileOf(ctx, src, validate.ProfileOptions{Workers: 1})
	if err != nil {
		return nil, err
	}
	m.rows = validatetest.Payments(77, sharedRows)
	for i := range m.artifacts {
		m.artifacts[i], err = fixture.New(src.Schema(), fixture.Options{
			Name: ModelName, Version: i, Profile: profile, Target: dataset.Field{Name: "fraud", Type: dataset.Bool}, Classes: []string{"false", "true"},
		})
		if err != nil {
			return nil, err
		}
		scorer, err := serve.New[validatetest.Payment](m.artifacts[i], serve.Options{})
		if err != nil {
			return nil, err
		}
		for _, row := range m.rows {
			p, err := scorer.Score(ctx, row)
			if err != nil {
				return nil, err
			}
			m.want[i] = append(m.want[i], result{p.Value.Number != 0, p.Probability[1]})
		}
	}
	return m, nil
}
