package monitor

import (
	"slices"
	"sync"
)

// OnAlert starts a goroutine that calls f with every alert sent from now on, one after the other, and returns the function that ends it. The scoring call never
// waits for f: when f is more than 64 alerts behind, the oldest are lost, which shows as a gap in their numbers. stop returns when f has had every alert that was
// sent before; it must not be called from f. A second call of stop does nothing.
func (m *Monitor) OnAlert(f func(Alert)) (stop func()) {
	wake, done := make(chan struct{}, 1), make(chan struct{})
	m.mu.Lock()
	seen := m.alerted
	m.watchers = append(m.watchers, wake)
	m.mu.Unlock()
	deliver := func() {
		for _, a := range m.alertsAfter(seen) {
			seen = a.Number
			f(a)
		}
	}
	var wait sync.WaitGroup
	wait.Go(func() {
		for {
			select {
			case <-wake:
				deliver()
			case <-done:
				deliver()
				return
			}
		}
	})
	return sync.OnceFunc(func() {
		m.mu.Lock()
		m.watchers = slices.DeleteFunc(m.watchers, func(w chan struct{}) bool { return w == wake })
		m.mu.Unlock()
		close(done)
		wait.Wait()
	})
}
