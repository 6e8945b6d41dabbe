package matrix

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// Parallel calls do(task, worker) once for each task in [0, tasks), from at most workers goroutines, which all end before it returns; workers 0 is GOMAXPROCS,
// 1 starts none. It stops handing out tasks when ctx is done and then returns its error. Which worker gets a task is not fixed: results belong to the task.
func Parallel(ctx context.Context, workers, tasks int, do func(task, worker int)) error {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
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
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			for ctx.Err() == nil {
				t := int(next.Add(1)) - 1
				if t >= tasks {
					return
				}
				do(t, w)
			}
		})
	}
	wait.Wait()
	return ctx.Err()
}
