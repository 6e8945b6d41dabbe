package registrytest

import (
	"context"
	"errors"
	"testing"

	"github.com/tidewheel/tidewheel/registry"
	"github.com/tidewheel/tidewheel/registry/store"
)

// A store that has an entry and does not give it must not keep a writer for ever.
func TestAnEntryThatIsNeverGivenIsAnError(t *testing.T) {
	inner := &store.Memory{}
	life, err := steps()
	if err != nil {
		t.Fatal(err)
	}
	open := func(s registry.Store) *registry.Registry {
		r, err := openFixed(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if err := life[0].do(t.Context(), open(inner)); err != nil {
		t.Fatal(err)
	}
	blind := &planted{Store: inner, get: func(context.Context, string) ([]byte, error) { return nil, registry.ErrNotFound }}
	if err := open(blind).Record(t.Context(), registry.Event{Name: "gate"}); !errors.Is(err, registry.ErrJournal) {
		t.Errorf("want ErrJournal, got %v", err)
	}
}
