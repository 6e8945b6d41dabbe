package monitortest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// drifting is 6 windows of 200 rows, the last 4 shifted.
func drifting() []trip {
	rng := rand.New(rand.NewPCG(8, 8))
	return append(trips(rng, 400, nil), trips(rng, 800, longer)...)
}

func orderOfRows(s *subject) error {
	a, b, all := s.detector(200, 8), s.detector(200, 8), drifting()
	s.giveAll(a, all)
	for len(all) > 0 {
		window := slices.Clone(all[:200])
		slices.Reverse(window)
		s.giveAll(b, window)
		all = all[200:]
	}
	return alike(a, b)
}

// spread has n goroutines give the trips of each window and waits at its end.
func (s *subject) spread(d Detector, all []trip, window, n int) {
	for ; len(all) > 0; all = all[window:] {
		var wait sync.WaitGroup
		for g := range n {
			wait.Go(func() {
				f := s.feeder()
				for i := g; i < window; i += n {
					f.give(d, all[i])
				}
			})
		}
		wait.Wait()
	}
}

func goroutines(s *subject) error {
	one := s.detector(200, 8)
	s.giveAll(one, drifting())
	for _, n := range []int{2, 8} {
		many := s.detector(200, 8)
		s.spread(many, drifting(), 200, n)
		if err := alike(one, many); err != nil {
			return fmt.Errorf("%d goroutines: %w", n, err)
		}
	}
	return nil
}

func wholeWindows(s *subject) error {
	const window, windows = 50, 80
	d := s.detector(window, 2*windows)
	stop := make(chan struct{})
	var readers sync.WaitGroup
	readers.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				_, _ = d.Windows(), d.Alerts()
				time.Sleep(50 * time.Microsecond) // or one who looks takes a whole processor
			}
		}
	})
	s.spread(d, some(3, window*windows), window*windows, 8)
	close(stop)
	readers.Wait()
	got := d.Windows()
	if len(got) != windows {
		return fmt.Errorf("want %d windows of %d rows in all, got %d", windows, window*windows, len(got))
	}
	for i, w := range got {
		if w.Number != uint64(i+1) || w.Rows != window {
			return fmt.Errorf("want window %d of %d rows, got window %d of %d", i+1, window, w.Number, w.Rows)
		}
		for _, c := range w.Columns {
			if c.Rows != window {
				return fmt.Errorf("window %d, column %q: want %d rows, got %d", w.Number, c.Column, window, c.Rows)
			}
		}
	}
	return nil
}

func lookingChangesNothing(s *subject) error {
	a, b, f := s.detector(200, 8), s.detector(200, 8), s.feeder()
	for i, t := range drifting() {
		f.give(a, t)
		f.give(b, t)
		if i%7 == 0 {
			_, _ = b.Windows(), b.Alerts()
		}
	}
	return alike(a, b)
}

func callersCopies(s *subject) error {
	d := s.shifted(2, 4, longer)
	before, err := text(d)
	if err != nil {
		return err
	}
	for _, spoil := range []func(){
		func() {
			for _, w := range d.Windows() {
				clear(w.Columns)
			}
		},
		func() {
			for _, a := range d.Alerts() {
				clear(a.Columns)
			}
		},
		func() { clear(d.Windows()) },
		func() { clear(d.Alerts()) },
	} {
		spoil()
		after, err := text(d)
		if err != nil {
			return err
		}
		if before != after {
			return errors.New("want what was returned to be the caller's, got a change that is seen")
		}
	}
	kept := d.Windows()
	sum := fmt.Sprint(kept)
	s.giveAll(d, some(9, 64*shiftRows)) // every kept window is written again
	if fmt.Sprint(kept) != sum {
		return errors.New("want returned windows to stay as they are, got a change")
	}
	return nil
}
