package registrytest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/tidewheel/tidewheel/registry"
)

// ErrFault is the error of a call that a Faulty store lets fail.
var ErrFault = errors.New("fault on purpose")

// Fault is what goes wrong with a call.
type Fault uint8

// The faults. A call that a fault does not speak of goes well.
const (
	Fail       Fault = iota // the call does nothing and errors
	LoseAnswer              // the call is done and errors all the same, as when a connection breaks before the answer
	TornWrite               // PutNew puts the first half of the bytes and errors, which registry.Store forbids
	TornRead                // Get gives the first half of the bytes, List the first half of the keys, without an error
	StaleRead               // Get finds nothing and List gives nothing, as if nothing had been put yet
)

// String returns the fault in words.
func (f Fault) String() string {
	if names := [...]string{"fail", "lose answer", "torn write", "torn read", "stale read"}; int(f) < len(names) {
		return names[f]
	}
	return fmt.Sprintf("fault %d", uint8(f))
}

// Faulty is a store of which one call goes wrong. It is safe for concurrent use when its Store is. Its fields must not be changed after the first call.
type Faulty struct {
	Store registry.Store
	Fault Fault
	Call  int64 // the call that goes wrong, counted from 1 over all methods; 0 for none

	calls atomic.Int64
}

// Calls returns how many calls there were.
func (f *Faulty) Calls() int64 { return f.calls.Load() }

// strikes counts a call and returns whether it is the one that goes wrong.
func (f *Faulty) strikes() bool { return f.calls.Add(1) == f.Call }

// Get implements registry.Store.
func (f *Faulty) Get(ctx context.Context, key string) ([]byte, error) {
	if !f.strikes() {
		return f.Store.Get(ctx, key)
	}
	if f.Fault == Fail {
		return nil, ErrFault
	}
	if f.Fault == StaleRead {
		return nil, registry.ErrNotFound
	}
	text, err := f.Store.Get(ctx, key)
	switch f.Fault {
	case LoseAnswer:
		return nil, ErrFault
	case TornRead:
		return text[:len(text)/2], err
	default:
		return text, err
	}
}

// PutNew implements registry.Store.
func (f *Faulty) PutNew(ctx context.Context, key string, data []byte) error {
	if !f.strikes() {
		return f.Store.PutNew(ctx, key, data)
	}
	switch f.Fault {
	case Fail:
		return ErrFault
	case LoseAnswer:
		_ = f.Store.PutNew(ctx, key, data)
		return ErrFault
	case TornWrite:
		_ = f.Store.PutNew(ctx, key, data[:len(data)/2])
		return ErrFault
	default:
		return f.Store.PutNew(ctx, key, data)
	}
}

// List implements registry.Store.
func (f *Faulty) List(ctx context.Context, prefix string) ([]string, error) {
	if !f.strikes() {
		return f.Store.List(ctx, prefix)
	}
	if f.Fault == Fail {
		return nil, ErrFault
	}
	keys, err := f.Store.List(ctx, prefix)
	switch f.Fault {
	case LoseAnswer:
		return nil, ErrFault
	case TornRead:
		return keys[:len(keys)/2], err
	case StaleRead:
		return nil, err
	default:
		return keys, err
	}
}
