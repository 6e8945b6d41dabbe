package monitor_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/model"
	"github.com/tidewheel/tidewheel/monitor"
	"github.com/tidewheel/tidewheel/validate"
)

// Package serve names this interface Observer; neither package imports the other.
var _ interface {
	Observe(in dataset.Row, out model.Output)
} = (*monitor.Monitor)(nil)

// one is the schema of a single number.
func one(t testing.TB) *dataset.Schema {
	t.Helper()
	return schemaOf(t, dataset.Field{Name: "x", Type: dataset.Float64, Nullable: true})
}

// ramp is the profile of 0 … 999.
func ramp(t testing.TB) *validate.Profile {
	t.Helper()
	return profileOf(t, one(t), 1000, func(i int, row dataset.Row) { row.Values[0] = dataset.NumberValue(float64(i)) })
}

// feed observes n rows whose only value is x(i).
func feed(m *monitor.Monitor, s *dataset.Schema, n int, x func(i int) dataset.Value) {
	row := dataset.NewRow(s)
	for i := range n {
		row.Values[0] = x(i)
		m.Observe(row, none)
	}
}

func number(f func(i int) float64) func(int) dataset.Value {
	return func(i int) dataset.Value { return dataset.NumberValue(f(i)) }
}

// Deciles of 0 … 999 hold 100 values each. A window of 100 values, 55 under the first cut and 5 in each other bin, by hand:
// PSI = (.55−.1)·ln 5.5 + 9·(.05−.1)·ln .5 = 0.767136 + 0.311916; JS² = ½[.1·log2(.1/.325) + 9·.1·log2(.1/.075) + .55·log2(.55/.325) + 9·.05·log2(.05/.075)].
func TestFiguresFollowTheSealedConvention(t *testing.T) {
	s := one(t)
	p := ramp(t)
	c, _ := p.Column("x")
	if c.Bins.Convention != validate.RefQuantile10 || len(c.Bins.Counts) != 10 {
		t.Fatalf("%s with %d bins", c.Bins.Convention, len(c.Bins.Counts))
	}
	sizes := [10]float64{55, 5, 5, 5, 5, 5, 5, 5, 5, 5}
	var values []float64
	for bin, n := range sizes {
		at := -1e9
		if bin > 0 {
			at = c.Bins.Cuts[bin-1]
		}
		for range int(n) {
			values = append(values, at)
		}
	}
	m := newMonitor(t, p, monitor.Options{WindowRows: 100})
	feed(m, s, 100, number(func(i int) float64 { return values[i] }))
	psi, js, chi := 0.0, 0.0, 0.0
	for b, n := range sizes {
		ref, cur := float64(c.Bins.Counts[b])/1000, n/100
		psi += (cur - ref) * math.Log(cur/ref)
		mid := (ref + cur) / 2
		js += (ref*math.Log2(ref/mid) + cur*math.Log2(cur/mid)) / 2
		for _, side := range [2][2]float64{{float64(c.Bins.Counts[b]), 1000}, {n, 100}} {
			expected := (float64(c.Bins.Counts[b]) + n) * side[1] / 1100
			chi += (side[0] - expected) * (side[0] - expected) / expected
		}
	}
	w := m.Windows()[0].Columns[0]
	if math.Abs(w.PSI-psi) > 1e-12 || math.Abs(w.JensenShannon-math.Sqrt(js)) > 1e-12 || w.Rows != 100 || w.OutOfRange != 55 {
		t.Errorf("got %+v, want psi %v, js %v", w, psi, math.Sqrt(js))
	}
	if want := psi - 9*(1.0/1000+1.0/100); !w.Judged || math.Abs(w.Excess-want) > 1e-12 {
		t.Errorf("excess %v, want %v", w.Excess, want)
	}
	// Two tests in all: distribution and quality of one column.
	chance := (chi - 9) / monitor.ChanceLevels(9, monitor.UpperNormal(0.025))[9]
	if want := min(w.Excess/0.1, chance); math.Abs(w.Evidence-want) > 1e-9 {
		t.Errorf("evidence %v, want %v", w.Evidence, want)
	}
}

func TestPartsEqualReferences(t *testing.T) {
	// statsmodels 0.15.0, proportion_confint(k, n, method="wilson"); 1e-12 for the order of the terms.
	z := monitor.UpperNormal(0.025)
	for _, c := range [][3]float64{{0, 10, 0.27753279986288926}, {5, 50, 0.21360231437479657}, {95, 100, 0.9784563208456319}, {10, 10, 1}} {
		if got := monitor.WilsonUpper(c[0], c[1], z); math.Abs(got-c[2]) > 1e-12 {
			t.Errorf("wilson %v of %v: %v, want %v", c[0], c[1], got, c[2])
		}
	}
	// Tables of the chi-square distribution; the formula promises 1 %, and for one degree not less and at most 5 % more.
	for _, c := range [][3]float64{{1, 0.001, 10.828}, {2, 0.01, 9.210}, {9, 0.01, 21.666}, {9, 0.001, 27.877}, {30, 0.001, 59.703}} {
		k := int(c[0])
		got := monitor.ChanceLevels(k, monitor.UpperNormal(c[1]))[k] + c[0]
		if low, high := 0.99, 1.01; got < low*c[2] && k > 1 || got < c[2] && k == 1 || got > high*c[2] && k > 1 || got > 1.05*c[2] {
			t.Errorf("chi-square of %d degrees beyond %v: %v, want %v", k, c[1], got, c[2])
		}
	}
	// scipy 1.17.1, chi2_contingency([[50, 30, 20], [45, 35, 30]], correction=False).
	if got := monitor.Homogeneity([]uint64{50, 30, 20}, []uint64{45, 35, 30}, 100, 110); math.Abs(got-2.176518218623481) > 1e-12 {
		t.Errorf("homogeneity %v", got)
	}
}

// Windows of the letters: o over the threshold, n not, h between 0.7 of it and it.
func TestTwoOfThreeWindowsRaiseAndClear(t *testing.T) {
	s := one(t)
	p := ramp(t)
	// The mean shift that makes a window of 1,000 rows be at a given evidence, found once by bisection.
	at := func(evidence float64) float64 {
		low, high := 0.0, 500.0
		for range 40 {
			mid := (low + high) / 2
			m := newMonitor(t, p, monitor.Options{WindowRows: 1000})
			feed(m, s, 1000, number(func(i int) float64 { return min(float64(i)+mid, 999) }))
			if m.Windows()[0].Columns[0].Evidence < evidence {
				low = mid
			} else {
				high = mid
			}
		}
		return high
	}
	shift := map[rune]float64{'o': at(1.5), 'h': at(0.85), 'n': 0}
	for letters, want := range map[string]string{
		"noon":    "..+.",   // the second window over raises
		"onno":    "....",   // one in three does not
		"ono":     "..+",    // two of three, not in a row
		"oohhho":  ".+....", // between the thresholds nothing changes
		"oonnoo":  ".+...+", // cleared by the second window under 0.7, raised again by two more
		"oonooo":  ".+....", // one window under 0.7 does not clear
		"oonhnoo": ".+....+",
	} {
		m := newMonitor(t, p, monitor.Options{WindowRows: 1000})
		var got strings.Builder
		for _, l := range letters {
			before := m.Report().Alerts
			feed(m, s, 1000, number(func(i int) float64 { return min(float64(i)+shift[l], 999) }))
			got.WriteString(map[bool]string{true: "+", false: "."}[m.Report().Alerts > before])
		}
		if got.String() != want {
			t.Errorf("%s: %s, want %s", letters, got.String(), want)
		}
	}
}

func TestBadQualityHoldsDriftBackAndPages(t *testing.T) {
	s := one(t)
	m := newMonitor(t, ramp(t), monitor.Options{WindowRows: 500, Model: "m", Version: "7"})
	// 10 % missing and the rest shifted: one alert, about quality.
	feed(m, s, 1500, func(i int) dataset.Value {
		if i%10 == 0 {
			return dataset.Value{}
		}
		return dataset.NumberValue(float64(500 + i%500))
	})
	alerts := m.Alerts()
	if len(alerts) != 1 || alerts[0].Kind != monitor.KindQuality || alerts[0].Severity != monitor.Warn || alerts[0].Columns[0].Signal != monitor.SignalMissing {
		t.Fatalf("%+v", alerts)
	}
	if e := alerts[0].Columns[0]; e.Share != 0.1 || e.ReferenceShare != 0 || alerts[0].Model != "m" || alerts[0].Version != "7" {
		t.Errorf("%+v", alerts[0])
	}
	// NaN counts as missing; when most is missing the standing alert becomes a page.
	feed(m, s, 500, number(func(int) float64 { return math.NaN() }))
	if alerts = m.Alerts(); len(alerts) != 2 || alerts[1].Severity != monitor.Page || alerts[1].Number != 2 {
		t.Fatalf("%+v", alerts)
	}
	if r := m.Report(); len(r.Raised) != 1 || r.Raised[0].Severity != monitor.Page || r.Windows != 4 || r.Last.Columns[0].PSI != 0 {
		t.Errorf("%+v", r)
	}
	// Once the values are back, the shift that is still there is told.
	feed(m, s, 2000, number(func(i int) float64 { return float64(500 + i%500) }))
	if alerts = m.Alerts(); len(alerts) != 3 || alerts[2].Kind != monitor.KindDrift {
		t.Fatalf("%+v", alerts)
	}
}

// Constant and empty columns, references without rows and windows without values have figures, all finite.
func TestDegenerateColumnsAreDefined(t *testing.T) {
	s := schemaOf(t,
		dataset.Field{Name: "constant", Type: dataset.Float64, Nullable: true},
		dataset.Field{Name: "empty", Type: dataset.Float64, Nullable: true},
		dataset.Field{Name: "void", Type: dataset.Utf8, Nullable: true})
	reference := func(_ int, row dataset.Row) { row.Values[0] = dataset.NumberValue(3) }
	for _, n := range []int{0, 1, 1000} {
		m := newMonitor(t, profileOf(t, s, n, reference), monitor.Options{WindowRows: 50})
		row := dataset.NewRow(s)
		for i := range 400 {
			row.Values[0] = dataset.NumberValue(3)
			if i >= 200 {
				row.Values[0].Number = 4
				row.Values[1] = dataset.NumberValue(math.Inf(1))
				row.Values[2] = dataset.TextValue("a")
			}
			m.Observe(row, none)
		}
		for _, w := range m.Windows() {
			for _, c := range w.Columns {
				for _, v := range []float64{c.PSI, c.JensenShannon, c.Excess, c.Evidence} {
					if math.IsNaN(v) || math.IsInf(v, 0) {
						t.Errorf("reference of %d rows: %+v", n, c)
					}
				}
			}
		}
		alerts := m.Alerts()
		switch {
		case n == 1000 && (len(alerts) == 0 || alerts[0].Columns[0].Column != "constant" || alerts[0].Window != 6):
			t.Errorf("a constant that changed: %+v", alerts)
		case n < 1000 && len(alerts) != 0:
			t.Errorf("reference of %d rows: %+v", n, alerts)
		}
	}
}

func TestPersonalColumnsAreCountedForMissingOnly(t *testing.T) {
	s := schemaOf(t,
		dataset.Field{Name: "email", Type: dataset.Utf8, Personal: true, Nullable: true},
		dataset.Field{Name: "id", Type: dataset.Utf8, Role: dataset.Key},
		dataset.Field{Name: "city", Type: dataset.Utf8})
	row := func(secret, city string) func(int, dataset.Row) {
		return func(i int, r dataset.Row) {
			r.Values[0] = dataset.TextValue(fmt.Sprintf("%s-%d@example.org", secret, i))
			r.Values[1] = dataset.TextValue(fmt.Sprintf("%s-%d", secret, i))
			r.Values[2] = dataset.TextValue(city)
		}
	}
	m := newMonitor(t, profileOf(t, s, 500, row("alice", "oslo")), monitor.Options{WindowRows: 100})
	r := dataset.NewRow(s)
	for i := range 300 {
		row("mallory", "paris")(i, r)
		m.Observe(r, none)
	}
	var out strings.Builder
	if err := m.WriteOpenMetrics(&out); err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{m.Alerts(), m.Windows(), m.Report()} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(text)
	}
	for _, secret := range []string{"alice", "mallory", "oslo", "paris"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("a value (%s) is given out", secret)
		}
	}
	alerts := m.Alerts()
	if len(alerts) != 1 || alerts[0].Columns[0].Column != "city" || alerts[0].Raised != 1 || alerts[0].Severity != monitor.Page {
		t.Errorf("%+v", alerts)
	}
	if c := m.Windows()[0].Columns[0]; c.Rows != 100 || c.Judged || c.PSI != 0 {
		t.Errorf("%+v", c)
	}
}

// Rows may come under several schemas: columns are found by name, others are ignored, absent ones have no rows.
func TestColumnsAreFoundByName(t *testing.T) {
	s := schemaOf(t, fields()...)
	p := generated(t, s, 2000, 1)
	other := schemaOf(t, dataset.Field{Name: "extra", Type: dataset.Utf8}, dataset.Field{Name: "x1", Type: dataset.Utf8}, dataset.Field{Name: "x0", Type: dataset.Float32})
	m := newMonitor(t, p, monitor.Options{WindowRows: 100})
	row := dataset.NewRow(other)
	row.Values[1], row.Values[2] = dataset.TextValue("1"), dataset.NumberValue(0)
	for range 20 { // more schemas than are remembered
		again := schemaOf(t, other.Fields()...)
		for range 5 {
			m.Observe(dataset.Row{Schema: again, Values: row.Values}, none)
		}
	}
	for _, c := range m.Windows()[0].Columns {
		want := int64(0)
		if c.Column == "x0" {
			want = 100
		}
		if c.Rows != want {
			t.Errorf("%s: %d rows, want %d", c.Column, c.Rows, want)
		}
	}
	m.Observe(dataset.Row{}, none) // no schema at all
	m.Observe(dataset.Row{Schema: s}, none)
	if got := m.Report().Rows; got != 102 {
		t.Errorf("%d rows", got)
	}
}

func TestWindowsAreBounded(t *testing.T) {
	s := one(t)
	m := newMonitor(t, ramp(t), monitor.Options{WindowRows: 50, Keep: 3})
	feed(m, s, 525, number(func(i int) float64 { return float64(i) }))
	m.Roll()
	m.Roll() // nothing is open
	w := m.Windows()
	if len(w) != 3 || w[0].Number != 9 || w[2].Number != 11 || w[2].Rows != 25 || w[2].Columns[0].Judged {
		t.Errorf("%+v", w)
	}
	w[0].Columns[0].Column = "changed"
	if m.Windows()[0].Columns[0].Column != "x" {
		t.Error("a caller's change is seen")
	}
	// More alerts than are kept: the last 64, numbered.
	for i := range 200 {
		feed(m, s, 100, number(func(int) float64 { return float64(i % 2 * 5000) }))
	}
	feed(m, s, 50, number(func(i int) float64 { return float64(i * 20) }))
	if a := m.Alerts(); len(a) > 64 || a[len(a)-1].Number != m.Report().Alerts {
		t.Errorf("%d alerts, last %d of %d", len(a), a[len(a)-1].Number, m.Report().Alerts)
	}
}

func TestObserveAllocatesNothing(t *testing.T) {
	s := schemaOf(t, fields()...)
	scores := profileOf(t, schemaOf(t, dataset.Field{Name: "probability", Type: dataset.Float64}), 500, func(i int, row dataset.Row) {
		row.Values[0] = dataset.NumberValue(float64(i) / 500)
	})
	m := newMonitor(t, generated(t, s, 2000, 1), monitor.Options{WindowRows: 50, Scores: scores})
	stop := m.OnAlert(func(monitor.Alert) {})
	stop() // a watcher's own copies are not the scoring call's
	rng := rand.New(rand.NewPCG(1, 9))
	row := dataset.NewRow(s)
	out := model.Output{Class: 1, Probability: []float64{0.1, 0.9}}
	i := 0
	allocs := testing.AllocsPerRun(5000, func() {
		fill(rng, row)
		if i++; i/500%2 == 1 { // raised, cleared, raised …
			row.Values[0].Number += 3
			row.Values[16].Text = "unknown"
		}
		m.Observe(row, out)
	})
	if r := m.Report(); allocs != 0 || r.Windows < 90 || r.Alerts < 5 {
		t.Errorf("%v allocations a row over %d windows and %d alerts", allocs, r.Windows, r.Alerts)
	}
}

// Counts do not depend on how many goroutines observe; nor on the number of columns.
func TestObserveIsSafeForConcurrentUse(t *testing.T) {
	var wide []dataset.Field
	for i := range 300 {
		wide = append(wide, dataset.Field{Name: fmt.Sprintf("x%d", i), Type: dataset.Float64})
	}
	s := schemaOf(t, wide...)
	p := profileOf(t, s, 200, func(i int, row dataset.Row) {
		for j := range row.Values {
			row.Values[j] = dataset.NumberValue(float64(i))
		}
	})
	m := newMonitor(t, p, monitor.Options{WindowRows: 1 << 20})
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			row := dataset.NewRow(s)
			for i := range 250 {
				for j := range row.Values {
					row.Values[j] = dataset.NumberValue(float64(g*250 + i))
				}
				m.Observe(row, none)
				if i%100 == 0 {
					_, _ = m.Report(), m.WriteOpenMetrics(io.Discard)
				}
			}
		})
	}
	wg.Wait()
	m.Roll()
	w := m.Windows()[0]
	for _, c := range w.Columns {
		if w.Rows != 1000 || c.Rows != 1000 || c.OutOfRange != 800 || c.PSI != w.Columns[0].PSI {
			t.Fatalf("%+v of %d rows", c, w.Rows)
		}
	}
}

// Rows of up to 127 columns are never divided between windows, whoever observes, rolls, scrapes and reads at the same time.
func TestWindowsCloseWholeUnderConcurrency(t *testing.T) {
	s := schemaOf(t, fields()...)
	m := newMonitor(t, generated(t, s, 500, 1), monitor.Options{WindowRows: 50, Keep: 100})
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(g), 4))
			row := dataset.NewRow(s)
			for i := range 500 {
				fill(rng, row)
				m.Observe(row, none)
				if i%50 == 0 {
					_, _, _ = m.Report(), m.Windows(), m.WriteOpenMetrics(io.Discard)
				}
			}
		})
	}
	wg.Wait()
	windows := m.Windows()
	if len(windows) != 40 {
		t.Errorf("%d windows of 2,000 rows", len(windows))
	}
	for _, w := range windows {
		for _, c := range w.Columns {
			if w.Rows != 50 || c.Rows != 50 {
				t.Fatalf("window %d: %d rows, %s has %d", w.Number, w.Rows, c.Column, c.Rows)
			}
		}
	}
}

func TestOnAlertDeliversEverythingInOrder(t *testing.T) {
	s := one(t)
	m := newMonitor(t, ramp(t), monitor.Options{WindowRows: 50})
	var got []uint64
	stop := m.OnAlert(func(a monitor.Alert) { got = append(got, a.Number) })
	for i := range 20 {
		feed(m, s, 100, number(func(int) float64 { return float64(i % 2 * 5000) }))
	}
	stop()
	stop()
	sent := m.Report().Alerts
	feed(m, s, 200, number(func(int) float64 { return -5000 }))
	if uint64(len(got)) != sent || sent < 5 {
		t.Fatalf("%d delivered of %d", len(got), sent)
	}
	for i, n := range got {
		if n != uint64(i+1) {
			t.Fatalf("order %v", got)
		}
	}
}

// answers is a predictor with fixed answers: class b with probability x, or for a regression 2x.
type answers struct {
	signature model.Signature
	err       error
}

func (a answers) Signature() model.Signature { return a.signature }

func (a answers) Predict(_ context.Context, in dataset.Batch) (dataset.Batch, error) {
	if a.err != nil {
		return dataset.Batch{}, a.err
	}
	x := make([]float64, in.NumRows())
	column, err := in.ByName("x")
	if err != nil {
		return dataset.Batch{}, err
	}
	if err := dataset.Float64s(column, x); err != nil {
		return dataset.Batch{}, err
	}
	return answerBatch(a.signature.Output, x)
}

func TestScoresAreWatched(t *testing.T) {
	s := one(t)
	src := batchOf(t, s, 1000, func(i int, row dataset.Row) { row.Values[0] = dataset.NumberValue(float64(i) / 1000) })
	p := answers{signature: model.Signature{Input: s, Output: schemaOf(t,
		dataset.Field{Name: "prediction", Type: dataset.Utf8}, dataset.Field{Name: "probability", Type: dataset.FixedSizeList(dataset.Float64, 2)})}}
	scores, err := monitor.ScoreProfile(t.Context(), p, src)
	if err != nil {
		t.Fatal(err)
	}
	if c, ok := scores.Column("probability"); !ok || c.Number.Min != 0 || c.Number.Max != 0.999 || c.Rows != 1000 {
		t.Fatalf("%+v", c)
	}
	m := newMonitor(t, ramp(t), monitor.Options{WindowRows: 200, Scores: scores, Columns: []string{}})
	observe := func(n int, f func(u float64) float64) {
		row := dataset.NewRow(s)
		row.Values[0] = dataset.NumberValue(1)
		for i := range n {
			q := f(float64(i%200) / 200)
			out := model.Output{Prediction: dataset.TextValue("a"), Probability: []float64{1 - q, q}}
			if q >= 0.5 {
				out.Prediction, out.Class = dataset.TextValue("b"), 1
			}
			m.Observe(row, out)
		}
	}
	observe(600, func(u float64) float64 { return u })
	if a := m.Alerts(); len(a) != 0 {
		t.Fatalf("%+v", a)
	}
	observe(600, func(u float64) float64 { return u * u })
	a := m.Alerts()
	if len(a) != 1 || a[0].Kind != monitor.KindScore || a[0].Columns[0].Column != "probability" {
		t.Fatalf("%+v", a)
	}
	observe(600, func(float64) float64 { return 0.01 })
	if a = m.Alerts(); a[len(a)-1].Severity != monitor.Page {
		t.Fatalf("%+v", a)
	}

	regression := answers{signature: model.Signature{Input: s, Output: schemaOf(t, dataset.Field{Name: "prediction", Type: dataset.Float64})}}
	if scores, err = monitor.ScoreProfile(t.Context(), regression, src); err != nil || scores.Schema().Len() != 1 {
		t.Fatal(scores, err)
	}
	failure := errors.New("failure")
	for name, p := range map[string]model.Predictor{
		"nil": nil, "failing": answers{signature: p.signature, err: failure},
		"other answers": answers{signature: model.Signature{Input: s, Output: s}},
	} {
		if scores, err := monitor.ScoreProfile(t.Context(), p, src); err == nil || scores != nil {
			t.Errorf("%s: %v, %v", name, scores, err)
		}
	}
	if _, err := monitor.ScoreProfile(t.Context(), p, broken{s, failure}); !errors.Is(err, failure) {
		t.Errorf("a broken source: %v", err)
	}
}

type broken struct {
	s   *dataset.Schema
	err error
}

func (b broken) Schema() *dataset.Schema { return b.s }

func (b broken) Batches(context.Context) iter.Seq2[dataset.Batch, error] {
	return func(yield func(dataset.Batch, error) bool) { yield(dataset.Batch{}, b.err) }
}

func TestOptionsAreChecked(t *testing.T) {
	p := ramp(t)
	bad := monitor.Options{
		WindowRows: 49, Keep: -1, PSI: math.NaN(), ScorePSI: -1, Rise: 2, Alpha: 0.6, Columns: []string{"x", "y"}, Scores: p,
	}
	_, err := monitor.New(p, bad)
	var fields []string
	for _, e := range flatten(err) {
		var o *dataset.OptionError
		if errors.As(e, &o) {
			fields = append(fields, strings.TrimPrefix(o.Field, "monitor.Options."))
		}
	}
	if want := []string{"WindowRows", "Keep", "PSI", "ScorePSI", "Rise", "Alpha", "Columns", "Scores"}; !reflect.DeepEqual(fields, want) {
		t.Errorf("got %q, want %q: %v", fields, want, err)
	}
	if _, err := monitor.New(nil, monitor.Options{}); err == nil {
		t.Error("a nil reference is taken")
	}
}

// flatten returns the errors that a joined one holds.
func flatten(err error) []error {
	if err == nil {
		return nil
	}
	var many interface{ Unwrap() []error }
	if errors.As(err, &many) {
		return many.Unwrap()
	}
	return []error{err}
}
