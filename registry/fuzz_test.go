package registry_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/internal/alloc"
	"github.com/tidewheel/tidewheel/registry"
	"github.com/tidewheel/tidewheel/registry/store"
)

// decodes checks that bytes are refused or are a bundle, in memory that follows from their length and, when a plan is reached, from its registers.
func decodes(t *testing.T, text []byte, registers int) *registry.Bundle {
	t.Helper()
	var b *registry.Bundle
	var err error
	if over := alloc.Bound(4<<20+4000*len(text)+registers, func() { b, err = registry.Decode(text) }); over != nil {
		t.Fatal(over)
	}
	if (b == nil) == (err == nil) {
		t.Fatal("want a bundle or an error, got both or neither")
	}
	return b
}

func FuzzDecode(f *testing.F) {
	text := encode(f, seal(f, 1000))
	f.Add(text)
	f.Add(text[:100])
	f.Add([]byte("TIDEWHL\x01"))
	f.Fuzz(func(t *testing.T, text []byte) { decodes(t, text, 0) })
}

// part is one line of a manifest.
type part struct {
	Kind    string `json:"kind"`
	Version int    `json:"version"`
	Length  int    `json:"length"`
	Digest  string `json:"digest"`
}

// parts takes a bundle apart as docs/bundle.md says.
func parts(t testing.TB, text []byte) ([]part, map[string][]byte) {
	t.Helper()
	length := int(binary.LittleEndian.Uint32(text[8:]))
	var m struct{ Parts []part }
	if err := json.Unmarshal(text[44:44+length], &m); err != nil {
		t.Fatal(err)
	}
	bodies, rest := make(map[string][]byte), text[44+length:]
	for _, p := range m.Parts {
		bodies[p.Kind], rest = rest[:p.Length], rest[p.Length:]
	}
	return m.Parts, bodies
}

// sealed puts a bundle together whose lengths and digests are right, whatever its parts hold.
func sealed(t testing.TB, list []part, bodies map[string][]byte) []byte {
	t.Helper()
	var all []byte
	for i := range list {
		body := bodies[list[i].Kind]
		sum := sha256.Sum256(body)
		list[i].Length, list[i].Digest = len(body), "sha256:"+hex.EncodeToString(sum[:])
		all = append(all, body...)
	}
	head, err := json.Marshal(struct {
		Version int    `json:"tidewheel.bundle"`
		Name    string `json:"name"`
		Parts   []part `json:"parts"`
	}{1, "fraud", list})
	if err != nil {
		t.Fatal(err)
	}
	section := func(body []byte) []byte {
		sum := sha256.Sum256(body)
		return append(append(binary.LittleEndian.AppendUint32(nil, uint32(len(body))), sum[:]...), body...)
	}
	return bytes.Join([][]byte{[]byte("TIDEWHL\x01"), section(head), all, section([]byte("[]"))}, nil)
}

// A changed byte is stopped by a digest before any part is read; here the digests are those of the changed part.
func FuzzPart(f *testing.F) {
	text := encode(f, seal(f, 1000))
	list, bodies := parts(f, text)
	if !bytes.Equal(sealed(f, list, bodies), text) {
		f.Fatal("the bundle put together again is another")
	}
	for i, p := range list {
		f.Add(uint8(i), bodies[p.Kind])
		f.Add(uint8(i), bodies[p.Kind][:len(bodies[p.Kind])/2])
	}
	f.Fuzz(func(t *testing.T, i uint8, body []byte) {
		kind := list[int(i)%len(list)].Kind
		changed := maps.Clone(bodies)
		changed[kind] = body
		if b := decodes(t, sealed(t, slices.Clone(list), changed), 256<<20); b != nil {
			if _, err := registry.Decode(encode(t, b)); err != nil {
				t.Fatalf("a bundle that was read is not read again: %v", err)
			}
		}
	})
}

// journal returns the entries of a registry with a version, an alias, an event and a retirement.
func journal(f *testing.F) [][]byte {
	f.Helper()
	s := new(store.Memory)
	r, err := registry.Open(f.Context(), s, registry.Options{Actor: "fuzz", Clock: func() time.Time { return time.Unix(1700000000, 0) }})
	if err != nil {
		f.Fatal(err)
	}
	v, err := r.Register(f.Context(), seal(f, 1000))
	if err != nil {
		f.Fatal(err)
	}
	if err := r.SetAlias(f.Context(), registry.Move{Model: v.Model, Alias: "live", Version: v.Number}); err != nil {
		f.Fatal(err)
	}
	keys, err := s.List(f.Context(), "journal/")
	if err != nil {
		f.Fatal(err)
	}
	var entries [][]byte
	for _, key := range keys {
		text, err := s.Get(f.Context(), key)
		if err != nil {
			f.Fatal(err)
		}
		entries = append(entries, text)
	}
	return entries
}

// The entries of a journal, one a line, are read or refused with ErrJournal, from the start and one by one.
func FuzzJournal(f *testing.F) {
	entries := journal(f)
	f.Add(bytes.Join(entries, []byte("\n")))
	f.Add(entries[0])
	f.Add(bytes.Join([][]byte{entries[1], entries[0]}, []byte("\n")))
	f.Add([]byte(`{"sequence":1,"previous":"","time":"2024-01-01T00:00:00Z","kind":"event","event":"x"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s := new(store.Memory)
		for i, line := range bytes.Split(text, []byte("\n")) {
			if err := s.PutNew(t.Context(), fmt.Sprintf("journal/%012d.json", i+1), line); err != nil {
				t.Fatal(err)
			}
		}
		var opened error
		if over := alloc.Bound(4<<20+4000*len(text), func() { _, opened = registry.Open(t.Context(), s, registry.Options{}) }); over != nil {
			t.Fatal(over)
		}
		if opened != nil && !errors.Is(opened, registry.ErrJournal) {
			t.Fatalf("got error %v, want registry.ErrJournal", opened)
		}
	})
}
