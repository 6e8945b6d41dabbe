package monitortest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/tidewheel/tidewheel/monitor"
)

func falseAlarms(s *subject) error {
	const seeds, each = 6, 40
	n, windows := 0, 0
	for _, size := range []int{100, 500} {
		for seed := range seeds {
			d, rng := s.detector(size, 1), rand.New(rand.NewPCG(uint64(seed), uint64(size)))
			seen := make(map[uint64]bool)
			for range each {
				s.giveAll(d, trips(rng, size, nil))
				for _, a := range d.Alerts() {
					seen[a.Window] = true
				}
			}
			n += len(seen)
			windows += each
		}
	}
	if share := float64(n) / float64(windows); share > s.traits.FalseAlarms {
		return fmt.Errorf("want at most a share %v of %d windows of unchanged rows to alarm, got %v", s.traits.FalseAlarms, windows, share)
	}
	return nil
}

// shift is a change of rows that a detector must tell.
type shift struct {
	name, column string
	kind         monitor.Kind
	spoil        func(rng *rand.Rand, t *trip)
}

func shifts() []shift {
	return []shift{
		{"mean up by half a standard deviation", "distance", monitor.KindDrift, longer},
		{"values in another unit", "delay", monitor.KindDrift, func(_ *rand.Rand, t *trip) {
			if t.Delay != nil {
				minutes := *t.Delay * 0.1
				t.Delay = &minutes
			}
		}},
		{"a count up by one", "stops", monitor.KindDrift, func(_ *rand.Rand, t *trip) { t.Stops++ }},
		{"a bool from one in five to half", "rain", monitor.KindDrift, func(rng *rand.Rand, t *trip) { t.Rain = rng.IntN(2) == 0 }},
		{"a category that takes over", "carrier", monitor.KindDrift, func(rng *rand.Rand, t *trip) {
			if rng.IntN(2) == 0 {
				t.Carrier = "DD"
			}
		}},
		{"one in eight missing that were one in twenty", "delay", monitor.KindQuality, func(rng *rand.Rand, t *trip) {
			if rng.IntN(12) == 0 {
				t.Delay = nil
			}
		}},
		{"one category in ten unseen", "carrier", monitor.KindQuality, func(rng *rand.Rand, t *trip) {
			if rng.IntN(10) == 0 {
				t.Carrier = "ZZ"
			}
		}},
		{"one number in ten out of range", "distance", monitor.KindQuality, func(rng *rand.Rand, t *trip) {
			if rng.IntN(10) == 0 {
				t.Distance += 1e4
			}
		}},
	}
}

// longer moves the mean of the distance by half a standard deviation.
func longer(_ *rand.Rand, t *trip) { t.Distance += 10 }

const (
	shiftRows  = 500 // of a window
	cleanFirst = 4   // windows before the shift
)

// shifted gives a detector clean windows and then shifted ones.
func (s *subject) shifted(seed uint64, windows int, spoil func(*rand.Rand, *trip)) Detector {
	d, rng := s.detector(shiftRows, 64), rand.New(rand.NewPCG(seed, 3))
	s.giveAll(d, trips(rng, cleanFirst*shiftRows, nil))
	s.giveAll(d, trips(rng, windows*shiftRows, spoil))
	return d
}

func plantedShifts(s *subject) error {
	var errs []error
	for i, sh := range shifts() {
		if err := s.told(s.shifted(uint64(i), s.traits.Delay, sh.spoil), sh.kind, sh.column); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", sh.name, err))
		}
	}
	return errors.Join(errs...)
}

// told wants an alert of a kind, in the windows of the shift, with a column before the others.
func (s *subject) told(d Detector, kind monitor.Kind, columns ...string) error {
	for _, a := range d.Alerts() {
		if a.Kind != kind || a.Window <= cleanFirst {
			continue
		}
		if len(a.Columns) == 0 || !slices.Contains(columns, a.Columns[0].Column) {
			return fmt.Errorf("window %d: want column %q first of %d columns", a.Window, columns, len(a.Columns))
		}
		return nil
	}
	return fmt.Errorf("want an alert of kind %q within %d windows, got none", kind, s.traits.Delay)
}

func answersShift(s *subject) error {
	d := s.shifted(1, s.traits.Delay, func(_ *rand.Rand, t *trip) { t.chance = 0.3 + 0.7*t.chance })
	return s.told(d, monitor.KindScore, monitor.PredictionColumn, monitor.ProbabilityColumn)
}

// of counts the alerts of a kind.
func of(alerts []monitor.Alert, kind monitor.Kind) int {
	n := 0
	for _, a := range alerts {
		if a.Kind == kind {
			n++
		}
	}
	return n
}

func toldOnce(s *subject) error {
	d := s.shifted(2, 16, longer)
	// A second one may say that it got worse.
	if n := of(d.Alerts(), monitor.KindDrift); n < 1 || n > 2 {
		return fmt.Errorf("want 1 alert, or 2, for a shift of 16 windows, got %d", n)
	}
	return nil
}

func toldAgain(s *subject) error {
	d := s.shifted(3, s.traits.Delay, longer)
	rng := rand.New(rand.NewPCG(3, 4))
	first := of(d.Alerts(), monitor.KindDrift)
	s.giveAll(d, trips(rng, 2*s.traits.Delay*shiftRows, nil))
	s.giveAll(d, trips(rng, s.traits.Delay*shiftRows, longer))
	if n := of(d.Alerts(), monitor.KindDrift); first < 1 || n <= first {
		return fmt.Errorf("want an alert for each of two shifts, got %d and then %d in all", first, n)
	}
	return nil
}

func alertNumbers(s *subject) error {
	d := s.shifted(4, s.traits.Delay, func(rng *rand.Rand, t *trip) {
		longer(rng, t)
		t.chance = 0.3 + 0.7*t.chance
	})
	rng := rand.New(rand.NewPCG(4, 4))
	s.giveAll(d, trips(rng, s.traits.Delay*shiftRows, func(_ *rand.Rand, t *trip) { t.Delay = nil }))
	alerts, windows := d.Alerts(), d.Windows()
	if len(alerts) < 2 {
		return fmt.Errorf("want 2 alerts or more of shifts and missing values, got %d", len(alerts))
	}
	last := windows[len(windows)-1].Number
	for i, a := range alerts {
		switch {
		case a.Number != uint64(i+1):
			return fmt.Errorf("alert %d: want that number, got %d", i+1, a.Number)
		case a.Window < 1 || a.Window > last || i > 0 && a.Window < alerts[i-1].Window:
			return fmt.Errorf("alert %d: want a closed window, none before that of the alert before, got %d of %d", a.Number, a.Window, last)
		case a.Rows != shiftRows || a.Kind == "" || a.Severity == "" || a.Raised < 1 || len(a.Columns) < 1:
			return fmt.Errorf("alert %d: want kind, severity, %d rows and columns, got %q, %q, %d and %d", a.Number, shiftRows, a.Kind, a.Severity, a.Rows, len(a.Columns))
		}
		for j, e := range a.Columns {
			if e.Signal == "" || j > 0 && e.Ratio > a.Columns[j-1].Ratio {
				return fmt.Errorf("alert %d: want columns with a signal, the gravest first", a.Number)
			}
		}
	}
	return nil
}
