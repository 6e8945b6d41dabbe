package tree

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// crew is the workers of a run: the caller, who is number 0, and goroutines that live from open to close; before and after, the caller does all. A worker that
// has nothing to do looks for tasks of the others for a short while and then sleeps until the bell rings. Which worker gets a task is not fixed: results belong
// to the task.
type crew struct {
	bell
	jobs   []atomic.Pointer[job] // the tasks that a worker shares, one job a worker
	closed atomic.Bool
	wait   sync.WaitGroup
}

// job is tasks that any worker may take.
type job struct {
	tasks int
	next  atomic.Int64 // the task to hand out next
	left  atomic.Int64 // tasks that are not finished
	crowd bool         // a task for each worker, which ends with the whole
	do    func(task, worker int)
}

func newCrew(workers int) *crew {
	c := &crew{jobs: make([]atomic.Pointer[job], workers)}
	c.sleeping = sync.NewCond(&c.mu)
	return c
}

// open starts the workers' goroutines.
func (c *crew) open() {
	c.closed.Store(false)
	for me := 1; me < c.workers(); me++ {
		c.wait.Go(func() { c.serve(me) })
	}
}

// close ends the workers' goroutines.
func (c *crew) close() {
	c.closed.Store(true)
	c.ring()
	c.wait.Wait()
}

func (c *crew) workers() int { return len(c.jobs) }

func (c *crew) serve(me int) {
	for {
		rung := c.rings.Load()
		if c.closed.Load() {
			return
		}
		if !c.help(me, true) {
			c.hear(rung)
		}
	}
}

// help takes tasks of some worker, if there are any, and reports whether there were.
func (c *crew) help(me int, crowd bool) bool {
	for i := range c.jobs {
		if j := c.jobs[i].Load(); j != nil && (crowd || !j.crowd) && c.work(j, me) {
			return true
		}
	}
	return false
}

// work does tasks until all are handed out.
func (c *crew) work(j *job, me int) (did bool) {
	for {
		task := int(j.next.Add(1)) - 1
		if task >= j.tasks {
			return did
		}
		did = true
		j.do(task, me)
		if j.left.Add(-1) == 0 {
			c.ring()
		}
	}
}

// do calls f once for each task in [0, tasks), on the worker me, who asks for it, and those who have nothing else to do. It returns when all tasks are
// finished; once ctx is done no more are begun, and its error is returned.
func (c *crew) do(ctx context.Context, me, tasks int, f func(task, worker int)) error {
	return c.share(ctx, me, &job{tasks: tasks, do: f})
}

// together calls f on every worker that has nothing else to do, and on worker 0, who asks for it. f returns when what all of them work at is finished.
func (c *crew) together(ctx context.Context, f func(worker int)) error {
	return c.share(ctx, 0, &job{tasks: c.workers(), crowd: true, do: func(_, worker int) { f(worker) }})
}

func (c *crew) share(ctx context.Context, me int, j *job) error {
	if c.workers() == 1 || j.tasks == 1 {
		for t := range j.tasks {
			if err := ctx.Err(); err != nil {
				return err
			}
			j.do(t, me)
		}
		return ctx.Err()
	}
	f := j.do
	j.do = func(task, worker int) {
		if ctx.Err() == nil {
			f(task, worker)
		}
	}
	j.left.Store(int64(j.tasks))
	outer := c.jobs[me].Load()
	c.jobs[me].Store(j)
	c.ring()
	c.work(j, me)
	for rung := c.rings.Load(); j.left.Load() > 0; rung = c.rings.Load() {
		c.hear(rung)
	}
	c.jobs[me].Store(outer)
	return ctx.Err()
}

// bell lets workers sleep until something may have changed.
type bell struct {
	rings    atomic.Uint64
	sleepers atomic.Int32
	mu       sync.Mutex
	sleeping *sync.Cond
}

func (b *bell) ring() {
	b.rings.Add(1)
	if b.sleepers.Load() > 0 {
		b.mu.Lock()
		b.sleeping.Broadcast()
		b.mu.Unlock()
	}
}

// Looks at the bell before a worker sleeps, about 20 microseconds, and how often another goroutine may run between them.
const (
	spins      = 1 << 13
	spinsYield = 1 << 9
)

// hear returns once the bell was rung since rung was read.
func (b *bell) hear(rung uint64) {
	for i := 1; i <= spins; i++ {
		if b.rings.Load() != rung {
			return
		}
		if i%spinsYield == 0 {
			runtime.Gosched()
		}
	}
	b.sleepers.Add(1)
	b.mu.Lock()
	for b.rings.Load() == rung {
		b.sleeping.Wait()
	}
	b.mu.Unlock()
	b.sleepers.Add(-1)
}
