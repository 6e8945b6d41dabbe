package registry

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The kinds of journal entry.
const (
	KindRegister = "register"
	KindAlias    = "alias"
	KindRetire   = "retire"
	KindEvent    = "event"
)

// Entry is one step of a registry's life. Previous is the digest of the bytes of the entry before it, so that no entry can be changed or taken out of the middle
// without the next one telling.
type Entry struct {
	Sequence int64     `json:"sequence"` // counts from 1
	Previous string    `json:"previous"` // empty for the first
	Time     time.Time `json:"time"`
	Actor    string    `json:"actor,omitempty"`
	Kind     string    `json:"kind"`
	Model    string    `json:"model,omitempty"`
	Version  int       `json:"version,omitempty"`
	Digest   string    `json:"digest,omitempty"`
	Alias    string    `json:"alias,omitempty"`
	Event    string    `json:"event,omitempty"`
	Reason   string    `json:"reason,omitempty"`
}

// latest is the alias that always is at the newest version that is not retired; it cannot be moved.
const latest = "latest"

type aliasKey struct{ model, alias string }

// state is the journal, folded.
type state struct {
	sequence int64
	last     string // digest of the last entry
	models   map[string][]Version
	aliases  map[aliasKey]int
}

func newState() state {
	return state{models: make(map[string][]Version), aliases: make(map[aliasKey]int)}
}

// apply folds in the bytes of the next entry and returns it. On an error s is as it was.
func (s *state) apply(text []byte) (Entry, error) {
	var e Entry
	if err := strictJSON(text, &e); err != nil {
		return Entry{}, fmt.Errorf("%w: entry %d: %w", ErrJournal, s.sequence+1, err)
	}
	if e.Sequence != s.sequence+1 || e.Previous != s.last {
		return Entry{}, fmt.Errorf("%w: entry %d does not follow the one before it", ErrJournal, s.sequence+1)
	}
	list := s.models[e.Model]
	inList := e.Version >= 1 && e.Version <= len(list)
	switch e.Kind {
	case KindRegister:
		if e.Version != len(list)+1 {
			return Entry{}, fmt.Errorf("%w: entry %d registers version %d, want %d", ErrJournal, e.Sequence, e.Version, len(list)+1)
		}
		s.models[e.Model] = append(list, Version{Model: e.Model, Number: e.Version, Digest: e.Digest, Registered: e.Time})
	case KindAlias:
		if !inList {
			return Entry{}, fmt.Errorf("%w: entry %d names an unknown version", ErrJournal, e.Sequence)
		}
		s.aliases[aliasKey{e.Model, e.Alias}] = e.Version
	case KindRetire:
		if !inList {
			return Entry{}, fmt.Errorf("%w: entry %d names an unknown version", ErrJournal, e.Sequence)
		}
		list[e.Version-1].Retired, list[e.Version-1].Reason = true, e.Reason
	case KindEvent:
	default:
		return Entry{}, fmt.Errorf("%w: entry %d is of an unknown kind", ErrJournal, e.Sequence)
	}
	s.sequence, s.last = e.Sequence, digestOf(text)
	return e, nil
}

func (s *state) find(ref string) (Version, error) {
	name, at, ok := strings.Cut(ref, "@")
	if !ok {
		return Version{}, fmt.Errorf("%w: want NAME@VERSION or NAME@ALIAS", ErrNotFound)
	}
	list := s.models[name]
	number, err := strconv.Atoi(at)
	switch {
	case err == nil:
	case at == latest:
		for number = len(list); number > 0 && list[number-1].Retired; number-- {
		}
	default:
		number = s.aliases[aliasKey{name, at}]
	}
	if number < 1 || number > len(list) {
		return Version{}, ErrNotFound
	}
	return s.withAliases(list[number-1]), nil
}

func (s *state) withAliases(v Version) Version {
	for k, n := range s.aliases {
		if k.model == v.Model && n == v.Number {
			v.Aliases = append(v.Aliases, k.alias)
		}
	}
	slices.Sort(v.Aliases)
	return v
}

const journalPrefix = "journal/"

func entryKey(sequence int64) string { return fmt.Sprintf("%s%012d.json", journalPrefix, sequence) }

// refresh folds in what other writers have added. r.mu is held.
func (r *Registry) refresh(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("registry: read journal: %w", err)
		}
		text, err := r.store.Get(ctx, entryKey(r.state.sequence+1))
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("registry: read journal: %w", err)
		}
		if _, err := r.state.apply(text); err != nil {
			return fmt.Errorf("registry: read journal: %w", err)
		}
	}
}

// maxUnseen is how often commit waits for an entry that the store has and does not give: 1, 2, 4 … ms, half a second in all.
const maxUnseen = 9

// commit adds the entry that propose makes of the current state. When another writer was first, it looks at the new state and tries again. A nil entry changes nothing.
func (r *Registry) commit(ctx context.Context, propose func(*state) (*Entry, error)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var taken int64 // the highest number under which the store has said that there is an entry
	for unseen := 0; ; {
		if err := r.refresh(ctx); err != nil {
			return err
		}
		if r.state.sequence < taken {
			if unseen == maxUnseen {
				return fmt.Errorf("%w: the store has entry %d and does not give it", ErrJournal, taken)
			}
			if err := wait(ctx, time.Millisecond<<unseen); err != nil {
				return err
			}
			unseen++
			continue
		}
		unseen = 0
		e, err := propose(&r.state)
		if err != nil || e == nil {
			return err
		}
		e.Sequence, e.Previous, e.Time, e.Actor = r.state.sequence+1, r.state.last, r.clock().UTC(), r.actor
		text, err := canonicalJSON(e)
		if err != nil {
			return err
		}
		err = r.store.PutNew(ctx, entryKey(e.Sequence), text)
		if err == nil {
			_, err = r.state.apply(text)
			return err
		}
		if !errors.Is(err, ErrExists) {
			return err
		}
		taken = e.Sequence
	}
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("registry: wait for journal: %w", ctx.Err())
	}
}

// Entries returns the journal from its first entry, checking the chain as it goes. An error ends it.
func (r *Registry) Entries(ctx context.Context) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		s := newState()
		for {
			text, err := r.store.Get(ctx, entryKey(s.sequence+1))
			if errors.Is(err, ErrNotFound) {
				return
			}
			var e Entry
			if err == nil {
				e, err = s.apply(text)
			}
			if err != nil {
				yield(Entry{}, fmt.Errorf("registry: journal: %w", err))
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

// Verify reads the whole journal and every bundle that it names, and returns the number of entries. It errors with ErrJournal when an entry was changed, taken out or is
// missing before a later one, or something else lies among them, and with ErrTampered when a bundle is not the one registered. That entries were cut off the end only the
// last digest, kept elsewhere, can tell: Head returns it. Writers may write meanwhile.
func (r *Registry) Verify(ctx context.Context) (int64, error) {
	keys, err := r.store.List(ctx, journalPrefix) // before the entries, so that none of a writer at work is listed and not read
	if err != nil {
		return 0, fmt.Errorf("registry: verify: %w", err)
	}
	var n int64
	for e, err := range r.Entries(ctx) {
		if err != nil {
			return 0, err
		}
		n++
		if e.Kind == KindRegister {
			if _, err := r.Fetch(ctx, Version{Model: e.Model, Number: e.Version, Digest: e.Digest}); err != nil {
				return 0, err
			}
		}
	}
	for _, key := range keys {
		sequence, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimPrefix(key, journalPrefix), ".json"), 10, 64)
		if err != nil || key != entryKey(sequence) {
			return 0, fmt.Errorf("registry: verify: %w: something lies among the entries", ErrJournal)
		}
		if sequence < 1 || sequence > n {
			return 0, fmt.Errorf("registry: verify: %w: entry %d is there, entry %d is not", ErrJournal, sequence, n+1)
		}
	}
	return n, nil
}

// Head returns the number and the digest of the journal's last entry; 0 and "" for an empty journal.
func (r *Registry) Head(ctx context.Context) (sequence int64, digest string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.refresh(ctx); err != nil {
		return 0, "", err
	}
	return r.state.sequence, r.state.last, nil
}
