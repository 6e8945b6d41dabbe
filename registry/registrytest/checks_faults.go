package registrytest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tidewheel/tidewheel/registry"
)

// step is one operation of a life that a fault meets somewhere.
type step struct {
	name string
	do   func(ctx context.Context, r *registry.Registry) error
}

func steps() ([]step, error) {
	bundles := make([]*registry.Bundle, 2)
	for i := range bundles {
		var err error
		if bundles[i], err = NewBundle("m", i); err != nil {
			return nil, err
		}
	}
	register := func(i int) func(ctx context.Context, r *registry.Registry) error {
		return func(ctx context.Context, r *registry.Registry) error {
			v, err := r.Register(ctx, bundles[i])
			if err == nil && (v.Number != i+1 || v.Digest != bundles[i].Digest()) {
				err = fmt.Errorf("register: want version %d, got %d", i+1, v.Number)
			}
			return err
		}
	}
	return []step{
		{"register 1", register(0)},
		{"register 2", register(1)},
		{"set alias", func(ctx context.Context, r *registry.Registry) error {
			return r.SetAlias(ctx, registry.Move{Model: "m", Alias: "prod", Version: 1})
		}},
		{"move alias", func(ctx context.Context, r *registry.Registry) error {
			return r.SetAlias(ctx, registry.Move{Model: "m", Alias: "prod", Version: 2, From: 1})
		}},
		{"retire", func(ctx context.Context, r *registry.Registry) error { return r.Retire(ctx, "m", 1, "replaced") }},
		{"record", func(ctx context.Context, r *registry.Registry) error {
			return r.Record(ctx, registry.Event{Name: "gate", Model: "m", Version: 2})
		}},
		{"register 2 again", register(1)},
		{"load", func(ctx context.Context, r *registry.Registry) error {
			b, err := r.Load(ctx, "m@prod")
			if err == nil && b.Digest() != bundles[1].Digest() {
				err = errors.New("load: want the bundle that the alias is at, got another")
			}
			return err
		}},
		{"verify", func(ctx context.Context, r *registry.Registry) error { _, err := r.Verify(ctx); return err }},
	}, nil
}

// openFixed opens a registry with a clock that stands still, at the second try when the first met the fault.
func openFixed(ctx context.Context, s registry.Store) (*registry.Registry, error) {
	o := registry.Options{Clock: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }}
	r, err := registry.Open(ctx, s, o)
	if errors.Is(err, ErrFault) {
		r, err = registry.Open(ctx, s, o)
	}
	return r, err
}

// seen returns what another, who has no faults, finds: the versions with their aliases. The journal must verify.
func (p *place) seen(ctx context.Context) (string, error) {
	r, err := openFixed(ctx, p.Store)
	if err != nil {
		return "", err
	}
	if _, err := r.Verify(ctx); err != nil {
		return "", err
	}
	versions, err := r.Versions(ctx, "m")
	if err != nil && !errors.Is(err, registry.ErrNotFound) {
		return "", err
	}
	return fmt.Sprint(versions), nil
}

// calm goes through a life without a fault and returns the states before, between and after its steps.
func calm(ctx context.Context, p *place, life []step) (states []string, err error) {
	r, err := openFixed(ctx, p)
	if err != nil {
		return nil, err
	}
	for i := -1; i < len(life); i++ {
		if i >= 0 {
			if err := life[i].do(ctx, r); err != nil {
				return nil, fmt.Errorf("%s: %w", life[i].name, err)
			}
		}
		state, err := p.seen(ctx)
		if err != nil {
			return nil, err
		}
		states = append(states, state)
	}
	return states, nil
}

func failingCalls(ctx context.Context, p *place) error { return p.faults(ctx, Fail, LoseAnswer) }

func badReads(ctx context.Context, p *place) error { return p.faults(ctx, TornRead, StaleRead) }

// faults lets a call go wrong in each of many lives: after an error the state is as before or as after the operation, a second try works, and the journal verifies.
func (p *place) faults(ctx context.Context, all ...Fault) error {
	life, err := steps()
	if err != nil {
		return err
	}
	states, err := calm(ctx, p, life)
	if err != nil {
		return fmt.Errorf("a life without a fault: %w", err)
	}
	for _, fault := range all {
		failed, done := 0, false
		for k := int64(1); !done; k += int64(p.traits.Stride) {
			err := p.with(func(p *place) error {
				f := &Faulty{Store: p.Store, Fault: fault, Call: k}
				n, err := p.live(ctx, f, life, states)
				failed += n
				done = f.Calls() < k
				return err
			})
			if err != nil {
				return fmt.Errorf("%s at call %d: %w", fault, k, err)
			}
		}
		if failed == 0 {
			return fmt.Errorf("%s: want operations that fail, got none", fault)
		}
	}
	return nil
}

// live goes through a life over a store with one fault and returns how many operations failed. Two registries do them by turns, so that each has to find what the other did.
func (p *place) live(ctx context.Context, f *Faulty, life []step, states []string) (failed int, err error) {
	var both [2]*registry.Registry
	for i := range both {
		if both[i], err = openFixed(ctx, f); err != nil {
			return 0, err
		}
	}
	for i, s := range life {
		r := both[i%2]
		err := s.do(ctx, r)
		state, seenErr := p.seen(ctx)
		if seenErr != nil {
			return failed, fmt.Errorf("%s: seen by another: %w", s.name, seenErr)
		}
		if err != nil {
			failed++
			if (f.Fault == Fail || f.Fault == LoseAnswer) && !errors.Is(err, ErrFault) {
				return failed, fmt.Errorf("%s: want ErrFault, got: %w", s.name, err)
			}
			if state != states[i] && state != states[i+1] {
				return failed, fmt.Errorf("%s: want the state before or after, got neither", s.name)
			}
			// Of a move that was made although its answer was lost, a second one finds that it is made.
			if err := s.do(ctx, r); err != nil && (!errors.Is(err, registry.ErrExists) || state != states[i+1]) {
				return failed, fmt.Errorf("%s again: %w", s.name, err)
			}
			if state, seenErr = p.seen(ctx); seenErr != nil {
				return failed, fmt.Errorf("%s: seen by another: %w", s.name, seenErr)
			}
		}
		if state != states[i+1] {
			return failed, fmt.Errorf("%s: want the state after it, got another", s.name)
		}
	}
	return failed, nil
}

// objects is how many the life puts: two bundles and six entries.
const objects = 2 + 6

// tornWrites lets every object of a life be put by halves. No state comes of it: a torn bundle is never given a version, and a torn entry stops everything until a
// person looks. Both stay as they are: a key that is there is taken.
func tornWrites(ctx context.Context, p *place) error {
	life, err := steps()
	if err != nil {
		return err
	}
	torn, done := 0, false
	for k := int64(1); !done; k++ {
		err := p.with(func(p *place) error {
			f := &Faulty{Store: p.Store, Fault: TornWrite, Call: k}
			met, err := p.tear(ctx, f, life)
			if met {
				torn++
			}
			done = f.Calls() < k
			return err
		})
		if err != nil {
			return fmt.Errorf("torn write at call %d: %w", k, err)
		}
	}
	if torn != objects {
		return fmt.Errorf("want %d torn objects that stay, got %d", objects, torn)
	}
	return nil
}

// tear goes through a life up to the object that is torn, and says whether there was one.
func (p *place) tear(ctx context.Context, f *Faulty, life []step) (bool, error) {
	r, err := openFixed(ctx, f)
	if err != nil {
		return false, err
	}
	for _, s := range life {
		before, _, err := r.Head(ctx)
		if err != nil {
			return false, err
		}
		if err := s.do(ctx, r); err == nil {
			continue
		} else if !errors.Is(err, ErrFault) {
			return false, fmt.Errorf("%s: want ErrFault, got: %w", s.name, err)
		}
		err = s.do(ctx, r)
		if err == nil { // what was torn was there already, whole
			return false, nil
		}
		fresh, openErr := openFixed(ctx, p.Store)
		if errors.Is(err, registry.ErrTampered) { // a bundle
			if openErr != nil {
				return true, fmt.Errorf("%s: a torn bundle and no entry of it: %w", s.name, openErr)
			}
			n, err := fresh.Verify(ctx)
			if err == nil && n != before {
				err = fmt.Errorf("%s: a torn bundle: want %d entries, got %d", s.name, before, n)
			}
			return true, err
		}
		if !errors.Is(err, registry.ErrJournal) || !errors.Is(openErr, registry.ErrJournal) || fresh != nil {
			return true, fmt.Errorf("%s: a torn entry: want ErrJournal, got: %w", s.name, errors.Join(err, openErr))
		}
		if _, err := r.Find(ctx, "m@1"); !errors.Is(err, registry.ErrJournal) {
			return true, want(err, registry.ErrJournal, "Find after a torn entry")
		}
		return true, nil
	}
	return false, nil
}
