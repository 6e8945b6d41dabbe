package serve

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// Router holds the models that serve, one for each name. The zero value holds none. It is safe for concurrent use; reading takes no lock. A Router must not be
// copied.
type Router struct {
	mu     sync.Mutex // of writers
	models atomic.Pointer[map[string]*Model]
}

// NewRouter returns a router of these models. Of two with one name the later serves.
func NewRouter(models ...*Model) *Router {
	r := new(Router)
	for _, m := range models {
		r.Swap(m)
	}
	return r
}

func (r *Router) load() map[string]*Model {
	if p := r.models.Load(); p != nil {
		return *p
	}
	return nil
}

// change puts m, nil for none, under name and returns what was there.
func (r *Router) change(name string, m *Model) *Model {
	r.mu.Lock()
	defer r.mu.Unlock()
	old := r.load()
	next := make(map[string]*Model, len(old)+1)
	maps.Copy(next, old)
	if m == nil {
		delete(next, name)
	} else {
		next[name] = m
	}
	r.models.Store(&next)
	return old[name]
}

// Swap puts m in the place of the model of its name and returns that one, nil when there was none. Requests that are under way finish on the old model; every
// request that starts after Swap has returned is scored by m.
func (r *Router) Swap(m *Model) *Model { return r.change(m.name, m) }

// Retire takes the model of a name out of service and returns it, nil when there was none. Requests that are under way finish.
func (r *Router) Retire(name string) *Model { return r.change(name, nil) }

// Model returns the model of a name; with the empty name, the model when there is exactly one. It errors with ErrNoModel.
func (r *Router) Model(name string) (*Model, error) {
	models := r.load()
	if m, ok := models[name]; ok {
		return m, nil
	}
	if name == "" && len(models) == 1 {
		for _, m := range models {
			return m, nil
		}
	}
	if name == "" {
		return nil, fmt.Errorf("serve: model: want a name, or one model in all, got no name and %d models: %w", len(models), ErrNoModel)
	}
	return nil, fmt.Errorf("serve: model %q: %w", name, ErrNoModel)
}

// Models returns all models, by name.
func (r *Router) Models() []*Model {
	out := make([]*Model, 0, len(r.load()))
	for _, m := range r.load() {
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b *Model) int { return cmp.Compare(a.name, b.name) })
	return out
}
