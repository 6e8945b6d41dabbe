package registrytest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/registry"
	"github.com/tidewheel/tidewheel/registry/store"
)

// step is one operation of a life that a fault meets somewhere.
type step struct {
	name string
	do   func(ctx context.Context, r *registry.Registry) error
}

func steps(t *testing.T) []step {
	t.Helper()
	bundles := make([]*registry.Bundle, 2)
	for i := range bundles {
		var err error
		if bundles[i], err = NewBundle("m", i); err != nil {
			t.Fatal(err)
		}
	}
	register := func(i int) func(ctx context.Context, r *registry.Registry) error {
		return func(ctx context.Context, r *registry.Registry) error {
			v, err := r.Register(ctx, bundles[i])
			if err == nil && (v.Number != i+1 || v.Digest != bundles[i].Digest()) {
				err = fmt.Errorf("got version %d", v.Number)
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
				err = errors.New("another bundle")
			}
			return err
		}},
		{"verify", func(ctx context.Context, r *registry.Registry) error { _, err := r.Verify(ctx); return err }},
	}
}

// seen returns what another, who has no faults, finds: the versions with their aliases. The journal must verify.
func seen(t *testing.T, s registry.Store) string {
	t.Helper()
	r := openFixed(t, s)
	if _, err := r.Verify(t.Context()); err != nil {
		t.Fatal(err)
	}
	versions, err := r.Versions(t.Context(), "m")
	if err != nil && !errors.Is(err, registry.ErrNotFound) {
		t.Fatal(err)
	}
	return fmt.Sprint(versions)
}

var fixed = registry.Options{Clock: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }}

func openFixed(t *testing.T, s registry.Store) *registry.Registry {
	t.Helper()
	r, err := registry.Open(t.Context(), s, fixed)
	if errors.Is(err, ErrFault) {
		r, err = registry.Open(t.Context(), s, fixed)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Whatever call goes wrong, and however: after an error the state is as before or as after the operation, a second try works, and the journal verifies.
func TestARegistryOverFaultsIsBeforeOrAfter(t *testing.T) {
	life := steps(t)
	states := []string{seen(t, &store.Memory{})}
	calm := &store.Memory{}
	r := openFixed(t, calm)
	for _, s := range life {
		if err := s.do(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		states = append(states, seen(t, calm))
	}
	for _, c := range []struct {
		place  string
		empty  func(t testing.TB) func() registry.Store
		stride int64 // a directory waits for the disk
	}{{"memory", memory, 1}, {"directory", directory, 4}} {
		for _, fault := range []Fault{Fail, LoseAnswer, TornRead, StaleRead} {
			t.Run(c.place+"/"+fault.String(), func(t *testing.T) {
				failed, k := 0, int64(1)
				for ; ; k += c.stride {
					f := &Faulty{Store: c.empty(t)(), Fault: fault, Call: k}
					failed += live(t, f, life, states)
					if d, ok := f.Store.(*store.Directory); ok {
						_ = d.Close()
					}
					if f.Calls() < k {
						break
					}
				}
				if failed == 0 {
					t.Errorf("want operations that fail, got none over %d calls", k-1)
				}
			})
		}
	}
}

// live goes through a life over a store with one fault and returns how many operations failed.
func live(t *testing.T, f *Faulty, life []step, states []string) (failed int) {
	t.Helper()
	r := openFixed(t, f)
	for i, s := range life {
		err := s.do(t.Context(), r)
		state := seen(t, f.Store)
		if err != nil {
			failed++
			if want := f.Fault == Fail || f.Fault == LoseAnswer; want && !errors.Is(err, ErrFault) {
				t.Fatalf("call %d: %s: want ErrFault, got %v", f.Call, s.name, err)
			}
			if state != states[i] && state != states[i+1] {
				t.Fatalf("call %d: %s: neither before nor after: %s", f.Call, s.name, state)
			}
			// Of a move that was made although its answer was lost, a second one finds that it is made.
			if err := s.do(t.Context(), r); err != nil && (!errors.Is(err, registry.ErrExists) || state != states[i+1]) {
				t.Fatalf("call %d: %s again: %v", f.Call, s.name, err)
			}
			state = seen(t, f.Store)
		}
		if state != states[i+1] {
			t.Fatalf("call %d: %s: want %s, got %s", f.Call, s.name, states[i+1], state)
		}
	}
	return failed
}

// A store that puts half an object breaks its promise. No state comes of it: a torn bundle is never given a version, and a torn entry stops everything until a person looks.
func TestTornObjectsAreNeverTaken(t *testing.T) {
	life := steps(t)
	torn := 0
	for k := int64(1); ; k++ {
		inner := &store.Memory{}
		f := &Faulty{Store: inner, Fault: TornWrite, Call: k}
		r := openFixed(t, f)
		for _, s := range life {
			before, _, err := r.Head(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := s.do(t.Context(), r); err == nil {
				continue
			} else if !errors.Is(err, ErrFault) {
				t.Fatalf("call %d: %s: want ErrFault, got %v", k, s.name, err)
			}
			torn++
			err = s.do(t.Context(), r)
			fresh, openErr := registry.Open(t.Context(), inner, fixed)
			if err == nil { // what was torn was there already, whole
				torn--
				break
			}
			if errors.Is(err, registry.ErrTampered) {
				if n, err := fresh.Verify(t.Context()); openErr != nil || err != nil || n != before {
					t.Errorf("call %d: %s: torn bundle: want %d entries, got %d, %v, %v", k, s.name, before, n, openErr, err)
				}
				break
			}
			if !errors.Is(err, registry.ErrJournal) || !errors.Is(openErr, registry.ErrJournal) || fresh != nil {
				t.Errorf("call %d: %s: torn entry: want ErrJournal, got %v and, opened again, %v", k, s.name, err, openErr)
			}
			if _, err := r.Find(t.Context(), "m@1"); !errors.Is(err, registry.ErrJournal) {
				t.Errorf("call %d: %s: find: want ErrJournal still, got %v", k, s.name, err)
			}
			break
		}
		if f.Calls() < k {
			break
		}
	}
	if want := 2 + 6; torn != want {
		t.Errorf("want %d torn objects, got %d", want, torn)
	}
}

// A store that has an entry and does not give it must not keep a writer for ever.
func TestAnEntryThatIsNeverGivenIsAnError(t *testing.T) {
	inner := &store.Memory{}
	if err := steps(t)[0].do(t.Context(), openFixed(t, inner)); err != nil {
		t.Fatal(err)
	}
	blind := &planted{Store: inner, get: func(context.Context, string) ([]byte, error) { return nil, registry.ErrNotFound }}
	if err := openFixed(t, blind).Record(t.Context(), registry.Event{Name: "gate"}); !errors.Is(err, registry.ErrJournal) {
		t.Errorf("want ErrJournal, got %v", err)
	}
}
