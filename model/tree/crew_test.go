package tree

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestCrewDoesEveryTaskOnce(t *testing.T) {
	for _, workers := range []int{1, 2, 7} {
		c := newCrew(workers)
		for _, open := range []bool{false, true} {
			if open {
				c.open()
			}
			for _, tasks := range []int{0, 1, 2, 50} {
				done := make([]atomic.Int32, tasks*tasks)
				err := c.do(t.Context(), 0, tasks, func(i, worker int) { // tasks within tasks
					inner := c.do(t.Context(), worker, tasks, func(j, _ int) { done[i*tasks+j].Add(1) })
					if inner != nil {
						t.Error(inner)
					}
				})
				if err != nil {
					t.Fatal(err)
				}
				for i := range done {
					if n := done[i].Load(); n != 1 {
						t.Fatalf("%d workers, task %d of %d: done %d times", workers, i, len(done), n)
					}
				}
			}
		}
		c.close()
	}
}

// crewed counts the goroutines of crews, whatever else runs in the process.
func crewed() int {
	stacks := make([]byte, 1<<20)
	return strings.Count(string(stacks[:runtime.Stack(stacks, true)]), "model/tree.(*crew).serve(")
}

// wantCrewed waits until there are n goroutines of crews.
func wantCrewed(t *testing.T, n int) {
	t.Helper()
	for until := time.Now().Add(30 * time.Second); crewed() != n; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%d goroutines of crews, want %d", crewed(), n)
		}
	}
}

func TestCrewEndsItsGoroutines(t *testing.T) {
	wantCrewed(t, 0)
	c := newCrew(5)
	c.open()
	wantCrewed(t, 4) // and the caller
	c.close()
	wantCrewed(t, 0)
}

func TestCrewStopsWhenCancelled(t *testing.T) {
	for _, workers := range []int{1, 3} {
		c := newCrew(workers)
		c.open()
		ctx, cancel := context.WithCancel(t.Context())
		var begun atomic.Int32
		err := c.do(ctx, 0, 1000, func(int, int) {
			if begun.Add(1) == 10 {
				cancel()
			}
		})
		c.close()
		if !errors.Is(err, context.Canceled) || begun.Load() > 20 {
			t.Errorf("%d workers: %d tasks begun, error %v", workers, begun.Load(), err)
		}
	}
}
