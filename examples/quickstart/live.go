package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/examples/internal/cli"
	"github.com/tidewheel/tidewheel/examples/internal/lab"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/model/metric"
	"github.com/tidewheel/tidewheel/monitor"
	"github.com/tidewheel/tidewheel/registry"
	"github.com/tidewheel/tidewheel/registry/store"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/serve/openinference"
	"github.com/tidewheel/tidewheel/validate"
)

// windowRows is the number of flights after which the monitor looks back: about two weeks.
const windowRows = 2000

// life holds what the steps hand on.
type life struct {
	*cli.Program
	dir, addr   string
	keepServing bool
	result      result

	flights     *dataset.Batches
	reference   *validate.Profile
	train, test dataset.Source
	problem     model.Problem
	recipe      lab.Recipe
	live, next  release

	store    *store.Directory
	registry *registry.Registry
	router   *serve.Router
	scorer   *serve.Scorer[flight]
	watcher  atomic.Pointer[monitor.Monitor] // of the model that serves; requests for metrics read it while a swap sets it
	listener net.Listener
	server   *http.Server
	served   chan error

	seen []flight // of the stream, up to the alarm
	rest []flight // behind it
}

// release is a model on its way into service.
type release struct {
	fitted     model.Predictor
	evaluation *model.Evaluation
	bundle     *registry.Bundle
	version    registry.Version
}

// seal puts schema, operations, reference, golden rows, evaluation and card into one file.
func (l *life) seal(ctx context.Context) (figures, error) {
	if err := l.sealRelease(ctx, &l.live, l.train, ""); err != nil {
		return nil, err
	}
	l.result.Bundle, l.result.Card = filepath.Join(l.dir, "late.tide"), filepath.Join(l.dir, "late.md")
	if err := l.live.bundle.WriteFile(l.result.Bundle); err != nil {
		return nil, err
	}
	text, err := l.live.bundle.Encode()
	if err != nil {
		return nil, err
	}
	return figures{"digest": l.live.bundle.Digest(), "bytes": len(text)}, cli.WriteFile(l.result.Card, []byte(l.live.bundle.CardMarkdown()))
}

func (l *life) sealRelease(ctx context.Context, r *release, rows dataset.Source, parent string) error {
	inputs, err := dataset.Select(ctx, rows, r.fitted.Signature().Input.Names()...)
	if err != nil {
		return err
	}
	profile, err := validate.ProfileOf(ctx, inputs, validate.ProfileOptions{Workers: l.Workers})
	if err != nil {
		return err
	}
	r.bundle, err = registry.Seal(registry.Contents{
		Name: "late", Model: r.fitted, Schema: l.flights.Schema(), Profile: profile, Evaluation: r.evaluation,
		Card: registry.Card{
			Summary:     "Whether a flight from New York will arrive 15 minutes late or more, asked at departure.",
			IntendedUse: "A demonstration of tidewheel on public data.",
			Limitations: "Flights of 2013 that were neither cancelled nor diverted; the seasons differ.",
		},
		Lineage: registry.Lineage{Recipe: l.recipe.Name, Parameters: cli.Strings(lab.Params(l.recipe.Options)), Parent: parent},
	})
	return err
}

// register makes the bundle version 1 and lets the alias prod point at it.
func (l *life) register(ctx context.Context) (f figures, err error) {
	if l.registry, l.store, err = cli.OpenRegistry(ctx, filepath.Join(l.dir, "registry")); err != nil {
		return nil, err
	}
	if l.live.version, err = l.registry.Register(ctx, l.live.bundle); err != nil {
		return nil, err
	}
	return figures{"version": l.live.version.Number}, l.registry.SetAlias(ctx, registry.Move{
		Model: "late", Alias: "prod", Version: l.live.version.Number, Reason: "gates met",
	})
}

// serve loads what prod points at and serves it over HTTP, watched.
func (l *life) serve(ctx context.Context) (figures, error) {
	b, err := l.registry.Load(ctx, "late@prod")
	if err != nil {
		return nil, err
	}
	served, err := l.watched(ctx, b, l.test)
	if err != nil {
		return nil, err
	}
	l.router = serve.NewRouter(served)
	if l.scorer, err = serve.Bind[flight](served); err != nil {
		return nil, err
	}
	v2, err := openinference.NewHandler(l.router, openinference.Options{})
	if err != nil {
		return nil, err
	}
	typed, err := serve.NewHandler(l.router, serve.HandlerOptions{})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/v2", v2)
	mux.Handle("/v2/", v2)
	mux.Handle("/score", typed)
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) { l.watcher.Load().Handler().ServeHTTP(w, r) })
	var lc net.ListenConfig
	if l.listener, err = lc.Listen(ctx, "tcp", l.addr); err != nil {
		return nil, err
	}
	l.server, l.served = serve.NewServer("", mux, serve.ServerOptions{}), make(chan error, 1)
	go func() { l.served <- l.server.Serve(l.listener) }()
	return figures{"address": l.listener.Addr().String()}, nil
}

// watched returns b as a model whose every score is seen by a new monitor.
func (l *life) watched(ctx context.Context, b *registry.Bundle, held dataset.Source) (*serve.Model, error) {
	scores, err := monitor.ScoreProfile(ctx, b.Predictor(), held)
	if err != nil {
		return nil, err
	}
	watcher, err := monitor.New(b.Profile(), monitor.Options{Model: b.Name(), Version: b.Digest(), WindowRows: windowRows, Scores: scores})
	if err != nil {
		return nil, err
	}
	l.watcher.Store(watcher)
	return serve.NewModel(b, serve.Options{Observers: []serve.Observer{watcher}})
}

// score sends a hundred test flights over HTTP; the answers must have the bits of batch scoring.
func (l *life) score(ctx context.Context) (figures, error) {
	rows, err := readFlights(ctx, l.test)
	if err != nil {
		return nil, err
	}
	rows = rows[:100]
	src, err := dataset.FromStructs(rows, dataset.StructsOptions{})
	if err != nil {
		return nil, err
	}
	var want []float64
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return nil, err
		}
		out, err := l.live.fitted.Predict(ctx, b)
		if err != nil {
			return nil, err
		}
		p, err := probabilities(out)
		out.Release()
		if err != nil {
			return nil, err
		}
		want = append(want, p...)
	}
	start := time.Now()
	got, err := l.post(ctx, rows)
	if err != nil {
		return nil, err
	}
	equal := 0
	for i := range want {
		if math.Float64bits(got[i]) == math.Float64bits(want[i]) {
			equal++
		}
	}
	f := figures{"rows": len(rows), "equal_bits": equal, "microseconds_per_row": float64(time.Since(start).Microseconds()) / float64(len(rows))}
	if equal != len(rows) {
		return f, unmetError("want the bits of batch scoring over HTTP")
	}
	return f, nil
}

// watch scores the flights from May on one by one, in the host's process, until the monitor alarms.
func (l *life) watch(ctx context.Context) (figures, error) {
	stream, err := between(ctx, l.flights, time.May, time.December)
	if err != nil {
		return nil, err
	}
	rows, err := readFlights(ctx, stream)
	if err != nil {
		return nil, err
	}
	n, start := 0, time.Now()
	var p serve.Prediction
	for n < len(rows) && len(l.watcher.Load().Alerts()) == 0 {
		for end := min(n+windowRows, len(rows)); n < end; n++ {
			if err := l.scorer.ScoreInto(ctx, &rows[n], &p); err != nil {
				return nil, err
			}
		}
	}
	l.seen, l.rest = rows[:n], rows[n:]
	return figures{"rows": n, "windows": len(l.watcher.Load().Windows()), "microseconds_per_row": float64(time.Since(start).Microseconds()) / float64(n)}, nil
}

// alarm says what the monitor saw.
func (l *life) alarm(context.Context) (figures, error) {
	alerts := l.watcher.Load().Alerts()
	if len(alerts) == 0 {
		return nil, unmetError("want an alarm: from winter to summer the weather changes")
	}
	a := alerts[0]
	f := figures{"kind": a.Kind, "window": a.Window, "columns": len(a.Columns)}
	if len(a.Columns) > 0 {
		f["column"], f["psi"] = a.Columns[0].Column, a.Columns[0].PSI
	}
	return f, nil
}

// refit fits the same recipe to the past and the flights seen since.
func (l *life) refit(ctx context.Context) (f figures, err error) {
	last := l.seen[len(l.seen)-1].Time
	all, err := dataset.Scan(ctx, l.flights, dataset.ScanOptions{Filter: []dataset.Predicate{
		{Column: "time", Operator: dataset.LessEqual, Value: dataset.NumberValue(float64(last.UnixMicro()))},
	}})
	if err != nil {
		return nil, err
	}
	if l.next.fitted, err = l.recipe.Fit(ctx, model.Training{Problem: l.problem, Rows: all}); err != nil {
		return nil, err
	}
	n, err := lab.CountRows(ctx, all)
	return figures{"rows": n}, err
}

// gateRefit measures both models on the flights after the alarm: the new one must not be worse.
func (l *life) gateRefit(ctx context.Context) (figures, error) {
	held, err := dataset.FromStructs(l.rest[:min(2*windowRows, len(l.rest))], dataset.StructsOptions{})
	if err != nil {
		return nil, err
	}
	if l.next.evaluation, err = model.Evaluate(ctx, l.next.fitted, l.problem, held, metric.ReportOptions{}); err != nil {
		return nil, err
	}
	live, err := model.Evaluate(ctx, l.live.fitted, l.problem, held, metric.ReportOptions{})
	if err != nil {
		return nil, err
	}
	before, _ := live.Get("log_loss")
	after, _ := l.next.evaluation.Get("log_loss")
	auc, _ := l.next.evaluation.Get("roc_auc")
	f := figures{"rows": live.Rows, "log_loss_live": before.Value, "log_loss_new": after.Value, "auc_new": auc.Value}
	if err := model.Check(l.next.evaluation, live, model.NoWorse{Metric: "log_loss"}, model.NoWorse{Metric: "roc_auc", Margin: 0.005}); err != nil {
		return f, unmetError(fmt.Sprint(err))
	}
	return f, nil
}

// swap seals and registers the new model, moves prod, and swaps it under the running server; then the next flights are scored.
func (l *life) swap(ctx context.Context) (figures, error) {
	recent, err := dataset.FromStructs(l.seen, dataset.StructsOptions{})
	if err != nil {
		return nil, err
	}
	if err := l.sealRelease(ctx, &l.next, recent, l.live.bundle.Digest()); err != nil {
		return nil, err
	}
	if l.next.version, err = l.registry.Register(ctx, l.next.bundle); err != nil {
		return nil, err
	}
	if err := l.registry.SetAlias(ctx, registry.Move{
		Model: "late", Alias: "prod", From: l.live.version.Number, Version: l.next.version.Number, Reason: "refitted after an alarm, no worse",
	}); err != nil {
		return nil, err
	}
	served, err := l.watched(ctx, l.next.bundle, recent)
	if err != nil {
		return nil, err
	}
	l.router.Swap(served)
	if _, err := l.scorer.Swap(served); err != nil {
		return nil, err
	}
	var p serve.Prediction
	for i := range l.rest[:min(windowRows, len(l.rest))] {
		if err := l.scorer.ScoreInto(ctx, &l.rest[i], &p); err != nil {
			return nil, err
		}
	}
	f := figures{"version": l.next.version.Number, "windows": len(l.watcher.Load().Windows())}
	if p.Version != l.next.bundle.Digest() {
		return f, unmetError("want the new version to answer")
	}
	return f, nil
}

// retire takes the old version out of use and checks the journal of all that happened.
func (l *life) retire(ctx context.Context) (figures, error) {
	if err := l.registry.Retire(ctx, "late", l.live.version.Number, "replaced by the refitted model"); err != nil {
		return nil, err
	}
	if _, err := l.registry.Load(ctx, l.live.version.Ref()); !errors.Is(err, registry.ErrRetired) {
		return nil, unmetError("want the retired version refused")
	}
	n, err := l.registry.Verify(ctx)
	return figures{"version": l.live.version.Number, "journal_entries": n}, err
}

// close ends the server and gives the store and the rows back.
func (l *life) close() error {
	var errs []error
	if l.server != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		errs = append(errs, l.server.Shutdown(ctx))
		if err := <-l.served; !errors.Is(err, http.ErrServerClosed) {
			errs = append(errs, err)
		}
	}
	if l.store != nil {
		errs = append(errs, l.store.Close())
	}
	if l.flights != nil {
		errs = append(errs, l.flights.Close())
	}
	return errors.Join(errs...)
}
