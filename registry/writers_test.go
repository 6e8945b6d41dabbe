package registry_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/registry"
	"github.com/tidewheel/tidewheel/registry/store"
)

// hooked is a store that lets something happen after a list.
type hooked struct {
	registry.Store
	afterList func()
}

func (h hooked) List(ctx context.Context, prefix string) ([]string, error) {
	keys, err := h.Store.List(ctx, prefix)
	h.afterList()
	return keys, err
}

func TestVerifyIsNotAlarmedByAWriter(t *testing.T) {
	s := &store.Memory{}
	writer := open(t, s)
	record := func() {
		if err := writer.Record(t.Context(), registry.Event{Name: "gate"}); err != nil {
			t.Error(err)
		}
	}
	record()
	r := open(t, hooked{s, record})
	for want := int64(2); want < 5; want++ {
		if n, err := r.Verify(t.Context()); err != nil || n != want {
			t.Errorf("want %d entries, got %d, %v", want, n, err)
		}
	}
}

func TestVerifyFindsWhatIsNotAnEntry(t *testing.T) {
	for _, key := range []string{"journal/000000000003.json", "journal/note.txt", "journal/2.json", "journal/000000000001.json/x", "journal/-00000000001.json"} {
		s := &store.Memory{}
		r := open(t, s)
		if err := r.Record(t.Context(), registry.Event{Name: "gate"}); err != nil {
			t.Fatal(err)
		}
		if err := s.PutNew(t.Context(), key, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Verify(t.Context()); !errors.Is(err, registry.ErrJournal) {
			t.Errorf("%s: want ErrJournal, got %v", key, err)
		}
	}
}

// A broken entry is an error each time, not only the first.
func TestABrokenEntryStaysAnError(t *testing.T) {
	s := &store.Memory{}
	r := open(t, s)
	if err := s.PutNew(t.Context(), "journal/000000000001.json", []byte(`{"sequence":1,"previous":"","time":"2026-01-02T03:04:05Z","kind":"rename"}`)); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, _, err := r.Head(t.Context()); !errors.Is(err, registry.ErrJournal) {
			t.Errorf("want ErrJournal, got %v", err)
		}
	}
	if again, err := registry.Open(t.Context(), s, registry.Options{}); again != nil || !errors.Is(err, registry.ErrJournal) {
		t.Errorf("want ErrJournal alone, got %v, %v", again, err)
	}
}

// failing is a store whose reads fail after its last write.
type failing struct {
	registry.Store
	puts int
}

func (f *failing) PutNew(ctx context.Context, key string, data []byte) error {
	f.puts++
	return f.Store.PutNew(ctx, key, data)
}

func (f *failing) Get(ctx context.Context, key string) ([]byte, error) {
	if f.puts == 2 {
		return nil, os.ErrDeadlineExceeded
	}
	return f.Store.Get(ctx, key)
}

func TestWhatIsRegisteredIsNoError(t *testing.T) {
	r := open(t, &failing{Store: &store.Memory{}})
	if v, err := r.Register(t.Context(), seal(t, 1)); err != nil || v.Number != 1 {
		t.Errorf("want version 1, got %+v, %v", v, err)
	}
}

func TestNoVersionNamesOtherBytes(t *testing.T) {
	s, b := &store.Memory{}, seal(t, 1)
	if err := s.PutNew(t.Context(), registry.Version{Digest: b.Digest()}.Key(), encode(t, seal(t, 2))); err != nil {
		t.Fatal(err)
	}
	r := open(t, s)
	if _, err := r.Register(t.Context(), b); !errors.Is(err, registry.ErrTampered) {
		t.Errorf("want ErrTampered, got %v", err)
	}
	if n, err := r.Verify(t.Context()); n != 0 || err != nil {
		t.Errorf("want an empty journal, got %d, %v", n, err)
	}
}

func TestLeftoversDisturbNothing(t *testing.T) {
	dir := t.TempDir()
	s, err := store.OpenDirectory(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	r := open(t, s)
	if _, err := r.Register(t.Context(), seal(t, 1)); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"journal", "bundles"} {
		if err := os.WriteFile(filepath.Join(dir, folder, ".new-KILLED"), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := r.Verify(t.Context()); n != 1 || err != nil {
		t.Errorf("want 1 entry, got %d, %v", n, err)
	}
	for _, c := range []struct {
		before time.Time
		want   int
	}{{time.Now().Add(-time.Hour), 0}, {time.Now().Add(time.Hour), 2}, {time.Now().Add(time.Hour), 0}} {
		if n, err := s.Clean(t.Context(), c.before); n != c.want || err != nil {
			t.Errorf("clean: want %d files, got %d, %v", c.want, n, err)
		}
	}
	if n, err := open(t, s).Verify(t.Context()); n != 1 || err != nil {
		t.Errorf("after clean: want 1 entry, got %d, %v", n, err)
	}
}

func TestStatementsHaveALimit(t *testing.T) {
	b := seal(t, 1)
	large := registry.Attestation{Kind: "log", Subject: b.Digest(), Body: make([]byte, 60<<20)} // in base64 over 64 MiB
	if _, err := b.Attest(large); !errors.Is(err, dataset.ErrLimit) {
		t.Errorf("want ErrLimit, got %v", err)
	}
	large.Subject = "sha256:00"
	if _, err := b.Attest(large); err == nil || errors.Is(err, dataset.ErrLimit) {
		t.Errorf("want an error for a statement about another bundle, got %v", err)
	}
}
