package tree

import (
	"context"
	"sync"
	"sync/atomic"
)

// parallel calls do(task, worker) once for each task in [0, tasks), from at most workers goroutines that all end before it returns; with one worker it
// starts none. It stops handing out tasks when ctx is done and then returns its error.
func parallel(ctx context.Context, workers, tasks int, do func(task, worker int)) error {
	workers = min(workers, tasks)
	if workers <= 1 {
		for t := range tasks {
			if err := ctx.Err(); err != nil {
				return err
			}
			do(t, 0)
		}
		return ctx.Err()
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for ctx.Err() == nil {
				t := int(next.Add(1)) - 1
				if t >= tasks {
					return
				}
				do(t, w)
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}

// chunkRows is the number of rows a task takes: fixed, so that the work is cut the same way for any number of workers.
const chunkRows = 1 << 14

func chunks(n int) int { return (n + chunkRows - 1) / chunkRows }

// chunk returns the bounds of the i-th chunk of n rows.
func chunk(i, n int) (lo, hi int) { return i * chunkRows, min((i+1)*chunkRows, n) }
