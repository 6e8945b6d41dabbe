package stream_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidewheel/tidewheel/dataset"
	"github.com/tidewheel/tidewheel/dataset/jsonl"
	"github.com/tidewheel/tidewheel/dataset/stream"
	"github.com/tidewheel/tidewheel/internal/alloc"
)

func TestTokensAreReadStrictly(t *testing.T) {
	for _, c := range []struct {
		text string
		err  error
	}{
		{`{"tidewheel.stream":1,"rows":0}`, nil},
		{`{"tidewheel.stream":1,"position":"7","rows":9,"late":4,"bad":5,"latest_us":-1}`, nil},
		{``, dataset.ErrFormat},
		{`{}`, dataset.ErrFormat},
		{`[]`, dataset.ErrFormat},
		{`null`, dataset.ErrFormat},
		{`{"tidewheel.stream":2,"rows":0}`, dataset.ErrFormat},
		{`{"tidewheel.stream":1,"rows":-1}`, dataset.ErrFormat},
		{`{"tidewheel.stream":1,"rows":1,"late":2}`, dataset.ErrFormat},
		{`{"tidewheel.stream":1,"rows":9,"late":5,"bad":5}`, dataset.ErrFormat},
		{`{"tidewheel.stream":1,"rows":1e99}`, dataset.ErrFormat},
		{`{"tidewheel.stream":1,"rows":0,"more":1}`, dataset.ErrFormat},
		{`{"tidewheel.stream":1,"rows":0} x`, dataset.ErrFormat},
		{"{\"tidewheel.stream\":1,\"position\":\"\xff\",\"rows\":0}", dataset.ErrFormat},
		{`{"tidewheel.stream":1,"position":"` + strings.Repeat("x", stream.MaxPosition+1) + `","rows":0}`, dataset.ErrLimit},
		{strings.Repeat(" ", stream.MaxToken+1), dataset.ErrLimit},
	} {
		var token stream.Token
		err := token.UnmarshalText([]byte(c.text))
		if !errors.Is(err, c.err) || (c.err == nil) != (err == nil) {
			t.Errorf("%.80q: want %v, got %v", c.text, c.err, err)
		}
		if err != nil && token != (stream.Token{}) {
			t.Errorf("%.80q: an error changes the token", c.text)
		}
	}
}

func TestTokensAreKeptInFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	if token, err := stream.LoadToken(path); err != nil || token != (stream.Token{}) {
		t.Errorf("no file: got %v, %v", token, err)
	}
	var token stream.Token
	if err := token.UnmarshalText([]byte(`{"tidewheel.stream":1,"position":"7:x","rows":9,"latest_us":5}`)); err != nil {
		t.Fatal(err)
	}
	if err := stream.SaveToken(path, token); err != nil {
		t.Fatal(err)
	}
	got, err := stream.LoadToken(path)
	if latest, ok := got.LatestEvent(); err != nil || got != token || got.Position() != "7:x" || !ok || !latest.Equal(time.UnixMicro(5)) || got.Part() != "0000000000000000009" {
		t.Errorf("got %v, %v", got, err)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.LoadToken(path); !errors.Is(err, dataset.ErrFormat) {
		t.Errorf("half a token: got %v", err)
	}
	if _, err := stream.LoadToken(t.TempDir()); err == nil {
		t.Error("a folder is read as a token")
	}
	if err := stream.SaveToken(filepath.Join(path, "below"), token); err == nil {
		t.Error("a token is saved below a file")
	}
}

// A token that decodes says the same again, and a feed that it does not fit refuses it.
func FuzzToken(f *testing.F) {
	f.Add([]byte(`{"tidewheel.stream":1,"position":"7:x","rows":9,"late":4,"bad":5,"latest_us":-1}`))
	f.Add([]byte(`{"tidewheel.stream":1,"position":"3:ba7816bf8f01cfea","rows":1}`))
	f.Add([]byte(`{"tidewheel.stream":1,"rows":1,"rows":2}`))
	path := filepath.Join(f.TempDir(), "file")
	if err := os.WriteFile(path, []byte("abc\n{\"id\":1}\n"), 0o600); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var token stream.Token
		var err error
		if over := alloc.Bound(1<<20+20*len(text), func() { err = token.UnmarshalText(text) }); over != nil {
			t.Fatal(over)
		}
		if err != nil {
			return
		}
		again, err := token.MarshalText()
		if err != nil || len(again) > stream.MaxToken {
			t.Fatalf("%d bytes, %v", len(again), err)
		}
		var second stream.Token
		if err := second.UnmarshalText(again); err != nil || second != token {
			t.Fatalf("reads back as %v, %v", second, err)
		}
		feed, err := stream.Tail(path, stream.TailOptions{})
		if err != nil {
			t.Fatal(err)
		}
		s, err := dataset.NewSchema(dataset.Field{Name: "id", Type: dataset.Int64})
		if err != nil {
			t.Fatal(err)
		}
		d, err := stream.JSON(jsonl.Options{Schema: s})
		if err != nil {
			t.Fatal(err)
		}
		src, err := stream.NewRecords(feed, d, stream.Options{Resume: token})
		if err != nil {
			return
		}
		batches, err := ids(t.Context(), src)
		if rows := len(slices.Concat(batches...)); rows > 1 || (rows > 0 && err != nil) {
			t.Fatalf("position %q gives %d rows of a file that has one, %v", token.Position(), rows, err)
		}
	})
}

func TestDeliver(t *testing.T) {
	list := events(25)
	for i := 20; i < 25; i++ {
		list[i].At = start // late
	}
	dir := t.TempDir()
	saved := filepath.Join(dir, "token")
	failing := errors.New("no room")
	run := func(fail func(part string) error) (int64, error) {
		token, err := stream.LoadToken(saved)
		if err != nil {
			t.Fatal(err)
		}
		src, err := stream.New(stream.Seq(slices.Values(list)), stream.Options{BatchRows: 10, EventTime: "at", Late: stream.LateDrop, Resume: token})
		if err != nil {
			t.Fatal(err)
		}
		return stream.Deliver(t.Context(), src, func(part string) (dataset.Sink, error) {
			if err := fail(part); err != nil {
				return nil, err
			}
			return jsonl.Create(filepath.Join(dir, part+".jsonl"), src.Schema(), jsonl.WriteOptions{})
		}, func(_ context.Context, token stream.Token) error { return stream.SaveToken(saved, token) })
	}
	if rows, err := run(func(part string) error {
		if part != "0000000000000000000" {
			return failing
		}
		return nil
	}); rows != 10 || !errors.Is(err, failing) {
		t.Errorf("got %d rows, %v", rows, err)
	}
	for _, want := range []int64{10, 0} {
		if rows, err := run(func(string) error { return nil }); rows != want || err != nil {
			t.Errorf("want %d rows, got %d, %v", want, rows, err)
		}
	}
	token, err := stream.LoadToken(saved)
	if err != nil || token.Rows() != 25 || token.Late() != 5 {
		t.Errorf("got %d rows, %d late, %v", token.Rows(), token.Late(), err)
	}
	parts, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil || len(parts) != 2 {
		t.Errorf("got parts %q, %v", parts, err)
	}
}
