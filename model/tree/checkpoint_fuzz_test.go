package tree

import (
	"context"
	"errors"
	"testing"

	"github.com/tidewheel/tidewheel/dataset"
)

// discard keeps nothing.
type discard struct{}

func (discard) Load(context.Context) ([]byte, error) { return nil, nil }
func (discard) Save(context.Context, []byte) error   { return nil }

// FuzzCheckpoint lets whatever is taken for a checkpoint be walked as a training would: no panic, and errors by name.
func FuzzCheckpoint(f *testing.F) {
	tb := synthetic(60, 3, 70)
	for _, d := range []*DartOptions{nil, {DropRate: 1, Rounds: 1, MaxDrop: 2}} {
		p := defaults()
		p.trees, p.leaves, p.minRows, p.dartOptions = 2, 3, 5, d
		t, err := newTrainer(f.Context(), tb, tb, p)
		if err != nil {
			f.Fatal(err)
		}
		t.saver = &saver{every: 100, store: discard{}}
		if _, err := t.run(f.Context()); err != nil {
			f.Fatal(err)
		}
		text, err := t.checkpoint().encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"tidewheel.checkpoint":1,"nodes":"AQAAAA==","leaves":"AgAAAA=="}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p := defaults()
		p.trees = 10
		run, err := newTrainer(t.Context(), tb, tb, p)
		if err != nil {
			t.Fatal(err)
		}
		run.saver = &saver{every: 100, store: discard{}}
		if err := run.restoreFrom(t.Context(), text); err != nil && !errors.Is(err, ErrCheckpoint) && !errors.Is(err, dataset.ErrLimit) {
			t.Errorf("error %v, want ErrCheckpoint", err)
		}
	})
}
