package servetest_test

import (
	"sync/atomic"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/monitor"
	"github.com/tidewheel/tidewheel/serve"
	"github.com/tidewheel/tidewheel/serve/servetest"
	"github.com/tidewheel/tidewheel/validate"
	"github.com/tidewheel/tidewheel/validate/validatetest"
)

type counter struct{ rows atomic.Int64 }

func (c *counter) Observe(dataset.Row, model.Output) { c.rows.Add(1) }

func TestObserverThatCounts(t *testing.T) {
	servetest.TestObserver(t, servetest.ObserverTraits{
		Rows: func(o serve.Observer) int64 { return o.(*counter).rows.Load() }, //nolint:forcetypeassert // it made them
	}, func(testing.TB) serve.Observer { return new(counter) })
}

func TestMonitorAsObserver(t *testing.T) {
	src, err := validatetest.Reference(nil, 1, 2000)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	profile, err := validate.ProfileOf(t.Context(), src, validate.ProfileOptions{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	servetest.TestObserver(t, servetest.ObserverTraits{
		Rows: func(o serve.Observer) int64 { return int64(o.(*monitor.Monitor).Report().Rows) }, //nolint:forcetypeassert // it made them
	}, func(t testing.TB) serve.Observer {
		t.Helper()
		m, err := monitor.New(profile, monitor.Options{WindowRows: 100})
		if err != nil {
			t.Fatal(err)
		}
		return m
	})
}
