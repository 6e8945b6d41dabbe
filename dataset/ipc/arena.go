package ipc

import (
	"fmt"
	"sync"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/tidewheel/tidewheel/dataset"
)

// arena is an allocator that bounds what one step of decoding takes, whatever the library asks for, and gives all of it back when the step fails. Dictionaries outlive
// their step, and the library loses count of them when it fails: they are Go's memory. It is safe for concurrent use, since batches that someone retained may be
// released at any time.
type arena struct {
	mem   memory.Allocator
	limit int

	mu   sync.Mutex
	used int
	step map[*byte][]byte // what the current step took from mem and has not given back
	own  bool             // what is taken now is Go's memory
	gos  map[*byte]bool   // what was taken so
}

// begin starts a step.
func (a *arena) begin() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.used, a.step, a.own = 0, make(map[*byte][]byte), false
}

// keep says whether what is taken from now on outlives the step.
func (a *arena) keep(on bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.own = on
}

// undo gives back what the step took.
func (a *arena) undo() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, b := range a.step {
		a.mem.Free(b)
	}
	a.step = nil
}

// overflow is what Allocate panics with: the interface has no error, and the library turns it into one or guard does.
type overflow struct{ limit int }

func (o overflow) Error() string {
	return fmt.Sprintf("a batch of more than %d bytes: %v", o.limit, dataset.ErrLimit)
}

func (o overflow) Unwrap() error { return dataset.ErrLimit }

// Allocate implements memory.Allocator.
func (a *arena) Allocate(size int) []byte { return a.Reallocate(size, nil) }

// Reallocate implements memory.Allocator.
func (a *arena) Reallocate(size int, b []byte) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	if size < 0 || size > a.limit-a.used {
		panic(overflow{a.limit}) //nolint:forbidigo // memory.Allocator has no error; guard turns it into one
	}
	var out []byte
	if a.own {
		out = memory.DefaultAllocator.Allocate(size)
	} else {
		out = a.mem.Allocate(size)
	}
	a.used += size
	if at := unsafe.SliceData(out); cap(out) > 0 && a.own {
		a.gos[at] = true
	} else if cap(out) > 0 && a.step != nil {
		a.step[at] = out
	}
	copy(out, b)
	a.free(b)
	return out
}

// Free implements memory.Allocator.
func (a *arena) Free(b []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.free(b)
}

func (a *arena) free(b []byte) {
	at := unsafe.SliceData(b)
	switch {
	case cap(b) == 0:
		return
	case a.gos[at]:
		delete(a.gos, at)
		return
	case a.step[at] != nil:
		delete(a.step, at)
		a.used -= len(b)
	}
	a.mem.Free(b)
}
