package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
)

// Store is what a registry asks of a back end. Keys are those of ValidKey; Get and PutNew refuse others. Implementations are safe for concurrent use, also by several
// processes. A cancelled context is an error and changes nothing. Package registrytest checks all this.
type Store interface {
	// Get returns the bytes of a key, ErrNotFound when there is none. The caller owns them. What PutNew put, or refused with ErrExists, is there from then on.
	Get(ctx context.Context, key string) ([]byte, error)
	// PutNew writes data under a key that is not there yet, whole or not at all, and durably before it returns; ErrExists when the key is there. After another error
	// the object may be there, whole. The store keeps no reference to data. A key that is the folder of others may be refused.
	PutNew(ctx context.Context, key string, data []byte) error
	// List returns the keys that start with prefix, which need not end at a slash, in the order of their bytes.
	List(ctx context.Context, prefix string) ([]string, error)
}

// ValidKey reports whether s can be the key of an object in a Store: slash-separated elements of letters, digits, '.', '_' and '-', each of 1 to 255 bytes and not
// starting with '.', at most 512 bytes in all.
func ValidKey(s string) bool {
	if len(s) > 512 {
		return false
	}
	for element := range strings.SplitSeq(s, "/") {
		if element == "" || len(element) > 255 || element[0] == '.' {
			return false
		}
		for _, c := range []byte(element) {
			if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-' {
				return false
			}
		}
	}
	return true
}

// Options says how a Registry works. The zero value is ready to use.
type Options struct {
	Actor string           // who acts, written into the journal; default empty
	Clock func() time.Time // for the times in the journal; default time.Now
}

// Registry keeps versions of models in a Store. It is safe for concurrent use, and several processes may use one Store.
//
// A change that returns nil is durable. One that returns an error of the store is made as a whole or not at all; whether it is, the next call finds. Register and Retire can
// then be repeated without harm; Record would write its event twice; SetAlias with a From finds the alias moved already and errors with ErrExists.
type Registry struct {
	store Store
	actor string
	clock func() time.Time

	mu    sync.Mutex
	state state
}

// Open returns the registry of a store. An empty store is an empty registry. It reads the journal and errors with ErrJournal when its chain is broken.
func Open(ctx context.Context, s Store, o Options) (*Registry, error) {
	r := &Registry{store: s, actor: o.Actor, clock: o.Clock, state: newState()}
	if r.clock == nil {
		r.clock = time.Now //nolint:forbidigo // the default of the Clock option
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.refresh(ctx); err != nil {
		return nil, err
	}
	return r, nil
}

// Version is a registered bundle. Number counts from 1 for each model and is never used again.
type Version struct {
	Model      string    `json:"model"`
	Number     int       `json:"version"`
	Digest     string    `json:"digest"`
	Registered time.Time `json:"registered"`
	Retired    bool      `json:"retired,omitempty"`
	Reason     string    `json:"reason,omitempty"` // why it was retired
	Aliases    []string  `json:"aliases,omitempty"`
}

// Ref returns the text by which Load finds the version: "name@3".
func (v Version) Ref() string { return v.Model + "@" + strconv.Itoa(v.Number) }

// Key returns the key under which the store holds the version's bundle.
func (v Version) Key() string { return bundleKey(v.Digest) }

// Register stores b and makes it the next version of its model. A bundle that is registered already keeps its version, which is returned, and the attestations that it was
// first stored with. It errors with ErrTampered when the store holds other bytes under the bundle's key.
func (r *Registry) Register(ctx context.Context, b *Bundle) (Version, error) {
	v, err := r.register(ctx, b)
	if err != nil {
		return Version{}, fmt.Errorf("registry: register %s: %w", b.Name(), err)
	}
	return v, nil
}

func (r *Registry) register(ctx context.Context, b *Bundle) (Version, error) {
	text, err := b.Encode()
	if err != nil {
		return Version{}, err
	}
	v := Version{Model: b.Name(), Digest: b.Digest()}
	err = r.store.PutNew(ctx, v.Key(), text)
	if errors.Is(err, ErrExists) {
		_, err = r.bundle(ctx, v) // no version may name what cannot be loaded
	}
	if err != nil {
		return Version{}, err
	}
	err = r.commit(ctx, func(s *state) (*Entry, error) {
		for _, old := range s.models[v.Model] {
			if old.Digest == v.Digest {
				v.Number = old.Number
				return nil, nil
			}
		}
		v.Number = len(s.models[v.Model]) + 1
		return &Entry{Kind: KindRegister, Model: v.Model, Version: v.Number, Digest: v.Digest}, nil
	})
	if err != nil {
		return Version{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state.find(v.Ref()) // what is registered is no error, even if the store fails from now on
}

// Find returns the version of a reference: "name@3", "name@alias", or "name@latest" for the newest that is not retired. It errors with ErrNotFound.
func (r *Registry) Find(ctx context.Context, ref string) (Version, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.refresh(ctx); err != nil {
		return Version{}, err
	}
	v, err := r.state.find(ref)
	if err != nil {
		return Version{}, fmt.Errorf("registry: find %q: %w", ref, err)
	}
	return v, nil
}

// Load returns the bundle of a reference, verified and self-tested. A retired version is refused with ErrRetired.
func (r *Registry) Load(ctx context.Context, ref string) (*Bundle, error) {
	v, err := r.Find(ctx, ref)
	if err != nil {
		return nil, err
	}
	if v.Retired {
		return nil, fmt.Errorf("registry: load %q: %w", ref, ErrRetired)
	}
	return r.Fetch(ctx, v)
}

// Fetch returns the bundle of a version, retired or not, verified and self-tested.
func (r *Registry) Fetch(ctx context.Context, v Version) (*Bundle, error) {
	b, err := r.bundle(ctx, v)
	if err != nil {
		return nil, fmt.Errorf("registry: fetch %s: %w", v.Ref(), err)
	}
	return b, nil
}

func (r *Registry) bundle(ctx context.Context, v Version) (*Bundle, error) {
	text, err := r.store.Get(ctx, v.Key())
	if err != nil {
		return nil, err
	}
	b, err := Decode(text)
	if err != nil {
		return nil, err
	}
	if b.Digest() != v.Digest || b.Name() != v.Model {
		return nil, tampered("the store holds another bundle under its key")
	}
	return b, nil
}

// Models returns the names of all models, sorted.
func (r *Registry) Models(ctx context.Context) ([]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.refresh(ctx); err != nil {
		return nil, err
	}
	var out []string
	for name := range r.state.models {
		out = append(out, name)
	}
	slices.Sort(out)
	return out, nil
}

// Versions returns the versions of a model in order. It errors with ErrNotFound for a model that never was.
func (r *Registry) Versions(ctx context.Context, name string) ([]Version, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.refresh(ctx); err != nil {
		return nil, err
	}
	list, ok := r.state.models[name]
	if !ok {
		return nil, fmt.Errorf("registry: versions of %q: %w", name, ErrNotFound)
	}
	out := make([]Version, len(list))
	for i, v := range list {
		out[i] = r.state.withAliases(v)
	}
	return out, nil
}

// Move says where an alias goes.
type Move struct {
	Model   string
	Alias   string // see ValidName; not all digits and not "latest"
	Version int    // where it goes
	From    int    // where it must be now, so that of two movers one wins; 0: anywhere, or nowhere yet
	Reason  string // for the journal
}

// SetAlias moves an alias. It errors with ErrNotFound for an unknown version, ErrRetired for a retired one, and ErrExists when the alias is not at m.From.
func (r *Registry) SetAlias(ctx context.Context, m Move) error {
	err := r.commit(ctx, func(s *state) (*Entry, error) {
		if !ValidName(m.Alias) || allDigits(m.Alias) || m.Alias == latest {
			return nil, &dataset.OptionError{Field: "registry.Move.Alias", Value: strconv.Quote(m.Alias), Want: nameRule + ", not all digits and not latest"}
		}
		v, err := s.find(m.Model + "@" + strconv.Itoa(m.Version))
		if err != nil {
			return nil, err
		}
		if v.Retired {
			return nil, ErrRetired
		}
		if at := s.aliases[aliasKey{m.Model, m.Alias}]; m.From != 0 && at != m.From {
			return nil, fmt.Errorf("%w: want the alias at version %d, got it at %d", ErrExists, m.From, at)
		}
		return &Entry{Kind: KindAlias, Model: m.Model, Version: m.Version, Digest: v.Digest, Alias: m.Alias, Reason: m.Reason}, nil
	})
	if err != nil {
		return fmt.Errorf("registry: set alias %s@%s: %w", m.Model, m.Alias, err)
	}
	return nil
}

// Retire marks a version as not to be loaded any more; its bundle stays for audits. It errors with ErrNotFound, and with ErrExists while an alias points at it.
// Retiring twice does nothing.
func (r *Registry) Retire(ctx context.Context, name string, version int, reason string) error {
	err := r.commit(ctx, func(s *state) (*Entry, error) {
		v, err := s.find(name + "@" + strconv.Itoa(version))
		if err != nil || v.Retired {
			return nil, err
		}
		if len(v.Aliases) > 0 {
			return nil, fmt.Errorf("%w: alias %s points at it", ErrExists, strings.Join(v.Aliases, ", "))
		}
		return &Entry{Kind: KindRetire, Model: name, Version: version, Digest: v.Digest, Reason: reason}, nil
	})
	if err != nil {
		return fmt.Errorf("registry: retire %s@%d: %w", name, version, err)
	}
	return nil
}

// Record writes an event of the host into the journal: a gate that was met, an alarm, an approval.
func (r *Registry) Record(ctx context.Context, e Event) error {
	err := r.commit(ctx, func(s *state) (*Entry, error) {
		out := &Entry{Kind: KindEvent, Model: e.Model, Version: e.Version, Event: e.Name, Reason: e.Detail}
		if e.Version != 0 {
			v, err := s.find(e.Model + "@" + strconv.Itoa(e.Version))
			if err != nil {
				return nil, err
			}
			out.Digest = v.Digest
		}
		return out, nil
	})
	if err != nil {
		return fmt.Errorf("registry: record %q: %w", e.Name, err)
	}
	return nil
}

// Event is something that the host wants in the journal. Detail must hold no personal data.
type Event struct {
	Name    string
	Model   string // empty for none
	Version int    // 0 for none
	Detail  string
}

func allDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

func bundleKey(digest string) string {
	return "bundles/" + strings.TrimPrefix(digest, "sha256:") + ".tide"
}
