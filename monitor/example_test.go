package monitor_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/monitor"
	"github.com/tidewheel/tidewheel/validate"
)

type visit struct {
	Age  float64 `ml:"name=age,unit=year"`
	City string  `ml:"name=city"`
}

// visits returns rows whose ages are spread over 40 years from the given one.
func visits(n int, from float64) []visit {
	out := make([]visit, n)
	for i := range out {
		out[i] = visit{Age: from + float64(i%40), City: [2]string{"Bergen", "Oslo"}[i%2]}
	}
	return out
}

// reference is the profile of the rows that the model was made from.
func reference() *validate.Profile {
	src, err := dataset.FromStructs(visits(4000, 20), dataset.StructsOptions{})
	if err != nil {
		panic(err)
	}
	p, err := validate.ProfileOf(context.Background(), src, validate.ProfileOptions{})
	if err != nil {
		panic(err)
	}
	return p
}

// A scorer calls Observe with every row that it scores; here it is called by hand.
func ExampleMonitor() {
	m, err := monitor.New(reference(), monitor.Options{WindowRows: 500})
	if err != nil {
		fmt.Println(err)
		return
	}
	stop := m.OnAlert(func(a monitor.Alert) {
		for _, e := range a.Columns {
			fmt.Printf("window %d, %s: %s of %s, psi %.2f\n", a.Window, a.Kind, e.Signal, e.Column, e.PSI)
		}
	})
	defer stop()
	reader, err := dataset.NewRowReader[visit](reference().Schema())
	if err != nil {
		fmt.Println(err)
		return
	}
	row := dataset.NewRow(reader.Schema())
	for _, rows := range [][]visit{visits(1000, 20), visits(1000, 26)} {
		for i := range rows {
			reader.Read(&rows[i], row)
			m.Observe(row, model.Output{})
		}
	}
	// Output:
	// window 4, quality: out_of_range of age, psi 0.73
	// window 4, drift: distribution of age, psi 0.73
}

func ExampleMonitor_WriteOpenMetrics() {
	m, err := monitor.New(reference(), monitor.Options{Model: "visits", Version: "1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := m.WriteOpenMetrics(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// # TYPE tidewheel_rows counter
	// # HELP tidewheel_rows Rows observed.
	// tidewheel_rows_total{model="visits",version="1"} 0
	// # TYPE tidewheel_windows counter
	// # HELP tidewheel_windows Windows closed.
	// tidewheel_windows_total{model="visits",version="1"} 0
	// # TYPE tidewheel_alerts counter
	// # HELP tidewheel_alerts Alerts sent.
	// tidewheel_alerts_total{model="visits",version="1",kind="quality"} 0
	// tidewheel_alerts_total{model="visits",version="1",kind="drift"} 0
	// tidewheel_alerts_total{model="visits",version="1",kind="score_drift"} 0
	// # TYPE tidewheel_signals_raised gauge
	// # HELP tidewheel_signals_raised Signals that stand raised.
	// tidewheel_signals_raised{model="visits",version="1",kind="quality"} 0
	// tidewheel_signals_raised{model="visits",version="1",kind="drift"} 0
	// tidewheel_signals_raised{model="visits",version="1",kind="score_drift"} 0
	// # TYPE tidewheel_open_window_rows gauge
	// # HELP tidewheel_open_window_rows Rows of the open window.
	// tidewheel_open_window_rows{model="visits",version="1"} 0
	// # EOF
}

// A new version of the model comes with a new monitor. What answers for metrics asks for the one that watches now.
func ExampleHandler() {
	watch := func(version string) *monitor.Monitor {
		m, err := monitor.New(reference(), monitor.Options{Model: "visits", Version: version})
		if err != nil {
			panic(err)
		}
		return m
	}
	var now atomic.Pointer[monitor.Monitor]
	metrics := func(w http.ResponseWriter, r *http.Request) { monitor.Handler(now.Load()).ServeHTTP(w, r) }
	for _, version := range []string{"1", "2"} {
		now.Store(watch(version))
		w := httptest.NewRecorder()
		metrics(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		fmt.Println(strings.Split(w.Body.String(), "\n")[2])
	}
	// Output:
	// tidewheel_rows_total{model="visits",version="1"} 0
	// tidewheel_rows_total{model="visits",version="2"} 0
}
